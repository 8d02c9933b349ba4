#ifndef TALLY_TOKEN_PLUGIN_LOADER_H
#define TALLY_TOKEN_PLUGIN_LOADER_H
/* Loading a rule: read the file once into a sealed memory file, hash that, and run exactly those bytes; what happens to the file afterwards
 * doesn't matter. A loaded rule stays for as long as the process runs.
 *
 * dlopen runs code: a file whose hash the ledger hasn't approved isn't opened that way, except by plugin_inspect(), which is for
 * people who make a rule or a genesis. */
#include "token/plugin_vectors.h"
#include "token/rule.h"

#define PLUGIN_FILE_MAX 1000000

enum plugin_err {
	PLUGIN_OK,
	PLUGIN_IO,           /* can't be read, or too large */
	PLUGIN_NOT_APPROVED, /* the ledger has not approved its hash */
	PLUGIN_BAD_ELF,      /* breaks a rule of plugin_elf.h: it is not opened */
	PLUGIN_NOT_LOADED,   /* the dynamic linker refuses it */
	PLUGIN_BAD,          /* its descriptor breaks a rule of the ABI */
	PLUGIN_BAD_VECTORS,  /* doesn't do what its vectors say */
	PLUGIN_MISMATCH,     /* kind, name or version aren't what was approved */
};

struct plugin_file {
	const struct tally_plugin *plugin; /* borrowed for ever; NULL unless PLUGIN_OK */
	struct hash256 hash;
	bool again;                    /* it was loaded before */
	struct vectors_report vectors; /* of the code that was opened just now */
	/* For everything but PLUGIN_OK: the rule that is broken, such as NEEDED or VECTORS, a sentence, and what to do (static). */
	const char *rule, *hint;
	char why[300];
};

/* Load one file if its hash is approved, and register it. */
MUST_USE enum plugin_err plugin_load(struct plugin_file *out, const char *path, const struct state *s);

/* Load whatever the file is, without registering it. */
MUST_USE enum plugin_err plugin_inspect(struct plugin_file *out, const char *path);

/* Load what is approved of the *.so files of a folder; the others aren't touched. told() hears of each file, in the order of their names.
 * Returns how many rules are loaded from it, or -1 when the folder can't be read. */
typedef void plugin_told_fn(void *context, const char *path, enum plugin_err err, const struct plugin_file *f);
int plugin_load_folder(const char *folder, const struct state *s, plugin_told_fn *told, void *context);

/* The approval that a genesis needs for a file that plugin_inspect() has read; name is borrowed from the plugin. */
struct action_plugin_approve plugin_approval(const struct plugin_file *f);
/* The section of module `rules` for a genesis: approvals of n files. */
void wr_rules_section(struct wr *w, const struct action_plugin_approve *a, size_t n);

#endif
