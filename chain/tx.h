#ifndef TALLY_CHAIN_TX_H
#define TALLY_CHAIN_TX_H
/* Main-chain transactions, with witness (BIP141, BIP144). An empty script or witness item is NULL with length 0. */
#include "base/amount.h"
#include "base/bytes.h"
#include "base/hash.h"

#define COIN_MAX ((uint64_t)2100000000000000) /* 21 million coins in satoshi */
#define TX_BYTES_MAX 4000000
#define SEQUENCE_FINAL 0xffffffffu
#define SEQUENCE_RBF 0xfffffffdu /* signals replacement (BIP125), no relative lock (BIP68: bit 31 set) */

struct outpoint {
	struct hash256 txid;
	uint32_t index;
};

struct witness_item {
	uint8_t *bytes; /* owned */
	size_t len;
};

struct txin {
	struct outpoint prevout;
	uint8_t *script_sig; /* owned */
	size_t script_sig_len;
	uint32_t sequence;
	struct witness_item *witness; /* owned */
	size_t witness_n;
};

struct txout {
	uint64_t value; /* satoshi; decoding refuses none: tx_check() does */
	uint8_t *script; /* owned */
	size_t script_len;
};

struct tx {
	int32_t version;
	struct txin *in; /* owned */
	size_t in_n;
	struct txout *out; /* owned */
	size_t out_n;
	uint32_t locktime;
};

/* Read one transaction, witness or not. On a bad read *out is empty and the reader bad. Release with tx_clear(). */
void rd_tx(struct rd *r, struct tx *out);
/* The same without witness allowed: the form that a txid is made of. */
void rd_tx_stripped(struct rd *r, struct tx *out);

/* Exactly one transaction in exactly len bytes. */
MUST_USE bool tx_decode(struct tx *out, const void *bytes, size_t len);

/* With the witness when there is any. */
void wr_tx(struct wr *w, const struct tx *tx);
/* Without the witness. */
void wr_tx_stripped(struct wr *w, const struct tx *tx);

void tx_clear(struct tx *tx);
struct tx tx_copy(const struct tx *tx);

/* Building. Each copies what it is given. */
void tx_add_in(struct tx *tx, const struct outpoint *prevout, uint32_t sequence);
void tx_add_out(struct tx *tx, uint64_t value, const void *script, size_t script_len);
void txin_add_witness(struct txin *in, const void *bytes, size_t len);
void txin_clear_witness(struct txin *in);

void tx_txid(struct hash256 *out, const struct tx *tx);
void tx_wtxid(struct hash256 *out, const struct tx *tx);

/* BIP141 weight, and virtual size: weight / 4 rounded up. */
size_t tx_weight(const struct tx *tx);
size_t tx_vsize(const struct tx *tx);
/* Bytes without witness. */
size_t tx_stripped_size(const struct tx *tx);

MUST_USE bool tx_is_coinbase(const struct tx *tx);

/* Context-free consensus checks (Bitcoin Core's CheckTransaction): NULL, or the reason name, such as "bad-txns-vout-toolarge". */
MUST_USE const char *tx_check(const struct tx *tx);

MUST_USE bool outpoint_eq(const struct outpoint *a, const struct outpoint *b);
int outpoint_cmp(const struct outpoint *a, const struct outpoint *b);
void rd_outpoint(struct rd *r, struct outpoint *out);
void wr_outpoint(struct wr *w, const struct outpoint *o);

#endif
