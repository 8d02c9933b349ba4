#ifndef TALLY_TESTS_RANDOM_FATE_H
#define TALLY_TESTS_RANDOM_FATE_H
/* Random lives of a little ledger (world.h). Each area of the ledger has a part that tries operations of its own, good and bad; the driver,
 * test_rules_random.c, mixes them, ends blocks, and looks at every invariant after each operation. All chance comes from the seed, so that a
 * failed run can be had again, and so that programs built differently can be compared by the root they end with. */
#include "tests/unit/world.h"

#define FATE_ASSETS_MAX 9
#define FATE_OPS 128

struct fate {
	struct world w;
	uint64_t seed;
	struct asset_id assets[FATE_ASSETS_MAX];
	size_t assets_n;
	uint64_t receipts;         /* sales so far */
	unsigned done[FATE_OPS];   /* operations that succeeded, by number */
	uint64_t tried;            /* operations, refused ones too */
	struct hash256 results;    /* hash over all answers and events so far */
};

/* A part remembers little: what there is it reads from the state. What it must keep is a static of its own, cleared in begin(). Numbers of
 * things stay small, so that looking at every invariant stays cheap: at most some dozens of each in a world. */
struct random_part {
	const char *name;
	unsigned weight;              /* against the other parts' */
	void (*begin)(struct fate *f); /* a world begins; may be NULL */
	void (*step)(struct fate *f);  /* try one operation, or a few */
	const uint16_t *ops;          /* each must succeed in a run of the usual length, */
	size_t ops_n;
};

extern const struct random_part random_assets, random_dao, random_swaps, random_records, random_sales, random_validators;

uint64_t draw(struct fate *f, uint64_t n); /* 0..n-1 */
uint64_t some_amount(struct fate *f);      /* mostly below 1,000, now and then an edge */
size_t someone(struct fate *f);            /* a person's number */
/* The coin now and then, and while there is nothing else. */
struct asset_id some_asset(struct fate *f);
/* Mostly somebody who has something of it that he can spend, */
size_t some_holder(struct fate *f, const struct asset_id *id);
/* and mostly a part of that. */
uint64_t some_part(struct fate *f, const struct asset_id *id, size_t who);
/* To send to: mostly a person, now and then a treasury or something nobody may send to. */
struct account some_account(struct fate *f);
/* The number of the person that this is; someone when it is nobody. */
size_t person_of(struct fate *f, const struct account *who);
/* Mostly the issuer, for what only he may do. */
size_t issuer_of(struct fate *f, const struct asset_id *id);
/* Run an operation; the payload is cleared. True when it was done. */
bool run(struct fate *f, size_t person, uint16_t number, struct wr *payload);

#endif
