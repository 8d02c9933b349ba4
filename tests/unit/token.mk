# unit tests of token
noinst_LIBRARIES += tests/unit/libsigning.a
tests_unit_libsigning_a_SOURCES = tests/unit/signing.c tests/unit/signing.h
SIGNING_LIBS = tests/unit/libsigning.a
TOKEN_TEST_LIBS = $(UNIT_LIBS) $(SIGNING_LIBS) $(TOKEN_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_account
tests_unit_test_account_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_bank
tests_unit_test_bank_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_state
tests_unit_test_state_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_state_proof
tests_unit_test_state_proof_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_transaction
tests_unit_test_transaction_LDADD = $(TOKEN_TEST_LIBS)
