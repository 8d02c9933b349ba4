/* A public sale at a fixed price, at a price that rises in steps, or at one that rises with time; early buyers may get a bonus.
 *
 * Parameters, little-endian:
 *
 *   kind u8           0 fixed, 1 steps, 2 linear
 *   units u64         a price is paid for so many base units of the token
 *   bonus u16         in ten-thousandths of what is bought: when the sale opens, at most 5,000
 *   bonus_end u16     when the bonus time ends: at most `bonus`; between the two it falls in a straight line
 *   bonus_time u32    seconds from the opening in which there is a bonus
 *   fixed:  price u64
 *   linear: price u64 when it opens, price u64 when it closes
 *   steps:  n u8 (1..16), and n times: price u64, until_time u32, until_raised u64
 *
 * Prices are base units of what is paid with. A step is over once so many seconds have passed since the opening or so much has been raised,
 * whichever comes first; 0 is no such limit, and the last step has none. A payment that crosses the end of a step pays each part at its own
 * price.
 *
 * A price never falls and a bonus never grows: whoever waits gains nothing, and what is sold at most can be told beforehand. A buyer pays
 * only for what he gets: tokens are rounded down, then what they cost is rounded up, by less than one base unit of the payment. */
#include "plugins/plugin.h"

#define WHOLE 10000
#define BONUS_MAX 5000
#define STEPS_MAX 16
#define NUMBER_MAX 100000000000000u /* of units and prices: their products with WHOLE + BONUS_MAX stay below 2^63 */
#define HEAD 17
#define STEP_LEN 20

enum { FIXED, STEPS, LINEAR };
enum { BAD_PARAMS = 1, BAD_PRICE, PRICE_FALLS, BONUS_TOO_HIGH, BONUS_GROWS, BAD_STEP, SALE_OVERFLOW, ZERO_TOKENS };

static const char *const reasons[] = { "BAD_PARAMS", "BAD_PRICE", "PRICE_FALLS", "BONUS_TOO_HIGH", "BONUS_GROWS", "BAD_STEP", "SALE_OVERFLOW",
				       "ZERO_TOKENS", NULL };

struct step {
	uint64_t price, until_time, until_raised;
};

struct params {
	unsigned kind;
	uint64_t units, bonus, bonus_end, bonus_time;
	uint64_t last; /* LINEAR: price at the close */
	unsigned steps_n;
	struct step steps[STEPS_MAX]; /* FIXED and LINEAR: one */
};

/* ---- parameters ---- */

static int
read_prices(struct params *out, const uint8_t *p, size_t len)
{
	unsigned i;

	out->steps_n = 1;
	if (out->kind != STEPS) {
		if (len != (out->kind == LINEAR ? 16 : 8))
			return 0;
		out->steps[0].price = tally_read(p, 8);
		out->last = out->kind == LINEAR ? tally_read(p + 8, 8) : out->steps[0].price;
		return 1;
	}
	if (len < 1 || p[0] < 1 || p[0] > STEPS_MAX || len != 1 + (size_t)p[0] * STEP_LEN)
		return 0;
	out->steps_n = p[0];
	for (i = 0; i < out->steps_n; i++) {
		const uint8_t *at = p + 1 + i * STEP_LEN;

		out->steps[i].price = tally_read(at, 8);
		out->steps[i].until_time = tally_read(at + 8, 4);
		out->steps[i].until_raised = tally_read(at + 12, 8);
	}
	out->last = out->steps[out->steps_n - 1].price;
	return 1;
}

static int
read_params(struct params *out, const struct tally_env *env)
{
	const uint8_t *p = env->params;

	if (env->params_len < HEAD || p[0] > LINEAR)
		return 0;
	out->kind = p[0];
	out->units = tally_read(p + 1, 8);
	out->bonus = tally_read(p + 9, 2);
	out->bonus_end = tally_read(p + 11, 2);
	out->bonus_time = tally_read(p + 13, 4);
	out->steps[0].until_time = out->steps[0].until_raised = 0;
	return read_prices(out, p + HEAD, env->params_len - HEAD);
}

static int32_t
check_steps(const struct params *p)
{
	uint64_t time = 0, raised = 0;
	unsigned i;

	for (i = 0; i < p->steps_n; i++) {
		const struct step *s = &p->steps[i];
		int last = i + 1 == p->steps_n;

		if (s->price < 1 || s->price > NUMBER_MAX)
			return BAD_PRICE;
		if (i > 0 && s->price < p->steps[i - 1].price)
			return PRICE_FALLS;
		if (last != (s->until_time == 0 && s->until_raised == 0))
			return BAD_STEP;
		if ((s->until_time != 0 && s->until_time <= time) || (s->until_raised != 0 && s->until_raised <= raised))
			return BAD_STEP;
		time = s->until_time != 0 ? s->until_time : time;
		raised = s->until_raised != 0 ? s->until_raised : raised;
	}
	return 0;
}

static int32_t
check_params(const struct params *p)
{
	if (p->units < 1 || p->units > NUMBER_MAX || p->last < 1 || p->last > NUMBER_MAX)
		return BAD_PRICE;
	if (p->bonus > BONUS_MAX)
		return BONUS_TOO_HIGH;
	if (p->bonus_end > p->bonus)
		return BONUS_GROWS;
	if ((p->bonus != 0) != (p->bonus_time != 0))
		return BAD_PARAMS;
	if (p->last < p->steps[0].price)
		return PRICE_FALLS;
	return check_steps(p);
}

/* ---- what a payment buys ---- */

/* The part `passed / whole` of a difference; 0 <= passed <= whole, whole >= 1. */
static uint64_t
part(struct tally_ctx *c, uint64_t difference, uint64_t passed, uint64_t whole, enum tally_round round)
{
	uint64_t out;

	return c->host->muldiv(c, &out, difference, passed, whole, round) == 0 ? out : 0;
}

static uint64_t
bonus_at(struct tally_ctx *c, const struct params *p, uint64_t passed)
{
	if (passed >= p->bonus_time)
		return 0;
	return p->bonus - part(c, p->bonus - p->bonus_end, passed, p->bonus_time, TALLY_UP);
}

/* The tokens' price in force, times WHOLE. */
static uint64_t
price_at(struct tally_ctx *c, const struct params *p, const struct step *s, const struct tally_sale *sale, uint64_t passed)
{
	uint64_t length = (uint64_t)(sale->close - sale->open);

	if (p->kind != LINEAR)
		return s->price * WHOLE;
	return (s->price + part(c, p->last - s->price, passed, length, TALLY_UP)) * WHOLE;
}

static int
is_over(const struct step *s, uint64_t passed, uint64_t raised)
{
	return (s->until_time != 0 && passed >= s->until_time) || (s->until_raised != 0 && raised >= s->until_raised);
}

/* How much of a payment still belongs to this step. */
static uint64_t
room(const struct step *s, uint64_t raised, uint64_t payment)
{
	uint64_t left = s->until_raised != 0 ? s->until_raised - raised : payment;

	return left < payment ? left : payment;
}

/* Step by step: what didn't buy a whole unit goes on to the next one. */
static int32_t
quote(struct tally_ctx *c, struct tally_quote *out, const struct tally_sale_buy *b)
{
	uint64_t passed = (uint64_t)(c->env->time - b->sale.open), raised = b->raised, fresh = b->payment, carried = 0, rate;
	struct params p;
	unsigned i;

	if (!read_params(&p, c->env))
		return BAD_PARAMS;
	rate = p.units * (WHOLE + bonus_at(c, &p, passed));
	for (i = 0; i < p.steps_n && fresh > 0; i++) {
		const struct step *s = &p.steps[i];
		uint64_t price = price_at(c, &p, s, &b->sale, passed), now, tokens, cost;

		if (is_over(s, passed, raised))
			continue;
		now = room(s, raised, fresh);
		if (c->host->muldiv(c, &tokens, carried + now, rate, price, TALLY_DOWN) != 0 || c->host->muldiv(c, &cost, tokens, price, rate, TALLY_UP) != 0 ||
		    tokens > INT64_MAX - out->tokens)
			return SALE_OVERFLOW;
		out->tokens += tokens;
		carried = carried + now - cost;
		fresh -= now;
		raised += now;
	}
	out->payment = b->payment - carried - fresh;
	return out->tokens > 0 ? 0 : ZERO_TOKENS;
}

/* ---- what can be sold at most ---- */

/* Everything bought in the first second, each step rounded up: later prices are no lower and later bonuses no higher. */
static int32_t
most(struct tally_ctx *c, uint64_t *out, const struct params *p, uint64_t hard_cap)
{
	uint64_t raised = 0, tokens;
	unsigned i;

	for (i = 0; i < p->steps_n && raised < hard_cap; i++) {
		const struct step *s = &p->steps[i];
		uint64_t now = room(s, raised, hard_cap - raised);

		if (c->host->muldiv(c, &tokens, now, p->units * (WHOLE + p->bonus), s->price * WHOLE, TALLY_UP) != 0 || tokens > INT64_MAX - *out)
			return SALE_OVERFLOW;
		*out += tokens;
		raised += now;
	}
	return 0;
}

static int32_t
check(struct tally_ctx *c, struct tally_sale_bounds *out, const struct tally_sale *sale)
{
	struct params p;
	int32_t why;

	if (!read_params(&p, c->env))
		return BAD_PARAMS;
	why = check_params(&p);
	if (why != 0)
		return why;
	if (c->host->muldiv(c, &out->payment_least, p.last, 1, p.units, TALLY_UP) != 0)
		return SALE_OVERFLOW;
	return most(c, &out->tokens_most, &p, sale->hard_cap);
}

static const struct tally_sale_functions functions = { check, quote };

/* ---- vectors ---- */

#define B(x, n) (uint8_t)((uint64_t)(x) >> (8 * (n)))
#define U16(x) B(x, 0), B(x, 1)
#define U32(x) U16(x), U16((uint64_t)(x) >> 16)
#define U64(x) U32(x), U32((uint64_t)(x) >> 32)
#define STEP(price, time, raised) U64(price), U32(time), U64(raised)
#define PARAMS(...) .params = (const uint8_t[]){ __VA_ARGS__ }, .params_len = sizeof((const uint8_t[]){ __VA_ARGS__ })

#define OPEN 1000000
#define SALE { .open = OPEN, .close = OPEN + 1000, .soft_cap = 100, .hard_cap = 100000, .tokens = INT64_MAX }
#define TERMS(most, least) .function = TALLY_FN_TERMS, .sale = &(const struct tally_sale_case){ .sale = SALE, .bounds = { most, least } }
#define REFUSES(why) .answer = why, TERMS(0, 0)
#define BUYS(when, pays, before, accepted, gets)                       \
	.function = TALLY_FN_QUOTE, .time = OPEN + (when),             \
	.sale = &(const struct tally_sale_case){ .sale = SALE, .payment = pays, .raised = before, .quote = { accepted, gets } }

#define CHEAP PARAMS(FIXED, U64(3), U16(0), U16(0), U32(0), U64(1))
#define DEAR PARAMS(FIXED, U64(1), U16(0), U16(0), U32(0), U64(1000))
#define EARLY PARAMS(FIXED, U64(1), U16(5000), U16(1000), U32(100), U64(10))
#define RISING PARAMS(LINEAR, U64(1), U16(0), U16(0), U32(0), U64(10), U64(20))
#define STAIRS PARAMS(STEPS, U64(1), U16(0), U16(0), U32(0), 3, STEP(10, 0, 1000), STEP(12, 500, 0), STEP(15, 0, 0))
#define HUGE_SALE { .open = OPEN, .close = OPEN + 1000, .hard_cap = INT64_MAX, .tokens = INT64_MAX }

static const struct tally_vector vectors[] = {
	{ .name = "three units for one", CHEAP, TERMS(300000, 1) },
	{ .name = "three units for one: seven buy 21", CHEAP, BUYS(0, 7, 0, 7, 21) },
	{ .name = "a unit costs 1000", DEAR, TERMS(100, 1000) },
	{ .name = "what buys nothing stays the payer's", DEAR, BUYS(0, 1999, 0, 1000, 1) },
	{ .name = "too little for one unit", DEAR, .answer = ZERO_TOKENS, BUYS(0, 999, 0, 0, 0) },
	{ .name = "bonus: bounds", EARLY, TERMS(15000, 10) },
	{ .name = "bonus in the first second", EARLY, BUYS(0, 1000, 0, 1000, 150) },
	{ .name = "bonus half way", EARLY, BUYS(50, 1000, 0, 1000, 130) },
	{ .name = "bonus in its last second", EARLY, BUYS(99, 1000, 0, 997, 110) },
	{ .name = "bonus over", EARLY, BUYS(100, 1000, 0, 1000, 100) },
	{ .name = "a bonus buys what the plain price does not", EARLY, BUYS(0, 7, 0, 7, 1) },
	{ .name = "rising price: bounds", RISING, TERMS(10000, 20) },
	{ .name = "rising price: opening", RISING, BUYS(0, 1000, 0, 1000, 100) },
	{ .name = "rising price: rounded up within a second", RISING, BUYS(1, 1000, 0, 990, 90) },
	{ .name = "rising price: last second", RISING, BUYS(999, 1000, 0, 1000, 50) },
	{ .name = "steps: bounds", STAIRS, TERMS(8350, 15) },
	{ .name = "steps: within the first", STAIRS, BUYS(0, 1000, 0, 1000, 100) },
	{ .name = "steps: each part at its own price", STAIRS, BUYS(0, 1240, 0, 1240, 120) },
	{ .name = "steps: the rest of one goes on to the next", STAIRS, BUYS(0, 29, 995, 24, 2) },
	{ .name = "steps: the first one's end", STAIRS, BUYS(0, 24, 1000, 24, 2) },
	{ .name = "steps: by time, last second", STAIRS, BUYS(499, 30, 5000, 24, 2) },
	{ .name = "steps: by time, over", STAIRS, BUYS(500, 30, 5000, 30, 2) },
	{ .name = "steps: over by time, the one before it by amount not yet", STAIRS, BUYS(500, 1030, 0, 1030, 102) },
	{ .name = "no parameters", REFUSES(BAD_PARAMS) },
	{ .name = "no parameters, asked for a price", .answer = BAD_PARAMS, BUYS(0, 1, 0, 0, 0) },
	{ .name = "a byte left over", PARAMS(FIXED, U64(1), U16(0), U16(0), U32(0), U64(1), 0), REFUSES(BAD_PARAMS) },
	{ .name = "unknown kind", PARAMS(3, U64(1), U16(0), U16(0), U32(0), U64(1)), REFUSES(BAD_PARAMS) },
	{ .name = "no steps", PARAMS(STEPS, U64(1), U16(0), U16(0), U32(0), 0), REFUSES(BAD_PARAMS) },
	{ .name = "a bonus without a time", PARAMS(FIXED, U64(1), U16(1), U16(0), U32(0), U64(1)), REFUSES(BAD_PARAMS) },
	{ .name = "price 0", PARAMS(FIXED, U64(1), U16(0), U16(0), U32(0), U64(0)), REFUSES(BAD_PRICE) },
	{ .name = "units 0", PARAMS(FIXED, U64(0), U16(0), U16(0), U32(0), U64(1)), REFUSES(BAD_PRICE) },
	{ .name = "price too large", PARAMS(FIXED, U64(1), U16(0), U16(0), U32(0), U64(NUMBER_MAX + 1)), REFUSES(BAD_PRICE) },
	{ .name = "the price falls with time", PARAMS(LINEAR, U64(1), U16(0), U16(0), U32(0), U64(20), U64(19)), REFUSES(PRICE_FALLS) },
	{ .name = "the price falls with a step",
	  PARAMS(STEPS, U64(1), U16(0), U16(0), U32(0), 2, STEP(2, 1, 0), STEP(1, 0, 0)),
	  REFUSES(PRICE_FALLS) },
	{ .name = "bonus 50 %", PARAMS(FIXED, U64(1), U16(5000), U16(5000), U32(1), U64(1)), TERMS(150000, 1) },
	{ .name = "bonus 50.01 %", PARAMS(FIXED, U64(1), U16(5001), U16(0), U32(1), U64(1)), REFUSES(BONUS_TOO_HIGH) },
	{ .name = "the bonus grows", PARAMS(FIXED, U64(1), U16(1), U16(2), U32(4000000000), U64(1)), REFUSES(BONUS_GROWS) },
	{ .name = "the last step ends", PARAMS(STEPS, U64(1), U16(0), U16(0), U32(0), 1, STEP(1, 1, 0)), REFUSES(BAD_STEP) },
	{ .name = "a step that never begins",
	  PARAMS(STEPS, U64(1), U16(0), U16(0), U32(0), 3, STEP(1, 9, 0), STEP(2, 9, 0), STEP(3, 0, 0)),
	  REFUSES(BAD_STEP) },
	{ .name = "more than any amount",
	  CHEAP,
	  .function = TALLY_FN_TERMS,
	  .answer = SALE_OVERFLOW,
	  .sale = &(const struct tally_sale_case){ .sale = HUGE_SALE } },
};

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_SALE,
	.name = "sale_crowd",
	.major = 1,
	.gas_max = 10000,
	.reasons = reasons,
	.sale = &functions,
	TALLY_VECTORS(vectors),
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
