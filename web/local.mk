# The page: files compiled into the daemon.
WEB_FILES = web/index.html web/style.css web/app.js web/words.js web/icon.svg
EXTRA_DIST += $(WEB_FILES) tools/embed-assets
CLEANFILES += web/assets.c

web/assets.c: $(WEB_FILES) tools/embed-assets
	$(AM_V_GEN)$(MKDIR_P) web && cd $(srcdir) && $(PYTHON) tools/embed-assets $(WEB_FILES) > $(abs_builddir)/$@.tmp && mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@

noinst_LIBRARIES += web/libweb.a
web_libweb_a_SOURCES = web/assets.h
nodist_web_libweb_a_SOURCES = web/assets.c
WEB_LIBS = web/libweb.a
