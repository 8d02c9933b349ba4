#ifndef TALLY_BASE_RNG_H
#define TALLY_BASE_RNG_H
#include <stddef.h>

/* n bytes fit for keys, from OpenSSL. Ends the process when the system has no randomness to give. */
void rng_bytes(void *out, size_t n);

#endif
