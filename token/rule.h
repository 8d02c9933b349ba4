#ifndef TALLY_TOKEN_RULE_H
#define TALLY_TOKEN_RULE_H
/* Which rules the ledger has approved (letter r), and which of them this process has loaded.
 *
 * DAO 0 approves one file hash for each rule version, so that all nodes run the same machine code. An asset or DAO names a rule and its major
 * version; the greatest approved minor and patch that has come into force runs. A proposal keeps the exact version it started with.
 *
 * Genesis section: count, then as many varbytes with an action_plugin_approve (ops.h) each; their heights may be 0. */
#include "plugins/plugin.h"
#include "token/ops.h"

struct rule_version {
	char name[RULE_NAME_MAX + 1];
	uint16_t major, minor, patch;
};

/* By major, minor, patch: of one name. */
int rule_version_cmp(const struct rule_version *a, const struct rule_version *b);

struct rule_approval {
	struct rule_version version;
	enum tally_kind kind;
	struct hash256 file;
	uint64_t from_height;
	bool disabled;
};

extern const struct module rule_module;

/* a-z 0-9 _, 1..RULE_NAME_MAX. */
MUST_USE bool rule_name_valid(const char *p, size_t len);

/* Reasons: BAD_RULE_NAME, BAD_RULE_KIND, RULE_EXISTS. It comes into force at from_height, at the earliest `next_height`. */
MUST_USE const char *rule_approve(struct state *s, const struct action_plugin_approve *a, uint64_t next_height);
/* Would rule_approve() succeed? */
MUST_USE const char *rule_may_approve(const struct state *s, const struct action_plugin_approve *a);
/* Reasons: RULE_UNKNOWN. */
MUST_USE const char *rule_disable(struct state *s, const struct action_plugin_disable *a);
MUST_USE const char *rule_may_disable(const struct state *s, const struct action_plugin_disable *a);

/* From a height on, at the earliest `next_height`, an approved version runs in place of what would: the greatest that has come into force.
 * A greater one that comes into force later takes over from it. Reasons: BAD_RULE_NAME, RULE_UNKNOWN, RULE_DISABLED. */
MUST_USE const char *rule_upgrade(struct state *s, const struct action_rule_upgrade *a, uint64_t next_height);
MUST_USE const char *rule_may_upgrade(const struct state *s, const struct action_rule_upgrade *a);

MUST_USE bool rule_get(struct rule_approval *out, const struct state *s, const struct rule_version *v);
/* The approval of a file, if there is one that isn't disabled. */
MUST_USE bool rule_of_file(struct rule_approval *out, const struct state *s, const struct hash256 *file);
/* What runs at a height. Reasons: RULE_UNKNOWN, RULE_DISABLED. */
MUST_USE const char *rule_in_force(struct rule_approval *out, const struct state *s, const char *name, uint16_t major, enum tally_kind kind,
				   uint64_t height);

/* Also by agreement (below) at this very height. */
MUST_USE bool rule_is_disabled(const struct rule_approval *a, uint64_t height);

/* Where a version stands at a height. */
enum rule_stage {
	RULE_IS_WAITING,    /* comes into force later, or never without an upgrade */
	RULE_IS_IN_FORCE,   /* runs for its name and major version */
	RULE_IS_SUPERSEDED, /* another version runs; a sale or vote that began under this one still asks it */
	RULE_IS_DISABLED,
};
enum rule_stage rule_stage(const struct rule_approval *a, const struct state *s, uint64_t height);
/* When the next upgrade to this version is after a height; UINT64_MAX for never. */
uint64_t rule_upgrade_height(const struct rule_approval *a, const struct state *s, uint64_t height);

/* The first block at or after `height` that needs a version's file; UINT64_MAX when none is known to. Superseded versions of SALE and GOV rules
 * are needed until they are disabled. */
uint64_t rule_needed_from(const struct rule_approval *a, const struct state *s, uint64_t height);

struct rule_walk {
	struct state_walk walk;
};
void rule_walk_init(struct rule_walk *w, const struct state *s);
MUST_USE bool rule_walk_next(struct rule_walk *w, struct rule_approval *out);

/* ---- code ---- */

#define RULE_REASONS_MAX 100
#define RULE_VECTORS_MAX 10000
/* The descriptor's own faults, for a person: NULL, or the first rule of the ABI that it breaks (static). */
MUST_USE const char *rule_check_descriptor(const struct tally_plugin *p);

/* Make code known to this process, for as long as it runs. p is borrowed for ever. NULL, or why not (static). */
MUST_USE const char *rule_register(const struct tally_plugin *p, const struct hash256 *file);
/* NULL when this file isn't loaded. */
const struct tally_plugin *rule_code(const struct hash256 *file);

/* Find the code to run. Reasons as for rule_in_force(), RULE_MISMATCH when the file isn't what was approved. When the file isn't loaded the
 * operation can't be judged: it is refused with RULE_MISSING. The module's invariants say so until the next block begins, and so they do at
 * the end of each block at whose height a rule is in force that isn't loaded: the node stops before it makes the first block that needs it. */
MUST_USE const char *rule_find(const struct tally_plugin **out, struct rule_version *version, const struct state *s, const char *name,
			       uint16_t major, enum tally_kind kind, uint64_t height);
MUST_USE const char *rule_find_version(const struct tally_plugin **out, const struct state *s, const struct rule_version *v, enum tally_kind kind,
				       uint64_t height);

/* The first rule that the block at a height needs and that isn't loaded. */
MUST_USE bool rule_next_missing(struct rule_approval *out, const struct state *s, uint64_t height);
/* Says which file to install. */
void rule_missing_sentence(char *out, size_t len, const struct rule_approval *a);

/* ---- agreements ---- */

/* The people who run the chain have agreed that all versions of a rule that are in force at a height are disabled from that block on: for a
 * rule that can't be called any more, not even to vote about it. Said to this process before the block is made, and for ever again when the
 * chain is carried out anew; the block's end writes it into the state. */
void rule_disable_at(const char *name, uint64_t height);
/* Does the state show that it was so? */
MUST_USE bool rule_was_disabled_at(const struct state *s, const char *name, uint64_t height);
/* Agree to all that a state shows: before its chain is carried out anew. */
void rule_recall_disablings(const struct state *s);

#endif
