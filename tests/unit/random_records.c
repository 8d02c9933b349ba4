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
static bool has_guild;

static void
begin(struct fate *f)
{
	items_n = 0;
	has_guild = false;
	world_approve(&f->w, gov_quadratic_entry());
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
	size_t who = (size_t)draw(f, 5); /* 0 to 2 are of the council, 3 and 4 registrars now and then */
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

/* As a decision of DAO 0 would. */
static void
do_registrar(struct fate *f)
{
	struct action_registrar a = { f->w.people[3 + draw(f, 2)], draw(f, 3) != 0 };
	struct op_blob b;
	struct wr p = { 0 };
	struct dao d;

	action_registrar_encode(&p, &a);
	b = (struct op_blob){ p.p, p.len };
	CU_ASSERT_FATAL(dao_get(&d, f->w.state, 0));
	CU_ASSERT_PTR_NULL(registrar_check(&f->w.exec, &d, &b));
	CU_ASSERT_PTR_NULL(registrar_apply(&f->w.exec, &d, &b));
	wr_clear(&p);
}

/* One DAO of a world counts names: others propose and vote in it as in any. */
static void
do_guild(struct fate *f)
{
	static const uint8_t params[] = { 3, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x13, 0x0c, 0x0d };
	struct op_create_dao t = {
		.name = OP_TEXT("Guild"), .rule = OP_TEXT("gov_quadratic"), .rule_major = 1, .params = { params, sizeof(params) }, .actions = 3,
		.voting_period = 1 + (uint32_t)draw(f, 500), .timelock = 10, .grace = 1000, .electorate = DAO_HOLDERS, .asset = some_asset(f),
	};
	struct wr p = { 0 };

	if (has_guild)
		return;
	op_create_dao_encode(&p, &t);
	has_guild = run(f, someone(f), OP_CREATE_DAO, &p);
}

static void
step(struct fate *f)
{
	if (draw(f, 40) == 0)
		do_registrar(f);
	if (draw(f, 30) == 0)
		do_guild(f);
	if (draw(f, 3) != 0)
		do_record(f);
	else
		do_name(f);
}

static const uint16_t ops[] = {
	OP_CREATE_ITEM, OP_RECORD_EVENT, OP_HANDOVER, OP_ACCEPT_ITEM, OP_SET_ATTESTER, OP_ATTEST_NAME, OP_REVOKE_NAME, OP_RENOUNCE_NAME,
};

const struct random_part random_records = { "records", 10, begin, step, ops, ARRAY_LEN(ops) };
