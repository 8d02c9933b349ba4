#include "bridge/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/conf.h"

#define OPTIONS_MAX 40
#define INCLUDE_DEPTH_MAX 8
#define FILE_BYTES_MAX 1000000

/* Weakest first. */
enum rank { RANK_DEFAULT, RANK_TOP, RANK_SECTION, RANK_ENVIRONMENT, RANK_COMMAND_LINE };

struct setting {
	const struct option_info *info;
	enum rank rank;
	char **values; /* owned, and what they point to */
	size_t n;
	char where[300];
};

struct options {
	struct setting setting[OPTIONS_MAX];
	size_t n;
};

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

/* In the tables of both programs: one file serves them. */
static const struct option_info *
known_option(const char *name)
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

static const struct setting *
get_setting(const struct options *o, const char *name)
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

static bool
is_choice(const char *choices, const char *value)
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

/* NULL, or what a value should have been. */
static const char *
value_fault(const struct option_info *info, const char *value)
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
		return is_choice(info->choices, value) ? NULL : info->choices;
	case OPTION_LOG:
		return log_check(value) == NULL ? NULL : "a list of LEVEL or CATEGORY:LEVEL, with levels error, warn, info, debug";
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

/* Take a value unless a stronger place has spoken; a list grows within one rank. */
static bool
take(struct options *o, struct complaint *why, const struct option_info *info, const char *value, enum rank rank, const char *where)
{
	const char *fault = value_fault(info, value);
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

static bool
no_such_option(struct complaint *why, const char *where, const char *what, const char *name)
{
	const char *names[3 * OPTIONS_MAX + 1], *near;
	size_t n = 0;

	for (size_t t = 0; t < ARRAY_LEN(all_tables); t++) {
		for (const struct option_info *i = all_tables[t]; i->name != NULL; i++)
			names[n++] = i->name;
	}
	names[n++] = "include";
	near = nearest_name(name, names, n);
	complain(why, EXIT_USAGE, "--help lists what there is", "%s: unknown %s '%.60s'", where, what, name);
	if (near != NULL)
		complaint_hint(why, "did you mean %s? --help lists what there is", near);
	return false;
}

/* The command line. */

static bool
take_bad_argument(struct complaint *why, const char *argument, bool needs_value)
{
	char name[64];

	while (*argument == '-')
		argument++;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument, "="), argument);
	if (needs_value)
		return complain(why, EXIT_USAGE, "write --NAME=VALUE; --help lists the options", "command line: option '%s' needs a value", name);
	return no_such_option(why, "command line", "option", name);
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
		longs[n] = (struct option){ table[n].name, table[n].kind == OPTION_FLAG ? optional_argument : required_argument, NULL, 256 + (int)n };
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
			return take_bad_argument(why, argv[optind - 1], found == ':');
		if (!take(o, why, info, optarg != NULL ? optarg : info->kind == OPTION_FLAG ? "1" : "", RANK_COMMAND_LINE, "command line"))
			return false;
	}
	*rest = optind;
	return true;
}

/* The environment. */

static bool
take_from_environment(struct options *o, struct complaint *why, const struct option_info *info, const char *value, const char *where)
{
	char *copy, *save = NULL;
	bool ok = true;

	if (info->kind != OPTION_LIST)
		return take(o, why, info, value, RANK_ENVIRONMENT, where);
	copy = mem_strdup(value);
	for (char *item = strtok_r(copy, ",", &save); ok && item != NULL; item = strtok_r(NULL, ",", &save))
		ok = take(o, why, info, item, RANK_ENVIRONMENT, where);
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

/* Files. */

struct file_reading {
	struct options *o;
	struct complaint *why;
	const char *path;
	const char *network; /* NULL: only look for the network at the top */
	unsigned depth;
};

static bool read_file(struct file_reading *r, const char *section);

static bool
take_include(struct file_reading *r, const struct conf_item *item)
{
	const char *slash = strrchr(r->path, '/');
	struct file_reading inner = *r;
	char *path;
	bool ok;

	if (r->depth == INCLUDE_DEPTH_MAX)
		return complain(r->why, EXIT_USAGE, "look for files that include each other", "%s:%u: includes go deeper than 8", r->path, item->line);
	path = item->value[0] == '/' || slash == NULL ? mem_strdup(item->value)
						      : mem_printf("%.*s/%s", (int)(slash - r->path), r->path, item->value);
	inner.path = path;
	inner.depth++;
	ok = read_file(&inner, item->section);
	free(path);
	return ok;
}

static bool
check_section(struct file_reading *r, const struct conf_item *item, const char *where)
{
	static const char *const networks[] = { "main", "testnet4", "testnet3", "signet", "regtest" };
	const char *near;

	if (item->section[0] == '\0' || is_choice(known_option("network")->choices, item->section))
		return true;
	near = nearest_name(item->section, networks, ARRAY_LEN(networks));
	complain(r->why, EXIT_USAGE, "sections are networks: main, testnet4, testnet3, signet, regtest", "%s: unknown section [%s]", where,
		 item->section);
	if (near != NULL)
		complaint_hint(r->why, "did you mean [%s]? Sections are networks: main, testnet4, testnet3, signet, regtest", near);
	return false;
}

static bool
take_item(struct file_reading *r, const struct conf_item *item)
{
	bool top = item->section[0] == '\0', is_network = strcmp(item->key, "network") == 0;
	const struct option_info *info = known_option(item->key);
	char where[300];

	snprintf(where, sizeof(where), "%.250s:%u", r->path, item->line);
	if (strcmp(item->key, "include") == 0)
		return take_include(r, item);
	if (r->network == NULL && !(top && is_network)) /* the first pass */
		return true;
	if (!check_section(r, item, where))
		return false;
	if (info == NULL)
		return no_such_option(r->why, where, "key", item->key);
	if (info->place != OPTION_ANYWHERE || (is_network && !top))
		return complain(r->why, EXIT_USAGE, is_network ? "put it at the top of the file" : "give it on the command line",
				"%s: %s cannot be set here", where, item->key);
	if (!top && r->network != NULL && strcmp(item->section, r->network) != 0) { /* of another network: it must be right all the same */
		const char *fault = value_fault(info, item->value);

		return fault == NULL || complain(r->why, EXIT_USAGE, info->help, "%s: %s must be %s", where, item->key, fault);
	}
	return take(r->o, r->why, info, item->value, top ? RANK_TOP : RANK_SECTION, where);
}

static const char already_told[] = "told";

static const char *
each_item(void *context, const struct conf_item *item)
{
	return take_item(context, item) ? NULL : already_told;
}

static bool
read_text(struct file_reading *r, const char *section, const char *text, size_t len)
{
	unsigned line;
	const char *fault = conf_parse(&line, section, text, len, each_item, r);

	if (fault == NULL)
		return true;
	if (fault != already_told)
		complain(r->why, EXIT_USAGE, "a value runs to the end of its line; comments have lines of their own", "%.250s:%u: %s", r->path, line, fault);
	return false;
}

static bool
read_file(struct file_reading *r, const char *section)
{
	FILE *f = fopen(r->path, "rb");
	char *text;
	size_t len;
	bool ok;

	if (f == NULL)
		return complain(r->why, EXIT_USAGE, "check the path and the file's permissions", "cannot open %s: %s", r->path, strerror(errno));
	text = mem_new(FILE_BYTES_MAX + 1, 1);
	len = fread(text, 1, FILE_BYTES_MAX + 1, f);
	if (ferror(f))
		ok = complain(r->why, EXIT_USAGE, NULL, "cannot read %s: %s", r->path, strerror(errno));
	else if (len > FILE_BYTES_MAX)
		ok = complain(r->why, EXIT_USAGE, NULL, "%s is larger than 1 MB", r->path);
	else
		ok = read_text(r, section, text, len);
	fclose(f);
	free(text);
	return ok;
}

static bool
read_if_there(struct file_reading *r, const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL && errno == ENOENT)
		return true;
	if (f != NULL)
		fclose(f);
	r->path = path;
	return read_file(r, "");
}

static bool
read_files(struct options *o, struct complaint *why)
{
	const char *conf = options_text(o, "conf");
	char *path = conf != NULL ? mem_strdup(conf) : mem_printf("%s/tally.conf", options_text(o, "datadir")), *network, *second;
	struct file_reading r = { .o = o, .why = why };
	bool ok;

	r.path = path;
	ok = conf != NULL ? read_file(&r, "") : read_if_there(&r, path); /* for the network alone */
	network = mem_strdup(options_text(o, "network"));
	r.network = network;
	second = options_path(o, "tally.conf");
	r.path = path;
	ok = ok && (conf != NULL ? read_file(&r, "") : read_if_there(&r, path) && read_if_there(&r, second));
	if (ok && strcmp(network, options_text(o, "network")) != 0)
		ok = complain(why, EXIT_USAGE, "take the line out of that file", "%s sets network=%s, but was read for %s",
			      get_setting(o, "network")->where, options_text(o, "network"), network);
	free(path);
	free(network);
	free(second);
	return ok;
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

static void
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

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		if (strcmp(network, of[i][0]) == 0)
			return of[i][1];
	}
	return NULL;
}

bool
options_read(struct options **out, int *rest, struct complaint *why, const struct option_info *table, int argc, char **argv)
{
	struct options *o = mem_new(1, sizeof(*o));

	*out = o;
	options_init(o, table);
	if (!read_command_line(o, rest, why, table, argc, argv) || !read_environment(o, why) || !default_datadir(o, why))
		return false;
	if (!options_flag(o, "help") && !options_flag(o, "version") && !read_files(o, why))
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
	const struct setting *s = get_setting(o, name);

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
	struct setting *s = find_setting(o, name);

	assert(s != NULL && s->info->kind == OPTION_FLAG);
	setting_clear(s);
	s->rank = RANK_COMMAND_LINE;
	s->values = mem_new(1, sizeof(s->values[0]));
	s->values[s->n++] = mem_strdup("1");
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
	const struct setting *s = get_setting(o, name);

	*values = (const char *const *)s->values;
	return s->n;
}

bool
options_given(const struct options *o, const char *name)
{
	return get_setting(o, name)->rank != RANK_DEFAULT;
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

bool
options_take_text(struct complaint *why, const char *text, size_t len)
{
	struct options *o = mem_new(1, sizeof(*o));
	struct file_reading r = { .o = o, .why = why, .path = "text", .network = "regtest", .depth = INCLUDE_DEPTH_MAX };
	bool ok;

	options_init(o, options_of_tallyd);
	ok = read_text(&r, "", text, len);
	options_free(o);
	return ok;
}
