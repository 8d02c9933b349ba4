#!/bin/sh
# Make configure from configure.ac. Needs autoconf, automake and pkg-config (packages.txt lists them).
set -e
cd "$(dirname "$0")"
exec autoreconf --install --force
