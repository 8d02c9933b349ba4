#ifndef TALLY_CHAIN_SIGHASH_H
#define TALLY_CHAIN_SIGHASH_H
/* BIP341 signature messages, key path and script path (BIP342 ext_flag 1). */
#include "chain/tx.h"

#define SIGHASH_DEFAULT 0x00
#define SIGHASH_ALL 0x01
#define SIGHASH_NONE 0x02
#define SIGHASH_SINGLE 0x03
#define SIGHASH_ANYONECANPAY 0x80

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

#endif
