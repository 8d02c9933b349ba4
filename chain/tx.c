#include "chain/tx.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The least bytes that an item of each list takes: they bound what a count can make us allocate. */
#define TXIN_BYTES_MIN 41 /* outpoint, empty script, sequence */
#define TXOUT_BYTES_MIN 9 /* value, empty script */
#define WITNESS_ITEM_BYTES_MIN 1

#define WITNESS_FLAG 1
#define WITNESS_SCALE 4
#define COINBASE_SCRIPT_MIN 2
#define COINBASE_SCRIPT_MAX 100

static uint8_t *
dup_or_null(const void *bytes, size_t len)
{
	return len == 0 ? NULL : mem_dup(bytes, len);
}

static uint8_t *
rd_script(struct rd *r, size_t *len)
{
	const uint8_t *p = rd_varbytes(r, len, SIZE_MAX);

	return dup_or_null(p, *len);
}

void
rd_outpoint(struct rd *r, struct outpoint *out)
{
	rd_hash256(r, &out->txid);
	out->index = rd_u32(r);
}

void
wr_outpoint(struct wr *w, const struct outpoint *o)
{
	wr_hash256(w, &o->txid);
	wr_u32(w, o->index);
}

bool
outpoint_eq(const struct outpoint *a, const struct outpoint *b)
{
	return a->index == b->index && hash256_eq(&a->txid, &b->txid);
}

int
outpoint_cmp(const struct outpoint *a, const struct outpoint *b)
{
	int c = hash256_cmp(&a->txid, &b->txid);

	if (c != 0)
		return c;
	return (a->index > b->index) - (a->index < b->index);
}

static void
rd_inputs(struct rd *r, struct tx *tx)
{
	tx->in_n = rd_count(r, TXIN_BYTES_MIN);
	tx->in = mem_new(tx->in_n, sizeof(*tx->in));
	for (size_t i = 0; i < tx->in_n; i++) {
		struct txin *in = &tx->in[i];

		rd_outpoint(r, &in->prevout);
		in->script_sig = rd_script(r, &in->script_sig_len);
		in->sequence = rd_u32(r);
	}
}

static void
rd_outputs(struct rd *r, struct tx *tx)
{
	tx->out_n = rd_count(r, TXOUT_BYTES_MIN);
	tx->out = mem_new(tx->out_n, sizeof(*tx->out));
	for (size_t i = 0; i < tx->out_n; i++) {
		struct txout *out = &tx->out[i];

		out->value = rd_u64(r);
		out->script = rd_script(r, &out->script_len);
	}
}

static bool
has_witness(const struct tx *tx)
{
	for (size_t i = 0; i < tx->in_n; i++) {
		if (tx->in[i].witness_n != 0)
			return true;
	}
	return false;
}

static void
rd_witness(struct rd *r, struct tx *tx)
{
	for (size_t i = 0; i < tx->in_n; i++) {
		struct txin *in = &tx->in[i];

		in->witness_n = rd_count(r, WITNESS_ITEM_BYTES_MIN);
		if (in->witness_n == 0)
			continue;
		in->witness = mem_new(in->witness_n, sizeof(*in->witness));
		for (size_t k = 0; k < in->witness_n; k++)
			in->witness[k].bytes = rd_script(r, &in->witness[k].len);
	}
	/* A record of nothing but empty stacks is superfluous: the plain form is the only one without witness. */
	if (!has_witness(tx))
		rd_fail(r);
}

/* BIP144: a count of 0 inputs is the marker, the flag follows it. A flag of 0 leaves what it says without witness: no inputs and
 * no outputs (Bitcoin Core's UnserializeTransaction). */
static void
rd_body(struct rd *r, struct tx *tx, bool witness_allowed)
{
	uint8_t flag = 0;

	tx->version = rd_i32(r);
	if (witness_allowed && r->left > 0 && r->p[0] == 0) {
		(void)rd_u8(r);
		flag = rd_u8(r);
		if (flag == 0) {
			tx->locktime = rd_u32(r);
			return;
		}
		if (flag != WITNESS_FLAG)
			rd_fail(r);
	}
	rd_inputs(r, tx);
	rd_outputs(r, tx);
	if (flag != 0)
		rd_witness(r, tx);
	tx->locktime = rd_u32(r);
}

static void
rd_fenced(struct rd *r, struct tx *out, bool witness_allowed)
{
	struct rd fence = *r;
	struct tx tx = { 0 };

	*out = (struct tx){ 0 };
	if (fence.left > TX_BYTES_MAX)
		fence.left = TX_BYTES_MAX;
	rd_body(&fence, &tx, witness_allowed);
	if (!rd_ok(&fence)) {
		tx_clear(&tx);
		rd_fail(r);
		return;
	}
	(void)rd_take(r, (size_t)(fence.p - r->p));
	*out = tx;
}

void
rd_tx(struct rd *r, struct tx *out)
{
	rd_fenced(r, out, true);
}

void
rd_tx_stripped(struct rd *r, struct tx *out)
{
	rd_fenced(r, out, false);
}

bool
tx_decode(struct tx *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_tx(&r, out);
	if (!rd_done(&r)) {
		tx_clear(out);
		return false;
	}
	return true;
}

static void
wr_inputs_outputs(struct wr *w, const struct tx *tx)
{
	wr_compactsize(w, tx->in_n);
	for (size_t i = 0; i < tx->in_n; i++) {
		wr_outpoint(w, &tx->in[i].prevout);
		wr_varbytes(w, tx->in[i].script_sig, tx->in[i].script_sig_len);
		wr_u32(w, tx->in[i].sequence);
	}
	wr_compactsize(w, tx->out_n);
	for (size_t i = 0; i < tx->out_n; i++) {
		wr_u64(w, tx->out[i].value);
		wr_varbytes(w, tx->out[i].script, tx->out[i].script_len);
	}
}

void
wr_tx_stripped(struct wr *w, const struct tx *tx)
{
	wr_i32(w, tx->version);
	wr_inputs_outputs(w, tx);
	wr_u32(w, tx->locktime);
}

void
wr_tx(struct wr *w, const struct tx *tx)
{
	if (!has_witness(tx)) {
		wr_tx_stripped(w, tx);
		return;
	}
	wr_i32(w, tx->version);
	wr_u8(w, 0);
	wr_u8(w, WITNESS_FLAG);
	wr_inputs_outputs(w, tx);
	for (size_t i = 0; i < tx->in_n; i++) {
		const struct txin *in = &tx->in[i];

		wr_compactsize(w, in->witness_n);
		for (size_t k = 0; k < in->witness_n; k++)
			wr_varbytes(w, in->witness[k].bytes, in->witness[k].len);
	}
	wr_u32(w, tx->locktime);
}

void
txin_clear_witness(struct txin *in)
{
	for (size_t k = 0; k < in->witness_n; k++)
		free(in->witness[k].bytes);
	free(in->witness);
	in->witness = NULL;
	in->witness_n = 0;
}

void
tx_clear(struct tx *tx)
{
	for (size_t i = 0; i < tx->in_n; i++) {
		txin_clear_witness(&tx->in[i]);
		free(tx->in[i].script_sig);
	}
	for (size_t i = 0; i < tx->out_n; i++)
		free(tx->out[i].script);
	free(tx->in);
	free(tx->out);
	*tx = (struct tx){ 0 };
}

struct tx
tx_copy(const struct tx *tx)
{
	struct tx copy = { .version = tx->version, .locktime = tx->locktime };

	for (size_t i = 0; i < tx->in_n; i++) {
		const struct txin *in = &tx->in[i];

		tx_add_in(&copy, &in->prevout, in->sequence);
		copy.in[i].script_sig = dup_or_null(in->script_sig, in->script_sig_len);
		copy.in[i].script_sig_len = in->script_sig_len;
		for (size_t k = 0; k < in->witness_n; k++)
			txin_add_witness(&copy.in[i], in->witness[k].bytes, in->witness[k].len);
	}
	for (size_t i = 0; i < tx->out_n; i++)
		tx_add_out(&copy, tx->out[i].value, tx->out[i].script, tx->out[i].script_len);
	return copy;
}

/* Room for one more item in a list of n: its memory doubles when n reaches a power of two. */
static void *
grown(void *list, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return list;
	return mem_resize(list, n == 0 ? 1 : 2 * n, size);
}

void
tx_add_in(struct tx *tx, const struct outpoint *prevout, uint32_t sequence)
{
	tx->in = grown(tx->in, tx->in_n, sizeof(*tx->in));
	tx->in[tx->in_n++] = (struct txin){ .prevout = *prevout, .sequence = sequence };
}

void
tx_add_out(struct tx *tx, uint64_t value, const void *script, size_t script_len)
{
	uint8_t *copy = dup_or_null(script, script_len);

	tx->out = grown(tx->out, tx->out_n, sizeof(*tx->out));
	tx->out[tx->out_n++] = (struct txout){ .value = value, .script = copy, .script_len = script_len };
}

void
txin_add_witness(struct txin *in, const void *bytes, size_t len)
{
	uint8_t *copy = dup_or_null(bytes, len);

	in->witness = grown(in->witness, in->witness_n, sizeof(*in->witness));
	in->witness[in->witness_n++] = (struct witness_item){ .bytes = copy, .len = len };
}

void
tx_txid(struct hash256 *out, const struct tx *tx)
{
	struct wr w = { 0 };

	wr_tx_stripped(&w, tx);
	sha256d(out, w.p, w.len);
	wr_clear(&w);
}

void
tx_wtxid(struct hash256 *out, const struct tx *tx)
{
	struct wr w = { 0 };

	wr_tx(&w, tx);
	sha256d(out, w.p, w.len);
	wr_clear(&w);
}

static size_t
varbytes_size(size_t len)
{
	return compactsize_len(len) + len;
}

size_t
tx_stripped_size(const struct tx *tx)
{
	size_t n = 4 + compactsize_len(tx->in_n) + compactsize_len(tx->out_n) + 4;

	for (size_t i = 0; i < tx->in_n; i++)
		n += 36 + varbytes_size(tx->in[i].script_sig_len) + 4;
	for (size_t i = 0; i < tx->out_n; i++)
		n += 8 + varbytes_size(tx->out[i].script_len);
	return n;
}

/* Marker, flag and stacks; 0 when there is none. */
static size_t
witness_size(const struct tx *tx)
{
	size_t n = 2;

	if (!has_witness(tx))
		return 0;
	for (size_t i = 0; i < tx->in_n; i++) {
		n += compactsize_len(tx->in[i].witness_n);
		for (size_t k = 0; k < tx->in[i].witness_n; k++)
			n += varbytes_size(tx->in[i].witness[k].len);
	}
	return n;
}

size_t
tx_weight(const struct tx *tx)
{
	return tx_stripped_size(tx) * WITNESS_SCALE + witness_size(tx);
}

size_t
tx_vsize(const struct tx *tx)
{
	return (tx_weight(tx) + WITNESS_SCALE - 1) / WITNESS_SCALE;
}

static bool
outpoint_is_null(const struct outpoint *o)
{
	return o->index == UINT32_MAX && hash256_is_zero(&o->txid);
}

bool
tx_is_coinbase(const struct tx *tx)
{
	return tx->in_n == 1 && outpoint_is_null(&tx->in[0].prevout);
}

static int
outpoint_cmp_indirect(const void *a, const void *b)
{
	const struct outpoint *const *x = a, *const *y = b;

	return outpoint_cmp(*x, *y);
}

static bool
spends_twice(const struct tx *tx)
{
	const struct outpoint **sorted = mem_new(tx->in_n, sizeof(*sorted));
	bool twice = false;

	for (size_t i = 0; i < tx->in_n; i++)
		sorted[i] = &tx->in[i].prevout;
	qsort(sorted, tx->in_n, sizeof(*sorted), outpoint_cmp_indirect);
	for (size_t i = 1; i < tx->in_n && !twice; i++)
		twice = outpoint_eq(sorted[i - 1], sorted[i]);
	free(sorted);
	return twice;
}

static const char *
check_outputs(const struct tx *tx)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < tx->out_n; i++) {
		if (tx->out[i].value > INT64_MAX)
			return "bad-txns-vout-negative"; /* the field is signed on the wire */
		if (tx->out[i].value > COIN_MAX)
			return "bad-txns-vout-toolarge";
		sum += tx->out[i].value; /* both at most COIN_MAX: far from wrapping */
		if (sum > COIN_MAX)
			return "bad-txns-txouttotal-toolarge";
	}
	return NULL;
}

const char *
tx_check(const struct tx *tx)
{
	const char *why;

	if (tx->in_n == 0)
		return "bad-txns-vin-empty";
	if (tx->out_n == 0)
		return "bad-txns-vout-empty";
	if (tx_stripped_size(tx) * WITNESS_SCALE > TX_BYTES_MAX) /* the weight of a whole block */
		return "bad-txns-oversize";
	why = check_outputs(tx);
	if (why != NULL)
		return why;
	if (spends_twice(tx))
		return "bad-txns-inputs-duplicate";
	if (tx_is_coinbase(tx)) {
		size_t len = tx->in[0].script_sig_len;

		return len < COINBASE_SCRIPT_MIN || len > COINBASE_SCRIPT_MAX ? "bad-cb-length" : NULL;
	}
	for (size_t i = 0; i < tx->in_n; i++) {
		if (outpoint_is_null(&tx->in[i].prevout))
			return "bad-txns-prevout-null";
	}
	return NULL;
}
