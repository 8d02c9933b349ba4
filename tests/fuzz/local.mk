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
FUZZ_TARGETS += tests/fuzz/fuzz_spv
tests_fuzz_fuzz_spv_SOURCES = tests/fuzz/fuzz_spv.c tests/unit/mining.c tests/unit/mining.h
tests_fuzz_fuzz_spv_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_spv_LDADD = $(SPV_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_ledger_apply
tests_fuzz_fuzz_ledger_apply_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ledger_apply_LDADD = $(SIGNING_LIBS) $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_state_proof
tests_fuzz_fuzz_state_proof_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_state_proof_LDADD = $(SIGNING_LIBS) $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_transaction
tests_fuzz_fuzz_transaction_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_transaction_LDADD = $(SIGNING_LIBS) $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_signer
tests_fuzz_fuzz_signer_SOURCES = tests/fuzz/fuzz_signer.c tests/unit/signer_fixture.c tests/unit/signer_fixture.h
tests_fuzz_fuzz_signer_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_signer_LDADD = $(SIGNING_LIBS) $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_signer_log
tests_fuzz_fuzz_signer_log_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_signer_log_LDADD = $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_ops
tests_fuzz_fuzz_ops_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ops_LDADD = $(TOKEN_LIBS) $(FUZZ_LIBS)

if FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
fuzz: $(FUZZ_TARGETS)
endif
