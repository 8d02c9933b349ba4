#include "bridge/cli_local.h"

#include <string.h>

#include "bridge/cli_help.h"
#include "bridge/rpc_methods.h"

static int
run_help(const struct options *o, struct complaint *why, char **words, int n)
{
	const struct rpc_method *m = n > 0 ? rpc_find_method(rpc_tables, words[0]) : NULL;
	const char *near;
	json_t *all;

	if (n > 0 && m == NULL) {
		near = rpc_nearest_method(rpc_tables, words[0]);
		complain(why, EXIT_USAGE, "tally help lists the commands", "there is no command '%.60s'", words[0]);
		if (near != NULL)
			complaint_hint(why, "did you mean %s?", near);
		return complaint_print(why, "tally", stderr);
	}
	if (options_flag(o, "json")) {
		all = m != NULL ? rpc_describe(m) : rpc_describe_all(rpc_tables);
		json_dumpf(all, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
		json_decref(all);
	} else if (m != NULL) {
		cli_help_method(m, stdout);
	} else {
		cli_help_all(stdout);
	}
	return EXIT_DONE;
}

static int
run_complete(const struct options *o, struct complaint *why, char **words, int n)
{
	(void)o;
	(void)why;
	cli_help_complete(words, n, stdout);
	return EXIT_DONE;
}

static int
run_manual(const struct options *o, struct complaint *why, char **words, int n)
{
	(void)o;
	(void)why;
	(void)words;
	(void)n;
	cli_help_roff(stdout);
	return EXIT_DONE;
}

const struct cli_local cli_locals[] = {
	{ "help", "what there is, or all about one command", run_help },
	{ "complete", "words that may come next, for a shell", run_complete },
	{ "manual", "the commands in roff, for the manual page", run_manual },
	{ NULL, NULL, NULL },
};

const struct cli_local *
cli_local_find(const char *name)
{
	for (const struct cli_local *l = cli_locals; l->name != NULL; l++) {
		if (strcmp(l->name, name) == 0)
			return l;
	}
	return NULL;
}
