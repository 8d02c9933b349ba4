/* Whom to dial.
 *
 * Invariants:
 * 1. No two outbound peers, dialled or connected, are of one network group, nor of the group of a peer that we were told to use.
 * 2. An outbound slot is never taken away from a peer for one that came to us: inbound peers have slots of their own.
 * 3. At most DIALS_MAX dials are under way, and a feeler; no address is dialled twice at a time.
 * 4. Banned addresses are not dialled.
 * 5. Outbound peers are params.outbound at most, and one more while the tip is stale. */
#include "spv/connect.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DIAL_ID ((uint32_t)1 << 31) /* ours begin here, the caller's end */
#define LOOK_MAX 100                /* addresses looked at for one dial */
#define LOOK_FILTERS 50             /* of these, only those that serve filters, while too few peers do */
#define LOOK_UNTRIED 30             /* of these, only those not tried for ten minutes */
#define WITHOUT_FILTERS 2           /* outbound peers that need not serve filters */
#define PORT_MIN 1024               /* gossip can't make us knock at a mail server's door */
#define LOOK_AGAIN_MS 5000          /* after all of them were unfit */
#define EXTRA_EVERY_MS (10 * 60 * 1000)
#define EXTRA_TRIAL_MS 45000
#define BEHIND_MS (20 * 60 * 1000)

const char *
spv_role_name(enum spv_role role)
{
	switch (role) {
	case SPV_MANUAL:
		return "manual";
	case SPV_OUTBOUND:
		return "outbound";
	case SPV_FEELER:
		return "feeler";
	case SPV_SEED:
		return "seed";
	case SPV_INBOUND:
		return "inbound";
	}
	return "?";
}

struct dial *
dial_find(const struct spv *s, uint32_t id)
{
	struct dial *d;

	HASH_FIND(hh, s->connect->dials, &id, sizeof(id), d);
	return d;
}

void
dial_end(struct spv *s, struct dial *d)
{
	HASH_DEL(s->connect->dials, d);
	free(d);
}

void
dial_out(struct spv *s, enum spv_role role, const struct net_address *address, const char *host, uint16_t port)
{
	struct connect *c = s->connect;
	struct dial *d = mem_new(1, sizeof(*d));
	struct spv_output *out = spv_emit(s, SPV_DIAL);

	d->id = DIAL_ID | ++c->last_id;
	d->role = role;
	d->has_address = address != NULL;
	if (address != NULL)
		d->address = *address;
	HASH_ADD(hh, c->dials, id, sizeof(d->id), d);
	out->dial.id = d->id;
	out->dial.role = role;
	out->dial.port = port;
	out->dial.services = address != NULL ? address->services : 0;
	snprintf(out->dial.host, sizeof(out->dial.host), "%s", host);
}

static void
dial_address(struct spv *s, enum spv_role role, const struct net_address *a)
{
	char host[NET_HOST_MAX];

	/* When hardly anybody is connected it may be ourselves who are cut off. */
	address_book_attempt(s->connect->book, a, connect_count(s, SPV_OUTBOUND, true) >= 2, s->now.wall);
	net_address_to_host(host, a);
	dial_out(s, role, a, host, a->port);
}

uint32_t
connect_count(const struct spv *s, enum spv_role role, bool ready_only)
{
	uint32_t n = 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next)
		n += !p->closing && p->role == role && (!ready_only || p->stage == SPV_PEER_READY);
	for (const struct dial *d = s->connect->dials; d != NULL && !ready_only; d = d->hh.next)
		n += d->role == role;
	return n;
}

/* --- Is an address fit to be dialled? --- */

static bool
same_group(const struct net_address *a, const struct net_address *b)
{
	struct net_group x, y;

	net_address_group(&x, a);
	net_address_group(&y, b);
	return memcmp(&x, &y, sizeof(x)) == 0;
}

static bool
is_connected(const struct spv *s, const struct net_address *a)
{
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (p->has_address && p->role != SPV_INBOUND && net_address_eq(&p->where, a))
			return true;
	}
	for (const struct dial *d = s->connect->dials; d != NULL; d = d->hh.next) {
		if (d->has_address && net_address_eq(&d->address, a))
			return true;
	}
	return false;
}

static bool
group_is_used(const struct spv *s, const struct net_address *a)
{
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (p->has_address && (p->role == SPV_OUTBOUND || p->role == SPV_MANUAL) && same_group(&p->where, a))
			return true;
	}
	for (const struct dial *d = s->connect->dials; d != NULL; d = d->hh.next) {
		if (d->has_address && d->role == SPV_OUTBOUND && same_group(&d->address, a))
			return true;
	}
	return false;
}

static bool
may_dial(const struct spv *s, const struct net_address *a)
{
	return (s->params.networks >> a->network & 1) != 0 && a->port >= PORT_MIN && !is_connected(s, a) &&
	       !ban_list_has(&s->connect->bans, a, s->now.wall);
}

/* Too few of the outbound peers serve filters for us to take one more that does not. */
static bool
lacks_filters(const struct spv *s)
{
	uint32_t without = 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next)
		without += peer_is_ready(p) && p->role == SPV_OUTBOUND && (p->version.services & NODE_COMPACT_FILTERS) == 0;
	return without >= WITHOUT_FILTERS || s->params.outbound <= WITHOUT_FILTERS;
}

static bool
is_candidate(const struct spv *s, const struct book_entry *e, unsigned looked, bool filters)
{
	int64_t rest = s->now.wall.sec - e->last_try;
	bool failed = e->last_try > e->last_good;

	if ((e->address.services & NEEDED_SERVICES) != NEEDED_SERVICES || !may_dial(s, &e->address) || group_is_used(s, &e->address))
		return false;
	if (filters && looked < LOOK_FILTERS && (e->address.services & NODE_COMPACT_FILTERS) == 0)
		return false;
	return e->last_try == 0 || rest > 600 || (looked >= LOOK_UNTRIED && rest > (failed ? 60 : 5));
}

/* --- Outbound peers --- */

static bool
dial_anchor(struct spv *s)
{
	struct connect *c = s->connect;

	while (c->anchors_n > 0) {
		struct net_address a = c->anchors[--c->anchors_n];

		if (!may_dial(s, &a) || group_is_used(s, &a))
			continue;
		dial_address(s, SPV_OUTBOUND, &a);
		return true;
	}
	return false;
}

static void
dial_outbound(struct spv *s)
{
	struct connect *c = s->connect;
	bool filters = lacks_filters(s);
	struct book_entry e;

	if (HASH_COUNT(c->dials) >= DIALS_MAX || connect_count(s, SPV_OUTBOUND, false) >= s->params.outbound + c->extra)
		return;
	if (dial_anchor(s) || !mono_passed(c->looked_at, LOOK_AGAIN_MS, s->now.mono))
		return;
	for (unsigned looked = 0; looked < LOOK_MAX; looked++) {
		if (!address_book_pick(c->book, &e, false, s->params.networks, s->now.wall))
			return;
		if (is_candidate(s, &e, looked, filters)) {
			dial_address(s, SPV_OUTBOUND, &e.address);
			return;
		}
	}
	c->looked_at = s->now.mono;
}

/* Once the slots are full: does an address that we only heard of answer, or one whose slot in the book another wants? */
static void
dial_feeler(struct spv *s)
{
	struct connect *c = s->connect;
	struct book_entry e;

	if (!mono_passed(c->feeler_at, (int64_t)c->feeler_ms, s->now.mono) || connect_count(s, SPV_FEELER, false) > 0 ||
	    connect_count(s, SPV_OUTBOUND, true) < s->params.outbound)
		return;
	c->feeler_at = s->now.mono;
	c->feeler_ms = (uint64_t)s->params.feeler_ms / 2 + spv_number(s) % (uint64_t)s->params.feeler_ms;
	if (!address_book_contested(c->book, &e, s->now.wall) && !address_book_pick(c->book, &e, true, s->params.networks, s->now.wall))
		return;
	if (is_connected(s, &e.address))
		address_book_good(c->book, &e.address, e.address.services, s->now.wall);
	else if (may_dial(s, &e.address))
		dial_address(s, SPV_FEELER, &e.address);
}

/* --- A tip that does not move --- */

static void
note_tip(struct spv *s)
{
	struct connect *c = s->connect;
	struct hash256 tip = header_tree_hash_at(s->tree, header_tree_height(s->tree));

	if (!hash256_eq(&tip, &c->tip)) {
		c->tip = tip;
		c->tip_at = s->now.mono;
		c->extra = false;
	} else if (mono_passed(c->tip_at, s->params.extra_peer_ms, s->now.mono) &&
		   mono_passed(c->extra_at, EXTRA_EVERY_MS, s->now.mono) && connect_count(s, SPV_OUTBOUND, true) >= s->params.outbound) {
		c->extra = true;
		c->extra_at = s->now.mono;
	}
}

static struct u256
work_of(const struct spv *s, const struct peer *p)
{
	struct spv_header h = { 0 };

	if (p->has_best && header_tree_find(s->tree, &p->best, &h))
		return h.work;
	return (struct u256){ 0 };
}

/* a is the worse one to keep: less work shown, or as much and younger. */
static bool
is_worse(const struct spv *s, const struct peer *a, const struct peer *b)
{
	struct u256 x = work_of(s, a), y = work_of(s, b);
	int order = u256_cmp(&x, &y);

	return order < 0 || (order == 0 && a->connected.ms > b->connected.ms);
}

/* One peer more than wanted was taken in to hear of another chain; when it had time to tell, the worst of all goes. */
static void
trim_outbound(struct spv *s)
{
	struct peer *worst = NULL;
	uint32_t n = 0;

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (!peer_is_ready(p) || p->role != SPV_OUTBOUND)
			continue;
		if (!mono_passed(p->connected, EXTRA_TRIAL_MS, s->now.mono))
			return;
		n++;
		if (worst == NULL || is_worse(s, p, worst))
			worst = p;
	}
	if (n <= s->params.outbound)
		return;
	s->connect->extra = false;
	peer_close(s, worst, false, "outbound: one peer more than wanted, and the one with the least to tell");
}

/* A peer whose chain stays behind ours, though it has told all of it, holds a slot that another may fill. */
static void
leave_laggards(struct spv *s)
{
	struct u256 ours = header_tree_work_at(s->tree, header_tree_height(s->tree));

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		struct u256 theirs = work_of(s, p);

		if (p->role != SPV_OUTBOUND || !peer_is_ready(p) || !p->caught_up || u256_cmp(&theirs, &ours) >= 0) {
			p->behind = false;
		} else if (!p->behind) {
			p->behind = true;
			p->behind_at = s->now.mono;
		} else if (mono_passed(p->behind_at, BEHIND_MS, s->now.mono)) {
			peer_close(s, p, false, "outbound: its chain has had less work than ours for 20 minutes");
		}
	}
}

/* --- Events --- */

static void
start(struct spv *s)
{
	struct connect *c = s->connect;

	c->started = true;
	c->start = c->feeler_at = c->tip_at = s->now.mono;
	c->looked_at = (struct mono){ s->now.mono.ms - LOOK_AGAIN_MS };
	c->extra_at = (struct mono){ s->now.mono.ms - EXTRA_EVERY_MS };
	c->feeler_ms = (uint64_t)s->params.feeler_ms;
	seeding_start(s);
}

void
connect_tick(struct spv *s)
{
	if (!s->params.discover)
		return;
	if (!s->connect->started)
		start(s);
	note_tip(s);
	dial_outbound(s);
	dial_feeler(s);
	seeding_tick(s);
	trim_outbound(s);
	leave_laggards(s);
}

void
connect_peer_new(struct spv *s, struct peer *p)
{
	struct dial *d = dial_find(s, p->id);

	p->has_address = net_address_from_text(&p->where, p->address, s->params.chain->port);
	if (d == NULL)
		return;
	p->role = d->role;
	p->has_address = d->has_address;
	p->where = d->address;
	dial_end(s, d);
}

bool
connect_dial_gone(struct spv *s, uint32_t id)
{
	struct dial *d = dial_find(s, id);

	if (d != NULL)
		dial_end(s, d);
	return d != NULL;
}

static bool
was_dialled(const struct peer *p)
{
	return p->has_address && p->role != SPV_INBOUND;
}

void
connect_peer_services(struct spv *s, const struct peer *p)
{
	if (was_dialled(p))
		address_book_services(s->connect->book, &p->where, p->version.services);
}

void
connect_peer_ready(struct spv *s, struct peer *p)
{
	if (was_dialled(p) && s->params.discover)
		address_book_good(s->connect->book, &p->where, p->version.services, s->now.wall);
	switch (p->role) {
	case SPV_FEELER:
		peer_close(s, p, false, "feeler: it answers");
		return;
	case SPV_OUTBOUND:
	case SPV_SEED:
		gossip_ask(s, p);
		return;
	case SPV_MANUAL:
		if (s->params.discover)
			gossip_ask(s, p);
		return;
	case SPV_INBOUND:
		return;
	}
}

void
connect_peer_gone(struct spv *s, const struct peer *p)
{
	if (was_dialled(p) && p->stage == SPV_PEER_READY)
		address_book_seen(s->connect->book, &p->where, s->now.wall);
}

void
connect_peer_is_us(struct spv *s, const struct peer *p)
{
	if (was_dialled(p))
		address_book_forget(s->connect->book, &p->where);
}

void
connect_ban(struct spv *s, const struct peer *p)
{
	struct connect *c = s->connect;
	bool guest = p->role == SPV_INBOUND;
	struct ban_list *l = guest ? &c->guest_bans : &c->bans;

	if (!p->has_address)
		return;
	ban_list_expire(l, s->now.wall);
	ban_list_add(l, &p->where, s->now.wall.sec + s->params.ban_s);
	for (struct peer *q = s->peers; q != NULL; q = q->hh.next) {
		bool suspect = q != p && q->has_address && (guest ? q->role == SPV_INBOUND : q->role != SPV_MANUAL);

		if (suspect && ban_list_has(l, &q->where, s->now.wall))
			peer_close(s, q, false, "another peer at this address lied");
	}
}

/* --- What is kept over restarts --- */

struct address_book *
spv_address_book(struct spv *s)
{
	return s->connect->book;
}

struct ban_list *
spv_ban_list(struct spv *s)
{
	return &s->connect->bans;
}

void
spv_set_anchors(struct spv *s, const struct net_address *a, size_t n)
{
	s->connect->anchors_n = n < SPV_ANCHORS_MAX ? n : SPV_ANCHORS_MAX;
	memcpy(s->connect->anchors, a, s->connect->anchors_n * sizeof(*a));
}

size_t
spv_anchors(const struct spv *s, struct net_address out[SPV_ANCHORS_MAX])
{
	const struct peer *oldest[SPV_ANCHORS_MAX] = { NULL };
	size_t n = 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		size_t i = n;

		if (!peer_is_ready(p) || p->role != SPV_OUTBOUND || !p->has_address || !p->caught_up)
			continue;
		for (; i > 0 && p->connected.ms < oldest[i - 1]->connected.ms; i--) {
			if (i < SPV_ANCHORS_MAX)
				oldest[i] = oldest[i - 1];
		}
		if (i < SPV_ANCHORS_MAX)
			oldest[i] = p;
		n += n < SPV_ANCHORS_MAX;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = oldest[i]->where;
	return n;
}

void
connect_init(struct spv *s)
{
	uint8_t key[BOOK_KEY_LEN];

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)spv_number(s);
	s->connect = mem_new(1, sizeof(*s->connect));
	s->connect->book = address_book_new(key, spv_number(s));
	s->connect->secret = spv_number(s);
}

void
connect_free(struct spv *s)
{
	struct dial *d, *next;

	HASH_ITER(hh, s->connect->dials, d, next)
		dial_end(s, d);
	address_book_free(s->connect->book);
	free(s->connect);
}

/* --- For tests --- */

void
connect_check(const struct spv *s)
{
	const struct connect *c = s->connect;

	assert(HASH_COUNT(c->dials) <= DIALS_MAX + 1);
	assert(connect_count(s, SPV_OUTBOUND, false) <= s->params.outbound + 1);
	assert(connect_count(s, SPV_INBOUND, false) <= s->params.inbound_max);
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		for (const struct peer *q = p->hh.next; q != NULL; q = q->hh.next) {
			if (p->role == SPV_OUTBOUND && q->role == SPV_OUTBOUND && !p->closing && !q->closing)
				assert(!same_group(&p->where, &q->where));
		}
	}
}
