/* Each payout in QUEUED, PLANNED or SIGNED has amount + max_fee in escrow; in the other states nothing. */
#include "bridge/peg/payout.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bridge/peg/peg.h"
#include "bridge/peg/relay.h"
#include "bridge/peg/state_key.h"

static void
set_queued(struct state *s, uint64_t id, bool queued)
{
	struct state_key k = key_with_u64(KEY_QUEUE, id);

	if (queued)
		key_mark(s, &k);
	else
		key_delete(s, &k);
}

void
payout_enter(struct exec *x, struct payout *pay, enum payout_state state, const char *reason)
{
	struct wr w = { 0 };

	pay->state = state;
	snprintf(pay->reason, sizeof(pay->reason), "%s", reason);
	payout_put(x->state, pay);
	set_queued(x->state, pay->id, state == PAYOUT_QUEUED);
	wr_u64(&w, pay->id);
	wr_u8(&w, (uint8_t)state);
	wr_varbytes(&w, pay->reason, strlen(pay->reason));
	exec_event(x, "PEG_PAYOUT", w.p, w.len);
	exec_involve(x, &pay->account);
	wr_clear(&w);
}

void
payout_queue_walk(struct state_walk *w, const struct state *s)
{
	key_walk(w, s, KEY_QUEUE);
}

bool
payout_queue_next(struct state_walk *w, struct payout *out)
{
	bool there;

	if (!state_walk_next(w))
		return false;
	there = payout_get(out, w->state, key_read_u64(w->key, 0));
	assert(there);
	return true;
}

static bool
is_vault_script(const struct state *s, const uint8_t *script, size_t len)
{
	for (uint32_t epoch = 0; epoch <= record_epoch(s); epoch++) {
		struct vault v;
		bool same;

		if (!peg_vault(&v, s, epoch))
			continue;
		same = len == P2TR_LEN && memcmp(v.script, script, len) == 0;
		vault_clear(&v);
		if (same)
			return true;
	}
	return false;
}

static const char *
taproot_destination(const struct state *s, const uint8_t *program)
{
	struct xonly_key key;
	struct intent i;

	memcpy(key.b, program, sizeof(key.b));
	if (!xonly_valid(&key))
		return "DESTINATION_UNSPENDABLE";
	if (known_script_there(s, &key) || intent_get(&i, s, &key))
		return "DESTINATION_DEPOSIT";
	return NULL;
}

const char *
payout_destination(const struct state *s, const uint8_t *script, size_t len)
{
	const uint8_t *program;
	size_t program_len;

	if (len > PEG_SCRIPT_MAX)
		return "DESTINATION_NONSTANDARD";
	if (is_vault_script(s, script, len))
		return "DESTINATION_VAULT";
	switch (script_classify(&program, &program_len, script, len)) {
	case SCRIPT_P2PKH:
	case SCRIPT_P2SH:
	case SCRIPT_P2WPKH:
	case SCRIPT_P2WSH:
		return NULL;
	case SCRIPT_P2TR:
		return taproot_destination(s, program);
	case SCRIPT_NONSTANDARD:
	case SCRIPT_WITNESS_UNKNOWN:
	case SCRIPT_OP_RETURN:
		return "DESTINATION_NONSTANDARD";
	}
	return "DESTINATION_NONSTANDARD";
}

static const char *
check(const struct exec *x, const struct peg_params *p, const struct op_payout *op)
{
	struct books b;

	books_get(&b, x->state);
	if (b.halted)
		return "PEG_HALTED";
	if (amount_cmp(op->amount, p->payout_min) < 0 || amount_units(op->amount) < script_dust_limit(op->script, op->script_len))
		return "PAYOUT_BELOW_MIN";
	if (amount_cmp(op->amount, p->outflow_cap) > 0)
		return "PAYOUT_ABOVE_CAP";
	return payout_destination(x->state, op->script, op->script_len);
}

const char *
payout_apply(struct exec *x, const struct peg_params *p, const struct op_payout *op, const struct account *source)
{
	struct payout pay = { .account = *source, .amount = op->amount, .max_fee = op->max_fee, .script_len = op->script_len,
			      .origin = x->transaction, .origin_op = x->op_index };
	struct account escrow = peg_escrow();
	struct asset_id coin = ASSET_COIN;
	struct amount total;
	struct relay relay;
	struct books b;
	const char *why = check(x, p, op);

	if (why != NULL)
		return why;
	if (!amount_add(&total, op->amount, op->max_fee))
		return "AMOUNT_OVERFLOW";
	why = bank_transfer(x->state, source, &escrow, &coin, total);
	if (why != NULL)
		return why;
	books_get(&b, x->state);
	pay.id = ++b.payouts;
	books_put(x->state, &b);
	memcpy(pay.script, op->script, op->script_len);
	relay_get(&relay, x->state);
	pay.queued = relay.height;
	payout_enter(x, &pay, PAYOUT_QUEUED, "");
	return NULL;
}

static void
give_back(struct exec *x, struct payout *pay, enum payout_state state, const char *reason)
{
	struct account escrow = peg_escrow();

	coin_move(x->state, &escrow, &pay->account, sum(pay->amount, pay->max_fee));
	payout_enter(x, pay, state, reason);
}

const char *
payout_cancel(struct exec *x, uint64_t id, const struct account *source)
{
	struct payout pay;

	if (!payout_get(&pay, x->state, id))
		return "PAYOUT_UNKNOWN";
	if (!account_eq(&pay.account, source))
		return "NOT_THE_OWNER";
	if (pay.state != PAYOUT_QUEUED)
		return "PAYOUT_NOT_QUEUED";
	give_back(x, &pay, PAYOUT_CANCELLED, "");
	return NULL;
}

void
payouts_end_block(struct exec *x, const struct peg_params *p)
{
	struct state_walk w;
	struct payout pay;
	struct relay relay;

	relay_get(&relay, x->state);
	payout_queue_walk(&w, x->state);
	while (payout_queue_next(&w, &pay)) {
		char reason[PEG_REASON_LEN];

		if (relay.height < (uint64_t)pay.queued + p->payout_expiry)
			continue;
		/* the last thing that it waited for */
		memcpy(reason, pay.reason, sizeof(reason));
		give_back(x, &pay, PAYOUT_EXPIRED, reason);
	}
}
