#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/cli_args.h"
#include "bridge/cli_client.h"
#include "bridge/cli_help.h"
#include "bridge/cli_local.h"
#include "bridge/cli_mainchain.h"
#include "bridge/cli_print.h"
#include "bridge/options.h"
#include "bridge/progress_line.h"
#include "bridge/rpc_methods.h"
#include "bridge/secret_line.h"
#include "bridge/version.h"

/* Ask for a secret that is not on the command line. One that may be left out is asked for on a terminal only. */
static bool
ask_secret(json_t *params, struct complaint *why, const struct rpc_method *m)
{
	const char *name = cli_args_missing_secret(params, m);
	bool wanted = name != NULL && (json_object_get(params, name) != NULL || m->params[0].required);
	char *first, *second = NULL;
	bool ok = true;

	if (name == NULL || (!wanted && !isatty(STDIN_FILENO)))
		return true;
	first = secret_line_read(name);
	if (first == NULL)
		return complain(why, EXIT_USAGE, "type it, or send it on standard input", "%s is missing", name);
	if (!m->params[0].required && isatty(STDIN_FILENO)) {
		second = secret_line_read("the same again");
		ok = second != NULL && strcmp(first, second) == 0;
	}
	if (ok)
		json_object_set_new(params, name, json_string(first));
	else
		complain(why, EXIT_USAGE, "try again", "that was not the same twice");
	secret_line_free(first);
	secret_line_free(second);
	return ok;
}

static void
print_result(const struct options *o, const struct rpc_method *m, const json_t *result)
{
	const char *address = json_string_value(json_object_get(result, "address_uri"));
	json_t *words;

	if (options_flag(o, "json")) {
		json_dumpf(result, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
		fputc('\n', stdout);
		return;
	}
	words = cli_mainchain_words(m->name, result, lang_of_terminal());
	cli_print(words != NULL ? words : result, stdout);
	json_decref(words);
	if (address != NULL && isatty(STDOUT_FILENO))
		cli_print_qr(address, stdout);
}

static int
print_error(const struct options *o, const json_t *error)
{
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *hint = json_string_value(json_object_get(json_object_get(error, "data"), "hint"));
	const char *reason = json_string_value(json_object_get(json_object_get(error, "data"), "reason"));

	if (options_flag(o, "json")) {
		json_dumpf(error, stderr, JSON_INDENT(2));
		fputc('\n', stderr);
	} else {
		fprintf(stderr, "tally: %s%s%s%s\n", message != NULL ? message : "the daemon refuses", reason != NULL ? " [" : "",
			reason != NULL ? reason : "", reason != NULL ? "]" : "");
		if (hint != NULL)
			fprintf(stderr, "hint: %s\n", hint);
	}
	return (int)cli_error_code(error);
}

static int
run_method(const struct options *o, struct complaint *why, const struct rpc_method *m, char **words, size_t n)
{
	json_t *params, *answer = NULL;
	int code;

	if (!cli_args_take(&params, why, m, words, n))
		return complaint_print(why, "tally", stderr);
	if (!ask_secret(params, why, m) || !cli_call(&answer, why, o, m->name, params)) {
		code = complaint_print(why, "tally", stderr);
	} else if (json_is_object(json_object_get(answer, "error"))) {
		code = print_error(o, json_object_get(answer, "error"));
	} else {
		print_result(o, m, json_object_get(answer, "result"));
		code = EXIT_DONE;
	}
	json_decref(answer);
	json_decref(params);
	return code;
}

static int
unknown_command(struct complaint *why, const char *name)
{
	const char *near = rpc_nearest_method(rpc_tables, name);

	complain(why, EXIT_USAGE, "tally help lists the commands", "there is no command '%.60s'", name);
	if (near != NULL)
		complaint_hint(why, "did you mean %s? tally help lists the commands", near);
	return complaint_print(why, "tally", stderr);
}

/* --json may stand after the command too. Returns how many words are left. */
static int
take_late_json(bool *json, char **words, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		if (strcmp(words[i], "--json") == 0)
			*json = true;
		else
			words[kept++] = words[i];
	}
	return kept;
}

static int
run_command(struct options *o, struct complaint *why, char **words, int n)
{
	const struct cli_local *local = cli_local_find(words[0]);
	const struct rpc_method *m = rpc_find_method(rpc_tables, words[0]);

	if (local != NULL)
		return local->run(o, why, words + 1, n - 1);
	if (m != NULL)
		return run_method(o, why, m, words + 1, (size_t)(n - 1));
	return unknown_command(why, words[0]);
}

int
main(int argc, char **argv)
{
	struct complaint why;
	struct options *o;
	bool json = false;
	int rest = argc, code, n;

	if (!options_read(&o, &rest, &why, options_of_tally, argc, argv)) {
		code = complaint_print(&why, "tally", stderr);
	} else if (options_flag(o, "version")) {
		version_print("tally", stdout);
		code = EXIT_DONE;
	} else if (options_flag(o, "help")) {
		cli_help_all(stdout);
		code = EXIT_DONE;
	} else if (rest == argc) {
		cli_help_all(stderr);
		code = EXIT_USAGE;
	} else {
		n = take_late_json(&json, argv + rest, argc - rest);
		if (json)
			options_set_flag(o, "json");
		code = n > 0 ? run_command(o, &why, argv + rest, n) : EXIT_USAGE;
	}
	options_free(o);
	return fflush(stdout) == 0 ? code : EXIT_INTERNAL;
}
