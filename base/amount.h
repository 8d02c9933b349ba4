#ifndef TALLY_BASE_AMOUNT_H
#define TALLY_BASE_AMOUNT_H
/* Money: a whole number of base units (satoshi, for the coin), always 0..AMOUNT_MAX. Only amount.c touches the inside. No floating
 * point, nothing wraps: what does not fit is refused and leaves the output as it was. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"

#define AMOUNT_MAX ((uint64_t)INT64_MAX)
#define AMOUNT_DECIMALS_MAX 8

struct amount {
	uint64_t units_;
};

enum amount_round { AMOUNT_DOWN, AMOUNT_UP };

#define AMOUNT_ZERO ((struct amount){ 0 })

MUST_USE bool amount_from_units(struct amount *out, uint64_t units);
uint64_t amount_units(struct amount a);
MUST_USE bool amount_is_zero(struct amount a);
int amount_cmp(struct amount a, struct amount b);
struct amount amount_min(struct amount a, struct amount b);

MUST_USE bool amount_add(struct amount *out, struct amount a, struct amount b);
/* False when b is larger than a. */
MUST_USE bool amount_sub(struct amount *out, struct amount a, struct amount b);

/* a * mul / div in 128 bits, rounded as asked; false for div = 0 or a result above AMOUNT_MAX. */
MUST_USE bool amount_muldiv(struct amount *out, struct amount a, uint64_t mul, uint64_t div, enum amount_round round);

/* Eight bytes little-endian; a value above AMOUNT_MAX makes the reader bad. */
struct amount rd_amount(struct rd *r);
void wr_amount(struct wr *w, struct amount a);

#define AMOUNT_TEXT_LEN 24

/* A decimal string in whole asset units with exactly `decimals` places ("0.00010000"; none when decimals is 0). */
void amount_format(char out[AMOUNT_TEXT_LEN], struct amount a, unsigned decimals);

/* Digits, optionally a point and 1..decimals digits; nothing else: no sign, blank, exponent or leading point.
 * NULL, or what is wrong, for a person (a static string). */
MUST_USE const char *amount_parse(struct amount *out, const char *text, unsigned decimals);

#endif
