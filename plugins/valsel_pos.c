/* Proof of stake: the candidates with the most units bonded to them, each with the power of its bonds.
 *
 * Parameters (18 bytes, little-endian): most u16, so many validators, 1..100; unit u64, units bonded for one of power, above 0; least u64, units
 * that the owner must have bonded himself. A candidate without power of 1 at least is none. Among equals the lower key goes first. */
#include "plugins/plugin.h"

#define PARAMS_LEN 18
#define MOST_MAX 100

enum { BAD_PARAMS = 1, NO_STAKE };

static const char *const reasons[] = { "BAD_PARAMS", "NO_STAKE", NULL };

struct params {
	uint64_t most, unit, least;
};

static int
read_params(struct params *out, const struct tally_env *env)
{
	if (env->params_len != PARAMS_LEN)
		return 0;
	out->most = tally_read(env->params, 2);
	out->unit = tally_read(env->params + 2, 8);
	out->least = tally_read(env->params + 10, 8);
	return out->most >= 1 && out->most <= MOST_MAX && out->unit >= 1;
}

static int32_t
check(struct tally_ctx *c)
{
	struct params p;

	return read_params(&p, c->env) ? 0 : BAD_PARAMS;
}

/* Is a before b? Keys ascend in the candidates' list, so an equal that comes later has the higher key and stays behind. */
static int
is_stronger(const struct tally_choice *a, const struct tally_choice *b)
{
	return a->power > b->power;
}

/* Into its place among the strongest so far. */
static void
place(struct tally_choices *out, const struct tally_choice *v, uint64_t most)
{
	uint32_t at = out->n;

	if (out->n == most && !is_stronger(v, &out->list[out->n - 1]))
		return;
	if (out->n < most)
		out->n++;
	else
		at--;
	for (; at > 0 && is_stronger(v, &out->list[at - 1]); at--)
		out->list[at] = out->list[at - 1];
	out->list[at] = *v;
}

static int32_t
elect(struct tally_ctx *c, struct tally_choices *out, const struct tally_candidates *in)
{
	struct params p;
	uint32_t i, k;

	if (!read_params(&p, c->env))
		return BAD_PARAMS;
	for (i = 0; i < in->n; i++) {
		const struct tally_candidate *v = &in->list[i];
		struct tally_choice choice;
		uint64_t power;

		c->host->charge(c, 20);
		if (v->own < p.least || c->host->muldiv(c, &power, v->bonded, 1, p.unit, TALLY_DOWN) != 0 || power == 0)
			continue;
		for (k = 0; k < sizeof(choice.key); k++)
			choice.key[k] = v->key[k];
		choice.power = (int64_t)power;
		place(out, &choice, p.most);
	}
	return out->n > 0 ? 0 : NO_STAKE;
}

static const struct tally_valsel_functions functions = { check, elect };

/* ---- vectors ---- */

#define KEY(n) { (n) }
#define BONDED(n, all, self) { .key = KEY(n), .owner = TALLY_PERSON(n), .bonded = (all), .own = (self), .weight = 1, .votes = { 1000000 } }

/* most, unit, least, in their low bytes */
#define PARAMS(most, unit, least) (const uint8_t[]){ most, 0, unit, 0, 0, 0, 0, 0, 0, 0, least, 0, 0, 0, 0, 0, 0, 0 }
#define ASKED(p) .params = p, .params_len = PARAMS_LEN
#define SELECT(from, ...) .function = TALLY_FN_SELECT, .valsel = &(const struct tally_valsel_case){ from, TALLY_COUNT(from), __VA_ARGS__ }

static const struct tally_candidate five[] = { BONDED(1, 300, 50), BONDED(2, 500, 50), BONDED(3, 300, 50), BONDED(4, 99, 99), BONDED(5, 900, 49) };
static const struct tally_choice strongest[] = { { KEY(2), 5 }, { KEY(1), 3 }, { KEY(3), 3 } };
static const struct tally_choice two[] = { { KEY(2), 5 }, { KEY(1), 3 } };
static const struct tally_choice single[] = { { KEY(5), 900 } };
static const struct tally_candidate last_wins[] = { BONDED(1, 100, 100), BONDED(2, 200, 100), BONDED(3, 300, 100) };
static const struct tally_choice last_two[] = { { KEY(3), 3 }, { KEY(2), 2 } };
static const struct tally_candidate greatest[] = { BONDED(1, INT64_MAX, INT64_MAX), BONDED(2, 1, 1) };
static const struct tally_choice whole[] = { { KEY(1), INT64_MAX }, { KEY(2), 1 } };
static const struct tally_candidate too_much[] = { BONDED(1, UINT64_MAX, UINT64_MAX), BONDED(2, 7, 7) };
static const struct tally_choice other[] = { { KEY(2), 7 } };

static const struct tally_vector vectors[] = {
	{ .name = "good parameters", .function = TALLY_FN_PARAMS, ASKED(PARAMS(100, 1, 0)) },
	{ .name = "no validators", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, ASKED(PARAMS(0, 1, 0)) },
	{ .name = "more validators than the host takes", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, ASKED(PARAMS(101, 1, 0)) },
	{ .name = "power for nothing", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, ASKED(PARAMS(4, 0, 0)) },
	{ .name = "parameters too short", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, .params = PARAMS(4, 1, 0), .params_len = PARAMS_LEN - 1 },
	{ .name = "power by bonds; one with 99 of 100, one with too little of its own are out",
	  ASKED(PARAMS(100, 100, 50)), SELECT(five, strongest, TALLY_COUNT(strongest)) },
	{ .name = "at most two: the equal with the higher key stays out", ASKED(PARAMS(2, 100, 50)), SELECT(five, two, TALLY_COUNT(two)) },
	{ .name = "at most one", ASKED(PARAMS(1, 1, 0)), SELECT(five, single, TALLY_COUNT(single)) },
	{ .name = "who comes later and is stronger moves up", ASKED(PARAMS(2, 100, 0)), SELECT(last_wins, last_two, TALLY_COUNT(last_two)) },
	{ .name = "all units that can be", ASKED(PARAMS(4, 1, 1)), SELECT(greatest, whole, TALLY_COUNT(whole)) },
	{ .name = "more than can be is nothing", ASKED(PARAMS(4, 1, 1)), SELECT(too_much, other, TALLY_COUNT(other)) },
	{ .name = "nobody has enough", .answer = NO_STAKE, ASKED(PARAMS(4, 100, 100)), SELECT(five, NULL, 0) },
	{ .name = "no candidates", .answer = NO_STAKE, ASKED(PARAMS(4, 1, 0)), .function = TALLY_FN_SELECT,
	  .valsel = &(const struct tally_valsel_case){ NULL, 0, NULL, 0 } },
	{ .name = "selecting without parameters", .answer = BAD_PARAMS, SELECT(five, NULL, 0) },
	{ .name = "gas of three candidates: 100 for the call, 25 each", .gas_max = 175, ASKED(PARAMS(2, 100, 0)),
	  SELECT(last_wins, last_two, TALLY_COUNT(last_two)) },
	{ .name = "one gas less", .gas_max = 174, .answer = TALLY_STOPPED_GAS, ASKED(PARAMS(2, 100, 0)), SELECT(last_wins, NULL, 0) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_VALSEL,
	.name = "valsel_pos",
	.major = 1,
	.gas_max = 20000,
	.reasons = reasons,
	.valsel = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
