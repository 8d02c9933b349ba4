/* Validators: epochs, the rules at work, and a rule that misbehaves. */
#include "tests/unit/validator_world.h"

#include <stdio.h>
#include <string.h>

#include "token/validator_parts.h"

static uint64_t
escrow(const struct world *w)
{
	struct account a = validators_escrow();

	return world_coin(w, &a);
}

static struct action_validators
weigh(size_t i, uint64_t weight)
{
	struct action_validators a = { .change = CHANGE_WEIGHTS, .n = 1 };

	a.list[0] = (struct validator_weight){ validator_key_at(i), weight };
	return a;
}

/* ---- epochs ---- */

static void
members_votes_change_the_set_at_the_epochs_end(void)
{
	struct validator_power updates[2 * VALIDATOR_SET_MAX];
	struct action_validators a;
	struct validator_key key = validator_key_at(4);
	struct validators_epoch e;
	struct world w;
	uint64_t height;

	world_init(&w);
	validators_begin(&w, "poa");
	DONE(validator_register(&w, 4, 4, 100));
	a = weigh(4, 10);
	DONE(validators_decide(&w, &a));
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 0);
	CU_ASSERT_FATAL(validators_epoch(&e, w.state));
	CU_ASSERT_EQUAL(e.ends.sec % VALIDATOR_EPOCH, 0);
	world_block(&w, e.ends.sec - w.env.time.sec - 1);
	world_block(&w, 1); /* a second before it: nothing yet */
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 0);
	height = w.env.height;
	world_block(&w, 1);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 10);
	CU_ASSERT_EQUAL(validator_updates(updates, w.state, height), 1);
	CU_ASSERT(validator_key_cmp(&updates[0].key, &key) == 0 && updates[0].power == 10);
	CU_ASSERT_EQUAL(validator_updates(updates, w.state, height - 1), 0);
	CU_ASSERT_EQUAL(validator_updates(updates, w.state, height + 1), 0);
	CU_ASSERT_EQUAL(validator_at(&w, 4).served_from, height);
	a = weigh(4, 0);
	DONE(validators_decide(&w, &a));
	validators_epoch_end(&w);
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 0);
	CU_ASSERT_EQUAL(validator_at(&w, 4).served_to, w.env.height - 1);
	CU_ASSERT_EQUAL(validator_updates(updates, w.state, w.env.height - 1), 1);
	CU_ASSERT_EQUAL(updates[0].power, 0);
	world_clear(&w);
}

static void
a_set_never_falls_below_four(void)
{
	struct action_validators a = weigh(2, 0);
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	DONE(validators_decide(&w, &a));
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "ANSWER_TOO_FEW");
	CU_ASSERT_EQUAL(validator_power_of(&w, 2), 10);
	world_clear(&w);
}

/* All four are replaced at once: it takes four epochs, each within a third. */
static void
a_new_set_comes_in_steps(void)
{
	struct validator_set before, after;
	struct action_validators a = { .change = CHANGE_WEIGHTS };
	struct validator_weight list[8];
	struct world w;
	int epochs = 0;

	world_init(&w);
	validators_begin(&w, "poa");
	for (size_t i = 4; i < 8; i++)
		DONE(validator_register(&w, i, i, 100));
	for (size_t i = 0; i < 8; i++)
		list[i] = (struct validator_weight){ validator_key_at(i), i < 4 ? 0 : 1 };
	for (size_t i = 0; i < 8; i++) { /* one action each: they needn't ascend then */
		a.n = 1;
		a.list[0] = list[i];
		DONE(validators_decide(&w, &a));
	}
	while (validator_power_of(&w, 0) > 0 && epochs < 10) {
		CU_ASSERT_FATAL(validators_set(&before, w.state));
		validators_epoch_end(&w);
		epochs++;
		CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
		CU_ASSERT_FATAL(validators_set(&after, w.state));
		CU_ASSERT(validator_set_change(&before, &after) <= POWER_CHANGE_MAX);
		CU_ASSERT(validator_set_change(&before, &after) > 0);
	}
	CU_ASSERT_EQUAL(epochs, 4);
	for (size_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(validator_power_of(&w, i), 0);
		CU_ASSERT_EQUAL(validator_power_of(&w, i + 4), 1);
	}
	world_clear(&w);
}

static void
epochs_by_height(void)
{
	struct validators_genesis g;
	struct action_validators a;
	struct unixtime when;
	struct world w;

	world_init(&w);
	validators_usual(&w, &g);
	g.params.epoch_seconds = 0;
	g.params.epoch_blocks = 5;
	validators_begin_with(&w, &g);
	CU_ASSERT_FALSE(validator_module.next_deadline(w.state, &when));
	DONE(validator_register(&w, 4, 4, 100));
	a = weigh(4, 10);
	DONE(validators_decide(&w, &a));
	while (w.env.height < 5) {
		world_block(&w, 100000);
		CU_ASSERT_EQUAL(validator_power_of(&w, 4), 0);
	}
	world_block(&w, 1); /* block 5 */
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 10);
	world_clear(&w);
}

static void
boundaries_stay_where_they_are(void)
{
	struct validators_epoch e;
	struct unixtime when;
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	CU_ASSERT_FATAL(validators_epoch(&e, w.state));
	CU_ASSERT_EQUAL(e.number, 0);
	CU_ASSERT(validator_module.next_deadline(w.state, &when) && when.sec == e.ends.sec);
	world_block(&w, 10 * VALIDATOR_EPOCH + 17); /* blocks were late by ten epochs */
	world_block(&w, 1);
	CU_ASSERT_FATAL(validators_epoch(&e, w.state));
	CU_ASSERT_EQUAL(e.number, 1);
	CU_ASSERT_EQUAL(e.ends.sec % VALIDATOR_EPOCH, 0);
	CU_ASSERT(e.ends.sec > w.env.time.sec - 1 && e.ends.sec <= w.env.time.sec - 1 + VALIDATOR_EPOCH);
	world_clear(&w);
}

static void
stake_chooses(void)
{
	struct world w;

	world_init(&w);
	validators_begin(&w, "pos");
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "NO_STAKE");
	for (size_t i = 0; i < 3; i++)
		DONE(validator_bond(&w, i, OP_BOND, i, 1000));
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "ANSWER_TOO_FEW");
	DONE(validator_bond(&w, 3, OP_BOND, 3, 1000));
	DONE(validator_bond(&w, 7, OP_BOND, 3, 1000));
	validators_epoch_end(&w); /* 10 10 10 10 to 100 100 100 200: a quarter to two fifths, 15 % */
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
	CU_ASSERT_EQUAL(validator_power_of(&w, 0), 100);
	CU_ASSERT_EQUAL(validator_power_of(&w, 3), 200);
	world_clear(&w);
}

static void
faded_votes_choose(void)
{
	struct world w;

	world_init(&w);
	validators_begin(&w, "dpos");
	for (size_t i = 4; i < 6; i++)
		DONE(validator_register(&w, i, i, 100));
	for (size_t i = 0; i < 5; i++)
		DONE(validator_vote(&w, i, i, 1000 - 10 * i));
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
	CU_ASSERT_EQUAL(validator_power_of(&w, 0), 1);
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 0);
	/* two more steps, and they have faded away altogether: only the late one is left */
	DONE(validator_vote(&w, 5, 5, 300));
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "ANSWER_TOO_FEW");
	for (size_t i = 0; i < 5; i++)
		DONE(validator_vote(&w, i, i, 1000 - 10 * i)); /* made new; no units move */
	CU_ASSERT_EQUAL(escrow(&w), 100 + 100 + 1000 + 990 + 980 + 970 + 960 + 300);
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
	world_clear(&w);
}

/* ---- a rule that misbehaves ---- */

static struct tally_choices bad_answer;
static int32_t bad_says;

static int32_t
bad_check(struct tally_ctx *c)
{
	return c->env->params_len == 0 ? 0 : 1;
}

static int32_t
bad_select(struct tally_ctx *c, struct tally_choices *out, const struct tally_candidates *in)
{
	(void)in;
	(void)c->host->kv_put(c, "k", 1, "v", 1);
	(void)c->host->emit(c, "SAID", "x", 1);
	*out = bad_answer;
	return bad_says;
}

static const struct tally_valsel_functions bad_functions = { bad_check, bad_select };
static const char *const bad_reasons[] = { "DONT_LIKE", NULL };
static const struct tally_plugin bad_rule = {
	.magic = TALLY_PLUGIN_MAGIC, .abi_major = TALLY_ABI_MAJOR, .size = sizeof(struct tally_plugin), .kind = TALLY_VALSEL,
	.name = "valsel_bad", .major = 1, .gas_max = 100000, .reasons = bad_reasons, .valsel = &bad_functions,
};

static struct tally_choice
choice_of(size_t i, int64_t power)
{
	struct validator_key k = validator_key_at(i);
	struct tally_choice c = { .power = power };

	memcpy(c.key, k.b, sizeof(c.key));
	return c;
}

/* V1: whatever is wrong with the answer, the old set stays, and nothing of the call. */
static void
a_bad_answer_leaves_the_old_set(void)
{
	static const struct {
		const char *why;
		int32_t says;
		uint32_t n;
		size_t who[5];
		int64_t power[5];
	} rows[] = {
		{ "ANSWER_DUPLICATE", 0, 5, { 0, 1, 2, 3, 3 }, { 10, 10, 10, 10, 10 } },
		{ "ANSWER_UNKNOWN_KEY", 0, 5, { 0, 1, 2, 3, 9 }, { 10, 10, 10, 10, 10 } },
		{ "ANSWER_UNKNOWN_KEY", 0, 5, { 0, 1, 2, 3, 4 }, { 10, 10, 10, 10, 10 } }, /* in jail: no candidate */
		{ "ANSWER_BAD_POWER", 0, 4, { 0, 1, 2, 3 }, { 10, 10, 0, 10 } },
		{ "ANSWER_BAD_POWER", 0, 4, { 0, 1, 2, 3 }, { 10, 10, -10, 10 } },
		{ "ANSWER_BAD_POWER", 0, 4, { 0, 1, 2, 3 }, { 10, 10, INT64_MIN, 10 } },
		{ "ANSWER_BAD_POWER", 0, 4, { 0, 1, 2, 3 }, { INT64_MAX / 8, 10, 10, 10 } },
		{ "ANSWER_BAD_POWER", 0, 4, { 0, 1, 2, 3 }, { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX } },
		{ "ANSWER_EMPTY", 0, 0, { 0 }, { 0 } },
		{ "ANSWER_TOO_FEW", 0, 3, { 0, 1, 2 }, { 10, 10, 10 } },
		{ "DONT_LIKE", 1, 4, { 0, 1, 2, 3 }, { 9, 10, 10, 10 } },
		{ "RULE_BAD_ANSWER", 2, 4, { 0, 1, 2, 3 }, { 9, 10, 10, 10 } },
		{ "RULE_BAD_ANSWER", 0, TALLY_CANDIDATES_MAX + 1, { 0, 1, 2, 3 }, { 9, 10, 10, 10 } },
		{ "RULE_BAD_ANSWER", 0, UINT32_MAX, { 0, 1, 2, 3 }, { 9, 10, 10, 10 } },
	};
	struct action_validators use = { .change = CHANGE_RULE, .rule = OP_TEXT("valsel_bad"), .rule_major = 1 };
	struct validator_set before, after;
	struct event e;
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	world_approve(&w, &bad_rule);
	DONE(validators_decide(&w, &use));
	DONE(validator_register(&w, 4, 4, 100));
	DONE(validator_do(&w, 4, OP_RETIRE_VALIDATOR, 4));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t listed = rows[i].n < 5 ? rows[i].n : 5;

		memset(&bad_answer, 0, sizeof(bad_answer));
		bad_answer.n = rows[i].n;
		bad_says = rows[i].says;
		for (size_t k = 0; k < listed; k++)
			bad_answer.list[k] = choice_of(rows[i].who[k], rows[i].power[k]);
		CU_ASSERT_FATAL(validators_set(&before, w.state));
		validators_epoch_end(&w);
		CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), rows[i].why);
		CU_ASSERT_FATAL(validators_set(&after, w.state));
		CU_ASSERT(before.n == after.n && memcmp(before.list, after.list, after.n * sizeof(after.list[0])) == 0);
		CU_ASSERT_FALSE(world_event(&e, &w, "VALIDATORS"));
		if (rows[i].says != 0)
			CU_ASSERT_FALSE(world_event(&e, &w, "rule:SAID"));
	}
	/* the same rule in a better mood */
	bad_answer.n = 4;
	bad_says = 0;
	for (size_t k = 0; k < 4; k++)
		bad_answer.list[k] = choice_of(3 - k, 11);
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
	CU_ASSERT(world_event(&e, &w, "rule:SAID"));
	CU_ASSERT_EQUAL(validator_power_of(&w, 0), 11);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "members' votes change the set at the epoch's end", members_votes_change_the_set_at_the_epochs_end },
	{ "a set never falls below four", a_set_never_falls_below_four },
	{ "a new set comes in steps", a_new_set_comes_in_steps },
	{ "epochs by height", epochs_by_height },
	{ "boundaries stay where they are", boundaries_stay_where_they_are },
	{ "stake chooses", stake_chooses },
	{ "faded votes choose", faded_votes_choose },
	{ "a bad answer leaves the old set", a_bad_answer_leaves_the_old_set },
};

UNIT_MAIN("validators' epochs", tests)
