#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/node.h"
#include "bridge/rpc_methods.h"
#include "bridge/account_name.h"
#include "bridge/wallet.h"

static json_t *
describe(const struct node *n, const struct wallet_account *a)
{
	json_t *o = json_pack("{sssoso}", "label", a->label, "account", json_account(n, &a->account), "key", json_key(&a->key));

	put_account_name(o, "name", n, &a->account);
	return o;
}

/* The keys as accounts, which is what their owners are known by. */
static json_t *
describe_policy(const struct node *n, const struct wallet *w, const struct wallet_policy *p)
{
	json_t *keys = json_array();
	size_t mine = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct account a = account_from_key(&p->keys[i]);

		mine += wallet_find(w, &a) != NULL;
		json_array_append_new(keys, json_account(n, &a));
	}
	return json_pack("{sssososIso}", "label", p->label, "account", json_account(n, &p->account), "policy",
			 json_sprintf("%u of %zu", (unsigned)p->k, p->n), "own_keys", (json_int_t)mine, "keys", keys);
}

static bool
passphrase_allowed(struct rpc_call *c, const char *passphrase)
{
	bool regtest = strcmp(node_params(rpc_node(c))->name, "regtest") == 0;

	if (strlen(passphrase) > WALLET_PASSPHRASE_MAX) {
		rpc_bad_param(c, "passphrase", NULL, "it has more than 1000 characters");
		return false;
	}
	if (passphrase[0] == '\0' && !regtest) {
		rpc_bad_param(c, "passphrase", "choose some words that nobody guesses, and keep them apart from the backup",
			      "it is empty");
		return false;
	}
	return true;
}

static void
answer_wallet(struct rpc_call *c, struct wallet *w)
{
	struct node *n = rpc_node(c);
	json_t *accounts = json_array(), *shared = json_array();

	for (size_t i = 0; i < wallet_accounts_n(w); i++)
		json_array_append_new(accounts, describe(n, wallet_account_at(w, i)));
	for (size_t i = 0; i < wallet_policies_n(w); i++)
		json_array_append_new(shared, describe_policy(n, w, wallet_policy_at(w, i)));
	rpc_answer(c, json_pack("{sbsoso}", "locked", (int)wallet_is_locked(w), "accounts", accounts, "shared", shared));
}

static void
run_createwallet(struct rpc_call *c)
{
	const char *passphrase = rpc_text(c, "passphrase") != NULL ? rpc_text(c, "passphrase") : "";
	struct node *n = rpc_node(c);
	char *dir = options_path(node_options(n), "keys");
	struct complaint why;
	struct wallet *w;

	if (passphrase_allowed(c, passphrase)) {
		if (!wallet_create(&w, &why, dir, passphrase)) {
			rpc_complain(c, &why);
		} else {
			node_set_wallet(n, w);
			answer_wallet(c, w);
		}
	}
	free(dir);
}

static void
run_restorewallet(struct rpc_call *c)
{
	struct node *n = rpc_node(c);
	char *dir = options_path(node_options(n), "keys");
	struct complaint why;
	struct wallet *w;

	if (!wallet_restore(&w, &why, dir, rpc_text(c, "file"))) {
		rpc_complain(c, &why);
	} else {
		node_set_wallet(n, w);
		answer_wallet(c, w);
	}
	free(dir);
}

static void
run_backupwallet(struct rpc_call *c)
{
	struct complaint why;

	if (!wallet_backup(node_wallet(rpc_node(c)), &why, rpc_text(c, "file")))
		rpc_complain(c, &why);
	else
		rpc_answer(c, json_pack("{ss}", "file", rpc_text(c, "file")));
}

/* One of `keys`: a key in hex, or an account that is a key. False: the call has been answered. */
static bool
take_key(struct xonly_key *out, struct rpc_call *c, const char *text)
{
	const struct node *n = rpc_node(c);
	struct account a;

	if (strlen(text) == 64 && hex_decode(out->b, sizeof(out->b), text))
		return true;
	if ((wallet_find_account(&a, node_wallet(n), text) || account_from_text(&a, node_account_hrp(n), text) == NULL) &&
	    a.type == ACCOUNT_KEY) {
		memcpy(out->b, a.id.b, sizeof(out->b));
		return true;
	}
	rpc_bad_param(c, "keys", "keys in hex, accounts of one key, or labels, with commas between: each signer's listaccounts shows his",
		      "one of them is no key and no account of one key");
	return false;
}

/* False: the call has been answered. */
static bool
take_keys(struct xonly_key keys[ACCOUNT_POLICY_KEYS_MAX], size_t *n, struct rpc_call *c)
{
	char *text = mem_strdup(rpc_text(c, "keys")), *rest = text, *word;
	bool ok = true;

	*n = 0;
	while (ok && (word = strsep(&rest, ",")) != NULL) {
		word += strspn(word, " ");
		word[strcspn(word, " ")] = '\0';
		if (*n == ACCOUNT_POLICY_KEYS_MAX) {
			rpc_bad_param(c, "keys", NULL, "a policy has 16 keys at most");
			ok = false;
		} else {
			ok = take_key(&keys[*n], c, word);
			++*n;
		}
	}
	free(text);
	return ok;
}

static void
new_policy(struct rpc_call *c)
{
	struct wallet *w = node_wallet(rpc_node(c));
	uint64_t k = rpc_count(c, "policy", 0);
	struct xonly_key keys[ACCOUNT_POLICY_KEYS_MAX];
	struct complaint why;
	struct account account;
	size_t n;

	if (!rpc_has(c, "keys") || !rpc_has(c, "policy")) {
		rpc_bad_param(c, rpc_has(c, "keys") ? "policy" : "keys", "policy=2 keys=A,B,C: two of three sign",
			      "an account of several keys needs both policy and keys");
		return;
	}
	if (!take_keys(keys, &n, c))
		return;
	if (!wallet_new_policy(&account, w, &why, rpc_text(c, "label"), k <= UINT8_MAX ? (uint8_t)k : UINT8_MAX, keys, n))
		rpc_complain(c, &why);
	else
		rpc_answer(c, describe_policy(rpc_node(c), w, wallet_find_policy(w, &account)));
}

static void
run_newaccount(struct rpc_call *c)
{
	struct wallet *w = node_wallet(rpc_node(c));
	struct complaint why;
	struct account account;

	if (rpc_has(c, "policy") || rpc_has(c, "keys")) {
		new_policy(c);
		return;
	}
	if (!wallet_new_account(&account, w, &why, rpc_text(c, "label")))
		rpc_complain(c, &why);
	else
		rpc_answer(c, describe(rpc_node(c), wallet_find(w, &account)));
}

static void
run_listaccounts(struct rpc_call *c)
{
	answer_wallet(c, node_wallet(rpc_node(c)));
}

static void
run_unlockwallet(struct rpc_call *c)
{
	struct complaint why;

	if (!wallet_unlock(node_wallet(rpc_node(c)), &why, rpc_text(c, "passphrase"))) {
		rpc_complain(c, &why);
		return;
	}
	node_lock_wallet_after(rpc_node(c), rpc_count(c, "seconds", 0));
	rpc_answer(c, json_pack("{sb}", "locked", 0));
}

static void
run_lockwallet(struct rpc_call *c)
{
	struct wallet *w = node_wallet(rpc_node(c));

	wallet_lock(w);
	rpc_answer(c, json_pack("{sb}", "locked", (int)wallet_is_locked(w)));
}

/* taggedhash("tally/message", text): never the hash of a transaction. */
static void
message_hash(struct hash256 *out, const char *text)
{
	sha256_tagged(out, "tally/message", text, strlen(text));
}

static void
run_signmessage(struct rpc_call *c)
{
	struct complaint why;
	struct schnorr_sig sig;
	struct hash256 hash;
	struct account account;

	if (!rpc_account(&account, c, "account"))
		return;
	message_hash(&hash, rpc_text(c, "message"));
	if (!wallet_sign(&sig, node_wallet(rpc_node(c)), &why, &account, &hash))
		rpc_complain(c, &why);
	else
		rpc_answer(c, json_pack("{so}", "signature", json_hex(sig.b, sizeof(sig.b))));
}

static void
run_verifymessage(struct rpc_call *c)
{
	struct schnorr_sig sig;
	struct xonly_key key;
	struct hash256 hash;
	struct account account;
	const uint8_t *bytes;
	size_t len;

	if (!rpc_account(&account, c, "account"))
		return;
	bytes = rpc_hex(c, "signature", &len);
	if (len != sizeof(sig.b)) {
		rpc_bad_param(c, "signature", NULL, "a signature has 128 hex digits");
		return;
	}
	if (account.type != ACCOUNT_KEY) {
		rpc_bad_param(c, "account", "a message is signed by an account that is one key",
			      "this account has no key of its own");
		return;
	}
	memcpy(sig.b, bytes, sizeof(sig.b));
	memcpy(key.b, account.id.b, sizeof(key.b));
	message_hash(&hash, rpc_text(c, "message"));
	rpc_answer(c, json_pack("{sb}", "valid", (int)schnorr_verify(&sig, &key, &hash)));
}

static const struct rpc_param createwallet_params[] = {
	{ "passphrase", RPC_TEXT, false, "opens the wallet's keys; may be empty on regtest only", "empty" },
};
static const struct rpc_param file_params[] = {
	{ "file", RPC_TEXT, true, "path on the daemon's machine", NULL },
};
static const struct rpc_param newaccount_params[] = {
	{ "label", RPC_TEXT, false, "a name of your own for it: letters, digits, _ - .", "account-N" },
	{ "policy", RPC_COUNT, false, "a shared account: so many of the keys must sign", NULL },
	{ "keys", RPC_TEXT, false, "whose keys, with commas between: keys in hex, accounts of one key, or labels; 16 at most", NULL },
};
static const struct rpc_param unlockwallet_params[] = {
	{ "passphrase", RPC_TEXT, true, "as given to createwallet", NULL },
	{ "seconds", RPC_COUNT, false, "lock it again after so long", "until lockwallet or the daemon's end" },
};
static const struct rpc_param signmessage_params[] = {
	{ "account", RPC_ACCOUNT, true, "an account of the wallet", NULL },
	{ "message", RPC_TEXT, true, "any text", NULL },
};
static const struct rpc_param verifymessage_params[] = {
	{ "account", RPC_ACCOUNT, true, "who is said to have signed", NULL },
	{ "message", RPC_TEXT, true, "the text", NULL },
	{ "signature", RPC_HEX, true, "from signmessage", NULL },
};

const struct rpc_method rpc_keys_methods[] = {
	{ "createwallet", "keys", "make the wallet, with one account",
	  "Keys stay in keys/wallet.json under the passphrase. All of them come from one seed: one backup, however old, "
	  "brings every key back.",
	  "", RPC_PARAMS(createwallet_params), RPC_SECRET, run_createwallet },
	{ "restorewallet", "keys", "bring a wallet back from a backup", "There must be no wallet yet.", "/backup/wallet.json",
	  RPC_PARAMS(file_params), RPC_NEEDS_NOTHING, run_restorewallet },
	{ "backupwallet", "keys", "copy the wallet to a new file", "The copy is as safe as the passphrase is.",
	  "/backup/wallet.json", RPC_PARAMS(file_params), RPC_NEEDS_WALLET, run_backupwallet },
	{ "newaccount", "keys", "a new account of the wallet, or one shared with others",
	  "With policy and keys it is an account for which so many of the keys must sign. Everybody who gives the same policy and keys has the "
	  "same account.",
	  "alice", RPC_PARAMS(newaccount_params), RPC_NEEDS_WALLET,
	  run_newaccount },
	{ "listaccounts", "keys", "the wallet's accounts", NULL, "", NULL, 0, RPC_NEEDS_WALLET, run_listaccounts },
	{ "unlockwallet", "keys", "open the wallet's keys", NULL, "PASSPHRASE 60", RPC_PARAMS(unlockwallet_params),
	  RPC_NEEDS_WALLET | RPC_SECRET, run_unlockwallet },
	{ "lockwallet", "keys", "forget the wallet's keys until the next unlockwallet", NULL, "", NULL, 0, RPC_NEEDS_WALLET,
	  run_lockwallet },
	{ "signmessage", "keys", "sign a text with an account's key", "BIP340 over taggedhash(\"tally/message\", text).",
	  "alice hello", RPC_PARAMS(signmessage_params), RPC_NEEDS_WALLET, run_signmessage },
	{ "verifymessage", "keys", "check a signed text", NULL, "tly1… hello SIGNATURE", RPC_PARAMS(verifymessage_params),
	  RPC_NEEDS_NOTHING, run_verifymessage },
	{ .name = NULL },
};
