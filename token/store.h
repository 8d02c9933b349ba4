#ifndef TALLY_TOKEN_STORE_H
#define TALLY_TOKEN_STORE_H
/* ledger.sqlite: blocks, transactions with their results, the state, and the index behind histories. One block is one SQLite
 * transaction (base/db.h: WAL, synchronous=FULL), so after any crash the file stands exactly at a block's end. Tables are
 * STRICT. */
#include "base/db.h"
#include "token/ledger.h"

struct store;

enum store_err {
	STORE_OK,
	STORE_BUSY,      /* another daemon uses the file */
	STORE_CORRUPT,   /* damaged, or the state does not hash to the last block's app hash */
	STORE_FOREIGN,   /* made from another genesis */
	STORE_NEWER,     /* written by a newer version */
	STORE_GENESIS,   /* nothing stored yet, and the genesis is not a good one */
	STORE_FULL,      /* disk full */
	STORE_IO,
};

/* Open or create for a ledger; loads the state and resumes the ledger, or starts it from its genesis and stores that. *out is
 * never NULL; store_why() has the sentence. */
MUST_USE enum store_err store_open(struct store **out, const char *path, struct ledger *l, const struct genesis *g);
/* For a look at what is stored: nothing can be written, no state is loaded. *tip is the last block, of which only the height is known when
 * it is damaged. */
MUST_USE enum store_err store_open_blocks(struct store **out, struct ledger_tip *tip, const char *path, const struct ledger *l,
					  const struct genesis *g);
/* Load the state into a ledger that is empty; it stands at the tip then. */
MUST_USE enum store_err store_load_state(struct store *s, struct ledger *l, const struct ledger_tip *tip);
/* Make a file for a ledger whose state is that after a block, without the blocks before. Close it; it is opened like any other. */
MUST_USE enum store_err store_create_at(struct store **out, const char *path, struct ledger *l, const struct ledger_block *b);
void store_close(struct store *s);
const char *store_why(const struct store *s);

/* One transaction of a block as it was applied. */
struct stored_transaction {
	const uint8_t *bytes; /* borrowed */
	size_t len;
	const struct result *result; /* borrowed; its accounts' histories name it */
};

/* Write block, transactions, the block's own result and changed state, durably; between ledger_end() and ledger_commit(). On
 * error nothing was written: the caller discards the block and stops. */
MUST_USE enum store_err store_block(struct store *s, const struct ledger_block *b, struct ledger *l,
				    const struct stored_transaction *txs, size_t n);

MUST_USE bool store_get_block(struct store *s, struct ledger_block *out, uint64_t height);
/* Height of the first block that is there, above 1 in a ledger that began from a snapshot; 0 when there is none. */
uint64_t store_first_block(struct store *s);
MUST_USE bool store_find_block(struct store *s, uint64_t *height, const struct hash256 *hash);

/* A transaction by id; bytes and events are owned by the caller. */
struct transaction_record {
	uint64_t height;
	uint32_t index;
	struct wr bytes;
	enum result_code code;
	char reason[48];
	uint32_t op_index;
	struct wr events;
};
MUST_USE bool store_get_transaction(struct store *s, struct transaction_record *out, const struct hash256 *id);
/* Transaction number `index` of a block. */
MUST_USE bool store_get_transaction_at(struct store *s, struct transaction_record *out, struct hash256 *id, uint64_t height,
				       uint32_t index);
void transaction_record_clear(struct transaction_record *r);

/* The events of a block's end (end_block of the modules), appended to w. */
MUST_USE bool store_get_block_events(struct store *s, struct wr *w, uint64_t height);

/* Newest first, at most n, strictly before (height, index); returns how many. */
#define STORE_INDEX_BLOCK UINT32_MAX /* index of what happened at the block's end: id is zero */
struct history_entry {
	uint64_t height;
	uint32_t index;
	struct hash256 id;
};
size_t store_history(struct store *s, struct history_entry *out, size_t n, const struct account *who, uint64_t before_height,
		     uint32_t before_index);

/* Lines in all histories together. */
uint64_t store_history_count(struct store *s);

/* Small node-local values (a scan cursor, an idempotency key), outside consensus; len of a value <= 1 MB. Written at once,
 * durably. */
MUST_USE enum store_err store_put_local(struct store *s, const char *key, const void *value, size_t len);
/* False when absent; the value is appended to out. */
MUST_USE bool store_get_local(struct store *s, struct wr *out, const char *key);

#endif
