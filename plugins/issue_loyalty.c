/* Loyalty points: `points` base units for each `per` units of price that were not paid with points, rounded down, more for good customers;
 * pending until the return window is over; expiring; taken back by receipt, so that what is kept is what the kept goods would have earned,
 * at the rate of that sale. Backed or not. doc/plugins/issue_loyalty.md explains it with numbers.
 *
 * Parameters (little-endian):
 *   points u64 | per u64 | return_window u32, seconds | valid_days u32, 0: for ever | round_days u32: expiry is rounded up to a multiple of so
 *   many days, so that a faithful customer holds few lots | anyone u8: 1 when everybody may mint a backed asset's units by paying for them
 * and, when there are tiers:
 *   tier_days u32, 0: what a customer has paid counts for ever | count u8 | for each tier, ascending: from u64, price paid in this and the last
 *   period of so many days | multiplier u32, ten-thousandths
 *
 * Storage, with tiers only: t | type | account -> period u64 | paid in it u64 | in the one before u64. */
#include "plugins/plugin.h"

#define DAY 86400
#define WINDOW_MAX (366u * DAY)
#define VALID_MAX 3660u
#define ROUND_MAX 366u
#define RATE_MAX 1000000000000u /* of points and of per */
#define ONCE 10000u             /* the multiplier of who has no tier */
#define MULTIPLIER_MAX 1000000u
#define TIERS_MAX 8
#define TIER_LEN 12
#define PARAMS_LEN 29
#define HEAD_LEN 5 /* of the tiers */
#define FLAG_LOTS 32u
#define FLAG_BACKED 128u

enum { BAD_PARAMS = 1, NEEDS_LOTS, ONLY_ISSUER_MINTS, TOO_MUCH };

static const char *const reasons[] = { "BAD_PARAMS", "NEEDS_LOTS", "ONLY_ISSUER_MINTS", "TOO_MUCH", NULL };

struct params {
	uint64_t points, per;
	uint32_t return_window, valid_days, round_days;
	uint8_t anyone;
	uint32_t tier_days;
	unsigned tiers_n;
	const uint8_t *tiers;
};

static int
read_params(struct params *out, const struct tally_env *env)
{
	const uint8_t *p = env->params;

	if (env->params_len < PARAMS_LEN)
		return 0;
	out->points = tally_read(p, 8);
	out->per = tally_read(p + 8, 8);
	out->return_window = (uint32_t)tally_read(p + 16, 4);
	out->valid_days = (uint32_t)tally_read(p + 20, 4);
	out->round_days = (uint32_t)tally_read(p + 24, 4);
	out->anyone = p[28];
	out->tier_days = 0;
	out->tiers_n = 0;
	out->tiers = NULL;
	if (env->params_len == PARAMS_LEN)
		return 1;
	if (env->params_len < PARAMS_LEN + HEAD_LEN)
		return 0;
	out->tier_days = (uint32_t)tally_read(p + PARAMS_LEN, 4);
	out->tiers_n = p[PARAMS_LEN + 4];
	out->tiers = p + PARAMS_LEN + HEAD_LEN;
	return out->tiers_n >= 1 && out->tiers_n <= TIERS_MAX && env->params_len == PARAMS_LEN + HEAD_LEN + out->tiers_n * TIER_LEN;
}

static uint64_t
tier_from(const struct params *p, unsigned i)
{
	return tally_read(p->tiers + i * TIER_LEN, 8);
}

static uint32_t
tier_multiplier(const struct params *p, unsigned i)
{
	return (uint32_t)tally_read(p->tiers + i * TIER_LEN + 8, 4);
}

static int
tiers_good(const struct params *p)
{
	uint64_t from = 0;
	uint32_t multiplier = ONCE;
	unsigned i;

	if (p->tier_days > VALID_MAX)
		return 0;
	for (i = 0; i < p->tiers_n; i++) {
		if (tier_from(p, i) <= from || tier_from(p, i) > INT64_MAX || tier_multiplier(p, i) < multiplier ||
		    tier_multiplier(p, i) > MULTIPLIER_MAX)
			return 0;
		from = tier_from(p, i);
		multiplier = tier_multiplier(p, i);
	}
	return 1;
}

/* CREATE, and other parameters later. */
static int32_t
judge(const struct params *p, const struct tally_issue_op *op)
{
	if ((op->asset.flags & FLAG_LOTS) == 0)
		return NEEDS_LOTS;
	if (p->points == 0 || p->points > RATE_MAX || p->per == 0 || p->per > RATE_MAX || p->return_window > WINDOW_MAX || p->valid_days > VALID_MAX ||
	    p->round_days == 0 || p->round_days > ROUND_MAX || p->anyone > 1 || !tiers_good(p))
		return BAD_PARAMS;
	return p->anyone == 1 && (op->asset.flags & FLAG_BACKED) == 0 ? BAD_PARAMS : 0;
}

/* ---- what a customer has paid ---- */

struct paid {
	uint64_t period, now, before;
};

#define PAID_KEY_LEN 34
#define PAID_LEN 24

static void
paid_key(uint8_t key[PAID_KEY_LEN], const struct tally_account *who)
{
	key[0] = 't';
	key[1] = who->type;
	__builtin_memcpy(key + 2, who->id, sizeof(who->id));
}

static void
paid_get(struct tally_ctx *c, struct paid *out, const struct tally_account *who)
{
	uint8_t key[PAID_KEY_LEN], value[PAID_LEN];
	size_t len = sizeof(value);

	out->period = out->now = out->before = 0;
	paid_key(key, who);
	if (c->host->kv_get(c, value, &len, key, sizeof(key)) != 0 || len != sizeof(value))
		return;
	out->period = tally_read(value, 8);
	out->now = tally_read(value + 8, 8);
	out->before = tally_read(value + 16, 8);
}

static void
write(uint8_t *p, uint64_t v, unsigned bytes)
{
	unsigned i;

	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static int
paid_put(struct tally_ctx *c, const struct paid *p, const struct tally_account *who)
{
	uint8_t key[PAID_KEY_LEN], value[PAID_LEN];
	int nothing = p->now == 0 && p->before == 0;

	paid_key(key, who);
	write(value, p->period, 8);
	write(value + 8, p->now, 8);
	write(value + 16, p->before, 8);
	return c->host->kv_put(c, key, sizeof(key), value, nothing ? 0 : sizeof(value)) == 0;
}

/* Periods of tier_days, counted from 1970; one alone when they never end. */
static uint64_t
period_of(struct tally_ctx *c, const struct params *p, int64_t time)
{
	uint64_t period = 0;

	if (p->tier_days > 0 && time > 0)
		(void)c->host->muldiv(c, &period, (uint64_t)time, 1, (uint64_t)p->tier_days * DAY, TALLY_DOWN);
	return period;
}

static void
paid_roll(struct paid *p, uint64_t period)
{
	if (p->period == period)
		return;
	p->before = p->period + 1 == period ? p->now : 0;
	p->now = 0;
	p->period = period;
}

/* Neither of the two is above 2^63-1. */
static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a + b > INT64_MAX ? INT64_MAX : a + b;
}

static uint32_t
multiplier_of(const struct params *p, const struct paid *paid)
{
	uint64_t all = sum(paid->now, paid->before);
	uint32_t multiplier = ONCE;
	unsigned i;

	for (i = 0; i < p->tiers_n && tier_from(p, i) <= all; i++)
		multiplier = tier_multiplier(p, i);
	return multiplier;
}

/* The multiplier for this sale, which counts for the next ones. 0: nothing could be stored. */
static uint32_t
count_sale(struct tally_ctx *c, const struct params *p, const struct tally_account *who, uint64_t eligible)
{
	struct paid paid;
	uint32_t multiplier;

	if (p->tiers_n == 0)
		return ONCE;
	paid_get(c, &paid, who);
	paid_roll(&paid, period_of(c, p, c->env->time));
	multiplier = multiplier_of(p, &paid);
	paid.now = sum(paid.now, eligible);
	return paid_put(c, &paid, who) ? multiplier : 0;
}

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* What comes back never was paid; as long as the period of its sale still counts. */
static int
count_return(struct tally_ctx *c, const struct params *p, const struct tally_issue_op *op, uint64_t eligible)
{
	uint64_t period;
	struct paid paid;

	if (p->tiers_n == 0 || eligible == 0)
		return 1;
	period = period_of(c, p, op->earned_at);
	paid_get(c, &paid, &op->to);
	if (paid.period == period)
		paid.now = less(paid.now, eligible);
	else if (paid.period == period + 1)
		paid.before = less(paid.before, eligible);
	else
		return 1;
	return paid_put(c, &paid, &op->to);
}

/* ---- operations ---- */

/* When what becomes available at `from` expires; 0 when no such time exists. */
static int64_t
expiry(struct tally_ctx *c, const struct params *p, int64_t from)
{
	uint64_t step = (uint64_t)p->round_days * DAY, steps;

	if (p->valid_days == 0)
		return TALLY_NEVER;
	if (c->host->muldiv(c, &steps, (uint64_t)from + (uint64_t)p->valid_days * DAY, 1, step, TALLY_UP) != 0)
		return 0;
	return (int64_t)(steps * step);
}

static int32_t
mint(struct tally_ctx *c, struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	if (p->anyone == 0 && !tally_same_account(&op->source, &op->asset.issuer))
		return ONLY_ISSUER_MINTS;
	out->n = 1;
	out->list[0].kind = TALLY_EFFECT_MINT;
	out->list[0].to = op->to;
	out->list[0].amount = op->amount;
	out->list[0].expires_at = expiry(c, p, c->env->time);
	return 0;
}

static int32_t
earn(struct tally_ctx *c, struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	struct tally_effect *e = &out->list[0];
	uint64_t eligible = op->paid - op->with_points;
	uint32_t multiplier = count_sale(c, p, &op->to, eligible);

	if (multiplier == 0 || c->host->muldiv(c, &e->amount, eligible, p->points * multiplier, p->per * ONCE, TALLY_DOWN) != 0)
		return TOO_MUCH;
	/* The rate goes with the receipt: whatever changes later, a return is reckoned with it. */
	write(out->note, p->points, 8);
	write(out->note + 8, p->per, 8);
	write(out->note + 16, multiplier, 4);
	if (e->amount == 0)
		return 0;
	out->n = 1;
	e->kind = TALLY_EFFECT_MINT;
	e->to = op->to;
	e->available_from = c->env->time + (int64_t)p->return_window;
	e->expires_at = expiry(c, p, e->available_from);
	__builtin_memcpy(e->receipt, op->receipt, sizeof(e->receipt));
	return 0;
}

static int32_t
refund(struct tally_ctx *c, struct tally_effects *out, const struct params *p, const struct tally_issue_op *op)
{
	uint64_t points = tally_read(op->note, 8), per = tally_read(op->note + 8, 8), multiplier = tally_read(op->note + 16, 4);
	uint64_t left = op->paid - op->returned_before, before, eligible, keep;
	struct tally_effect *e = &out->list[0];

	if (c->host->muldiv(c, &before, op->paid - op->with_points, left, op->paid, TALLY_DOWN) != 0 ||
	    c->host->muldiv(c, &eligible, op->paid - op->with_points, left - op->returned, op->paid, TALLY_DOWN) != 0 ||
	    c->host->muldiv(c, &keep, eligible, points * multiplier, per * ONCE, TALLY_DOWN) != 0 || !count_return(c, p, op, before - eligible))
		return TOO_MUCH;
	if (keep + op->taken >= op->granted)
		return 0;
	out->n = 1;
	e->kind = TALLY_EFFECT_BURN_RECEIPT;
	e->amount = op->granted - op->taken - keep;
	__builtin_memcpy(e->receipt, op->receipt, sizeof(e->receipt));
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
	if (op->op == TALLY_OP_MINT)
		return mint(c, out, &p, op);
	if (op->op == TALLY_OP_EARN)
		return earn(c, out, &p, op);
	return refund(c, out, &p, op);
}

static const struct tally_issue_functions functions = { on };

/* ---- vectors ---- */

#define LE4(n) (n) & 255, (n) >> 8 & 255, (n) >> 16 & 255, (n) >> 24 & 255
#define LE8(n) LE4((n) & 0xffffffff), LE4((uint64_t)(n) >> 32)
#define STORE TALLY_PERSON(1)
#define ALICE TALLY_PERSON(5)
#define RECEIPT { 9, 9 }
#define NOW 1000000
#define ASSET .asset = { .issuer = STORE, .flags = FLAG_LOTS }
#define CASE(...) .function = TALLY_FN_ON, .time = NOW, .issue = &(const struct tally_issue_case){ __VA_ARGS__ }
#define PARAMS(table) .params = (table), .params_len = sizeof(table)

/* 3 points for 100; 500 s to return; good for 10 days, rounded to 2 */
static const uint8_t plain[] = { LE8(3), LE8(100), LE4(500), LE4(10), LE4(2), 0 };
static const uint8_t for_ever[] = { LE8(3), LE8(100), LE4(0), LE4(0), LE4(1), 0 };
static const uint8_t for_anyone[] = { LE8(1), LE8(1), LE4(0), LE4(0), LE4(1), 1 };
/* 10 for 100, for ever; tiers by 30 days: from 1,000 half as many again, from 5,000 twice as many */
static const uint8_t tiered[] = { LE8(10), LE8(100),   LE4(0),  LE4(0),      LE4(1),   0,           LE4(30),
				  2,       LE8(1000), LE4(15000), LE8(5000), LE4(20000) };
static const uint8_t tiered_for_life[] = { LE8(10), LE8(100), LE4(0), LE4(0), LE4(1), 0, LE4(0), 1, LE8(1000), LE4(15000) };
static const uint8_t no_points[] = { LE8(0), LE8(100), LE4(500), LE4(10), LE4(2), 0 };
static const uint8_t no_per[] = { LE8(3), LE8(0), LE4(500), LE4(10), LE4(2), 0 };
static const uint8_t long_window[] = { LE8(3), LE8(100), LE4(WINDOW_MAX + 1), LE4(10), LE4(2), 0 };
static const uint8_t no_rounding[] = { LE8(3), LE8(100), LE4(500), LE4(10), LE4(0), 0 };
static const uint8_t rich[] = { LE8(RATE_MAX + 1), LE8(100), LE4(500), LE4(10), LE4(2), 0 };
static const uint8_t many[] = { LE8(2), LE8(1), LE4(0), LE4(0), LE4(1), 0 };
static const uint8_t tiers_fall[] = { LE8(1), LE8(1), LE4(0), LE4(0), LE4(1), 0, LE4(30), 2, LE8(5), LE4(20000), LE8(9), LE4(15000) };
static const uint8_t tiers_mixed[] = { LE8(1), LE8(1), LE4(0), LE4(0), LE4(1), 0, LE4(30), 2, LE8(9), LE4(15000), LE8(9), LE4(20000) };
static const uint8_t tiers_of_none[] = { LE8(1), LE8(1), LE4(0), LE4(0), LE4(1), 0, LE4(30), 0 };
static const uint8_t tier_too_good[] = { LE8(1), LE8(1), LE4(0), LE4(0), LE4(1), 0, LE4(30), 1, LE8(5), LE4(MULTIPLIER_MAX + 1) };

static const uint8_t note_plain[32] = { LE8(3), LE8(100), LE4(ONCE) };
static const uint8_t note_10[32] = { LE8(10), LE8(100), LE4(ONCE) };
static const uint8_t note_15[32] = { LE8(10), LE8(100), LE4(15000) };
static const uint8_t note_20[32] = { LE8(10), LE8(100), LE4(20000) };

#define EARNED(n, from, until) { .kind = TALLY_EFFECT_MINT, .to = ALICE, .amount = (n), .available_from = (from), .expires_at = (until), .receipt = RECEIPT }
static const struct tally_effect earned_3[] = { EARNED(3, NOW + 500, 22 * DAY) }; /* 1000500 + 864000 is in day 21; even days */
static const struct tally_effect earned_15[] = { EARNED(15, NOW + 500, 22 * DAY) };
static const struct tally_effect earned_most[] = { EARNED(INT64_MAX / 100, NOW, TALLY_NEVER) };
static const struct tally_effect earned_10[] = { EARNED(10, NOW, TALLY_NEVER) };
static const struct tally_effect earned_15_tier[] = { EARNED(15, NOW, TALLY_NEVER) };
static const struct tally_effect earned_20[] = { EARNED(20, NOW, TALLY_NEVER) };
static const struct tally_effect bought[] = { { .kind = TALLY_EFFECT_MINT, .to = ALICE, .amount = 50, .expires_at = 22 * DAY } };
static const struct tally_effect bought_for_ever[] = { { .kind = TALLY_EFFECT_MINT, .to = ALICE, .amount = 50, .expires_at = TALLY_NEVER } };
#define TAKEN(n) { .kind = TALLY_EFFECT_BURN_RECEIPT, .amount = (n), .receipt = RECEIPT }
static const struct tally_effect taken_1[] = { TAKEN(1) };
static const struct tally_effect taken_2[] = { TAKEN(2) };
static const struct tally_effect taken_all[] = { TAKEN(3) };
static const struct tally_effect taken_6[] = { TAKEN(6) };

static const uint8_t alice_key[PAID_KEY_LEN] = { 't', 0, 5 };
#define STORED(name, period, now, before)                                                                       \
	static const uint8_t name##_value[PAID_LEN] = { LE8(period), LE8(now), LE8(before) };                   \
	static const struct tally_vector_kv name##_kv[] = { { alice_key, PAID_KEY_LEN, name##_value, PAID_LEN } }; \
	static const struct tally_vector_world name __attribute__((unused)) = { .kv = name##_kv, .kv_n = 1 }
/* NOW is in period 0 of 30 days */
STORED(paid_100, 0, 100, 0);
STORED(paid_999, 0, 999, 0);
STORED(paid_1000, 0, 1000, 0);
STORED(paid_1099, 0, 1099, 0);
STORED(paid_1100, 0, 1100, 0);
STORED(paid_5000_in_two, 0, 2000, 3000);
STORED(paid_5100_in_two, 0, 2100, 3000);
STORED(rolled, 1, 100, 1000);
STORED(rolled_twice, 2, 100, 0);
STORED(paid_60_left, 0, 60, 0);
STORED(before_60_left, 1, 7, 60);
STORED(before_100, 1, 7, 100);
STORED(later, 2, 7, 100);
STORED(most, 0, INT64_MAX, 0);
#define AFTER(name) .kv_after = name##_kv, .kv_after_n = 1

#define EARN(price, points_part) .op = { .op = TALLY_OP_EARN, .source = STORE, .to = ALICE, .receipt = RECEIPT, .paid = (price), .with_points = (points_part), ASSET }
#define EFFECTS(table) .effects = (table), .effects_n = TALLY_COUNT(table)
#define REFUND(price, before, back, got, gone, at, ...)                                                                          \
	.op = { .op = TALLY_OP_REFUND, .source = STORE, .to = ALICE, .receipt = RECEIPT, .paid = (price), .returned_before = (before), \
		.returned = (back), .granted = (got), .taken = (gone), .earned_at = (at), .note = { __VA_ARGS__ }, ASSET }
#define RATE LE8(3), LE8(100), LE4(ONCE)
#define RATE_15 LE8(10), LE8(100), LE4(15000)
#define CREATE_OF(table) PARAMS(table), CASE(.op = { .op = TALLY_OP_CREATE, .source = STORE, ASSET })
#define BACKED_ASSET .asset = { .issuer = STORE, .flags = FLAG_LOTS | FLAG_BACKED, .units = 1, .sats = 1 }

static const struct tally_vector vectors[] = {
	{ .name = "CREATE", CREATE_OF(plain) },
	{ .name = "CREATE with tiers", CREATE_OF(tiered) },
	{ .name = "CREATE without lots", .answer = NEEDS_LOTS, PARAMS(plain), CASE(.op = { .op = TALLY_OP_CREATE, .source = STORE }) },
	{ .name = "CREATE without parameters", .answer = BAD_PARAMS, CASE(.op = { .op = TALLY_OP_CREATE, .source = STORE, ASSET }) },
	{ .name = "CREATE with a byte too many", .answer = BAD_PARAMS, .params = tiered, .params_len = PARAMS_LEN + 1,
	  CASE(.op = { .op = TALLY_OP_CREATE, .source = STORE, ASSET }) },
	{ .name = "CREATE with a tier cut off", .answer = BAD_PARAMS, .params = tiered, .params_len = sizeof(tiered) - 1,
	  CASE(.op = { .op = TALLY_OP_CREATE, .source = STORE, ASSET }) },
	{ .name = "no points", .answer = BAD_PARAMS, CREATE_OF(no_points) },
	{ .name = "for nothing", .answer = BAD_PARAMS, CREATE_OF(no_per) },
	{ .name = "a rate too great", .answer = BAD_PARAMS, CREATE_OF(rich) },
	{ .name = "more than a year to return", .answer = BAD_PARAMS, CREATE_OF(long_window) },
	{ .name = "rounded to nothing", .answer = BAD_PARAMS, CREATE_OF(no_rounding) },
	{ .name = "anyone mints what is not backed", .answer = BAD_PARAMS, CREATE_OF(for_anyone) },
	{ .name = "anyone mints what is backed", PARAMS(for_anyone), CASE(.op = { .op = TALLY_OP_CREATE, .source = STORE, BACKED_ASSET }) },
	{ .name = "a higher tier earns less", .answer = BAD_PARAMS, CREATE_OF(tiers_fall) },
	{ .name = "two tiers begin together", .answer = BAD_PARAMS, CREATE_OF(tiers_mixed) },
	{ .name = "tiers, but none", .answer = BAD_PARAMS, CREATE_OF(tiers_of_none) },
	{ .name = "a multiplier above a hundred", .answer = BAD_PARAMS, CREATE_OF(tier_too_good) },
	{ .name = "other parameters later", PARAMS(tiered), CASE(.op = { .op = TALLY_OP_PARAMS, .source = STORE, ASSET }) },
	{ .name = "bad ones later", .answer = BAD_PARAMS, PARAMS(no_per), CASE(.op = { .op = TALLY_OP_PARAMS, .source = STORE, ASSET }) },

	{ .name = "MINT by the issuer", PARAMS(plain), CASE(.op = { .op = TALLY_OP_MINT, .source = STORE, .to = ALICE, .amount = 50, ASSET }, EFFECTS(bought)) },
	{ .name = "MINT by another", .answer = ONLY_ISSUER_MINTS, PARAMS(plain),
	  CASE(.op = { .op = TALLY_OP_MINT, .source = ALICE, .to = ALICE, .amount = 50, ASSET }) },
	{ .name = "MINT by anyone", PARAMS(for_anyone),
	  CASE(.op = { .op = TALLY_OP_MINT, .source = ALICE, .to = ALICE, .amount = 50, BACKED_ASSET }, EFFECTS(bought_for_ever)) },

	{ .name = "EARN", PARAMS(plain), .note = note_plain, CASE(EARN(100, 0), EFFECTS(earned_3)) },
	{ .name = "EARN rounds down", PARAMS(plain), .note = note_plain, CASE(EARN(133, 0), EFFECTS(earned_3)) },
	{ .name = "EARN too little for a point", PARAMS(plain), .note = note_plain, CASE(EARN(33, 0)) },
	{ .name = "points earn no points", PARAMS(plain), .note = note_plain, CASE(EARN(1000, 500), EFFECTS(earned_15)) },
	{ .name = "all of it paid with points", PARAMS(plain), .note = note_plain, CASE(EARN(1000, 1000)) },
	{ .name = "the greatest price", PARAMS(for_ever), .note = note_plain, CASE(EARN(INT64_MAX / 3, 0), EFFECTS(earned_most)) },
	{ .name = "more points than there are numbers", .answer = TOO_MUCH, PARAMS(many), CASE(EARN(INT64_MAX, 0)) },
	{ .name = "more paid than there are numbers", PARAMS(tiered_for_life), .note = note_15, .world = &most, AFTER(most),
	  CASE(EARN(100, 0), EFFECTS(earned_15_tier)) },
	{ .name = "gas of an EARN", .gas_max = 110, PARAMS(plain), .note = note_plain, CASE(EARN(100, 0), EFFECTS(earned_3)) },
	{ .name = "one gas less", .gas_max = 109, .answer = TALLY_STOPPED_GAS, PARAMS(plain), CASE(EARN(100, 0)) },

	{ .name = "the first sale", PARAMS(tiered), .note = note_10, AFTER(paid_100), CASE(EARN(100, 0), EFFECTS(earned_10)) },
	{ .name = "just below a tier", PARAMS(tiered), .note = note_10, .world = &paid_999, AFTER(paid_1099), CASE(EARN(100, 0), EFFECTS(earned_10)) },
	{ .name = "just in a tier", PARAMS(tiered), .note = note_15, .world = &paid_1000, AFTER(paid_1100), CASE(EARN(100, 0), EFFECTS(earned_15_tier)) },
	{ .name = "the last period counts", PARAMS(tiered), .note = note_20, .world = &paid_5000_in_two, AFTER(paid_5100_in_two),
	  CASE(EARN(100, 0), EFFECTS(earned_20)) },
	{ .name = "a period later", PARAMS(tiered), .note = note_15, .world = &paid_1000, AFTER(rolled), .function = TALLY_FN_ON, .time = 30 * DAY,
	  .issue = &(const struct tally_issue_case){
		  EARN(100, 0), .effects = &(const struct tally_effect)EARNED(15, 30 * DAY, TALLY_NEVER), .effects_n = 1 } },
	{ .name = "two periods later", PARAMS(tiered), .note = note_10, .world = &paid_1000, AFTER(rolled_twice), .function = TALLY_FN_ON, .time = 60 * DAY,
	  .issue = &(const struct tally_issue_case){
		  EARN(100, 0), .effects = &(const struct tally_effect)EARNED(10, 60 * DAY, TALLY_NEVER), .effects_n = 1 } },
	{ .name = "for life", PARAMS(tiered_for_life), .note = note_15, .world = &paid_1000, AFTER(paid_1100), .function = TALLY_FN_ON, .time = 6000 * DAY,
	  .issue = &(const struct tally_issue_case){
		  EARN(100, 0), .effects = &(const struct tally_effect)EARNED(15, 6000 * DAY, TALLY_NEVER), .effects_n = 1 } },

	{ .name = "REFUND of all", PARAMS(plain), CASE(REFUND(100, 0, 100, 3, 0, NOW, RATE), EFFECTS(taken_all)) },
	{ .name = "REFUND of a part", PARAMS(plain), CASE(REFUND(100, 0, 50, 3, 0, NOW, RATE), EFFECTS(taken_2)) },
	{ .name = "REFUND of the rest", PARAMS(plain), CASE(REFUND(100, 50, 50, 3, 2, NOW, RATE), EFFECTS(taken_1)) },
	{ .name = "REFUND that keeps all points", PARAMS(plain), CASE(REFUND(133, 0, 33, 3, 0, NOW, RATE)) },
	{ .name = "REFUND after the rate has changed", PARAMS(for_anyone), CASE(REFUND(100, 0, 50, 3, 0, NOW, RATE), EFFECTS(taken_2)) },
	{ .name = "REFUND in a tier", PARAMS(tiered), .world = &paid_100, AFTER(paid_60_left),
	  CASE(REFUND(100, 0, 40, 15, 0, NOW, RATE_15), EFFECTS(taken_6)) },
	{ .name = "REFUND of a sale of the last period", PARAMS(tiered), .world = &before_100, AFTER(before_60_left),
	  CASE(REFUND(100, 0, 40, 15, 0, NOW, RATE_15), EFFECTS(taken_6)) },
	{ .name = "REFUND of a sale that counts no more", PARAMS(tiered), .world = &later, CASE(REFUND(100, 0, 40, 15, 0, NOW, RATE_15), EFFECTS(taken_6)) },
	{ .name = "REFUND without a rate", .answer = TOO_MUCH, PARAMS(plain), CASE(REFUND(100, 0, 40, 15, 0, NOW, 0)) },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_loyalty",
	.major = 1,
	.gas_max = 10000,
	.ops = 1u << TALLY_OP_CREATE | 1u << TALLY_OP_MINT | 1u << TALLY_OP_EARN | 1u << TALLY_OP_REFUND | 1u << TALLY_OP_PARAMS,
	.reasons = reasons,
	.issue = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
