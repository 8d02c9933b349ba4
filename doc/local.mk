# files of doc/
EXTRA_DIST += doc/adversarial.md doc/light-client.md doc/peg.md doc/architecture.md doc/formats.md doc/plugins.md HACKING.md README.md README.zh-CN.md CHANGELOG.md doc/decisions doc/plugins
EXTRA_DIST += doc/sales.md
EXTRA_DIST += doc/validators.md
EXTRA_DIST += doc/swaps.md doc/records.md doc/names.md
EXTRA_DIST += doc/transactions.md
dist_man_MANS = doc/tally-signer.1
dist_doc_DATA = doc/chain.conf.example

# Manual pages: the lists of options and commands come from the programs.
man1_MANS = doc/tally.1 doc/tallyd.1
EXTRA_DIST += doc/tally.1.head doc/tally.1.tail doc/tallyd.1.head doc/tallyd.1.tail doc/tally.completion
CLEANFILES += doc/tally.1 doc/tallyd.1
completiondir = $(datadir)/bash-completion/completions
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(completiondir)" && $(INSTALL_DATA) $(srcdir)/doc/tally.completion "$(DESTDIR)$(completiondir)/tally"
uninstall-local:
	rm -f "$(DESTDIR)$(completiondir)/tally"
doc/tally.1: doc/tally.1.head doc/tally.1.tail tally
	$(AM_V_GEN)$(MKDIR_P) doc && (cat $(srcdir)/doc/tally.1.head && ./tally manual tally && ./tally manual commands && cat $(srcdir)/doc/tally.1.tail) > $@.tmp && mv $@.tmp $@
doc/tallyd.1: doc/tallyd.1.head doc/tallyd.1.tail tally
	$(AM_V_GEN)$(MKDIR_P) doc && (cat $(srcdir)/doc/tallyd.1.head && ./tally manual tallyd && cat $(srcdir)/doc/tallyd.1.tail) > $@.tmp && mv $@.tmp $@
