#ifndef TALLY_CHAIN_BASE58_H
#define TALLY_CHAIN_BASE58_H
/* Base58check: payload and a four-byte checksum of sha256d. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define BASE58_PAYLOAD_MAX 78

/* text holds 2 * n + 12 bytes; n is at most BASE58_PAYLOAD_MAX. */
void base58check_encode(char *text, const uint8_t *payload, size_t n);

enum base58_verdict { BASE58_OK, BASE58_MALFORMED, BASE58_BAD_CHECKSUM };
/* No blanks, and nothing longer than BASE58_PAYLOAD_MAX. */
MUST_USE enum base58_verdict base58check_decode(uint8_t payload[BASE58_PAYLOAD_MAX], size_t *n, const char *text);

#endif
