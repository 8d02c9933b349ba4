# Unit tests: one program for each file under test, tests/unit/test_x.c; each folder's list in its own file.
UNIT_TESTS =
noinst_LIBRARIES += tests/unit/libunit.a
tests_unit_libunit_a_SOURCES = tests/unit/unit.c tests/unit/unit.h tests/unit/vectors.c tests/unit/vectors.h
tests_unit_libunit_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
UNIT_LIBS = tests/unit/libunit.a $(CUNIT_LIBS)

include tests/unit/base.mk
include tests/unit/chain.mk
include tests/unit/spv.mk
include tests/unit/spv_filters.mk
include tests/unit/token.mk
include tests/unit/plugins.mk
include tests/unit/validators.mk
include tests/unit/peg.mk
include tests/unit/bridge.mk
include tests/unit/signer.mk
include tests/mainchain/local.mk
include tests/functional/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/js/local.mk

TESTS += tests/check-adversarial
check_SCRIPTS += tests/check-adversarial
EXTRA_DIST += tests/check-adversarial

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
