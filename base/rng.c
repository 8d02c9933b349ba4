#include "base/rng.h"

#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

void
rng_bytes(void *out, size_t n)
{
	if (n > INT_MAX || RAND_bytes(out, (int)n) != 1) {
		fputs("no randomness from the system\n", stderr);
		exit(7);
	}
}
