#ifndef TALLY_BRIDGE_SIGNER_KEY_H
#define TALLY_BRIDGE_SIGNER_KEY_H
/* A member's key in a file: JSON with the public key in the clear and the secret in a secretbox (base/secretbox.h). */
#include "bridge/complaint.h"
#include "chain/key.h"

/* Make a fresh key and write the file (mode 0600); false when the file exists already. */
MUST_USE bool signer_key_create(struct xonly_key *out, struct complaint *why, const char *path, const char *passphrase);

MUST_USE bool signer_key_public(struct xonly_key *out, struct complaint *why, const char *path);

/* Refuses a file that others can read too. Wipe *out after use; after a failure it is zero. A wrong passphrase is EXIT_REFUSED. */
MUST_USE bool signer_key_open(struct secret_key *out, struct complaint *why, const char *path, const char *passphrase);

#endif
