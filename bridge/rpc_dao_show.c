/* Governance: what there is, what a vote would count, what a proposal would change. Nothing here writes. */
#include "bridge/rpc_dao.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/action_json.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_rule_params.h"
#include "bridge/rpc_write.h"
#include "token/asset.h"
#include "token/dao_changes.h"
#include "token/votes.h"

#define LIST_USUAL 100

const char *const dao_choice_names[VOTE_CHOICES] = { "for", "against", "abstain", "veto" };

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

/* What an operation would see in the next block. */
static struct exec
next_block(struct block_env *env, const struct rpc_call *c)
{
	const struct node *n = rpc_node(c);
	struct ledger_tip tip = ledger_tip(node_ledger(n));

	*env = (struct block_env){ .genesis_id = *ledger_genesis_id(node_ledger(n)),
				   .height = tip.height + 1,
				   .time = engine_block_time(node_engine(n)),
				   .previous = tip.hash,
				   .previous_app_hash = tip.app_hash,
				   .account_hrp = node_account_hrp(n),
				   .regtest = strcmp(node_params(n)->name, "regtest") == 0 };
	return (struct exec){ .state = state_of(c), .env = env };
}

bool
rpc_dao(struct dao *out, struct rpc_call *c)
{
	uint64_t number = rpc_count(c, "dao", 0);

	if (number <= UINT32_MAX && dao_get(out, state_of(c), (uint32_t)number))
		return true;
	rpc_fail(c, RPC_REFUSED, "DAO_UNKNOWN", "listdaos shows them", "there is no such DAO");
	return false;
}

bool
rpc_proposal(struct proposal *out, struct rpc_call *c)
{
	if (proposal_get(out, state_of(c), rpc_count(c, "proposal", 0)))
		return true;
	rpc_fail(c, RPC_REFUSED, "PROPOSAL_UNKNOWN", "listproposals shows them", "there is no such proposal");
	return false;
}

static void
put_number(json_t *o, const char *name, uint64_t v)
{
	json_object_set_new(o, name, json_integer((json_int_t)v));
}

static void
put_time(json_t *o, const char *name, struct unixtime t)
{
	if (t.sec != 0)
		json_object_set_new(o, name, json_integer(t.sec));
}

/* --- DAOs --- */

static void
put_electorate(json_t *o, const struct rpc_call *c, const struct op_create_dao *t)
{
	json_t *members;
	struct asset a;

	if (t->electorate == DAO_HOLDERS) {
		json_object_set_new(o, "asset", asset_get(&a, state_of(c), &t->asset) ? json_string(a.ticker) : json_null());
		json_object_set_new(o, "asset_id", json_hash(&t->asset.id));
		put_number(o, "power", amount_units(votes_total_at(state_of(c), &t->asset, UINT64_MAX)));
		return;
	}
	members = json_array();
	for (size_t i = 0; i < t->members_n; i++)
		json_array_append_new(members, json_account(rpc_node(c), &t->members[i]));
	json_object_set_new(o, "members", members);
	put_number(o, "power", t->members_n);
}

static void
put_terms(json_t *o, const struct rpc_call *c, const struct op_create_dao *t)
{
	json_object_set_new(o, "deposit", json_amount(t->deposit, AMOUNT_DECIMALS_MAX));
	json_object_set_new(o, "deposit_first", json_amount(t->deposit_first, AMOUNT_DECIMALS_MAX));
	put_number(o, "threshold", t->threshold);
	put_number(o, "deposit_period", t->deposit_period);
	put_number(o, "voting_delay", t->voting_delay);
	put_number(o, "voting_period", t->voting_period);
	put_number(o, "late_extension", t->late_extension);
	put_number(o, "timelock", t->timelock);
	put_number(o, "grace", t->grace);
	if (t->has_guardian) {
		json_object_set_new(o, "guardian", json_account(rpc_node(c), &t->guardian));
		put_time(o, "guardian_until", t->guardian_until);
	}
}

static json_t *
actions_allowed(const struct op_create_dao *t)
{
	json_t *actions = json_array();

	for (unsigned i = 0; i < 32; i++) {
		if ((t->actions >> i & 1) && action_name(i) != NULL)
			json_array_append_new(actions, json_string(action_name(i)));
	}
	return actions;
}

/* What listdaos shows of each. */
static json_t *
dao_line(const struct rpc_call *c, const struct dao *d)
{
	struct asset_id coin = ASSET_COIN;

	return json_pack("{sisssssososo}", "dao", (int)d->number, "name", d->name, "electorate",
			 d->terms.electorate == DAO_HOLDERS ? "holders" : "council", "rule",
			 json_sprintf("%s %u", d->rule, (unsigned)d->terms.rule_major), "treasury",
			 json_account(rpc_node(c), &d->treasury), "treasury_coin",
			 json_amount(bank_balance(state_of(c), &d->treasury, &coin), AMOUNT_DECIMALS_MAX));
}

static json_t *
chain_parameters(const struct rpc_call *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < param_count; i++) {
		const struct param *p = param_at(i);

		json_array_append_new(list, json_pack("{sssIsIsIss}", "name", p->name, "value", (json_int_t)param_get(state_of(c), p), "least",
						      (json_int_t)p->least, "most", (json_int_t)p->most, "unit", p->unit));
	}
	return list;
}

static void
run_getdao(struct rpc_call *c)
{
	struct dao *d = mem_new(1, sizeof(*d));
	json_t *o;

	if (rpc_dao(d, c)) {
		o = dao_line(c, d);
		json_object_set_new(o, "rule_params", rule_params_json(rpc_node(c), d->rule, d->params, d->terms.params.len));
		json_object_set_new(o, "actions", actions_allowed(&d->terms));
		put_electorate(o, c, &d->terms);
		put_terms(o, c, &d->terms);
		if (d->number == 0)
			json_object_set_new(o, "chain_parameters", chain_parameters(c));
		rpc_answer(c, o);
	}
	free(d);
}

static void
run_listdaos(struct rpc_call *c)
{
	uint64_t most = rpc_count(c, "count", LIST_USUAL);
	struct dao *d = mem_new(1, sizeof(*d));
	json_t *list = json_array();

	for (uint64_t i = rpc_count(c, "from", 0); i < dao_count(state_of(c)) && json_array_size(list) < most; i++) {
		if (dao_get(d, state_of(c), (uint32_t)i))
			json_array_append_new(list, dao_line(c, d));
	}
	free(d);
	rpc_answer(c, list);
}

/* --- Proposals --- */

static json_t *
tallies_json(const struct proposal *p)
{
	json_t *tallies = json_object();

	for (size_t i = 0; i < VOTE_CHOICES; i++)
		put_number(tallies, dao_choice_names[i], p->tallies[i]);
	return tallies;
}

static void
put_times(json_t *o, const struct proposal *p)
{
	if (p->state == PROPOSAL_DEPOSIT)
		put_time(o, "deposit_until", p->deposit_until);
	put_time(o, "vote_start", p->vote_start);
	put_time(o, "vote_end", p->vote_end);
	if (p->extended)
		json_object_set_new(o, "extended", json_true());
	put_time(o, "executable_from", p->eta);
	put_time(o, "executable_until", p->expires);
}

static json_t *
proposal_json(const struct rpc_call *c, const struct proposal *p)
{
	struct action_view view = { .state = state_of(c), .hrp = node_account_hrp(rpc_node(c)) };
	json_t *actions = json_array(), *o;

	for (size_t i = 0; i < p->actions_n; i++)
		json_array_append_new(actions, action_json(&p->actions[i], &view));
	o = json_pack("{sIsisssssososI}", "proposal", (json_int_t)p->number, "dao", (int)p->dao, "title", p->title, "state",
		      proposal_state_name(p->state), "proposer", json_account(rpc_node(c), &p->proposer), "tallies", tallies_json(p), "base",
		      (json_int_t)p->base);
	if (p->reason[0] != '\0')
		json_object_set_new(o, "reason", json_string(p->reason));
	if (p->base != 0) {
		put_number(o, "snapshot", p->snapshot);
		json_object_set_new(o, "quorum", json_boolean(p->quorum));
	}
	json_object_set_new(o, "rule",
			    json_sprintf("%s %u.%u.%u", p->rule.name, (unsigned)p->rule.major, (unsigned)p->rule.minor, (unsigned)p->rule.patch));
	json_object_set_new(o, "deposit", json_amount(p->deposit, AMOUNT_DECIMALS_MAX));
	put_times(o, p);
	json_object_set_new(o, "actions", actions);
	return o;
}

static void
run_getproposal(struct rpc_call *c)
{
	struct proposal p;

	if (rpc_proposal(&p, c))
		rpc_answer(c, proposal_json(c, &p));
}

static bool
is_wanted(const struct rpc_call *c, const struct proposal *p)
{
	const char *state = rpc_text(c, "state");

	return (!rpc_has(c, "dao") || rpc_count(c, "dao", 0) == p->dao) && (state == NULL || strcasecmp(state, proposal_state_name(p->state)) == 0);
}

/* A line of the table: all but the actions. */
static json_t *
proposal_line(const struct proposal *p)
{
	json_t *o = json_pack("{sIsissss}", "proposal", (json_int_t)p->number, "dao", (int)p->dao, "state", proposal_state_name(p->state), "title", p->title);

	for (size_t i = 0; i < VOTE_CHOICES; i++)
		put_number(o, dao_choice_names[i], p->tallies[i]);
	put_number(o, "base", p->base);
	put_time(o, "vote_end", p->vote_end);
	return o;
}

#define PROPOSAL_STATES "deposit, voting_delay, voting, timelock, executed, expired, defeated, vetoed, cancelled, failed"

static void
run_listproposals(struct rpc_call *c)
{
	uint64_t most = rpc_count(c, "count", LIST_USUAL), i = proposal_count(state_of(c));
	json_t *list;
	struct proposal p;

	if (!rpc_one_of(c, "state", PROPOSAL_STATES))
		return;
	list = json_array();
	if (rpc_has(c, "before") && rpc_count(c, "before", 0) <= i)
		i = rpc_count(c, "before", 0) - (rpc_count(c, "before", 0) > 0);
	for (; i > 0 && json_array_size(list) < most; i--) {
		if (proposal_get(&p, state_of(c), i) && is_wanted(c, &p))
			json_array_append_new(list, proposal_line(&p));
	}
	rpc_answer(c, list);
}

/* --- Power --- */

static void
run_votingpower(struct rpc_call *c)
{
	struct block_env env;
	struct exec x = next_block(&env, c);
	struct voting_power v;
	struct account who;
	json_t *o;

	if (!rpc_account(&who, c, "account"))
		return;
	if (!voting_power(&v, &x, rpc_count(c, "proposal", 0), &who)) {
		rpc_fail(c, RPC_REFUSED, "PROPOSAL_UNKNOWN", "listproposals shows them", "there is no such proposal");
		return;
	}
	o = json_pack("{sbsIsIsb}", "counts", (int)v.counts, "weight", (json_int_t)v.weight, "base", (json_int_t)v.base, "voted", (int)v.voted);
	if (v.snapshot != 0)
		put_number(o, "snapshot", v.snapshot);
	if (!v.counts && v.why != NULL) {
		json_object_set_new(o, "why", json_string(v.why));
		if (rpc_reason_hint(v.why) != NULL)
			json_object_set_new(o, "hint", json_string(rpc_reason_hint(v.why)));
	}
	if (v.delegates)
		json_object_set_new(o, "delegate", json_account(rpc_node(c), &v.delegate));
	rpc_answer(c, o);
}

/* --- What it would change --- */

/* Who it is, if that is an account that the ledger itself keeps. */
static json_t *
account_named(const struct rpc_call *c, const struct account *who, const struct proposal *p)
{
	struct account treasury = dao_treasury(p->dao), fund = bank_fee_fund();

	if (account_eq(who, &treasury))
		return json_sprintf("treasury of DAO %u", (unsigned)p->dao);
	if (account_eq(who, &fund))
		return json_string("fee fund");
	for (int i = COVER_FROM_TREASURY; i <= COVER_FROM_FEES; i++) {
		struct account cover = dao_cover_account((enum cover_source)i);

		if (account_eq(who, &cover))
			return json_string("the peg's deficit");
	}
	return json_account(rpc_node(c), who);
}

/* Before and after of units of an asset, and the difference. */
static void
put_units(json_t *o, const struct rpc_call *c, const struct change *change)
{
	struct amount before, after, by;
	char text[AMOUNT_TEXT_LEN];
	struct asset a;
	bool known = asset_get(&a, state_of(c), &change->asset), up = change->after > change->before;
	unsigned decimals = known ? a.decimals : 0;
	bool ok = amount_from_units(&before, change->before) && amount_from_units(&after, change->after) &&
		  amount_sub(&by, up ? after : before, up ? before : after);

	if (!ok)
		return;
	json_object_set_new(o, "asset", known ? json_string(a.ticker) : json_hash(&change->asset.id));
	json_object_set_new(o, "before", json_amount(before, decimals));
	json_object_set_new(o, "after", json_amount(after, decimals));
	amount_format(text, by, decimals);
	json_object_set_new(o, "change", json_sprintf("%s%s", up ? "+" : "-", text));
}

/* What an asset's record says now, of what a PARAM can change. */
static json_t *
asset_part_now(const struct rpc_call *c, const struct asset *a, const char *part)
{
	struct op_blob params = asset_params(a, engine_block_time(node_engine(rpc_node(c))));

	if (strcmp(part, "issuer") == 0)
		return a->renounced ? json_string("nobody") : json_account(rpc_node(c), &a->issuer);
	if (strcmp(part, "dao") == 0)
		return json_integer((json_int_t)a->dao);
	return strcmp(part, "name") == 0 ? json_string(a->name) : json_hex(params.p, params.len);
}

/* A row for each PARAM about the asset: the action has the new value, the ledger the old one. */
static void
add_asset_rows(json_t *list, const struct rpc_call *c, const struct asset_id *id, const struct proposal *p)
{
	struct action_view view = { .state = state_of(c), .hrp = node_account_hrp(rpc_node(c)) };
	struct action_param param;
	struct asset a;

	for (size_t i = 0; i < p->actions_n; i++) {
		const struct op_blob *b = &p->actions[i].payload;
		json_t *action;

		if (p->actions[i].kind != ACTION_PARAM || !action_param_decode(&param, b->p, b->len) || !asset_id_eq(&param.asset, id) ||
		    !asset_get(&a, state_of(c), id))
			continue;
		action = action_json(&p->actions[i], &view);
		json_array_append_new(list, json_pack("{sssOsssosO*}", "what", "term of an asset", "of", json_object_get(action, "name"), "asset", a.ticker,
						      "before", asset_part_now(c, &a, json_string_value(json_object_get(action, "name"))), "after",
						      json_object_get(action, "value")));
		json_decref(action);
	}
}

static json_t *
change_json(const struct rpc_call *c, const struct change *change, const struct proposal *p)
{
	static const char *const approval[] = { "not approved", "approved", "disabled" };
	json_t *o = json_object();

	switch (change->kind) {
	case CHANGE_BALANCE:
		json_object_set_new(o, "what", json_string("balance"));
		json_object_set_new(o, "of", account_named(c, &change->account, p));
		put_units(o, c, change);
		return o;
	case CHANGE_SUPPLY:
	case CHANGE_PERMIT:
		json_object_set_new(o, "what", json_string(change->kind == CHANGE_SUPPLY ? "supply" : "permit to mint"));
		put_units(o, c, change);
		return o;
	case CHANGE_ASSET:
		break; /* add_asset_rows() */
	case CHANGE_PARAM:
		json_object_set_new(o, "what", json_string("parameter"));
		json_object_set_new(o, "of", json_sprintf("%s (%s)", change->param->name, change->param->unit));
		break;
	case CHANGE_RULE:
		json_object_set_new(o, "what", json_string("rule"));
		json_object_set_new(o, "of", json_sprintf("%s %u.%u.%u", change->rule.name, (unsigned)change->rule.major, (unsigned)change->rule.minor,
							  (unsigned)change->rule.patch));
		json_object_set_new(o, "before", json_string(approval[change->before]));
		json_object_set_new(o, "after", json_string(approval[change->after]));
		return o;
	case CHANGE_UPGRADE:
		json_object_set_new(o, "what", json_string("rule runs from block"));
		json_object_set_new(o, "of", json_sprintf("%s %u.%u.%u", change->rule.name, (unsigned)change->rule.major, (unsigned)change->rule.minor,
							  (unsigned)change->rule.patch));
		put_number(o, "after", change->after);
		return o;
	case CHANGE_PEG_PAUSED:
		json_object_set_new(o, "what", json_string("peg paused"));
		break;
	case CHANGE_PEG_RESUMES:
		json_object_set_new(o, "what", json_string("times the peg was resumed"));
		break;
	case CHANGE_DONATIONS:
		json_object_set_new(o, "what", json_string("donations for the peg's deficit, satoshi"));
		break;
	case CHANGE_RECORDS:
		json_object_set_new(o, "what", json_string("records changed"));
		json_object_set_new(o, "of", json_sprintf("module %c", change->module));
		put_number(o, "after", change->after);
		return o;
	}
	put_number(o, "before", change->before);
	put_number(o, "after", change->after);
	return o;
}

/* Could EXECUTE be sent now, leaving aside what its actions say? */
static const char *
why_not_now(const struct proposal *p, struct unixtime now)
{
	if (p->state != PROPOSAL_TIMELOCK || now.sec > p->expires.sec)
		return "NOT_EXECUTABLE";
	return now.sec < p->eta.sec ? "TOO_EARLY" : NULL;
}

static void
run_simulateproposal(struct rpc_call *c)
{
	struct block_env env;
	struct exec x = next_block(&env, c);
	struct changes changes;
	struct proposal p;
	const char *why, *not_now;
	json_t *o, *list = json_array();
	size_t failed = 0;

	if (!rpc_proposal(&p, c)) {
		json_decref(list);
		return;
	}
	not_now = why_not_now(&p, env.time);
	why = proposal_simulate(&changes, &failed, &x, p.number);
	for (size_t i = 0; i < changes.n; i++) {
		if (changes.list[i].kind == CHANGE_ASSET)
			add_asset_rows(list, c, &changes.list[i].asset, &p);
		else
			json_array_append_new(list, change_json(c, &changes.list[i], &p));
	}
	changes_clear(&changes);
	o = json_pack("{sIsssb}", "proposal", (json_int_t)p.number, "state", proposal_state_name(p.state), "would_succeed", why == NULL);
	if (why != NULL) {
		put_number(o, "failing_action", failed);
		json_object_set_new(o, "reason", json_string(why));
		if (rpc_reason_hint(why) != NULL)
			json_object_set_new(o, "hint", json_string(rpc_reason_hint(why)));
	}
	json_object_set_new(o, "executable_now", json_boolean(not_now == NULL && why == NULL));
	if (not_now != NULL)
		json_object_set_new(o, "why_not_now", json_string(not_now));
	json_object_set_new(o, "changes", list);
	rpc_answer(c, o);
}

static const struct rpc_param votingpower_params[] = {
	{ "account", RPC_ACCOUNT, true, "whose", NULL },
	{ "proposal", RPC_COUNT, true, "its number", NULL },
};
static const struct rpc_param proposal_params[] = { { "proposal", RPC_COUNT, true, "its number", NULL } };
static const struct rpc_param dao_params[] = { { "dao", RPC_COUNT, true, "its number", NULL } };
static const struct rpc_param listdaos_params[] = {
	{ "from", RPC_COUNT, false, "from this number on", "0" },
	{ "count", RPC_COUNT, false, "at most so many", "100" },
};
static const struct rpc_param listproposals_params[] = {
	{ "dao", RPC_COUNT, false, "only this one's", "all" },
	{ "state", RPC_TEXT, false, "deposit, voting_delay, voting, timelock, executed, expired, defeated, vetoed, cancelled or failed", "all" },
	{ "count", RPC_COUNT, false, "at most so many", "100" },
	{ "before", RPC_COUNT, false, "older than this number", NULL },
};

const struct rpc_method rpc_dao_show_methods[] = {
	{ "getdao", "DAO", "one DAO, its terms and its treasury", "DAO 0 is the federation's council; with it come the parameters of the chain.", "0",
	  RPC_PARAMS(dao_params), RPC_NEEDS_LEDGER, run_getdao },
	{ "listdaos", "DAO", "all DAOs", NULL, "", RPC_PARAMS(listdaos_params), RPC_NEEDS_LEDGER, run_listdaos },
	{ "getproposal", "DAO", "one proposal, with its actions and tallies", NULL, "1", RPC_PARAMS(proposal_params), RPC_NEEDS_LEDGER, run_getproposal },
	{ "listproposals", "DAO", "proposals, newest first", NULL, "", RPC_PARAMS(listproposals_params), RPC_NEEDS_LEDGER, run_listproposals },
	{ "votingpower", "DAO", "whether a vote would count, and for how much", "Before anyone signs. While a vote hasn't begun, the power of now.",
	  "alice 1", RPC_PARAMS(votingpower_params), RPC_NEEDS_LEDGER, run_votingpower },
	{ "simulateproposal", "DAO", "what carrying it out now would change", "Balances, permits, rules, parameters, the peg. Nothing is changed.", "1",
	  RPC_PARAMS(proposal_params), RPC_NEEDS_LEDGER, run_simulateproposal },
	{ .name = NULL },
};
