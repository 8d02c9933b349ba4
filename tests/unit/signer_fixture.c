#include "tests/unit/signer_fixture.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/signing.h"

void
signer_world_init(struct signer_world *w)
{
	*w = (struct signer_world){ .genesis_id = { { 0x67, 0x65, 0x6e } } };
	peg_params_default(&w->params, chain_params_find("regtest"));
	w->federation = (struct federation){ .k = 2, .n = 3, .r = 2, .recovery_n = 3 };
	for (unsigned i = 0; i < 3; i++) {
		struct peg_member *m = &w->federation.member[i];

		snprintf(m->name, sizeof(m->name), "member-%u", i);
		m->key = test_key(10 + i);
		m->account = test_account(10 + i);
		w->federation.recovery[i] = test_key(13 + i);
	}
	if (!vault_init(&w->vault, &w->federation, &w->params, &w->genesis_id))
		assert(false);
}

void
signer_world_clear(struct signer_world *w)
{
	vault_clear(&w->vault);
}

struct signer *
signer_world_member(const struct signer_world *w, unsigned member, const char *log_path, const struct signer_limits *limits)
{
	struct signer_limits defaults = signer_limits_default(&w->params);
	struct secret_key secret = test_secret(10 + member);
	struct signer_log *log;
	const char *why;

	if (signer_log_open(&log, log_path) != SIGNER_LOG_OK) {
		signer_log_close(log);
		return NULL;
	}
	return signer_new(&why, &w->params, &w->federation, &w->genesis_id, &secret, limits != NULL ? limits : &defaults, log);
}

/* A signed transaction of two operations, of which number 1 is the payout. */
static void
order_write(struct wr *out, const struct signer_world *w, unsigned account, uint64_t nonce, const struct plan_pay *pay)
{
	struct op_payout order = { .script = pay->script, .script_len = pay->script_len };
	struct wr payload = { 0 };
	struct op ops[2] = { { .number = 1, .source = test_account(account), .payload = (const uint8_t *)"x", .payload_len = 1 } };
	struct transaction t = { .valid_until = { 1700000000 }, .payer = test_account(account), .nonce = nonce, .ops = ops, .ops_n = 2 };

	if (!amount_from_units(&order.amount, pay->amount))
		assert(false);
	wr_op_payout(&payload, &order);
	ops[1] = (struct op){ .number = PEG_PAYOUT, .source = test_account(account), .payload = payload.p, .payload_len = payload.len };
	test_transaction(out, &t, &w->genesis_id);
	wr_clear(&payload);
}

void
plan_case_order(struct plan_case *c, const struct signer_world *w, size_t i, unsigned account, uint64_t nonce, uint64_t amount)
{
	struct plan_pay *pay = &c->sheet.pay[i];
	struct xonly_key key = test_key(20 + account);

	pay->payout = 100 * c->sheet.plan + i;
	pay->amount = amount;
	pay->script_len = P2TR_LEN;
	script_p2tr(pay->script, &key);
	wr_reset(&c->order[i]);
	order_write(&c->order[i], w, account, nonce, pay);
	c->evidence[i] = (struct signer_evidence){ pay->payout, 1, c->order[i].p, c->order[i].len };
}

void
plan_case_init(struct plan_case *c, const struct signer_world *w, uint64_t plan, size_t pays)
{
	assert(pays <= PLAN_CASE_PAYS);
	*c = (struct plan_case){ .height = 200, .n = pays };
	c->sheet = (struct plan_sheet){ .plan = plan, .kind = pays > 0 ? PLAN_PAYOUT : PLAN_REFRESH, .tx_version = w->params.plan_tx_version,
					.rate = 2000, .in_n = 2, .pay_n = pays, .change_n = 1 };
	for (size_t i = 0; i < 2; i++) {
		c->sheet.in[i] = (struct plan_input){ .prevout = { .index = (uint32_t)i }, .value = 50000000 };
		memcpy(c->sheet.in[i].prevout.txid.b, &plan, sizeof(plan));
	}
	for (size_t i = 0; i < pays; i++)
		plan_case_order(c, w, i, (unsigned)i, plan, 1000000 * (i + 1));
	if (pays > 0) {
		c->sheet.anchor_height = 7;
		c->sheet.anchor_hash.b[0] = 7;
	}
	plan_case_fee(c, plan_case_fee_at(c, w, c->sheet.rate));
}

void
plan_case_clear(struct plan_case *c)
{
	for (size_t i = 0; i < PLAN_CASE_PAYS; i++)
		wr_clear(&c->order[i]);
}

uint64_t
plan_case_gross(const struct plan_case *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->sheet.pay_n; i++)
		sum += c->sheet.pay[i].amount;
	return sum;
}

void
plan_case_fee(struct plan_case *c, uint64_t fee)
{
	uint64_t in = 0;

	for (size_t i = 0; i < c->sheet.in_n; i++)
		in += c->sheet.in[i].value;
	c->sheet.change_n = 1;
	c->sheet.change[0] = in - plan_case_gross(c) - fee;
}

uint64_t
plan_case_fee_at(const struct plan_case *c, const struct signer_world *w, uint32_t rate)
{
	return plan_fee(plan_weight(&c->sheet, &w->vault), rate);
}

void
wr_plan_case(struct wr *w, const struct plan_case *c)
{
	wr_signer_plan(w, c->height, &c->sheet, c->evidence, c->n);
}
