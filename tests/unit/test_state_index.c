#include "token/state_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

enum { KEYS = 700 };

static struct state_entry *
entry_new(uint32_t n)
{
	size_t len = 2 + n % 40;
	struct state_entry *e = mem_new(1, sizeof(*e) + len);

	e->key_len = (uint8_t)len;
	memset(e->bytes, (int)(n % 251), len);
	e->bytes[len - 1] = (uint8_t)(n / 251); /* each differs: by length, filling or end */
	return e;
}

/* Against an array that is searched from end to end. */
static void
agrees_with_an_array(void)
{
	struct state_entry *all[KEYS], *there[KEYS] = { 0 };
	struct state_index x;
	uint32_t luck = 12345, n = 0;

	state_index_init(&x, 42);
	for (uint32_t i = 0; i < KEYS; i++)
		all[i] = entry_new(i);
	for (int step = 0; step < 40000; step++) {
		uint32_t i = (luck = luck * 1664525 + 1013904223) >> 8;
		bool more = step < 20000 ? i % 5 != 0 : i % 5 == 0; /* it grows, and empties again */

		i = i / 5 % KEYS;
		CU_ASSERT_PTR_EQUAL(state_index_find(&x, all[i]->bytes, all[i]->key_len), there[i]);
		if (there[i] == NULL && more) {
			state_index_add(&x, all[i]);
			there[i] = all[i];
			n++;
		} else if (there[i] != NULL && !more) {
			state_index_remove(&x, all[i]);
			there[i] = NULL;
			n--;
		}
		CU_ASSERT_EQUAL(x.n, n);
	}
	for (uint32_t i = 0; i < KEYS; i++)
		CU_ASSERT_PTR_EQUAL(state_index_find(&x, all[i]->bytes, all[i]->key_len), there[i]);
	for (uint32_t i = 0; i < KEYS; i++)
		free(all[i]);
	state_index_clear(&x);
}

static void
one_takes_anothers_place(void)
{
	struct state_entry *a = entry_new(7), *b = entry_new(7), *c = entry_new(8);
	struct state_index x;

	state_index_init(&x, 0);
	CU_ASSERT_PTR_NULL(state_index_find(&x, a->bytes, a->key_len));
	state_index_add(&x, a);
	state_index_add(&x, c);
	state_index_replace(&x, a, b);
	CU_ASSERT_PTR_EQUAL(state_index_find(&x, a->bytes, a->key_len), b);
	CU_ASSERT_PTR_EQUAL(state_index_find(&x, c->bytes, c->key_len), c);
	CU_ASSERT_PTR_NULL(state_index_find(&x, a->bytes, a->key_len - 1u));
	state_index_clear(&x);
	free(a);
	free(b);
	free(c);
}

/* Keys of four words, chosen without the seed: a change in the highest bit of one word, and in the next word what undoes it in a weak mixing.
 * Who sends to accounts whose keys he makes up chooses that much of a key. */
static void
collisions_cant_be_planned_without_the_seed(void)
{
	enum { FAMILY = 8, SEEDS = 64 };
	struct state_entry *all[FAMILY];
	size_t same = 0;

	for (uint64_t n = 0; n < FAMILY; n++) {
		uint64_t words[4] = { 1, 2, 3, 4 };

		for (unsigned i = 0; i < 3; i++) {
			words[i] ^= (n >> i & 1) << 63;
			words[i + 1] ^= (n >> i & 1) << 63 | (n >> i & 1) << 34;
		}
		all[n] = mem_new(1, sizeof(*all[n]) + sizeof(words));
		all[n]->key_len = sizeof(words);
		memcpy(all[n]->bytes, words, sizeof(words));
	}
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct state_index x;

		state_index_init(&x, (seed + 1) * 0x123456789abcdefu);
		for (size_t n = 0; n < FAMILY; n++)
			state_index_add(&x, all[n]);
		for (size_t i = 0; i < x.slots_n; i++)
			for (size_t k = i + 1; k < x.slots_n; k++)
				same += x.hashes[i] != 0 && x.hashes[i] == x.hashes[k];
		state_index_clear(&x);
	}
	CU_ASSERT_EQUAL(same, 0);
	for (size_t n = 0; n < FAMILY; n++)
		free(all[n]);
}

static const struct unit_test tests[] = {
	{ "collisions can't be planned without the seed", collisions_cant_be_planned_without_the_seed },
	{ "agrees with an array", agrees_with_an_array },
	{ "one takes another's place", one_takes_anothers_place },
};

UNIT_MAIN("state index", tests)
