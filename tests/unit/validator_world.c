#include "tests/unit/validator_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t pos_params[] = { 8, 0, 10, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0 };
static const uint8_t dpos_params[] = { 4, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0 };

struct ed25519_seed
validator_seed_at(size_t i)
{
	struct ed25519_seed s = { { 's', 'e', 'e', 'd', (uint8_t)i } };

	return s;
}

struct validator_key
validator_key_at(size_t i)
{
	struct ed25519_seed s = validator_seed_at(i);
	struct validator_key k;
	struct ed25519_key ed;

	CU_ASSERT_FATAL(ed25519_key_from_seed(&ed, &s));
	memcpy(k.b, ed.b, sizeof(k.b));
	return k;
}

static int
first_cmp(const void *a, const void *b)
{
	return validator_key_cmp(&((const struct validators_first *)a)->key, &((const struct validators_first *)b)->key);
}

void
validators_usual(const struct world *w, struct validators_genesis *out)
{
	memset(out, 0, sizeof(*out));
	out->params = (struct validators_params){
		.engine = ENGINE_COMETBFT,
		.chain_id = VALIDATOR_CHAIN_ID,
		.epoch_seconds = VALIDATOR_EPOCH,
		.unbonding = VALIDATOR_UNBONDING,
		.vote_step = VALIDATOR_STEP,
		.slash = 500,
		.min_self_bond = units(100),
	};
	out->rule = OP_TEXT("valsel_poa");
	out->rule_major = 1;
	for (out->n = 0; out->n < 4; out->n++)
		out->list[out->n] = (struct validators_first){ validator_key_at(out->n), w->people[out->n], OP_TEXT("first"), 10 };
	qsort(out->list, out->n, sizeof(out->list[0]), first_cmp);
}

void
validators_begin_with(struct world *w, const struct validators_genesis *g)
{
	struct wr section = { 0 };
	const char *why;

	w->env.height = 0;
	world_approve(w, valsel_poa_entry());
	world_approve(w, valsel_pos_entry());
	world_approve(w, valsel_dpos_entry());
	wr_validators_section(&section, g);
	why = validator_module.genesis(&w->exec, section.p, section.len);
	if (why != NULL)
		printf("\n  %s", why);
	CU_ASSERT_PTR_NULL_FATAL(why);
	w->env.height = 1;
	wr_clear(&section);
}

void
validators_begin(struct world *w, const char *rule)
{
	struct validators_genesis g;

	validators_usual(w, &g);
	if (strcmp(rule, "pos") == 0) {
		g.rule = OP_TEXT("valsel_pos");
		g.rule_params = (struct op_blob){ pos_params, sizeof(pos_params) };
	} else if (strcmp(rule, "dpos") == 0) {
		g.rule = OP_TEXT("valsel_dpos");
		g.rule_params = (struct op_blob){ dpos_params, sizeof(dpos_params) };
	}
	validators_begin_with(w, &g);
}

void
validator_registration(struct wr *payload, const struct world *w, size_t person, size_t i, uint64_t self_bond)
{
	struct op_register_validator o = { .key = validator_key_at(i), .moniker = OP_TEXT("somebody"), .self_bond = units(self_bond) };
	struct ed25519_seed seed = validator_seed_at(i);
	struct ed25519_sig sig;
	struct hash256 hash;

	validator_proof_hash(&hash, &w->env.genesis_id, &w->people[person], &o.key);
	CU_ASSERT_FATAL(ed25519_sign(&sig, &seed, hash.b, sizeof(hash.b)));
	memcpy(o.proof.b, sig.b, sizeof(sig.b));
	op_register_validator_encode(payload, &o);
}

const char *
validator_register(struct world *w, size_t person, size_t i, uint64_t self_bond)
{
	struct wr payload = { 0 };

	validator_registration(&payload, w, person, i, self_bond);
	return world_do(w, person, OP_REGISTER_VALIDATOR, &payload);
}

const char *
validator_do(struct world *w, size_t person, uint16_t number, size_t i)
{
	struct op_validator o = { validator_key_at(i) };
	struct wr payload = { 0 };

	op_validator_encode(&payload, &o);
	return world_do(w, person, number, &payload);
}

const char *
validator_bond(struct world *w, size_t person, uint16_t number, size_t i, uint64_t n)
{
	struct op_bond o = { validator_key_at(i), units(n) };
	struct wr payload = { 0 };

	op_bond_encode(&payload, &o);
	return world_do(w, person, number, &payload);
}

const char *
validator_withdraw(struct world *w, size_t person)
{
	struct op_withdraw o = { w->people[person] };
	struct wr payload = { 0 };

	op_withdraw_encode(&payload, &o);
	return world_do(w, person, OP_WITHDRAW, &payload);
}

const char *
validator_vote(struct world *w, size_t person, size_t i, uint64_t n)
{
	struct op_vote_validators o = { .n = n > 0 };
	struct wr payload = { 0 };

	o.list[0] = (struct voted){ validator_key_at(i), units(n) };
	op_vote_validators_encode(&payload, &o);
	return world_do(w, person, OP_VOTE_VALIDATORS, &payload);
}

void
validator_two_votes(struct op_evidence *out, size_t i, uint64_t height)
{
	struct ed25519_seed seed = validator_seed_at(i);

	memset(out, 0, sizeof(*out));
	out->key = validator_key_at(i);
	out->kind = EVIDENCE_VOTES;
	out->vote = EVIDENCE_PRECOMMIT;
	out->height = height;
	for (int k = 0; k < 2; k++) {
		struct evidence_cast *c = &out->cast[k];
		struct ed25519_sig sig;
		struct wr w = { 0 };

		c->block = (struct evidence_block){ .hash = { { (uint8_t)(k + 1) } }, .parts = 1, .parts_hash = { { 7 } } };
		c->seconds = WORLD_TIME + k;
		c->nanos = 5;
		evidence_sign_bytes(&w, out, k, VALIDATOR_CHAIN_ID);
		CU_ASSERT_FATAL(ed25519_sign(&sig, &seed, w.p, w.len));
		memcpy(c->sig.b, sig.b, sizeof(sig.b));
		wr_clear(&w);
	}
}

const char *
validator_report(struct world *w, size_t person, const struct op_evidence *e)
{
	struct wr payload = { 0 };

	op_evidence_encode(&payload, e);
	return world_do(w, person, OP_EVIDENCE, &payload);
}

const char *
validators_decide(struct world *w, const struct action_validators *a)
{
	struct wr payload = { 0 };
	struct op_blob blob;
	struct dao d;
	const char *why;

	CU_ASSERT_FATAL(dao_get(&d, w->state, 0));
	action_validators_encode(&payload, a);
	blob = (struct op_blob){ payload.p, payload.len };
	why = validators_action_check(&w->exec, &d, &blob);
	if (why == NULL)
		why = validators_action_apply(&w->exec, &d, &blob);
	wr_clear(&payload);
	return why;
}

struct validator
validator_at(const struct world *w, size_t i)
{
	struct validator_key k = validator_key_at(i);
	struct validator v;

	CU_ASSERT_FATAL(validator_get(&v, w->state, &k));
	return v;
}

uint64_t
validator_power_of(const struct world *w, size_t i)
{
	struct validator_key k = validator_key_at(i);
	struct validator_set set;

	CU_ASSERT_FATAL(validators_set(&set, w->state));
	return validator_set_power(&set, &k);
}

void
validators_epoch_end(struct world *w)
{
	struct validators_epoch e;

	CU_ASSERT_FATAL(validators_epoch(&e, w->state));
	world_block(w, e.ends.sec - w->env.time.sec); /* the block before the boundary, then the one at it */
	world_block(w, 1);
}

const char *
validators_epoch_said(const struct world *w)
{
	static char why[80];
	struct event e;
	struct rd r;
	const uint8_t *p;
	size_t len;

	CU_ASSERT_FATAL(world_event(&e, w, "EPOCH"));
	r = rd_init(e.body, e.len);
	(void)rd_u64(&r);
	p = rd_varbytes(&r, &len, sizeof(why) - 1);
	CU_ASSERT_FATAL(rd_done(&r));
	snprintf(why, sizeof(why), "%.*s", (int)len, (const char *)p);
	return why;
}
