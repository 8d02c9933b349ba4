# files of doc/
EXTRA_DIST += doc/architecture.md doc/formats.md doc/plugins.md HACKING.md
EXTRA_DIST += CHANGELOG.md doc/decisions/0001-state-in-memory-with-an-undo-journal.md doc/decisions/0002-refusals-are-names.md doc/decisions/0003-no-libtool.md doc/decisions/0004-whole-program-tests-in-python.md
