/* The rule sale_crowd against a model of its own in wide arithmetic, for random prices and whole courses of sales. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token/plugin_host.h"

typedef unsigned __int128 wide;

#define OPEN 1000
#define STEPS 4

struct terms {
	unsigned kind; /* 0 fixed, 1 steps, 2 linear */
	uint64_t units, bonus, bonus_end, bonus_time, last;
	struct {
		uint64_t price, until_time, until_raised;
	} steps[STEPS];
	unsigned steps_n;
	struct tally_sale sale;
	struct wr params;
};

struct trial {
	uint64_t seed;
	struct terms t;
	struct state *state;
	struct block_env env;
	struct exec exec;
	struct rule_instance instance;
};

static uint64_t
draw(struct trial *t, uint64_t n)
{
	t->seed ^= t->seed << 13;
	t->seed ^= t->seed >> 7;
	t->seed ^= t->seed << 17;
	return t->seed % n;
}

static void
put(struct wr *w, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		wr_u8(w, (uint8_t)(v >> 8 * i));
}

static void
draw_steps(struct trial *t, uint64_t price)
{
	struct terms *m = &t->t;
	uint64_t time = 0, raised = 0;

	m->steps_n = m->kind == 1 ? 1 + (unsigned)draw(t, STEPS) : 1;
	for (unsigned i = 0; i < m->steps_n; i++) {
		bool last = i + 1 == m->steps_n;

		m->steps[i].price = price;
		price += draw(t, 1 + price);
		m->steps[i].until_time = last || draw(t, 3) == 0 ? 0 : (time += 1 + draw(t, 300));
		m->steps[i].until_raised = last || (m->steps[i].until_time != 0 && draw(t, 2) == 0) ? 0 : (raised += 1 + draw(t, m->sale.hard_cap / 2 + 1));
	}
	m->last = m->kind == 2 ? m->steps[0].price + draw(t, 1 + m->steps[0].price) : m->steps[m->steps_n - 1].price;
}

static void
encode(struct terms *m)
{
	wr_reset(&m->params);
	put(&m->params, m->kind, 1);
	put(&m->params, m->units, 8);
	put(&m->params, m->bonus, 2);
	put(&m->params, m->bonus_end, 2);
	put(&m->params, m->bonus_time, 4);
	if (m->kind == 1)
		put(&m->params, m->steps_n, 1);
	for (unsigned i = 0; i < m->steps_n; i++) {
		put(&m->params, m->steps[i].price, 8);
		if (m->kind == 1) {
			put(&m->params, m->steps[i].until_time, 4);
			put(&m->params, m->steps[i].until_raised, 8);
		}
	}
	if (m->kind == 2)
		put(&m->params, m->last, 8);
}

/* Sizes from single units to as much as there can be. */
static uint64_t
some_size(struct trial *t, uint64_t most)
{
	uint64_t scale = 1;

	for (uint64_t n = draw(t, 15); n > 0 && scale < most / 10; n--)
		scale *= 10;
	return 1 + draw(t, scale < most ? scale : most);
}

static void
trial_draw(struct trial *t)
{
	struct terms *m = &t->t;

	m->kind = (unsigned)draw(t, 3);
	m->units = some_size(t, 100000000000000);
	m->bonus = draw(t, 2) * draw(t, 5001);
	m->bonus_end = draw(t, m->bonus + 1);
	m->bonus_time = m->bonus == 0 ? 0 : 1 + draw(t, 1500);
	m->sale = (struct tally_sale){ .size = sizeof(m->sale), .open = OPEN, .close = OPEN + 1 + (int64_t)draw(t, 1000), .tokens = INT64_MAX };
	m->sale.hard_cap = some_size(t, INT64_MAX / 2);
	draw_steps(t, some_size(t, 1000000000000));
	encode(m);
	t->instance = (struct rule_instance){ .scope = 's', .params = m->params.p, .params_len = m->params.len };
}

/* ---- the model ---- */

static wide
div_up(wide a, wide b)
{
	return (a + b - 1) / b;
}

static uint64_t
model_bonus(const struct terms *m, uint64_t passed)
{
	if (passed >= m->bonus_time)
		return 0;
	return m->bonus - (uint64_t)div_up((wide)(m->bonus - m->bonus_end) * passed, m->bonus_time);
}

static uint64_t
model_price(const struct terms *m, unsigned i, uint64_t passed)
{
	uint64_t length = (uint64_t)(m->sale.close - m->sale.open);

	return m->steps[i].price + (m->kind == 2 ? (uint64_t)div_up((wide)(m->last - m->steps[0].price) * passed, length) : 0);
}

/* The price of the next unit of payment. */
static unsigned
model_step(const struct terms *m, uint64_t passed, uint64_t raised)
{
	unsigned i = 0;

	while (i + 1 < m->steps_n && ((m->steps[i].until_time != 0 && passed >= m->steps[i].until_time) ||
				      (m->steps[i].until_raised != 0 && raised >= m->steps[i].until_raised)))
		i++;
	return i;
}

/* No payment buys more than its units one by one at the prices in force, exactly: numerator over 10,000 * all prices is avoided by taking
 * each step by itself and rounding up. */
static wide
model_most(const struct terms *m, uint64_t passed, uint64_t raised, uint64_t payment)
{
	wide rate = (wide)m->units * (10000 + model_bonus(m, passed)), most = 0;

	while (payment > 0) {
		unsigned i = model_step(m, passed, raised);
		uint64_t room = m->steps[i].until_raised > raised && i + 1 < m->steps_n ? m->steps[i].until_raised - raised : payment;
		uint64_t now = room < payment ? room : payment;

		most += div_up((wide)now * rate, (wide)model_price(m, i, passed) * 10000);
		raised += now;
		payment -= now;
	}
	return most;
}

/* ---- properties ---- */

static void
check_quote(const struct trial *t, const struct tally_sale_buy *b, const struct tally_quote *q)
{
	const struct terms *m = &t->t;
	uint64_t passed = (uint64_t)(t->env.time.sec - OPEN);
	unsigned first = model_step(m, passed, b->raised), last = model_step(m, passed, b->raised + q->payment - 1);
	wide rate = (wide)m->units * (10000 + model_bonus(m, passed));

	CU_ASSERT(q->payment >= 1 && q->payment <= b->payment && q->tokens >= 1);
	CU_ASSERT((wide)q->tokens <= model_most(m, passed, b->raised, q->payment));
	if (first == model_step(m, passed, b->raised + b->payment - 1)) {
		/* one price: exactly the tokens that the payment covers, and exactly what they cost, rounded up */
		wide price = (wide)model_price(m, first, passed) * 10000;

		CU_ASSERT((wide)q->tokens == (wide)b->payment * rate / price);
		CU_ASSERT((wide)q->payment == div_up((wide)q->tokens * price, rate));
	}
	/* what comes back would not have bought another unit at the last price */
	CU_ASSERT((wide)(b->payment - q->payment) * rate < (wide)model_price(m, m->kind == 1 ? m->steps_n - 1 : last, passed) * 10000);
}

static void
run_sale(struct trial *t, const struct tally_plugin *p, const struct tally_sale_bounds *bounds)
{
	struct tally_sale_buy b = { .size = sizeof(b), .sale = t->t.sale };
	int64_t length = t->t.sale.close - OPEN;

	for (int n = 0; n < 30 && b.raised < t->t.sale.hard_cap; n++) {
		uint64_t room = t->t.sale.hard_cap - b.raised;
		struct tally_quote q;
		const char *why;

		t->env.time.sec += (int64_t)draw(t, 100);
		if (t->env.time.sec >= OPEN + length)
			break;
		b.payment = draw(t, 3) == 0 ? room : 1 + draw(t, room);
		why = plugin_sale_quote(&q, &t->exec, p, &t->instance, &b);
		if (why != NULL) {
			CU_ASSERT_STRING_EQUAL(why, "ZERO_TOKENS");
			CU_ASSERT(b.payment < bounds->payment_least);
			continue;
		}
		check_quote(t, &b, &q);
		b.raised += q.payment;
		b.sold += q.tokens;
		CU_ASSERT_FATAL(b.sold <= bounds->tokens_most);
	}
}

static void
courses_of_sales(void)
{
	const char *given = getenv("TALLY_SEED");
	struct trial t = { .seed = given != NULL ? strtoull(given, NULL, 10) : 77 };
	const struct tally_plugin *p = sale_crowd_entry();
	unsigned good = 0;

	printf(" seed %llu", (unsigned long long)t.seed);
	t.state = state_new();
	t.exec = (struct exec){ .state = t.state, .env = &t.env };
	for (int n = 0; n < 3000; n++) {
		struct tally_sale_bounds bounds;
		const char *why;

		t.env.time.sec = OPEN;
		trial_draw(&t);
		why = plugin_sale_check(&bounds, &t.exec, p, &t.instance, &t.t.sale);
		if (why != NULL) {
			CU_ASSERT_STRING_EQUAL(why, "SALE_OVERFLOW");
			CU_ASSERT(model_most(&t.t, 0, 0, t.t.sale.hard_cap) > INT64_MAX);
			continue;
		}
		good++;
		CU_ASSERT((wide)bounds.tokens_most == model_most(&t.t, 0, 0, t.t.sale.hard_cap));
		run_sale(&t, p, &bounds);
	}
	CU_ASSERT(good > 1000);
	wr_clear(&t.t.params);
	state_free(t.state);
}

/* Parameters of any bytes are judged, not believed. */
static void
any_bytes(void)
{
	struct trial t = { .seed = 5 };
	const struct tally_plugin *p = sale_crowd_entry();
	struct tally_sale sale = { .size = sizeof(sale), .open = OPEN, .close = OPEN + 1000, .hard_cap = 100000, .tokens = INT64_MAX };
	struct tally_sale_buy b = { .size = sizeof(b), .sale = sale, .payment = 1000 };

	t.state = state_new();
	t.exec = (struct exec){ .state = t.state, .env = &t.env };
	t.env.time.sec = OPEN + 5;
	for (int n = 0; n < 20000; n++) {
		struct tally_sale_bounds bounds;
		struct tally_quote q;
		uint8_t bytes[80];
		size_t len = draw(&t, 4) == 0 ? draw(&t, sizeof(bytes)) : (size_t[]){ 25, 33, 38, 58 }[draw(&t, 4)];

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(draw(&t, 3) == 0 ? draw(&t, 256) : draw(&t, 3));
		t.instance = (struct rule_instance){ .scope = 's', .params = bytes, .params_len = len };
		if (plugin_sale_check(&bounds, &t.exec, p, &t.instance, &sale) != NULL)
			continue;
		if (plugin_sale_quote(&q, &t.exec, p, &t.instance, &b) == NULL)
			CU_ASSERT(q.tokens <= bounds.tokens_most);
	}
	state_free(t.state);
}

static const struct unit_test tests[] = {
	{ "courses of sales", courses_of_sales },
	{ "any bytes", any_bytes },
};

UNIT_MAIN("rule sale_crowd", tests)
