/* Forms of the peg's operations (bridge/peg/ops.h). */
#include "bridge/op_json_parts.h"

#include <stdlib.h>

#include "bridge/peg/ops.h"
#include "bridge/rpc.h"
#include "chain/txproof.h"

#define SIG_LEN sizeof(struct schnorr_sig)

#define EPOCH FIELD("epoch", FIELD_U32)
#define ACCOUNT FIELD("account", FIELD_ACCOUNT)
#define ASSET FIELD("asset", FIELD_ASSET)
#define RECLAIM FIELD("reclaim_key", FIELD_HASH)
#define NONCE FIELD("nonce", FIELD_U64)
#define TERMS EPOCH, ACCOUNT, ASSET, RECLAIM, NONCE

/* Shown by their number, the first and the last; taken as hex. */
static void
show_headers(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	struct header first, last;
	struct hash256 hash;
	struct op_headers o;

	if (!op_headers_decode(&o, r->p, r->left) || !header_decode(&first, o.bytes, HEADER_LEN) ||
	    !header_decode(&last, o.bytes + (o.n - 1) * HEADER_LEN, HEADER_LEN)) {
		rd_fail(r);
		return;
	}
	put_number(f, field->name, o.n);
	header_hash(&hash, &first);
	json_object_set_new(f->o, "first", json_display_hash(&hash));
	header_hash(&hash, &last);
	json_object_set_new(f->o, "last", json_display_hash(&hash));
	(void)rd_take(r, r->left);
}

/* Hex of the bytes up to the end. */
static bool
take_rest(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t len;
	uint8_t *bytes = s != NULL ? hex_decode_new(&len, s, TRANSACTION_BYTES_MAX) : NULL;

	if (bytes == NULL)
		return op_fault(m, "%s must be hex of its bytes", field->name);
	wr_bytes(w, bytes, len);
	free(bytes);
	return true;
}

/* What the proof proves: a transaction and its block. */
static void
show_proof(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	struct txproof p;
	struct hash256 txid;
	size_t len = r->left;

	if (!txproof_decode(&p, r->p, r->left)) {
		put_hex(f, field->name, r->p, len);
	} else {
		tx_txid(&txid, &p.tx);
		json_object_set_new(f->o, field->name,
				    json_pack("{sosososisi}", "txid", json_display_hash(&txid), "block", json_display_hash(&p.block),
					      "index", json_integer(p.index), "depth", (int)p.depth, "bytes", (int)len));
		txproof_clear(&p);
	}
	(void)rd_take(r, len);
}

/* One signature for each input of the plan. */
static void
show_signatures(struct op_fields *f, const struct op_field *field, struct rd *r)
{
	size_t n = r->left / SIG_LEN;
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const uint8_t *sig = rd_take(r, SIG_LEN);

		json_array_append_new(list, json_hex(sig, SIG_LEN));
	}
	if (n == 0)
		rd_fail(r);
	json_object_set_new(f->o, field->name, list);
}

static bool
take_signatures(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	uint8_t sig[SIG_LEN];
	size_t i;
	json_t *item;

	json_array_foreach(value, i, item) {
		if (!json_is_string(item) || !hex_decode(sig, sizeof(sig), json_string_value(item)))
			return op_fault(m, "%s must be a list of signatures in hex", field->name);
		wr_bytes(w, sig, sizeof(sig));
	}
	return json_array_size(value) > 0 || op_fault(m, "%s must be a list of signatures in hex", field->name);
}

#define PROOF FIELD("proof", FIELD_CUSTOM, .show = show_proof, .take = take_rest)

static const struct op_field mark[] = {
	EPOCH,
	FIELD("member", FIELD_U8),
	FIELD("counter", FIELD_U64),
	FIELD("signature", FIELD_BYTES, .max = SIG_LEN),
};
#define MARK FIELD("mark", FIELD_GROUP, FIELD_OF(mark))

static const struct op_field headers[] = { FIELD("headers", FIELD_CUSTOM, .show = show_headers, .take = take_rest) };
static const struct op_field deposit[] = { TERMS, FIELD("output", FIELD_U32), PROOF };
static const struct op_field intent[] = { TERMS, MARK };
static const struct op_field intent_paid[] = { TERMS };
static const struct op_field payout[] = {
	FIELD("units", FIELD_UNITS),
	FIELD("max_fee", FIELD_UNITS),
	FIELD("script", FIELD_BLOB, .min = 0, .max = PEG_SCRIPT_MAX),
};
static const struct op_field cancel[] = { FIELD("payout", FIELD_U64) };
static const struct op_field feerate[] = { FIELD("rate", FIELD_U32), MARK };
static const struct op_field sign[] = {
	FIELD("plan", FIELD_U64),
	FIELD("version", FIELD_U32),
	FIELD("member", FIELD_U8),
	FIELD("signatures", FIELD_CUSTOM, .show = show_signatures, .take = take_signatures),
};
static const struct op_field confirm[] = { FIELD("plan", FIELD_U64), PROOF };
static const struct op_field spent[] = {
	FIELD("outpoint_txid", FIELD_TXID),
	FIELD("outpoint_index", FIELD_U32),
	FIELD("parent", FIELD_BLOB, .optional = true, .max = TXPROOF_BYTES_MAX),
	PROOF,
};
static const struct op_field donate[] = { EPOCH, FIELD("output", FIELD_U32), PROOF };
static const struct op_field pause_vote[] = { MARK };

const struct op_form op_peg_forms[] = {
	OP_FORM(PEG_HEADERS, headers),
	OP_FORM(PEG_DEPOSIT, deposit),
	OP_FORM(PEG_INTENT, intent),
	OP_FORM(PEG_INTENT_PAID, intent_paid),
	OP_FORM(PEG_PAYOUT, payout),
	OP_FORM(PEG_CANCEL, cancel),
	OP_FORM(PEG_FEERATE, feerate),
	OP_FORM(PEG_SIGN, sign),
	OP_FORM(PEG_CONFIRM, confirm),
	OP_FORM(PEG_SETTLE, confirm),
	OP_FORM(PEG_SPENT, spent),
	OP_FORM(PEG_DONATE, donate),
	OP_FORM(PEG_PAUSE, pause_vote),
	OP_FORMS_END,
};
