noinst_HEADERS += spv/spv.h spv/header_store.h
