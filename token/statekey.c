#include "token/statekey.h"

#include <assert.h>
#include <string.h>

struct statekey
statekey_new(char module, char table)
{
	struct statekey k = { .b = { (uint8_t)module, (uint8_t)table }, .len = 2 };

	return k;
}

void
statekey_bytes(struct statekey *k, const void *bytes, size_t len)
{
	assert(len <= sizeof(k->b) - k->len);
	if (len > 0)
		memcpy(k->b + k->len, bytes, len);
	k->len += len;
}

void
statekey_asset(struct statekey *k, const struct asset_id *a)
{
	statekey_bytes(k, a->id.b, sizeof(a->id.b));
}

void
statekey_account(struct statekey *k, const struct account *a)
{
	statekey_bytes(k, &a->type, 1);
	statekey_bytes(k, a->id.b, sizeof(a->id.b));
}

static void
append_be(struct statekey *k, uint64_t v, unsigned n)
{
	uint8_t b[8];

	for (unsigned i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	statekey_bytes(k, b, n);
}

void
statekey_u16(struct statekey *k, uint16_t v)
{
	append_be(k, v, 2);
}

void
statekey_u32(struct statekey *k, uint32_t v)
{
	append_be(k, v, 4);
}

void
statekey_u64(struct statekey *k, uint64_t v)
{
	append_be(k, v, 8);
}

bool
statekey_get(struct rd *out, const struct state *s, const struct statekey *k)
{
	size_t len;
	const uint8_t *p = state_get(s, &len, k->b, k->len);

	if (p == NULL)
		return false;
	*out = rd_init(p, len);
	return true;
}

bool
statekey_has(const struct state *s, const struct statekey *k)
{
	size_t len;

	return state_get(s, &len, k->b, k->len) != NULL;
}

void
statekey_put(struct state *s, const struct statekey *k, struct wr *w)
{
	state_put(s, k->b, k->len, w->p, w->len);
	wr_clear(w);
}

void
statekey_delete(struct state *s, const struct statekey *k)
{
	state_delete(s, k->b, k->len);
}

uint64_t
statekey_get_u64(const struct state *s, const struct statekey *k)
{
	struct rd r;

	return statekey_get(&r, s, k) ? rd_u64(&r) : 0;
}

void
statekey_put_u64(struct state *s, const struct statekey *k, uint64_t v)
{
	uint8_t b[8];

	if (v == 0) {
		statekey_delete(s, k);
		return;
	}
	for (unsigned i = 0; i < 8; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	state_put(s, k->b, k->len, b, sizeof(b));
}

uint32_t
statekey_read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t
statekey_read_u64(const uint8_t *p)
{
	return (uint64_t)statekey_read_u32(p) << 32 | statekey_read_u32(p + 4);
}
