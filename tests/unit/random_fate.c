#include "tests/unit/random_fate.h"

#include <string.h>

#include "token/holding.h"

uint64_t
draw(struct fate *f, uint64_t n)
{
	f->seed ^= f->seed << 13;
	f->seed ^= f->seed >> 7;
	f->seed ^= f->seed << 17;
	return f->seed % n;
}

uint64_t
some_amount(struct fate *f)
{
	static const uint64_t edges[] = { 0, 1, 2, 1000000, INT64_MAX, INT64_MAX - 1 };

	return draw(f, 10) == 0 ? edges[draw(f, ARRAY_LEN(edges))] : draw(f, 1000);
}

size_t
someone(struct fate *f)
{
	return (size_t)draw(f, WORLD_PEOPLE);
}

struct asset_id
some_asset(struct fate *f)
{
	static const struct asset_id coin;

	return f->assets_n == 0 || draw(f, 12) == 0 ? coin : f->assets[draw(f, f->assets_n)];
}

static uint64_t
spendable(const struct fate *f, const struct asset_id *id, size_t who)
{
	struct asset a;

	CU_ASSERT_FATAL(asset_get(&a, f->w.state, id));
	return amount_units(holding_spendable(f->w.state, &a, &f->w.people[who], f->w.env.time));
}

size_t
some_holder(struct fate *f, const struct asset_id *id)
{
	size_t who = someone(f);

	for (int tries = 0; tries < 4 && spendable(f, id, who) == 0; tries++)
		who = someone(f);
	return who;
}

uint64_t
some_part(struct fate *f, const struct asset_id *id, size_t who)
{
	uint64_t has = spendable(f, id, who);

	return has == 0 || draw(f, 4) == 0 ? some_amount(f) : 1 + draw(f, has);
}

struct account
some_account(struct fate *f)
{
	static const struct asset_id coin;

	if (draw(f, 15) == 0)
		return dao_treasury((uint32_t)draw(f, 3));
	return draw(f, 40) == 0 ? holding_backing(&coin) : f->w.people[someone(f)];
}

size_t
person_of(struct fate *f, const struct account *who)
{
	for (size_t i = 0; i < WORLD_PEOPLE; i++) {
		if (account_eq(&f->w.people[i], who))
			return i;
	}
	return someone(f);
}

size_t
issuer_of(struct fate *f, const struct asset_id *id)
{
	struct asset a;

	CU_ASSERT_FATAL(asset_get(&a, f->w.state, id));
	return draw(f, 8) != 0 ? person_of(f, &a.issuer) : someone(f);
}

/* Answers and events are part of what two programs must agree on. */
static void
note(struct fate *f, const char *why)
{
	struct wr w = { 0 };

	wr_hash256(&w, &f->results);
	wr_varbytes(&w, why == NULL ? "" : why, why == NULL ? 0 : strlen(why));
	wr_bytes(&w, f->w.events.p, f->w.events.len);
	sha256(&f->results, w.p, w.len);
	wr_clear(&w);
}

bool
run(struct fate *f, size_t person, uint16_t number, struct wr *payload)
{
	const char *why = world_do(&f->w, person, number, payload);

	note(f, why);
	f->tried++;
	if (why == NULL)
		f->done[number]++;
	return why == NULL;
}
