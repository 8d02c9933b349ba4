# libFuzzer targets: tests/fuzz/fuzz_x.c, built by --enable-fuzz; a corpus beside each in tests/fuzz/corpus/x/.
FUZZ_TARGETS =
FUZZ_LIBS = $(CHAIN_LIBS) $(BASE_LIBS)
noinst_HEADERS += tests/fuzz/fuzz.h
EXTRA_DIST += tests/fuzz/corpus

FUZZ_TARGETS += tests/fuzz/fuzz_address
tests_fuzz_fuzz_address_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_address_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_control
tests_fuzz_fuzz_control_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_control_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_descriptor
tests_fuzz_fuzz_descriptor_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_descriptor_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_script
tests_fuzz_fuzz_script_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_script_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_tx
tests_fuzz_fuzz_tx_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_tx_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_block
tests_fuzz_fuzz_block_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_block_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_filter
tests_fuzz_fuzz_filter_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_filter_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_header_rules
tests_fuzz_fuzz_header_rules_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_header_rules_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_p2p
tests_fuzz_fuzz_p2p_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_p2p_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_txproof
tests_fuzz_fuzz_txproof_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_txproof_LDADD = $(FUZZ_LIBS)

if FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
fuzz: $(FUZZ_TARGETS)
endif
