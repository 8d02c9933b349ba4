/* What the relayer does about a finding, as ledger and light client go from branch to branch, not always at the same time. */
#include "bridge/relay_scan.h"

#include "tests/unit/peg_sim.h"
#include "tests/unit/unit.h"

/* The one deposit that is found in a block. */
static void
keep(void *context, struct relay_item *item)
{
	struct relay_item *found = context;

	CU_ASSERT_EQUAL_FATAL(item->kind, RELAY_DEPOSIT);
	CU_ASSERT_PTR_NULL_FATAL(found->payload.p);
	*found = *item;
}

static struct relay_item
look(const struct sim *s, size_t block)
{
	const struct made_block *b = &s->chain.b[block];
	struct block_ref where = { b->height, b->hash };
	struct relay_item found = { .kind = RELAY_DONATE };
	struct vault vault;

	CU_ASSERT_FATAL(peg_vault(&vault, sim_state(s), 0));
	relay_scan(&b->block, &where, sim_state(s), &vault, keep, &found);
	vault_clear(&vault);
	CU_ASSERT_EQUAL_FATAL(found.kind, RELAY_DEPOSIT);
	return found;
}

static enum relay_next
next(const struct sim *s, const struct relay_item *item)
{
	enum peg_op op;

	return relay_next(&op, item, sim_state(s), &s->params);
}

/* Announce the address: the scan finds deposits by what the state knows. */
static void
announce(struct sim *s, const struct given *g)
{
	struct wr payload = { 0 };

	wr_op_intent_paid(&payload, &g->terms);
	CU_ASSERT_STRING_EQUAL(sim_signed(s, ALICE, PEG_INTENT_PAID, &payload), "OK");
	sim_seal(s);
}

/* The light client sees a new branch before the ledger does: a deposit that is MINTED on the old one isn't done on the new one, for in a
 * moment it will be in quarantine and wait for this very proof. */
static void
a_branch_that_the_ledger_does_not_know(void)
{
	struct sim s;
	struct given g;
	struct relay_item old, new;
	size_t base, rival;

	sim_open(&s, NULL);
	(void)sim_peg_in(&s, ALICE, COIN);
	base = s.tip;
	g = sim_given(&s, COIN / 20);
	announce(&s, &g);
	old = look(&s, g.block);
	CU_ASSERT_EQUAL(next(&s, &old), RELAY_SUBMIT);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(next(&s, &old), RELAY_DONE);

	rival = made_chain_mine_empty(&s.chain, base, 1);
	rival = made_chain_mine(&s.chain, rival, &g.tx, 1);
	new = look(&s, rival);
	CU_ASSERT_EQUAL(next(&s, &new), RELAY_WAIT);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	CU_ASSERT_EQUAL(next(&s, &new), RELAY_SUBMIT);
	CU_ASSERT_EQUAL(next(&s, &old), RELAY_WAIT);
	g.block = rival;
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(next(&s, &new), RELAY_DONE);
	relay_item_clear(&old);
	relay_item_clear(&new);
	tx_clear(&g.tx);
	sim_close(&s);
}

/* Headers that the ledger has let go are buried: nothing is waited for there. */
static void
a_block_that_the_ledger_has_let_go(void)
{
	struct sim s;
	struct given g;
	struct relay_item item;
	struct hash256 hash;
	uint32_t height;

	sim_open(&s, NULL);
	(void)sim_peg_in(&s, ALICE, COIN);
	g = sim_given(&s, COIN / 20);
	announce(&s, &g);
	item = look(&s, g.block);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	sim_seal(&s);
	height = s.chain.b[g.block].height;
	while (peg_relay_at(&hash, sim_state(&s), height))
		sim_mine(&s, 500);
	CU_ASSERT_EQUAL(next(&s, &item), RELAY_DONE);
	relay_item_clear(&item);
	tx_clear(&g.tx);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "a branch that the ledger does not know", a_branch_that_the_ledger_does_not_know },
	{ "a block that the ledger has let go", a_block_that_the_ledger_has_let_go },
};

UNIT_MAIN("relay scan", tests)
