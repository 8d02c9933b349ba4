noinst_HEADERS += bridge/net.h
noinst_HEADERS += bridge/engine.h bridge/engine_solo.h
