#include "token/verified.h"

#include "tests/unit/unit.h"

static struct hash256
digest(uint32_t n)
{
	struct hash256 h;

	sha256(&h, &n, sizeof(n));
	return h;
}

static bool
has(const struct verified *v, uint32_t n)
{
	struct hash256 h = digest(n);

	return verified_has(v, &h);
}

static void
note(struct verified *v, uint32_t n)
{
	struct hash256 h = digest(n);

	verified_note(v, &h);
}

static void
what_was_noted_is_there_and_nothing_else(void)
{
	struct verified *v = verified_new();

	CU_ASSERT_FALSE(has(v, 0));
	for (uint32_t i = 0; i < 5000; i++)
		note(v, i * 2);
	for (uint32_t i = 0; i < 5000; i++) {
		CU_ASSERT(has(v, i * 2));
		CU_ASSERT_FALSE(has(v, i * 2 + 1));
	}
	verified_free(v);
	verified_free(NULL);
}

/* The promise of the header, at its edges. */
static void
the_oldest_are_forgotten(void)
{
	struct verified *v = verified_new();

	note(v, 0);
	for (uint32_t i = 1; i <= VERIFIED_KEEP; i++) {
		note(v, i);
		note(v, i); /* a second note is none */
	}
	CU_ASSERT(has(v, 0));
	for (uint32_t i = VERIFIED_KEEP + 1; i <= 2 * VERIFIED_KEEP; i++)
		note(v, i);
	CU_ASSERT_FALSE(has(v, 0));
	for (uint32_t i = VERIFIED_KEEP + 1; i <= 2 * VERIFIED_KEEP; i++)
		CU_ASSERT(has(v, i));
	verified_free(v);
}

static void
zero_is_never_there(void)
{
	struct verified *v = verified_new();
	struct hash256 zero = { { 0 } };

	verified_note(v, &zero);
	CU_ASSERT_FALSE(verified_has(v, &zero));
	note(v, 1);
	CU_ASSERT_FALSE(verified_has(v, &zero));
	verified_free(v);
}

static const struct unit_test tests[] = {
	{ "what was noted is there and nothing else", what_was_noted_is_there_and_nothing_else },
	{ "the oldest are forgotten", the_oldest_are_forgotten },
	{ "zero is never there", zero_is_never_there },
};

UNIT_MAIN("verified", tests)
