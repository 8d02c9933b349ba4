#include "bridge/writes.h"

#include <bsd/sys/queue.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/node.h"
#include "bridge/rpc_call.h"

/* A transaction on its way. It is memory of the call that waits for its block; its own when none does. */
struct write {
	TAILQ_ENTRY(write) next;
	struct writes *writes;
	struct rpc_call *call; /* to be answered; NULL when it has been */
	bool waits;            /* the call waits for the block, not just for the signatures to be checked */
	bool has_payer;
	struct account payer;
	uint64_t nonce;
	bool own; /* the nonce is of our choice */
	struct hash256 id;
	rpc_written_fn *finish;
	int64_t until; /* mono ms */
};

struct writes {
	struct engine *engine;
	struct ledger *ledger;
	struct store *store;
	struct event *sweep;
	TAILQ_HEAD(write_list, write) open;
};

/* It is over; its call, if any, is still to be answered. */
static void
write_end(struct write *one)
{
	TAILQ_REMOVE(&one->writes->open, one, next);
	if (!one->waits)
		free(one);
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct writes *w = arg;
	struct write *one, *after;
	struct rpc_call *call;
	char id[HASH256_HEX_LEN];

	(void)fd;
	(void)what;
	for (one = TAILQ_FIRST(&w->open); one != NULL; one = after) {
		after = TAILQ_NEXT(one, next);
		if (clock_mono().ms < one->until)
			continue;
		engine_forget(w->engine, one);
		call = one->call;
		hash256_to_hex(id, &one->id);
		write_end(one);
		if (call == NULL)
			continue;
		rpc_fail(call, RPC_TIMED_OUT, "NO_BLOCK_YET",
			 "gettransaction shows when it stands in a block; getinfo whether blocks are made",
			 "transaction %s waits for a block still", id);
	}
}

struct writes *
writes_new(struct event_base *base, struct engine *e, struct ledger *l, struct store *s)
{
	struct writes *w = mem_new(1, sizeof(*w));
	struct timeval second = { 1, 0 };

	*w = (struct writes){ .engine = e, .ledger = l, .store = s };
	TAILQ_INIT(&w->open);
	w->sweep = event_new(base, -1, EV_PERSIST, on_sweep, w);
	event_add(w->sweep, &second);
	return w;
}

void
writes_free(struct writes *w)
{
	struct write *one, *after;

	if (w == NULL)
		return;
	TAILQ_FOREACH_SAFE(one, &w->open, next, after)
		write_end(one);
	event_free(w->sweep);
	free(w);
}

uint64_t
writes_nonce(const struct writes *w, const struct account *payer)
{
	uint64_t nonce = ledger_nonce(ledger_state(w->ledger), payer);
	const struct write *one;

	TAILQ_FOREACH(one, &w->open, next) {
		if (one->has_payer && account_eq(&one->payer, payer) && one->nonce >= nonce)
			nonce = one->nonce + 1;
	}
	return nonce;
}

/* Answers. */

static void
fail_reason(struct rpc_call *c, const struct result *r, bool own)
{
	const char *hint = rpc_reason_hint(r->reason);

	if (own && strcmp(r->reason, "NONCE_PAST") == 0) {
		/* one that a crash had lost came back with the same nonce */
		rpc_fail(c, RPC_NOT_READY, "NONCE_TAKEN", "make the call again, with its idempotency_key if it has one",
			 "another transaction of the payer came first; nothing has changed");
		return;
	}
	if (hint == NULL)
		hint = r->code == RESULT_INVALID ? "decodetransaction shows what the transaction says"
						 : "simulatetransaction tries it without cost";
	if (r->code == RESULT_FAILED && r->op_index == 0)
		rpc_fail(c, RPC_REFUSED, r->reason, hint, "the ledger refuses this; nothing but the fee was paid");
	else if (r->code == RESULT_FAILED)
		rpc_fail(c, RPC_REFUSED, r->reason, hint, "the ledger refuses operation %u, counted from 0; nothing but the fee was paid",
			 r->op_index);
	else
		rpc_fail(c, RPC_REFUSED, r->reason, hint, "the ledger refuses the transaction; nothing has changed");
}

static json_t *
written_json(const struct hash256 *id, uint64_t height)
{
	return json_pack("{sosI}", "txid", json_hash(id), "height", (json_int_t)height);
}

static void
answer_written(struct rpc_call *c, const struct rpc_written *written, bool own, rpc_written_fn *finish)
{
	json_t *answer;

	if (written->result->code != RESULT_OK) {
		fail_reason(c, written->result, own);
		return;
	}
	answer = written_json(&written->id, written->height);
	if (finish != NULL)
		finish(answer, rpc_node(c), written);
	rpc_answer(c, answer);
}

static void
on_done(void *context, const struct result *result, uint64_t height, uint32_t index)
{
	struct write *one = context;
	struct rpc_call *call = one->call;
	rpc_written_fn *finish = one->finish;
	bool own = one->own;
	struct rpc_written written = {
		.id = one->id, .payer = one->payer, .nonce = one->nonce, .height = height, .result = result
	};

	(void)index;
	write_end(one);
	if (call != NULL)
		answer_written(call, &written, own, finish);
}

/* For a call that doesn't wait for the block. */
static void
on_taken(void *context, const struct hash256 *id)
{
	struct write *one = context;
	struct rpc_call *call = one->call;

	one->call = NULL;
	rpc_answer(call, json_pack("{soss}", "txid", json_hash(id), "state", "waiting"));
}

/* Idempotency keys: taggedhash of method and parameters, then the transaction's bytes, kept for good. */

static void
call_digest(struct hash256 *out, const struct rpc_call *c)
{
	json_t *args = json_copy(c->args);
	char *text;
	struct wr w = { 0 };

	json_object_del(args, "wait");
	text = json_dumps(args, JSON_COMPACT | JSON_SORT_KEYS);
	wr_varbytes(&w, c->method->name, strlen(c->method->name));
	wr_bytes(&w, text, strlen(text));
	sha256_tagged(out, "tally/idempotency", w.p, w.len);
	wr_clear(&w);
	free(text);
	json_decref(args);
}

static void
key_name(char out[90], const char *key)
{
	struct hash256 h;

	sha256(&h, key, strlen(key));
	strcpy(out, "idempotency/");
	hash256_to_hex(out + strlen(out), &h);
}

enum writes_known
writes_find_key(struct writes *w, struct wr *bytes, const struct rpc_call *c, const char *key)
{
	struct hash256 mine, theirs;
	struct wr value = { 0 };
	struct rd r;
	char name[90];
	enum writes_known known = WRITES_NEW;

	key_name(name, key);
	if (store_get_local(w->store, &value, name)) {
		r = rd_init(value.p, value.len);
		rd_hash256(&r, &theirs);
		call_digest(&mine, c);
		known = hash256_eq(&mine, &theirs) ? WRITES_KNOWN : WRITES_OTHER;
		wr_bytes(bytes, r.p, r.left);
	}
	wr_clear(&value);
	return known;
}

/* Durable before the engine sees the transaction: a crash between the two sends the same bytes again. */
static bool
keep_key(struct writes *w, const struct rpc_call *c, const struct write_order *order)
{
	struct hash256 digest;
	struct wr value = { 0 };
	char name[90];
	bool ok;

	key_name(name, order->key);
	call_digest(&digest, c);
	wr_hash256(&value, &digest);
	wr_bytes(&value, order->bytes, order->len);
	ok = store_put_local(w->store, name, value.p, value.len) == STORE_OK;
	wr_clear(&value);
	return ok;
}

bool
writes_answer_stored(struct writes *w, struct rpc_call *c, const struct hash256 *id, rpc_written_fn *finish)
{
	struct transaction_record rec;
	struct result result = { .id = *id };
	struct rpc_written written = { .id = *id, .result = &result };
	struct transaction t;

	if (!store_get_transaction(w->store, &rec, id))
		return false;
	result.code = rec.code;
	result.reason = rec.reason;
	result.op_index = rec.op_index;
	result.events = rec.events;
	written.height = rec.height;
	if (transaction_decode(&t, rec.bytes.p, rec.bytes.len) == NULL) {
		written.payer = t.payer;
		written.nonce = t.nonce;
		transaction_clear(&t);
	}
	answer_written(c, &written, false, finish);
	transaction_record_clear(&rec);
	return true;
}

void
writes_submit(struct writes *w, struct rpc_call *c, const struct write_order *order)
{
	struct write *one = order->wait ? rpc_alloc(c, sizeof(*one)) : mem_new(1, sizeof(*one));
	struct result checked = { 0 };

	*one = (struct write){ .writes = w,
			       .call = c,
			       .waits = order->wait,
			       .has_payer = order->has_payer,
			       .payer = order->payer,
			       .nonce = order->nonce,
			       .own = order->own,
			       .finish = order->finish,
			       .until = clock_mono().ms + WRITES_WAIT_MS };
	TAILQ_INSERT_TAIL(&w->open, one, next);
	if (order->key != NULL && !keep_key(w, c, order)) {
		write_end(one);
		rpc_fail(c, RPC_CORRUPT, "DISK", "look at debug.log", "the idempotency key could not be stored: %s",
			 store_why(w->store));
	} else {
		engine_submit_taken(&checked, w->engine, order->bytes, order->len, order->wait ? NULL : on_taken, on_done, one);
		if (checked.code == RESULT_OK) {
			one->id = checked.id;
		} else {
			write_end(one);
			fail_reason(c, &checked, order->own);
		}
	}
	result_clear(&checked);
}
