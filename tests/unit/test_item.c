/* Records: histories that only grow and are proven by their heads, custody that both sign for, attesters. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/rule_registered.h"
#include "token/item.h"
#include "token/plugin_vectors.h"
#include "token/state_proof.h"

static const struct hash256 none;

/* The last operation's entry, and its bytes. */
static struct item_entry
told(const struct world *w, struct hash256 *id, const uint8_t **bytes, size_t *len)
{
	struct item_entry e;
	struct event event;

	CU_ASSERT_FATAL(world_event(&event, w, "ITEM") && event.len > sizeof(id->b));
	memcpy(id->b, event.body, sizeof(id->b));
	*bytes = event.body + sizeof(id->b);
	*len = event.len - sizeof(id->b);
	CU_ASSERT_FATAL(item_entry_decode(&e, *bytes, *len));
	return e;
}

static const char *
create(struct world *w, size_t person, const char *title, struct hash256 *id)
{
	struct op_create_item o = { OP_TEXT(title), hash_of("passport") };
	const uint8_t *bytes;
	struct wr p = { 0 };
	const char *why;
	size_t len;

	op_create_item_encode(&p, &o);
	why = world_do(w, person, OP_CREATE_ITEM, &p);
	if (why == NULL)
		(void)told(w, id, &bytes, &len);
	return why;
}

static const char *
record(struct world *w, size_t person, const struct hash256 *id, const char *label, bool final)
{
	struct op_record_event o = { *id, OP_TEXT(label), hash_of(label), final };
	struct wr p = { 0 };

	op_record_event_encode(&p, &o);
	return world_do(w, person, OP_RECORD_EVENT, &p);
}

static const char *
hand(struct world *w, size_t person, const struct hash256 *id, const struct account *to, int64_t seconds)
{
	struct op_handover o = { *id, *to, { w->env.time.sec + seconds }, hash_of("receipt") };
	struct wr p = { 0 };

	op_handover_encode(&p, &o);
	return world_do(w, person, OP_HANDOVER, &p);
}

static const char *
accept(struct world *w, size_t person, const struct hash256 *id, const struct hash256 *head)
{
	struct op_accept_item o = { *id, *head };
	struct wr p = { 0 };

	op_accept_item_encode(&p, &o);
	return world_do(w, person, OP_ACCEPT_ITEM, &p);
}

static const char *
set_attester(struct world *w, size_t person, const struct hash256 *id, size_t who, bool allowed)
{
	struct op_set_attester o = { *id, w->people[who], allowed };
	struct wr p = { 0 };

	op_set_attester_encode(&p, &o);
	return world_do(w, person, OP_SET_ATTESTER, &p);
}

static struct item
item(const struct world *w, const struct hash256 *id)
{
	struct item i;

	CU_ASSERT_FATAL(item_get(&i, w->state, id));
	return i;
}

static size_t
kept(const struct world *w, size_t who, bool as_creator)
{
	struct item_walk walk;
	struct item i;
	size_t n = 0;

	item_walk_init(&walk, w->state, &w->people[who], as_creator, NULL);
	while (item_walk_next(&walk, &i))
		n++;
	return n;
}

/* Add the entry that was told to a chain of one's own: it must be what the state has. */
static void
follow(const struct world *w, struct hash256 *head, uint64_t *n, enum item_event kind, enum item_role role)
{
	const uint8_t *bytes;
	struct hash256 id;
	struct item_entry e;
	struct item i;
	size_t len;

	e = told(w, &id, &bytes, &len);
	if (*n == 0)
		item_first_head(head, &id);
	CU_ASSERT(e.number == *n && e.kind == kind && e.role == role && e.time.sec == w->env.time.sec);
	item_next_head(head, bytes, len);
	++*n;
	i = item(w, &id);
	CU_ASSERT(hash256_eq(&i.head, head) && i.entries == *n);
}

static void
a_life(void)
{
	struct hash256 id, head, second;
	uint64_t n = 0;
	struct world w;
	struct item i;

	world_init(&w);
	DONE(create(&w, 0, "Watch 1969", &id));
	follow(&w, &head, &n, ITEM_CREATED, ITEM_CREATOR);
	i = item(&w, &id);
	CU_ASSERT(account_eq(&i.creator, &w.people[0]) && account_eq(&i.custodian, &w.people[0]) && strcmp(i.title, "Watch 1969") == 0);
	DONE(create(&w, 0, "Watch 1969", &second));
	CU_ASSERT_FALSE(hash256_eq(&id, &second));
	DONE(record(&w, 0, &id, "polished", false));
	follow(&w, &head, &n, ITEM_RECORDED, ITEM_CUSTODIAN);
	REFUSED(record(&w, 1, &id, "stolen", false), "NOT_ALLOWED");

	/* both sign */
	REFUSED(hand(&w, 1, &id, &w.people[1], 10), "NOT_CUSTODIAN");
	REFUSED(accept(&w, 1, &id, &none), "NOT_OFFERED");
	DONE(hand(&w, 0, &id, &w.people[1], 10));
	CU_ASSERT_EQUAL(item(&w, &id).entries, n); /* nothing has happened yet */
	REFUSED(accept(&w, 2, &id, &none), "NOT_OFFERED");
	REFUSED(accept(&w, 0, &id, &none), "NOT_OFFERED");
	DONE(accept(&w, 1, &id, &head));
	follow(&w, &head, &n, ITEM_HANDED_OVER, ITEM_CUSTODIAN);
	i = item(&w, &id);
	CU_ASSERT(account_eq(&i.custodian, &w.people[1]) && account_eq(&i.creator, &w.people[0]) && !i.offered);
	CU_ASSERT(kept(&w, 0, false) == 1 && kept(&w, 1, false) == 1 && kept(&w, 0, true) == 2 && kept(&w, 1, true) == 0);
	REFUSED(accept(&w, 1, &id, &none), "NOT_OFFERED");
	REFUSED(hand(&w, 0, &id, &w.people[2], 10), "NOT_CUSTODIAN");

	/* its maker may still say something, but not end it */
	DONE(record(&w, 0, &id, "recalled", false));
	follow(&w, &head, &n, ITEM_RECORDED, ITEM_CREATOR);
	REFUSED(record(&w, 0, &id, "scrapped", true), "NOT_ALLOWED");
	DONE(hand(&w, 1, &id, &w.people[2], 10));
	DONE(record(&w, 1, &id, "scrapped", true));
	follow(&w, &head, &n, ITEM_CLOSED, ITEM_CUSTODIAN);
	REFUSED(accept(&w, 2, &id, &none), "ITEM_CLOSED");
	REFUSED(record(&w, 1, &id, "found", false), "ITEM_CLOSED");
	REFUSED(hand(&w, 1, &id, &w.people[2], 10), "ITEM_CLOSED");
	REFUSED(set_attester(&w, 1, &id, 3, true), "ITEM_CLOSED");
	world_clear(&w);
}

static void
offers_of_custody(void)
{
	struct account treasury = dao_treasury(0);
	struct hash256 id, old, unknown = hash_of("nothing");
	struct world w;

	world_init(&w);
	DONE(create(&w, 0, "Bicycle", &id));
	REFUSED(hand(&w, 0, &unknown, &w.people[1], 10), "ITEM_UNKNOWN");
	REFUSED(hand(&w, 0, &id, &w.people[1], -1), "BAD_UNTIL");
	REFUSED(hand(&w, 0, &id, &w.people[1], HANDOVER_LIFE_MAX + 1), "BAD_UNTIL");
	REFUSED(hand(&w, 0, &id, &treasury, 10), "NOT_A_RECIPIENT");
	DONE(hand(&w, 0, &id, &w.people[1], 10));
	DONE(hand(&w, 0, &id, &w.people[2], 10)); /* replaces it */
	REFUSED(accept(&w, 1, &id, &none), "NOT_OFFERED");
	DONE(hand(&w, 0, &id, &w.people[0], 10)); /* takes it back */
	REFUSED(accept(&w, 2, &id, &none), "NOT_OFFERED");
	DONE(hand(&w, 0, &id, &w.people[1], 10));
	old = item(&w, &id).head;
	DONE(record(&w, 0, &id, "scratched", false));
	REFUSED(accept(&w, 1, &id, &old), "ITEM_CHANGED"); /* not what he looked at */
	w.env.time.sec += 10;
	DONE(accept(&w, 1, &id, &none)); /* the last second counts */
	DONE(hand(&w, 1, &id, &w.people[0], 10));
	w.env.time.sec += 11;
	REFUSED(accept(&w, 0, &id, &none), "OFFER_EXPIRED");
	world_clear(&w);
}

static void
attesters(void)
{
	struct account who, by;
	struct attester_walk walk;
	struct hash256 id;
	struct world w;
	struct item i;
	size_t n = 0;

	world_init(&w);
	DONE(create(&w, 0, "House 7", &id));
	REFUSED(set_attester(&w, 1, &id, 3, true), "NOT_ALLOWED");
	REFUSED(set_attester(&w, 0, &id, 3, false), "NO_CHANGE");
	DONE(set_attester(&w, 0, &id, 3, true));
	REFUSED(set_attester(&w, 0, &id, 3, true), "NO_CHANGE");
	DONE(record(&w, 3, &id, "inspected", false));
	REFUSED(record(&w, 3, &id, "gone", true), "NOT_ALLOWED");
	DONE(hand(&w, 0, &id, &w.people[1], 10));
	DONE(accept(&w, 1, &id, &none));
	DONE(set_attester(&w, 1, &id, 4, true));
	REFUSED(set_attester(&w, 1, &id, 3, false), "NOT_ALLOWED"); /* the maker's */
	REFUSED(set_attester(&w, 0, &id, 4, false), "NOT_ALLOWED");
	DONE(record(&w, 3, &id, "inspected", false));
	DONE(record(&w, 4, &id, "repaired", false));
	i = item(&w, &id);
	attester_walk_init(&walk, w.state, &i);
	while (attester_walk_next(&walk, &who, &by))
		n++;
	CU_ASSERT_EQUAL(n, 2);
	/* with the next custodian his attester's word ends, the maker's doesn't */
	DONE(hand(&w, 1, &id, &w.people[2], 10));
	DONE(accept(&w, 2, &id, &none));
	REFUSED(record(&w, 4, &id, "repaired", false), "NOT_ALLOWED");
	DONE(record(&w, 3, &id, "inspected", false));
	DONE(set_attester(&w, 2, &id, 4, true));
	DONE(record(&w, 4, &id, "repaired", false));
	DONE(set_attester(&w, 2, &id, 4, false));
	REFUSED(record(&w, 4, &id, "repaired", false), "NOT_ALLOWED");
	DONE(set_attester(&w, 0, &id, 3, false));
	REFUSED(record(&w, 3, &id, "inspected", false), "NOT_ALLOWED");
	world_clear(&w);
}

static void
texts(void)
{
	static const struct {
		const char *label;
		bool good;
	} rows[] = { { "shipped", true }, { "step-2", true }, { "", false }, { "Shipped", false }, { "by sea", false }, { "caf\xc3\xa9", false } };
	struct hash256 id;
	struct world w;

	world_init(&w);
	REFUSED(create(&w, 0, "", &id), "BAD_TITLE");
	REFUSED(create(&w, 0, "a\nb", &id), "BAD_TITLE");
	DONE(create(&w, 0, "\xe7\xa7\xaf", &id));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].good)
			DONE(record(&w, 0, &id, rows[i].label, false));
		else
			REFUSED(record(&w, 0, &id, rows[i].label, false), "BAD_LABEL");
	}
	world_clear(&w);
}

/* The item's record is proven under the state's root, and its head by the entries: a changed, missing or swapped one shows. */
static void
history_is_proven(void)
{
	struct hash256 id, head, root;
	struct wr log[5] = { { 0 } }, proof = { 0 };
	uint8_t key[ITEM_KEY_LEN];
	const uint8_t *value;
	size_t value_len;
	struct world w;
	struct item i;

	world_init(&w);
	DONE(create(&w, 0, "Barrel", &id));
	for (int n = 0; n < 5; n++) {
		const uint8_t *bytes;
		struct hash256 told_id;
		size_t len;

		if (n > 0)
			DONE(record(&w, 0, &id, n % 2 ? "filled" : "tested", false));
		(void)told(&w, &told_id, &bytes, &len);
		wr_bytes(&log[n], bytes, len);
	}
	i = item(&w, &id);
	item_key(key, &id);
	state_root(&root, w.state);
	value = state_get(w.state, &value_len, key, sizeof(key));
	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	state_prove(&proof, w.state, key, sizeof(key));
	CU_ASSERT(state_proof_check(proof.p, proof.len, &root, key, sizeof(key), value, value_len) == STATE_PROOF_PRESENT);
	for (int fault = 0; fault < 4; fault++) {
		item_first_head(&head, &id);
		for (int n = 0; n < 5; n++) {
			int at = fault == 1 && n >= 2 && n <= 3 ? 5 - n : n; /* two of them swapped */

			if (fault == 2 && n == 1)
				continue;
			if (fault == 3 && n == 4)
				log[n].p[log[n].len - 1] ^= 1;
			item_next_head(&head, log[at].p, log[at].len);
		}
		CU_ASSERT_EQUAL(hash256_eq(&head, &i.head), fault == 0);
	}
	for (int n = 0; n < 5; n++)
		wr_clear(&log[n]);
	wr_clear(&proof);
	world_clear(&w);
}

static void
documents_are_salted(void)
{
	struct hash256 doc = hash_of("Jane Doe, 1 Main Street"), salt = hash_of("salt"), other = hash_of("pepper"), a, b, c;

	item_document(&a, &salt, &doc);
	item_document(&b, &other, &doc);
	item_document(&c, &salt, &doc);
	CU_ASSERT(hash256_eq(&a, &c) && !hash256_eq(&a, &b) && !hash256_eq(&a, &doc));
}

static const char *
earn(struct world *w, size_t store, const struct asset_id *a, size_t to, const struct hash256 *id)
{
	struct op_earn o = { *a, w->people[to], *id, units(25), AMOUNT_ZERO };
	struct wr p = { 0 };

	op_earn_encode(&p, &o);
	return world_do(w, store, OP_EARN, &p);
}

/* A rule asks for the record: points for registering a thing, once. */
static void
an_earn_rule_requires_a_record(void)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_LOTS, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_registered"), .rule_major = 1 };
	struct hash256 id, unknown = hash_of("nothing");
	struct vectors_report report;
	struct asset_id a;
	struct world w;

	world_init(&w);
	CU_ASSERT(plugin_vectors_hold(&report, issue_registered_entry()));
	world_approve(&w, issue_registered_entry());
	DONE(world_create(&w, &a, 0, &o));
	DONE(create(&w, 0, "Coffee mill", &id));
	REFUSED(earn(&w, 0, &a, 1, &unknown), "NOT_ON_RECORD");
	REFUSED(earn(&w, 0, &a, 1, &id), "NOT_THE_CUSTODIANS");
	DONE(hand(&w, 0, &id, &w.people[1], 10));
	DONE(accept(&w, 1, &id, &none));
	DONE(earn(&w, 0, &a, 1, &id));
	REFUSED(earn(&w, 0, &a, 1, &id), "RECEIPT_USED");
	CU_ASSERT_EQUAL(world_has(&w, &a, 1), 25);
	DONE(create(&w, 2, "Another's mill", &id));
	DONE(hand(&w, 2, &id, &w.people[1], 10));
	DONE(accept(&w, 1, &id, &none));
	REFUSED(earn(&w, 0, &a, 1, &id), "NOT_OURS");
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "a life", a_life },
	{ "offers of custody", offers_of_custody },
	{ "attesters", attesters },
	{ "texts", texts },
	{ "history is proven", history_is_proven },
	{ "documents are salted", documents_are_salted },
	{ "an earn rule requires a record", an_earn_rule_requires_a_record },
};

UNIT_MAIN("item", tests)
