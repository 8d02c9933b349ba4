/* I2  An outpoint is credited at most once, for ever: mint() is called only for a record without a coin that was never
 *     MINTED, and a record that was MINTED is never deleted.
 * I3  A record that waits says for what in `reason`; KEY_DEPOSIT_OPEN holds exactly the WAITING and QUARANTINED ones. */
#include "bridge/peg/deposit.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bridge/peg/heights.h"
#include "bridge/peg/peg.h"
#include "bridge/peg/plan.h"
#include "token/asset.h"
#include "token/sale.h"

uint32_t
deposit_required_depth(const struct peg_params *p, const struct deposit *d)
{
	uint32_t need = peg_required_depth(p, d->value);

	return d->coinbase && need < p->chain->coinbase_maturity ? p->chain->coinbase_maturity : need;
}

/* --- the sum rule: height -> sum minted of that block's deposits, as long as it is shallow */

static struct amount
shallow_at(const uint8_t *value, size_t len)
{
	struct rd r = rd_init(value, len);

	return rd_amount(&r);
}

static void
shallow_add(struct state *s, uint32_t height, struct amount a)
{
	struct state_key k = key_with_u32(KEY_SHALLOW, height);
	struct wr w = { 0 };
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);

	wr_amount(&w, sum(shallow_at(v, len), a));
	key_put(s, &k, &w);
}

struct amount
deposit_shallow_sum(const struct state *s, uint32_t depth)
{
	struct amount total = AMOUNT_ZERO;
	struct state_walk w;

	key_walk(&w, s, KEY_SHALLOW);
	while (state_walk_next(&w))
		if (relay_depth(s, key_read_u32(w.key, 0)) < depth)
			total = sum(total, shallow_at(w.value, w.value_len));
	return total;
}

static void
shallow_prune(struct state *s, const struct peg_params *p)
{
	struct state_walk w;

	key_walk(&w, s, KEY_SHALLOW);
	while (state_walk_next(&w))
		if (relay_depth(s, key_read_u32(w.key, 0)) >= p->depth[2])
			state_delete(s, w.key, w.key_len);
}

void
deposit_shallow_drop(struct state *s, uint32_t above)
{
	struct state_walk w;

	key_walk(&w, s, KEY_SHALLOW);
	while (state_walk_next(&w))
		if (key_read_u32(w.key, 0) > above)
			state_delete(s, w.key, w.key_len);
}

/* --- may it be minted? */

/* The sums that stand in a mint's way, kept up to date while several are minted. */
struct gate {
	enum peg_state state;
	char reason[PEG_REASON_LEN];
	uint32_t tip;
	struct amount shallow[2], inflow, supply;
};

static void
gate_open(struct gate *g, const struct exec *x, const struct peg_params *p)
{
	struct asset_id coin = ASSET_COIN;
	struct relay relay;

	relay_get(&relay, x->state);
	g->state = peg_state_now(g->reason, x->state, x->env->time);
	g->tip = relay.height;
	for (size_t i = 0; i < ARRAY_LEN(g->shallow); i++)
		g->shallow[i] = deposit_shallow_sum(x->state, p->depth[i + 1]);
	g->inflow = window_sum(x->state, KEY_INFLOW, relay.height, p->cap_window);
	g->supply = bank_supply(x->state, &coin);
}

static bool
over(struct amount have, struct amount more, struct amount cap)
{
	return amount_cmp(sum(have, more), cap) > 0;
}

static const char *
cap_reached(const struct gate *g, const struct peg_params *p, struct amount value)
{
	if (amount_cmp(value, p->deposit_max) > 0)
		return "DEPOSIT_CAP";
	if (over(g->supply, value, p->supply_cap))
		return "SUPPLY_CAP";
	if (over(g->inflow, value, p->inflow_cap))
		return "INFLOW_CAP";
	return NULL;
}

static const char *
too_shallow(const struct gate *g, const struct peg_params *p, const struct deposit *d, uint32_t depth)
{
	if (depth < deposit_required_depth(p, d))
		return "DEPTH";
	for (size_t i = 0; i < ARRAY_LEN(g->shallow); i++)
		if (depth < p->depth[i + 1] && over(g->shallow[i], d->value, p->shallow_cap[i]))
			return "SHALLOW_SUM";
	return NULL;
}

static bool
is_late(const struct gate *g, const struct peg_params *p, const struct deposit *d)
{
	uint64_t reclaim = (uint64_t)d->block.height + p->reclaim_delay;

	return (uint64_t)g->tip + p->sweep_margin > reclaim;
}

/* The state that an unminted deposit is in now, with its reason. */
static enum deposit_state
judge(const char **reason, const struct gate *g, const struct peg_params *p, const struct deposit *d, uint32_t depth)
{
	*reason = "";
	if (amount_cmp(d->value, p->deposit_min) < 0)
		return DEPOSIT_BELOW_MIN;
	if (is_late(g, p, d))
		return DEPOSIT_LATE;
	*reason = too_shallow(g, p, d, depth);
	if (*reason != NULL)
		return DEPOSIT_WAITING_DEPTH;
	*reason = g->state == PEG_OPEN ? cap_reached(g, p, d->value) : g->reason;
	if (*reason != NULL)
		return DEPOSIT_WAITING_CAP;
	*reason = "";
	return DEPOSIT_MINTED;
}

/* --- records, their indexes and events */

static void
set_open(struct state *s, const struct deposit *d)
{
	struct state_key k = key_with_u64(KEY_DEPOSIT_OPEN, d->number);
	struct wr w = { 0 };

	switch (d->state) {
	case DEPOSIT_WAITING_DEPTH:
	case DEPOSIT_WAITING_CAP:
	case DEPOSIT_QUARANTINED:
		wr_outpoint(&w, &d->outpoint);
		key_put(s, &k, &w);
		return;
	case DEPOSIT_BELOW_MIN:
	case DEPOSIT_LATE:
	case DEPOSIT_MINTED:
	case DEPOSIT_RECLAIMED:
	case DEPOSIT_DEAD:
		key_delete(s, &k);
		return;
	}
}

/* Store a deposit in a state, and tell. */
static void
enter(struct exec *x, struct deposit *d, enum deposit_state state, const char *reason)
{
	struct wr w = { 0 };

	d->state = state;
	snprintf(d->reason, sizeof(d->reason), "%s", reason);
	deposit_put(x->state, d);
	set_open(x->state, d);
	wr_outpoint(&w, &d->outpoint);
	wr_u8(&w, (uint8_t)state);
	wr_varbytes(&w, d->reason, strlen(d->reason));
	exec_event(x, "PEG_DEPOSIT", w.p, w.len);
	exec_involve(x, &d->terms.account);
	wr_clear(&w);
}

static void
mark_block(struct state *s, const struct deposit *d)
{
	height_mark(s, &(struct height_entry){ .height = d->block.height, .kind = HEIGHT_DEPOSIT, .outpoint = d->outpoint });
}

static void
unmark_block(struct state *s, const struct deposit *d)
{
	height_unmark(s, &(struct height_entry){ .height = d->block.height, .kind = HEIGHT_DEPOSIT, .outpoint = d->outpoint });
}

static void
forget(struct exec *x, struct deposit *d)
{
	struct state_key open = key_with_u64(KEY_DEPOSIT_OPEN, d->number);

	deposit_delete(x->state, &d->outpoint);
	key_delete(x->state, &open);
}

/* --- minting */

static void
mint_tokens(struct exec *x, struct deposit *d, struct amount coin)
{
	const char *why;

	if (asset_id_eq(&d->terms.asset, &ASSET_COIN))
		return;
	why = asset_mint_backed(x, &d->minted, &d->terms.asset, &d->terms.account, coin);
	d->tokens = why == NULL;
	snprintf(d->reason, sizeof(d->reason), "%s", why == NULL ? "" : why);
}

static void
mint(struct exec *x, const struct peg_params *p, struct gate *g, struct deposit *d, uint32_t depth)
{
	struct coin coin = { .outpoint = d->outpoint, .kind = COIN_DEPOSIT, .epoch = d->terms.epoch, .value = d->value };
	struct account fund = bank_fee_fund();
	struct amount rest = difference(d->value, p->deposit_fee);
	char reason[PEG_REASON_LEN];

	coin.height = d->block.height;
	reserve_put(x->state, &coin);
	supply_mint(x->state, &d->terms.account, rest);
	supply_mint(x->state, &fund, p->deposit_fee);
	window_add(x->state, KEY_INFLOW, g->tip, p->cap_window, d->value);
	g->inflow = sum(g->inflow, d->value);
	g->supply = sum(g->supply, d->value);
	if (depth < p->depth[2])
		shallow_add(x->state, d->block.height, d->value);
	for (size_t i = 0; i < ARRAY_LEN(g->shallow); i++)
		if (depth < p->depth[i + 1])
			g->shallow[i] = sum(g->shallow[i], d->value);
	d->reason[0] = '\0';
	mint_tokens(x, d, rest);
	memcpy(reason, d->reason, sizeof(reason));
	enter(x, d, DEPOSIT_MINTED, reason);
}

/* Put an unminted deposit into the state that it is in now; mint it when nothing stands in the way. */
static void
settle_state(struct exec *x, const struct peg_params *p, struct gate *g, struct deposit *d, bool fresh)
{
	uint32_t depth = relay_depth(x->state, d->block.height);
	const char *reason;
	enum deposit_state state = judge(&reason, g, p, d, depth);

	if (state == DEPOSIT_MINTED)
		mint(x, p, g, d, depth);
	else if (fresh || state != d->state || strcmp(reason, d->reason) != 0)
		enter(x, d, state, reason);
}

/* --- the operation */

static const char *
check_output(struct amount *value, const struct exec *x, const struct txproof *proof, const struct op_deposit *op)
{
	uint8_t script[P2TR_LEN];
	struct vault v;
	bool good;

	if (op->terms.account.type != ACCOUNT_KEY && op->terms.account.type != ACCOUNT_POLICY)
		return "BAD_ACCOUNT";
	if (op->index >= proof->tx.out_n)
		return "NO_SUCH_OUTPUT";
	if (!peg_vault(&v, x->state, op->terms.epoch))
		return "UNKNOWN_EPOCH";
	good = deposit_script(script, NULL, &v, &op->terms);
	vault_clear(&v);
	if (!good)
		return "BAD_RECLAIM_KEY";
	if (proof->tx.out[op->index].script_len != P2TR_LEN || memcmp(proof->tx.out[op->index].script, script, P2TR_LEN) != 0)
		return "NOT_THE_ADDRESS";
	if (proof->tx.out[op->index].value > COIN_MAX)
		return "BAD_VALUE";
	*value = satoshi(proof->tx.out[op->index].value);
	return NULL;
}

/* A deposit that lost its block stands in another one now; end_block lets it return at the depth needed. */
static const char *
reprove(struct exec *x, struct deposit *d, const struct block_ref *block, bool coinbase)
{
	struct coin c;

	if (!coin_get(&c, x->state, &d->outpoint) || !c.suspended || relay_on_best(x->state, &d->block))
		return "DEPOSIT_KNOWN";
	d->block = *block;
	d->coinbase = coinbase;
	mark_block(x->state, d);
	c.height = block->height;
	reserve_put(x->state, &c);
	enter(x, d, DEPOSIT_QUARANTINED, "DEPTH");
	return NULL;
}

static const char *
take(struct exec *x, const struct peg_params *p, const struct op_deposit *op, const struct txproof *proof,
     const struct block_ref *block)
{
	struct deposit d = { .outpoint = { .index = op->index }, .terms = op->terms, .block = *block };
	struct xonly_key key;
	struct gate g;
	struct books b;
	struct coin c;
	const char *why = check_output(&d.value, x, proof, op);

	if (why != NULL)
		return why;
	d.coinbase = proof->index == 0;
	tx_txid(&d.outpoint.txid, &proof->tx);
	if (deposit_get(&d, x->state, &d.outpoint))
		return d.state == DEPOSIT_QUARANTINED ? reprove(x, &d, block, proof->index == 0) : "DEPOSIT_KNOWN";
	if (coin_get(&c, x->state, &d.outpoint))
		return "DEPOSIT_KNOWN";
	books_get(&b, x->state);
	d.number = ++b.deposits;
	books_put(x->state, &b);
	mark_block(x->state, &d);
	memcpy(key.b, proof->tx.out[op->index].script + 2, sizeof(key.b));
	known_script_put(x->state, &key);
	gate_open(&g, x, p);
	settle_state(x, p, &g, &d, true);
	return NULL;
}

const char *
deposit_apply(struct exec *x, const struct peg_params *p, const struct op_deposit *op)
{
	struct txproof proof;
	struct block_ref block;
	const char *why = proof_take(&proof, &block, x->state, p->chain, op->proof, op->proof_len);

	if (why != NULL)
		return why;
	why = take(x, p, op, &proof, &block);
	txproof_clear(&proof);
	return why;
}

/* --- quarantine */

void
deposit_quarantine(struct exec *x, const struct peg_params *p, struct deposit *d, const char *reason)
{
	struct asset_id coin = ASSET_COIN;
	struct amount credited = difference(d->value, p->deposit_fee);
	struct account frozen = peg_frozen();
	struct relay relay;

	relay_get(&relay, x->state);
	d->since = relay.height;
	d->frozen = amount_min(bank_balance(x->state, &d->terms.account, &coin), credited);
	coin_move(x->state, &d->terms.account, &frozen, d->frozen);
	d->frozen = sum(d->frozen, sale_hold(x, d->number, &d->terms.account, difference(credited, d->frozen), &frozen));
	enter(x, d, DEPOSIT_QUARANTINED, reason);
}

void
deposit_return(struct exec *x, struct deposit *d)
{
	struct account frozen = peg_frozen();
	struct amount in_sales = sale_hold_return(x, d->number, &frozen);

	coin_move(x->state, &frozen, &d->terms.account, difference(d->frozen, in_sales));
	d->frozen = AMOUNT_ZERO;
	d->spent = (struct block_ref){ 0 };
	enter(x, d, DEPOSIT_MINTED, "");
}

/* QUARANTINED -> DEAD. Its frozen balance is burnt, the fee fund covers what it can, the rest of the deficit stays. */
static void
die(struct exec *x, struct deposit *d, const char *reason, uint64_t plan)
{
	struct account frozen = peg_frozen(), fund = bank_fee_fund();
	struct amount burnt = deficit_burn(x->state, &frozen, d->frozen);

	sale_hold_drop(x, d->number);
	/* a deficit that was covered meanwhile leaves frozen coin over */
	coin_move(x->state, &frozen, &fund, difference(d->frozen, burnt));
	(void)deficit_burn(x->state, &fund, difference(d->value, burnt));
	d->frozen = AMOUNT_ZERO;
	reserve_forget(x->state, &d->outpoint);
	unmark_block(x->state, d);
	enter(x, d, DEPOSIT_DEAD, reason);
	if (plan != 0)
		plan_kill(x, plan, reason);
}

void
deposit_reclaimed(struct exec *x, struct deposit *d, const struct block_ref *spent)
{
	d->spent = *spent;
	enter(x, d, DEPOSIT_RECLAIMED, "");
}

void
deposit_block_left(struct exec *x, const struct peg_params *p, const struct outpoint *o)
{
	struct deposit d;
	struct coin c;

	if (!deposit_get(&d, x->state, o))
		return;
	switch (d.state) {
	case DEPOSIT_WAITING_DEPTH:
	case DEPOSIT_WAITING_CAP:
	case DEPOSIT_BELOW_MIN:
	case DEPOSIT_LATE:
	case DEPOSIT_RECLAIMED:
		forget(x, &d);
		return;
	case DEPOSIT_MINTED:
	case DEPOSIT_QUARANTINED:
		if (!coin_get(&c, x->state, o)) {
			/* swept, and the sweep is FINAL: the books cannot follow a reorganisation this deep */
			peg_halt(x, "DEEP_REORG");
			return;
		}
		c.suspended = true;
		reserve_impair(x->state, &c);
		if (d.state == DEPOSIT_MINTED)
			deposit_quarantine(x, p, &d, "REORGED");
		else
			enter(x, &d, DEPOSIT_QUARANTINED, "REORGED");
		return;
	case DEPOSIT_DEAD:
		return;
	}
}

/* Has the block of a spend or conflict reached the depth at which it counts as proven? */
static bool
is_proven(const struct exec *x, const struct peg_params *p, const struct deposit *d, const struct coin *c,
	  const struct block_ref *b)
{
	uint32_t need = deposit_required_depth(p, d);

	if (c->plan != 0 && need < p->dead_depth)
		need = p->dead_depth;
	return relay_on_best(x->state, b) && relay_depth(x->state, b->height) >= need;
}

static void
quarantine_step(struct exec *x, const struct peg_params *p, const struct gate *g, struct deposit *d)
{
	struct coin c;
	bool there = coin_get(&c, x->state, &d->outpoint);

	assert(there);
	if (c.spent) {
		if (is_proven(x, p, d, &c, &c.spent_in)) {
			d->spent = c.spent_in; /* where signers are shown why a plan with it can't confirm */
			die(x, d, "RECLAIMED", c.plan);
		}
	} else if (!block_ref_is_none(&d->spent)) {
		if (is_proven(x, p, d, &c, &d->spent))
			die(x, d, "CONFLICT", c.plan);
	} else if (relay_on_best(x->state, &d->block)) {
		uint32_t depth = relay_depth(x->state, d->block.height);

		if (depth < deposit_required_depth(p, d))
			return;
		c.suspended = false;
		reserve_impair(x->state, &c);
		/* its old block may have come back without a new proof */
		mark_block(x->state, d);
		if (depth < p->depth[2])
			shallow_add(x->state, d->block.height, d->value);
		deposit_return(x, d);
	} else if (g->tip >= d->since + p->quarantine_blocks) {
		/* no proof that a plan with this input can't confirm: the plan goes on waiting */
		die(x, d, "NO_PROOF", 0);
	}
}

void
deposits_end_block(struct exec *x, const struct peg_params *p)
{
	struct state_walk w;
	struct gate g;

	shallow_prune(x->state, p);
	gate_open(&g, x, p);
	key_walk(&w, x->state, KEY_DEPOSIT_OPEN);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.value, w.value_len);
		struct outpoint o;
		struct deposit d;
		bool there;

		rd_outpoint(&r, &o);
		there = deposit_get(&d, x->state, &o);
		assert(there);
		if (d.state == DEPOSIT_QUARANTINED)
			quarantine_step(x, p, &g, &d);
		else
			settle_state(x, p, &g, &d, false);
	}
}
