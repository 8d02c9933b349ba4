/* Compact filters of a real size (10,000 items): matching one script and 1,000, and building. Beside it, in the same run,
 * a reader and a matcher written the plain way that full nodes have: a byte of input at a time, hashes one by one, a
 * comparison sort. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "chain/siphash.h"

#define ITEMS 10000
#define FILTERS 20
#define ROUNDS 10
#define SCRIPT_MAX 34
#define GCS_M 784931u
#define GCS_P 19

struct scripts {
	struct filter_item *item; /* owned */
	uint8_t *bytes;           /* owned */
	size_t n;
};

struct bench {
	struct scripts members, sought;
	struct hash256 key[FILTERS];
	struct wr filter[FILTERS];
};

static double
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Of the lengths of P2WPKH, P2SH, P2PKH, P2WSH and P2TR; those of another series share none. */
static struct scripts
make_scripts(size_t n, uint32_t series)
{
	static const size_t lengths[] = { 22, 23, 25, 34, 22, 34, 22, 34 };
	struct scripts s = { mem_new(n, sizeof(*s.item)), mem_new(n, SCRIPT_MAX), n };

	for (size_t i = 0; i < n; i++) {
		uint64_t seed[2] = { series, i };
		struct hash256 h;
		uint8_t *p = s.bytes + i * SCRIPT_MAX;

		sha256(&h, seed, sizeof(seed));
		memcpy(p + 2, h.b, 32);
		p[0] = 0x51;
		p[1] = 0x20;
		s.item[i] = (struct filter_item){ p, lengths[i % ARRAY_LEN(lengths)] };
	}
	return s;
}

/* -- The plain way -- */

struct plain_reader {
	const uint8_t *p, *end;
	uint8_t byte;
	unsigned used; /* of byte's 8 bits */
};

static uint64_t
plain_bits(struct plain_reader *r, unsigned n)
{
	uint64_t v = 0;

	while (n > 0) {
		unsigned take;

		if (r->used == 8) {
			assert(r->p < r->end);
			r->byte = *r->p++;
			r->used = 0;
		}
		take = n < 8 - r->used ? n : 8 - r->used;
		v = v << take | (uint8_t)(r->byte << r->used) >> (8 - take);
		r->used += take;
		n -= take;
	}
	return v;
}

static uint64_t
plain_value(struct plain_reader *r)
{
	uint64_t quotient = 0;

	while (plain_bits(r, 1) == 1)
		quotient++;
	return (quotient << GCS_P) + plain_bits(r, GCS_P);
}

static int
plain_cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool
plain_match(const struct wr *filter, const struct hash256 *key, const struct filter_item *items, size_t n)
{
	struct rd head = rd_init(filter->p, filter->len);
	uint64_t count = rd_compactsize(&head), value = 0, *sought = mem_new(n, sizeof(*sought));
	struct plain_reader r = { .p = head.p, .end = head.p + head.left, .used = 8 };
	bool found = false;
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t hash = siphash(siphash_key_from(key->b), items[i].bytes, items[i].len);

		sought[i] = (uint64_t)((unsigned __int128)hash * (count * GCS_M) >> 64);
	}
	qsort(sought, n, sizeof(*sought), plain_cmp);
	for (uint64_t i = 0; i < count; i++) {
		value += plain_value(&r);
		while (at < n && sought[at] < value)
			at++;
		found = found || (at < n && sought[at] == value);
	}
	free(sought);
	return found;
}

/* -- Measuring -- */

/* The best of some rounds over all filters: nanoseconds a filter. */
static double
measure(const struct bench *b, size_t scripts, bool plain)
{
	double best = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns(), took;

		for (size_t i = 0; i < FILTERS; i++) {
			const struct wr *f = &b->filter[i];
			bool found = plain ? plain_match(f, &b->key[i], b->sought.item, scripts)
					   : filter_match_any(f->p, f->len, &b->key[i], b->sought.item, scripts) == FILTER_YES;

			assert(!found);
		}
		took = (now_ns() - start) / FILTERS;
		if (round == 0 || took < best)
			best = took;
	}
	return best;
}

static void
bench_match(const struct bench *b, size_t scripts)
{
	double ours = measure(b, scripts, false), plain = measure(b, scripts, true);

	printf("{\"bench\":\"filter_match\",\"items\":%d,\"scripts\":%zu,\"us_each\":%.2f,\"ns_item\":%.3f,\"plain_us\":%.2f,"
	       "\"times_plain\":%.2f}\n", ITEMS, scripts, ours / 1e3, ours / ITEMS, plain / 1e3, plain / ours);
}

static void
bench_build(struct bench *b)
{
	double start = now_ns(), took;

	for (size_t i = 0; i < FILTERS; i++) {
		sha256(&b->key[i], &i, sizeof(i));
		filter_build(&b->filter[i], &b->key[i], b->members.item, b->members.n);
	}
	took = (now_ns() - start) / FILTERS;
	printf("{\"bench\":\"filter_build\",\"items\":%d,\"us_each\":%.1f,\"bytes\":%zu}\n", ITEMS, took / 1e3, b->filter[0].len);
}

static bool
write_file(const char *path, const struct wr *w)
{
	FILE *f = fopen(path, "wb");
	bool ok = f != NULL && fwrite(w->p, 1, w->len, f) == w->len;

	return f != NULL && fclose(f) == 0 && ok;
}

static void
put(struct wr *w, const void *bytes, size_t len)
{
	wr_u32(w, (uint32_t)len);
	wr_bytes(w, bytes, len);
}

/* For other programs to do the same work: count, then key and filter of each; count, then scripts. All behind 32-bit lengths. */
static bool
dump(const struct bench *b, const char *path)
{
	struct wr w = { 0 };
	bool ok;

	wr_u32(&w, FILTERS);
	for (size_t i = 0; i < FILTERS; i++) {
		put(&w, b->key[i].b, 16);
		put(&w, b->filter[i].p, b->filter[i].len);
	}
	wr_u32(&w, (uint32_t)b->sought.n);
	for (size_t i = 0; i < b->sought.n; i++)
		put(&w, b->sought.item[i].bytes, b->sought.item[i].len);
	ok = write_file(path, &w);
	wr_clear(&w);
	return ok;
}

static void
scripts_free(struct scripts *s)
{
	free(s->item);
	free(s->bytes);
}

/* With a file's name: the filters and scripts are written to it, too. */
int
main(int argc, char **argv)
{
	int status = 0;

	struct bench b = { .members = make_scripts(ITEMS, 1), .sought = make_scripts(1000, 2) };

	bench_build(&b);
	bench_match(&b, 1);
	bench_match(&b, 100);
	bench_match(&b, 1000);
	if (argc == 2 && !dump(&b, argv[1])) {
		perror(argv[1]);
		status = 1;
	}
	for (size_t i = 0; i < FILTERS; i++)
		wr_clear(&b.filter[i]);
	scripts_free(&b.members);
	scripts_free(&b.sought);
	return status;
}
