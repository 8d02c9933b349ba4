# unit tests of spv
SPV_TEST_LIBS = $(UNIT_LIBS) $(SPV_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_header_tree
tests_unit_test_header_tree_SOURCES = tests/unit/test_header_tree.c tests/unit/mining.c tests/unit/mining.h
tests_unit_test_header_tree_LDADD = $(SPV_TEST_LIBS)
