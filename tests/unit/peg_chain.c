#include "tests/unit/peg_chain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/params.h"
#include "tests/unit/mining.h"

#define BLOCK_SECONDS 60

void
made_chain_init(struct made_chain *c)
{
	const struct chain_params *p = chain_params_find("regtest");

	*c = (struct made_chain){ .b = mem_new(1, sizeof(*c->b)), .n = 1 };
	c->b[0].block.header = p->genesis;
	c->b[0].hash = p->genesis_hash;
}

void
made_chain_clear(struct made_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		block_clear(&c->b[i].block);
		free(c->b[i].txid);
	}
	free(c->b);
}

static struct tx
make_coinbase(struct made_chain *c, uint64_t value, const uint8_t *script, size_t script_len)
{
	struct tx tx = { .version = 1 };
	struct outpoint none = { .index = UINT32_MAX };
	struct wr w = { 0 };

	tx_add_in(&tx, &none, SEQUENCE_FINAL);
	wr_u32(&w, c->tag++);
	tx.in[0].script_sig = w.p;
	tx.in[0].script_sig_len = w.len;
	tx_add_out(&tx, value, script, script_len);
	return tx;
}

static size_t
seal(struct made_chain *c, size_t parent, struct block *b)
{
	struct hash256 *txid = mem_new(b->tx_n, sizeof(*txid));
	struct made_block *made;

	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&txid[i], &b->tx[i]);
	b->header.version = 4;
	b->header.prev = c->b[parent].hash;
	b->header.time = c->b[parent].block.header.time + BLOCK_SECONDS;
	b->header.bits = c->b[0].block.header.bits;
	merkle_root(&b->header.merkle_root, NULL, txid, b->tx_n);
	c->b = mem_resize(c->b, c->n + 1, sizeof(*c->b));
	made = &c->b[c->n];
	*made = (struct made_block){ .block = *b, .txid = txid, .height = c->b[parent].height + 1, .parent = parent };
	mine(&made->block.header, &made->hash);
	return c->n++;
}

size_t
made_chain_mine(struct made_chain *c, size_t parent, const struct tx *txs, size_t n)
{
	struct block b = { .tx_n = n + 1 };

	b.tx = mem_new(b.tx_n, sizeof(*b.tx));
	b.tx[0] = make_coinbase(c, 5000000000, (const uint8_t *)"\x51", 1);
	for (size_t i = 0; i < n; i++)
		b.tx[i + 1] = tx_copy(&txs[i]);
	return seal(c, parent, &b);
}

size_t
made_chain_mine_coinbase(struct made_chain *c, size_t parent, uint64_t value, const uint8_t *script, size_t script_len)
{
	struct block b = { .tx_n = 1 };

	b.tx = mem_new(1, sizeof(*b.tx));
	b.tx[0] = make_coinbase(c, value, script, script_len);
	return seal(c, parent, &b);
}

size_t
made_chain_mine_empty(struct made_chain *c, size_t parent, size_t n)
{
	while (n-- > 0)
		parent = made_chain_mine(c, parent, NULL, 0);
	return parent;
}

size_t
made_chain_at(const struct made_chain *c, size_t tip, uint32_t height)
{
	assert(height <= c->b[tip].height);
	while (c->b[tip].height > height)
		tip = c->b[tip].parent;
	return tip;
}

void
made_chain_proof(struct wr *w, const struct made_chain *c, size_t block, size_t index)
{
	struct txproof p;

	txproof_make(&p, &c->b[block].block, index);
	wr_txproof(w, &p);
	txproof_clear(&p);
}

struct tx
made_payment(uint32_t salt, uint64_t value, const uint8_t *script, size_t script_len)
{
	struct tx tx = { .version = 2 };
	struct outpoint from = { .index = salt };

	memset(from.txid.b, 0x77, sizeof(from.txid.b));
	tx_add_in(&tx, &from, SEQUENCE_RBF);
	tx_add_out(&tx, value, script, script_len);
	return tx;
}
