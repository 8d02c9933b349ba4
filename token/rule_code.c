/* What of the approved rules this process has: code, and what the node's people have agreed to disable. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "token/rule_parts.h"

/* ---- descriptors ---- */

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
	if (p->kind == TALLY_SALE)
		return p->sale != NULL && p->sale->check != NULL && p->sale->quote != NULL ? NULL : "a SALE rule needs the functions `check` and `quote`";
	if (p->kind == TALLY_VALSEL)
		return p->valsel != NULL && p->valsel->check != NULL && p->valsel->select != NULL
			       ? NULL
			       : "a VALSEL rule needs the functions `check` and `select`";
	return "there is no such kind of rule";
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
		if (i >= RULE_REASONS_MAX || !reason_name_valid(p->reasons[i]))
			return "a reason's name: 1 to 39 characters of A-Z 0-9 _, at most 100 of them";
	}
	return check_vectors(p) ? check_functions(p) : "vectors: not as TALLY_VECTORS() puts them, or more than 10,000";
}

/* ---- what is loaded ---- */

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

const char *
rule_missing(void)
{
	return missing[0] != '\0' ? missing : NULL;
}

void
rule_forget_missing(void)
{
	missing[0] = '\0';
}

void
rule_missing_sentence(char *out, size_t len, const struct rule_approval *a)
{
	char hash[HASH256_HEX_LEN];

	hash256_to_hex(hash, &a->file);
	(void)snprintf(out, len, "rule %s %u.%u.%u is approved but not loaded: put the file with SHA-256 %s into plugindir", a->version.name,
		       a->version.major, a->version.minor, a->version.patch, hash);
}

bool
rule_next_missing(struct rule_approval *out, const struct state *s, uint64_t height)
{
	struct rule_approval a;
	struct rule_walk w;

	rule_walk_init(&w, s);
	while (rule_walk_next(&w, &a)) {
		if (rule_code(&a.file) == NULL && rule_needed_from(&a, s, height) == height) {
			*out = a;
			return true;
		}
	}
	return false;
}

void
rule_note_missing(const struct state *s, uint64_t height)
{
	struct rule_approval a;

	if (missing[0] == '\0' && rule_next_missing(&a, s, height))
		rule_missing_sentence(missing, sizeof(missing), &a);
}

static const char *
code_of(const struct tally_plugin **out, const struct rule_approval *a)
{
	const struct tally_plugin *p = rule_code(&a->file);

	if (p == NULL) {
		rule_missing_sentence(missing, sizeof(missing), a);
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
rule_find_version(const struct tally_plugin **out, const struct state *s, const struct rule_version *v, enum tally_kind kind, uint64_t height)
{
	struct rule_approval a;

	if (!rule_get(&a, s, v) || a.kind != kind)
		return "RULE_UNKNOWN";
	return rule_is_disabled(&a, height) ? "RULE_DISABLED" : code_of(out, &a);
}

/* ---- agreements to disable ---- */

struct disabling {
	char name[RULE_NAME_MAX + 1];
	uint64_t height;
};
static struct disabling *disablings;
static size_t disablings_n;

void
rule_disable_at(const char *name, uint64_t height)
{
	struct disabling d = { .height = height };

	memcpy(d.name, name, strnlen(name, RULE_NAME_MAX));
	if (rule_disabling_at(d.name, height))
		return;
	disablings = mem_resize(disablings, disablings_n + 1, sizeof(*disablings));
	disablings[disablings_n++] = d;
}

bool
rule_disabling_at(const char *name, uint64_t height)
{
	for (size_t i = 0; i < disablings_n; i++) {
		if (disablings[i].height == height && strcmp(disablings[i].name, name) == 0)
			return true;
	}
	return false;
}
