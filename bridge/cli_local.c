#include "bridge/cli_local.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/allowlist.h"
#include "bridge/cli_args.h"
#include "bridge/cli_federation.h"
#include "bridge/cli_genesis.h"
#include "bridge/cli_validator.h"
#include "bridge/cli_help.h"
#include "bridge/cli_plugin.h"
#include "bridge/cli_ledger.h"
#include "bridge/cli_print.h"
#include "bridge/genesis_file.h"
#include "bridge/op_json.h"
#include "bridge/rpc_methods.h"

static int
run_help(const struct options *o, struct complaint *why, char **words, int n)
{
	const struct rpc_method *m = n > 0 ? rpc_find_method(rpc_tables, words[0]) : NULL;
	const struct cli_local *local = n > 0 ? cli_local_find(words[0]) : NULL;
	const char *near;
	json_t *all;

	if (m == NULL && local != NULL) {
		printf("%s: %s\n\nusage: tally %s%s%s\n", local->name, local->summary, local->name, local->usage[0] != '\0' ? " " : "", local->usage);
		return EXIT_DONE;
	}
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
	const char *what = n == 1 ? words[0] : "";

	(void)o;
	if (strcmp(what, "commands") == 0) {
		cli_help_roff(stdout);
	} else if (strcmp(what, "tally") == 0) {
		cli_help_roff_options(options_of_tally, stdout);
	} else if (strcmp(what, "tallyd") == 0) {
		cli_help_roff_options(options_of_tallyd, stdout);
	} else {
		complain(why, EXIT_USAGE, "tally manual commands|tally|tallyd", "manual: say which part");
		return complaint_print(why, "tally", stderr);
	}
	return EXIT_DONE;
}

static int
run_decodetransaction(const struct options *o, struct complaint *why, char **words, int n)
{
	const struct rpc_method *m = rpc_find_method(rpc_tables, "decodetransaction");
	const char *fault = "not hex", *text;
	json_t *params, *shown = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (!cli_args_take(&params, why, m, words, (size_t)n))
		return complaint_print(why, "tally", stderr);
	text = json_string_value(json_object_get(params, "transaction"));
	if (text != NULL && (bytes = hex_decode_new(&len, text, RPC_HEX_MAX)) != NULL)
		shown = transaction_json(&fault, bytes, len, genesis_account_hrp(chain_params_find(options_text(o, "network"))));
	free(bytes);
	json_decref(params);
	if (shown == NULL) {
		complain(why, EXIT_REFUSED, "a sidechain transaction in hex is wanted, not one of the main chain",
			 "this is no transaction: %s", fault);
		return complaint_print(why, "tally", stderr);
	}
	if (options_flag(o, "json")) {
		json_dumpf(shown, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
	} else {
		cli_print(shown, stdout);
	}
	json_decref(shown);
	return EXIT_DONE;
}

const struct cli_local cli_locals[] = {
	{ "genesis", "make a genesis file", "NAME=VALUE…   (all of them: tally genesis help)", cli_genesis },
	{ "federation", "make the keys and the genesis of a regtest federation", "[n=3] [NAME=VALUE…]   (more: tally federation help)", cli_federation },
	{ "plugin", "check FILE: is a rule fit to be approved? new NAME: start one", "check FILE | proposal FILE [HEIGHT] | new NAME", cli_plugin },
	{ "ledger", "check, export or import the sidechain's ledger", "check [SNAPSHOT] | export FILE [HEIGHT] | import FILE trust=HASH   (more: tally ledger help)",
	  cli_ledger },
	{ "allowlist", "the root of a list of accounts, for createsale, and an account's path, for buy", "FILE|JSON [ACCOUNT]", cli_allowlist },
	{ "decodetransaction", "what a sidechain transaction says", "transaction", run_decodetransaction },
	{ "validatorproof", "sign with a validator's key file that it is yours", "FILE [owner=ACCOUNT]", cli_validatorproof },
	{ "help", "what there is, or all about one command", "[COMMAND]", run_help },
	{ "complete", "words that may come next, for a shell", "[WORD…]", run_complete },
	{ "manual", "commands or options in roff, for the manual pages", "commands|tally|tallyd", run_manual },
	{ NULL, NULL, NULL, NULL },
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
