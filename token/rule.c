/* Keys: r v | name (32, zero-padded) | major u16 | minor u16 | patch u16 -> kind u8 | file hash | from height u64 | disabled u8. */
#include "token/rule.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
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
major_key(const char *name, size_t len, uint16_t major)
{
	struct statekey k = statekey_new('r', 'v');
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
	struct statekey k = major_key(v->name, strlen(v->name), v->major);

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

const char *
rule_in_force(struct rule_approval *out, const struct state *s, const char *name, uint16_t major, enum tally_kind kind, uint64_t height)
{
	struct statekey k = major_key(name, strlen(name), major);
	struct rule_approval a;
	struct rule_walk w;
	const char *why = "RULE_UNKNOWN";

	state_walk_init(&w.walk, s, k.b, k.len);
	while (rule_walk_next(&w, &a)) {
		if (a.kind != kind || a.from_height > height)
			continue;
		if (a.disabled) {
			why = why == NULL ? NULL : "RULE_DISABLED";
			continue;
		}
		*out = a;
		why = NULL;
	}
	return why;
}

/* ---- code ---- */

static bool
reason_name_valid(const char *p)
{
	size_t len = strnlen(p, TALLY_REASON_LEN);

	if (len < 1 || len >= TALLY_REASON_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!((p[i] >= 'A' && p[i] <= 'Z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '_'))
			return false;
	}
	return true;
}

static const char *
check_functions(const struct tally_plugin *p)
{
	if (p->kind == TALLY_ISSUE)
		return p->issue != NULL && p->issue->on != NULL ? NULL : "an ISSUE rule needs the function `on`";
	if (p->kind == TALLY_GOV)
		return p->gov != NULL && p->gov->check != NULL && p->gov->weight != NULL && p->gov->outcome != NULL
			       ? NULL
			       : "a GOV rule needs the functions `check`, `weight` and `outcome`";
	return "its kind has no host yet: ISSUE and GOV have";
}

static bool
check_vectors(const struct tally_plugin *p)
{
	if (p->vectors_n == 0)
		return true;
	return p->vectors != NULL && p->vectors_n <= RULE_VECTORS_MAX && p->vector_size >= sizeof(struct tally_vector) && p->vector_size % 8 == 0 &&
	       p->vector_size <= 4096;
}

const char *
rule_check_descriptor(const struct tally_plugin *p)
{
	if (p == NULL)
		return "the entry function returned no descriptor";
	if (p->magic != TALLY_PLUGIN_MAGIC)
		return "wrong magic number: not a Tallystick rule";
	if (p->abi_major != TALLY_ABI_MAJOR)
		return "made for another major version of the ABI";
	if (p->abi_minor > TALLY_ABI_MINOR)
		return "made for a newer minor version of the ABI than this host has";
	if (p->size < sizeof(*p))
		return "descriptor shorter than its ABI version says";
	if (!rule_name_valid(p->name, strnlen(p->name, sizeof(p->name))))
		return "rule name: 1 to 31 characters of a-z 0-9 _";
	if (p->reasons == NULL)
		return "no list of reasons";
	for (size_t i = 0; p->reasons[i] != NULL; i++) {
		if (i >= 100 || !reason_name_valid(p->reasons[i]))
			return "a reason's name: 1 to 39 characters of A-Z 0-9 _, at most 100 of them";
	}
	return check_vectors(p) ? check_functions(p) : "vectors: not as TALLY_VECTORS() puts them, or more than 10,000";
}

/* Code is never unloaded, and is the same whichever ledger runs it: one list for the process. */
struct loaded {
	const struct tally_plugin *plugin;
	struct hash256 file;
};
static struct loaded *loaded;
static size_t loaded_n;

/* What rule_module's invariants answer once a rule was needed in a block and wasn't there. */
static char missing[200];

const char *
rule_register(const struct tally_plugin *p, const struct hash256 *file)
{
	const char *why = rule_check_descriptor(p);

	if (why != NULL)
		return why;
	if (rule_code(file) != NULL)
		return NULL;
	loaded = mem_resize(loaded, loaded_n + 1, sizeof(*loaded));
	loaded[loaded_n++] = (struct loaded){ p, *file };
	return NULL;
}

const struct tally_plugin *
rule_code(const struct hash256 *file)
{
	for (size_t i = 0; i < loaded_n; i++) {
		if (hash256_eq(&loaded[i].file, file))
			return loaded[i].plugin;
	}
	return NULL;
}

static const char *
code_of(const struct tally_plugin **out, const struct rule_approval *a)
{
	const struct tally_plugin *p = rule_code(&a->file);
	char hash[HASH256_HEX_LEN];

	if (p == NULL) {
		hash256_to_hex(hash, &a->file);
		(void)snprintf(missing, sizeof(missing), "rule %s %u.%u.%u is approved but not loaded: put the file with SHA-256 %s into plugindir",
			       a->version.name, a->version.major, a->version.minor, a->version.patch, hash);
		return "RULE_MISSING";
	}
	if (p->kind != a->kind || strcmp(p->name, a->version.name) != 0 || p->major != a->version.major || p->minor != a->version.minor ||
	    p->patch != a->version.patch)
		return "RULE_MISMATCH";
	*out = p;
	return NULL;
}

const char *
rule_find(const struct tally_plugin **out, struct rule_version *version, const struct state *s, const char *name, uint16_t major,
	  enum tally_kind kind, uint64_t height)
{
	struct rule_approval a;
	const char *why = rule_in_force(&a, s, name, major, kind, height);

	if (why != NULL)
		return why;
	if (version != NULL)
		*version = a.version;
	return code_of(out, &a);
}

const char *
rule_find_version(const struct tally_plugin **out, const struct state *s, const struct rule_version *v, enum tally_kind kind)
{
	struct rule_approval a;

	if (!rule_get(&a, s, v) || a.kind != kind)
		return "RULE_UNKNOWN";
	return a.disabled ? "RULE_DISABLED" : code_of(out, &a);
}

/* ---- module ---- */

static const char *
genesis(struct exec *x, const uint8_t *section, size_t len)
{
	struct rd r = rd_init(section, len);
	size_t n = len == 0 ? 0 : rd_count(&r, 1);

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

static const char *
apply(struct exec *x, const struct op *op)
{
	(void)x;
	(void)op;
	return "UNKNOWN_OPERATION";
}

/* Whoever only asks, or tries a transaction, must not stop the chain. */
static void
begin_block(void)
{
	missing[0] = '\0';
}

static const char *
invariants(const struct state *s, bool deep)
{
	(void)s;
	(void)deep;
	return missing[0] != '\0' ? missing : NULL;
}

const struct module rule_module = {
	.name = "rules",
	.letter = 'r',
	.genesis = genesis,
	.apply = apply,
	.begin_block = begin_block,
	.invariants = invariants,
};
