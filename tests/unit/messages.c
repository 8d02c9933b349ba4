#include "tests/unit/messages.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

#define MESSAGE_MAX 4096

uint8_t *
unhex(size_t *len, const char *hex)
{
	uint8_t *p = hex_decode_new(len, hex, MESSAGE_MAX);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

void
written_as(struct wr *w, const char *hex)
{
	char *got = mem_new(2 * w->len + 1, 1);

	hex_encode(got, w->p, w->len);
	CU_ASSERT_STRING_EQUAL(got, hex);
	free(got);
	wr_clear(w);
}

void
every_truncation_and_byte_more(const struct message_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len;
		uint8_t *p = unhex(&len, rows[i].hex);

		for (size_t cut = 0; cut <= len; cut++) {
			uint8_t *exact = mem_dup(p, cut); /* so that the sanitizer sees a read past the end */
			bool taken = rows[i].takes(exact, cut);

			CU_ASSERT_EQUAL(taken, cut + rows[i].optional >= len);
			if (taken != (cut + rows[i].optional >= len))
				printf("%s cut to %zu of %zu\n", rows[i].name, cut, len);
			free(exact);
		}
		p = mem_resize(p, len + 1, 1);
		p[len] = 0;
		CU_ASSERT_EQUAL(rows[i].takes(p, len + 1), rows[i].more);
		free(p);
	}
}

/* A count of n in front of `items` items. */
static bool
count_taken(const struct count_row *row, uint64_t n, uint64_t items)
{
	static const uint8_t zeros[128];
	struct wr w = { 0 };
	bool ok;

	wr_bytes(&w, zeros, row->head);
	wr_compactsize(&w, n);
	for (uint64_t i = 0; i < items; i++)
		wr_bytes(&w, zeros, row->size);
	wr_bytes(&w, zeros, row->tail);
	ok = row->takes(w.p, w.len);
	wr_clear(&w);
	return ok;
}

void
counts_at_and_above_limits(const struct count_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct count_row *row = &rows[i];

		CU_ASSERT(count_taken(row, row->max, row->max));
		CU_ASSERT_FALSE(count_taken(row, row->max + 1, row->max + 1));
		CU_ASSERT_FALSE(count_taken(row, 2, 1));
		CU_ASSERT_FALSE(count_taken(row, 1, 2));
		/* Lying counts: nothing may be allocated for them. */
		CU_ASSERT_FALSE(count_taken(row, UINT64_MAX, 1));
		CU_ASSERT_FALSE(count_taken(row, UINT64_MAX / row->size + 1, 1));
	}
}
