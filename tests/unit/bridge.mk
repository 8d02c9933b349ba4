# unit tests of bridge
UNIT_TESTS += tests/unit/test_engine_solo
tests_unit_test_engine_solo_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_unit_test_engine_solo_LDADD = $(UNIT_LIBS) $(SIGNING_LIBS) $(DAEMON_LIBS)
