#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct rd
rd_init(const void *bytes, size_t len)
{
	static const uint8_t none[1];

	return (struct rd){ .p = bytes ? bytes : none, .left = bytes ? len : 0, .bad = bytes == NULL && len != 0 };
}

void
rd_fail(struct rd *r)
{
	r->bad = true;
	r->left = 0;
}

const uint8_t *
rd_take(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > r->left) {
		rd_fail(r);
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

void
rd_bytes(struct rd *r, void *out, size_t n)
{
	const uint8_t *p = rd_take(r, n);

	if (n == 0)
		return;
	if (p != NULL)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

static uint64_t
rd_le(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);
	uint64_t v = 0;

	if (p == NULL)
		return 0;
	for (size_t i = n; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

uint8_t
rd_u8(struct rd *r)
{
	return (uint8_t)rd_le(r, 1);
}

uint16_t
rd_u16(struct rd *r)
{
	return (uint16_t)rd_le(r, 2);
}

uint16_t
rd_u16be(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);

	if (p == NULL)
		return 0;
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
rd_u32(struct rd *r)
{
	return (uint32_t)rd_le(r, 4);
}

uint64_t
rd_u64(struct rd *r)
{
	return rd_le(r, 8);
}

int32_t
rd_i32(struct rd *r)
{
	return (int32_t)rd_u32(r);
}

int64_t
rd_i64(struct rd *r)
{
	return (int64_t)rd_u64(r);
}

uint64_t
rd_compactsize(struct rd *r)
{
	uint8_t first = rd_u8(r);
	uint64_t v, least;

	switch (first) {
	case 0xfd:
		v = rd_le(r, 2);
		least = 0xfd;
		break;
	case 0xfe:
		v = rd_le(r, 4);
		least = 0x10000;
		break;
	case 0xff:
		v = rd_le(r, 8);
		least = 0x100000000;
		break;
	default:
		return first;
	}
	if (v < least)
		rd_fail(r);
	return r->bad ? 0 : v;
}

size_t
rd_count(struct rd *r, size_t min)
{
	uint64_t n = rd_compactsize(r);

	if (r->bad || n > r->left / min) {
		rd_fail(r);
		return 0;
	}
	return (size_t)n;
}

const uint8_t *
rd_varbytes(struct rd *r, size_t *len, size_t max)
{
	size_t n = rd_count(r, 1);

	if (n > max)
		rd_fail(r);
	*len = r->bad ? 0 : n;
	return rd_take(r, n);
}

struct rd
rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);
	struct rd child = rd_init(p, p == NULL ? 0 : n);

	child.bad = p == NULL;
	return child;
}

bool
rd_ok(const struct rd *r)
{
	return !r->bad;
}

bool
rd_done(const struct rd *r)
{
	return !r->bad && r->left == 0;
}

void
wr_clear(struct wr *w)
{
	free(w->p);
	*w = (struct wr){ 0 };
}

void
wr_reset(struct wr *w)
{
	w->len = 0;
}

void
wr_bytes(struct wr *w, const void *bytes, size_t n)
{
	if (n > w->cap - w->len) {
		size_t cap = w->cap ? w->cap : 64;

		while (cap - w->len < n)
			cap *= 2;
		w->p = mem_resize(w->p, cap, 1);
		w->cap = cap;
	}
	if (n != 0)
		memcpy(w->p + w->len, bytes, n);
	w->len += n;
}

static void
wr_le(struct wr *w, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	wr_bytes(w, b, n);
}

void
wr_u8(struct wr *w, uint8_t v)
{
	wr_le(w, v, 1);
}

void
wr_u16(struct wr *w, uint16_t v)
{
	wr_le(w, v, 2);
}

void
wr_u16be(struct wr *w, uint16_t v)
{
	wr_u8(w, (uint8_t)(v >> 8));
	wr_u8(w, (uint8_t)v);
}

void
wr_u32(struct wr *w, uint32_t v)
{
	wr_le(w, v, 4);
}

void
wr_u64(struct wr *w, uint64_t v)
{
	wr_le(w, v, 8);
}

void
wr_i32(struct wr *w, int32_t v)
{
	wr_u32(w, (uint32_t)v);
}

void
wr_i64(struct wr *w, int64_t v)
{
	wr_u64(w, (uint64_t)v);
}

void
wr_compactsize(struct wr *w, uint64_t v)
{
	if (v < 0xfd) {
		wr_u8(w, (uint8_t)v);
	} else if (v <= 0xffff) {
		wr_u8(w, 0xfd);
		wr_le(w, v, 2);
	} else if (v <= 0xffffffff) {
		wr_u8(w, 0xfe);
		wr_le(w, v, 4);
	} else {
		wr_u8(w, 0xff);
		wr_le(w, v, 8);
	}
}

void
wr_varbytes(struct wr *w, const void *bytes, size_t n)
{
	wr_compactsize(w, n);
	wr_bytes(w, bytes, n);
}

size_t
compactsize_len(uint64_t v)
{
	if (v < 0xfd)
		return 1;
	if (v <= 0xffff)
		return 3;
	return v <= 0xffffffff ? 5 : 9;
}

void
hex_encode(char *out, const void *bytes, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(void *out, size_t n, const char *hex)
{
	uint8_t *p = out;

	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(hex[2 * i]);
		int lo = hi < 0 ? -1 : hex_value(hex[2 * i + 1]);

		if (lo < 0)
			return false;
		p[i] = (uint8_t)(hi << 4 | lo);
	}
	return hex[2 * n] == '\0';
}

uint8_t *
hex_decode_new(size_t *len, const char *hex, size_t max)
{
	size_t digits = strlen(hex);
	uint8_t *p;

	if (digits % 2 != 0 || digits / 2 > max)
		return NULL;
	p = mem_new(digits / 2, 1);
	if (!hex_decode(p, digits / 2, hex)) {
		free(p);
		return NULL;
	}
	*len = digits / 2;
	return p;
}
