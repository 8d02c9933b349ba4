#ifndef TALLY_CHAIN_SCRIPT_H
#define TALLY_CHAIN_SCRIPT_H
/* Scripts: opcodes, pushes, numbers, and the standard output types. */
#include "base/bytes.h"
#include "chain/key.h"

#define SCRIPT_BYTES_MAX 10000 /* a longer one can never be spent */
#define MULTISIG_KEYS_MAX 20

/* What a leaf, an output or a program consists of. Opcodes that do nothing but fail have no name. */
enum opcode {
	OP_0 = 0x00,
	OP_PUSHDATA1 = 0x4c,
	OP_PUSHDATA2 = 0x4d,
	OP_PUSHDATA4 = 0x4e,
	OP_1NEGATE = 0x4f,
	OP_RESERVED = 0x50,
	OP_1 = 0x51,
	OP_16 = 0x60,
	OP_NOP = 0x61,
	OP_IF = 0x63,
	OP_NOTIF = 0x64,
	OP_ELSE = 0x67,
	OP_ENDIF = 0x68,
	OP_VERIFY = 0x69,
	OP_RETURN = 0x6a,
	OP_TOALTSTACK = 0x6b,
	OP_FROMALTSTACK = 0x6c,
	OP_2DROP = 0x6d,
	OP_2DUP = 0x6e,
	OP_3DUP = 0x6f,
	OP_2OVER = 0x70,
	OP_2ROT = 0x71,
	OP_2SWAP = 0x72,
	OP_IFDUP = 0x73,
	OP_DEPTH = 0x74,
	OP_DROP = 0x75,
	OP_DUP = 0x76,
	OP_NIP = 0x77,
	OP_OVER = 0x78,
	OP_PICK = 0x79,
	OP_ROLL = 0x7a,
	OP_ROT = 0x7b,
	OP_SWAP = 0x7c,
	OP_TUCK = 0x7d,
	OP_SIZE = 0x82,
	OP_EQUAL = 0x87,
	OP_EQUALVERIFY = 0x88,
	OP_1ADD = 0x8b,
	OP_1SUB = 0x8c,
	OP_NEGATE = 0x8f,
	OP_ABS = 0x90,
	OP_NOT = 0x91,
	OP_0NOTEQUAL = 0x92,
	OP_ADD = 0x93,
	OP_SUB = 0x94,
	OP_BOOLAND = 0x9a,
	OP_BOOLOR = 0x9b,
	OP_NUMEQUAL = 0x9c,
	OP_NUMEQUALVERIFY = 0x9d,
	OP_NUMNOTEQUAL = 0x9e,
	OP_LESSTHAN = 0x9f,
	OP_GREATERTHAN = 0xa0,
	OP_LESSTHANOREQUAL = 0xa1,
	OP_GREATERTHANOREQUAL = 0xa2,
	OP_MIN = 0xa3,
	OP_MAX = 0xa4,
	OP_WITHIN = 0xa5,
	OP_RIPEMD160 = 0xa6,
	OP_SHA1 = 0xa7,
	OP_SHA256 = 0xa8,
	OP_HASH160 = 0xa9,
	OP_HASH256 = 0xaa,
	OP_CODESEPARATOR = 0xab,
	OP_CHECKSIG = 0xac,
	OP_CHECKSIGVERIFY = 0xad,
	OP_CHECKMULTISIG = 0xae,
	OP_CHECKMULTISIGVERIFY = 0xaf,
	OP_NOP1 = 0xb0,
	OP_CHECKLOCKTIMEVERIFY = 0xb1,
	OP_CHECKSEQUENCEVERIFY = 0xb2,
	OP_NOP4 = 0xb3,
	OP_NOP10 = 0xb9,
	OP_CHECKSIGADD = 0xba,
};

/* Minimal pushes (BIP62 rules 3 and 4; MINIMALIF and MINIMALDATA policy). */
void wr_push(struct wr *w, const void *bytes, size_t len);
void wr_push_number(struct wr *w, int64_t v);
/* A push of bytes as they are: numbers get no opcode of their own. */
void wr_push_bytes(struct wr *w, const void *bytes, size_t len);

/* A number as scripts have it: little-endian with a sign bit on top, in as few bytes as hold it; zero is empty. Returns the length. */
#define SCRIPT_NUMBER_MAX 9
size_t script_number_encode(uint8_t out[SCRIPT_NUMBER_MAX], int64_t v);
/* The same back from at most max <= 8 bytes, which need not be the fewest; false for more. */
MUST_USE bool script_number_decode(int64_t *out, const uint8_t *bytes, size_t len, size_t max);

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

/* BIP141: a version opcode, then one direct push of 2 to 40 bytes, then nothing. */
MUST_USE bool script_witness_program(uint8_t *version, const uint8_t **program, size_t *program_len, const uint8_t *script, size_t len);

/* Classify an output script. *program and *len (may be NULL) get the hash or key inside, borrowed. */
enum script_type script_classify(const uint8_t **program, size_t *program_len, const uint8_t *script, size_t len);

/* Signature operations as blocks have counted them since ever: each CHECKMULTISIG is 20; up to the first push that runs past the end. */
size_t script_sigops(const uint8_t *script, size_t len);

/* OP_1 and the 32-byte output key. */
void script_p2tr(uint8_t out[34], const struct xonly_key *output_key);

/* Smallest value in satoshi that relays at 3000 sat/kvB (Bitcoin Core's GetDustThreshold); 0 for what can never be spent. */
uint64_t script_dust_limit(const uint8_t *script, size_t len);

#endif
