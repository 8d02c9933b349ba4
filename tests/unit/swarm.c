/* Events, clock, links, outputs. */
#include "tests/unit/swarm.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define TICK_MS 500
#define DRAIN_MAX 20000 /* outputs of one event */
#define BAN_MS 600000
#define RETRY_MS 1000
#define DIAL_PERCENT 30 /* of a peer to be dialled in a tick */

uint64_t
dice_roll(struct swarm_dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t
dice_below(struct swarm_dice *d, uint32_t n)
{
	return (uint32_t)(dice_roll(d) % n);
}

bool
dice_chance(struct swarm_dice *d, uint32_t percent)
{
	return dice_below(d, 100) < percent;
}

const char *
swarm_lie_name(enum swarm_lie lie)
{
	static const char *const names[LIE_KINDS] = {
		[LIE_NONE] = "honest",
		[LIE_HEADER] = "bad-header",
		[LIE_INVALID] = "invalid-block",
		[LIE_NOT_A_CHAIN] = "not-a-chain",
		[LIE_MALFORMED] = "malformed",
		[LIE_MUTATED] = "mutated",
		[LIE_STRIPPED] = "stripped",
		[LIE_GARBAGE] = "garbage",
		[LIE_UNASKED] = "unasked",
		[LIE_ECHO] = "echo",
		[LIE_SPAM] = "spam",
		[LIE_UNCONNECTED] = "unconnected",
		[LIE_NOT_FOUND] = "not-found",
		[LIE_SILENT] = "silent",
		[LIE_LAGGING] = "lagging",
		[LIE_INV_FLOOD] = "inv-flood",
		[LIE_GREEDY] = "greedy",
		[LIE_ADDR_FLOOD] = "addr-flood",
		[LIE_FILTER_OMITS] = "filter-omits",
		[LIE_FILTER_EMPTY] = "filter-empty",
		[LIE_FILTER_BODY] = "filter-body",
		[LIE_FILTER_HEADERS] = "filter-headers",
		[LIE_FILTER_SILENT] = "filter-silent",
	};

	return names[lie];
}

bool
swarm_is_honest(const struct swarm_peer *p)
{
	return p->lie == LIE_NONE;
}

struct spv_time
swarm_now(const struct swarm *w)
{
	int64_t wall = w->wall_start + (w->now_ms - w->start_ms) / 1000 + w->wall_skew;

	return (struct spv_time){ .mono = { w->now_ms }, .wall = { wall } };
}

void
swarm_trace(const struct swarm *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->plan.trace)
		return;
	printf("%10.3f  ", (double)(w->now_ms - w->start_ms) / 1000);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void
swarm_fail(struct swarm *w, const char *fmt, ...)
{
	va_list ap;

	if (w->failed[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(w->failed, sizeof(w->failed), fmt, ap);
	va_end(ap);
	swarm_trace(w, "BROKEN: %s", w->failed);
}

/* --- What is on its way --- */

int
swarm_event_cmp(const struct swarm_event *a, const struct swarm_event *b)
{
	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

RB_GENERATE(swarm_events, swarm_event, place, swarm_event_cmp)

static struct swarm_event *
event_new(struct swarm *w, struct swarm_peer *p, int64_t at_ms)
{
	struct swarm_event *e = mem_new(1, sizeof(*e));

	e->at_ms = at_ms;
	e->number = ++w->last_event;
	e->peer = p;
	e->id = p->id;
	RB_INSERT(swarm_events, &w->events, e);
	w->events_n++;
	return e;
}

static void
event_free(struct swarm *w, struct swarm_event *e)
{
	RB_REMOVE(swarm_events, &w->events, e);
	w->events_n--;
	free(e->payload);
	free(e);
}

static struct swarm_event *
message_new(struct swarm *w, struct swarm_peer *p, int64_t at_ms, const char *command, const void *payload, size_t len)
{
	struct swarm_event *e = event_new(w, p, at_ms);

	snprintf(e->command, sizeof(e->command), "%s", command);
	e->payload = mem_dup(payload, len);
	e->len = len;
	return e;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct swarm_event *
swarm_say(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len)
{
	assert(p->id != 0);
	/* One message after the other: TCP. */
	p->to_us_at = later(p->to_us_at, w->now_ms + p->latency_ms) + (int64_t)(len / p->bytes_per_ms);
	return message_new(w, p, p->to_us_at, command, len > 0 ? payload : (const void *)"", len);
}

struct swarm_event *
swarm_say_wr(struct swarm *w, struct swarm_peer *p, const char *command, struct wr *payload)
{
	struct swarm_event *e = swarm_say(w, p, command, payload->p, payload->len);

	wr_clear(payload);
	return e;
}

/* --- Connections --- */

void
swarm_connect(struct swarm *w, struct swarm_peer *p)
{
	assert(p->id == 0);
	p->id = ++w->last_id;
	p->closed = p->ready = p->evidence = false;
	p->to_us_at = p->to_peer_at = 0;
	p->fit_since = INT64_MAX;
	p->shown = w->forest->genesis;
	swarm_trace(w, "%s: connected", p->name);
	spv_peer_connected(w->s, p->id, p->name, swarm_now(w));
	swarm_drain(w);
}

void
swarm_disconnect(struct swarm *w, struct swarm_peer *p)
{
	uint32_t id = p->id;

	p->id = 0;
	p->retry_at = later(p->retry_at, w->now_ms + RETRY_MS);
	swarm_trace(w, "%s: connection ended", p->name);
	spv_peer_gone(w->s, id, swarm_now(w));
	swarm_drain(w);
}

void
swarm_drop_links(struct swarm *w)
{
	struct swarm_event *e, *next;

	RB_FOREACH_SAFE(e, swarm_events, &w->events, next)
		event_free(w, e);
	for (size_t i = 0; i < w->peers_n; i++)
		w->peers[i].id = 0;
}

static void
dial(struct swarm *w)
{
	for (size_t i = 0; i < w->peers_n && w->failed[0] == '\0'; i++) {
		struct swarm_peer *p = &w->peers[i];

		if (p->id == 0 && !p->offline && (w->cut & 1u << p->group) == 0 && p->retry_at <= w->now_ms &&
		    dice_chance(&w->dice, DIAL_PERCENT))
			swarm_connect(w, p);
	}
}

/* --- Outputs --- */

static struct swarm_peer *
find_peer(struct swarm *w, uint32_t id)
{
	for (size_t i = 0; i < w->peers_n; i++) {
		if (w->peers[i].id == id && id != 0)
			return &w->peers[i];
	}
	return NULL;
}

static void
on_send(struct swarm *w, const struct spv_output *o)
{
	struct swarm_peer *p = find_peer(w, o->send.peer);
	struct p2p_frame f;
	struct swarm_event *e;

	if (p == NULL || p->closed) {
		swarm_fail(w, "a message to a peer that isn't there");
		return;
	}
	if (o->send.len < P2P_HEADER_LEN || p2p_frame_decode(&f, o->send.bytes, &w->chain) != P2P_FRAME_OK ||
	    P2P_HEADER_LEN + f.len != o->send.len || !p2p_checksum_ok(&f, o->send.bytes + P2P_HEADER_LEN)) {
		swarm_fail(w, "%s is sent bytes that are no message", p->name);
		return;
	}
	p->to_peer_at = later(p->to_peer_at, w->now_ms + p->latency_ms);
	e = message_new(w, p, p->to_peer_at, f.command, o->send.bytes + P2P_HEADER_LEN, f.len);
	e->to_peer = true;
}

/* The connection stands a little longer, as connections do, and what was on its way still comes. */
static void
on_close(struct swarm *w, const struct spv_output *o)
{
	struct swarm_peer *p = find_peer(w, o->close.peer);
	bool honest;

	if (p == NULL || p->closed || o->close.reason[0] == '\0') {
		swarm_fail(w, "peer %u is closed without being there, or without a reason", (unsigned)o->close.peer);
		return;
	}
	if (p->evidence != o->close.ban)
		swarm_fail(w, "%s: a ban and its evidence do not go together", p->name);
	honest = swarm_is_honest(p);
	p->closed = true;
	p->was_banned = p->was_banned || o->close.ban;
	swarm_trace(w, "%s: %s: %s", p->name, o->close.ban ? "BANNED" : "closed", o->close.reason);
	if (honest && o->close.ban)
		swarm_fail(w, "%s is banned: %s", p->name, o->close.reason);
	w->stats->bans[p->lie] += o->close.ban;
	w->stats->closed_honest += honest;
	p->retry_at = w->now_ms + (o->close.ban ? BAN_MS : RETRY_MS);
	event_new(w, p, w->now_ms + dice_below(&w->dice, 3) * 20)->gone = true;
}

/* Comes before the ban, for nothing else, and names the message that was the lie. */
static void
on_evidence(struct swarm *w, const struct spv_output *o)
{
	struct swarm_peer *p = find_peer(w, o->evidence.peer);
	struct hash256 digest = { { 0 } };

	if (w->telling != NULL)
		sha256(&digest, w->telling->payload, w->telling->len);
	swarm_trace(w, "evidence: %s: %s", o->evidence.address, o->evidence.what);
	if (p == NULL || p->closed || p->evidence || o->evidence.what[0] == '\0')
		swarm_fail(w, "evidence against nobody, or twice, or of nothing");
	/* A lie about a filter comes to light by the block, later, and by whatever message that is. */
	else if (strncmp(o->evidence.what, "filter: ", 8) != 0 && !hash256_eq(&digest, &o->evidence.digest))
		swarm_fail(w, "evidence against %s by another message than its last", p->name);
	else
		p->evidence = true;
}

static void
on_tip(struct swarm *w, const struct spv_output *o)
{
	struct spv_header at;

	spv_tip(w->s, &at);
	swarm_trace(w, "tip: height %u, fork %u", (unsigned)o->tip.height, (unsigned)o->tip.fork);
	if (o->tip.fork > o->tip.height || !spv_header_find(w->s, &o->tip.hash, &at) || at.height != o->tip.height)
		swarm_fail(w, "a tip that isn't known, or below its fork");
}

static void
on_fetched(struct swarm *w, const struct spv_output *o)
{
	struct hash256 hash;
	size_t i = 0;

	while (i < w->fetching_n && !hash256_eq(&w->fetching[i], &o->fetched.hash))
		i++;
	if (i == w->fetching_n) {
		swarm_fail(w, "an answer to a question that was not asked, or is answered");
		return;
	}
	w->fetching[i] = w->fetching[--w->fetching_n];
	if (o->fetched.block == NULL)
		return;
	header_hash(&hash, &o->fetched.block->header);
	if (!hash256_eq(&hash, &o->fetched.hash) || block_check(o->fetched.block, &w->chain, o->fetched.height, NULL) != BLOCK_OK)
		swarm_fail(w, "another block than the one that was to be fetched");
}

static void
on_output(struct swarm *w, const struct spv_output *o)
{
	switch (o->kind) {
	case SPV_SEND:
		on_send(w, o);
		return;
	case SPV_CLOSE:
		on_close(w, o);
		return;
	case SPV_TIP:
		on_tip(w, o);
		return;
	case SPV_BLOCK:
		swarm_take(w, o);
		return;
	case SPV_PASSED:
		swarm_pass(w, o);
		return;
	case SPV_RESCANNED:
		swarm_retake(w, o);
		return;
	case SPV_UNBLOCK:
		swarm_untake(w, o);
		return;
	case SPV_FETCHED:
		on_fetched(w, o);
		return;
	case SPV_EVIDENCE:
		on_evidence(w, o);
		return;
	case SPV_TX:
		swarm_trace(w, "transaction: %d %s", (int)o->tx.state, o->tx.reason);
		return;
	case SPV_STALE:
		swarm_fail(w, "a stale tip where blocks come on demand");
		return;
	case SPV_DIAL:
	case SPV_RESOLVE:
		swarm_fail(w, "somebody is looked for without params.discover");
		return;
	}
}

void
swarm_drain(struct swarm *w)
{
	struct spv_output o;
	size_t n = 0;

	swarm_client_check(w);
	while (spv_next(w->s, &o)) {
		if (w->failed[0] == '\0')
			on_output(w, &o);
		spv_output_clear(&o);
		n++;
	}
	if (n > DRAIN_MAX)
		swarm_fail(w, "%zu outputs at once", n);
	swarm_client_save(w);
}

/* --- Time --- */

static void
hears(struct swarm *w, struct swarm_event *e)
{
	struct swarm_peer *p = e->peer;

	swarm_trace(w, "%s <- %s (%zu bytes)", p->name, e->command, e->len);
	if (!swarm_filters_hears(w, p, e->command, e->payload, e->len) &&
	    (swarm_is_honest(p) || !swarm_liar_hears(w, p, e->command, e->payload, e->len)))
		swarm_node_hears(w, p, e->command, e->payload, e->len);
}

static void
tell_client(struct swarm *w, struct swarm_event *e)
{
	struct swarm_peer *p = e->peer;
	bool closed = p->closed;

	swarm_trace(w, "%s -> %s (%zu bytes)", p->name, e->command, e->len);
	w->telling = e;
	spv_peer_message(w->s, p->id, e->command, e->payload, e->len, swarm_now(w));
	swarm_drain(w);
	w->telling = NULL;
	if (!e->provable || closed)
		return;
	w->stats->told[p->lie]++;
	if (!p->closed || !p->was_banned)
		swarm_fail(w, "%s told a lie that can be proven, and is not banned", p->name);
}

static void
happen(struct swarm *w, struct swarm_event *e)
{
	struct swarm_peer *p = e->peer;

	w->stats->events++;
	if (p->id != e->id) {
		/* of an earlier connection */
	} else if (e->gone) {
		swarm_disconnect(w, p);
	} else if ((w->cut & 1u << p->group) != 0) {
		/* lost */
	} else if (e->to_peer) {
		hears(w, e);
	} else {
		tell_client(w, e);
	}
	event_free(w, e);
}

static void
tick(struct swarm *w)
{
	w->next_tick_ms += TICK_MS;
	dial(w);
	for (size_t i = 0; i < w->peers_n; i++) {
		struct swarm_peer *p = &w->peers[i];

		if (!swarm_is_honest(p) && p->id != 0 && !p->closed && p->ready)
			swarm_liar_acts(w, p);
	}
	swarm_gossip(w);
	spv_tick(w->s, swarm_now(w));
	swarm_drain(w);
}

void
swarm_run(struct swarm *w, int64_t ms)
{
	int64_t until = w->now_ms + ms;

	while (w->failed[0] == '\0') {
		struct swarm_event *e = RB_MIN(swarm_events, &w->events);

		if (e != NULL && e->at_ms <= until && e->at_ms <= w->next_tick_ms) {
			w->now_ms = later(w->now_ms, e->at_ms);
			happen(w, e);
		} else if (w->next_tick_ms <= until) {
			w->now_ms = w->next_tick_ms;
			tick(w);
		} else {
			break;
		}
		if (disk_is_broken())
			swarm_client_restart(w);
	}
	w->now_ms = later(w->now_ms, until);
}
