/* The daemon's reading of a signer's answers. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/signer.h"
#include "tests/unit/unit.h"

static char reason[64];

static bool
sigs(size_t n, const void *answer, size_t len)
{
	uint8_t *exact = mem_dup(answer, len);
	const uint8_t *out;
	bool ok = signer_sigs_answer(&out, n, reason, sizeof(reason), exact, len);

	if (ok)
		CU_ASSERT(out >= exact && out + 64 * n == exact + len);
	free(exact);
	return ok;
}

static void
signatures_of_exactly_so_many_inputs(void)
{
	uint8_t answer[2 + 3 * 64 + 1] = { 0, 3 };
	size_t len = sizeof(answer) - 1;

	CU_ASSERT(sigs(3, answer, len));
	CU_ASSERT(!sigs(2, answer, len) && strcmp(reason, "BAD_ANSWER") == 0);
	CU_ASSERT(!sigs(4, answer, len));
	CU_ASSERT(!sigs(3, answer, len + 1));
	for (size_t cut = 0; cut < len; cut++) {
		CU_ASSERT(!sigs(3, answer, cut));
		CU_ASSERT_STRING_EQUAL(reason, "BAD_ANSWER");
	}
	answer[0] = 2;
	CU_ASSERT(!sigs(3, answer, len));
}

static void
reasons_are_names_or_nothing(void)
{
	static const struct {
		const char *answer;
		size_t len;
		const char *want;
	} rows[] = {
		{ "\1\016FOREIGN_OUTPUT", 16, "FOREIGN_OUTPUT" },
		{ "\1\016FOREIGN_OUTPUT", 15, "BAD_ANSWER" },
		{ "\1\015FOREIGN_OUTPUT", 16, "BAD_ANSWER" },
		{ "\1\002S3", 4, "S3" },
		{ "\1\000", 2, "" },
		{ "\1\004a\nb\x1b", 6, "BAD_ANSWER" }, /* what could play with a terminal */
		{ "\1\004ABC ", 6, "BAD_ANSWER" },
		{ "\1", 1, "BAD_ANSWER" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT(!sigs(1, rows[i].answer, rows[i].len));
		CU_ASSERT_STRING_EQUAL(reason, rows[i].want);
	}
}

static void
a_reason_is_cut_to_its_room(void)
{
	const uint8_t *out;
	char small[5];

	CU_ASSERT(!signer_sigs_answer(&out, 1, small, sizeof(small), "\1\016FOREIGN_OUTPUT", 16));
	CU_ASSERT_STRING_EQUAL(small, "FORE");
}

static void
hello(void)
{
	uint8_t answer[1 + 1 + 32 + 4 + 1] = { 0, 2, 7 };
	struct signer_hello h = { .member = 99 };

	answer[34] = 5;
	for (size_t len = 0; len <= sizeof(answer); len++) {
		bool ok = signer_hello_answer(&h, reason, sizeof(reason), answer, len);

		CU_ASSERT_EQUAL(ok, len == sizeof(answer) - 1);
		CU_ASSERT(ok ? h.member == 2 && h.key.b[0] == 7 && h.max_rate == 5 : h.member == 99 || len > sizeof(answer) - 1);
	}
	CU_ASSERT(!signer_hello_answer(&h, reason, sizeof(reason), "\1\015OTHER_GENESIS", 15));
	CU_ASSERT_STRING_EQUAL(reason, "OTHER_GENESIS");
}

static const struct unit_test tests[] = {
	{ "signatures of exactly so many inputs", signatures_of_exactly_so_many_inputs },
	{ "reasons are names or nothing", reasons_are_names_or_nothing },
	{ "a reason is cut to its room", a_reason_is_cut_to_its_room },
	{ "hello", hello },
};

UNIT_MAIN("signer_wire", tests)
