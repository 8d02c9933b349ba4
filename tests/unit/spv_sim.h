#ifndef TALLY_TESTS_SPV_SIM_H
#define TALLY_TESTS_SPV_SIM_H
/* A network of scripted peers around one light client, on a simulated clock. Blocks are mined here with regtest's ease. Whatever the
 * client puts out is checked as it comes: blocks in order, each on the one before, taken back from the top. spv_check() runs after
 * every event (now and then only when the chain is long). */
#include "chain/block.h"
#include "chain/p2p.h"
#include "spv/spv.h"

#define SIM_PEERS 8
#define SIM_START_MS 1000000

/* What is wrong or special with a mined block. */
enum sim_flavour {
	SIM_PLAIN,
	SIM_BAD_NONCE,    /* hash above the target */
	SIM_BAD_BITS,     /* easy bits that the rules don't ask for */
	SIM_OLD_TIME,     /* at the median */
	SIM_OLD_VERSION,  /* 1 */
	SIM_FUTURE,       /* three hours ahead of the clock */
	SIM_TWO_COINBASES, /* an invalid block behind a good header */
	SIM_WITNESS,      /* a transaction with witness, and the commitment to it */
	SIM_PAYS,         /* pays to sim_script */
	SIM_SPENDS,       /* spends what the last SIM_PAYS paid */
};

#define SIM_SCRIPT_LEN 34
extern const uint8_t sim_script[SIM_SCRIPT_LEN];

/* How a peer lies about filters. */
enum sim_filter_lie {
	SIM_FILTER_HONEST,
	SIM_FILTER_OMIT,      /* leaves sim_script out, wherever it was paid or spent */
	SIM_FILTER_EMPTY,     /* empty filters */
	SIM_FILTER_STUFFED,   /* has many items that the block can't have */
	SIM_FILTER_MALFORMED, /* can't be read */
	SIM_FILTER_OTHER,     /* names another script for an input whose spent script nobody knows */
};

struct sim_block {
	struct header header;
	struct hash256 hash;
	uint8_t *bytes; /* owned */
	size_t len;
	int parent;
	uint32_t height;
	uint8_t *filter; /* owned; the honest one */
	size_t filter_len;
	struct hash256 filter_hash, filter_header;
	bool seen; /* the client delivered it whole */
};

struct sim_peer {
	/* The script; change it at any time. */
	int tip;              /* index of the block that it holds the best */
	int64_t latency_ms;
	uint64_t services;
	int32_t start_height; /* to claim; -1: the truth */
	bool mute_version, mute_headers, mute_blocks, mute_ping;
	bool no_blocks;       /* answers notfound */
	bool mutate_blocks;   /* changes the last byte of each block */
	bool strip_blocks;    /* leaves the witnesses out */
	bool echo_nonce;      /* claims our own version nonce */
	bool reject_txs;
	bool ignore_txs;      /* never asks for what we announce */
	bool greedy;          /* asks for each announced transaction three times */

	enum sim_filter_lie filter_lie; /* in every filter from height lie_from to lie_to, and the filter headers that belong to them */
	uint32_t lie_from, lie_to;
	bool mute_checkpoints, mute_cfheaders, mute_cfilters;
	bool bad_checkpoint; /* the last one isn't what its cfheaders give */
	bool other_cfilters; /* shows other filters than its cfheaders name */
	bool twice;          /* each cfilter comes twice */

	/* What happened. */
	uint32_t id; /* 0: not connected */
	bool closed, banned;
	unsigned lies;          /* as evidence says */
	struct hash256 evidence; /* digest of the last */
	int64_t evidence_height;
	char reason[SPV_REASON_MAX];
	unsigned getheaders, invs, txs, getblocks, pings;
	struct p2p_locator locator; /* of the last getheaders */
	unsigned getcheckpoints, getcfheaders, getcfilters, cfilters;
};

struct sim_event;

struct sim {
	struct spv *s;
	struct spv_params params;
	struct spv_time now;
	struct sim_block *blocks; /* owned; [0] is genesis */
	size_t blocks_n, blocks_cap;
	struct sim_peer peers[SIM_PEERS];
	size_t peers_n;
	uint32_t last_id;
	struct sim_event *events; /* owned */
	int64_t next_tick;
	unsigned long steps;

	/* Delivered blocks from scan height `first` on. */
	uint32_t first;
	struct hash256 *delivered; /* owned */
	size_t delivered_n, delivered_cap;
	unsigned tips, unblocked, passed, rescanned;
	struct outpoint paid; /* to sim_script, by the last SIM_PAYS */
	struct hash256 tip;

	/* The last answers. */
	unsigned fetched, fetch_failed;
	enum spv_tx_state tx_state;
	unsigned tx_news;
	char tx_reason[SPV_REASON_MAX];
	bool stale;
	unsigned stale_news;
	char stale_what[SPV_WHY_MAX];
};

/* params may be NULL. The clock stands a day after genesis and a bit; blocks come ten minutes apart from genesis on. */
struct sim *sim_new(const struct spv_params *params);
void sim_free(struct sim *sim);

/* Mine n blocks on a block; the last has the flavour. Returns the index of the last. */
int sim_mine(struct sim *sim, int parent, size_t n, enum sim_flavour flavour);

/* The index of a block; of the block at a height of the branch that ends in tip (-1: none). Has the peer a block? */
int sim_find_block(const struct sim *sim, const struct hash256 *hash);
int sim_at_height(const struct sim *sim, int tip, uint32_t height);
bool sim_has_block(const struct sim *sim, const struct sim_peer *p, int block);

/* A peer with this tip, not connected yet; borrowed. */
struct sim_peer *sim_peer(struct sim *sim, int tip);
void sim_connect(struct sim *sim, struct sim_peer *p);
void sim_disconnect(struct sim *sim, struct sim_peer *p);
/* Set the tip and tell the client: by a header message, or by inv. */
void sim_announce(struct sim *sim, struct sim_peer *p, int tip, bool by_inv);
/* Let the peer send something after its latency; w is cleared. */
void sim_reply(struct sim *sim, struct sim_peer *p, const char *command, struct wr *w);
/* Let the peer send anything, now. */
void sim_say(struct sim *sim, struct sim_peer *p, const char *command, const void *payload, size_t len);

/* A simulation with one honest peer of n blocks, connected, the scan from `first` on (0: none). */
struct sim *sim_with_peer(size_t n, uint32_t first, struct sim_peer **peer);
void sim_scan_from(struct sim *sim, uint32_t height);
/* Do what the client wants after a call to it. */
void sim_drain(struct sim *sim);
/* Let time pass. */
void sim_run(struct sim *sim, int64_t ms);

/* The client's tip is this block, and all blocks from the scan's start up to it have been delivered. */
bool sim_is_at(const struct sim *sim, int block);
bool sim_synced(const struct sim *sim);

/* --- sim_filters.c --- */

/* A peer that serves filters. */
struct sim_peer *sim_filter_peer(struct sim *sim, int tip);
/* The honest filter of a block that is being mined. */
void sim_filter_make(const struct sim *sim, struct sim_block *made, const struct block *b);
void sim_filter_genesis(struct sim *sim);
/* Questions about filters. */
void sim_filters_hear(struct sim *sim, struct sim_peer *p, const char *command, const void *payload, size_t len);
/* The filter that a peer shows for a block. */
void sim_filter_told(struct wr *w, const struct sim *sim, const struct sim_peer *p, int block);

#endif
