#ifndef TALLY_SPV_PRESYNC_H
#define TALLY_SPV_PRESYNC_H
/* A branch of headers whose work is not proven yet, checked in bounded memory before any of it is stored.
 *
 *   FIRST pass --the branch has the needed work--> SECOND pass --the same headers again, up to the needed work--> done
 *
 * The first pass checks every header by all header rules and keeps of each 624th only one bit, by a hash with a secret salt.
 * The second pass has the headers sent again, from whatever peer, compares the bits, and hands headers out for storing only
 * when some 24 bits above them have matched: a peer that wants another, cheap branch stored has to guess them all.
 *
 * The scheme is Bitcoin Core's since version 24 (pull request 25717, src/headerssync.h); the two numbers are those that Bitcoin
 * Core 29 has computed by its contrib/devtools/headerssync-params.py, so that an attacker's bandwidth buys him least. Two
 * things differ. Core asks in both passes only for a permitted change of difficulty; here all rules apply, which takes the
 * times and bits of the last 2,016 headers. And a pass belongs to the branch, not to a peer: when its peer is lost another goes
 * on, after presync_hand_over(). */
#include "chain/header_rules.h"
#include "chain/u256.h"

#define PRESYNC_PERIOD 624     /* headers a bit of commitment */
#define PRESYNC_BUFFER 14827   /* headers held back in the second pass */
#define PRESYNC_MESSAGE_MAX 2000 /* headers given to presync_take() at once */

struct presync;

/* Where a branch leaves what is known. */
struct presync_start {
	struct hash256 hash; /* of a known header, which obeys all rules */
	uint32_t height;
	struct u256 work; /* of the chain up to it */
	const struct header_ancestor *recent; /* borrowed for the call: it, its parent, … */
	size_t recent_n;                      /* RETARGET_INTERVAL of them, or all down to genesis */
};

#define PRESYNC_SALT_LEN 16

/* A branch that must show `need`, the work of its whole chain, from now on. salt is secret and random. Owned by the caller. */
MUST_USE struct presync *presync_new(const struct chain_params *p, const struct presync_start *start, const struct u256 *need,
				     const uint8_t salt[PRESYNC_SALT_LEN], struct unixtime now);
void presync_free(struct presync *s);

enum presync_verdict {
	PRESYNC_MORE,     /* all went in: ask for what follows presync_last(), which is the start again when the second pass begins */
	PRESYNC_DONE,     /* all went in, and presync_release() hands out all that is left: the branch is proven up to its last header */
	PRESYNC_STRANGE,  /* does not follow presync_last(); nothing has changed */
	PRESYNC_LOW,      /* the peer has no more, and it is not enough */
	PRESYNC_MISMATCH, /* the second pass is not the first again */
	PRESYNC_BROKEN,   /* a header breaks a rule */
	PRESYNC_TOO_LONG, /* more headers than six a second since the start: the median-time rule allows no more */
};
const char *presync_verdict_name(enum presync_verdict v);

struct presync_message {
	const struct header *headers; /* each names the one before as its parent */
	const struct hash256 *hashes; /* theirs */
	size_t n;                     /* 1 to PRESYNC_MESSAGE_MAX */
	bool full;                    /* the peer may have more */
};

/* Take a peer's headers. After a verdict from PRESYNC_LOW on nothing may follow but presync_rewind() and presync_free(). *rule
 * and *at get the broken rule and the place in the message (PRESYNC_BROKEN only). What is ready is released before the next
 * call. A header from the future ends the branch for now, blamelessly. */
MUST_USE enum presync_verdict presync_take(struct presync *s, const struct presync_message *m, struct unixtime now,
					   enum header_verdict *rule, size_t *at);

/* Hand out headers for storing, in order, at most max; 0: none is ready. */
size_t presync_release(struct presync *s, struct header *headers, struct hash256 *hashes, size_t max);

/* Another peer goes on from here. */
void presync_hand_over(struct presync *s);
/* Undo what the present peer gave: in the first pass all since presync_hand_over(), in the second all that has not been
 * released. recent: that of presync_rewind_to()'s header, used in the second pass only. False: there is nothing left worth
 * keeping. */
MUST_USE bool presync_rewind(struct presync *s, const struct header_ancestor *recent, size_t recent_n);
/* Another one, as this would be after presync_rewind(); NULL: it would be good for nothing. This one stays as it is. */
MUST_USE struct presync *presync_fork(const struct presync *s, const struct header_ancestor *recent, size_t recent_n);
/* The header that presync_rewind() would make the last. */
const struct hash256 *presync_rewind_to(const struct presync *s);

/* The last header taken in this pass, or the start. */
const struct hash256 *presync_last(const struct presync *s);
const struct hash256 *presync_start_hash(const struct presync *s);

struct presync_progress {
	bool second;          /* which pass */
	uint32_t start;       /* height where the branch leaves what is known */
	uint32_t height;      /* of this pass's last header */
	uint32_t time;        /* of that header */
	uint32_t first_height; /* of the first pass's last header: where the second ends at the latest */
	struct u256 work;     /* of this pass's chain */
};
void presync_progress(const struct presync *s, struct presync_progress *out);

/* Bytes that it takes, and the most that it may ever take. */
size_t presync_memory(const struct presync *s);
size_t presync_memory_max(const struct presync *s);

/* Assert the numbered invariants of presync.c; for tests. */
void presync_check(const struct presync *s);

#endif
