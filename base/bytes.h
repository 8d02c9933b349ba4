#ifndef TALLY_BASE_BYTES_H
#define TALLY_BASE_BYTES_H
/* One reader and one writer for every format. The reader's failure is sticky: read straight on, ask rd_done() at the end; once it
 * is bad every read gives zeros. Byte order by shifts; integers are little-endian unless the name says be. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct rd {
	const uint8_t *p; /* borrowed: next byte */
	size_t left;
	bool bad;
};

/* Read len bytes, borrowed, which must outlive the reader and all that rd_take() gave. */
struct rd rd_init(const void *bytes, size_t len);

uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint16_t rd_u16be(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
int32_t rd_i32(struct rd *r);
int64_t rd_i64(struct rd *r);

/* Copy n bytes to out (zeros when bad). */
void rd_bytes(struct rd *r, void *out, size_t n);

/* n bytes in place, borrowed; NULL when bad. For n = 0 a non-NULL pointer. */
const uint8_t *rd_take(struct rd *r, size_t n);

/* Bitcoin's CompactSize, in its shortest form only; all 64 bits. */
uint64_t rd_compactsize(struct rd *r);

/* A CompactSize count of items of at least min bytes each (min >= 1): bad when the remaining bytes cannot hold them. */
size_t rd_count(struct rd *r, size_t min);

/* A byte string: CompactSize length, then that many bytes, borrowed; bad when longer than max. */
const uint8_t *rd_varbytes(struct rd *r, size_t *len, size_t max);

/* A fenced reader over the next n bytes, which the parent skips. The child starts bad when the parent is. */
struct rd rd_sub(struct rd *r, size_t n);

/* Mark bad: a value read was not acceptable. */
void rd_fail(struct rd *r);

/* Nothing went wrong so far. */
MUST_USE bool rd_ok(const struct rd *r);

/* Nothing went wrong and nothing is left. */
MUST_USE bool rd_done(const struct rd *r);

/* A growing buffer. struct wr w = {0} is an empty one; wr_clear() releases it. */
struct wr {
	uint8_t *p; /* owned */
	size_t len;
	size_t cap;
};

void wr_clear(struct wr *w);

/* Forget the contents, keep the memory. */
void wr_reset(struct wr *w);

void wr_u8(struct wr *w, uint8_t v);
void wr_u16(struct wr *w, uint16_t v);
void wr_u16be(struct wr *w, uint16_t v);
void wr_u32(struct wr *w, uint32_t v);
void wr_u64(struct wr *w, uint64_t v);
void wr_i32(struct wr *w, int32_t v);
void wr_i64(struct wr *w, int64_t v);
void wr_bytes(struct wr *w, const void *bytes, size_t n);
void wr_compactsize(struct wr *w, uint64_t v);

/* CompactSize length, then the bytes. */
void wr_varbytes(struct wr *w, const void *bytes, size_t n);

/* Length of v's CompactSize: 1, 3, 5 or 9. */
size_t compactsize_len(uint64_t v);

/* Lower-case hex of n bytes into out, which holds 2 n + 1 characters. */
void hex_encode(char *out, const void *bytes, size_t n);

/* Exactly 2 n hex digits of either case into n bytes; false, with out unspecified, for anything else. */
MUST_USE bool hex_decode(void *out, size_t n, const char *hex);

/* Any even number of hex digits into fresh memory (owned by the caller); NULL when malformed or longer than max bytes. */
MUST_USE uint8_t *hex_decode_new(size_t *len, const char *hex, size_t max);

#endif
