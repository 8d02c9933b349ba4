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

static const struct unit_test tests[] = {
	{ "agrees with an array", agrees_with_an_array },
	{ "one takes another's place", one_takes_anothers_place },
};

UNIT_MAIN("state index", tests)
