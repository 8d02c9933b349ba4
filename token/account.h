#ifndef TALLY_TOKEN_ACCOUNT_H
#define TALLY_TOKEN_ACCOUNT_H
/* Accounts: a type byte and 32 bytes. Text form: bech32m over the 33 bytes, human part "tly" ("tlyr" on regtest). */
#include "base/bytes.h"
#include "base/hash.h"
#include "chain/key.h"

#define ACCOUNT_LEN 33
#define ACCOUNT_POLICY_KEYS_MAX 16
#define ACCOUNT_TEXT_LEN 72

enum account_type {
	ACCOUNT_KEY = 0,    /* an x-only secp256k1 key */
	ACCOUNT_POLICY = 1, /* the tagged hash of a k-of-n policy */
	ACCOUNT_MODULE = 2, /* a module's own: nobody signs for it */
};

struct account {
	uint8_t type;
	struct hash256 id;
};

struct account account_from_key(const struct xonly_key *key);
/* taggedhash("tally/policy", k u8 | n u8 | keys ascending); false unless 1 <= k <= n <= 16 and the keys ascend strictly. */
MUST_USE bool account_from_policy(struct account *out, uint8_t k, const struct xonly_key *keys, size_t n);
/* taggedhash("tally/module", name | 0 | subject): "fees", "treasury", "escrow", "backing"… subject may be NULL with len 0. */
struct account account_of_module(const char *name, const void *subject, size_t len);

MUST_USE bool account_eq(const struct account *a, const struct account *b);
int account_cmp(const struct account *a, const struct account *b);
/* An unknown type makes the reader bad. */
void rd_account(struct rd *r, struct account *out);
void wr_account(struct wr *w, const struct account *a);

void account_to_text(char out[ACCOUNT_TEXT_LEN], const struct account *a, const char *hrp);
/* NULL, or what is wrong, for a person (static). */
MUST_USE const char *account_from_text(struct account *out, const char *hrp, const char *text);

#endif
