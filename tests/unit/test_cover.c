/* COVER_DEFICIT as the peg carries it out: what governance has set aside in a block ends the deficit at its end. */
#include <string.h>

#include "bridge/peg/reserve.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/unit.h"
#include "token/dao.h"

static struct amount
sat(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

/* A twentieth of a coin was minted to ALICE and is stolen from the reserve: the fee fund's part of it goes at once. */
static void
open_with_deficit(struct sim *s)
{
	struct tx theft = { .version = 2 };
	struct outpoint o;
	size_t block;

	sim_open(s, NULL);
	o = sim_peg_in(s, ALICE, COIN / 20);
	tx_add_in(&theft, &o, SEQUENCE_RBF);
	tx_add_out(&theft, COIN / 20 - 500, (const uint8_t *)"\x51", 1);
	block = sim_mine_tx(s, &theft);
	CU_ASSERT_STRING_EQUAL(sim_spent(s, &o, NULL, block, 1), "OK");
	sim_mine(s, 5);
	CU_ASSERT_EQUAL_FATAL(amount_units(sim_status(s).deficit), COIN / 20 - 1000);
	tx_clear(&theft);
}

/* In both ledgers, inside the block that is being made. */
static void
set_aside(struct sim *s, enum cover_source source, const struct account *from, uint64_t amount)
{
	struct account cover = dao_cover_account(source);
	struct asset_id coin = ASSET_COIN;

	CU_ASSERT_PTR_NULL(bank_transfer(ledger_state(s->ledger), from, &cover, &coin, sat(amount)));
	CU_ASSERT_PTR_NULL(bank_transfer(ledger_state(s->twin), from, &cover, &coin, sat(amount)));
}

static uint64_t
coin_of(const struct sim *s, const struct account *who)
{
	struct asset_id coin = ASSET_COIN;

	return amount_units(bank_balance(sim_state(s), who, &coin));
}

/* ALICE's account, which stands for who gave the treasury its coin. */
static struct account
give(struct sim *s, const struct account *to, uint64_t amount)
{
	struct asset_id coin = ASSET_COIN;
	struct state_walk w;
	struct account alice = { 0 };

	state_walk_init(&w, sim_state(s), "ba", 2);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.key + 2, w.key_len - 2);

		rd_account(&r, &alice);
		if (alice.type == ACCOUNT_KEY)
			break;
	}
	CU_ASSERT_PTR_NULL_FATAL(bank_transfer(ledger_state(s->ledger), &alice, to, &coin, sat(amount)));
	CU_ASSERT_PTR_NULL_FATAL(bank_transfer(ledger_state(s->twin), &alice, to, &coin, sat(amount)));
	return alice;
}

static void
a_part_then_more_than_all(void)
{
	struct account treasury = dao_treasury(0), cover = dao_cover_account(COVER_FROM_TREASURY);
	uint64_t deficit = COIN / 20 - 1000, supply;
	struct sim s;

	open_with_deficit(&s);
	give(&s, &treasury, deficit);
	supply = amount_units(sim_status(&s).supply);
	set_aside(&s, COVER_FROM_TREASURY, &treasury, 1000);
	sim_seal(&s);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), deficit - 1000);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), supply - 1000);
	CU_ASSERT_EQUAL(coin_of(&s, &cover), 0);
	set_aside(&s, COVER_FROM_TREASURY, &treasury, deficit - 1000);
	sim_seal(&s);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), supply - deficit);
	CU_ASSERT(coin_of(&s, &cover) == 0 && coin_of(&s, &treasury) == 0);
	sim_close(&s);
}

/* What the deficit doesn't need goes back where it came from. */
static void
the_rest_goes_back(void)
{
	struct account treasury = dao_treasury(0), fund = bank_fee_fund();
	struct sim s;
	struct outpoint o;

	sim_open(&s, NULL);
	o = sim_peg_in(&s, ALICE, COIN / 20);
	(void)o;
	give(&s, &treasury, 5000);
	sim_seal(&s);
	set_aside(&s, COVER_FROM_TREASURY, &treasury, 5000);
	set_aside(&s, COVER_FROM_FEES, &fund, coin_of(&s, &fund));
	CU_ASSERT_EQUAL(coin_of(&s, &fund), 0);
	sim_seal(&s);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), 0);
	CU_ASSERT_EQUAL(coin_of(&s, &treasury), 5000);
	CU_ASSERT_EQUAL(coin_of(&s, &fund), 1000);
	sim_close(&s);
}

/* An output to the vault, given away by a stranger. */
static void
donate(struct sim *s, uint64_t value)
{
	struct op_donate op = { .index = 0 };
	struct wr proof = { 0 }, w = { 0 };
	struct vault v;
	struct tx tx;
	size_t block;

	CU_ASSERT_FATAL(peg_vault(&v, sim_state(s), 0));
	tx = made_payment(s->salt++, value, v.script, sizeof(v.script));
	vault_clear(&v);
	block = sim_mine_tx(s, &tx);
	sim_mine(s, 3);
	made_chain_proof(&proof, &s->chain, block, 1);
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_donate(&w, &op);
	wr_clear(&proof);
	CU_ASSERT_STRING_EQUAL_FATAL(sim_relay(s, PEG_DONATE, &w), "OK");
	sim_seal(s);
	tx_clear(&tx);
}

static void
ask_donations(struct sim *s, uint64_t height, uint64_t amount)
{
	struct wr w = { 0 };

	wr_u64(&w, height);
	wr_u64(&w, amount);
	state_put(ledger_state(s->ledger), "gC", 2, w.p, w.len);
	state_put(ledger_state(s->twin), "gC", 2, w.p, w.len);
	wr_clear(&w);
}

/* Reserve that nothing was minted for takes the place of what is gone, as far as it is there; a request of another block is none. */
static void
donations_cover_too(void)
{
	uint64_t deficit = COIN / 20 - 1000, supply, height;
	struct sim s;

	open_with_deficit(&s);
	donate(&s, 30000);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).donations), 30000);
	supply = amount_units(sim_status(&s).supply);
	height = ledger_tip(s.ledger).height + 1;
	ask_donations(&s, height - 1, 10000);
	sim_seal(&s);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), deficit);
	ask_donations(&s, height + 1, 10000);
	sim_seal(&s);
	sim_seal(&s);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), deficit - 10000);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).donations), 20000);
	ask_donations(&s, ledger_tip(s.ledger).height + 1, deficit);
	sim_seal(&s);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), deficit - 30000);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).donations), 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), supply);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "a part, then more than all", a_part_then_more_than_all },
	{ "the rest goes back", the_rest_goes_back },
	{ "donations cover too", donations_cover_too },
};

UNIT_MAIN("cover", tests)
