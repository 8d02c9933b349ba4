/* I1  An item's head is the chain over all entries that were told as events, in their order: each operation appends one, or none.
 * I2  Its custodian is a person's account, and changes only by an ACCEPT_ITEM of the new one after a HANDOVER of the old one.
 * I3  Nothing is offered or appended once it is closed.
 * I4  It stands once in its custodian's list and once in its creator's, and nowhere else.
 *
 * Keys: i i | id -> record; i c | custodian | id -> nothing; i k | creator | id -> nothing; i t | id | attester -> who named him. */
#include "token/item.h"

#include <assert.h>
#include <string.h>

#include "token/statekey.h"

void
item_first_head(struct hash256 *head, const struct hash256 *id)
{
	sha256_tagged(head, "tally/item", id->b, sizeof(id->b));
}

void
item_next_head(struct hash256 *head, const void *entry, size_t len)
{
	struct sha256_ctx c;

	sha256_init_tagged(&c, "tally/item-entry");
	sha256_update(&c, head->b, sizeof(head->b));
	sha256_update(&c, entry, len);
	sha256_final(&c, head);
}

void
item_document(struct hash256 *out, const struct hash256 *salt, const struct hash256 *sha256_of_document)
{
	struct sha256_ctx c;

	sha256_init_tagged(&c, "tally/document");
	sha256_update(&c, salt->b, sizeof(salt->b));
	sha256_update(&c, sha256_of_document->b, sizeof(sha256_of_document->b));
	sha256_final(&c, out);
}

struct account
item_history_account(const struct hash256 *id)
{
	return account_of_module("item", id->b, sizeof(id->b));
}

/* ---- the record ---- */

static struct statekey
record_key(const struct hash256 *id)
{
	struct statekey k = statekey_new('i', 'i');

	statekey_bytes(&k, id->b, sizeof(id->b));
	return k;
}

void
item_key(uint8_t out[ITEM_KEY_LEN], const struct hash256 *id)
{
	struct statekey k = record_key(id);

	memcpy(out, k.b, ITEM_KEY_LEN);
}

static struct statekey
list_key(char table, const struct account *who, const struct hash256 *id)
{
	struct statekey k = statekey_new('i', table);

	statekey_account(&k, who);
	statekey_bytes(&k, id->b, sizeof(id->b));
	return k;
}

static struct statekey
attester_key(const struct hash256 *id, const struct account *who)
{
	struct statekey k = statekey_new('i', 't');

	statekey_bytes(&k, id->b, sizeof(id->b));
	statekey_account(&k, who);
	return k;
}

static void
put(struct state *s, const struct item *i)
{
	struct statekey k = record_key(&i->id);
	struct op_text title = OP_TEXT(i->title);
	struct wr w = { 0 };

	wr_account(&w, &i->creator);
	wr_account(&w, &i->custodian);
	wr_hash256(&w, &i->head);
	wr_u64(&w, i->entries);
	wr_i64(&w, i->created.sec);
	wr_i64(&w, i->changed.sec);
	wr_u8(&w, i->closed);
	wr_hash256(&w, &i->document);
	wr_text(&w, &title);
	wr_u8(&w, i->offered);
	if (i->offered) {
		wr_account(&w, &i->to);
		wr_i64(&w, i->until.sec);
		wr_hash256(&w, &i->handover_document);
	}
	statekey_put(s, &k, &w);
}

static void
rd_item(struct rd *r, struct item *out)
{
	struct op_text title;

	rd_account(r, &out->creator);
	rd_account(r, &out->custodian);
	rd_hash256(r, &out->head);
	out->entries = rd_u64(r);
	out->created.sec = rd_i64(r);
	out->changed.sec = rd_i64(r);
	out->closed = rd_u8(r) != 0;
	rd_hash256(r, &out->document);
	rd_text(r, &title, ITEM_TITLE_MAX);
	out->offered = rd_u8(r) != 0;
	if (out->offered) {
		rd_account(r, &out->to);
		out->until.sec = rd_i64(r);
		rd_hash256(r, &out->handover_document);
	}
	assert(rd_done(r));
	memcpy(out->title, title.p, title.len);
}

bool
item_get(struct item *out, const struct state *s, const struct hash256 *id)
{
	struct statekey k = record_key(id);
	struct rd r;

	memset(out, 0, sizeof(*out));
	out->id = *id;
	if (!statekey_get(&r, s, &k))
		return false;
	rd_item(&r, out);
	return true;
}

/* ---- walks ---- */

void
item_walk_init(struct item_walk *w, const struct state *s, const struct account *who, bool as_creator, const struct hash256 *after)
{
	struct statekey k = statekey_new('i', as_creator ? 'k' : 'c');

	statekey_account(&k, who);
	state_walk_init(&w->walk, s, k.b, k.len);
	if (after != NULL) {
		statekey_bytes(&k, after->b, sizeof(after->b));
		state_walk_after(&w->walk, k.b, k.len);
	}
}

bool
item_walk_next(struct item_walk *w, struct item *out)
{
	struct hash256 id;

	if (!state_walk_next(&w->walk))
		return false;
	memcpy(id.b, w->walk.key + w->walk.key_len - sizeof(id.b), sizeof(id.b));
	return item_get(out, w->walk.state, &id);
}

void
attester_walk_init(struct attester_walk *w, const struct state *s, const struct item *i)
{
	struct statekey k = statekey_new('i', 't');

	statekey_bytes(&k, i->id.b, sizeof(i->id.b));
	state_walk_init(&w->walk, s, k.b, k.len);
	w->item = *i;
}

static bool
may_name_attesters(const struct item *i, const struct account *who)
{
	return account_eq(who, &i->creator) || account_eq(who, &i->custodian);
}

bool
attester_walk_next(struct attester_walk *w, struct account *who, struct account *named_by)
{
	while (state_walk_next(&w->walk)) {
		struct rd key = rd_init(w->walk.key + ITEM_KEY_LEN, w->walk.key_len - ITEM_KEY_LEN);
		struct rd value = rd_init(w->walk.value, w->walk.value_len);

		rd_account(&key, who);
		rd_account(&value, named_by);
		assert(rd_done(&key) && rd_done(&value));
		if (may_name_attesters(&w->item, named_by))
			return true;
	}
	return false;
}

/* ---- who may do what ---- */

static bool
is_attester(struct account *named_by, const struct state *s, const struct item *i, const struct account *who)
{
	struct statekey k = attester_key(&i->id, who);
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	rd_account(&r, named_by);
	return may_name_attesters(i, named_by);
}

bool
item_may_record(enum item_role *role, const struct state *s, const struct item *i, const struct account *who)
{
	struct account by;

	if (account_eq(who, &i->custodian))
		*role = ITEM_CUSTODIAN;
	else if (account_eq(who, &i->creator))
		*role = ITEM_CREATOR;
	else if (is_attester(&by, s, i, who))
		*role = ITEM_ATTESTER;
	else
		return false;
	return true;
}

/* The item, if it isn't closed. */
static const char *
find_open(struct item *out, const struct exec *x, const struct hash256 *id)
{
	if (!item_get(out, x->state, id))
		return "ITEM_UNKNOWN";
	return out->closed ? "ITEM_CLOSED" : NULL;
}

/* ---- history ---- */

/* Append an entry, tell it, store the item. */
static void
append(struct exec *x, struct item *i, struct item_entry *e)
{
	struct account history = item_history_account(&i->id);
	struct wr w = { 0 };

	e->number = i->entries;
	e->time = x->env->time;
	wr_hash256(&w, &i->id);
	item_entry_encode(&w, e);
	item_next_head(&i->head, w.p + sizeof(i->id.b), w.len - sizeof(i->id.b));
	exec_event(x, "ITEM", w.p, w.len);
	wr_clear(&w);
	i->entries++;
	i->changed = x->env->time;
	if (!hash256_is_zero(&e->document))
		i->document = e->document;
	put(x->state, i);
	exec_involve(x, &history);
	exec_involve(x, &i->custodian);
}

/* ---- operations ---- */

static void
item_id(struct hash256 *out, const struct exec *x)
{
	struct wr w = { 0 };

	wr_hash256(&w, &x->transaction);
	wr_u32(&w, x->op_index);
	sha256_tagged(out, "tally/item-id", w.p, w.len);
	wr_clear(&w);
}

static const char *
apply_create(struct exec *x, const struct op *op)
{
	struct item i;
	struct op_create_item o;
	struct item_entry e = { .kind = ITEM_CREATED, .role = ITEM_CREATOR, .actor = op->source };
	struct statekey kept, made;

	if (!op_create_item_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (o.title.len == 0 || !text_is_clean(o.title.p, o.title.len))
		return "BAD_TITLE";
	memset(&i, 0, sizeof(i));
	item_id(&i.id, x);
	i.creator = i.custodian = op->source;
	i.created = x->env->time;
	memcpy(i.title, o.title.p, o.title.len);
	item_first_head(&i.head, &i.id);
	kept = list_key('c', &i.custodian, &i.id);
	made = list_key('k', &i.creator, &i.id);
	state_put(x->state, kept.b, kept.len, "", 0);
	state_put(x->state, made.b, made.len, "", 0);
	e.label = o.title;
	e.document = o.document;
	append(x, &i, &e);
	return NULL;
}

static bool
label_valid(const struct op_text *t)
{
	for (size_t i = 0; i < t->len; i++) {
		if (!((t->p[i] >= 'a' && t->p[i] <= 'z') || (t->p[i] >= '0' && t->p[i] <= '9') || t->p[i] == '-'))
			return false;
	}
	return t->len > 0;
}

static const char *
apply_record(struct exec *x, const struct op *op)
{
	struct op_record_event o;
	struct item i;
	struct item_entry e = { .kind = ITEM_RECORDED, .actor = op->source };
	enum item_role role;
	const char *why;

	if (!op_record_event_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = find_open(&i, x, &o.item);
	if (why != NULL)
		return why;
	if (!item_may_record(&role, x->state, &i, &op->source) || (o.final && role != ITEM_CUSTODIAN))
		return "NOT_ALLOWED";
	if (!label_valid(&o.label))
		return "BAD_LABEL";
	if (o.final) {
		e.kind = ITEM_CLOSED;
		i.closed = true;
		i.offered = false;
	}
	e.role = (uint8_t)role;
	e.label = o.label;
	e.document = o.document;
	append(x, &i, &e);
	return NULL;
}

static const char *
apply_handover(struct exec *x, const struct op *op)
{
	struct op_handover o;
	struct item i;
	const char *why;

	if (!op_handover_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = find_open(&i, x, &o.item);
	if (why != NULL)
		return why;
	if (!account_eq(&i.custodian, &op->source))
		return "NOT_CUSTODIAN";
	if (o.to.type == ACCOUNT_MODULE)
		return "NOT_A_RECIPIENT";
	if (o.until.sec < x->env->time.sec || o.until.sec - x->env->time.sec > HANDOVER_LIFE_MAX)
		return "BAD_UNTIL";
	i.offered = !account_eq(&o.to, &op->source);
	i.to = o.to;
	i.until = o.until;
	i.handover_document = o.document;
	put(x->state, &i);
	exec_involve(x, &o.to);
	return NULL;
}

static const char *
apply_accept(struct exec *x, const struct op *op)
{
	struct op_accept_item o;
	struct item i;
	struct item_entry e = { .kind = ITEM_HANDED_OVER, .role = ITEM_CUSTODIAN, .actor = op->source };
	struct statekey was, is;
	const char *why;

	if (!op_accept_item_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = find_open(&i, x, &o.item);
	if (why != NULL)
		return why;
	if (!i.offered || !account_eq(&i.to, &op->source))
		return "NOT_OFFERED";
	if (x->env->time.sec > i.until.sec)
		return "OFFER_EXPIRED";
	if (!hash256_is_zero(&o.head) && !hash256_eq(&o.head, &i.head))
		return "ITEM_CHANGED";
	was = list_key('c', &i.custodian, &i.id);
	is = list_key('c', &op->source, &i.id);
	statekey_delete(x->state, &was);
	state_put(x->state, is.b, is.len, "", 0);
	exec_involve(x, &i.custodian);
	e.other = i.custodian;
	e.document = i.handover_document;
	i.custodian = op->source;
	i.offered = false;
	append(x, &i, &e);
	return NULL;
}

static const char *
apply_attester(struct exec *x, const struct op *op)
{
	struct op_set_attester o;
	struct item i;
	struct item_entry e = { .actor = op->source };
	struct account by;
	struct statekey k;
	struct wr w = { 0 };
	const char *why;

	if (!op_set_attester_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = find_open(&i, x, &o.item);
	if (why != NULL)
		return why;
	if (!may_name_attesters(&i, &op->source))
		return "NOT_ALLOWED";
	if (o.account.type == ACCOUNT_MODULE)
		return "NOT_A_RECIPIENT";
	if (is_attester(&by, x->state, &i, &o.account) == o.allowed)
		return "NO_CHANGE";
	if (!o.allowed && !account_eq(&by, &op->source))
		return "NOT_ALLOWED"; /* neither silences the other's */
	k = attester_key(&i.id, &o.account);
	if (o.allowed) {
		wr_account(&w, &op->source);
		statekey_put(x->state, &k, &w);
	} else {
		statekey_delete(x->state, &k);
	}
	e.kind = o.allowed ? ITEM_ATTESTER_SET : ITEM_ATTESTER_ENDED;
	e.role = account_eq(&op->source, &i.custodian) ? ITEM_CUSTODIAN : ITEM_CREATOR;
	e.other = o.account;
	append(x, &i, &e);
	exec_involve(x, &o.account);
	return NULL;
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	(void)x;
	(void)section;
	return len == 0 ? NULL : "genesis, records: has no section";
}

static size_t
count(const struct state *s, const char *table)
{
	struct state_walk w;
	size_t n = 0;

	state_walk_init(&w, s, table, 2);
	while (state_walk_next(&w))
		n++;
	return n;
}

static const char *
check_one(const struct state *s, const struct item *i)
{
	struct statekey kept = list_key('c', &i->custodian, &i->id), made = list_key('k', &i->creator, &i->id);

	if (i->entries == 0 || hash256_is_zero(&i->head))
		return "I1: an item has no history";
	if (i->custodian.type == ACCOUNT_MODULE || (i->offered && (i->to.type == ACCOUNT_MODULE || account_eq(&i->to, &i->custodian))))
		return "I2: an item's custodian, or who is to be, is none";
	if (i->closed && i->offered)
		return "I3: a closed item is offered";
	return statekey_has(s, &kept) && statekey_has(s, &made) ? NULL : "I4: an item isn't in its custodian's or its creator's list";
}

static const char *
invariants(const struct state *s, bool deep)
{
	const char *why = NULL;
	struct state_walk w;
	struct item i;
	size_t n = 0;

	if (!deep)
		return NULL;
	state_walk_init(&w, s, "ii", 2);
	while (why == NULL && state_walk_next(&w)) {
		struct hash256 id;

		memcpy(id.b, w.key + 2, sizeof(id.b));
		n++;
		why = item_get(&i, s, &id) ? check_one(s, &i) : "I4: an item is missing";
	}
	if (why == NULL && (count(s, "ic") != n || count(s, "ik") != n))
		why = "I4: a list has an item that isn't there";
	return why;
}

static const struct op_info ops[] = {
	{ OP_CREATE_ITEM, "CREATE_ITEM", false, apply_create },
	{ OP_RECORD_EVENT, "RECORD_EVENT", false, apply_record },
	{ OP_HANDOVER, "HANDOVER", false, apply_handover },
	{ OP_ACCEPT_ITEM, "ACCEPT_ITEM", false, apply_accept },
	{ OP_SET_ATTESTER, "SET_ATTESTER", false, apply_attester },
};

const struct module item_module = {
	.name = "records",
	.letter = 'i',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.invariants = invariants,
};
