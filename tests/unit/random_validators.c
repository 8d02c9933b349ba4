/* Validators. */
#include "tests/unit/random_fate.h"
#include "tests/unit/validator_world.h"

static void
begin(struct fate *f)
{
	static const char *const rules[] = { "poa", "pos", "dpos" };

	validators_begin(&f->w, rules[draw(f, ARRAY_LEN(rules))]);
}

static struct validator_key
some_key(struct fate *f)
{
	return validator_key_at((size_t)draw(f, VALIDATOR_KEYS));
}

/* The owner of a key that is registered. */
static size_t
owner_of(struct fate *f, const struct validator_key *key)
{
	struct validator v;

	return validator_get(&v, f->w.state, key) ? person_of(f, &v.owner) : someone(f);
}

static void
do_register(struct fate *f)
{
	size_t by = someone(f), i = (size_t)draw(f, VALIDATOR_KEYS);
	struct wr p = { 0 };

	validator_registration(&p, &f->w, by, i, draw(f, 8) == 0 ? amount_units(units(some_amount(f))) : 100 + draw(f, 900));
	run(f, by, OP_REGISTER_VALIDATOR, &p);
}

static void
do_bond(struct fate *f)
{
	struct validator_key key = some_key(f);
	size_t by = draw(f, 3) == 0 ? owner_of(f, &key) : someone(f);
	struct op_bond o = { key, units(some_amount(f)) };
	uint16_t number = draw(f, 3) == 0 ? OP_UNBOND : OP_BOND;
	struct wr p = { 0 };

	if (number == OP_UNBOND && draw(f, 4) != 0)
		o.amount = units(draw(f, bond_of(f->w.state, &f->w.people[by], &key) + 2));
	op_bond_encode(&p, &o);
	run(f, by, number, &p);
}

static void
do_withdraw(struct fate *f)
{
	struct op_withdraw o = { some_account(f) };
	struct wr p = { 0 };

	op_withdraw_encode(&p, &o);
	run(f, someone(f), OP_WITHDRAW, &p);
}

static void
do_ballot(struct fate *f)
{
	struct op_vote_validators o = { .n = 0 };
	struct wr p = { 0 };

	for (size_t i = 0; i < VALIDATOR_KEYS && o.n < VOTED_MAX; i++) {
		struct validator_key key = validator_key_at(i);
		uint32_t at = o.n;

		if (draw(f, 5) != 0)
			continue;
		for (; at > 0 && validator_key_cmp(&o.list[at - 1].key, &key) > 0; at--)
			o.list[at] = o.list[at - 1];
		o.list[at] = (struct voted){ key, units(1 + draw(f, 400)) };
		o.n++;
	}
	op_vote_validators_encode(&p, &o);
	run(f, someone(f), OP_VOTE_VALIDATORS, &p);
}

static void
do_evidence(struct fate *f)
{
	struct op_evidence e;
	uint64_t height = f->w.env.height, back = draw(f, 30);
	struct wr p = { 0 };

	if (draw(f, 2) != 0) /* or all would be tombstoned soon */
		return;
	validator_two_votes(&e, (size_t)draw(f, draw(f, 2) == 0 ? 4 : VALIDATOR_KEYS), height > back ? height - back : 1);
	if (draw(f, 5) == 0)
		e.cast[1].sig.b[3] ^= 4;
	op_evidence_encode(&p, &e);
	run(f, someone(f), OP_EVIDENCE, &p);
}

static void
do_owner(struct fate *f)
{
	struct validator_key key = some_key(f);
	struct op_validator o = { key };
	struct wr p = { 0 };

	op_validator_encode(&p, &o);
	run(f, owner_of(f, &key), draw(f, 3) == 0 ? OP_RETIRE_VALIDATOR : OP_UNJAIL, &p);
}

static void
do_decide(struct fate *f)
{
	static const uint8_t pos_params[] = { 5, 0, 3, 0, 0, 0, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t dpos_params[] = { 6, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct action_validators a = { .change = CHANGE_WEIGHTS, .n = 1 };

	a.list[0] = (struct validator_weight){ some_key(f), draw(f, 30) };
	if (draw(f, 10) == 0) {
		a.change = CHANGE_JAIL;
		a.key = some_key(f);
		a.until.sec = f->w.env.time.sec + (int64_t)draw(f, 1000);
	} else if (draw(f, 8) == 0) {
		static const char *const names[] = { "valsel_poa", "valsel_pos", "valsel_dpos" };
		const struct op_blob params[] = { { NULL, 0 }, { pos_params, sizeof(pos_params) }, { dpos_params, sizeof(dpos_params) } };
		size_t which = (size_t)draw(f, 3);

		a.change = CHANGE_RULE;
		a.rule = OP_TEXT(names[which]);
		a.rule_major = 1;
		a.params = params[which];
	}
	(void)!validators_decide(&f->w, &a);
}

static void
step(struct fate *f)
{
	switch (draw(f, 16)) {
	case 0:
	case 1:
		do_register(f);
		break;
	case 2:
	case 3:
		do_withdraw(f);
		break;
	case 4:
	case 5:
	case 6:
		do_ballot(f);
		break;
	case 7:
		do_evidence(f);
		break;
	case 8:
		do_owner(f);
		break;
	case 9:
		do_decide(f);
		break;
	default:
		do_bond(f);
		break;
	}
}

static const uint16_t ops[] = {
	OP_REGISTER_VALIDATOR, OP_RETIRE_VALIDATOR, OP_BOND, OP_UNBOND, OP_WITHDRAW, OP_VOTE_VALIDATORS, OP_EVIDENCE, OP_UNJAIL,
};

const struct random_part random_validators = {
	.name = "validators",
	.weight = 15,
	.begin = begin,
	.step = step,
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
};
