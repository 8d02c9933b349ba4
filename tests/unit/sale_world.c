#include "tests/unit/sale_world.h"

#include <string.h>

static void
put(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

void
shop_price(struct shop *s, uint64_t units_, uint64_t price)
{
	put(s->params + 1, units_, 8);
	put(s->params + 17, price, 8);
}

void
shop_bonus(struct shop *s, uint16_t bonus, uint16_t end, uint32_t seconds)
{
	put(s->params + 9, bonus, 2);
	put(s->params + 11, end, 2);
	put(s->params + 13, seconds, 4);
}

void
shop_open(struct shop *s)
{
	struct op_create o = {
		.flags = ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_PAUSABLE | ASSET_VOTES, .dao = ASSET_NO_DAO, .ticker = OP_TEXT("CROWD"), .cap = units(SHOP_CAP)
	};

	memset(s, 0, sizeof(*s));
	world_init(&s->w);
	DONE(world_create(&s->w, &s->token, SELLER, &o));
	DONE(world_mint(&s->w, SELLER, &s->token, SELLER, SHOP_TOKENS, 0));
	shop_price(s, 1, 10);
	s->terms = (struct op_create_sale){
		.asset = s->token,
		.rule = OP_TEXT("sale_crowd"),
		.rule_major = 1,
		.params = { s->params, 25 },
		.close.sec = s->w.env.time.sec + SHOP_LENGTH,
		.soft_cap = units(5000),
		.hard_cap = units(10000),
		.tokens = units(1000),
		.payer_min = units(10),
		.payer_max = units(10000),
		.beneficiary_max = units(10000),
	};
}

void
shop_close(struct shop *s)
{
	world_clear(&s->w);
}

const char *
shop_create(struct shop *s)
{
	struct wr payload = { 0 };

	op_create_sale_encode(&payload, &s->terms);
	return world_do(&s->w, SELLER, OP_CREATE_SALE, &payload);
}

uint64_t
shop_start(struct shop *s)
{
	struct event e;
	struct rd r;

	DONE(shop_create(s));
	CU_ASSERT_FATAL(world_event(&e, &s->w, "SALE_CREATED"));
	r = rd_init(e.body, e.len);
	s->number = rd_u64(&r);
	CU_ASSERT_FATAL(rd_done(&r));
	return s->number;
}

static const char *
buy(struct shop *s, size_t payer, const struct op_buy *o)
{
	struct wr payload = { 0 };

	op_buy_encode(&payload, o);
	return world_do(&s->w, payer, OP_BUY, &payload);
}

const char *
shop_buy_account(struct shop *s, size_t payer, const struct account *beneficiary, uint64_t payment)
{
	struct op_buy o = { .sale = s->number, .beneficiary = *beneficiary, .payment = units(payment) };

	return buy(s, payer, &o);
}

const char *
shop_buy_for(struct shop *s, size_t payer, size_t beneficiary, uint64_t payment)
{
	return shop_buy_account(s, payer, &s->w.people[beneficiary], payment);
}

const char *
shop_buy(struct shop *s, size_t who, uint64_t payment)
{
	return shop_buy_for(s, who, who, payment);
}

const char *
shop_buy_least(struct shop *s, size_t who, uint64_t payment, uint64_t tokens_min)
{
	struct op_buy o = { .sale = s->number, .beneficiary = s->w.people[who], .payment = units(payment), .tokens_min = units(tokens_min) };

	return buy(s, who, &o);
}

const char *
shop_buy_listed(struct shop *s, size_t payer, size_t beneficiary, uint64_t payment, const struct allow_path *payer_path,
		const struct allow_path *beneficiary_path)
{
	struct op_buy o = { .sale = s->number,
			    .beneficiary = s->w.people[beneficiary],
			    .payment = units(payment),
			    .payer_path = *payer_path,
			    .beneficiary_path = *beneficiary_path };

	return buy(s, payer, &o);
}

static const char *
on_sale(struct shop *s, size_t who, uint16_t number)
{
	struct op_sale o = { s->number };
	struct wr payload = { 0 };

	op_sale_encode(&payload, &o);
	return world_do(&s->w, who, number, &payload);
}

const char *
shop_finish(struct shop *s, size_t who)
{
	return on_sale(s, who, OP_CLOSE_SALE);
}

const char *
shop_cancel(struct shop *s, size_t who)
{
	return on_sale(s, who, OP_CANCEL_SALE);
}

const char *
shop_claim(struct shop *s, size_t who, size_t account)
{
	struct op_claim o = { s->number, s->w.people[account] };
	struct wr payload = { 0 };

	op_claim_encode(&payload, &o);
	return world_do(&s->w, who, OP_CLAIM, &payload);
}

static const char *
freeze(struct shop *s, const struct account *who, uint16_t number)
{
	struct op_freeze o = { s->token, *who };
	struct wr payload = { 0 };

	op_freeze_encode(&payload, &o);
	return world_do(&s->w, SELLER, number, &payload);
}

const char *
shop_freeze(struct shop *s, const struct account *who)
{
	return freeze(s, who, OP_FREEZE);
}

const char *
shop_unfreeze(struct shop *s, const struct account *who)
{
	return freeze(s, who, OP_UNFREEZE);
}

const char *
shop_pause(struct shop *s, int64_t seconds)
{
	struct op_pause o = { s->token, { s->w.env.time.sec + seconds } };
	struct wr payload = { 0 };

	op_pause_encode(&payload, &o);
	return world_do(&s->w, SELLER, OP_PAUSE, &payload);
}

uint64_t
shop_balance(const struct shop *s, const struct account *who)
{
	return amount_units(bank_balance(s->w.state, who, &s->token));
}
