#include "base/amount.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* 128-bit arithmetic for muldiv; gcc and clang have it on every 64-bit target we build for. */
__extension__ typedef unsigned __int128 uint128;

bool
amount_from_units(struct amount *out, uint64_t units)
{
	if (units > AMOUNT_MAX)
		return false;
	out->units_ = units;
	return true;
}

uint64_t
amount_units(struct amount a)
{
	return a.units_;
}

bool
amount_is_zero(struct amount a)
{
	return a.units_ == 0;
}

int
amount_cmp(struct amount a, struct amount b)
{
	return (a.units_ > b.units_) - (a.units_ < b.units_);
}

struct amount
amount_min(struct amount a, struct amount b)
{
	return amount_cmp(a, b) < 0 ? a : b;
}

bool
amount_add(struct amount *out, struct amount a, struct amount b)
{
	return amount_from_units(out, a.units_ + b.units_); /* two values below 2^63 cannot wrap 64 bits */
}

bool
amount_sub(struct amount *out, struct amount a, struct amount b)
{
	return a.units_ >= b.units_ && amount_from_units(out, a.units_ - b.units_);
}

bool
amount_muldiv(struct amount *out, struct amount a, uint64_t mul, uint64_t div, enum amount_round round)
{
	uint128 product, result;

	if (div == 0)
		return false;
	product = (uint128)a.units_ * mul;
	result = product / div;
	if (round == AMOUNT_UP && product % div != 0)
		result++;
	return result <= AMOUNT_MAX && amount_from_units(out, (uint64_t)result);
}

struct amount
rd_amount(struct rd *r)
{
	struct amount a = AMOUNT_ZERO;

	if (!amount_from_units(&a, rd_u64(r)))
		rd_fail(r);
	return a;
}

void
wr_amount(struct wr *w, struct amount a)
{
	wr_u64(w, a.units_);
}

static uint64_t
ten_to(unsigned n)
{
	uint64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

void
amount_format(char out[AMOUNT_TEXT_LEN], struct amount a, unsigned decimals)
{
	uint64_t one = ten_to(decimals);

	assert(decimals <= AMOUNT_DECIMALS_MAX);
	if (decimals == 0)
		snprintf(out, AMOUNT_TEXT_LEN, "%" PRIu64, a.units_);
	else
		snprintf(out, AMOUNT_TEXT_LEN, "%" PRIu64 ".%0*" PRIu64, a.units_ / one, (int)decimals, a.units_ % one);
}

const char *
amount_parse(struct amount *out, const char *text, unsigned decimals)
{
	uint64_t units = 0;
	unsigned places = 0;
	bool point = false;

	assert(decimals <= AMOUNT_DECIMALS_MAX);
	if (text[0] < '0' || text[0] > '9')
		return "an amount is written with digits, such as 1.5";
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '.' && !point && c[1] != '\0') {
			point = true;
			continue;
		}
		if (*c < '0' || *c > '9')
			return "an amount has only digits and at most one point";
		if (point && ++places > decimals)
			return "the amount has more decimals than the asset";
		if (units > AMOUNT_MAX / 10)
			return "the amount is too large";
		units = units * 10 + (uint64_t)(*c - '0');
	}
	if (units > AMOUNT_MAX / ten_to(decimals - places))
		return "the amount is too large";
	return amount_from_units(out, units * ten_to(decimals - places)) ? NULL : "the amount is too large";
}
