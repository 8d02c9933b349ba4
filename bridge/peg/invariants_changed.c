/* The invariants after a block, given that they held before it: only what the block wrote, and the records whose checks read that, are
 * looked at again. Three small states stand for this:
 *
 *   before, after   records that were written, as they were and as they are
 *   near            those as they are, and all others that one of them names or is named by
 *
 * A check of a single record reads the records that it names; so a check can have another answer now only when it is in `near`. Sums move by
 * what `after` has more than `before`. */
#include <string.h>

#include "bridge/peg/heights.h"
#include "bridge/peg/invariants.h"
#include "bridge/peg/invariants_parts.h"
#include "bridge/peg/reserve.h"
#include "bridge/peg/state_key.h"
#include "token/bank.h"

struct touched {
	const struct state *s;
	struct state *before, *after, *near; /* owned */
	bool relay, params;
};

static void
add_near(struct touched *t, const struct state_key *k)
{
	size_t len;
	const uint8_t *value = key_get(t->s, &len, k);

	if (value != NULL)
		state_load(t->near, k->b, k->n, value, len);
}

static void
add_coin(struct touched *t, const struct outpoint *o)
{
	struct state_key coin = key_with_outpoint(KEY_COIN, o), deposit = key_with_outpoint(KEY_DEPOSIT, o);

	add_near(t, &coin);
	add_near(t, &deposit);
}

static void
add_plan(struct touched *t, uint64_t id)
{
	struct state_key k = key_with_u64(KEY_PLAN, id);

	if (id != 0)
		add_near(t, &k);
}

static void
add_open(struct touched *t, const uint8_t *value, size_t len)
{
	struct rd r = rd_init(value, len);
	struct outpoint o;

	rd_outpoint(&r, &o);
	if (rd_done(&r))
		add_coin(t, &o);
}

/* What an index or a part of a record belongs to. */
static void
add_owner(struct touched *t, const uint8_t *key, const uint8_t *old, size_t old_len, const uint8_t *now, size_t len)
{
	struct state_key payout;
	struct outpoint o;

	switch ((int)key[1]) {
	case KEY_COIN:
	case KEY_COIN_SPENT:
	case KEY_DEPOSIT:
		o = key_read_outpoint(key, 0);
		add_coin(t, &o);
		break;
	case KEY_DEPOSIT_OPEN:
		if (old != NULL)
			add_open(t, old, old_len);
		if (now != NULL)
			add_open(t, now, len);
		break;
	case KEY_HEIGHT:
		if (key[6] == HEIGHT_DEPOSIT) {
			o = key_read_outpoint(key, 5);
			add_coin(t, &o);
		}
		break;
	case KEY_QUEUE:
		payout = key_with_u64(KEY_PAYOUT, key_read_u64(key, 0));
		add_near(t, &payout);
		break;
	case KEY_HEADER:
	case KEY_BEST:
	case KEY_TIP:
	case KEY_SIDE:
	case KEY_RIVAL:
		t->relay = true;
		break;
	case KEY_PARAMS:
		t->params = true;
		break;
	default:
		break;
	}
}

static void
on_change(void *context, const uint8_t *key, size_t key_len, const uint8_t *old, size_t old_len, const uint8_t *now, size_t len)
{
	struct touched *t = context;

	if (key_len < 2)
		return;
	if (old != NULL)
		state_load(t->before, key, key_len, old, old_len);
	if (now != NULL) {
		state_load(t->after, key, key_len, now, len);
		state_load(t->near, key, key_len, now, len);
	}
	add_owner(t, key, old, old_len, now, len);
}

/* Outputs of a plan's versions: coins of the vault that it may have made. */
static void
add_made(struct touched *t, const struct plan *plan)
{
	struct plan_version v;

	for (uint32_t i = 0; i < plan->versions; i++) {
		if (!plan_version_get(&v, t->s, plan->id, i))
			continue;
		for (uint32_t out = 0; out < plan->payouts_n + PLAN_CHANGE_MAX + 2; out++) {
			struct outpoint o = { v.txid, out };

			add_coin(t, &o);
		}
	}
}

/* What records of `from` name. */
static void
add_named(struct touched *t, const struct state *from)
{
	struct state_walk w;
	struct plan plan;
	struct coin c;

	coin_walk(&w, from);
	while (coin_walk_next(&w, &c)) {
		add_plan(t, c.plan);
		add_plan(t, c.maker);
	}
	plan_walk(&w, from);
	while (plan_walk_next(&w, &plan)) {
		for (size_t i = 0; i < plan.in_n; i++)
			add_coin(t, &plan.in[i].outpoint);
		for (size_t i = 0; i < plan.payouts_n; i++) {
			struct state_key k = key_with_u64(KEY_PAYOUT, plan.payout[i]);

			add_near(t, &k);
		}
		add_made(t, &plan);
	}
}

/* The best branch has changed: whatever waits on a block of it. */
static void
add_waiting(struct touched *t)
{
	struct state_walk w;

	key_walk(&w, t->s, KEY_DEPOSIT_OPEN);
	while (state_walk_next(&w))
		add_open(t, w.value, w.value_len);
	key_walk(&w, t->s, KEY_PLAN_LIVE);
	while (state_walk_next(&w))
		add_plan(t, key_read_u64(w.key, 0));
}

static struct amount
balance_before(const struct state *s, const struct account *who)
{
	struct asset_id coin = ASSET_COIN;
	uint8_t key[BANK_BALANCE_KEY_LEN];
	const uint8_t *old;
	size_t len;
	struct rd r;

	bank_balance_key(key, who, &coin);
	if (!state_was(s, &old, &len, key, sizeof(key)))
		return bank_balance(s, who, &coin);
	r = rd_init(old, len);
	return old != NULL ? rd_amount(&r) : AMOUNT_ZERO;
}

/* a + more == b + less */
static bool
moved(struct amount a, struct amount more, struct amount b, struct amount less)
{
	return amount_cmp(sum(a, more), sum(b, less)) == 0;
}

static const char *
check_sums(const struct touched *t, const struct books *old, const struct books *now)
{
	struct account frozen = peg_frozen(), escrow = peg_escrow();
	struct asset_id coin = ASSET_COIN;
	struct peg_sums before, after;

	peg_sums_of(&before, t->before);
	peg_sums_of(&after, t->after);
	if (!moved(old->reserve, after.reserve, now->reserve, before.reserve))
		return "I1: the reserve is not the sum of its coins";
	if (!moved(balance_before(t->s, &frozen), after.frozen, bank_balance(t->s, &frozen, &coin), before.frozen))
		return "I1: the frozen balance is not what the deposits say";
	if (!moved(balance_before(t->s, &escrow), after.escrow, bank_balance(t->s, &escrow, &coin), before.escrow))
		return "I1: the escrow is not what payouts and plans say";
	return now->deposits < old->deposits ? "I2: numbers of deposits are given out again" : NULL;
}

static const char *
check_touched(struct touched *t)
{
	struct state_key key = key_of(KEY_BOOKS);
	struct books now, old;
	struct peg_params p;
	const char *why;

	books_get(&now, t->s);
	memset(&old, 0, sizeof(old));
	if (key_there(t->before, &key))
		books_get(&old, t->before);
	else if (!key_there(t->after, &key))
		old = now;
	if (t->relay)
		add_waiting(t);
	add_named(t, t->before);
	add_named(t, t->after);
	if (t->params) {
		record_params_get(&p, t->s);
		if (peg_params_check(&p) != NULL)
			return "I6: the parameters make no sense";
	}
	why = check_sums(t, &old, &now);
	if (why == NULL)
		why = peg_check_records(t->s, t->near, &now);
	return why == NULL && t->relay ? peg_check_relay(t->s) : why;
}

const char *
peg_invariants_changed(const struct state *s)
{
	struct touched t = { .s = s, .before = state_new(), .after = state_new(), .near = state_new() };
	const char *why;

	state_changes(s, PEG_LETTER, on_change, &t);
	why = check_touched(&t);
	state_free(t.before);
	state_free(t.after);
	state_free(t.near);
	return why;
}
