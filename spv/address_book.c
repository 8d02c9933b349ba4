/* Invariants:
 * 1. Each address stands in exactly one slot, and that slot names it; there are at most BOOK_MAX addresses.
 * 2. The slot is the one that its key, group and (in the new table) source give: nobody can choose it.
 * 3. An address in the tried table has answered once: last_good is not 0.
 * 4. Contests: at most CONTESTS_MAX, each by an address of the new table that has answered, for a slot of the tried one.
 * 5. Routable addresses with a port only. */
#include "spv/address_book.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/hash.h"
#include "base/mem.h"
#include "spv/splitmix.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define HORIZON (30 * DAY)      /* not heard of for longer: terrible */
#define NEVER_GOOD_TRIES 3      /* in vain, when it never answered */
#define GONE_TRIES 10           /* in vain, in GONE_AFTER since it last answered */
#define GONE_AFTER (7 * DAY)
#define FUTURE (10 * MINUTE)
#define RECENT_TRY (10 * MINUTE)
#define CONTESTS_MAX 10
#define CONTEST_FRESH (4 * HOUR)  /* a holder that answered within this keeps its slot */
#define CONTEST_PATIENCE (40 * MINUTE)
#define PICK_MAX 200              /* buckets looked at for one pick */

struct place {
	bool tried;
	uint16_t bucket, slot;
};

struct known {
	uint8_t key[1 + 2 + NET_ADDRESS_BYTES_MAX]; /* network, port, bytes */
	struct book_entry e;
	struct place at;
	UT_hash_handle hh;
};

struct contest {
	struct known *by;
	int64_t since;
};

struct address_book {
	uint8_t key[BOOK_KEY_LEN];
	uint64_t random;
	struct known *known; /* uthash; owned */
	struct known *new[BOOK_NEW_BUCKETS][BOOK_SLOTS];
	struct known *tried[BOOK_TRIED_BUCKETS][BOOK_SLOTS];
	uint8_t new_full[BOOK_NEW_BUCKETS], tried_full[BOOK_TRIED_BUCKETS]; /* slots in use */
	size_t tried_n;
	struct contest contests[CONTESTS_MAX];
	size_t contests_n;
};

struct address_book *
address_book_new(const uint8_t key[BOOK_KEY_LEN], uint64_t seed)
{
	struct address_book *b = mem_new(1, sizeof(*b));

	memcpy(b->key, key, BOOK_KEY_LEN);
	b->random = seed;
	return b;
}

void
address_book_free(struct address_book *b)
{
	struct known *k, *next;

	if (b == NULL)
		return;
	HASH_ITER(hh, b->known, k, next)
	{
		HASH_DEL(b->known, k);
		free(k);
	}
	free(b);
}

/* --- Slots --- */

static void
key_of(uint8_t key[sizeof(((struct known *)0)->key)], const struct net_address *a)
{
	key[0] = (uint8_t)a->network;
	key[1] = (uint8_t)(a->port >> 8);
	key[2] = (uint8_t)a->port;
	memcpy(key + 3, a->bytes, NET_ADDRESS_BYTES_MAX);
}

static struct known *
find(const struct address_book *b, const struct net_address *a)
{
	struct known *k;
	uint8_t key[sizeof(k->key)];

	key_of(key, a);
	HASH_FIND(hh, b->known, key, sizeof(key), k);
	return k;
}

/* A number that depends on the secret, the purpose, and both byte strings. */
static uint64_t
keyed(const struct address_book *b, char purpose, const void *x, size_t x_len, const void *y, size_t y_len)
{
	struct sha256_ctx c;
	struct hash256 h;
	struct rd r;

	sha256_init(&c);
	sha256_update(&c, b->key, sizeof(b->key));
	sha256_update(&c, &purpose, 1);
	sha256_update(&c, x, x_len);
	sha256_update(&c, y, y_len);
	sha256_final(&c, &h);
	r = rd_init(h.b, sizeof(h.b));
	return rd_u64(&r);
}

static struct place
place_of(const struct address_book *b, const struct known *k, bool tried)
{
	struct net_group group, source;
	struct place at = { .tried = tried };
	uint64_t row;
	uint8_t bucket[2];

	net_address_group(&group, &k->e.address);
	if (tried) {
		row = keyed(b, 't', k->key, sizeof(k->key), "", 0) % BOOK_TRIED_BUCKETS_PER_GROUP;
		at.bucket = keyed(b, 'T', group.b, sizeof(group.b), &(uint8_t){ (uint8_t)row }, 1) % BOOK_TRIED_BUCKETS;
	} else {
		net_address_group(&source, &k->e.source);
		row = keyed(b, 'n', group.b, sizeof(group.b), source.b, sizeof(source.b)) % BOOK_NEW_BUCKETS_PER_SOURCE;
		at.bucket = keyed(b, 'N', source.b, sizeof(source.b), &(uint8_t){ (uint8_t)row }, 1) % BOOK_NEW_BUCKETS;
	}
	bucket[0] = (uint8_t)(at.bucket >> 8);
	bucket[1] = (uint8_t)at.bucket;
	at.slot = keyed(b, tried ? 's' : 'S', bucket, sizeof(bucket), k->key, sizeof(k->key)) % BOOK_SLOTS;
	return at;
}

static struct known **
slot_at(struct address_book *b, struct place at)
{
	return at.tried ? &b->tried[at.bucket][at.slot] : &b->new[at.bucket][at.slot];
}

static uint8_t *
full_at(struct address_book *b, struct place at)
{
	return at.tried ? &b->tried_full[at.bucket] : &b->new_full[at.bucket];
}

static void
put(struct address_book *b, struct known *k, struct place at)
{
	assert(*slot_at(b, at) == NULL);
	*slot_at(b, at) = k;
	++*full_at(b, at);
	k->at = at;
	k->e.tried = at.tried;
	b->tried_n += at.tried;
}

static void
take_out(struct address_book *b, struct known *k)
{
	*slot_at(b, k->at) = NULL;
	--*full_at(b, k->at);
	b->tried_n -= k->at.tried;
}

static void
drop_contest(struct address_book *b, const struct known *by)
{
	for (size_t i = 0; i < b->contests_n; i++) {
		if (b->contests[i].by == by)
			b->contests[i--] = b->contests[--b->contests_n];
	}
}

static void
forget(struct address_book *b, struct known *k)
{
	drop_contest(b, k);
	take_out(b, k);
	HASH_DEL(b->known, k);
	free(k);
}

/* --- What is worth keeping --- */

static bool
is_terrible(const struct book_entry *e, int64_t now)
{
	int64_t time = e->address.time;

	if (e->last_try != 0 && now - e->last_try <= MINUTE)
		return false;
	if (time > now + FUTURE || now - time > HORIZON)
		return true;
	if (e->last_good == 0)
		return e->attempts >= NEVER_GOOD_TRIES;
	return now - e->last_good > GONE_AFTER && e->attempts >= GONE_TRIES;
}

/* Of 65,536: how often an address that came up is taken. Each failure makes it a third less likely. */
static uint32_t
chance(const struct book_entry *e, int64_t now)
{
	uint32_t c = 65536;

	if (e->last_try != 0 && now - e->last_try < RECENT_TRY)
		c /= 100;
	for (uint32_t i = 0; i < e->attempts && i < 8; i++)
		c = c * 2 / 3;
	return c;
}

static struct known *
new_known(const struct net_address *a, const struct net_address *source)
{
	struct known *k = mem_new(1, sizeof(*k));

	k->e.address = *a;
	k->e.source = *source;
	key_of(k->key, a);
	return k;
}

/* Into its slot of the new table, over an occupant that is terrible; else it is freed. */
static bool
settle_new(struct address_book *b, struct known *k, int64_t now)
{
	struct place at = place_of(b, k, false);
	struct known *there = *slot_at(b, at);

	if (there != NULL && !is_terrible(&there->e, now)) {
		free(k);
		return false;
	}
	if (there != NULL)
		forget(b, there);
	put(b, k, at);
	HASH_ADD(hh, b->known, key, sizeof(k->key), k);
	return true;
}

static bool
is_fit(const struct net_address *a)
{
	return a->port != 0 && net_address_is_routable(a);
}

/* Gossip repeats itself: less than an hour is no news. */
static void
freshen(struct book_entry *e, const struct net_address *a, int64_t time)
{
	e->address.services |= a->services;
	if (time > (int64_t)e->address.time + HOUR)
		e->address.time = (uint32_t)time;
}

bool
address_book_add(struct address_book *b, const struct net_address *a, const struct net_address *source, int64_t penalty_s,
		 struct unixtime now)
{
	struct known *k = find(b, a);
	int64_t time = a->time;

	if (!is_fit(a))
		return false;
	if (time <= 100000000 || time > now.sec + FUTURE)
		time = now.sec - 5 * DAY;
	time = time > penalty_s ? time - penalty_s : 0;
	if (k != NULL) {
		freshen(&k->e, a, time);
		return false;
	}
	k = new_known(a, source);
	k->e.address.time = (uint32_t)time;
	if (is_terrible(&k->e, now.sec)) {
		free(k);
		return false;
	}
	return settle_new(b, k, now.sec);
}

void
address_book_attempt(struct address_book *b, const struct net_address *a, bool counts, struct unixtime now)
{
	struct known *k = find(b, a);

	if (k == NULL)
		return;
	k->e.last_try = now.sec;
	k->e.attempts += counts;
}

static void
contest(struct address_book *b, struct known *k, int64_t now)
{
	for (size_t i = 0; i < b->contests_n; i++) {
		if (b->contests[i].by == k)
			return;
	}
	if (b->contests_n < CONTESTS_MAX)
		b->contests[b->contests_n++] = (struct contest){ .by = k, .since = now };
}

/* Out of the tried table, back to the new one if there is room. */
static void
demote(struct address_book *b, struct known *k, int64_t now)
{
	struct place at = place_of(b, k, false);
	struct known *there = *slot_at(b, at);

	if (there != NULL && !is_terrible(&there->e, now)) {
		forget(b, k);
		return;
	}
	if (there != NULL)
		forget(b, there);
	take_out(b, k);
	put(b, k, at);
}

static void
promote(struct address_book *b, struct known *k, int64_t now)
{
	struct place at = place_of(b, k, true);
	struct known *there = *slot_at(b, at);

	drop_contest(b, k);
	take_out(b, k);
	/* Its own old slot in the new table is free now, so demoting the holder never touches k. */
	if (there != NULL)
		demote(b, there, now);
	put(b, k, at);
}

void
address_book_good(struct address_book *b, const struct net_address *a, uint64_t services, struct unixtime now)
{
	struct known *k = find(b, a), *there;

	if (k == NULL) {
		struct net_address fresh = *a;

		fresh.time = (uint32_t)now.sec;
		if (!address_book_add(b, &fresh, a, 0, now))
			return;
		k = find(b, a);
	}
	k->e.address.services = services;
	k->e.last_good = k->e.last_try = now.sec;
	k->e.attempts = 0;
	if (k->at.tried)
		return;
	there = *slot_at(b, place_of(b, k, true));
	if (there == NULL || is_terrible(&there->e, now.sec))
		promote(b, k, now.sec);
	else
		contest(b, k, now.sec);
}

void
address_book_services(struct address_book *b, const struct net_address *a, uint64_t services)
{
	struct known *k = find(b, a);

	if (k != NULL)
		k->e.address.services = services;
}

void
address_book_seen(struct address_book *b, const struct net_address *a, struct unixtime now)
{
	struct known *k = find(b, a);

	if (k != NULL && now.sec > (int64_t)k->e.address.time + 20 * MINUTE)
		k->e.address.time = (uint32_t)now.sec;
}

void
address_book_forget(struct address_book *b, const struct net_address *a)
{
	struct known *k = find(b, a);

	if (k != NULL)
		forget(b, k);
}

/* --- Choosing --- */

static uint64_t
below(struct address_book *b, uint64_t n)
{
	return splitmix_next(&b->random) % n;
}

/* A random one of the bucket's addresses that can be reached; NULL when there is none. */
static struct known *
pick_slot(struct address_book *b, struct place at, uint32_t networks)
{
	size_t start = below(b, BOOK_SLOTS);

	for (size_t i = 0; i < BOOK_SLOTS; i++) {
		struct known *k;

		at.slot = (uint16_t)((start + i) % BOOK_SLOTS);
		k = *slot_at(b, at);
		if (k != NULL && (networks >> k->e.address.network & 1) != 0)
			return k;
	}
	return NULL;
}

/* A random one of the buckets that hold anything; the table is not empty. */
static uint16_t
pick_bucket(struct address_book *b, bool tried)
{
	const uint8_t *full = tried ? b->tried_full : b->new_full;
	size_t n = tried ? BOOK_TRIED_BUCKETS : BOOK_NEW_BUCKETS, used = 0, left, i;

	for (i = 0; i < n; i++)
		used += full[i] > 0;
	left = below(b, used);
	for (i = 0; full[i] == 0 || left > 0; i++)
		left -= full[i] > 0;
	return (uint16_t)i;
}

/* One address of a random bucket at a time, so that a bucket that somebody has filled weighs no more than the others. */
static struct known *
pick_from(struct address_book *b, bool tried, uint32_t networks, int64_t now)
{
	uint32_t easier = 1;

	for (int i = 0; i < PICK_MAX && address_book_count(b, tried) > 0; i++) {
		struct place at = { .tried = tried, .bucket = pick_bucket(b, tried) };
		struct known *k = pick_slot(b, at, networks);

		if (k == NULL)
			continue;
		if (below(b, 65536) < (uint64_t)chance(&k->e, now) * easier)
			return k;
		easier += easier / 5 + 1; /* so that a book of doubtful addresses gives one, too */
	}
	return NULL;
}

bool
address_book_pick(struct address_book *b, struct book_entry *out, bool new_only, uint32_t networks, struct unixtime now)
{
	size_t news = address_book_count(b, false), tried = new_only ? 0 : b->tried_n;
	bool from_tried = tried > 0 && (news == 0 || below(b, 2) == 0);
	struct known *k;

	if (news + tried == 0)
		return false;
	k = pick_from(b, from_tried, networks, now.sec);
	if (k == NULL && !from_tried && tried > 0)
		k = pick_from(b, true, networks, now.sec);
	else if (k == NULL && from_tried && news > 0)
		k = pick_from(b, false, networks, now.sec);
	if (k != NULL)
		*out = k->e;
	return k != NULL;
}

/* Settle a contest if that can be done: the holder answered lately, or was dialled in vain, or nobody could find out. */
static bool
settled(struct address_book *b, struct contest *c, struct known *holder, int64_t now)
{
	bool asked = holder != NULL && holder->e.last_try >= c->since && now - holder->e.last_try > MINUTE;

	if (holder != NULL && now - holder->e.last_good < CONTEST_FRESH) {
		drop_contest(b, c->by);
		return true;
	}
	if (holder != NULL && !is_terrible(&holder->e, now) && !asked && now - c->since < CONTEST_PATIENCE)
		return false;
	promote(b, c->by, now);
	return true;
}

bool
address_book_contested(struct address_book *b, struct book_entry *out, struct unixtime now)
{
	struct known *found = NULL;

	for (size_t i = b->contests_n; i-- > 0;) {
		struct known *holder;

		if (i >= b->contests_n) /* a contest may end another */
			continue;
		holder = *slot_at(b, place_of(b, b->contests[i].by, true));
		if (!settled(b, &b->contests[i], holder, now.sec))
			found = holder;
	}
	if (found != NULL)
		*out = found->e;
	return found != NULL;
}

bool
address_book_find(const struct address_book *b, const struct net_address *a, struct book_entry *out)
{
	const struct known *k = find(b, a);

	if (k != NULL)
		*out = k->e;
	return k != NULL;
}

size_t
address_book_count(const struct address_book *b, bool tried)
{
	return tried ? b->tried_n : HASH_COUNT(b->known) - b->tried_n;
}

/* --- Keeping --- */

void
address_book_each(const struct address_book *b, void (*each)(void *context, const struct book_entry *e), void *context)
{
	for (const struct known *k = b->known; k != NULL; k = k->hh.next)
		each(context, &k->e);
}

bool
address_book_load(struct address_book *b, const struct book_entry *e, struct unixtime now)
{
	bool tried = e->tried && e->last_good != 0;
	struct known *k;
	struct place at;

	if (!is_fit(&e->address) || find(b, &e->address) != NULL)
		return false;
	k = new_known(&e->address, &e->source);
	k->e = *e;
	at = place_of(b, k, true);
	if (!tried || *slot_at(b, at) != NULL)
		return settle_new(b, k, now.sec);
	put(b, k, at);
	HASH_ADD(hh, b->known, key, sizeof(k->key), k);
	return true;
}

void
address_book_key(const struct address_book *b, uint8_t key[BOOK_KEY_LEN])
{
	memcpy(key, b->key, BOOK_KEY_LEN);
}

void
address_book_rekey(struct address_book *b, const uint8_t key[BOOK_KEY_LEN])
{
	assert(b->known == NULL);
	memcpy(b->key, key, BOOK_KEY_LEN);
}

/* --- For tests --- */

static size_t
count_slots(struct known *const *slots, size_t n)
{
	size_t full = 0;

	for (size_t i = 0; i < n; i++)
		full += slots[i] != NULL;
	return full;
}

void
address_book_check(const struct address_book *b)
{
	size_t n = HASH_COUNT(b->known);

	for (const struct known *k = b->known; k != NULL; k = k->hh.next) {
		struct place at = place_of(b, k, k->at.tried);

		assert(at.bucket == k->at.bucket && at.slot == k->at.slot && k->e.tried == at.tried);
		assert(*slot_at((struct address_book *)b, at) == k);
		assert(!at.tried || k->e.last_good != 0);
		assert(is_fit(&k->e.address));
	}
	assert(count_slots(&b->tried[0][0], BOOK_TRIED_BUCKETS * BOOK_SLOTS) == b->tried_n);
	assert(count_slots(&b->new[0][0], BOOK_NEW_BUCKETS * BOOK_SLOTS) == n - b->tried_n && n <= BOOK_MAX);
	for (size_t i = 0; i < BOOK_NEW_BUCKETS; i++)
		assert(count_slots(b->new[i], BOOK_SLOTS) == b->new_full[i]);
	for (size_t i = 0; i < BOOK_TRIED_BUCKETS; i++)
		assert(count_slots(b->tried[i], BOOK_SLOTS) == b->tried_full[i]);
	assert(b->contests_n <= CONTESTS_MAX);
	for (size_t i = 0; i < b->contests_n; i++)
		assert(!b->contests[i].by->at.tried && b->contests[i].by->e.last_good != 0);
}
