#include "bridge/relay_scan.h"

#include <string.h>

#include "chain/txproof.h"

struct scan {
	const struct block *block;
	const struct block_ref *where;
	const struct state *state;
	const struct vault *vault;
	relay_found_fn *each;
	void *context;
};

void
relay_item_clear(struct relay_item *i)
{
	wr_clear(&i->payload);
}

/* The proof of transaction number `at`; a proof over the limit is no finding (such a deposit can only be reclaimed). */
static bool
proof_of(struct wr *out, const struct scan *s, size_t at)
{
	struct txproof proof;

	txproof_make(&proof, s->block, at);
	wr_txproof(out, &proof);
	txproof_clear(&proof);
	if (out->len <= TXPROOF_BYTES_MAX)
		return true;
	wr_clear(out);
	return false;
}

static void
found(const struct scan *s, struct relay_item *item)
{
	item->block = *s->where;
	s->each(s->context, item);
}

static void
found_deposit(const struct scan *s, size_t at, const struct hash256 *txid, uint32_t index, const struct deposit_terms *terms)
{
	struct relay_item item = { .kind = RELAY_DEPOSIT, .outpoint = { *txid, index } };
	struct op_deposit op = { .terms = *terms, .index = index };
	struct wr proof = { 0 };

	if (!proof_of(&proof, s, at))
		return;
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_deposit(&item.payload, &op);
	wr_clear(&proof);
	found(s, &item);
}

static void
found_donation(const struct scan *s, size_t at, const struct hash256 *txid, uint32_t index)
{
	struct relay_item item = { .kind = RELAY_DONATE, .outpoint = { *txid, index } };
	struct op_donate op = { .epoch = s->vault->federation.epoch, .index = index };
	struct wr proof = { 0 };

	if (!proof_of(&proof, s, at))
		return;
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_donate(&item.payload, &op);
	wr_clear(&proof);
	found(s, &item);
}

static void
found_spend(const struct scan *s, size_t at, const struct outpoint *spent)
{
	struct relay_item item = { .kind = RELAY_SPENT, .outpoint = *spent };
	struct op_spent op = { .outpoint = *spent };
	struct wr proof = { 0 };

	if (!proof_of(&proof, s, at))
		return;
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_spent(&item.payload, &op);
	wr_clear(&proof);
	found(s, &item);
}

static void
found_plan(const struct scan *s, size_t at, const struct hash256 *txid, uint64_t plan)
{
	struct relay_item item = { .kind = RELAY_PLAN, .outpoint = { *txid, 0 }, .plan = plan };
	struct op_confirm op = { .plan = plan };
	struct wr proof = { 0 };

	if (!proof_of(&proof, s, at))
		return;
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_confirm(&item.payload, &op);
	wr_clear(&proof);
	found(s, &item);
}

static void
scan_outputs(const struct scan *s, size_t at, const struct hash256 *txid)
{
	const struct tx *tx = &s->block->tx[at];

	for (size_t i = 0; i < tx->out_n; i++) {
		struct xonly_key key;
		struct intent intent;
		const uint8_t *program;

		if (script_classify(&program, NULL, tx->out[i].script, tx->out[i].script_len) != SCRIPT_P2TR)
			continue;
		memcpy(key.b, program, sizeof(key.b));
		if (intent_get(&intent, s->state, &key))
			found_deposit(s, at, txid, (uint32_t)i, &intent.terms);
		else if (memcmp(tx->out[i].script, s->vault->script, P2TR_LEN) == 0)
			found_donation(s, at, txid, (uint32_t)i);
	}
}

static void
scan_inputs(const struct scan *s, size_t at)
{
	const struct tx *tx = &s->block->tx[at];

	for (size_t i = 0; i < tx->in_n; i++) {
		struct deposit deposit;
		struct coin coin;

		if (coin_get(&coin, s->state, &tx->in[i].prevout) || deposit_get(&deposit, s->state, &tx->in[i].prevout))
			found_spend(s, at, &tx->in[i].prevout);
	}
}

void
relay_scan(const struct block *b, const struct block_ref *where, const struct state *state, const struct vault *vault, relay_found_fn *each,
	   void *context)
{
	struct scan s = { b, where, state, vault, each, context };

	for (size_t i = 0; i < b->tx_n; i++) {
		struct hash256 txid;
		uint64_t plan;
		uint32_t version;

		tx_txid(&txid, &b->tx[i]);
		if (plan_find_txid(&plan, &version, state, &txid)) {
			found_plan(&s, i, &txid, plan);
			continue;
		}
		scan_outputs(&s, i, &txid);
		scan_inputs(&s, i);
	}
}

static enum relay_next
deposit_next(const struct relay_item *item, const struct state *s)
{
	struct deposit d;

	if (!deposit_get(&d, s, &item->outpoint))
		return RELAY_SUBMIT;
	if (d.state == DEPOSIT_QUARANTINED)
		return hash256_eq(&d.block.hash, &item->block.hash) && d.block.height == item->block.height ? RELAY_WAIT : RELAY_SUBMIT;
	if (d.state == DEPOSIT_WAITING_DEPTH || d.state == DEPOSIT_WAITING_CAP)
		return hash256_eq(&d.block.hash, &item->block.hash) ? RELAY_DONE : RELAY_SUBMIT;
	return RELAY_DONE;
}

static enum relay_next
plan_next(enum peg_op *op, const struct relay_item *item, const struct state *s, const struct peg_params *p)
{
	struct plan plan;

	if (!plan_get(&plan, s, item->plan))
		return RELAY_DONE;
	switch (plan.state) {
	case PLAN_PLANNED:
	case PLAN_SIGNED:
		*op = PEG_CONFIRM;
		return RELAY_SUBMIT;
	case PLAN_CONFIRMED:
		*op = PEG_SETTLE;
		return peg_block_depth(s, &item->block.hash) >= p->settle_depth ? RELAY_SUBMIT : RELAY_WAIT;
	case PLAN_SETTLED:
		return RELAY_WAIT; /* until it is final, a reorganisation may ask for it again */
	case PLAN_FINAL:
	case PLAN_DEAD:
		break;
	}
	return RELAY_DONE;
}

static enum relay_next
spend_next(const struct relay_item *item, const struct state *s)
{
	struct deposit d;
	struct coin c;
	bool coin = coin_get(&c, s, &item->outpoint), deposit = deposit_get(&d, s, &item->outpoint);

	if (coin && !c.spent)
		return RELAY_SUBMIT;
	if (!coin && deposit && d.state != DEPOSIT_RECLAIMED && d.state != DEPOSIT_DEAD && block_ref_is_none(&d.spent))
		return RELAY_SUBMIT;
	return RELAY_DONE;
}

/* Blocks below the relay's oldest header are buried for good. */
static bool
is_pruned(const struct state *s, const struct block_ref *b)
{
	struct relay_tip tip;
	struct hash256 there;

	peg_relay_tip(&tip, s);
	return b->height <= tip.height && !peg_relay_at(&there, s, b->height);
}

enum relay_next
relay_next(enum peg_op *op, const struct relay_item *item, const struct state *s, const struct peg_params *p)
{
	struct coin coin;
	enum relay_next next = RELAY_DONE;

	switch (item->kind) {
	case RELAY_DEPOSIT:
		*op = PEG_DEPOSIT;
		next = deposit_next(item, s);
		break;
	case RELAY_PLAN:
		next = plan_next(op, item, s, p);
		break;
	case RELAY_SPENT:
		*op = PEG_SPENT;
		next = spend_next(item, s);
		break;
	case RELAY_DONATE:
		*op = PEG_DONATE;
		next = coin_get(&coin, s, &item->outpoint) ? RELAY_DONE : RELAY_SUBMIT;
		break;
	}
	if (peg_block_depth(s, &item->block.hash) > 0)
		return next;
	/* The relay doesn't have the block, or not on its best branch. A proof would only be refused; and what the records say may be of the
	 * branch that this block is about to replace: a deposit that is MINTED there will be in quarantine, and then needs this proof. */
	return next == RELAY_DONE && is_pruned(s, &item->block) ? RELAY_DONE : RELAY_WAIT;
}
