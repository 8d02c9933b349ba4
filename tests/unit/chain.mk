# unit tests of chain
CHAIN_TEST_LIBS = $(UNIT_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_key
tests_unit_test_key_LDADD = $(CHAIN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_script
tests_unit_test_script_LDADD = $(CHAIN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_tx
tests_unit_test_tx_LDADD = $(CHAIN_TEST_LIBS)
