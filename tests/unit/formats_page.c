#include "tests/unit/formats_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

static char *page; /* the whole document */

bool
page_load(void)
{
	const char *source = getenv("srcdir");
	char path[600];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/doc/formats.md", source ? source : ".");
	f = fopen(path, "rb");
	if (f == NULL)
		return false;
	page = mem_new(200000, 1);
	n = fread(page, 1, 199999, f);
	fclose(f);
	return n > 0;
}

void
page_free(void)
{
	free(page);
}

/* It may go on over indented lines. */
void
example_text(struct wr *out, const char *name)
{
	char start[64];
	const char *p;

	snprintf(start, sizeof(start), "\n%s =", name);
	p = strstr(page, start);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (p += strlen(start); *p != '\0' && !(p[0] == '\n' && p[1] != ' '); p++) {
		if (*p != ' ' && *p != '\n')
			wr_bytes(out, p, 1);
	}
	wr_u8(out, 0);
}

struct wr
example(const char *name)
{
	struct wr text = { 0 }, bytes = { 0 };
	uint8_t *p;
	size_t len;

	example_text(&text, name);
	p = hex_decode_new(&len, (char *)text.p, 100000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	wr_bytes(&bytes, p, len);
	free(p);
	wr_clear(&text);
	return bytes;
}

void
same(const char *name, const void *bytes, size_t len)
{
	struct wr want = example(name);

	CU_ASSERT_EQUAL(want.len, len);
	CU_ASSERT(want.len == len && memcmp(want.p, bytes, len) == 0);
	wr_clear(&want);
}

struct hash256
example_hash(const char *name)
{
	struct wr w = example(name);
	struct hash256 h;
	struct rd r = rd_init(w.p, w.len);

	rd_hash256(&r, &h);
	CU_ASSERT(rd_done(&r));
	wr_clear(&w);
	return h;
}
