/* Deposits straight into a store's backed token, and back out. */
#include <string.h>

#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/asset.h"
#include "token/ops.h"

/* A store's points, ten for a satoshi; created by BOB. */
static struct asset_id
create(struct sim *s, uint16_t flags)
{
	struct op_create o = { .flags = flags, .ticker = OP_TEXT("BEANS"), .name = OP_TEXT("Coffee beans"), .dao = ASSET_NO_DAO };
	struct asset_walk walk;
	struct asset a = { .decimals = 0 };
	struct wr w = { 0 };

	CU_ASSERT_FATAL(amount_from_units(&o.cap, 100 * COIN));
	if (flags & ASSET_BACKED) {
		o.units = 10;
		o.sats = 1;
	}
	op_create_encode(&w, &o);
	CU_ASSERT_STRING_EQUAL_FATAL(sim_signed(s, BOB, OP_CREATE, &w), "OK");
	asset_walk_init(&walk, sim_state(s));
	CU_ASSERT_FATAL(asset_walk_next(&walk, &a));
	return a.id;
}

static uint64_t
tokens(const struct sim *s, unsigned who, const struct asset_id *asset)
{
	struct account a = test_account(who);

	return amount_units(bank_balance(sim_state(s), &a, asset));
}

struct bought {
	struct deposit_terms terms;
	struct outpoint outpoint;
	struct tx tx;
	size_t block;
};

static struct bought
buy(struct sim *s, const struct asset_id *asset, uint64_t value)
{
	struct bought b = { .terms = sim_terms(s, ALICE) };

	b.terms.asset = *asset;
	b.tx = sim_deposit_tx(s, &b.terms, value);
	tx_txid(&b.outpoint.txid, &b.tx);
	b.block = sim_mine_tx(s, &b.tx);
	CU_ASSERT_STRING_EQUAL(sim_deposit(s, &b.terms, b.block, 1, 0), "OK");
	sim_seal(s);
	return b;
}

static void
straight_into_points_and_back(void)
{
	struct asset_id points;
	struct account backing;
	struct asset_id coin = ASSET_COIN;
	struct op_redeem redeem;
	struct bought b;
	struct deposit d;
	struct sim s;
	struct wr w = { 0 };

	sim_open(&s, NULL);
	sim_mine(&s, 2);
	sim_vote(&s, 2000);
	points = create(&s, ASSET_TRANSFERABLE | ASSET_BACKED);
	b = buy(&s, &points, COIN / 20);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b.outpoint), DEPOSIT_MINTED);
	CU_ASSERT_FATAL(deposit_get(&d, sim_state(&s), &b.outpoint));
	CU_ASSERT(d.tokens);
	CU_ASSERT_EQUAL(amount_units(d.minted), 10 * (COIN / 20 - 1000));
	CU_ASSERT_EQUAL(tokens(&s, ALICE, &points), 10 * (COIN / 20 - 1000));
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), 0);
	backing = account_of_module("backing", points.id.b, sizeof(points.id.b));
	CU_ASSERT_EQUAL(amount_units(bank_balance(sim_state(&s), &backing, &coin)), COIN / 20 - 1000);

	/* REDEEM and PAYOUT */
	redeem.asset = points;
	CU_ASSERT_FATAL(amount_from_units(&redeem.amount, 10 * (COIN / 50 + 5000)));
	op_redeem_encode(&w, &redeem);
	CU_ASSERT_STRING_EQUAL(sim_signed(&s, ALICE, OP_REDEEM, &w), "OK");
	CU_ASSERT_STRING_EQUAL(sim_payout(&s, ALICE, COIN / 50, 5000, 1), "OK");
	sim_seal(&s);
	sim_sign_and_mine(&s, 1);
	sim_sign_and_mine(&s, 2);
	CU_ASSERT_EQUAL(sim_payout_get(&s, 1).state, PAYOUT_PAID);
	tx_clear(&b.tx);
	sim_close(&s);
}

/* What the asset refuses stays coin, with the reason. */
static void
refused_tokens_stay_coin(void)
{
	struct asset_id plain, unknown = { { { 7 } } };
	struct bought b;
	struct sim s;

	sim_open(&s, NULL);
	plain = create(&s, ASSET_TRANSFERABLE);
	b = buy(&s, &plain, COIN / 20);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b.outpoint), DEPOSIT_MINTED);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &b.outpoint), "NOT_BACKED");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 - 1000);
	tx_clear(&b.tx);
	b = buy(&s, &unknown, COIN / 50);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b.outpoint), DEPOSIT_MINTED);
	CU_ASSERT_STRING_EQUAL(sim_deposit_reason(&s, &b.outpoint), "ASSET_UNKNOWN");
	CU_ASSERT_EQUAL(sim_balance(&s, ALICE), COIN / 20 + COIN / 50 - 2000);
	tx_clear(&b.tx);
	sim_close(&s);
}

/* T9: quarantine leaves the backing whole; what is not there can't be frozen, and all of it is deficit until the deposit returns. */
static void
t9_quarantine_leaves_the_backing(void)
{
	struct asset_id points, coin = ASSET_COIN;
	struct account backing;
	struct bought b;
	struct sim s;
	size_t base;

	sim_open(&s, NULL);
	sim_mine(&s, 2);
	points = create(&s, ASSET_TRANSFERABLE | ASSET_BACKED);
	base = s.tip;
	b = buy(&s, &points, COIN / 20);
	backing = account_of_module("backing", points.id.b, sizeof(points.id.b));
	CU_ASSERT_STRING_EQUAL(sim_headers(&s, made_chain_mine_empty(&s.chain, base, 2)), "OK");
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b.outpoint), DEPOSIT_QUARANTINED);
	CU_ASSERT_EQUAL(amount_units(bank_balance(sim_state(&s), &backing, &coin)), COIN / 20 - 1000);
	CU_ASSERT_EQUAL(tokens(&s, ALICE, &points), 10 * (COIN / 20 - 1000));
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), COIN / 20);
	sim_seal(&s);
	b.block = sim_mine_tx(&s, &b.tx);
	CU_ASSERT_STRING_EQUAL(sim_deposit(&s, &b.terms, b.block, 1, 0), "OK");
	sim_seal(&s);
	CU_ASSERT_EQUAL(sim_deposit_state(&s, &b.outpoint), DEPOSIT_MINTED);
	CU_ASSERT_EQUAL(amount_units(sim_status(&s).deficit), 0);
	/* the tokens came once */
	CU_ASSERT_EQUAL(tokens(&s, ALICE, &points), 10 * (COIN / 20 - 1000));
	tx_clear(&b.tx);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "straight into points and back", straight_into_points_and_back },
	{ "refused tokens stay coin", refused_tokens_stay_coin },
	{ "T9 quarantine leaves the backing", t9_quarantine_leaves_the_backing },
};

UNIT_MAIN("peg_backed", tests)
