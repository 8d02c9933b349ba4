# unit tests of spv: compact filters
UNIT_TESTS += tests/unit/test_filter_chain
tests_unit_test_filter_chain_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_filter_headers
tests_unit_test_filter_headers_SOURCES = tests/unit/test_filter_headers.c $(SPV_SIM)
tests_unit_test_filter_headers_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_filter_scan
tests_unit_test_filter_scan_SOURCES = tests/unit/test_filter_scan.c $(SPV_SIM)
tests_unit_test_filter_scan_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_filter_dispute
tests_unit_test_filter_dispute_SOURCES = tests/unit/test_filter_dispute.c $(SPV_SIM)
tests_unit_test_filter_dispute_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_filter_store
tests_unit_test_filter_store_SOURCES = tests/unit/test_filter_store.c $(SPV_SIM)
tests_unit_test_filter_store_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_filter_random
tests_unit_test_filter_random_SOURCES = tests/unit/test_filter_random.c $(SPV_SIM)
tests_unit_test_filter_random_LDADD = $(SPV_TEST_LIBS)
