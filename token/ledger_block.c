/* Blocks.
 *
 * K1  Between begin and commit nothing is final: discard gives back the state, the tip and the next block as they were.
 * K2  Two ledgers with equal state that get the same transactions in the same order at the same time make the same block.
 * K3  Time never falls, heights rise by one, and each block names the hash of the one before. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/ledger_impl.h"

#define BLOCK_VERSION 1

void
wr_ledger_block(struct wr *w, const struct ledger_block *b)
{
	wr_u8(w, BLOCK_VERSION);
	wr_u64(w, b->height);
	wr_i64(w, b->time.sec);
	wr_hash256(w, &b->previous);
	wr_hash256(w, &b->transactions_root);
	wr_hash256(w, &b->results_root);
	wr_hash256(w, &b->app_hash);
	wr_account(w, &b->proposer);
}

void
rd_ledger_block(struct rd *r, struct ledger_block *out)
{
	memset(out, 0, sizeof(*out));
	if (rd_u8(r) != BLOCK_VERSION)
		rd_fail(r);
	out->height = rd_u64(r);
	out->time.sec = rd_i64(r);
	rd_hash256(r, &out->previous);
	rd_hash256(r, &out->transactions_root);
	rd_hash256(r, &out->results_root);
	rd_hash256(r, &out->app_hash);
	rd_account(r, &out->proposer);
	if (out->height > INT64_MAX || out->time.sec < 0)
		rd_fail(r);
}

void
ledger_block_hash(struct hash256 *out, const struct ledger_block *b)
{
	struct wr w = { 0 };

	wr_ledger_block(&w, b);
	sha256_tagged(out, "tally/block", w.p, w.len);
	wr_clear(&w);
}

void
ledger_merkle_root(struct hash256 *out, struct hash256 *leaves, size_t n)
{
	if (n == 0) {
		memset(out, 0, sizeof(*out));
		return;
	}
	for (; n > 1; n = (n + 1) / 2) {
		for (size_t i = 0; i < n / 2; i++) {
			struct sha256_ctx c;

			sha256_init_tagged(&c, "tally/branch");
			sha256_update(&c, leaves[2 * i].b, sizeof(leaves->b));
			sha256_update(&c, leaves[2 * i + 1].b, sizeof(leaves->b));
			sha256_final(&c, &leaves[i]);
		}
		if (n % 2)
			leaves[n / 2] = leaves[n - 1];
	}
	*out = leaves[0];
}

void
wr_result(struct wr *w, const struct result *r)
{
	wr_u8(w, (uint8_t)r->code);
	wr_varbytes(w, r->reason, strlen(r->reason));
	wr_u32(w, r->op_index);
	wr_varbytes(w, r->events.p, r->events.len);
	wr_hash256(w, &r->id);
}

static void
result_leaf(struct hash256 *out, const struct result *r)
{
	struct wr w = { 0 };

	wr_result(&w, r);
	sha256_tagged(out, "tally/result", w.p, w.len);
	wr_clear(&w);
}

struct block_env
ledger_env(const struct ledger *l, struct unixtime time)
{
	return (struct block_env){
		.genesis_id = l->genesis_id,
		.height = l->tip.height + 1,
		.time = time,
		.previous = l->tip.hash,
		.previous_app_hash = l->tip.app_hash,
		.account_hrp = l->regtest ? "tlyr" : "tly",
		.regtest = l->regtest,
	};
}

void
ledger_begin(struct ledger *l, struct unixtime time)
{
	assert(!l->open && time.sec >= l->tip.time.sec);
	l->open = true;
	l->ended = false;
	l->env = ledger_env(l, time);
	l->mark = state_mark(l->state);
	result_clear(&l->end);
	l->end = (struct result){ .code = RESULT_OK, .reason = "OK" };
	l->txs_n = 0;
	l->relay_n = 0;
	for (size_t i = 0; i < l->modules_n; i++) {
		if (l->modules[i]->begin_block != NULL)
			l->modules[i]->begin_block();
	}
}

static void
join(struct ledger *l, const struct result *r, const struct hash256 *digest)
{
	struct sha256_ctx c;

	if (l->txs_n + 1 >= l->cap) { /* one more than transactions: the block's own result */
		l->cap = l->cap ? l->cap * 2 : 64;
		l->leaves = mem_resize(l->leaves, l->cap, sizeof(*l->leaves));
		l->results = mem_resize(l->results, l->cap, sizeof(*l->results));
	}
	sha256_init_tagged(&c, "tally/leaf");
	sha256_update(&c, r->id.b, sizeof(r->id.b));
	sha256_update(&c, digest->b, sizeof(digest->b));
	sha256_final(&c, &l->leaves[l->txs_n]);
	result_leaf(&l->results[l->txs_n], r);
	l->txs_n++;
}

size_t
ledger_relay_room(const struct ledger *l)
{
	return LEDGER_RELAY_MAX - l->relay_n;
}

/* Run, or refuse for want of room. */
static void
offer(struct result *out, struct ledger *l, const void *bytes, size_t len, const struct hash256 *digest)
{
	size_t mark = state_mark(l->state);
	bool relay;

	assert(l->open && !l->ended);
	ledger_run(out, l, &l->env, bytes, len, digest, &relay);
	if (!relay || out->code == RESULT_INVALID)
		return;
	if (ledger_relay_room(l) == 0) {
		state_rollback(l->state, mark);
		out->code = RESULT_INVALID;
		out->reason = "RELAY_LIMIT";
		wr_reset(&out->events);
		wr_reset(&out->accounts);
		return;
	}
	l->relay_n++;
}

void
ledger_apply(struct result *out, struct ledger *l, const void *bytes, size_t len)
{
	struct hash256 digest;

	sha256(&digest, bytes, len);
	offer(out, l, bytes, len, &digest);
	join(l, out, &digest);
}

bool
ledger_offer(struct result *out, struct ledger *l, const void *bytes, size_t len)
{
	struct hash256 digest;

	sha256(&digest, bytes, len);
	offer(out, l, bytes, len, &digest);
	if (out->code == RESULT_INVALID)
		return false;
	join(l, out, &digest);
	return true;
}

struct exec
ledger_exec(struct ledger *l)
{
	assert(l->open && !l->ended);
	return (struct exec){ .state = l->state, .env = &l->env, .events = &l->end.events, .accounts = &l->end.accounts };
}

static void
run_end_blocks(struct ledger *l)
{
	struct exec x = ledger_exec(l);

	for (size_t i = 0; i < l->modules_n; i++) {
		if (l->modules[i]->end_block != NULL)
			l->modules[i]->end_block(&x);
	}
}

static const char *
block_invariants(const struct ledger *l)
{
	for (size_t i = 0; i < l->modules_n; i++) {
		const struct module *m = l->modules[i];
		const char *why = m->invariants ? m->invariants(l->state, false) : NULL;

		if (why == NULL && m->changed != NULL)
			why = m->changed(l->state);
		if (why != NULL)
			return why;
	}
	return NULL;
}

bool
ledger_end(struct ledger_block *out, const char **why, struct ledger *l, const struct account *proposer)
{
	struct hash256 only, *results = l->results ? l->results : &only;
	struct ledger_block b = {
		.height = l->env.height,
		.time = l->env.time,
		.previous = l->env.previous,
		.proposer = *proposer,
	};

	assert(l->open && !l->ended);
	run_end_blocks(l);
	*why = block_invariants(l);
	if (*why != NULL)
		return false;
	result_leaf(&results[l->txs_n], &l->end);
	ledger_merkle_root(&b.results_root, results, l->txs_n + 1);
	ledger_merkle_root(&b.transactions_root, l->leaves, l->txs_n);
	state_root(&b.app_hash, l->state);
	l->block = b;
	l->ended = true;
	*out = b;
	return true;
}

const struct result *
ledger_block_result(const struct ledger *l)
{
	assert(l->open && l->ended);
	return &l->end;
}

void
ledger_commit(struct ledger *l, const struct ledger_block *b)
{
	assert(l->open && l->ended);
	assert(b->height == l->block.height && b->time.sec == l->block.time.sec && hash256_eq(&b->app_hash, &l->block.app_hash));
	state_settle(l->state);
	l->tip.height = b->height;
	l->tip.time = b->time;
	l->tip.app_hash = b->app_hash;
	ledger_block_hash(&l->tip.hash, b);
	l->open = false;
}

void
ledger_discard(struct ledger *l)
{
	assert(l->open);
	state_rollback(l->state, l->mark);
	l->open = false;
}
