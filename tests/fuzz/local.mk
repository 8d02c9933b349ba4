# libFuzzer targets: tests/fuzz/fuzz_x.c, built by --enable-fuzz; a corpus beside each in tests/fuzz/corpus/x/.
FUZZ_TARGETS =
FUZZ_LIBS = $(CHAIN_LIBS) $(BASE_LIBS)
noinst_HEADERS += tests/fuzz/fuzz.h
EXTRA_DIST += tests/fuzz/corpus

FUZZ_TARGETS += tests/fuzz/fuzz_bits
tests_fuzz_fuzz_bits_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_bits_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_merkle
tests_fuzz_fuzz_merkle_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_merkle_LDADD = $(FUZZ_LIBS)
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
FUZZ_TARGETS += tests/fuzz/fuzz_interpreter
tests_fuzz_fuzz_interpreter_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_interpreter_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_signet
tests_fuzz_fuzz_signet_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_signet_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_tx
tests_fuzz_fuzz_tx_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_tx_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_block
tests_fuzz_fuzz_block_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_block_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_filter
tests_fuzz_fuzz_filter_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_filter_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_filter_evidence
tests_fuzz_fuzz_filter_evidence_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_filter_evidence_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_header_rules
tests_fuzz_fuzz_header_rules_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_header_rules_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_bip324
tests_fuzz_fuzz_bip324_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_bip324_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_p2p
tests_fuzz_fuzz_p2p_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_p2p_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_p2p_addr
tests_fuzz_fuzz_p2p_addr_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_p2p_addr_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_p2p_filter
tests_fuzz_fuzz_p2p_filter_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_p2p_filter_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_net_address
tests_fuzz_fuzz_net_address_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_net_address_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_txproof
tests_fuzz_fuzz_txproof_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_txproof_LDADD = $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_header_store
tests_fuzz_fuzz_header_store_SOURCES = tests/fuzz/fuzz_header_store.c tests/unit/mining.c tests/unit/mining.h
tests_fuzz_fuzz_header_store_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_header_store_LDADD = $(SPV_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_presync
tests_fuzz_fuzz_presync_SOURCES = tests/fuzz/fuzz_presync.c tests/unit/mining.c tests/unit/mining.h
tests_fuzz_fuzz_presync_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_presync_LDADD = $(SPV_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_spv
tests_fuzz_fuzz_spv_SOURCES = tests/fuzz/fuzz_spv.c tests/unit/mining.c tests/unit/mining.h
tests_fuzz_fuzz_spv_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_spv_LDADD = $(SPV_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_ledger_apply
tests_fuzz_fuzz_ledger_apply_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ledger_apply_LDADD = $(SIGNING_LIBS) $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_snapshot
tests_fuzz_fuzz_snapshot_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_snapshot_LDADD = $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_state_proof
tests_fuzz_fuzz_state_proof_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_state_proof_LDADD = $(SIGNING_LIBS) $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_partial
tests_fuzz_fuzz_partial_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_partial_LDADD = $(SIGNING_LIBS) $(TOKEN_LIBS) $(FUZZ_LIBS)
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
FUZZ_TARGETS += tests/fuzz/fuzz_ops_swap
tests_fuzz_fuzz_ops_swap_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ops_swap_LDADD = $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_ops_validator
tests_fuzz_fuzz_ops_validator_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ops_validator_LDADD = $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_plugin_elf
tests_fuzz_fuzz_plugin_elf_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_plugin_elf_LDADD = $(TOKEN_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_chain_file
tests_fuzz_fuzz_chain_file_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_chain_file_LDADD = $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_config_LDADD = $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_connect
tests_fuzz_fuzz_connect_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_connect_LDADD = $(SPV_LIBS) $(FUZZ_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_socks5
tests_fuzz_fuzz_socks5_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_socks5_LDADD = $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_http
tests_fuzz_fuzz_http_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_http_LDADD = $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_rpc_json
tests_fuzz_fuzz_rpc_json_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_rpc_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_rpc_json_LDADD = $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_op_json
tests_fuzz_fuzz_op_json_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
# The list of operations brings the loader in, whose fuse libFuzzer defines too; no rule is loaded here, so either will do.
tests_fuzz_fuzz_op_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS) -Wl,-z,muldefs
tests_fuzz_fuzz_op_json_LDADD = $(DAEMON_LIBS)
FUZZ_TARGETS += tests/fuzz/fuzz_peg_ops
tests_fuzz_fuzz_peg_ops_SOURCES = tests/fuzz/fuzz_peg_ops.c tests/unit/mining.c tests/unit/mining.h
tests_fuzz_fuzz_peg_ops_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_peg_ops_LDADD = $(SIGNING_LIBS) $(PEG_LIBS) $(TOKEN_LIBS) $(FUZZ_LIBS)

if FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
fuzz-targets: $(FUZZ_TARGETS)

# Each target so many seconds, from its seeds and from what earlier runs have found in corpus/; an input that fails is left there. The
# numbers are the same in each run.
FUZZ_SECONDS = 600
fuzz: fuzz-targets
	@for target in $(FUZZ_TARGETS); do \
		name=$${target##*/fuzz_}; \
		$(MKDIR_P) corpus/fuzz_$$name && echo "fuzz $$name: $(FUZZ_SECONDS) s" && \
		$$target -seed=1 -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 -artifact_prefix=corpus/fuzz_$$name/ \
			corpus/fuzz_$$name $(srcdir)/tests/fuzz/corpus/$$name || exit 1; \
	done
endif
