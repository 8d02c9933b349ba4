# unit tests of bridge
UNIT_TESTS += tests/unit/test_engine_solo
tests_unit_test_engine_solo_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_unit_test_engine_solo_LDADD = $(UNIT_LIBS) $(SIGNING_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_net
tests_unit_test_net_SOURCES = tests/unit/test_net.c $(SPV_SIM)
tests_unit_test_net_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_unit_test_net_LDADD = $(UNIT_LIBS) $(DAEMON_LIBS)
