#ifndef TALLY_TESTS_MAINCHAIN_MISBEHAVE_H
#define TALLY_TESTS_MAINCHAIN_MISBEHAVE_H
/* Lies and failures on command. serve.c asks here before it answers; with MISBEHAVE_NONE every answer is honest. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "chain/header.h"

enum misbehave_mode {
	MISBEHAVE_NONE,
	MISBEHAVE_STALL,         /* read everything, answer nothing */
	MISBEHAVE_STALL_HEADERS, /* as above, for getheaders only, and no announcements */
	MISBEHAVE_STALL_BLOCKS,  /* for blocks only */
	MISBEHAVE_STALL_FILTERS, /* for compact filters only */
	MISBEHAVE_WRONG_WORK,    /* headers: one more on top whose hash is above its target */
	MISBEHAVE_WRONG_BITS,    /* headers: one more on top with bits that the rules do not demand, solved */
	MISBEHAVE_FUTURE,        /* headers: one more on top, three hours ahead */
	MISBEHAVE_UNCONNECTED,   /* headers: some that follow nothing known */
	MISBEHAVE_PAST,          /* headers: one more on top, not after the median time of the last 11 */
	MISBEHAVE_OLD_VERSION,   /* headers: one more on top, of version 1 */
	MISBEHAVE_LOW_WORK,      /* headers: rival chains from genesis, each `from_height` long, and never an end of them */
	MISBEHAVE_WRONG_MERKLE,  /* blocks: one byte of the coinbase changed */
	MISBEHAVE_DUPLICATE,     /* blocks: the last transaction twice (CVE-2012-2459 where the number is odd) */
	MISBEHAVE_NO_WITNESS,    /* blocks: witness stripped though asked for */
	MISBEHAVE_WITHHOLD_TX,   /* transactions are read and forgotten, none is announced or given */
	/* Filters from `from_height` on, with filter headers to match where nothing else is said: */
	MISBEHAVE_EMPTY_FILTERS, /* empty ones */
	MISBEHAVE_THIN_FILTERS,  /* without the scripts of any transaction but the coinbase */
	MISBEHAVE_FAT_FILTERS,   /* with a script that the block doesn't have */
	MISBEHAVE_FALSE_FILTERS, /* honest ones, whose filter headers are made up */
	MISBEHAVE_BAD_FILTERS,   /* honest filter headers, and filters that don't belong to them */
	MISBEHAVE_GARBAGE,       /* each answer is random bytes */
	MISBEHAVE_OVERSIZE,      /* each answer announces a payload of 2^31 bytes */
	MISBEHAVE_BAD_CHECKSUM,  /* each answer's checksum is wrong */
	MISBEHAVE_BAD_MAGIC,     /* each answer is of another network */
	MISBEHAVE_SLOW,          /* `rate` bytes a second */
	MISBEHAVE_DISCONNECT,    /* hang up at the first request */
};

struct misbehaviour {
	enum misbehave_mode mode;
	uint64_t peer;        /* the only one that is lied to; 0: all */
	uint64_t left;        /* how many more lies; then honest again */
	uint32_t rate;
	uint32_t from_height;
	uint64_t told;        /* lies so far */
	struct header rival;  /* MISBEHAVE_LOW_WORK: the last one told, and its height */
	uint32_t rival_height;
};

struct block;
struct node;
struct peer;
struct tree_block;

/* Start to lie, and to lies about headers say the first unasked, to every peer concerned. */
void misbehave_start(struct node *n, const struct misbehaviour *m);
/* The same for a peer that comes later. */
void misbehave_meet(struct peer *p);

/* Is this the lie to tell this peer now? Counts it. */
MUST_USE bool misbehave_now(struct peer *p, enum misbehave_mode mode);
/* Is this message to be read and forgotten? */
MUST_USE bool misbehave_swallows(struct peer *p, const char *command);
/* Whole messages on their way out. */
void misbehave_frame(struct peer *p, const char *command, struct wr *message);
/* Answers. The list is owned by the caller and may be moved. */
void misbehave_headers(struct peer *p, struct header **list, size_t *n);
/* True when the body was changed. */
MUST_USE bool misbehave_block(struct peer *p, struct block *b);

/* Which lie about filters, if any, to tell this peer now. Counts it. */
enum misbehave_mode misbehave_filters_now(struct peer *p);
/* What is then said of a block: its filter is appended to out, *hash gets what the filter headers are made of. */
void misbehave_filter(struct wr *out, struct hash256 *hash, const struct tree_block *at, enum misbehave_mode mode);

const char *misbehave_name(enum misbehave_mode mode);
MUST_USE bool misbehave_find(enum misbehave_mode *out, const char *name);

#endif
