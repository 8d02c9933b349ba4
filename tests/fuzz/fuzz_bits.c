/* Compact bits: four bytes as a target, or 32 bytes as the target to put into four. Decoding is compared with a
 * plain reading of the rule, encoding loses only what three bytes of mantissa cannot hold, and work is the quotient
 * that it says it is. */
#include "chain/target.h"

#include <assert.h>

#include "tests/fuzz/fuzz.h"

/* The rule once more: sign bit, mantissa of 23 bits, exponent in bytes. */
static bool
plain(struct u256 *out, uint32_t bits)
{
	uint32_t size = bits >> 24, mantissa = bits & 0x7fffff;

	*out = u256_from_u64(size <= 3 ? mantissa >> 8 * (3 - size) : mantissa);
	if ((bits & 0x800000) != 0 || u256_is_zero(out))
		return false;
	if (size <= 3)
		return true;
	if (u256_bits(out) + 8 * (size - 3) > 256)
		return false;
	*out = u256_shl(out, 8 * (size - 3));
	return true;
}

/* q = floor(2^256 / (t + 1)): q (t + 1) <= 2^256 < (q + 1) (t + 1). In 256 bits: with d = t + 1, (2^256 - d) / d + 1. */
static void
check_work(const struct u256 *target)
{
	struct u256 work = target_work(target), one = u256_from_u64(1), d = u256_add(target, &one), rest, q;

	if (u256_is_zero(&d)) {
		assert(u256_cmp(&work, &one) == 0);
		return;
	}
	rest = u256_sub(&(struct u256){ { 0 } }, &d);
	q = u256_div(&rest, &d);
	q = u256_add(&q, &one);
	assert(u256_cmp(&work, &q) == 0);
}

static void
from_bits(uint32_t bits)
{
	struct u256 target, again, work, expected;
	bool ok = target_from_bits(&target, bits);

	assert(ok == plain(&expected, bits) && ok == bits_work(&work, bits));
	if (!ok)
		return;
	assert(u256_cmp(&target, &expected) == 0);
	again = target_work(&target);
	assert(u256_cmp(&work, &again) == 0);
	check_work(&target);
	/* The shortest encoding stands for the same target. */
	assert(target_from_bits(&again, target_to_bits(&target)) && u256_cmp(&again, &target) == 0);
}

static void
to_bits(const struct u256 *target)
{
	uint32_t bits = target_to_bits(target);
	struct u256 rounded, lost;

	if (!target_from_bits(&rounded, bits)) {
		assert(u256_is_zero(target));
		return;
	}
	assert(u256_cmp(&rounded, target) <= 0 && target_to_bits(&rounded) == bits);
	/* Three bytes are kept, or two when the first has its top bit set. */
	lost = u256_sub(target, &rounded);
	assert(u256_is_zero(&lost) || u256_bits(&lost) + 15 <= u256_bits(target));
	check_work(target);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct u256 target;

	if (size < 32) {
		from_bits(rd_u32(&r));
		return 0;
	}
	target = rd_u256(&r);
	to_bits(&target);
	return 0;
}
