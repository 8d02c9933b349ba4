/* A member pays the fees of his customers, so many transactions a day.
 *
 * P1  The sponsor signs as payer alone: no account of his wallet is the source of an operation.
 * P2  He signs last: every source has signed, so that nobody uses up the quota of another.
 * P3  It costs him the least fee and nothing else, and it is carried out when he signs, as far as the ledger can tell.
 * P4  What is counted is on the disk before the transaction is sent. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/complaint.h"
#include "bridge/engine.h"
#include "bridge/node.h"
#include "bridge/rpc_methods.h"
#include "bridge/rpc_partial.h"
#include "bridge/rpc_write.h"
#include "bridge/wallet.h"
#include "bridge/writes.h"
#include "token/holding.h"
#include "token/store.h"

#define DAY_SECONDS 86400
#define AHEAD_SECONDS 86400 /* latest valid_until */
#define KEY_LEN 90

/* The account that --sponsor names. False: the call has been answered. */
static bool
take_sponsor(struct account *out, struct rpc_call *c)
{
	const struct node *n = rpc_node(c);
	const char *name = options_text(node_options(n), "sponsor");

	if (name != NULL && wallet_find_account(out, node_wallet(n), name))
		return true;
	if (name == NULL)
		rpc_fail(c, RPC_REFUSED, "NO_SPONSOR", "start it with --sponsor=LABEL, an account of its wallet with some coin",
			 "this daemon pays nobody's fees");
	else
		rpc_fail(c, RPC_REFUSED, "NO_SPONSOR", "listaccounts shows the labels", "no account of the wallet has the label '%.40s' of --sponsor",
			 name);
	return false;
}

/* Holds units of an asset that an account of the wallet issues. */
static bool
is_customer(const struct state *s, const struct wallet *w, const struct account *who, struct unixtime now)
{
	struct asset_walk walk;
	struct asset a;

	asset_walk_init(&walk, s);
	while (asset_walk_next(&walk, &a)) {
		bool ours = !a.renounced && (wallet_find(w, &a.issuer) != NULL || wallet_find_policy(w, &a.issuer) != NULL);

		if (ours && !amount_is_zero(holding_total(s, &a, who, now)))
			return true;
	}
	return false;
}

/* --- How often: day u32, count u32, in the local part of the store --- */

static void
count_key(char out[KEY_LEN], const struct account *who)
{
	char hex[2 * ACCOUNT_LEN + 1] = "all";
	struct wr w = { 0 };

	if (who != NULL) {
		wr_account(&w, who);
		hex_encode(hex, w.p, w.len);
	}
	snprintf(out, KEY_LEN, "sponsor/%s", hex);
	wr_clear(&w);
}

/* who NULL: of all together. */
static uint32_t
count_today(const struct node *n, const struct account *who, uint32_t today)
{
	struct wr value = { 0 };
	char key[KEY_LEN];
	uint32_t count = 0;

	count_key(key, who);
	if (store_get_local(node_store(n), &value, key)) {
		struct rd r = rd_init(value.p, value.len);
		uint32_t day = rd_u32(&r), found = rd_u32(&r);

		count = rd_done(&r) && day == today ? found : 0;
	}
	wr_clear(&value);
	return count;
}

static bool
count_one(const struct node *n, const struct account *who, uint32_t today)
{
	struct wr value = { 0 };
	char key[KEY_LEN];
	bool ok;

	count_key(key, who);
	wr_u32(&value, today);
	wr_u32(&value, count_today(n, who, today) + 1);
	ok = store_put_local(node_store(n), key, value.p, value.len) == STORE_OK;
	wr_clear(&value);
	return ok;
}

static uint32_t
today_of(const struct node *n)
{
	return (uint32_t)(engine_block_time(node_engine(n)).sec / DAY_SECONDS);
}

/* --- getsponsor --- */

static void
run_getsponsor(struct rpc_call *c)
{
	struct node *n = rpc_node(c);
	uint32_t today = today_of(n), quota = options_number(node_options(n), "sponsorquota");
	struct account sponsor, who;
	json_t *o;

	if (!take_sponsor(&sponsor, c))
		return;
	o = json_pack("{sosIsIsI}", "payer", json_account(n, &sponsor), "quota", (json_int_t)quota, "total",
		      (json_int_t)options_number(node_options(n), "sponsortotal"), "used", (json_int_t)count_today(n, NULL, today));
	if (rpc_account(&who, c, "account")) {
		bool customer = is_customer(ledger_state(node_ledger(n)), node_wallet(n), &who, engine_block_time(node_engine(n)));
		uint32_t used = count_today(n, &who, today);

		json_object_set_new(o, "customer", json_boolean(customer));
		json_object_set_new(o, "left", json_integer(customer && used < quota ? quota - used : 0));
	}
	rpc_answer(c, o);
}

/* --- sponsortransaction --- */

/* P1 and P2 for one signer. */
static bool
may_act(struct rpc_call *c, const struct partial_part *part, const struct account *sponsor)
{
	const struct wallet *w = node_wallet(rpc_node(c));
	char text[ACCOUNT_TEXT_LEN];

	account_to_text(text, &part->who, node_account_hrp(rpc_node(c)));
	if (account_eq(&part->who, sponsor) || wallet_find(w, &part->who) != NULL || wallet_find_policy(w, &part->who) != NULL)
		rpc_fail(c, RPC_REFUSED, "SPONSOR_ACTS", "send it with the methods of the wallet instead", "%s is an account of the sponsor's own", text);
	else if (!partial_part_is_complete(part))
		rpc_fail(c, RPC_REFUSED, "NOT_SIGNED", "who acts signs first, with signtransaction", "%s has not signed yet", text);
	else
		return true;
	return false;
}

/* Everybody but the payer: who acts. False: the call has been answered. */
static bool
check_signers(struct rpc_call *c, const struct partial *p, const struct account *sponsor)
{
	if (!account_eq(&p->t.payer, sponsor)) {
		rpc_fail(c, RPC_REFUSED, "OTHER_PAYER", "getsponsor shows who must be its payer", "the transaction names another payer");
		return false;
	}
	for (size_t i = 0; i < p->t.ops_n; i++) {
		if (account_eq(&p->t.ops[i].source, sponsor))
			return may_act(c, &p->parts[0], sponsor);
	}
	for (size_t i = 1; i < p->parts_n; i++) {
		if (!may_act(c, &p->parts[i], sponsor))
			return false;
	}
	return true;
}

struct cost {
	struct account payer;
	struct amount after;
};

static void
on_after(void *context, const struct state *after)
{
	struct cost *cost = context;

	cost->after = bank_balance(after, &cost->payer, &ASSET_COIN);
}

/* P3. False: the call has been answered. */
static bool
check_cost(struct rpc_call *c, const struct partial *p)
{
	struct ledger *l = node_ledger(rpc_node(c));
	struct unixtime now = engine_block_time(node_engine(rpc_node(c)));
	struct amount fee = ledger_fee(l, p->t.ops_n), left;
	struct cost cost = { .payer = p->t.payer };
	struct result r = { 0 };
	bool fine;

	ledger_try(&r, l, p->body.p, p->body.len, now, on_after, &cost);
	fine = r.code == RESULT_OK;
	if (!fine)
		rpc_fail(c, RPC_REFUSED, r.reason, strncmp(r.reason, "NONCE", 5) == 0 ? "make it again: another one came first" : rpc_reason_hint(r.reason),
			 "the ledger would refuse it: %s", r.reason);
	result_clear(&r);
	if (!fine)
		return false;
	if (p->t.valid_until.sec > now.sec + AHEAD_SECONDS || amount_cmp(p->t.fee, fee) != 0 ||
	    !amount_add(&left, cost.after, fee) || amount_cmp(left, bank_balance(ledger_state(l), &p->t.payer, &ASSET_COIN)) != 0) {
		rpc_fail(c, RPC_REFUSED, "COSTS_MORE", "createtransaction takes the least fee and a day by itself",
			 "a sponsor pays the least fee, within a day, and nothing else");
		return false;
	}
	return true;
}

/* False: the call has been answered. */
static bool
check_quota(struct rpc_call *c, const struct account *who, uint32_t quota)
{
	const struct node *n = rpc_node(c);

	if (count_today(n, who, today_of(n)) < quota)
		return true;
	rpc_fail(c, RPC_REFUSED, "QUOTA_USED", "tomorrow there is a new one; or pay the fee in coin", "%s", who != NULL ?
		 "the sponsor has paid for as many transactions of this account as he does in a day" :
		 "the sponsor has paid for as many transactions as he does in a day");
	return false;
}

/* P4: who acts, and the day's total. False: the call has been answered. */
static bool
take_quota(struct rpc_call *c, const struct partial *p)
{
	struct node *n = rpc_node(c);
	uint32_t today = today_of(n);
	bool ok = true;

	if (!check_quota(c, NULL, options_number(node_options(n), "sponsortotal")))
		return false;
	for (size_t i = 1; i < p->parts_n; i++) {
		if (!is_customer(ledger_state(node_ledger(n)), node_wallet(n), &p->parts[i].who, engine_block_time(node_engine(n)))) {
			rpc_fail(c, RPC_REFUSED, "NO_CUSTOMER", "who holds points of the sponsor's is a customer", "the sponsor pays for his customers alone");
			return false;
		}
		if (!check_quota(c, &p->parts[i].who, options_number(node_options(n), "sponsorquota")))
			return false;
	}
	for (size_t i = 0; ok && i < p->parts_n; i++)
		ok = count_one(n, i == 0 ? NULL : &p->parts[i].who, today);
	if (!ok)
		rpc_fail(c, RPC_CORRUPT, "DISK", "look at debug.log", "the quota could not be stored");
	return ok;
}

static void
sponsor_partial(struct rpc_call *c, struct partial *p, const struct account *sponsor)
{
	struct complaint why;
	struct wr w = { 0 };

	if (!check_signers(c, p, sponsor) || !check_cost(c, p))
		return;
	if (wallet_is_locked(node_wallet(rpc_node(c)))) {
		rpc_fail(c, RPC_NOT_READY, "WALLET_LOCKED", "its operator: unlockwallet", "the sponsor's wallet is locked");
		return;
	}
	if (!take_quota(c, p))
		return;
	if (!rpc_sign_partial(NULL, p, &why, rpc_node(c))) {
		rpc_complain(c, &why);
		return;
	}
	wr_partial(&w, p);
	rpc_submit(c, w.p, w.len, NULL);
	wr_clear(&w);
}

/* Made before under its idempotency key: answered as it was then. */
static bool
is_repeated(struct rpc_call *c)
{
	const char *key = rpc_text(c, "idempotency_key");
	struct wr known = { 0 };
	bool repeated = key != NULL && key[0] != '\0' && writes_find_key(node_writes(rpc_node(c)), &known, c, key) != WRITES_NEW;

	if (repeated)
		rpc_submit(c, known.p, known.len, NULL);
	wr_clear(&known);
	return repeated;
}

static void
run_sponsortransaction(struct rpc_call *c)
{
	struct account sponsor;
	struct partial p;
	size_t len;
	const uint8_t *bytes = rpc_hex(c, "transaction", &len);

	if (!take_sponsor(&sponsor, c) || is_repeated(c) || !rpc_take_partial(&p, c, bytes, len))
		return;
	sponsor_partial(c, &p, &sponsor);
	partial_clear(&p);
}

static const struct rpc_param getsponsor_params[] = {
	{ "account", RPC_ACCOUNT, false, "whether it is a customer's, and how many transactions are left to it today", NULL },
};
static const struct rpc_param sponsor_params[] = {
	{ "transaction", RPC_HEX, true, "a transaction whose payer is the sponsor, signed by everybody else", NULL },
	RPC_SUBMIT_PARAMS,
};

const struct rpc_method rpc_sponsor_methods[] = {
	{ "getsponsor", "sidechain", "whose fees this daemon pays, and how many a day", NULL, "tly1…", RPC_PARAMS(getsponsor_params),
	  RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_getsponsor },
	{ "sponsortransaction", "sidechain", "have this daemon pay the fee, sign as payer, and send",
	  "For customers of its wallet's accounts: who hold points of theirs. The payer of the transaction is getsponsor's; who acts has signed.",
	  "@signed.json", RPC_PARAMS(sponsor_params), RPC_NEEDS_LEDGER | RPC_NEEDS_WALLET, run_sponsortransaction },
	{ .name = NULL },
};
