#include "chain/u256.h"

#include <assert.h>

typedef unsigned __int128 u128;

struct u256
u256_from_u64(uint64_t v)
{
	return (struct u256){ { v, 0, 0, 0 } };
}

static uint64_t
le64(const uint8_t *p)
{
	/* Written out, compilers see that it is one load. */
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

struct u256
u256_from_hash(const struct hash256 *h)
{
	return (struct u256){ { le64(h->b), le64(h->b + 8), le64(h->b + 16), le64(h->b + 24) } };
}

int
u256_cmp(const struct u256 *a, const struct u256 *b)
{
	for (int i = 3; i >= 0; i--) {
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	}
	return 0;
}

bool
u256_is_zero(const struct u256 *a)
{
	return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

static uint64_t
add_word(uint64_t *out, uint64_t a, uint64_t b, uint64_t carry)
{
	u128 sum = (u128)a + b + carry;

	*out = (uint64_t)sum;
	return (uint64_t)(sum >> 64);
}

/* *out may be a or b; returns the carry out of the top. */
static uint64_t
add_carry(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
	uint64_t carry = add_word(&out->w[0], a->w[0], b->w[0], 0);

	carry = add_word(&out->w[1], a->w[1], b->w[1], carry);
	carry = add_word(&out->w[2], a->w[2], b->w[2], carry);
	return add_word(&out->w[3], a->w[3], b->w[3], carry);
}

struct u256
u256_add(const struct u256 *a, const struct u256 *b)
{
	struct u256 r;

	(void)add_carry(&r, a, b);
	return r;
}

bool
u256_add_checked(struct u256 *out, const struct u256 *a, const struct u256 *b)
{
	struct u256 r;

	if (add_carry(&r, a, b) != 0)
		return false;
	*out = r;
	return true;
}

struct u256
u256_sub(const struct u256 *a, const struct u256 *b)
{
	struct u256 r;
	uint64_t borrow = 0;

	for (int i = 0; i < 4; i++) {
		u128 difference = (u128)a->w[i] - b->w[i] - borrow;

		r.w[i] = (uint64_t)difference;
		borrow = (uint64_t)(difference >> 64) & 1;
	}
	return r;
}

struct u256
u256_shl(const struct u256 *a, unsigned bits)
{
	struct u256 r = { { 0 } };
	unsigned words = bits / 64, rest = bits % 64;
	uint64_t below = 0;

	for (unsigned i = words; i < 4; i++) {
		uint64_t word = a->w[i - words];

		r.w[i] = (uint64_t)((((u128)word << 64 | below) << rest) >> 64);
		below = word;
	}
	return r;
}

struct u256
u256_shr(const struct u256 *a, unsigned bits)
{
	struct u256 r = { { 0 } };
	unsigned words = bits / 64, rest = bits % 64;
	uint64_t above = 0;

	for (unsigned i = 4; i-- > words;) {
		r.w[i - words] = (uint64_t)(((u128)above << 64 | a->w[i]) >> rest);
		above = a->w[i];
	}
	return r;
}

struct u256
u256_not(const struct u256 *a)
{
	return (struct u256){ { ~a->w[0], ~a->w[1], ~a->w[2], ~a->w[3] } };
}

bool
u256_mul_u64(struct u256 *out, const struct u256 *a, uint64_t m)
{
	struct u256 r;
	u128 sum = 0;

	for (int i = 0; i < 4; i++) {
		sum += (u128)a->w[i] * m;
		r.w[i] = (uint64_t)sum;
		sum >>= 64;
	}
	if (sum != 0)
		return false;
	*out = r;
	return true;
}

/* Shift and subtract: one step for each bit of the quotient. */
struct u256
u256_div(const struct u256 *a, const struct u256 *b)
{
	struct u256 quotient = { { 0 } }, rest = *a, part;
	unsigned a_bits = u256_bits(a), b_bits = u256_bits(b), shift;

	assert(b_bits != 0);
	if (a_bits < b_bits)
		return quotient;
	shift = a_bits - b_bits;
	part = u256_shl(b, shift);
	for (;;) {
		if (u256_cmp(&rest, &part) >= 0) {
			rest = u256_sub(&rest, &part);
			quotient.w[shift / 64] |= (uint64_t)1 << (shift % 64);
		}
		if (shift-- == 0)
			return quotient;
		part = u256_shr(&part, 1);
	}
}

unsigned
u256_bits(const struct u256 *a)
{
	for (unsigned i = 4; i-- > 0;) {
		if (a->w[i] != 0)
			return 64 * i + 64 - (unsigned)__builtin_clzll(a->w[i]);
	}
	return 0;
}

struct u256
rd_u256(struct rd *r)
{
	struct u256 v;

	for (int i = 0; i < 4; i++)
		v.w[i] = rd_u64(r);
	if (!rd_ok(r))
		v = u256_from_u64(0);
	return v;
}

void
wr_u256(struct wr *w, const struct u256 *a)
{
	for (int i = 0; i < 4; i++)
		wr_u64(w, a->w[i]);
}

static struct hash256
to_hash(const struct u256 *a)
{
	struct hash256 h;

	for (unsigned i = 0; i < sizeof(h.b); i++)
		h.b[i] = (uint8_t)(a->w[i / 8] >> (8 * (i % 8)));
	return h;
}

void
u256_to_hex(char out[HASH256_HEX_LEN], const struct u256 *a)
{
	struct hash256 h = to_hash(a);

	hash256_to_display(out, &h);
}

bool
u256_from_hex(struct u256 *out, const char *hex)
{
	struct hash256 h;

	if (!hash256_from_display(&h, hex))
		return false;
	*out = u256_from_hash(&h);
	return true;
}
