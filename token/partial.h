#ifndef TALLY_TOKEN_PARTIAL_H
#define TALLY_TOKEN_PARTIAL_H
/* A transaction whose signatures are still being collected: what people hand round until everybody has signed.
 *
 *   partial = version u8 = 3 | genesis id | body varbytes | one part for each signer, in witness order
 *   part    = 0                                     nothing is known: no signature, or (type 1) no policy
 *           | 1 | signature                         type 0
 *           | 1 | k u8 | n u8 | n keys ascending | bitmap ceil(n/8) bytes with at most k bits | as many signatures    type 1
 *
 * One encoding for a value. Decoding checks the form and that a policy is its account's; partial_verify() checks signatures. */
#include "token/transaction.h"

/* The finished transaction must fit into TRANSACTION_BYTES_MAX; head and one byte for each part come on top. */
#define PARTIAL_BYTES_MAX (TRANSACTION_BYTES_MAX + 1 + 32 + 5 + TRANSACTION_OPS_MAX + 1)

struct partial_part {
	struct account who;
	uint8_t k; /* signatures needed; 0 while the policy is not known */
	size_t n;  /* keys */
	struct xonly_key keys[ACCOUNT_POLICY_KEYS_MAX]; /* type 0: its own */
	bool has[ACCOUNT_POLICY_KEYS_MAX];              /* at most k of them */
	struct schnorr_sig sigs[ACCOUNT_POLICY_KEYS_MAX];
};

struct partial {
	struct hash256 genesis_id;
	struct wr body;       /* owned */
	struct transaction t; /* owned; its bytes are those of body */
	struct hash256 message;
	struct partial_part *parts; /* owned: one for each signer */
	size_t parts_n;
};
void partial_clear(struct partial *p);

/* From a signed transaction's bytes, with its witness, or without any: NULL, or transaction_decode()'s reason, BAD_WITNESS,
 * BAD_POLICY, RELAY_TRANSACTION (nobody signs one). *out needs no clearing after a refusal. */
MUST_USE const char *partial_from_transaction(struct partial *out, const void *bytes, size_t len, const struct hash256 *genesis_id);

/* Is this the version byte of a partial transaction? */
MUST_USE bool partial_is(const void *bytes, size_t len);
/* NULL, or a reason: TOO_LARGE, BAD_VERSION, BAD_ENCODING, BAD_POLICY, transaction_decode()'s for the body. The bytes may go. */
MUST_USE const char *partial_decode(struct partial *out, const void *bytes, size_t len);
void wr_partial(struct wr *w, const struct partial *p);

/* All signatures that are there are right. NULL or BAD_SIGNATURE. */
MUST_USE const char *partial_verify(const struct partial *p);

/* Say what the policy of an account is; false when it isn't, or nobody asks for this account. */
bool partial_know_policy(struct partial *p, const struct account *who, uint8_t k, const struct xonly_key *keys, size_t n);
/* A signature is wanted of this key: an account of its own, or a known policy that still lacks signatures. */
MUST_USE bool partial_wants(const struct partial *p, const struct xonly_key *key);
/* Put it wherever it is wanted; false, with nothing changed, when it is wanted nowhere or wrong. */
MUST_USE bool partial_add(struct partial *p, const struct xonly_key *key, const struct schnorr_sig *sig);

/* Take over what `from` has more. NULL, or a reason, with nothing changed: OTHER_TRANSACTION, OTHER_CHAIN, BAD_SIGNATURE (in from). */
MUST_USE const char *partial_merge(struct partial *into, const struct partial *from);

/* Signatures that a part has. */
size_t partial_part_signed(const struct partial_part *part);
MUST_USE bool partial_part_is_complete(const struct partial_part *part);
MUST_USE bool partial_is_complete(const struct partial *p);
/* The finished transaction; call it on a complete one. */
void wr_partial_transaction(struct wr *w, const struct partial *p);

#endif
