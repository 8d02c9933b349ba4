#ifndef TALLY_TESTS_FORMATS_PAGE_H
#define TALLY_TESTS_FORMATS_PAGE_H
/* The worked examples of doc/formats.md, read from the page itself ($srcdir, else the current folder). */
#include "base/hash.h"

/* False when the page can't be read. */
bool page_load(void);
void page_free(void);

/* The value of the line "name = value" as text, with a final 0, and as bytes. An example that isn't there fails the test. */
void example_text(struct wr *out, const char *name);
struct wr example(const char *name);
struct hash256 example_hash(const char *name);

/* Do these bytes stand there? */
void same(const char *name, const void *bytes, size_t len);

#endif
