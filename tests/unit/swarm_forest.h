#ifndef TALLY_TESTS_SWARM_FOREST_H
#define TALLY_TESTS_SWARM_FOREST_H
/* A tree of mined regtest blocks with real bodies and filters. What a block holds depends on its parent and on what
 * it was asked to be, on nothing else: two runs that ask for the same get the same bytes. A trunk is mined once for
 * a process and shared by all runs. */
#include <uthash.h>

#include "chain/block.h"
#include "chain/filter.h"
#include "chain/params.h"

#define FOREST_SCRIPTS 4 /* scripts of ours, that some blocks pay to or spend from */
#define FOREST_SCRIPT_LEN 22

/* What is wrong with a block. */
enum forest_flaw {
	FOREST_SOUND,
	FOREST_BAD_WORK,    /* hash above the target */
	FOREST_BAD_BITS,    /* easier bits than the rules ask for */
	FOREST_OLD_TIME,    /* at the median of the last eleven */
	FOREST_OLD_VERSION, /* 1 */
	FOREST_INVALID,     /* two coinbases behind a good header */
	FOREST_FLAWS,
};

/* Filters that somebody might want to be believed, with the filter headers that follow from them. */
enum forest_falsehood {
	FOREST_OMITS,  /* leaves our scripts out, in one block of four that has any */
	FOREST_EMPTY,  /* holds nothing, from the third block on */
	FOREST_FALSEHOODS,
};
struct forest_filter {
	uint8_t *bytes; /* owned */
	size_t len;
	struct hash256 hash, header;
	bool made;
};

struct forest_block {
	struct hash256 hash; /* the key */
	struct header header;
	const struct forest_block *parent; /* NULL: genesis */
	uint32_t height;
	enum forest_flaw flaw;
	bool sound;            /* neither it nor a block below it has a flaw */
	uint8_t *bytes;        /* owned */
	size_t len;
	struct hash256 coinbase_txid;
	uint8_t coinbase_script[FOREST_SCRIPT_LEN];
	uint32_t touches;      /* bit i: script i is paid to or spent from */
	struct forest_filter filter;
	struct forest_filter falsehood[FOREST_FALSEHOODS]; /* made when somebody asks */
	UT_hash_handle hh;
};

struct forest {
	const struct chain_params *chain; /* borrowed */
	struct forest_block *blocks;      /* uthash; owned */
	struct forest_block *genesis;
	const struct forest_block **trunk; /* owned array; by height */
	size_t trunk_n;
};

/* Genesis and `trunk` blocks ten minutes apart. Owned by the caller. */
struct forest *forest_new(size_t trunk);
void forest_free(struct forest *f);
/* Forget all blocks that aren't of the trunk. */
void forest_trim(struct forest *f);

/* A child of a block, 600 s or so behind it (seconds: how many exactly); tag makes siblings differ. Borrowed until the trim. */
const struct forest_block *forest_grow(struct forest *f, const struct forest_block *parent, uint32_t seconds, uint32_t tag,
				       enum forest_flaw flaw);

/* NULL when not known. */
const struct forest_block *forest_find(const struct forest *f, const struct hash256 *hash);
/* The block at a height of the branch that ends in tip; NULL above it. */
const struct forest_block *forest_at(const struct forest *f, const struct forest_block *tip, uint32_t height);
/* The branch that ends in tip holds the block. */
MUST_USE bool forest_holds(const struct forest *f, const struct forest_block *tip, const struct forest_block *block);
/* The last block that two branches share. */
const struct forest_block *forest_fork(const struct forest_block *a, const struct forest_block *b);

/* What a liar says of a block. Borrowed. */
const struct forest_filter *forest_falsehood(struct forest *f, const struct forest_block *b, enum forest_falsehood kind);

/* Script number i of ours, FOREST_SCRIPT_LEN bytes; static. */
const uint8_t *forest_script(size_t i);

#endif
