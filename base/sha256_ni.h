#ifndef TALLY_BASE_SHA256_NI_H
#define TALLY_BASE_SHA256_NI_H
/* SHA-256 with the SHA instructions of x86 processors, for base/hash.c alone. Call nothing here unless sha256_ni_available(). */
#include "base/hash.h"

/* Does this processor have the instructions (and is this code built for one that may)? Slow: ask once. */
MUST_USE bool sha256_ni_available(void);

/* As sha256d_80_many() and sha256d_64_many(). Two at a time: the rounds of one hash wait for each other most of the time. */
void sha256_ni_d80(struct hash256 *out, const uint8_t *in, size_t n);
void sha256_ni_d64(struct hash256 *out, const uint8_t *in, size_t n);

/* As sha256(), of a message that fits into two blocks with its length. */
#define SHA256_NI_SHORT_MAX 119
void sha256_ni_short(struct hash256 *out, const void *bytes, size_t len);

#endif
