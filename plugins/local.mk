# Rules: shared libraries with flags of their own, and the header and pkg-config file for people who write one.
tallypluginincludedir = $(includedir)/tallystick/plugins
tallyplugininclude_HEADERS = plugins/plugin.h
