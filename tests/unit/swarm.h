#ifndef TALLY_TESTS_SWARM_H
#define TALLY_TESTS_SWARM_H
/* A swarm of peers around one light client, on a simulated clock, all of it from one 64-bit seed: who the peers are,
 * what they hold, when links are cut, when blocks are found, who lies how and when, when the client's process dies
 * and starts again.
 *
 *   swarm.c         events, clock, links, the client's outputs
 *   swarm_client.c  the client's process and whoever takes its blocks: start, death, start again, what must hold after each event
 *   swarm_disk.c    a disk whose n-th write can be the last
 *   swarm_node.c    what an honest node does
 *   swarm_filters.c what both say of filters
 *   swarm_liar.c    what the others do
 *   swarm_trouble.c what befalls everybody
 *   swarm_life.c    the story of a seed: a time of troubles, then quiet, then what must hold
 *
 * The first broken promise is kept in .failed; nothing goes on after it. */
#include <bsd/sys/tree.h>

#include "chain/p2p.h"
#include "spv/filter_store.h"
#include "spv/header_store.h"
#include "spv/spv.h"
#include "tests/unit/swarm_forest.h"

#define SWARM_PEERS_MAX 64
#define SWARM_GROUPS 3
#define SWARM_TXS_MAX 8
#define SWARM_FETCH_MAX 64
#define SWARM_TRUNK 2600 /* blocks that all seeds share: more than one message of headers */

/* A row of random numbers (splitmix64). */
struct swarm_dice {
	uint64_t state;
};
uint64_t dice_roll(struct swarm_dice *d);
/* 0 … n - 1; n > 0. */
uint32_t dice_below(struct swarm_dice *d, uint32_t n);
MUST_USE bool dice_chance(struct swarm_dice *d, uint32_t percent);

/* What a peer's lie is. */
enum swarm_lie {
	LIE_NONE,
	LIE_HEADER,       /* a header that breaks a rule */
	LIE_INVALID,      /* an invalid block behind good headers */
	LIE_NOT_A_CHAIN,  /* headers that don't follow each other */
	LIE_MALFORMED,    /* messages cut short, too long, with counts too large */
	LIE_MUTATED,      /* blocks with one bit changed */
	LIE_STRIPPED,     /* blocks without their witness */
	LIE_FILTER_OMITS, /* filters without our scripts, and the filter headers that follow */
	LIE_FILTER_EMPTY, /* empty filters, likewise */
	LIE_FILTER_BODY,  /* filters that are not those of its own filter headers */
	LIE_FILTER_HEADERS, /* filter headers that don't fit together */
	LIE_FILTER_SILENT, /* claims to serve filters, and doesn't */
	LIE_GARBAGE,      /* random bytes under known and unknown commands */
	LIE_UNASKED,      /* messages that nobody asked for */
	LIE_ECHO,         /* our own nonce in its version */
	LIE_SPAM,         /* branch after branch of little work */
	LIE_UNCONNECTED,  /* headers without a parent */
	LIE_NOT_FOUND,    /* has no block, and says so */
	LIE_SILENT,       /* claims a lot, answers nothing */
	LIE_LAGGING,      /* tells an old tip for ever */
	LIE_INV_FLOOD,    /* blocks and transactions that don't exist */
	LIE_GREEDY,       /* asks for everything, again and again */
	LIE_ADDR_FLOOD,   /* addresses without end */
	LIE_KINDS,
};
const char *swarm_lie_name(enum swarm_lie lie);

enum swarm_stall { STALL_HANDSHAKE = 1, STALL_HEADERS = 2, STALL_BLOCKS = 4, STALL_PONG = 8, STALL_FILTERS = 16, STALL_ALL = 31 };

struct swarm_peer {
	char name[24]; /* "honest-3": also its address */
	enum swarm_lie lie;
	bool inv_only;       /* announces by inv, like old nodes */
	bool slow;           /* seconds away, or on a thin line: the client need not wait for it */

	uint32_t group;      /* those of one group hear of each other's blocks */
	const struct forest_block *tip;
	int64_t latency_ms;  /* one way */
	uint32_t bytes_per_ms;
	uint64_t services;
	unsigned stalls;     /* of enum swarm_stall */
	bool offline;        /* cannot be reached */
	const struct forest_block *lie_tip; /* of a branch of its own; NULL: none */

	uint32_t id;         /* of the connection; 0: none */
	bool closed;         /* the client wants no more of it */
	bool ready;          /* verack is out */
	int64_t to_us_at, to_peer_at; /* when the last message on its way arrives */
	int64_t retry_at;
	int64_t fit_since;   /* it has been ready, and without a stall ever in this connection, since then */
	const struct forest_block *shown; /* the best block that it knows the client to know */
	uint32_t told_txs[SWARM_TXS_MAX]; /* how often each was announced to it */

	uint32_t watched;    /* the connection that stood when the watch began */
	bool evidence;       /* against it, of this connection */
	bool was_banned;
};

struct swarm_event {
	int64_t at_ms;
	uint64_t number;     /* first come, first served */
	struct swarm_peer *peer;
	uint32_t id;         /* of the connection: what is under way when it ends is lost */
	bool to_peer;
	bool gone;           /* not a message: the connection ends */
	bool provable;       /* a lie that the client must punish on the spot */
	char command[13];
	uint8_t *payload;    /* owned */
	size_t len;
	RB_ENTRY(swarm_event) place;
};
RB_HEAD(swarm_events, swarm_event);
int swarm_event_cmp(const struct swarm_event *a, const struct swarm_event *b);
RB_PROTOTYPE(swarm_events, swarm_event, place, swarm_event_cmp)

struct swarm_taken {
	struct hash256 hash;
	bool whole; /* the block itself was seen, not only passed by */
};

/* Whoever takes the client's blocks; it survives the client's process. */
struct swarm_taker {
	uint32_t first;
	struct swarm_taken *taken; /* owned; from height `first` on */
	size_t n, cap;
	size_t durable;        /* of these a crash leaves at least so many */
	uint32_t filters;      /* heights below this one may have been passed by for their filters */
	uint32_t watch_from[FOREST_SCRIPTS]; /* the first height at which a script matters; UINT32_MAX: it does not */
};

struct swarm_tx {
	struct hash256 txid;
	uint8_t *raw; /* owned */
	size_t len;
	bool live;
	int64_t since_ms;
};

/* What happened, summed up over runs. */
struct swarm_stats {
	uint64_t runs, events, blocks, unblocks, restarts, kills, bans[LIE_KINDS], told[LIE_KINDS], closed_honest;
	uint64_t passed, rescanned; /* blocks passed by, and looked at again */
	uint64_t deepest;   /* reorganisation */
	uint64_t overtaken; /* flawed branches whose blocks nobody showed */
	uint64_t settle_ms_max, held_max; /* longest time until all was quiet; bytes that a client held at its end */
};

/* What kind of life. */
struct swarm_plan {
	uint64_t seed;
	bool trace;           /* print what happens */
	uint32_t kill_at;     /* the client dies at this write, and never else; 0: now and then, by the dice */
	uint32_t kill_part;   /* percent of that write which reaches the disk */
	uint32_t hours;       /* how long the troubles last; 0: by the dice */
};

struct swarm {
	struct swarm_dice dice;
	struct forest *forest; /* borrowed */
	struct chain_params chain;
	struct spv_params params;
	struct spv *s;
	struct header_store *store; /* NULL: no disk, or not open */
	struct filter_store *filter_store; /* the same */
	struct db *db;              /* owned: the database beside it, in memory, which outlives the client */
	bool has_disk;          /* a store in a directory of its own; otherwise each start is from nothing */
	char dir[64];
	int64_t now_ms, start_ms, next_tick_ms;
	int64_t wall_start, wall_skew; /* seconds */
	struct swarm_peer peers[SWARM_PEERS_MAX];
	size_t peers_n;
	uint32_t last_id;
	struct swarm_events events;
	uint64_t events_n, last_event;
	const struct swarm_event *telling; /* the message that the client looks at; NULL: none */
	const struct forest_block *group_tip[SWARM_GROUPS]; /* the best sound block that each group has found */
	bool parted;            /* groups don't hear of each other */
	uint32_t cut;           /* bit i: the client's links to group i are cut */
	bool quiet;             /* the troubles are over */
	struct swarm_taker taker;
	struct swarm_tx txs[SWARM_TXS_MAX];
	size_t txs_n;
	bool late;              /* what was passed by is being looked at again */
	uint32_t tag;           /* for blocks that differ */
	uint64_t checks;
	size_t spam;            /* headers of liars that no block stands behind */
	struct hash256 fetching[SWARM_FETCH_MAX]; /* asked for, not answered yet */
	size_t fetching_n;
	struct swarm_stats *stats; /* borrowed */
	struct swarm_plan plan;
	char failed[256];
};

/* --- swarm.c --- */

struct spv_time swarm_now(const struct swarm *w);
void swarm_fail(struct swarm *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
void swarm_trace(const struct swarm *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Put a message on its way to the client; borrowed until it arrives. */
struct swarm_event *swarm_say(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len);
/* The same, and empties the writer. */
struct swarm_event *swarm_say_wr(struct swarm *w, struct swarm_peer *p, const char *command, struct wr *payload);
void swarm_connect(struct swarm *w, struct swarm_peer *p);
/* The link breaks; the client hears of it at once. */
void swarm_disconnect(struct swarm *w, struct swarm_peer *p);
/* Drop all that is on its way, and all connections, without a word. */
void swarm_drop_links(struct swarm *w);
/* Do what the client wants after a call to it, and check it. */
void swarm_drain(struct swarm *w);
void swarm_run(struct swarm *w, int64_t ms);
MUST_USE bool swarm_is_honest(const struct swarm_peer *p);

/* --- swarm_client.c --- */

void swarm_client_start(struct swarm *w);
/* The process is gone. */
void swarm_client_end(struct swarm *w);
/* Save what changed. */
void swarm_client_save(struct swarm *w);
/* Dies and starts again. */
void swarm_client_restart(struct swarm *w);
void swarm_client_check(struct swarm *w);
void swarm_take(struct swarm *w, const struct spv_output *o);
void swarm_pass(struct swarm *w, const struct spv_output *o);
void swarm_retake(struct swarm *w, const struct spv_output *o);
/* A block of the scan that holds a watched script was only passed by; NULL: none. */
const struct forest_block *swarm_missed(const struct swarm *w);
void swarm_untake(struct swarm *w, const struct spv_output *o);

/* --- swarm_disk.c --- */

/* The n-th write from now on (n >= 1) is cut short, and nothing reaches the disk after it, until disk_whole(). */
void disk_break_at(uint32_t n, uint32_t part_percent);
void disk_whole(void);
MUST_USE bool disk_is_broken(void);
/* Writes since disk_whole(). */
uint32_t disk_writes(void);

/* --- swarm_node.c --- */

void swarm_node_hears(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len);
/* Adopts a tip and tells the client, as nodes do. */
void swarm_node_adopts(struct swarm *w, struct swarm_peer *p, const struct forest_block *tip);
void swarm_node_sends_block(struct swarm *w, struct swarm_peer *p, const struct forest_block *b);
void swarm_node_sends_version(struct swarm *w, struct swarm_peer *p, uint64_t nonce, int32_t height);

/* Honest nodes hear of blocks that others found. */
void swarm_gossip(struct swarm *w);

/* --- swarm_filters.c --- */

/* True when the message is about filters. */
MUST_USE bool swarm_filters_hears(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len);

/* --- swarm_liar.c --- */

/* True when the liar has dealt with the message in its own way. */
MUST_USE bool swarm_liar_hears(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len);
/* A moment for a connected liar to say something. */
void swarm_liar_acts(struct swarm *w, struct swarm_peer *p);

/* --- swarm_trouble.c --- */

/* One of them, by the dice. */
void swarm_trouble(struct swarm *w);
/* A group finds n blocks on a sound one. */
void swarm_find_blocks(struct swarm *w, uint32_t group, const struct forest_block *on, uint32_t n);

/* --- swarm_life.c --- */

/* Live through a seed; "" or what was broken, in w->failed. Releases all but *w. */
void swarm_live(struct swarm *w, struct forest *forest, const struct swarm_plan *plan, struct swarm_stats *stats);

#endif
