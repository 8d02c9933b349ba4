#ifndef TALLY_TOKEN_ITEM_H
#define TALLY_TOKEN_ITEM_H
/* Records of things (letter i): an item has a creator, a custodian, and a history that only grows. Custody changes only when both have signed:
 * HANDOVER by who has it, ACCEPT_ITEM by who takes it, in one transaction or in two.
 *
 * The state holds an item's head, not its history: head(0) = hash("tally/item", id), and each entry e makes head(n + 1) =
 * hash("tally/item-entry", head(n) | e). The entries stand in the results of the blocks, as the event ITEM; so a proof of the item's record
 * under a block proves the whole list, and no entry can be left out, put in or changed.
 *
 * Documents and people stay off the chain: what is anchored is hash("tally/document", salt (32) | SHA256(document)) with a random salt, which
 * says nothing to who has neither.
 *
 * Item id = hash("tally/item-id", transaction id | operation index u32).
 *
 * | operation    | who | reasons to refuse, besides BAD_PAYLOAD, ITEM_UNKNOWN, ITEM_CLOSED |
 * |--------------|-----|---------------------------------------------------------------------|
 * | CREATE_ITEM  | anyone | BAD_TITLE |
 * | RECORD_EVENT | creator, custodian, attesters; the final one: custodian | NOT_ALLOWED BAD_LABEL |
 * | HANDOVER     | custodian | NOT_CUSTODIAN NOT_A_RECIPIENT BAD_UNTIL |
 * | ACCEPT_ITEM  | to whom it is offered | NOT_OFFERED OFFER_EXPIRED ITEM_CHANGED |
 * | SET_ATTESTER | creator, custodian; each ends his own | NOT_ALLOWED NOT_A_RECIPIENT NO_CHANGE |
 *
 * Attesters that a custodian named end with his custody; the creator's stay. */
#include "token/module.h"
#include "token/ops_record.h"

#define HANDOVER_LIFE_MAX (366 * 86400)

struct item {
	struct hash256 id;
	struct account creator, custodian;
	struct hash256 head;
	uint64_t entries;
	struct unixtime created, changed;
	bool closed;
	bool offered;           /* to `to`, until `until`, with the document of the hand-over */
	struct account to;
	struct unixtime until;
	struct hash256 handover_document;
	struct hash256 document; /* the last one that was anchored; zero for none */
	char title[ITEM_TITLE_MAX + 1];
};

extern const struct module item_module;

MUST_USE bool item_get(struct item *out, const struct state *s, const struct hash256 *id);
/* May this account append events? *role: as what. */
MUST_USE bool item_may_record(enum item_role *role, const struct state *s, const struct item *i, const struct account *who);

/* Key of an item's record, for a proof. */
#define ITEM_KEY_LEN (2 + 32)
void item_key(uint8_t out[ITEM_KEY_LEN], const struct hash256 *id);
/* The account under whose history an item's transactions stand. */
struct account item_history_account(const struct hash256 *id);

/* The chain of heads, for who checks a history. */
void item_first_head(struct hash256 *head, const struct hash256 *id);
void item_next_head(struct hash256 *head, const void *entry, size_t len);
/* What is anchored of a document. */
void item_document(struct hash256 *out, const struct hash256 *salt, const struct hash256 *sha256_of_document);

/* Items that an account keeps, or has created, by id. after: NULL, or the last one seen. */
struct item_walk {
	struct state_walk walk;
};
void item_walk_init(struct item_walk *w, const struct state *s, const struct account *who, bool as_creator, const struct hash256 *after);
MUST_USE bool item_walk_next(struct item_walk *w, struct item *out);

/* Attesters that count now. */
struct attester_walk {
	struct state_walk walk;
	struct item item;
};
void attester_walk_init(struct attester_walk *w, const struct state *s, const struct item *i);
MUST_USE bool attester_walk_next(struct attester_walk *w, struct account *who, struct account *named_by);

#endif
