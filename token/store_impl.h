#ifndef TALLY_TOKEN_STORE_IMPL_H
#define TALLY_TOKEN_STORE_IMPL_H
/* The inside of a store, shared by store.c (opening), store_write.c and store_read.c. */
#include "token/store.h"

struct store_statements {
	struct db_stmt *put_block, *put_transaction, *put_history, *put_delta, *put_state, *drop_state, *drop_deltas, *set_folded;
	struct db_stmt *put_local;
	struct db_stmt *get_block, *find_block, *get_transaction, *find_transaction, *get_history, *get_local, *get_id;
	struct db_stmt *all_state, *all_deltas, *tip, *get_meta, *first_block, *count_history;
};

struct store {
	struct db *db; /* owned */
	struct store_statements sql;
	struct store_deltas {
		size_t bytes, changes; /* in the table of deltas */
	} deltas;
	struct store_fold {
		bool running;
		uint64_t height;             /* of the last delta that it makes superfluous */
		struct store_deltas deltas;  /* up to that one */
		size_t looks;                /* at the state for each change of a block */
		struct state_walk walk;      /* how far it has come */
	} fold;
	bool failed;        /* a write didn't succeed: nothing more is written */
	char why[320];
};

/* Where a transaction stands, in one column: height * 2^20 + index. The last index stands for the block's end. */
int64_t store_place(uint64_t height, uint32_t index);
void store_unplace(uint64_t *height, uint32_t *index, int64_t place);

/* The sentence for a person; returns err. */
enum store_err store_fail(struct store *s, enum store_err err, const char *detail);
enum store_err store_db_fail(struct store *s, enum db_err err);

/* A block's changes, as they are stored. */
struct store_delta {
	struct wr bytes;
	size_t changes;
};
void store_delta_add(void *delta, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len); /* a state_delta_fn */
/* The next change of a delta; *value NULL: the key is gone. False at the end and for what isn't one: rd_done() tells. */
MUST_USE bool store_delta_next(struct rd *r, const uint8_t **key, size_t *key_len, const uint8_t **value, size_t *len);

MUST_USE enum db_err store_put_state(struct store *s, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len);
MUST_USE enum db_err store_put_block(struct store *s, const struct ledger_block *b, const struct result *end);
MUST_USE bool store_read_block(struct ledger_block *out, struct db_stmt *s, int first_column);

#endif
