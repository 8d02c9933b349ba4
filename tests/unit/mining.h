#ifndef TALLY_TESTS_MINING_H
#define TALLY_TESTS_MINING_H
/* Headers with real work for tests, on networks whose target is easy. */
#include "chain/header_rules.h"

/* Search a nonce until the hash meets the header's bits. */
void mine(struct header *h, struct hash256 *hash);

/* A child with these bits and this time, mined; tag makes siblings differ. */
struct header mine_child(const struct hash256 *prev, uint32_t bits, uint32_t time, uint32_t tag, struct hash256 *hash);

#endif
