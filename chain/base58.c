#include "chain/base58.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

#define CHECKSUM_LEN 4
#define BYTES_MAX (BASE58_PAYLOAD_MAX + CHECKSUM_LEN)

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Divide the big-endian number by 58; the remainder. */
static unsigned
divide(uint8_t *number, size_t n)
{
	unsigned rest = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned v = rest << 8 | number[i];

		number[i] = (uint8_t)(v / 58);
		rest = v % 58;
	}
	return rest;
}

/* number * 58 + digit; false when it does not fit. */
static bool
multiply_add(uint8_t *number, size_t n, unsigned digit)
{
	unsigned carry = digit;

	for (size_t i = n; i-- > 0;) {
		unsigned v = number[i] * 58u + carry;

		number[i] = (uint8_t)v;
		carry = v >> 8;
	}
	return carry == 0;
}

static void
checksum(uint8_t out[CHECKSUM_LEN], const uint8_t *payload, size_t n)
{
	struct hash256 h;

	sha256d(&h, payload, n);
	memcpy(out, h.b, CHECKSUM_LEN);
}

void
base58check_encode(char *text, const uint8_t *payload, size_t n)
{
	uint8_t number[BYTES_MAX];
	size_t len = n + CHECKSUM_LEN, zeros = 0, first, digits = 0;

	assert(n <= BASE58_PAYLOAD_MAX);
	if (n != 0)
		memcpy(number, payload, n);
	checksum(number + n, payload, n);
	while (zeros < len && number[zeros] == 0)
		zeros++;
	for (first = zeros; first < len; digits++) {
		text[digits] = alphabet[divide(number + first, len - first)];
		while (first < len && number[first] == 0)
			first++;
	}
	/* Each leading zero byte is a '1'; then the digits, most significant first. */
	for (size_t i = 0; i < zeros; i++)
		text[digits++] = alphabet[0];
	text[digits] = '\0';
	for (size_t i = 0; i < digits / 2; i++) {
		char c = text[i];

		text[i] = text[digits - 1 - i];
		text[digits - 1 - i] = c;
	}
}

/* The bytes of a text, at the end of number; false when malformed or too long. */
static bool
decode(uint8_t number[BYTES_MAX], size_t *len, const char *text)
{
	size_t ones = 0, significant = 0;

	memset(number, 0, BYTES_MAX);
	while (text[ones] == alphabet[0]) {
		if (++ones > BYTES_MAX)
			return false;
	}
	for (const char *c = text + ones; *c != '\0'; c++) {
		const char *at = strchr(alphabet, *c);

		if (at == NULL || !multiply_add(number, BYTES_MAX, (unsigned)(at - alphabet)))
			return false;
	}
	for (size_t i = 0; i < BYTES_MAX; i++) {
		if (number[i] != 0) {
			significant = BYTES_MAX - i;
			break;
		}
	}
	*len = ones + significant;
	return *len <= BYTES_MAX;
}

enum base58_verdict
base58check_decode(uint8_t payload[BASE58_PAYLOAD_MAX], size_t *n, const char *text)
{
	uint8_t number[BYTES_MAX], want[CHECKSUM_LEN];
	const uint8_t *bytes;
	size_t len;

	if (!decode(number, &len, text) || len < CHECKSUM_LEN)
		return BASE58_MALFORMED;
	bytes = number + BYTES_MAX - len;
	checksum(want, bytes, len - CHECKSUM_LEN);
	if (memcmp(want, bytes + len - CHECKSUM_LEN, CHECKSUM_LEN) != 0)
		return BASE58_BAD_CHECKSUM;
	*n = len - CHECKSUM_LEN;
	if (*n != 0)
		memcpy(payload, bytes, *n);
	return BASE58_OK;
}
