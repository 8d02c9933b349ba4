#ifndef TALLY_BASE_SECRETBOX_H
#define TALLY_BASE_SECRETBOX_H
/* A small secret under a passphrase: scrypt (RFC 7914) makes a key, AES-256-GCM seals. A door to OpenSSL's.
 *
 *   box = "TSB1" | log2 N u8 | r u8 | p u8 | salt 16 | nonce 12 | ciphertext | tag 16      (all before the ciphertext is authenticated too) */
#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/compiler.h"

#define SECRETBOX_OVERHEAD 51 /* bytes that a box adds */
#define SECRETBOX_SECRET_MAX 65536

enum secretbox_cost {
	SECRETBOX_USUAL,   /* 16 MiB for some 0.2 s: a passphrase is guessed slowly */
	SECRETBOX_NOTHING, /* for an empty passphrase, where there is nothing to guess */
};

enum secretbox_err {
	SECRETBOX_OK,
	SECRETBOX_MALFORMED,  /* not a box, or with costs beyond reason */
	SECRETBOX_PASSPHRASE, /* the passphrase is wrong, or the box was changed */
};

/* Append the box of len bytes (<= SECRETBOX_SECRET_MAX) to w, with fresh salt and nonce. */
void secretbox_seal(struct wr *w, const void *secret, size_t len, const char *passphrase, enum secretbox_cost cost);

/* *out is owned by the caller, who wipes it before free(); nothing is given on error. */
MUST_USE enum secretbox_err secretbox_open(uint8_t **out, size_t *out_len, const void *box, size_t len, const char *passphrase);

#endif
