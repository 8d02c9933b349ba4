#include "bridge/wallet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/secretbox.h"
#include "bridge/file.h"
#include "bridge/json_text.h"
#include "bridge/wallet_impl.h"

/* Invariants.
 * W1 Account i of the file has key number i, and its public key is that key's: checked whenever the seed is read.
 * W2 No account is told to anybody before the file that names it is on the disk.
 * W3 The seed is in memory only while the wallet is open, and is wiped after. */

#define SEED_LEN WALLET_SEED_LEN
#define FILE_MAX 4000000

static bool
derive(struct secret_key *secret, struct xonly_key *key, const uint8_t seed[SEED_LEN], uint32_t number)
{
	struct wr w = { 0 };
	struct hash256 h;

	wr_bytes(&w, seed, SEED_LEN);
	wr_u32(&w, number);
	sha256_tagged(&h, "tally/key", w.p, w.len);
	memcpy(secret->b, h.b, sizeof(secret->b));
	mem_wipe(w.p, w.len);
	mem_wipe(&h, sizeof(h));
	wr_clear(&w);
	return xonly_from_secret(key, secret); /* false once in 2^128 seeds */
}

static struct wallet *
wallet_alloc(const char *dir)
{
	struct wallet *w = mem_new(1, sizeof(*w));

	w->path = mem_printf("%s/wallet.json", dir);
	return w;
}

void
wallet_free(struct wallet *w)
{
	if (w == NULL)
		return;
	mem_wipe(w->seed, sizeof(w->seed));
	wr_clear(&w->box);
	free(w->accounts);
	free(w->policies);
	free(w->path);
	free(w);
}

/* The file. */

bool
wallet_save(const struct wallet *w, struct complaint *why)
{
	json_t *accounts = json_array(), *file;
	char *box = mem_new(2 * w->box.len + 1, 1), *text;
	bool ok;

	for (size_t i = 0; i < w->n; i++) {
		char key[65];

		hex_encode(key, w->accounts[i].key.b, sizeof(w->accounts[i].key.b));
		json_array_append_new(accounts, json_pack("{ssss}", "label", w->accounts[i].label, "key", key));
	}
	hex_encode(box, w->box.p, w->box.len);
	file = json_pack("{sisbsssoso}", "tallystick_wallet", 1, "passphrase", (int)w->has_passphrase, "seed", box, "accounts",
			 accounts, "policies", wallet_policies_json(w));
	text = json_dumps(file, JSON_INDENT(1));
	ok = file_write_durable(why, w->path, text, strlen(text), 0600);
	json_decref(file);
	free(text);
	free(box);
	return ok;
}

bool
wallet_is_label(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= WALLET_LABEL_MAX &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.") == n && strncmp(s, "tly", 3) != 0;
}

static const struct wallet_account *
find_label(const struct wallet *w, const char *label)
{
	for (size_t i = 0; i < w->n; i++) {
		if (strcmp(w->accounts[i].label, label) == 0)
			return &w->accounts[i];
	}
	return NULL;
}

static struct wallet_account *
append_account(struct wallet *w, const char *label, const struct xonly_key *key)
{
	struct wallet_account *a;

	w->accounts = mem_resize(w->accounts, w->n + 1, sizeof(w->accounts[0]));
	a = &w->accounts[w->n++];
	memset(a, 0, sizeof(*a));
	snprintf(a->label, sizeof(a->label), "%s", label);
	a->key = *key;
	a->account = account_from_key(key);
	return a;
}

static bool
parse_accounts(struct wallet *w, const json_t *list)
{
	size_t i;
	json_t *item;

	if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > WALLET_ACCOUNTS_MAX)
		return false;
	json_array_foreach(list, i, item) {
		const char *label = json_string_value(json_object_get(item, "label"));
		const char *hex = json_string_value(json_object_get(item, "key"));
		struct xonly_key key;

		if (label == NULL || hex == NULL || !wallet_is_label(label) || find_label(w, label) != NULL ||
		    !hex_decode(key.b, sizeof(key.b), hex))
			return false;
		append_account(w, label, &key);
	}
	return true;
}

static bool
parse_file(struct wallet *w, const json_t *file)
{
	const json_t *passphrase = json_object_get(file, "passphrase");
	const char *seed = json_string_value(json_object_get(file, "seed"));
	uint8_t *box;
	size_t len;

	if (json_integer_value(json_object_get(file, "tallystick_wallet")) != 1 || !json_is_boolean(passphrase) || seed == NULL)
		return false;
	box = hex_decode_new(&len, seed, SECRETBOX_OVERHEAD + SEED_LEN);
	if (box == NULL)
		return false;
	wr_bytes(&w->box, box, len);
	free(box);
	w->has_passphrase = json_is_true(passphrase);
	return parse_accounts(w, json_object_get(file, "accounts")) && wallet_policies_parse(w, json_object_get(file, "policies"));
}

static bool
wallet_load(struct wallet *w, struct complaint *why)
{
	char fault[JSON_WHY_LEN] = "a field is missing or wrong", *text;
	json_t *file;
	size_t len;
	bool ok;

	text = file_read(&len, why, w->path, FILE_MAX);
	if (text == NULL)
		return false;
	ok = json_read_strict(&file, fault, text, len) && parse_file(w, file);
	json_decref(file);
	free(text);
	if (!ok)
		return complain(why, EXIT_CORRUPT, "bring a backup back: move the file away, then tally restorewallet FILE",
				"%s is damaged: %s", w->path, fault);
	return w->has_passphrase || wallet_unlock(w, why, "");
}

static bool
no_wallet_yet(const struct wallet *w, struct complaint *why)
{
	return !file_exists(w->path) || complain(why, EXIT_REFUSED, "one wallet serves any number of accounts: newaccount",
						 "there is a wallet already: %s", w->path);
}

bool
wallet_create(struct wallet **out, struct complaint *why, const char *dir, const char *passphrase)
{
	struct wallet *w = wallet_alloc(dir);
	struct secret_key secret;
	struct xonly_key key;
	bool ok = no_wallet_yet(w, why) && file_make_dir(why, dir);

	if (ok) {
		do
			rng_bytes(w->seed, sizeof(w->seed));
		while (!derive(&secret, &key, w->seed, 0));
		mem_wipe(&secret, sizeof(secret));
		w->has_passphrase = passphrase[0] != '\0';
		w->open = true;
		secretbox_seal(&w->box, w->seed, SEED_LEN, passphrase, w->has_passphrase ? SECRETBOX_USUAL : SECRETBOX_NOTHING);
		append_account(w, "main", &key);
		ok = wallet_save(w, why);
	}
	if (!ok) {
		wallet_free(w);
		w = NULL;
	}
	*out = w;
	return ok;
}

bool
wallet_open(struct wallet **out, struct complaint *why, const char *dir)
{
	struct wallet *w = wallet_alloc(dir);

	*out = NULL;
	if (!file_exists(w->path)) {
		wallet_free(w);
		return true;
	}
	if (!wallet_load(w, why)) {
		wallet_free(w);
		return false;
	}
	*out = w;
	return true;
}

bool
wallet_restore(struct wallet **out, struct complaint *why, const char *dir, const char *backup)
{
	struct wallet *w = wallet_alloc(dir);
	char *to = mem_strdup(w->path);
	bool ok;

	ok = no_wallet_yet(w, why) && file_make_dir(why, dir);
	free(w->path);
	w->path = mem_strdup(backup);
	ok = ok && wallet_load(w, why);
	free(w->path);
	w->path = to;
	ok = ok && wallet_save(w, why);
	if (!ok) {
		wallet_free(w);
		w = NULL;
	}
	*out = w;
	return ok;
}

bool
wallet_backup(struct wallet *w, struct complaint *why, const char *path)
{
	char *text;
	size_t len;
	bool ok;

	if (file_exists(path))
		return complain(why, EXIT_REFUSED, "choose another name", "%s is there already", path);
	text = file_read(&len, why, w->path, FILE_MAX);
	ok = text != NULL && file_write_durable(why, path, text, len, 0600);
	free(text);
	return ok;
}

/* Open and locked. */

/* W1 for every account. */
static bool
keys_agree(const struct wallet *w, const uint8_t seed[SEED_LEN])
{
	struct secret_key secret;
	struct xonly_key key;
	bool agree = true;

	for (size_t i = 0; agree && i < w->n; i++)
		agree = derive(&secret, &key, seed, (uint32_t)i) && xonly_eq(&key, &w->accounts[i].key);
	mem_wipe(&secret, sizeof(secret));
	return agree;
}

bool
wallet_unlock(struct wallet *w, struct complaint *why, const char *passphrase)
{
	uint8_t *seed = NULL;
	size_t len = 0;
	bool ok = true;

	if (!w->has_passphrase && passphrase[0] != '\0')
		return complain(why, EXIT_REFUSED, "nothing to do: it is open", "the wallet has no passphrase");
	switch (secretbox_open(&seed, &len, w->box.p, w->box.len, passphrase)) {
	case SECRETBOX_OK:
		break;
	case SECRETBOX_PASSPHRASE:
		return complain(why, EXIT_REFUSED, "try again; capital letters and blanks count",
				"the passphrase does not open the wallet");
	case SECRETBOX_MALFORMED:
		return complain(why, EXIT_CORRUPT, "bring a backup back with restorewallet", "the seed in %s is damaged",
				w->path);
	}
	if (len != SEED_LEN || !keys_agree(w, seed))
		ok = complain(why, EXIT_CORRUPT, "bring a backup back with restorewallet",
			      "the seed in %s does not give its accounts' keys", w->path);
	else
		memcpy(w->seed, seed, SEED_LEN);
	w->open = w->open || ok;
	mem_wipe(seed, len);
	free(seed);
	return ok;
}

void
wallet_lock(struct wallet *w)
{
	if (!w->has_passphrase)
		return;
	mem_wipe(w->seed, sizeof(w->seed));
	w->open = false;
}

bool
wallet_is_locked(const struct wallet *w)
{
	return !w->open;
}

static bool
must_be_open(const struct wallet *w, struct complaint *why)
{
	return w->open || complain(why, EXIT_REFUSED, "tally unlockwallet", "the wallet is locked");
}

size_t
wallet_accounts_n(const struct wallet *w)
{
	return w->n;
}

const struct wallet_account *
wallet_account_at(const struct wallet *w, size_t i)
{
	assert(i < w->n);
	return &w->accounts[i];
}

bool
wallet_label_is_free(const struct wallet *w, struct complaint *why, const char *label)
{
	if (!wallet_is_label(label))
		return complain(why, EXIT_USAGE, "1 to 40 letters, digits, _ - or . and not beginning with tly",
				"'%.80s' is no label for an account", label);
	if (find_label(w, label) != NULL || wallet_policy_labelled(w, label) != NULL)
		return complain(why, EXIT_REFUSED, "listaccounts shows the labels in use", "there is an account '%s' already",
				label);
	return true;
}

bool
wallet_new_account(struct account *out, struct wallet *w, struct complaint *why, const char *label)
{
	char made_up[WALLET_LABEL_MAX + 1];
	struct secret_key secret;
	struct xonly_key key;

	snprintf(made_up, sizeof(made_up), "account-%zu", w->n);
	label = label != NULL ? label : made_up;
	if (!must_be_open(w, why) || !wallet_label_is_free(w, why, label))
		return false;
	if (w->n == WALLET_ACCOUNTS_MAX || !derive(&secret, &key, w->seed, (uint32_t)w->n))
		return complain(why, EXIT_REFUSED, NULL, "the wallet can hold no more accounts");
	mem_wipe(&secret, sizeof(secret));
	append_account(w, label, &key);
	if (!wallet_save(w, why)) {
		w->n--;
		return false;
	}
	*out = w->accounts[w->n - 1].account;
	return true;
}

bool
wallet_find_account(struct account *out, const struct wallet *w, const char *label)
{
	const struct wallet_account *a = w != NULL ? find_label(w, label) : NULL;
	const struct wallet_policy *p = w != NULL ? wallet_policy_labelled(w, label) : NULL;

	if (a != NULL)
		*out = a->account;
	else if (p != NULL)
		*out = p->account;
	return a != NULL || p != NULL;
}

const struct wallet_account *
wallet_find(const struct wallet *w, const struct account *a)
{
	for (size_t i = 0; w != NULL && i < w->n; i++) {
		if (account_eq(&w->accounts[i].account, a))
			return &w->accounts[i];
	}
	return NULL;
}

bool
wallet_sign(struct schnorr_sig *out, const struct wallet *w, struct complaint *why, const struct account *a,
	    const struct hash256 *message)
{
	const struct wallet_account *mine = wallet_find(w, a);
	struct secret_key secret;
	struct xonly_key key;
	uint8_t aux[32];
	bool ok;

	if (mine == NULL)
		return complain(why, EXIT_REFUSED, "listaccounts shows the accounts of this wallet",
				"the account is not of this wallet");
	if (!must_be_open(w, why))
		return false;
	rng_bytes(aux, sizeof(aux));
	ok = derive(&secret, &key, w->seed, (uint32_t)(mine - w->accounts)) && schnorr_sign(out, &secret, message, aux);
	mem_wipe(&secret, sizeof(secret));
	return ok || complain(why, EXIT_INTERNAL, NULL, "the key would not sign");
}
