#include "bridge/op_json.h"

#include <string.h>

#include "bridge/genesis_names.h"
#include "bridge/modules.h"
#include "bridge/peg/ops.h"
#include "bridge/rpc.h"
#include "token/ops.h"

/* Where the fields of one operation go. */
struct fields {
	json_t *o;
	const char *hrp;
};

static void
put_account(struct fields *f, const char *key, const struct account *a)
{
	char text[ACCOUNT_TEXT_LEN];

	account_to_text(text, a, f->hrp);
	json_object_set_new(f->o, key, json_string(text));
}

static void
put_units(struct fields *f, const char *key, struct amount a)
{
	json_object_set_new(f->o, key, json_sprintf("%llu", (unsigned long long)amount_units(a)));
}

static void
put_asset(struct fields *f, const struct asset_id *a)
{
	json_object_set_new(f->o, "asset", json_hash(&a->id));
}

static void
put_number(struct fields *f, const char *key, uint64_t n)
{
	json_object_set_new(f->o, key, json_integer((json_int_t)n));
}

static void
put_text(struct fields *f, const char *key, const struct op_text *t)
{
	json_t *text = json_stringn(t->p, t->len);

	json_object_set_new(f->o, key, text != NULL ? text : json_hex(t->p, t->len));
}

static bool
show_create(struct fields *f, const struct op *op)
{
	struct op_create o;

	if (!op_create_decode(&o, op->payload, op->payload_len))
		return false;
	put_text(f, "ticker", &o.ticker);
	put_text(f, "name", &o.name);
	put_text(f, "rule", &o.rule);
	put_number(f, "decimals", o.decimals);
	put_number(f, "flags", o.flags);
	put_units(f, "cap", o.cap);
	return true;
}

static bool
show_mint(struct fields *f, const struct op *op)
{
	struct op_mint o;

	if (!op_mint_decode(&o, op->payload, op->payload_len))
		return false;
	put_asset(f, &o.asset);
	put_account(f, "to", &o.to);
	put_units(f, "units", o.amount);
	put_units(f, "coin_max", o.coin_max);
	return true;
}

static bool
show_burn(struct fields *f, const struct op *op)
{
	struct op_burn o;

	if (!op_burn_decode(&o, op->payload, op->payload_len))
		return false;
	put_asset(f, &o.asset);
	put_units(f, "units", o.amount);
	return true;
}

static bool
show_transfer(struct fields *f, const struct op *op)
{
	struct op_transfer o;

	if (!op_transfer_decode(&o, op->payload, op->payload_len))
		return false;
	put_asset(f, &o.asset);
	put_account(f, "to", &o.to);
	put_units(f, "units", o.amount);
	if (o.memo.len > 0)
		json_object_set_new(f->o, "memo", json_hex(o.memo.p, o.memo.len));
	return true;
}

static bool
show_earn(struct fields *f, const struct op *op)
{
	struct op_earn o;

	if (!op_earn_decode(&o, op->payload, op->payload_len))
		return false;
	put_asset(f, &o.asset);
	put_account(f, "to", &o.to);
	json_object_set_new(f->o, "receipt", json_hash(&o.receipt));
	put_units(f, "paid", o.paid);
	put_units(f, "with_points", o.with_points);
	return true;
}

static bool
show_refund(struct fields *f, const struct op *op)
{
	struct op_refund o;

	if (!op_refund_decode(&o, op->payload, op->payload_len))
		return false;
	put_asset(f, &o.asset);
	put_account(f, "customer", &o.customer);
	json_object_set_new(f->o, "receipt", json_hash(&o.receipt));
	put_units(f, "returned", o.returned);
	return true;
}

static bool
show_redeem(struct fields *f, const struct op *op)
{
	struct op_redeem o;

	if (!op_redeem_decode(&o, op->payload, op->payload_len))
		return false;
	put_asset(f, &o.asset);
	put_units(f, "units", o.amount);
	return true;
}

static bool
show_create_dao(struct fields *f, const struct op *op)
{
	struct op_create_dao o;

	if (!op_create_dao_decode(&o, op->payload, op->payload_len))
		return false;
	put_text(f, "name", &o.name);
	put_text(f, "rule", &o.rule);
	return true;
}

static bool
show_propose(struct fields *f, const struct op *op)
{
	struct op_propose o;
	json_t *actions = json_array();

	if (!op_propose_decode(&o, op->payload, op->payload_len)) {
		json_decref(actions);
		return false;
	}
	put_number(f, "dao", o.dao);
	put_text(f, "title", &o.title);
	put_units(f, "deposit", o.deposit);
	for (size_t i = 0; i < o.actions_n; i++) {
		const char *name = genesis_action_name((enum action_kind)o.actions[i].kind);

		json_array_append_new(actions, json_string(name != NULL ? name : "UNKNOWN"));
	}
	json_object_set_new(f->o, "actions", actions);
	return true;
}

static bool
show_vote(struct fields *f, const struct op *op)
{
	static const char *const names[VOTE_CHOICES] = { "for", "against", "abstain", "veto" };
	struct op_vote o;

	if (!op_vote_decode(&o, op->payload, op->payload_len))
		return false;
	put_number(f, "proposal", o.proposal);
	for (size_t i = 0; i < VOTE_CHOICES; i++) {
		if (o.parts[i] > 0)
			put_number(f, names[i], o.parts[i]);
	}
	return true;
}

static bool
show_proposal(struct fields *f, const struct op *op)
{
	struct op_proposal o;

	if (!op_proposal_decode(&o, op->payload, op->payload_len))
		return false;
	put_number(f, "proposal", o.proposal);
	return true;
}

static bool
show_headers(struct fields *f, const struct op *op)
{
	struct op_headers o;
	struct header first;
	struct hash256 hash;

	if (!op_headers_decode(&o, op->payload, op->payload_len) || !header_decode(&first, o.bytes, HEADER_LEN))
		return false;
	header_hash(&hash, &first);
	put_number(f, "headers", o.n);
	json_object_set_new(f->o, "first", json_display_hash(&hash));
	return true;
}

static void
put_terms(struct fields *f, const struct deposit_terms *t)
{
	put_number(f, "epoch", t->epoch);
	put_account(f, "account", &t->account);
	put_asset(f, &t->asset);
	json_object_set_new(f->o, "reclaim_key", json_key(&t->reclaim));
	put_number(f, "nonce", t->nonce);
}

static bool
show_deposit(struct fields *f, const struct op *op)
{
	struct op_deposit o;

	if (!op_deposit_decode(&o, op->payload, op->payload_len))
		return false;
	put_terms(f, &o.terms);
	put_number(f, "output", o.index);
	return true;
}

static bool
show_intent(struct fields *f, const struct op *op)
{
	struct op_intent o;

	if (!op_intent_decode(&o, op->payload, op->payload_len))
		return false;
	put_terms(f, &o.terms);
	put_number(f, "member", o.mark.member);
	return true;
}

static bool
show_intent_paid(struct fields *f, const struct op *op)
{
	struct deposit_terms t;

	if (!op_intent_paid_decode(&t, op->payload, op->payload_len))
		return false;
	put_terms(f, &t);
	return true;
}

static bool
show_payout(struct fields *f, const struct op *op)
{
	struct op_payout o;

	if (!op_payout_decode(&o, op->payload, op->payload_len))
		return false;
	put_units(f, "units", o.amount);
	put_units(f, "max_fee", o.max_fee);
	json_object_set_new(f->o, "script", json_hex(o.script, o.script_len));
	return true;
}

static bool
show_cancel_payout(struct fields *f, const struct op *op)
{
	uint64_t payout;

	if (!op_cancel_decode(&payout, op->payload, op->payload_len))
		return false;
	put_number(f, "payout", payout);
	return true;
}

static bool
show_feerate(struct fields *f, const struct op *op)
{
	struct op_feerate o;

	if (!op_feerate_decode(&o, op->payload, op->payload_len))
		return false;
	put_number(f, "rate", o.rate);
	put_number(f, "member", o.mark.member);
	return true;
}

static bool
show_sign(struct fields *f, const struct op *op)
{
	struct op_sign o;

	if (!op_sign_decode(&o, op->payload, op->payload_len))
		return false;
	put_number(f, "plan", o.plan);
	put_number(f, "version", o.version);
	put_number(f, "member", o.member);
	put_number(f, "signatures", o.n);
	return true;
}

static bool
show_confirm(struct fields *f, const struct op *op)
{
	struct op_confirm o;

	if (!op_confirm_decode(&o, op->payload, op->payload_len))
		return false;
	put_number(f, "plan", o.plan);
	return true;
}

static bool
show_spent(struct fields *f, const struct op *op)
{
	struct op_spent o;

	if (!op_spent_decode(&o, op->payload, op->payload_len))
		return false;
	json_object_set_new(f->o, "outpoint_txid", json_display_hash(&o.outpoint.txid));
	put_number(f, "outpoint_index", o.outpoint.index);
	return true;
}

static const struct {
	uint16_t number;
	bool (*show)(struct fields *f, const struct op *op);
} shown[] = {
	{ OP_CREATE, show_create },
	{ OP_MINT, show_mint },
	{ OP_BURN, show_burn },
	{ OP_TRANSFER, show_transfer },
	{ OP_EARN, show_earn },
	{ OP_REFUND, show_refund },
	{ OP_REDEEM, show_redeem },
	{ OP_CREATE_DAO, show_create_dao },
	{ OP_PROPOSE, show_propose },
	{ OP_VOTE, show_vote },
	{ OP_CANCEL, show_proposal },
	{ OP_EXECUTE, show_proposal },
	{ OP_GUARDIAN_VETO, show_proposal },
	{ PEG_HEADERS, show_headers },
	{ PEG_DEPOSIT, show_deposit },
	{ PEG_INTENT, show_intent },
	{ PEG_INTENT_PAID, show_intent_paid },
	{ PEG_PAYOUT, show_payout },
	{ PEG_CANCEL, show_cancel_payout },
	{ PEG_FEERATE, show_feerate },
	{ PEG_SIGN, show_sign },
	{ PEG_CONFIRM, show_confirm },
	{ PEG_SETTLE, show_confirm },
	{ PEG_SPENT, show_spent },
};

json_t *
op_json(const struct op *op, const char *hrp)
{
	const struct op_info *info = modules_op_info(op->number);
	struct fields f = { .o = json_object(), .hrp = hrp };
	bool done = false;

	json_object_set_new(f.o, "op", info != NULL ? json_string(info->name) : json_sprintf("%u", (unsigned)op->number));
	if (info == NULL || !info->relay)
		put_account(&f, "source", &op->source);
	for (size_t i = 0; !done && i < ARRAY_LEN(shown); i++)
		done = shown[i].number == op->number && shown[i].show(&f, op);
	if (!done)
		json_object_set_new(f.o, "payload", json_hex(op->payload, op->payload_len));
	return f.o;
}

json_t *
transaction_json(const char **why, const void *bytes, size_t len, const char *hrp)
{
	struct transaction t;
	struct hash256 id;
	struct fields f = { .hrp = hrp };
	json_t *ops;

	*why = transaction_decode(&t, bytes, len);
	if (*why != NULL)
		return NULL;
	transaction_id(&id, &t);
	f.o = json_pack("{sosssi}", "txid", json_hash(&id), "kind", t.relay ? "relay" : "signed", "bytes", (int)len);
	if (!t.relay) {
		put_account(&f, "payer", &t.payer);
		put_number(&f, "nonce", t.nonce);
		json_object_set_new(f.o, "fee", json_amount(t.fee, AMOUNT_DECIMALS_MAX));
		json_object_set_new(f.o, "valid_until", json_integer(t.valid_until.sec));
		json_object_set_new(f.o, "signed", json_boolean(t.witness_len > 0));
	}
	ops = json_array();
	for (size_t i = 0; i < t.ops_n; i++)
		json_array_append_new(ops, op_json(&t.ops[i], hrp));
	json_object_set_new(f.o, "ops", ops);
	transaction_clear(&t);
	return f.o;
}

json_t *
events_json(const struct wr *events)
{
	struct rd r = rd_init(events->p, events->len);
	json_t *list = json_array();
	struct event e;

	while (event_next(&e, &r))
		json_array_append_new(list, json_pack("{ssso}", "event", e.name, "data", json_hex(e.body, e.len)));
	return list;
}
