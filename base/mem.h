#ifndef TALLY_BASE_MEM_H
#define TALLY_BASE_MEM_H
/* Memory. Allocation never returns NULL: when memory is out the process ends with a message, because nothing above
 * could go on rightly. A size that a stranger chose must have passed a cap before it comes here. */
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Zeroed memory for n items of size bytes each; owned by the caller, released with free(). Ends the process when the product
 * overflows or memory is out. n = 0 gives a unique pointer. */
MUST_USE void *mem_new(size_t n, size_t size);

/* Grow or shrink to n items; new bytes are not zeroed. */
MUST_USE void *mem_resize(void *old, size_t n, size_t size);

/* A copy of len bytes (len 0 gives a unique pointer); owned by the caller. */
MUST_USE void *mem_dup(const void *bytes, size_t len);

/* A copy of a string; owned by the caller. */
MUST_USE char *mem_strdup(const char *s);

/* printf into fresh memory; owned by the caller. */
MUST_USE char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Overwrite a secret; the compiler cannot leave this out. */
void mem_wipe(void *secret, size_t len);

/* Equality in time that depends on len only. */
MUST_USE bool mem_equal_secret(const void *a, const void *b, size_t len);

#endif
