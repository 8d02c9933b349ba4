#ifndef TALLY_SPV_CORE_H
#define TALLY_SPV_CORE_H
/* The inside of the light client, for its own files only: spv.c (events, outputs), peer.c (one connection), sync.c (headers),
 * download.c (blocks), broadcast.c (transactions). Every event ends in spv_pump(), which hands out whatever work there is. */
#include <uthash.h>

#include "chain/p2p_filter.h"
#include "spv/filters.h"
#include "spv/header_tree.h"
#include "spv/spv.h"

#define SPV_PEERS_MAX 128
#define SPV_FETCH_MAX 64      /* blocks asked for by spv_fetch_block() at once */
#define SPV_HELD_MAX 64       /* headers too far in the future */
#define SPV_PEER_BLOCKS_MAX 16 /* in flight with one peer */
#define SPV_TRIED_MAX 32

struct peer {
	uint32_t id; /* the key */
	char address[SPV_ADDRESS_MAX];
	enum spv_peer_stage stage;
	bool closing; /* SPV_CLOSE is out: nothing is sent to it or taken from it any more */
	bool version_in;
	struct p2p_version version;
	struct mono connected;
	uint64_t bytes_in, bytes_out;

	bool started;    /* its first getheaders is out */
	bool asked;      /* a getheaders is out, unanswered */
	bool ask_again;  /* it announced something meanwhile */
	bool caught_up;
	struct mono asked_at;
	bool has_best;
	struct hash256 best; /* the header of most work that it is known to have */
	int64_t best_height;
	uint32_t full_height; /* of the last header of its last full message: the next one must go further */
	unsigned unconnecting;

	bool ping_out;
	uint64_t ping_nonce;
	struct mono ping_at;
	int64_t latency_ms;

	uint32_t blocks_asked;
	struct mono block_at; /* when it last gave a block */

	struct filter_peer filters;
	UT_hash_handle hh;
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
	uint64_t nonce;        /* of our version messages: to find a connection to ourselves */
	uint64_t random;       /* of spv_number() */
	struct peer *peers;    /* uthash; owned */
	struct {
		uint32_t peer;
		const void *payload; /* borrowed; NULL: no message is being looked at */
		size_t len;
	} hearing;
	struct queued *queue;  /* utlist; owned */
	struct held held[SPV_HELD_MAX];
	size_t held_n;

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
uint64_t spv_number(struct spv *s); /* the next of a row of numbers that strangers can't guess */
void spv_pump(struct spv *s);
/* The best chain has moved: tell, and turn the scan. */
void spv_moved(struct spv *s, struct tree_change *change);
MUST_USE bool mono_passed(struct mono since, int64_t ms, struct mono now);

/* peer.c */
struct peer *peer_find(const struct spv *s, uint32_t id);
MUST_USE bool peer_is_ready(const struct peer *p);
void peer_send(struct spv *s, struct peer *p, const char *command, const void *payload, size_t len);
/* Give the peer up and its work to others; why names the rule. */
void peer_close(struct spv *s, struct peer *p, bool ban, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Give it up for a lie about the block at a height (-1: about none), of which the message being looked at is the evidence. */
void peer_ban(struct spv *s, struct peer *p, int64_t height, const char *fmt, ...) PRINTF_LIKE(4, 5);
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
MUST_USE bool sync_any_caught_up(const struct spv *s);

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
