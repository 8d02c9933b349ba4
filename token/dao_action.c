/* A1  An action touches the DAO's own treasury, assets that named the DAO, or, for DAO 0, what only the federation may: nothing else. */
#include "token/action.h"

#include <string.h>

#include "token/dao_parts.h"
#include "token/holding.h"
#include "token/name.h"
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
	return holding_move(x, &asset, &d->treasury, &a.to, a.amount);
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
