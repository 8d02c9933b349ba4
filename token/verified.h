#ifndef TALLY_TOKEN_VERIFIED_H
#define TALLY_TOKEN_VERIFIED_H
/* Which transactions' signatures were found good lately, by the SHA-256 of their bytes. Bounded: one that was noted stays for the next
 * VERIFIED_KEEP notes at least, and is forgotten after twice as many at most. Nothing depends on what it remembers but time: who is
 * forgotten is checked again. */
#include "base/hash.h"

#define VERIFIED_KEEP 100000

struct verified;

struct verified *verified_new(void);
/* NULL is fine. */
void verified_free(struct verified *v);

void verified_note(struct verified *v, const struct hash256 *digest);
MUST_USE bool verified_has(const struct verified *v, const struct hash256 *digest);

#endif
