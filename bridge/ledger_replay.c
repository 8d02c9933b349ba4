#include "bridge/ledger_replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/engine_solo.h"
#include "bridge/verify_pool.h"
#include "token/plugin_loader.h"

#define HINT_DAMAGED                                                                                                                 \
	"bring ledger.sqlite back from a backup; tally ledger export with the height of the block before makes a snapshot of what is good"

/* A stored transaction, with the job that checks its signatures. */
struct replay_tx {
	struct verify_job job;
	struct transaction_record rec;
	struct hash256 id;
};

/* A block as it is stored. */
struct replay_block {
	struct ledger_block block;
	struct replay_tx *txs; /* owned */
	size_t n;
};

static bool
damaged(struct complaint *why, uint64_t height, const char *what)
{
	return complain(why, EXIT_CORRUPT, HINT_DAMAGED, "block %" PRIu64 " differs: %s", height, what);
}

bool
ledger_replay_link(struct complaint *why, struct store *s, uint64_t height, const struct ledger_tip *before, struct ledger_block *out)
{
	struct hash256 hash;
	uint64_t found = 0;

	if (!store_get_block(s, out, height))
		return damaged(why, height, "it is not there, or can't be read");
	ledger_block_hash(&hash, out);
	if (!store_find_block(s, &found, &hash) || found != height || out->height != height)
		return damaged(why, height, "its hash is not the stored one");
	if (!hash256_eq(&out->previous, &before->hash))
		return damaged(why, height, "it does not follow the block before");
	if (out->time.sec < before->time.sec)
		return damaged(why, height, "its time is before that of the block before");
	if (!engine_solo_seal_valid(out))
		return damaged(why, height, "its seal is not good");
	return true;
}

/* Everything of a block that lies in the store; what isn't there comes out when it is executed. */
static void
read_transactions(struct replay_block *b, struct store *s, uint64_t height)
{
	size_t cap = 0;

	for (b->n = 0;; b->n++) {
		struct replay_tx *t;

		if (b->n == cap) {
			cap = cap ? cap * 2 : 64;
			b->txs = mem_resize(b->txs, cap, sizeof(*b->txs));
		}
		t = &b->txs[b->n];
		if (!store_get_transaction_at(s, &t->rec, &t->id, height, (uint32_t)b->n))
			return;
	}
}

static void
block_clear(struct replay_block *b)
{
	for (size_t i = 0; i < b->n; i++)
		transaction_record_clear(&b->txs[i].rec);
	free(b->txs);
	*b = (struct replay_block){ .n = 0 };
}

static void
give_signatures(struct verify_pool *p, struct replay_block *b)
{
	for (size_t i = 0; i < b->n; i++) {
		b->txs[i].job = (struct verify_job){ .bytes = b->txs[i].rec.bytes.p, .len = b->txs[i].rec.bytes.len };
		verify_pool_give(p, &b->txs[i].job);
	}
}

/* What isn't good is left to the ledger to find. */
static void
take_signatures(struct ledger *l, struct verify_pool *p)
{
	verify_pool_finish(p);
	for (const struct verify_job *j = verify_pool_take(p); j != NULL; j = j->next) {
		if (j->why == NULL)
			ledger_verified(l, &j->digest);
	}
}

static bool
bytes_equal(const struct wr *a, const struct wr *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

/* NULL, or in what a result differs from what is stored. */
static const char *
result_differs(const struct result *r, const struct replay_tx *t)
{
	if (!hash256_eq(&r->id, &t->id))
		return "its id";
	if (r->code != t->rec.code || strcmp(r->reason, t->rec.reason) != 0 || r->op_index != t->rec.op_index)
		return "its result";
	return bytes_equal(&r->events, &t->rec.events) ? NULL : "its events";
}

static const char *
header_differs(const struct ledger_block *made, const struct ledger_block *stored)
{
	if (!hash256_eq(&made->transactions_root, &stored->transactions_root))
		return "the root of its transactions";
	if (!hash256_eq(&made->results_root, &stored->results_root))
		return "the root of its results";
	if (!hash256_eq(&made->app_hash, &stored->app_hash))
		return "its app hash: the state after it is another one";
	return NULL;
}

static void
told_of_plugin(void *context, const char *path, enum plugin_err err, const struct plugin_file *f)
{
	(void)context;
	if (err != PLUGIN_OK && err != PLUGIN_NOT_APPROVED)
		log_line("rules", LOG_WARN, "%s: %s", path, f->why);
}

/* Rules that were approved by now are loaded, from where they are to be found. */
static bool
rules_there(struct replay *r, struct complaint *why)
{
	uint64_t height = ledger_tip(r->ledger).height + 1;
	struct rule_approval missing;
	char sentence[300];

	if (!rule_next_missing(&missing, ledger_state(r->ledger), height) || missing.from_height > height)
		return true;
	(void)plugin_load_folder(r->plugindir, ledger_state(r->ledger), told_of_plugin, NULL);
	if (!rule_next_missing(&missing, ledger_state(r->ledger), height) || missing.from_height > height)
		return true;
	rule_missing_sentence(sentence, sizeof(sentence), &missing);
	complain(why, EXIT_REFUSED, NULL, "block %" PRIu64 " cannot be executed: %s", height, sentence);
	complaint_hint(why, "put the file into %s, or say where it is with --plugindir=DIR", r->plugindir);
	return false;
}

static bool
run_transactions(struct replay *r, struct complaint *why, const struct replay_block *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct replay_tx *t = &b->txs[i];
		struct result result;
		const char *what;

		ledger_apply(&result, r->ledger, t->rec.bytes.p, t->rec.bytes.len);
		what = result_differs(&result, t);
		if (what != NULL)
			complain(why, EXIT_CORRUPT, HINT_DAMAGED,
				 "block %" PRIu64 " differs: transaction %zu: %s (stored %s, now %s)", b->block.height, i, what,
				 t->rec.reason, result.reason);
		r->transactions++;
		r->accounts += result.accounts.len / ACCOUNT_LEN;
		result_clear(&result);
		if (what != NULL)
			return false;
	}
	return true;
}

static bool
run_end(struct replay *r, struct complaint *why, const struct replay_block *b)
{
	struct ledger_block made;
	const char *broken, *what;
	struct wr events = { 0 };
	bool same;

	if (!ledger_end(&made, &broken, r->ledger, &b->block.proposer))
		return complain(why, EXIT_CORRUPT, HINT_DAMAGED, "block %" PRIu64 " cannot be executed: %s", b->block.height, broken);
	what = header_differs(&made, &b->block);
	if (what != NULL)
		return damaged(why, b->block.height, what);
	same = store_get_block_events(r->store, &events, b->block.height) && bytes_equal(&events, &ledger_block_result(r->ledger)->events);
	wr_clear(&events);
	if (!same)
		return damaged(why, b->block.height, "the events of its end");
	r->accounts += ledger_block_result(r->ledger)->accounts.len / ACCOUNT_LEN;
	return true;
}

static bool
run_block(struct replay *r, struct complaint *why, const struct replay_block *b)
{
	if (!rules_there(r, why))
		return false;
	ledger_begin(r->ledger, b->block.time);
	if (!run_transactions(r, why, b) || !run_end(r, why, b)) {
		ledger_discard(r->ledger);
		return false;
	}
	ledger_commit(r->ledger, &b->block);
	return true;
}

/* The signatures of the next block are checked while one is executed. */
bool
ledger_replay(struct replay *r, struct complaint *why)
{
	struct verify_pool *pool = verify_pool_new(ledger_genesis_id(r->ledger), r->threads, NULL, NULL);
	struct replay_block now = { .n = 0 }, next = { .n = 0 };
	uint64_t height = ledger_tip(r->ledger).height + 1;
	bool ok = pool != NULL || complain(why, EXIT_INTERNAL, NULL, "no thread can be started");

	if (ok && height <= r->to) {
		read_transactions(&now, r->store, height);
		give_signatures(pool, &now);
		take_signatures(r->ledger, pool);
	}
	for (; ok && height <= r->to; height++) {
		struct ledger_tip tip = ledger_tip(r->ledger);

		if (height < r->to) {
			read_transactions(&next, r->store, height + 1);
			give_signatures(pool, &next);
		}
		ok = ledger_replay_link(why, r->store, height, &tip, &now.block) && run_block(r, why, &now);
		take_signatures(r->ledger, pool);
		block_clear(&now);
		now = next;
		next = (struct replay_block){ .n = 0 };
		if (ok && r->progress != NULL)
			r->progress(r->context, height, r->to);
	}
	verify_pool_free(pool);
	block_clear(&now);
	return ok;
}
