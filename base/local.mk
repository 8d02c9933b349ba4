noinst_LIBRARIES += base/libbase.a
base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)
base_libbase_a_SOURCES = \
	base/amount.c base/amount.h \
	base/bytes.c base/bytes.h \
	base/chacha.c base/chacha.h \
	base/clock.c base/clock.h \
	base/compiler.h \
	base/db.c base/db.h \
	base/ed25519.c base/ed25519.h \
	base/hash.c base/hash.h \
	base/log.c base/log.h \
	base/mem.c base/mem.h \
	base/rng.c base/rng.h \
	base/secretbox.c base/secretbox.h \
	base/sha256_ni.c base/sha256_ni.h
BASE_LIBS = base/libbase.a $(CRYPTO_LIBS) $(SQLITE_LIBS)
