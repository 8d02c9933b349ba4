/* Signatures of validators: proofs of possession, and proofs that one signed twice. */
#include <string.h>

#include "base/ed25519.h"
#include "chain/key.h"
#include "token/ledger.h"
#include "token/validator_parts.h"

bool
validator_key_usable(enum validators_engine e, const struct validator_key *key)
{
	struct ed25519_key ed;
	struct xonly_key x;

	switch (e) {
	case ENGINE_SOLO:
		memcpy(x.b, key->b, sizeof(x.b));
		return xonly_valid(&x);
	case ENGINE_COMETBFT:
		memcpy(ed.b, key->b, sizeof(ed.b));
		return ed25519_key_valid(&ed);
	}
	return false;
}

static bool
signed_bytes(enum validators_engine e, const struct validator_key *key, const struct validator_sig *sig, const void *bytes, size_t len)
{
	struct ed25519_key ed;
	struct ed25519_sig ed_sig;
	struct schnorr_sig schnorr;
	struct xonly_key x;

	switch (e) {
	case ENGINE_SOLO:
		memcpy(x.b, key->b, sizeof(x.b));
		memcpy(schnorr.b, sig->b, sizeof(schnorr.b));
		return schnorr_verify_var(&schnorr, &x, bytes, len);
	case ENGINE_COMETBFT:
		memcpy(ed.b, key->b, sizeof(ed.b));
		memcpy(ed_sig.b, sig->b, sizeof(ed_sig.b));
		return ed25519_verify(&ed_sig, &ed, bytes, len);
	}
	return false;
}

bool
validator_signed(enum validators_engine e, const struct validator_key *key, const struct validator_sig *sig, const struct hash256 *hash)
{
	return signed_bytes(e, key, sig, hash->b, sizeof(hash->b));
}

void
validator_proof_hash(struct hash256 *out, const struct hash256 *genesis_id, const struct account *owner, const struct validator_key *key)
{
	struct wr w = { 0 };

	wr_hash256(&w, genesis_id);
	wr_account(&w, owner);
	wr_validator_key(&w, key);
	sha256_tagged(out, "tally/validator", w.p, w.len);
	wr_clear(&w);
}

/* ---- CometBFT's CanonicalVote, in protobuf: zero fields left out, but the timestamp and the parts' header always there ---- */

static void
wr_varint(struct wr *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		wr_u8(w, (uint8_t)(v | 0x80));
	wr_u8(w, (uint8_t)v);
}

static void
wr_field_varint(struct wr *w, uint8_t tag, uint64_t v)
{
	if (v == 0)
		return;
	wr_u8(w, tag);
	wr_varint(w, v);
}

static void
wr_field_fixed64(struct wr *w, uint8_t tag, uint64_t v)
{
	if (v == 0)
		return;
	wr_u8(w, tag);
	wr_u64(w, v);
}

static void
wr_field_bytes(struct wr *w, uint8_t tag, const void *bytes, size_t len)
{
	wr_u8(w, tag);
	wr_varint(w, len);
	wr_bytes(w, bytes, len);
}

static void
wr_block_id(struct wr *w, const struct evidence_block *b)
{
	struct wr id = { 0 }, parts = { 0 };

	if (b->nil)
		return;
	wr_field_bytes(&id, 0x0a, b->hash.b, sizeof(b->hash.b));
	wr_field_varint(&parts, 0x08, b->parts);
	wr_field_bytes(&parts, 0x12, b->parts_hash.b, sizeof(b->parts_hash.b));
	wr_field_bytes(&id, 0x12, parts.p, parts.len);
	wr_field_bytes(w, 0x22, id.p, id.len);
	wr_clear(&id);
	wr_clear(&parts);
}

void
evidence_sign_bytes(struct wr *w, const struct op_evidence *e, int which, const char *chain_id)
{
	const struct evidence_cast *c = &e->cast[which];
	struct wr vote = { 0 }, time = { 0 };

	wr_field_varint(&vote, 0x08, (uint64_t)e->vote);
	wr_field_fixed64(&vote, 0x11, e->height);
	wr_field_fixed64(&vote, 0x19, e->round);
	wr_block_id(&vote, &c->block);
	wr_field_varint(&time, 0x08, (uint64_t)c->seconds);
	wr_field_varint(&time, 0x10, c->nanos);
	wr_field_bytes(&vote, 0x2a, time.p, time.len);
	wr_field_bytes(&vote, 0x32, chain_id, strlen(chain_id));
	wr_varint(w, vote.len);
	wr_bytes(w, vote.p, vote.len);
	wr_clear(&vote);
	wr_clear(&time);
}

static const char *
check_votes(uint64_t *height, const struct validators_params *p, const struct op_evidence *e)
{
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		struct wr bytes = { 0 };

		evidence_sign_bytes(&bytes, e, i, p->chain_id);
		ok = ok && signed_bytes(p->engine, &e->key, &e->cast[i].sig, bytes.p, bytes.len);
		wr_clear(&bytes);
	}
	*height = e->height;
	return ok ? NULL : "BAD_EVIDENCE_SIGNATURE";
}

/* Two blocks of one height on top of the same one: a header names no chain, but its predecessor does. */
static const char *
check_seals(uint64_t *height, const struct validators_params *p, const struct op_evidence *e)
{
	struct ledger_block block[2];
	struct hash256 hash;

	for (int i = 0; i < 2; i++) {
		struct rd r = rd_init(e->header[i], sizeof(e->header[i]));

		rd_ledger_block(&r, &block[i]);
		if (!rd_done(&r))
			return "WRONG_EVIDENCE";
	}
	if (block[0].height != block[1].height || !hash256_eq(&block[0].previous, &block[1].previous))
		return "WRONG_EVIDENCE";
	*height = block[0].height;
	for (int i = 0; i < 2; i++) {
		ledger_block_hash(&hash, &block[i]);
		if (!validator_signed(p->engine, &e->key, &e->seal[i], &hash))
			return "BAD_EVIDENCE_SIGNATURE";
	}
	return NULL;
}

const char *
evidence_check(uint64_t *height, const struct validators_params *p, const struct op_evidence *e)
{
	*height = 0;
	if ((p->engine == ENGINE_COMETBFT) != (e->kind == EVIDENCE_VOTES))
		return "WRONG_EVIDENCE";
	switch (e->kind) {
	case EVIDENCE_VOTES:
		return check_votes(height, p, e);
	case EVIDENCE_SEALS:
		return check_seals(height, p, e);
	}
	return "WRONG_EVIDENCE";
}
