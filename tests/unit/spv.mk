# unit tests of spv
SPV_TEST_LIBS = $(UNIT_LIBS) $(SPV_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_header_tree
tests_unit_test_header_tree_SOURCES = tests/unit/test_header_tree.c tests/unit/mining.c tests/unit/mining.h
tests_unit_test_header_tree_LDADD = $(SPV_TEST_LIBS)
SPV_SIM = tests/unit/spv_sim.c tests/unit/spv_sim.h tests/unit/mining.c tests/unit/mining.h
UNIT_TESTS += tests/unit/test_spv
tests_unit_test_spv_SOURCES = tests/unit/test_spv.c $(SPV_SIM)
tests_unit_test_spv_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_spv_faults
tests_unit_test_spv_faults_SOURCES = tests/unit/test_spv_faults.c $(SPV_SIM)
tests_unit_test_spv_faults_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_spv_random
tests_unit_test_spv_random_SOURCES = tests/unit/test_spv_random.c $(SPV_SIM)
tests_unit_test_spv_random_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_broadcast
tests_unit_test_broadcast_SOURCES = tests/unit/test_broadcast.c $(SPV_SIM)
tests_unit_test_broadcast_LDADD = $(SPV_TEST_LIBS)
