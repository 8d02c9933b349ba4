#ifndef TALLY_TESTS_HEAP_H
#define TALLY_TESTS_HEAP_H
#include <stddef.h>

/* Bytes of heap that this process has in use; 0 under valgrind, which cannot tell. */
size_t heap_in_use(void);

#endif
