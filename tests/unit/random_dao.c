/* Governance. */
#include "tests/unit/random_fate.h"

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

	return proposal_get(&p, f->w.state, number) ? person_of(f, &p.proposer) : someone(f);
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
step(struct fate *f)
{
	uint64_t what = draw(f, 28);

	if (what < 1)
		do_create_dao(f);
	else if (what < 7)
		do_propose(f);
	else
		do_vote(f);
}

static const uint16_t ops[] = {
	OP_CREATE_DAO, OP_PROPOSE, OP_ADD_DEPOSIT, OP_VOTE, OP_CANCEL, OP_EXECUTE, OP_GUARDIAN_VETO, OP_DELEGATE,
};

const struct random_part random_dao = { .name = "governance", .weight = 28, .step = step, .ops = ops, .ops_n = ARRAY_LEN(ops) };
