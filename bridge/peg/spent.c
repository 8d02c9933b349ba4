#include "bridge/peg/spent.h"

#include <assert.h>
#include <stdio.h>

#include "bridge/peg/deposit.h"
#include "bridge/peg/heights.h"
#include "bridge/peg/plan.h"
#include "bridge/peg/reserve.h"

#define BIP68_DISABLE 0x80000000u
#define BIP68_SECONDS 0x00400000u
#define BIP68_VALUE 0x0000ffffu

static const struct txin *
spending_input(const struct tx *tx, const struct outpoint *o)
{
	for (size_t i = 0; i < tx->in_n; i++)
		if (outpoint_eq(&tx->in[i].prevout, o))
			return &tx->in[i];
	return NULL;
}

/* BIP68: "If bit (1 << 31) of the sequence number is not set [and version >= 2] …" bit 22 chooses units of time; version
 * compares unsigned. */
static uint32_t
block_lock(const struct tx *tx, const struct txin *in)
{
	if ((uint32_t)tx->version < 2 || (in->sequence & (BIP68_DISABLE | BIP68_SECONDS)) != 0)
		return 0;
	return in->sequence & BIP68_VALUE;
}

static bool
is_plan_version(const struct state *s, const struct tx *tx)
{
	struct hash256 txid;
	uint64_t plan;
	uint32_t version;

	tx_txid(&txid, tx);
	return plan_find_txid(&plan, &version, s, &txid);
}

static const char *
spend_unminted(struct exec *x, const struct peg_params *p, struct deposit *d, const struct block_ref *block)
{
	if (relay_depth(x->state, block->height) < p->settle_depth)
		return "TOO_SHALLOW";
	deposit_reclaimed(x, d, block);
	return NULL;
}

static const char *
spend_coin(struct exec *x, const struct peg_params *p, struct coin *c, bool reclaimed, const struct block_ref *block)
{
	struct deposit d;

	if (c->spent)
		return "ALREADY_KNOWN";
	if (c->suspended)
		return "COIN_SUSPENDED";
	c->spent = true;
	c->reclaimed = reclaimed;
	c->spent_in = *block;
	reserve_impair(x->state, c);
	height_mark(x->state, &(struct height_entry){ .height = block->height, .kind = HEIGHT_SPEND, .outpoint = c->outpoint });
	if (!reclaimed) {
		struct wr w = { 0 };

		wr_outpoint(&w, &c->outpoint);
		wr_hash256(&w, &block->hash);
		exec_event(x, "PEG_ALARM", w.p, w.len);
		wr_clear(&w);
		peg_halt(x, "ALARM");
	} else if (deposit_get(&d, x->state, &c->outpoint)) {
		deposit_quarantine(x, p, &d, "RECLAIM_SEEN");
	}
	return NULL;
}

static const char *
spend(struct exec *x, const struct peg_params *p, const struct op_spent *op, const struct tx *tx, const struct block_ref *block)
{
	const struct txin *in = spending_input(tx, &op->outpoint);
	struct deposit d;
	struct coin c;

	if (in == NULL)
		return "DOES_NOT_SPEND";
	if (is_plan_version(x->state, tx))
		return "SPENT_BY_PLAN";
	if (coin_get(&c, x->state, &op->outpoint))
		return spend_coin(x, p, &c, c.kind == COIN_DEPOSIT && block_lock(tx, in) >= p->reclaim_delay, block);
	if (!deposit_get(&d, x->state, &op->outpoint))
		return "OUTPOINT_UNKNOWN";
	switch (d.state) {
	case DEPOSIT_WAITING_DEPTH:
	case DEPOSIT_WAITING_CAP:
	case DEPOSIT_BELOW_MIN:
	case DEPOSIT_LATE:
		return spend_unminted(x, p, &d, block);
	case DEPOSIT_MINTED:
	case DEPOSIT_QUARANTINED:
	case DEPOSIT_RECLAIMED:
	case DEPOSIT_DEAD:
		return "ALREADY_KNOWN";
	}
	return "ALREADY_KNOWN";
}

/* The parent made the outpoint, and tx, another transaction, spends what parent spends. */
static const char *
check_conflict(const struct op_spent *op, const struct tx *tx)
{
	struct rd r = rd_init(op->parent, op->parent_len);
	struct hash256 parent_id, txid;
	struct tx parent;
	const char *why = "NO_CONFLICT";

	rd_tx_stripped(&r, &parent);
	tx_txid(&parent_id, &parent);
	tx_txid(&txid, tx);
	if (!rd_done(&r) || !hash256_eq(&parent_id, &op->outpoint.txid) || op->outpoint.index >= parent.out_n)
		why = "BAD_PARENT";
	else if (!hash256_eq(&txid, &parent_id))
		for (size_t i = 0; i < parent.in_n; i++)
			if (spending_input(tx, &parent.in[i].prevout) != NULL)
				why = NULL;
	tx_clear(&parent);
	return why;
}

static const char *
conflict(struct exec *x, const struct op_spent *op, const struct tx *tx, const struct block_ref *block)
{
	const char *why = check_conflict(op, tx);
	struct deposit d;

	if (why != NULL)
		return why;
	if (!deposit_get(&d, x->state, &op->outpoint))
		return "OUTPOINT_UNKNOWN";
	if (d.state != DEPOSIT_QUARANTINED || !block_ref_is_none(&d.spent) || relay_on_best(x->state, &d.block))
		return "ALREADY_KNOWN";
	d.spent = *block;
	snprintf(d.reason, sizeof(d.reason), "CONFLICT_SEEN");
	deposit_put(x->state, &d);
	height_mark(x->state, &(struct height_entry){ block->height, HEIGHT_CONFLICT, op->outpoint, 0 });
	return NULL;
}

const char *
spent_apply(struct exec *x, const struct peg_params *p, const struct op_spent *op)
{
	struct txproof proof;
	struct block_ref block;
	const char *why = proof_take(&proof, &block, x->state, p->chain, op->proof, op->proof_len);

	if (why != NULL)
		return why;
	if (op->parent_len > 0)
		why = conflict(x, op, &proof.tx, &block);
	else
		why = spend(x, p, op, &proof.tx, &block);
	txproof_clear(&proof);
	return why;
}

void
spend_block_left(struct exec *x, const struct outpoint *o)
{
	struct deposit d;
	struct coin c;
	bool reclaimed;

	if (!coin_get(&c, x->state, o) || !c.spent)
		return;
	reclaimed = c.reclaimed;
	c.spent = c.reclaimed = false;
	c.spent_in = (struct block_ref){ 0 };
	reserve_impair(x->state, &c);
	if (reclaimed && coin_counts(&c) && deposit_get(&d, x->state, o) && d.state == DEPOSIT_QUARANTINED)
		deposit_return(x, &d);
}

void
conflict_block_left(struct exec *x, const struct outpoint *o)
{
	struct deposit d;

	if (!deposit_get(&d, x->state, o) || d.state != DEPOSIT_QUARANTINED)
		return;
	d.spent = (struct block_ref){ 0 };
	snprintf(d.reason, sizeof(d.reason), "REORGED");
	deposit_put(x->state, &d);
}

void
spents_end_block(struct exec *x, const struct peg_params *p)
{
	struct account fund = bank_fee_fund();
	struct state_walk w;

	key_walk(&w, x->state, KEY_COIN_SPENT);
	while (state_walk_next(&w)) {
		struct outpoint o = key_read_outpoint(w.key, 0);
		struct coin c;
		bool there = coin_get(&c, x->state, &o);

		assert(there);
		/* a reclaimed deposit's end is the deposit's own */
		if (c.reclaimed || relay_depth(x->state, c.spent_in.height) < p->dead_depth)
			continue;
		reserve_forget(x->state, &o);
		(void)deficit_burn(x->state, &fund, c.value);
		if (c.plan != 0)
			plan_kill(x, c.plan, "INPUT_SPENT");
	}
}
