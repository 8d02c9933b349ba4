# unit tests of token
TOKEN_TEST_LIBS = $(UNIT_LIBS) $(TOKEN_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_state
tests_unit_test_state_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_state_proof
tests_unit_test_state_proof_LDADD = $(TOKEN_TEST_LIBS)
