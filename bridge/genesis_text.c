#include <stdlib.h>
#include <string.h>

#include "bridge/genesis_file.h"
#include "bridge/genesis_names.h"
#include "bridge/genesis_validators.h"

static json_t *
coin(struct amount a)
{
	char text[AMOUNT_TEXT_LEN];

	amount_format(text, a, AMOUNT_DECIMALS_MAX);
	return json_string(text);
}

static json_t *
hex(const void *bytes, size_t n)
{
	char text[2 * RULE_PARAMS_MAX + 1];

	hex_encode(text, bytes, n);
	return json_string(text);
}

static json_t *
account_text(const struct genesis_file *f, const struct account *a)
{
	char text[ACCOUNT_TEXT_LEN];

	account_to_text(text, a, genesis_account_hrp(f->chain));
	return json_string(text);
}

static json_t *
anchor_json(const struct peg_anchor *a)
{
	uint8_t header[HEADER_LEN];
	char work[HASH256_HEX_LEN];
	json_t *times = json_array();

	for (size_t i = 0; i < a->times_n; i++)
		json_array_append_new(times, json_integer((json_int_t)a->times[i]));
	header_encode(header, &a->header);
	u256_to_hex(work, &a->work);
	return json_pack("{sIsososs}", "height", (json_int_t)a->height, "header", hex(header, sizeof(header)), "times", times,
			 "work", work);
}

static json_t *
params_json(const struct peg_params *p)
{
	json_t *o = json_object();

	for (size_t i = 0; i < peg_params_numbers(); i++) {
		struct peg_number n = peg_params_number(p, i);
		struct amount a;

		if (n.is_amount && amount_from_units(&a, n.value))
			json_object_set_new(o, n.name, coin(a));
		else
			json_object_set_new(o, n.name, json_integer((json_int_t)n.value));
	}
	return o;
}

static json_t *
federation_json(const struct genesis_file *f)
{
	const struct federation *fed = &f->federation;
	json_t *members = json_array(), *recovery = json_array();

	for (size_t i = 0; i < fed->n; i++) {
		const struct peg_member *m = &fed->member[i];

		json_array_append_new(members, json_pack("{sssoso}", "name", m->name, "key", hex(m->key.b, sizeof(m->key.b)),
							 "account", account_text(f, &m->account)));
	}
	for (size_t i = 0; i < fed->recovery_n; i++)
		json_array_append_new(recovery, hex(fed->recovery[i].b, sizeof(fed->recovery[i].b)));
	return json_pack("{sisosiso}", "k", (int)fed->k, "members", members, "r", (int)fed->r, "recovery", recovery);
}

static json_t *
op_text_json(const struct op_text *t)
{
	return json_stringn(t->p, t->len);
}

static json_t *
council_json(const struct genesis_file *f)
{
	struct op_create_dao c = f->council;
	json_t *o = json_object(), *actions = json_array(), *members = json_array();

	json_object_set_new(o, "name", op_text_json(&c.name));
	json_object_set_new(o, "rule", op_text_json(&c.rule));
	json_object_set_new(o, "rule_major", json_integer(c.rule_major));
	json_object_set_new(o, "params", hex(c.params.p, c.params.len));
	for (unsigned kind = 0; kind < 32; kind++) {
		const char *name = genesis_action_name((enum action_kind)kind);

		if ((c.actions >> kind & 1) && name != NULL)
			json_array_append_new(actions, json_string(name));
	}
	json_object_set_new(o, "actions", actions);
	for (size_t i = 0; i < genesis_periods_n; i++)
		json_object_set_new(o, genesis_period_name(i), json_integer((json_int_t)*genesis_period(&c, i)));
	json_object_set_new(o, "deposit", coin(c.deposit));
	json_object_set_new(o, "deposit_first", coin(c.deposit_first));
	json_object_set_new(o, "threshold", json_integer((json_int_t)c.threshold));
	for (size_t i = 0; i < c.members_n; i++)
		json_array_append_new(members, account_text(f, &c.members[i]));
	json_object_set_new(o, "members", members);
	return o;
}

static json_t *
rules_json(const struct genesis_file *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->rules_n; i++) {
		const struct action_plugin_approve *r = &f->rules[i];

		json_array_append_new(list, json_pack("{sossso?sosI}", "name", op_text_json(&r->name), "kind",
						      genesis_kind_name(r->kind), "version",
						      json_sprintf("%u.%u.%u", r->major, r->minor, r->patch), "file",
						      hex(r->file.b, 32), "from_height", (json_int_t)r->from_height));
	}
	return list;
}

char *
genesis_file_text(const struct genesis_file *f)
{
	json_t *governance = json_pack("{so}", "creation_fee", coin(f->dao_fee)), *o;
	char *text;

	if (f->has_council)
		json_object_set_new(governance, "council", council_json(f));
	o = json_pack("{sissss sI soso s{sososo} s{so} so so}", "tallystick_genesis", 1, "chain_id", f->chain_id, "network",
		      f->chain->name, "time", (json_int_t)f->time.sec, "fee_base", coin(f->fee_base), "fee_per_op",
		      coin(f->fee_per_op), "peg", "anchor", anchor_json(&f->peg.anchor), "params", params_json(&f->peg),
		      "federation", federation_json(f), "assets", "creation_fee", coin(f->asset_fee), "governance",
		      governance, "rules", rules_json(f));
	if (f->has_validators)
		json_object_set_new(o, "validators", genesis_validators_json(&f->validators, genesis_account_hrp(f->chain)));
	text = json_dumps(o, JSON_INDENT(1));
	json_decref(o);
	return text;
}
