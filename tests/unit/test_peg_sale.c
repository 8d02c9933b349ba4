/* S6: coin that was paid into a sale comes from a deposit that is reorganised away. */
#include <string.h>

#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/asset.h"
#include "token/sale.h"

#define CAROL 7
#define PAID 4000000
#define LEFT (COIN / 20 - 1000 - PAID)

const struct tally_plugin *sale_crowd_entry(void);

/* As in a genesis file. */
static struct wr
approved(const struct tally_plugin *p)
{
	struct action_plugin_approve a = { .name = { p->name, strlen(p->name) }, .kind = (uint8_t)p->kind, .major = p->major };
	struct wr section = { 0 }, one = { 0 };

	sha256(&a.file, p->name, strlen(p->name));
	CU_ASSERT_PTR_NULL_FATAL(rule_register(p, &a.file));
	action_plugin_approve_encode(&one, &a);
	wr_compactsize(&section, 1);
	wr_varbytes(&section, one.p, one.len);
	wr_clear(&one);
	return section;
}

static struct amount
units(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

/* BOB's token, all of it his. */
static struct asset_id
create_token(struct sim *s)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE, .ticker = OP_TEXT("CROWD"), .name = OP_TEXT("Crowd"), .dao = ASSET_NO_DAO, .cap = units(COIN) };
	struct op_mint mint = { .to = test_account(BOB), .amount = units(COIN) };
	struct asset_walk walk;
	struct asset a = { .decimals = 0 };
	struct wr w = { 0 };

	op_create_encode(&w, &o);
	CU_ASSERT_STRING_EQUAL_FATAL(sim_signed(s, BOB, OP_CREATE, &w), "OK");
	asset_walk_init(&walk, sim_state(s));
	CU_ASSERT_FATAL(asset_walk_next(&walk, &a));
	mint.asset = a.id;
	op_mint_encode(&w, &mint);
	CU_ASSERT_STRING_EQUAL_FATAL(sim_signed(s, BOB, OP_MINT, &w), "OK");
	return a.id;
}

/* One unit for ten satoshi; the goal is what ALICE is about to pay. */
static void
create_sale(struct sim *s)
{
	static const uint8_t params[25] = { [1] = 1, [17] = 10 };
	struct op_create_sale o = {
		.asset = create_token(s),
		.rule = OP_TEXT("sale_crowd"),
		.rule_major = 1,
		.params = { params, sizeof(params) },
		.close.sec = s->time.sec + 30 * 86400,
		.soft_cap = units(PAID),
		.hard_cap = units(COIN),
		.tokens = units(COIN),
		.payer_min = units(10),
		.payer_max = units(COIN),
		.beneficiary_max = units(COIN),
	};
	struct wr w = { 0 };

	op_create_sale_encode(&w, &o);
	CU_ASSERT_STRING_EQUAL_FATAL(sim_signed(s, BOB, OP_CREATE_SALE, &w), "OK");
}

static void
alice_buys_for_carol(struct sim *s)
{
	struct op_buy o = { .sale = 1, .beneficiary = test_account(CAROL), .payment = units(PAID) };
	struct wr w = { 0 };

	op_buy_encode(&w, &o);
	CU_ASSERT_STRING_EQUAL_FATAL(sim_signed(s, ALICE, OP_BUY, &w), "OK");
}

static void
check_sale(const struct sim *s, enum sale_state state, uint64_t raised, uint64_t held)
{
	struct sale sale;

	CU_ASSERT_FATAL(sale_get(&sale, sim_state(s), 1));
	CU_ASSERT_EQUAL(sale.state, state);
	CU_ASSERT_EQUAL(amount_units(sale.raised), raised);
	CU_ASSERT_EQUAL(amount_units(sale.held), held);
	CU_ASSERT_EQUAL(amount_units(sale.sold), raised / 10);
}

/* A deposit of ALICE's, spent in a sale; *base is the block before it. */
static void
open_with_purchase(struct sim *s, struct given *g, size_t *base)
{
	struct wr rules = approved(sale_crowd_entry());
	struct genesis_section section = { "rules", rules.p, rules.len };

	sim_open_with(s, NULL, &section);
	wr_clear(&rules);
	*base = s->tip;
	*g = sim_given(s, COIN / 20);
	CU_ASSERT_STRING_EQUAL(sim_prove(s, g), "OK");
	sim_mine(s, 1);
	CU_ASSERT_EQUAL_FATAL(sim_given_state(s, g), DEPOSIT_MINTED);
	create_sale(s);
	alice_buys_for_carol(s);
	sim_seal(s);
	check_sale(s, SALE_OPEN, PAID, 0);
	CU_ASSERT_EQUAL(sim_balance(s, ALICE), LEFT);
}

static void
s6_the_purchase_follows_the_quarantine(void)
{
	struct asset_id coin = ASSET_COIN;
	struct account escrow = sale_escrow(1);
	struct deposit d;
	struct sim s;
	struct given g;
	size_t base, rival;

	open_with_purchase(&s, &g, &base);
	rival = made_chain_mine_empty(&s.chain, base, 3);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_QUARANTINED);
	check_sale(&s, SALE_OPEN, 0, PAID);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), 0);
	CU_ASSERT_EQUAL(amount_units(bank_balance(sim_state(&s), &escrow, &coin)), 0);
	CU_ASSERT_FATAL(deposit_get(&d, sim_state(&s), &g.outpoint));
	CU_ASSERT_EQUAL(amount_units(d.frozen), COIN / 20 - 1000);
	sim_seal(&s);
	/* its block comes back: everything as before */
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, g.block, 3)), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	check_sale(&s, SALE_OPEN, PAID, 0);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), LEFT);
	/* it leaves for good: the purchase is gone, and with it the coin */
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, rival, 4)), "OK");
	check_sale(&s, SALE_OPEN, 0, PAID);
	for (uint32_t i = 0; i < 12; i++)
		sim_mine(&s, 1);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_DEAD);
	check_sale(&s, SALE_OPEN, 0, 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).supply), 0);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), 0);
	sim_seal(&s);
	tx_clear(&g.tx);
	sim_close(&s);
}

/* The sale ends while the coin is in doubt: its buyers are those whose coin is there. What returns is the payer's. */
static void
s6_the_sale_ends_meanwhile(void)
{
	struct op_sale o = { 1 };
	struct sim s;
	struct given g;
	struct wr w = { 0 };
	size_t base, rival;

	open_with_purchase(&s, &g, &base);
	rival = made_chain_mine_empty(&s.chain, base, 3);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, rival), "OK");
	sim_pass(&s, 30 * 86400);
	op_sale_encode(&w, &o);
	CU_ASSERT_STRING_EQUAL(sim_signed(&s, BOB, OP_CLOSE_SALE, &w), "OK");
	check_sale(&s, SALE_FAILED, 0, PAID);
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, g.block, 3)), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_given_state(&s, &g), DEPOSIT_MINTED);
	check_sale(&s, SALE_FAILED, 0, 0);
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	sim_seal(&s);
	tx_clear(&g.tx);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "S6 the purchase follows the quarantine", s6_the_purchase_follows_the_quarantine },
	{ "S6 the sale ends meanwhile", s6_the_sale_ends_meanwhile },
};

UNIT_MAIN("peg and sales", tests)
