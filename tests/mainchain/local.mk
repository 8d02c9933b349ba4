# the embedded main chain

# coin: the customer's wallet
noinst_PROGRAMS += tests/mainchain/coin
tests_mainchain_coin_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_mainchain_coin_LDADD = $(CHAIN_LIBS) $(BASE_LIBS) $(JANSSON_LIBS)
TESTS += tests/mainchain/test_coin
check_SCRIPTS += tests/mainchain/test_coin
EXTRA_DIST += tests/mainchain/test_coin

# mainchain: blocks, pool and peers of a regtest chain
noinst_LIBRARIES += tests/mainchain/libmainchain.a
tests_mainchain_libmainchain_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tests_mainchain_libmainchain_a_SOURCES = \
	tests/mainchain/args.c tests/mainchain/args.h \
	tests/mainchain/commands_chain.c \
	tests/mainchain/commands_node.c \
	tests/mainchain/commands_tx.c \
	tests/mainchain/control.c tests/mainchain/control.h \
	tests/mainchain/mempool.c tests/mainchain/mempool.h \
	tests/mainchain/miner.c tests/mainchain/miner.h \
	tests/mainchain/misbehave.c tests/mainchain/misbehave.h \
	tests/mainchain/misbehave_filters.c \
	tests/mainchain/node.c tests/mainchain/node.h \
	tests/mainchain/peer.c tests/mainchain/peer.h \
	tests/mainchain/policy.c tests/mainchain/policy.h \
	tests/mainchain/purse.c tests/mainchain/purse.h \
	tests/mainchain/script_check.c tests/mainchain/script_check.h \
	tests/mainchain/serve.c tests/mainchain/serve.h \
	tests/mainchain/serve_filters.c \
	tests/mainchain/tapscript.c tests/mainchain/tapscript.h \
	tests/mainchain/tree.c tests/mainchain/tree.h \
	tests/mainchain/tx_rules.c tests/mainchain/tx_rules.h \
	tests/mainchain/utxo.c tests/mainchain/utxo.h

noinst_PROGRAMS += tests/mainchain/mainchain
tests_mainchain_mainchain_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tests_mainchain_mainchain_SOURCES = tests/mainchain/main.c
MAINCHAIN_LIBS = tests/mainchain/libmainchain.a $(CHAIN_LIBS) $(BASE_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS)
tests_mainchain_mainchain_LDADD = $(MAINCHAIN_LIBS)

# long_chain: many blocks for another node, in a file
noinst_PROGRAMS += tests/mainchain/long_chain
tests_mainchain_long_chain_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tests_mainchain_long_chain_LDADD = $(MAINCHAIN_LIBS)

UNIT_TESTS += tests/unit/test_script_check
tests_unit_test_script_check_SOURCES = tests/unit/test_script_check.c tests/unit/taproot_spends.h
tests_unit_test_script_check_LDADD = $(UNIT_LIBS) $(MAINCHAIN_LIBS)
UNIT_TESTS += tests/unit/test_mainchain_tree
tests_unit_test_mainchain_tree_LDADD = $(UNIT_LIBS) $(MAINCHAIN_LIBS)
