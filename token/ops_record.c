#include "token/ops_record.h"

/* A byte that is 0 or 1. */
static bool
rd_flag(struct rd *r)
{
	uint8_t v = rd_u8(r);

	if (v > 1)
		rd_fail(r);
	return v == 1;
}

void
op_create_item_encode(struct wr *w, const struct op_create_item *o)
{
	wr_text(w, &o->title);
	wr_hash256(w, &o->document);
}

bool
op_create_item_decode(struct op_create_item *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_text(&r, &out->title, ITEM_TITLE_MAX);
	rd_hash256(&r, &out->document);
	return rd_done(&r);
}

void
op_record_event_encode(struct wr *w, const struct op_record_event *o)
{
	wr_hash256(w, &o->item);
	wr_text(w, &o->label);
	wr_hash256(w, &o->document);
	wr_u8(w, o->final);
}

bool
op_record_event_decode(struct op_record_event *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_hash256(&r, &out->item);
	rd_text(&r, &out->label, ITEM_LABEL_MAX);
	rd_hash256(&r, &out->document);
	out->final = rd_flag(&r);
	return rd_done(&r);
}

void
op_handover_encode(struct wr *w, const struct op_handover *o)
{
	wr_hash256(w, &o->item);
	wr_account(w, &o->to);
	wr_i64(w, o->until.sec);
	wr_hash256(w, &o->document);
}

bool
op_handover_decode(struct op_handover *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_hash256(&r, &out->item);
	rd_account(&r, &out->to);
	out->until.sec = rd_i64(&r);
	rd_hash256(&r, &out->document);
	return rd_done(&r);
}

void
op_accept_item_encode(struct wr *w, const struct op_accept_item *o)
{
	wr_hash256(w, &o->item);
	wr_hash256(w, &o->head);
}

bool
op_accept_item_decode(struct op_accept_item *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_hash256(&r, &out->item);
	rd_hash256(&r, &out->head);
	return rd_done(&r);
}

void
op_set_attester_encode(struct wr *w, const struct op_set_attester *o)
{
	wr_hash256(w, &o->item);
	wr_account(w, &o->account);
	wr_u8(w, o->allowed);
}

bool
op_set_attester_decode(struct op_set_attester *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_hash256(&r, &out->item);
	rd_account(&r, &out->account);
	out->allowed = rd_flag(&r);
	return rd_done(&r);
}

void
item_entry_encode(struct wr *w, const struct item_entry *e)
{
	wr_u64(w, e->number);
	wr_u8(w, e->kind);
	wr_u8(w, e->role);
	wr_i64(w, e->time.sec);
	wr_account(w, &e->actor);
	wr_account(w, &e->other);
	wr_text(w, &e->label);
	wr_hash256(w, &e->document);
}

bool
item_entry_decode(struct item_entry *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->number = rd_u64(&r);
	out->kind = rd_u8(&r);
	out->role = rd_u8(&r);
	out->time.sec = rd_i64(&r);
	rd_account(&r, &out->actor);
	rd_account(&r, &out->other);
	rd_text(&r, &out->label, ITEM_TITLE_MAX);
	rd_hash256(&r, &out->document);
	return rd_done(&r) && out->kind >= ITEM_CREATED && out->kind <= ITEM_CLOSED && out->role >= ITEM_CREATOR && out->role <= ITEM_ATTESTER;
}
