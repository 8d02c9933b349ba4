/* How fast headers pass all rules: a regtest chain, its ancestors in an array, against the double SHA-256 of its bytes alone, two at a
 * time where the processor can. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "chain/header_rules.h"

#define HEADERS 200000u
#define ROUNDS 5
#define PART 100 /* a divisor of it: headers hashed at once */

struct chain {
	const struct chain_params *p;
	uint8_t (*bytes)[HEADER_LEN]; /* number i stands at height i */
	struct header_ancestor *ancestor;
};

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
ancestor_at(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct chain *c = context;

	if (height > HEADERS)
		return false;
	*out = c->ancestor[height];
	return true;
}

static void
keep(struct chain *c, uint32_t height, const struct header *h)
{
	header_encode(c->bytes[height], h);
	c->ancestor[height] = (struct header_ancestor){ h->time, h->bits };
}

/* Times wander as real ones do: each block up to twenty minutes after the one before it, or a little earlier. */
static struct chain
mine(void)
{
	struct chain c = { chain_params_find("regtest"), mem_new(HEADERS + 1, HEADER_LEN), mem_new(HEADERS + 1, sizeof(*c.ancestor)) };
	struct hash256 prev = c.p->genesis_hash;

	keep(&c, 0, &c.p->genesis);
	for (uint32_t height = 1; height <= HEADERS; height++) {
		struct header h = { .version = 0x20000000, .prev = prev, .bits = c.p->limit_bits };

		h.time = c.p->genesis.time + 600 * height + (uint32_t)(prev.b[3] * 4);
		while (header_check_work(c.p, &h) != HEADER_OK)
			h.nonce++;
		header_hash(&prev, &h);
		keep(&c, height, &h);
	}
	return c;
}

/* From bytes to verdicts. */
static double
check_all(const struct chain *c)
{
	const struct header_branch branch = { .at = ancestor_at, .context = c };
	const struct unixtime now = { INT64_C(1) << 40 };
	struct hash256 hash[PART], prev = c->p->genesis_hash;
	double start = seconds();

	for (uint32_t height = 1; height <= HEADERS; height++) {
		uint32_t i = (height - 1) % PART;
		struct header h;
		bool ok = header_decode(&h, c->bytes[height], HEADER_LEN);

		if (i == 0)
			header_hash_many(hash, c->bytes[height], PART);
		ok = ok && header_check_hashed(c->p, &h, &hash[i], height, &prev, &branch, now) == HEADER_OK;
		assert(ok);
		prev = hash[i];
	}
	return seconds() - start;
}

static double
hash_all(const struct chain *c)
{
	struct hash256 hash[PART];
	unsigned sum = 0;
	double start = seconds(), end;

	for (uint32_t height = 1; height <= HEADERS; height += PART) {
		sha256d_80_many(hash, c->bytes[height], PART);
		sum += hash[0].b[0];
	}
	end = seconds();
	assert(sum != 0);
	return end - start;
}

int
main(void)
{
	struct chain c = mine();
	double checked = 1e9, hashed = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double a = check_all(&c), b = hash_all(&c);

		checked = a < checked ? a : checked;
		hashed = b < hashed ? b : hashed;
	}
	printf("{\"bench\":\"headers_checked\",\"n\":%u,\"per_second\":%.0f,\"sha256d_two_way_per_second\":%.0f,\"ratio\":%.3f}\n", HEADERS,
	       HEADERS / checked, HEADERS / hashed, hashed / checked);
	free(c.bytes);
	free(c.ancestor);
	return 0;
}
