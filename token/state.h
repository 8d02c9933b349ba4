#ifndef TALLY_TOKEN_STATE_H
#define TALLY_TOKEN_STATE_H
/* The ledger's state: an ordered map of bytes to bytes, in memory, with an undo journal and a hash tree over it.
 *
 * Changes happen in place and are journalled; state_rollback() undoes down to a mark (a failed operation, a simulated
 * transaction, a dropped block). state_settle() makes what happened since the last settle permanent. Keys start with a
 * module's letter (module.h).
 *
 * Tree (LEDGER.md "State tree"): binary trie over SHA256(key); a subtree with one leaf is that leaf; empty = 32 zero bytes;
 * leaf = SHA256(0x00 | keyhash | SHA256(value)); inner = SHA256(0x01 | left | right). It does not depend on history. */
#include "base/bytes.h"
#include "base/hash.h"

#define STATE_KEY_MAX 200 /* at least 1 */
#define STATE_VALUE_MAX 1000000

struct state;

struct state *state_new(void);
void state_free(struct state *s);

/* Value of a key, borrowed until the next change; NULL when absent. A present empty value gives a non-NULL pointer. */
const uint8_t *state_get(const struct state *s, size_t *len, const void *key, size_t key_len);
void state_put(struct state *s, const void *key, size_t key_len, const void *value, size_t len);
/* Putting what is there already, or removing what is absent, does nothing. */
void state_delete(struct state *s, const void *key, size_t key_len);
/* Put without a journal: for filling a state from a store, before anything else happens. */
void state_load(struct state *s, const void *key, size_t key_len, const void *value, size_t len);

/* Walk the keys that start with a prefix in ascending byte order. Changes during a walk are allowed: the next step looks for
 * the least key above the last one. */
struct state_walk {
	const struct state *state;
	uint8_t prefix[STATE_KEY_MAX];
	size_t prefix_len;
	uint8_t key[STATE_KEY_MAX]; /* current key */
	size_t key_len;
	const uint8_t *value; /* borrowed until the next change */
	size_t value_len;
	bool started;
	/* The next step is a short one while nothing changes. */
	struct state_entry *at_;
	uint64_t changes_;
};
void state_walk_init(struct state_walk *w, const struct state *s, const void *prefix, size_t prefix_len);
/* Start strictly after a key (which has the prefix). */
void state_walk_after(struct state_walk *w, const void *key, size_t key_len);
MUST_USE bool state_walk_next(struct state_walk *w);

/* Undo. Marks nest. */
size_t state_mark(const struct state *s);
void state_rollback(struct state *s, size_t mark);
/* Has anything changed since the mark? (A change and its reverse count as none.) */
MUST_USE bool state_changed_since(const struct state *s, size_t mark);

/* Keys that differ from the last settled state, each once, in ascending order: value NULL when it is gone. */
typedef void state_delta_fn(void *context, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len);
void state_delta(const struct state *s, state_delta_fn *each, void *context);
/* The same for keys that start with one byte, with what they held at the last settle; old NULL: it was not there. */
typedef void state_change_fn(void *context, const uint8_t *key, size_t key_len, const uint8_t *old, size_t old_len, const uint8_t *value,
			     size_t len);
void state_changes(const struct state *s, uint8_t first, state_change_fn *each, void *context);
/* What a key held at the last settle (*old NULL: nothing), borrowed until the next change. False: it has not been written since. */
MUST_USE bool state_was(const struct state *s, const uint8_t **old, size_t *len, const void *key, size_t key_len);
/* Forget the journal: what is there now can no longer be rolled back. */
void state_settle(struct state *s);

/* For a store that writes changes to its table later, a part at a time: go on with a walk to the next entry that was put (not loaded)
 * and has not been given here since. Looks at no more than *looks entries and counts them down: false with some left means the end. */
MUST_USE bool state_walk_unsaved(struct state_walk *w, size_t *looks);

/* Root of the hash tree over the current contents; brings the tree up to date for the keys that changed. */
void state_root(struct hash256 *out, struct state *s);

/* Number of keys. */
size_t state_count(const struct state *s);

/* Proof of a key's presence or absence under the current root, appended to w (format: state_proof.h). */
void state_prove(struct wr *w, struct state *s, const void *key, size_t key_len);

#endif
