/* The keys that changed say what to look at; the values are asked of the modules, once with the actions and once without. */
#include "token/dao_changes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/dao_parts.h"
#include "token/holding.h"
#include "token/statekey.h"

void
changes_clear(struct changes *c)
{
	free(c->list);
	*c = (struct changes){ NULL, 0 };
}

static struct change *
add(struct changes *c, enum change_kind kind)
{
	if ((c->n & (c->n - 1)) == 0)
		c->list = mem_resize(c->list, c->n == 0 ? 1 : c->n * 2, sizeof(*c->list));
	c->list[c->n] = (struct change){ .kind = kind };
	return &c->list[c->n++];
}

static bool
same_place(const struct change *a, const struct change *b)
{
	return a->kind == b->kind && account_eq(&a->account, &b->account) && asset_id_eq(&a->asset, &b->asset) && a->module == b->module;
}

/* A place once. */
static void
add_place(struct changes *c, enum change_kind kind, const struct account *who, const struct asset_id *asset)
{
	struct change want = { .kind = kind };

	if (who != NULL)
		want.account = *who;
	want.asset = *asset;
	for (size_t i = 0; i < c->n; i++) {
		if (same_place(&c->list[i], &want))
			return;
	}
	*add(c, kind) = want;
}

/* "ba" | account | asset; "tl" | asset | account; "bs", "ap", "ai" | asset. */
static bool
add_units(struct changes *c, const uint8_t *key, size_t len)
{
	struct rd r = rd_init(key + 2, len - 2);
	struct account who;
	struct asset_id asset;

	if (memcmp(key, "ba", 2) == 0) {
		rd_account(&r, &who);
		rd_asset_id(&r, &asset);
		add_place(c, CHANGE_BALANCE, &who, &asset);
	} else if (memcmp(key, "tl", 2) == 0) {
		rd_asset_id(&r, &asset);
		rd_account(&r, &who);
		add_place(c, CHANGE_BALANCE, &who, &asset);
	} else if (memcmp(key, "bs", 2) == 0 || memcmp(key, "ap", 2) == 0 || memcmp(key, "ai", 2) == 0) {
		rd_asset_id(&r, &asset);
		add_place(c, key[0] == 'b' ? CHANGE_SUPPLY : key[1] == 'p' ? CHANGE_PERMIT : CHANGE_ASSET, NULL, &asset);
	} else {
		return false;
	}
	return true;
}

/* "ru" | name, 32 bytes | major u16 | height u64, big-endian -> minor u16, patch u16. */
static void
add_upgrade(struct changes *c, const uint8_t *key, const uint8_t *value, size_t len)
{
	struct change *change = add(c, CHANGE_UPGRADE);
	const uint8_t *v = key + 2 + RULE_NAME_MAX + 1;
	struct rd r = rd_init(value, len);

	memcpy(change->rule.name, key + 2, RULE_NAME_MAX);
	change->rule.major = (uint16_t)(v[0] << 8 | v[1]);
	change->rule.minor = rd_u16(&r);
	change->rule.patch = rd_u16(&r);
	change->after = statekey_read_u64(v + 2);
}

/* "rv" | name, 32 bytes | major, minor, patch, big-endian. */
static void
add_rule(struct changes *c, const uint8_t *key)
{
	struct change *change = add(c, CHANGE_RULE);
	const uint8_t *v = key + 2 + RULE_NAME_MAX + 1;

	memcpy(change->rule.name, key + 2, RULE_NAME_MAX);
	change->rule.major = (uint16_t)(v[0] << 8 | v[1]);
	change->rule.minor = (uint16_t)(v[2] << 8 | v[3]);
	change->rule.patch = (uint16_t)(v[4] << 8 | v[5]);
}

static void
count_record(struct changes *c, char module)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->list[i].kind == CHANGE_RECORDS && c->list[i].module == module) {
			c->list[i].after++;
			return;
		}
	}
	add(c, CHANGE_RECORDS)->module = module;
	c->list[c->n - 1].after = 1;
}

static void
see_key(void *context, const uint8_t *key, size_t key_len, const uint8_t *value, size_t len)
{
	struct changes *c = context;

	if (key_len < 2 || add_units(c, key, key_len))
		return;
	if (memcmp(key, "rv", 2) == 0)
		add_rule(c, key);
	else if (memcmp(key, "ru", 2) == 0 && value != NULL)
		add_upgrade(c, key, value, len);
	else if (strchr("lbatrg", key[0]) == NULL) /* what else is in these is shown as parameter, or is inner bookkeeping */
		count_record(c, (char)key[0]);
}

static uint64_t
rule_state(const struct state *s, const struct rule_version *v)
{
	struct rule_approval a;

	return !rule_get(&a, s, v) ? 0 : a.disabled ? 2 : 1;
}

static uint64_t
units_of(const struct exec *x, const struct change *c)
{
	struct asset a;

	if (!asset_get(&a, x->state, &c->asset))
		return 0;
	return amount_units(holding_total(x->state, &a, &c->account, x->env->time));
}

static uint64_t
look(const struct exec *x, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_BALANCE:
		return units_of(x, c);
	case CHANGE_SUPPLY:
		return amount_units(bank_supply(x->state, &c->asset));
	case CHANGE_PERMIT:
		return amount_units(holding_permit(x->state, &c->asset));
	case CHANGE_PARAM:
		return param_get(x->state, c->param);
	case CHANGE_RULE:
		return rule_state(x->state, &c->rule);
	case CHANGE_PEG_PAUSED:
		return dao_peg_paused(x->state);
	case CHANGE_PEG_RESUMES:
		return dao_peg_resumes(x->state);
	case CHANGE_DONATIONS:
		return amount_units(dao_cover_donations(x->state, x->env->height));
	case CHANGE_ASSET:
	case CHANGE_RECORDS:
	case CHANGE_UPGRADE:
		break;
	}
	return 0;
}

static bool
has_value(const struct change *c)
{
	return c->kind != CHANGE_ASSET && c->kind != CHANGE_RECORDS && c->kind != CHANGE_UPGRADE;
}

/* What no key's name tells. */
static void
add_the_rest(struct changes *c)
{
	for (size_t i = 0; i < param_count; i++)
		add(c, CHANGE_PARAM)->param = param_at(i);
	add(c, CHANGE_PEG_PAUSED);
	add(c, CHANGE_PEG_RESUMES);
	add(c, CHANGE_DONATIONS);
}

static void
drop_unchanged(struct changes *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (!has_value(&c->list[i]) || c->list[i].before != c->list[i].after)
			c->list[kept++] = c->list[i];
	}
	c->n = kept;
}

const char *
proposal_simulate(struct changes *out, size_t *failed, struct exec *x, uint64_t number)
{
	size_t mark = state_mark(x->state);
	struct exec quiet = *x;
	struct proposal p;
	struct dao d;
	const char *why;

	*out = (struct changes){ NULL, 0 };
	*failed = 0;
	quiet.events = NULL;
	quiet.accounts = NULL;
	if (!proposal_load(&p, x->state, number))
		return "PROPOSAL_UNKNOWN";
	if (!dao_get_version(&d, x->state, p.dao, p.terms))
		return "DAO_UNKNOWN";
	why = proposal_run_actions(&quiet, &d, &p, failed);
	if (why == NULL) {
		state_delta(x->state, see_key, out);
		add_the_rest(out);
	}
	for (size_t i = 0; i < out->n; i++) {
		if (has_value(&out->list[i]))
			out->list[i].after = look(&quiet, &out->list[i]);
	}
	state_rollback(x->state, mark);
	for (size_t i = 0; i < out->n; i++)
		out->list[i].before = has_value(&out->list[i]) ? look(&quiet, &out->list[i]) : 0;
	drop_unchanged(out);
	return why;
}
