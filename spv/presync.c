/* Invariants:
 * 1. Nothing is released before the branch has shown the needed work in the first pass.
 * 2. A header is released only when PRESYNC_BUFFER headers above it are in, each commitment below them met, or when the second pass
 *    itself has shown the needed work.
 * 3. Every header of both passes obeys all header rules of its own branch and follows the one before.
 * 4. There is one commitment for each height h between the start and the end of the first pass with h = offset modulo PRESYNC_PERIOD,
 *    and at most as many as six headers a second allow from the start's median time to two hours after the clock.
 * 5. Memory stays below presync_memory_max() whatever comes.
 * 6. Headers are released in order, each once, also over a rewind. */
#include "spv/presync.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/target.h"

#define HEADERS_A_SECOND 6 /* eleven headers at least every two seconds of their median */
#define BITS_GROW 64       /* bytes of commitments got at once, at first */

/* How far a pass has come. */
struct place {
	struct hash256 hash;
	uint32_t height;
	uint32_t time;
	struct u256 work;
	size_t bits; /* commitments made (first pass) or met (second) */
	struct header_ancestor window[RETARGET_INTERVAL]; /* this header and those before it, by height modulo the interval */
	uint32_t window_n;
};

struct presync {
	const struct chain_params *chain;
	struct u256 need;
	uint8_t salt[PRESYNC_SALT_LEN];
	uint32_t offset; /* of the heights with a commitment */
	struct place start;
	struct place at;    /* in the present pass */
	struct place taken; /* first pass: where the present peer took over */
	bool second;
	bool done;  /* the second pass has shown the work */
	bool spent; /* after a bad verdict */
	uint32_t first_height;

	uint8_t *bits; /* owned */
	size_t bits_n, bits_cap /* bytes */, bits_max;

	struct header *held; /* owned; a ring */
	size_t held_cap, held_first, held_n;
	struct hash256 released; /* the last header handed out, or the start */
	uint32_t released_height;
	struct u256 released_work;

	uint32_t work_bits; /* the last bits whose work was computed: a long division saved */
	struct u256 work_of_bits;
};

/* --- Places --- */

static bool
place_ancestor(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct place *p = context;

	if (height > p->height || p->height - height >= p->window_n)
		return false;
	*out = p->window[height % RETARGET_INTERVAL];
	return true;
}

/* Lay out the last headers, newest first, for a place whose height is set. */
static void
place_fill(struct place *p, const struct header_ancestor *recent, size_t n)
{
	assert(n > 0 && (n >= RETARGET_INTERVAL || n == (size_t)p->height + 1));
	p->window_n = n < RETARGET_INTERVAL ? (uint32_t)n : RETARGET_INTERVAL;
	for (uint32_t i = 0; i < p->window_n; i++)
		p->window[(p->height - i) % RETARGET_INTERVAL] = recent[i];
	p->time = recent[0].time;
}

static void
place_advance(struct place *p, const struct header *h, const struct hash256 *hash, const struct u256 *work)
{
	p->height++;
	p->hash = *hash;
	p->time = h->time;
	p->work = u256_add(&p->work, work);
	p->window[p->height % RETARGET_INTERVAL] = (struct header_ancestor){ .time = h->time, .bits = h->bits };
	if (p->window_n < RETARGET_INTERVAL)
		p->window_n++;
}

/* --- Beginning --- */

static size_t
most_bits(const struct place *start, struct unixtime now)
{
	struct header_branch branch = { .at = place_ancestor, .context = start };
	uint32_t median;
	int64_t seconds;
	bool ok = header_median_time(&median, start->height + 1, &branch);

	assert(ok);
	seconds = now.sec - (int64_t)median + FUTURE_LIMIT_SECONDS;
	return seconds > 0 ? (size_t)seconds * HEADERS_A_SECOND / PRESYNC_PERIOD : 0;
}

struct presync *
presync_new(const struct chain_params *p, const struct presync_start *start, const struct u256 *need,
	    const uint8_t salt[PRESYNC_SALT_LEN], struct unixtime now)
{
	struct presync *s = mem_new(1, sizeof(*s));

	s->chain = p;
	s->need = *need;
	memcpy(s->salt, salt, sizeof(s->salt));
	s->offset = (uint32_t)(salt[0] | salt[1] << 8 | salt[2] << 16) % PRESYNC_PERIOD;
	s->start.hash = start->hash;
	s->start.height = start->height;
	s->start.work = start->work;
	place_fill(&s->start, start->recent, start->recent_n);
	s->at = s->taken = s->start;
	s->first_height = start->height;
	s->bits_max = most_bits(&s->start, now);
	s->released = start->hash;
	s->released_height = start->height;
	s->released_work = start->work;
	return s;
}

void
presync_free(struct presync *s)
{
	if (s == NULL)
		return;
	free(s->bits);
	free(s->held);
	free(s);
}

const char *
presync_verdict_name(enum presync_verdict v)
{
	switch (v) {
	case PRESYNC_MORE:
		return "more";
	case PRESYNC_DONE:
		return "done";
	case PRESYNC_STRANGE:
		return "strange";
	case PRESYNC_LOW:
		return "low-work";
	case PRESYNC_MISMATCH:
		return "not-as-committed";
	case PRESYNC_BROKEN:
		return "broken-rule";
	case PRESYNC_TOO_LONG:
		return "too-long";
	}
	return "?";
}

/* --- Commitments --- */

static bool
salted_bit(const struct presync *s, const struct hash256 *hash)
{
	struct sha256_ctx c;
	struct hash256 out;

	sha256_init(&c);
	sha256_update(&c, s->salt, sizeof(s->salt));
	sha256_update(&c, hash->b, sizeof(hash->b));
	sha256_final(&c, &out);
	return out.b[0] & 1;
}

static bool
is_committed(const struct presync *s, uint32_t height)
{
	return height % PRESYNC_PERIOD == s->offset;
}

static enum presync_verdict
commit(struct presync *s, uint32_t height, const struct hash256 *hash)
{
	size_t byte = s->at.bits / 8;
	uint8_t mask = (uint8_t)(1u << s->at.bits % 8);

	if (!is_committed(s, height))
		return PRESYNC_MORE;
	if (s->at.bits == s->bits_max)
		return PRESYNC_TOO_LONG;
	if (byte == s->bits_cap) {
		s->bits_cap = s->bits_cap == 0 ? BITS_GROW : s->bits_cap * 2;
		if (s->bits_cap > s->bits_max / 8 + 1)
			s->bits_cap = s->bits_max / 8 + 1;
		s->bits = mem_resize(s->bits, s->bits_cap, 1);
	}
	if (s->at.bits % 8 == 0)
		s->bits[byte] = 0;
	s->bits[byte] = (uint8_t)((s->bits[byte] & ~mask) | (salted_bit(s, hash) ? mask : 0));
	s->bits_n = ++s->at.bits;
	return PRESYNC_MORE;
}

/* Once the work is there the second pass needs no bits to vouch for it, and may go beyond the first. */
static enum presync_verdict
meet(struct presync *s, uint32_t height, const struct hash256 *hash)
{
	size_t bit = s->at.bits;

	if (s->done || !is_committed(s, height))
		return PRESYNC_MORE;
	if (bit == s->bits_n || ((s->bits[bit / 8] >> bit % 8) & 1) != salted_bit(s, hash))
		return PRESYNC_MISMATCH;
	s->at.bits++;
	return PRESYNC_MORE;
}

/* --- The second pass's buffer --- */

static void
begin_second(struct presync *s)
{
	size_t most = s->first_height - s->start.height + PRESYNC_PERIOD;

	s->second = true;
	s->at = s->start;
	s->held_cap = (most < PRESYNC_BUFFER ? most : PRESYNC_BUFFER) + PRESYNC_MESSAGE_MAX;
	s->held = mem_new(s->held_cap, sizeof(*s->held));
}

static void
hold(struct presync *s, const struct header *h)
{
	assert(s->held_n < s->held_cap);
	s->held[(s->held_first + s->held_n++) % s->held_cap] = *h;
}

static size_t
ready(const struct presync *s)
{
	if (s->done)
		return s->held_n;
	return s->held_n > PRESYNC_BUFFER ? s->held_n - PRESYNC_BUFFER : 0;
}

static const struct header *
held_at(const struct presync *s, size_t i)
{
	return &s->held[(s->held_first + i) % s->held_cap];
}

static struct u256
work_of(struct presync *s, uint32_t bits)
{
	if (bits != s->work_bits) {
		bool ok = bits_work(&s->work_of_bits, bits);

		assert(ok);
		s->work_bits = bits;
	}
	return s->work_of_bits;
}

size_t
presync_release(struct presync *s, struct header *headers, struct hash256 *hashes, size_t max)
{
	size_t n = s->spent ? 0 : ready(s);

	n = n < max ? n : max;
	for (size_t i = 0; i < n; i++) {
		struct u256 work;

		headers[i] = *held_at(s, 0);
		/* A header's hash stands in the next one. */
		hashes[i] = s->held_n > 1 ? held_at(s, 1)->prev : s->at.hash;
		work = work_of(s, headers[i].bits);
		s->released_work = u256_add(&s->released_work, &work);
		s->released = hashes[i];
		s->released_height++;
		s->held_first = (s->held_first + 1) % s->held_cap;
		s->held_n--;
	}
	return n;
}

/* --- Taking --- */

static enum presync_verdict
take_one(struct presync *s, const struct header *h, const struct hash256 *hash, struct unixtime now, enum header_verdict *rule)
{
	struct header_branch branch = { .at = place_ancestor, .context = &s->at };
	uint32_t height = s->at.height + 1;
	enum presync_verdict v;
	struct u256 work;

	*rule = header_check_hashed(s->chain, h, hash, height, &s->at.hash, &branch, now);
	if (*rule != HEADER_OK)
		return PRESYNC_BROKEN;
	v = s->second ? meet(s, height, hash) : commit(s, height, hash);
	if (v != PRESYNC_MORE)
		return v;
	work = work_of(s, h->bits);
	place_advance(&s->at, h, hash, &work);
	if (s->second) {
		hold(s, h);
		s->done = s->done || u256_cmp(&s->at.work, &s->need) >= 0;
	} else {
		s->first_height = height;
	}
	return PRESYNC_MORE;
}

/* All that the message had is in: does it lead further? */
static enum presync_verdict
after(struct presync *s, bool full)
{
	if (s->done)
		return PRESYNC_DONE;
	if (!s->second && u256_cmp(&s->at.work, &s->need) >= 0) {
		begin_second(s);
		return PRESYNC_MORE;
	}
	return full ? PRESYNC_MORE : PRESYNC_LOW;
}

enum presync_verdict
presync_take(struct presync *s, const struct presync_message *m, struct unixtime now, enum header_verdict *rule, size_t *at)
{
	enum presync_verdict v = PRESYNC_MORE;
	bool full = m->full;

	assert(!s->spent && !s->done && ready(s) == 0 && m->n > 0 && m->n <= PRESYNC_MESSAGE_MAX);
	if (!hash256_eq(&m->headers[0].prev, &s->at.hash))
		return PRESYNC_STRANGE;
	for (*at = 0; *at < m->n && v == PRESYNC_MORE; ++*at) {
		v = take_one(s, &m->headers[*at], &m->hashes[*at], now, rule);
		if (v == PRESYNC_BROKEN && *rule == HEADER_TIME_FUTURE) {
			v = PRESYNC_MORE;
			full = false;
			break;
		}
	}
	if (v == PRESYNC_MORE)
		v = after(s, full);
	else
		--*at;
	s->spent = v != PRESYNC_MORE && v != PRESYNC_DONE;
	return v;
}

/* --- From peer to peer --- */

void
presync_hand_over(struct presync *s)
{
	assert(!s->spent);
	if (!s->second)
		s->taken = s->at;
}

const struct hash256 *
presync_rewind_to(const struct presync *s)
{
	return s->second ? &s->released : &s->taken.hash;
}

/* The commitments between the start and a height. */
static size_t
bits_up_to(const struct presync *s, uint32_t height)
{
	uint64_t below = s->start.height + (uint64_t)PRESYNC_PERIOD - s->offset, upto = height + (uint64_t)PRESYNC_PERIOD - s->offset;

	return (size_t)(upto / PRESYNC_PERIOD - below / PRESYNC_PERIOD);
}

bool
presync_rewind(struct presync *s, const struct header_ancestor *recent, size_t recent_n)
{
	if (!s->second) {
		s->at = s->taken;
		s->bits_n = s->at.bits;
		s->first_height = s->at.height;
		s->spent = false;
		return s->at.height > s->start.height;
	}
	if (s->done)
		return false;
	s->at.hash = s->released;
	s->at.height = s->released_height;
	s->at.work = s->released_work;
	s->at.bits = bits_up_to(s, s->released_height);
	place_fill(&s->at, recent, recent_n);
	s->held_n = s->held_first = 0;
	s->spent = false;
	return true;
}

struct presync *
presync_fork(const struct presync *s, const struct header_ancestor *recent, size_t recent_n)
{
	struct presync *copy = mem_dup(s, sizeof(*s));

	copy->bits = s->bits_cap > 0 ? mem_dup(s->bits, s->bits_cap) : NULL;
	copy->held = s->second ? mem_new(s->held_cap, sizeof(*s->held)) : NULL;
	if (presync_rewind(copy, recent, recent_n))
		return copy;
	presync_free(copy);
	return NULL;
}

/* --- Questions --- */

const struct hash256 *
presync_last(const struct presync *s)
{
	return &s->at.hash;
}

const struct hash256 *
presync_start_hash(const struct presync *s)
{
	return &s->start.hash;
}

void
presync_progress(const struct presync *s, struct presync_progress *out)
{
	*out = (struct presync_progress){
		.second = s->second,
		.start = s->start.height,
		.height = s->at.height,
		.time = s->at.time,
		.first_height = s->first_height,
		.work = s->at.work,
	};
}

size_t
presync_memory(const struct presync *s)
{
	return sizeof(*s) + s->bits_cap + s->held_cap * sizeof(*s->held);
}

size_t
presync_memory_max(const struct presync *s)
{
	return sizeof(*s) + s->bits_max / 8 + 1 + (PRESYNC_BUFFER + PRESYNC_MESSAGE_MAX) * sizeof(*s->held);
}

void
presync_check(const struct presync *s)
{
	assert(s->second || (s->held_n == 0 && s->held_cap == 0 && s->released_height == s->start.height));
	assert(!s->done || (s->second && u256_cmp(&s->at.work, &s->need) >= 0));
	assert(s->released_height + s->held_n == (s->second ? s->at.height : s->start.height));
	assert(s->done || ready(s) == 0 || s->held_n > PRESYNC_BUFFER);
	assert(s->bits_n <= s->bits_max && s->bits_n <= s->bits_cap * 8);
	assert(s->bits_n == bits_up_to(s, s->first_height));
	assert(s->done || s->at.bits == bits_up_to(s, s->at.height));
	assert(s->second || s->at.bits == s->bits_n);
	assert(s->taken.bits <= s->bits_n && s->taken.height <= s->first_height);
	if (s->held_n > 0) {
		struct hash256 last;

		header_hash(&last, held_at(s, s->held_n - 1));
		assert(hash256_eq(&held_at(s, 0)->prev, &s->released) && hash256_eq(&last, &s->at.hash));
	}
	assert(presync_memory(s) <= presync_memory_max(s));
}
