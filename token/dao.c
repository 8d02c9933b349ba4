/* Operations of governance, and the module. */
#include "token/dao.h"

#include <assert.h>
#include <string.h>

#include "token/action.h"
#include "token/dao_parts.h"
#include "token/holding.h"
#include "token/statekey.h"
#include "token/votes.h"

#define DUE_IN_BLOCK 64    /* proposals that a block's end brings up to date; the others follow in the next */
#define FORGET_IN_BLOCK 512 /* keys of old ballots */
#define DAY 86400
#define PERIOD_MAX (90 * DAY)
#define PERIOD_MIN 3600 /* of a vote and of the time to execute; 1 second on regtest */

/* ---- CREATE_DAO ---- */

static bool
periods_valid(const struct exec *x, const struct op_create_dao *t)
{
	uint32_t least = x->env->regtest ? 1 : PERIOD_MIN;

	return t->deposit_period <= PERIOD_MAX && t->voting_delay <= PERIOD_MAX && t->voting_period >= least && t->voting_period <= PERIOD_MAX &&
	       t->late_extension <= t->voting_period && t->timelock <= PERIOD_MAX && t->grace >= least && t->grace <= PERIOD_MAX;
}

static const char *
check_electorate(const struct exec *x, const struct op_create_dao *t)
{
	struct asset a;

	switch (t->electorate) {
	case DAO_HOLDERS:
		if (!asset_get(&a, x->state, &t->asset) || (a.flags & ASSET_VOTES) == 0 || t->threshold > amount_units(a.cap))
			return "BAD_ELECTORATE";
		return NULL;
	case DAO_COUNCIL:
		for (uint32_t i = 0; i < t->members_n; i++) {
			if (t->members[i].type == ACCOUNT_MODULE)
				return "BAD_ELECTORATE";
		}
		return t->threshold <= 1 ? NULL : "BAD_ELECTORATE";
	}
	return "BAD_ELECTORATE";
}

static const char *
check_terms(const struct exec *x, const struct op_create_dao *t, uint32_t actions)
{
	if (t->name.len == 0 || !text_is_clean(t->name.p, t->name.len))
		return "BAD_NAME";
	if (!periods_valid(x, t) || amount_cmp(t->deposit_first, t->deposit) > 0 || t->actions == 0 || (t->actions & ~actions) != 0)
		return "BAD_TERMS";
	if (t->has_guardian && t->guardian.type == ACCOUNT_MODULE)
		return "BAD_TERMS";
	if (!rule_name_valid(t->rule.p, t->rule.len))
		return "BAD_RULE_NAME";
	return check_electorate(x, t);
}

/* The rule's own opinion of the terms. */
static const char *
ask_rule(struct exec *x, const struct dao *d)
{
	struct electorate e = electorate_at(x->state, d, UINT64_MAX, 0);
	struct rule_instance i = electorate_instance(&e, NULL);
	const struct tally_plugin *rule;
	const char *why = rule_find(&rule, NULL, x->state, d->rule, d->terms.rule_major, TALLY_GOV, x->env->height);

	return why != NULL ? why : plugin_gov_check(x, rule, &i, e.host.total, d->terms.electorate == DAO_COUNCIL);
}

static const char *
pay_creation_fee(struct exec *x, const struct account *creator)
{
	struct statekey k = statekey_new('g', 'y');
	struct account fund = bank_fee_fund();
	struct asset_id coin = ASSET_COIN;
	struct amount fee;

	if (!amount_from_units(&fee, statekey_get_u64(x->state, &k)))
		return "AMOUNT_OVERFLOW";
	return bank_transfer(x->state, creator, &fund, &coin, fee);
}

static const char *
apply_create(struct exec *x, const struct op *op)
{
	struct op_create_dao o;
	struct dao d;
	struct wr w = { 0 };
	const char *why;

	if (!op_create_dao_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = check_terms(x, &o, action_kinds(false));
	if (why != NULL)
		return why;
	dao_fill(&d, dao_count(x->state), &op->source, &o);
	why = ask_rule(x, &d);
	if (why == NULL)
		why = pay_creation_fee(x, &op->source);
	if (why != NULL)
		return why;
	dao_put(x->state, &op->source, d.number, &o);
	wr_u32(&w, d.number);
	exec_event(x, "DAO_CREATED", w.p, w.len);
	wr_clear(&w);
	return NULL;
}

/* ---- PROPOSE ---- */

/* Has the account, after the block before this one, power enough to propose? */
static bool
has_threshold(const struct exec *x, const struct dao *d, const struct account *who)
{
	struct electorate e = electorate_at(x->state, d, x->env->height - 1, 0);

	return electorate_power(&e, x->state, who) >= d->terms.threshold;
}

static const char *
check_proposal(const struct exec *x, const struct dao *d, const struct account *who, const struct op_propose *o)
{
	if (o->title.len == 0 || !text_is_clean(o->title.p, o->title.len))
		return "BAD_TITLE";
	if (!has_threshold(x, d, who))
		return "BELOW_THRESHOLD";
	if (proposal_live(x->state, d->number, who) != 0)
		return "LIVE_PROPOSAL";
	if (amount_cmp(o->deposit, d->terms.deposit_first) < 0)
		return "DEPOSIT_TOO_SMALL";
	for (size_t i = 0; i < o->actions_n; i++) {
		const char *why = action_check(x, d, &o->actions[i]);

		if (why != NULL)
			return why;
	}
	return NULL;
}

static const char *
apply_propose(struct exec *x, const struct op *op)
{
	struct op_propose o;
	struct dao d;
	struct proposal p = { .state = PROPOSAL_DEPOSIT, .proposer = op->source, .created = x->env->time };
	const struct tally_plugin *rule;
	struct wr w = { 0 };
	const char *why;

	if (!op_propose_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!dao_get(&d, x->state, o.dao))
		return "DAO_UNKNOWN";
	why = check_proposal(x, &d, &op->source, &o);
	if (why == NULL)
		why = rule_find(&rule, &p.rule, x->state, d.rule, d.terms.rule_major, TALLY_GOV, x->env->height);
	if (why != NULL)
		return why;
	p.number = proposal_count(x->state) + 1;
	p.dao = d.number;
	p.terms = d.version;
	p.deposit_until.sec = x->env->time.sec + d.terms.deposit_period;
	why = proposal_pay_in(x, &d, &p, &op->source, o.deposit);
	if (why != NULL)
		return why;
	proposal_store_body(x->state, p.number, &o);
	proposal_set_live(x->state, d.number, &op->source, p.number);
	wr_u64(&w, p.number);
	exec_event(x, "PROPOSED", w.p, w.len);
	wr_clear(&w);
	proposal_advance(x, &d, &p);
	return NULL;
}

static const char *
apply_add_deposit(struct exec *x, const struct op *op)
{
	struct op_add_deposit o;
	struct proposal p;
	struct dao d;
	const char *why;

	if (!op_add_deposit_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = proposal_touch(x, &d, &p, o.proposal);
	if (why != NULL)
		return why;
	if (p.state != PROPOSAL_DEPOSIT)
		return "NOT_IN_DEPOSIT";
	if (amount_is_zero(o.amount))
		return "ZERO_AMOUNT";
	why = proposal_pay_in(x, &d, &p, &op->source, o.amount);
	if (why == NULL)
		proposal_advance(x, &d, &p);
	return why;
}

/* ---- VOTE and what ends a proposal ---- */

static const char *
apply_vote(struct exec *x, const struct op *op)
{
	struct op_vote o;
	struct proposal p;
	struct dao d;
	const char *why;

	if (!op_vote_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = proposal_touch(x, &d, &p, o.proposal);
	if (why != NULL)
		return why;
	if (p.state != PROPOSAL_VOTING)
		return "NOT_VOTING";
	why = vote_cast(x, &d, &p, &op->source, o.parts);
	if (why == NULL)
		proposal_store(x->state, &p);
	return why;
}

/* Decode a payload that is a proposal's number, and bring that up to date. */
static const char *
touch_op(struct exec *x, struct dao *d, struct proposal *p, const struct op *op)
{
	struct op_proposal o;

	return op_proposal_decode(&o, op->payload, op->payload_len) ? proposal_touch(x, d, p, o.proposal) : "BAD_PAYLOAD";
}

static bool
is_before_vote(const struct proposal *p)
{
	return p->state == PROPOSAL_DEPOSIT || p->state == PROPOSAL_DELAY;
}

static const char *
apply_cancel(struct exec *x, const struct op *op)
{
	struct proposal p;
	struct dao d;
	bool fallen, own;
	const char *why = touch_op(x, &d, &p, op);

	if (why != NULL)
		return why;
	fallen = !has_threshold(x, &d, &p.proposer);
	own = account_eq(&p.proposer, &op->source);
	if (!fallen && !own)
		return "NOT_YOURS";
	if (!proposal_is_open(&p) || (!fallen && !is_before_vote(&p)))
		return "TOO_LATE";
	proposal_close(x, &d, &p, PROPOSAL_CANCELLED, fallen ? "BELOW_THRESHOLD" : "PROPOSER");
	proposal_store(x->state, &p);
	return NULL;
}

static const char *
apply_execute(struct exec *x, const struct op *op)
{
	struct proposal p;
	struct dao d;
	size_t failed;
	const char *why = touch_op(x, &d, &p, op);

	if (why != NULL)
		return why;
	if (p.state != PROPOSAL_TIMELOCK)
		return "NOT_EXECUTABLE";
	if (x->env->time.sec < p.eta.sec)
		return "TOO_EARLY";
	why = proposal_run_actions(x, &d, &p, &failed);
	if (why != NULL)
		return why;
	proposal_close(x, &d, &p, PROPOSAL_EXECUTED, "");
	proposal_store(x->state, &p);
	return NULL;
}

static const char *
apply_guardian_veto(struct exec *x, const struct op *op)
{
	struct proposal p;
	struct dao d;
	const char *why = touch_op(x, &d, &p, op);

	if (why != NULL)
		return why;
	if (!d.terms.has_guardian || !account_eq(&d.terms.guardian, &op->source) || x->env->time.sec > d.terms.guardian_until.sec)
		return "NOT_GUARDIAN";
	if (is_before_vote(&p))
		return "TOO_EARLY";
	if (!proposal_is_open(&p))
		return "TOO_LATE";
	proposal_close(x, &d, &p, PROPOSAL_VETOED, "GUARDIAN");
	proposal_store(x->state, &p);
	return NULL;
}

static const char *
apply_delegate(struct exec *x, const struct op *op)
{
	struct op_delegate o;
	struct asset a;

	if (!op_delegate_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!asset_get(&a, x->state, &o.asset))
		return "ASSET_UNKNOWN";
	if ((a.flags & ASSET_VOTES) == 0)
		return "NO_VOTES";
	exec_involve(x, &o.to);
	return votes_delegate(x, &o.asset, &op->source, &o.to);
}

/* ---- questions ---- */

bool
voting_power(struct voting_power *out, struct exec *x, uint64_t proposal, const struct account *who)
{
	struct proposal p;
	struct dao d;
	struct voter v = { 0 };
	struct ballot b;
	uint64_t snapshot;

	memset(out, 0, sizeof(*out));
	if (!proposal_load(&p, x->state, proposal) || !dao_get_version(&d, x->state, p.dao, p.terms))
		return false;
	snapshot = is_before_vote(&p) ? UINT64_MAX : p.snapshot;
	out->snapshot = is_before_vote(&p) ? 0 : p.snapshot;
	out->base = is_before_vote(&p) ? electorate_at(x->state, &d, snapshot, 0).host.total : p.base;
	out->voted = proposal_ballot(&b, x->state, proposal, who);
	if (!is_before_vote(&p) && (p.state != PROPOSAL_VOTING || x->env->time.sec > p.vote_end.sec)) {
		out->weight = out->voted ? b.weight : 0;
		out->why = "NOT_VOTING";
		return true;
	}
	if (d.terms.electorate == DAO_HOLDERS)
		votes_at(&v, x->state, &d.terms.asset, who, snapshot);
	out->delegates = v.delegates;
	out->delegate = v.delegate;
	out->why = vote_own_weight(&out->weight, x, &d, &p, snapshot, who);
	if (out->why == NULL && out->weight == 0)
		out->why = "NO_VOTING_POWER";
	out->counts = out->why == NULL;
	return true;
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	struct statekey fee = statekey_new('g', 'y');
	struct account nobody = { 0 };
	struct rule_approval rule;
	struct op_create_dao t;
	struct dao d;
	struct rd r = rd_init(section, len);
	const char *why;

	if (len == 0)
		return NULL;
	statekey_put_u64(x->state, &fee, amount_units(rd_amount(&r)));
	rd_dao_terms(&r, &t);
	if (!rd_done(&r))
		return "genesis, governance: the terms of DAO 0 can't be read";
	why = check_terms(x, &t, action_kinds(true));
	if (why != NULL)
		return why;
	dao_fill(&d, 0, &nobody, &t);
	why = rule_in_force(&rule, x->state, d.rule, t.rule_major, TALLY_GOV, x->env->height);
	if (why == NULL)
		dao_put(x->state, &nobody, 0, &t);
	return why;
}

static void
end_block(struct exec *x)
{
	struct unixtime when;
	uint64_t number;

	for (unsigned i = 0; i < DUE_IN_BLOCK && proposal_next_due(x->state, &number, &when) && when.sec <= x->env->time.sec; i++) {
		struct proposal p;
		struct dao d;
		const char *why = proposal_touch(x, &d, &p, number);

		assert(why == NULL);
		(void)why;
	}
	ballots_sweep(x->state, FORGET_IN_BLOCK);
	votes_sweep(x);
}

static bool
next_deadline(const struct state *s, struct unixtime *out)
{
	uint64_t number;

	return proposal_next_due(s, &number, out);
}

static const struct op_info ops[] = {
	{ OP_CREATE_DAO, "CREATE_DAO", false, apply_create },
	{ OP_PROPOSE, "PROPOSE", false, apply_propose },
	{ OP_ADD_DEPOSIT, "ADD_DEPOSIT", false, apply_add_deposit },
	{ OP_VOTE, "VOTE", false, apply_vote },
	{ OP_CANCEL, "CANCEL", false, apply_cancel },
	{ OP_EXECUTE, "EXECUTE", false, apply_execute },
	{ OP_DELEGATE, "DELEGATE", false, apply_delegate },
	{ OP_GUARDIAN_VETO, "GUARDIAN_VETO", false, apply_guardian_veto },
};

const struct module dao_module = {
	.name = "governance",
	.letter = 'g',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.end_block = end_block,
	.next_deadline = next_deadline,
	.invariants = dao_invariants,
};
