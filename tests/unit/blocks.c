#include "tests/unit/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/merkle.h"
#include "chain/script.h"

static const uint8_t commitment_prefix[] = { 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed };

static void
add_coinbase(struct tx *tx)
{
	static const uint8_t reserved[32], script_sig[] = { OP_1 + TEST_BLOCK_HEIGHT - 1, 0x51 }, pay_anyone[] = { 0x51 };
	struct outpoint null = { .index = UINT32_MAX };
	uint8_t commitment[38] = { 0 };

	memcpy(commitment, commitment_prefix, sizeof(commitment_prefix));
	tx->version = 2;
	tx_add_in(tx, &null, SEQUENCE_FINAL);
	tx->in[0].script_sig = mem_dup(script_sig, sizeof(script_sig));
	tx->in[0].script_sig_len = sizeof(script_sig);
	txin_add_witness(&tx->in[0], reserved, sizeof(reserved));
	tx_add_out(tx, 5000000000, pay_anyone, sizeof(pay_anyone));
	tx_add_out(tx, 0, commitment, sizeof(commitment));
}

static void
add_payment(struct tx *tx, size_t number)
{
	uint8_t script[22] = { 0x00, 0x14 };
	struct outpoint prevout = { .index = (uint32_t)number };

	sha256(&prevout.txid, &number, sizeof(number));
	memcpy(script + 2, prevout.txid.b, 20);
	tx->version = 2;
	tx_add_in(tx, &prevout, SEQUENCE_RBF);
	txin_add_witness(&tx->in[0], prevout.txid.b, 32);
	tx_add_out(tx, 1000 + number, script, sizeof(script));
}

void
test_block_root(struct block *b)
{
	struct hash256 *id = mem_new(b->tx_n, sizeof(*id));

	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&id[i], &b->tx[i]);
	merkle_root(&b->header.merkle_root, NULL, id, b->tx_n);
	free(id);
}

void
test_block_commit(struct block *b)
{
	struct hash256 *id = mem_new(b->tx_n, sizeof(*id)), root;
	struct tx *coinbase = &b->tx[0];
	struct wr w = { 0 };

	for (size_t i = 1; i < b->tx_n; i++)
		tx_wtxid(&id[i], &b->tx[i]);
	merkle_root(&root, NULL, id, b->tx_n);
	free(id);
	wr_hash256(&w, &root);
	wr_bytes(&w, coinbase->in[0].witness[0].bytes, 32);
	sha256d(&root, w.p, w.len);
	wr_clear(&w);
	memcpy(coinbase->out[coinbase->out_n - 1].script + sizeof(commitment_prefix), root.b, 32);
	test_block_root(b);
}

struct block
test_block(size_t n)
{
	struct block b = { .header = { .version = 0x20000000, .time = 1700000000, .bits = 0x207fffff }, .tx_n = n };

	b.tx = mem_new(n, sizeof(*b.tx));
	add_coinbase(&b.tx[0]);
	for (size_t i = 1; i < n; i++)
		add_payment(&b.tx[i], i);
	test_block_commit(&b);
	return b;
}
