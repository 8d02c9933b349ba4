# Benchmarks: each prints one JSON object a line on standard output; `make bench` runs them all.
BENCHMARKS += tests/bench/bench_filter
tests_bench_bench_filter_LDADD = $(CHAIN_LIBS) $(BASE_LIBS)
BENCHMARKS += tests/bench/bench_headers
tests_bench_bench_headers_LDADD = $(CHAIN_LIBS) $(BASE_LIBS)
BENCHMARKS += tests/bench/bench_ledger
tests_bench_bench_ledger_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_bench_bench_ledger_LDADD = $(SIGNING_LIBS) $(DAEMON_LIBS)
BENCHMARKS += tests/bench/bench_presync
tests_bench_bench_presync_SOURCES = tests/bench/bench_presync.c tests/unit/mining.c tests/unit/mining.h
tests_bench_bench_presync_LDADD = $(SPV_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
BENCHMARKS += tests/bench/bench_spv
tests_bench_bench_spv_SOURCES = tests/bench/bench_spv.c $(SPV_SIM)
tests_bench_bench_spv_LDADD = $(SPV_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
BENCHMARKS += tests/bench/bench_spv_filters
tests_bench_bench_spv_filters_SOURCES = tests/bench/bench_spv_filters.c tests/unit/mining.c tests/unit/mining.h
tests_bench_bench_spv_filters_LDADD = $(SPV_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)
BENCHMARKS += tests/bench/bench_votes
tests_bench_bench_votes_SOURCES = tests/bench/bench_votes.c tests/unit/rule_gov_token.c
tests_bench_bench_votes_LDADD = $(TOKEN_LIBS) $(CHAIN_LIBS) $(BASE_LIBS)

EXTRA_PROGRAMS += $(BENCHMARKS)
EXTRA_DIST += tests/bench/bench_mint.py tests/bench/bench_rivals.py
# What the rivals of bench_rivals.py are, in Go; built where Go and the modules are to be had.
EXTRA_DIST += tests/bench/rivals/go.mod tests/bench/rivals/go.sum tests/bench/rivals/gcs/main.go tests/bench/rivals/neutrino/main.go
bench: $(BENCHMARKS) tallyd tally tally-signer tests/mainchain/mainchain tests/mainchain/coin tests/mainchain/long_chain $(PLUGINS)
	@for b in $(BENCHMARKS); do ./$$b || exit 1; done
	@TALLY_BUILDDIR=. $(top_srcdir)/tests/bench/bench_mint.py
	@TALLY_BUILDDIR=. $(top_srcdir)/tests/bench/bench_rivals.py
