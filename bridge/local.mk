noinst_HEADERS += bridge/net.h
