#ifndef TALLY_CHAIN_HEADER_H
#define TALLY_CHAIN_HEADER_H
/* The 80-byte block header. */
#include "base/bytes.h"
#include "base/hash.h"

#define HEADER_LEN 80

struct header {
	int32_t version;
	struct hash256 prev;
	struct hash256 merkle_root;
	uint32_t time;
	uint32_t bits;
	uint32_t nonce;
};

void rd_header(struct rd *r, struct header *out);
void wr_header(struct wr *w, const struct header *h);
MUST_USE bool header_decode(struct header *out, const void *bytes, size_t len);
void header_encode(uint8_t out[HEADER_LEN], const struct header *h);
void header_hash(struct hash256 *out, const struct header *h);
/* The hashes of n headers as bytes, one behind the other; several times as fast as one by one. */
void header_hash_many(struct hash256 *out, const uint8_t *headers, size_t n);
/* The same for decoded ones. */
void header_hash_all(struct hash256 *out, const struct header *headers, size_t n);

#endif
