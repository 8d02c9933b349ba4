# unit tests of the signer
SIGNER_TEST_LIBS = $(UNIT_LIBS) $(SIGNING_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_signer_log
tests_unit_test_signer_log_LDADD = $(SIGNER_TEST_LIBS)
UNIT_TESTS += tests/unit/test_signer_key
tests_unit_test_signer_key_LDADD = $(SIGNER_TEST_LIBS)
