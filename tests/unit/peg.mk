# unit tests of the peg
noinst_LIBRARIES += tests/unit/libpegsim.a
tests_unit_libpegsim_a_SOURCES = tests/unit/peg_chain.c tests/unit/peg_chain.h tests/unit/peg_sim.c tests/unit/peg_sim.h \
	tests/unit/mining.c tests/unit/mining.h
tests_unit_libpegsim_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
PEG_TEST_LIBS = tests/unit/libpegsim.a $(UNIT_LIBS) $(SIGNING_LIBS) $(PEG_LIBS) $(TOKEN_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_peg
tests_unit_test_peg_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_peg_ops
tests_unit_test_peg_ops_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_peg_params
tests_unit_test_peg_params_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_relay
tests_unit_test_relay_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_vault
tests_unit_test_vault_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_deposit
tests_unit_test_deposit_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_payout
tests_unit_test_payout_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_plan
tests_unit_test_plan_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_settle
tests_unit_test_settle_LDADD = $(PEG_TEST_LIBS)
UNIT_TESTS += tests/unit/test_peg_scenario
tests_unit_test_peg_scenario_LDADD = $(PEG_TEST_LIBS)
