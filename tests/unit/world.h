#ifndef TALLY_TESTS_WORLD_H
#define TALLY_TESTS_WORLD_H
/* A little ledger for tests of assets, loyalty and governance: state and modules, without signatures, fees and disk. The shipped rules are
 * compiled in. Invariants are looked at after every operation. */
#include "plugins/plugin.h"
#include "token/asset.h"
#include "token/dao.h"
#include "token/loyalty.h"
#include "tests/unit/unit.h"

#define WORLD_PEOPLE 8
#define WORLD_TIME 1700000000 /* of the first block; not a day's start */

const struct tally_plugin *issue_fixed_entry(void);
const struct tally_plugin *issue_loyalty_entry(void);
const struct tally_plugin *issue_managed_entry(void);
const struct tally_plugin *gov_token_entry(void);
const struct tally_plugin *gov_council_entry(void);
const struct tally_plugin *gov_quadratic_entry(void); /* not approved at first */
const struct tally_plugin *sale_crowd_entry(void);

struct world {
	struct state *state;
	struct block_env env;
	struct exec exec;
	struct wr events; /* of the last operation */
	struct account people[WORLD_PEOPLE];
	bool deep; /* look at the invariants after each operation: on at first */
};

/* Everybody has 1,000,000 of the coin. DAO 0 is a council of people 0, 1, 2 who need two votes: voting 100 s, timelock 50 s, grace 1,000 s,
 * no delay, no deposit, all actions but VALIDATORS. */
void world_init(struct world *w);
void world_clear(struct world *w);

/* Approve a rule that is compiled in, and make it known. */
void world_approve(struct world *w, const struct tally_plugin *p);

/* Run one operation of a person; on a refusal nothing has changed. payload is cleared. NULL, or the reason. */
const char *world_do(struct world *w, size_t person, uint16_t number, struct wr *payload);
/* End the block; the next one begins so many seconds later. */
void world_block(struct world *w, int64_t seconds);

/* The body of the last operation's event of that name; false when there is none. */
bool world_event(struct event *out, const struct world *w, const char *name);

struct amount units(uint64_t n);
struct hash256 hash_of(const char *text);

/* Shorter ways to say the usual. `o` of world_create is changed: missing texts are filled in. */
const char *world_create(struct world *w, struct asset_id *out, size_t person, struct op_create *o);
const char *world_mint(struct world *w, size_t person, const struct asset_id *a, size_t to, uint64_t amount, uint64_t coin_max);
const char *world_send(struct world *w, size_t person, const struct asset_id *a, const struct account *to, uint64_t amount);
uint64_t world_coin(const struct world *w, const struct account *who);
uint64_t world_has(const struct world *w, const struct asset_id *a, size_t person);
uint64_t world_spendable(const struct world *w, const struct asset_id *a, size_t person);

#define REFUSED(call, why)                                             \
	do {                                                           \
		const char *said = (call);                             \
		CU_ASSERT_PTR_NOT_NULL_FATAL(said);                    \
		if (strcmp(said, (why)) != 0)                          \
			printf("\n  line %d: %s, not %s", __LINE__, said, (why)); \
		CU_ASSERT_STRING_EQUAL(said, (why));                   \
	} while (0)

#define DONE(call)                                                     \
	do {                                                           \
		const char *said = (call);                             \
		if (said != NULL)                                      \
			printf("\n  line %d: %s", __LINE__, said);     \
		CU_ASSERT_PTR_NULL_FATAL(said);                        \
	} while (0)

#endif
