# Rules: shared libraries by a rule of their own, never with sanitizer, coverage or LTO flags nor the user's CFLAGS: every node runs the same
# machine code. The header, the small runtime and a pkg-config file are installed for people who write a rule.
RULE_FLAGS = -std=c99 -O2 -fPIC -ffreestanding -fvisibility=hidden -fno-stack-protector -fno-plt -fsanitize-coverage=trace-pc \
	-fno-asynchronous-unwind-tables -fno-ident
RULE_LINK = -shared -nostdlib -nostartfiles -Wl,-z,now,-z,relro,-z,noexecstack -Wl,--build-id=none,--hash-style=gnu -s
RULE_WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes

PLUGINS = plugins/gov_council.so plugins/gov_quadratic.so plugins/gov_token.so plugins/issue_fixed.so plugins/issue_loyalty.so \
	plugins/issue_managed.so plugins/sale_crowd.so
PLUGINS += plugins/valsel_dpos.so plugins/valsel_poa.so plugins/valsel_pos.so
RULE_FILES = $(PLUGINS:.so=.c) plugins/runtime.c

pkgplugindir = $(libdir)/tallystick/plugins
pkgplugin_DATA = $(PLUGINS)
tallyplugininclude_HEADERS = plugins/plugin.h
tallypluginincludedir = $(includedir)/tallystick/plugins
tallylibdir = $(libdir)/tallystick
tallylib_DATA = plugins/libtallyplugin.a
pluginpcdir = $(libdir)/pkgconfig
pluginpc_DATA = plugins/tallystick-plugin.pc
EXTRA_DIST += doc/plugin-tutorial.md $(RULE_FILES) plugins/tallystick-plugin.pc.in
CLEANFILES += $(PLUGINS) plugins/runtime.o plugins/libtallyplugin.a plugins/tallystick-plugin.pc

plugins/runtime.o: plugins/runtime.c plugins/local.mk
	$(AM_V_CC)$(MKDIR_P) plugins && $(CC) $(RULE_FLAGS) $(RULE_WARNINGS) -c -o $@ $(top_srcdir)/plugins/runtime.c

plugins/libtallyplugin.a: plugins/runtime.o
	$(AM_V_AR)rm -f $@ && $(AR) $(ARFLAGS) $@ plugins/runtime.o && $(RANLIB) $@

$(PLUGINS): plugins/plugin.h plugins/local.mk plugins/libtallyplugin.a
.c.so:
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) $(RULE_FLAGS) $(RULE_WARNINGS) -I$(top_srcdir) $(RULE_LINK) -o $@ $< plugins/libtallyplugin.a
SUFFIXES = .so

plugins/tallystick-plugin.pc: plugins/tallystick-plugin.pc.in
	$(AM_V_GEN)$(MKDIR_P) plugins && sed -e 's|@prefix[@]|$(prefix)|' -e 's|@exec_prefix[@]|$(exec_prefix)|' -e 's|@libdir[@]|$(libdir)|' \
		-e 's|@includedir[@]|$(includedir)|' -e 's|@VERSION[@]|$(VERSION)|' -e 's|@RULE_FLAGS[@]|$(RULE_FLAGS)|' \
		-e 's|@RULE_LINK[@]|$(RULE_LINK)|' $(top_srcdir)/plugins/tallystick-plugin.pc.in > $@
