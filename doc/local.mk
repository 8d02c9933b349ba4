# files of doc/
EXTRA_DIST += doc/architecture.md HACKING.md
