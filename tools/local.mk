TESTS += tools/check-includes
check_SCRIPTS += tools/check-includes
EXTRA_DIST += tools/check-liability tools/check-state-proof tools/check-includes tools/build tools/install-packages tools/run-checks check.sh demo.sh
# Checkers of proofs that need nothing of the rest.
noinst_PROGRAMS += tools/check-proof
tools_check_proof_SOURCES = tools/check_proof.c
tools_check_proof_CPPFLAGS = $(SECP256K1_CFLAGS)
tools_check_proof_LDADD = $(SECP256K1_LIBS)
EXTRA_DIST += tools/check-proof.mjs tools/proof.mjs
