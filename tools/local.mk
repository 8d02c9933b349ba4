TESTS += tools/check-includes
check_SCRIPTS += tools/check-includes
EXTRA_DIST += tools/check-state-proof tools/check-includes tools/build tools/install-packages tools/run-checks check.sh demo.sh
