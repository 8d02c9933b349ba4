/* Sales: created, bought from, ended, claimed, and put into quarantine and out of it again. */
#include "tests/unit/random_fate.h"

#include "token/sale.h"

#define SALES_MAX 40

static uint64_t holds; /* numbers given out in this world */

/* Nothing, or something below n. One draw after the other, so that every compiler makes the same world. */
static uint64_t
maybe(struct fate *f, uint64_t n)
{
	return draw(f, 2) == 0 ? 0 : draw(f, n);
}

static void
begin(struct fate *f)
{
	(void)f;
	holds = 0;
}

static void
put(struct wr *w, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		wr_u8(w, (uint8_t)(v >> 8 * i));
}

static void
put_price(struct fate *f, struct wr *w)
{
	unsigned kind = (unsigned)draw(f, 3);
	uint64_t price = 1 + draw(f, 20), bonus = maybe(f, 5001);

	put(w, kind, 1);
	put(w, 1 + draw(f, 5), 8);
	put(w, bonus, 2);
	put(w, bonus > 0 ? draw(f, bonus + 1) : 0, 2);
	put(w, bonus > 0 ? 1 + draw(f, 500) : 0, 4);
	if (kind == 1) {
		put(w, 2, 1);
		put(w, price, 8);
		put(w, draw(f, 2) * 100, 4);
		put(w, 1 + draw(f, 500), 8);
		put(w, price + draw(f, 10), 8);
		put(w, 0, 4);
		put(w, 0, 8);
		return;
	}
	put(w, price, 8);
	if (kind == 2)
		put(w, price + draw(f, 20), 8);
}

/* The sale that was created last may not have opened yet. */
static void
do_cancel(struct fate *f)
{
	struct op_sale o = { draw(f, 3) == 0 ? 1 + draw(f, SALES_MAX) : sale_count(f->w.state) };
	struct sale sale;
	struct wr p = { 0 };

	op_sale_encode(&p, &o);
	run(f, sale_get(&sale, f->w.state, o.sale) ? person_of(f, &sale.seller) : someone(f), OP_CANCEL_SALE, &p);
}

/* Mostly one that can be sold. */
static struct asset_id
some_goods(struct fate *f)
{
	struct asset_id id = some_asset(f);
	struct asset a;

	for (int tries = 0; tries < 6 && asset_get(&a, f->w.state, &id); tries++) {
		if (!hash256_is_zero(&id.id) && (a.flags & ASSET_TRANSFERABLE) != 0 && (a.flags & ASSET_LOTS) == 0)
			break;
		id = some_asset(f);
	}
	return id;
}

static void
do_create(struct fate *f)
{
	struct op_create_sale o = { .asset = some_goods(f), .rule = OP_TEXT("sale_crowd"), .rule_major = 1 };
	int64_t now = f->w.env.time.sec, open = draw(f, 2) ? now + (int64_t)draw(f, 400) : 0;
	size_t seller = some_holder(f, &o.asset);
	uint64_t part = some_part(f, &o.asset, seller), most = part < 2000 ? part + 300 : 2300, length;
	struct wr params = { 0 }, p = { 0 };

	if (sale_count(f->w.state) == SALES_MAX)
		return;
	if (draw(f, 3) == 0)
		o.payment = some_goods(f);
	put_price(f, &params);
	o.params = (struct op_blob){ params.p, params.len };
	o.open.sec = open;
	length = draw(f, 2) ? 1500 : 300000;
	o.close.sec = (open > now ? open : now) + 1 + (int64_t)draw(f, length);
	o.hard_cap = units(1 + draw(f, most));
	o.soft_cap = units(maybe(f, draw(f, 4) == 0 ? most : 1 + amount_units(o.hard_cap) / 2));
	o.tokens = units(draw(f, 10) == 0 ? draw(f, 50) : INT64_MAX);
	o.payer_min = units(draw(f, 4) == 0 ? 1 + draw(f, 20) : 20 + draw(f, 15)); /* at least the price of one token */
	o.payer_max = units(draw(f, 4) == 0 ? 200 : INT64_MAX);
	o.beneficiary_max = units(draw(f, 4) == 0 ? 200 : INT64_MAX);
	o.vesting = (uint32_t)maybe(f, 3000);
	o.cliff = (uint32_t)draw(f, o.vesting + 1u);
	op_create_sale_encode(&p, &o);
	if (run(f, seller, OP_CREATE_SALE, &p) && draw(f, 4) == 0)
		do_cancel(f);
	wr_clear(&params);
}

static uint64_t
some_sale(struct fate *f)
{
	uint64_t n = sale_count(f->w.state);

	if (n == 0)
		return draw(f, 3);
	return n - draw(f, draw(f, 3) != 0 && n > 3 ? 3 : n); /* mostly one of the last */
}

static void
do_buy(struct fate *f)
{
	struct op_buy o = { .sale = some_sale(f) };
	size_t who = someone(f);
	struct sale sale;
	struct wr p = { 0 };

	o.beneficiary = some_account(f);
	if (sale_get(&sale, f->w.state, o.sale)) {
		who = some_holder(f, &sale.terms.payment);
		o.payment = units(draw(f, 2) ? some_part(f, &sale.terms.payment, who) : 20 + draw(f, 1 + amount_units(sale.terms.hard_cap) / 3));
	}
	o.tokens_min = units(draw(f, 10) == 0 ? draw(f, 500) : 0);
	if (draw(f, 30) == 0)
		o.payer_path.n = 1;
	op_buy_encode(&p, &o);
	run(f, who, OP_BUY, &p);
}

/* Mostly somebody who has a part in the sale. */
static struct account
some_party(struct fate *f, uint64_t number)
{
	struct account who = f->w.people[someone(f)];
	struct sale_payer payer;
	struct sale_beneficiary beneficiary;
	struct state_walk w;

	sale_payer_walk(&w, f->w.state, number);
	while (draw(f, 2) != 0 && sale_payer_walk_next(&who, &payer, &w))
		;
	sale_beneficiary_walk(&w, f->w.state, number);
	while (draw(f, 2) != 0 && sale_beneficiary_walk_next(&who, &beneficiary, &w))
		;
	return who;
}

static void
do_end(struct fate *f)
{
	struct op_sale o = { some_sale(f) };
	struct op_claim claim = { o.sale, some_party(f, o.sale) };
	struct wr p = { 0 };

	switch (draw(f, 6)) {
	case 0:
		op_sale_encode(&p, &o);
		run(f, someone(f), OP_CLOSE_SALE, &p);
		break;
	case 1:
		do_cancel(f);
		break;
	default:
		op_claim_encode(&p, &claim);
		run(f, someone(f), OP_CLAIM, &p);
		break;
	}
}

/* What the bridge does when a deposit is in doubt. Whatever is never decided stays where it is. Coin that is gone is replaced from the same
 * place, so that the sum over all accounts stays what it was. */
static void
do_hold(struct fate *f)
{
	struct account limbo = account_of_module("limbo", NULL, 0);
	uint64_t which = 1 + draw(f, holds + 1);
	size_t who = someone(f);

	switch (draw(f, 3)) {
	case 0:
		if (holds < 30)
			(void)sale_hold(&f->w.exec, ++holds, &f->w.people[who], units(some_amount(f)), &limbo);
		break;
	case 1:
		(void)sale_hold_return(&f->w.exec, which, &limbo);
		break;
	default:
		sale_hold_drop(&f->w.exec, which);
		break;
	}
}

/* One of the last sales; the others are over long since. */
static bool
something_runs(const struct fate *f)
{
	uint64_t n = sale_count(f->w.state);
	struct sale sale;

	for (uint64_t i = 0; i < 3 && i < n; i++) {
		if (sale_get(&sale, f->w.state, n - i) && sale.state == SALE_OPEN && f->w.env.time.sec < sale.terms.close.sec)
			return true;
	}
	return n == SALES_MAX;
}

static void
step(struct fate *f)
{
	uint64_t what = draw(f, 20);

	if (what < 2 || (what < 13 && !something_runs(f)))
		do_create(f);
	else if (what < 13)
		do_buy(f);
	else if (what < 19)
		do_end(f);
	else
		do_hold(f);
}

static const uint16_t ops[] = { OP_CREATE_SALE, OP_BUY, OP_CLOSE_SALE, OP_CLAIM, OP_CANCEL_SALE };

const struct random_part random_sales = { "sales", 15, begin, step, ops, ARRAY_LEN(ops) };
