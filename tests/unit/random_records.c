/* Records and names. The head of each item is computed again from the entries that were told. */
#include "tests/unit/random_fate.h"

#include <string.h>

#include "token/item.h"
#include "token/name.h"

#define ITEMS_MAX 12

static struct {
	struct hash256 id, head;
	uint64_t entries;
} items[ITEMS_MAX];
static size_t items_n;

static void
begin(struct fate *f)
{
	(void)f;
	items_n = 0;
}

/* ---- records ---- */

static void
follow(struct fate *f)
{
	struct hash256 id;
	struct event e;
	struct item i;
	size_t at = 0;

	if (!world_event(&e, &f->w, "ITEM"))
		return;
	CU_ASSERT_FATAL(e.len > sizeof(id.b));
	memcpy(id.b, e.body, sizeof(id.b));
	while (at < items_n && !hash256_eq(&items[at].id, &id))
		at++;
	CU_ASSERT_FATAL(at < ITEMS_MAX);
	if (at == items_n) {
		items[items_n].id = id;
		items[items_n].entries = 0;
		item_first_head(&items[items_n++].head, &id);
	}
	item_next_head(&items[at].head, e.body + sizeof(id.b), e.len - sizeof(id.b));
	items[at].entries++;
	CU_ASSERT_FATAL(item_get(&i, f->w.state, &id));
	CU_ASSERT(hash256_eq(&i.head, &items[at].head) && i.entries == items[at].entries);
}

static size_t
custodian_of(struct fate *f, const struct hash256 *id)
{
	struct item i;

	return draw(f, 4) != 0 && item_get(&i, f->w.state, id) ? person_of(f, &i.custodian) : someone(f);
}

static void
do_record(struct fate *f)
{
	struct hash256 id = items_n > 0 && draw(f, 20) != 0 ? items[draw(f, items_n)].id : hash_of("nothing");
	struct hash256 document = draw(f, 2) == 0 ? hash_of("a document") : (struct hash256){ { 0 } };
	struct op_create_item create = { OP_TEXT("Watch"), document };
	struct op_record_event record = { id, OP_TEXT(draw(f, 9) != 0 ? "inspected" : "No label"), document, draw(f, 25) == 0 };
	struct op_handover hand = { id, some_account(f), { f->w.env.time.sec - 3 + (int64_t)draw(f, 500) }, document };
	struct op_accept_item accept = { id, { { 0 } } };
	struct op_set_attester attester = { id, some_account(f), draw(f, 3) != 0 };
	size_t who = custodian_of(f, &id);
	struct wr p = { 0 };
	struct item i;
	bool done = false;

	switch (draw(f, 8)) {
	case 0:
		if (items_n == ITEMS_MAX)
			return;
		op_create_item_encode(&p, &create);
		done = run(f, someone(f), OP_CREATE_ITEM, &p);
		break;
	case 1:
	case 2:
		op_record_event_encode(&p, &record);
		done = run(f, who, OP_RECORD_EVENT, &p);
		break;
	case 3:
	case 4:
		op_handover_encode(&p, &hand);
		done = run(f, who, OP_HANDOVER, &p);
		break;
	case 5:
		op_set_attester_encode(&p, &attester);
		done = run(f, who, OP_SET_ATTESTER, &p);
		break;
	default:
		if (item_get(&i, f->w.state, &id) && i.offered && draw(f, 4) != 0)
			who = person_of(f, &i.to);
		if (draw(f, 4) == 0)
			accept.head = draw(f, 3) != 0 ? i.head : hash_of("another");
		op_accept_item_encode(&p, &accept);
		done = run(f, who, OP_ACCEPT_ITEM, &p);
		break;
	}
	if (done)
		follow(f);
}

/* ---- names ---- */

static void
do_name(struct fate *f)
{
	static const char *const names[] = { "ann", "bob", "b0b", "corner", "comer", "dora", "Eve", "e" };
	const char *text = names[draw(f, ARRAY_LEN(names))];
	struct op_name o = { some_account(f), OP_TEXT(text) };
	struct op_renounce_name renounce = { OP_TEXT(text) };
	size_t who = (size_t)draw(f, 4); /* 0 to 2 are of the council */
	struct wr p = { 0 };
	struct name n;

	if (draw(f, 3) == 0 && name_find(&n, f->w.state, text, strlen(text)))
		o.account = n.holder;
	switch (draw(f, 5)) {
	case 0:
		op_name_encode(&p, &o);
		(void)run(f, who, OP_REVOKE_NAME, &p);
		break;
	case 1:
		op_renounce_name_encode(&p, &renounce);
		(void)run(f, person_of(f, &o.account), OP_RENOUNCE_NAME, &p);
		break;
	default:
		op_name_encode(&p, &o);
		(void)run(f, who, OP_ATTEST_NAME, &p);
		break;
	}
}

static void
step(struct fate *f)
{
	if (draw(f, 3) != 0)
		do_record(f);
	else
		do_name(f);
}

static const uint16_t ops[] = {
	OP_CREATE_ITEM, OP_RECORD_EVENT, OP_HANDOVER, OP_ACCEPT_ITEM, OP_SET_ATTESTER, OP_ATTEST_NAME, OP_REVOKE_NAME, OP_RENOUNCE_NAME,
};

const struct random_part random_records = { "records", 10, begin, step, ops, ARRAY_LEN(ops) };
