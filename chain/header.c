#include "chain/header.h"

#include <string.h>

static void
put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
get_header(struct header *out, const uint8_t *p)
{
	out->version = (int32_t)get_u32(p);
	memcpy(out->prev.b, p + 4, 32);
	memcpy(out->merkle_root.b, p + 36, 32);
	out->time = get_u32(p + 68);
	out->bits = get_u32(p + 72);
	out->nonce = get_u32(p + 76);
}

void
rd_header(struct rd *r, struct header *out)
{
	const uint8_t *p = rd_take(r, HEADER_LEN);

	if (p != NULL)
		get_header(out, p);
	else
		*out = (struct header){ 0 };
}

void
wr_header(struct wr *w, const struct header *h)
{
	uint8_t b[HEADER_LEN];

	header_encode(b, h);
	wr_bytes(w, b, sizeof(b));
}

bool
header_decode(struct header *out, const void *bytes, size_t len)
{
	if (len != HEADER_LEN)
		return false;
	get_header(out, bytes);
	return true;
}

void
header_encode(uint8_t out[HEADER_LEN], const struct header *h)
{
	put_u32(out, (uint32_t)h->version);
	memcpy(out + 4, h->prev.b, 32);
	memcpy(out + 36, h->merkle_root.b, 32);
	put_u32(out + 68, h->time);
	put_u32(out + 72, h->bits);
	put_u32(out + 76, h->nonce);
}

void
header_hash(struct hash256 *out, const struct header *h)
{
	uint8_t b[HEADER_LEN];

	header_encode(b, h);
	sha256d(out, b, sizeof(b));
}

void
header_hash_many(struct hash256 *out, const uint8_t *headers, size_t n)
{
	sha256d_80_many(out, headers, n);
}

void
header_hash_all(struct hash256 *out, const struct header *headers, size_t n)
{
	uint8_t bytes[16][HEADER_LEN];
	size_t part;

	for (size_t i = 0; i < n; i += part) {
		part = n - i < ARRAY_LEN(bytes) ? n - i : ARRAY_LEN(bytes);
		for (size_t j = 0; j < part; j++)
			header_encode(bytes[j], &headers[i + j]);
		header_hash_many(&out[i], bytes[0], part);
	}
}
