/* W4 A policy's keys ascend, none twice; its account is the one that they make. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/wallet_impl.h"

size_t
wallet_policies_n(const struct wallet *w)
{
	return w->policies_n;
}

const struct wallet_policy *
wallet_policy_at(const struct wallet *w, size_t i)
{
	assert(i < w->policies_n);
	return &w->policies[i];
}

const struct wallet_policy *
wallet_find_policy(const struct wallet *w, const struct account *a)
{
	for (size_t i = 0; w != NULL && i < w->policies_n; i++) {
		if (account_eq(&w->policies[i].account, a))
			return &w->policies[i];
	}
	return NULL;
}

const struct wallet_policy *
wallet_policy_labelled(const struct wallet *w, const char *label)
{
	for (size_t i = 0; i < w->policies_n; i++) {
		if (strcmp(w->policies[i].label, label) == 0)
			return &w->policies[i];
	}
	return NULL;
}

static void
append_policy(struct wallet *w, const char *label, const struct wallet_policy *p)
{
	struct wallet_policy *at;

	w->policies = mem_resize(w->policies, w->policies_n + 1, sizeof(w->policies[0]));
	at = &w->policies[w->policies_n++];
	*at = *p;
	memset(at->label, 0, sizeof(at->label));
	snprintf(at->label, sizeof(at->label), "%s", label);
}

/* --- The file --- */

json_t *
wallet_policies_json(const struct wallet *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->policies_n; i++) {
		const struct wallet_policy *p = &w->policies[i];
		json_t *keys = json_array();

		for (size_t k = 0; k < p->n; k++) {
			char key[65];

			hex_encode(key, p->keys[k].b, sizeof(p->keys[k].b));
			json_array_append_new(keys, json_string(key));
		}
		json_array_append_new(list, json_pack("{sssiso}", "label", p->label, "needed", (int)p->k, "keys", keys));
	}
	return list;
}

static bool
parse_policy(struct wallet_policy *p, const json_t *item)
{
	json_int_t k = json_integer_value(json_object_get(item, "needed"));
	const json_t *keys = json_object_get(item, "keys"), *key;
	size_t i;

	if (k < 1 || k > ACCOUNT_POLICY_KEYS_MAX || json_array_size(keys) > ACCOUNT_POLICY_KEYS_MAX)
		return false;
	p->k = (uint8_t)k;
	p->n = json_array_size(keys);
	json_array_foreach(keys, i, key) {
		if (!json_is_string(key) || !hex_decode(p->keys[i].b, sizeof(p->keys[i].b), json_string_value(key)))
			return false;
	}
	return account_from_policy(&p->account, p->k, p->keys, p->n);
}

bool
wallet_policies_parse(struct wallet *w, const json_t *list)
{
	size_t i;
	json_t *item;

	if (list != NULL && (!json_is_array(list) || json_array_size(list) > WALLET_ACCOUNTS_MAX))
		return false;
	json_array_foreach(list, i, item) {
		const char *label = json_string_value(json_object_get(item, "label"));
		struct wallet_policy p = { .k = 0 };
		struct complaint why;

		if (label == NULL || !wallet_is_label(label) || !wallet_label_is_free(w, &why, label) || !parse_policy(&p, item))
			return false;
		append_policy(w, label, &p);
	}
	return true;
}

/* --- A new one --- */

static int
key_cmp(const void *a, const void *b)
{
	return xonly_cmp(a, b);
}

bool
wallet_new_policy(struct account *out, struct wallet *w, struct complaint *why, const char *label, uint8_t k,
		  const struct xonly_key *keys, size_t n)
{
	struct wallet_policy p = { .k = k, .n = n };
	char made_up[WALLET_LABEL_MAX + 1];

	snprintf(made_up, sizeof(made_up), "shared-%zu", w->policies_n + 1);
	label = label != NULL ? label : made_up;
	if (n < 1 || n > ACCOUNT_POLICY_KEYS_MAX || k < 1 || k > n)
		return complain(why, EXIT_USAGE, "policy=2 keys=A,B,C asks for two of three signatures; there are 16 keys at most",
				"%u of %zu keys is no policy", (unsigned)k, n);
	if (!wallet_label_is_free(w, why, label))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!xonly_valid(&keys[i]))
			return complain(why, EXIT_USAGE, "listaccounts of its owner shows the key", "key number %zu is none", i + 1);
		p.keys[i] = keys[i];
	}
	qsort(p.keys, n, sizeof(p.keys[0]), key_cmp);
	if (!account_from_policy(&p.account, k, p.keys, n))
		return complain(why, EXIT_USAGE, "each signer gives a key of his own", "a key is given twice");
	if (wallet_find_policy(w, &p.account) != NULL)
		return complain(why, EXIT_REFUSED, "listaccounts shows it", "the wallet has this account already, as '%s'",
				wallet_find_policy(w, &p.account)->label);
	if (w->policies_n == WALLET_ACCOUNTS_MAX)
		return complain(why, EXIT_REFUSED, NULL, "the wallet can hold no more accounts");
	append_policy(w, label, &p);
	if (!wallet_save(w, why)) {
		w->policies_n--;
		return false;
	}
	*out = p.account;
	return true;
}
