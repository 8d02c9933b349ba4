# unit tests of rules, and of what the ledger does with them
noinst_LIBRARIES += tests/unit/libworld.a
tests_unit_libworld_a_SOURCES = \
	tests/unit/rule_gov_council.c tests/unit/rule_gov_token.c tests/unit/rule_issue_fixed.c tests/unit/rule_issue_loyalty.c \
	tests/unit/world.c tests/unit/world.h
tests_unit_libworld_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
WORLD_LIBS = tests/unit/libworld.a $(TOKEN_TEST_LIBS)

UNIT_TESTS += tests/unit/test_asset
tests_unit_test_asset_LDADD = $(WORLD_LIBS)

# The rules' coverage hook is found in the program itself.
UNIT_TESTS += tests/unit/test_plugin_loader
tests_unit_test_plugin_loader_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_test_plugin_loader_LDADD = $(TOKEN_TEST_LIBS)
EXTRA_tests_unit_test_plugin_loader_DEPENDENCIES = $(PLUGINS)
