# files of chain/
noinst_LIBRARIES += chain/libchain.a
chain_libchain_a_CPPFLAGS = $(AM_CPPFLAGS) $(SECP256K1_CFLAGS)
chain_libchain_a_SOURCES =
chain_libchain_a_SOURCES += chain/key.c chain/key.h
chain_libchain_a_SOURCES += chain/script.c chain/script.h
chain_libchain_a_SOURCES += chain/tx.c chain/tx.h
CHAIN_LIBS = chain/libchain.a $(SECP256K1_LIBS)
