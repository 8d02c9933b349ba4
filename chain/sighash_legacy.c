#include <assert.h>

#include "chain/script.h"
#include "chain/sighash.h"

static void
hash_twice_and_clear(struct hash256 *out, struct wr *w)
{
	sha256d(out, w->p, w->len);
	wr_clear(w);
}

static void
wr_txout(struct wr *w, const struct txout *o)
{
	wr_u64(w, o->value);
	wr_varbytes(w, o->script, o->script_len);
}

static bool
signs_all_outputs(int32_t hash_type)
{
	int32_t outputs = hash_type & SIGHASH_OUTPUT_MASK;

	return outputs != SIGHASH_NONE && outputs != SIGHASH_SINGLE;
}

/* --- BIP143 --- */

/* BIP341's hashes are single, BIP143's double: the first half of the work is the same. Zeros where nothing is signed. */
static void
wr_second_hash(struct wr *w, const struct hash256 *once, bool wanted)
{
	struct hash256 twice = { { 0 } };

	if (wanted)
		sha256(&twice, once->b, sizeof(once->b));
	wr_hash256(w, &twice);
}

static void
wr_outputs_v0(struct wr *w, const struct sighash_shared *shared, const struct tx *tx, size_t index, uint8_t hash_type)
{
	bool single = (hash_type & SIGHASH_OUTPUT_MASK) == SIGHASH_SINGLE && index < tx->out_n;
	struct wr text = { 0 };
	struct hash256 h;

	if (!single) {
		wr_second_hash(w, &shared->outputs, signs_all_outputs(hash_type));
		return;
	}
	wr_txout(&text, &tx->out[index]);
	hash_twice_and_clear(&h, &text);
	wr_hash256(w, &h);
}

void
sighash_witness_v0(struct hash256 *out, const struct sighash_shared *shared, const struct tx *tx, size_t index, uint64_t amount,
		   uint8_t hash_type, const uint8_t *code, size_t len)
{
	bool anyone = (hash_type & SIGHASH_ANYONECANPAY) != 0;
	const struct txin *in = &tx->in[index];
	struct wr w = { 0 };

	assert(index < tx->in_n);
	wr_i32(&w, tx->version);
	wr_second_hash(&w, &shared->prevouts, !anyone);
	wr_second_hash(&w, &shared->sequences, !anyone && signs_all_outputs(hash_type));
	wr_outpoint(&w, &in->prevout);
	wr_varbytes(&w, code, len);
	wr_u64(&w, amount);
	wr_u32(&w, in->sequence);
	wr_outputs_v0(&w, shared, tx, index, hash_type);
	wr_u32(&w, tx->locktime);
	wr_u32(&w, hash_type);
	hash_twice_and_clear(out, &w);
}

/* --- Before --- */

/* The code without its OP_CODESEPARATORs; what follows a push that runs out stays as it is. */
static void
wr_code(struct wr *w, const uint8_t *code, size_t len)
{
	struct rd r = rd_init(code, len);
	const uint8_t *from = code;
	struct wr kept = { 0 };
	struct script_op op;

	while (script_next(&r, &op)) {
		if (op.opcode != OP_CODESEPARATOR)
			continue;
		wr_bytes(&kept, from, (size_t)(r.p - from) - 1);
		from = r.p;
	}
	wr_bytes(&kept, from, len - (size_t)(from - code));
	wr_varbytes(w, kept.p, kept.len);
	wr_clear(&kept);
}

static void
wr_inputs(struct wr *w, const struct tx *tx, size_t index, int32_t hash_type, const uint8_t *code, size_t len)
{
	bool anyone = (hash_type & SIGHASH_ANYONECANPAY) != 0;

	wr_compactsize(w, anyone ? 1 : tx->in_n);
	for (size_t i = anyone ? index : 0; i < (anyone ? index + 1 : tx->in_n); i++) {
		wr_outpoint(w, &tx->in[i].prevout);
		if (i == index)
			wr_code(w, code, len);
		else
			wr_varbytes(w, NULL, 0);
		wr_u32(w, i == index || signs_all_outputs(hash_type) ? tx->in[i].sequence : 0);
	}
}

/* SINGLE signs the output of the input's number and blanks those before it. */
static void
wr_outputs(struct wr *w, const struct tx *tx, size_t index, int32_t hash_type)
{
	static const struct txout blank = { .value = UINT64_MAX };
	bool single = (hash_type & SIGHASH_OUTPUT_MASK) == SIGHASH_SINGLE;
	size_t n = single ? index + 1 : signs_all_outputs(hash_type) ? tx->out_n : 0;

	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++)
		wr_txout(w, single && i != index ? &blank : &tx->out[i]);
}

void
sighash_legacy(struct hash256 *out, const struct tx *tx, size_t index, int32_t hash_type, const uint8_t *code, size_t len)
{
	struct wr w = { 0 };

	assert(index < tx->in_n);
	/* The first client's answer when there is no such output: the number 1, which became consensus. */
	if ((hash_type & SIGHASH_OUTPUT_MASK) == SIGHASH_SINGLE && index >= tx->out_n) {
		*out = (struct hash256){ { 1 } };
		return;
	}
	wr_i32(&w, tx->version);
	wr_inputs(&w, tx, index, hash_type, code, len);
	wr_outputs(&w, tx, index, hash_type);
	wr_u32(&w, tx->locktime);
	wr_i32(&w, hash_type);
	hash_twice_and_clear(out, &w);
}
