#ifndef TALLY_SPV_ADDRESS_STORE_H
#define TALLY_SPV_ADDRESS_STORE_H
/* Addresses, anchors and bans in mainchain.sqlite. All of it may be lost: it makes the next start quicker and an attack on it harder. */
#include "base/db.h"
#include "spv/spv.h"

struct address_store;

/* Make the tables where they are missing, then fill the core's book, bans and anchors: before its first tick. db is borrowed. *out is owned
 * by the caller, NULL on failure. NULL, or why not; the core then has what could be read. */
MUST_USE const char *address_store_open(struct address_store **out, struct db *db, struct spv *s, struct unixtime now);
void address_store_close(struct address_store *st);
/* Write what the core has, in one transaction. NULL, or why not; then all is as it was. */
MUST_USE const char *address_store_save(struct address_store *st, struct spv *s);

#endif
