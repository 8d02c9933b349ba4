# assets, loyalty, governance and the plugin host
token_libtoken_a_SOURCES += token/ops.h token/ops_asset.c token/ops_dao.c
