/* Random operations over assets, loyalty and governance; every invariant after each. A failed run prints its seed. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token/holding.h"

#define WORLDS 10
#define ROUNDS 2000
#define ASSETS_MAX 9
#define RECEIPTS_MAX 200

struct fate {
	struct world w;
	uint64_t seed;
	struct asset_id assets[ASSETS_MAX];
	size_t assets_n;
	uint64_t receipts;
	unsigned done[64]; /* by operation number */
};

static uint64_t
draw(struct fate *f, uint64_t n)
{
	f->seed ^= f->seed << 13;
	f->seed ^= f->seed >> 7;
	f->seed ^= f->seed << 17;
	return f->seed % n;
}

static uint64_t
some_amount(struct fate *f)
{
	static const uint64_t edges[] = { 0, 1, 2, 1000000, INT64_MAX, INT64_MAX - 1 };

	return draw(f, 10) == 0 ? edges[draw(f, ARRAY_LEN(edges))] : draw(f, 1000);
}

static size_t
someone(struct fate *f)
{
	return (size_t)draw(f, WORLD_PEOPLE);
}

static struct asset_id
some_asset(struct fate *f)
{
	static const struct asset_id coin;

	return f->assets_n == 0 || draw(f, 12) == 0 ? coin : f->assets[draw(f, f->assets_n)];
}

/* An account to send to: mostly a person, now and then a treasury or something nobody may send to. */
static struct account
some_account(struct fate *f)
{
	static const struct asset_id coin;

	if (draw(f, 15) == 0)
		return dao_treasury((uint32_t)draw(f, 3));
	return draw(f, 40) == 0 ? holding_backing(&coin) : f->w.people[someone(f)];
}

static void
run(struct fate *f, size_t person, uint16_t number, struct wr *payload)
{
	if (world_do(&f->w, person, number, payload) == NULL)
		f->done[number]++;
}

static void
do_create(struct fate *f)
{
	static const uint16_t flags[] = {
		ASSET_TRANSFERABLE,
		ASSET_TRANSFERABLE | ASSET_VOTES,
		ASSET_TRANSFERABLE | ASSET_LOTS,
		ASSET_TRANSFERABLE | ASSET_LOTS | ASSET_BACKED,
		ASSET_TRANSFERABLE | ASSET_BACKED | ASSET_PAUSABLE,
		ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_CLAWBACK | ASSET_VOTES,
		ASSET_CLOSED_LOOP | ASSET_LOTS,
	};
	struct op_create o = { .dao = draw(f, 4) == 0 ? 0 : ASSET_NO_DAO, .cap = units(draw(f, 3) == 0 ? INT64_MAX : 20000) };
	struct wr params = { 0 };
	struct asset_id a;

	if (f->assets_n == ASSETS_MAX)
		return;
	o.flags = flags[f->assets_n % ARRAY_LEN(flags)];
	if ((o.flags & ASSET_BACKED) != 0) {
		o.units = 1 + draw(f, 9);
		o.sats = 1 + draw(f, 9);
	}
	if ((o.flags & ASSET_LOTS) != 0) {
		o.dao = ASSET_NO_DAO;
		o.rule = OP_TEXT("issue_loyalty");
		o.rule_major = 1;
		wr_u64(&params, 1 + draw(f, 5));
		wr_u64(&params, 1 + draw(f, 5));
		wr_u32(&params, (uint32_t)draw(f, 3000));
		wr_u32(&params, (uint32_t)draw(f, 5));
		wr_u32(&params, 1 + (uint32_t)draw(f, 2));
		wr_u8(&params, 0);
		o.params = (struct op_blob){ params.p, params.len };
	}
	if (world_create(&f->w, &a, someone(f), &o) == NULL) {
		f->assets[f->assets_n++] = a;
		f->done[OP_CREATE]++;
	}
	wr_clear(&params);
}

/* Mostly the issuer, where only he may. */
static size_t
issuer_of(struct fate *f, const struct asset_id *id)
{
	struct asset a;

	CU_ASSERT_FATAL(asset_get(&a, f->w.state, id));
	for (size_t i = 0; i < WORLD_PEOPLE && draw(f, 8) != 0; i++) {
		if (account_eq(&f->w.people[i], &a.issuer))
			return i;
	}
	return someone(f);
}

static void
do_units(struct fate *f)
{
	struct asset_id a = some_asset(f);
	struct op_mint mint = { a, some_account(f), units(some_amount(f)), units(draw(f, 5000)) };
	struct op_transfer transfer = { a, some_account(f), units(some_amount(f)), { NULL, 0 } };
	struct op_burn burn = { a, units(some_amount(f)) };
	struct op_redeem redeem = { a, units(some_amount(f)) };
	struct wr p = { 0 };

	switch (draw(f, 6)) {
	case 0:
		op_mint_encode(&p, &mint);
		run(f, issuer_of(f, &a), OP_MINT, &p);
		break;
	case 1:
		op_burn_encode(&p, &burn);
		run(f, someone(f), OP_BURN, &p);
		break;
	case 2:
		op_redeem_encode(&p, &redeem);
		run(f, someone(f), OP_REDEEM, &p);
		break;
	default:
		op_transfer_encode(&p, &transfer);
		run(f, someone(f), OP_TRANSFER, &p);
		break;
	}
}

static struct hash256
receipt(uint64_t n)
{
	struct hash256 h = { { 1, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16) } };

	return h;
}

static void
do_loyalty(struct fate *f)
{
	struct asset_id a = some_asset(f);
	uint64_t old = draw(f, f->receipts + 1), first = f->receipts > RECEIPTS_MAX ? f->receipts - RECEIPTS_MAX : 0;
	struct op_earn earn = { a, some_account(f), receipt(draw(f, 10) == 0 ? old : f->receipts++), units(some_amount(f)), units(draw(f, 50)) };
	struct op_refund refund = { a, f->w.people[someone(f)], receipt(first + draw(f, f->receipts - first + 1)), units(draw(f, 300)) };
	struct receipt known;
	struct wr p = { 0 };

	if (draw(f, 2) == 0) {
		op_earn_encode(&p, &earn);
		run(f, issuer_of(f, &a), OP_EARN, &p);
		return;
	}
	if (draw(f, 8) != 0 && receipt_get(&known, f->w.state, &a, &refund.receipt))
		refund.customer = known.customer;
	op_refund_encode(&p, &refund);
	run(f, issuer_of(f, &a), OP_REFUND, &p);
}

static void
do_issuer(struct fate *f)
{
	struct asset_id a = f->assets_n > 5 && draw(f, 3) != 0 ? f->assets[5] : some_asset(f); /* that one is freezable */
	struct account victim = f->w.people[draw(f, 2)];
	struct op_freeze freeze = { a, victim };
	struct op_pause set_pause = { a, { f->w.env.time.sec + (int64_t)draw(f, 5000) } };
	struct op_clawback clawback = { a, victim, units(draw(f, 20)) };
	struct op_set_issuer set_issuer = { a, some_account(f) };
	size_t by = issuer_of(f, &a);
	struct wr p = { 0 };

	switch (draw(f, 8)) {
	case 0:
	case 1:
		op_freeze_encode(&p, &freeze);
		run(f, by, OP_FREEZE, &p);
		break;
	case 2:
	case 3:
		op_freeze_encode(&p, &freeze);
		run(f, by, OP_UNFREEZE, &p);
		break;
	case 4:
		op_pause_encode(&p, &set_pause);
		run(f, by, OP_PAUSE, &p);
		break;
	case 5:
		if (draw(f, 10) == 0) {
			op_set_issuer_encode(&p, &set_issuer);
			run(f, by, OP_SET_ISSUER, &p);
		}
		break;
	default:
		op_clawback_encode(&p, &clawback);
		run(f, by, OP_CLAWBACK, &p);
		break;
	}
}

static void
do_create_dao(struct fate *f)
{
	static const uint8_t params[] = { 1000 & 255, 1000 >> 8, 5000 & 255, 5000 >> 8, 3340 & 255, 3340 >> 8 };
	struct op_create_dao t = {
		.name = OP_TEXT("Friends"), .rule = OP_TEXT("gov_token"), .rule_major = 1, .params = { params, 6 }, .actions = 7,
		.deposit_period = (uint32_t)draw(f, 1000), .voting_delay = (uint32_t)draw(f, 500), .voting_period = 1 + (uint32_t)draw(f, 1000),
		.timelock = (uint32_t)draw(f, 500), .grace = 1 + (uint32_t)draw(f, 3000), .deposit = units(draw(f, 2) * 50),
		.electorate = DAO_HOLDERS, .asset = some_asset(f), .has_guardian = true, .guardian = f->w.people[7],
		.guardian_until.sec = WORLD_TIME + 10000000,
	};
	struct wr p = { 0 };

	t.late_extension = t.voting_period / 3;
	if (dao_count(f->w.state) > 6)
		return;
	op_create_dao_encode(&p, &t);
	run(f, someone(f), OP_CREATE_DAO, &p);
}

static void
do_propose(struct fate *f)
{
	struct action_spend spend = { some_asset(f), some_account(f), units(some_amount(f)) };
	struct action_mint_permit permit = { some_asset(f), units(some_amount(f)) };
	struct op_propose o = { .dao = (uint32_t)draw(f, dao_count(f->w.state)), .title = OP_TEXT("Do it"), .deposit = units(draw(f, 60)), .actions_n = 1 };
	uint8_t kind = (uint8_t)draw(f, 7);
	struct wr p = { 0 }, body = { 0 };

	if (kind == ACTION_SPEND)
		action_spend_encode(&body, &spend);
	else if (kind == ACTION_MINT_PERMIT)
		action_mint_permit_encode(&body, &permit);
	else if (kind == ACTION_TEXT)
		wr_bytes(&body, "words", 5);
	o.actions[0] = (struct dao_action){ kind, { body.p, body.len } };
	op_propose_encode(&p, &o);
	run(f, o.dao == 0 ? (size_t)draw(f, 3) : someone(f), OP_PROPOSE, &p);
	wr_clear(&body);
}

static size_t
proposer_of(struct fate *f, uint64_t number)
{
	struct proposal p;

	for (size_t i = 0; proposal_get(&p, f->w.state, number) && i < WORLD_PEOPLE; i++) {
		if (account_eq(&p.proposer, &f->w.people[i]))
			return i;
	}
	return someone(f);
}

static void
do_vote(struct fate *f)
{
	uint64_t n = proposal_count(f->w.state), recent = n > 4 ? n - 4 : 0;
	uint64_t number = recent + 1 + draw(f, 4);
	uint16_t a = (uint16_t)draw(f, 5001), b = (uint16_t)draw(f, 3001);
	struct op_vote vote = { number, { VOTE_WHOLE, 0, 0, 0 } };
	struct op_proposal proposal = { number };
	struct op_add_deposit deposit = { number, units(draw(f, 60)) };
	struct op_delegate delegate = { some_asset(f), some_account(f) };
	struct wr p = { 0 };

	switch (draw(f, 10)) {
	case 0:
		op_add_deposit_encode(&p, &deposit);
		run(f, someone(f), OP_ADD_DEPOSIT, &p);
		break;
	case 1:
	case 2:
		op_proposal_encode(&p, &proposal);
		run(f, someone(f), OP_EXECUTE, &p);
		break;
	case 3:
		op_proposal_encode(&p, &proposal);
		run(f, proposer_of(f, number), draw(f, 6) == 0 ? OP_CANCEL : OP_EXECUTE, &p);
		break;
	case 4:
		op_proposal_encode(&p, &proposal);
		run(f, 7, draw(f, 6) == 0 ? OP_GUARDIAN_VETO : OP_EXECUTE, &p);
		break;
	case 5:
		op_delegate_encode(&p, &delegate);
		run(f, someone(f), OP_DELEGATE, &p);
		break;
	default:
		if (draw(f, 3) == 0)
			vote = (struct op_vote){ number, { (uint16_t)(VOTE_WHOLE - a - b), a, 0, b } };
		op_vote_encode(&p, &vote);
		run(f, someone(f), OP_VOTE, &p);
		break;
	}
}

static void
one_step(struct fate *f)
{
	uint64_t what = draw(f, 100);

	if (what < 2)
		do_create(f);
	else if (what < 40)
		do_units(f);
	else if (what < 60)
		do_loyalty(f);
	else if (what < 64)
		do_issuer(f);
	else if (what < 65)
		do_create_dao(f);
	else if (what < 71)
		do_propose(f);
	else if (what < 92)
		do_vote(f);
	else
		world_block(&f->w, (int64_t)draw(f, draw(f, 12) == 0 ? 86400 : 150));
}

/* All coin is what everybody began with: nothing here makes or ends any. */
static void
check_coin(const struct fate *f)
{
	struct asset_id coin = ASSET_COIN;

	CU_ASSERT_EQUAL(amount_units(bank_supply(f->w.state, &coin)), 1000000u * WORLD_PEOPLE);
}

static void
random_operations_keep_every_invariant(void)
{
	static const uint16_t all[] = {
		OP_CREATE, OP_MINT,    OP_BURN,       OP_TRANSFER, OP_SET_ISSUER,  OP_FREEZE, OP_UNFREEZE, OP_PAUSE,    OP_CLAWBACK,      OP_EARN,
		OP_REFUND, OP_REDEEM,  OP_CREATE_DAO, OP_PROPOSE,  OP_ADD_DEPOSIT, OP_VOTE,   OP_CANCEL,   OP_EXECUTE,  OP_GUARDIAN_VETO, OP_DELEGATE,
	};
	const char *given = getenv("TALLY_SEED"), *more = getenv("TALLY_WORLDS");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20240229;
	unsigned long worlds = more != NULL ? strtoul(more, NULL, 10) : WORLDS;
	unsigned done[64] = { 0 };

	for (unsigned long i = 0; i < worlds; i++, seed++) {
		struct fate f = { .seed = seed * 2654435761u + 1 };

		printf(" seed %llu", (unsigned long long)seed);
		world_init(&f.w);
		for (int n = 0; n < ROUNDS; n++)
			one_step(&f);
		check_coin(&f);
		world_clear(&f.w);
		for (size_t j = 0; j < ARRAY_LEN(done); j++)
			done[j] += f.done[j];
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (done[all[i]] == 0)
			printf("\n  operation %u never succeeded", all[i]);
		CU_ASSERT(done[all[i]] > 0);
	}
}

/* The same operations give the same state, whatever is tried and taken back between them. */
static void
replay_gives_the_same_state(void)
{
	struct hash256 roots[2];

	for (int i = 0; i < 2; i++) {
		struct fate f = { .seed = 77 };

		world_init(&f.w);
		f.w.deep = false;
		for (int n = 0; n < 3000; n++) {
			size_t mark = state_mark(f.w.state);
			struct proposal p;
			size_t failed;

			if (i == 1 && proposal_get(&p, f.w.state, 1))
				(void)!proposal_try(&f.w.exec, &failed, 1);
			state_rollback(f.w.state, mark);
			one_step(&f);
		}
		state_root(&roots[i], f.w.state);
		world_clear(&f.w);
	}
	CU_ASSERT(hash256_eq(&roots[0], &roots[1]));
}

static const struct unit_test tests[] = {
	{ "random operations keep every invariant", random_operations_keep_every_invariant },
	{ "replay gives the same state", replay_gives_the_same_state },
};

UNIT_MAIN("rules, random", tests)
