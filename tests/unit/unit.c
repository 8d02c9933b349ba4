#include "tests/unit/unit.h"

#include <CUnit/Basic.h>
#include <stdio.h>

int
unit_run(const char *suite, const struct unit_test *tests, size_t n)
{
	CU_pSuite s;
	unsigned failed;

	if (n == 0 || CU_initialize_registry() != CUE_SUCCESS || (s = CU_add_suite(suite, NULL, NULL)) == NULL)
		return 1;
	for (size_t i = 0; i < n; i++) {
		if (CU_add_test(s, tests[i].name, tests[i].run) == NULL)
			return 1;
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures() + (CU_get_number_of_tests_run() != n);
	printf("unit %s: %u tests, %u assertions, %u failed\n", suite, CU_get_number_of_tests_run(), CU_get_number_of_asserts(),
	       CU_get_number_of_failures());
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
