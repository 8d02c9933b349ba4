#ifndef TALLY_TESTS_SIGNING_H
#define TALLY_TESTS_SIGNING_H
/* Keys and signed transactions for tests. Key number n has the secret n + 1. */
#include "token/transaction.h"

struct secret_key test_secret(unsigned n);
struct xonly_key test_key(unsigned n);
struct account test_account(unsigned n);

/* Append the witness part of key number n. */
void test_sign(struct wr *w, unsigned n, const struct hash256 *message);

/* Body and witness of t, whose payer and sources are accounts of the keys 0..15. */
void test_transaction(struct wr *w, const struct transaction *t, const struct hash256 *genesis_id);

#endif
