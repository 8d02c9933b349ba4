#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/mainchain.h"
#include "bridge/node.h"
#include "bridge/node_pages.h"
#include "bridge/progress_line.h"
#include "bridge/rpc_methods.h"
#include "chain/txproof.h"

#define PEERS_SHOWN_MAX 128
#define LIES_DEFAULT 20
#define LIES_MAX 1000
#define SEARCH_DEFAULT 20
#define SEARCH_MAX 1000

static struct spv *
spv_of(const struct rpc_call *c)
{
	return mainchain_spv(node_mainchain(rpc_node(c)));
}

static json_t *
json_work(const struct u256 *work)
{
	char hex[65];

	u256_to_hex(hex, work);
	return json_string(hex);
}

static void
add_tip(json_t *o, const struct spv *s)
{
	struct spv_header tip;
	struct u256 work;

	spv_tip(s, &tip);
	work = tip.work;
	json_object_set_new(o, "height", json_integer((json_int_t)tip.height));
	json_object_set_new(o, "tip", json_display_hash(&tip.hash));
	json_object_set_new(o, "time", json_integer((json_int_t)tip.header.time));
	json_object_set_new(o, "tip_age", json_integer((json_int_t)(clock_unix().sec - (int64_t)tip.header.time)));
	json_object_set_new(o, "chainwork", json_work(&work));
}

static void
add_work(json_t *o, const struct node *n)
{
	const struct u256 *least = &node_params(n)->minimum_chain_work;
	struct spv_header tip;

	spv_tip(mainchain_spv(node_mainchain(n)), &tip);
	json_object_set_new(o, "minimum_work", json_work(least));
	json_object_set_new(o, "minimum_work_reached", json_boolean(u256_cmp(&tip.work, least) >= 0));
}

static void
add_stage(json_t *o, const struct node *n, const struct spv_progress *p)
{
	struct progress_at at = progress_watch_at(node_progress(n));
	int64_t left = progress_left(progress_watch_meter(node_progress(n)), &at);

	json_object_set_new(o, "stage", json_string(progress_stage_name(at.stage)));
	if (at.total > 0) {
		json_object_set_new(o, "stage_done", json_integer((json_int_t)at.done));
		json_object_set_new(o, "stage_total", json_integer((json_int_t)at.total));
	}
	json_object_set_new(o, "eta_seconds", left >= 0 ? json_integer((json_int_t)left) : json_null());
	json_object_set_new(o, "verificationprogress", json_real(progress_overall(p, &at)));
}

static void
add_presync(json_t *o, const struct spv_progress *p)
{
	json_t *presync;

	if (p->presync == SPV_PRESYNC_NONE)
		return;
	presync = json_pack("{sIsIsiso}", "height", (json_int_t)p->presync_height, "from", (json_int_t)p->presync_from, "pass",
			    p->presync == SPV_PRESYNC_FIRST ? 1 : 2, "work", json_work(&p->presync_work));
	if (p->presync_peer >= 0)
		json_object_set_new(presync, "peer", json_integer((json_int_t)p->presync_peer));
	if (p->presync_end > 0)
		json_object_set_new(presync, "end", json_integer((json_int_t)p->presync_end));
	json_object_set_new(o, "presync", presync);
}

static void
add_scan(json_t *o, const struct spv_progress *p)
{
	json_object_set_new(o, "filterheaders", json_integer((json_int_t)p->filter_headers));
	json_object_set_new(o, "filters_in_use", json_boolean(p->filters_in_use));
	json_object_set_new(o, "scan_mode", json_string(p->filters_in_use ? "filters" : "blocks"));
	if (p->scanned > 0)
		json_object_set_new(o, "scanned", json_integer((json_int_t)p->scanned - 1));
	if (p->rescan_next > 0)
		json_object_set_new(o, "rescan_next", json_integer((json_int_t)p->rescan_next));
}

static void
add_verdict(json_t *o, const struct node *n, const struct spv_progress *p)
{
	const char *why = node_not_synced(n);
	json_t *reasons;

	json_object_set_new(o, "stale", json_boolean(p->stale));
	json_object_set_new(o, "synced", json_boolean(why == NULL));
	if (why != NULL)
		json_object_set_new(o, "not_synced_because", json_string(why));
	reasons = node_unready(n);
	json_object_set_new(o, "ready", json_boolean(json_array_size(reasons) == 0));
	if (json_array_size(reasons) > 0)
		json_object_set(o, "not_ready_because", reasons);
	json_decref(reasons);
}

static json_int_t
count_disagreeing(const struct spv *s)
{
	struct spv_peer_info *peers = mem_new(PEERS_SHOWN_MAX, sizeof(*peers));
	size_t n = spv_peers(s, peers, PEERS_SHOWN_MAX);
	json_int_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += peers[i].disagrees;
	free(peers);
	return count;
}

static void
run_getmainchaininfo(struct rpc_call *c)
{
	struct node *n = rpc_node(c);
	struct spv_progress p;
	json_t *o;

	spv_progress(spv_of(c), &p);
	o = json_pack("{sssssI}", "network", node_params(n)->name, "chain", node_params(n)->name, "headers", (json_int_t)p.headers);
	add_tip(o, spv_of(c));
	add_work(o, n);
	json_object_set_new(o, "peers", json_integer((json_int_t)p.peers));
	json_object_set_new(o, "peersheight", json_integer((json_int_t)p.peers_height));
	json_object_set_new(o, "peers_disagreeing", json_integer(count_disagreeing(spv_of(c))));
	add_stage(o, n, &p);
	add_presync(o, &p);
	add_scan(o, &p);
	add_verdict(o, n, &p);
	rpc_answer(c, o);
}

static json_t *
service_names(uint64_t services)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{ 1u << 0, "network" },          { 1u << 2, "bloom" },            { 1u << 3, "witness" },
		{ 1u << 6, "compact_filters" },  { 1u << 10, "network_limited" }, { 1u << 11, "p2p_v2" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (services & names[i].bit)
			json_array_append_new(list, json_string(names[i].name));
	}
	return list;
}

static json_t *
describe_peer(const struct spv_peer_info *p, const char *transport)
{
	json_t *o = json_pack("{sIsssssssssssisIsosisIsIsIsbsb}", "id", (json_int_t)p->id, "address", p->address, "role",
			      spv_role_name(p->role), "network", p->network, "stage",
			      spv_peer_stage_name(p->stage), "user_agent", p->user_agent, "version", (int)p->version,
			      "services", (json_int_t)p->services, "service_names", service_names(p->services), "start_height",
			      (int)p->start_height, "connected_ms", (json_int_t)p->connected_ms, "bytes_in",
			      (json_int_t)p->bytes_in, "bytes_out", (json_int_t)p->bytes_out, "caught_up", (int)p->caught_up,
			      "disagrees", (int)p->disagrees);

	json_object_set_new(o, "transport", json_string(transport));
	json_object_set_new(o, "addresses_in", json_integer((json_int_t)p->addresses_in));
	json_object_set_new(o, "addresses_dropped", json_integer((json_int_t)p->addresses_dropped));
	if (p->latency_ms >= 0)
		json_object_set_new(o, "ping_ms", json_integer(p->latency_ms));
	if (p->low_work)
		json_object_set_new(o, "low_work", json_true());
	if (p->presync_height >= 0)
		json_object_set_new(o, "presync_height", json_integer(p->presync_height));
	if (p->best_height >= 0) {
		json_object_set_new(o, "best_height", json_integer(p->best_height));
		json_object_set_new(o, "best", json_display_hash(&p->best));
	}
	return o;
}

static void
run_getpeerinfo(struct rpc_call *c)
{
	struct spv_peer_info *peers = mem_new(PEERS_SHOWN_MAX, sizeof(*peers));
	size_t n = spv_peers(spv_of(c), peers, PEERS_SHOWN_MAX);
	const struct net *net = mainchain_net(node_mainchain(rpc_node(c)));
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, describe_peer(&peers[i], net_transport(net, peers[i].id)));
	free(peers);
	rpc_answer(c, list);
}

static json_t *
describe_lie(const struct evidence *e)
{
	char digest[HASH256_HEX_LEN];
	json_t *o;

	hash256_to_hex(digest, &e->digest);
	o = json_pack("{sIssss}", "time", (json_int_t)e->time, "address", e->address, "what", e->what);
	if (e->height >= 0)
		json_object_set_new(o, "height", json_integer(e->height));
	if (!hash256_is_zero(&e->digest))
		json_object_set_new(o, "sha256", json_string(digest));
	return o;
}

static void
run_listevidence(struct rpc_call *c)
{
	uint64_t count = rpc_count(c, "count", LIES_DEFAULT);
	struct evidence *lies = mem_new(LIES_MAX, sizeof(*lies));
	size_t n = mainchain_lies(node_mainchain(rpc_node(c)), lies, count < LIES_MAX ? (size_t)count : LIES_MAX);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, describe_lie(&lies[i]));
	free(lies);
	rpc_answer(c, list);
}

static void
run_addnode(struct rpc_call *c)
{
	struct mainchain *m = node_mainchain(rpc_node(c));
	const char *address = rpc_text(c, "address"), *command = rpc_text(c, "command");
	struct complaint why;

	if (command == NULL || strcmp(command, "add") == 0) {
		if (!mainchain_add_peer(m, &why, address)) {
			rpc_complain(c, &why);
			return;
		}
	} else if (strcmp(command, "remove") != 0) {
		rpc_bad_param(c, "command", "add or remove", "there is no such command");
		return;
	} else if (!mainchain_remove_peer(m, address)) {
		rpc_fail(c, RPC_REFUSED, "UNKNOWN_PEER", "write it just as it was added", "no peer was added as '%.80s'",
			 address);
		return;
	}
	rpc_answer(c, json_pack("{ss}", "address", address));
}

static json_t *
describe_header(const struct rpc_call *c, const struct spv_header *h)
{
	uint8_t bytes[HEADER_LEN];
	struct spv_header tip;
	char bits[9];

	spv_tip(spv_of(c), &tip);
	header_encode(bytes, &h->header);
	snprintf(bits, sizeof(bits), "%08x", h->header.bits);
	return json_pack("{sosisbsIsisososIsssIsoso}", "hash", json_display_hash(&h->hash), "height", (int)h->height, "best",
			 (int)h->best, "confirmations", (json_int_t)(h->best ? (int64_t)tip.height - h->height + 1 : 0),
			 "version", (int)h->header.version, "previousblockhash", json_display_hash(&h->header.prev),
			 "merkleroot", json_display_hash(&h->header.merkle_root), "time", (json_int_t)h->header.time, "bits",
			 bits, "nonce", (json_int_t)h->header.nonce, "chainwork", json_work(&h->work), "hex",
			 json_hex(bytes, sizeof(bytes)));
}

static void
run_getheader(struct rpc_call *c)
{
	struct spv_header h;
	struct hash256 hash;

	if (rpc_hash(&hash, c, "hash") && spv_header_find(spv_of(c), &hash, &h))
		rpc_answer(c, describe_header(c, &h));
	else
		rpc_fail(c, RPC_REFUSED, "UNKNOWN_BLOCK", "getheaderhash HEIGHT gives the hash of a block of the best chain",
			 "no header with this hash is known");
}

static bool
header_at(struct rpc_call *c, struct spv_header *out, uint64_t height)
{
	struct spv_header tip;

	spv_tip(spv_of(c), &tip);
	if (height <= tip.height && spv_header_at(spv_of(c), (uint32_t)height, out))
		return true;
	rpc_fail(c, RPC_REFUSED, "UNKNOWN_BLOCK", "getmainchaininfo shows how far headers are known",
		 "the best chain known here ends at height %u", tip.height);
	return false;
}

static void
run_getheaderhash(struct rpc_call *c)
{
	struct spv_header h;

	if (header_at(c, &h, rpc_count(c, "height", 0)))
		rpc_answer(c, json_display_hash(&h.hash));
}

/* getmainproof: look through blocks, from one down, until the transaction is found. */
struct proof_search {
	struct rpc_call *call;
	struct hash256 txid;
	uint32_t left; /* blocks that may still be looked into */
};

static bool
find_transaction(size_t *index, const struct block *b, const struct hash256 *txid)
{
	for (size_t i = 0; i < b->tx_n; i++) {
		struct hash256 id;

		tx_txid(&id, &b->tx[i]);
		if (hash256_eq(&id, txid)) {
			*index = i;
			return true;
		}
	}
	return false;
}

static void
answer_proof(struct rpc_call *c, const struct block *b, uint32_t height, size_t index)
{
	struct txproof proof;
	struct wr w = { 0 };

	txproof_make(&proof, b, index);
	wr_txproof(&w, &proof);
	rpc_answer(c, json_pack("{sosisIsIso}", "block", json_display_hash(&proof.block), "height", (int)height, "index",
				(json_int_t)index, "bytes", (json_int_t)w.len, "proof", json_hex(w.p, w.len)));
	wr_clear(&w);
	txproof_clear(&proof);
}

static void
on_block(void *context, const struct block *b, uint32_t height, const char *why)
{
	struct proof_search *s = context;
	struct spv_header below;
	size_t index;

	if (b == NULL) {
		rpc_fail(s->call, RPC_NOT_READY, "NO_BLOCK", "getpeerinfo shows the peers", "the block could not be had: %s",
			 why);
	} else if (find_transaction(&index, b, &s->txid)) {
		answer_proof(s->call, b, height, index);
	} else if (--s->left == 0 || height == 0 || !spv_header_at(spv_of(s->call), height - 1, &below)) {
		rpc_fail(s->call, RPC_REFUSED, "NOT_FOUND", "name the block, or search further back with search=N",
			 "the transaction is not in the blocks looked at");
	} else {
		mainchain_fetch(node_mainchain(rpc_node(s->call)), &below.hash, on_block, s);
	}
}

static void
run_getmainproof(struct rpc_call *c)
{
	struct proof_search *s = rpc_alloc(c, sizeof(*s));
	uint64_t search = rpc_count(c, "search", SEARCH_DEFAULT);
	struct hash256 block;
	struct spv_header tip;

	if (search == 0 || search > SEARCH_MAX) {
		rpc_bad_param(c, "search", "1 to 1000", "so many blocks cannot be searched");
		return;
	}
	s->call = c;
	s->left = (uint32_t)search;
	spv_tip(spv_of(c), &tip);
	if (!rpc_hash(&s->txid, c, "txid"))
		return;
	if (rpc_hash(&block, c, "block"))
		s->left = 1;
	else
		block = tip.hash;
	mainchain_fetch(node_mainchain(rpc_node(c)), &block, on_block, s);
}

static const char *
tx_state_name(enum spv_tx_state s)
{
	switch (s) {
	case SPV_TX_WAITING:
		return "waiting";
	case SPV_TX_IGNORED:
		return "ignored";
	case SPV_TX_SENT:
		return "sent";
	case SPV_TX_REJECTED:
		return "rejected";
	}
	return "";
}

static void
run_sendmaintransaction(struct rpc_call *c)
{
	struct spv_tx_status status = { .state = SPV_TX_WAITING };
	const char *why;
	const uint8_t *raw;
	struct hash256 txid;
	size_t len;
	json_t *o;

	raw = rpc_hex(c, "transaction", &len);
	why = spv_broadcast(spv_of(c), &txid, raw, len);
	if (why != NULL) {
		rpc_fail(c, RPC_REFUSED, "BAD_TRANSACTION", "send a complete, signed transaction",
			 "the transaction cannot be sent: %s", why);
		return;
	}
	mainchain_pump(node_mainchain(rpc_node(c)));
	if (!spv_broadcast_status(spv_of(c), &txid, &status))
		status.state = SPV_TX_WAITING;
	o = json_pack("{sosssIsI}", "txid", json_display_hash(&txid), "state", tx_state_name(status.state), "announced",
		      (json_int_t)status.announced, "sent", (json_int_t)status.sent);
	if (status.reason[0] != '\0')
		json_object_set_new(o, "reason", json_string(status.reason));
	rpc_answer(c, o);
}

static const struct rpc_param listevidence_params[] = {
	{ "count", RPC_COUNT, false, "how many, 1,000 at most", "20" },
};
static const struct rpc_param addnode_params[] = {
	{ "address", RPC_TEXT, true, "HOST:PORT, or HOST with the network's usual port", NULL },
	{ "command", RPC_TEXT, false, "add or remove", "add" },
};
static const struct rpc_param getheader_params[] = {
	{ "hash", RPC_TXID, true, "of the block", NULL },
};
static const struct rpc_param getheaderhash_params[] = {
	{ "height", RPC_COUNT, true, "on the best chain", NULL },
};
static const struct rpc_param getmainproof_params[] = {
	{ "txid", RPC_TXID, true, "of the transaction", NULL },
	{ "block", RPC_TXID, false, "the block that holds it", "searched for" },
	{ "search", RPC_COUNT, false, "how many blocks to look into, from the tip down", "20" },
};
static const struct rpc_param sendmaintransaction_params[] = {
	{ "transaction", RPC_HEX, true, "complete and signed", NULL },
};

const struct rpc_method rpc_mainchain_methods[] = {
	{ "getmainchaininfo", "node", "how far the main chain is known",
	  "Headers, peers, and whether the chain counts as synced (if not, why). verificationprogress runs from 0 to 1.", "",
	  NULL, 0, RPC_NEEDS_NOTHING, run_getmainchaininfo },
	{ "getpeerinfo", "node", "the main-chain peers", NULL, "", NULL, 0, RPC_NEEDS_NOTHING, run_getpeerinfo },
	{ "listevidence", "node", "lies of main-chain peers, the newest first",
	  "What each peer was left and banned for, with the SHA-256 of the message that was the lie. The newest 10,000 are kept.", "10",
	  RPC_PARAMS(listevidence_params), RPC_NEEDS_NOTHING, run_listevidence },
	{ "addnode", "node", "add or remove a main-chain peer",
	  "Until the daemon's end; the options connect= and addnode= hold longer.", "127.0.0.1:18444",
	  RPC_PARAMS(addnode_params), RPC_NEEDS_NOTHING, run_addnode },
	{ "getheader", "main chain", "a block's header, by hash", "Any header known here, also off the best chain.", "000000…",
	  RPC_PARAMS(getheader_params), RPC_NEEDS_NOTHING, run_getheader },
	{ "getheaderhash", "main chain", "the hash of the best chain's block at a height", NULL, "0",
	  RPC_PARAMS(getheaderhash_params), RPC_NEEDS_NOTHING, run_getheaderhash },
	{ "getmainproof", "main chain", "proof that a transaction stands in a block",
	  "Fetches the block and answers the proof that pegin takes: the transaction's merkle branch and the coinbase's.",
	  "4a5e…", RPC_PARAMS(getmainproof_params), RPC_NEEDS_NOTHING, run_getmainproof },
	{ "sendmaintransaction", "main chain", "send a transaction to the main chain's peers",
	  "It is announced to all peers again and again until the daemon's end. Call again to see what became of it.", "@tx.hex",
	  RPC_PARAMS(sendmaintransaction_params), RPC_NEEDS_NOTHING, run_sendmaintransaction },
	{ .name = NULL },
};
