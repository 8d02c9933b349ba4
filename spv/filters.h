#ifndef TALLY_SPV_FILTERS_H
#define TALLY_SPV_FILTERS_H
/* The inside of the compact filters (BIP157), for the light client's own files: filter_headers.c (which filters there are, by whose word),
 * filter_dispute.c (whose word is a lie), filter_scan.c and
 * filter_rescan.c (what the filters hold), filter_watch.c (what is looked for), filter_jobs.c (questions to peers).
 *
 *   peers -cfcheckpt, cfheaders-> chain of filter hashes -cfilter-> slots of the scan's window -> SPV_PASSED, or the block is asked for
 *
 * One peer leads: the chain grows by what it says, fetched in ranges between its checkpoints from every peer that has the same ones. All
 * others follow: what each says is compared with the chain, by checkpoints as far as they go, then by hashes. The first height at which a
 * follower differs is a dispute. The scan never runs ahead of a follower who answers. */
#include "spv/filter_chain.h"
#include "spv/spv.h"

struct peer;

#define FILTER_JOBS_PEER 4   /* questions to one peer at once */
#define FILTER_RANGES 8      /* ranges of 2,000 asked for ahead of the chain */
#define FILTER_BATCH 100     /* filters in one question */
#define FILTER_WINDOW 1024   /* heights from the scan's next on whose filters may be asked for */
#define FILTER_DOUBTS_MAX 32 /* disputes that no evidence settled: more of them, and full blocks take over */
#define FILTER_KEPT_MAX 8000000 /* bytes of filters that wait for their blocks; honest ones have some 20,000 */
#define FILTER_CLAIMS_MAX 8  /* in one dispute */

enum filter_job_kind {
	FILTER_JOB_CHECKPOINTS,
	FILTER_JOB_RANGE,  /* cfheaders that make the chain longer */
	FILTER_JOB_FOLLOW, /* cfheaders to compare with the chain */
	FILTER_JOB_SCAN,   /* filters for the scan */
	FILTER_JOB_RESCAN, /* filters for scripts that were watched late */
	FILTER_JOB_SHOW,   /* the filter that a dispute is about */
};

/* A question to a peer, or the answer to a RANGE that waits for those below it. */
struct filter_job {
	enum filter_job_kind kind;
	uint32_t peer;
	uint32_t start, stop;     /* heights */
	struct hash256 stop_hash; /* block */
	struct mono asked_at;     /* or when it last gave a part of the answer */
	uint32_t left;            /* SCAN, RESCAN: filters to come */
	bool got[FILTER_BATCH];   /* and which have */
	bool answered;            /* RANGE */
	struct hash256 prev;      /* RANGE: filter header below start, as answered */
	struct hash256 *hashes;   /* RANGE: owned, one for each height */
	struct filter_job *next_job, *prev_job;
};

/* What a peer says of filters. */
struct filter_peer {
	int64_t agreed;      /* up to this height it names the chain's filters; -1: nothing compared yet */
	bool apart;          /* by a dispute that nothing settled its filter headers aren't the chain's: only hashes are compared */
	uint32_t apart_from; /* the first such height */
	struct hash256 header; /* apart: its filter header at `agreed` */
	bool has_checkpoints;
	struct hash256 *checkpoint; /* owned: filter headers at heights 1000, 2000, … */
	uint32_t checkpoint_n;
	bool claims; /* it names another filter than the chain at height agreed + 1 */
	struct hash256 claim;
	struct hash256 said;  /* SHA-256 of the message in which it named, or showed, a filter in dispute */
	uint32_t said_height; /* and the height */
	bool adrift; /* more is unsettled between it and the chain than is kept in mind: as long as it is here, whole blocks do */
	unsigned jobs;
	unsigned strikes; /* questions that it left unanswered */
	bool silent;      /* it left the last one unanswered: nobody waits for it */
	struct mono silent_at;
};

struct filter_claim {
	struct hash256 hash; /* of the filter */
	uint8_t *filter;     /* owned; NULL: not shown yet */
	size_t len;
};

/* At one height peers name different filters. */
struct dispute {
	bool open;
	uint32_t height;
	struct hash256 block_hash;
	struct filter_claim claim[FILTER_CLAIMS_MAX]; /* [0] is the chain's */
	size_t n;
	struct block *block; /* owned; NULL: not here yet */
	struct mono since;
	bool incomplete;     /* the honest filter doesn't follow from the block alone */
};

enum filter_slot_state { FILTER_UNKNOWN, FILTER_ASKED, FILTER_PASS, FILTER_MATCH };

struct filter_slot {
	enum filter_slot_state state;
	uint8_t *filter; /* MATCH: owned, to judge it by the block; NULL when there is nothing to judge */
	size_t len;
};

/* The scan, or a rescan, waits for peers to say what filters they name. */
struct filter_wait {
	bool on;
	struct mono since;
};

struct filter_watch; /* filter_watch.c */
struct filter_known;

struct filters {
	struct filter_chain chain;
	struct filter_job *jobs; /* utlist; owned */
	bool has_lead;
	uint32_t lead;
	struct dispute dispute;
	uint32_t doubt[FILTER_DOUBTS_MAX]; /* heights whose dispute no evidence settled: the block is always looked at */
	size_t doubts;

	struct filter_slot slot[FILTER_WINDOW]; /* by height modulo; those of scan_next … scan_next + FILTER_WINDOW - 1 */
	uint32_t ask_next;  /* no slot below is UNKNOWN */
	uint32_t matched;   /* slots in state MATCH */
	struct filter_wait scan_wait, rescan_wait;
	size_t kept;        /* bytes of their filters */

	struct filter_watch *watches; /* uthash; owned */
	struct filter_item *items;    /* owned: all scripts, borrowed; NULL: to be made */
	struct filter_item *late;     /* owned: those that a rescan is for */
	size_t items_n, late_n;
	bool overflow; /* a script could not be watched: filters would pass it by */
	struct filter_known *known;   /* uthash; owned: outputs to watched scripts */

	bool rescanning;
	uint32_t rescan_next, rescan_end; /* heights from next up to below end are still to be looked at */
	uint32_t rescan_asked;            /* those below are asked for */
	uint32_t rescan_again;            /* when through, once more from here; UINT32_MAX: not */
};

/* --- filter_jobs.c --- */

/* Filters are used: they are wanted, somebody serves them and answers, and not too much about them is in doubt. */
MUST_USE bool filters_in_use(const struct spv *s);
/* The peer serves filters; and it answers when asked for them. */
MUST_USE bool filters_serves(const struct peer *p);
MUST_USE bool filters_answers(const struct peer *p);
/* May it be asked now? A peer that was silent is tried again after a rest. */
MUST_USE bool filters_askable(const struct spv *s, const struct peer *p);
/* The last height of the best chain whose block the peer has; false: none is known. */
MUST_USE bool filters_target(const struct spv *s, const struct peer *p, uint32_t *height);
struct filter_job *filter_job_new(struct spv *s, struct peer *p, enum filter_job_kind kind, uint32_t start, uint32_t stop);
void filter_job_free(struct spv *s, struct filter_job *j);
/* The job of this peer and kind that asked for a height; NULL: none. */
struct filter_job *filter_job_at(const struct spv *s, const struct peer *p, enum filter_job_kind kind, uint32_t height);
/* The peer gave something. */
void filters_heard(struct peer *p);
/* Forget the jobs that reach to `count` or above. */
void filter_jobs_cut(struct spv *s, uint32_t count);
void filters_tick(struct spv *s);
void filters_peer_gone(struct spv *s, struct peer *p);
/* Free what is kept of its checkpoints. */
void filters_peer_clear(struct peer *p);
void filters_clear(struct spv *s);

/* --- filter_headers.c --- */

void filters_pump(struct spv *s);
void filters_on_checkpoints(struct spv *s, struct peer *p, const void *payload, size_t len);
void filters_on_headers(struct spv *s, struct peer *p, const void *payload, size_t len);

/* --- filter_turn.c --- */

/* The best chain is another one above the fork. */
void filters_turn(struct spv *s, uint32_t fork);
/* Below this height no peer that answers has anything to say that was not compared yet; but for those that came since the wait began. */
uint32_t filters_agreed_count(const struct spv *s, const struct filter_wait *w);
/* The wait goes on, or begins; or it is over. */
void filters_wait(const struct spv *s, struct filter_wait *w, bool on);
/* Below this height somebody who answers has the filters. */
uint32_t filters_reach(const struct spv *s);
/* Keep what the chain says below a height: it was a lie from there on. Blocks that were passed by are looked at again. */
void filters_cut(struct spv *s, uint32_t height);

/* Know nothing of filters any more. */
void filters_forget(struct spv *s);

/* --- filter_dispute.c --- */

void dispute_pump(struct spv *s);
void dispute_close(struct spv *s);
/* It stays open for so long that the scan had better do without filters. */
MUST_USE bool dispute_is_stuck(const struct spv *s);
MUST_USE bool dispute_is_doubt(const struct spv *s, uint32_t height);
/* The blocks from `height` on are others now. */
void dispute_turn(struct spv *s, uint32_t height);
/* The message being looked at is what the peer says of a height in dispute. */
void dispute_note(struct spv *s, struct peer *p, uint32_t height);
/* A peer shows the filter that it names at the dispute's height. */
void dispute_on_filter(struct spv *s, struct peer *p, uint32_t height, const uint8_t *filter, size_t len);
/* The block has come; copied. */
void dispute_on_block(struct spv *s, const struct hash256 *hash, const void *payload, size_t len);
MUST_USE bool dispute_wants(const struct spv *s, const struct hash256 *hash);
/* A block is here that was asked for since its filter matched: was that filter honest? */
void dispute_judge_block(struct spv *s, uint32_t height, const struct block *b, const uint8_t *filter, size_t len);

/* --- filter_scan.c --- */

void filter_scan_pump(struct spv *s);
void filter_scan_on_filter(struct spv *s, struct peer *p, const void *payload, size_t len);
/* Forget what is known of the filters from `height` on. */
void filter_scan_turn(struct spv *s, uint32_t height);
/* A job ended with filters missing. */
void filter_scan_failed(struct spv *s, const struct filter_job *j);
/* Forget it all: the scan begins anew. */
void filter_scan_reset(struct spv *s);
/* Heights below this one are looked at by their filters before the block is asked for. */
uint32_t filter_scan_limit(const struct spv *s);
/* The block at this height has to be asked for; limit: as above. */
MUST_USE bool filter_scan_needs_block(const struct spv *s, uint32_t height, uint32_t limit);
/* Its filter holds nothing that is looked for. */
MUST_USE bool filter_scan_passes(const struct spv *s, uint32_t height);
/* This height is delivered. */
void filter_scan_done(struct spv *s, uint32_t height);
/* A block of the scan is here: judge its filter if that is here too. */
void filter_scan_on_block(struct spv *s, uint32_t height, const struct block *b);
/* A script came to those that are looked for: what was passed by from a height on and isn't delivered yet counts no more. */
void filter_scan_widen(struct spv *s, uint32_t from);

/* Who is to be asked for filters up to a height, and asking: at most FILTER_BATCH. */
struct peer *filter_scan_peer(struct spv *s, uint32_t stop);
void filter_scan_ask(struct spv *s, struct peer *p, enum filter_job_kind kind, uint32_t start, uint32_t stop);

/* --- filter_rescan.c --- */

/* Look again at the heights from `from` up to the scan's next. What is under way is finished first: so a row of scripts watched late doesn't
 * keep it from getting anywhere. */
void rescan_from(struct spv *s, uint32_t from);
/* The lowest height that is still to be looked at; 0: none. */
uint32_t rescan_lowest(const struct spv *s);
void rescan_pump(struct spv *s);
/* A job ended with filters missing. */
void rescan_failed(struct spv *s);
/* A filter of a batch has come; match: the block has to be looked at. */
void rescan_on_filter(struct spv *s, uint32_t height, bool match);
/* The scan's next height is lower now, or the scan has begun anew. */
void rescan_turn(struct spv *s);
void rescan_stop(struct spv *s);

/* --- filter_watch.c --- */

void filter_watch_clear(struct spv *s);
/* All watched scripts, or those watched late; borrowed until the next change. */
const struct filter_item *filter_watch_items(struct spv *s, bool late, size_t *n);
/* The rescan is through: no script is late any more. */
void filter_watch_caught_up(struct spv *s);
/* All scripts are late. */
void filter_watch_all_late(struct spv *s);
/* Learn the outputs to watched scripts of a block that is delivered. */
void filter_watch_learn(struct spv *s, const struct block *b);
/* The script of an output, when known. */
MUST_USE bool filter_watch_known(const struct spv *s, const struct outpoint *o, struct filter_item *script);

/* For tests. */
void filters_check(const struct spv *s);

#endif
