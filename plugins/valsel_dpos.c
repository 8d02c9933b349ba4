/* Delegated proof of stake: the delegates with the most votes, all with the same power. A vote fades: with each step of its age it loses one of
 * `steps` equal parts, rounded down, and after `steps` it is worth nothing; voting again makes it new.
 *
 * Parameters (11 bytes, little-endian): most u16, so many delegates, 1..100; steps u8, 1..12; least u64, units that the owner must have bonded
 * himself. A candidate without votes is none. Among equals the lower key goes first. */
#include "plugins/plugin.h"

#define PARAMS_LEN 11
#define MOST_MAX 100

enum { BAD_PARAMS = 1, NO_VOTES, TOO_MANY_VOTES };

static const char *const reasons[] = { "BAD_PARAMS", "NO_VOTES", "TOO_MANY_VOTES", NULL };

struct params {
	uint64_t most, steps, least;
};

static int
read_params(struct params *out, const struct tally_env *env)
{
	if (env->params_len != PARAMS_LEN)
		return 0;
	out->most = tally_read(env->params, 2);
	out->steps = tally_read(env->params + 2, 1);
	out->least = tally_read(env->params + 3, 8);
	return out->most >= 1 && out->most <= MOST_MAX && out->steps >= 1 && out->steps <= TALLY_VOTE_AGES;
}

static int32_t
check(struct tally_ctx *c)
{
	struct params p;

	return read_params(&p, c->env) ? 0 : BAD_PARAMS;
}

/* What the votes are worth now; 0 for success. Each age is rounded down by itself. */
static int
worth(struct tally_ctx *c, uint64_t *out, const struct tally_candidate *v, uint64_t steps)
{
	uint64_t age, part;

	*out = 0;
	for (age = 0; age < steps; age++) {
		if (v->votes[age] == 0)
			continue;
		if (c->host->muldiv(c, &part, v->votes[age], steps - age, steps, TALLY_DOWN) != 0 || part > (uint64_t)INT64_MAX - *out)
			return 1;
		*out += part;
	}
	return 0;
}

/* Into its place among the strongest so far; until the end `power` is what the votes are worth. Keys ascend in the candidates' list, so an
 * equal that comes later stays behind. */
static void
place(struct tally_choices *out, const struct tally_candidate *v, int64_t votes, uint64_t most)
{
	uint32_t at = out->n, i;

	if (out->n == most && votes <= out->list[out->n - 1].power)
		return;
	if (out->n < most)
		out->n++;
	else
		at--;
	for (; at > 0 && votes > out->list[at - 1].power; at--)
		out->list[at] = out->list[at - 1];
	for (i = 0; i < sizeof(v->key); i++)
		out->list[at].key[i] = v->key[i];
	out->list[at].power = votes;
}

static int32_t
elect(struct tally_ctx *c, struct tally_choices *out, const struct tally_candidates *in)
{
	struct params p;
	uint64_t votes;
	uint32_t i;

	if (!read_params(&p, c->env))
		return BAD_PARAMS;
	for (i = 0; i < in->n; i++) {
		c->host->charge(c, 20);
		if (worth(c, &votes, &in->list[i], p.steps) != 0)
			return TOO_MANY_VOTES;
		if (votes > 0 && in->list[i].own >= p.least)
			place(out, &in->list[i], (int64_t)votes, p.most);
	}
	for (i = 0; i < out->n; i++)
		out->list[i].power = 1;
	return out->n > 0 ? 0 : NO_VOTES;
}

static const struct tally_valsel_functions functions = { check, elect };

/* ---- vectors ---- */

#define KEY(n) { (n) }
#define VOTED(n, self, ...) { .key = KEY(n), .owner = TALLY_PERSON(n), .own = (self), .bonded = 1000000, .weight = 1, .votes = { __VA_ARGS__ } }
/* most, steps, least, in their low bytes */
#define PARAMS(most, steps, least) (const uint8_t[]){ most, 0, steps, least, 0, 0, 0, 0, 0, 0, 0 }
#define ASKED(p) .params = p, .params_len = PARAMS_LEN
#define SELECT(from, ...) .function = TALLY_FN_SELECT, .valsel = &(const struct tally_valsel_case){ from, TALLY_COUNT(from), __VA_ARGS__ }

/* With four steps: 100; 75 + 50 = 125; 0 + 25 = 25 and nothing of the fifth; 100; 1,000, but nothing bonded. */
static const struct tally_candidate five[] = {
	VOTED(1, 10, 100), VOTED(2, 10, 0, 100, 100), VOTED(3, 10, 0, 0, 0, 100, 5000), VOTED(4, 10, 100), VOTED(5, 9, 1000),
};
static const struct tally_choice by_votes[] = { { KEY(2), 1 }, { KEY(1), 1 }, { KEY(4), 1 }, { KEY(3), 1 } };
static const struct tally_choice two[] = { { KEY(2), 1 }, { KEY(1), 1 } };
/* 1 * 3 / 4 is 0; 7 * 1 / 4 is 1 */
static const struct tally_candidate small[] = { VOTED(1, 0, 0, 1), VOTED(2, 0, 0, 0, 0, 7) };
static const struct tally_choice the_second[] = { { KEY(2), 1 } };
static const struct tally_candidate oldest[] = { VOTED(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12), VOTED(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11) };
static const struct tally_choice the_first[] = { { KEY(1), 1 } };
static const struct tally_candidate all_units[] = { VOTED(1, 0, INT64_MAX) };
static const struct tally_candidate too_many[] = { VOTED(1, 0, INT64_MAX, INT64_MAX) };
static const struct tally_candidate impossible[] = { VOTED(1, 0, UINT64_MAX) };

static const struct tally_vector vectors[] = {
	{ .name = "good parameters", .function = TALLY_FN_PARAMS, ASKED(PARAMS(100, 12, 0)) },
	{ .name = "no delegates", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, ASKED(PARAMS(0, 4, 0)) },
	{ .name = "more delegates than the host takes", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, ASKED(PARAMS(101, 4, 0)) },
	{ .name = "no steps", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, ASKED(PARAMS(4, 0, 0)) },
	{ .name = "more steps than the host counts", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, ASKED(PARAMS(4, 13, 0)) },
	{ .name = "parameters too short", .function = TALLY_FN_PARAMS, .answer = BAD_PARAMS, .params = PARAMS(4, 4, 0), .params_len = PARAMS_LEN - 1 },
	{ .name = "by faded votes, the lower key first; who has too little of his own is out", ASKED(PARAMS(100, 4, 10)),
	  SELECT(five, by_votes, TALLY_COUNT(by_votes)) },
	{ .name = "at most two", ASKED(PARAMS(2, 4, 10)), SELECT(five, two, TALLY_COUNT(two)) },
	{ .name = "parts are rounded down", ASKED(PARAMS(4, 4, 0)), SELECT(small, the_second, TALLY_COUNT(the_second)) },
	{ .name = "the last of twelve steps", ASKED(PARAMS(4, 12, 0)), SELECT(oldest, the_first, TALLY_COUNT(the_first)) },
	{ .name = "all units that can be", ASKED(PARAMS(4, 12, 0)), SELECT(all_units, the_first, TALLY_COUNT(the_first)) },
	{ .name = "more votes than units that can be", .answer = TOO_MANY_VOTES, ASKED(PARAMS(4, 12, 0)), SELECT(too_many, NULL, 0) },
	{ .name = "an impossible number", .answer = TOO_MANY_VOTES, ASKED(PARAMS(4, 12, 0)), SELECT(impossible, NULL, 0) },
	{ .name = "all votes are too old", .answer = NO_VOTES, ASKED(PARAMS(4, 4, 0)), SELECT(oldest, NULL, 0) },
	{ .name = "selecting without parameters", .answer = BAD_PARAMS, SELECT(five, NULL, 0) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_VALSEL,
	.name = "valsel_dpos",
	.major = 1,
	.gas_max = 50000,
	.reasons = reasons,
	.valsel = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
