#include "tests/unit/dao_world.h"

#include <stdio.h>
#include <string.h>

#include "token/action.h"

struct dao_action
text_action(const char *text)
{
	return (struct dao_action){ ACTION_TEXT, { (const uint8_t *)text, strlen(text) } };
}

const char *
propose_with(struct world *w, size_t person, uint32_t dao, const struct dao_action *actions, size_t n, uint64_t deposit)
{
	struct op_propose o = { .dao = dao, .title = OP_TEXT("A proposal"), .deposit = units(deposit), .actions_n = n };
	struct wr payload = { 0 };

	memcpy(o.actions, actions, n * sizeof(*actions));
	op_propose_encode(&payload, &o);
	return world_do(w, person, OP_PROPOSE, &payload);
}

const char *
propose(struct world *w, size_t person, uint32_t dao, uint8_t kind, struct wr *body)
{
	struct dao_action a = { kind, { body->p, body->len } };
	const char *why = propose_with(w, person, dao, &a, 1, 0);

	wr_clear(body);
	return why;
}

const char *
propose_text(struct world *w, size_t person, uint32_t dao)
{
	struct dao_action a = text_action("Let us meet.\nOn Monday.");

	return propose_with(w, person, dao, &a, 1, 0);
}

const char *
cast(struct world *w, size_t person, uint64_t proposal, uint16_t in_favour, uint16_t against, uint16_t abstain, uint16_t veto)
{
	struct op_vote o = { proposal, { in_favour, against, abstain, veto } };
	struct wr payload = { 0 };

	op_vote_encode(&payload, &o);
	return world_do(w, person, OP_VOTE, &payload);
}

const char *
yes(struct world *w, size_t person, uint64_t proposal)
{
	return cast(w, person, proposal, VOTE_WHOLE, 0, 0, 0);
}

const char *
no(struct world *w, size_t person, uint64_t proposal)
{
	return cast(w, person, proposal, 0, VOTE_WHOLE, 0, 0);
}

const char *
act(struct world *w, size_t person, uint16_t number, uint64_t proposal)
{
	struct op_proposal o = { proposal };
	struct wr payload = { 0 };

	op_proposal_encode(&payload, &o);
	return world_do(w, person, number, &payload);
}

const char *
pay_in(struct world *w, size_t person, uint64_t proposal, uint64_t amount)
{
	struct op_add_deposit o = { proposal, units(amount) };
	struct wr payload = { 0 };

	op_add_deposit_encode(&payload, &o);
	return world_do(w, person, OP_ADD_DEPOSIT, &payload);
}

const char *
delegate(struct world *w, size_t from, const struct asset_id *a, size_t to)
{
	struct op_delegate o = { *a, w->people[to] };
	struct wr payload = { 0 };

	op_delegate_encode(&payload, &o);
	return world_do(w, from, OP_DELEGATE, &payload);
}

struct proposal
proposal_now(const struct world *w, uint64_t number)
{
	struct proposal p;

	CU_ASSERT_FATAL(proposal_get(&p, w->state, number));
	return p;
}

void
expect(const struct world *w, uint64_t number, enum proposal_state state, const char *reason)
{
	struct proposal p = proposal_now(w, number);

	CU_ASSERT_STRING_EQUAL(proposal_state_name(p.state), proposal_state_name(state));
	CU_ASSERT_STRING_EQUAL(p.reason, reason);
}

/* A DAO of holders: 40 % quorum, simple majority, veto above 33.4 %; voting 100 s, timelock 50 s, grace 1,000 s. */
struct op_create_dao
holders_terms(const struct asset_id *a)
{
	static const uint8_t params[] = { 4000 & 255, 4000 >> 8, 5000 & 255, 5000 >> 8, 3340 & 255, 3340 >> 8 };

	return (struct op_create_dao){
		.name = OP_TEXT("Friends of the Store"),
		.rule = OP_TEXT("gov_token"),
		.rule_major = 1,
		.params = { params, sizeof(params) },
		.actions = action_kinds(false),
		.voting_period = 100,
		.timelock = 50,
		.grace = 1000,
		.threshold = 1,
		.electorate = DAO_HOLDERS,
		.asset = *a,
	};
}

const char *
create_dao(struct world *w, uint32_t *number, size_t person, const struct op_create_dao *t)
{
	struct wr payload = { 0 };
	struct event e;
	const char *why;

	op_create_dao_encode(&payload, t);
	why = world_do(w, person, OP_CREATE_DAO, &payload);
	if (why == NULL) {
		struct rd r;

		CU_ASSERT_FATAL(world_event(&e, w, "DAO_CREATED"));
		r = rd_init(e.body, e.len);
		*number = rd_u32(&r);
	}
	return why;
}

/* A votes asset with 100, 200, 300, 400 at people 1..4 (1,000 in all), a DAO of its holders, one block later. */
uint32_t
holders(struct world *w, struct asset_id *a)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_VOTES, .dao = ASSET_NO_DAO };
	struct op_create_dao t;
	uint32_t dao = 0;

	DONE(world_create(w, a, 0, &o));
	for (size_t i = 1; i <= 4; i++)
		DONE(world_mint(w, 0, a, i, 100 * i, 0));
	t = holders_terms(a);
	DONE(create_dao(w, &dao, 5, &t));
	world_block(w, 1);
	return dao;
}

struct dao_action
action_of(enum action_kind kind, const struct wr *payload)
{
	return (struct dao_action){ (uint8_t)kind, { payload->p, payload->len } };
}

struct dao_action
param_action(struct wr *body, const char *name, uint64_t value)
{
	struct wr number = { 0 };
	struct action_param a = { .name = OP_TEXT(name) };

	wr_u64(&number, value);
	a.value = (struct op_blob){ number.p, number.len };
	action_param_encode(body, &a);
	wr_clear(&number);
	return action_of(ACTION_PARAM, body);
}

const char *
council_does(struct world *w, const struct dao_action *actions, size_t n)
{
	struct proposal p;
	uint64_t number;

	DONE(propose_with(w, 0, 0, actions, n, 0));
	number = proposal_count(w->state);
	DONE(yes(w, 0, number));
	DONE(yes(w, 1, number));
	p = proposal_now(w, number);
	world_block(w, p.vote_end.sec + 1 - w->env.time.sec);
	world_block(w, 50);
	return act(w, 6, OP_EXECUTE, number);
}
