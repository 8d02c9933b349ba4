/* More in favour never turns a pass into a failure, and no two opposite sides can both pass. The rule is compiled in, with a small host of its
 * own. */
#define TALLY_PLUGIN_ENTRY gov_mine_entry
#include "gov_mine.c"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static int32_t
muldiv(struct tally_ctx *c, uint64_t *out, uint64_t a, uint64_t mul, uint64_t div, enum tally_round round)
{
	(void)c;
	assert(div > 0 && a < UINT64_MAX / (mul + 1));
	*out = (a * mul + (round == TALLY_UP ? div - 1 : 0)) / div;
	return 0;
}

static uint32_t
verdict(const uint8_t *share, uint64_t yes, uint64_t no, uint64_t base)
{
	static const struct tally_services host = { .size = sizeof(host), .muldiv = muldiv };
	struct tally_env env = { .size = sizeof(env), .params = share, .params_len = 1 };
	struct tally_ctx c = { &host, &env, NULL };
	struct tally_tallies t = { .in_favour = yes, .against = no, .base = base };
	uint32_t v = 99;

	assert(gov_mine_entry()->gov->outcome(&c, &v, &t) == 0);
	return v;
}

int
main(void)
{
	int passed = 0;

	srand(1);
	for (int i = 0; i < 100000; i++) {
		uint8_t share = (uint8_t)(51 + rand() % 50);
		uint64_t base = 1 + (uint64_t)(rand() % 1000), yes = (uint64_t)rand() % (base + 1), no = (uint64_t)rand() % (base - yes + 1);

		if (verdict(&share, yes, no, base) != TALLY_PASSED)
			continue;
		passed++;
		assert(verdict(&share, no, yes, base) != TALLY_PASSED);
		assert(yes == base || verdict(&share, yes + 1, 0, base) == TALLY_PASSED);
	}
	printf("gov_mine: %d of 100000 tallies passed, none both ways\n", passed);
	return passed == 0;
}
