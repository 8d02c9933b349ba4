#include "chain/address.h"

#include <string.h>

#include "chain/base58.h"
#include "chain/bech32.h"

#define HASH_LEN 20
#define PROGRAM_MIN 2
#define PROGRAM_MAX 40
#define VERSION_MAX 16
#define V0_KEY_HASH 20
#define V0_SCRIPT_HASH 32

static uint8_t
version_opcode(uint8_t version)
{
	return version == 0 ? OP_0 : (uint8_t)(OP_1 + version - 1);
}

/* The witness program of a text that is bech32 of some kind: BIP350, "Addresses for segregated witness outputs". */
static bool
witness_script(uint8_t script[ADDRESS_SCRIPT_MAX], size_t *len, const uint8_t *data, size_t n, enum bech32_kind kind)
{
	uint8_t program[BECH32_DATA_MAX];
	size_t program_len;

	if (n < 1 || data[0] > VERSION_MAX || kind != (data[0] == 0 ? BECH32 : BECH32M))
		return false;
	if (!bits_regroup(program, &program_len, 8, data + 1, n - 1, 5, false) || program_len < PROGRAM_MIN || program_len > PROGRAM_MAX)
		return false;
	if (data[0] == 0 && program_len != V0_KEY_HASH && program_len != V0_SCRIPT_HASH)
		return false;
	script[0] = version_opcode(data[0]);
	script[1] = (uint8_t)program_len;
	memcpy(script + 2, program, program_len);
	*len = program_len + 2;
	return true;
}

static enum address_verdict
decode_bech32(uint8_t script[ADDRESS_SCRIPT_MAX], size_t *len, const struct chain_params *p, const char *hrp,
	      const uint8_t *data, size_t n, enum bech32_kind kind)
{
	uint8_t other[ADDRESS_SCRIPT_MAX];
	size_t other_len;

	if (strcmp(hrp, p->bech32_hrp) == 0)
		return witness_script(script, len, data, n, kind) ? ADDRESS_OK : ADDRESS_BAD_PROGRAM;
	return witness_script(other, &other_len, data, n, kind) ? ADDRESS_WRONG_NETWORK : ADDRESS_MALFORMED;
}

static enum address_verdict
decode_base58(uint8_t script[ADDRESS_SCRIPT_MAX], size_t *len, const struct chain_params *p, const uint8_t *payload, size_t n)
{
	static const uint8_t to_key_hash[] = { OP_DUP, OP_HASH160, HASH_LEN }, check_key[] = { OP_EQUALVERIFY, OP_CHECKSIG };
	static const uint8_t to_script_hash[] = { OP_HASH160, HASH_LEN }, check_script[] = { OP_EQUAL };

	if (n != 1 + HASH_LEN)
		return ADDRESS_MALFORMED; /* a key, perhaps */
	if (payload[0] == p->p2pkh_prefix) {
		memcpy(script, to_key_hash, sizeof(to_key_hash));
		memcpy(script + sizeof(to_key_hash), payload + 1, HASH_LEN);
		memcpy(script + sizeof(to_key_hash) + HASH_LEN, check_key, sizeof(check_key));
		*len = sizeof(to_key_hash) + HASH_LEN + sizeof(check_key);
		return ADDRESS_OK;
	}
	if (payload[0] == p->p2sh_prefix) {
		memcpy(script, to_script_hash, sizeof(to_script_hash));
		memcpy(script + sizeof(to_script_hash), payload + 1, HASH_LEN);
		memcpy(script + sizeof(to_script_hash) + HASH_LEN, check_script, sizeof(check_script));
		*len = sizeof(to_script_hash) + HASH_LEN + sizeof(check_script);
		return ADDRESS_OK;
	}
	return ADDRESS_WRONG_NETWORK;
}

enum address_verdict
address_decode(uint8_t script[ADDRESS_SCRIPT_MAX], size_t *len, const struct chain_params *p, const char *text)
{
	char hrp[84];
	uint8_t data[BECH32_DATA_MAX], payload[BASE58_PAYLOAD_MAX];
	enum bech32_kind kind;
	size_t n;

	if (bech32_decode(hrp, data, &n, &kind, text))
		return decode_bech32(script, len, p, hrp, data, n, kind);
	switch (base58check_decode(payload, &n, text)) {
	case BASE58_OK:
		return decode_base58(script, len, p, payload, n);
	case BASE58_BAD_CHECKSUM:
		return ADDRESS_BAD_CHECKSUM;
	case BASE58_MALFORMED:
		break;
	}
	return bech32_looks_right(text) ? ADDRESS_BAD_CHECKSUM : ADDRESS_MALFORMED;
}

static void
encode_base58(char out[ADDRESS_TEXT_LEN], uint8_t prefix, const uint8_t *hash)
{
	uint8_t payload[1 + HASH_LEN];

	payload[0] = prefix;
	memcpy(payload + 1, hash, HASH_LEN);
	base58check_encode(out, payload, sizeof(payload));
}

static bool
encode_witness(char out[ADDRESS_TEXT_LEN], const struct chain_params *p, uint8_t opcode, const uint8_t *program, size_t len)
{
	uint8_t data[1 + (PROGRAM_MAX * 8 + 4) / 5];
	size_t n;

	data[0] = opcode == OP_0 ? 0 : (uint8_t)(opcode - OP_1 + 1);
	return bits_regroup(data + 1, &n, 5, program, len, 8, true) &&
	       bech32_encode(out, p->bech32_hrp, data, n + 1, data[0] == 0 ? BECH32 : BECH32M);
}

bool
address_encode(char out[ADDRESS_TEXT_LEN], const struct chain_params *p, const uint8_t *script, size_t len)
{
	const uint8_t *program;
	size_t n;

	switch (script_classify(&program, &n, script, len)) {
	case SCRIPT_P2PKH:
		encode_base58(out, p->p2pkh_prefix, program);
		return true;
	case SCRIPT_P2SH:
		encode_base58(out, p->p2sh_prefix, program);
		return true;
	case SCRIPT_P2WPKH:
	case SCRIPT_P2WSH:
	case SCRIPT_P2TR:
	case SCRIPT_WITNESS_UNKNOWN:
		return encode_witness(out, p, script[0], program, n);
	case SCRIPT_NONSTANDARD:
	case SCRIPT_OP_RETURN:
		break;
	}
	return false;
}

const char *
address_verdict_text(enum address_verdict v)
{
	switch (v) {
	case ADDRESS_OK:
		return "the address is good";
	case ADDRESS_MALFORMED:
		return "this is not an address; copy it again from where it came";
	case ADDRESS_BAD_CHECKSUM:
		return "the address has a mistake in it (its checksum does not fit); copy it again instead of typing it";
	case ADDRESS_WRONG_NETWORK:
		return "this is an address of another network; ask the recipient for one of this network";
	case ADDRESS_BAD_PROGRAM:
		return "the address stands for an output that the network does not know; ask the recipient for another one";
	}
	return "unknown";
}
