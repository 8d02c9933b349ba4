#ifndef TALLY_SPV_FILTER_STORE_H
#define TALLY_SPV_FILTER_STORE_H
/* The filter chain on disk: filters.dat, beside headers.dat. Chunks of up to 1,000 heights from genesis on:
 *
 *   n * 32 bytes   filter hash of each block (n = 1,000 in all chunks but the last, 1 to 1,000 in that)
 *   32 bytes       filter header (BIP157) of the chunk's first block
 *   32 bytes       SHA-256 of the hash of the chunk's last block, then all of the above
 *
 * Filter hashes can't be checked against anything without the filters: the checksum finds damage, and chunks of another branch. From the
 * first bad one on the file is cut, and peers say it again; what it does say is compared with every peer as if a peer had said it.
 * Whole chunks are mapped, not read into memory. */
#include "spv/spv.h"

struct filter_store;

/* Open the file in a directory and give what it holds to a core that has its headers and no filters yet. NULL, or why not, for a person
 * (static); on failure *out is NULL. */
MUST_USE const char *filter_store_open(struct filter_store **out, const char *dir, struct spv *s);

/* Write what changed since the last call; cheap when nothing did. NULL, or why not: a full disk and the like; the next call tries
 * again. */
MUST_USE const char *filter_store_save(struct filter_store *st, struct spv *s);

/* Save and release; the core knows nothing of filters after it. Before the core is released. st may be NULL. */
void filter_store_close(struct filter_store *st, struct spv *s);

/* How many bytes at the end were cut off at the start. */
uint64_t filter_store_repaired(const struct filter_store *st);

#endif
