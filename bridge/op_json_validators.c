/* Forms of the operations of validators (token/ops_validator.h). */
#include "bridge/op_json_parts.h"

#include "token/ops_validator.h"

#define KEY FIELD("validator", FIELD_HASH)
#define SIGNATURE(name) FIELD(name, FIELD_BYTES, .max = sizeof(struct validator_sig))

static const struct op_field register_validator[] = {
	KEY,
	SIGNATURE("proof"),
	FIELD("moniker", FIELD_TEXT, .min = 1, .max = MONIKER_MAX),
	FIELD("self_bond", FIELD_UNITS),
};
static const struct op_field validator[] = { KEY };
static const struct op_field bond[] = { KEY, FIELD("units", FIELD_UNITS) };
static const struct op_field withdraw[] = { FIELD("of", FIELD_ACCOUNT) };
static const struct op_field vote_validators[] = { FIELD("votes", FIELD_LIST, .max = VOTED_MAX, FIELD_OF(bond)) };

static const char *
vote_fault(const void *payload, size_t len)
{
	struct op_vote_validators o;

	return op_vote_validators_decode(&o, payload, len) ? NULL : "votes stand in ascending order of their keys, each once, with units above 0";
}

/* ---- EVIDENCE: one of two shapes, told by the key that is there ---- */

static const char *const vote_names[] = { NULL, "prevote", "precommit" };
static const struct op_field block[] = { FIELD("hash", FIELD_HASH), FIELD("parts", FIELD_U32), FIELD("parts_hash", FIELD_HASH) };
static const struct op_field cast[] = {
	FIELD("block", FIELD_OPTION, FIELD_OF(block)), /* null: a vote for nil */
	FIELD("seconds", FIELD_U64),
	FIELD("nanos", FIELD_U32),
	SIGNATURE("signature"),
};
static const struct op_field votes[] = {
	FIELD("type", FIELD_NAMES, FIELD_NAMED(vote_names)), FIELD("height", FIELD_U64),           FIELD("round", FIELD_U32),
	FIELD("vote_a", FIELD_GROUP, FIELD_OF(cast)),         FIELD("vote_b", FIELD_GROUP, FIELD_OF(cast)),
};
static const struct op_field seals[] = {
	FIELD("header_a", FIELD_BYTES, .max = SEALED_HEADER_LEN),
	SIGNATURE("seal_a"),
	FIELD("header_b", FIELD_BYTES, .max = SEALED_HEADER_LEN),
	SIGNATURE("seal_b"),
};
static const struct {
	const char *name;
	const struct op_field *fields;
	size_t n;
} shapes[] = {
	[EVIDENCE_VOTES] = { "votes", votes, ARRAY_LEN(votes) },
	[EVIDENCE_SEALS] = { "seals", seals, ARRAY_LEN(seals) },
};

static void
show_evidence(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	uint8_t kind = rd_u8(r);
	struct op_fields inner = { json_object(), f->hrp }, named = { json_object(), f->hrp };

	if (kind >= ARRAY_LEN(shapes) || !op_fields_show(&inner, shapes[kind].fields, shapes[kind].n, r)) {
		rd_fail(r);
		json_decref(inner.o);
	} else {
		json_object_set_new(named.o, shapes[kind].name, inner.o);
	}
	json_object_set_new(f->o, field->name, named.o);
}

static bool
take_evidence(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		const json_t *inner = json_object_get(value, shapes[i].name);

		if (inner == NULL || json_object_size(value) != 1)
			continue;
		wr_u8(w, (uint8_t)i);
		return op_fields_take(w, m, shapes[i].fields, shapes[i].n, inner, NULL);
	}
	return op_fault(m, "%s must be an object with `votes` or `seals`", field->name);
}

static const struct op_field evidence[] = { KEY, FIELD("evidence", FIELD_CUSTOM, .show = show_evidence, .take = take_evidence) };

static const char *
evidence_fault(const void *payload, size_t len)
{
	struct op_evidence o;

	return op_evidence_decode(&o, payload, len) ? NULL : "two votes for different blocks, or two different headers: the lesser first";
}

const struct op_form op_validators_forms[] = {
	OP_FORM(OP_REGISTER_VALIDATOR, register_validator),
	OP_FORM(OP_RETIRE_VALIDATOR, validator),
	OP_FORM(OP_BOND, bond),
	OP_FORM(OP_UNBOND, bond),
	OP_FORM(OP_WITHDRAW, withdraw),
	OP_FORM_CHECKED(OP_VOTE_VALIDATORS, vote_validators, vote_fault),
	OP_FORM_CHECKED(OP_EVIDENCE, evidence, evidence_fault),
	OP_FORM(OP_UNJAIL, validator),
	OP_FORMS_END,
};
