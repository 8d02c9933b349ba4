#include "tests/unit/toy.h"

#include <stdlib.h>

#include "tests/unit/signing.h"
#include "token/bank.h"

static const struct asset_id coin;

static const char *
toy_start(struct exec *x, const uint8_t *section, size_t len)
{
	struct rd r = rd_init(section, len);

	while (rd_ok(&r) && !rd_done(&r)) {
		struct account who;
		struct amount amount;

		rd_account(&r, &who);
		amount = rd_amount(&r);
		if (!rd_ok(&r) || bank_mint(x->state, &who, &coin, amount) != NULL)
			return "toy: bad genesis";
	}
	return NULL;
}

static const char *
apply_pay(struct exec *x, const struct op *op, struct rd *r)
{
	struct account to;
	struct asset_id asset;
	struct amount amount;
	const char *why;

	rd_account(r, &to);
	rd_asset_id(r, &asset);
	amount = rd_amount(r);
	if (!rd_done(r))
		return "BAD_PAYLOAD";
	why = bank_transfer(x->state, &op->source, &to, &asset, amount);
	exec_involve(x, &to);
	exec_event(x, "PAY", op->payload, op->payload_len);
	return why;
}

static const char *
apply_gift(struct exec *x, struct rd *r)
{
	uint8_t key[10] = { 'y', 'g' };
	struct account to;
	struct amount amount;
	size_t len;

	rd_bytes(r, key + 2, 8);
	rd_account(r, &to);
	amount = rd_amount(r);
	if (!rd_done(r))
		return "BAD_PAYLOAD";
	if (state_get(x->state, &len, key, sizeof(key)) != NULL)
		return "GIVEN_ALREADY";
	if (amount_is_zero(amount))
		return NULL;
	state_put(x->state, key, sizeof(key), "", 0);
	exec_involve(x, &to);
	exec_event(x, "GIFT", key + 2, 8);
	return bank_mint(x->state, &to, &coin, amount);
}

static const char *
toy_apply(struct exec *x, const struct op *op)
{
	struct rd r = rd_init(op->payload, op->payload_len);
	struct wr w = { 0 };

	switch ((enum toy_op)op->number) {
	case TOY_PAY:
		return apply_pay(x, op, &r);
	case TOY_GIFT:
		return apply_gift(x, &r);
	case TOY_TRIP:
		state_put(x->state, "y!", 2, "x", 1);
		exec_event(x, "TRIP", NULL, 0);
		exec_involve(x, &(struct account){ .type = ACCOUNT_MODULE });
		return "TRIPPED";
	case TOY_ALARM:
		wr_i64(&w, rd_i64(&r));
		wr_account(&w, &op->source);
		state_put(x->state, "yd", 2, w.p, w.len);
		wr_clear(&w);
		return NULL;
	case TOY_BREAK:
		state_put(x->state, "yx", 2, "", 0);
		return NULL;
	}
	return "UNKNOWN";
}

static bool
alarm_read(struct unixtime *when, struct account *who, const struct state *s)
{
	size_t len;
	const uint8_t *value = state_get(s, &len, "yd", 2);
	struct rd r = rd_init(value, len);

	when->sec = rd_i64(&r);
	rd_account(&r, who);
	return value != NULL;
}

static void
toy_end_block(struct exec *x)
{
	struct unixtime when;
	struct account who;

	if (!alarm_read(&when, &who, x->state) || x->env->time.sec < when.sec)
		return;
	state_delete(x->state, "yd", 2);
	exec_involve(x, &who);
	exec_event(x, "RANG", NULL, 0);
}

static bool
toy_next_deadline(const struct state *s, struct unixtime *out)
{
	struct account who;

	return alarm_read(out, &who, s);
}

static const char *
toy_invariants(const struct state *s, bool deep)
{
	size_t len;

	(void)deep;
	return state_get(s, &len, "yx", 2) ? "Y0: broken on purpose" : NULL;
}

static const struct op_info toy_ops[] = {
	{ TOY_PAY, "PAY", false, toy_apply },     { TOY_GIFT, "GIFT", true, toy_apply },    { TOY_TRIP, "TRIP", false, toy_apply },
	{ TOY_ALARM, "ALARM", false, toy_apply }, { TOY_BREAK, "BREAK", false, toy_apply },
};

const struct module toy_module = {
	.name = "toy",
	.letter = 'y',
	.ops = toy_ops,
	.ops_n = ARRAY_LEN(toy_ops),
	.genesis = toy_start,
	.end_block = toy_end_block,
	.next_deadline = toy_next_deadline,
	.invariants = toy_invariants,
};

const struct genesis *
toy_genesis(void)
{
	static uint8_t bytes[8 * (ACCOUNT_LEN + 8)];
	static struct genesis_section section = { "toy", bytes, sizeof(bytes) };
	static struct genesis g = { .chain_id = "toy-1", .network = "regtest", .time = { TOY_TIME }, .sections = &section };

	for (unsigned i = 0; i < 8; i++) {
		struct account a = test_account(i);
		uint8_t *p = bytes + i * (ACCOUNT_LEN + 8);

		for (size_t j = 0; j < 32; j++)
			p[1 + j] = a.id.b[j];
		for (size_t j = 0; j < 8; j++)
			p[ACCOUNT_LEN + j] = (uint8_t)(1000000ull >> 8 * j);
	}
	g.sections_n = 1;
	if (!amount_from_units(&g.fee_base, 10) || !amount_from_units(&g.fee_per_op, 1))
		abort();
	return &g;
}

struct ledger *
toy_ledger_new(void)
{
	static const struct module *const modules[] = { &bank_module, &toy_module };

	return ledger_new(modules, ARRAY_LEN(modules), toy_genesis());
}

struct ledger *
toy_ledger(void)
{
	struct ledger *l = toy_ledger_new();

	if (ledger_start(l, toy_genesis()) != NULL)
		abort();
	return l;
}

static void
one_op(struct wr *w, const struct ledger *l, unsigned from, uint64_t nonce, uint16_t number, const struct wr *payload)
{
	struct op op = { number, test_account(from), payload->p, payload->len };
	struct transaction t = { .valid_until = { INT64_MAX }, .payer = op.source, .nonce = nonce, .ops = &op, .ops_n = 1 };

	t.fee = ledger_fee(l, 1);
	test_transaction(w, &t, ledger_genesis_id(l));
}

void
toy_pay(struct wr *w, const struct ledger *l, unsigned from, uint64_t nonce, unsigned to, uint64_t satoshi)
{
	struct account a = test_account(to);
	struct wr payload = { 0 };

	wr_account(&payload, &a);
	wr_asset_id(&payload, &coin);
	wr_u64(&payload, satoshi);
	one_op(w, l, from, nonce, TOY_PAY, &payload);
	wr_clear(&payload);
}

void
toy_signed(struct wr *w, const struct ledger *l, unsigned from, uint64_t nonce, uint16_t number, int64_t value)
{
	struct wr payload = { 0 };

	wr_i64(&payload, value);
	one_op(w, l, from, nonce, number, &payload);
	wr_clear(&payload);
}

void
toy_gift(struct wr *w, uint64_t serial, unsigned to, uint64_t satoshi)
{
	struct account a = test_account(to);
	struct wr payload = { 0 };
	struct op op = { .number = TOY_GIFT };
	struct transaction t = { .relay = true, .ops = &op, .ops_n = 1 };

	wr_u64(&payload, serial);
	wr_account(&payload, &a);
	wr_u64(&payload, satoshi);
	op.payload = payload.p;
	op.payload_len = payload.len;
	wr_transaction_body(w, &t);
	wr_clear(&payload);
}

uint64_t
toy_balance(struct ledger *l, unsigned who)
{
	struct account a = test_account(who);

	return amount_units(bank_balance(ledger_state(l), &a, &coin));
}
