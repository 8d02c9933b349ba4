/* Attesting, revoking and looking up names. */
#include <string.h>

#include "bridge/account_name.h"
#include "bridge/node.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_write.h"
#include "token/name.h"

#define COUNT_DEFAULT 50
#define COUNT_MAX 500

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

/* ---- writing ---- */

/* False: the call has been answered. */
static bool
take_name(struct op_text *out, struct rpc_call *c)
{
	const char *text = rpc_text(c, "name");

	text += text[0] == '@';
	*out = OP_TEXT(text);
	if (name_valid(out->p, out->len))
		return true;
	rpc_bad_param(c, "name", "3 to 32 of a-z, 0-9 and -, a letter first; not beginning with tly", "this can be no name");
	return false;
}

static void
write_name(struct rpc_call *c, uint16_t number, const struct account *from)
{
	struct op_name o;
	struct wr payload = { 0 };

	if (!rpc_account(&o.account, c, "account") || !take_name(&o.name, c))
		return;
	op_name_encode(&payload, &o);
	rpc_write_op(c, number, from, &payload, NULL);
}

static void
run_attestname(struct rpc_call *c)
{
	struct account from;

	if (rpc_from(&from, c, "from"))
		write_name(c, OP_ATTEST_NAME, &from);
}

static void
run_revokename(struct rpc_call *c)
{
	struct account from, who;
	struct name n;

	if (!rpc_account(&from, c, "from")) {
		if (rpc_account(&who, c, "account") && name_of(&n, state_of(c), &who))
			from = n.attester;
		else if (!rpc_from(&from, c, "from"))
			return;
	}
	write_name(c, OP_REVOKE_NAME, &from);
}

static void
run_renouncename(struct rpc_call *c)
{
	struct op_renounce_name o;
	struct account from;
	struct name n;
	struct wr payload = { 0 };

	if (!rpc_has(c, "name")) {
		if (!rpc_from(&from, c, "from"))
			return;
		if (!name_of(&n, state_of(c), &from)) {
			rpc_fail(c, RPC_REFUSED, "NO_NAME", "getaccount shows an account's name", "the account has no name");
			return;
		}
		o.name = OP_TEXT(n.text);
	} else {
		if (!take_name(&o.name, c))
			return;
		if (!rpc_account(&from, c, "from")) {
			if (name_find(&n, state_of(c), o.name.p, o.name.len))
				from = n.holder;
			else if (!rpc_from(&from, c, "from"))
				return;
		}
	}
	op_renounce_name_encode(&payload, &o);
	rpc_write_op(c, OP_RENOUNCE_NAME, &from, &payload, NULL);
}

/* ---- looking ---- */

static json_t *
name_json(const struct rpc_call *c, const struct name *n)
{
	return json_pack("{sssosbsosIsI}", "name", n->text, "account", json_account(rpc_node(c), &n->holder), "attested", (int)n->attested, "attester",
			 json_account(rpc_node(c), &n->attester), "since_height", (json_int_t)n->since, "since", (json_int_t)n->since_time.sec);
}

static void
run_getname(struct rpc_call *c)
{
	const char *text = rpc_text(c, "name");
	struct account who;
	struct name n;
	bool found;

	if (account_from_text(&who, node_account_hrp(rpc_node(c)), text) == NULL) {
		found = name_of(&n, state_of(c), &who);
	} else {
		text += text[0] == '@';
		found = name_find(&n, state_of(c), text, strlen(text));
	}
	if (found)
		rpc_answer(c, name_json(c, &n));
	else
		rpc_fail(c, RPC_REFUSED, "NO_NAME", "listnames shows what there is", "there is no such name");
}

static void
run_listnames(struct rpc_call *c)
{
	uint64_t count = rpc_count(c, "count", COUNT_DEFAULT);
	const char *after = rpc_text(c, "after");
	struct name_walk w;
	struct name n;
	json_t *list;

	if (count < 1 || count > COUNT_MAX) {
		rpc_bad_param(c, "count", "1 to 500; after=NAME leads on", "so many are not listed at once");
		return;
	}
	list = json_array();
	name_walk_init(&w, state_of(c), after != NULL ? after + (after[0] == '@') : "");
	while (json_array_size(list) < count && name_walk_next(&w, &n))
		json_array_append_new(list, name_json(c, &n));
	rpc_answer(c, list);
}

static json_t *
attester_json(const struct rpc_call *c, const struct account *a, const char *as)
{
	json_t *row = json_pack("{soss}", "account", json_account(rpc_node(c), a), "as", as);

	put_account_name(row, "name", rpc_node(c), a);
	return row;
}

static void
run_listregistrars(struct rpc_call *c)
{
	struct dao *federation = rpc_alloc(c, sizeof(*federation));
	struct unixtime since;
	struct state_walk w;
	struct account a;
	json_t *list = json_array(), *row;

	if (dao_get(federation, state_of(c), 0) && federation->terms.electorate == DAO_COUNCIL) {
		for (uint32_t i = 0; i < federation->terms.members_n; i++)
			json_array_append_new(list, attester_json(c, &federation->terms.members[i], "member"));
	}
	registrar_walk_init(&w, state_of(c));
	while (registrar_walk_next(&w, &a, &since)) {
		row = attester_json(c, &a, "registrar");
		json_object_set_new(row, "since", json_integer(since.sec));
		json_array_append_new(list, row);
	}
	rpc_answer(c, list);
}

#define NAME_PARAM(required) { "name", RPC_TEXT, required, "3 to 32 of a-z, 0-9 and -", NULL }

static const struct rpc_param attestname_params[] = {
	{ "account", RPC_ACCOUNT, true, "whose name it is", NULL },
	NAME_PARAM(true),
	{ "from", RPC_ACCOUNT, false, "a member of the federation, or a registrar", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param revokename_params[] = {
	{ "account", RPC_ACCOUNT, true, "who has it", NULL },
	NAME_PARAM(true),
	{ "from", RPC_ACCOUNT, false, "who attested it", "who attested it" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param renouncename_params[] = {
	NAME_PARAM(false),
	{ "from", RPC_ACCOUNT, false, "who has it", "who has it, or the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param getname_params[] = {
	{ "name", RPC_TEXT, true, "a name, or the address of an account", NULL },
};
static const struct rpc_param listnames_params[] = {
	{ "count", RPC_COUNT, false, "how many", "50" },
	{ "after", RPC_TEXT, false, "only what comes behind this name", NULL },
};

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_names_methods[] = {
	{ "attestname", "names", "give an account its name",
	  "Only members of the federation and registrars may. Names that look alike are one name. Who gave a name may change it.", "tly1… corner-cafe",
	  RPC_PARAMS(attestname_params), WRITES, run_attestname },
	{ "revokename", "names", "take a name away", NULL, "tly1… corner-cafe", RPC_PARAMS(revokename_params), WRITES, run_revokename },
	{ "renouncename", "names", "give one's own name up", NULL, "corner-cafe", RPC_PARAMS(renouncename_params), WRITES, run_renouncename },
	{ "getname", "names", "whose name it is, or what an account is called", NULL, "corner-cafe", RPC_PARAMS(getname_params), RPC_NEEDS_LEDGER,
	  run_getname },
	{ "listnames", "names", "all names", NULL, "", RPC_PARAMS(listnames_params), RPC_NEEDS_LEDGER, run_listnames },
	{ "listregistrars", "names", "who may attest names", NULL, "", NULL, 0, RPC_NEEDS_LEDGER, run_listregistrars },
	{ .name = NULL },
};
