#include "bridge/options_impl.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/chain_file.h"

static const struct option_info *const all_tables[] = { options_of_tallyd, options_of_tally, options_of_signer };

static const struct option_info *
table_find(const struct option_info *table, const char *name)
{
	for (; table->name != NULL; table++) {
		if (strcmp(table->name, name) == 0)
			return table;
	}
	return NULL;
}

const struct option_info *
option_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(all_tables); i++) {
		const struct option_info *info = table_find(all_tables[i], name);

		if (info != NULL)
			return info;
	}
	return NULL;
}

static struct setting *
find_setting(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++) {
		if (strcmp(o->setting[i].info->name, name) == 0)
			return (struct setting *)&o->setting[i];
	}
	return NULL;
}

const struct setting *
options_setting(const struct options *o, const char *name)
{
	const struct setting *s = find_setting(o, name);

	assert(s != NULL);
	return s;
}

/* Whole number in decimal digits up to max. */
static bool
parse_number(uint32_t *out, const char *text, uint32_t max)
{
	uint64_t v = 0;

	if (text[0] == '\0' || strlen(text) > 10)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (uint64_t)(*text - '0');
	}
	*out = (uint32_t)v;
	return v <= max;
}

bool
option_is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *c = choices; *c != '\0';) {
		size_t n = strcspn(c, "|");

		if (n == len && strncmp(c, value, n) == 0)
			return true;
		c += n + (c[n] == '|');
	}
	return false;
}

const char *
option_value_fault(const struct option_info *info, const char *value)
{
	uint32_t v;

	switch (info->kind) {
	case OPTION_FLAG:
		return strcmp(value, "0") == 0 || strcmp(value, "1") == 0 ? NULL : "0 or 1";
	case OPTION_PORT:
		return parse_number(&v, value, 65535) ? NULL : "a port number from 0 to 65535";
	case OPTION_NUMBER:
		return parse_number(&v, value, INT32_MAX) ? NULL : "a whole number";
	case OPTION_CHOICE:
		return option_is_choice(info->choices, value) ? NULL : info->choices;
	case OPTION_LOG:
		return log_check(value) == NULL ? NULL
						: "a list of LEVEL or CATEGORY:LEVEL, with levels error, warn, info, debug";
	case OPTION_TEXT:
	case OPTION_LIST:
		return value[0] != '\0' ? NULL : "not empty";
	}
	return "known";
}

static void
setting_clear(struct setting *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->values[i]);
	free(s->values);
	s->values = NULL;
	s->n = 0;
}

bool
options_take(struct options *o, struct complaint *why, const struct option_info *info, const char *value, enum rank rank,
     const char *where)
{
	const char *fault = option_value_fault(info, value);
	struct setting *s = find_setting(o, info->name);

	if (fault != NULL) {
		complain(why, EXIT_USAGE, NULL, "%s: %s must be %s, not '%.80s'", where, info->name, fault, value);
		complaint_hint(why, "%s: %s", info->name, info->help);
		return false;
	}
	if (s == NULL || rank < s->rank) /* the other program's, or weaker */
		return true;
	if (rank > s->rank || info->kind != OPTION_LIST)
		setting_clear(s);
	s->values = mem_resize(s->values, s->n + 1, sizeof(s->values[0]));
	s->values[s->n++] = mem_strdup(value);
	s->rank = rank;
	snprintf(s->where, sizeof(s->where), "%s", where);
	return true;
}

bool
options_no_such_key(struct complaint *why, const char *where, const char *name)
{
	const char *names[3 * OPTIONS_MAX + 1], *near;
	size_t n = 0;

	for (size_t t = 0; t < ARRAY_LEN(all_tables); t++) {
		for (const struct option_info *i = all_tables[t]; i->name != NULL; i++)
			names[n++] = i->name;
	}
	names[n++] = "include";
	near = nearest_name(name, names, n);
	complain(why, EXIT_USAGE, "--help lists what there is", "%s: unknown key '%.60s'", where, name);
	if (near != NULL)
		complaint_hint(why, "did you mean %s? --help lists what there is", near);
	return false;
}

/* The command line. */

static bool
no_such_option(struct complaint *why, const struct option_info *table, const char *name)
{
	const char *names[OPTIONS_MAX], *near;
	size_t n = 0;

	for (const struct option_info *i = table; i->name != NULL; i++)
		names[n++] = i->name;
	near = nearest_name(name, names, n);
	complain(why, EXIT_USAGE, "--help lists what there is", "command line: unknown option '%.60s'", name);
	if (near != NULL)
		complaint_hint(why, "did you mean %s? --help lists what there is", near);
	else if (option_find(name) != NULL)
		complaint_hint(why, "another program of Tallystick has this option; --help lists those of this one");
	return false;
}

static bool
take_bad_argument(struct complaint *why, const struct option_info *table, const char *argument, bool needs_value)
{
	char name[64];

	while (*argument == '-')
		argument++;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument, "="), argument);
	if (needs_value)
		return complain(why, EXIT_USAGE, "write --NAME=VALUE; --help lists the options",
				"command line: option '%s' needs a value", name);
	return no_such_option(why, table, name);
}

static bool
read_command_line(struct options *o, int *rest, struct complaint *why, const struct option_info *table, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX + 1] = { { NULL, 0, NULL, 0 } };
	char letters[2 * OPTIONS_MAX + 3] = "+:";
	size_t n = 0;
	int found, index;

	for (; table[n].name != NULL; n++) {
		assert(n < OPTIONS_MAX);
		longs[n] =
			(struct option){ table[n].name, table[n].kind == OPTION_FLAG ? optional_argument : required_argument,
					 NULL, 256 + (int)n };
		if (table[n].letter != 0)
			strncat(letters, &table[n].letter, 1);
	}
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((found = getopt_long(argc, argv, letters, longs, &index)) != -1) {
		const struct option_info *info = found >= 256 ? &table[found - 256] : NULL;

		for (size_t i = 0; info == NULL && found != '?' && found != ':' && i < n; i++)
			info = table[i].letter == found ? &table[i] : NULL;
		if (info == NULL)
			return take_bad_argument(why, table, argv[optind - 1], found == ':');
		if (!options_take(o, why, info,
			  optarg != NULL	      ? optarg
			  : info->kind == OPTION_FLAG ? "1"
						      : "",
			  RANK_COMMAND_LINE, "command line"))
			return false;
	}
	*rest = optind;
	return true;
}

/* The environment. */

static bool
take_from_environment(struct options *o, struct complaint *why, const struct option_info *info, const char *value,
		      const char *where)
{
	char *copy, *save = NULL;
	bool ok = true;

	if (info->kind != OPTION_LIST)
		return options_take(o, why, info, value, RANK_ENVIRONMENT, where);
	copy = mem_strdup(value);
	for (char *item = strtok_r(copy, ",", &save); ok && item != NULL; item = strtok_r(NULL, ",", &save))
		ok = options_take(o, why, info, item, RANK_ENVIRONMENT, where);
	free(copy);
	return ok;
}

static bool
read_environment(struct options *o, struct complaint *why)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct option_info *info = o->setting[i].info;
		char name[64] = "TALLY_", where[80];
		const char *value;

		if (info->place == OPTION_COMMAND_LINE)
			continue;
		for (size_t k = 0; info->name[k] != '\0'; k++)
			name[6 + k] = info->name[k] == '-' ? '_' : (char)toupper((unsigned char)info->name[k]);
		value = getenv(name);
		snprintf(where, sizeof(where), "environment %s", name);
		if (value != NULL && value[0] != '\0' && !take_from_environment(o, why, info, value, where))
			return false;
	}
	return true;
}

/* All together. */

static void
take_default(struct options *o, const char *name, const char *value, const char *where)
{
	struct setting *s = find_setting(o, name);

	if (s == NULL || s->n > 0 || value == NULL)
		return;
	s->values = mem_new(1, sizeof(s->values[0]));
	s->values[s->n++] = mem_strdup(value);
	snprintf(s->where, sizeof(s->where), "%s", where);
}

void
options_init(struct options *o, const struct option_info *table)
{
	for (; table->name != NULL; table++) {
		assert(o->n < OPTIONS_MAX);
		o->setting[o->n++].info = table;
		take_default(o, table->name, table->fallback, "default");
	}
}

static bool
default_datadir(struct options *o, struct complaint *why)
{
	const char *home = getenv("HOME");
	char *path;

	if (options_text(o, "datadir") != NULL)
		return true;
	if (home == NULL || home[0] == '\0')
		return complain(why, EXIT_USAGE, "give --datadir=DIR", "no --datadir and no HOME to put one in");
	path = mem_printf("%s/.tallystick", home);
	take_default(o, "datadir", path, "default");
	free(path);
	return true;
}

static const char *
default_rpcport(const char *network)
{
	static const char *const of[][2] = {
		{ "main", "7420" }, { "testnet4", "7421" }, { "testnet3", "7422" }, { "signet", "7423" }, { "regtest", "7424" },
	};
	static const char of_others[] = "7425";

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		if (strcmp(network, of[i][0]) == 0)
			return of[i][1];
	}
	return of_others;
}

/* Set it, as by the command line. */
static void
force(struct options *o, const char *name, const char *value)
{
	struct setting *s = find_setting(o, name);

	assert(s != NULL);
	setting_clear(s);
	s->rank = RANK_COMMAND_LINE;
	s->values = mem_new(1, sizeof(s->values[0]));
	s->values[s->n++] = mem_strdup(value);
}

/* A chain of one's own is the network. */
static bool
take_chain(struct options *o, struct complaint *why)
{
	const char *path = options_text(o, "chainparams");
	const struct chain_params *p;

	if (path == NULL)
		return true;
	if (options_given(o, "network"))
		return complain(why, EXIT_USAGE, "leave network out: the file names it",
				"both network and chainparams are given");
	p = chain_file_use(why, path);
	if (p == NULL)
		return false;
	force(o, "network", p->name);
	snprintf(find_setting(o, "network")->where, sizeof(o->setting[0].where), "%.250s", path);
	return true;
}

bool
options_read(struct options **out, int *rest, struct complaint *why, const struct option_info *table, int argc, char **argv)
{
	struct options *o = mem_new(1, sizeof(*o));

	*out = o;
	options_init(o, table);
	if (!read_command_line(o, rest, why, table, argc, argv) || !read_environment(o, why) || !default_datadir(o, why))
		return false;
	if (!options_flag(o, "help") && !options_flag(o, "version") && !(take_chain(o, why) && options_read_files(o, why)))
		return false;
	take_default(o, "rpcport", default_rpcport(options_text(o, "network")), "default of the network");
	return true;
}

void
options_free(struct options *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n; i++)
		setting_clear(&o->setting[i]);
	free(o);
}

const char *
options_text(const struct options *o, const char *name)
{
	const struct setting *s = options_setting(o, name);

	return s->n > 0 ? s->values[s->n - 1] : NULL;
}

bool
options_flag(const struct options *o, const char *name)
{
	const char *v = options_text(o, name);

	return v != NULL && strcmp(v, "1") == 0;
}

void
options_set_flag(struct options *o, const char *name)
{
	assert(options_setting(o, name)->info->kind == OPTION_FLAG);
	force(o, name, "1");
}

uint32_t
options_number(const struct options *o, const char *name)
{
	const char *v = options_text(o, name);
	uint32_t n = 0;

	return v != NULL && parse_number(&n, v, INT32_MAX) ? n : 0;
}

size_t
options_list(const struct options *o, const char *name, const char *const **values)
{
	const struct setting *s = options_setting(o, name);

	*values = (const char *const *)s->values;
	return s->n;
}

bool
options_given(const struct options *o, const char *name)
{
	return options_setting(o, name)->rank != RANK_DEFAULT;
}

char *
options_path(const struct options *o, const char *name)
{
	return mem_printf("%s/%s%s%s", options_text(o, "datadir"), options_text(o, "network"), name[0] != '\0' ? "/" : "", name);
}

void
options_print_all(const struct options *o, FILE *to)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct setting *s = &o->setting[i];

		if (s->info->place == OPTION_COMMAND_LINE)
			continue;
		for (size_t k = 0; k < s->n; k++)
			fprintf(to, "%s = %s  (%s)\n", s->info->name, s->values[k], s->where);
		if (s->n == 0)
			fprintf(to, "%s is not set\n", s->info->name);
	}
}

void
options_print_help(const struct option_info *table, FILE *to)
{
	for (; table->name != NULL; table++) {
		char left[64];

		if (table->argument != NULL)
			snprintf(left, sizeof(left), "--%s=%s", table->name, table->argument);
		else if (table->letter != 0)
			snprintf(left, sizeof(left), "-%c, --%s", table->letter, table->name);
		else
			snprintf(left, sizeof(left), "--%s", table->name);
		fprintf(to, "  %-28s %s", left, table->help);
		if (table->choices != NULL)
			fprintf(to, " (%s)", table->choices);
		fputc('\n', to);
	}
}
