#include "tests/mainchain/miner.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/merkle.h"
#include "chain/script.h"
#include "chain/target.h"

#define VERSION 0x20000000
#define SALT_IN_COINBASE 8
#define WEIGHT_RESERVED 4000

static bool
header_solved(const struct header *h, const struct u256 *target)
{
	struct hash256 hash;
	struct u256 number;

	header_hash(&hash, h);
	number = u256_from_hash(&hash);
	return u256_cmp(&number, target) <= 0;
}

static void
search(struct header *h, bool solved)
{
	struct u256 target;

	if (!target_from_bits(&target, h->bits))
		abort();
	for (h->nonce = 0; header_solved(h, &target) != solved; h->nonce++)
		;
}

void
miner_solve(struct header *h)
{
	search(h, true);
}

void
miner_unsolve(struct header *h)
{
	search(h, false);
}

static struct hash256
txids_root(const struct block *b)
{
	struct hash256 *ids = mem_new(b->tx_n, sizeof(*ids)), root;

	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&ids[i], &b->tx[i]);
	merkle_root(&root, NULL, ids, b->tx_n);
	free(ids);
	return root;
}

/* BIP141: sha256d(root of the wtxids, with zeros for the coinbase's | the reserved value, zeros here). */
static struct hash256
witness_commitment(const struct block *b)
{
	struct hash256 *ids = mem_new(b->tx_n, sizeof(*ids)), both[2] = { 0 }, out;

	for (size_t i = 1; i < b->tx_n; i++)
		tx_wtxid(&ids[i], &b->tx[i]);
	merkle_root(&both[0], NULL, ids, b->tx_n);
	free(ids);
	sha256d(&out, both, sizeof(both));
	return out;
}

static void
coinbase_input(struct tx *tx, const struct miner_job *job)
{
	static const struct outpoint none = { .index = 0xffffffff };
	static const uint8_t reserved[32];
	struct wr script = { 0 };

	wr_push_number(&script, job->parent->height + 1);
	wr_push(&script, job->salt.b, SALT_IN_COINBASE);
	tx_add_in(tx, &none, SEQUENCE_FINAL);
	tx->in[0].script_sig = script.p;
	tx->in[0].script_sig_len = script.len;
	txin_add_witness(&tx->in[0], reserved, sizeof(reserved));
}

static void
add_commitment(struct tx *coinbase, const struct hash256 *commitment)
{
	uint8_t script[38] = { OP_RETURN, 36, 0xaa, 0x21, 0xa9, 0xed };

	memcpy(script + 6, commitment->b, sizeof(commitment->b));
	tx_add_out(coinbase, 0, script, sizeof(script));
}

void
miner_seal(struct block *b)
{
	b->header.merkle_root = txids_root(b);
	miner_solve(&b->header);
}

void
miner_make(struct block *out, const struct chain_params *p, const struct miner_job *job)
{
	struct hash256 commitment;
	uint64_t subsidy = amount_units(chain_subsidy(p, job->parent->height + 1));

	*out = (struct block){ .tx = mem_new(job->tx_n + 1, sizeof(*out->tx)), .tx_n = job->tx_n + 1 };
	out->header = (struct header){ .version = VERSION, .prev = job->parent->hash, .time = job->time, .bits = p->limit_bits };
	out->tx[0].version = 2;
	coinbase_input(&out->tx[0], job);
	tx_add_out(&out->tx[0], subsidy + job->fees, job->script, job->script_len);
	for (size_t i = 0; i < job->tx_n; i++)
		out->tx[i + 1] = tx_copy(job->tx[i]);
	commitment = witness_commitment(out);
	add_commitment(&out->tx[0], &commitment);
	miner_seal(out);
}

static bool
listed(const struct hash256 *list, size_t n, const struct hash256 *id)
{
	for (size_t i = 0; i < n; i++) {
		if (hash256_eq(&list[i], id))
			return true;
	}
	return false;
}

static bool
chosen(const struct miner_choice *c, const struct mempool_tx *e)
{
	if (c->none || e->fee * 1000 < c->fee_rate_min * e->vsize || listed(c->without, c->without_n, &e->txid))
		return false;
	return c->only == NULL || listed(c->only, c->only_n, &e->txid);
}

static bool
parents_chosen(const struct miner_job *job, const struct mempool *m, const struct mempool_tx *e)
{
	for (size_t i = 0; i < e->tx.in_n; i++) {
		const struct mempool_tx *parent = mempool_find(m, &e->tx.in[i].prevout.txid);
		bool found = parent == NULL;

		for (size_t j = 0; j < job->tx_n && !found; j++)
			found = job->tx[j] == &parent->tx;
		if (!found)
			return false;
	}
	return true;
}

void
miner_choose(struct miner_job *job, const struct mempool *m, const struct miner_choice *choice)
{
	size_t weight = WEIGHT_RESERVED;

	job->tx = mem_new(HASH_COUNT(m->by_txid), sizeof(*job->tx));
	job->tx_n = 0;
	job->fees = 0;
	for (const struct mempool_tx *e = m->by_txid; e != NULL; e = e->hh.next) {
		if (!chosen(choice, e) || !parents_chosen(job, m, e) || weight + tx_weight(&e->tx) > BLOCK_WEIGHT_MAX)
			continue;
		weight += tx_weight(&e->tx);
		job->tx[job->tx_n++] = &e->tx;
		job->fees += e->fee;
	}
}

uint32_t
miner_time(const struct tree_block *parent, struct unixtime now)
{
	uint32_t least = tree_median_time(parent) + 1;

	return now.sec > (int64_t)least ? (uint32_t)now.sec : least;
}
