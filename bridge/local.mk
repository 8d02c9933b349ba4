# The daemon's parts that touch the world; one source a line.
noinst_LIBRARIES += bridge/libbridge.a
bridge_libbridge_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
bridge_libbridge_a_SOURCES = \
	bridge/net.c bridge/net.h
BRIDGE_LIBS = bridge/libbridge.a $(EVENT_LIBS) $(JANSSON_LIBS)
noinst_HEADERS += bridge/engine.h bridge/engine_solo.h
