/* Whatever is asked in whatever order, no day's mints add up to more than the limit. The rule is compiled in, with a small host of its own. */
#define TALLY_PLUGIN_ENTRY issue_mine_entry
#include "issue_mine.c"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t stored[16];
static size_t stored_len;

static int32_t
kv_get(struct tally_ctx *c, void *value, size_t *len, const void *key, size_t key_len)
{
	(void)c;
	assert(key_len == 3 && memcmp(key, "day", 3) == 0 && *len >= stored_len);
	*len = stored_len;
	memcpy(value, stored, stored_len);
	return stored_len == 0;
}

static int32_t
kv_put(struct tally_ctx *c, const void *key, size_t key_len, const void *value, size_t len)
{
	(void)c;
	assert(key_len == 3 && memcmp(key, "day", 3) == 0 && len == sizeof(stored));
	memcpy(stored, value, len);
	stored_len = len;
	return 0;
}

static int32_t
muldiv(struct tally_ctx *c, uint64_t *out, uint64_t a, uint64_t mul, uint64_t div, enum tally_round round)
{
	(void)c;
	assert(round == TALLY_DOWN && mul == 1 && div > 0);
	*out = a / div;
	return 0;
}

int
main(void)
{
	static const struct tally_services host = { .size = sizeof(host), .kv_get = kv_get, .kv_put = kv_put, .muldiv = muldiv };
	const uint8_t params[8] = { 100 };
	struct tally_env env = { .size = sizeof(env), .params = params, .params_len = sizeof(params) };
	uint64_t minted = 0, allowed = 0, refused = 0;
	int64_t today = 0;

	srand(1);
	for (int i = 0; i < 100000; i++) {
		struct tally_ctx c = { &host, &env, NULL };
		struct tally_effects out = { 0 };
		struct tally_issue_op op = { .size = sizeof(op), .op = TALLY_OP_MINT, .amount = (uint64_t)(rand() % 60) + 1 };

		env.time += rand() % 20000;
		if (env.time / DAY != today)
			minted = 0;
		today = env.time / DAY;
		if (issue_mine_entry()->issue->on(&c, &out, &op) == 0) {
			assert(out.n == 1 && out.list[0].amount == op.amount);
			minted += op.amount;
			allowed++;
		} else {
			assert(minted + op.amount > 100);
			refused++;
		}
		assert(minted <= 100);
	}
	printf("issue_mine: %llu allowed, %llu refused, never more than 100 a day\n", (unsigned long long)allowed, (unsigned long long)refused);
	return allowed == 0 || refused == 0;
}
