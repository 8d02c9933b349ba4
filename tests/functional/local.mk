# Whole-program tests. Each can be run alone: TALLY_BUILDDIR=build/x tests/functional/test_y.py. Exit status 77: skipped, it says why.
FUNCTIONAL_TESTS = tests/functional/test_daemon.py tests/functional/test_mainchain.py tests/functional/test_spine.py
FUNCTIONAL_TESTS += tests/functional/test_refusals.py tests/functional/test_store.py tests/functional/test_assets.py
FUNCTIONAL_TESTS += tests/functional/test_ledger_file.py
FUNCTIONAL_TESTS += tests/functional/test_dao.py
FUNCTIONAL_TESTS += tests/functional/test_signer.py tests/functional/test_offline.py
FUNCTIONAL_TESTS += tests/functional/test_refused_orders.py tests/functional/test_proofs.py tests/functional/test_pegin.py
FUNCTIONAL_TESTS += tests/functional/test_chain_events.py
FUNCTIONAL_TESTS += tests/functional/test_writes.py tests/functional/test_liars.py
FUNCTIONAL_TESTS += tests/functional/test_peers.py
FUNCTIONAL_TESTS += tests/functional/test_sales.py
FUNCTIONAL_TESTS += tests/functional/test_filters.py
FUNCTIONAL_TESTS += tests/functional/test_swaps.py tests/functional/test_records.py tests/functional/test_names.py
FUNCTIONAL_TESTS += tests/functional/test_transactions.py
FUNCTIONAL_TESTS += tests/functional/test_plugins.py tests/functional/test_plugin_tutorial.py tests/functional/test_rule_builds.py
FUNCTIONAL_TESTS += tests/functional/test_validators.py
TESTS += $(FUNCTIONAL_TESTS)
dist_check_SCRIPTS = $(FUNCTIONAL_TESTS) tests/functional/test_bip324.py tests/functional/test_btcd.py tests/functional/story.py
dist_check_SCRIPTS += tests/functional/kills.py tests/functional/test_long_chain.py tests/functional/test_flood.py
EXTRA_DIST += \
	tests/functional/bitcoin.py \
	tests/functional/btcd.py \
	tests/functional/chains.py \
	tests/functional/ed25519.py \
	tests/functional/harness.py \
	tests/functional/ledger.py \
	tests/functional/p2p.py \
	tests/functional/rule_steps.c \
	tests/functional/rulekit.py \
	tests/functional/secp.py \
	tests/functional/socks.py \
	tests/functional/world.py
