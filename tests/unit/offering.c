#include "tests/unit/offering.h"

#include <string.h>

const struct asset_id coin;

struct asset_id
offering_asset(struct world *w, size_t issuer, uint16_t flags, uint64_t supply)
{
	struct op_create o = { .flags = flags, .dao = ASSET_NO_DAO, .cap = units(INT64_MAX) };
	struct asset_id a;

	if ((flags & ASSET_BACKED) != 0)
		o.units = o.sats = 1;
	DONE(world_create(w, &a, issuer, &o));
	if (supply > 0)
		DONE(world_mint(w, issuer, &a, issuer, supply, supply));
	return a;
}

const char *
offering_make(struct world *w, size_t person, const struct op_offer *o, uint64_t *number)
{
	struct wr p = { 0 };
	struct event e;
	const char *why;

	op_offer_encode(&p, o);
	why = world_do(w, person, OP_OFFER, &p);
	if (why == NULL) {
		struct rd r;

		CU_ASSERT_FATAL(world_event(&e, w, "OFFERED"));
		r = rd_init(e.body, e.len);
		*number = rd_u64(&r);
	}
	return why;
}

uint64_t
offering_plain(struct world *w, size_t person, const struct asset_id *sell, uint64_t x, const struct asset_id *buy, uint64_t y)
{
	struct op_offer o = { *sell, *buy, units(x), units(y), 0, { w->env.time.sec + 1000 }, false, { 0 } };
	uint64_t number = 0;

	DONE(offering_make(w, person, &o, &number));
	return number;
}

const char *
offering_take(struct world *w, size_t person, uint64_t number, uint64_t want, uint64_t least, uint64_t pay_max)
{
	struct op_take t = { number, units(want), units(least), units(pay_max) };
	struct wr p = { 0 };

	op_take_encode(&p, &t);
	return world_do(w, person, OP_TAKE, &p);
}

const char *
offering_cancel(struct world *w, size_t person, uint64_t number, uint64_t amount)
{
	struct op_cancel_offer c = { number, units(amount) };
	struct wr p = { 0 };

	op_cancel_offer_encode(&p, &c);
	return world_do(w, person, OP_CANCEL_OFFER, &p);
}

uint64_t
offering_left(const struct world *w, uint64_t number)
{
	struct offer o;

	return offer_get(&o, w->state, number) ? amount_units(offer_left(w->state, &o, w->env.time)) : 0;
}
