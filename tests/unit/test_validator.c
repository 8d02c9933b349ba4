/* Validators: bonds, ballots, double signing, and what DAO 0 decides. */
#include "tests/unit/validator_world.h"

#include <stdio.h>
#include <string.h>

#include "token/validator_parts.h"
#include "token/votes.h"

#define BEGUN 1000000u /* coin that everybody has at first */

static uint64_t
escrow(const struct world *w)
{
	struct account a = validators_escrow();

	return world_coin(w, &a);
}

static uint64_t
fund(const struct world *w)
{
	struct account a = bank_fee_fund();

	return world_coin(w, &a);
}

static uint64_t
coin_of(const struct world *w, size_t person)
{
	return world_coin(w, &w->people[person]);
}

static struct action_validators
weigh(size_t i, uint64_t weight)
{
	struct action_validators a = { .change = CHANGE_WEIGHTS, .n = 1 };

	a.list[0] = (struct validator_weight){ validator_key_at(i), weight };
	return a;
}

/* ---- asleep ---- */

static void
without_a_section_everything_is_refused(void)
{
	struct world w;
	struct op_evidence e;
	struct action_validators a = weigh(0, 1);
	uint8_t address[VALIDATOR_ADDRESS_LEN] = { 0 };

	world_init(&w);
	REFUSED(validator_register(&w, 0, 5, 100), "VALIDATORS_OFF");
	REFUSED(validator_bond(&w, 0, OP_BOND, 5, 100), "VALIDATORS_OFF");
	REFUSED(validator_bond(&w, 0, OP_UNBOND, 5, 100), "VALIDATORS_OFF");
	REFUSED(validator_do(&w, 0, OP_UNJAIL, 5), "VALIDATORS_OFF");
	REFUSED(validator_withdraw(&w, 0), "VALIDATORS_OFF");
	REFUSED(validator_vote(&w, 0, 5, 100), "VALIDATORS_OFF");
	validator_two_votes(&e, 0, 1);
	REFUSED(validator_report(&w, 0, &e), "VALIDATORS_OFF");
	REFUSED(validators_decide(&w, &a), "VALIDATORS_OFF");
	REFUSED(validator_misbehaved(&w.exec, address, 1), "VALIDATORS_OFF");
	world_block(&w, VALIDATOR_EPOCH);
	CU_ASSERT_FALSE(validators_awake(w.state));
	world_clear(&w);
}

/* ---- registering ---- */

static void
only_who_has_the_key_registers_it(void)
{
	struct op_register_validator o = { .key = validator_key_at(5), .moniker = OP_TEXT("five"), .self_bond = { 0 } };
	struct ed25519_seed seed = validator_seed_at(5);
	struct ed25519_sig sig;
	struct hash256 hash;
	struct wr p = { 0 };
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	validator_proof_hash(&hash, &w.env.genesis_id, &w.people[5], &o.key);
	CU_ASSERT_FATAL(ed25519_sign(&sig, &seed, hash.b, sizeof(hash.b)));
	memcpy(o.proof.b, sig.b, sizeof(sig.b));
	o.self_bond = units(99);
	op_register_validator_encode(&p, &o);
	REFUSED(world_do(&w, 5, OP_REGISTER_VALIDATOR, &p), "SELF_BOND_TOO_SMALL");
	o.self_bond = units(100);
	op_register_validator_encode(&p, &o);
	REFUSED(world_do(&w, 6, OP_REGISTER_VALIDATOR, &p), "BAD_PROOF"); /* another owner has seen it */
	o.moniker = OP_TEXT("a\nb");
	op_register_validator_encode(&p, &o);
	REFUSED(world_do(&w, 5, OP_REGISTER_VALIDATOR, &p), "BAD_MONIKER");
	o.moniker = OP_TEXT("five");
	op_register_validator_encode(&p, &o);
	DONE(world_do(&w, 5, OP_REGISTER_VALIDATOR, &p));
	CU_ASSERT_EQUAL(coin_of(&w, 5), BEGUN - 100);
	CU_ASSERT_EQUAL(validator_at(&w, 5).bonded.tokens, 100);
	CU_ASSERT_STRING_EQUAL(validator_at(&w, 5).moniker, "five");
	REFUSED(validator_register(&w, 5, 5, 100), "VALIDATOR_EXISTS");
	REFUSED(validator_register(&w, 5, 0, 100), "VALIDATOR_EXISTS");
	memset(o.key.b, 0, sizeof(o.key.b)); /* a point of small order signs for anybody */
	op_register_validator_encode(&p, &o);
	REFUSED(world_do(&w, 5, OP_REGISTER_VALIDATOR, &p), "BAD_KEY");
	REFUSED(validator_register(&w, 6, 6, 2 * BEGUN), "INSUFFICIENT_BALANCE");
	world_clear(&w);
}

/* ---- bonds ---- */

static void
bonds_come_back_after_the_unbonding_time(void)
{
	struct world w;

	world_init(&w);
	validators_begin(&w, "pos");
	DONE(validator_register(&w, 4, 4, 100));
	DONE(validator_bond(&w, 5, OP_BOND, 4, 1000));
	CU_ASSERT_EQUAL(coin_of(&w, 5), BEGUN - 1000);
	CU_ASSERT_EQUAL(escrow(&w), 1100);
	REFUSED(validator_bond(&w, 5, OP_BOND, 4, 0), "ZERO_AMOUNT");
	REFUSED(validator_bond(&w, 5, OP_BOND, 7, 1), "VALIDATOR_UNKNOWN");
	REFUSED(validator_bond(&w, 5, OP_UNBOND, 4, 1001), "INSUFFICIENT_BOND");
	REFUSED(validator_bond(&w, 6, OP_UNBOND, 4, 1), "INSUFFICIENT_BOND");
	REFUSED(validator_withdraw(&w, 5), "NOTHING_TO_WITHDRAW");
	DONE(validator_bond(&w, 5, OP_UNBOND, 4, 400));
	CU_ASSERT_EQUAL(validator_at(&w, 4).bonded.tokens, 700);
	CU_ASSERT_EQUAL(validator_at(&w, 4).unbonding, 400);
	world_block(&w, VALIDATOR_UNBONDING - 1);
	REFUSED(validator_withdraw(&w, 5), "NOTHING_TO_WITHDRAW");
	world_block(&w, 1); /* the first second */
	DONE(validator_withdraw(&w, 5));
	CU_ASSERT_EQUAL(coin_of(&w, 5), BEGUN - 600);
	CU_ASSERT_EQUAL(escrow(&w), 700);
	REFUSED(validator_withdraw(&w, 5), "NOTHING_TO_WITHDRAW");
	world_clear(&w);
}

static void
who_has_too_little_of_his_own_is_jailed(void)
{
	struct world w;

	world_init(&w);
	validators_begin(&w, "pos");
	DONE(validator_register(&w, 4, 4, 150));
	DONE(validator_bond(&w, 5, OP_BOND, 4, 1000));
	DONE(validator_bond(&w, 4, OP_UNBOND, 4, 50));
	CU_ASSERT_EQUAL(validator_at(&w, 4).status, VALIDATOR_ACTIVE);
	DONE(validator_bond(&w, 4, OP_UNBOND, 4, 1));
	CU_ASSERT_EQUAL(validator_at(&w, 4).status, VALIDATOR_JAILED);
	REFUSED(validator_vote(&w, 5, 4, 10), "VALIDATOR_JAILED");
	REFUSED(validator_do(&w, 4, OP_UNJAIL, 4), "SELF_BOND_TOO_SMALL");
	DONE(validator_bond(&w, 5, OP_BOND, 4, 5)); /* another's bond doesn't help */
	REFUSED(validator_do(&w, 4, OP_UNJAIL, 4), "SELF_BOND_TOO_SMALL");
	DONE(validator_bond(&w, 4, OP_BOND, 4, 1));
	REFUSED(validator_do(&w, 5, OP_UNJAIL, 4), "NOT_OWNER");
	DONE(validator_do(&w, 4, OP_UNJAIL, 4));
	REFUSED(validator_do(&w, 4, OP_UNJAIL, 4), "NOT_JAILED");
	REFUSED(validator_do(&w, 5, OP_RETIRE_VALIDATOR, 4), "NOT_OWNER");
	DONE(validator_do(&w, 4, OP_RETIRE_VALIDATOR, 4));
	REFUSED(validator_do(&w, 4, OP_RETIRE_VALIDATOR, 4), "VALIDATOR_JAILED");
	DONE(validator_do(&w, 4, OP_UNJAIL, 4));
	world_clear(&w);
}

static void
frozen_and_undated_units_only(void)
{
	struct op_create create = { .flags = ASSET_TRANSFERABLE | ASSET_VOTES | ASSET_FREEZABLE, .dao = ASSET_NO_DAO };
	struct op_freeze freeze;
	struct validators_genesis g;
	struct wr payload = { 0 };
	struct asset_id stake, other;
	struct voter v;
	struct world w;

	/* the asset's id is known before it exists */
	world_init(&w);
	DONE(world_create(&w, &stake, 0, &create));
	create = (struct op_create){ .flags = ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO };
	DONE(world_create(&w, &other, 0, &create));
	DONE(world_mint(&w, 0, &stake, 4, 1000, 0));
	DONE(world_mint(&w, 0, &stake, 5, 1000, 0));
	validators_usual(&w, &g);
	g.params.asset = stake;
	validators_begin_with(&w, &g);
	DONE(validator_register(&w, 4, 4, 600));
	CU_ASSERT_EQUAL(world_has(&w, &stake, 4), 400);
	votes_at(&v, w.state, &stake, &w.people[4], UINT64_MAX);
	CU_ASSERT_EQUAL(amount_units(votes_power(&v)), 400); /* bonded units don't vote */
	CU_ASSERT_EQUAL(amount_units(votes_total_at(w.state, &stake, UINT64_MAX)), 1400);
	freeze = (struct op_freeze){ stake, w.people[5] };
	op_freeze_encode(&payload, &freeze);
	DONE(world_do(&w, 0, OP_FREEZE, &payload));
	REFUSED(validator_bond(&w, 5, OP_BOND, 4, 10), "ACCOUNT_FROZEN");
	REFUSED(validator_vote(&w, 5, 4, 10), "ACCOUNT_FROZEN");
	DONE(validator_bond(&w, 4, OP_UNBOND, 4, 100));
	freeze.account = w.people[4];
	op_freeze_encode(&payload, &freeze);
	DONE(world_do(&w, 0, OP_FREEZE, &payload));
	world_block(&w, VALIDATOR_UNBONDING);
	REFUSED(validator_withdraw(&w, 4), "ACCOUNT_FROZEN");
	op_freeze_encode(&payload, &freeze);
	DONE(world_do(&w, 0, OP_UNFREEZE, &payload));
	DONE(validator_withdraw(&w, 4));
	world_clear(&w);

	/* an asset without votes can't be bonded */
	world_init(&w);
	validators_usual(&w, &g);
	create = (struct op_create){ .flags = ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO };
	DONE(world_create(&w, &g.params.asset, 0, &create));
	DONE(world_mint(&w, 0, &g.params.asset, 4, 1000, 0));
	validators_begin_with(&w, &g);
	REFUSED(validator_register(&w, 4, 4, 600), "BAD_BOND_ASSET");
	world_clear(&w);

	/* nor one that doesn't exist yet */
	world_init(&w);
	g.params.asset.id = hash_of("later");
	validators_begin_with(&w, &g);
	REFUSED(validator_register(&w, 4, 4, 600), "ASSET_UNKNOWN");
	world_clear(&w);
}

/* ---- ballots ---- */

static void
a_ballot_holds_what_it_names(void)
{
	struct op_vote_validators o = { .n = 2 };
	struct ballot_validators b;
	struct wr payload = { 0 };
	struct world w;
	struct validator_key k0 = validator_key_at(0), k1 = validator_key_at(1);
	size_t low = validator_key_cmp(&k0, &k1) < 0 ? 0 : 1, high = 1 - low;

	world_init(&w);
	validators_begin(&w, "dpos");
	REFUSED(validator_vote(&w, 5, 0, 0), "NO_CHANGE");
	REFUSED(validator_vote(&w, 5, 7, 10), "VALIDATOR_UNKNOWN");
	REFUSED(validator_vote(&w, 5, 0, BEGUN + 1), "INSUFFICIENT_BALANCE");
	DONE(validator_vote(&w, 5, low, 500));
	CU_ASSERT_EQUAL(coin_of(&w, 5), BEGUN - 500);
	CU_ASSERT_EQUAL(validator_at(&w, low).votes, 500);
	o.list[0] = (struct voted){ validator_key_at(low), units(100) };
	o.list[1] = (struct voted){ validator_key_at(high), units(250) };
	op_vote_validators_encode(&payload, &o);
	DONE(world_do(&w, 5, OP_VOTE_VALIDATORS, &payload)); /* 150 begin to wait */
	CU_ASSERT_EQUAL(validator_at(&w, low).votes, 100);
	CU_ASSERT_EQUAL(validator_at(&w, high).votes, 250);
	CU_ASSERT_EQUAL(escrow(&w), 500);
	CU_ASSERT(ballot_validators(&b, w.state, &w.people[5]) && b.n == 2 && b.step == WORLD_TIME / VALIDATOR_STEP);
	world_block(&w, VALIDATOR_STEP);
	DONE(validator_vote(&w, 5, low, 350)); /* nothing comes in or goes; the votes are new again */
	CU_ASSERT_EQUAL(coin_of(&w, 5), BEGUN - 500);
	CU_ASSERT_EQUAL(validator_at(&w, high).votes, 0);
	DONE(validator_vote(&w, 5, 0, 0));
	CU_ASSERT_FALSE(ballot_validators(&b, w.state, &w.people[5]));
	REFUSED(validator_withdraw(&w, 5), "NOTHING_TO_WITHDRAW");
	world_block(&w, VALIDATOR_UNBONDING);
	DONE(validator_withdraw(&w, 5));
	CU_ASSERT_EQUAL(coin_of(&w, 5), BEGUN);
	CU_ASSERT_EQUAL(escrow(&w), 0);
	o.list[0].amount = o.list[1].amount = units(INT64_MAX);
	op_vote_validators_encode(&payload, &o);
	REFUSED(world_do(&w, 5, OP_VOTE_VALIDATORS, &payload), "AMOUNT_OVERFLOW");
	world_clear(&w);
}

/* ---- double signing ---- */

static void
double_signing_costs_a_share(void)
{
	struct op_evidence e;
	struct world w;
	uint64_t fees;

	world_init(&w);
	validators_begin(&w, "pos");
	for (size_t i = 0; i < 5; i++) {
		if (i == 4)
			DONE(validator_register(&w, i, i, 1000));
		else
			DONE(validator_bond(&w, i, OP_BOND, i, 1000));
	}
	DONE(validator_bond(&w, 6, OP_BOND, 3, 1001));
	DONE(validator_bond(&w, 7, OP_BOND, 3, 501));
	DONE(validator_bond(&w, 7, OP_UNBOND, 3, 1)); /* leaves in the epoch before the offence */
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
	world_block(&w, 1);
	world_block(&w, 1);
	DONE(validator_bond(&w, 7, OP_UNBOND, 3, 99)); /* after it: pays as well */
	CU_ASSERT_EQUAL(validator_at(&w, 3).unbonding, 100);
	fees = fund(&w);
	validator_two_votes(&e, 3, w.env.height);
	DONE(validator_report(&w, 0, &e));
	/* bonds: 1000 + 1001 + 401 = 2402, of which 5 % are 120; leaving: 99, of which 4 */
	CU_ASSERT_EQUAL(fund(&w) - fees, 124);
	CU_ASSERT_EQUAL(validator_at(&w, 3).status, VALIDATOR_TOMBSTONED);
	CU_ASSERT_EQUAL(validator_at(&w, 3).bonded.tokens, 2282);
	REFUSED(validator_report(&w, 0, &e), "VALIDATOR_TOMBSTONED");
	REFUSED(validator_bond(&w, 6, OP_BOND, 3, 1), "VALIDATOR_TOMBSTONED");
	REFUSED(validator_do(&w, 3, OP_UNJAIL, 3), "VALIDATOR_TOMBSTONED");
	REFUSED(validator_do(&w, 3, OP_RETIRE_VALIDATOR, 3), "VALIDATOR_TOMBSTONED");
	REFUSED(validator_vote(&w, 6, 3, 1), "VALIDATOR_TOMBSTONED");
	DONE(validator_bond(&w, 6, OP_UNBOND, 3, 1001)); /* 1001 / 2402 of 2282 */
	DONE(validator_bond(&w, 7, OP_UNBOND, 3, 401));
	DONE(validator_bond(&w, 3, OP_UNBOND, 3, 1000)); /* the last one gets what is left */
	CU_ASSERT_EQUAL(validator_at(&w, 3).bonded.tokens, 0);
	world_block(&w, VALIDATOR_UNBONDING);
	for (size_t i = 3; i < 8; i++)
		(void)!validator_withdraw(&w, i);
	CU_ASSERT_EQUAL(coin_of(&w, 6), BEGUN - 1001 + 950);
	CU_ASSERT_EQUAL(coin_of(&w, 7), BEGUN - 501 + 1 + 95 + 381);
	CU_ASSERT_EQUAL(coin_of(&w, 3), BEGUN - 1000 + 951);
	CU_ASSERT_EQUAL(escrow(&w), 4000);
	world_clear(&w);
}

/* Five validators: the offender leaves with the block that proves it. Four: it stays until there is another. */
static void
an_offender_leaves_at_once_if_four_stay(void)
{
	struct validator_power updates[2 * VALIDATOR_SET_MAX];
	struct action_validators a = weigh(4, 10);
	struct op_evidence e;
	struct validators_epoch epoch;
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	DONE(validator_register(&w, 4, 4, 100));
	DONE(validators_decide(&w, &a));
	validators_epoch_end(&w);
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 10);
	validator_two_votes(&e, 4, w.env.height);
	DONE(validator_report(&w, 0, &e));
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 10);
	world_block(&w, 1);
	CU_ASSERT_EQUAL(validator_power_of(&w, 4), 0);
	CU_ASSERT_EQUAL(validator_updates(updates, w.state, w.env.height - 1), 1);
	CU_ASSERT_EQUAL(updates[0].power, 0);
	CU_ASSERT(validators_epoch(&epoch, w.state) && epoch.moved == 200000000);
	validator_two_votes(&e, 2, w.env.height - 1);
	DONE(validator_report(&w, 0, &e));
	world_block(&w, 1);
	CU_ASSERT_EQUAL(validator_power_of(&w, 2), 10);
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "ANSWER_TOO_FEW");
	CU_ASSERT_EQUAL(validator_power_of(&w, 2), 10);
	DONE(validator_register(&w, 5, 5, 100));
	a = weigh(5, 10);
	DONE(validators_decide(&w, &a));
	validators_epoch_end(&w);
	CU_ASSERT_STRING_EQUAL(validators_epoch_said(&w), "");
	CU_ASSERT_EQUAL(validator_power_of(&w, 2), 0);
	CU_ASSERT_EQUAL(validator_power_of(&w, 5), 10);
	world_clear(&w);
}

static void
evidence_must_be_in_time_and_of_who_served(void)
{
	struct op_evidence e;
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	DONE(validator_register(&w, 4, 4, 100));
	validator_two_votes(&e, 4, 1);
	REFUSED(validator_report(&w, 0, &e), "NOT_A_VALIDATOR_THEN");
	validator_two_votes(&e, 0, w.env.height + 1);
	REFUSED(validator_report(&w, 0, &e), "EVIDENCE_FUTURE");
	validator_two_votes(&e, 7, 1);
	REFUSED(validator_report(&w, 0, &e), "VALIDATOR_UNKNOWN");
	validator_two_votes(&e, 0, 1);
	e.cast[1].sig.b[5] ^= 1;
	REFUSED(validator_report(&w, 0, &e), "BAD_EVIDENCE_SIGNATURE");
	validator_two_votes(&e, 0, 1);
	e.key = validator_key_at(1);
	REFUSED(validator_report(&w, 0, &e), "BAD_EVIDENCE_SIGNATURE");
	validator_two_votes(&e, 0, 1);
	e.round = 1; /* they signed round 0 */
	REFUSED(validator_report(&w, 0, &e), "BAD_EVIDENCE_SIGNATURE");
	for (int i = 0; i < 8; i++)
		validators_epoch_end(&w);
	validator_two_votes(&e, 0, 1);
	REFUSED(validator_report(&w, 0, &e), "EVIDENCE_TOO_OLD");
	validator_two_votes(&e, 0, w.env.height - 2);
	DONE(validator_report(&w, 0, &e));
	world_clear(&w);
}

static void
cometbft_says_it_itself(void)
{
	uint8_t address[VALIDATOR_ADDRESS_LEN];
	struct validator_key k = validator_key_at(1);
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	validator_address(address, &k);
	DONE(validator_misbehaved(&w.exec, address, 1));
	CU_ASSERT_EQUAL(validator_at(&w, 1).status, VALIDATOR_TOMBSTONED);
	REFUSED(validator_misbehaved(&w.exec, address, 1), "VALIDATOR_TOMBSTONED");
	address[0] ^= 1;
	REFUSED(validator_misbehaved(&w.exec, address, 1), "VALIDATOR_UNKNOWN");
	world_clear(&w);
}

/* ---- DAO 0 ---- */

static void
the_council_decides(void)
{
	struct action_validators a = { .change = CHANGE_JAIL, .key = validator_key_at(0), .until.sec = WORLD_TIME + 400 * 86400 };
	struct op_propose o = { .dao = 0, .title = OP_TEXT("Out with it"), .actions_n = 1 };
	struct wr body = { 0 }, p = { 0 };
	struct world w;

	world_init(&w);
	validators_begin(&w, "poa");
	REFUSED(validators_decide(&w, &a), "BAD_UNTIL");
	a.until.sec = WORLD_TIME + 10000;
	action_validators_encode(&body, &a);
	o.actions[0] = (struct dao_action){ ACTION_VALIDATORS, { body.p, body.len } };
	op_propose_encode(&p, &o);
	REFUSED(world_do(&w, 0, OP_PROPOSE, &p), "ACTION_NOT_ALLOWED"); /* this council was made without it */
	wr_clear(&body);
	DONE(validators_decide(&w, &a));
	CU_ASSERT_EQUAL(validator_at(&w, 0).status, VALIDATOR_JAILED);
	REFUSED(validator_do(&w, 0, OP_UNJAIL, 0), "STILL_JAILED");
	a = weigh(9, 1);
	REFUSED(validators_decide(&w, &a), "VALIDATOR_UNKNOWN");
	a = weigh(1, VALIDATOR_POWER_MAX + 1);
	REFUSED(validators_decide(&w, &a), "BAD_WEIGHT");
	a = (struct action_validators){ .change = CHANGE_RULE, .rule = OP_TEXT("valsel_none"), .rule_major = 1 };
	REFUSED(validators_decide(&w, &a), "RULE_UNKNOWN");
	a.rule = OP_TEXT("Valsel");
	REFUSED(validators_decide(&w, &a), "BAD_RULE_NAME");
	a.rule = OP_TEXT("valsel_pos");
	REFUSED(validators_decide(&w, &a), "BAD_PARAMS");
	a.rule = OP_TEXT("gov_token");
	REFUSED(validators_decide(&w, &a), "RULE_UNKNOWN");
	world_clear(&w);
}

/* Evidence of an epoch's last block must have time to come before what stood behind it can be withdrawn. */
static void
epochs_are_short_enough_for_evidence(void)
{
	struct validators_genesis g;
	struct world w;

	world_init(&w);
	validators_usual(&w, &g);
	g.params.epoch_seconds = 7 * 86400;
	g.params.unbonding = 14 * 86400;
	g.params.vote_step = 86400;
	CU_ASSERT_PTR_NULL(validators_genesis_check(&g, false));
	g.params.unbonding--;
	CU_ASSERT_PTR_NOT_NULL(validators_genesis_check(&g, false));
	CU_ASSERT_PTR_NULL(validators_genesis_check(&g, true));
	g.params.unbonding = 7 * 86400 - 1; /* on regtest one is enough */
	CU_ASSERT_PTR_NOT_NULL(validators_genesis_check(&g, true));
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "epochs are short enough for evidence", epochs_are_short_enough_for_evidence },
	{ "without a section everything is refused", without_a_section_everything_is_refused },
	{ "only who has the key registers it", only_who_has_the_key_registers_it },
	{ "bonds come back after the unbonding time", bonds_come_back_after_the_unbonding_time },
	{ "who has too little of his own is jailed", who_has_too_little_of_his_own_is_jailed },
	{ "frozen and undated units", frozen_and_undated_units_only },
	{ "a ballot holds what it names", a_ballot_holds_what_it_names },
	{ "double signing costs a share", double_signing_costs_a_share },
	{ "an offender leaves at once if four stay", an_offender_leaves_at_once_if_four_stay },
	{ "evidence must be in time and of who served", evidence_must_be_in_time_and_of_who_served },
	{ "CometBFT says it itself", cometbft_says_it_itself },
	{ "the council decides", the_council_decides },
};

UNIT_MAIN("validators", tests)
