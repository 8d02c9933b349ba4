/* Keys: a i | asset -> record (asset_record.c); a t (likewise); a f | asset | account -> time from which it is frozen; a p (holding.c); a y -> creation fee. */
#include "token/asset.h"

#include <assert.h>
#include <string.h>

#include "token/asset_parts.h"
#include "token/dao.h"
#include "token/holding.h"
#include "token/issue.h"
#include "token/rule.h"
#include "token/statekey.h"
#include "token/votes.h"

#define PAUSE_MAX (3 * 86400)       /* a pause lasts at most so long */
#define PAUSE_GAP (3 * 86400)       /* and the next begins at the earliest so long after its end */
#define FREEZE_NOTICE_MIN 86400     /* not on regtest */
#define FREEZE_NOTICE_MAX (90 * 86400)
#define RATIO_MAX 1000000000000000u /* of units and of sats */

/* ---- permissions ---- */

static struct statekey
freeze_key(const struct asset_id *asset, const struct account *who)
{
	struct statekey k = statekey_new('a', 'f');

	statekey_asset(&k, asset);
	statekey_account(&k, who);
	return k;
}

bool
asset_is_frozen(const struct state *s, struct unixtime *from, const struct asset *a, const struct account *who, struct unixtime now)
{
	struct statekey k = freeze_key(&a->id, who);
	struct rd r;

	from->sec = INT64_MAX;
	if ((a->flags & ASSET_FREEZABLE) == 0 || a->renounced || !statekey_get(&r, s, &k))
		return false;
	from->sec = rd_i64(&r);
	return now.sec >= from->sec;
}

bool
asset_may_receive(const struct state *s, const struct account *who)
{
	return who->type != ACCOUNT_MODULE || dao_is_treasury(s, who);
}

/* Nothing of it moves, comes or goes for this account now. */
static const char *
may_touch(const struct exec *x, const struct asset *a, const struct account *who)
{
	struct unixtime from;

	if (asset_is_paused(a, x->env->time))
		return "ASSET_PAUSED";
	return asset_is_frozen(x->state, &from, a, who, x->env->time) ? "ACCOUNT_FROZEN" : NULL;
}

const char *
asset_may_move(const struct exec *x, const struct asset *a, const struct account *from, const struct account *to)
{
	const char *why = may_touch(x, a, from);

	if (why == NULL)
		why = may_touch(x, a, to);
	if (why != NULL)
		return why;
	if ((a->flags & ASSET_TRANSFERABLE) != 0 || asset_is_issuer(a, from))
		return NULL;
	if ((a->flags & ASSET_CLOSED_LOOP) == 0)
		return "NOT_TRANSFERABLE";
	return asset_is_issuer(a, to) ? NULL : "CLOSED_LOOP";
}

/* ---- CREATE ---- */

static bool
ticker_valid(const struct op_text *t)
{
	if (t->len < 1 || t->p[0] < 'A' || t->p[0] > 'Z')
		return false;
	for (size_t i = 0; i < t->len; i++) {
		if (!((t->p[i] >= 'A' && t->p[i] <= 'Z') || (t->p[i] >= '0' && t->p[i] <= '9')))
			return false;
	}
	return true;
}

bool
asset_name_valid(const struct op_text *t)
{
	return t->len > 0 && t->p[0] != ' ' && t->p[t->len - 1] != ' ' && text_is_clean(t->p, t->len);
}

/* Pairs of flags that contradict each other: the first needs the second, or must not have it. */
static const char *
check_flags(const struct op_create *o)
{
	static const struct {
		uint16_t with, other;
		bool needs;
	} rows[] = {
		{ ASSET_LOTS, ASSET_VOTES, false },
		{ ASSET_CLOSED_LOOP, ASSET_TRANSFERABLE, false },
		{ ASSET_CLOSED_LOOP, ASSET_VOTES, false },
		{ ASSET_CLAWBACK, ASSET_FREEZABLE, true },
		{ ASSET_CLAWBACK, ASSET_BACKED, false }, /* backed units are the holder's coin */
	};

	if ((o->flags & ~ASSET_FLAGS_ALL) != 0 || ((o->flags & ASSET_MINTERS) != 0 && o->rule.len == 0))
		return "BAD_FLAGS";
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if ((o->flags & rows[i].with) != 0 && ((o->flags & rows[i].other) != 0) != rows[i].needs)
			return "BAD_FLAGS";
	}
	return NULL;
}

static bool
ratio_valid(const struct op_create *o)
{
	if ((o->flags & ASSET_BACKED) == 0)
		return o->units == 0 && o->sats == 0;
	return o->units >= 1 && o->units <= RATIO_MAX && o->sats >= 1 && o->sats <= RATIO_MAX;
}

static bool
notice_valid(const struct exec *x, const struct op_create *o)
{
	if ((o->flags & ASSET_FREEZABLE) == 0)
		return o->freeze_notice == 0;
	return (x->env->regtest || o->freeze_notice >= FREEZE_NOTICE_MIN) && o->freeze_notice <= FREEZE_NOTICE_MAX;
}

static const char *
check_create(const struct exec *x, const struct op_create *o)
{
	if (!ticker_valid(&o->ticker))
		return "BAD_TICKER";
	if (!asset_name_valid(&o->name))
		return "BAD_NAME";
	if (o->decimals > AMOUNT_DECIMALS_MAX)
		return "BAD_DECIMALS";
	if (amount_is_zero(o->cap))
		return "BAD_CAP";
	if (!ratio_valid(o))
		return "BAD_RATIO";
	if (!notice_valid(x, o))
		return "BAD_NOTICE";
	if (o->dao != ASSET_NO_DAO && !dao_exists(x->state, o->dao))
		return "DAO_UNKNOWN";
	if (o->rule.len == 0)
		return o->rule_major == 0 && o->params.len == 0 ? NULL : "BAD_RULE_NAME";
	return rule_name_valid(o->rule.p, o->rule.len) ? NULL : "BAD_RULE_NAME";
}

static void
asset_id_of(struct asset_id *out, const struct exec *x)
{
	struct wr w = { 0 };

	wr_hash256(&w, &x->transaction);
	wr_u32(&w, x->op_index);
	sha256_tagged(&out->id, "tally/asset", w.p, w.len);
	wr_clear(&w);
}

static void
fill(struct asset *a, const struct exec *x, const struct account *creator, const struct op_create *o)
{
	memset(a, 0, sizeof(*a));
	asset_id_of(&a->id, x);
	a->creator = a->issuer = *creator;
	a->flags = o->flags;
	a->decimals = o->decimals;
	a->cap = o->cap;
	memcpy(a->ticker, o->ticker.p, o->ticker.len);
	memcpy(a->name, o->name.p, o->name.len);
	if (o->rule.len > 0)
		memcpy(a->rule, o->rule.p, o->rule.len);
	a->rule_major = o->rule_major;
	a->dao = o->dao;
	a->units = o->units;
	a->sats = o->sats;
	a->freeze_notice = o->freeze_notice;
	a->changes = o->changes;
	a->change_notice = o->change_notice;
	a->created = x->env->time;
	a->params_len = o->params.len;
	if (o->params.len > 0)
		memcpy(a->params, o->params.p, o->params.len);
}

static const char *
pay_creation_fee(struct exec *x, const struct account *creator)
{
	struct statekey k = statekey_new('a', 'y');
	struct account fund = bank_fee_fund();
	struct asset_id coin = ASSET_COIN;
	struct amount fee;

	if (!amount_from_units(&fee, statekey_get_u64(x->state, &k)))
		return "AMOUNT_OVERFLOW";
	return bank_transfer(x->state, creator, &fund, &coin, fee);
}

static const char *
apply_create(struct exec *x, const struct op *op)
{
	struct op_create o;
	struct asset a, old;
	struct rule_approval rule;
	struct issue i = { .op = TALLY_OP_CREATE, .source = op->source };
	const char *why;

	if (!op_create_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = check_flags(&o);
	if (why == NULL)
		why = check_create(x, &o);
	if (why == NULL)
		why = asset_check_changes(&o);
	if (why != NULL)
		return why;
	fill(&a, x, &op->source, &o);
	if (asset_get(&old, x->state, &a.id))
		return "ASSET_EXISTS";
	if (a.rule[0] != '\0')
		why = rule_in_force(&rule, x->state, a.rule, a.rule_major, TALLY_ISSUE, x->env->height);
	if (why == NULL)
		why = pay_creation_fee(x, &op->source);
	if (why != NULL)
		return why;
	asset_put_new(x->state, &a);
	exec_event(x, "CREATED", a.id.id.b, sizeof(a.id.id.b));
	return issue_run(x, &a, &i);
}

/* ---- units ---- */

static const char *
mint(struct exec *x, const struct asset *a, struct issue *i)
{
	const char *why;

	if (amount_is_zero(i->amount))
		return "ZERO_AMOUNT";
	if (!asset_is_issuer(a, &i->source) && (a->flags & (ASSET_BACKED | ASSET_MINTERS)) == 0)
		return "NOT_ISSUER";
	if (!asset_may_receive(x->state, &i->to))
		return "NOT_A_RECIPIENT";
	why = may_touch(x, a, &i->source);
	if (why == NULL)
		why = may_touch(x, a, &i->to);
	return why != NULL ? why : issue_run(x, a, i);
}

static const char *
apply_mint(struct exec *x, const struct op *op)
{
	struct op_mint o;
	struct asset a;
	struct issue i = { .op = TALLY_OP_MINT, .source = op->source };

	if (!op_mint_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!asset_get(&a, x->state, &o.asset))
		return "ASSET_UNKNOWN";
	i.to = o.to;
	i.amount = o.amount;
	i.coin_max = o.coin_max;
	return mint(x, &a, &i);
}

const char *
asset_mint_backed(struct exec *x, struct amount *minted, const struct asset_id *asset, const struct account *to, struct amount coin)
{
	struct issue i = { .op = TALLY_OP_MINT, .source = *to, .to = *to, .coin_max = coin };
	size_t mark = state_mark(x->state), events = x->events != NULL ? x->events->len : 0;
	struct asset a;
	const char *why;

	*minted = AMOUNT_ZERO;
	if (!asset_get(&a, x->state, asset))
		return "ASSET_UNKNOWN";
	if ((a.flags & ASSET_BACKED) == 0)
		return "NOT_BACKED";
	if (!amount_muldiv(&i.amount, coin, a.units, a.sats, AMOUNT_DOWN))
		return "AMOUNT_OVERFLOW";
	why = mint(x, &a, &i);
	if (why == NULL) {
		*minted = i.minted;
		return NULL;
	}
	state_rollback(x->state, mark);
	if (x->events != NULL)
		x->events->len = events;
	return why;
}

static const char *
apply_burn(struct exec *x, const struct op *op)
{
	struct op_burn o;
	struct asset a;
	struct issue i = { .op = TALLY_OP_BURN, .source = op->source };
	const char *why;

	if (!op_burn_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!asset_get(&a, x->state, &o.asset))
		return "ASSET_UNKNOWN";
	if (hash256_is_zero(&o.asset.id))
		return "NOT_ISSUER"; /* the coin goes through the peg alone */
	if ((a.flags & ASSET_BACKED) != 0)
		return "USE_REDEEM";
	if (amount_is_zero(o.amount))
		return "ZERO_AMOUNT";
	i.amount = o.amount;
	why = may_touch(x, &a, &op->source);
	return why != NULL ? why : issue_run(x, &a, &i);
}

static const char *
apply_transfer(struct exec *x, const struct op *op)
{
	struct op_transfer o;
	struct asset a;
	struct issue i = { .op = TALLY_OP_TRANSFER, .source = op->source };
	const char *why;

	if (!op_transfer_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!asset_get(&a, x->state, &o.asset))
		return "ASSET_UNKNOWN";
	if (amount_is_zero(o.amount))
		return "ZERO_AMOUNT";
	if (!asset_may_receive(x->state, &o.to))
		return "NOT_A_RECIPIENT";
	i.to = o.to;
	i.amount = o.amount;
	why = asset_may_move(x, &a, &op->source, &o.to);
	return why != NULL ? why : issue_run(x, &a, &i);
}

/* ---- the issuer's operations ---- */

/* The asset, if the source is its issuer. */
static const char *
as_issuer(struct asset *out, const struct exec *x, const struct op *op, const struct asset_id *asset)
{
	if (!asset_get(out, x->state, asset))
		return "ASSET_UNKNOWN";
	return asset_is_issuer(out, &op->source) ? NULL : "NOT_ISSUER";
}

static const char *
apply_renounce(struct exec *x, const struct op *op)
{
	struct op_renounce o;
	struct asset a;
	const char *why;

	if (!op_renounce_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = as_issuer(&a, x, op, &o.asset);
	if (why != NULL)
		return why;
	a.renounced = true;
	asset_put(x->state, &a);
	return NULL;
}

static const char *
decode_freeze(struct op_freeze *o, struct asset *a, const struct exec *x, const struct op *op)
{
	const char *why;

	if (!op_freeze_decode(o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = as_issuer(a, x, op, &o->asset);
	if (why != NULL)
		return why;
	return (a->flags & ASSET_FREEZABLE) != 0 ? NULL : "NOT_FREEZABLE";
}

static const char *
apply_freeze(struct exec *x, const struct op *op)
{
	struct op_freeze o;
	struct asset a;
	struct statekey k;
	struct wr w = { 0 };
	const char *why = decode_freeze(&o, &a, x, op);

	if (why != NULL)
		return why;
	if (o.account.type == ACCOUNT_MODULE || asset_is_issuer(&a, &o.account))
		return "NOT_FREEZABLE";
	k = freeze_key(&a.id, &o.account);
	if (statekey_has(x->state, &k))
		return "ALREADY_FROZEN";
	wr_i64(&w, x->env->time.sec + a.freeze_notice);
	statekey_put(x->state, &k, &w);
	exec_involve(x, &o.account);
	return NULL;
}

static const char *
apply_unfreeze(struct exec *x, const struct op *op)
{
	struct op_freeze o;
	struct asset a;
	struct statekey k;
	const char *why = decode_freeze(&o, &a, x, op);

	if (why != NULL)
		return why;
	k = freeze_key(&a.id, &o.account);
	if (!statekey_has(x->state, &k))
		return "NOT_FROZEN";
	statekey_delete(x->state, &k);
	exec_involve(x, &o.account);
	return NULL;
}

static const char *
apply_pause(struct exec *x, const struct op *op)
{
	int64_t now = x->env->time.sec;
	struct op_pause o;
	struct asset a;
	const char *why;

	if (!op_pause_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = as_issuer(&a, x, op, &o.asset);
	if (why != NULL)
		return why;
	if ((a.flags & ASSET_PAUSABLE) == 0)
		return "NOT_PAUSABLE";
	if (asset_is_paused(&a, x->env->time) && o.until.sec <= a.paused_until.sec) {
		a.paused_until.sec = o.until.sec > now ? o.until.sec : now; /* shorter, or over */
	} else {
		if (o.until.sec <= now || o.until.sec > now + PAUSE_MAX || now < a.next_pause_from.sec)
			return "BAD_UNTIL";
		a.paused_until = o.until;
		a.next_pause_from.sec = o.until.sec + PAUSE_GAP;
	}
	asset_put(x->state, &a);
	return NULL;
}

static const char *
apply_clawback(struct exec *x, const struct op *op)
{
	struct op_clawback o;
	struct asset a;
	struct unixtime from;
	const char *why;

	if (!op_clawback_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	why = as_issuer(&a, x, op, &o.asset);
	if (why != NULL)
		return why;
	if ((a.flags & ASSET_CLAWBACK) == 0)
		return "NO_CLAWBACK";
	if (amount_is_zero(o.amount))
		return "ZERO_AMOUNT";
	if (!asset_is_frozen(x->state, &from, &a, &o.from, x->env->time))
		return "NOT_FROZEN";
	exec_involve(x, &o.from);
	return holding_move(x, &a, &o.from, &a.issuer, o.amount);
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	struct statekey k = statekey_new('a', 'y');
	struct rd r = rd_init(section, len);
	struct amount fee = len == 0 ? AMOUNT_ZERO : rd_amount(&r);

	statekey_put_u64(x->state, &k, amount_units(fee));
	return rd_done(&r) ? NULL : "genesis, assets: the section is one amount, the creation fee";
}

static const char *
invariants(const struct state *s, bool deep)
{
	struct asset_walk w;
	struct asset a, other;
	const char *why = NULL;

	asset_walk_init(&w, s);
	while (deep && why == NULL && asset_walk_next(&w, &a)) {
		if (asset_find_ticker(&other, s, a.ticker) == 0)
			why = "A1: an asset isn't found by its ticker";
		else if (amount_cmp(bank_supply(s, &a.id), a.cap) > 0)
			why = "T1: an asset's supply is above its cap";
		else if (!holding_is_backed(s, &a))
			why = "B1: a backed asset's backing doesn't cover its supply";
		else if ((a.flags & ASSET_LOTS) != 0)
			why = lot_invariants(s, &a.id);
		else if ((a.flags & ASSET_VOTES) != 0)
			why = votes_invariants(s, &a.id);
	}
	return why;
}

static const struct op_info ops[] = {
	{ OP_CREATE, "CREATE", false, apply_create },
	{ OP_MINT, "MINT", false, apply_mint },
	{ OP_BURN, "BURN", false, apply_burn },
	{ OP_TRANSFER, "TRANSFER", false, apply_transfer },
	{ OP_SET_ISSUER, "SET_ISSUER", false, asset_apply_change },
	{ OP_RENOUNCE, "RENOUNCE", false, apply_renounce },
	{ OP_FREEZE, "FREEZE", false, apply_freeze },
	{ OP_UNFREEZE, "UNFREEZE", false, apply_unfreeze },
	{ OP_PAUSE, "PAUSE", false, apply_pause },
	{ OP_CLAWBACK, "CLAWBACK", false, apply_clawback },
	{ OP_SET_DAO, "SET_DAO", false, asset_apply_change },
	{ OP_SET_PARAMS, "SET_PARAMS", false, asset_apply_change },
	{ OP_SET_NAME, "SET_NAME", false, asset_apply_change },
};

const struct module asset_module = {
	.name = "assets",
	.letter = 'a',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.invariants = invariants,
};
