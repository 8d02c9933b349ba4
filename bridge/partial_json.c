#include "bridge/partial_json.h"

#include <stdio.h>
#include <string.h>

#include "bridge/rpc.h"

static json_t *
account_json(const struct account *a, const char *hrp)
{
	char text[ACCOUNT_TEXT_LEN];

	account_to_text(text, a, hrp);
	return json_string(text);
}

/* Every key is an account too, and that is what its owner is known by. */
static json_t *
waiting_json(const struct partial_part *part, const char *hrp)
{
	json_t *list = json_array();

	if (partial_part_is_complete(part))
		return list;
	for (size_t i = 0; i < part->n; i++) {
		struct account a = account_from_key(&part->keys[i]);

		if (!part->has[i])
			json_array_append_new(list, account_json(&a, hrp));
	}
	return list;
}

json_t *
partial_signers_json(const struct partial *p, const char *hrp)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->parts_n; i++) {
		const struct partial_part *part = &p->parts[i];
		json_t *o = json_pack("{so}", "account", account_json(&part->who, hrp));

		if (part->who.type == ACCOUNT_POLICY)
			json_object_set_new(o, "policy",
					    part->k > 0 ? json_sprintf("%u of %zu", (unsigned)part->k, part->n) : json_string("unknown"));
		if (part->k > 0)
			json_object_set_new(o, "needed", json_integer(part->k));
		json_object_set_new(o, "signed", json_integer((json_int_t)partial_part_signed(part)));
		json_object_set_new(o, "waiting_for", waiting_json(part, hrp));
		json_array_append_new(list, o);
	}
	return list;
}

json_t *
partial_json(const struct partial *p, const char *hrp)
{
	bool complete = partial_is_complete(p);
	struct hash256 id;
	struct wr w = { 0 };
	json_t *o;

	transaction_id(&id, &p->t);
	if (complete)
		wr_partial_transaction(&w, p);
	else
		wr_partial(&w, p);
	o = json_pack("{sosbsoso}", "txid", json_hash(&id), "complete", (int)complete, "transaction", json_hex(w.p, w.len), "signers",
		      partial_signers_json(p, hrp));
	wr_clear(&w);
	return o;
}

void
partial_missing(char out[PARTIAL_MISSING_LEN], const struct partial *p, const char *hrp)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->parts_n && at < PARTIAL_MISSING_LEN; i++) {
		const struct partial_part *part = &p->parts[i];
		char who[ACCOUNT_TEXT_LEN], what[40] = "";

		if (partial_part_is_complete(part))
			continue;
		account_to_text(who, &part->who, hrp);
		if (part->who.type == ACCOUNT_POLICY && part->k == 0)
			snprintf(what, sizeof(what), " (its policy is not known)");
		else if (part->who.type == ACCOUNT_POLICY)
			snprintf(what, sizeof(what), " (%zu of %u)", partial_part_signed(part), (unsigned)part->k);
		at += (size_t)snprintf(out + at, PARTIAL_MISSING_LEN - at, "%s%s%s", at > 0 ? ", " : "", who, what);
	}
}
