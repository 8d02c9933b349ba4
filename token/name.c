/* N1  An account has at most one name, a skeleton at most one account, and each knows of the other.
 * N2  Every name is valid, and stands under its own skeleton.
 *
 * Keys: n s | skeleton -> holder, attester, since height u64, since i64, name; n a | account -> name; n r | account -> i64, a registrar
 * since then. */
#include "token/name.h"

#include <assert.h>
#include <string.h>

#include "token/statekey.h"

/* ---- syntax ---- */

bool
name_valid(const char *p, size_t len)
{
	if (len < NAME_MIN || len > NAME_MAX || p[0] < 'a' || p[0] > 'z' || p[len - 1] == '-' || memcmp(p, "tly", 3) == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool letter = p[i] >= 'a' && p[i] <= 'z', digit = p[i] >= '0' && p[i] <= '9';

		if (!letter && !digit && (p[i] != '-' || p[i - 1] == '-'))
			return false;
	}
	return true;
}

size_t
name_skeleton(char out[NAME_MAX], const char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = p[i];

		if (c == '-')
			continue;
		if (c == '0')
			c = 'o';
		else if (c == '1' || c == 'i')
			c = 'l';
		else if (c == '5')
			c = 's';
		if (n > 0 && c == 'n' && out[n - 1] == 'r')
			out[n - 1] = 'm';
		else if (n > 0 && c == 'v' && out[n - 1] == 'v')
			out[n - 1] = 'w';
		else
			out[n++] = c;
	}
	return n;
}

/* ---- keys ---- */

static struct statekey
skeleton_key(const char *name, size_t len)
{
	struct statekey k = statekey_new('n', 's');
	char skeleton[NAME_MAX];

	statekey_bytes(&k, skeleton, name_skeleton(skeleton, name, len));
	return k;
}

static struct statekey
account_key(char table, const struct account *who)
{
	struct statekey k = statekey_new('n', table);

	statekey_account(&k, who);
	return k;
}

/* ---- questions ---- */

bool
name_is_registrar(const struct state *s, const struct account *who)
{
	struct statekey k = account_key('r', who);

	return statekey_has(s, &k);
}

bool
name_may_attest(const struct state *s, const struct account *who)
{
	struct dao federation;

	if (name_is_registrar(s, who))
		return true;
	if (!dao_get(&federation, s, 0) || federation.terms.electorate != DAO_COUNCIL)
		return false;
	for (uint32_t i = 0; i < federation.terms.members_n; i++) {
		if (account_eq(&federation.terms.members[i], who))
			return true;
	}
	return false;
}

static void
rd_name(struct rd *r, struct name *out)
{
	struct op_text text;

	memset(out, 0, sizeof(*out));
	rd_account(r, &out->holder);
	rd_account(r, &out->attester);
	out->since = rd_u64(r);
	out->since_time.sec = rd_i64(r);
	rd_text(r, &text, NAME_MAX);
	assert(rd_done(r));
	memcpy(out->text, text.p, text.len);
}

/* Who has this name or one that looks like it. */
static bool
find_alike(struct name *out, const struct state *s, const char *p, size_t len)
{
	struct statekey k = skeleton_key(p, len);
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	rd_name(&r, out);
	out->attested = name_may_attest(s, &out->attester);
	return true;
}

bool
name_find(struct name *out, const struct state *s, const char *p, size_t len)
{
	return name_valid(p, len) && find_alike(out, s, p, len) && strlen(out->text) == len && memcmp(out->text, p, len) == 0;
}

bool
name_of(struct name *out, const struct state *s, const struct account *who)
{
	struct statekey k = account_key('a', who);
	size_t len;
	const uint8_t *p = state_get(s, &len, k.b, k.len);

	return p != NULL && name_find(out, s, (const char *)p, len);
}

bool
name_attested_at(const struct state *s, const struct account *who, uint64_t height)
{
	struct name n;

	return name_of(&n, s, who) && n.attested && n.since <= height;
}

void
name_walk_init(struct name_walk *w, const struct state *s, const char *after)
{
	struct statekey k = skeleton_key(after, strnlen(after, NAME_MAX));

	state_walk_init(&w->walk, s, "ns", 2);
	if (after[0] != '\0')
		state_walk_after(&w->walk, k.b, k.len);
}

bool
name_walk_next(struct name_walk *w, struct name *out)
{
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	r = rd_init(w->walk.value, w->walk.value_len);
	rd_name(&r, out);
	out->attested = name_may_attest(w->walk.state, &out->attester);
	return true;
}

void
registrar_walk_init(struct state_walk *w, const struct state *s)
{
	state_walk_init(w, s, "nr", 2);
}

bool
registrar_walk_next(struct state_walk *w, struct account *out, struct unixtime *since)
{
	struct rd key, value;

	if (!state_walk_next(w))
		return false;
	key = rd_init(w->key + 2, w->key_len - 2);
	value = rd_init(w->value, w->value_len);
	rd_account(&key, out);
	since->sec = rd_i64(&value);
	assert(rd_done(&key) && rd_done(&value));
	return true;
}

/* ---- changes ---- */

static void
put(struct exec *x, const struct op_name *o, const struct account *attester)
{
	struct statekey name = skeleton_key(o->name.p, o->name.len), holder = account_key('a', &o->account);
	struct wr w = { 0 };

	wr_account(&w, &o->account);
	wr_account(&w, attester);
	wr_u64(&w, x->env->height);
	wr_i64(&w, x->env->time.sec);
	wr_text(&w, &o->name);
	statekey_put(x->state, &name, &w);
	state_put(x->state, holder.b, holder.len, o->name.p, o->name.len);

	wr_account(&w, &o->account);
	wr_account(&w, attester);
	wr_text(&w, &o->name);
	exec_event(x, "NAMED", w.p, w.len);
	exec_involve(x, &o->account);
	wr_clear(&w);
}

static void
take_away(struct exec *x, const struct name *n)
{
	struct statekey name = skeleton_key(n->text, strlen(n->text)), holder = account_key('a', &n->holder);
	struct op_text text = OP_TEXT(n->text);
	struct wr w = { 0 };

	statekey_delete(x->state, &name);
	statekey_delete(x->state, &holder);
	wr_account(&w, &n->holder);
	wr_text(&w, &text);
	exec_event(x, "UNNAMED", w.p, w.len);
	exec_involve(x, &n->holder);
	wr_clear(&w);
}

/* May the source dispose of a name that is taken? */
static bool
may_dispose(const struct name *n, const struct account *source)
{
	return !n->attested || account_eq(&n->attester, source);
}

/* What is in the way of a new name: one that looks like it, and the one that the account has. */
static const char *
clear_the_way(struct exec *x, const struct op *op, const struct op_name *o)
{
	struct name alike, own;

	if (name_of(&own, x->state, &o->account)) {
		bool same = strlen(own.text) == o->name.len && memcmp(own.text, o->name.p, o->name.len) == 0;

		if (same && own.attested)
			return account_eq(&own.attester, &op->source) ? "NO_CHANGE" : "ACCOUNT_NAMED";
		if (!may_dispose(&own, &op->source))
			return "ACCOUNT_NAMED";
		take_away(x, &own);
	}
	if (!find_alike(&alike, x->state, o->name.p, o->name.len))
		return NULL;
	if (alike.attested) /* his own, too: revoke it first */
		return "NAME_TAKEN";
	take_away(x, &alike);
	return NULL;
}

static const char *
apply_attest(struct exec *x, const struct op *op)
{
	struct op_name o;
	const char *why;

	if (!op_name_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!name_may_attest(x->state, &op->source))
		return "NOT_ATTESTER";
	if (!name_valid(o.name.p, o.name.len))
		return "BAD_NAME";
	if (o.account.type == ACCOUNT_MODULE)
		return "NOT_A_RECIPIENT";
	why = clear_the_way(x, op, &o);
	if (why == NULL)
		put(x, &o, &op->source);
	return why;
}

static const char *
apply_revoke(struct exec *x, const struct op *op)
{
	struct op_name o;
	struct name n;

	if (!op_name_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!name_find(&n, x->state, o.name.p, o.name.len) || !account_eq(&n.holder, &o.account))
		return "NO_NAME";
	if (!account_eq(&n.attester, &op->source) && (n.attested || !name_may_attest(x->state, &op->source)))
		return "NOT_ATTESTER";
	take_away(x, &n);
	return NULL;
}

static const char *
apply_renounce(struct exec *x, const struct op *op)
{
	struct op_renounce_name o;
	struct name n;

	if (!op_renounce_name_decode(&o, op->payload, op->payload_len))
		return "BAD_PAYLOAD";
	if (!name_find(&n, x->state, o.name.p, o.name.len) || !account_eq(&n.holder, &op->source))
		return "NO_NAME";
	take_away(x, &n);
	return NULL;
}

/* ---- the action REGISTRAR ---- */

const char *
registrar_check(const struct exec *x, const struct dao *d, const struct op_blob *payload)
{
	struct action_registrar a;

	(void)x, (void)d;
	return action_registrar_decode(&a, payload->p, payload->len) && a.account.type != ACCOUNT_MODULE ? NULL : "ACTION_MALFORMED";
}

const char *
registrar_apply(struct exec *x, const struct dao *d, const struct op_blob *payload)
{
	struct action_registrar a;
	struct statekey k;
	struct wr w = { 0 };

	(void)d;
	if (!action_registrar_decode(&a, payload->p, payload->len))
		return "ACTION_MALFORMED";
	k = account_key('r', &a.account);
	if (!a.appoint) {
		statekey_delete(x->state, &k);
	} else if (!statekey_has(x->state, &k)) {
		wr_i64(&w, x->env->time.sec);
		statekey_put(x->state, &k, &w);
	}
	wr_bytes(&w, payload->p, payload->len);
	exec_event(x, "REGISTRAR", w.p, w.len);
	exec_involve(x, &a.account);
	wr_clear(&w);
	return NULL;
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	(void)x;
	(void)section;
	return len == 0 ? NULL : "genesis, names: has no section";
}

static const char *
invariants(const struct state *s, bool deep)
{
	struct name_walk w;
	struct state_walk holders;
	struct name n, again;
	size_t names = 0, accounts = 0;

	if (!deep)
		return NULL;
	name_walk_init(&w, s, "");
	while (name_walk_next(&w, &n)) {
		struct statekey k = skeleton_key(n.text, strlen(n.text));

		names++;
		if (!name_valid(n.text, strlen(n.text)) || w.walk.key_len != k.len || memcmp(w.walk.key, k.b, k.len) != 0)
			return "N2: a name stands where it doesn't belong";
		if (!name_of(&again, s, &n.holder) || strcmp(again.text, n.text) != 0)
			return "N1: a name's account has another one";
	}
	state_walk_init(&holders, s, "na", 2);
	while (state_walk_next(&holders))
		accounts++;
	return accounts == names ? NULL : "N1: an account's name isn't there";
}

static const struct op_info ops[] = {
	{ OP_ATTEST_NAME, "ATTEST_NAME", false, apply_attest },
	{ OP_REVOKE_NAME, "REVOKE_NAME", false, apply_revoke },
	{ OP_RENOUNCE_NAME, "RENOUNCE_NAME", false, apply_renounce },
};

const struct module name_module = {
	.name = "names",
	.letter = 'n',
	.ops = ops,
	.ops_n = ARRAY_LEN(ops),
	.genesis = genesis,
	.invariants = invariants,
};
