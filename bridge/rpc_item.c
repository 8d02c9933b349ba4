#include "bridge/rpc_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/node.h"
#include "bridge/rpc.h"
#include "bridge/account_name.h"
#include "token/ledger.h"
#include "token/store.h"

#define HISTORY_PAGE 200
#define HISTORY_MAX 20000 /* transactions of one item that are looked through */

/* ---- salts ---- */

#define SECRET_KEY_LEN (9 + 64 + 1)

static void
secret_key(char out[SECRET_KEY_LEN], const struct hash256 *anchored)
{
	memcpy(out, "document/", 9);
	hex_encode(out + 9, anchored->b, sizeof(anchored->b));
}

bool
item_secret_keep(struct store *s, const struct hash256 *anchored, const struct item_secret *secret)
{
	char key[SECRET_KEY_LEN];
	uint8_t value[64];

	secret_key(key, anchored);
	memcpy(value, secret->salt.b, 32);
	memcpy(value + 32, secret->digest.b, 32);
	return store_put_local(s, key, value, sizeof(value)) == STORE_OK;
}

bool
item_secret_find(struct item_secret *out, struct store *s, const struct hash256 *anchored)
{
	char key[SECRET_KEY_LEN];
	struct wr value = { 0 };
	bool ok;

	secret_key(key, anchored);
	ok = store_get_local(s, &value, key) && value.len == 64;
	if (ok) {
		memcpy(out->salt.b, value.p, 32);
		memcpy(out->digest.b, value.p + 32, 32);
	}
	wr_clear(&value);
	return ok;
}

/* ---- events ---- */

bool
item_told_read(struct item_told *out, const struct event *e)
{
	if (strcmp(e->name, "ITEM") != 0 || e->len <= sizeof(out->item.b))
		return false;
	memcpy(out->item.b, e->body, sizeof(out->item.b));
	out->bytes = e->body + sizeof(out->item.b);
	out->len = e->len - sizeof(out->item.b);
	return item_entry_decode(&out->entry, out->bytes, out->len);
}

static const char *
event_name(uint8_t kind)
{
	switch ((enum item_event)kind) {
	case ITEM_CREATED:
		return "created";
	case ITEM_RECORDED:
		return "recorded";
	case ITEM_HANDED_OVER:
		return "handed over";
	case ITEM_ATTESTER_SET:
		return "attester named";
	case ITEM_ATTESTER_ENDED:
		return "attester ended";
	case ITEM_CLOSED:
		return "closed";
	}
	return "?";
}

static const char *
role_name(uint8_t role)
{
	switch ((enum item_role)role) {
	case ITEM_CREATOR:
		return "creator";
	case ITEM_CUSTODIAN:
		return "custodian";
	case ITEM_ATTESTER:
		return "attester";
	}
	return "?";
}

/* ---- the record ---- */

static json_t *
attesters_json(const struct node *n, const struct item *i)
{
	json_t *list = json_array(), *row;
	struct account who, by;
	struct attester_walk w;

	attester_walk_init(&w, ledger_state(node_ledger(n)), i);
	while (attester_walk_next(&w, &who, &by)) {
		row = json_pack("{soss}", "account", json_account(n, &who), "named_by", account_eq(&by, &i->creator) ? "creator" : "custodian");
		put_account_name(row, "name", n, &who);
		json_array_append_new(list, row);
	}
	return list;
}

json_t *
item_json(const struct node *n, const struct item *i, struct unixtime now)
{
	bool offered = i->offered && i->until.sec >= now.sec;
	json_t *o = json_pack("{sosssososssIsIsI}", "item", json_hash(&i->id), "title", i->title, "custodian", json_account(n, &i->custodian), "creator",
			      json_account(n, &i->creator), "state", i->closed ? "closed" : offered ? "offered" : "kept", "entries",
			      (json_int_t)i->entries, "created", (json_int_t)i->created.sec, "changed", (json_int_t)i->changed.sec);

	put_account_name(o, "custodian_name", n, &i->custodian);
	put_account_name(o, "creator_name", n, &i->creator);
	if (offered) {
		json_object_set_new(o, "offered_to", json_account(n, &i->to));
		json_object_set_new(o, "offered_until", json_integer(i->until.sec));
	}
	return o;
}

/* ---- the history ---- */

struct telling {
	const struct node *n;
	const struct item *item;
	json_t *list;              /* entries so far */
	bool with_bytes;
	const struct hash256 *only; /* anchored hash that is looked for; NULL: all */
	struct hash256 head;        /* over what was read */
	uint64_t entries;
};

static json_t *
entry_json(const struct telling *t, const struct item_told *told, const struct history_entry *where)
{
	const struct item_entry *e = &told->entry;
	struct account none = { .type = ACCOUNT_KEY };
	struct item_secret secret;
	json_t *row = json_pack("{sIsssIsoss}", "entry", (json_int_t)e->number, "event", event_name(e->kind), "time", (json_int_t)e->time.sec, "by",
				json_account(t->n, &e->actor), "as", role_name(e->role));

	if (e->kind == ITEM_RECORDED || e->kind == ITEM_CLOSED)
		json_object_set_new(row, "label", json_stringn(e->label.p, e->label.len));
	put_account_name(row, "by_name", t->n, &e->actor);
	if (!account_eq(&e->other, &none))
		json_object_set_new(row, e->kind == ITEM_HANDED_OVER ? "from" : "attester", json_account(t->n, &e->other));
	if (!hash256_is_zero(&e->document)) {
		json_object_set_new(row, "anchored", json_hash(&e->document));
		if (item_secret_find(&secret, node_store(t->n), &e->document)) {
			json_object_set_new(row, "salt", json_hash(&secret.salt));
			json_object_set_new(row, "sha256", json_hash(&secret.digest));
		}
	}
	json_object_set_new(row, "height", json_integer((json_int_t)where->height));
	json_object_set_new(row, "txid", json_hash(&where->id));
	if (t->with_bytes)
		json_object_set_new(row, "bytes", json_hex(told->bytes, told->len));
	return row;
}

/* The item's entries in one transaction. */
static void
tell_transaction(struct telling *t, const struct history_entry *where)
{
	struct transaction_record rec;
	struct item_told told;
	struct event e;
	struct rd r;

	if (where->index == STORE_INDEX_BLOCK || !store_get_transaction(node_store(t->n), &rec, &where->id))
		return;
	r = rd_init(rec.events.p, rec.events.len);
	while (event_next(&e, &r)) {
		if (!item_told_read(&told, &e) || !hash256_eq(&told.item, &t->item->id))
			continue;
		item_next_head(&t->head, told.bytes, told.len);
		t->entries++;
		if (t->only == NULL || hash256_eq(t->only, &told.entry.document))
			json_array_append_new(t->list, entry_json(t, &told, where));
	}
	transaction_record_clear(&rec);
}

/* All of the item's transactions, the newest first; *n how many. Owned by the caller. */
static struct history_entry *
transactions_of(size_t *n, const struct node *node, const struct item *i)
{
	struct history_entry *list = mem_new(HISTORY_PAGE, sizeof(*list));
	struct account history = item_history_account(&i->id);
	size_t got = 1;

	for (*n = 0; got > 0 && *n < HISTORY_MAX; *n += got) {
		uint64_t height = *n == 0 ? INT64_MAX : list[*n - 1].height;
		uint32_t index = *n == 0 ? 0 : list[*n - 1].index;

		list = mem_resize(list, *n + HISTORY_PAGE, sizeof(*list));
		got = store_history(node_store(node), list + *n, HISTORY_PAGE, &history, height, index);
	}
	return list;
}

/* Read it from the oldest on; true when it leads to the item's head. */
static bool
tell(struct telling *t)
{
	size_t n;
	struct history_entry *list = transactions_of(&n, t->n, t->item);

	item_first_head(&t->head, &t->item->id);
	while (n > 0)
		tell_transaction(t, &list[--n]);
	free(list);
	return t->entries == t->item->entries && hash256_eq(&t->head, &t->item->head);
}

void
item_put_history(json_t *o, const struct node *n, const struct item *i, bool with_bytes)
{
	struct telling t = { .n = n, .item = i, .list = json_array(), .with_bytes = with_bytes };
	bool verified = tell(&t);

	json_object_set_new(o, "head", json_hash(&i->head));
	json_object_set_new(o, "verified", json_boolean(verified));
	json_object_set_new(o, "attesters", attesters_json(n, i));
	json_object_set_new(o, "history", t.list);
}

void
item_put_anchors(json_t *o, const struct node *n, const struct item *i, const struct hash256 *anchored)
{
	struct telling t = { .n = n, .item = i, .list = json_array(), .only = anchored };
	bool verified = tell(&t);

	json_object_set_new(o, "found", json_boolean(json_array_size(t.list) > 0));
	json_object_set_new(o, "verified", json_boolean(verified));
	json_object_set_new(o, "entries", t.list);
}

void
item_put_proof(json_t *o, const struct node *n, const struct item *i)
{
	struct state *s = ledger_state(node_ledger(n));
	struct ledger_tip tip = ledger_tip(node_ledger(n));
	uint8_t key[ITEM_KEY_LEN];
	struct wr proof = { 0 };
	size_t len = 0;
	const uint8_t *value;

	item_key(key, &i->id);
	value = state_get(s, &len, key, sizeof(key));
	json_object_set_new(o, "key", json_hex(key, sizeof(key)));
	json_object_set_new(o, "value", json_hex(value, len));
	json_object_set_new(o, "app_hash", json_hash(&tip.app_hash));
	json_object_set_new(o, "height", json_integer((json_int_t)tip.height));
	state_prove(&proof, s, key, sizeof(key));
	json_object_set_new(o, "proof", json_hex(proof.p, proof.len));
	wr_clear(&proof);
}
