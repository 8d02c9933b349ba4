#!/bin/sh
# Install what is missing, build, and tell the story: a coin of a Bitcoin-style chain becomes a pegged token, a store's points, decides a
# vote, and comes back. ./demo.sh [--no-wait] [--mainchain HOST:PORT] [--lang zh]      ./demo.sh --help
set -eu
cd "$(dirname "$0")"
case " $* " in
*" --help "* | *" -h "*) ;;
*)
	tools/install-packages
	echo "building into build/demo …"
	tools/build build/demo CFLAGS='-g -O2'
	;;
esac
TALLY_BUILDDIR=build/demo exec python3 tests/functional/story.py "$@"
