#include "bridge/rules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/file.h"
#include "bridge/rule_crash.h"
#include "token/plugin_loader.h"

#define LOOK_AGAIN 5 /* seconds between looks for a file that is missing */
#define LINES_MAX 100000

struct rules {
	struct ledger *ledger; /* borrowed */
	struct engine *engine; /* borrowed; NULL before rules_watch() */
	char *folder;          /* owned */
	struct event *timer;
	struct hash256 *refused; /* owned: transactions in which a rule crashed */
	size_t refused_n;
	uint64_t warned; /* missing approvals at the last warning */
};

static uint64_t
next_height(const struct ledger *l)
{
	return ledger_tip(l).height + 1;
}

/* ---- agreements ---- */

/* NAME@HEIGHT */
static bool
parse_agreement(char name[RULE_NAME_MAX + 1], uint64_t *height, const char *text)
{
	const char *at = strchr(text, '@');
	char *end;

	if (at == NULL || !rule_name_valid(text, (size_t)(at - text)) || at[1] < '0' || at[1] > '9' || strlen(at + 1) > 18)
		return false;
	memset(name, 0, RULE_NAME_MAX + 1);
	memcpy(name, text, (size_t)(at - text));
	*height = strtoull(at + 1, &end, 10);
	return *end == '\0' && *height > 0;
}

/* A block that has been made without it can't be made anew. */
static bool
comes_too_late(const struct ledger *l, const char *name, uint64_t height)
{
	const struct state *s = ledger_state((struct ledger *)(uintptr_t)l);
	struct rule_approval a;
	struct rule_walk w;

	if (height > ledger_tip(l).height || rule_was_disabled_at(s, name, height))
		return false;
	rule_walk_init(&w, s);
	while (rule_walk_next(&w, &a)) {
		if (strcmp(a.version.name, name) == 0 && a.from_height <= height && !a.disabled)
			return true;
	}
	return false;
}

static bool
take_option(struct complaint *why, const char *text, const struct ledger *l)
{
	char name[RULE_NAME_MAX + 1];
	uint64_t height;

	if (!parse_agreement(name, &height, text))
		return complain(why, EXIT_USAGE, "all nodes give the same, such as disable_rule=issue_loyalty@1200",
				"disable_rule=%.80s is not NAME@HEIGHT", text);
	if (comes_too_late(l, name, height))
		return complain(why, EXIT_USAGE, "agree on a height that no node has reached", "disable_rule=%.80s: this node has made block %llu without it",
				text, (unsigned long long)height);
	rule_disable_at(name, height);
	return true;
}

/* disabled-rules: "NAME@HEIGHT TXID" a line; the id is zero where no transaction was carried out. */
static bool
take_line(struct rules *r, char *line)
{
	char name[RULE_NAME_MAX + 1], *id = strchr(line, ' ');
	struct hash256 txid;
	uint64_t height;

	if (id == NULL)
		return false;
	*id++ = '\0';
	if (!parse_agreement(name, &height, line) || !hash256_from_hex(&txid, id))
		return false;
	rule_disable_at(name, height);
	r->refused = mem_resize(r->refused, r->refused_n + 1, sizeof(*r->refused));
	r->refused[r->refused_n++] = txid;
	return true;
}

static bool
take_file(struct rules *r, struct complaint *why, const char *path)
{
	char *text, *line, *rest;
	size_t len;
	bool ok = true;

	if (!file_exists(path))
		return true;
	text = file_read(&len, why, path, LINES_MAX);
	if (text == NULL)
		return false;
	rest = text;
	while (ok && (line = strsep(&rest, "\n")) != NULL) {
		if (line[0] != '\0' && !take_line(r, line))
			ok = complain(why, EXIT_CORRUPT, "bring it back from a backup", "%s is damaged", path);
	}
	free(text);
	return ok;
}

/* The last run ended inside a rule: one more line. */
static bool
note_crash(struct complaint *why, const char *path, const struct plugin_note *left, uint64_t height)
{
	char hex[HASH256_HEX_LEN], *text, *old = NULL;
	struct hash256 txid;
	size_t len;
	bool ok;

	memcpy(txid.b, left->transaction, sizeof(txid.b));
	hash256_to_hex(hex, &txid);
	log_line("rules", LOG_ERROR,
		 "the last run ended in rule %s %u.%u.%u (signal %d), asked in block %llu for transaction %s: the rule is disabled from block %llu on, "
		 "and the transaction is refused",
		 left->rule, left->major, left->minor, left->patch, left->signal, (unsigned long long)left->height, hex, (unsigned long long)height);
	if (file_exists(path) && (old = file_read(&len, why, path, LINES_MAX)) == NULL)
		return false;
	text = mem_printf("%s%s@%llu %s\n", old ? old : "", left->rule, (unsigned long long)height, hex);
	ok = file_write_durable(why, path, text, strlen(text), 0600);
	free(text);
	free(old);
	return ok;
}

static bool
take_agreements(struct rules *r, struct complaint *why, const struct options *o)
{
	char *note = options_path(o, "rule-call"), *path = options_path(o, "disabled-rules");
	const char *const *values;
	size_t n = options_list(o, "disable_rule", &values);
	struct plugin_note left;
	bool ok = rule_crash_open(&left, why, note);

	rule_recall_disablings(ledger_state(r->ledger));
	if (ok && left.state == PLUGIN_NOTE_CRASHED && rule_name_valid(left.rule, strlen(left.rule)))
		ok = note_crash(why, path, &left, next_height(r->ledger));
	ok = ok && take_file(r, why, path);
	for (size_t i = 0; i < n && ok; i++)
		ok = take_option(why, values[i], r->ledger);
	free(note);
	free(path);
	return ok;
}

/* ---- files ---- */

static void
told_of_plugin(void *context, const char *path, enum plugin_err err, const struct plugin_file *f)
{
	(void)context;
	switch (err) {
	case PLUGIN_OK:
		if (!f->again)
			log_line("rules", LOG_INFO, "%s is loaded: %s %u.%u.%u, %zu vectors hold", path, f->plugin->name, f->plugin->major,
				 f->plugin->minor, f->plugin->patch, f->vectors.n);
		break;
	case PLUGIN_NOT_APPROVED:
		log_line("rules", LOG_DEBUG, "%s: %s", path, f->why);
		break;
	case PLUGIN_IO:
	case PLUGIN_BAD_ELF:
	case PLUGIN_NOT_LOADED:
	case PLUGIN_BAD:
	case PLUGIN_BAD_VECTORS:
	case PLUGIN_MISMATCH:
		log_line("rules", LOG_WARN, "%s breaks the rule %s: %s", path, f->rule, f->why);
		break;
	}
}

static bool
load(struct rules *r, struct complaint *why, const struct options *o)
{
	const char *given = options_text(o, "plugindir");
	struct stat st;

	r->folder = given != NULL ? mem_strdup(given) : options_path(o, "plugins");
	if (given != NULL && !(stat(r->folder, &st) == 0 && S_ISDIR(st.st_mode)))
		return complain(why, EXIT_USAGE, "give the folder that holds the approved *.so files", "plugindir=%s is no folder", r->folder);
	if (plugin_load_folder(r->folder, ledger_state(r->ledger), told_of_plugin, NULL) < 0 && given != NULL)
		return complain(why, EXIT_USAGE, "check its permissions", "plugindir=%s cannot be read", r->folder);
	return true;
}

static bool
nothing_missing(struct rules *r, struct complaint *why)
{
	struct rule_approval a;
	char sentence[200];

	if (!rule_next_missing(&a, ledger_state(r->ledger), next_height(r->ledger)))
		return true;
	rule_missing_sentence(sentence, sizeof(sentence), &a);
	return complain(why, EXIT_USAGE, "`tally plugin check FILE` shows a file's SHA-256; no block can be made without the rules that are in force",
			"%s, %s", sentence, r->folder);
}

bool
rules_open(struct rules **out, struct complaint *why, const struct options *o, struct ledger *l)
{
	struct rules *r = mem_new(1, sizeof(*r));

	r->ledger = l;
	if (!take_agreements(r, why, o) || !load(r, why, o) || !nothing_missing(r, why)) {
		rules_close(r);
		return false;
	}
	rule_crash_watch();
	*out = r;
	return true;
}

/* ---- what is missing ---- */

void
rules_warnings(const struct ledger *l, void (*say)(void *context, const char *sentence), void *context)
{
	const struct state *s = ledger_state((struct ledger *)(uintptr_t)l);
	struct rule_approval a;
	struct rule_walk w;

	rule_walk_init(&w, s);
	while (rule_walk_next(&w, &a)) {
		uint64_t from = rule_code(&a.file) == NULL ? rule_needed_from(&a, s, next_height(l)) : UINT64_MAX;
		char sentence[200], *all;

		if (from == UINT64_MAX)
			continue;
		rule_missing_sentence(sentence, sizeof(sentence), &a);
		all = mem_printf("%s; this node stops before block %llu", sentence, (unsigned long long)from);
		say(context, all);
		free(all);
	}
}

struct missing {
	uint64_t n;
	bool aloud;
};

static void
count_missing(void *context, const char *sentence)
{
	struct missing *m = context;

	m->n++;
	if (m->aloud)
		log_line("rules", LOG_WARN, "%s", sentence);
}

/* Look for files while something is missing; say so when that changes, and each time when the next block needs it. */
static void
look(struct rules *r)
{
	static const struct timeval later = { LOOK_AGAIN, 0 };
	struct missing m = { 0, false };
	struct rule_approval a;

	rules_warnings(r->ledger, count_missing, &m);
	if (m.n > 0) {
		(void)plugin_load_folder(r->folder, ledger_state(r->ledger), told_of_plugin, NULL);
		m = (struct missing){ 0, false };
		rules_warnings(r->ledger, count_missing, &m);
	}
	if (m.n > r->warned || (m.n > 0 && rule_next_missing(&a, ledger_state(r->ledger), next_height(r->ledger)))) {
		struct missing again = { 0, true };

		rules_warnings(r->ledger, count_missing, &again);
	}
	r->warned = m.n;
	if (m.n > 0)
		event_add(r->timer, &later);
	else
		event_del(r->timer);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	look(arg);
}

static void
on_block(void *context, const struct ledger_block *block, const struct stored_transaction *txs, size_t n)
{
	(void)block, (void)txs, (void)n;
	look(context);
}

void
rules_watch(struct rules *r, struct event_base *base, struct engine *e)
{
	r->engine = e;
	r->timer = evtimer_new(base, on_timer, r);
	engine_listen(e, on_block, r);
	engine_refuse(e, r->refused, r->refused_n);
	look(r);
}

void
rules_close(struct rules *r)
{
	if (r == NULL)
		return;
	if (r->engine != NULL)
		engine_unlisten(r->engine, on_block, r);
	if (r->timer != NULL)
		event_free(r->timer);
	rule_crash_close();
	free(r->refused);
	free(r->folder);
	free(r);
}
