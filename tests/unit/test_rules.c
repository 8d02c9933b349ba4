/* Each shipped rule alone: a host of a few services is all a rule needs, so its answers can be tested without a ledger. */
#include <stdio.h>
#include <string.h>

#include "base/amount.h"
#include "plugins/plugin.h"
#include "tests/unit/unit.h"
#include "tests/unit/world.h"

static int32_t
muldiv(struct tally_ctx *c, uint64_t *out, uint64_t a, uint64_t mul, uint64_t div, enum tally_round round)
{
	struct amount amount;

	(void)c;
	*out = 0;
	if (!amount_from_units(&amount, a) || !amount_muldiv(&amount, amount, mul, div, round == TALLY_UP ? AMOUNT_UP : AMOUNT_DOWN))
		return 1;
	*out = amount_units(amount);
	return 0;
}

static int32_t
past_votes(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	(void)c;
	*out = who->id[0];
	return who->type != 0;
}

static const struct tally_services services = { .size = sizeof(services), .muldiv = muldiv, .past_votes = past_votes };

static struct tally_env
env_of(const uint8_t *params, size_t len, int64_t time)
{
	return (struct tally_env){ .size = sizeof(struct tally_env), .height = 9, .time = time, .params = params, .params_len = len };
}

static int32_t
ask(const struct tally_plugin *p, struct tally_effects *out, const struct tally_env *env, const struct tally_issue_op *op)
{
	struct tally_ctx c = { &services, env, NULL };

	memset(out, 0, sizeof(*out));
	return p->issue->on(&c, out, op);
}

static uint32_t
verdict_of(const struct tally_plugin *p, const uint8_t *params, size_t len, struct tally_tallies t)
{
	struct tally_env env = env_of(params, len, 0);
	struct tally_ctx c = { &services, &env, NULL };
	uint32_t verdict = 99;

	CU_ASSERT_EQUAL(p->gov->outcome(&c, &verdict, &t), 0);
	return verdict;
}

static void
entries_are_constant(void)
{
	CU_ASSERT_PTR_EQUAL(issue_fixed_entry(), issue_fixed_entry());
	CU_ASSERT_PTR_NULL(rule_check_descriptor(issue_fixed_entry()));
	CU_ASSERT_PTR_NULL(rule_check_descriptor(issue_loyalty_entry()));
	CU_ASSERT_PTR_NULL(rule_check_descriptor(issue_managed_entry()));
	CU_ASSERT_PTR_NULL(rule_check_descriptor(gov_token_entry()));
	CU_ASSERT_PTR_NULL(rule_check_descriptor(gov_council_entry()));
}

static void
issue_fixed_mints_the_cap_once(void)
{
	const struct tally_plugin *p = issue_fixed_entry();
	struct tally_env env = env_of(NULL, 0, 0);
	struct tally_issue_op op = { .size = sizeof(op), .op = TALLY_OP_CREATE, .asset = { .cap = 777 }, .source = { .id = { 5 } } };
	struct tally_effects e;

	CU_ASSERT_EQUAL(ask(p, &e, &env, &op), 0);
	CU_ASSERT_EQUAL_FATAL(e.n, 1);
	CU_ASSERT(e.list[0].kind == TALLY_EFFECT_MINT && e.list[0].amount == 777 && e.list[0].to.id[0] == 5);
	op.asset.units = 1;
	CU_ASSERT_STRING_EQUAL(p->reasons[ask(p, &e, &env, &op) - 1], "FIXED_NOT_BACKED");
	op.op = TALLY_OP_MINT;
	CU_ASSERT_STRING_EQUAL(p->reasons[ask(p, &e, &env, &op) - 1], "FIXED_SUPPLY");
}

/* points 3 per 100 of price, 500 s to return, 10 days, rounded to 2 days, issuer mints */
static const uint8_t loyalty_params[29] = { 3, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0xf4, 1, 0, 0, 10, 0, 0, 0, 2 };

static void
issue_loyalty_vectors(void)
{
	static const struct {
		uint64_t paid, with_points, earned;
	} earns[] = { { 100, 0, 3 }, { 99, 0, 2 }, { 33, 0, 0 }, { 34, 0, 1 }, { 1000, 1000, 0 }, { 1000, 500, 15 }, { INT64_MAX / 3, 0, INT64_MAX / 100 } };
	const struct tally_plugin *p = issue_loyalty_entry();
	struct tally_env env = env_of(loyalty_params, sizeof(loyalty_params), 1000000);
	struct tally_effects e;

	for (size_t i = 0; i < ARRAY_LEN(earns); i++) {
		struct tally_issue_op op = {
			.size = sizeof(op), .op = TALLY_OP_EARN, .paid = earns[i].paid, .with_points = earns[i].with_points, .receipt = { 9 }
		};

		CU_ASSERT_EQUAL(ask(p, &e, &env, &op), 0);
		CU_ASSERT_EQUAL(e.n, earns[i].earned > 0);
		CU_ASSERT_EQUAL(e.list[0].amount, earns[i].earned);
		if (e.n == 0)
			continue;
		CU_ASSERT_EQUAL(e.list[0].available_from, 1000500);
		CU_ASSERT_EQUAL(e.list[0].expires_at, 22 * 86400); /* 1000500 + 864000 is in day 21; even days */
		CU_ASSERT_EQUAL(e.list[0].receipt[0], 9);
	}
}

/* Whatever is returned in whatever parts, what stays is what the kept part would have earned. */
static void
issue_loyalty_returns_in_parts(void)
{
	const struct tally_plugin *p = issue_loyalty_entry();
	struct tally_env env = env_of(loyalty_params, sizeof(loyalty_params), 1000000);
	uint64_t seed = 12345;

	for (int round = 0; round < 2000; round++) {
		uint64_t paid = 1 + (seed = seed * 6364136223846793005u + 1442695040888963407u) % 5000, with = (seed >> 20) % (paid + 1);
		uint64_t granted = (paid - with) * 3 / 100, returned = 0, taken = 0;

		while (returned < paid) {
			uint64_t part = 1 + (seed = seed * 6364136223846793005u + 1) % (paid - returned);
			struct tally_issue_op op = {
				.size = sizeof(op), .op = TALLY_OP_REFUND, .paid = paid, .with_points = with, .returned_before = returned, .returned = part,
				.granted = granted, .taken = taken, .note = { 3, [8] = 100, [16] = 10000 & 255, 10000 >> 8 },
			};
			struct tally_effects e;

			CU_ASSERT_EQUAL_FATAL(ask(p, &e, &env, &op), 0);
			returned += part;
			taken += e.n == 1 ? e.list[0].amount : 0;
			CU_ASSERT_EQUAL(granted - taken, (paid - with) * (paid - returned) / paid * 3 / 100);
		}
		CU_ASSERT_EQUAL(taken, granted);
	}
}

/* quorum 40 %, pass 50 %, veto 33.4 % */
static const uint8_t token_params[6] = { 4000 & 255, 4000 >> 8, 5000 & 255, 5000 >> 8, 3340 & 255, 3340 >> 8 };

static void
gov_token_vectors(void)
{
	static const struct {
		struct tally_tallies t;
		uint32_t verdict;
	} rows[] = {
		{ { 0, 0, 0, 0, 0 }, TALLY_REJECTED },
		{ { 400, 0, 0, 0, 1000 }, TALLY_PASSED },
		{ { 399, 0, 0, 0, 1000 }, TALLY_NO_QUORUM },
		{ { 399, 0, 0, 0, 999 }, TALLY_NO_QUORUM }, /* 399.6 rounds up */
		{ { 399, 0, 0, 1, 1000 }, TALLY_NO_QUORUM },
		{ { 200, 200, 0, 0, 1000 }, TALLY_REJECTED },
		{ { 201, 200, 0, 0, 1000 }, TALLY_PASSED },
		{ { 0, 0, 400, 0, 1000 }, TALLY_REJECTED },
		{ { 1, 0, 399, 0, 1000 }, TALLY_PASSED },
		{ { 666, 0, 0, 334, 1000 }, TALLY_PASSED }, /* exactly 33.4 % */
		{ { 665, 0, 0, 335, 1000 }, TALLY_VETOED },
		{ { 0, 0, 0, 399, 1000 }, TALLY_NO_QUORUM },
		{ { 0, 0, 0, 400, 1000 }, TALLY_VETOED },
		{ { INT64_MAX, 0, 0, 0, INT64_MAX }, TALLY_PASSED },
		{ { 0, 0, 0, INT64_MAX, INT64_MAX }, TALLY_VETOED },
		{ { INT64_MAX / 2, INT64_MAX / 2, 1, 0, INT64_MAX }, TALLY_REJECTED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(verdict_of(gov_token_entry(), token_params, sizeof(token_params), rows[i].t), rows[i].verdict);
}

static void
gov_council_vectors(void)
{
	static const uint8_t needed[2] = { 2, 0 };
	static const struct {
		struct tally_tallies t;
		uint32_t verdict;
	} rows[] = {
		{ { 2, 0, 0, 0, 3 }, TALLY_PASSED },    { { 1, 0, 0, 0, 3 }, TALLY_NO_QUORUM }, { { 1, 1, 0, 0, 3 }, TALLY_REJECTED },
		{ { 2, 1, 0, 0, 3 }, TALLY_PASSED },    { { 2, 2, 0, 0, 4 }, TALLY_REJECTED },  { { 2, 1, 0, 1, 4 }, TALLY_REJECTED },
		{ { 0, 0, 2, 0, 3 }, TALLY_REJECTED },  { { 0, 0, 0, 0, 3 }, TALLY_NO_QUORUM }, { { 3, 0, 0, 0, 3 }, TALLY_PASSED },
	};
	struct tally_env env = env_of(needed, 2, 0);
	struct tally_ctx c = { &services, &env, NULL };
	const struct tally_gov_functions *g = gov_council_entry()->gov;
	struct tally_account who = { .id = { 7 } };
	uint64_t weight;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(verdict_of(gov_council_entry(), needed, 2, rows[i].t), rows[i].verdict);
	CU_ASSERT_EQUAL(g->check(&c, 3, 1), 0);
	CU_ASSERT_EQUAL(g->check(&c, 2, 1), 0);
	CU_ASSERT_NOT_EQUAL(g->check(&c, 1, 1), 0);
	CU_ASSERT_NOT_EQUAL(g->check(&c, 3, 0), 0);
	CU_ASSERT(g->weight(&c, &weight, &who) == 0 && weight == 7);
	who.type = 2;
	CU_ASSERT_NOT_EQUAL(g->weight(&c, &weight, &who), 0);
}

static const struct unit_test tests[] = {
	{ "entries are constant", entries_are_constant },
	{ "issue_fixed mints the cap once", issue_fixed_mints_the_cap_once },
	{ "issue_loyalty vectors", issue_loyalty_vectors },
	{ "issue_loyalty returns in parts", issue_loyalty_returns_in_parts },
	{ "gov_token vectors", gov_token_vectors },
	{ "gov_council vectors", gov_council_vectors },
};

UNIT_MAIN("rules", tests)
