# Benchmarks: each prints one JSON object a line on standard output; `make bench` runs them all.
EXTRA_PROGRAMS += $(BENCHMARKS)
bench: $(BENCHMARKS)
	@for b in $(BENCHMARKS); do ./$$b || exit 1; done
