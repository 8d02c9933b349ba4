#ifndef TALLY_SPV_CORE_H
#define TALLY_SPV_CORE_H
/* The inside of the light client, for its own files only: spv.c (events, outputs), peer.c (one connection), sync.c (headers),
 * low_work.c and jobs.c (branches that have to prove their work), stale.c (a tip that stands still), download.c (blocks),
 * broadcast.c (transactions). Every event ends in spv_pump(), which hands out whatever work there is. */
#include <uthash.h>

#include "chain/p2p_filter.h"
#include "spv/filters.h"
#include "spv/header_tree.h"
#include "spv/presync.h"
#include "spv/spv.h"

#define SPV_PEERS_MAX 128
#define SPV_FETCH_MAX 64      /* blocks asked for by spv_fetch_block() at once */
#define SPV_HELD_MAX 64       /* headers too far in the future */
#define SPV_PEER_BLOCKS_MAX 16 /* in flight with one peer */
#define SPV_TRIED_MAX 32
#define SPV_WASTE_MAX 100000  /* headers of too little work from one peer */
#define SPV_JOBS_MAX 4        /* branches that prove their work at once: at most some 3 MB each */
#define SPV_TURN_MS (20 * 60 * 1000) /* how long a peer may hold a place among them, or the turn to be asked, when another waits for it */

struct peer {
	uint32_t id; /* the key */
	char address[SPV_ADDRESS_MAX];
	enum spv_role role;
	bool has_address;
	struct net_address where;
	enum spv_peer_stage stage;
	bool closing; /* SPV_CLOSE is out: nothing is sent to it or taken from it any more */
	bool version_in;
	struct p2p_version version;
	uint64_t nonce; /* of our version message, to find a connection to ourselves; another for each, so that it links none */
	struct mono connected;
	uint64_t bytes_in, bytes_out;

	bool started;    /* its first getheaders is out */
	struct mono turn; /* started: it is asked in earnest since then */
	bool asked;      /* a getheaders is out, unanswered */
	bool ask_again;  /* it announced something meanwhile */
	bool caught_up;
	struct mono asked_at;
	bool has_best;
	struct hash256 best; /* the header of most work that it is known to have */
	int64_t best_height;
	uint32_t full_height; /* of the last header of its last full message: the next one must go further */
	unsigned unconnecting;
	unsigned short_answers; /* in a row, though it claims to have far more */
	struct mono pace_from;  /* its headers are counted from here on */
	uint64_t pace_n;

	bool low_work;     /* its last headers were of too little work */
	struct mono low_since;
	bool offered_job;  /* its last getheaders asks for a waiting job's branch above all */
	bool waits;        /* for a place for its branch */
	bool proving;      /* what follows its last header belongs to a proven branch */
	struct hash256 told; /* the last header of its last full message */
	uint64_t wasted;   /* headers that led nowhere */
	uint64_t offered;  /* the value of spv.offer when it was last asked about a waiting job */

	bool ping_out;
	uint64_t ping_nonce;
	struct mono ping_at;
	int64_t latency_ms;

	uint32_t blocks_asked;
	struct mono block_at; /* when it last gave a block */

	struct filter_peer filters;
	int64_t tokens;       /* addresses that it may still tell, in thousandths */
	struct mono tokens_at;
	uint64_t addresses_in, addresses_dropped;
	bool behind;          /* its chain has less work than ours */
	struct mono behind_at;
	UT_hash_handle hh;
};

/* A row of headers, each the next one's parent. */
struct answer {
	const struct header *headers;
	const struct hash256 *hashes;
	size_t n;
};

/* A branch that has to prove its work: see jobs.c. */
struct job {
	struct presync *presync; /* owned; NULL: a free place */
	bool served;
	bool copy;         /* of another job, set back; it goes when its first peer is no use */
	uint32_t peer;     /* who serves it */
	size_t given;      /* headers from that one */
	struct mono since; /* when it was last taken on by a peer, or lost one */
	uint32_t tried[SPV_TRIED_MAX]; /* peers that have not got this branch, or gave another one */
	size_t tried_n;
};

/* A block that we want. */
struct want {
	struct hash256 hash; /* the key */
	uint32_t height;
	bool scan;  /* for the scan window */
	bool fetch; /* for spv_fetch_block() */
	bool rescan; /* for scripts watched late */
	bool judge;  /* for a dispute about its filter */
	bool asked; /* of `peer` */
	uint32_t peer;
	struct mono asked_at, since;
	struct mono fetch_since; /* fetch: when it was asked for */
	uint32_t tried[SPV_TRIED_MAX]; /* peers that did not give it */
	size_t tried_n;
	struct block *block; /* owned; waits for its turn */
	size_t bytes;
	UT_hash_handle hh;
};

struct told {
	uint32_t peer;
	bool sent; /* it got the transaction in this round */
};

/* A transaction being broadcast. */
struct outgoing {
	struct hash256 txid; /* the key */
	uint8_t *raw;        /* owned; with witness */
	size_t len;
	uint8_t *stripped;   /* owned */
	size_t stripped_len;
	struct spv_tx_status status;
	struct mono told_at; /* start of this round */
	uint32_t sent, rejected; /* in this round: peers that took it, and of these those that said no */
	struct told told[SPV_PEERS_MAX];
	size_t told_n;
	UT_hash_handle hh;
};

struct queued {
	struct spv_output out;
	struct queued *next, *prev;
};

struct held {
	struct header header;
	struct hash256 hash;
};

struct spv {
	struct spv_params params;
	struct header_tree *tree;
	struct spv_time now;
	uint64_t random;       /* the next place in the row of spv_number() */
	struct peer *peers;    /* uthash; owned */
	struct connect *connect; /* owned */
	struct {
		uint32_t peer;
		const void *payload; /* borrowed; NULL: no message is being looked at */
		size_t len;
	} hearing;
	struct queued *queue;  /* utlist; owned */
	struct held held[SPV_HELD_MAX];
	size_t held_n;
	struct job jobs[SPV_JOBS_MAX];
	uint64_t offer;        /* counts the times a job lost its peer */
	uint32_t called;       /* the peer that waited for a place and was asked again; 0: none */
	struct mono called_at;
	bool unsettled;        /* proven branches are on their way into the tree */
	struct mono moved;     /* when the best chain last moved, or we began */
	bool began, stale;
	struct mono asked_all; /* when all peers were last asked for want of a new tip */

	bool scanning;
	uint32_t scan_first; /* delivery began here */
	uint32_t scan_next;  /* next height to deliver; those from scan_first up to it are with the caller */
	struct want *wants;  /* uthash; owned */
	size_t wants_bytes;  /* of waiting blocks */
	struct filters filters;
	struct outgoing *outgoing; /* uthash; owned */
};

/* spv.c */
struct spv_output *spv_emit(struct spv *s, enum spv_output_kind kind);
uint64_t spv_number(struct spv *s); /* the next of a row of numbers that strangers can't guess, not even from others of them */
void spv_pump(struct spv *s);
/* The best chain has moved: tell, and turn the scan. */
void spv_moved(struct spv *s, struct tree_change *change);
/* After loading: one tip is told, not the steps on the way, whose headers may be gone again. */
void spv_merge_tips(struct spv *s);
MUST_USE bool mono_passed(struct mono since, int64_t ms, struct mono now);

/* A connection stands: a new peer. The same events as spv_peer_connected(), but nothing is said yet. */
struct peer *spv_add_peer(struct spv *s, uint32_t id, const char *address, struct spv_time now);

/* connect.c */
void connect_init(struct spv *s);
void connect_free(struct spv *s);
void connect_tick(struct spv *s);
void connect_peer_new(struct spv *s, struct peer *p);
MUST_USE bool connect_dial_gone(struct spv *s, uint32_t id);
void connect_peer_services(struct spv *s, const struct peer *p);
void connect_peer_ready(struct spv *s, struct peer *p);
void connect_peer_gone(struct spv *s, const struct peer *p);
void connect_peer_is_us(struct spv *s, const struct peer *p);
void connect_ban(struct spv *s, const struct peer *p);
void connect_check(const struct spv *s);

/* gossip.c */
void gossip_hello(struct spv *s, struct peer *p);
void gossip_ask(struct spv *s, struct peer *p);
void gossip_on_addr(struct spv *s, struct peer *p, const void *payload, size_t len);
void gossip_on_addrv2(struct spv *s, struct peer *p, const void *payload, size_t len);
void gossip_tick(struct spv *s, struct peer *p);

/* peer.c */
struct peer *peer_find(const struct spv *s, uint32_t id);
/* Fit to be asked for headers and blocks. */
MUST_USE bool peer_is_ready(const struct peer *p);
void peer_send(struct spv *s, struct peer *p, const char *command, const void *payload, size_t len);
/* Give the peer up and its work to others; why names the rule. */
void peer_close(struct spv *s, struct peer *p, bool ban, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Give it up for a lie about the block at a height (-1: about none), of which the message being looked at is the evidence. */
void peer_ban(struct spv *s, struct peer *p, int64_t height, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The same for an earlier message, by its digest; zeros when there is no single one. */
void peer_ban_for(struct spv *s, struct peer *p, int64_t height, const struct hash256 *digest, const char *fmt, ...) PRINTF_LIKE(5, 6);
void peer_hello(struct spv *s, struct peer *p);
void peer_on_version(struct spv *s, struct peer *p, const void *payload, size_t len);
void peer_on_verack(struct spv *s, struct peer *p);
void peer_on_ping(struct spv *s, struct peer *p, const void *payload, size_t len);
void peer_on_pong(struct spv *s, struct peer *p, const void *payload, size_t len);
void peer_tick(struct spv *s, struct peer *p);
/* Copy text from a stranger: printable ASCII only, cut to fit. */
void text_clean(char *out, size_t size, const char *in);

/* sync.c */
void sync_on_headers(struct spv *s, struct peer *p, const void *payload, size_t len);
void sync_on_inv(struct spv *s, struct peer *p, const void *payload, size_t len);
void sync_tick(struct spv *s);
/* Ask those peers for headers whose turn it is. */
void sync_pump(struct spv *s);
/* A ready peer has told all its headers, of a chain with the network's minimum work. */
MUST_USE bool sync_any_caught_up(const struct spv *s);
/* A ready peer has told all its headers. */
MUST_USE bool sync_any_told(const struct spv *s);
/* Ask for what follows the tip, or what the locator says. */
void sync_ask(struct spv *s, struct peer *p);
void sync_ask_with(struct spv *s, struct peer *p, const struct p2p_locator *l);
/* Put headers into the tree; false: one did not go in, and that is dealt with. The caller chooses the best chain afterwards. */
MUST_USE bool sync_enter(struct spv *s, struct peer *p, const struct answer *a, bool proven);
/* All of a message that ended with this header, which is in the tree, has been taken. full: there may be more to come. */
void sync_told(struct spv *s, struct peer *p, const struct hash256 *last, bool full);

/* low_work.c */
/* The work that needs no further proof. */
struct u256 low_work_needed(const struct spv *s);
/* True: the message was for a job, or of too little work; it is dealt with. */
MUST_USE bool low_work_take(struct spv *s, struct peer *p, const struct answer *a);
/* The branch up to the message's last header has more work than the best chain: it goes in whatever the bounds on side branches
 * say. */
MUST_USE bool low_work_overtakes(const struct spv *s, const struct answer *a);
/* There is no room for n headers of the peer's branch: others have more work. */
void low_work_no_room(struct spv *s, struct peer *p, size_t n);
/* The peer announced what leads nowhere yet: while headers are asked for, the answers will come to it. */
void low_work_stray(struct spv *s, struct peer *p);
/* The peer has no header after the last one that it gave. */
void low_work_no_more(struct spv *s, struct peer *p);
/* The peer has a known header of a chain with this work. */
void low_work_shown(struct spv *s, struct peer *p, const struct u256 *work);
/* Put the ends of waiting jobs in front, for this peer. */
void low_work_locator(struct spv *s, struct peer *p, struct p2p_locator *l);
void low_work_peer_gone(struct spv *s, struct peer *p);
void low_work_tick(struct spv *s);
void low_work_pump(struct spv *s);

/* jobs.c */
struct job *job_of(struct spv *s, const struct peer *p); /* NULL: it serves none */
MUST_USE bool job_is_served_by(const struct spv *s, const struct peer *p);
void job_free(struct job *j);
/* A place for a new job: a free one, or that of the waiting job that has come least far; NULL: peers are at work in all of
 * them, or in as many as inbound ones may have. */
struct job *job_place(struct spv *s, const struct peer *p);
/* The same question, without a change. */
MUST_USE bool job_place_is_free(const struct spv *s, const struct peer *p);
void job_begin(struct spv *s, struct job *j, const struct spv_header *start);
void job_serve(struct spv *s, struct job *j, const struct peer *p);
/* The peer that waited longest for a place is asked again: a place is held for it until it has answered. */
void job_call(struct spv *s, struct peer *p);
/* The last place that nobody serves is held for a peer other than p. */
MUST_USE bool job_is_held(const struct spv *s, const struct peer *p);
/* It waits for another peer. */
void job_detach(struct spv *s, struct job *j);
/* This peer was no use: undo what it gave. */
void job_set_back(struct spv *s, struct job *j, const struct peer *p);
MUST_USE bool job_was_tried(const struct job *j, const struct peer *p);
void job_note_tried(struct job *j, const struct peer *p);
/* A waiting job that a header with this parent goes on with; NULL: none, or its place is held for another peer. */
struct job *job_followed(struct spv *s, const struct peer *p, const struct hash256 *prev);
/* A waiting job that it would go on with if the part of that one's last peer were undone. Who is right of the two is open: the
 * job stays, and this peer gets a copy that is set back. NULL: none, or no place. */
struct job *job_forked(struct spv *s, const struct peer *p, const struct hash256 *prev);
/* Of the last header of the job that the peer serves; -1: none. */
int64_t job_height(const struct spv *s, const struct peer *p);
void jobs_tick(struct spv *s);
void jobs_progress(const struct spv *s, struct spv_progress *out);
void jobs_check(const struct spv *s);
void jobs_clear(struct spv *s);

/* stale.c */
void stale_tick(struct spv *s);
/* Seconds since the tip was mined, by its own time; negative when it is ahead of our clock. */
int64_t stale_age(const struct spv *s);
/* The tip is older than it may be. */
MUST_USE bool stale_is(const struct spv *s);

/* download.c */
void download_on_block(struct spv *s, struct peer *p, const void *payload, size_t len);
void download_on_notfound(struct spv *s, struct peer *p, const void *payload, size_t len);
void download_peer_gone(struct spv *s, struct peer *p);
void download_tick(struct spv *s);
/* True when something was delivered. */
bool download_pump(struct spv *s);
/* Drop what the scan wanted and is no longer on the best chain. */
void download_prune(struct spv *s);
void download_clear(struct spv *s);
/* Ask for a block of the best chain that a rescan or a dispute needs. */
void download_rescan(struct spv *s, uint32_t height);
void download_judge(struct spv *s, const struct hash256 *hash, uint32_t height);
/* Are blocks of a rescan on their way? */
MUST_USE bool download_rescans(const struct spv *s);

/* broadcast.c */
void broadcast_on_getdata(struct spv *s, struct peer *p, const void *payload, size_t len);
void broadcast_on_reject(struct spv *s, struct peer *p, const void *payload, size_t len);
void broadcast_peer_ready(struct spv *s, struct peer *p);
void broadcast_tick(struct spv *s);
void broadcast_clear(struct spv *s);

#endif
