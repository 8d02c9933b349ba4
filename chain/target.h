#ifndef TALLY_CHAIN_TARGET_H
#define TALLY_CHAIN_TARGET_H
/* Compact targets ("bits") and the work that they stand for, as Bitcoin Core's arith_uint256. */
#include "chain/u256.h"

/* Decode bits; false for negative, zero or overflowing encodings. */
MUST_USE bool target_from_bits(struct u256 *out, uint32_t bits);

/* The compact encoding, rounding down as consensus does. */
uint32_t target_to_bits(const struct u256 *target);

/* Expected hashes for a block of this target: 2^256 / (target + 1). */
struct u256 target_work(const struct u256 *target);

/* Work of a header's bits; false when the bits are not valid. */
MUST_USE bool bits_work(struct u256 *out, uint32_t bits);

/* The same for a row of headers: neighbours mostly share their bits, and the work behind them takes a long division. All zeros at first. */
struct work_memo {
	uint32_t bits;
	struct u256 work;
};
MUST_USE bool work_memo_ask(struct work_memo *m, struct u256 *out, uint32_t bits);

#endif
