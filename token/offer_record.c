/* Keys: o n -> last number; o i | number u64 -> record; o b | sold asset | paid asset | price (9) | number -> nothing;
 * o w | owner | number -> nothing; o q | until u64 | number -> nothing. The book and the queue have no offer that has ended. */
#include <assert.h>
#include <string.h>

#include "token/offer_parts.h"
#include "token/statekey.h"

static struct statekey
record_key(uint64_t number)
{
	struct statekey k = statekey_new('o', 'i');

	statekey_u64(&k, number);
	return k;
}

static struct statekey
owner_key(const struct offer *o)
{
	struct statekey k = statekey_new('o', 'w');

	statekey_account(&k, &o->owner);
	statekey_u64(&k, o->number);
	return k;
}

static struct statekey
queue_key(const struct offer *o)
{
	struct statekey k = statekey_new('o', 'q');

	statekey_u64(&k, (uint64_t)o->terms.until.sec);
	statekey_u64(&k, o->number);
	return k;
}

static unsigned
bit_length(uint64_t v)
{
	unsigned n = 0;

	for (; v != 0; v >>= 1)
		n++;
	return n;
}

/* Price of a unit, payment / sold, as a byte that falls with the shift and 64 bits of quotient, the highest set: bytes in the order of
 * prices. Prices that differ by less than 2^-63 of themselves may count as equal. */
static void
append_price(struct statekey *k, const struct op_offer *t)
{
	uint64_t x = amount_units(t->sell_amount), y = amount_units(t->buy_amount);
	unsigned shift = 63 + bit_length(x) - bit_length(y);
	unsigned __int128 q = ((unsigned __int128)y << shift) / x;
	uint8_t exponent;

	if (q >> 63 == 0)
		q = ((unsigned __int128)y << ++shift) / x;
	exponent = (uint8_t)(200 - shift);
	statekey_bytes(k, &exponent, 1);
	statekey_u64(k, (uint64_t)q);
}

static struct statekey
pair_key(const struct asset_id *sell, const struct asset_id *buy)
{
	struct statekey k = statekey_new('o', 'b');

	statekey_asset(&k, sell);
	statekey_asset(&k, buy);
	return k;
}

static struct statekey
book_key(const struct offer *o)
{
	struct statekey k = pair_key(&o->terms.sell, &o->terms.buy);

	append_price(&k, &o->terms);
	statekey_u64(&k, o->number);
	return k;
}

/* ---- the record ---- */

static void
put(struct state *s, const struct offer *o)
{
	struct statekey k = record_key(o->number);
	struct wr w = { 0 }, terms = { 0 };

	wr_account(&w, &o->owner);
	wr_i64(&w, o->created.sec);
	wr_amount(&w, o->left);
	wr_u8(&w, o->ended);
	op_offer_encode(&terms, &o->terms);
	wr_varbytes(&w, terms.p, terms.len);
	wr_clear(&terms);
	statekey_put(s, &k, &w);
}

bool
offer_get(struct offer *out, const struct state *s, uint64_t number)
{
	struct statekey k = record_key(number);
	const uint8_t *terms;
	size_t len;
	struct rd r;
	bool ok;

	if (!statekey_get(&r, s, &k))
		return false;
	out->number = number;
	rd_account(&r, &out->owner);
	out->created.sec = rd_i64(&r);
	out->left = rd_amount(&r);
	out->ended = rd_u8(&r) != 0;
	terms = rd_varbytes(&r, &len, SIZE_MAX);
	ok = rd_done(&r) && op_offer_decode(&out->terms, terms, len);
	assert(ok);
	return ok;
}

static void
unlist(struct state *s, const struct offer *o)
{
	struct statekey book = book_key(o), queue = queue_key(o);

	statekey_delete(s, &book);
	statekey_delete(s, &queue);
}

void
offer_add(struct state *s, struct offer *o)
{
	struct statekey last = statekey_new('o', 'n'), book, queue, owner;

	o->number = statekey_get_u64(s, &last) + 1;
	statekey_put_u64(s, &last, o->number);
	book = book_key(o);
	queue = queue_key(o);
	owner = owner_key(o);
	put(s, o);
	state_put(s, book.b, book.len, "", 0);
	state_put(s, queue.b, queue.len, "", 0);
	state_put(s, owner.b, owner.len, "", 0);
}

void
offer_store(struct state *s, const struct offer *o)
{
	if (o->ended)
		unlist(s, o);
	put(s, o);
}

void
offer_remove(struct state *s, const struct offer *o)
{
	struct statekey record = record_key(o->number), owner = owner_key(o);

	unlist(s, o);
	statekey_delete(s, &owner);
	statekey_delete(s, &record);
}

bool
offer_next_due(const struct state *s, uint64_t *number, struct unixtime *until)
{
	struct state_walk w;

	state_walk_init(&w, s, "oq", 2);
	if (!state_walk_next(&w))
		return false;
	until->sec = (int64_t)statekey_read_u64(w.key + 2);
	*number = statekey_read_u64(w.key + 10);
	return true;
}

/* ---- walks ---- */

void
offer_book_init(struct offer_walk *w, const struct state *s, const struct asset_id *sell, const struct asset_id *buy)
{
	struct statekey k = pair_key(sell, buy);

	state_walk_init(&w->walk, s, k.b, k.len);
}

void
offer_owner_init(struct offer_walk *w, const struct state *s, const struct account *owner)
{
	struct statekey k = statekey_new('o', 'w');

	statekey_account(&k, owner);
	state_walk_init(&w->walk, s, k.b, k.len);
}

void
offer_all_init(struct offer_walk *w, const struct state *s, uint64_t after)
{
	struct statekey k = record_key(after);

	state_walk_init(&w->walk, s, "oi", 2);
	state_walk_after(&w->walk, k.b, k.len);
}

/* Every list's keys end with the number. */
bool
offer_walk_next(struct offer_walk *w, struct offer *out)
{
	return state_walk_next(&w->walk) && offer_get(out, w->walk.state, statekey_read_u64(w->walk.key + w->walk.key_len - 8));
}

/* ---- invariants ---- */

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

const char *
offer_check_lists(const struct state *s)
{
	size_t all = 0, open = 0;
	struct offer_walk w;
	struct offer o;

	offer_all_init(&w, s, 0);
	while (offer_walk_next(&w, &o)) {
		struct statekey book = book_key(&o), queue = queue_key(&o), owner = owner_key(&o);

		all++;
		open += !o.ended;
		if (!statekey_has(s, &owner) || statekey_has(s, &book) == o.ended || statekey_has(s, &queue) == o.ended)
			return "O2: an offer is missing in a list, or stands there although it has ended";
	}
	if (count(s, "ob") != open || count(s, "oq") != open || count(s, "ow") != all)
		return "O2: a list has an offer that isn't there";
	return NULL;
}
