#ifndef TALLY_BRIDGE_WALLET_H
#define TALLY_BRIDGE_WALLET_H
/* Keys of accounts, in keys/wallet.json: the seed in a secretbox, and for each account its number, label and public key in
 * the clear, so that accounts can be listed while the wallet is locked; and the policies of shared accounts. Key number i = taggedhash("tally/key", seed | i u32):
 * one backup of the file, however old, brings every key back.
 *
 * Every change is written durably (a new file, fsync, rename) before it is told. */
#include "base/hash.h"
#include "bridge/complaint.h"
#include "chain/key.h"
#include "token/account.h"

#define WALLET_LABEL_MAX 40
#define WALLET_ACCOUNTS_MAX 10000
#define WALLET_PASSPHRASE_MAX 1000

struct wallet;

/* Make a wallet with one account, labelled "main"; it is unlocked. An empty passphrase leaves the seed readable to whoever
 * reads the file. False when there is one already or the disk refuses. *out is owned (wallet_free). */
MUST_USE bool wallet_create(struct wallet **out, struct complaint *why, const char *dir, const char *passphrase);
/* *out is NULL when there is no wallet in dir; it is locked, unless its passphrase is empty. */
MUST_USE bool wallet_open(struct wallet **out, struct complaint *why, const char *dir);
/* Copy a backup into dir and open it; false when there is a wallet already. */
MUST_USE bool wallet_restore(struct wallet **out, struct complaint *why, const char *dir, const char *backup);
/* Copy the file; false when the path exists. */
MUST_USE bool wallet_backup(struct wallet *w, struct complaint *why, const char *path);
void wallet_free(struct wallet *w);

MUST_USE bool wallet_unlock(struct wallet *w, struct complaint *why, const char *passphrase);
/* Forget the seed; one with an empty passphrase stays open. */
void wallet_lock(struct wallet *w);
MUST_USE bool wallet_is_locked(const struct wallet *w);

/* Accounts of one key. */
struct wallet_account {
	char label[WALLET_LABEL_MAX + 1]; /* letters, digits, _ - . ; no two are the same */
	struct xonly_key key;
	struct account account;
};
size_t wallet_accounts_n(const struct wallet *w);
const struct wallet_account *wallet_account_at(const struct wallet *w, size_t i); /* borrowed until the next new account */

/* Needs an open wallet. label NULL: "account-N". */
MUST_USE bool wallet_new_account(struct account *out, struct wallet *w, struct complaint *why, const char *label);

/* Accounts of a k-of-n policy, whoever has the keys: what it takes to sign for them. They are in the file, but do not come from the
 * seed: a backup brings back those that it knew, and anybody can make the others again from the same keys. */
struct wallet_policy {
	char label[WALLET_LABEL_MAX + 1];
	struct account account;
	uint8_t k;
	size_t n;
	struct xonly_key keys[ACCOUNT_POLICY_KEYS_MAX]; /* ascending */
};
size_t wallet_policies_n(const struct wallet *w);
const struct wallet_policy *wallet_policy_at(const struct wallet *w, size_t i); /* borrowed until the next new one */
/* Keys in any order. The wallet may be locked. label NULL: "shared-N". */
MUST_USE bool wallet_new_policy(struct account *out, struct wallet *w, struct complaint *why, const char *label, uint8_t k,
				const struct xonly_key *keys, size_t n);
/* NULL when the account is none of them; w may be NULL. */
MUST_USE const struct wallet_policy *wallet_find_policy(const struct wallet *w, const struct account *a);

/* By label, of either kind; w may be NULL. */
MUST_USE bool wallet_find_account(struct account *out, const struct wallet *w, const char *label);
/* NULL when the account is not one of this wallet's keys; w may be NULL. */
const struct wallet_account *wallet_find(const struct wallet *w, const struct account *a);

/* BIP340 over a hash by an account's key. False: locked, or not of this wallet. */
MUST_USE bool wallet_sign(struct schnorr_sig *out, const struct wallet *w, struct complaint *why, const struct account *a,
			  const struct hash256 *message);

#endif
