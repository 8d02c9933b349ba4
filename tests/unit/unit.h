#ifndef TALLY_TESTS_UNIT_H
#define TALLY_TESTS_UNIT_H
/* What every unit test shares: CUnit's assertions, and a main() made of a table of tests. */
#include <CUnit/CUnit.h>
#include <stddef.h>

#include "base/compiler.h"

struct unit_test {
	const char *name;
	void (*run)(void);
};

/* Run the tests, print what failed; 0 when all passed, fit to return from main(). */
int unit_run(const char *suite, const struct unit_test *tests, size_t n);

#define UNIT_MAIN(suite, tests)                                   \
	int main(void)                                            \
	{                                                         \
		return unit_run((suite), (tests), ARRAY_LEN(tests)); \
	}

#endif
