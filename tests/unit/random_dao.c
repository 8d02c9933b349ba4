/* Governance. */
#include "tests/unit/random_fate.h"
#include "token/action.h"
#include "token/param.h"

/* A council of some people, by any rule of votes that fits; or holders of an asset, which may have several DAOs. */
static void
some_electorate(struct fate *f, struct op_create_dao *t)
{
	static const uint8_t shares[] = { 1000 & 255, 1000 >> 8, 5000 & 255, 5000 >> 8, 3340 & 255, 3340 >> 8 };
	static const uint8_t needed[] = { 2, 0 };

	t->rule = OP_TEXT("gov_token");
	t->params = (struct op_blob){ shares, sizeof(shares) };
	t->electorate = DAO_HOLDERS;
	t->asset = some_asset(f);
	if (draw(f, 4) != 0)
		return;
	t->rule = OP_TEXT("gov_council");
	t->params = (struct op_blob){ needed, sizeof(needed) };
	t->electorate = DAO_COUNCIL;
	for (size_t i = 0; i < 6; i++) {
		if (draw(f, 3) > 0 || i < 2)
			t->members[t->members_n++] = f->w.people[i];
	}
}

static void
do_create_dao(struct fate *f)
{
	struct op_create_dao t = {
		.name = OP_TEXT("Friends"), .rule_major = 1, .actions = action_kinds(false),
		.has_guardian = true, .guardian = f->w.people[7], .guardian_until.sec = WORLD_TIME + 10000000,
	};
	struct wr p = { 0 };

	/* one draw after the other: in an initializer their order would be the compiler's */
	if (draw(f, 5) == 0)
		t.actions = 7;
	t.deposit_period = (uint32_t)draw(f, 1000);
	t.voting_delay = (uint32_t)draw(f, 500);
	t.voting_period = 1 + (uint32_t)draw(f, 1000);
	t.timelock = (uint32_t)draw(f, 500);
	t.grace = 1 + (uint32_t)draw(f, 3000);
	t.deposit = units(draw(f, 2) * 50);
	t.threshold = draw(f, 2);
	some_electorate(f, &t);
	t.late_extension = t.voting_period / 3;
	if (dao_count(f->w.state) > 6)
		return;
	op_create_dao_encode(&p, &t);
	run(f, someone(f), OP_CREATE_DAO, &p);
}

static void
some_param(struct fate *f, struct wr *body, uint32_t dao)
{
	struct action_param a = { .asset = dao == 0 ? ASSET_COIN : some_asset(f) };
	const struct param *p = param_at((size_t)draw(f, param_count));
	const char *part = asset_part_names[draw(f, ASSET_PARTS)];
	struct wr value = { 0 };

	a.name = dao == 0 ? OP_TEXT(p->name) : OP_TEXT(part);
	if (dao == 0)
		wr_u64(&value, p->most < 100000 ? draw(f, p->most + 2) : draw(f, 100000)); /* short periods, so that things go on */
	else if (draw(f, 2) == 0)
		wr_bytes(&value, "Beans", 5);
	else
		wr_u32(&value, (uint32_t)draw(f, 3));
	a.value = (struct op_blob){ value.p, value.len };
	action_param_encode(body, &a);
	wr_clear(&value);
}

static uint8_t
some_action(struct fate *f, struct wr *body, uint32_t dao)
{
	struct action_spend spend = { .asset = some_asset(f) };
	struct action_mint_permit permit = { .asset = spend.asset };
	struct action_cover_deficit cover = { .source = (uint8_t)draw(f, 3) };
	uint64_t kind = draw(f, dao == 0 ? ACTION_COVER_DEFICIT + 1 : ACTION_MINT_PERMIT + 2);

	spend.to = some_account(f);
	spend.amount = permit.amount = units(some_amount(f));
	cover.amount = units(1 + draw(f, 50));
	if (kind == ACTION_MINT_PERMIT + 1 && dao != 0)
		kind = ACTION_PARAM;
	if (kind == ACTION_SPEND)
		action_spend_encode(body, &spend);
	else if (kind == ACTION_MINT_PERMIT)
		action_mint_permit_encode(body, &permit);
	else if (kind == ACTION_TEXT)
		wr_bytes(body, "words", 5);
	else if (kind == ACTION_PARAM)
		some_param(f, body, dao);
	else if (kind == ACTION_COVER_DEFICIT)
		action_cover_deficit_encode(body, &cover);
	return (uint8_t)kind;
}

static void
do_propose(struct fate *f)
{
	struct op_propose o = { .dao = (uint32_t)draw(f, dao_count(f->w.state)), .title = OP_TEXT("Do it") };
	struct wr p = { 0 }, bodies[3] = { { 0 } };
	size_t n = draw(f, 3) == 0 ? 2 + (size_t)draw(f, 2) : 1;

	o.deposit = units(draw(f, 60));
	for (; o.actions_n < n; o.actions_n++) {
		struct wr *body = &bodies[o.actions_n];
		uint8_t kind = some_action(f, body, o.dao);

		o.actions[o.actions_n] = (struct dao_action){ kind, { body->p, body->len } };
	}
	op_propose_encode(&p, &o);
	run(f, o.dao == 0 ? (size_t)draw(f, 3) : someone(f), OP_PROPOSE, &p);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		wr_clear(&bodies[i]);
}

static size_t
proposer_of(struct fate *f, uint64_t number)
{
	struct proposal p;

	return proposal_get(&p, f->w.state, number) ? person_of(f, &p.proposer) : someone(f);
}

/* Mostly one of the last proposals that is in this state, where there is one. */
static uint64_t
some_proposal(struct fate *f, enum proposal_state state)
{
	uint64_t n = proposal_count(f->w.state), skip = draw(f, 3);
	struct proposal p;

	for (uint64_t i = 0; i < 16 && i < n && draw(f, 40) != 0; i++) {
		if (proposal_get(&p, f->w.state, n - i) && p.state == state && skip-- == 0)
			return n - i;
	}
	return (n > 4 ? n - 4 : 0) + 1 + draw(f, 4);
}

static void
do_end(struct fate *f)
{
	uint64_t number = some_proposal(f, draw(f, 4) == 0 ? PROPOSAL_VOTING : PROPOSAL_TIMELOCK);
	struct op_proposal proposal = { number };
	uint64_t what = draw(f, 12);
	struct wr p = { 0 };

	op_proposal_encode(&p, &proposal);
	if (what == 0)
		run(f, proposer_of(f, number), OP_CANCEL, &p);
	else if (what == 1)
		run(f, 7, OP_GUARDIAN_VETO, &p);
	else
		run(f, someone(f), OP_EXECUTE, &p);
}

static void
do_vote(struct fate *f)
{
	uint16_t a = (uint16_t)draw(f, 5001), b = (uint16_t)draw(f, 3001);
	struct op_vote vote = { 0, { VOTE_WHOLE, 0, 0, 0 } };
	struct op_add_deposit deposit = { 0, units(draw(f, 60)) };
	struct op_delegate delegate = { .asset = some_asset(f) };
	struct wr p = { 0 };

	delegate.to = some_account(f);
	switch (draw(f, 10)) {
	case 0:
		deposit.proposal = some_proposal(f, PROPOSAL_DEPOSIT);
		op_add_deposit_encode(&p, &deposit);
		run(f, someone(f), OP_ADD_DEPOSIT, &p);
		break;
	case 1:
	case 2:
		do_end(f);
		break;
	case 3:
		if (draw(f, 4) == 0)
			delegate.to = f->w.people[draw(f, 2)]; /* chains, cycles and oneself */
		op_delegate_encode(&p, &delegate);
		run(f, someone(f), OP_DELEGATE, &p);
		break;
	default:
		if (draw(f, 3) == 0)
			vote = (struct op_vote){ 0, { (uint16_t)(VOTE_WHOLE - a - b), a, 0, b } };
		vote.proposal = some_proposal(f, PROPOSAL_VOTING);
		op_vote_encode(&p, &vote);
		run(f, draw(f, 2) == 0 ? (size_t)draw(f, 3) : someone(f), OP_VOTE, &p); /* the council is people 0 to 2 */
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
