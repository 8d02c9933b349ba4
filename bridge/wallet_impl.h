#ifndef TALLY_BRIDGE_WALLET_IMPL_H
#define TALLY_BRIDGE_WALLET_IMPL_H
/* The inside of a wallet, shared by wallet.c and wallet_policy.c only. */
#include <jansson.h>

#include "base/bytes.h"
#include "bridge/wallet.h"

#define WALLET_SEED_LEN 32

struct wallet {
	char *path; /* owned */
	struct wr box;
	bool has_passphrase;
	bool open;
	uint8_t seed[WALLET_SEED_LEN]; /* only while open */
	struct wallet_account *accounts; /* owned */
	size_t n;
	struct wallet_policy *policies; /* owned */
	size_t policies_n;
};

MUST_USE bool wallet_save(const struct wallet *w, struct complaint *why);
/* Free for a new account. */
MUST_USE bool wallet_label_is_free(const struct wallet *w, struct complaint *why, const char *label);

json_t *wallet_policies_json(const struct wallet *w);
/* list may be NULL: none. False: it is damaged. */
MUST_USE bool wallet_policies_parse(struct wallet *w, const json_t *list);
MUST_USE const struct wallet_policy *wallet_policy_labelled(const struct wallet *w, const char *label);
MUST_USE bool wallet_is_label(const char *s);

#endif
