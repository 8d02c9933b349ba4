/* issue_managed in the ledger: whatever is tried, what is minted is what a plain reckoning of its parameters allows. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#define PERIOD 600
#define ALL 3000 /* of all in a period */
#define ONCE 900
#define CAP 1000000000

/* What each person may mint in a period; 0 is the issuer. */
static const uint64_t allowances[WORLD_PEOPLE] = { 400, 0, 1500, 2500, 0, 0, 0, 0 };

struct reckoning {
	int64_t period;
	uint64_t all, own[WORLD_PEOPLE];
};

static void
wr_params(struct wr *w, const struct world *world, uint8_t burners)
{
	wr_u32(w, PERIOD);
	wr_u64(w, ALL);
	wr_u64(w, ONCE);
	wr_u32(w, 0);
	wr_u8(w, burners);
	wr_u64(w, allowances[0]);
	wr_u8(w, 2);
	for (size_t i = 2; i < 4; i++) {
		wr_account(w, &world->people[i]);
		wr_u64(w, allowances[i]);
	}
}

static struct asset_id
managed(struct world *w, uint8_t burners, uint16_t flags)
{
	struct op_create o = { .flags = (uint16_t)(ASSET_TRANSFERABLE | ASSET_MINTERS | flags),
			       .cap = units(CAP),
			       .dao = ASSET_NO_DAO,
			       .rule = OP_TEXT("issue_managed"),
			       .rule_major = 1,
			       .changes = ASSET_BY_ISSUER << 2 * ASSET_PART_PARAMS };
	struct wr params = { 0 };
	struct asset_id a;

	wr_params(&params, w, burners);
	o.params = (struct op_blob){ params.p, params.len };
	DONE(world_create(w, &a, 0, &o));
	wr_clear(&params);
	return a;
}

static const char *
expected(struct reckoning *r, const struct world *w, size_t who, uint64_t amount)
{
	int64_t period = w->env.time.sec / PERIOD;

	if (period != r->period) {
		memset(r, 0, sizeof(*r));
		r->period = period;
	}
	if (allowances[who] == 0)
		return "NOT_A_MINTER";
	if (amount > ONCE)
		return "MINT_TOO_LARGE";
	if (r->own[who] + amount > allowances[who])
		return "ALLOWANCE_EXCEEDED";
	if (r->all + amount > ALL)
		return "PERIOD_EXCEEDED";
	r->own[who] += amount;
	r->all += amount;
	return NULL;
}

static void
minting_is_as_reckoned(void)
{
	struct reckoning r = { .period = -1 };
	uint64_t seed = 4711, minted = 0;
	unsigned said[5] = { 0 };
	struct asset_id a;
	struct world w;

	world_init(&w);
	w.deep = false;
	a = managed(&w, 0, 0);
	for (int i = 0; i < 20000; i++) {
		uint64_t amount;
		const char *want, *got;
		size_t who;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		who = (size_t)(seed >> 40) % 4;
		amount = 1 + (seed >> 20) % 1000;
		if ((seed >> 50) % 3 == 0)
			world_block(&w, (int64_t)(seed >> 33) % 200);
		want = expected(&r, &w, who, amount);
		got = world_mint(&w, who, &a, 5, amount, 0);
		CU_ASSERT_FATAL((want == NULL) == (got == NULL) && (want == NULL || strcmp(want, got) == 0));
		minted += got == NULL ? amount : 0;
		said[got == NULL ? 0 : strcmp(got, "NOT_A_MINTER") == 0 ? 1 : strcmp(got, "MINT_TOO_LARGE") == 0 ? 2 : strcmp(got, "PERIOD_EXCEEDED") == 0 ? 3 : 4]++;
	}
	CU_ASSERT_EQUAL(world_has(&w, &a, 5), minted);
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		CU_ASSERT(said[i] > 0);
	world_clear(&w);
}

static const char *
burn(struct world *w, size_t who, const struct asset_id *a, uint64_t amount)
{
	struct op_burn o = { *a, units(amount) };
	struct wr p = { 0 };

	op_burn_encode(&p, &o);
	return world_do(w, who, OP_BURN, &p);
}

static void
who_may_burn(void)
{
	struct asset_id open, closed;
	struct world w;

	world_init(&w);
	open = managed(&w, 0, 0);
	closed = managed(&w, 1, 0);
	DONE(world_mint(&w, 2, &open, 5, 100, 0));
	DONE(world_mint(&w, 2, &closed, 5, 100, 0));
	DONE(burn(&w, 5, &open, 10));
	REFUSED(burn(&w, 5, &closed, 10), "ONLY_MINTERS_BURN");
	DONE(world_send(&w, 5, &closed, &w.people[3], 20));
	DONE(burn(&w, 3, &closed, 20));
	DONE(world_send(&w, 5, &closed, &w.people[0], 20));
	DONE(burn(&w, 0, &closed, 20));
	REFUSED(burn(&w, 0, &closed, 20), "INSUFFICIENT_BALANCE");
	CU_ASSERT_EQUAL(world_has(&w, &closed, 5), 60);
	world_clear(&w);
}

/* A refused mint leaves no count behind, nor does one that the host refuses after the rule has agreed. */
static void
what_fails_is_not_counted(void)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_MINTERS, .cap = units(350), .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_managed"), .rule_major = 1 };
	struct wr params = { 0 };
	struct asset_id a;
	struct world w;

	world_init(&w);
	wr_params(&params, &w, 0);
	o.params = (struct op_blob){ params.p, params.len };
	DONE(world_create(&w, &a, 0, &o));
	REFUSED(world_mint(&w, 0, &a, 5, 351, 0), "CAP_EXCEEDED");
	DONE(world_mint(&w, 0, &a, 5, 350, 0)); /* of 400 */
	DONE(burn(&w, 5, &a, 350));
	REFUSED(world_mint(&w, 0, &a, 5, 51, 0), "ALLOWANCE_EXCEEDED");
	DONE(world_mint(&w, 0, &a, 5, 50, 0));
	wr_clear(&params);
	world_clear(&w);
}

static void
a_frozen_minter_does_not_mint(void)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_MINTERS | ASSET_FREEZABLE | ASSET_PAUSABLE,
			       .dao = ASSET_NO_DAO,
			       .rule = OP_TEXT("issue_managed"),
			       .rule_major = 1 };
	struct wr params = { 0 }, payload = { 0 };
	struct op_freeze freeze;
	struct op_pause pause;
	struct asset_id a;
	struct world w;

	world_init(&w);
	wr_params(&params, &w, 0);
	o.params = (struct op_blob){ params.p, params.len };
	DONE(world_create(&w, &a, 0, &o));
	freeze = (struct op_freeze){ a, w.people[2] };
	pause = (struct op_pause){ a, { w.env.time.sec + 100 } };
	op_freeze_encode(&payload, &freeze);
	DONE(world_do(&w, 0, OP_FREEZE, &payload));
	REFUSED(world_mint(&w, 2, &a, 5, 1, 0), "ACCOUNT_FROZEN");
	DONE(world_mint(&w, 3, &a, 5, 1, 0));
	op_pause_encode(&payload, &pause);
	DONE(world_do(&w, 0, OP_PAUSE, &payload));
	REFUSED(world_mint(&w, 3, &a, 5, 1, 0), "ASSET_PAUSED");
	wr_clear(&params);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "minting is as reckoned", minting_is_as_reckoned },
	{ "who may burn", who_may_burn },
	{ "what fails is not counted", what_fails_is_not_counted },
	{ "a frozen minter does not mint", a_frozen_minter_does_not_mint },
};

UNIT_MAIN("rule issue_managed", tests)
