# unit tests of validators, and of the rules that choose them
noinst_LIBRARIES += tests/unit/libvalidatorworld.a
tests_unit_libvalidatorworld_a_SOURCES = \
	tests/unit/rule_valsel_dpos.c tests/unit/rule_valsel_poa.c tests/unit/rule_valsel_pos.c \
	tests/unit/validator_world.c tests/unit/validator_world.h
tests_unit_libvalidatorworld_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
VALIDATOR_LIBS = tests/unit/libvalidatorworld.a $(WORLD_LIBS)

UNIT_TESTS += tests/unit/test_validator
tests_unit_test_validator_LDADD = $(VALIDATOR_LIBS)
UNIT_TESTS += tests/unit/test_validator_epoch
tests_unit_test_validator_epoch_LDADD = $(VALIDATOR_LIBS)
UNIT_TESTS += tests/unit/test_validator_evidence
tests_unit_test_validator_evidence_LDADD = $(VALIDATOR_LIBS)
UNIT_TESTS += tests/unit/test_ops_validator
tests_unit_test_ops_validator_SOURCES = tests/unit/test_ops_validator.c tests/unit/ops_again.h tests/unit/ops_again_validator.h
tests_unit_test_ops_validator_LDADD = $(VALIDATOR_LIBS)
UNIT_TESTS += tests/unit/test_validator_formats
tests_unit_test_validator_formats_SOURCES = tests/unit/test_validator_formats.c tests/unit/formats_page.c tests/unit/formats_page.h
tests_unit_test_validator_formats_LDADD = $(VALIDATOR_LIBS)
UNIT_TESTS += tests/unit/test_validator_ledger
tests_unit_test_validator_ledger_LDADD = $(VALIDATOR_LIBS)
UNIT_TESTS += tests/unit/test_validator_set
tests_unit_test_validator_set_LDADD = $(VALIDATOR_LIBS)
