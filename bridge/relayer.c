#include "bridge/relayer.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/relay_scan.h"
#include "bridge/relay_watch.h"

#define CURSOR_KEY "relayer/scan"
#define RETRY_MS 3000 /* after a refusal: what it lacked comes with a header or with time */
#define LOCATOR_MAX 64
#define SIDE_TIPS_MAX 16
#define FEE_BLOCKS 6

struct item_key {
	uint32_t kind;
	struct outpoint outpoint;
	struct hash256 block;
};

struct item {
	struct item_key key;
	struct relay_item found;
	bool waiting; /* submitted, not in a block yet */
	struct mono not_before;
	UT_hash_handle hh;
};

/* A signed payout transaction that is being announced. */
struct announced {
	uint64_t plan;
	uint32_t version;
	struct hash256 txid;
	UT_hash_handle hh;
};

struct relayer {
	struct relayer_options o;
	struct event *timer;
	struct vault vault;
	struct relay_watch *watch;
	struct relay_watched watched; /* as of the last update */
	struct item *items;
	struct announced *announced;
	bool headers_waiting;
	struct mono headers_not_before;
	uint32_t scanned; /* height after the last scanned block */
	uint32_t cursor;  /* as stored */
	uint64_t first_open_plan;
	uint32_t fee_rate[FEE_BLOCKS];
	size_t fee_n;
};

static void relayer_work(struct relayer *r);

static struct state *
state_of(const struct relayer *r)
{
	return ledger_state(r->o.ledger);
}

/* --- Headers --- */

static void
headers_done(void *context, const struct result *result, uint64_t height, uint32_t index)
{
	struct relayer *r = context;

	(void)height, (void)index;
	r->headers_waiting = false;
	if (result->code != RESULT_OK)
		r->headers_not_before.ms = clock_mono().ms + RETRY_MS;
}

static bool
submit_headers(struct relayer *r, const struct header *headers, size_t n)
{
	struct wr payload = { 0 }, relay = { 0 };
	struct result checked;
	bool ok;

	wr_op_headers(&payload, headers, n);
	wr_peg_relay(&relay, PEG_HEADERS, payload.p, payload.len);
	engine_submit(&checked, r->o.engine, relay.p, relay.len, headers_done, r);
	ok = checked.code == RESULT_OK;
	if (ok)
		r->headers_waiting = true;
	else {
		log_line("relay", LOG_WARN, "headers refused: %s", checked.reason);
		r->headers_not_before.ms = clock_mono().ms + RETRY_MS;
	}
	result_clear(&checked);
	wr_clear(&payload);
	wr_clear(&relay);
	return ok;
}

/* A branch that lost here may win later, and the ledger's depth rule must know of it. */
static bool
submit_rival(struct relayer *r, struct header *headers)
{
	struct spv_side_tip tips[SIDE_TIPS_MAX];
	size_t n = spv_side_tips(r->o.spv, tips, SIDE_TIPS_MAX);

	for (size_t i = 0; i < n; i++) {
		uint32_t first;
		size_t got;

		if (peg_relay_knows(state_of(r), &tips[i].hash))
			continue;
		got = spv_side_headers(r->o.spv, &tips[i].hash, &first, headers, PEG_HEADERS_MAX);
		if (got > 0 && peg_relay_knows(state_of(r), &headers[0].prev))
			return submit_headers(r, headers, got);
	}
	return false;
}

static void
relay_headers(struct relayer *r)
{
	struct hash256 have[LOCATOR_MAX];
	struct header *headers;
	size_t have_n, n;
	uint32_t first;

	if (r->headers_waiting || clock_mono().ms < r->headers_not_before.ms)
		return;
	have_n = peg_relay_locator(have, LOCATOR_MAX, state_of(r));
	headers = mem_new(PEG_HEADERS_MAX, sizeof(*headers));
	n = spv_headers_from(r->o.spv, have, have_n, &first, headers, PEG_HEADERS_MAX);
	/* Without a common block the light client's chain does not hold the anchor (yet): it has nothing to say. */
	if (n > 0 && peg_relay_knows(state_of(r), &headers[0].prev))
		(void)submit_headers(r, headers, n);
	else if (n == 0)
		(void)submit_rival(r, headers);
	free(headers);
}

/* --- Findings --- */

static void
item_drop(struct relayer *r, struct item *i)
{
	HASH_DEL(r->items, i);
	engine_forget(r->o.engine, i);
	relay_item_clear(&i->found);
	free(i);
}

static void
on_found(void *context, struct relay_item *found)
{
	struct relayer *r = context;
	struct item_key key;
	struct item *i;

	memset(&key, 0, sizeof(key)); /* padding is part of the hashed key */
	key.kind = (uint32_t)found->kind;
	key.outpoint = found->outpoint;
	key.block = found->block.hash;
	HASH_FIND(hh, r->items, &key, sizeof(key), i);
	if (i != NULL) {
		relay_item_clear(found);
		return;
	}
	i = mem_new(1, sizeof(*i));
	i->key = key;
	i->found = *found;
	HASH_ADD(hh, r->items, key, sizeof(i->key), i);
}

static void
item_done(void *context, const struct result *result, uint64_t height, uint32_t index)
{
	struct item *i = context;

	(void)height, (void)index;
	i->waiting = false;
	if (result->code != RESULT_OK)
		i->not_before.ms = clock_mono().ms + RETRY_MS;
}

static void
submit_item(struct relayer *r, struct item *i, enum peg_op op)
{
	struct wr relay = { 0 };
	struct result checked;

	wr_peg_relay(&relay, op, i->found.payload.p, i->found.payload.len);
	engine_submit(&checked, r->o.engine, relay.p, relay.len, item_done, i);
	i->waiting = checked.code == RESULT_OK;
	if (!i->waiting) {
		log_line("relay", LOG_DEBUG, "operation %u refused: %s", (unsigned)op, checked.reason);
		i->not_before.ms = clock_mono().ms + RETRY_MS;
	}
	result_clear(&checked);
	wr_clear(&relay);
}

/* Submit what can be submitted; *lowest gets the height of the lowest finding that still matters. */
static void
relay_items(struct relayer *r, uint32_t *lowest)
{
	struct item *i, *next;
	int64_t now = clock_mono().ms;

	*lowest = UINT32_MAX;
	HASH_ITER(hh, r->items, i, next)
	{
		enum peg_op op = PEG_DEPOSIT;

		switch (relay_next(&op, &i->found, state_of(r), &r->o.params)) {
		case RELAY_DONE:
			if (!i->waiting) {
				item_drop(r, i);
				continue;
			}
			break;
		case RELAY_WAIT:
			break;
		case RELAY_SUBMIT:
			if (!i->waiting && now >= i->not_before.ms)
				submit_item(r, i, op);
			break;
		}
		if (i->found.block.height < *lowest)
			*lowest = i->found.block.height;
	}
}

static void
forget_block(struct relayer *r, const struct hash256 *block)
{
	struct item *i, *next;

	HASH_ITER(hh, r->items, i, next)
	{
		if (hash256_eq(&i->found.block.hash, block))
			item_drop(r, i);
	}
}

/* --- Payout transactions --- */

static void
announce(struct relayer *r, const struct plan *plan, uint32_t version, const struct tx *tx)
{
	struct announced *a;
	struct wr raw = { 0 };
	struct hash256 txid;
	const char *why;

	tx_txid(&txid, tx);
	HASH_FIND(hh, r->announced, &plan->id, sizeof(plan->id), a);
	if (a != NULL && hash256_eq(&a->txid, &txid))
		return;
	wr_tx(&raw, tx);
	why = spv_broadcast(r->o.spv, &txid, raw.p, raw.len);
	wr_clear(&raw);
	if (why != NULL) {
		log_line("relay", LOG_WARN, "plan %llu cannot be announced: %s", (unsigned long long)plan->id, why);
		return;
	}
	if (a == NULL) {
		a = mem_new(1, sizeof(*a));
		a->plan = plan->id;
		HASH_ADD(hh, r->announced, plan, sizeof(a->plan), a);
	} else {
		spv_broadcast_forget(r->o.spv, &a->txid); /* the newer version replaces it */
	}
	a->version = version;
	a->txid = txid;
}

static void
hush(struct relayer *r, uint64_t plan)
{
	struct announced *a;

	HASH_FIND(hh, r->announced, &plan, sizeof(plan), a);
	if (a == NULL)
		return;
	spv_broadcast_forget(r->o.spv, &a->txid);
	HASH_DEL(r->announced, a);
	free(a);
}

/* The newest version with enough signatures. */
static void
announce_plan(struct relayer *r, const struct plan *plan)
{
	for (uint32_t v = plan->versions; v-- > 0;) {
		struct tx tx;

		if (!peg_plan_signed_tx(&tx, state_of(r), plan->id, v))
			continue;
		announce(r, plan, v, &tx);
		tx_clear(&tx);
		return;
	}
}

static void
relay_plans(struct relayer *r)
{
	struct state_walk walk;
	struct plan plan;
	bool closed = true; /* no open plan before this one */

	plan_walk(&walk, state_of(r));
	if (r->first_open_plan > 1)
		plan_walk_after(&walk, r->first_open_plan - 1);
	while (plan_walk_next(&walk, &plan)) {
		if (plan.state == PLAN_FINAL || plan.state == PLAN_DEAD) {
			hush(r, plan.id);
			if (closed)
				r->first_open_plan = plan.id + 1;
			continue;
		}
		closed = false;
		announce_plan(r, &plan);
	}
	net_pump(r->o.net);
}

/* --- The scan --- */

/* Where to go on, as stored: the last block that nothing waits for any more, and how much of the state was watched by then. */
struct cursor {
	uint32_t height; /* after that block */
	struct hash256 last;
	struct relay_watched watched;
	uint32_t filters; /* blocks below this height may have been passed by for their filters */
};

static bool
cursor_load(struct relayer *r, struct cursor *out)
{
	struct wr w = { 0 };
	struct rd rd;
	bool ok;

	*out = (struct cursor){ 0 };
	if (!store_get_local(r->o.store, &w, CURSOR_KEY))
		return false;
	rd = rd_init(w.p, w.len);
	out->height = rd_u32(&rd);
	rd_hash256(&rd, &out->last);
	out->watched.height = rd_u32(&rd);
	out->watched.deposits = rd_u64(&rd);
	out->filters = rd_u32(&rd);
	ok = rd_done(&rd);
	wr_clear(&w);
	return ok;
}

/* What was passed by on the word of filters whose hashes the disk has lost is looked at again. */
static void
cursor_lower(const struct relayer *r, struct cursor *at)
{
	struct spv_progress now;
	struct spv_header last;

	spv_progress(r->o.spv, &now);
	if (now.filter_headers >= at->filters || now.filter_headers >= at->height)
		return;
	log_line("relay", LOG_WARN, "filters.dat has lost what the scan went by: blocks from height %u on are looked at again",
		 (unsigned)now.filter_headers);
	at->height = now.filter_headers;
	if (at->height > 0 && spv_header_at(r->o.spv, at->height - 1, &last))
		at->last = last.hash;
	else
		at->height = 0;
}

/* The stored block's hash tells the light client what a reorganisation took away while we were not there. When it isn't known any more,
 * everything from the anchor on is looked through again: that costs time alone. */
static void
start_scan(struct relayer *r)
{
	uint32_t first = r->o.params.anchor.height;
	struct cursor at;
	bool stored = cursor_load(r, &at);

	if (stored)
		cursor_lower(r, &at);
	stored = stored && at.height > first;
	if (!stored)
		at = (struct cursor){ 0 };
	r->cursor = at.height;
	r->scanned = first;
	r->watch = relay_watch_new(r->o.spv, state_of(r), &at.watched);
	if (stored && spv_scan_resume(r->o.spv, first, &at.last))
		r->scanned = at.height;
	else
		spv_scan_from(r->o.spv, first);
	/* What was announced since is looked for below the stored block too. */
	relay_watch_update(r->watch, state_of(r), &r->watched);
}

static void
cursor_save(struct relayer *r, uint32_t lowest)
{
	uint32_t height = r->scanned < lowest ? r->scanned : lowest;
	struct spv_progress at;
	struct spv_header last;
	struct wr w = { 0 };

	spv_progress(r->o.spv, &at);
	if (at.rescan_next != 0 && at.rescan_next < height)
		height = at.rescan_next;
	if (height == r->cursor || height == 0 || !spv_header_at(r->o.spv, height - 1, &last))
		return;
	wr_u32(&w, height);
	wr_hash256(&w, &last.hash);
	wr_u32(&w, r->watched.height);
	wr_u64(&w, r->watched.deposits);
	wr_u32(&w, at.filter_headers < height ? at.filter_headers : height);
	if (store_put_local(r->o.store, CURSOR_KEY, w.p, w.len) == STORE_OK)
		r->cursor = height;
	wr_clear(&w);
}

static void
note_fee(struct relayer *r, const struct block *b, uint32_t height)
{
	uint64_t paid = 0, subsidy = amount_units(chain_subsidy(r->o.params.chain, height)), weight = 0;

	for (size_t i = 0; i < b->tx[0].out_n; i++)
		paid += b->tx[0].out[i].value;
	for (size_t i = 1; i < b->tx_n; i++)
		weight += tx_weight(&b->tx[i]);
	if (weight < BLOCK_WEIGHT_MAX / 2 || paid < subsidy)
		return;
	memmove(r->fee_rate + 1, r->fee_rate, (FEE_BLOCKS - 1) * sizeof(r->fee_rate[0]));
	r->fee_rate[0] = (uint32_t)((paid - subsidy) * 4000 / weight);
	if (r->fee_n < FEE_BLOCKS)
		r->fee_n++;
}

static int
rate_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

uint32_t
relayer_fee_rate(const struct relayer *r)
{
	uint32_t sorted[FEE_BLOCKS];

	if (r->fee_n < FEE_BLOCKS)
		return 0;
	memcpy(sorted, r->fee_rate, sizeof(sorted));
	qsort(sorted, FEE_BLOCKS, sizeof(sorted[0]), rate_cmp);
	return sorted[(FEE_BLOCKS - 1) / 2];
}

static void
look_at(struct relayer *r, const struct block *b, uint32_t height, const struct hash256 *hash)
{
	struct block_ref where = { height, *hash };

	relay_scan(b, &where, state_of(r), &r->vault, on_found, r);
}

void
relayer_spv(struct relayer *r, const struct spv_output *out)
{
	switch (out->kind) {
	case SPV_TIP:
		r->headers_not_before.ms = 0;
		relayer_work(r);
		break;
	case SPV_BLOCK:
		look_at(r, out->block.block, out->block.height, &out->block.hash);
		note_fee(r, out->block.block, out->block.height);
		r->scanned = out->block.height + 1;
		relayer_work(r);
		break;
	case SPV_PASSED:
		r->scanned = out->passed.height + 1; /* the timer stores it: there may be thousands of them in a row */
		break;
	case SPV_RESCANNED:
		look_at(r, out->rescanned.block, out->rescanned.height, &out->rescanned.hash);
		relayer_work(r);
		break;
	case SPV_UNBLOCK:
		forget_block(r, &out->unblock.hash);
		r->scanned = out->unblock.height;
		break;
	case SPV_TX:
		if (out->tx.state == SPV_TX_REJECTED)
			log_line("relay", LOG_WARN, "a payout transaction was rejected by a peer: %s", out->tx.reason);
		break;
	case SPV_SEND:
	case SPV_CLOSE:
	case SPV_FETCHED:
	case SPV_DIAL:
	case SPV_RESOLVE:
	case SPV_EVIDENCE:
	case SPV_STALE:
		break;
	}
}

static void
relayer_work(struct relayer *r)
{
	uint32_t lowest;

	relay_headers(r);
	relay_items(r, &lowest);
	relay_plans(r);
	cursor_save(r, lowest);
}

static void
on_block(void *context, const struct ledger_block *block, const struct stored_transaction *txs, size_t n)
{
	struct relayer *r = context;

	(void)block, (void)txs, (void)n;
	relay_watch_update(r->watch, state_of(r), &r->watched);
	relayer_work(r);
}

static void
on_timer(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	relayer_work(context);
}

struct relayer *
relayer_new(const struct relayer_options *o)
{
	static const struct timeval second = { 1, 0 };
	struct relayer *r = mem_new(1, sizeof(*r));
	bool known;

	r->o = *o;
	r->first_open_plan = 1;
	known = peg_vault(&r->vault, ledger_state(o->ledger), peg_epoch(ledger_state(o->ledger)));
	if (!known) { /* the genesis was checked: a ledger always has its current epoch */
		free(r);
		return NULL;
	}
	start_scan(r);
	engine_listen(o->engine, on_block, r);
	r->timer = event_new(o->base, -1, EV_PERSIST, on_timer, r);
	event_add(r->timer, &second);
	return r;
}

void
relayer_free(struct relayer *r)
{
	struct item *i, *i_next;
	struct announced *a, *a_next;

	if (r == NULL)
		return;
	engine_unlisten(r->o.engine, on_block, r);
	engine_forget(r->o.engine, r);
	event_free(r->timer);
	HASH_ITER(hh, r->items, i, i_next)
		item_drop(r, i);
	HASH_ITER(hh, r->announced, a, a_next)
	{
		HASH_DEL(r->announced, a);
		free(a);
	}
	relay_watch_free(r->watch);
	vault_clear(&r->vault);
	free(r);
}
