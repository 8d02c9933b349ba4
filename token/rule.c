/* Keys: r v | name (32, zero-padded) | major u16 | minor u16 | patch u16 -> kind u8 | file hash | from height u64 | disabled u8.
 *       r u | name (32) | major u16 | height u64 -> minor u16 | patch u16: an upgrade. r d | height u64 | name -> empty: disabled by agreement.
 *
 * P1  What runs at a height depends on the state before it and on that height alone; so every node runs the same code in the same block. */
#include "token/rule.h"

#include <assert.h>
#include <string.h>

#include "token/rule_parts.h"
#include "token/statekey.h"

/* ---- approvals ---- */

bool
rule_name_valid(const char *p, size_t len)
{
	if (len < 1 || len > RULE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '_'))
			return false;
	}
	return true;
}

static struct statekey
major_key(char table, const char *name, size_t len, uint16_t major)
{
	struct statekey k = statekey_new('r', table);
	uint8_t padded[RULE_NAME_MAX + 1] = { 0 };

	assert(len <= RULE_NAME_MAX);
	memcpy(padded, name, len);
	statekey_bytes(&k, padded, sizeof(padded));
	statekey_u16(&k, major);
	return k;
}

static struct statekey
version_key(const struct rule_version *v)
{
	struct statekey k = major_key('v', v->name, strlen(v->name), v->major);

	statekey_u16(&k, v->minor);
	statekey_u16(&k, v->patch);
	return k;
}

static struct rule_version
version_of(const struct op_text *name, uint16_t major, uint16_t minor, uint16_t patch)
{
	struct rule_version v = { .major = major, .minor = minor, .patch = patch };

	assert(name->len <= RULE_NAME_MAX);
	memcpy(v.name, name->p, name->len);
	return v;
}

int
rule_version_cmp(const struct rule_version *a, const struct rule_version *b)
{
	uint64_t x = (uint64_t)a->major << 32 | (uint32_t)a->minor << 16 | a->patch, y = (uint64_t)b->major << 32 | (uint32_t)b->minor << 16 | b->patch;

	return (x > y) - (x < y);
}

static void
put(struct state *s, const struct rule_approval *a)
{
	struct statekey k = version_key(&a->version);
	struct wr w = { 0 };

	wr_u8(&w, (uint8_t)a->kind);
	wr_hash256(&w, &a->file);
	wr_u64(&w, a->from_height);
	wr_u8(&w, a->disabled);
	statekey_put(s, &k, &w);
}

static void
rd_approval(struct rd *r, struct rule_approval *out)
{
	out->kind = (enum tally_kind)rd_u8(r);
	rd_hash256(r, &out->file);
	out->from_height = rd_u64(r);
	out->disabled = rd_u8(r) != 0;
	assert(rd_done(r));
}

bool
rule_get(struct rule_approval *out, const struct state *s, const struct rule_version *v)
{
	struct statekey k = version_key(v);
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	out->version = *v;
	rd_approval(&r, out);
	return true;
}

const char *
rule_may_approve(const struct state *s, const struct action_plugin_approve *a)
{
	struct rule_approval old;
	struct rule_version v;

	if (!rule_name_valid(a->name.p, a->name.len))
		return "BAD_RULE_NAME";
	if (a->kind < TALLY_ISSUE || a->kind > TALLY_VALSEL)
		return "BAD_RULE_KIND";
	v = version_of(&a->name, a->major, a->minor, a->patch);
	return rule_get(&old, s, &v) ? "RULE_EXISTS" : NULL;
}

const char *
rule_approve(struct state *s, const struct action_plugin_approve *a, uint64_t next_height)
{
	struct rule_approval new = { .kind = (enum tally_kind)a->kind, .file = a->file };
	const char *why = rule_may_approve(s, a);

	if (why != NULL)
		return why;
	new.version = version_of(&a->name, a->major, a->minor, a->patch);
	new.from_height = a->from_height > next_height ? a->from_height : next_height;
	put(s, &new);
	return NULL;
}

const char *
rule_may_disable(const struct state *s, const struct action_plugin_disable *a)
{
	struct rule_approval old;
	struct rule_version v;

	if (!rule_name_valid(a->name.p, a->name.len))
		return "BAD_RULE_NAME";
	v = version_of(&a->name, a->major, a->minor, a->patch);
	return rule_get(&old, s, &v) && !old.disabled ? NULL : "RULE_UNKNOWN";
}

const char *
rule_disable(struct state *s, const struct action_plugin_disable *a)
{
	struct rule_approval old;
	struct rule_version v;
	const char *why = rule_may_disable(s, a);

	if (why != NULL)
		return why;
	v = version_of(&a->name, a->major, a->minor, a->patch);
	if (!rule_get(&old, s, &v))
		assert(0);
	old.disabled = true;
	put(s, &old);
	return NULL;
}

void
rule_walk_init(struct rule_walk *w, const struct state *s)
{
	state_walk_init(&w->walk, s, "rv", 2);
}

bool
rule_walk_next(struct rule_walk *w, struct rule_approval *out)
{
	const uint8_t *k = w->walk.key + 2;
	struct rd r;

	if (!state_walk_next(&w->walk))
		return false;
	memcpy(out->version.name, k, sizeof(out->version.name));
	k += sizeof(out->version.name);
	out->version.major = (uint16_t)(k[0] << 8 | k[1]);
	out->version.minor = (uint16_t)(k[2] << 8 | k[3]);
	out->version.patch = (uint16_t)(k[4] << 8 | k[5]);
	r = rd_init(w->walk.value, w->walk.value_len);
	rd_approval(&r, out);
	return true;
}

bool
rule_of_file(struct rule_approval *out, const struct state *s, const struct hash256 *file)
{
	struct rule_walk w;

	rule_walk_init(&w, s);
	while (rule_walk_next(&w, out)) {
		if (hash256_eq(&out->file, file) && !out->disabled)
			return true;
	}
	return false;
}

/* ---- what runs ---- */

/* What an upgrade of this name and major version says last, up to a height. */
static bool
last_upgrade(struct rule_version *v, uint64_t *at, const struct state *s, const char *name, uint16_t major, uint64_t height)
{
	struct statekey k = major_key('u', name, strlen(name), major);
	struct state_walk w;
	bool any = false;

	state_walk_init(&w, s, k.b, k.len);
	while (state_walk_next(&w)) {
		uint64_t from = statekey_read_u64(w.key + k.len);
		struct rd r = rd_init(w.value, w.value_len);

		if (from > height)
			break;
		*at = from;
		v->minor = rd_u16(&r);
		v->patch = rd_u16(&r);
		assert(rd_done(&r));
		any = true;
	}
	if (any) {
		memset(v->name, 0, sizeof(v->name));
		memcpy(v->name, name, strlen(name));
		v->major = major;
	}
	return any;
}

bool
rule_is_disabled(const struct rule_approval *a, uint64_t height)
{
	return a->disabled || (a->from_height <= height && rule_disabling_at(a->version.name, height));
}

/* Among the approved versions that have come into force the greatest; and what upgrade chose, unless a greater one came later. */
const char *
rule_in_force(struct rule_approval *out, const struct state *s, const char *name, uint16_t major, enum tally_kind kind, uint64_t height)
{
	struct statekey k = major_key('v', name, strlen(name), major);
	struct rule_approval a, chosen;
	struct rule_version v;
	struct rule_walk w;
	uint64_t at = 0;
	bool upgraded = last_upgrade(&v, &at, s, name, major, height) && rule_get(&chosen, s, &v) && chosen.kind == kind &&
			!rule_is_disabled(&chosen, height);
	const char *why = upgraded ? NULL : "RULE_UNKNOWN";

	if (upgraded)
		*out = chosen;
	state_walk_init(&w.walk, s, k.b, k.len);
	while (rule_walk_next(&w, &a)) {
		if (a.kind != kind || a.from_height > height)
			continue;
		if (rule_is_disabled(&a, height)) {
			why = why == NULL ? NULL : "RULE_DISABLED";
			continue;
		}
		if (upgraded && (rule_version_cmp(&a.version, &chosen.version) <= 0 || a.from_height <= at))
			continue;
		*out = a;
		why = NULL;
	}
	return why;
}

enum rule_stage
rule_stage(const struct rule_approval *a, const struct state *s, uint64_t height)
{
	struct rule_approval now;

	if (rule_is_disabled(a, height))
		return RULE_IS_DISABLED;
	if (rule_in_force(&now, s, a->version.name, a->version.major, a->kind, height) == NULL && rule_version_cmp(&now.version, &a->version) == 0)
		return RULE_IS_IN_FORCE;
	if (a->from_height > height || rule_upgrade_height(a, s, height) != UINT64_MAX)
		return RULE_IS_WAITING;
	return RULE_IS_SUPERSEDED;
}

uint64_t
rule_upgrade_height(const struct rule_approval *a, const struct state *s, uint64_t height)
{
	struct statekey k = major_key('u', a->version.name, strlen(a->version.name), a->version.major);
	struct state_walk w;

	state_walk_init(&w, s, k.b, k.len);
	while (state_walk_next(&w)) {
		uint64_t from = statekey_read_u64(w.key + k.len);
		struct rd r = rd_init(w.value, w.value_len);
		uint16_t minor = rd_u16(&r), patch = rd_u16(&r);

		if (from > height && minor == a->version.minor && patch == a->version.patch)
			return from;
	}
	return UINT64_MAX;
}

/* Sales and votes keep the version that they began with: anybody's next purchase or ballot may ask for one that ran earlier. */
static bool
may_be_kept(const struct rule_approval *a, uint64_t height)
{
	return (a->kind == TALLY_SALE || a->kind == TALLY_GOV) && a->from_height <= height;
}

uint64_t
rule_needed_from(const struct rule_approval *a, const struct state *s, uint64_t height)
{
	uint64_t upgrade;

	switch (rule_stage(a, s, height)) {
	case RULE_IS_IN_FORCE:
		return height;
	case RULE_IS_WAITING:
		if (may_be_kept(a, height))
			return height;
		upgrade = rule_upgrade_height(a, s, height);
		return a->from_height > height && a->from_height < upgrade ? a->from_height : upgrade;
	case RULE_IS_SUPERSEDED:
		return may_be_kept(a, height) ? height : UINT64_MAX;
	case RULE_IS_DISABLED:
		break;
	}
	return UINT64_MAX;
}

/* ---- upgrades ---- */

const char *
rule_may_upgrade(const struct state *s, const struct action_rule_upgrade *a)
{
	struct rule_approval it;
	struct rule_version v;

	if (!rule_name_valid(a->name.p, a->name.len))
		return "BAD_RULE_NAME";
	v = version_of(&a->name, a->major, a->minor, a->patch);
	if (!rule_get(&it, s, &v))
		return "RULE_UNKNOWN";
	return it.disabled ? "RULE_DISABLED" : NULL;
}

const char *
rule_upgrade(struct state *s, const struct action_rule_upgrade *a, uint64_t next_height)
{
	struct statekey k;
	struct wr w = { 0 };
	const char *why = rule_may_upgrade(s, a);

	if (why != NULL)
		return why;
	k = major_key('u', a->name.p, a->name.len, a->major);
	statekey_u64(&k, a->from_height > next_height ? a->from_height : next_height);
	wr_u16(&w, a->minor);
	wr_u16(&w, a->patch);
	statekey_put(s, &k, &w);
	return NULL;
}

/* ---- disabled by agreement ---- */

static struct statekey
disabling_key(uint64_t height, const char *name)
{
	struct statekey k = statekey_new('r', 'd');
	uint8_t padded[RULE_NAME_MAX + 1] = { 0 };

	memcpy(padded, name, strlen(name));
	statekey_u64(&k, height);
	statekey_bytes(&k, padded, sizeof(padded));
	return k;
}

bool
rule_was_disabled_at(const struct state *s, const char *name, uint64_t height)
{
	struct statekey k = disabling_key(height, name);

	return statekey_has(s, &k);
}

/* What everybody agreed on for this block becomes part of the state, and so of what the block commits to. */
static void
write_disablings(struct state *s, uint64_t height)
{
	struct rule_approval a;
	struct rule_walk w;

	rule_walk_init(&w, s);
	while (rule_walk_next(&w, &a)) {
		struct statekey k = disabling_key(height, a.version.name);

		if (a.disabled || !rule_is_disabled(&a, height))
			continue;
		a.disabled = true;
		put(s, &a);
		state_put(s, k.b, k.len, "", 0);
	}
}

void
rule_recall_disablings(const struct state *s)
{
	struct state_walk w;

	state_walk_init(&w, s, "rd", 2);
	while (state_walk_next(&w)) {
		char name[RULE_NAME_MAX + 1];

		memcpy(name, w.key + 10, sizeof(name));
		rule_disable_at(name, statekey_read_u64(w.key + 2));
	}
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	struct rd r = rd_init(section, len);
	size_t n = len == 0 ? 0 : rd_count(&r, 1);

	rule_forget_missing();
	for (size_t i = 0; i < n; i++) {
		struct action_plugin_approve a;
		size_t one;
		const uint8_t *bytes = rd_varbytes(&r, &one, ACTION_PAYLOAD_MAX);
		const char *why;

		if (!rd_ok(&r) || !action_plugin_approve_decode(&a, bytes, one))
			return "genesis, rules: an approval can't be read";
		why = rule_approve(x->state, &a, 0);
		if (why != NULL)
			return why;
	}
	return rd_done(&r) ? NULL : "genesis, rules: bytes left over";
}

static void
end_block(struct exec *x)
{
	rule_note_missing(x->state, x->env->height);
	write_disablings(x->state, x->env->height);
}

static const char *
invariants(const struct state *s, bool deep)
{
	(void)s;
	(void)deep;
	return rule_missing();
}

const struct module rule_module = {
	.name = "rules",
	.letter = 'r',
	.genesis = genesis,
	.begin_block = rule_forget_missing,
	.end_block = end_block,
	.invariants = invariants,
};
