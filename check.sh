#!/bin/sh
# Install what the tests need, build, run every test; the last line is "N passed, N failed, N skipped".
# ./check.sh [--full] [--only NAME] [--list]      see tools/run-checks --help
set -eu
cd "$(dirname "$0")"
case " $* " in
*" --help "* | *" --list "*) ;;
*) tools/install-packages check ;;
esac
exec python3 tools/run-checks "$@"
