# unit tests of rules, and of what the ledger does with them
noinst_LIBRARIES += tests/unit/libworld.a
tests_unit_libworld_a_SOURCES = \
	tests/unit/rule_gov_council.c tests/unit/rule_gov_quadratic.c tests/unit/rule_gov_token.c \
	tests/unit/rule_issue_fixed.c tests/unit/rule_issue_loyalty.c tests/unit/rule_issue_managed.c \
	tests/unit/rule_sale_crowd.c \
	tests/unit/rule_hostile.h tests/unit/rule_hostile_inside.c \
	tests/unit/dao_world.c tests/unit/dao_world.h \
	tests/unit/world.c tests/unit/world.h
tests_unit_libworld_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
WORLD_LIBS = tests/unit/libworld.a $(TOKEN_TEST_LIBS)

UNIT_TESTS += tests/unit/test_asset
tests_unit_test_asset_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_asset_change
tests_unit_test_asset_change_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_rule_issue_loyalty
tests_unit_test_rule_issue_loyalty_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_rule_issue_managed
tests_unit_test_rule_issue_managed_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_lot
tests_unit_test_lot_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_votes
tests_unit_test_votes_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_dao
tests_unit_test_dao_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_rule_sale_crowd
tests_unit_test_rule_sale_crowd_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_allow_list
tests_unit_test_allow_list_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_sale
tests_unit_test_sale_SOURCES = tests/unit/test_sale.c tests/unit/sale_world.c tests/unit/sale_world.h
tests_unit_test_sale_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_dao_action
tests_unit_test_dao_action_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_dao_vote
tests_unit_test_dao_vote_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_rule_gov
tests_unit_test_rule_gov_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_plugin_host
tests_unit_test_plugin_host_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_rule
tests_unit_test_rule_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_plugin_vectors
tests_unit_test_plugin_vectors_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_plugin_loader
tests_unit_test_plugin_loader_LDADD = $(WORLD_LIBS)
# the rules' coverage hook is found in the program itself
tests_unit_test_plugin_loader_LDFLAGS = $(AM_LDFLAGS) -rdynamic
EXTRA_tests_unit_test_plugin_loader_DEPENDENCIES = $(PLUGINS) tests/unit/rule_hostile.so tests/unit/bad-rules.stamp
UNIT_TESTS += tests/unit/test_plugin_elf
tests_unit_test_plugin_elf_LDADD = $(WORLD_LIBS)
tests_unit_test_plugin_elf_LDFLAGS = $(AM_LDFLAGS) -rdynamic
EXTRA_tests_unit_test_plugin_elf_DEPENDENCIES = $(PLUGINS) tests/unit/bad-rules.stamp
UNIT_TESTS += tests/unit/test_rule_crash
tests_unit_test_rule_crash_LDADD = tests/unit/libworld.a $(UNIT_LIBS) $(SIGNING_LIBS) $(DAEMON_LIBS)
tests_unit_test_rule_crash_LDFLAGS = $(AM_LDFLAGS) -rdynamic
EXTRA_tests_unit_test_rule_crash_DEPENDENCIES = tests/unit/rule_hostile.so
# asks a library at random; tests/functional/test_rule_builds.py
check_PROGRAMS += tests/unit/rule_random
tests_unit_rule_random_LDADD = $(WORLD_LIBS)
tests_unit_rule_random_LDFLAGS = $(AM_LDFLAGS) -rdynamic
# Libraries that each break one rule, built for real.
EXTRA_DIST += tests/unit/rule_bad.c tests/unit/build-bad-rules
tests/unit/bad-rules.stamp: tests/unit/rule_bad.c tests/unit/build-bad-rules plugins/plugin.h plugins/libtallyplugin.a
	$(AM_V_GEN)CC='$(CC)' RULE_FLAGS='$(RULE_FLAGS) -I$(top_srcdir)' RULE_LINK='$(RULE_LINK)' $(SHELL) $(top_srcdir)/tests/unit/build-bad-rules \
		tests/unit/bad-rules $(top_srcdir)/tests/unit/rule_bad.c plugins/libtallyplugin.a && touch $@
clean-local: clean-bad-rules
clean-bad-rules:
	rm -rf tests/unit/bad-rules
CLEANFILES += tests/unit/bad-rules.stamp
EXTRA_DIST += tests/unit/rule_hostile.c
CLEANFILES += tests/unit/rule_hostile.so
tests/unit/rule_hostile.so: plugins/plugin.h plugins/libtallyplugin.a tests/unit/rule_hostile.h
UNIT_TESTS += tests/unit/test_ops
tests_unit_test_ops_SOURCES = tests/unit/test_ops.c tests/unit/ops_again.h
tests_unit_test_ops_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_rules_random
tests_unit_test_rules_random_SOURCES = tests/unit/test_rules_random.c tests/unit/random_fate.c tests/unit/random_fate.h
# one file for each area of the ledger
tests_unit_test_rules_random_SOURCES += tests/unit/random_assets.c
tests_unit_test_rules_random_SOURCES += tests/unit/random_dao.c tests/unit/random_records.c tests/unit/random_swaps.c
tests_unit_test_rules_random_SOURCES += tests/unit/random_sales.c
tests_unit_test_rules_random_SOURCES += tests/unit/random_validators.c
tests_unit_test_rules_random_LDADD = tests/unit/libvalidatorworld.a $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_rules
tests_unit_test_rules_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_offer
tests_unit_test_offer_SOURCES = tests/unit/test_offer.c tests/unit/offering.c tests/unit/offering.h
tests_unit_test_offer_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_offer_rates
tests_unit_test_offer_rates_SOURCES = tests/unit/test_offer_rates.c tests/unit/offering.c tests/unit/offering.h
tests_unit_test_offer_rates_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_ops_swap
tests_unit_test_ops_swap_SOURCES = tests/unit/test_ops_swap.c tests/unit/ops_again.h tests/unit/ops_again_swap.h
tests_unit_test_ops_swap_LDADD = $(TOKEN_TEST_LIBS)
UNIT_TESTS += tests/unit/test_item
tests_unit_test_item_SOURCES = tests/unit/test_item.c tests/unit/rule_registered.c tests/unit/rule_registered.h
tests_unit_test_item_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_name
tests_unit_test_name_LDADD = $(WORLD_LIBS)
UNIT_TESTS += tests/unit/test_rule_gov_quadratic
tests_unit_test_rule_gov_quadratic_LDADD = $(WORLD_LIBS)
