#ifndef TALLY_CHAIN_SCRIPT_H
#define TALLY_CHAIN_SCRIPT_H
/* Scripts: the opcodes we use, pushes, and the standard output types. */
#include "base/bytes.h"
#include "chain/key.h"

#define SCRIPT_BYTES_MAX 10000 /* a longer one can never be spent */
#define MULTISIG_KEYS_MAX 20

enum opcode {
	OP_0 = 0x00,
	OP_PUSHDATA1 = 0x4c,
	OP_PUSHDATA2 = 0x4d,
	OP_PUSHDATA4 = 0x4e,
	OP_1NEGATE = 0x4f,
	OP_1 = 0x51,
	OP_16 = 0x60,
	OP_RETURN = 0x6a,
	OP_DROP = 0x75,
	OP_DUP = 0x76,
	OP_EQUAL = 0x87,
	OP_EQUALVERIFY = 0x88,
	OP_NUMEQUAL = 0x9c,
	OP_NUMEQUALVERIFY = 0x9d,
	OP_VERIFY = 0x69,
	OP_HASH160 = 0xa9,
	OP_CHECKSIG = 0xac,
	OP_CHECKSIGVERIFY = 0xad,
	OP_CHECKMULTISIG = 0xae,
	OP_CHECKMULTISIGVERIFY = 0xaf,
	OP_CHECKSEQUENCEVERIFY = 0xb2,
	OP_CHECKSIGADD = 0xba,
};

/* Minimal pushes (BIP62 rules 3 and 4; MINIMALIF and MINIMALDATA policy). */
void wr_push(struct wr *w, const void *bytes, size_t len);
void wr_push_number(struct wr *w, int64_t v);

/* One step through a script: false at its end, or when a push runs past it (the reader is bad then). */
struct script_op {
	uint8_t opcode;
	const uint8_t *data; /* what is pushed, borrowed; NULL for an opcode without data, OP_1NEGATE and OP_1..OP_16 among them */
	size_t len;
};
MUST_USE bool script_next(struct rd *script, struct script_op *out);

enum script_type {
	SCRIPT_NONSTANDARD,
	SCRIPT_P2PKH,
	SCRIPT_P2SH,
	SCRIPT_P2WPKH,
	SCRIPT_P2WSH,
	SCRIPT_P2TR,
	SCRIPT_WITNESS_UNKNOWN, /* a witness program of a version or length without rules yet; version 0 is never one */
	SCRIPT_OP_RETURN,       /* begins with OP_RETURN, whatever follows: it can never be spent */
};

/* Classify an output script. *program and *len (may be NULL) get the hash or key inside, borrowed. */
enum script_type script_classify(const uint8_t **program, size_t *program_len, const uint8_t *script, size_t len);

/* Signature operations as blocks have counted them since ever: each CHECKMULTISIG is 20; up to the first push that runs past the end. */
size_t script_sigops(const uint8_t *script, size_t len);

/* OP_1 and the 32-byte output key. */
void script_p2tr(uint8_t out[34], const struct xonly_key *output_key);

/* Smallest value in satoshi that relays at 3000 sat/kvB (Bitcoin Core's GetDustThreshold); 0 for what can never be spent. */
uint64_t script_dust_limit(const uint8_t *script, size_t len);

#endif
