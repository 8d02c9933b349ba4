/* What may be changed after creation: issuer, DAO, the rule's parameters, name; each by those whom CREATE declared.
 *
 * X1  Nothing else of CREATE changes, and none of these by anybody else.
 * X2  Parameters come into force no earlier than the declared notice after they were announced. */
#include <string.h>

#include "token/asset_parts.h"
#include "token/dao.h"
#include "token/issue.h"

#define CHANGE_NOTICE_MAX (90 * 86400)

static bool
is_declared(uint16_t changes, enum asset_part part, unsigned by)
{
	return ((unsigned)changes >> 2 * (unsigned)part & by) != 0;
}

const char *
asset_check_changes(const struct op_create *o)
{
	unsigned by_dao = 0;

	for (unsigned part = 0; part < ASSET_PARTS; part++)
		by_dao |= (unsigned)o->changes >> 2 * part & ASSET_BY_DAO;
	if ((o->changes & ~ASSET_CHANGES_ALL) != 0)
		return "BAD_CHANGES";
	/* The issuer names a DAO once; only what has one, or will have, can be changed by it. */
	if (is_declared(o->changes, ASSET_PART_DAO, ASSET_BY_ISSUER) ? o->dao != ASSET_NO_DAO : by_dao != 0 && o->dao == ASSET_NO_DAO)
		return "BAD_CHANGES";
	if (!is_declared(o->changes, ASSET_PART_PARAMS, ASSET_BY_ISSUER | ASSET_BY_DAO))
		return o->change_notice == 0 ? NULL : "BAD_NOTICE";
	if (o->rule.len == 0)
		return "BAD_CHANGES";
	return o->change_notice <= CHANGE_NOTICE_MAX ? NULL : "BAD_NOTICE";
}

/* ---- each part ---- */

static const char *
new_issuer(struct asset *a, const struct op_blob *value)
{
	struct rd r = rd_init(value->p, value->len);
	struct account who;

	rd_account(&r, &who);
	if (!rd_done(&r))
		return "BAD_CHANGE";
	if (a->renounced)
		return "RENOUNCED";
	if (who.type == ACCOUNT_MODULE)
		return "NOT_A_RECIPIENT";
	if (account_eq(&a->issuer, &who))
		return "NO_CHANGE";
	a->issuer = who;
	return NULL;
}

static const char *
new_dao(const struct exec *x, struct asset *a, const struct asset_change *c)
{
	struct rd r = rd_init(c->value.p, c->value.len);
	uint32_t dao = rd_u32(&r);

	if (!rd_done(&r))
		return "BAD_CHANGE";
	if (!c->by_dao && a->dao != ASSET_NO_DAO)
		return "DAO_SET";
	if (dao == a->dao)
		return "NO_CHANGE";
	if (!dao_exists(x->state, dao))
		return "DAO_UNKNOWN";
	a->dao = dao;
	return NULL;
}

static bool
blob_is(const struct op_blob *b, const uint8_t *p, size_t len)
{
	return b->len == len && (len == 0 || memcmp(b->p, p, len) == 0);
}

static void
forget_next(struct asset *a)
{
	memset(a->next, 0, sizeof(a->next));
	a->next_len = 0;
	a->next_from.sec = 0;
}

/* What was announced and is in force by now takes its place. */
static void
settle_params(struct asset *a, struct unixtime now)
{
	if (a->next_from.sec == 0 || now.sec < a->next_from.sec)
		return;
	memcpy(a->params, a->next, sizeof(a->params));
	a->params_len = a->next_len;
	forget_next(a);
}

static const char *
new_params(const struct exec *x, struct asset *a, const struct op_blob *value)
{
	if (value->len > RULE_PARAMS_MAX)
		return "BAD_CHANGE";
	settle_params(a, x->env->time);
	if (blob_is(value, a->params, a->params_len)) { /* what was announced is taken back */
		if (a->next_from.sec == 0)
			return "NO_CHANGE";
		forget_next(a);
		return NULL;
	}
	if (a->next_from.sec != 0 && blob_is(value, a->next, a->next_len))
		return "NO_CHANGE";
	forget_next(a);
	if (value->len > 0)
		memcpy(a->next, value->p, value->len);
	a->next_len = value->len;
	a->next_from.sec = x->env->time.sec + a->change_notice;
	return issue_may_have_params(x, a, value);
}

static const char *
new_name(struct asset *a, const struct op_blob *value)
{
	struct op_text name = { (const char *)value->p, value->len };

	if (value->len > ASSET_NAME_MAX || !asset_name_valid(&name))
		return "BAD_NAME";
	if (strlen(a->name) == name.len && memcmp(a->name, name.p, name.len) == 0)
		return "NO_CHANGE";
	memset(a->name, 0, sizeof(a->name));
	memcpy(a->name, name.p, name.len);
	return NULL;
}

/* The asset as it would be. */
static const char *
changed(struct asset *a, const struct exec *x, const struct asset_change *c)
{
	if (hash256_is_zero(&c->asset.id) || !asset_get(a, x->state, &c->asset))
		return "ASSET_UNKNOWN";
	if (c->by_dao && c->dao != a->dao)
		return "FOREIGN_ASSET";
	if (!c->by_dao && !asset_is_issuer(a, &c->issuer))
		return "NOT_ISSUER";
	if (!is_declared(a->changes, c->part, c->by_dao ? ASSET_BY_DAO : ASSET_BY_ISSUER))
		return "NOT_DECLARED";
	switch (c->part) {
	case ASSET_PART_ISSUER:
		return new_issuer(a, &c->value);
	case ASSET_PART_DAO:
		return new_dao(x, a, c);
	case ASSET_PART_PARAMS:
		return new_params(x, a, &c->value);
	case ASSET_PART_NAME:
		return new_name(a, &c->value);
	}
	return "BAD_CHANGE";
}

const char *
asset_may_change(const struct exec *x, const struct asset_change *c)
{
	struct asset a;

	return changed(&a, x, c);
}

const char *
asset_change(struct exec *x, const struct asset_change *c)
{
	struct wr w = { 0 };
	struct asset a;
	const char *why = changed(&a, x, c);

	if (why != NULL)
		return why;
	asset_put(x->state, &a);
	if (c->part == ASSET_PART_ISSUER)
		exec_involve(x, &a.issuer);
	wr_asset_id(&w, &a.id);
	wr_u8(&w, (uint8_t)c->part);
	exec_event(x, "CHANGED", w.p, w.len);
	wr_clear(&w);
	return NULL;
}

/* ---- operations ---- */

/* The value's bytes stand last in each payload; w holds them where they are made. False: not of the form. */
static bool
read_change(struct asset_change *c, struct wr *w, const struct op *op)
{
	struct op_set_issuer issuer;
	struct op_set_dao dao;
	struct op_set_params params;
	struct op_set_name name;

	if (op->number == OP_SET_ISSUER && op_set_issuer_decode(&issuer, op->payload, op->payload_len)) {
		c->asset = issuer.asset;
		c->part = ASSET_PART_ISSUER;
		wr_account(w, &issuer.issuer);
	} else if (op->number == OP_SET_DAO && op_set_dao_decode(&dao, op->payload, op->payload_len)) {
		c->asset = dao.asset;
		c->part = ASSET_PART_DAO;
		wr_u32(w, dao.dao);
	} else if (op->number == OP_SET_PARAMS && op_set_params_decode(&params, op->payload, op->payload_len)) {
		c->asset = params.asset;
		c->part = ASSET_PART_PARAMS;
		wr_bytes(w, params.params.p, params.params.len);
	} else if (op->number == OP_SET_NAME && op_set_name_decode(&name, op->payload, op->payload_len)) {
		c->asset = name.asset;
		c->part = ASSET_PART_NAME;
		wr_bytes(w, name.name.p, name.name.len);
	} else {
		return false;
	}
	return true;
}

const char *
asset_apply_change(struct exec *x, const struct op *op)
{
	struct asset_change c = { .issuer = op->source };
	struct wr value = { 0 };
	const char *why = "BAD_PAYLOAD";

	if (read_change(&c, &value, op)) {
		c.value = (struct op_blob){ value.p, value.len };
		why = asset_change(x, &c);
	}
	wr_clear(&value);
	return why;
}
