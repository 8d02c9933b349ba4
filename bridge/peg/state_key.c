#include "bridge/peg/state_key.h"

#include <assert.h>
#include <string.h>

#define HEAD 2

struct state_key
key_of(enum key_kind kind)
{
	return (struct state_key){ { PEG_LETTER, (uint8_t)kind }, HEAD };
}

static void
key_append(struct state_key *k, const void *bytes, size_t n)
{
	assert(k->n + n <= sizeof(k->b));
	memcpy(k->b + k->n, bytes, n);
	k->n += n;
}

void
key_u8(struct state_key *k, uint8_t v)
{
	key_append(k, &v, 1);
}

void
key_u32(struct state_key *k, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

	key_append(k, b, sizeof(b));
}

void
key_u64(struct state_key *k, uint64_t v)
{
	key_u32(k, (uint32_t)(v >> 32));
	key_u32(k, (uint32_t)v);
}

void
key_hash(struct state_key *k, const struct hash256 *h)
{
	key_append(k, h->b, sizeof(h->b));
}

void
key_outpoint(struct state_key *k, const struct outpoint *o)
{
	key_hash(k, &o->txid);
	key_u32(k, o->index);
}

struct state_key
key_with_u32(enum key_kind kind, uint32_t v)
{
	struct state_key k = key_of(kind);

	key_u32(&k, v);
	return k;
}

struct state_key
key_with_u64(enum key_kind kind, uint64_t v)
{
	struct state_key k = key_of(kind);

	key_u64(&k, v);
	return k;
}

struct state_key
key_with_hash(enum key_kind kind, const struct hash256 *h)
{
	struct state_key k = key_of(kind);

	key_hash(&k, h);
	return k;
}

struct state_key
key_with_outpoint(enum key_kind kind, const struct outpoint *o)
{
	struct state_key k = key_of(kind);

	key_outpoint(&k, o);
	return k;
}

uint32_t
key_read_u32(const uint8_t *key, size_t at)
{
	const uint8_t *b = key + HEAD + at;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

uint64_t
key_read_u64(const uint8_t *key, size_t at)
{
	return (uint64_t)key_read_u32(key, at) << 32 | key_read_u32(key, at + 4);
}

struct hash256
key_read_hash(const uint8_t *key, size_t at)
{
	struct hash256 h;

	memcpy(h.b, key + HEAD + at, sizeof(h.b));
	return h;
}

struct outpoint
key_read_outpoint(const uint8_t *key, size_t at)
{
	return (struct outpoint){ key_read_hash(key, at), key_read_u32(key, at + sizeof(struct hash256)) };
}

const uint8_t *
key_get(const struct state *s, size_t *len, const struct state_key *k)
{
	*len = 0;
	return state_get(s, len, k->b, k->n);
}

bool
key_there(const struct state *s, const struct state_key *k)
{
	size_t len;

	return key_get(s, &len, k) != NULL;
}

void
key_put(struct state *s, const struct state_key *k, struct wr *w)
{
	state_put(s, k->b, k->n, w->p, w->len);
	wr_clear(w);
}

void
key_mark(struct state *s, const struct state_key *k)
{
	state_put(s, k->b, k->n, "", 0);
}

void
key_delete(struct state *s, const struct state_key *k)
{
	state_delete(s, k->b, k->n);
}

void
key_walk(struct state_walk *w, const struct state *s, enum key_kind kind)
{
	struct state_key k = key_of(kind);

	state_walk_init(w, s, k.b, k.n);
}
