/* A managed supply, for money-like tokens: minters with allowances, limits of all minting by period and of a single mint, and who may burn.
 * doc/plugins/issue_managed.md explains it with numbers.
 *
 * Parameters (little-endian):
 *   period u32, seconds; periods are counted from 1970 | period_max u64: most that all mint together in a period; 0: no limit but the cap |
 *   mint_max u64: most in one MINT; 0: no limit | valid_days u32: units of an asset with lots expire so many days after they were minted; 0: never |
 *   burners u8: 0 every holder may burn, 1 only the issuer and the minters | issuer_max u64: what the issuer himself may mint in a period |
 *   count u8 | for each minter, ascending by type and id: type u8 | id, 32 bytes | allowance u64, in a period
 *
 * Storage: a -> period u64 | minted in it u64, by all; m | type | account -> the same, by this one. */
#include "plugins/plugin.h"

#define DAY 86400u
#define PERIOD_MIN 60u
#define PERIOD_MAX (366u * DAY)
#define VALID_MAX 3660u
#define MINTERS_MAX 20
#define MINTER_LEN 41
#define HEAD_LEN 34
#define FLAG_LOTS 32u
#define FLAG_BACKED 128u
#define FLAG_MINTERS 256u

enum { BAD_PARAMS = 1, NEEDS_MINTERS, NOT_A_MINTER, MINT_TOO_LARGE, ALLOWANCE_EXCEEDED, PERIOD_EXCEEDED, ONLY_MINTERS_BURN };

static const char *const reasons[] = { "BAD_PARAMS",         "NEEDS_MINTERS",   "NOT_A_MINTER",      "MINT_TOO_LARGE",
				       "ALLOWANCE_EXCEEDED", "PERIOD_EXCEEDED", "ONLY_MINTERS_BURN", NULL };

struct params {
	uint32_t period, valid_days;
	uint64_t period_max, mint_max, issuer_max;
	uint8_t burners;
	unsigned minters_n;
	const uint8_t *minters;
};

static int
read_params(struct params *out, const struct tally_env *env)
{
	const uint8_t *p = env->params;

	if (env->params_len < HEAD_LEN)
		return 0;
	out->period = (uint32_t)tally_read(p, 4);
	out->period_max = tally_read(p + 4, 8);
	out->mint_max = tally_read(p + 12, 8);
	out->valid_days = (uint32_t)tally_read(p + 20, 4);
	out->burners = p[24];
	out->issuer_max = tally_read(p + 25, 8);
	out->minters_n = p[33];
	out->minters = p + HEAD_LEN;
	return out->minters_n <= MINTERS_MAX && env->params_len == HEAD_LEN + out->minters_n * MINTER_LEN;
}

/* ---- parameters ---- */

/* Are the first 33 bytes of a below those of b? */
static int
comes_before(const uint8_t *a, const uint8_t *b)
{
	unsigned i;

	for (i = 0; i < 33; i++) {
		if (a[i] != b[i])
			return a[i] < b[i];
	}
	return 0;
}

static int
minters_good(const struct params *p)
{
	unsigned i;

	for (i = 0; i < p->minters_n; i++) {
		const uint8_t *m = p->minters + i * MINTER_LEN;
		uint64_t allowance = tally_read(m + 33, 8);

		if (m[0] > 1 || allowance == 0 || allowance > INT64_MAX || (i > 0 && !comes_before(m - MINTER_LEN, m)))
			return 0;
	}
	return 1;
}

/* CREATE, and other parameters later. */
static int32_t
judge(const struct params *p, const struct tally_issue_op *op)
{
	uint32_t flags = op->asset.flags;

	if (p->period < PERIOD_MIN || p->period > PERIOD_MAX || p->period_max > INT64_MAX || p->mint_max > INT64_MAX || p->issuer_max > INT64_MAX ||
	    p->valid_days > VALID_MAX || p->burners > 1 || !minters_good(p))
		return BAD_PARAMS;
	if (p->valid_days > 0 && (flags & FLAG_LOTS) == 0)
		return BAD_PARAMS;
	if (p->burners == 1 && (flags & FLAG_BACKED) != 0) /* the coin behind them is the holders' */
		return BAD_PARAMS;
	return p->minters_n > 0 && (flags & (FLAG_MINTERS | FLAG_BACKED)) == 0 ? NEEDS_MINTERS : 0;
}

/* What an account may mint in a period; 0: nothing. */
static uint64_t
allowance_of(const struct params *p, const struct tally_issue_op *op)
{
	unsigned i, j;

	if (tally_same_account(&op->source, &op->asset.issuer))
		return p->issuer_max;
	for (i = 0; i < p->minters_n; i++) {
		const uint8_t *m = p->minters + i * MINTER_LEN;

		for (j = 0; j < 32 && m[1 + j] == op->source.id[j]; j++)
			;
		if (j == 32 && m[0] == op->source.type)
			return tally_read(m + 33, 8);
	}
	return 0;
}

/* ---- what was minted ---- */

#define COUNT_LEN 16

/* Add to what stands under the key for this period; 0 when that is above the limit, which may be none (0). */
static int
count(struct tally_ctx *c, uint64_t period, uint64_t limit, uint64_t amount, const void *key, size_t key_len)
{
	uint8_t value[COUNT_LEN];
	size_t len = sizeof(value);
	uint64_t minted = 0;
	unsigned i;

	if (c->host->kv_get(c, value, &len, key, key_len) == 0 && len == sizeof(value) && tally_read(value, 8) == period)
		minted = tally_read(value + 8, 8);
	/* Both are at most 2^63-1. */
	minted += amount;
	if (minted > (limit > 0 ? limit : INT64_MAX))
		return 0;
	for (i = 0; i < 8; i++) {
		value[i] = (uint8_t)(period >> (8 * i));
		value[8 + i] = (uint8_t)(minted >> (8 * i));
	}
	return c->host->kv_put(c, key, key_len, value, sizeof(value)) == 0;
}

static int32_t
mint(struct tally_ctx *c, struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	uint64_t allowance = allowance_of(p, op), period = 0;
	struct tally_effect *e = &out->list[0];
	uint8_t key[34] = { 'm' };

	if (allowance == 0)
		return NOT_A_MINTER;
	if (p->mint_max > 0 && op->amount > p->mint_max)
		return MINT_TOO_LARGE;
	(void)c->host->muldiv(c, &period, (uint64_t)c->env->time, 1, p->period, TALLY_DOWN);
	key[1] = op->source.type;
	__builtin_memcpy(key + 2, op->source.id, sizeof(op->source.id));
	if (!count(c, period, allowance, op->amount, key, sizeof(key)))
		return ALLOWANCE_EXCEEDED;
	if (!count(c, period, p->period_max, op->amount, "a", 1))
		return PERIOD_EXCEEDED;
	out->n = 1;
	e->kind = TALLY_EFFECT_MINT;
	e->to = op->to;
	e->amount = op->amount;
	e->expires_at = p->valid_days == 0 ? TALLY_NEVER : c->env->time + (int64_t)p->valid_days * DAY;
	return 0;
}

static int32_t
burn(struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	if (p->burners == 1 && allowance_of(p, op) == 0 && !tally_same_account(&op->source, &op->asset.issuer))
		return ONLY_MINTERS_BURN;
	out->n = 1;
	out->list[0].kind = TALLY_EFFECT_BURN;
	out->list[0].from = op->source;
	out->list[0].amount = op->amount;
	return 0;
}

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	struct params p;

	if (!read_params(&p, c->env))
		return BAD_PARAMS;
	if (op->op == TALLY_OP_CREATE || op->op == TALLY_OP_PARAMS)
		return judge(&p, op);
	return op->op == TALLY_OP_MINT ? mint(c, out, &p, op) : burn(out, &p, op);
}

static const struct tally_issue_functions functions = { on };

/* ---- vectors ---- */

#define LE4(n) (n) & 255, (n) >> 8 & 255, (n) >> 16 & 255, (n) >> 24 & 255
#define LE8(n) LE4((n) & 0xffffffff), LE4((uint64_t)(n) >> 32)
#define ISSUER TALLY_PERSON(1)
#define MILL TALLY_PERSON(3)
#define FORGE { 1, { 4 } } /* an account of several keys */
#define ALICE TALLY_PERSON(5)
#define ZEROS31 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define MINTER(type, n, allowance) type, n, ZEROS31, LE8(allowance)
#define NOW 1000000 /* in period 11 of a day */
#define PARAMS(table) .params = (table), .params_len = sizeof(table)
#define OF(bits) .asset = { .issuer = ISSUER, .flags = (bits), .cap = INT64_MAX }
#define CASE(...) .function = TALLY_FN_ON, .time = NOW, .issue = &(const struct tally_issue_case){ __VA_ARGS__ }

/* a day; 1,000 together, 400 at once; the issuer 100, one minter 500, the other 900 */
static const uint8_t usual[] = { LE4(DAY), LE8(1000), LE8(400), LE4(0), 0, LE8(100), 2, MINTER(0, 3, 500), MINTER(1, 4, 900) };
static const uint8_t closed[] = { LE4(DAY), LE8(0), LE8(0), LE4(0), 1, LE8(0), 1, MINTER(0, 3, INT64_MAX) };
static const uint8_t alone[] = { LE4(PERIOD_MIN), LE8(0), LE8(0), LE4(0), 0, LE8(INT64_MAX), 0 };
static const uint8_t dated[] = { LE4(DAY), LE8(0), LE8(0), LE4(30), 0, LE8(100), 0 };
static const uint8_t too_short[] = { LE4(PERIOD_MIN - 1), LE8(0), LE8(0), LE4(0), 0, LE8(100), 0 };
static const uint8_t too_long[] = { LE4(PERIOD_MAX + 1), LE8(0), LE8(0), LE4(0), 0, LE8(100), 0 };
static const uint8_t falling[] = { LE4(DAY), LE8(0), LE8(0), LE4(0), 0, LE8(100), 2, MINTER(1, 3, 500), MINTER(0, 4, 900) };
static const uint8_t twice[] = { LE4(DAY), LE8(0), LE8(0), LE4(0), 0, LE8(100), 2, MINTER(0, 3, 500), MINTER(0, 3, 900) };
static const uint8_t nothing[] = { LE4(DAY), LE8(0), LE8(0), LE4(0), 0, LE8(100), 1, MINTER(0, 3, 0) };
static const uint8_t a_module[] = { LE4(DAY), LE8(0), LE8(0), LE4(0), 0, LE8(100), 1, MINTER(2, 3, 5) };
static const uint8_t odd_burners[] = { LE4(DAY), LE8(0), LE8(0), LE4(0), 2, LE8(100), 0 };

#define MINTED(n, until) { { .kind = TALLY_EFFECT_MINT, .to = ALICE, .amount = (n), .expires_at = (until) } }
static const struct tally_effect minted_100[] = MINTED(100, TALLY_NEVER);
static const struct tally_effect minted_400[] = MINTED(400, TALLY_NEVER);
static const struct tally_effect minted_most[] = MINTED(INT64_MAX, TALLY_NEVER);
static const struct tally_effect minted_dated[] = MINTED(100, NOW + 30 * (int64_t)DAY);
static const struct tally_effect burnt_by_alice[] = { { .kind = TALLY_EFFECT_BURN, .from = ALICE, .amount = 7 } };
static const struct tally_effect burnt_by_mill[] = { { .kind = TALLY_EFFECT_BURN, .from = MILL, .amount = 7 } };
static const struct tally_effect burnt_by_issuer[] = { { .kind = TALLY_EFFECT_BURN, .from = ISSUER, .amount = 7 } };

static const uint8_t issuer_key[34] = { 'm', 0, 1 }, mill_key[34] = { 'm', 0, 3 }, forge_key[34] = { 'm', 1, 4 };
#define COUNTS(name, period, all, key, own)                                                                                     \
	static const uint8_t name##_all[COUNT_LEN] = { LE8(period), LE8(all) }, name##_own[COUNT_LEN] = { LE8(period), LE8(own) }; \
	static const struct tally_vector_kv name##_kv[] = { { "a", 1, name##_all, COUNT_LEN }, { key, 34, name##_own, COUNT_LEN } }; \
	static const struct tally_vector_world name __attribute__((unused)) = { .kv = name##_kv, .kv_n = 2 }
COUNTS(issuer_100, 11, 100, issuer_key, 100);
COUNTS(mill_100, 11, 100, mill_key, 100);
COUNTS(mill_400, 11, 400, mill_key, 400);
COUNTS(mill_500, 11, 500, mill_key, 500);
COUNTS(mill_yesterday, 10, 1000, mill_key, 500);
COUNTS(mill_of_900, 11, 900, mill_key, 100);
COUNTS(mill_of_1000, 11, 1000, mill_key, 200);
COUNTS(forge_100, 11, 100, forge_key, 100);
COUNTS(most, 16666, INT64_MAX, issuer_key, INT64_MAX);
COUNTS(dated_100, 11, 100, issuer_key, 100);
#define AFTER(name) .kv_after = name##_kv, .kv_after_n = 2

#define EFFECTS(table) .effects = (table), .effects_n = TALLY_COUNT(table)
#define CREATE_OF(table, flags) PARAMS(table), CASE(.op = { .op = TALLY_OP_CREATE, .source = ISSUER, OF(flags) })
#define MINT(by, n) .op = { .op = TALLY_OP_MINT, .source = by, .to = ALICE, .amount = (n), OF(FLAG_MINTERS) }
#define BURN(by) .op = { .op = TALLY_OP_BURN, .source = by, .amount = 7, OF(FLAG_MINTERS) }

static const struct tally_vector vectors[] = {
	{ .name = "CREATE", CREATE_OF(usual, FLAG_MINTERS) },
	{ .name = "CREATE for the issuer alone", CREATE_OF(alone, 0) },
	{ .name = "minters without their flag", .answer = NEEDS_MINTERS, CREATE_OF(usual, 0) },
	{ .name = "minters of a backed asset", CREATE_OF(usual, FLAG_BACKED) },
	{ .name = "CREATE without parameters", .answer = BAD_PARAMS, CASE(.op = { .op = TALLY_OP_CREATE, OF(0) }) },
	{ .name = "a minter cut off", .answer = BAD_PARAMS, .params = usual, .params_len = sizeof(usual) - 1,
	  CASE(.op = { .op = TALLY_OP_CREATE, OF(FLAG_MINTERS) }) },
	{ .name = "a period too short", .answer = BAD_PARAMS, CREATE_OF(too_short, 0) },
	{ .name = "a period too long", .answer = BAD_PARAMS, CREATE_OF(too_long, 0) },
	{ .name = "minters not in order", .answer = BAD_PARAMS, CREATE_OF(falling, FLAG_MINTERS) },
	{ .name = "a minter twice", .answer = BAD_PARAMS, CREATE_OF(twice, FLAG_MINTERS) },
	{ .name = "an allowance of nothing", .answer = BAD_PARAMS, CREATE_OF(nothing, FLAG_MINTERS) },
	{ .name = "a module as minter", .answer = BAD_PARAMS, CREATE_OF(a_module, FLAG_MINTERS) },
	{ .name = "burners of another kind", .answer = BAD_PARAMS, CREATE_OF(odd_burners, 0) },
	{ .name = "holders of coin that may not redeem", .answer = BAD_PARAMS, CREATE_OF(closed, FLAG_MINTERS | FLAG_BACKED) },
	{ .name = "dates without lots", .answer = BAD_PARAMS, CREATE_OF(dated, 0) },
	{ .name = "dates with lots", CREATE_OF(dated, FLAG_LOTS) },
	{ .name = "other parameters later", PARAMS(closed), CASE(.op = { .op = TALLY_OP_PARAMS, OF(FLAG_MINTERS) }) },
	{ .name = "bad ones later", .answer = BAD_PARAMS, PARAMS(twice), CASE(.op = { .op = TALLY_OP_PARAMS, OF(FLAG_MINTERS) }) },

	{ .name = "the issuer's allowance", PARAMS(usual), AFTER(issuer_100), CASE(MINT(ISSUER, 100), EFFECTS(minted_100)) },
	{ .name = "more than the issuer's", .answer = ALLOWANCE_EXCEEDED, PARAMS(usual), CASE(MINT(ISSUER, 101)) },
	{ .name = "a minter", PARAMS(usual), AFTER(mill_100), CASE(MINT(MILL, 100), EFFECTS(minted_100)) },
	{ .name = "a minter of several keys", PARAMS(usual), AFTER(forge_100), CASE(MINT(FORGE, 100), EFFECTS(minted_100)) },
	{ .name = "a minter's last unit", PARAMS(usual), .world = &mill_400, AFTER(mill_500), CASE(MINT(MILL, 100), EFFECTS(minted_100)) },
	{ .name = "one more", .answer = ALLOWANCE_EXCEEDED, PARAMS(usual), .world = &mill_400, CASE(MINT(MILL, 101)) },
	{ .name = "the next period", PARAMS(usual), .world = &mill_yesterday, AFTER(mill_400), CASE(MINT(MILL, 400), EFFECTS(minted_400)) },
	{ .name = "the most at once", .answer = MINT_TOO_LARGE, PARAMS(usual), CASE(MINT(MILL, 401)) },
	{ .name = "the last of all", PARAMS(usual), .world = &mill_of_900, AFTER(mill_of_1000), CASE(MINT(MILL, 100), EFFECTS(minted_100)) },
	{ .name = "one more of all", .answer = PERIOD_EXCEEDED, PARAMS(usual), .world = &mill_of_900, CASE(MINT(MILL, 101)) },
	{ .name = "a stranger", .answer = NOT_A_MINTER, PARAMS(usual), CASE(MINT(ALICE, 1)) },
	{ .name = "an issuer who doesn't mint", .answer = NOT_A_MINTER, PARAMS(closed), CASE(MINT(ISSUER, 1)) },
	{ .name = "all there is", PARAMS(alone), AFTER(most), CASE(MINT(ISSUER, INT64_MAX), EFFECTS(minted_most)) },
	{ .name = "and one more", .answer = ALLOWANCE_EXCEEDED, PARAMS(alone), .world = &most, CASE(MINT(ISSUER, 1)) },
	{ .name = "dated", PARAMS(dated), AFTER(dated_100), CASE(MINT(ISSUER, 100), EFFECTS(minted_dated)) },

	{ .name = "a holder burns", PARAMS(usual), CASE(BURN(ALICE), EFFECTS(burnt_by_alice)) },
	{ .name = "a holder redeems", PARAMS(usual),
	  CASE(.op = { .op = TALLY_OP_REDEEM, .source = ALICE, .amount = 7, OF(FLAG_BACKED) }, EFFECTS(burnt_by_alice)) },
	{ .name = "a holder may not burn", .answer = ONLY_MINTERS_BURN, PARAMS(closed), CASE(BURN(ALICE)) },
	{ .name = "a minter burns", PARAMS(closed), CASE(BURN(MILL), EFFECTS(burnt_by_mill)) },
	{ .name = "the issuer burns", PARAMS(closed), CASE(BURN(ISSUER), EFFECTS(burnt_by_issuer)) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_managed",
	.major = 1,
	.gas_max = 10000,
	.ops = 1u << TALLY_OP_CREATE | 1u << TALLY_OP_MINT | 1u << TALLY_OP_BURN | 1u << TALLY_OP_REDEEM | 1u << TALLY_OP_PARAMS,
	.reasons = reasons,
	.issue = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
