/* Blocks of the simulated network. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/block.h"
#include "chain/merkle.h"
#include "chain/script.h"
#include "tests/unit/mining.h"
#include "tests/unit/spv_sim.h"

const uint8_t sim_script[SIM_SCRIPT_LEN] = { 0x51, 0x20, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7 };

static struct tx
make_coinbase(uint32_t height, uint32_t tag)
{
	struct tx tx = { .version = 2 };
	struct outpoint none = { .index = 0xffffffff };
	struct wr script = { 0 };

	wr_push_number(&script, height);
	wr_push(&script, &tag, sizeof(tag));
	tx_add_in(&tx, &none, SEQUENCE_FINAL);
	free(tx.in[0].script_sig);
	tx.in[0].script_sig = script.p;
	tx.in[0].script_sig_len = script.len;
	tx_add_out(&tx, 5000000000, "\x51", 1);
	return tx;
}

static struct tx
make_spend(uint32_t tag, bool witness)
{
	struct tx tx = { .version = 2 };
	struct outpoint prevout = { .index = tag };

	prevout.txid.b[0] = 1;
	tx_add_in(&tx, &prevout, SEQUENCE_FINAL);
	tx_add_out(&tx, 1000 + tag, "\x51\x20\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e", 16);
	if (witness)
		txin_add_witness(&tx.in[0], "proof", 5);
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
make_block(const struct sim *sim, uint32_t height, uint32_t tag, enum sim_flavour flavour)
{
	struct block b = { .tx = mem_new(2, sizeof(*b.tx)), .tx_n = 1 };
	struct hash256 leaves[2];

	b.tx[0] = make_coinbase(height, tag);
	if (flavour == SIM_TWO_COINBASES)
		b.tx[b.tx_n++] = make_coinbase(height, tag + 1);
	else if (flavour == SIM_WITNESS || flavour == SIM_PAYS || flavour == SIM_SPENDS || tag % 3 == 0)
		b.tx[b.tx_n++] = make_spend(tag, flavour == SIM_WITNESS);
	if (flavour == SIM_PAYS) {
		free(b.tx[1].out[0].script);
		b.tx[1].out[0].script = mem_dup(sim_script, SIM_SCRIPT_LEN);
		b.tx[1].out[0].script_len = SIM_SCRIPT_LEN;
	}
	if (flavour == SIM_SPENDS)
		b.tx[1].in[0].prevout = sim->paid;
	if (flavour == SIM_WITNESS)
		commit_witness(&b);
	for (size_t i = 0; i < b.tx_n; i++)
		tx_txid(&leaves[i], &b.tx[i]);
	merkle_root(&b.header.merkle_root, NULL, leaves, b.tx_n);
	return b;
}

static void
make_header(const struct sim *sim, struct header *h, const struct sim_block *parent, enum sim_flavour flavour, struct hash256 *hash)
{
	h->version = flavour == SIM_OLD_VERSION ? 1 : 4;
	h->prev = parent->hash;
	h->bits = flavour == SIM_BAD_BITS ? 0x207ffffe : parent->header.bits;
	h->time = flavour == SIM_OLD_TIME ? sim->blocks[0].header.time : parent->header.time + 600;
	if (flavour == SIM_FUTURE)
		h->time = (uint32_t)(sim->now.wall.sec + 3 * 3600);
	mine(h, hash);
	while (flavour == SIM_BAD_NONCE && hash->b[31] < 0x80) {
		h->nonce++;
		header_hash(hash, h);
	}
}

static int
mine_one(struct sim *sim, int parent, enum sim_flavour flavour)
{
	int at = (int)sim->blocks_n++;
	struct sim_block made = { .parent = parent };
	struct block b;
	struct wr w = { 0 };

	made.height = sim->blocks[parent].height + 1;
	b = make_block(sim, made.height, (uint32_t)at, flavour);
	make_header(sim, &b.header, &sim->blocks[parent], flavour, &made.hash);
	made.header = b.header;
	if (flavour == SIM_PAYS)
		tx_txid(&sim->paid.txid, &b.tx[1]);
	sim_filter_make(sim, &made, &b);
	wr_block(&w, &b);
	block_clear(&b);
	made.bytes = w.p;
	made.len = w.len;
	if (sim->blocks_n > sim->blocks_cap) {
		sim->blocks_cap *= 2;
		sim->blocks = mem_resize(sim->blocks, sim->blocks_cap, sizeof(*sim->blocks));
	}
	sim->blocks[at] = made;
	return at;
}

int
sim_mine(struct sim *sim, int parent, size_t n, enum sim_flavour flavour)
{
	for (size_t i = 0; i < n; i++)
		parent = mine_one(sim, parent, i + 1 == n ? flavour : SIM_PLAIN);
	return parent;
}

int
sim_find_block(const struct sim *sim, const struct hash256 *hash)
{
	for (size_t i = sim->blocks_n; i-- > 0;) {
		if (hash256_eq(&sim->blocks[i].hash, hash))
			return (int)i;
	}
	return -1;
}

/* The block at a height of the branch that ends in tip; -1 above it. */
int
sim_at_height(const struct sim *sim, int tip, uint32_t height)
{
	while (tip >= 0 && sim->blocks[tip].height > height)
		tip = sim->blocks[tip].parent;
	return tip >= 0 && sim->blocks[tip].height == height ? tip : -1;
}

bool
sim_has_block(const struct sim *sim, const struct sim_peer *p, int block)
{
	return block >= 0 && sim_at_height(sim, p->tip, sim->blocks[block].height) == block;
}
