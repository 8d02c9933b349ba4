#ifndef TALLY_CHAIN_ELLSWIFT_H
#define TALLY_CHAIN_ELLSWIFT_H
/* ElligatorSwift key exchange (BIP324), where libsecp256k1 has it: config.h then defines HAVE_ELLSWIFT. A door to libsecp256k1. */
#include "chain/bip324.h"
#include "chain/key.h"

/* The 64 bytes sent for a secret; random: another encoding for each. False when the secret is not valid. */
MUST_USE bool ellswift_create(uint8_t out[BIP324_KEY_LEN], const struct secret_key *k, const uint8_t random[32]);
/* For bip324_setup. Any 64 bytes of theirs are a key. */
void ellswift_exchange(struct hash256 *out, const struct secret_key *k, const uint8_t ours[BIP324_KEY_LEN],
		       const uint8_t theirs[BIP324_KEY_LEN], bool initiator);

#endif
