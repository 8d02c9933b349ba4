#include "token/bank.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct account anna = { ACCOUNT_KEY, { { 1 } } }, bert = { ACCOUNT_KEY, { { 2 } } };
static const struct asset_id coin, points = { { { 9 } } };

static struct amount
units(uint64_t n)
{
	struct amount a = AMOUNT_ZERO;

	CU_ASSERT(amount_from_units(&a, n));
	return a;
}

static uint64_t
has(const struct state *s, const struct account *who, const struct asset_id *asset)
{
	return amount_units(bank_balance(s, who, asset));
}

static void
money_moves_and_supply_stays(void)
{
	struct state *s = state_new();
	size_t before, mark;

	CU_ASSERT_PTR_NULL(bank_mint(s, &anna, &coin, units(100)));
	CU_ASSERT_PTR_NULL(bank_mint(s, &anna, &points, units(5)));
	CU_ASSERT_PTR_NULL(bank_transfer(s, &anna, &bert, &coin, units(40)));
	CU_ASSERT(has(s, &anna, &coin) == 60 && has(s, &bert, &coin) == 40 && has(s, &bert, &points) == 0);
	mark = state_mark(s);
	CU_ASSERT_STRING_EQUAL(bank_transfer(s, &anna, &bert, &coin, units(61)), "INSUFFICIENT_BALANCE");
	CU_ASSERT_STRING_EQUAL(bank_transfer(s, &anna, &anna, &coin, units(61)), "INSUFFICIENT_BALANCE");
	CU_ASSERT_STRING_EQUAL(bank_burn(s, &bert, &points, units(1)), "INSUFFICIENT_BALANCE");
	CU_ASSERT_PTR_NULL(bank_transfer(s, &anna, &anna, &coin, units(60)));
	CU_ASSERT_PTR_NULL(bank_transfer(s, &anna, &bert, &coin, units(0)));
	CU_ASSERT_EQUAL(state_mark(s), mark);
	CU_ASSERT_PTR_NULL(bank_burn(s, &bert, &coin, units(30)));
	CU_ASSERT_EQUAL(amount_units(bank_supply(s, &coin)), 70);
	CU_ASSERT_PTR_NULL(bank_invariants(s, true));
	/* What is empty leaves no trace. */
	before = state_count(s);
	CU_ASSERT_PTR_NULL(bank_transfer(s, &bert, &anna, &coin, units(10)));
	CU_ASSERT_EQUAL(state_count(s), before - 1);
	CU_ASSERT_PTR_NULL(bank_burn(s, &anna, &coin, units(70)));
	CU_ASSERT_PTR_NULL(bank_burn(s, &anna, &points, units(5)));
	CU_ASSERT_EQUAL(state_count(s), 0);
	state_free(s);
}

static void
nothing_wraps(void)
{
	struct state *s = state_new();

	CU_ASSERT_PTR_NULL(bank_mint(s, &anna, &coin, units(AMOUNT_MAX - 1)));
	CU_ASSERT_STRING_EQUAL(bank_mint(s, &bert, &coin, units(2)), "AMOUNT_OVERFLOW");
	CU_ASSERT_PTR_NULL(bank_mint(s, &bert, &coin, units(1)));
	CU_ASSERT_STRING_EQUAL(bank_mint(s, &bert, &coin, units(1)), "AMOUNT_OVERFLOW");
	CU_ASSERT_PTR_NULL(bank_transfer(s, &bert, &anna, &coin, units(1)));
	CU_ASSERT_EQUAL(has(s, &anna, &coin), AMOUNT_MAX);
	CU_ASSERT_PTR_NULL(bank_invariants(s, true));
	state_free(s);
}

static void
the_deep_look_finds_what_does_not_add_up(void)
{
	uint8_t key[2 + ACCOUNT_LEN + 32] = { 'b', 'a' };
	struct state *s = state_new();

	for (uint8_t i = 0; i < 20; i++) {
		struct asset_id asset = { { { i } } };

		CU_ASSERT_PTR_NULL(bank_mint(s, i % 2 ? &anna : &bert, &asset, units(i + 1u)));
	}
	CU_ASSERT_PTR_NULL(bank_invariants(s, true));
	state_put(s, key, sizeof(key), "\1\0\0\0\0\0\0\0", 8);
	CU_ASSERT_PTR_NOT_NULL(bank_invariants(s, true));
	CU_ASSERT_PTR_NULL(bank_invariants(s, false));
	state_delete(s, key, sizeof(key));
	key[sizeof(key) - 1] = 77; /* an asset without supply */
	state_put(s, key, sizeof(key), "\1\0\0\0\0\0\0\0", 8);
	CU_ASSERT_PTR_NOT_NULL(bank_invariants(s, true));
	state_delete(s, key, sizeof(key));
	memset(key, 0, sizeof(key));
	memcpy(key, "bs", 2);
	key[33] = 9;
	state_put(s, key, 34, "\1\0\0\0\0\0\0\0", 8);
	CU_ASSERT_PTR_NOT_NULL(bank_invariants(s, true));
	state_free(s);
}

static void
a_walk_lists_one_holder(void)
{
	struct state *s = state_new();
	struct state_walk w;
	struct asset_id asset;
	struct amount balance;

	CU_ASSERT_PTR_NULL(bank_mint(s, &anna, &points, units(5)));
	CU_ASSERT_PTR_NULL(bank_mint(s, &anna, &coin, units(7)));
	CU_ASSERT_PTR_NULL(bank_mint(s, &bert, &coin, units(8)));
	bank_walk_init(&w, s, &anna);
	CU_ASSERT(bank_walk_next(&asset, &balance, &w) && asset_id_eq(&asset, &coin) && amount_units(balance) == 7);
	CU_ASSERT(bank_walk_next(&asset, &balance, &w) && asset_id_eq(&asset, &points) && amount_units(balance) == 5);
	CU_ASSERT_FALSE(bank_walk_next(&asset, &balance, &w));
	state_free(s);
}

static const struct unit_test tests[] = {
	{ "money moves and supply stays", money_moves_and_supply_stays },
	{ "nothing wraps", nothing_wraps },
	{ "the deep look finds what does not add up", the_deep_look_finds_what_does_not_add_up },
	{ "a walk lists one holder", a_walk_lists_one_holder },
};

UNIT_MAIN("bank", tests)
