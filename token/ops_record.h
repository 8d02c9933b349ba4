#ifndef TALLY_TOKEN_OPS_RECORD_H
#define TALLY_TOKEN_OPS_RECORD_H
/* Payloads of the operations of records, and the entries of an item's history (item.h says what they mean). Decoders and encoders as in
 * ops.h. */
#include "token/ops.h"

#define ITEM_TITLE_MAX 64
#define ITEM_LABEL_MAX 32

struct op_create_item {
	struct op_text title;
	struct hash256 document; /* salted hash; zero for none */
};
struct op_record_event {
	struct hash256 item;
	struct op_text label; /* "inspected": a-z 0-9 - */
	struct hash256 document;
	bool final; /* the item's last event */
};
struct op_handover {
	struct hash256 item;
	struct account to;     /* the source itself: takes an earlier offer back */
	struct unixtime until; /* last second at which it can be accepted */
	struct hash256 document;
};
struct op_accept_item {
	struct hash256 item;
	struct hash256 head; /* of the history that he accepts; zero for any */
};
struct op_set_attester {
	struct hash256 item;
	struct account account;
	bool allowed;
};

enum item_event {
	ITEM_CREATED = 1,
	ITEM_RECORDED = 2,
	ITEM_HANDED_OVER = 3, /* actor: who took it; other: who had it */
	ITEM_ATTESTER_SET = 4,
	ITEM_ATTESTER_ENDED = 5,
	ITEM_CLOSED = 6, /* a final event */
};
enum item_role {
	ITEM_CREATOR = 1,
	ITEM_CUSTODIAN = 2,
	ITEM_ATTESTER = 3,
};

/* One entry of a history, in the bytes that are hashed and told as the event ITEM (behind the item's id). */
struct item_entry {
	uint64_t number; /* from 0 */
	uint8_t kind;    /* enum item_event */
	uint8_t role;    /* enum item_role, of the actor */
	struct unixtime time;
	struct account actor, other; /* other: all zero for none */
	struct op_text label;        /* CREATED: the title */
	struct hash256 document;
};

void op_create_item_encode(struct wr *w, const struct op_create_item *o);
MUST_USE bool op_create_item_decode(struct op_create_item *out, const void *bytes, size_t len);
void op_record_event_encode(struct wr *w, const struct op_record_event *o);
MUST_USE bool op_record_event_decode(struct op_record_event *out, const void *bytes, size_t len);
void op_handover_encode(struct wr *w, const struct op_handover *o);
MUST_USE bool op_handover_decode(struct op_handover *out, const void *bytes, size_t len);
void op_accept_item_encode(struct wr *w, const struct op_accept_item *o);
MUST_USE bool op_accept_item_decode(struct op_accept_item *out, const void *bytes, size_t len);
void op_set_attester_encode(struct wr *w, const struct op_set_attester *o);
MUST_USE bool op_set_attester_decode(struct op_set_attester *out, const void *bytes, size_t len);
void item_entry_encode(struct wr *w, const struct item_entry *e);
MUST_USE bool item_entry_decode(struct item_entry *out, const void *bytes, size_t len);

#endif
