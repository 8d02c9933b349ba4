# files of doc/
EXTRA_DIST += doc/architecture.md doc/formats.md doc/plugins.md HACKING.md README.md README.zh-CN.md CHANGELOG.md doc/decisions
dist_man_MANS = doc/tally-signer.1
