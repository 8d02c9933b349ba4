/* Payloads of the operations of validators, and of DAO 0's action on them. */
#include "token/ops_validator.h"

#include <string.h>

void
wr_validator_key(struct wr *w, const struct validator_key *k)
{
	wr_bytes(w, k->b, sizeof(k->b));
}

void
rd_validator_key(struct rd *r, struct validator_key *out)
{
	rd_bytes(r, out->b, sizeof(out->b));
}

int
validator_key_cmp(const struct validator_key *a, const struct validator_key *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static void
wr_sig(struct wr *w, const struct validator_sig *s)
{
	wr_bytes(w, s->b, sizeof(s->b));
}

static void
rd_sig(struct rd *r, struct validator_sig *out)
{
	rd_bytes(r, out->b, sizeof(out->b));
}

void
op_register_validator_encode(struct wr *w, const struct op_register_validator *o)
{
	wr_validator_key(w, &o->key);
	wr_sig(w, &o->proof);
	wr_text(w, &o->moniker);
	wr_amount(w, o->self_bond);
}

bool
op_register_validator_decode(struct op_register_validator *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	memset(out, 0, sizeof(*out));
	rd_validator_key(&r, &out->key);
	rd_sig(&r, &out->proof);
	rd_text(&r, &out->moniker, MONIKER_MAX);
	out->self_bond = rd_amount(&r);
	return rd_done(&r);
}

void
op_validator_encode(struct wr *w, const struct op_validator *o)
{
	wr_validator_key(w, &o->key);
}

bool
op_validator_decode(struct op_validator *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_validator_key(&r, &out->key);
	return rd_done(&r);
}

void
op_bond_encode(struct wr *w, const struct op_bond *o)
{
	wr_validator_key(w, &o->key);
	wr_amount(w, o->amount);
}

bool
op_bond_decode(struct op_bond *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_validator_key(&r, &out->key);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}

void
op_withdraw_encode(struct wr *w, const struct op_withdraw *o)
{
	wr_account(w, &o->of);
}

bool
op_withdraw_decode(struct op_withdraw *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_account(&r, &out->of);
	return rd_done(&r);
}

void
op_vote_validators_encode(struct wr *w, const struct op_vote_validators *o)
{
	wr_compactsize(w, o->n);
	for (uint32_t i = 0; i < o->n; i++) {
		wr_validator_key(w, &o->list[i].key);
		wr_amount(w, o->list[i].amount);
	}
}

bool
op_vote_validators_decode(struct op_vote_validators *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	size_t n = rd_count(&r, 40);

	memset(out, 0, sizeof(*out));
	if (n > VOTED_MAX)
		return false;
	out->n = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		rd_validator_key(&r, &out->list[i].key);
		out->list[i].amount = rd_amount(&r);
		if (amount_is_zero(out->list[i].amount) || (i > 0 && validator_key_cmp(&out->list[i - 1].key, &out->list[i].key) >= 0))
			rd_fail(&r);
	}
	return rd_done(&r);
}

/* ---- EVIDENCE ---- */

static void
wr_cast(struct wr *w, const struct evidence_cast *c)
{
	wr_u8(w, !c->block.nil);
	if (!c->block.nil) {
		wr_hash256(w, &c->block.hash);
		wr_u32(w, c->block.parts);
		wr_hash256(w, &c->block.parts_hash);
	}
	wr_i64(w, c->seconds);
	wr_u32(w, c->nanos);
	wr_sig(w, &c->sig);
}

static void
rd_cast(struct rd *r, struct evidence_cast *out)
{
	uint8_t there = rd_u8(r);

	out->block.nil = there == 0;
	if (there > 1)
		rd_fail(r);
	if (there == 1) {
		rd_hash256(r, &out->block.hash);
		out->block.parts = rd_u32(r);
		rd_hash256(r, &out->block.parts_hash);
		if (out->block.parts == 0)
			rd_fail(r);
	}
	out->seconds = rd_i64(r);
	out->nanos = rd_u32(r);
	if (out->nanos >= 1000000000)
		rd_fail(r);
	rd_sig(r, &out->sig);
}

static int
block_cmp(const struct evidence_block *a, const struct evidence_block *b)
{
	int c = (int)!a->nil - (int)!b->nil;

	if (c == 0)
		c = hash256_cmp(&a->hash, &b->hash);
	if (c == 0)
		c = (a->parts > b->parts) - (a->parts < b->parts);
	return c != 0 ? c : hash256_cmp(&a->parts_hash, &b->parts_hash);
}

static void
rd_votes(struct rd *r, struct op_evidence *out)
{
	uint8_t vote = rd_u8(r);

	if (vote != EVIDENCE_PREVOTE && vote != EVIDENCE_PRECOMMIT)
		rd_fail(r);
	out->vote = (enum evidence_vote)vote;
	out->height = rd_u64(r);
	out->round = rd_u32(r);
	if (out->height > INT64_MAX || out->round > INT32_MAX)
		rd_fail(r);
	rd_cast(r, &out->cast[0]);
	rd_cast(r, &out->cast[1]);
	if (rd_ok(r) && block_cmp(&out->cast[0].block, &out->cast[1].block) >= 0)
		rd_fail(r);
}

static void
rd_seals(struct rd *r, struct op_evidence *out)
{
	for (int i = 0; i < 2; i++) {
		rd_bytes(r, out->header[i], sizeof(out->header[i]));
		rd_sig(r, &out->seal[i]);
	}
	if (rd_ok(r) && memcmp(out->header[0], out->header[1], sizeof(out->header[0])) >= 0)
		rd_fail(r);
}

void
op_evidence_encode(struct wr *w, const struct op_evidence *o)
{
	wr_validator_key(w, &o->key);
	wr_u8(w, (uint8_t)o->kind);
	switch (o->kind) {
	case EVIDENCE_VOTES:
		wr_u8(w, (uint8_t)o->vote);
		wr_u64(w, o->height);
		wr_u32(w, o->round);
		wr_cast(w, &o->cast[0]);
		wr_cast(w, &o->cast[1]);
		break;
	case EVIDENCE_SEALS:
		for (int i = 0; i < 2; i++) {
			wr_bytes(w, o->header[i], sizeof(o->header[i]));
			wr_sig(w, &o->seal[i]);
		}
		break;
	}
}

bool
op_evidence_decode(struct op_evidence *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	uint8_t kind;

	memset(out, 0, sizeof(*out));
	rd_validator_key(&r, &out->key);
	kind = rd_u8(&r);
	if (kind == EVIDENCE_VOTES)
		rd_votes(&r, out);
	else if (kind == EVIDENCE_SEALS)
		rd_seals(&r, out);
	else
		rd_fail(&r);
	out->kind = (enum evidence_kind)(kind & 1);
	return rd_done(&r);
}

/* ---- action VALIDATORS ---- */

void
action_validators_encode(struct wr *w, const struct action_validators *a)
{
	wr_u8(w, (uint8_t)a->change);
	switch (a->change) {
	case CHANGE_WEIGHTS:
		wr_compactsize(w, a->n);
		for (uint32_t i = 0; i < a->n; i++) {
			wr_validator_key(w, &a->list[i].key);
			wr_u64(w, a->list[i].weight);
		}
		break;
	case CHANGE_RULE:
		wr_text(w, &a->rule);
		wr_u16(w, a->rule_major);
		wr_blob(w, &a->params);
		break;
	case CHANGE_JAIL:
		wr_validator_key(w, &a->key);
		wr_i64(w, a->until.sec);
		break;
	}
}

static void
rd_weights(struct rd *r, struct action_validators *out)
{
	size_t n = rd_count(r, 40);

	if (n < 1 || n > WEIGHTS_MAX) {
		rd_fail(r);
		return;
	}
	out->n = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		rd_validator_key(r, &out->list[i].key);
		out->list[i].weight = rd_u64(r);
		if (i > 0 && validator_key_cmp(&out->list[i - 1].key, &out->list[i].key) >= 0)
			rd_fail(r);
	}
}

bool
action_validators_decode(struct action_validators *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	uint8_t change = rd_u8(&r);

	memset(out, 0, sizeof(*out));
	switch (change) {
	case CHANGE_WEIGHTS:
		rd_weights(&r, out);
		break;
	case CHANGE_RULE:
		rd_text(&r, &out->rule, RULE_NAME_MAX);
		out->rule_major = rd_u16(&r);
		rd_blob(&r, &out->params, RULE_PARAMS_MAX);
		break;
	case CHANGE_JAIL:
		rd_validator_key(&r, &out->key);
		out->until.sec = rd_i64(&r);
		if (out->until.sec < 0)
			rd_fail(&r);
		break;
	default:
		rd_fail(&r);
		break;
	}
	out->change = (enum validators_change)(change % 3);
	return rd_done(&r);
}
