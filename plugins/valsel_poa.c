/* Proof of authority: the members' votes decide. Who has a weight from DAO 0 is a validator, and the weight is its power. Nothing else counts:
 * no bond, no ballot.
 *
 * No parameters. */
#include "plugins/plugin.h"

enum { BAD_PARAMS = 1, NO_WEIGHTS };

static const char *const reasons[] = { "BAD_PARAMS", "NO_WEIGHTS", NULL };

static int32_t
check(struct tally_ctx *c)
{
	return c->env->params_len == 0 ? 0 : BAD_PARAMS;
}

static void
choose(struct tally_choices *out, const struct tally_candidate *v)
{
	struct tally_choice *to = &out->list[out->n++];
	unsigned i;

	for (i = 0; i < sizeof(to->key); i++)
		to->key[i] = v->key[i];
	to->power = v->weight > INT64_MAX ? INT64_MAX : (int64_t)v->weight;
}

static int32_t
elect(struct tally_ctx *c, struct tally_choices *out, const struct tally_candidates *in)
{
	uint32_t i;

	if (check(c) != 0)
		return BAD_PARAMS;
	for (i = 0; i < in->n; i++) {
		if (in->list[i].weight > 0)
			choose(out, &in->list[i]);
	}
	return out->n > 0 ? 0 : NO_WEIGHTS;
}

static const struct tally_valsel_functions functions = { check, elect };

/* ---- vectors ---- */

#define KEY(n) { (n) }
#define CANDIDATE(n, w) { .key = KEY(n), .owner = TALLY_PERSON(n), .weight = (w), .bonded = 5000, .own = 5000, .votes = { 9 } }

static const struct tally_candidate five[] = { CANDIDATE(1, 10), CANDIDATE(2, 0), CANDIDATE(3, 1), CANDIDATE(4, 1), CANDIDATE(5, 7) };
static const struct tally_choice four[] = { { KEY(1), 10 }, { KEY(3), 1 }, { KEY(4), 1 }, { KEY(5), 7 } };
static const struct tally_candidate huge[] = { CANDIDATE(1, UINT64_MAX) };
static const struct tally_choice largest[] = { { KEY(1), INT64_MAX } };
static const struct tally_candidate weightless[] = { CANDIDATE(1, 0), CANDIDATE(2, 0) };
static const uint8_t one_byte[] = { 0 };

#define SELECT(from, ...) .function = TALLY_FN_SELECT, .valsel = &(const struct tally_valsel_case){ from, TALLY_COUNT(from), __VA_ARGS__ }

static const struct tally_vector vectors[] = {
	{ .name = "no parameters", .function = TALLY_FN_PARAMS },
	{ .name = "parameters", .function = TALLY_FN_PARAMS, .params = one_byte, .params_len = 1, .answer = BAD_PARAMS },
	{ .name = "who has a weight, with its weight", SELECT(five, four, TALLY_COUNT(four)) },
	{ .name = "a weight above all powers", SELECT(huge, largest, TALLY_COUNT(largest)) },
	{ .name = "nobody has a weight", .answer = NO_WEIGHTS, SELECT(weightless, NULL, 0) },
	{ .name = "no candidates", .answer = NO_WEIGHTS, .function = TALLY_FN_SELECT, .valsel = &(const struct tally_valsel_case){ NULL, 0, NULL, 0 } },
	{ .name = "selecting with parameters", .params = one_byte, .params_len = 1, .answer = BAD_PARAMS, SELECT(five, NULL, 0) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_VALSEL,
	.name = "valsel_poa",
	.major = 1,
	.gas_max = 10000,
	.reasons = reasons,
	.valsel = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
