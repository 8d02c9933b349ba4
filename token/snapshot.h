#ifndef TALLY_TOKEN_SNAPSHOT_H
#define TALLY_TOKEN_SNAPSHOT_H
/* A snapshot: a block's header and the whole state after it, in one file, from which a ledger can go on without the blocks before.
 *
 *   file   = head | chunk …
 *   head   = "TALLYSNP" | version u16 = 1 | genesis id | block header (doc/formats.md) | seal 64 | entries u64 | digest
 *   chunk  = length u32 | payload of that length | digest
 *   payload = (key varbytes | value varbytes) …, at least one; keys ascend through the whole file
 *   digest  = taggedhash("tally/snapshot", all bytes of the head before it), taggedhash("tally/snapshot-chunk", number u32 from 0 | payload)
 *
 * The digests find damage early. What makes it true is the state's root: it must be the app hash in the header, and the header's hash one
 * that the reader trusts from elsewhere. Nothing here touches a file. */
#include "token/ledger.h"

#define SNAPSHOT_BLOCK_LEN 178 /* of an encoded header */
#define SNAPSHOT_HEAD_LEN (8 + 2 + 32 + SNAPSHOT_BLOCK_LEN + 64 + 8 + 32)
#define SNAPSHOT_PAYLOAD_MAX 2100000 /* a writer ends a chunk at the first million, and an entry may be that long */
#define SNAPSHOT_DIGEST_LEN 32

struct snapshot_head {
	struct hash256 genesis_id;
	struct ledger_block block; /* with its seal */
	uint64_t entries;
};

void wr_snapshot_head(struct wr *w, const struct snapshot_head *h);
/* NULL, or what is wrong with it, for a person (static). */
MUST_USE const char *snapshot_head_decode(struct snapshot_head *out, const void *bytes, size_t len);

/* Append the next chunk of a state: go on with a walk over all keys. False when there is none left. */
MUST_USE bool wr_snapshot_chunk(struct wr *w, struct state_walk *walk, uint32_t number);

/* Reading. The state is filled as chunks come; it is worth nothing before snapshot_end() is content. */
struct snapshot_reader {
	struct snapshot_head head;
	struct state *state; /* borrowed; empty at first */
	uint32_t chunks;
	uint64_t entries;
	uint8_t last[STATE_KEY_MAX];
	size_t last_len;
};
void snapshot_reader_init(struct snapshot_reader *r, const struct snapshot_head *head, struct state *s);
/* NULL, or what is wrong (static). */
MUST_USE const char *snapshot_take_chunk(struct snapshot_reader *r, const void *payload, size_t len, const struct hash256 *digest);
/* After the last chunk: all entries came, they make the header's app hash, and the state is of this genesis. */
MUST_USE const char *snapshot_end(struct snapshot_reader *r);

#endif
