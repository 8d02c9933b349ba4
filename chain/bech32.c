#include "chain/bech32.h"

#include <string.h>

#define HRP_MAX 83
#define TEXT_MIN 8 /* one character in front, the separator, the checksum */
#define CHECKSUM_LEN 6

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t
checksum_constant(enum bech32_kind kind)
{
	return kind == BECH32 ? 1 : 0x2bc830a3;
}

static uint32_t
polymod_step(uint32_t chk, unsigned value)
{
	static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = chk >> 25;

	chk = (chk & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < ARRAY_LEN(generator); i++) {
		if ((top >> i & 1) != 0)
			chk ^= generator[i];
	}
	return chk;
}

static uint32_t
polymod_hrp(const char *hrp, size_t n)
{
	uint32_t chk = 1;

	for (size_t i = 0; i < n; i++)
		chk = polymod_step(chk, (unsigned char)hrp[i] >> 5);
	chk = polymod_step(chk, 0);
	for (size_t i = 0; i < n; i++)
		chk = polymod_step(chk, (unsigned char)hrp[i] & 31);
	return chk;
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static char
lower(char c)
{
	return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* Characters 33 to 126, and letters of one case only. */
static bool
one_case_and_printable(const char *text, size_t len)
{
	bool has_upper = false, has_lower = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < 33 || text[i] > 126)
			return false;
		has_upper |= is_upper(text[i]);
		has_lower |= text[i] >= 'a' && text[i] <= 'z';
	}
	return !has_upper || !has_lower;
}

/* Everything but the checksum: hrp in lower case with its final 0, values with those of the checksum. */
static bool
split(char hrp[84], size_t *hrp_n, uint8_t values[BECH32_TEXT_MAX], size_t *n, const char *text)
{
	size_t len = strnlen(text, BECH32_TEXT_MAX + 1);
	const char *separator;

	if (len < TEXT_MIN || len > BECH32_TEXT_MAX || !one_case_and_printable(text, len))
		return false;
	separator = strrchr(text, '1');
	if (separator == NULL || separator == text || separator - text > HRP_MAX)
		return false;
	*hrp_n = (size_t)(separator - text);
	*n = len - *hrp_n - 1;
	if (*n < CHECKSUM_LEN)
		return false;
	for (size_t i = 0; i < *hrp_n; i++)
		hrp[i] = lower(text[i]);
	hrp[*hrp_n] = '\0';
	for (size_t i = 0; i < *n; i++) {
		const char *at = strchr(charset, lower(separator[1 + i]));

		if (at == NULL)
			return false;
		values[i] = (uint8_t)(at - charset);
	}
	return true;
}

bool
bech32_looks_right(const char *text)
{
	char hrp[HRP_MAX + 1];
	uint8_t values[BECH32_TEXT_MAX];
	size_t hrp_n, n;

	return split(hrp, &hrp_n, values, &n, text);
}

bool
bech32_decode(char hrp[84], uint8_t data[BECH32_DATA_MAX], size_t *n, enum bech32_kind *kind, const char *text)
{
	char hrp_read[HRP_MAX + 1];
	uint8_t values[BECH32_TEXT_MAX];
	size_t hrp_n, values_n;
	uint32_t chk;

	if (!split(hrp_read, &hrp_n, values, &values_n, text))
		return false;
	chk = polymod_hrp(hrp_read, hrp_n);
	for (size_t i = 0; i < values_n; i++)
		chk = polymod_step(chk, values[i]);
	if (chk != checksum_constant(BECH32) && chk != checksum_constant(BECH32M))
		return false;
	*kind = chk == checksum_constant(BECH32) ? BECH32 : BECH32M;
	*n = values_n - CHECKSUM_LEN;
	memcpy(hrp, hrp_read, hrp_n + 1);
	memcpy(data, values, *n);
	return true;
}

bool
bech32_encode(char *text, const char *hrp, const uint8_t *data, size_t n, enum bech32_kind kind)
{
	size_t hrp_n = strnlen(hrp, HRP_MAX + 1);
	uint32_t chk;
	char *p = text;

	if (hrp_n == 0 || hrp_n > HRP_MAX || n > BECH32_DATA_MAX || hrp_n + 1 + n + CHECKSUM_LEN > BECH32_TEXT_MAX)
		return false;
	for (size_t i = 0; i < hrp_n; i++) {
		if (hrp[i] < 33 || hrp[i] > 126 || is_upper(hrp[i]))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (data[i] > 31)
			return false;
	}
	chk = polymod_hrp(hrp, hrp_n);
	memcpy(p, hrp, hrp_n);
	p += hrp_n;
	*p++ = '1';
	for (size_t i = 0; i < n; i++) {
		chk = polymod_step(chk, data[i]);
		*p++ = charset[data[i]];
	}
	for (unsigned i = 0; i < CHECKSUM_LEN; i++)
		chk = polymod_step(chk, 0);
	chk ^= checksum_constant(kind);
	for (unsigned i = 0; i < CHECKSUM_LEN; i++)
		*p++ = charset[chk >> (5 * (5 - i)) & 31];
	*p = '\0';
	return true;
}

bool
bits_regroup(uint8_t *out, size_t *out_n, unsigned to, const uint8_t *in, size_t n, unsigned from, bool pad)
{
	uint32_t held = 0, mask = (1u << to) - 1; /* at most to - 1 + from bits wait */
	unsigned bits = 0;
	size_t written = 0;

	for (size_t i = 0; i < n; i++) {
		if (in[i] >> from != 0)
			return false;
		held = (held << from | in[i]) & ((1u << (to + from)) - 1);
		for (bits += from; bits >= to; written++) {
			bits -= to;
			out[written] = (uint8_t)(held >> bits & mask);
		}
	}
	if (pad) {
		if (bits > 0)
			out[written++] = (uint8_t)(held << (to - bits) & mask);
	} else if (bits >= from || (held << (to - bits) & mask) != 0) {
		return false;
	}
	*out_n = written;
	return true;
}
