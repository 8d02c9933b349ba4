# unit tests of spv
SPV_TEST_LIBS = $(UNIT_LIBS) $(SPV_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_header_tree
tests_unit_test_header_tree_SOURCES = tests/unit/test_header_tree.c tests/unit/mining.c tests/unit/mining.h
tests_unit_test_header_tree_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_header_real
tests_unit_test_header_real_SOURCES = tests/unit/test_header_real.c tests/unit/signet_blocks.h
tests_unit_test_header_real_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_presync
tests_unit_test_presync_SOURCES = tests/unit/test_presync.c tests/unit/mining.c tests/unit/mining.h \
	tests/unit/vectors.c tests/unit/vectors.h
tests_unit_test_presync_LDADD = $(SPV_TEST_LIBS)
SPV_SIM = tests/unit/spv_sim.c tests/unit/spv_sim.h tests/unit/sim_blocks.c tests/unit/sim_filters.c tests/unit/mining.c \
	tests/unit/mining.h
UNIT_TESTS += tests/unit/test_spv_presync
tests_unit_test_spv_presync_SOURCES = tests/unit/test_spv_presync.c tests/unit/mining.c tests/unit/mining.h
tests_unit_test_spv_presync_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_spv
tests_unit_test_spv_SOURCES = tests/unit/test_spv.c $(SPV_SIM)
tests_unit_test_spv_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_spv_signet
tests_unit_test_spv_signet_SOURCES = tests/unit/test_spv_signet.c $(SPV_SIM)
tests_unit_test_spv_signet_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_spv_faults
tests_unit_test_spv_faults_SOURCES = tests/unit/test_spv_faults.c $(SPV_SIM)
tests_unit_test_spv_faults_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_spv_messages
tests_unit_test_spv_messages_SOURCES = tests/unit/test_spv_messages.c tests/unit/heap.c tests/unit/heap.h $(SPV_SIM)
tests_unit_test_spv_messages_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_broadcast
tests_unit_test_broadcast_SOURCES = tests/unit/test_broadcast.c $(SPV_SIM)
tests_unit_test_broadcast_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_header_store
tests_unit_test_header_store_SOURCES = tests/unit/test_header_store.c $(SPV_SIM)
tests_unit_test_header_store_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_best_chain
tests_unit_test_best_chain_SOURCES = tests/unit/test_best_chain.c tests/unit/mining.c tests/unit/mining.h
tests_unit_test_best_chain_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_address_book
tests_unit_test_address_book_LDADD = $(SPV_TEST_LIBS)
SWARM = tests/unit/heap.c tests/unit/heap.h tests/unit/swarm.c tests/unit/swarm.h tests/unit/swarm_client.c tests/unit/swarm_disk.c tests/unit/swarm_filters.c tests/unit/swarm_forest.c \
	tests/unit/swarm_forest.h tests/unit/swarm_liar.c tests/unit/swarm_life.c tests/unit/swarm_trouble.c tests/unit/swarm_node.c tests/unit/mining.c tests/unit/mining.h
SWARM_WRAP = $(AM_LDFLAGS) -Wl,--wrap=pwrite,--wrap=ftruncate,--wrap=db_commit
UNIT_TESTS += tests/unit/test_swarm
tests_unit_test_swarm_SOURCES = tests/unit/test_swarm.c $(SWARM)
tests_unit_test_swarm_LDFLAGS = $(SWARM_WRAP)
tests_unit_test_swarm_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_connect
tests_unit_test_connect_SOURCES = tests/unit/test_connect.c tests/unit/mining.c tests/unit/mining.h
tests_unit_test_connect_LDADD = $(SPV_TEST_LIBS)
UNIT_TESTS += tests/unit/test_peer_stores
tests_unit_test_peer_stores_LDADD = $(SPV_TEST_LIBS)
