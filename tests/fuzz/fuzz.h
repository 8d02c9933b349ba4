#ifndef TALLY_TESTS_FUZZ_H
#define TALLY_TESTS_FUZZ_H
/* What every fuzz target defines. It aborts (assert) when a property does not hold. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
