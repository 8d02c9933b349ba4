#ifndef TALLY_TOKEN_TRANSACTION_H
#define TALLY_TOKEN_TRANSACTION_H
/* Sidechain transactions. Integers little-endian, CompactSize in its shortest form, no trailing bytes, one valid encoding per
 * value.
 *
 *   signed = version u8 = 1 | valid_until i64 | payer account | nonce u64 | fee u64 | count | op … | witness
 *   op     = number u16 | source account | payload varbytes
 *   relay  = version u8 = 2 | number u16 | payload varbytes          (one peg operation: no payer, nonce, fee or witness)
 *
 * Witness: for each distinct signer, payer first and then sources in order of appearance: type 0: 64 bytes of signature; type
 * 1: k u8 | n u8 | n keys ascending | bitmap ceil(n/8) bytes with exactly k bits | k signatures. All sign the same BIP340
 * message: taggedhash("tally/transaction", genesis id | body). Transaction id = taggedhash("tally/txid", body); for a relay
 * transaction body is all of it. */
#include "base/amount.h"
#include "base/clock.h"
#include "token/account.h"

#define TRANSACTION_BYTES_MAX 100000
#define TRANSACTION_OPS_MAX 1000

struct op {
	uint16_t number;
	struct account source;  /* zero in a relay transaction */
	const uint8_t *payload; /* borrowed from the transaction's bytes */
	size_t payload_len;
};

struct transaction {
	bool relay;
	struct unixtime valid_until; /* last second of block time at which it may stand in a block */
	struct account payer;
	uint64_t nonce;
	struct amount fee;
	struct op *ops; /* owned */
	size_t ops_n;
	const uint8_t *body; /* borrowed: what is signed */
	size_t body_len;
	const uint8_t *witness; /* borrowed */
	size_t witness_len;
};

/* NULL, or a reason name: TOO_LARGE, BAD_VERSION, BAD_ENCODING, NO_OPERATIONS, TOO_MANY_OPERATIONS, MODULE_ACCOUNT (as payer
 * or source: nobody signs for it). The bytes must outlive *out, which needs no clearing after a refusal. The witness is
 * looked at by verify only. */
MUST_USE const char *transaction_decode(struct transaction *out, const void *bytes, size_t len);
void transaction_clear(struct transaction *t);

/* The body of a signed transaction (t->body and witness are not looked at), or all of a relay one. */
void wr_transaction_body(struct wr *w, const struct transaction *t);

void transaction_id(struct hash256 *out, const struct transaction *t);
void transaction_sighash(struct hash256 *out, const void *body, size_t len, const struct hash256 *genesis_id);

/* Check every signature. NULL, or a reason name: BAD_WITNESS (malformed, or left over), BAD_POLICY (not the policy of the
 * account), BAD_SIGNATURE. A relay transaction has none: NULL. */
MUST_USE const char *transaction_verify(const struct transaction *t, const struct hash256 *genesis_id);

/* The distinct signers in witness order; returns how many (at most ops_n + 1); out holds that many. */
size_t transaction_signers(struct account *out, const struct transaction *t);

#endif
