/* I2  An outpoint is accepted once, for ever: KEY_DONATED stays when the coin has long been spent. */
#include "bridge/peg/donate.h"

#include <string.h>

#include "bridge/peg/heights.h"
#include "bridge/peg/peg.h"
#include "bridge/peg/reserve.h"

static const char *
check(const struct exec *x, const struct peg_params *p, const struct op_donate *op, const struct txproof *proof,
      const struct block_ref *block)
{
	uint32_t mature = p->chain->coinbase_maturity;
	uint32_t need = proof->index == 0 && p->depth[2] < mature ? mature : p->depth[2];
	const struct txout *out;
	struct hash256 txid;
	struct books b;
	struct vault v;
	uint64_t plan;
	uint32_t version;
	bool same;

	if (op->index >= proof->tx.out_n)
		return "NO_SUCH_OUTPUT";
	out = &proof->tx.out[op->index];
	if (!peg_vault(&v, x->state, op->epoch))
		return "UNKNOWN_EPOCH";
	same = out->script_len == P2TR_LEN && memcmp(out->script, v.script, P2TR_LEN) == 0;
	vault_clear(&v);
	if (!same)
		return "NOT_THE_VAULT";
	tx_txid(&txid, &proof->tx);
	if (plan_find_txid(&plan, &version, x->state, &txid))
		return "PLAN_OUTPUT";
	if (out->value > COIN_MAX || out->value < amount_units(p->deposit_min))
		return "BELOW_MIN";
	books_get(&b, x->state);
	/* more than there is: a block that no full node would take */
	if (amount_units(b.reserve) + out->value > COIN_MAX)
		return "BAD_VALUE";
	return relay_depth(x->state, block->height) < need ? "TOO_SHALLOW" : NULL;
}

static void
donations_change(struct state *s, struct amount more, struct amount less)
{
	struct books b;

	books_get(&b, s);
	b.donations = difference(sum(b.donations, more), less);
	books_put(s, &b);
}

static const char *
take(struct exec *x, const struct peg_params *p, const struct op_donate *op, const struct txproof *proof,
     const struct block_ref *block)
{
	struct coin c = { .kind = COIN_DONATION, .epoch = op->epoch, .height = block->height };
	struct outpoint o = { .index = op->index };
	struct state_key once;
	const char *why = check(x, p, op, proof, block);

	if (why != NULL)
		return why;
	tx_txid(&o.txid, &proof->tx);
	once = key_with_outpoint(KEY_DONATED, &o);
	c.outpoint = o;
	c.value = satoshi(proof->tx.out[op->index].value);
	if (coin_get(&c, x->state, &o) ? !c.suspended || c.kind != COIN_DONATION : key_there(x->state, &once))
		return "OUTPOINT_KNOWN";
	c.suspended = false;
	c.height = block->height;
	key_mark(x->state, &once);
	reserve_put(x->state, &c);
	donations_change(x->state, c.value, AMOUNT_ZERO);
	height_mark(x->state, &(struct height_entry){ .height = block->height, .kind = HEIGHT_DONATION, .outpoint = o });
	return NULL;
}

const char *
donate_apply(struct exec *x, const struct peg_params *p, const struct op_donate *op)
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

void
donation_block_left(struct exec *x, const struct outpoint *o)
{
	struct amount part;
	struct books b;
	struct coin c;

	if (!coin_get(&c, x->state, o)) {
		peg_halt(x, "DEEP_REORG");
		return;
	}
	if (c.suspended)
		return;
	c.suspended = true;
	reserve_put(x->state, &c);
	/* what governance has given away already is missing now */
	books_get(&b, x->state);
	part = amount_min(b.donations, c.value);
	donations_change(x->state, AMOUNT_ZERO, part);
	deficit_raise(x->state, difference(c.value, part));
}
