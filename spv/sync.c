/* Headers: whom to ask, what to do with the answers. Those of too little work go to low_work.c.
 *
 * Invariants:
 * 1. A peer is blamed for a header only by a rule that the header itself breaks; unknown parents, clocks and our own bounds ban
 *    nobody.
 * 2. A full message is followed by another request only when it led further than the full message before: a peer can't make us
 *    ask in circles.
 * 3. At most SPV_HELD_MAX headers from the future are held.
 * 4. While the headers are not there, the peer that is asked for them keeps a pace, or another one takes its place; and after
 *    SPV_TURN_MS another one that waits does so anyway. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "spv/core.h"

#define UNCONNECTING_MAX 10
#define RECENT_SECONDS (24 * 60 * 60)
#define ASK_PAUSE_MS 1000 /* between two requests to a peer that leaves one unanswered */
#define PACE_MS 60000     /* time over which a peer's headers are counted */
#define SHORT_ANSWERS_MAX 3

bool
sync_any_told(const struct spv *s)
{
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		/* Those that came to us may all be one stranger's. */
		if (peer_is_ready(p) && p->caught_up && !p->low_work && p->role != SPV_INBOUND)
			return true;
	}
	return false;
}

bool
sync_any_caught_up(const struct spv *s)
{
	struct u256 work = header_tree_work_at(s->tree, header_tree_height(s->tree));

	return u256_cmp(&work, &s->params.chain->minimum_chain_work) >= 0 && sync_any_told(s);
}

void
sync_ask_with(struct spv *s, struct peer *p, const struct p2p_locator *l)
{
	struct wr w = { 0 };

	wr_p2p_locator(&w, l);
	peer_send(s, p, "getheaders", w.p, w.len);
	wr_clear(&w);
	p->asked = true;
	p->ask_again = false;
	p->asked_at = s->now.mono;
}

static void
ask_from(struct spv *s, struct peer *p, const struct hash256 *from)
{
	struct p2p_locator l;

	header_tree_locator(s->tree, from, &l);
	low_work_locator(s, p, &l);
	sync_ask_with(s, p, &l);
}

/* From the tip's parent: a peer with the same tip then answers with it, and we learn that it has it. */
void
sync_ask(struct spv *s, struct peer *p)
{
	uint32_t height = header_tree_height(s->tree);
	struct hash256 from = header_tree_hash_at(s->tree, height > 0 ? height - 1 : 0);

	p->full_height = 0;
	ask_from(s, p, &from);
}

/* Something that we don't know was announced. */
static void
ask_soon(struct spv *s, struct peer *p)
{
	if (!p->started)
		return; /* its turn comes */
	/* The answers under way lead there, unless one is lost. */
	if (p->asked && (!p->caught_up || job_is_served_by(s, p) || !mono_passed(p->asked_at, ASK_PAUSE_MS, s->now.mono)))
		p->ask_again = true;
	else
		sync_ask(s, p);
}

static bool
claims_more(const struct spv *s, const struct peer *p)
{
	return p->version.start_height > 0 && (uint32_t)p->version.start_height > header_tree_height(s->tree);
}

static void
start(struct spv *s, struct peer *p)
{
	p->started = true;
	p->pace_from = p->turn = s->now.mono;
	sync_ask(s, p);
	/* Nodes that find themselves behind the time don't answer at all: there is nothing to wait for. */
	if (!claims_more(s, p))
		p->caught_up = true;
}

/* a is asked before b, who waits longer: a peer that we chose goes before one that came to us, then one that claims
 * to have more than we have. How much it claims is no reason: peers that claim all and answer nothing would come
 * back and be asked for ever. */
static bool
goes_first(const struct spv *s, const struct peer *a, const struct peer *b)
{
	bool a_came = a->role == SPV_INBOUND, b_came = b->role == SPV_INBOUND;

	return a_came != b_came ? b_came : claims_more(s, a) && !claims_more(s, b);
}

/* No turns are needed. */
static bool
is_open_to_all(const struct spv *s)
{
	struct header tip = header_tree_header_at(s->tree, header_tree_height(s->tree));

	return sync_any_caught_up(s) || (int64_t)tip.time > s->now.wall.sec - RECENT_SECONDS;
}

/* Who has the turn, and who gets it next. */
static void
find_turn(const struct spv *s, struct peer **at_work, struct peer **next)
{
	*at_work = *next = NULL;
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		struct peer **which = p->started ? at_work : next;

		if (peer_is_ready(p) && !(p->started && p->caught_up) && (*which == NULL || goes_first(s, p, *which)))
			*which = p;
	}
}

void
sync_pump(struct spv *s)
{
	bool all = is_open_to_all(s);
	struct peer *at_work, *next;

	for (struct peer *p = s->peers; all && p != NULL; p = p->hh.next) {
		if (peer_is_ready(p) && !p->started)
			start(s, p);
	}
	find_turn(s, &at_work, &next);
	/* One at a time, but none that we have chosen waits for one that came by itself. */
	if (next != NULL && (at_work == NULL || (at_work->role == SPV_INBOUND && next->role != SPV_INBOUND)))
		start(s, next);
}

/* --- Headers from the future --- */

static bool
is_held(const struct spv *s, const struct hash256 *hash)
{
	for (size_t i = 0; i < s->held_n; i++) {
		if (hash256_eq(&s->held[i].hash, hash))
			return true;
	}
	return false;
}

static void
hold(struct spv *s, const struct header *h, const struct hash256 *hash)
{
	if (s->held_n < SPV_HELD_MAX && !is_held(s, hash))
		s->held[s->held_n++] = (struct held){ .header = *h, .hash = *hash };
}

/* Try the held headers again, in the order in which they came. */
static void
retry_held(struct spv *s)
{
	struct tree_change change;
	size_t left = 0, before = s->held_n;

	for (size_t i = 0; i < before; i++) {
		struct held h = s->held[i];
		enum tree_verdict v = header_tree_add(s->tree, &h.header, &h.hash, s->now.wall, NULL);
		/* The first of a row that is still held keeps its children, which have no parent yet. */
		bool keep = v == TREE_FUTURE;

		for (size_t j = 0; v == TREE_ORPHAN && j < left; j++)
			keep = keep || hash256_eq(&s->held[j].hash, &h.header.prev);
		if (keep)
			s->held[left++] = h;
	}
	s->held_n = left;
	if (left == before)
		return;
	header_tree_choose(s->tree, &change);
	spv_moved(s, &change);
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p))
			ask_soon(s, p);
	}
}

/* --- Answers --- */

/* The peer has this header. */
static void
note_best(struct spv *s, struct peer *p, const struct hash256 *hash)
{
	struct spv_header it, best;

	if (!header_tree_find(s->tree, hash, &it))
		return;
	low_work_shown(s, p, &it.work);
	if (p->has_best && header_tree_find(s->tree, &p->best, &best) && u256_cmp(&best.work, &it.work) > 0)
		return;
	p->has_best = true;
	p->best = *hash;
	p->best_height = it.height;
}

/* Add the headers up to the first that does not go in; *stop gets its place (n: none) and the verdict on it. */
static enum tree_verdict
add_all(struct spv *s, const struct answer *a, bool proven, size_t *stop, enum header_verdict *rule)
{
	enum tree_verdict v = TREE_KNOWN;

	header_tree_prefetch(s->tree, a->hashes, a->n);
	for (*stop = 0; *stop < a->n; ++*stop) {
		const struct header *h = &a->headers[*stop];
		const struct hash256 *hash = &a->hashes[*stop];

		v = proven ? header_tree_add_proven(s->tree, h, hash, s->now.wall, rule) : header_tree_add(s->tree, h, hash, s->now.wall, rule);
		if (v != TREE_NEW && v != TREE_KNOWN)
			break;
	}
	return v;
}

static void
on_unconnecting(struct spv *s, struct peer *p)
{
	/* While headers are asked for, what is announced can't connect. */
	if (p->asked && !p->caught_up)
		low_work_stray(s, p);
	else if (++p->unconnecting > UNCONNECTING_MAX)
		peer_close(s, p, false, "headers: %u messages in a row do not connect", p->unconnecting);
	else
		ask_soon(s, p);
}

/* Where a refused header would have stood. */
static unsigned long
height_of(const struct spv *s, const struct header *h)
{
	struct spv_header parent;

	return header_tree_find(s->tree, &h->prev, &parent) ? (unsigned long)parent.height + 1 : 0;
}

static void
on_stop(struct spv *s, struct peer *p, const struct answer *a, size_t stop, enum tree_verdict v, enum header_verdict rule)
{
	unsigned long height;

	switch (v) {
	case TREE_NEW:
	case TREE_KNOWN:
		return;
	case TREE_ORPHAN:
		on_unconnecting(s, p);
		return;
	case TREE_MARKED:
		peer_close(s, p, true, "headers: a branch with an invalid block");
		return;
	case TREE_REFUSED:
		height = height_of(s, &a->headers[stop]);
		peer_ban(s, p, height > 0 ? (int64_t)height : -1, "headers: %s at height %lu", header_verdict_name(rule), height);
		return;
	case TREE_FUTURE:
		for (; stop < a->n; stop++)
			hold(s, &a->headers[stop], &a->hashes[stop]);
		p->caught_up = true;
		p->proving = false;
		return;
	case TREE_FULL:
		p->caught_up = true;
		low_work_no_room(s, p, a->n - stop);
		return;
	}
}

/* It has far less than it claims, and may be giving its headers by drops. */
static bool
is_short_of_claim(const struct peer *p, const struct spv_header *last)
{
	return p->version.start_height > 0 && (uint32_t)p->version.start_height > last->height + P2P_HEADERS_MAX;
}

void
sync_told(struct spv *s, struct peer *p, const struct hash256 *hash, bool full)
{
	struct spv_header last;
	bool ok = header_tree_find(s->tree, hash, &last);

	assert(ok);
	p->unconnecting = 0;
	if (!full && !p->caught_up && is_short_of_claim(p, &last)) {
		if (++p->short_answers == SHORT_ANSWERS_MAX)
			peer_close(s, p, false, "headers: by drops, at height %lu", (unsigned long)last.height);
		else
			ask_from(s, p, hash);
		return;
	}
	if (!full) {
		p->caught_up = true;
		p->proving = false;
		return;
	}
	if (last.height <= p->full_height) {
		peer_close(s, p, false, "headers: the same ones again");
		return;
	}
	p->full_height = last.height;
	p->told = *hash;
	p->short_answers = 0;
	ask_from(s, p, hash);
}

bool
sync_enter(struct spv *s, struct peer *p, const struct answer *a, bool proven)
{
	enum header_verdict rule = HEADER_OK;
	size_t stop;
	enum tree_verdict v = add_all(s, a, proven, &stop, &rule);

	s->unsettled = s->unsettled || proven;
	/* What connects to a held header waits with it. */
	if (v == TREE_ORPHAN && is_held(s, &a->headers[stop].prev))
		v = TREE_FUTURE;
	/* What does not connect was announced of the peer's own accord; the answer is still to come. */
	if (v != TREE_ORPHAN)
		p->asked = false;
	if (stop > 0)
		note_best(s, p, &a->hashes[stop - 1]);
	on_stop(s, p, a, stop, v, rule);
	return stop == a->n;
}

static bool
hash_all(struct hash256 *hashes, const struct header *headers, size_t n)
{
	header_hash_all(hashes, headers, n);
	for (size_t i = 1; i < n; i++) {
		if (!hash256_eq(&headers[i].prev, &hashes[i - 1]))
			return false;
	}
	return true;
}

static void
take(struct spv *s, struct peer *p, const struct answer *a)
{
	struct tree_change change;
	bool proven;

	p->pace_n += a->n;
	proven = (p->proving && hash256_eq(&a->headers[0].prev, &p->told)) || a->n == P2P_HEADERS_MAX || low_work_overtakes(s, a);
	if (!low_work_take(s, p, a) && sync_enter(s, p, a, proven))
		sync_told(s, p, &a->hashes[a->n - 1], a->n == P2P_HEADERS_MAX);
	header_tree_choose(s->tree, &change);
	spv_moved(s, &change);
}

void
sync_on_headers(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct header *headers;
	struct hash256 *hashes;
	size_t n;

	if (!p2p_headers_decode(&headers, &n, payload, len)) {
		peer_close(s, p, true, "headers: malformed");
		return;
	}
	if (n == 0) {
		p->asked = p->waits = p->proving = false;
		p->caught_up = p->started;
		low_work_no_more(s, p);
		free(headers);
		return;
	}
	hashes = mem_new(n, sizeof(*hashes));
	if (!hash_all(hashes, headers, n))
		peer_close(s, p, true, "headers: not a chain");
	else if (p->started)
		take(s, p, &(struct answer){ .headers = headers, .hashes = hashes, .n = n });
	free(hashes);
	free(headers);
	/* Announced while the question was under way: the answer may have missed it. */
	if (p->ask_again && !p->asked && !p->waits && peer_is_ready(p))
		sync_ask(s, p);
}

void
sync_on_inv(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct p2p_inv *inv;
	struct spv_header known;
	size_t n;
	bool unknown = false;

	if (!p2p_inv_decode(&inv, &n, payload, len)) {
		peer_close(s, p, true, "inv: malformed");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (inv[i].type != INV_BLOCK && inv[i].type != INV_WITNESS_BLOCK)
			continue;
		if (header_tree_find(s->tree, &inv[i].hash, &known))
			note_best(s, p, &inv[i].hash);
		else
			unknown = true;
	}
	free(inv);
	if (unknown)
		ask_soon(s, p);
}

/* --- Time --- */

/* Another peer has more than we do and could be asked instead. */
static bool
has_rival(const struct spv *s, const struct peer *p)
{
	for (const struct peer *q = s->peers; q != NULL; q = q->hh.next) {
		if (q != p && peer_is_ready(q) && !q->low_work && claims_more(s, q))
			return true;
	}
	return false;
}

/* Who is asked for many headers and gives them slowly is left as soon as somebody else could give them. */
static void
check_pace(struct spv *s, struct peer *p)
{
	bool at_work = p->started && !p->waits && (!p->caught_up || job_is_served_by(s, p));
	int64_t least = s->params.headers_per_s * PACE_MS / 1000;

	if (at_work && !mono_passed(p->pace_from, PACE_MS, s->now.mono))
		return;
	if (at_work && (int64_t)p->pace_n < least && has_rival(s, p))
		peer_close(s, p, false, "headers: fewer than %lld a second", (long long)s->params.headers_per_s);
	p->pace_from = s->now.mono;
	p->pace_n = 0;
}

static void
check_answer(struct spv *s, struct peer *p)
{
	if (p->ask_again && p->caught_up && !job_is_served_by(s, p) && mono_passed(p->asked_at, ASK_PAUSE_MS, s->now.mono)) {
		sync_ask(s, p);
	} else if (p->asked && mono_passed(p->asked_at, s->params.headers_ms, s->now.mono)) {
		p->asked = false;
		if (!p->caught_up || job_is_served_by(s, p))
			peer_close(s, p, false, "headers: no answer within %lld s", (long long)(s->params.headers_ms / 1000));
	}
}

/* However fast it is: its headers may have no end. One that waits for a place for its branch is not to blame for the time. */
static void
check_turn(struct spv *s)
{
	struct peer *at_work, *next;

	if (is_open_to_all(s))
		return;
	find_turn(s, &at_work, &next);
	if (at_work == NULL || next == NULL || at_work->waits || (next->role == SPV_INBOUND && at_work->role != SPV_INBOUND))
		return;
	if (mono_passed(at_work->turn, SPV_TURN_MS, s->now.mono))
		peer_close(s, at_work, false, "headers: not all told in %d minutes, and another peer waits for its turn", SPV_TURN_MS / 60000);
}

void
sync_tick(struct spv *s)
{
	if (s->held_n > 0)
		retry_held(s);
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p))
			check_answer(s, p);
		if (peer_is_ready(p))
			check_pace(s, p);
	}
	check_turn(s);
	low_work_tick(s);
	jobs_tick(s);
	stale_tick(s);
}
