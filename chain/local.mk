# The main chain's bytes, arithmetic and rules.
noinst_LIBRARIES += chain/libchain.a
chain_libchain_a_CPPFLAGS = $(AM_CPPFLAGS) $(SECP256K1_CFLAGS)
chain_libchain_a_SOURCES =
chain_libchain_a_SOURCES += chain/header.c chain/header.h
chain_libchain_a_SOURCES += chain/header_rules.c chain/header_rules.h
chain_libchain_a_SOURCES += chain/merkle.c chain/merkle.h
chain_libchain_a_SOURCES += chain/p2p.c chain/p2p.h
chain_libchain_a_SOURCES += chain/params.c chain/params.h
chain_libchain_a_SOURCES += chain/target.c chain/target.h
chain_libchain_a_SOURCES += chain/u256.c chain/u256.h
chain_libchain_a_SOURCES += chain/key.c chain/key.h
chain_libchain_a_SOURCES += chain/script.c chain/script.h
chain_libchain_a_SOURCES += chain/tx.c chain/tx.h
chain_libchain_a_SOURCES += chain/descriptor.c chain/descriptor.h
chain_libchain_a_SOURCES += chain/sighash.c chain/sighash.h
chain_libchain_a_SOURCES += chain/taproot.c chain/taproot.h
CHAIN_LIBS = chain/libchain.a $(SECP256K1_LIBS)
