#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/holding.h"

static struct op_create
plain(uint16_t flags)
{
	return (struct op_create){ .flags = flags, .dao = ASSET_NO_DAO };
}

static const char *
burn(struct world *w, size_t person, const struct asset_id *a, uint64_t amount)
{
	struct op_burn o = { *a, units(amount) };
	struct wr payload = { 0 };

	op_burn_encode(&payload, &o);
	return world_do(w, person, OP_BURN, &payload);
}

static const char *
redeem(struct world *w, size_t person, const struct asset_id *a, uint64_t amount)
{
	struct op_redeem o = { *a, units(amount) };
	struct wr payload = { 0 };

	op_redeem_encode(&payload, &o);
	return world_do(w, person, OP_REDEEM, &payload);
}

static const char *
freeze(struct world *w, size_t person, uint16_t number, const struct asset_id *a, size_t who)
{
	struct op_freeze o = { *a, w->people[who] };
	struct wr payload = { 0 };

	op_freeze_encode(&payload, &o);
	return world_do(w, person, number, &payload);
}

static const char *
clawback(struct world *w, size_t person, const struct asset_id *a, size_t from, uint64_t amount)
{
	struct op_clawback o = { *a, w->people[from], units(amount) };
	struct wr payload = { 0 };

	op_clawback_encode(&payload, &o);
	return world_do(w, person, OP_CLAWBACK, &payload);
}

static const char *
set_pause(struct world *w, size_t person, const struct asset_id *a, int64_t until)
{
	struct op_pause o = { *a, { until } };
	struct wr payload = { 0 };

	op_pause_encode(&payload, &o);
	return world_do(w, person, OP_PAUSE, &payload);
}

static uint64_t
supply(const struct world *w, const struct asset_id *a)
{
	return amount_units(bank_supply(w->state, a));
}

static void
T1_mint_to_the_cap_and_the_edges(void)
{
	struct world w;
	struct asset_id a;
	struct op_create o = plain(ASSET_TRANSFERABLE);

	world_init(&w);
	o.cap = units(INT64_MAX);
	DONE(world_create(&w, &a, 0, &o));
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), 1000000 - 100);
	REFUSED(world_mint(&w, 0, &a, 1, 0, 0), "ZERO_AMOUNT");
	DONE(world_mint(&w, 0, &a, 1, 1, 0));
	REFUSED(world_mint(&w, 0, &a, 1, INT64_MAX, 0), "CAP_EXCEEDED");
	DONE(world_mint(&w, 0, &a, 1, INT64_MAX - 1, 0));
	REFUSED(world_mint(&w, 0, &a, 2, 1, 0), "CAP_EXCEEDED");
	CU_ASSERT_EQUAL(supply(&w, &a), INT64_MAX);

	DONE(world_send(&w, 1, &a, &w.people[1], INT64_MAX)); /* to oneself */
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), INT64_MAX);
	REFUSED(world_send(&w, 2, &a, &w.people[2], 1), "INSUFFICIENT_BALANCE");
	REFUSED(world_send(&w, 1, &a, &w.people[2], 0), "ZERO_AMOUNT");
	DONE(world_send(&w, 1, &a, &w.people[2], 5));
	REFUSED(world_send(&w, 2, &a, &w.people[3], 6), "INSUFFICIENT_BALANCE");
	REFUSED(burn(&w, 2, &a, 6), "INSUFFICIENT_BALANCE");
	DONE(burn(&w, 2, &a, 5));
	CU_ASSERT_EQUAL(supply(&w, &a), INT64_MAX - 5);
	REFUSED(world_mint(&w, 1, &a, 1, 1, 0), "NOT_ISSUER");
	world_clear(&w);
}

static void
beyond_the_largest_amount_is_malformed(void)
{
	struct op_mint o;
	uint8_t b[32 + 33 + 16] = { 0 };

	b[32 + 33 + 7] = 0x80; /* 2^63 */
	CU_ASSERT_FALSE(op_mint_decode(&o, b, sizeof(b)));
	b[32 + 33 + 7] = 0x7f;
	CU_ASSERT(op_mint_decode(&o, b, sizeof(b)));
}

/* What people and modules have is the supply, after what succeeds and after what fails. */
static void
adds_up(const struct world *w, const struct asset_id *backed, const struct asset_id *of)
{
	const struct account modules[] = { holding_backing(backed), dao_treasury(0), bank_fee_fund() };
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		sum += amount_units(bank_balance(w->state, &modules[i], of));
	for (size_t i = 0; i < WORLD_PEOPLE; i++)
		sum += amount_units(bank_balance(w->state, &w->people[i], of));
	CU_ASSERT_EQUAL(sum, supply(w, of));
	CU_ASSERT_PTR_NULL(bank_invariants(w->state, true));
}

static void
T2_supply_is_what_everybody_has(void)
{
	struct world w;
	struct asset_id a, coin = ASSET_COIN;
	struct op_create o = plain(ASSET_TRANSFERABLE | ASSET_BACKED);
	struct account treasury = dao_treasury(0);

	world_init(&w);
	o.units = 3;
	o.sats = 2;
	o.cap = units(1000);
	DONE(world_create(&w, &a, 0, &o));
	for (uint64_t n = 1; n < 400; n += 7) {
		bool over = amount_units(bank_supply(w.state, &a)) + n > 1000;

		if (over)
			REFUSED(world_mint(&w, 1, &a, 2, n, 100000), "CAP_EXCEEDED");
		else
			DONE(world_mint(&w, 1, &a, 2, n, 100000));
		adds_up(&w, &a, &a);
		if (amount_units(bank_supply(w.state, &a)) + 9 <= 1000)
			REFUSED(world_mint(&w, 1, &a, 2, 9, 1), "COIN_LIMIT"); /* the coin would cover one unit */
		REFUSED(world_send(&w, 2, &a, &w.people[3], 1001), "INSUFFICIENT_BALANCE");
		REFUSED(burn(&w, 2, &a, 1), "USE_REDEEM");
		adds_up(&w, &a, &a);
		DONE(world_send(&w, 2, &a, n % 2 == 0 ? &treasury : &w.people[n % WORLD_PEOPLE], 1));
		(void)redeem(&w, 2, &a, n / 2);
		adds_up(&w, &a, &a);
		adds_up(&w, &a, &coin);
		world_block(&w, 10);
		adds_up(&w, &a, &a);
	}
	world_clear(&w);
}

static void
T3_flags_that_contradict(void)
{
	static const uint16_t bad[] = {
		ASSET_LOTS | ASSET_VOTES,
		ASSET_CLOSED_LOOP | ASSET_TRANSFERABLE,
		ASSET_CLOSED_LOOP | ASSET_VOTES,
		ASSET_CLAWBACK,
		ASSET_CLAWBACK | ASSET_FREEZABLE | ASSET_BACKED,
		256,
	};
	struct world w;
	struct asset_id a;

	world_init(&w);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct op_create o = plain(bad[i]);

		o.units = o.sats = (bad[i] & ASSET_BACKED) != 0;
		REFUSED(world_create(&w, &a, 0, &o), "BAD_FLAGS");
	}
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[0]), 1000000);
	world_clear(&w);
}

static void
creation_refuses_nonsense(void)
{
	static const struct {
		const char *why, *ticker, *name;
		uint8_t decimals;
		uint16_t flags;
		uint64_t units, sats;
		uint32_t notice, dao;
		const char *rule;
		uint16_t major;
	} rows[] = {
		{ "BAD_TICKER", "", "N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_TICKER", "9A", "N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_TICKER", "ab", "N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_NAME", "A", "", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_NAME", "A", " N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_NAME", "A", "N\n", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_NAME", "A", "\xc0\xaf", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_NAME", "A", "\xed\xa0\x80", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_DECIMALS", "A", "N", 9, 0, 0, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_RATIO", "A", "N", 0, 0, 1, 1, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_RATIO", "A", "N", 0, ASSET_BACKED, 0, 1, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_RATIO", "A", "N", 0, ASSET_BACKED, 1, 0, 0, ASSET_NO_DAO, "", 0 },
		{ "BAD_NOTICE", "A", "N", 0, 0, 0, 0, 1, ASSET_NO_DAO, "", 0 },
		{ "BAD_NOTICE", "A", "N", 0, ASSET_FREEZABLE, 0, 0, 90 * 86400 + 1, ASSET_NO_DAO, "", 0 },
		{ "DAO_UNKNOWN", "A", "N", 0, 0, 0, 0, 0, 1, "", 0 },
		{ "BAD_RULE_NAME", "A", "N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "", 1 },
		{ "BAD_RULE_NAME", "A", "N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "Issue", 1 },
		{ "RULE_UNKNOWN", "A", "N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "issue_fixed", 2 },
		{ "RULE_UNKNOWN", "A", "N", 0, 0, 0, 0, 0, ASSET_NO_DAO, "gov_token", 1 },
		{ NULL, "A1", "\xe7\xa7\xaf\xe5\x88\x86 \xf0\x9f\x8e\x81", 8, 0, 0, 0, 0, 0, "issue_fixed", 1 },
	};
	struct world w;
	struct asset_id a;

	world_init(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct op_create o = plain(rows[i].flags);

		o.ticker = OP_TEXT(rows[i].ticker);
		o.name = OP_TEXT(rows[i].name);
		o.decimals = rows[i].decimals;
		o.units = rows[i].units;
		o.sats = rows[i].sats;
		o.freeze_notice = rows[i].notice;
		o.dao = rows[i].dao;
		o.rule = OP_TEXT(rows[i].rule);
		o.rule_major = rows[i].major;
		if (rows[i].why != NULL)
			REFUSED(world_create(&w, &a, 0, &o), rows[i].why);
		else
			DONE(world_create(&w, &a, 0, &o));
	}
	world_clear(&w);
}

static void
T3_freeze_only_after_its_notice(void)
{
	struct world w;
	struct asset_id a;
	struct op_create o = plain(ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_CLAWBACK);

	world_init(&w);
	o.freeze_notice = 100;
	DONE(world_create(&w, &a, 0, &o));
	DONE(world_mint(&w, 0, &a, 1, 50, 0));
	REFUSED(freeze(&w, 1, OP_FREEZE, &a, 2), "NOT_ISSUER");
	REFUSED(freeze(&w, 0, OP_UNFREEZE, &a, 1), "NOT_FROZEN");
	REFUSED(freeze(&w, 0, OP_FREEZE, &a, 0), "NOT_FREEZABLE");
	DONE(freeze(&w, 0, OP_FREEZE, &a, 1));
	REFUSED(freeze(&w, 0, OP_FREEZE, &a, 1), "ALREADY_FROZEN");
	world_block(&w, 99);
	REFUSED(clawback(&w, 0, &a, 1, 10), "NOT_FROZEN");
	DONE(world_send(&w, 1, &a, &w.people[2], 10));
	world_block(&w, 1);
	REFUSED(world_send(&w, 1, &a, &w.people[2], 10), "ACCOUNT_FROZEN");
	REFUSED(world_send(&w, 2, &a, &w.people[1], 10), "ACCOUNT_FROZEN");
	REFUSED(burn(&w, 1, &a, 10), "ACCOUNT_FROZEN");
	REFUSED(world_mint(&w, 0, &a, 1, 1, 0), "ACCOUNT_FROZEN");
	REFUSED(clawback(&w, 0, &a, 1, 41), "INSUFFICIENT_BALANCE");
	DONE(clawback(&w, 0, &a, 1, 15));
	CU_ASSERT_EQUAL(world_has(&w, &a, 0), 15);
	DONE(freeze(&w, 0, OP_UNFREEZE, &a, 1));
	DONE(world_send(&w, 1, &a, &w.people[2], 25));

	o = plain(ASSET_TRANSFERABLE);
	DONE(world_create(&w, &a, 0, &o));
	REFUSED(freeze(&w, 0, OP_FREEZE, &a, 1), "NOT_FREEZABLE");
	REFUSED(clawback(&w, 0, &a, 1, 1), "NO_CLAWBACK");
	world_clear(&w);
}

static void
a_pause_ends_by_itself_and_leaves_a_gap(void)
{
	struct world w;
	struct asset_id a;
	struct op_create o = plain(ASSET_TRANSFERABLE | ASSET_PAUSABLE);
	int64_t now;

	world_init(&w);
	DONE(world_create(&w, &a, 0, &o));
	DONE(world_mint(&w, 0, &a, 1, 50, 0));
	now = w.env.time.sec;
	REFUSED(set_pause(&w, 1, &a, now + 10), "NOT_ISSUER");
	REFUSED(set_pause(&w, 0, &a, now), "BAD_UNTIL");
	REFUSED(set_pause(&w, 0, &a, now + 3 * 86400 + 1), "BAD_UNTIL");
	DONE(set_pause(&w, 0, &a, now + 3 * 86400));
	REFUSED(world_send(&w, 1, &a, &w.people[2], 1), "ASSET_PAUSED");
	REFUSED(burn(&w, 1, &a, 1), "ASSET_PAUSED");
	REFUSED(set_pause(&w, 0, &a, now + 3 * 86400 + 1), "BAD_UNTIL");
	world_block(&w, 3 * 86400 - 1);
	REFUSED(world_send(&w, 1, &a, &w.people[2], 1), "ASSET_PAUSED");
	world_block(&w, 1);
	DONE(world_send(&w, 1, &a, &w.people[2], 1));
	REFUSED(set_pause(&w, 0, &a, w.env.time.sec + 1), "BAD_UNTIL");
	world_block(&w, 3 * 86400);
	DONE(set_pause(&w, 0, &a, w.env.time.sec + 1000));
	DONE(set_pause(&w, 0, &a, 0)); /* over at once */
	DONE(world_send(&w, 1, &a, &w.people[2], 1));
	world_clear(&w);
}

static void
T4_two_of_one_ticker_are_two_assets(void)
{
	struct world w;
	struct asset_id a, b, c;
	struct op_create o = plain(ASSET_TRANSFERABLE);
	struct wr preimage = { 0 };
	struct hash256 id;

	world_init(&w);
	w.exec.transaction = hash_of("a transaction");
	wr_hash256(&preimage, &w.exec.transaction);
	DONE(world_create(&w, &a, 0, &o));
	wr_u32(&preimage, 0);
	sha256_tagged(&id, "tally/asset", preimage.p, preimage.len);
	wr_clear(&preimage);
	CU_ASSERT(hash256_eq(&a.id, &id));
	/* the second operation of the same transaction */
	w.exec.transaction = hash_of("a transaction");
	w.exec.op_index = 1;
	DONE(world_create(&w, &b, 0, &o));
	CU_ASSERT_FALSE(asset_id_eq(&a, &b));
	/* the same creator, sponsored by two payers who are at the same nonce */
	w.exec.op_index = 0;
	w.exec.payer_nonce = 0;
	w.exec.transaction = hash_of("another payer's transaction");
	DONE(world_create(&w, &c, 0, &o));
	CU_ASSERT_FALSE(asset_id_eq(&a, &c));
	/* a transaction takes effect once; should it ever come twice, what is there stays */
	w.exec.transaction = hash_of("a transaction");
	REFUSED(world_create(&w, &c, 0, &o), "ASSET_EXISTS");
	world_clear(&w);
}

static void
who_may_send_to_whom(void)
{
	struct world w;
	struct asset_id soulbound, credit, coin = ASSET_COIN;
	struct op_create o = plain(0);
	struct account backing, treasury = dao_treasury(0);

	world_init(&w);
	DONE(world_create(&w, &soulbound, 0, &o));
	DONE(world_mint(&w, 0, &soulbound, 0, 10, 0));
	DONE(world_send(&w, 0, &soulbound, &w.people[1], 5)); /* the issuer gives */
	REFUSED(world_send(&w, 1, &soulbound, &w.people[0], 1), "NOT_TRANSFERABLE");

	o.flags = ASSET_CLOSED_LOOP;
	DONE(world_create(&w, &credit, 0, &o));
	DONE(world_mint(&w, 0, &credit, 1, 10, 0));
	REFUSED(world_send(&w, 1, &credit, &w.people[2], 1), "CLOSED_LOOP");
	DONE(world_send(&w, 1, &credit, &w.people[0], 1));

	backing = holding_backing(&credit);
	REFUSED(world_send(&w, 1, &coin, &backing, 1), "NOT_A_RECIPIENT");
	DONE(world_send(&w, 1, &coin, &treasury, 1));
	REFUSED(world_mint(&w, 0, &coin, 0, 1, 0), "NOT_ISSUER");
	REFUSED(burn(&w, 0, &coin, 1), "NOT_ISSUER");
	REFUSED(redeem(&w, 0, &coin, 1), "NOT_ISSUER");
	world_clear(&w);
}

static void
the_issuer_hands_over_and_renounces(void)
{
	struct world w;
	struct asset_id a;
	struct op_create o = plain(ASSET_TRANSFERABLE);
	struct op_set_issuer s;
	struct op_renounce r;
	struct wr payload = { 0 };

	world_init(&w);
	o.changes = ASSET_BY_ISSUER << 2 * ASSET_PART_ISSUER;
	DONE(world_create(&w, &a, 0, &o));
	s = (struct op_set_issuer){ a, dao_treasury(0) };
	op_set_issuer_encode(&payload, &s);
	REFUSED(world_do(&w, 0, OP_SET_ISSUER, &payload), "NOT_A_RECIPIENT");
	s.issuer = w.people[1];
	op_set_issuer_encode(&payload, &s);
	REFUSED(world_do(&w, 1, OP_SET_ISSUER, &payload), "NOT_ISSUER");
	op_set_issuer_encode(&payload, &s);
	DONE(world_do(&w, 0, OP_SET_ISSUER, &payload));
	REFUSED(world_mint(&w, 0, &a, 0, 1, 0), "NOT_ISSUER");
	DONE(world_mint(&w, 1, &a, 0, 1, 0));
	r.asset = a;
	op_renounce_encode(&payload, &r);
	DONE(world_do(&w, 1, OP_RENOUNCE, &payload));
	REFUSED(world_mint(&w, 1, &a, 0, 1, 0), "NOT_ISSUER");
	world_clear(&w);
}

/* Seven units for three satoshi: whatever comes and goes, B1 holds (the world looks after each step) and rounding feeds the backing. */
static void
T9_backing_covers_supply(void)
{
	struct world w;
	struct asset_id a;
	struct op_create o = plain(ASSET_TRANSFERABLE | ASSET_BACKED);
	struct account backing;
	struct amount minted, coin;

	world_init(&w);
	o.units = 7;
	o.sats = 3;
	o.cap = units(10000000);
	DONE(world_create(&w, &a, 0, &o));
	backing = holding_backing(&a);
	REFUSED(world_mint(&w, 1, &a, 1, 8, 3), "COIN_LIMIT"); /* ceil(8*3/7) = 4 */
	DONE(world_mint(&w, 1, &a, 1, 8, 4));
	CU_ASSERT_EQUAL(world_coin(&w, &backing), 4);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000 - 4);
	DONE(world_mint(&w, 0, &a, 2, 1, 100)); /* the issuer pays like anybody */
	CU_ASSERT_EQUAL(world_coin(&w, &backing), 5);
	REFUSED(burn(&w, 1, &a, 1), "USE_REDEEM");
	DONE(redeem(&w, 2, &a, 1)); /* dust: floor(3/7) = 0 */
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[2]), 1000000);
	DONE(redeem(&w, 1, &a, 8)); /* floor(24/7) = 3 */
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000 - 1);
	CU_ASSERT_EQUAL(world_coin(&w, &backing), 2);
	REFUSED(redeem(&w, 1, &a, 1), "INSUFFICIENT_BALANCE");

	/* the peg's way in: 10 satoshi pay for floor(70/3) = 23 units, which cost ceil(69/7) = 10 */
	CU_ASSERT_PTR_NULL(asset_mint_backed(&w.exec, &minted, &a, &w.people[3], units(10)));
	CU_ASSERT_EQUAL(amount_units(minted), 23);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[3]), 1000000 - 10);
	CU_ASSERT_PTR_NULL(asset_redeem(&w.exec, &coin, &a, &w.people[3], units(23)));
	CU_ASSERT_EQUAL(amount_units(coin), 9);
	REFUSED(asset_mint_backed(&w.exec, &minted, &a, &w.people[3], units(2000000)), "INSUFFICIENT_BALANCE");
	REFUSED(asset_mint_backed(&w.exec, &minted, &a, &w.people[3], AMOUNT_ZERO), "ZERO_AMOUNT");
	CU_ASSERT_EQUAL(supply(&w, &a), 0);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[3]), 1000000 - 1);
	world_clear(&w);
}

static void
a_refused_backed_mint_leaves_the_coin(void)
{
	struct world w;
	struct asset_id a, plain_one;
	struct op_create o = plain(ASSET_BACKED);
	struct amount minted;

	world_init(&w);
	o.units = 1;
	o.sats = 1;
	o.cap = units(5);
	DONE(world_create(&w, &a, 0, &o));
	w.events.len = 0;
	REFUSED(asset_mint_backed(&w.exec, &minted, &a, &w.people[1], units(6)), "CAP_EXCEEDED");
	CU_ASSERT_EQUAL(w.events.len, 0);
	CU_ASSERT_EQUAL(world_coin(&w, &w.people[1]), 1000000);
	CU_ASSERT_PTR_NULL(asset_mint_backed(&w.exec, &minted, &a, &w.people[1], units(5)));
	o = plain(0);
	DONE(world_create(&w, &plain_one, 0, &o));
	REFUSED(asset_mint_backed(&w.exec, &minted, &plain_one, &w.people[1], units(5)), "NOT_BACKED");
	plain_one.id.b[0] ^= 1;
	REFUSED(asset_mint_backed(&w.exec, &minted, &plain_one, &w.people[1], units(5)), "ASSET_UNKNOWN");
	world_clear(&w);
}

static void
a_backed_mint_that_fails_half_way_is_taken_back(void)
{
	struct world w;
	struct asset_id a;
	struct op_create o = plain(ASSET_BACKED);
	struct amount minted;

	world_init(&w);
	o.units = o.sats = 1;
	o.dao = 0;
	o.cap = units(5000000);
	DONE(world_create(&w, &a, 0, &o));
	CU_ASSERT_PTR_NULL(holding_add_permit(w.state, &a, units(3000000)));
	REFUSED(asset_mint_backed(&w.exec, &minted, &a, &w.people[1], units(2000000)), "INSUFFICIENT_BALANCE");
	CU_ASSERT_EQUAL(amount_units(holding_permit(w.state, &a)), 3000000); /* it had been used before the coin was missing */
	world_clear(&w);
}

static void
an_asset_that_obeys_a_dao_needs_its_permit(void)
{
	struct world w;
	struct asset_id a;
	struct op_create o = plain(ASSET_TRANSFERABLE);

	world_init(&w);
	o.dao = 0;
	DONE(world_create(&w, &a, 0, &o));
	REFUSED(world_mint(&w, 0, &a, 0, 1, 0), "NO_PERMIT");
	CU_ASSERT_PTR_NULL(holding_add_permit(w.state, &a, units(10)));
	DONE(world_mint(&w, 0, &a, 0, 6, 0));
	REFUSED(world_mint(&w, 0, &a, 0, 5, 0), "NO_PERMIT");
	DONE(world_mint(&w, 0, &a, 0, 4, 0));
	CU_ASSERT(amount_is_zero(holding_permit(w.state, &a)));
	world_clear(&w);
}

static void
records_and_walks(void)
{
	struct world w;
	struct asset_id a, b;
	struct asset got;
	struct asset_walk walk;
	struct op_create o = plain(ASSET_TRANSFERABLE);
	size_t n = 0;

	world_init(&w);
	o.ticker = OP_TEXT("TWELVELETTER");
	o.rule = OP_TEXT("issue_fixed");
	o.rule_major = 1;
	o.cap = units(77);
	DONE(world_create(&w, &a, 3, &o));
	CU_ASSERT_EQUAL(world_has(&w, &a, 3), 77);
	REFUSED(world_mint(&w, 3, &a, 3, 1, 0), "FIXED_SUPPLY");
	o.params = (struct op_blob){ (const uint8_t *)"x", 1 };
	REFUSED(world_create(&w, &b, 3, &o), "BAD_PARAMS");
	o = plain(0);
	DONE(world_create(&w, &b, 4, &o));
	asset_walk_init(&walk, w.state);
	while (asset_walk_next(&walk, &got))
		n++;
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_FATAL(asset_get(&got, w.state, &a));
	CU_ASSERT_STRING_EQUAL(got.ticker, "TWELVELETTER");
	CU_ASSERT_STRING_EQUAL(got.rule, "issue_fixed");
	CU_ASSERT(account_eq(&got.creator, &w.people[3]));
	CU_ASSERT_EQUAL(got.created.sec, WORLD_TIME);
	got.id.id.b[5] ^= 1;
	CU_ASSERT_FALSE(asset_get(&got, w.state, &got.id));
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "T1 mint to the cap and the edges", T1_mint_to_the_cap_and_the_edges },
	{ "T2 supply is what everybody has", T2_supply_is_what_everybody_has },
	{ "T1 beyond the largest amount is malformed", beyond_the_largest_amount_is_malformed },
	{ "T3 flags that contradict", T3_flags_that_contradict },
	{ "creation refuses nonsense", creation_refuses_nonsense },
	{ "T3 freeze only after its notice", T3_freeze_only_after_its_notice },
	{ "a pause ends by itself and leaves a gap", a_pause_ends_by_itself_and_leaves_a_gap },
	{ "T4 two of one ticker are two assets", T4_two_of_one_ticker_are_two_assets },
	{ "who may send to whom", who_may_send_to_whom },
	{ "the issuer hands over and renounces", the_issuer_hands_over_and_renounces },
	{ "T9 backing covers supply", T9_backing_covers_supply },
	{ "a refused backed mint leaves the coin", a_refused_backed_mint_leaves_the_coin },
	{ "a backed mint that fails half way is taken back", a_backed_mint_that_fails_half_way_is_taken_back },
	{ "an asset that obeys a DAO needs its permit", an_asset_that_obeys_a_dao_needs_its_permit },
	{ "records and walks", records_and_walks },
};

UNIT_MAIN("asset", tests)
