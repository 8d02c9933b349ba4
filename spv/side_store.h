#ifndef TALLY_SPV_SIDE_STORE_H
#define TALLY_SPV_SIDE_STORE_H
/* Headers off the best chain, and those of invalid blocks, in two tables of a database. Changes only are written. Every function returns
 * NULL, or why not, for a person (in the database's handle, until its next failure). */
#include "base/db.h"
#include "spv/header_tree.h"

struct side_store;

/* Make the tables where they are missing. db is borrowed. *out is owned by the caller, NULL on failure. */
MUST_USE const char *side_store_open(struct side_store **out, struct db *db);
void side_store_free(struct side_store *st);

/* Marks must be in a tree before its headers come; side headers after the best chain. Rows that don't hold what they say are passed over.
 * *added: how many side headers went in. */
MUST_USE const char *side_store_load_marks(struct side_store *st, struct header_tree *t);
MUST_USE const char *side_store_load(struct side_store *st, struct header_tree *t, struct unixtime now, size_t *added);

/* Write what the tree has and the tables have not; cheap when that is nothing. */
MUST_USE const char *side_store_put(struct side_store *st, struct header_tree *t);
/* Delete what the tree has no more. */
MUST_USE const char *side_store_drop(struct side_store *st, struct header_tree *t);

#endif
