#ifndef TALLY_SPV_CONNECT_H
#define TALLY_SPV_CONNECT_H
/* Which peers to have: state and calls between connect.c (whom to dial), seeding.c (where addresses come from at first), inbound.c (who may
 * stay that came to us) and gossip.c (addresses told by peers). For the light client's own files only. */
#include "spv/address_book.h"
#include "spv/ban_list.h"
#include "spv/core.h"

#define NEEDED_SERVICES (NODE_NETWORK | NODE_WITNESS)

/* Dialled, neither connected nor given up. */
struct dial {
	uint32_t id; /* the key */
	enum spv_role role;
	bool has_address; /* else it was a name */
	struct net_address address;
	UT_hash_handle hh;
};

#define DIALS_MAX 8 /* under way at once, a feeler aside */
#define SEEDS_MAX 64
struct seed {
	char host[SPV_HOST_MAX];
	uint16_t port;
	bool dns;   /* a name that answers with addresses; else a node to ask for some */
	bool asked; /* in this round */
};

struct connect {
	struct address_book *book; /* owned */
	struct ban_list bans;
	struct ban_list guest_bans; /* lied as inbound peers: refused as such only, as others may share the address; not kept over restarts */
	struct dial *dials;        /* uthash; owned */
	uint64_t secret;           /* of inbound.c */
	uint32_t last_id;
	struct net_address anchors[SPV_ANCHORS_MAX]; /* of the last run, not dialled yet */
	size_t anchors_n;
	struct seed seeds[SEEDS_MAX];
	size_t seeds_n;
	bool started;
	struct mono start, seed_at, feeler_at, looked_at;
	uint64_t feeler_ms;   /* from feeler_at to the next one */
	struct hash256 tip;   /* the newest that was seen */
	struct mono tip_at, extra_at;
	bool extra;           /* one more outbound peer is wanted: the tip is stale */
};

/* connect.c */
struct dial *dial_find(const struct spv *s, uint32_t id);
void dial_end(struct spv *s, struct dial *d);
/* Put out SPV_DIAL; address is NULL for a name. */
void dial_out(struct spv *s, enum spv_role role, const struct net_address *address, const char *host, uint16_t port);
/* Peers of a role, with those being dialled or without. */
uint32_t connect_count(const struct spv *s, enum spv_role role, bool ready_only);

/* seeding.c */
void seeding_start(struct spv *s);
void seeding_tick(struct spv *s);
/* An address that stands for a name where a source is needed: each name is a group of its own. */
struct net_address seeding_stand_in(const char *name);

#endif
