#ifndef TALLY_CHAIN_BECH32_H
#define TALLY_CHAIN_BECH32_H
/* Bech32 and bech32m (BIP173, BIP350) on the level of 5-bit groups. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum bech32_kind { BECH32, BECH32M };

#define BECH32_TEXT_MAX 90 /* characters, without the final 0 */
#define BECH32_DATA_MAX 82

/* hrp (not empty, lower case) and n values below 32 into text (BECH32_TEXT_MAX + 1 bytes); false for any other or a text too long. */
MUST_USE bool bech32_encode(char *text, const char *hrp, const uint8_t *data, size_t n, enum bech32_kind kind);
/* Split a text; hrp gets at most 83 characters and the final 0. */
MUST_USE bool bech32_decode(char hrp[84], uint8_t data[BECH32_DATA_MAX], size_t *n, enum bech32_kind *kind, const char *text);
/* The text has the shape (length, one case, separator, alphabet), whether or not its checksum fits: a mistyped one still has it. */
MUST_USE bool bech32_looks_right(const char *text);
/* Regroup bits, most significant first; `from` and `to` are at most 8. `pad` fills the last group with zeros, else leftover bits must be
 * fewer than `from` and zero. out holds (n * from + to - 1) / to values; false, too, for a value of more than `from` bits. */
MUST_USE bool bits_regroup(uint8_t *out, size_t *out_n, unsigned to, const uint8_t *in, size_t n, unsigned from, bool pad);

#endif
