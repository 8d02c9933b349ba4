#ifndef TALLY_SPV_SPV_H
#define TALLY_SPV_SPV_H
/* The light client of the main chain. A pure core: events and the time go in, outputs come out of a queue; the caller owns sockets,
 * clock, disk (spv/header_store.h) and randomness.
 *
 *   caller                                   core
 *   spv_peer_connected / _gone / _message ->  checks headers, picks the branch of most work, fetches blocks
 *   spv_tick (twice a second)             ->  timeouts, rebroadcast, held headers
 *   spv_next, until false                 <-  bytes to send, peers to close, the new tip, blocks in order
 *
 * Drain the queue with spv_next() after every event; an output is owned by the caller and released with spv_output_clear().
 *
 * Where peers come from: those that the caller was told to use (manual) he connects to himself, as long and as often as he likes. With
 * params.discover the core finds others: it keeps a book of addresses (spv/address_book.h) and puts out SPV_DIAL. Inbound ones come
 * through spv_peer_accepted().
 *
 * The life of a peer (each stage has its own time limit and its own blame):
 *
 *   connected -> HANDSHAKE --version, verack--> READY --getheaders--> READY (headers asked) --short or empty answer--> caught up
 *
 * Until the first peer has told all its headers, one peer at a time is asked (the sync peer); then every peer is asked for its tip. A
 * branch of less work than the network's minimum, or than our tip's less 144 blocks, is not stored before it has proven its work
 * (spv/presync.h); when the peer that serves such a branch is lost, another goes on where it stood. Blocks are fetched only when the
 * headers are there, from any peer whose announced branch holds them.
 *
 * Rules: most work wins, in 256 bits, first seen on a tie; each header is checked against its own branch (chain/header_rules.h). A header
 * too far in the future is held and tried again. A block that no rule allows takes its header and all that follow out for good. */
#include "base/clock.h"
#include "chain/block.h"
#include "chain/net_address.h"
#include "chain/params.h"

struct spv;

struct spv_time {
	struct mono mono;      /* for timeouts */
	struct unixtime wall;  /* for header times: our own clock, never moved by peers */
};

enum spv_scan_mode {
	SPV_SCAN_BLOCKS,  /* every block is asked for */
	SPV_SCAN_FILTERS, /* where peers serve filters (BIP157/158) only blocks that may hold a watched script; else every block */
};

struct spv_params {
	const struct chain_params *chain; /* borrowed */
	uint64_t seed;               /* random: version nonce, index salt */
	const char *user_agent;      /* borrowed; BIP14, such as "/tallystick:0.1.0/" */
	int64_t handshake_ms;        /* connection to verack: 20 s */
	int64_t headers_ms;          /* getheaders to its answer: 30 s */
	int64_t headers_per_s;       /* a peer that is asked for many headers and gives fewer makes room for another: 100 */
	int64_t block_ms;            /* getdata to its block: 30 s */
	int64_t filters_ms;          /* between a question about filters and (the next part of) its answer: 10 s */
	int64_t ping_ms;             /* between pings, and for the answer: 120 s */
	int64_t rebroadcast_ms;      /* between announcements of one transaction: 60 s */
	uint32_t window;             /* blocks asked for or waiting at once: 16 */
	size_t window_bytes;         /* and their bytes as received: no more is asked for above this: 16 MB */
	enum spv_scan_mode scan_mode; /* SPV_SCAN_BLOCKS; no other on a signet, where each block must show its solution */
	uint32_t full_tail;          /* filters pass no block by that has fewer than this on it: what is new is looked at whole: 6 */
	int64_t stale_s;             /* age of the tip from which on it is stale: 90 minutes, 0 (never) where blocks come on demand */
	bool discover;               /* look for peers ourselves, too: false */
	bool dns_seeds;              /* ask the network's DNS seeds while too few addresses are known: true */
	bool proxied;                /* names are for a proxy: seeds are dialled by name, SPV_RESOLVE never comes: false */
	uint32_t networks;           /* that can be dialled, a bit (1 << id) each: IPv4 and IPv6 */
	uint32_t outbound;           /* peers to keep of those found: 8 */
	uint32_t inbound_max;        /* peers that came to us: 32 */
	uint32_t inbound_group_max;  /* of these, of one network group: 4 */
	int64_t feeler_ms;           /* between two feelers, more or less: 120 s */
	int64_t extra_peer_ms;       /* without a new tip, before one more peer is asked: 30 min */
	int64_t ban_s;               /* for a lie: a day */
	size_t side_max;             /* headers kept off the best chain; beyond it the branch of least work goes: 100,000 */
};

/* The values above. */
struct spv_params spv_params_default(const struct chain_params *chain);

/* A core whose chain is the genesis block. Owned by the caller. */
MUST_USE struct spv *spv_new(const struct spv_params *params);
void spv_free(struct spv *s);

/* --- Events --- */

/* A connection to a peer stands that we made, so we speak first. id: that of the SPV_DIAL; or for a manual peer any number below 2^31 that
 * no earlier peer had. address: for people, copied (cut to SPV_ADDRESS_MAX). */
void spv_peer_connected(struct spv *s, uint32_t id, const char *address, struct spv_time now);
/* A peer connected to us: it speaks first. id as for a manual peer; address: numeric, with port. SPV_CLOSE comes at once when it may
 * not stay, or for another whose place it takes. */
void spv_peer_accepted(struct spv *s, uint32_t id, const char *address, struct spv_time now);
/* The connection is closed (also after SPV_CLOSE), or what SPV_DIAL asked for failed. Its work goes to other peers. Unknown ids are
 * ignored. */
void spv_peer_gone(struct spv *s, uint32_t id, struct spv_time now);
/* One whole message, its checksum already right; payload is borrowed for the call. Unknown commands and ids are ignored. */
void spv_peer_message(struct spv *s, uint32_t id, const char *command, const void *payload, size_t len, struct spv_time now);
/* The longest payload of this command that is of use from this peer now. A longer one need not be read. */
size_t spv_payload_max(const struct spv *s, uint32_t id, const char *command);
/* The answer to SPV_RESOLVE; n = 0: none. Ports, services and times of what was found are not looked at. */
#define SPV_RESOLVED_MAX 256 /* more are not taken */
void spv_resolved(struct spv *s, const char *host, const struct net_address *found, size_t n, struct spv_time now);
/* From now on a tip of this age is stale; 0: none ever is. */
void spv_set_stale_age(struct spv *s, int64_t seconds);
/* Time has passed. */
void spv_tick(struct spv *s, struct spv_time now);

/* --- Outputs --- */

#define SPV_REASON_MAX 128
#define SPV_WHY_MAX 160
#define SPV_ADDRESS_MAX 80

#define SPV_HOST_MAX 128

enum spv_role {
	SPV_MANUAL,   /* we were told to use it */
	SPV_OUTBOUND, /* found by ourselves */
	SPV_FEELER,   /* a short visit: does this address answer? */
	SPV_SEED,     /* asked for addresses, then left */
	SPV_INBOUND,  /* it came to us */
};
const char *spv_role_name(enum spv_role role);

enum spv_output_kind {
	SPV_SEND,    /* .send: write these bytes to a peer */
	SPV_CLOSE,   /* .close: close the connection; ban: the peer lied, don't come back soon */
	SPV_TIP,     /* .tip: the best chain has a new tip */
	SPV_BLOCK,   /* .block: the next block of the best chain, strictly in order of height */
	SPV_PASSED,  /* .passed: the same for a block whose filter holds no watched script: it was not asked for */
	SPV_RESCANNED, /* .rescanned: a block below the next height that may hold a script watched late; may come more than once */
	SPV_UNBLOCK, /* .unblock: a delivered or passed block left the best chain; highest first, before the new branch's blocks */
	SPV_FETCHED, /* .fetched: the answer to spv_fetch_block() */
	SPV_TX,      /* .tx: news of a transaction being broadcast */
	SPV_STALE,   /* .stale: the tip has become too old to be relied on, or is young again */
	SPV_DIAL,    /* .dial: connect to a peer; answer with spv_peer_connected() or spv_peer_gone() */
	SPV_RESOLVE, /* .resolve: look up a name; answer with spv_resolved() */
	SPV_EVIDENCE, /* .evidence: a peer lied; its SPV_CLOSE follows. For a log that outlives the connection */
};

enum spv_tx_state {
	SPV_TX_WAITING,  /* announced to nobody yet, or nobody asked so far */
	SPV_TX_IGNORED,  /* no peer asked for it within a whole announcement period (it may know it already, or not want it) */
	SPV_TX_SENT,     /* at least one peer asked for it and got it */
	SPV_TX_REJECTED, /* each peer that got it in this round said why not: see reason. It is announced on all the same */
};

struct spv_output {
	enum spv_output_kind kind;
	union {
		struct {
			uint32_t peer;
			uint8_t *bytes; /* owned: a whole framed message */
			size_t len;
		} send;
		struct {
			uint32_t peer;
			bool ban;
			char reason[SPV_REASON_MAX]; /* names the rule: "headers: bad-work at height 12" */
		} close;
		struct {
			struct hash256 hash;
			uint32_t height;
			uint32_t fork; /* height of the last block that the old and the new best chain share */
		} tip;
		struct {
			struct hash256 hash;
			uint32_t height;
			struct block *block; /* owned; checked by block_check() */
		} block;
		struct {
			struct hash256 hash;
			uint32_t height;
		} passed;
		struct {
			struct hash256 hash;
			uint32_t height;
			struct block *block; /* owned; as above */
		} rescanned;
		struct {
			struct hash256 hash;
			uint32_t height;
		} unblock;
		struct {
			struct hash256 hash;
			uint32_t height;
			struct block *block; /* owned; NULL when it could not be had: see reason */
			char reason[SPV_REASON_MAX];
		} fetched;
		struct {
			struct hash256 txid;
			enum spv_tx_state state;
			char reason[SPV_REASON_MAX]; /* of a rejection, as the peer gave it, printable characters only */
		} tx;
		struct {
			bool stale;
			int64_t tip_age_s; /* by our clock and the tip's own time */
			char what[SPV_WHY_MAX];
		} stale;
		struct {
			uint32_t id;
			char host[SPV_HOST_MAX]; /* numeric, .onion, or a name */
			uint16_t port;
			enum spv_role role;
			uint64_t services; /* as gossip has them; 0: not known */
		} dial;
		struct {
			char host[SPV_HOST_MAX];
		} resolve;
		struct {
			uint32_t peer;
			char address[SPV_ADDRESS_MAX];
			int64_t height;        /* of the block that the lie is about; -1: none known */
			struct hash256 digest; /* SHA-256 of the payload of the message that was the lie; zeros: it was no message */
			char what[SPV_REASON_MAX]; /* as in .close.reason */
		} evidence;
	};
};

/* Take the next output; false when there is none. */
MUST_USE bool spv_next(struct spv *s, struct spv_output *out);
void spv_output_clear(struct spv_output *out);

/* --- Blocks --- */

/* Deliver blocks of the best chain from `height` on; undelivered outputs of an earlier scan are dropped. Height may be above the tip.
 * Before the first call no block is delivered. */
void spv_scan_from(struct spv *s, uint32_t height);
/* Go on after a restart: `last` is the last block that the caller has taken, `first` the height where its scan once began. When `last`
 * has left the best chain, SPV_UNBLOCK comes for it and its parents down to the fork (not below `first`), then the new branch. False,
 * and nothing changed, when the header of `last` is not known: try the block before it. */
MUST_USE bool spv_scan_resume(struct spv *s, uint32_t first, const struct hash256 *last);

/* With SPV_SCAN_FILTERS: look for an output script, as what an output pays to and as what an input spends. from: the first height at
 * which it may occur. What the scan has passed from there on is looked at again for it (SPV_RESCANNED); a new scan looks for all scripts,
 * and ends a rescan. Watched already: `from` may become lower. Copied. NULL, or why not: no such script, or too many, and from then on
 * every block is asked for. */
MUST_USE const char *spv_watch(struct spv *s, const void *script, size_t len, uint32_t from);
void spv_unwatch(struct spv *s, const void *script, size_t len);

/* Ask for one block by hash, on whatever branch; answered by one SPV_FETCHED. NULL, or why not (unknown header, too many asked). */
MUST_USE const char *spv_fetch_block(struct spv *s, const struct hash256 *hash);

/* --- Broadcast --- */

#define SPV_BROADCAST_MAX 256
#define SPV_BROADCAST_BYTES_MAX 400000 /* what nodes relay: 400,000 weight units */

/* Announce a transaction to all peers now and every rebroadcast_ms until forgotten (that is: until buried), also to peers that come
 * later. Copied. Again for a known txid: no error, announced at once. NULL, or why not. */
MUST_USE const char *spv_broadcast(struct spv *s, struct hash256 *txid, const void *raw, size_t len);
void spv_broadcast_forget(struct spv *s, const struct hash256 *txid);

struct spv_tx_status {
	enum spv_tx_state state;
	uint32_t announced; /* peers told, counted over all rounds */
	uint32_t sent;      /* peers that fetched it */
	char reason[SPV_REASON_MAX];
};
/* False when the txid isn't being broadcast. */
MUST_USE bool spv_broadcast_status(const struct spv *s, const struct hash256 *txid, struct spv_tx_status *out);

/* --- Where peers are found --- */

struct address_book;
struct ban_list;
#define SPV_ANCHORS_MAX 2

/* For a store: borrowed, to be filled before the first spv_tick(). */
struct address_book *spv_address_book(struct spv *s);
struct ban_list *spv_ban_list(struct spv *s);
/* Outbound peers of long standing, to be dialled first after a restart: an attacker who can't make us forget them has to wait. */
size_t spv_anchors(const struct spv *s, struct net_address out[SPV_ANCHORS_MAX]);
void spv_set_anchors(struct spv *s, const struct net_address *a, size_t n);
/* A node to ask for addresses when too few are known. */
void spv_add_seed(struct spv *s, const char *host, uint16_t port);

/* --- Questions --- */

struct spv_header {
	struct header header;
	struct hash256 hash;
	uint32_t height;
	struct u256 work; /* of the chain up to and with this header */
	bool best;        /* on the best chain */
};

void spv_tip(const struct spv *s, struct spv_header *out);
/* On the best chain; false above the tip. */
MUST_USE bool spv_header_at(const struct spv *s, uint32_t height, struct spv_header *out);
/* On any branch. */
MUST_USE bool spv_header_find(const struct spv *s, const struct hash256 *hash, struct spv_header *out);

/* For a relayer. The best chain's headers after the first of `have` (newest first) that is on the best chain, or after genesis when none
 * is; at most max. *first gets the height of out[0]. */
size_t spv_headers_from(const struct spv *s, const struct hash256 *have, size_t have_n, uint32_t *first, struct header *out, size_t max);

#define SPV_SIDE_DEPTH 2016
struct spv_side_tip {
	struct hash256 hash;
	uint32_t height;
	uint32_t fork; /* height of the last block shared with the best chain */
	struct u256 work;
};
/* Tips of known side branches that fork at most SPV_SIDE_DEPTH below the best tip, most work first. */
size_t spv_side_tips(const struct spv *s, struct spv_side_tip *out, size_t max);
/* The headers of a side branch from its fork up to `tip` (lowest first), at most max; *first gets the height of out[0]. 0 when tip is on
 * the best chain or not known. */
size_t spv_side_headers(const struct spv *s, const struct hash256 *tip, uint32_t *first, struct header *out, size_t max);

enum spv_peer_stage { SPV_PEER_HANDSHAKE, SPV_PEER_READY };
const char *spv_peer_stage_name(enum spv_peer_stage stage);

struct spv_peer_info {
	uint32_t id;
	char address[SPV_ADDRESS_MAX];
	enum spv_role role;
	const char *network;    /* "ipv4", "onion" and so on (static); "" when it was connected to by name */
	uint64_t addresses_in, addresses_dropped; /* told by it; above the rate that is taken */
	enum spv_peer_stage stage;
	char user_agent[257]; /* as sent, printable characters only */
	int32_t version;
	uint64_t services;
	int32_t start_height;   /* as claimed */
	int64_t connected_ms;   /* how long ago */
	int64_t latency_ms;     /* of the last ping; -1: not known yet */
	uint64_t bytes_in, bytes_out;
	bool caught_up;         /* it has told all the headers it has */
	int64_t best_height;    /* of the best header that it is known to have; -1: none */
	struct hash256 best;
	bool disagrees;         /* its best header is off our best chain, or its filters are not those of the others: it knows less, or lies */
	bool low_work;          /* its last headers were of too little work to be stored */
	int64_t presync_height; /* of the last header of the branch that proves its work with this peer; -1: none */
	uint32_t blocks_asked;  /* in flight */
};
/* At most max of them, in order of id; returns how many. */
size_t spv_peers(const struct spv *s, struct spv_peer_info *out, size_t max);

/* A branch that proves its work before any of it is stored passes twice. */
enum spv_presync { SPV_PRESYNC_NONE, SPV_PRESYNC_FIRST, SPV_PRESYNC_SECOND };

struct spv_progress {
	uint32_t headers;     /* height of the best chain */
	int64_t peers_height; /* the highest that a ready peer claims or showed; -1: no peer */
	uint32_t scanned;     /* next height to deliver (0: no scan) */
	uint32_t scan_first;  /* where the scan began */
	uint32_t peers;       /* ready ones */
	/* Heights below this one whose filters' hashes are known. Who keeps his place over a restart keeps this too: when it is less afterwards
	 * (filters.dat was damaged, or behind) nobody remembers on whose word blocks were passed by, and a lie would never be found out. So the
	 * scan goes on from there. */
	uint32_t filter_headers;
	bool filters_in_use;  /* the scan goes by filters at present */
	/* Lowest height that is still to be looked at again, for scripts watched late or since filters turned out to be lies (0: none; genesis
	 * holds nothing for anybody). It is not kept over a restart: who keeps his place keeps this too, and watches from there again after
	 * spv_scan_resume(). */
	uint32_t rescan_next;
	bool headers_done;    /* a connected peer has told all its headers, and the chain has the network's minimum work */
	struct u256 work_needed; /* what a chain must have to be stored without proving it first */
	enum spv_presync presync;
	/* Of the branch that has come furthest in proving its work: */
	int64_t presync_peer;    /* who serves it; -1: it waits for a peer */
	uint32_t presync_from;   /* height where it leaves what is known */
	uint32_t presync_height; /* in the present pass */
	uint32_t presync_time;   /* of that header: blocks come ten minutes apart, so this tells how many are missing */
	uint32_t presync_end;    /* second pass: the height at which it ends; 0 in the first, where nobody can tell */
	struct u256 presync_work;
	bool stale;              /* the tip is too old to be relied on */
	int64_t tip_age_s;
};
void spv_progress(const struct spv *s, struct spv_progress *out);

/* Headers are caught up with a connected peer, the chain has the network's minimum work and a tip that is not stale, and the scan has
 * delivered all blocks up to the tip. When false, why[] says what is missing, for a person; empty when true. */
MUST_USE bool spv_is_synced(const struct spv *s, char why[SPV_WHY_MAX]);

/* Feed headers from a file (oldest first, 80 bytes each): checked like those of a peer. *used gets how many were accepted or known
 * before the first that was not. NULL, or which rule that one broke. */
MUST_USE const char *spv_import(struct spv *s, size_t *used, const uint8_t *headers, size_t n, struct spv_time now);

/* Assert the numbered invariants of the core's files; for tests. Slow. */
void spv_check(const struct spv *s);

#endif
