/* Governance: DAOs, proposals, votes. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/action_json.h"
#include "bridge/node.h"
#include "bridge/rpc_asset.h"
#include "bridge/rpc_dao.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_rule_params.h"
#include "bridge/rpc_write.h"
#include "token/dao.h"

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

static bool
name_find(size_t *out, const char *const *names, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* --- Creating a DAO --- */

static bool
take_actions_allowed(uint32_t *out, struct rpc_call *c)
{
	const char *text = rpc_has(c, "actions") ? rpc_text(c, "actions") : "text,spend,mint_permit,param";

	for (*out = 0; *text != '\0';) {
		size_t len = strcspn(text, ",");
		enum action_kind kind;

		if (!action_find(&kind, text, len)) {
			rpc_bad_param(c, "actions", "text, spend, mint_permit, param; commas between", "there is no such action");
			return false;
		}
		*out |= 1u << kind;
		text += len + (text[len] == ',');
	}
	return true;
}

static int
by_account(const void *a, const void *b)
{
	return account_cmp(a, b);
}

static bool
take_members(struct op_create_dao *o, struct rpc_call *c)
{
	const json_t *list = rpc_json(c, "members");

	o->electorate = DAO_COUNCIL;
	for (size_t i = 0; i < json_array_size(list) && i < DAO_MEMBERS_MAX; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || account_from_text(&o->members[i], node_account_hrp(rpc_node(c)), text) != NULL)
			break;
		o->members_n++;
	}
	if (o->members_n == 0 || o->members_n != json_array_size(list)) {
		rpc_bad_param(c, "members", "a list of 1 to 64 account addresses", "is not a list of accounts");
		return false;
	}
	qsort(o->members, o->members_n, sizeof(o->members[0]), by_account);
	return true;
}

static bool
take_electorate(struct op_create_dao *o, struct rpc_call *c)
{
	struct asset a;

	if (rpc_has(c, "members"))
		return take_members(o, c);
	if (!rpc_has(c, "asset")) {
		rpc_bad_param(c, "asset", "a token with the flag votes, or members=[…]", "who votes has to be said");
		return false;
	}
	if (!rpc_asset(&a, c, "asset"))
		return false;
	o->electorate = DAO_HOLDERS;
	o->asset = a.id;
	return true;
}

static bool
take_deposits(struct op_create_dao *o, struct rpc_call *c)
{
	o->deposit = o->deposit_first = AMOUNT_ZERO;
	if (rpc_has(c, "deposit") && !rpc_amount(&o->deposit, c, "deposit", AMOUNT_DECIMALS_MAX))
		return false;
	return !rpc_has(c, "deposit_first") || rpc_amount(&o->deposit_first, c, "deposit_first", AMOUNT_DECIMALS_MAX);
}

static bool
take_guardian(struct op_create_dao *o, struct rpc_call *c)
{
	uint64_t until;

	o->has_guardian = rpc_has(c, "guardian");
	if (!o->has_guardian)
		return true;
	if (!rpc_has(c, "guardian_until")) {
		rpc_bad_param(c, "guardian_until", "the last second of his term, since 1970", "a guardian's power ends");
		return false;
	}
	until = rpc_count(c, "guardian_until", 0);
	o->guardian_until.sec = until > INT64_MAX ? INT64_MAX : (int64_t)until;
	return rpc_account(&o->guardian, c, "guardian");
}

static uint32_t
seconds(const struct rpc_call *c, const char *name, uint32_t fallback)
{
	uint64_t v = rpc_count(c, name, fallback);

	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* The number in the event of this name, 4 or 8 bytes; false when there is none. */
static bool
event_number(uint64_t *out, const struct rpc_written *w, const char *name)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct event e;

	while (event_next(&e, &events)) {
		struct rd body = rd_init(e.body, e.len);

		if (strcmp(e.name, name) != 0)
			continue;
		*out = e.len == 4 ? rd_u32(&body) : rd_u64(&body);
		return true;
	}
	return false;
}

static void
on_dao(json_t *answer, struct node *n, const struct rpc_written *w)
{
	uint64_t number;

	(void)n;
	if (event_number(&number, w, "DAO_CREATED"))
		json_object_set_new(answer, "dao", json_integer((json_int_t)number));
}

static void
run_createdao(struct rpc_call *c)
{
	struct op_create_dao *o = mem_new(1, sizeof(*o));
	struct account from;
	struct wr payload = { 0 }, params = { 0 };
	const char *rule;

	if (rpc_from(&from, c, "from") && take_electorate(o, c) && take_actions_allowed(&o->actions, c) && take_deposits(o, c) &&
	    take_guardian(o, c)) {
		rule = rpc_has(c, "rule") ? rpc_text(c, "rule") : o->electorate == DAO_COUNCIL ? "gov_council" : "gov_token";
		if (rpc_rule_params(&params, c, "rule_params", rule)) {
			o->name = OP_TEXT(rpc_text(c, "name"));
			o->rule = OP_TEXT(rule);
			o->rule_major = 1;
			o->params = (struct op_blob){ params.p, params.len };
			o->deposit_period = seconds(c, "deposit_period", 7 * 86400);
			o->voting_delay = seconds(c, "voting_delay", 86400);
			o->voting_period = seconds(c, "voting_period", 7 * 86400);
			o->late_extension = seconds(c, "late_extension", 86400);
			o->timelock = seconds(c, "timelock", 2 * 86400);
			o->grace = seconds(c, "grace", 14 * 86400);
			o->threshold = rpc_count(c, "threshold", 1);
			op_create_dao_encode(&payload, o);
			rpc_write_op(c, OP_CREATE_DAO, &from, &payload, on_dao);
		}
	}
	wr_clear(&payload);
	wr_clear(&params);
	free(o);
}

/* --- Proposing --- */

static bool
bad_action(struct rpc_call *c, const char *why)
{
	rpc_bad_param(c, "actions", "a list such as [{\"kind\": \"spend\", \"asset\": \"COFFEE\", \"to\": \"tly1…\", \"amount\": \"5\"}]", why);
	return false;
}

static void
on_proposal(json_t *answer, struct node *n, const struct rpc_written *w)
{
	uint64_t number;

	(void)n;
	if (event_number(&number, w, "PROPOSED"))
		json_object_set_new(answer, "proposal", json_integer((json_int_t)number));
}

static bool
account_named(struct account *out, const void *call, const char *text)
{
	return rpc_account_named(out, call, text);
}

static bool
take_actions(struct op_propose *o, struct wr *payloads, struct rpc_call *c)
{
	const json_t *list = rpc_json(c, "actions");
	struct action_view view = { state_of(c), node_account_hrp(rpc_node(c)), account_named, c };
	size_t n = json_array_size(list);

	if (n == 0 || n > PROPOSAL_ACTIONS_MAX)
		return bad_action(c, "a proposal has 1 to 16 actions");
	for (size_t i = 0; i < n; i++) {
		enum action_kind kind;
		const char *why = action_from_json(&payloads[i], &kind, json_array_get(list, i), &view);

		if (why != NULL)
			return bad_action(c, why);
		o->actions[o->actions_n++] = (struct dao_action){ (uint8_t)kind, { payloads[i].p, payloads[i].len } };
	}
	return true;
}

static void
run_propose(struct rpc_call *c)
{
	struct op_propose o = { .dao = 0 };
	struct account from;
	struct wr payload = { 0 }, payloads[PROPOSAL_ACTIONS_MAX] = { { 0 } };
	struct dao *dao = mem_new(1, sizeof(*dao));

	if (rpc_dao(dao, c) && rpc_from(&from, c, "from") && (!rpc_has(c, "deposit") || rpc_amount(&o.deposit, c, "deposit", AMOUNT_DECIMALS_MAX)) &&
	    take_actions(&o, payloads, c)) {
		o.dao = dao->number;
		o.title = OP_TEXT(rpc_text(c, "title"));
		if (!rpc_has(c, "deposit"))
			o.deposit = dao->terms.deposit;
		op_propose_encode(&payload, &o);
		rpc_write_op(c, OP_PROPOSE, &from, &payload, on_proposal);
	}
	for (size_t i = 0; i < PROPOSAL_ACTIONS_MAX; i++)
		wr_clear(&payloads[i]);
	wr_clear(&payload);
	free(dao);
}

/* --- Acting on a proposal --- */

static void
write_op(struct rpc_call *c, uint16_t number, struct wr *payload)
{
	struct account from;

	if (rpc_from(&from, c, "from"))
		rpc_write_op(c, number, &from, payload, NULL);
	wr_clear(payload);
}

static void
write_number(struct rpc_call *c, uint16_t number)
{
	struct op_proposal o = { rpc_count(c, "proposal", 0) };
	struct wr payload = { 0 };

	op_proposal_encode(&payload, &o);
	write_op(c, number, &payload);
}

static void
run_executeproposal(struct rpc_call *c)
{
	write_number(c, OP_EXECUTE);
}

static void
run_cancelproposal(struct rpc_call *c)
{
	write_number(c, OP_CANCEL);
}

static void
run_vetoproposal(struct rpc_call *c)
{
	write_number(c, OP_GUARDIAN_VETO);
}

static void
run_deposit(struct rpc_call *c)
{
	struct op_add_deposit o = { .proposal = rpc_count(c, "proposal", 0) };
	struct wr payload = { 0 };

	if (!rpc_amount(&o.amount, c, "amount", AMOUNT_DECIMALS_MAX))
		return;
	op_add_deposit_encode(&payload, &o);
	write_op(c, OP_ADD_DEPOSIT, &payload);
}

/* "for", or parts in ten-thousandths: {"for": 7000, "against": 3000}. False: the call has been answered. */
static bool
take_choice(struct op_vote *o, struct rpc_call *c)
{
	const json_t *split = rpc_json(c, "split");
	const char *choice = rpc_text(c, "choice");
	unsigned total = 0;
	size_t found;

	for (size_t i = 0; i < VOTE_CHOICES; i++) {
		json_int_t part = json_integer_value(json_object_get(split, dao_choice_names[i]));

		o->parts[i] = part > 0 && part <= VOTE_WHOLE ? (uint16_t)part : 0;
		total += o->parts[i];
	}
	if (split != NULL && total == VOTE_WHOLE)
		return true;
	if (split == NULL && choice != NULL && name_find(&found, dao_choice_names, VOTE_CHOICES, choice, strlen(choice))) {
		o->parts[found] = VOTE_WHOLE;
		return true;
	}
	if (split != NULL)
		rpc_bad_param(c, "split", "ten-thousandths that add up to 10000: {\"for\": 7000, \"against\": 3000}", "the parts do not make a whole");
	else
		rpc_bad_param(c, "choice", "for, against, abstain or veto; or split={…}", "there is no such choice");
	return false;
}

static void
run_vote(struct rpc_call *c)
{
	struct op_vote o = { .proposal = rpc_count(c, "proposal", 0) };
	struct wr payload = { 0 };

	if (!take_choice(&o, c))
		return;
	op_vote_encode(&payload, &o);
	write_op(c, OP_VOTE, &payload);
}

static void
run_delegate(struct rpc_call *c)
{
	struct op_delegate o;
	struct asset a;
	struct wr payload = { 0 };

	if (!rpc_asset(&a, c, "asset") || !rpc_account(&o.to, c, "to"))
		return;
	o.asset = a.id;
	op_delegate_encode(&payload, &o);
	write_op(c, OP_DELEGATE, &payload);
}

#define PROPOSAL_PARAM { "proposal", RPC_COUNT, true, "its number", NULL }
#define FROM_WALLET { "from", RPC_ACCOUNT, false, "who acts", "the wallet's first account" }

static const struct rpc_param createdao_params[] = {
	{ "name", RPC_TEXT, true, "for people", NULL },
	{ "asset", RPC_TEXT, false, "its holders vote: a token with the flag votes", NULL },
	{ "members", RPC_JSON, false, "or a council: a list of account addresses", NULL },
	{ "rule", RPC_TEXT, false, "an approved voting rule", "gov_token, or gov_council for members" },
	{ "rule_params", RPC_JSON, false, "for the rule, by name, or [\"hex\"]", "the rule's usual ones" },
	{ "actions", RPC_TEXT, false, "what it may do, commas between", "text,spend,mint_permit,param" },
	{ "deposit_period", RPC_COUNT, false, "seconds to bring the deposit together", "604800" },
	{ "voting_delay", RPC_COUNT, false, "seconds before the vote", "86400" },
	{ "voting_period", RPC_COUNT, false, "seconds", "604800" },
	{ "late_extension", RPC_COUNT, false, "seconds more when the quorum comes late", "86400" },
	{ "timelock", RPC_COUNT, false, "seconds between the vote and its effect", "172800" },
	{ "grace", RPC_COUNT, false, "seconds in which it may be executed", "1209600" },
	{ "deposit", RPC_AMOUNT, false, "coin needed before the vote", "0" },
	{ "deposit_first", RPC_AMOUNT, false, "part of it that comes with the proposal", "0" },
	{ "threshold", RPC_COUNT, false, "voting power needed to propose", "1" },
	{ "guardian", RPC_ACCOUNT, false, "who may veto, and nothing else", "nobody" },
	{ "guardian_until", RPC_COUNT, false, "until when, in seconds since 1970", NULL },
	FROM_WALLET,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param propose_params[] = {
	{ "dao", RPC_COUNT, true, "its number; 0 is the federation's council", NULL },
	{ "title", RPC_TEXT, true, "at most 100 bytes", NULL },
	{ "actions", RPC_JSON, true, "a list: {\"kind\": \"text\", \"text\"}, {\"kind\": \"spend\", \"asset\", \"to\", \"amount\"}, {\"kind\": \"mint_permit\", \"asset\", \"amount\"}…", NULL },
	{ "deposit", RPC_AMOUNT, false, "coin", "what the DAO asks for" },
	FROM_WALLET,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param number_params[] = { PROPOSAL_PARAM, FROM_WALLET, RPC_WRITE_PARAMS };
static const struct rpc_param deposit_params[] = { PROPOSAL_PARAM, { "amount", RPC_AMOUNT, true, "coin", NULL }, FROM_WALLET, RPC_WRITE_PARAMS };
static const struct rpc_param vote_params[] = {
	PROPOSAL_PARAM,
	{ "choice", RPC_TEXT, false, "for, against, abstain or veto", "split" },
	{ "split", RPC_JSON, false, "ten-thousandths instead: {\"for\": 7000, \"against\": 3000}", NULL },
	FROM_WALLET,
	RPC_WRITE_PARAMS,
};
static const struct rpc_param delegate_params[] = {
	{ "asset", RPC_TEXT, true, "a token with votes", NULL },
	{ "to", RPC_ACCOUNT, true, "who votes with it; oneself takes it back", NULL },
	FROM_WALLET,
	RPC_WRITE_PARAMS,
};
#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_dao_methods[] = {
	{ "createdao", "DAO", "found a DAO", "Its own treasury is an account that anyone can pay into. Returns its number.",
	  "\"Friends of coffee\" COFFEEV", RPC_PARAMS(createdao_params), WRITES, run_createdao },
	{ "propose", "DAO", "put something to the vote", "All actions or none are carried out. Returns the proposal's number.",
	  "0 \"Good morning\" '[{\"kind\": \"text\", \"text\": \"hello\"}]'", RPC_PARAMS(propose_params), WRITES, run_propose },
	{ "deposit", "DAO", "add to a proposal's deposit",
	  "The vote begins once the deposit is complete. Who paid it gets it back, unless the vote says veto.",
	  "1 0.001", RPC_PARAMS(deposit_params), WRITES, run_deposit },
	{ "vote", "DAO", "vote, again until the end: the last one counts",
	  "With the units held when the vote began, and with what others delegate who do not vote themselves. votingpower tells beforehand what it would count.",
	  "1 for", RPC_PARAMS(vote_params), WRITES, run_vote },
	{ "delegate", "DAO", "let another account vote with one's units",
	  "It counts for votes that begin later. The units stay where they are and can be spent; voting oneself outdoes the delegate.",
	  "COFFEEV bob", RPC_PARAMS(delegate_params), WRITES, run_delegate },
	{ "executeproposal", "DAO", "carry out what was decided, after the timelock",
	  "Anyone may, from executable_from to executable_until of getproposal. simulateproposal shows what it would do.",
	  "1", RPC_PARAMS(number_params), WRITES, run_executeproposal },
	{ "cancelproposal", "DAO", "take back one's own proposal before the vote, or anybody's whose power is gone", NULL, "1", RPC_PARAMS(number_params),
	  WRITES, run_cancelproposal },
	{ "vetoproposal", "DAO", "stop a proposal, as the DAO's guardian",
	  "The guardian can stop a proposal from the beginning of the vote until it is executed, while guardian_until is not over; nothing else.",
	  "1", RPC_PARAMS(number_params), WRITES, run_vetoproposal },
	{ .name = NULL },
};
