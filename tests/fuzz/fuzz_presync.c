/* A branch that proves its work: the input is a row of messages from two chains that share their beginning, in any order and cut
 * anywhere, with faults, changes of peer, and copies. Whatever comes, what is released is one chain with the needed work behind it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "chain/target.h"
#include "spv/presync.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mining.h"

#define HEIGHT 2700
#define SHARED 900
#define STEPS 60

struct chain {
	struct header h[HEIGHT + 1];
	struct hash256 hash[HEIGHT + 1];
};

struct trial {
	struct presync *s;
	struct unixtime now;
	struct u256 need;
	uint32_t start, released; /* heights */
	struct hash256 last;      /* the last released */
	bool over;                /* after a verdict that ends it: only a rewind may follow */
};

static struct chain chains[2];

static void
mine_chains(void)
{
	const struct chain_params *p = chain_params_find("regtest");

	for (uint32_t k = 0; k < 2; k++) {
		chains[k].h[0] = p->genesis;
		chains[k].hash[0] = p->genesis_hash;
		for (uint32_t i = 1; i <= HEIGHT; i++)
			chains[k].h[i] = mine_child(&chains[k].hash[i - 1], p->limit_bits, p->genesis.time + 600 * i, i > SHARED ? k : 0,
						    &chains[k].hash[i]);
	}
}

static size_t
recent(struct header_ancestor out[RETARGET_INTERVAL], const struct chain *c, uint32_t height)
{
	size_t n = 0;

	for (; n < RETARGET_INTERVAL && n <= height; n++)
		out[n] = (struct header_ancestor){ .time = c->h[height - n].time, .bits = c->h[height - n].bits };
	return n;
}

static void
begin(struct trial *t, struct rd *r)
{
	struct header_ancestor known[RETARGET_INTERVAL];
	struct presync_start from = { .height = rd_u16(r) % SHARED, .recent = known };
	uint8_t salt[PRESYNC_SALT_LEN] = { rd_u8(r), rd_u8(r), 1 };

	t->start = t->released = from.height;
	t->last = from.hash = chains[0].hash[from.height];
	from.work = u256_from_u64(2 * (from.height + 1));
	from.recent_n = recent(known, &chains[0], from.height);
	t->need = u256_from_u64(rd_u16(r) % (2 * HEIGHT));
	t->now.sec = chains[0].h[from.height].time + (int64_t)rd_u32(r) % 2000000;
	t->s = presync_new(chain_params_find("regtest"), &from, &t->need, salt, t->now);
}

static void
release(struct trial *t)
{
	static struct header headers[64];
	static struct hash256 hashes[64];
	struct hash256 hash;
	size_t n;

	while ((n = presync_release(t->s, headers, hashes, 64)) > 0) {
		for (size_t i = 0; i < n; i++, t->released++) {
			header_hash(&hash, &headers[i]);
			assert(hash256_eq(&hash, &hashes[i]) && hash256_eq(&headers[i].prev, &t->last));
			t->last = hash;
		}
	}
}

static void
give(struct trial *t, struct rd *r)
{
	static struct header h[PRESYNC_MESSAGE_MAX];
	static struct hash256 hash[PRESYNC_MESSAGE_MAX];
	const struct chain *c = &chains[rd_u8(r) % 2];
	uint32_t from = 1 + rd_u16(r) % HEIGHT, n = 1 + rd_u16(r) % PRESYNC_MESSAGE_MAX, fault = rd_u16(r);
	struct presync_message m = { .headers = h, .hashes = hash, .full = rd_u8(r) % 4 != 0 };
	enum header_verdict rule = HEADER_OK;
	enum presync_verdict v;
	struct presync_progress at;
	size_t place = 0;

	presync_progress(t->s, &at);
	/* What follows is the usual case. */
	if (from % 3 != 0)
		from = at.height < HEIGHT ? at.height + 1 : HEIGHT;
	m.n = n <= HEIGHT - from + 1 ? n : HEIGHT - from + 1;
	memcpy(h, c->h + from, m.n * sizeof(*h));
	memcpy(hash, c->hash + from, m.n * sizeof(*hash));
	if (fault % 8 == 0 && fault / 8 < m.n) {
		h[fault / 8].time ^= 1u << fault % 29;
		header_hash(&hash[fault / 8], &h[fault / 8]);
		m.n = fault / 8 + 1;
	}
	v = presync_take(t->s, &m, t->now, &rule, &place);
	t->over = v != PRESYNC_MORE && v != PRESYNC_STRANGE;
	if (!t->over || v == PRESYNC_DONE)
		release(t);
	if (v == PRESYNC_DONE) {
		/* Each of these headers has a work of two. */
		struct u256 work = u256_from_u64(2 * ((uint64_t)t->released + 1));

		assert(u256_cmp(&work, &t->need) >= 0 && hash256_eq(&t->last, presync_last(t->s)));
	} else {
		assert(t->released == t->start); /* the buffer holds all of such short branches back */
	}
}

static bool
step(struct trial *t, struct rd *r)
{
	struct header_ancestor known[RETARGET_INTERVAL];
	size_t n = recent(known, &chains[0], t->released);
	uint8_t what = rd_u8(r);
	struct presync *copy;

	if (t->over || what % 8 == 0) {
		t->over = !presync_rewind(t->s, known, n);
	} else if (what % 8 == 1) {
		presync_hand_over(t->s);
	} else if (what % 8 == 2) {
		copy = presync_fork(t->s, known, n);
		if (copy != NULL) {
			presync_free(t->s);
			t->s = copy;
		}
	} else if (what % 8 == 3) {
		t->now.sec += what * 1000;
	} else {
		give(t, r);
	}
	presync_check(t->s);
	return !t->over || (what & 64) != 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct trial t = { 0 };

	if (chains[0].h[0].bits == 0)
		mine_chains();
	begin(&t, &r);
	for (int i = 0; i < STEPS && r.left > 0 && step(&t, &r); i++)
		;
	presync_free(t.s);
	return 0;
}
