/* A1  An action touches the DAO's own treasury, assets that named the DAO, or, for DAO 0, what only the federation may: nothing else. */
#include <string.h>

#include "token/dao_parts.h"
#include "token/holding.h"
#include "token/statekey.h"

/* Lines of clean text. */
static bool
text_valid(const struct op_blob *b)
{
	size_t start = 0;

	for (size_t at = 0; at <= b->len; at++) {
		if (at < b->len && b->p[at] != '\n')
			continue;
		if (!text_is_clean((const char *)b->p + start, at - start))
			return false;
		start = at + 1;
	}
	return b->len > 0;
}

static const char *
check_spend(const struct exec *x, const struct op_blob *b)
{
	struct action_spend a;
	struct asset asset;

	if (!action_spend_decode(&a, b->p, b->len) || amount_is_zero(a.amount))
		return "ACTION_MALFORMED";
	if (!asset_get(&asset, x->state, &a.asset))
		return "ASSET_UNKNOWN";
	return asset_may_receive(x->state, &a.to) ? NULL : "NOT_A_RECIPIENT";
}

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
check_approve(const struct exec *x, const struct op_blob *b)
{
	struct action_plugin_approve a;

	return action_plugin_approve_decode(&a, b->p, b->len) ? rule_may_approve(x->state, &a) : "ACTION_MALFORMED";
}

static const char *
check_disable(const struct exec *x, const struct op_blob *b)
{
	struct action_plugin_disable a;

	return action_plugin_disable_decode(&a, b->p, b->len) ? rule_may_disable(x->state, &a) : "ACTION_MALFORMED";
}

const char *
action_check(const struct exec *x, const struct dao *d, const struct dao_action *a)
{
	if (a->kind > ACTION_RESUME || (d->terms.actions >> a->kind & 1) == 0)
		return "ACTION_NOT_ALLOWED";
	switch ((enum action_kind)a->kind) {
	case ACTION_TEXT:
		return text_valid(&a->payload) ? NULL : "ACTION_MALFORMED";
	case ACTION_SPEND:
		return check_spend(x, &a->payload);
	case ACTION_MINT_PERMIT:
		return check_permit(x, d, &a->payload);
	case ACTION_PLUGIN_APPROVE:
		return check_approve(x, &a->payload);
	case ACTION_PLUGIN_DISABLE:
		return check_disable(x, &a->payload);
	case ACTION_PAUSE:
	case ACTION_RESUME:
		return a->payload.len == 0 ? NULL : "ACTION_MALFORMED";
	}
	return "ACTION_NOT_ALLOWED";
}

static const char *
spend(struct exec *x, const struct dao *d, const struct op_blob *b)
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

static const char *
permit(struct exec *x, const struct op_blob *b)
{
	struct action_mint_permit a;

	return action_mint_permit_decode(&a, b->p, b->len) ? holding_add_permit(x->state, &a.asset, a.amount) : "ACTION_MALFORMED";
}

static const char *
approve(struct exec *x, const struct op_blob *b)
{
	struct action_plugin_approve a;

	return action_plugin_approve_decode(&a, b->p, b->len) ? rule_approve(x->state, &a, x->env->height + 1) : "ACTION_MALFORMED";
}

static const char *
disable(struct exec *x, const struct op_blob *b)
{
	struct action_plugin_disable a;

	return action_plugin_disable_decode(&a, b->p, b->len) ? rule_disable(x->state, &a) : "ACTION_MALFORMED";
}

static const char *
set_peg_paused(struct exec *x, bool paused)
{
	struct statekey k = statekey_new('g', 'P');

	if (paused)
		state_put(x->state, k.b, k.len, "", 0);
	else
		statekey_delete(x->state, &k);
	return NULL;
}

/* Ends a pause; and the count tells the peg that the council has looked at what halted it. */
static const char *
resume_peg(struct exec *x)
{
	struct statekey k = statekey_new('g', 'R');

	statekey_put_u64(x->state, &k, statekey_get_u64(x->state, &k) + 1);
	return set_peg_paused(x, false);
}

const char *
action_apply(struct exec *x, const struct dao *d, const struct dao_action *a)
{
	const char *why = action_check(x, d, a);

	if (why != NULL)
		return why;
	switch ((enum action_kind)a->kind) {
	case ACTION_TEXT:
		return NULL;
	case ACTION_SPEND:
		return spend(x, d, &a->payload);
	case ACTION_MINT_PERMIT:
		return permit(x, &a->payload);
	case ACTION_PLUGIN_APPROVE:
		return approve(x, &a->payload);
	case ACTION_PLUGIN_DISABLE:
		return disable(x, &a->payload);
	case ACTION_PAUSE:
		return set_peg_paused(x, true);
	case ACTION_RESUME:
		return resume_peg(x);
	}
	return "ACTION_NOT_ALLOWED";
}
