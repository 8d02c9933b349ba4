# unit tests of the signer
SIGNER_TEST_LIBS = $(UNIT_LIBS) $(SIGNING_LIBS) $(DAEMON_LIBS)
UNIT_TESTS += tests/unit/test_signer_log
tests_unit_test_signer_log_LDADD = $(SIGNER_TEST_LIBS)
UNIT_TESTS += tests/unit/test_signer_key
tests_unit_test_signer_key_LDADD = $(SIGNER_TEST_LIBS)
noinst_LIBRARIES += tests/unit/libsigner_fixture.a
tests_unit_libsigner_fixture_a_SOURCES = tests/unit/signer_fixture.c tests/unit/signer_fixture.h
UNIT_TESTS += tests/unit/test_signer
tests_unit_test_signer_LDADD = tests/unit/libsigner_fixture.a $(SIGNER_TEST_LIBS)
UNIT_TESTS += tests/unit/test_signer_serve
tests_unit_test_signer_serve_LDADD = tests/unit/libsigner_fixture.a $(SIGNER_TEST_LIBS)
UNIT_TESTS += tests/unit/test_signer_wire
tests_unit_test_signer_wire_LDADD = $(SIGNER_TEST_LIBS)
# Built without sanitizers, which need system calls that the sandbox takes away; so nothing of the libraries is linked in.
UNIT_TESTS += tests/unit/test_sandbox
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c tests/unit/unit.c bridge/sandbox.c
tests_unit_test_sandbox_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
tests_unit_test_sandbox_LDFLAGS =
tests_unit_test_sandbox_LDADD = $(CUNIT_LIBS) $(SECCOMP_LIBS)
UNIT_TESTS += tests/unit/test_signer_peg
tests_unit_test_signer_peg_LDADD = tests/unit/libpegsim.a $(SIGNER_TEST_LIBS)
UNIT_TESTS += tests/unit/test_signer_dead
tests_unit_test_signer_dead_LDADD = tests/unit/libpegsim.a tests/unit/libsigner_fixture.a $(SIGNER_TEST_LIBS)
