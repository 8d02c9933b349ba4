# unit tests of spv: compact filters
UNIT_TESTS += tests/unit/test_filter_chain
tests_unit_test_filter_chain_LDADD = $(SPV_TEST_LIBS)
