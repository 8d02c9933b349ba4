#ifndef TALLY_SPV_ADDRESS_BOOK_H
#define TALLY_SPV_ADDRESS_BOOK_H
/* Addresses of nodes of the main chain, as gossip and seeds tell them: pure, bounded, and hard to fill for a liar.
 *
 * Every address stands in one slot: in the table of those only heard of ("new"), or in that of those which answered once ("tried").
 * A slot is chosen by a keyed hash. In the new table one source's network group reaches BOOK_NEW_BUCKETS_PER_SOURCE buckets only, in
 * the tried table one address group reaches BOOK_TRIED_BUCKETS_PER_GROUP; so whoever floods the book overwrites his own. An
 * address in a slot stays until it is terrible: from the future, not seen for a month, or it never answers. One that
 * answered before loses its slot in the tried table only after it was tried again in vain (address_book_contested()).
 *
 * The idea is that of Bitcoin Core's address manager, after Heilman et al., "Eclipse Attacks on Bitcoin's Peer-to-Peer Network" (2015). */
#include "base/clock.h"
#include "chain/net_address.h"

#define BOOK_NEW_BUCKETS 256
#define BOOK_TRIED_BUCKETS 64
#define BOOK_SLOTS 64 /* in a bucket */
#define BOOK_NEW_BUCKETS_PER_SOURCE 16
#define BOOK_TRIED_BUCKETS_PER_GROUP 4
#define BOOK_MAX ((BOOK_NEW_BUCKETS + BOOK_TRIED_BUCKETS) * BOOK_SLOTS)
#define BOOK_KEY_LEN 32

struct address_book;

/* What the book knows about an address. Times are Unix seconds; 0: never. */
struct book_entry {
	struct net_address address; /* with services and time as last heard */
	struct net_address source;  /* who told us first */
	int64_t last_try;
	int64_t last_good;          /* when a handshake was done */
	uint32_t attempts;          /* in vain, since last_good */
	bool tried;
};

/* key: secret and kept over restarts, so that slots stay; seed: random. Owned by the caller. */
MUST_USE struct address_book *address_book_new(const uint8_t key[BOOK_KEY_LEN], uint64_t seed);
void address_book_free(struct address_book *b);

/* A source told of an address, perhaps not seen lately: penalty_s is taken off its time. False when it isn't news, isn't routable, has no
 * port, or finds no slot. A known address takes over a newer time and more services. */
bool address_book_add(struct address_book *b, const struct net_address *a, const struct net_address *source, int64_t penalty_s,
		      struct unixtime now);
/* We dial it. counts: a failure is its fault (we are not cut off ourselves). */
void address_book_attempt(struct address_book *b, const struct net_address *a, bool counts, struct unixtime now);
/* A handshake with it was done, with these services: it goes to the tried table. Unknown addresses are taken in. */
void address_book_good(struct address_book *b, const struct net_address *a, uint64_t services, struct unixtime now);
/* It told us its services, whatever else comes of it. */
void address_book_services(struct address_book *b, const struct net_address *a, uint64_t services);
/* A connection to it ends that stood until now. */
void address_book_seen(struct address_book *b, const struct net_address *a, struct unixtime now);
void address_book_forget(struct address_book *b, const struct net_address *a);

/* A random address to dial, new and tried ones alike often, those that failed or were just tried less. networks: a bit (1 << id)
 * for each network that can be reached. False when there is none. */
MUST_USE bool address_book_pick(struct address_book *b, struct book_entry *out, bool new_only, uint32_t networks, struct unixtime now);
/* A tried address whose slot another one, that answers, would have: it is to be dialled, and stays if it answers. */
bool address_book_contested(struct address_book *b, struct book_entry *out, struct unixtime now);

MUST_USE bool address_book_find(const struct address_book *b, const struct net_address *a, struct book_entry *out);
size_t address_book_count(const struct address_book *b, bool tried);

/* For a store: all entries in no order; each may not change the book. And back: false when there is no slot for it. */
void address_book_each(const struct address_book *b, void (*each)(void *context, const struct book_entry *e), void *context);
bool address_book_load(struct address_book *b, const struct book_entry *e, struct unixtime now);
void address_book_key(const struct address_book *b, uint8_t key[BOOK_KEY_LEN]);
/* Take another key, as long as the book is empty. */
void address_book_rekey(struct address_book *b, const uint8_t key[BOOK_KEY_LEN]);

/* Assert the invariants; for tests. */
void address_book_check(const struct address_book *b);

#endif
