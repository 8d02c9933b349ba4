#include "chain/script.h"

#include <string.h>

#define DIRECT_PUSH_MAX 75
#define WITNESS_PROGRAM_MIN 2
#define WITNESS_PROGRAM_MAX 40

/* What it takes to spend an output, in virtual bytes: outpoint, script length, a key and a signature, sequence. */
#define SPEND_SIZE (32 + 4 + 1 + 107 + 4)
#define SPEND_SIZE_WITNESS (32 + 4 + 1 + 107 / 4 + 4)
#define DUST_RATE 3 /* satoshi for a virtual byte */

static void
wr_push_prefix(struct wr *w, size_t len)
{
	if (len <= DIRECT_PUSH_MAX) {
		wr_u8(w, (uint8_t)len);
	} else if (len <= 0xff) {
		wr_u8(w, OP_PUSHDATA1);
		wr_u8(w, (uint8_t)len);
	} else if (len <= 0xffff) {
		wr_u8(w, OP_PUSHDATA2);
		wr_u16(w, (uint16_t)len);
	} else {
		wr_u8(w, OP_PUSHDATA4);
		wr_u32(w, (uint32_t)len);
	}
}

void
wr_push(struct wr *w, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	if (len == 1 && p[0] >= 1 && p[0] <= 16) {
		wr_u8(w, (uint8_t)(OP_1 + p[0] - 1));
	} else if (len == 1 && p[0] == 0x81) {
		wr_u8(w, OP_1NEGATE);
	} else {
		wr_push_bytes(w, bytes, len);
	}
}

void
wr_push_bytes(struct wr *w, const void *bytes, size_t len)
{
	wr_push_prefix(w, len);
	wr_bytes(w, bytes, len);
}

size_t
script_number_encode(uint8_t out[SCRIPT_NUMBER_MAX], int64_t v)
{
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	size_t n = 0;

	for (; rest != 0; rest >>= 8)
		out[n++] = (uint8_t)rest;
	if (n != 0 && (out[n - 1] & 0x80) != 0)
		out[n++] = 0;
	if (v < 0)
		out[n - 1] |= 0x80;
	return n;
}

bool
script_number_decode(int64_t *out, const uint8_t *bytes, size_t len, size_t max)
{
	uint64_t v = 0;

	if (len > max || len > sizeof(v))
		return false;
	for (size_t i = 0; i < len; i++)
		v |= (uint64_t)(i + 1 < len ? bytes[i] : bytes[i] & 0x7f) << (8 * i);
	*out = len > 0 && (bytes[len - 1] & 0x80) != 0 ? -(int64_t)v : (int64_t)v;
	return true;
}

void
wr_push_number(struct wr *w, int64_t v)
{
	uint8_t b[SCRIPT_NUMBER_MAX];
	size_t n = script_number_encode(b, v);

	wr_push(w, b, n);
}

bool
script_next(struct rd *script, struct script_op *out)
{
	*out = (struct script_op){ 0 };
	if (!rd_ok(script) || script->left == 0)
		return false;
	out->opcode = rd_u8(script);
	if (out->opcode > OP_PUSHDATA4)
		return true;
	if (out->opcode <= DIRECT_PUSH_MAX)
		out->len = out->opcode;
	else if (out->opcode == OP_PUSHDATA1)
		out->len = rd_u8(script);
	else if (out->opcode == OP_PUSHDATA2)
		out->len = rd_u16(script);
	else
		out->len = rd_u32(script);
	out->data = rd_take(script, out->len);
	if (out->data == NULL)
		out->len = 0;
	return rd_ok(script);
}

static bool
is_witness_program(const uint8_t *s, size_t len)
{
	if (len < 2 + WITNESS_PROGRAM_MIN || len > 2 + WITNESS_PROGRAM_MAX || s[1] != len - 2)
		return false;
	return s[0] == OP_0 || (s[0] >= OP_1 && s[0] <= OP_16);
}

bool
script_witness_program(uint8_t *version, const uint8_t **program, size_t *program_len, const uint8_t *script, size_t len)
{
	if (!is_witness_program(script, len))
		return false;
	*version = script[0] == OP_0 ? 0 : (uint8_t)(script[0] - OP_1 + 1);
	*program = script + 2;
	*program_len = len - 2;
	return true;
}

static enum script_type
classify_witness_program(uint8_t version_opcode, size_t program_len)
{
	if (version_opcode == OP_0 && program_len == 20)
		return SCRIPT_P2WPKH;
	if (version_opcode == OP_0 && program_len == 32)
		return SCRIPT_P2WSH;
	if (version_opcode == OP_0)
		return SCRIPT_NONSTANDARD; /* BIP141: version 0 of another length fails for ever */
	return version_opcode == OP_1 && program_len == 32 ? SCRIPT_P2TR : SCRIPT_WITNESS_UNKNOWN;
}

static enum script_type
classify(size_t *at, size_t *program_len, const uint8_t *s, size_t len)
{
	if (is_witness_program(s, len)) {
		*at = 2;
		*program_len = len - 2;
		return classify_witness_program(s[0], len - 2);
	}
	if (len == 25 && s[0] == OP_DUP && s[1] == OP_HASH160 && s[2] == 20 && s[23] == OP_EQUALVERIFY && s[24] == OP_CHECKSIG) {
		*at = 3;
		*program_len = 20;
		return SCRIPT_P2PKH;
	}
	if (len == 23 && s[0] == OP_HASH160 && s[1] == 20 && s[22] == OP_EQUAL) {
		*at = 2;
		*program_len = 20;
		return SCRIPT_P2SH;
	}
	return len > 0 && s[0] == OP_RETURN ? SCRIPT_OP_RETURN : SCRIPT_NONSTANDARD;
}

enum script_type
script_classify(const uint8_t **program, size_t *program_len, const uint8_t *script, size_t len)
{
	size_t at = 0, n = 0;
	enum script_type type = classify(&at, &n, script, len);
	bool has_program = n != 0 && type != SCRIPT_NONSTANDARD;

	if (program != NULL)
		*program = has_program ? script + at : NULL;
	if (program_len != NULL)
		*program_len = has_program ? n : 0;
	return type;
}

size_t
script_sigops(const uint8_t *script, size_t len)
{
	struct rd r = rd_init(script, len);
	struct script_op op;
	size_t n = 0;

	while (script_next(&r, &op)) {
		if (op.opcode == OP_CHECKSIG || op.opcode == OP_CHECKSIGVERIFY)
			n++;
		else if (op.opcode == OP_CHECKMULTISIG || op.opcode == OP_CHECKMULTISIGVERIFY)
			n += MULTISIG_KEYS_MAX;
	}
	return n;
}

void
script_p2tr(uint8_t out[34], const struct xonly_key *output_key)
{
	out[0] = OP_1;
	out[1] = 32;
	memcpy(out + 2, output_key->b, 32);
}

uint64_t
script_dust_limit(const uint8_t *script, size_t len)
{
	size_t output = 8 + compactsize_len(len) + len;

	if (len > SCRIPT_BYTES_MAX || (len > 0 && script[0] == OP_RETURN))
		return 0; /* can't be spent: no value is too small for it */
	return (output + (is_witness_program(script, len) ? SPEND_SIZE_WITNESS : SPEND_SIZE)) * (uint64_t)DUST_RATE;
}
