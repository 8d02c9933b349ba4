#ifndef TALLY_CHAIN_SIGHASH_H
#define TALLY_CHAIN_SIGHASH_H
/* What a signature of an input signs: taproot (BIP341; BIP342 ext_flag 1), witness version 0 (BIP143), and before. */
#include "chain/tx.h"

#define SIGHASH_DEFAULT 0x00
#define SIGHASH_ALL 0x01
#define SIGHASH_NONE 0x02
#define SIGHASH_SINGLE 0x03
#define SIGHASH_ANYONECANPAY 0x80

#define SIGHASH_OUTPUT_MASK 0x1f /* of the older kinds: which outputs; other bits than this and ANYONECANPAY are signed, and ignored */
#define CODESEPARATOR_NONE 0xffffffffu

/* The five hashes that all inputs of a transaction share; make them once. */
struct sighash_shared {
	struct hash256 prevouts, amounts, scripts, sequences, outputs;
};

/* spent[i] is the output that input i spends: in_n of them, borrowed. */
void sighash_share(struct sighash_shared *out, const struct tx *tx, const struct txout *spent);

/* Message for input `index` (below in_n). leaf: tapleaf hash for a script path (codeseparator position 0xffffffff), NULL for the key path.
 * annex NULL for none (else its bytes with the 0x50 prefix). False for a hash type that BIP341 does not know, or SINGLE without a matching
 * output. */
MUST_USE bool sighash_taproot(struct hash256 *out, const struct sighash_shared *shared, const struct tx *tx, const struct txout *spent,
			      size_t index, uint8_t hash_type, const struct hash256 *leaf, const uint8_t *annex, size_t annex_len);

/* The same for a script path whose last executed OP_CODESEPARATOR was opcode number `codeseparator` (CODESEPARATOR_NONE: there was none). */
MUST_USE bool sighash_tapscript(struct hash256 *out, const struct sighash_shared *shared, const struct tx *tx, const struct txout *spent,
				size_t index, uint8_t hash_type, const struct hash256 *leaf, uint32_t codeseparator,
				const uint8_t *annex, size_t annex_len);

/* BIP143: input `index` spends `amount` satoshi; code is the script from its last executed OP_CODESEPARATOR on. */
void sighash_witness_v0(struct hash256 *out, const struct sighash_shared *shared, const struct tx *tx, size_t index, uint64_t amount,
			uint8_t hash_type, const uint8_t *code, size_t len);

/* Before BIP143. OP_CODESEPARATORs in the code are left out here; pushes of the signature the caller has taken out already. hash_type
 * comes from a byte, but the message holds 32 bits. */
void sighash_legacy(struct hash256 *out, const struct tx *tx, size_t index, int32_t hash_type, const uint8_t *code, size_t len);

#endif
