#include "chain/target.h"

#define SIGN_BIT 0x00800000u
#define WORD_MASK 0x007fffffu

/* Bits that, after the word has been placed, would stand above 2^256. */
static bool
overflows(uint32_t word, unsigned size)
{
	return size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32);
}

/* This runs twice for each header that is checked: the word is put into place without a 256-bit shift. */
bool
target_from_bits(struct u256 *out, uint32_t bits)
{
	unsigned size = bits >> 24, at;
	uint32_t word = bits & WORD_MASK;
	struct u256 t = { { 0 } };
	unsigned __int128 placed;

	if (size <= 3)
		word >>= 8 * (3 - size);
	if (word == 0 || (bits & SIGN_BIT) != 0 || overflows(word, size))
		return false;
	at = size <= 3 ? 0 : 8 * (size - 3);
	placed = (unsigned __int128)word << at % 64;
	t.w[at / 64] = (uint64_t)placed;
	if (at / 64 < 3)
		t.w[at / 64 + 1] = (uint64_t)(placed >> 64);
	*out = t;
	return true;
}

uint32_t
target_to_bits(const struct u256 *target)
{
	unsigned size = (u256_bits(target) + 7) / 8;
	struct u256 top;
	uint32_t word;

	if (size <= 3) {
		word = (uint32_t)(target->w[0] << (8 * (3 - size)));
	} else {
		top = u256_shr(target, 8 * (size - 3));
		word = (uint32_t)top.w[0];
	}
	if (word & SIGN_BIT) {
		word >>= 8;
		size++;
	}
	return word | (uint32_t)size << 24;
}

/* 2^256 itself does not fit: 2^256 / (t + 1) = (2^256 - (t + 1)) / (t + 1) + 1 = ~t / (t + 1) + 1. */
struct u256
target_work(const struct u256 *target)
{
	struct u256 one = u256_from_u64(1), above = u256_not(target), divisor = u256_add(target, &one), work;

	if (u256_is_zero(&divisor)) /* the target 2^256 - 1, which every hash meets */
		return one;
	work = u256_div(&above, &divisor);
	return u256_add(&work, &one);
}

bool
bits_work(struct u256 *out, uint32_t bits)
{
	struct u256 target;

	if (!target_from_bits(&target, bits))
		return false;
	*out = target_work(&target);
	return true;
}

bool
work_memo_ask(struct work_memo *m, struct u256 *out, uint32_t bits)
{
	/* No valid bits are 0, so nothing is taken from an empty memo. */
	if (bits != m->bits || bits == 0) {
		struct u256 work;

		if (!bits_work(&work, bits))
			return false;
		*m = (struct work_memo){ .bits = bits, .work = work };
	}
	*out = m->work;
	return true;
}
