/* Choosing what a payout plan pays: oldest first, leaving out what does not fit, so that one bad payout never blocks
 * another (I4). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/peg/heights.h"
#include "bridge/peg/member.h"
#include "bridge/peg/payout.h"
#include "bridge/peg/peg.h"
#include "bridge/peg/plan.h"

/* A payout in the queue, and why it can't go along; NULL while it can. */
struct wish {
	struct payout pay;
	const char *why;
	const char *passed; /* why this round left it out */
};

struct choice {
	struct planner *pl;
	uint32_t rate;
	struct wish *wish; /* oldest first; owned */
	size_t n;
	struct amount outflow_left, vault;
	struct draft draft;
	size_t chosen[PLAN_PAYOUTS_MAX];
	uint64_t fee;
};

static void
collect(struct choice *c)
{
	struct state_walk w;
	struct payout pay;
	size_t cap = 0;

	payout_queue_walk(&w, c->pl->x->state);
	while (payout_queue_next(&w, &pay)) {
		if (c->n == cap) {
			cap = cap == 0 ? 16 : 2 * cap;
			c->wish = mem_resize(c->wish, cap, sizeof(*c->wish));
		}
		c->wish[c->n++] = (struct wish){ .pay = pay };
	}
	for (size_t i = 0; i < c->pl->coins; i++)
		if (coin_in_vault(&c->pl->coin[i]) && c->pl->coin[i].plan == 0)
			c->vault = sum(c->vault, c->pl->coin[i].value);
}

/* Tell those that stay behind why. */
static void
explain(struct choice *c, const char *all)
{
	for (size_t i = 0; i < c->n; i++) {
		struct payout *pay = &c->wish[i].pay;
		const char *why = all != NULL ? all : c->wish[i].why != NULL ? c->wish[i].why : c->wish[i].passed;

		if (why == NULL || strcmp(pay->reason, why) == 0)
			continue;
		snprintf(pay->reason, sizeof(pay->reason), "%s", why);
		payout_put(c->pl->x->state, pay);
	}
}

static bool
fits(struct amount have, struct amount more, struct amount most)
{
	return amount_cmp(sum(have, more), most) <= 0;
}

/* Put the oldest that fit into the sheet. */
static void
choose(struct choice *c)
{
	struct plan_sheet *s = &c->draft.sheet;
	struct amount total = AMOUNT_ZERO;

	draft_start(&c->draft, c->pl, PLAN_PAYOUT, c->rate);
	for (size_t i = 0; i < c->n; i++) {
		struct wish *w = &c->wish[i];
		struct plan_pay *to = &s->pay[s->pay_n];

		w->passed = NULL;
		if (w->why != NULL)
			continue;
		if (s->pay_n == c->pl->p->plan_payouts)
			w->passed = "NEXT_BLOCK";
		else if (!fits(total, w->pay.amount, c->outflow_left))
			w->passed = "OUTFLOW_CAP";
		else if (!fits(total, w->pay.amount, c->vault))
			w->passed = "RESERVE_SHORT";
		if (w->passed != NULL)
			continue;
		total = sum(total, w->pay.amount);
		*to = (struct plan_pay){ .payout = w->pay.id, .amount = amount_units(w->pay.amount) };
		to->script_len = w->pay.script_len;
		memcpy(to->script, w->pay.script, w->pay.script_len);
		c->chosen[s->pay_n++] = i;
	}
}

/* A free vault output: its place among the planner's coins, which are the oldest first. */
struct input {
	size_t coin;
	uint64_t value;
};

static int
larger_first(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return x->coin < y->coin ? -1 : x->coin > y->coin;
}

/* Add inputs in this order until they cover payouts and fee and leave change; with all of them, without change too. */
static bool
fill_from(struct choice *c, const struct input *input, size_t n)
{
	struct planner *pl = c->pl;
	struct plan_sheet *s = &c->draft.sheet;
	uint64_t piece = amount_units(pl->p->change_piece);

	s->in_n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!draft_add_coin(&c->draft, pl, input[i].coin))
			return false;
		if (sheet_fund(&c->fee, s, &pl->vault, piece, planner_pieces(pl, n - s->in_n), s->in_n == n))
			return true;
	}
	return false;
}

/* Oldest first. When so many don't fit into a transaction, the largest: small outputs, which anybody can give the vault,
 * must not stop a payout. */
static bool
fill(struct choice *c)
{
	struct input *input = mem_new(c->pl->coins, sizeof(*input));
	size_t n = 0;
	bool filled;

	for (size_t i = 0; i < c->pl->coins; i++)
		if (coin_in_vault(&c->pl->coin[i]) && c->pl->coin[i].plan == 0)
			input[n++] = (struct input){ i, amount_units(c->pl->coin[i].value) };
	filled = fill_from(c, input, n);
	if (!filled && n > 1) {
		qsort(input, n, sizeof(*input), larger_first);
		filled = fill_from(c, input, n);
	}
	free(input);
	return filled;
}

/* No inputs carry all that is chosen: the newest stays behind; the oldest, when they don't carry even that alone. */
static void
leave_one_out(struct choice *c)
{
	size_t last = c->draft.sheet.pay_n - 1;

	c->draft.sheet.pay_n = 1;
	c->wish[c->chosen[last > 0 && fill(c) ? last : 0]].why = "RESERVE_SHORT";
}

/* Leave out whose max fee is below the share; false when there was none such. */
static bool
drop_unwilling(struct choice *c)
{
	const struct plan_sheet *s = &c->draft.sheet;
	uint64_t owed = plan_fee(plan_weight(s, &c->pl->vault), c->rate);
	uint64_t share = (owed + s->pay_n - 1) / s->pay_n;
	bool dropped = false;

	for (size_t i = 0; i < s->pay_n; i++) {
		struct wish *w = &c->wish[c->chosen[i]];

		if (amount_units(w->pay.max_fee) >= share)
			continue;
		w->why = "FEE_ABOVE_MAX";
		dropped = true;
	}
	return dropped;
}

/* The fee fund has what the shares don't cover: without change the fee is what is left over, and so may be above what is
 * owed. */
static bool
fund_covers(const struct choice *c)
{
	struct account fund = bank_fee_fund();
	struct asset_id coin = ASSET_COIN;
	const struct plan_sheet *s = &c->draft.sheet;
	uint64_t share = (c->fee + s->pay_n - 1) / s->pay_n, covered = amount_units(bank_balance(c->pl->x->state, &fund, &coin));

	for (size_t i = 0; i < s->pay_n; i++)
		covered += amount_units(amount_min(c->wish[c->chosen[i]].pay.max_fee, satoshi(share)));
	return covered >= c->fee;
}

/* Leave out at once what could not even pay for its own output. */
static void
drop_hopeless(struct choice *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (amount_units(c->wish[i].pay.max_fee) < plan_fee(4 * (9 + c->wish[i].pay.script_len), c->rate))
			c->wish[i].why = "FEE_ABOVE_MAX";
}

/* Each round leaves out at least one more, so it ends. */
static bool
settle_choice(struct choice *c)
{
	for (;;) {
		choose(c);
		if (c->draft.sheet.pay_n == 0)
			return false;
		if (!fill(c))
			leave_one_out(c);
		else if (!drop_unwilling(c)) {
			if (fund_covers(c))
				return true;
			c->wish[c->chosen[c->draft.sheet.pay_n - 1]].why = "FEE_ABOVE_MAX";
		}
	}
}

static const char *
held_back(struct choice *c, char reason[PEG_REASON_LEN], const struct books *b)
{
	const struct state *s = c->pl->x->state;

	if (peg_state_now(reason, s, c->pl->x->env->time) != PEG_OPEN)
		return reason;
	c->rate = feerate_median(NULL, s, c->pl->p);
	if (c->rate == 0)
		return "NO_FEE_RATE";
	if (hash256_eq(&b->planned_at, &c->pl->relay.hash))
		return "NEXT_BLOCK";
	return NULL;
}

static void
make(struct choice *c)
{
	const struct peg_params *p = c->pl->p;
	struct amount planned = AMOUNT_ZERO, used = window_sum(c->pl->x->state, KEY_OUTFLOW, c->pl->relay.height, p->cap_window);
	struct books b;

	if (!amount_sub(&c->outflow_left, p->outflow_cap, used))
		c->outflow_left = AMOUNT_ZERO;
	drop_hopeless(c);
	if (!settle_choice(c) || !draft_store(&c->draft, c->pl, c->fee)) {
		explain(c, NULL);
		return;
	}
	for (size_t i = 0; i < c->draft.sheet.pay_n; i++) {
		planned = sum(planned, c->wish[c->chosen[i]].pay.amount);
		c->wish[c->chosen[i]].passed = NULL;
	}
	window_add(c->pl->x->state, KEY_OUTFLOW, c->pl->relay.height, p->cap_window, planned);
	books_get(&b, c->pl->x->state);
	b.planned_at = c->pl->relay.hash;
	books_put(c->pl->x->state, &b);
	explain(c, NULL);
}

void
plan_payouts_due(struct planner *pl)
{
	struct choice *c = mem_new(1, sizeof(*c));
	char reason[PEG_REASON_LEN];
	struct books b;

	c->pl = pl;
	collect(c);
	if (c->n > 0) {
		const char *held;

		books_get(&b, pl->x->state);
		held = held_back(c, reason, &b);
		if (held != NULL)
			explain(c, held);
		else
			make(c);
	}
	free(c->wish);
	free(c);
}
