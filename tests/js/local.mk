# The formats in JavaScript, where node and @noble/curves are.
check_PROGRAMS += tests/js/print-transactions
tests_js_print_transactions_SOURCES = tests/js/print_transactions.c
tests_js_print_transactions_LDADD = $(TOKEN_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
TESTS += tests/js/run
check_SCRIPTS += tests/js/run
EXTRA_DIST += tests/js/run tests/js/package.json tests/js/package-lock.json tests/js/bytes.mjs tests/js/check.mjs tests/js/examples.mjs \
	tests/js/ledger.mjs tests/js/operations.mjs tests/js/page.mjs tests/js/secp.mjs
