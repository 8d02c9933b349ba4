/* Sets: cleaning, shares, steps; and the three rules: their vectors, and properties on random candidates. */
#include "tests/unit/validator_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token/plugin_vectors.h"
#include "token/validator_parts.h"

static uint64_t seed;

static uint64_t
draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static struct validator_key
key(uint64_t n)
{
	struct validator_key k = { { (uint8_t)(n >> 8), (uint8_t)n } };

	return k;
}

static void
join(struct validator_set *s, uint64_t n, uint64_t power)
{
	s->list[s->n++] = (struct validator_power){ key(n), power };
}

/* ---- shares ---- */

static void
change_is_a_share_of_power(void)
{
	static const struct {
		uint64_t from[4], to[4];
		uint32_t change;
	} rows[] = {
		{ { 1, 1, 1, 1 }, { 1, 1, 1, 1 }, 0 },
		{ { 1, 1, 1, 1 }, { 9, 9, 9, 9 }, 0 }, /* the unit doesn't matter */
		{ { 1, 1, 1, 1 }, { 1, 1, 1, 0 }, 250000000 },
		{ { 1, 1, 1, 0 }, { 1, 1, 0, 1 }, POWER_CHANGE_MAX }, /* a third exactly */
		{ { 3000001, 3000001, 3000000, 0 }, { 3000001, 3000000, 0, 3000001 }, 333333370 },
		{ { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, POWER_WHOLE },
		{ { VALIDATOR_POWER_MAX - 1, 1, 0, 0 }, { VALIDATOR_POWER_MAX - 1, 0, 1, 0 }, 1 }, /* as small as can be is not nothing */
		{ { VALIDATOR_POWER_MAX, 0, 0, 0 }, { VALIDATOR_POWER_MAX / 2, VALIDATOR_POWER_MAX / 2, 0, 0 }, 500000000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct validator_set from = { .n = 0 }, to = { .n = 0 };
		uint32_t is;

		for (uint64_t k = 0; k < 4; k++) {
			if (rows[i].from[k] > 0)
				join(&from, k, rows[i].from[k]);
			if (rows[i].to[k] > 0)
				join(&to, k, rows[i].to[k]);
		}
		is = validator_set_change(&from, &to);
		if (is < rows[i].change || is > rows[i].change + 1)
			printf("\n  row %zu: %u", i, is);
		CU_ASSERT(is >= rows[i].change && is <= rows[i].change + 1);
	}
}

static void
random_set(struct validator_set *s, size_t most)
{
	uint64_t scale = (uint64_t)1 << draw(54);

	s->n = 0;
	for (uint64_t k = 0; k < 300 && s->n < most; k++) {
		if (draw(3) == 0)
			join(s, k, 1 + draw(scale));
	}
	while (s->n < 4)
		join(s, 1000 + s->n, 1);
}

/* Each step keeps to its budget; a fixed goal is reached in four. */
static void
steps_keep_to_the_budget_and_arrive(void)
{
	seed = 77;
	for (int round = 0; round < 300; round++) {
		struct validator_set now, goal, next;
		int steps = 0;

		random_set(&now, 1 + draw(VALIDATORS_MAX));
		random_set(&goal, 1 + draw(VALIDATORS_MAX));
		while (validator_set_change(&now, &goal) > 0 && steps < 6) {
			CU_ASSERT_FATAL(validator_set_step(&next, &now, &goal, POWER_CHANGE_MAX, 4));
			CU_ASSERT(validator_set_change(&now, &next) <= POWER_CHANGE_MAX);
			CU_ASSERT(next.n >= 4 && next.n <= VALIDATOR_SET_MAX);
			CU_ASSERT(validator_set_total(&next) > 0 && validator_set_total(&next) <= VALIDATOR_POWER_MAX);
			for (size_t i = 0; i < next.n; i++)
				CU_ASSERT(next.list[i].power > 0 && (i == 0 || validator_key_cmp(&next.list[i - 1].key, &next.list[i].key) < 0));
			now = next;
			steps++;
		}
		CU_ASSERT(steps <= 4);
		CU_ASSERT(now.n == goal.n && memcmp(now.list, goal.list, now.n * sizeof(now.list[0])) == 0);
	}
}

static void
no_budget_no_step(void)
{
	struct validator_set from = { .n = 0 }, to = { .n = 0 }, out;

	for (uint64_t k = 0; k < 4; k++) {
		join(&from, k, 10);
		join(&to, k + 4, 10);
	}
	CU_ASSERT_FALSE(validator_set_step(&out, &from, &to, 0, 4));
	CU_ASSERT_FALSE(validator_set_step(&out, &from, &to, 2000, 4));
	CU_ASSERT(validator_set_step(&out, &from, &to, 100000000, 4));
	CU_ASSERT(validator_set_change(&from, &out) > 99000000 && validator_set_change(&from, &out) <= 100000000);
	CU_ASSERT(validator_set_step(&out, &from, &from, 0, 4)); /* nothing to change */
}

static void
differences_are_named(void)
{
	struct validator_set from = { .n = 0 }, to = { .n = 0 };
	struct validator_power out[2 * VALIDATOR_SET_MAX];

	join(&from, 1, 5);
	join(&from, 2, 5);
	join(&from, 4, 5);
	join(&to, 2, 5);
	join(&to, 3, 5);
	join(&to, 4, 6);
	CU_ASSERT_EQUAL_FATAL(validator_set_diff(out, &from, &to), 3);
	CU_ASSERT(out[0].key.b[1] == 1 && out[0].power == 0);
	CU_ASSERT(out[1].key.b[1] == 3 && out[1].power == 5);
	CU_ASSERT(out[2].key.b[1] == 4 && out[2].power == 6);
	CU_ASSERT_EQUAL(validator_set_diff(out, &to, &to), 0);
}

/* ---- cleaning ---- */

/* More than a hundred: the strongest stay, and of equals the lower keys. */
static void
too_many_are_cut(void)
{
	struct validator_key candidates[TALLY_CANDIDATES_MAX];
	struct validator_set out;
	struct answer a = { .n = 150 };

	for (size_t i = 0; i < 150; i++) {
		candidates[i] = key(i);
		a.list[149 - i] = (struct answered){ key(i), i % 3 == 2 ? 9 : 5 }; /* 50 of 9, 100 of 5; in any order */
	}
	CU_ASSERT_PTR_NULL(validator_set_clean(&out, &a, candidates, 150, 4));
	CU_ASSERT_EQUAL(out.n, VALIDATORS_MAX);
	for (size_t i = 0; i < 150; i++) {
		struct validator_key k = key(i);
		uint64_t power = validator_set_power(&out, &k);

		CU_ASSERT_EQUAL(power, i % 3 == 2 ? 9u : i < 75 ? 5u : 0u); /* 50 of 5 lie below 75 */
	}
}

/* Whatever a rule answers, a set comes out that is sound, or the name of what is wrong. */
static void
any_answer_is_cleaned(void)
{
	struct validator_key candidates[TALLY_CANDIDATES_MAX];
	size_t sound = 0;

	seed = 99;
	for (int round = 0; round < 2000; round++) {
		struct validator_set out;
		struct answer a = { .n = draw(TALLY_CANDIDATES_MAX + 1) };
		size_t n = draw(TALLY_CANDIDATES_MAX + 1);
		const char *why;

		for (size_t i = 0; i < n; i++)
			candidates[i] = key(2 * i);
		for (size_t i = 0; i < a.n; i++) {
			a.list[i].key = draw(2000) == 0 ? key(draw(600)) : key(2 * (i * n / a.n));
			a.list[i].power = draw(2000) == 0 ? (int64_t)draw(UINT64_MAX) : 1 + (int64_t)draw(1000);
		}
		why = validator_set_clean(&out, &a, candidates, n, 4);
		if (why != NULL)
			continue;
		sound++;
		CU_ASSERT(out.n >= 4 && out.n <= VALIDATORS_MAX);
		CU_ASSERT(validator_set_total(&out) <= VALIDATOR_POWER_MAX);
		for (size_t i = 0; i < out.n; i++)
			CU_ASSERT(out.list[i].power > 0 && out.list[i].key.b[1] % 2 == 0);
	}
	CU_ASSERT(sound > 100);
}

/* ---- candidates ---- */

#define REGISTERED 3000

static bool
has_key(const struct validator_key *list, size_t n, uint64_t k)
{
	struct validator_key want = key(k);

	for (size_t i = 0; i < n; i++) {
		if (validator_key_cmp(&list[i], &want) == 0)
			return true;
	}
	return false;
}

/* However many have registered: who has a weight, then who has the most behind him, as many as a rule sees; nobody in jail. */
static void
candidates_are_the_foremost(void)
{
	struct validator_key list[TALLY_CANDIDATES_MAX];
	struct state *s = state_new();
	size_t n;

	for (uint64_t i = 0; i < REGISTERED; i++) {
		struct validator v = { .key = key(i), .status = i % 10 == 9 ? VALIDATOR_JAILED : VALIDATOR_ACTIVE, .bonded = { i, i }, .votes = i };

		v.owner.id.b[0] = (uint8_t)i;
		v.weight = i < 8 || i == 2999 ? 1 : 0; /* the weakest eight, and one in jail */
		validator_put(s, &v, NULL);
	}
	CU_ASSERT_EQUAL(weights_count(s), 9);
	n = candidates_collect(list, s);
	CU_ASSERT_EQUAL(n, TALLY_CANDIDATES_MAX);
	for (size_t i = 1; i < n; i++)
		CU_ASSERT(validator_key_cmp(&list[i - 1], &list[i]) < 0);
	for (uint64_t i = 0, active = 0; i < REGISTERED; i++) {
		uint64_t k = REGISTERED - 1 - i;
		bool is_active = k % 10 != 9, wanted = is_active && (k < 8 || active < TALLY_CANDIDATES_MAX - 8);

		CU_ASSERT_EQUAL(has_key(list, n, k), wanted);
		active += is_active;
	}
	state_free(s);
}

/* ---- the rules ---- */

static void
vectors_hold(void)
{
	const struct tally_plugin *rules[] = { valsel_poa_entry(), valsel_pos_entry(), valsel_dpos_entry() };

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct vectors_report r;
		bool hold = plugin_vectors_hold(&r, rules[i]);

		if (!hold)
			printf("\n  %s: %s", rules[i]->name, r.why);
		CU_ASSERT(hold);
		CU_ASSERT_PTR_NULL(rule_check_descriptor(rules[i]));
		CU_ASSERT(r.n >= 7);
	}
}

struct polled {
	struct tally_choices answer;
	const char *why;
};

static void
poll_rule(struct polled *out, const struct tally_plugin *p, const uint8_t *params, size_t len, const struct tally_candidate *list, size_t n)
{
	struct rule_instance i = { .scope = 'v', .params = params, .params_len = len };
	struct block_env env = { .height = 5, .time.sec = WORLD_TIME };
	struct state *s = state_new();
	struct exec x = { .state = s, .env = &env };

	out->why = plugin_valsel(&out->answer, &x, p, &i, list, n);
	state_free(s);
}

static void
random_candidates(struct tally_candidate *list, size_t n)
{
	uint64_t scale = (uint64_t)1 << draw(40);

	memset(list, 0, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		list[i].key[0] = (uint8_t)i;
		list[i].weight = draw(3) == 0 ? 1 + draw(scale) : 0;
		list[i].own = draw(scale);
		list[i].bonded = list[i].own + draw(3) * draw(scale);
		for (size_t age = 0; age < TALLY_VOTE_AGES; age++)
			list[i].votes[age] = draw(4) == 0 ? draw(scale) : 0;
	}
}

static int64_t
chosen(const struct tally_choices *c, const struct tally_candidate *v)
{
	for (size_t i = 0; i < c->n; i++) {
		if (memcmp(c->list[i].key, v->key, sizeof(v->key)) == 0)
			return c->list[i].power;
	}
	return 0;
}

/* How strong a candidate is by an independent reckoning; 0: not eligible. */
static uint64_t
strength(char rule, const struct tally_candidate *v, uint64_t a, uint64_t least)
{
	uint64_t sum = 0;

	if (rule == 'a')
		return v->weight;
	if (v->own < least)
		return 0;
	if (rule == 's')
		return v->bonded / a;
	for (uint64_t age = 0; age < a; age++)
		sum += v->votes[age] * (a - age) / a;
	return sum;
}

/* Nobody who is left out is stronger than one who is in, or as strong with a lower key; powers are what they should be. */
static void
check_choice(char rule, const struct polled *p, const struct tally_candidate *list, size_t n, uint64_t most, uint64_t a, uint64_t least)
{
	size_t eligible = 0, in = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t mine = strength(rule, &list[i], a, least);
		int64_t power = chosen(&p->answer, &list[i]);
		size_t better = 0;

		eligible += mine > 0;
		in += power > 0;
		for (size_t k = 0; k < n; k++)
			better += strength(rule, &list[k], a, least) > mine || (k < i && strength(rule, &list[k], a, least) == mine);
		CU_ASSERT_EQUAL(power, mine == 0 || better >= most ? 0 : rule == 'd' ? 1 : (int64_t)mine);
	}
	CU_ASSERT_EQUAL(p->answer.n, in);
	CU_ASSERT_EQUAL(in, eligible < most ? eligible : most);
	CU_ASSERT_EQUAL(p->why == NULL, eligible > 0);
}

static void
rules_choose_the_strongest(void)
{
	struct tally_candidate *list = calloc(TALLY_CANDIDATES_MAX, sizeof(*list));
	struct polled *p = calloc(1, sizeof(*p));
	uint8_t params[18];

	seed = 31;
	for (int round = 0; round < 60; round++) {
		size_t n = round == 0 ? TALLY_CANDIDATES_MAX : draw(TALLY_CANDIDATES_MAX + 1);
		uint8_t most = (uint8_t)(1 + draw(100)), unit = (uint8_t)(1 + draw(200)), steps = (uint8_t)(1 + draw(TALLY_VOTE_AGES)),
			least = (uint8_t)draw(200);

		random_candidates(list, n);
		poll_rule(p, valsel_poa_entry(), NULL, 0, list, n);
		check_choice('a', p, list, n, n, 0, 0);
		memset(params, 0, sizeof(params));
		params[0] = most;
		params[2] = unit;
		params[10] = least;
		poll_rule(p, valsel_pos_entry(), params, 18, list, n);
		check_choice('s', p, list, n, most, unit, least);
		memset(params, 0, sizeof(params));
		params[0] = most;
		params[2] = steps;
		params[3] = least;
		poll_rule(p, valsel_dpos_entry(), params, 11, list, n);
		check_choice('d', p, list, n, most, steps, least);
		CU_ASSERT(plugin_gas_used() < 50000);
	}
	free(list);
	free(p);
}

static const struct unit_test tests[] = {
	{ "change is a share of power", change_is_a_share_of_power },
	{ "steps keep to the budget and arrive", steps_keep_to_the_budget_and_arrive },
	{ "no budget, no step", no_budget_no_step },
	{ "differences are named", differences_are_named },
	{ "too many are cut", too_many_are_cut },
	{ "any answer is cleaned", any_answer_is_cleaned },
	{ "candidates are the foremost", candidates_are_the_foremost },
	{ "vectors hold", vectors_hold },
	{ "rules choose the strongest", rules_choose_the_strongest },
};

UNIT_MAIN("validators' sets", tests)
