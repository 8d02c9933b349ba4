#include "bridge/rpc_simulate.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/engine.h"
#include "bridge/modules.h"
#include "bridge/node.h"
#include "bridge/op_json.h"
#include "token/partial.h"
#include "bridge/rpc_write.h"
#include "bridge/wallet.h"
#include "token/holding.h"

/* A balance whose key the transaction wrote. */
struct moved {
	struct account who;
	struct asset_id asset;
	bool known; /* ticker and decimals are; the asset may be made by this very transaction */
	bool lots;
	char ticker[ASSET_TICKER_MAX + 1];
	unsigned decimals;
	struct amount before, after;
};

struct look {
	struct moved *list; /* owned */
	size_t n;
	size_t keys; /* that would differ */
	struct unixtime now;
};

static void
add_moved(struct look *look, const struct account *who, const struct asset_id *asset)
{
	struct account lots = account_of_module("lots", asset->id.b, sizeof(asset->id.b));

	if (account_eq(who, &lots)) /* holds all units with dates: whose they are is told by the lots */
		return;
	for (size_t i = 0; i < look->n; i++) {
		if (account_eq(&look->list[i].who, who) && asset_id_eq(&look->list[i].asset, asset))
			return;
	}
	look->list = mem_resize(look->list, look->n + 1, sizeof(*look->list));
	look->list[look->n++] = (struct moved){ .who = *who, .asset = *asset };
}

/* Keys of balances and of lots (doc/formats.md "Keys of the ledger's own modules"). */
static void
on_key(void *context, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len)
{
	struct look *look = context;
	struct rd r = rd_init(key + 2, key_len > 2 ? key_len - 2 : 0);
	struct asset_id asset;
	struct account who;

	(void)value;
	(void)len;
	look->keys++;
	if (key_len != 2 + ACCOUNT_LEN + 32)
		return;
	if (key[0] == 'b' && key[1] == 'a') {
		rd_account(&r, &who);
		rd_asset_id(&r, &asset);
	} else if (key[0] == 't' && key[1] == 'l') {
		rd_asset_id(&r, &asset);
		rd_account(&r, &who);
	} else {
		return;
	}
	if (rd_done(&r))
		add_moved(look, &who, &asset);
}

static struct amount
balance_of(const struct look *look, const struct moved *m, const struct state *s)
{
	struct asset a;

	if (m->lots && asset_get(&a, s, &m->asset))
		return holding_total(s, &a, &m->who, look->now);
	return bank_balance(s, &m->who, &m->asset);
}

/* The state as it would be. */
static void
on_state(void *context, const struct state *after)
{
	struct look *look = context;

	state_delta(after, on_key, look);
	for (size_t i = 0; i < look->n; i++) {
		struct moved *m = &look->list[i];
		struct asset a;

		m->known = asset_get(&a, after, &m->asset);
		m->lots = m->known && (a.flags & ASSET_LOTS) != 0;
		if (m->known) {
			snprintf(m->ticker, sizeof(m->ticker), "%s", a.ticker);
			m->decimals = a.decimals;
		}
		m->after = balance_of(look, m, after);
	}
}

static json_t *
change_json(const struct moved *m)
{
	bool more = amount_cmp(m->after, m->before) >= 0;
	char text[AMOUNT_TEXT_LEN];
	struct amount by;

	if (!amount_sub(&by, more ? m->after : m->before, more ? m->before : m->after))
		return json_null();
	amount_format(text, by, m->decimals);
	return json_sprintf("%c%s", more ? '+' : '-', text);
}

static json_t *
moved_json(const struct rpc_call *c, const struct moved *m)
{
	const struct wallet *w = node_wallet(rpc_node(c));
	const struct wallet_account *mine = wallet_find(w, &m->who);
	const struct wallet_policy *shared = wallet_find_policy(w, &m->who);
	struct account fees = bank_fee_fund();
	json_t *o = json_pack("{sosssosososo}", "account", json_account(rpc_node(c), &m->who), "ticker", m->known ? m->ticker : "?", "before",
			      json_amount(m->before, m->decimals), "after", json_amount(m->after, m->decimals), "change", change_json(m),
			      "asset", json_hash(&m->asset.id));

	if (mine != NULL || shared != NULL)
		json_object_set_new(o, "label", json_string(mine != NULL ? mine->label : shared->label));
	else if (account_eq(&m->who, &fees))
		json_object_set_new(o, "label", json_string("(fees)"));
	return o;
}

/* Those that do differ. */
static json_t *
balances_json(const struct rpc_call *c, struct look *look)
{
	const struct state *s = ledger_state(node_ledger(rpc_node(c)));
	json_t *list = json_array();

	for (size_t i = 0; i < look->n; i++) {
		struct moved *m = &look->list[i];

		m->before = balance_of(look, m, s);
		if (amount_cmp(m->before, m->after) != 0)
			json_array_append_new(list, moved_json(c, m));
	}
	return list;
}

static const char *
code_text(enum result_code code)
{
	switch (code) {
	case RESULT_OK:
		return "OK";
	case RESULT_FAILED:
		return "FAILED";
	case RESULT_INVALID:
		return "INVALID";
	}
	return "";
}

/* What the refusal is about. */
static void
put_refusal(json_t *o, const struct result *r, const struct transaction *t)
{
	const char *hint = rpc_reason_hint(r->reason);

	if (r->code == RESULT_FAILED && r->op_index < t->ops_n) {
		const struct op_info *info = modules_op_info(t->ops[r->op_index].number);

		json_object_set_new(o, "failed_op", json_integer(r->op_index));
		json_object_set_new(o, "failed_op_name", json_string(info != NULL ? info->name : "?"));
	}
	if (hint != NULL)
		json_object_set_new(o, "hint", json_string(hint));
}

static void
simulate(struct rpc_call *c, const struct transaction *t, const void *bytes, size_t len)
{
	struct node *n = rpc_node(c);
	struct look look = { .now = engine_block_time(node_engine(n)) };
	struct result r = { 0 };
	json_t *o;

	ledger_try(&r, node_ledger(n), bytes, len, look.now, on_state, &look);
	o = json_pack("{sosssssi}", "txid", json_hash(&r.id), "code", code_text(r.code), "reason", r.reason, "op", (int)r.op_index);
	put_refusal(o, &r, t);
	if (!t->relay)
		json_object_set_new(o, "fee", json_amount(r.code == RESULT_INVALID ? AMOUNT_ZERO : t->fee, AMOUNT_DECIMALS_MAX));
	json_object_set_new(o, "keys_changed", json_integer((json_int_t)look.keys));
	json_object_set_new(o, "balances", balances_json(c, &look));
	json_object_set_new(o, "events", events_json(&r.events, node_account_hrp(n)));
	rpc_answer(c, o);
	result_clear(&r);
	free(look.list);
}

void
run_simulatetransaction(struct rpc_call *c)
{
	struct partial p;
	struct transaction t;
	size_t len;
	const uint8_t *bytes = rpc_hex(c, "transaction", &len);

	if (partial_is(bytes, len) && partial_decode(&p, bytes, len) == NULL) {
		simulate(c, &p.t, p.body.p, p.body.len);
		partial_clear(&p);
	} else if (transaction_decode(&t, bytes, len) == NULL) {
		simulate(c, &t, bytes, len);
		transaction_clear(&t);
	} else { /* the ledger says why it is none */
		simulate(c, &(struct transaction){ .relay = true }, bytes, len);
	}
}
