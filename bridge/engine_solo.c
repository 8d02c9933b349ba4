/* E1  A block is announced only after it is durable, and it is the ledger's tip by then.
 * E2  What waits is in the pool exactly once; it leaves the pool with a block, with a refusal, or with the engine.
 * E3  Nothing is sealed while a reason to stall holds, and nothing at all after a stop. */
#include "bridge/engine_solo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bridge/engine_impl.h"
#include "token/rule.h"

#define BLOCK_BYTES 4000000
#define POOL_BYTES 32000000
#define POOL_COUNT 100000
#define TIP_AGE_MAX 86400
#define AHEAD_MAX 60
#define FUTURE_WAITS 60 /* seconds that a nonce may wait for the ones before it */
#define PASSES_MAX 16   /* looks at the pool in one turn of the loop: nonces that came in the wrong order take one each */
#define LOOK_AGAIN 10   /* seconds between looks at what only time can change */
#define GATHER_MS 20    /* that a block waits for transactions whose signatures are being checked */

/* A transaction that waits; uthash keeps them in the order of arrival. */
struct waiting {
	struct hash256 id;
	uint8_t *bytes; /* owned */
	size_t len;
	bool relay;
	bool joined; /* the block that is being made */
	struct account payer; /* not of a relay transaction */
	uint64_t nonce;
	struct mono since;
	UT_hash_handle hh;
};

struct solo {
	struct engine engine;
	struct engine_solo_options o;
	struct waiting *pool; /* owned */
	size_t pool_bytes;
	struct event *turn;  /* seal what waits */
	struct event *timer; /* look at deadlines and stalls */
	int64_t gathering; /* mono ms since when the next block waits for signatures; 0: it doesn't */
	struct unixtime empty_at; /* block time of the last empty block: the next one is later */
};

/* The block that is being made. */
struct batch {
	struct stored_transaction *txs; /* owned */
	struct result *results;         /* owned; as many as txs */
	struct waiting **from;          /* owned array */
	size_t n, cap, bytes;
	struct result *refused; /* owned: answers for what leaves the pool without a block */
	size_t refused_n;
};

static struct solo *
solo_of(struct engine *e)
{
	return (struct solo *)e; /* the first member */
}

static const struct solo *
solo_const(const struct engine *e)
{
	return (const struct solo *)e;
}

static struct unixtime
now_of(const struct solo *s)
{
	return s->o.clock ? s->o.clock(s->o.clock_context) : clock_unix();
}

static struct unixtime
solo_block_time(const struct engine *e)
{
	struct unixtime now = now_of(solo_const(e)), tip = ledger_tip(e->ledger).time;

	return now.sec > tip.sec ? now : tip;
}

static const char *
solo_stalled(const struct engine *e)
{
	const struct solo *s = solo_const(e);
	struct unixtime time = solo_block_time(e), tip;

	if (time.sec > now_of(s).sec + AHEAD_MAX)
		return "this machine's clock is more than a minute behind the last block: set the clock";
	if (s->o.main_tip_time == NULL)
		return NULL;
	if (!s->o.main_tip_time(s->o.main_tip_context, &tip))
		return "the main chain is not known yet: waiting for its headers";
	if (time.sec - tip.sec > TIP_AGE_MAX)
		return "the main chain's last known block is more than a day old: check the connection to its peers";
	return NULL;
}

/* A deadline is here, and a block now would be later than the last empty one. */
static bool
deadline_due(const struct solo *s)
{
	struct unixtime when, time = solo_block_time(&s->engine);

	return ledger_next_deadline(s->engine.ledger, &when) && when.sec <= time.sec && time.sec > s->empty_at.sec;
}

/* When to look again: something waits for the clock, or for the main chain. With a clock of the tests' only engine_wake()
 * tells. */
static void
timer_set(struct solo *s)
{
	struct timeval wait = { LOOK_AGAIN, 0 };
	struct unixtime when;

	event_del(s->timer);
	if (s->o.clock != NULL || engine_stopped(&s->engine))
		return;
	if (ledger_next_deadline(s->engine.ledger, &when)) {
		int64_t left = when.sec - now_of(s).sec;

		wait.tv_sec = left < 1 ? 1 : left < LOOK_AGAIN ? (time_t)left : LOOK_AGAIN;
	} else if (s->pool == NULL) {
		return;
	}
	event_add(s->timer, &wait);
}

/* In the next turn of the loop, after what has arrived by then was read. */
static void
turn_set(struct solo *s)
{
	static const struct timeval at_once;

	event_add(s->turn, &at_once);
}

static void
pool_drop(struct solo *s, struct waiting *w)
{
	HASH_DEL(s->pool, w);
	s->pool_bytes -= w->len;
	free(w->bytes);
	free(w);
}

/* Whose turn it waits for. */
static void
note_turn(struct waiting *w)
{
	struct transaction t;
	const char *why = transaction_decode(&t, w->bytes, w->len);

	assert(why == NULL); /* checked before it waits */
	w->relay = t.relay;
	w->payer = t.payer;
	w->nonce = t.nonce;
	transaction_clear(&t);
}

static const char *
solo_enqueue(struct engine *e, const struct hash256 *id, const void *bytes, size_t len)
{
	struct solo *s = solo_of(e);
	struct waiting *w;

	HASH_FIND(hh, s->pool, id, sizeof(*id), w);
	if (w != NULL)
		return NULL;
	if (HASH_COUNT(s->pool) >= POOL_COUNT || s->pool_bytes + len > POOL_BYTES)
		return "POOL_FULL";
	w = mem_new(1, sizeof(*w));
	w->id = *id;
	w->bytes = mem_dup(bytes, len);
	w->len = len;
	w->since = clock_mono();
	note_turn(w);
	HASH_ADD(hh, s->pool, id, sizeof(w->id), w);
	s->pool_bytes += len;
	turn_set(s);
	return NULL;
}

static void
batch_join(struct batch *b, struct waiting *w, const struct result *r)
{
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		b->txs = mem_resize(b->txs, b->cap, sizeof(*b->txs));
		b->results = mem_resize(b->results, b->cap, sizeof(*b->results));
		b->from = mem_resize(b->from, b->cap, sizeof(*b->from));
	}
	b->results[b->n] = *r;
	b->from[b->n] = w;
	b->txs[b->n++] = (struct stored_transaction){ w->bytes, w->len, NULL };
	b->bytes += w->len;
	w->joined = true;
}

/* A nonce may come a little before its turn. Seen without running it: anybody can send any number of these. */
static bool
waits_on(const struct solo *s, const struct waiting *w)
{
	return !w->relay && w->nonce > ledger_nonce(ledger_state(s->engine.ledger), &w->payer) &&
	       clock_mono().ms - w->since.ms < FUTURE_WAITS * 1000;
}

/* Offer everything that waits, once; says whether anything joined. What is refused leaves the pool. */
static bool
batch_pass(struct solo *s, struct batch *b, size_t bytes_max)
{
	struct waiting *w, *next;
	size_t before = b->n;

	HASH_ITER (hh, s->pool, w, next) {
		struct result r;

		if (w->joined || (w->relay && ledger_relay_room(s->engine.ledger) == 0) || waits_on(s, w))
			continue;
		if (b->bytes + w->len > bytes_max)
			break;
		if (ledger_offer(&r, s->engine.ledger, w->bytes, w->len)) {
			batch_join(b, w, &r);
		} else {
			r.id = w->id;
			b->refused = mem_resize(b->refused, b->refused_n + 1, sizeof(*b->refused));
			b->refused[b->refused_n++] = r;
			pool_drop(s, w);
		}
	}
	return b->n > before;
}

static void
batch_clear(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		result_clear(&b->results[i]);
	for (size_t i = 0; i < b->refused_n; i++)
		result_clear(&b->refused[i]);
	free(b->txs);
	free(b->results);
	free(b->from);
	free(b->refused);
}

static bool
seal_sign(struct ledger_block *b, const struct secret_key *key)
{
	struct hash256 hash;
	uint8_t aux[32];

	ledger_block_hash(&hash, b);
	rng_bytes(aux, sizeof(aux));
	return schnorr_sign(&b->seal, key, &hash, aux);
}

/* End, seal and store the block, and make it the tip. On trouble the engine has stopped and the block is gone. */
static bool
batch_commit(struct solo *s, struct ledger_block *block, const struct batch *b)
{
	struct engine *e = &s->engine;
	const char *why;

	if (!ledger_end(block, &why, e->ledger, &e->proposer)) {
		struct rule_approval missing;
		bool lacks = rule_next_missing(&missing, ledger_state(e->ledger), ledger_tip(e->ledger).height + 1);

		ledger_discard(e->ledger);
		engine_stop(e, lacks ? "the next block can't be made" : "an invariant of the ledger is broken, and the block that broke it was dropped", why);
		return false;
	}
	if (!seal_sign(block, &s->o.key)) {
		ledger_discard(e->ledger);
		engine_stop(e, "a block can't be sealed", "the node's key is not valid");
		return false;
	}
	if (store_block(e->store, block, e->ledger, b->txs, b->n) != STORE_OK) {
		ledger_discard(e->ledger);
		engine_stop(e, "a block can't be stored", store_why(e->store));
		return false;
	}
	ledger_commit(e->ledger, block);
	return true;
}

/* Take what joined out of the pool before anybody hears of it: callees may submit. */
static void
batch_tell(struct solo *s, const struct ledger_block *block, struct batch *b)
{
	uint8_t **bytes = mem_new(b->n, sizeof(*bytes));

	for (size_t i = 0; i < b->n; i++) {
		bytes[i] = b->from[i]->bytes;
		b->from[i]->bytes = NULL;
		pool_drop(s, b->from[i]);
	}
	engine_announce(&s->engine, block, b->txs, b->n);
	for (size_t i = 0; i < b->n; i++) {
		engine_answer(&s->engine, &b->results[i], block->height, (uint32_t)i);
		free(bytes[i]);
	}
	free(bytes);
}

static size_t
block_bytes_max(const struct solo *s)
{
	return s->o.block_bytes_max ? s->o.block_bytes_max : BLOCK_BYTES;
}

static void
solo_seal(struct solo *s, bool empty_too)
{
	struct unixtime time = solo_block_time(&s->engine);
	size_t bytes_max = block_bytes_max(s);
	struct ledger_block block;
	struct batch b = { 0 };
	bool more;

	ledger_begin(s->engine.ledger, time);
	for (int pass = 0; pass < PASSES_MAX && batch_pass(s, &b, bytes_max);)
		pass++;
	more = b.n > 0 && s->pool != NULL && HASH_COUNT(s->pool) > b.n;
	if (b.n == 0 && !empty_too) {
		ledger_discard(s->engine.ledger);
	} else {
		for (size_t i = 0; i < b.n; i++)
			b.txs[i].result = &b.results[i];
		if (b.n == 0)
			s->empty_at = time;
		if (batch_commit(s, &block, &b))
			batch_tell(s, &block, &b);
	}
	for (size_t i = 0; i < b.refused_n && !engine_stopped(&s->engine); i++)
		engine_answer(&s->engine, &b.refused[i], 0, 0);
	batch_clear(&b);
	if (more && !engine_stopped(&s->engine))
		turn_set(s);
}

/* A block costs a write to the disk, be it for one transaction or a thousand: let those join that are nearly there. */
static bool
gathers(struct solo *s)
{
	static const struct timeval shortly = { 0, 1000 };
	int64_t now = clock_mono().ms;

	if (engine_checking(&s->engine) == 0 || s->pool == NULL || s->pool_bytes >= block_bytes_max(s))
		return false;
	if (s->gathering == 0)
		s->gathering = now;
	if (now - s->gathering >= GATHER_MS)
		return false;
	event_add(s->turn, &shortly);
	return true;
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct solo *s = arg;

	(void)fd, (void)what;
	if (engine_stopped(&s->engine) || gathers(s))
		return;
	s->gathering = 0;
	if (solo_stalled(&s->engine) == NULL) {
		bool due = deadline_due(s);

		if (due || s->pool != NULL)
			solo_seal(s, due);
	}
	timer_set(s);
}

static void
solo_wake(struct engine *e)
{
	turn_set(solo_of(e));
}

static size_t
solo_waiting(const struct engine *e)
{
	const struct solo *s = solo_const(e);

	return HASH_COUNT(s->pool);
}

static void
solo_free(struct engine *e)
{
	struct solo *s = solo_of(e);
	struct waiting *w, *next;

	HASH_ITER (hh, s->pool, w, next)
		pool_drop(s, w);
	event_free(s->turn);
	event_free(s->timer);
	engine_clear(e);
	mem_wipe(&s->o.key, sizeof(s->o.key));
	free(s);
}

static const struct engine_ops solo_ops = {
	.name = "solo",
	.enqueue = solo_enqueue,
	.wake = solo_wake,
	.block_time = solo_block_time,
	.stalled = solo_stalled,
	.waiting = solo_waiting,
	.free = solo_free,
};

struct engine *
engine_solo_new(const struct engine_solo_options *o)
{
	struct solo *s = mem_new(1, sizeof(*s));
	struct xonly_key key;
	bool valid = xonly_from_secret(&key, &o->key);

	assert(valid);
	s->o = *o;
	s->engine.ops = &solo_ops;
	s->engine.ledger = o->ledger;
	s->engine.store = o->store;
	s->engine.proposer = account_from_key(&key);
	s->engine.fatal = o->fatal;
	s->engine.fatal_context = o->fatal_context;
	s->empty_at.sec = -1;
	s->turn = event_new(o->base, -1, 0, on_turn, s);
	s->timer = event_new(o->base, -1, 0, on_turn, s);
	assert(s->turn != NULL && s->timer != NULL);
	engine_start_checks(&s->engine, o->base, o->verify_threads);
	turn_set(s); /* a deadline may have passed while nobody was here */
	return &s->engine;
}

bool
engine_solo_seal_valid(const struct ledger_block *b)
{
	struct xonly_key key;
	struct hash256 hash;

	if (b->proposer.type != ACCOUNT_KEY)
		return false;
	memcpy(key.b, b->proposer.id.b, sizeof(key.b));
	ledger_block_hash(&hash, b);
	return schnorr_verify(&b->seal, &key, &hash);
}
