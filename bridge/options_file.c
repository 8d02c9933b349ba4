#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/conf.h"
#include "bridge/options_impl.h"

#define INCLUDE_DEPTH_MAX 8
#define FILE_BYTES_MAX 1000000

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
		return complain(r->why, EXIT_USAGE, "look for files that include each other",
				"%s:%u: includes go deeper than 8", r->path, item->line);
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

	if (item->section[0] == '\0' || option_is_choice(option_find("network")->choices, item->section) ||
	    (r->network != NULL && strcmp(item->section, r->network) == 0))
		return true;
	near = nearest_name(item->section, networks, ARRAY_LEN(networks));
	complain(r->why, EXIT_USAGE, "sections are networks: main, testnet4, testnet3, signet, regtest",
		 "%s: unknown section [%s]", where, item->section);
	if (near != NULL)
		complaint_hint(r->why, "did you mean [%s]? Sections are networks: main, testnet4, testnet3, signet, regtest",
			       near);
	return false;
}

static bool
take_item(struct file_reading *r, const struct conf_item *item)
{
	bool top = item->section[0] == '\0', is_network = strcmp(item->key, "network") == 0;
	const struct option_info *info = option_find(item->key);
	char where[300];

	snprintf(where, sizeof(where), "%.250s:%u", r->path, item->line);
	if (strcmp(item->key, "include") == 0)
		return take_include(r, item);
	if (r->network == NULL && !(top && is_network)) /* the first pass */
		return true;
	if (!check_section(r, item, where))
		return false;
	if (info == NULL)
		return options_no_such_key(r->why, where, item->key);
	if (info->place != OPTION_ANYWHERE || (is_network && !top))
		return complain(r->why, EXIT_USAGE, is_network ? "put it at the top of the file" : "give it on the command line",
				"%s: %s cannot be set here", where, item->key);
	if (!top && r->network != NULL &&
	    strcmp(item->section, r->network) != 0) { /* of another network: it must be right all the same */
		const char *fault = option_value_fault(info, item->value);

		return fault == NULL || complain(r->why, EXIT_USAGE, info->help, "%s: %s must be %s", where, item->key, fault);
	}
	return options_take(r->o, r->why, info, item->value, top ? RANK_TOP : RANK_SECTION, where);
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
		complain(r->why, EXIT_USAGE, "a value runs to the end of its line; comments have lines of their own",
			 "%.250s:%u: %s", r->path, line, fault);
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
		return complain(r->why, EXIT_USAGE, "check the path and the file's permissions", "cannot open %s: %s",
				r->path, strerror(errno));
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

bool
options_read_files(struct options *o, struct complaint *why)
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
			      options_setting(o, "network")->where, options_text(o, "network"), network);
	free(path);
	free(network);
	free(second);
	return ok;
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
