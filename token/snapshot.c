/* N1  A reader that was content has filled the state with exactly the entries whose root the header names. */
#include "token/snapshot.h"

#include <string.h>

#define VERSION 1
#define CHUNK_FULL 1000000

static const char magic[8] = { 'T', 'A', 'L', 'L', 'Y', 'S', 'N', 'P' };

void
wr_snapshot_head(struct wr *w, const struct snapshot_head *h)
{
	struct hash256 digest;
	size_t from = w->len;

	wr_bytes(w, magic, sizeof(magic));
	wr_u16(w, VERSION);
	wr_hash256(w, &h->genesis_id);
	wr_ledger_block(w, &h->block);
	wr_bytes(w, h->block.seal.b, sizeof(h->block.seal.b));
	wr_u64(w, h->entries);
	sha256_tagged(&digest, "tally/snapshot", w->p + from, w->len - from);
	wr_hash256(w, &digest);
}

const char *
snapshot_head_decode(struct snapshot_head *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	const uint8_t *p = rd_take(&r, sizeof(magic));
	struct hash256 digest, want;
	struct snapshot_head h;

	if (p == NULL || memcmp(p, magic, sizeof(magic)) != 0)
		return "it is no snapshot of a ledger";
	if (rd_u16(&r) != VERSION || !rd_ok(&r))
		return "it is a snapshot of another version of this program";
	memset(&h, 0, sizeof(h));
	rd_hash256(&r, &h.genesis_id);
	rd_ledger_block(&r, &h.block);
	rd_bytes(&r, h.block.seal.b, sizeof(h.block.seal.b));
	h.entries = rd_u64(&r);
	rd_hash256(&r, &digest);
	if (!rd_done(&r))
		return "its head is damaged";
	sha256_tagged(&want, "tally/snapshot", bytes, len - sizeof(digest.b));
	if (!hash256_eq(&digest, &want))
		return "its head is damaged";
	*out = h;
	return NULL;
}

static void
chunk_digest(struct hash256 *out, uint32_t number, const void *payload, size_t len)
{
	uint8_t bytes[4] = { (uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24) };
	struct sha256_ctx c;

	sha256_init_tagged(&c, "tally/snapshot-chunk");
	sha256_update(&c, bytes, sizeof(bytes));
	sha256_update(&c, payload, len);
	sha256_final(&c, out);
}

bool
wr_snapshot_chunk(struct wr *w, struct state_walk *walk, uint32_t number)
{
	struct wr payload = { 0 };
	struct hash256 digest;

	while (payload.len < CHUNK_FULL && state_walk_next(walk)) {
		wr_varbytes(&payload, walk->key, walk->key_len);
		wr_varbytes(&payload, walk->value, walk->value_len);
	}
	if (payload.len == 0)
		return false;
	wr_u32(w, (uint32_t)payload.len);
	wr_bytes(w, payload.p, payload.len);
	chunk_digest(&digest, number, payload.p, payload.len);
	wr_hash256(w, &digest);
	wr_clear(&payload);
	return true;
}

void
snapshot_reader_init(struct snapshot_reader *r, const struct snapshot_head *head, struct state *s)
{
	*r = (struct snapshot_reader){ .head = *head, .state = s };
}

static bool
key_follows(const struct snapshot_reader *r, const uint8_t *key, size_t len)
{
	int c = memcmp(r->last, key, r->last_len < len ? r->last_len : len);

	return c < 0 || (c == 0 && r->last_len < len);
}

/* One entry; false for what is none, or stands in the wrong place. */
static bool
take_entry(struct snapshot_reader *r, struct rd *from)
{
	size_t key_len, len;
	const uint8_t *key = rd_varbytes(from, &key_len, STATE_KEY_MAX), *value = rd_varbytes(from, &len, STATE_VALUE_MAX);

	if (!rd_ok(from) || key_len == 0 || !key_follows(r, key, key_len) || r->entries == r->head.entries)
		return false;
	state_load(r->state, key, key_len, value, len);
	memcpy(r->last, key, key_len);
	r->last_len = key_len;
	r->entries++;
	return true;
}

const char *
snapshot_take_chunk(struct snapshot_reader *r, const void *payload, size_t len, const struct hash256 *digest)
{
	struct rd from = rd_init(payload, len);
	struct hash256 want;

	if (len == 0 || len > SNAPSHOT_PAYLOAD_MAX || r->chunks == UINT32_MAX)
		return "a chunk of it is damaged";
	chunk_digest(&want, r->chunks++, payload, len);
	if (!hash256_eq(&want, digest))
		return "a chunk of it is damaged";
	while (!rd_done(&from)) {
		if (!take_entry(r, &from))
			return "a chunk of it holds what no state holds";
	}
	return NULL;
}

const char *
snapshot_end(struct snapshot_reader *r)
{
	struct hash256 root;
	const uint8_t *id;
	size_t len;

	if (r->entries != r->head.entries)
		return "it ends before all of the state has come";
	state_root(&root, r->state);
	if (!hash256_eq(&root, &r->head.block.app_hash))
		return "its state is not the one that its block names";
	id = state_get(r->state, &len, "lg", 2);
	if (id == NULL || len != sizeof(r->head.genesis_id.b) || memcmp(id, r->head.genesis_id.b, len) != 0)
		return "its state is of another chain than its head says";
	return NULL;
}
