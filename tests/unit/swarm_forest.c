#include "tests/unit/swarm_forest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/merkle.h"
#include "chain/script.h"
#include "tests/unit/mining.h"

#define OURS_OF 8 /* one output in so many is ours */
#define SUBSIDY 5000000000u

const uint8_t *
forest_script(size_t i)
{
	static uint8_t scripts[FOREST_SCRIPTS][FOREST_SCRIPT_LEN];

	assert(i < FOREST_SCRIPTS);
	if (scripts[i][1] == 0) {
		scripts[i][1] = 20;
		memset(scripts[i] + 2, (int)(0xc0 + i), 20);
	}
	return scripts[i];
}

/* A script for an output: mostly a stranger's. Noted in *touches when ours. */
static void
choose_script(uint8_t out[FOREST_SCRIPT_LEN], uint32_t *touches, const struct hash256 *seed, uint32_t number)
{
	uint8_t bytes[36];
	struct hash256 h;
	size_t i;

	memcpy(bytes, seed->b, 32);
	memcpy(bytes + 32, &number, sizeof(number));
	sha256(&h, bytes, sizeof(bytes));
	i = h.b[1] % FOREST_SCRIPTS;
	out[0] = 0;
	out[1] = 20;
	memcpy(out + 2, h.b + 12, 20);
	if (h.b[0] % OURS_OF != 0)
		return;
	memcpy(out, forest_script(i), FOREST_SCRIPT_LEN);
	*touches |= 1u << i;
}

static void
note_ours(uint32_t *touches, const uint8_t *script)
{
	for (size_t i = 0; i < FOREST_SCRIPTS; i++) {
		if (memcmp(script, forest_script(i), FOREST_SCRIPT_LEN) == 0)
			*touches |= 1u << i;
	}
}

/* --- Bodies --- */

static struct tx
make_coinbase(struct forest_block *made, const struct hash256 *seed, uint32_t number)
{
	struct tx tx = { .version = 2 };
	struct outpoint none = { .index = UINT32_MAX };
	struct wr script_sig = { 0 };

	wr_push_number(&script_sig, made->height);
	wr_push(&script_sig, seed->b + number, 4);
	tx_add_in(&tx, &none, SEQUENCE_FINAL);
	free(tx.in[0].script_sig);
	tx.in[0].script_sig = script_sig.p;
	tx.in[0].script_sig_len = script_sig.len;
	choose_script(made->coinbase_script, &made->touches, seed, number);
	tx_add_out(&tx, SUBSIDY, made->coinbase_script, FOREST_SCRIPT_LEN);
	return tx;
}

/* Spends the parent's coinbase, with a witness. */
static struct tx
make_spend(struct forest_block *made, const struct hash256 *seed)
{
	struct tx tx = { .version = 2 };
	struct outpoint prevout = { .txid = made->parent->coinbase_txid };
	uint8_t script[FOREST_SCRIPT_LEN], key[33] = { 2 };

	tx_add_in(&tx, &prevout, SEQUENCE_FINAL);
	note_ours(&made->touches, made->parent->coinbase_script);
	txin_add_witness(&tx.in[0], seed->b, 32);
	txin_add_witness(&tx.in[0], key, sizeof(key));
	for (uint32_t i = 0; i < 1 + seed->b[3] % 3u; i++) {
		choose_script(script, &made->touches, seed, 100 + i);
		tx_add_out(&tx, 1000 + i, script, sizeof(script));
	}
	return tx;
}

static void
commit_witness(struct block *b)
{
	static const uint8_t zeros[32];
	uint8_t script[38] = { 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed }, pair[64] = { 0 };
	struct hash256 leaves[2] = { 0 }, root, sum;

	assert(b->tx_n == 2);
	tx_wtxid(&leaves[1], &b->tx[1]);
	merkle_root(&root, NULL, leaves, 2);
	memcpy(pair, root.b, 32);
	sha256d(&sum, pair, sizeof(pair));
	memcpy(script + 6, sum.b, 32);
	tx_add_out(&b->tx[0], 0, script, sizeof(script));
	txin_add_witness(&b->tx[0].in[0], zeros, sizeof(zeros));
}

static struct block
make_body(struct forest_block *made, const struct hash256 *seed)
{
	struct block b = { .tx = mem_new(2, sizeof(*b.tx)), .tx_n = 1 };
	struct hash256 leaves[2];

	b.tx[0] = make_coinbase(made, seed, 0);
	if (made->flaw == FOREST_INVALID) {
		b.tx[b.tx_n++] = make_coinbase(made, seed, 1);
	} else if (made->parent->parent != NULL && seed->b[2] % 2 == 0) {
		b.tx[b.tx_n++] = make_spend(made, seed);
		commit_witness(&b);
	}
	for (size_t i = 0; i < b.tx_n; i++)
		tx_txid(&leaves[i], &b.tx[i]);
	made->coinbase_txid = leaves[0];
	merkle_root(&b.header.merkle_root, NULL, leaves, b.tx_n);
	return b;
}

/* Put a filter's hash and header in their place. */
static void
filter_finish(struct forest_filter *f, const struct forest_block *b, struct wr *bytes, const struct forest_filter *parent)
{
	static const struct hash256 none;

	f->bytes = bytes->p;
	f->len = bytes->len;
	filter_hash(&f->hash, f->bytes, f->len);
	filter_header(&f->header, &f->hash, b->parent != NULL ? &parent->header : &none);
	f->made = true;
}

static size_t
spent_script(struct filter_item *out, const struct forest_block *b, const struct block *body)
{
	bool spends = body->tx_n == 2 && b->flaw != FOREST_INVALID;

	if (spends)
		*out = (struct filter_item){ .bytes = b->parent->coinbase_script, .len = FOREST_SCRIPT_LEN };
	return spends ? 1 : 0;
}

static void
make_filter(struct forest_block *made, const struct block *body)
{
	struct filter_item spent;
	size_t spent_n = spent_script(&spent, made, body);
	struct wr w = { 0 };

	filter_build_block(&w, body, &spent, spent_n);
	filter_finish(&made->filter, made, &w, made->parent != NULL ? &made->parent->filter : NULL);
}

static bool
is_ours(const struct filter_item *item)
{
	for (size_t i = 0; i < FOREST_SCRIPTS; i++) {
		if (item->len == FOREST_SCRIPT_LEN && memcmp(item->bytes, forest_script(i), FOREST_SCRIPT_LEN) == 0)
			return true;
	}
	return false;
}

/* The block's scripts without ours. */
static void
build_without(struct wr *w, const struct forest_block *b)
{
	struct filter_item items[16];
	struct block body;
	bool ok = block_decode(&body, b->bytes, b->len);
	size_t n;

	assert(ok);
	n = spent_script(&items[0], b, &body);
	n -= n > 0 && is_ours(&items[0]);
	for (size_t i = 0; i < body.tx_n; i++) {
		for (size_t j = 0; j < body.tx[i].out_n; j++) {
			items[n] = (struct filter_item){ .bytes = body.tx[i].out[j].script, .len = body.tx[i].out[j].script_len };
			n += items[n].bytes[0] != 0x6a && !is_ours(&items[n]);
		}
	}
	filter_build(w, &b->hash, items, n);
	block_clear(&body);
}

static void
make_falsehood(struct forest_block *b, enum forest_falsehood kind)
{
	struct wr w = { 0 };

	if (kind == FOREST_EMPTY && b->height > 2)
		wr_u8(&w, 0);
	else if (kind == FOREST_OMITS && b->touches != 0 && b->hash.b[5] % 4 == 0)
		build_without(&w, b);
	else
		wr_bytes(&w, b->filter.bytes, b->filter.len);
	filter_finish(&b->falsehood[kind], b, &w, b->parent != NULL ? &b->parent->falsehood[kind] : NULL);
}

const struct forest_filter *
forest_falsehood(struct forest *f, const struct forest_block *b, enum forest_falsehood kind)
{
	struct forest_block *at;

	/* From the lowest that has none yet up to this one. */
	while (!b->falsehood[kind].made) {
		const struct forest_block *lowest = b;

		while (lowest->parent != NULL && !lowest->parent->falsehood[kind].made)
			lowest = lowest->parent;
		HASH_FIND(hh, f->blocks, &lowest->hash, sizeof(lowest->hash), at);
		make_falsehood(at, kind);
	}
	return &b->falsehood[kind];
}

/* --- Headers --- */

static int
by_time(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t
median_time(const struct forest_block *at)
{
	uint32_t times[11];
	size_t n = 0;

	for (; at != NULL && n < 11; at = at->parent)
		times[n++] = at->header.time;
	qsort(times, n, sizeof(times[0]), by_time);
	return times[n / 2];
}

static void
make_header(struct forest_block *made, struct header *h, uint32_t seconds)
{
	const struct forest_block *parent = made->parent;

	h->version = made->flaw == FOREST_OLD_VERSION ? 1 : 4;
	h->prev = parent->hash;
	h->bits = made->flaw == FOREST_BAD_BITS ? 0x207ffffe : parent->header.bits;
	h->time = made->flaw == FOREST_OLD_TIME ? median_time(parent) : parent->header.time + seconds;
	mine(h, &made->hash);
	while (made->flaw == FOREST_BAD_WORK && made->hash.b[31] < 0x80) {
		h->nonce++;
		header_hash(&made->hash, h);
	}
	made->header = *h;
}

/* --- The tree --- */

const struct forest_block *
forest_find(const struct forest *f, const struct hash256 *hash)
{
	struct forest_block *found;

	HASH_FIND(hh, f->blocks, hash, sizeof(*hash), found);
	return found;
}

static void
block_forget(struct forest *f, struct forest_block *b)
{
	HASH_DEL(f->blocks, b);
	free(b->bytes);
	free(b->filter.bytes);
	for (size_t i = 0; i < FOREST_FALSEHOODS; i++)
		free(b->falsehood[i].bytes);
	free(b);
}

const struct forest_block *
forest_grow(struct forest *f, const struct forest_block *parent, uint32_t seconds, uint32_t tag, enum forest_flaw flaw)
{
	struct forest_block *made = mem_new(1, sizeof(*made));
	const struct forest_block *known;
	uint8_t what[40];
	struct hash256 seed;
	struct wr w = { 0 };
	struct block b;

	memcpy(what, parent->hash.b, 32);
	memcpy(what + 32, &tag, sizeof(tag));
	memcpy(what + 36, &seconds, sizeof(seconds));
	sha256(&seed, what, sizeof(what));
	*made = (struct forest_block){ .parent = parent, .height = parent->height + 1, .flaw = flaw };
	made->sound = parent->sound && flaw == FOREST_SOUND;
	b = make_body(made, &seed);
	make_header(made, &b.header, seconds);
	wr_block(&w, &b);
	made->bytes = w.p;
	made->len = w.len;
	make_filter(made, &b);
	block_clear(&b);
	known = forest_find(f, &made->hash);
	if (known != NULL) {
		free(made->bytes);
		free(made->filter.bytes);
		free(made);
		return known;
	}
	HASH_ADD(hh, f->blocks, hash, sizeof(made->hash), made);
	return made;
}

/* The one transaction of the genesis block, on all of Bitcoin's networks. */
static const char genesis_tx[] =
	"01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d6573203033"
	"2f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff01"
	"00f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384d"
	"f7ba0b8d578a4c702b6bf11d5fac00000000";

static struct forest_block *
genesis_new(const struct chain_params *chain)
{
	struct forest_block *made = mem_new(1, sizeof(*made));
	struct block b = { .header = chain->genesis, .tx = mem_new(1, sizeof(*b.tx)), .tx_n = 1 };
	uint8_t raw[sizeof(genesis_tx) / 2];
	struct wr w = { 0 };
	bool ok = hex_decode(raw, sizeof(raw), genesis_tx) && tx_decode(&b.tx[0], raw, sizeof(raw));

	assert(ok);
	tx_txid(&made->coinbase_txid, &b.tx[0]);
	assert(hash256_eq(&made->coinbase_txid, &chain->genesis.merkle_root));
	made->header = chain->genesis;
	made->hash = chain->genesis_hash;
	made->sound = true;
	make_filter(made, &b);
	wr_block(&w, &b);
	made->bytes = w.p;
	made->len = w.len;
	block_clear(&b);
	return made;
}

struct forest *
forest_new(size_t trunk)
{
	struct forest *f = mem_new(1, sizeof(*f));

	f->chain = chain_params_find("regtest");
	f->genesis = genesis_new(f->chain);
	HASH_ADD(hh, f->blocks, hash, sizeof(f->genesis->hash), f->genesis);
	f->trunk_n = trunk + 1;
	f->trunk = mem_new(f->trunk_n, sizeof(*f->trunk));
	f->trunk[0] = f->genesis;
	for (size_t i = 1; i <= trunk; i++)
		f->trunk[i] = forest_grow(f, f->trunk[i - 1], 600, 0, FOREST_SOUND);
	return f;
}

void
forest_trim(struct forest *f)
{
	struct forest_block *b, *next;
	size_t kept = 0;

	/* Those of the trunk were added first. */
	HASH_ITER(hh, f->blocks, b, next)
	{
		if (kept++ >= f->trunk_n)
			block_forget(f, b);
	}
}

void
forest_free(struct forest *f)
{
	struct forest_block *b, *next;

	if (f == NULL)
		return;
	HASH_ITER(hh, f->blocks, b, next)
		block_forget(f, b);
	free(f->trunk);
	free(f);
}

const struct forest_block *
forest_at(const struct forest *f, const struct forest_block *tip, uint32_t height)
{
	for (; tip != NULL && tip->height > height; tip = tip->parent) {
		if (tip->height < f->trunk_n && f->trunk[tip->height] == tip)
			return f->trunk[height];
	}
	return tip != NULL && tip->height == height ? tip : NULL;
}

bool
forest_holds(const struct forest *f, const struct forest_block *tip, const struct forest_block *block)
{
	return forest_at(f, tip, block->height) == block;
}

const struct forest_block *
forest_fork(const struct forest_block *a, const struct forest_block *b)
{
	while (a != b) {
		if (a->height >= b->height)
			a = a->parent;
		else
			b = b->parent;
	}
	return a;
}
