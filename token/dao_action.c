/* A1  An action touches the DAO's own treasury, assets that named the DAO, or, for DAO 0, what only the federation may: nothing else. */
#include "token/action.h"

#include <string.h>

#include "token/dao_parts.h"
#include "token/holding.h"
#include "token/issue.h"
#include "token/name.h"
#include "token/param.h"
#include "token/statekey.h"
#include "token/validator.h"

/* ---- TEXT: lines of clean text ---- */

static const char *
check_text(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	size_t start = 0;

	(void)x, (void)d;
	for (size_t at = 0; at <= b->len; at++) {
		if (at < b->len && b->p[at] != '\n')
			continue;
		if (!text_is_clean((const char *)b->p + start, at - start))
			return "ACTION_MALFORMED";
		start = at + 1;
	}
	return b->len > 0 ? NULL : "ACTION_MALFORMED";
}

static const char *
apply_text(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	(void)x, (void)d, (void)b;
	return NULL;
}

/* ---- SPEND ---- */

static const char *
check_spend(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_spend a;
	struct asset asset;

	(void)d;
	if (!action_spend_decode(&a, b->p, b->len) || amount_is_zero(a.amount))
		return "ACTION_MALFORMED";
	if (!asset_get(&asset, x->state, &a.asset))
		return "ASSET_UNKNOWN";
	return asset_may_receive(x->state, &a.to) ? NULL : "NOT_A_RECIPIENT";
}

static const char *
apply_spend(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct issue i = { .op = TALLY_OP_TRANSFER };
	struct action_spend a;
	struct asset asset;
	const char *why;

	if (!action_spend_decode(&a, b->p, b->len) || !asset_get(&asset, x->state, &a.asset))
		return "ACTION_MALFORMED";
	why = asset_may_move(x, &asset, &d->treasury, &a.to);
	if (why != NULL)
		return why;
	exec_involve(x, &d->treasury);
	exec_involve(x, &a.to);
	i.source = d->treasury;
	i.to = a.to;
	i.amount = a.amount;
	return issue_run(x, &asset, &i);
}

/* ---- MINT_PERMIT ---- */

static const char *
check_permit(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_mint_permit a;
	struct asset asset;

	if (!action_mint_permit_decode(&a, b->p, b->len) || amount_is_zero(a.amount))
		return "ACTION_MALFORMED";
	if (!asset_get(&asset, x->state, &a.asset))
		return "ASSET_UNKNOWN";
	return asset.dao == d->number ? NULL : "ACTION_FOREIGN_ASSET";
}

static const char *
apply_permit(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_mint_permit a;

	(void)d;
	return action_mint_permit_decode(&a, b->p, b->len) ? holding_add_permit(x->state, &a.asset, a.amount) : "ACTION_MALFORMED";
}

/* ---- PLUGIN_APPROVE, PLUGIN_DISABLE ---- */

static const char *
check_approve(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_plugin_approve a;

	(void)d;
	return action_plugin_approve_decode(&a, b->p, b->len) ? rule_may_approve(x->state, &a) : "ACTION_MALFORMED";
}

static const char *
apply_approve(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_plugin_approve a;

	(void)d;
	return action_plugin_approve_decode(&a, b->p, b->len) ? rule_approve(x->state, &a, x->env->height + 1) : "ACTION_MALFORMED";
}

static const char *
check_disable(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_plugin_disable a;

	(void)d;
	return action_plugin_disable_decode(&a, b->p, b->len) ? rule_may_disable(x->state, &a) : "ACTION_MALFORMED";
}

static const char *
apply_disable(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_plugin_disable a;

	(void)d;
	return action_plugin_disable_decode(&a, b->p, b->len) ? rule_disable(x->state, &a) : "ACTION_MALFORMED";
}

/* ---- RULE_UPGRADE ---- */

static const char *
check_upgrade(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_rule_upgrade a;

	(void)d;
	return action_rule_upgrade_decode(&a, b->p, b->len) ? rule_may_upgrade(x->state, &a) : "ACTION_MALFORMED";
}

static const char *
apply_upgrade(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_rule_upgrade a;

	(void)d;
	return action_rule_upgrade_decode(&a, b->p, b->len) ? rule_upgrade(x->state, &a, x->env->height + 1) : "ACTION_MALFORMED";
}

/* ---- PAUSE, RESUME ---- */

static const char *
check_empty(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	(void)x, (void)d;
	return b->len == 0 ? NULL : "ACTION_MALFORMED";
}

static const char *
apply_pause(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct statekey k = statekey_new('g', 'P');

	(void)d, (void)b;
	state_put(x->state, k.b, k.len, "", 0);
	return NULL;
}

/* Ends a pause; and the count tells the peg that the council has looked at what halted it. */
static const char *
apply_resume(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct statekey pause = statekey_new('g', 'P'), k = statekey_new('g', 'R');

	(void)d, (void)b;
	statekey_delete(x->state, &pause);
	statekey_put_u64(x->state, &k, statekey_get_u64(x->state, &k) + 1);
	return NULL;
}

/* ---- PARAM ---- */

/* Which parameter of the chain gets which value. */
static const char *
chain_param(const struct param **out, uint64_t *value, const struct action_param *a)
{
	struct rd r = rd_init(a->value.p, a->value.len);

	*out = param_named(a->name.p, a->name.len);
	*value = rd_u64(&r);
	if (*out == NULL)
		return "PARAM_UNKNOWN";
	if (!rd_done(&r))
		return "ACTION_MALFORMED";
	return *value >= (*out)->least && *value <= (*out)->most ? NULL : "PARAM_BOUNDS";
}

static bool
is_of_chain(const struct action_param *a)
{
	struct asset_id coin = ASSET_COIN;

	return asset_id_eq(&a->asset, &coin);
}

const char *const asset_part_names[ASSET_PARTS] = { "issuer", "dao", "params", "name" };

/* Which part of an asset that named the DAO gets which value. */
static const char *
asset_param(struct asset_change *out, const struct state *s, const struct dao *d, const struct action_param *a)
{
	struct asset asset;

	if (!asset_get(&asset, s, &a->asset))
		return "ASSET_UNKNOWN";
	if (asset.dao != d->number)
		return "ACTION_FOREIGN_ASSET";
	*out = (struct asset_change){ .asset = a->asset, .by_dao = true, .dao = d->number, .value = a->value };
	for (unsigned i = 0; i < ASSET_PARTS; i++) {
		out->part = (enum asset_part)i;
		if (strlen(asset_part_names[i]) == a->name.len && strncmp(asset_part_names[i], a->name.p, a->name.len) == 0)
			return NULL;
	}
	return "PARAM_UNKNOWN";
}

static const char *
check_param(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct asset_change change;
	struct action_param a;
	const struct param *p;
	uint64_t value;
	const char *why;

	if (!action_param_decode(&a, b->p, b->len))
		return "ACTION_MALFORMED";
	if (is_of_chain(&a))
		return d->number == 0 ? chain_param(&p, &value, &a) : "ACTION_NOT_ALLOWED";
	why = asset_param(&change, x->state, d, &a);
	return why != NULL ? why : asset_may_change(x, &change);
}

static const char *
apply_param(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct asset_change change;
	struct action_param a;
	const struct param *p;
	uint64_t value;
	const char *why;

	if (!action_param_decode(&a, b->p, b->len))
		return "ACTION_MALFORMED";
	if (is_of_chain(&a)) {
		why = chain_param(&p, &value, &a);
		return why != NULL ? why : param_set(x->state, p, value);
	}
	why = asset_param(&change, x->state, d, &a);
	return why != NULL ? why : asset_change(x, &change);
}

/* ---- COVER_DEFICIT ---- */

static const char *
check_cover(const struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_cover_deficit a;

	(void)x, (void)d;
	return action_cover_deficit_decode(&a, b->p, b->len) && !amount_is_zero(a.amount) ? NULL : "ACTION_MALFORMED";
}

/* Set aside: the peg, whose books these are, takes it at the end of this block. */
static const char *
apply_cover(struct exec *x, const struct dao *d, const struct op_blob *b)
{
	struct action_cover_deficit a;
	struct asset_id coin = ASSET_COIN;
	struct account from = d->treasury, cover;
	struct amount asked = dao_cover_donations(x->state, x->env->height);

	if (!action_cover_deficit_decode(&a, b->p, b->len))
		return "ACTION_MALFORMED";
	if (a.source == COVER_FROM_DONATIONS) {
		if (!amount_add(&asked, asked, a.amount))
			return "AMOUNT_OVERFLOW";
		dao_cover_donations_put(x->state, x->env->height, asked);
		return NULL;
	}
	if (a.source == COVER_FROM_FEES)
		from = bank_fee_fund();
	cover = dao_cover_account((enum cover_source)a.source);
	exec_involve(x, &from);
	return bank_transfer(x->state, &from, &cover, &coin, a.amount);
}

/* ---- table ---- */

static const struct action_type types[] = {
	{ ACTION_TEXT, "TEXT", false, check_text, apply_text },
	{ ACTION_SPEND, "SPEND", false, check_spend, apply_spend },
	{ ACTION_MINT_PERMIT, "MINT_PERMIT", false, check_permit, apply_permit },
	{ ACTION_PLUGIN_APPROVE, "PLUGIN_APPROVE", true, check_approve, apply_approve },
	{ ACTION_PLUGIN_DISABLE, "PLUGIN_DISABLE", true, check_disable, apply_disable },
	{ ACTION_PAUSE, "PAUSE", true, check_empty, apply_pause },
	{ ACTION_RESUME, "RESUME", true, check_empty, apply_resume },
	{ ACTION_VALIDATORS, "VALIDATORS", true, validators_action_check, validators_action_apply },
	{ ACTION_RULE_UPGRADE, "RULE_UPGRADE", true, check_upgrade, apply_upgrade },
	{ ACTION_REGISTRAR, "REGISTRAR", true, registrar_check, registrar_apply },
	{ ACTION_PARAM, "PARAM", false, check_param, apply_param },
	{ ACTION_COVER_DEFICIT, "COVER_DEFICIT", true, check_cover, apply_cover },
};

const struct action_type *
action_type_of(unsigned kind)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if ((unsigned)types[i].kind == kind)
			return &types[i];
	}
	return NULL;
}

const struct action_type *
action_type_named(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strlen(types[i].name) == len && strncmp(types[i].name, name, len) == 0)
			return &types[i];
	}
	return NULL;
}

uint32_t
action_kinds(bool federation)
{
	uint32_t kinds = 0;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (federation || !types[i].federation_only)
			kinds |= 1u << types[i].kind;
	}
	return kinds;
}

const char *
action_check(const struct exec *x, const struct dao *d, const struct dao_action *a)
{
	const struct action_type *t = action_type_of(a->kind);

	if (t == NULL || (d->terms.actions >> a->kind & 1) == 0 || (t->federation_only && d->number != 0))
		return "ACTION_NOT_ALLOWED";
	return t->check(x, d, &a->payload);
}

const char *
action_apply(struct exec *x, const struct dao *d, const struct dao_action *a)
{
	const char *why = action_check(x, d, a);

	return why != NULL ? why : action_type_of(a->kind)->apply(x, d, &a->payload);
}
