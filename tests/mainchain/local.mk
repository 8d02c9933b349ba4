# the embedded main chain

# coin: the customer's wallet
noinst_PROGRAMS += tests/mainchain/coin
tests_mainchain_coin_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_mainchain_coin_LDADD = $(CHAIN_LIBS) $(BASE_LIBS) $(JANSSON_LIBS)
TESTS += tests/mainchain/test_coin
check_SCRIPTS += tests/mainchain/test_coin
EXTRA_DIST += tests/mainchain/test_coin
