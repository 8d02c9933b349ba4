# libFuzzer targets: tests/fuzz/fuzz_x.c, built by --enable-fuzz; a corpus beside each in tests/fuzz/corpus/x/.
FUZZ_TARGETS =
FUZZ_LIBS = $(CHAIN_LIBS) $(BASE_LIBS)

if FUZZ
noinst_PROGRAMS += $(FUZZ_TARGETS)
fuzz: $(FUZZ_TARGETS)
endif
