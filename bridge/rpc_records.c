/* Records: items, their events, custody, and documents that are anchored without being told. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_item.h"
#include "bridge/rpc_methods.h"
#include "bridge/account_name.h"
#include "bridge/rpc_write.h"
#include "bridge/wallet.h"
#include "token/item.h"
#include "token/store.h"

#define DAY 86400
#define DAYS_DEFAULT 30
#define COUNT_DEFAULT 50
#define COUNT_MAX 500

static struct state *
state_of(const struct rpc_call *c)
{
	return ledger_state(node_ledger(rpc_node(c)));
}

static struct unixtime
now_of(const struct rpc_call *c)
{
	return engine_block_time(node_engine(rpc_node(c)));
}

/* ---- documents ---- */

/* The caller's document as SHA-256; *given: there is one. False: the call has been answered. */
static bool
take_digest(struct hash256 *out, bool *given, struct rpc_call *c)
{
	const char *text = rpc_text(c, "document");
	bool has = rpc_hash(out, c, "sha256");

	*given = has || text != NULL;
	if (has && text != NULL) {
		rpc_bad_param(c, "document", "give the text, or sha256= of a file", "there are two documents");
		return false;
	}
	if (text != NULL)
		sha256(out, text, strlen(text));
	return true;
}

/* What is anchored of it, with a fresh salt that this node remembers; zero for no document. False: the call has been answered. */
static bool
take_document(struct hash256 *out, struct rpc_call *c)
{
	struct item_secret secret;
	bool given;

	memset(out, 0, sizeof(*out));
	if (rpc_hash(out, c, "hash"))
		return true;
	if (!take_digest(&secret.digest, &given, c))
		return false;
	if (!given)
		return true;
	rng_bytes(secret.salt.b, sizeof(secret.salt.b));
	item_document(out, &secret.salt, &secret.digest);
	if (item_secret_keep(node_store(rpc_node(c)), out, &secret))
		return true;
	rpc_fail(c, RPC_CORRUPT, "DISK", "look at the disk; nothing was recorded", "the document's salt can't be stored");
	return false;
}

/* The transaction's last entry, and the salt of its document: without that nobody can show what it says. */
static void
on_recorded(json_t *answer, struct node *n, const struct rpc_written *w)
{
	struct rd events = rd_init(w->result->events.p, w->result->events.len);
	struct item_secret secret;
	struct item_told told;
	struct event e;

	while (event_next(&e, &events)) {
		if (!item_told_read(&told, &e))
			continue;
		json_object_set_new(answer, "item", json_hash(&told.item));
		json_object_set_new(answer, "entry", json_integer((json_int_t)told.entry.number));
		if (hash256_is_zero(&told.entry.document))
			continue;
		json_object_set_new(answer, "anchored", json_hash(&told.entry.document));
		if (item_secret_find(&secret, node_store(n), &told.entry.document))
			json_object_set_new(answer, "salt", json_hash(&secret.salt));
	}
}

/* ---- writing ---- */

/* False: the call has been answered. */
static bool
find_item(struct item *out, struct rpc_call *c)
{
	struct hash256 id;

	if (!rpc_hash(&id, c, "item"))
		return false;
	if (item_get(out, state_of(c), &id))
		return true;
	rpc_fail(c, RPC_REFUSED, "ITEM_UNKNOWN", "listitems shows an account's items", "there is no such item");
	return false;
}

/* Who acts: `from`, or `usual` when the wallet has it, or the wallet's first account. False: the call has been answered. */
static bool
take_actor(struct account *out, struct rpc_call *c, const struct account *usual)
{
	if (rpc_account(out, c, "from"))
		return true;
	if (wallet_find(node_wallet(rpc_node(c)), usual) == NULL)
		return rpc_from(out, c, "from");
	*out = *usual;
	return true;
}

static void
run_createitem(struct rpc_call *c)
{
	struct op_create_item o;
	struct account from;
	struct wr payload = { 0 };

	o.title = OP_TEXT(rpc_text(c, "title"));
	if (o.title.len > ITEM_TITLE_MAX) {
		rpc_bad_param(c, "title", "at most 64 bytes, public", "it is too long");
		return;
	}
	if (!rpc_from(&from, c, "from") || !take_document(&o.document, c))
		return;
	op_create_item_encode(&payload, &o);
	rpc_write_op(c, OP_CREATE_ITEM, &from, &payload, on_recorded);
}

static void
run_recordevent(struct rpc_call *c)
{
	struct op_record_event o = { .final = rpc_bool(c, "final", false) };
	struct account from;
	struct item i;
	struct wr payload = { 0 };

	if (!find_item(&i, c) || !take_actor(&from, c, &i.custodian))
		return;
	o.item = i.id;
	o.label = OP_TEXT(rpc_text(c, "label"));
	if (o.label.len > ITEM_LABEL_MAX) {
		rpc_bad_param(c, "label", "1 to 32 of a-z, 0-9 and -", "it is too long");
		return;
	}
	if (!take_document(&o.document, c))
		return;
	op_record_event_encode(&payload, &o);
	rpc_write_op(c, OP_RECORD_EVENT, &from, &payload, on_recorded);
}

/* Both in one transaction, if the wallet has both or the transaction is to be handed round; else the offer alone. */
static void
write_handover(struct rpc_call *c, const struct account *from, const struct op_handover *o, bool both)
{
	struct op_accept_item a = { .item = o->item };
	struct wr give = { 0 }, take = { 0 };
	struct op ops[2];

	op_handover_encode(&give, o);
	op_accept_item_encode(&take, &a);
	ops[0] = (struct op){ OP_HANDOVER, *from, give.p, give.len };
	ops[1] = (struct op){ OP_ACCEPT_ITEM, o->to, take.p, take.len };
	rpc_write(c, ops, both ? 2 : 1, both ? on_recorded : NULL);
	wr_clear(&give);
	wr_clear(&take);
}

static void
run_handover(struct rpc_call *c)
{
	uint64_t days = rpc_count(c, "days", DAYS_DEFAULT);
	struct op_handover o;
	struct account from;
	struct item i;
	bool own;

	if (!find_item(&i, c) || !rpc_account(&o.to, c, "to"))
		return;
	if (!rpc_account(&from, c, "from"))
		from = i.custodian;
	if (days > 100000) {
		rpc_bad_param(c, "days", "at most 366", "it is too far away");
		return;
	}
	if (!take_document(&o.document, c))
		return;
	own = wallet_find(node_wallet(rpc_node(c)), &o.to) != NULL && !account_eq(&o.to, &from);
	o.item = i.id;
	o.until.sec = now_of(c).sec + (int64_t)days * DAY;
	write_handover(c, &from, &o, rpc_bool(c, "together", own));
}

static void
run_acceptitem(struct rpc_call *c)
{
	struct op_accept_item o = { .head = { { 0 } } };
	struct account from;
	struct item i;
	struct wr payload = { 0 };

	if (!find_item(&i, c) || !take_actor(&from, c, &i.to))
		return;
	o.item = i.id;
	if (!rpc_hash(&o.head, c, "head"))
		o.head = i.head; /* what this node shows now */
	op_accept_item_encode(&payload, &o);
	rpc_write_op(c, OP_ACCEPT_ITEM, &from, &payload, on_recorded);
}

static void
run_setattester(struct rpc_call *c)
{
	struct op_set_attester o = { .allowed = rpc_bool(c, "allowed", true) };
	struct account from;
	struct item i;
	struct wr payload = { 0 };

	if (!find_item(&i, c) || !rpc_account(&o.account, c, "account"))
		return;
	if (!take_actor(&from, c, wallet_find(node_wallet(rpc_node(c)), &i.custodian) != NULL ? &i.custodian : &i.creator))
		return;
	o.item = i.id;
	op_set_attester_encode(&payload, &o);
	rpc_write_op(c, OP_SET_ATTESTER, &from, &payload, on_recorded);
}

/* ---- looking ---- */

static void
run_getitem(struct rpc_call *c)
{
	struct item i;
	json_t *o;

	if (!find_item(&i, c))
		return;
	o = item_json(rpc_node(c), &i, now_of(c));
	item_put_history(o, rpc_node(c), &i, rpc_bool(c, "proof", false));
	if (rpc_bool(c, "proof", false))
		item_put_proof(o, rpc_node(c), &i);
	rpc_answer(c, o);
}

static void
run_listitems(struct rpc_call *c)
{
	uint64_t count = rpc_count(c, "count", COUNT_DEFAULT);
	struct hash256 after;
	bool has_after = rpc_hash(&after, c, "after");
	struct item_walk w;
	struct account who;
	struct item i;
	json_t *list;

	if (!rpc_from(&who, c, "account"))
		return;
	if (count < 1 || count > COUNT_MAX) {
		rpc_bad_param(c, "count", "1 to 500; after=ITEM leads on", "so many are not listed at once");
		return;
	}
	list = json_array();
	item_walk_init(&w, state_of(c), &who, rpc_bool(c, "created", false), has_after ? &after : NULL);
	while (json_array_size(list) < count && item_walk_next(&w, &i))
		json_array_append_new(list, item_json(rpc_node(c), &i, now_of(c)));
	rpc_answer(c, list);
}

/* Which entries anchor this document with this salt. */
static void
run_checkdocument(struct rpc_call *c)
{
	struct hash256 digest, salt, anchored;
	struct item i;
	bool given;
	json_t *o;

	if (!find_item(&i, c) || !take_digest(&digest, &given, c))
		return;
	if (!given || !rpc_hash(&salt, c, "salt")) {
		rpc_bad_param(c, "document", "document=TEXT or sha256=HEX, and the salt that recordevent gave", "there is no document");
		return;
	}
	item_document(&anchored, &salt, &digest);
	o = json_pack("{soso}", "item", json_hash(&i.id), "anchored", json_hash(&anchored));
	item_put_anchors(o, rpc_node(c), &i, &anchored);
	rpc_answer(c, o);
}

#define ITEM_PARAM { "item", RPC_HASH, true, "id of the item", NULL }
#define DOCUMENT_PARAMS                                                                                                                 \
	{ "document", RPC_TEXT, false, "a text to anchor: only its salted hash is published", "none" },                                  \
		{ "sha256", RPC_HASH, false, "in its place the SHA-256 of a file (sha256sum FILE)", NULL },                              \
		{ "hash", RPC_HASH, false, "in its place what is to be published, as it is", NULL }

static const struct rpc_param createitem_params[] = {
	{ "title", RPC_TEXT, true, "what it is, at most 64 bytes, public: no personal data", NULL },
	DOCUMENT_PARAMS,
	{ "from", RPC_ACCOUNT, false, "who makes it and has it", "the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param recordevent_params[] = {
	ITEM_PARAM,
	{ "label", RPC_TEXT, true, "what happened, of a-z, 0-9 and -, public: inspected, shipped…", NULL },
	DOCUMENT_PARAMS,
	{ "final", RPC_BOOL, false, "nothing can be recorded any more: the thing is used up or gone", "false" },
	{ "from", RPC_ACCOUNT, false, "who says so", "the custodian, or the wallet's first account" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param handover_params[] = {
	ITEM_PARAM,
	{ "to", RPC_ACCOUNT, true, "who takes it; the custodian himself: takes the offer back", NULL },
	{ "days", RPC_COUNT, false, "how long it may be accepted, at most 366", "30" },
	DOCUMENT_PARAMS,
	{ "together", RPC_BOOL, false, "both sign one transaction: with submit=false it can be handed round", "when the wallet has both accounts" },
	{ "from", RPC_ACCOUNT, false, "who has it", "the custodian" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param acceptitem_params[] = {
	ITEM_PARAM,
	{ "head", RPC_HASH, false, "of the history that is accepted", "as this node shows it" },
	{ "from", RPC_ACCOUNT, false, "who takes it", "to whom it is offered" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param setattester_params[] = {
	ITEM_PARAM,
	{ "account", RPC_ACCOUNT, true, "who may record events too", NULL },
	{ "allowed", RPC_BOOL, false, "false: not any more", "true" },
	{ "from", RPC_ACCOUNT, false, "custodian or creator", "the one in the wallet" },
	RPC_WRITE_PARAMS,
};
static const struct rpc_param getitem_params[] = {
	ITEM_PARAM,
	{ "proof", RPC_BOOL, false, "with the bytes of each entry, and a proof of the head", "false" },
};
static const struct rpc_param listitems_params[] = {
	{ "account", RPC_ACCOUNT, false, "whose", "the wallet's first account" },
	{ "created", RPC_BOOL, false, "those that it created, whoever has them", "false: those that it has" },
	{ "count", RPC_COUNT, false, "how many", "50" },
	{ "after", RPC_HASH, false, "only what comes behind this item", NULL },
};
static const struct rpc_param checkdocument_params[] = {
	ITEM_PARAM,
	{ "salt", RPC_HASH, true, "from recordevent", NULL },
	{ "document", RPC_TEXT, false, "the text", NULL },
	{ "sha256", RPC_HASH, false, "in its place the SHA-256 of the file", NULL },
};

#define WRITES RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET

const struct rpc_method rpc_records_methods[] = {
	{ "createitem", "records", "put a thing on record", "A document's salt comes back: keep it, it is needed to show what was anchored.",
	  "\"Watch 1969\" document=\"No. 4711\"", RPC_PARAMS(createitem_params), WRITES, run_createitem },
	{ "recordevent", "records", "append an event to a thing's history",
	  "Its custodian, its creator and their attesters may. A document's salt comes back: keep it.", "3f7a… \"serviced by A. Smith\" document=\"Invoice 12\"", RPC_PARAMS(recordevent_params), WRITES,
	  run_recordevent },
	{ "handover", "records", "hand a thing over",
	  "Custody changes when both have signed: at once when both accounts are in this wallet, else when the other one calls acceptitem.", "3f7a… bob",
	  RPC_PARAMS(handover_params), WRITES, run_handover },
	{ "acceptitem", "records", "take what is handed over", "Refused when something has been recorded since this node's view of it.", "3f7a…",
	  RPC_PARAMS(acceptitem_params), WRITES, run_acceptitem },
	{ "setattester", "records", "let somebody record events, or no longer", NULL, "3f7a… tly1…", RPC_PARAMS(setattester_params), WRITES, run_setattester },
	{ "getitem", "records", "a thing and its history",
	  "`verified` says that the entries are all there are: their hashes lead to the head that the ledger has.", "3f7a…", RPC_PARAMS(getitem_params),
	  RPC_NEEDS_LEDGER, run_getitem },
	{ "listitems", "records", "things that an account has", NULL, "alice", RPC_PARAMS(listitems_params), RPC_NEEDS_LEDGER, run_listitems },
	{ "checkdocument", "records", "was this document anchored, and when", NULL, "\"No. 4711\" SALT", RPC_PARAMS(checkdocument_params), RPC_NEEDS_LEDGER,
	  run_checkdocument },
	{ .name = NULL },
};
