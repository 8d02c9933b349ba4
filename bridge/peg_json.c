#include "bridge/peg_json.h"

#include "bridge/node.h"
#include "bridge/rpc.h"
#include "bridge/account_name.h"
#include "token/asset.h"

json_t *
json_coin(struct amount a)
{
	return json_amount(a, AMOUNT_DECIMALS_MAX);
}

json_t *
json_outpoint(const struct outpoint *o)
{
	char txid[HASH256_HEX_LEN];

	hash256_to_display(txid, &o->txid);
	return json_sprintf("%s:%u", txid, o->index);
}

static void
put_reason(json_t *o, const char *reason)
{
	if (reason[0] != '\0')
		json_object_set_new(o, "reason", json_string(reason));
}

json_t *
deposit_json(const struct node *n, const struct state *s, const struct deposit *d)
{
	json_t *o = json_pack("{sososs}", "deposit", json_outpoint(&d->outpoint), "amount", json_coin(d->value), "state",
			      deposit_state_name(d->state));
	struct asset a;

	put_reason(o, d->reason);
	json_object_set_new(o, "account", json_account(n, &d->terms.account));
	put_account_name(o, "account_name", n, &d->terms.account);
	json_object_set_new(o, "asset",
			    asset_get(&a, s, &d->terms.asset) ? json_string(a.ticker) : json_hash(&d->terms.asset.id));
	json_object_set_new(o, "depth", json_integer((json_int_t)peg_block_depth(s, &d->block.hash)));
	json_object_set_new(o, "depth_needed", json_integer((json_int_t)peg_deposit_depth(s, d)));
	json_object_set_new(o, "height", json_integer((json_int_t)d->block.height));
	json_object_set_new(o, "txid", json_display_hash(&d->outpoint.txid));
	if (d->state == DEPOSIT_MINTED)
		json_object_set_new(o, "tokens", json_boolean(d->tokens));
	if (d->state == DEPOSIT_QUARANTINED)
		json_object_set_new(o, "frozen", json_coin(d->frozen));
	return o;
}

json_t *
payout_json(const struct node *n, const struct payout *p)
{
	json_t *o = json_pack("{sIsoss}", "payout", (json_int_t)p->id, "amount", json_coin(p->amount), "state",
			      payout_state_name(p->state));
	char address[ADDRESS_TEXT_LEN];

	put_reason(o, p->reason);
	json_object_set_new(o, "account", json_account(n, &p->account));
	put_account_name(o, "account_name", n, &p->account);
	if (address_encode(address, node_params(n), p->script, p->script_len))
		json_object_set_new(o, "address", json_string(address));
	else
		json_object_set_new(o, "script", json_hex(p->script, p->script_len));
	json_object_set_new(o, "max_fee", json_coin(p->max_fee));
	if (p->plan != 0)
		json_object_set_new(o, "plan", json_integer((json_int_t)p->plan));
	if (!hash256_is_zero(&p->txid))
		json_object_set_new(o, "txid", json_display_hash(&p->txid));
	return o;
}

static const char *
coin_kind_name(enum coin_kind k)
{
	switch (k) {
	case COIN_DEPOSIT:
		return "deposit";
	case COIN_VAULT:
		return "vault";
	case COIN_DONATION:
		return "donation";
	}
	return "";
}

json_t *
coin_json(const struct coin *c)
{
	json_t *o = json_pack("{sosssosIsi}", "outpoint", json_outpoint(&c->outpoint), "kind", coin_kind_name(c->kind),
			      "amount", json_coin(c->value), "height", (json_int_t)c->height, "epoch", (int)c->epoch);

	if (c->plan != 0)
		json_object_set_new(o, "plan", json_integer((json_int_t)c->plan));
	json_object_set_new(o, "counts", json_boolean(!c->suspended && !c->spent));
	return o;
}

json_t *
peg_status_json(const struct peg_status *p)
{
	json_t *o = json_pack("{ss}", "state", peg_state_name(p->state));

	put_reason(o, p->reason);
	json_object_set_new(o, "height", json_integer((json_int_t)p->height));
	json_object_set_new(o, "tip", json_display_hash(&p->tip));
	json_object_set_new(o, "tip_time", json_integer(p->tip_time.sec));
	json_object_set_new(o, "epoch", json_integer((json_int_t)p->epoch));
	json_object_set_new(o, "reserve", json_coin(p->reserve));
	json_object_set_new(o, "supply", json_coin(p->supply));
	json_object_set_new(o, "deficit", json_coin(p->deficit));
	json_object_set_new(o, "donations", json_coin(p->donations));
	json_object_set_new(o, "fee_fund", json_coin(p->fee_fund));
	json_object_set_new(o, "vault_free", json_coin(p->vault_free));
	json_object_set_new(o, "deposits_free", json_coin(p->deposits_free));
	json_object_set_new(o, "inflow", json_coin(p->inflow));
	json_object_set_new(o, "outflow", json_coin(p->outflow));
	json_object_set_new(o, "fee_rate", json_integer((json_int_t)p->fee_rate));
	json_object_set_new(o, "fee_rate_last", json_integer((json_int_t)p->fee_rate_last));
	json_object_set_new(o, "fee_votes", json_integer((json_int_t)p->fee_votes));
	json_object_set_new(o, "deposits", json_integer((json_int_t)p->deposits));
	json_object_set_new(o, "payouts", json_integer((json_int_t)p->payouts));
	json_object_set_new(o, "plans", json_integer((json_int_t)p->plans));
	json_object_set_new(o, "queued", json_integer((json_int_t)p->queued));
	json_object_set_new(o, "waiting", json_integer((json_int_t)p->waiting));
	json_object_set_new(o, "refresh_alarm", json_boolean(p->refresh_alarm));
	return o;
}

/* What the newest version has: its id, fee, who has signed, and the transaction once enough have. */
static void
put_version(json_t *o, const struct state *s, const struct plan *p)
{
	struct plan_version v;
	struct wr raw = { 0 };
	struct tx tx;
	json_t *members = json_array();

	if (!plan_version_get(&v, s, p->id, p->versions - 1)) {
		json_decref(members);
		return;
	}
	for (int i = 0; i < PEG_MEMBERS_MAX; i++) {
		if (v.signed_by >> i & 1)
			json_array_append_new(members, json_integer(i));
	}
	json_object_set_new(o, "version", json_integer((json_int_t)v.version));
	json_object_set_new(o, "txid", json_display_hash(&v.txid));
	json_object_set_new(o, "fee", json_coin(v.fee));
	json_object_set_new(o, "fee_rate", json_integer((json_int_t)v.rate));
	json_object_set_new(o, "signed_by", members);
	if (peg_plan_signed_tx(&tx, s, p->id, v.version)) {
		wr_tx(&raw, &tx);
		json_object_set_new(o, "transaction", json_hex(raw.p, raw.len));
		wr_clear(&raw);
		tx_clear(&tx);
	}
}

json_t *
plan_json(const struct state *s, const struct plan *p)
{
	json_t *o = json_pack("{sIssss}", "plan", (json_int_t)p->id, "kind", plan_kind_name(p->kind), "state",
			      plan_state_name(p->state));
	json_t *inputs = json_array(), *payouts = json_array();

	put_reason(o, p->reason);
	json_object_set_new(o, "epoch", json_integer((json_int_t)p->epoch));
	json_object_set_new(o, "made_at_height", json_integer((json_int_t)p->made));
	for (size_t i = 0; i < p->in_n; i++)
		json_array_append_new(inputs, json_outpoint(&p->in[i].outpoint));
	for (size_t i = 0; i < p->payouts_n; i++)
		json_array_append_new(payouts, json_integer((json_int_t)p->payout[i]));
	json_object_set_new(o, "inputs", inputs);
	json_object_set_new(o, "payouts", payouts);
	put_version(o, s, p);
	if (p->kind == PLAN_PAYOUT)
		json_object_set_new(o, "anchor_height", json_integer((json_int_t)p->anchor_height));
	if (!block_ref_is_none(&p->confirmed))
		json_object_set_new(o, "confirmed_at_height", json_integer((json_int_t)p->confirmed.height));
	return o;
}
