#include "bridge/peg/peg.h"

#include <assert.h>
#include <stdio.h>

#include "bridge/peg/deposit.h"
#include "bridge/peg/donate.h"
#include "bridge/peg/heights.h"
#include "bridge/peg/intent.h"
#include "bridge/peg/invariants.h"
#include "bridge/peg/member.h"
#include "bridge/peg/payout.h"
#include "bridge/peg/plan.h"
#include "bridge/peg/reorg.h"
#include "bridge/peg/settle.h"
#include "bridge/peg/sign.h"
#include "bridge/peg/spent.h"

#define MALFORMED "BAD_PAYLOAD"

static const char *
apply_headers(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_headers in;
	struct relay relay;
	uint32_t fork;
	const char *why;

	if (!op_headers_decode(&in, op->payload, op->payload_len))
		return MALFORMED;
	why = relay_add(&fork, x, p, &in);
	if (why != NULL)
		return why;
	if (fork != UINT32_MAX)
		peg_reorg(x, p, fork);
	relay_get(&relay, x->state);
	height_prune(x->state, relay.first);
	return NULL;
}

static const char *
apply_deposit(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_deposit in;

	return op_deposit_decode(&in, op->payload, op->payload_len) ? deposit_apply(x, p, &in) : MALFORMED;
}

static const char *
apply_intent(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_intent in;

	return op_intent_decode(&in, op->payload, op->payload_len) ? intent_apply(x, p, &in) : MALFORMED;
}

static const char *
apply_intent_paid(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct deposit_terms in;

	return op_intent_paid_decode(&in, op->payload, op->payload_len) ? intent_paid_apply(x, p, &in, &op->source) : MALFORMED;
}

static const char *
apply_payout(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_payout in;

	return op_payout_decode(&in, op->payload, op->payload_len) ? payout_apply(x, p, &in, &op->source) : MALFORMED;
}

static const char *
apply_cancel(struct exec *x, const struct peg_params *p, const struct op *op)
{
	uint64_t id;

	(void)p;
	return op_cancel_decode(&id, op->payload, op->payload_len) ? payout_cancel(x, id, &op->source) : MALFORMED;
}

static const char *
apply_feerate(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_feerate in;

	(void)p;
	return op_feerate_decode(&in, op->payload, op->payload_len) ? feerate_apply(x, &in) : MALFORMED;
}

static const char *
apply_sign(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_sign in;

	(void)p;
	return op_sign_decode(&in, op->payload, op->payload_len) ? sign_apply(x, &in) : MALFORMED;
}

static const char *
apply_confirm(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_confirm in;

	return op_confirm_decode(&in, op->payload, op->payload_len) ? confirm_apply(x, p, &in) : MALFORMED;
}

static const char *
apply_settle(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_confirm in;

	return op_confirm_decode(&in, op->payload, op->payload_len) ? settle_apply(x, p, &in) : MALFORMED;
}

static const char *
apply_spent(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_spent in;

	return op_spent_decode(&in, op->payload, op->payload_len) ? spent_apply(x, p, &in) : MALFORMED;
}

static const char *
apply_donate(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct op_donate in;

	return op_donate_decode(&in, op->payload, op->payload_len) ? donate_apply(x, p, &in) : MALFORMED;
}

static const char *
apply_pause(struct exec *x, const struct peg_params *p, const struct op *op)
{
	struct member_mark in;

	return op_guardian_decode(&in, op->payload, op->payload_len) ? guardian_apply(x, p, &in) : MALFORMED;
}

static const char *peg_apply(struct exec *x, const struct op *op);

static const struct op_info ops[] = {
	{ PEG_HEADERS, "HEADERS", true, peg_apply },
	{ PEG_DEPOSIT, "DEPOSIT", true, peg_apply },
	{ PEG_INTENT, "INTENT", true, peg_apply },
	{ PEG_INTENT_PAID, "INTENT_PAID", false, peg_apply },
	{ PEG_PAYOUT, "PAYOUT", false, peg_apply },
	{ PEG_CANCEL, "CANCEL_PAYOUT", false, peg_apply },
	{ PEG_FEERATE, "FEERATE", true, peg_apply },
	{ PEG_SIGN, "SIGN", true, peg_apply },
	{ PEG_CONFIRM, "CONFIRM", true, peg_apply },
	{ PEG_SETTLE, "SETTLE", true, peg_apply },
	{ PEG_SPENT, "SPENT", true, peg_apply },
	{ PEG_DONATE, "DONATE", true, peg_apply },
	{ PEG_PAUSE, "GUARDIAN_PAUSE", true, peg_apply },
};

/* In the order of the table above: with the peg's parameters. */
static const char *(*const handlers[ARRAY_LEN(ops)])(struct exec *, const struct peg_params *, const struct op *) = {
	apply_headers, apply_deposit, apply_intent, apply_intent_paid, apply_payout, apply_cancel, apply_feerate,
	apply_sign,    apply_confirm, apply_settle, apply_spent,       apply_donate, apply_pause,
};

static const char *
peg_apply(struct exec *x, const struct op *op)
{
	struct peg_params p;
	size_t i = 0;

	while (ops[i].number != op->number)
		i++;
	record_params_get(&p, x->state);
	return handlers[i](x, &p, op);
}

static const char *
peg_genesis(struct exec *x, const uint8_t *section, size_t len)
{
	struct peg_params p;
	struct federation f;
	struct vault v;
	const char *why = peg_genesis_decode(&p, &f, section, len);

	if (why != NULL)
		return why;
	if (!vault_init(&v, &f, &p, &x->env->genesis_id))
		return "the federation's scripts cannot be made";
	vault_clear(&v);
	record_start(x->state, &p, &f, &x->env->genesis_id);
	relay_start(x, &p);
	return NULL;
}

static void
peg_end_block(struct exec *x)
{
	struct peg_params p;

	record_params_get(&p, x->state);
	peg_heed_resume(x);
	peg_heed_cover(x);
	relay_mature(x, &p);
	feerate_end_block(x, &p);
	spents_end_block(x, &p);
	deposits_end_block(x, &p);
	payouts_end_block(x, &p);
	plans_end_block(x, &p);
	intents_end_block(x);
	solvency_end_block(x);
}

static bool
peg_next_deadline(const struct state *s, struct unixtime *out)
{
	struct peg_params p;

	record_params_get(&p, s);
	return relay_next_maturity(out, s, &p);
}

const struct module peg_module = {
	.name = "peg",
	.letter = PEG_LETTER,
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = peg_genesis,
	.end_block = peg_end_block,
	.next_deadline = peg_next_deadline,
	.invariants = peg_invariants,
	.changed = peg_invariants_changed,
};
