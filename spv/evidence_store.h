#ifndef TALLY_SPV_EVIDENCE_STORE_H
#define TALLY_SPV_EVIDENCE_STORE_H
/* The log of lies in mainchain.sqlite: who, when, what, and the digest of the message. The newest EVIDENCE_MAX are kept. */
#include "base/clock.h"
#include "base/db.h"
#include "base/hash.h"
#include "spv/spv.h"

#define EVIDENCE_MAX 10000

struct evidence {
	int64_t time; /* Unix seconds */
	char address[SPV_ADDRESS_MAX];
	int64_t height; /* -1: none */
	struct hash256 digest;
	char what[SPV_REASON_MAX];
};

struct evidence_store;

/* Make the table where it is missing. db is borrowed; *out is owned by the caller, NULL on failure. NULL, or why not. */
MUST_USE const char *evidence_store_open(struct evidence_store **out, struct db *db);
void evidence_store_close(struct evidence_store *st);
MUST_USE const char *evidence_store_add(struct evidence_store *st, const struct evidence *e);
/* The newest first, at most max. *n: how many. NULL, or why not. */
MUST_USE const char *evidence_store_list(struct evidence_store *st, struct evidence *out, size_t *n, size_t max);

#endif
