#include "bridge/op_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/complaint.h"
#include "bridge/modules.h"
#include "bridge/op_json_parts.h"
#include "bridge/partial_json.h"
#include "bridge/rpc.h"

/* One table an area. */
static const struct op_form *const areas[] = {
	op_asset_forms,
	op_dao_forms,
	op_peg_forms,
	op_sale_forms,
	op_swap_forms,
	op_validators_forms,
};

static const struct op_form *
find_form(uint16_t number)
{
	for (size_t i = 0; i < ARRAY_LEN(areas); i++) {
		for (const struct op_form *form = areas[i]; form->fields != NULL; form++) {
			if (form->number == number)
				return form;
		}
	}
	return NULL;
}

bool
op_has_form(uint16_t number)
{
	return find_form(number) != NULL;
}

/* False, and f->o may hold a part, when the payload is not of the operation's form. */
static bool
show_payload(struct op_fields *f, const struct op *op)
{
	const struct op_form *form = find_form(op->number);
	struct rd r = rd_init(op->payload, op->payload_len);

	if (form == NULL || (form->fault != NULL && form->fault(op->payload, op->payload_len) != NULL))
		return false;
	return op_fields_show(f, form->fields, form->fields_n, &r) && rd_done(&r);
}

json_t *
op_json(const struct op *op, const char *hrp)
{
	const struct op_info *info = modules_op_info(op->number);
	struct op_fields f = { .o = json_object(), .hrp = hrp };
	json_t *o = json_object();

	json_object_set_new(o, "op", info != NULL ? json_string(info->name) : json_sprintf("%u", (unsigned)op->number));
	if (info == NULL || !info->relay)
		put_account(&(struct op_fields){ o, hrp }, "source", &op->source);
	if (show_payload(&f, op))
		json_object_update(o, f.o);
	else
		json_object_set_new(o, "payload", json_hex(op->payload, op->payload_len));
	json_decref(f.o);
	return o;
}

/* Making. */

static const struct op_info *
find_op(struct op_making *m, const char *name)
{
	const struct module *modules[LEDGER_MODULES_N];
	const char *names[128], *near;
	size_t n = 0;

	ledger_modules(modules);
	for (size_t i = 0; i < LEDGER_MODULES_N; i++) {
		for (size_t k = 0; k < modules[i]->ops_n; k++) {
			const struct op_info *info = &modules[i]->ops[k];

			if (name != NULL && strcasecmp(info->name, name) == 0)
				return info;
			if (n < ARRAY_LEN(names))
				names[n++] = info->name;
		}
	}
	near = name != NULL ? nearest_name(name, names, n) : NULL;
	op_fault(m, "there is no operation '%.30s'%s%s%s", name != NULL ? name : "", near != NULL ? ", did you mean " : "",
		 near != NULL ? near : "", near != NULL ? "?" : "");
	return NULL;
}

static bool
take_hex_payload(struct wr *w, struct op_making *m, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t len;
	uint8_t *bytes = s != NULL ? hex_decode_new(&len, s, TRANSACTION_BYTES_MAX) : NULL;

	if (bytes == NULL)
		return op_fault(m, "payload must be hex");
	wr_bytes(w, bytes, len);
	free(bytes);
	return true;
}

static bool
take_payload(struct wr *w, struct op_making *m, const struct op_info *info, const json_t *o)
{
	static const char *const beside[] = { "op", "source", NULL }, *const hex_beside[] = { "op", "source", "payload", NULL };
	const struct op_form *form = find_form(info->number);
	const json_t *hex = json_object_get(o, "payload");
	const char *fault;
	struct wr made = { 0 };
	bool ok;

	if (hex != NULL)
		return op_fields_take(w, m, NULL, 0, o, hex_beside) && take_hex_payload(w, m, hex);
	if (form == NULL)
		return op_fault(m, "give its payload in hex");
	ok = op_fields_take(&made, m, form->fields, form->fields_n, o, beside);
	fault = ok && form->fault != NULL ? form->fault(made.p, made.len) : NULL;
	if (fault != NULL)
		ok = op_fault(m, "%s", fault);
	if (ok)
		wr_bytes(w, made.p, made.len);
	wr_clear(&made);
	return ok;
}

bool
op_from_json(struct op *op, struct wr *payload, bool *relay, const struct op_names *names, const json_t *o, char why[OP_JSON_WHY_LEN])
{
	struct op_making m = { .names = names, .decimals = AMOUNT_DECIMALS_MAX, .why = why };
	const json_t *source = json_object_get(o, "source");
	const struct op_info *info;

	if (!json_is_object(o))
		return op_fault(&m, "an operation is an object with its name under op");
	info = find_op(&m, json_string_value(json_object_get(o, "op")));
	if (info == NULL)
		return false;
	op->number = info->number;
	op->source = (struct account){ 0 };
	*relay = info->relay;
	if (!info->relay && source == NULL)
		return op_fault(&m, "source is missing: the account that acts");
	if (info->relay && source != NULL)
		return op_fault(&m, "%s proves itself and has no source", info->name);
	if (source != NULL && !take_account(&op->source, &m, "source", source))
		return false;
	return take_payload(payload, &m, info, o);
}

/* What every transaction says. */
static json_t *
body_json(const struct transaction *t, const char *kind, size_t len, const char *hrp)
{
	struct hash256 id;
	struct op_fields f = { .hrp = hrp };
	json_t *ops = json_array();

	transaction_id(&id, t);
	f.o = json_pack("{sosssi}", "txid", json_hash(&id), "kind", kind, "bytes", (int)len);
	if (!t->relay) {
		put_account(&f, "payer", &t->payer);
		put_number(&f, "nonce", t->nonce);
		json_object_set_new(f.o, "fee", json_amount(t->fee, AMOUNT_DECIMALS_MAX));
		json_object_set_new(f.o, "valid_until", json_integer(t->valid_until.sec));
	}
	for (size_t i = 0; i < t->ops_n; i++)
		json_array_append_new(ops, op_json(&t->ops[i], hrp));
	json_object_set_new(f.o, "ops", ops);
	return f.o;
}

static json_t *
partial_transaction_json(const char **why, const void *bytes, size_t len, const char *hrp)
{
	struct partial p;
	json_t *o;

	*why = partial_decode(&p, bytes, len);
	if (*why != NULL)
		return NULL;
	o = body_json(&p.t, "partial", len, hrp);
	json_object_set_new(o, "genesis_id", json_hash(&p.genesis_id));
	json_object_set_new(o, "signatures_valid", json_boolean(partial_verify(&p) == NULL));
	json_object_set_new(o, "signed", json_boolean(partial_is_complete(&p)));
	json_object_set_new(o, "signers", partial_signers_json(&p, hrp));
	partial_clear(&p);
	return o;
}

json_t *
transaction_json(const char **why, const void *bytes, size_t len, const char *hrp)
{
	struct transaction t;
	json_t *o;

	if (partial_is(bytes, len))
		return partial_transaction_json(why, bytes, len, hrp);
	*why = transaction_decode(&t, bytes, len);
	if (*why != NULL)
		return NULL;
	o = body_json(&t, t.relay ? "relay" : "signed", len, hrp);
	if (!t.relay)
		json_object_set_new(o, "signed", json_boolean(t.witness_len > 0));
	transaction_clear(&t);
	return o;
}
