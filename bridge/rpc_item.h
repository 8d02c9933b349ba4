#ifndef TALLY_BRIDGE_RPC_ITEM_H
#define TALLY_BRIDGE_RPC_ITEM_H
/* Items for people and programs: the record, the history out of the blocks, its proof; and the salts that this node keeps. */
#include <jansson.h>

#include "token/item.h"

struct node;
struct store;

/* {"item", "title", "creator", "custodian", "state": "kept" | "offered" | "closed", "entries", "created", "changed", …} */
json_t *item_json(const struct node *n, const struct item *i, struct unixtime now);
/* Members "history" and "verified"; with_bytes: each entry's own bytes too. */
void item_put_history(json_t *o, const struct node *n, const struct item *i, bool with_bytes);
/* Members "key", "value", "proof", "app_hash", "height". */
void item_put_proof(json_t *o, const struct node *n, const struct item *i);
/* Members "found" and "entries": those that anchor this hash. */
void item_put_anchors(json_t *o, const struct node *n, const struct item *i, const struct hash256 *anchored);

/* An event ITEM; the texts are borrowed from it. False for other events. */
struct item_told {
	struct hash256 item;
	struct item_entry entry;
	const uint8_t *bytes; /* borrowed: the entry */
	size_t len;
};
MUST_USE bool item_told_read(struct item_told *out, const struct event *e);

/* What lies behind an anchored hash; kept on this node alone, by the hash. */
struct item_secret {
	struct hash256 salt;
	struct hash256 digest; /* SHA-256 of the document */
};
MUST_USE bool item_secret_keep(struct store *s, const struct hash256 *anchored, const struct item_secret *secret);
MUST_USE bool item_secret_find(struct item_secret *out, struct store *s, const struct hash256 *anchored);

#endif
