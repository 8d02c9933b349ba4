#include "chain/sighash.h"

#include <assert.h>

#define EPOCH 0
#define EXT_TAPSCRIPT 1 /* ext_flag of BIP342 */
#define KEY_VERSION 0

static void
hash_and_clear(struct hash256 *out, struct wr *w)
{
	sha256(out, w->p, w->len);
	wr_clear(w);
}

static void
wr_txout(struct wr *w, const struct txout *o)
{
	wr_u64(w, o->value);
	wr_varbytes(w, o->script, o->script_len);
}

void
sighash_share(struct sighash_shared *out, const struct tx *tx, const struct txout *spent)
{
	struct wr prevouts = { 0 }, amounts = { 0 }, scripts = { 0 }, sequences = { 0 }, outputs = { 0 };

	for (size_t i = 0; i < tx->in_n; i++) {
		wr_outpoint(&prevouts, &tx->in[i].prevout);
		wr_u64(&amounts, spent[i].value);
		wr_varbytes(&scripts, spent[i].script, spent[i].script_len);
		wr_u32(&sequences, tx->in[i].sequence);
	}
	for (size_t i = 0; i < tx->out_n; i++)
		wr_txout(&outputs, &tx->out[i]);
	hash_and_clear(&out->prevouts, &prevouts);
	hash_and_clear(&out->amounts, &amounts);
	hash_and_clear(&out->scripts, &scripts);
	hash_and_clear(&out->sequences, &sequences);
	hash_and_clear(&out->outputs, &outputs);
}

static bool
hash_type_known(uint8_t t)
{
	return t <= SIGHASH_SINGLE || (t >= (SIGHASH_ANYONECANPAY | SIGHASH_ALL) && t <= (SIGHASH_ANYONECANPAY | SIGHASH_SINGLE));
}

static void
wr_annex(struct wr *w, const uint8_t *annex, size_t len)
{
	struct wr text = { 0 };
	struct hash256 h;

	wr_varbytes(&text, annex, len);
	hash_and_clear(&h, &text);
	wr_hash256(w, &h);
}

static void
wr_single_output(struct wr *w, const struct txout *o)
{
	struct wr text = { 0 };
	struct hash256 h;

	wr_txout(&text, o);
	hash_and_clear(&h, &text);
	wr_hash256(w, &h);
}

/* "Data about this input" of BIP341. */
static void
wr_input(struct wr *w, const struct tx *tx, const struct txout *spent, size_t index, bool anyone)
{
	const struct txin *in = &tx->in[index];

	if (!anyone) {
		wr_u32(w, (uint32_t)index);
		return;
	}
	wr_outpoint(w, &in->prevout);
	wr_txout(w, &spent[index]);
	wr_u32(w, in->sequence);
}

bool
sighash_tapscript(struct hash256 *out, const struct sighash_shared *shared, const struct tx *tx, const struct txout *spent,
		  size_t index, uint8_t hash_type, const struct hash256 *leaf, uint32_t codeseparator, const uint8_t *annex,
		  size_t annex_len)
{
	bool anyone = (hash_type & SIGHASH_ANYONECANPAY) != 0;
	uint8_t outputs = hash_type & 3;
	struct wr w = { 0 };

	assert(index < tx->in_n);
	if (!hash_type_known(hash_type) || (outputs == SIGHASH_SINGLE && index >= tx->out_n))
		return false;
	wr_u8(&w, EPOCH);
	wr_u8(&w, hash_type);
	wr_i32(&w, tx->version);
	wr_u32(&w, tx->locktime);
	if (!anyone) {
		wr_hash256(&w, &shared->prevouts);
		wr_hash256(&w, &shared->amounts);
		wr_hash256(&w, &shared->scripts);
		wr_hash256(&w, &shared->sequences);
	}
	if (outputs != SIGHASH_NONE && outputs != SIGHASH_SINGLE)
		wr_hash256(&w, &shared->outputs);
	wr_u8(&w, (uint8_t)((leaf != NULL ? 2 * EXT_TAPSCRIPT : 0) + (annex != NULL ? 1 : 0)));
	wr_input(&w, tx, spent, index, anyone);
	if (annex != NULL)
		wr_annex(&w, annex, annex_len);
	if (outputs == SIGHASH_SINGLE)
		wr_single_output(&w, &tx->out[index]);
	if (leaf != NULL) {
		wr_hash256(&w, leaf);
		wr_u8(&w, KEY_VERSION);
		wr_u32(&w, codeseparator);
	}
	sha256_tagged(out, "TapSighash", w.p, w.len);
	wr_clear(&w);
	return true;
}

bool
sighash_taproot(struct hash256 *out, const struct sighash_shared *shared, const struct tx *tx, const struct txout *spent,
		size_t index, uint8_t hash_type, const struct hash256 *leaf, const uint8_t *annex, size_t annex_len)
{
	return sighash_tapscript(out, shared, tx, spent, index, hash_type, leaf, CODESEPARATOR_NONE, annex, annex_len);
}
