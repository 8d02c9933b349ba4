#include "bridge/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/conf.h"
#include "tests/unit/unit.h"

static char dir[] = "/tmp/test_options_XXXXXX";

static void
put_file(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

/* Read with --datadir=dir and up to three more words; NULL with *why when refused. */
static struct options *
read_words(struct complaint *why, const char *a, const char *b, const char *c)
{
	char datadir[64], *argv[6] = { (char *)"tallyd", datadir };
	struct options *o;
	int argc = 2, rest;

	snprintf(datadir, sizeof(datadir), "--datadir=%s", dir);
	for (int i = 0; i < 3; i++) {
		const char *word = i == 0 ? a : i == 1 ? b : c;

		if (word != NULL)
			argv[argc++] = (char *)word;
	}
	if (options_read(&o, &rest, why, options_of_tallyd, argc, argv)) {
		CU_ASSERT_EQUAL(rest, argc);
		return o;
	}
	CU_ASSERT_EQUAL(why->code, EXIT_USAGE);
	CU_ASSERT(why->why[0] != '\0');
	options_free(o);
	return NULL;
}

static void
must_refuse(const char *word, const char *says, const char *hint)
{
	struct complaint why = { 0 };
	struct options *o = read_words(&why, word, NULL, NULL);

	CU_ASSERT_PTR_NULL(o);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.why, says));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.hint, hint));
	options_free(o);
}

static void
the_strongest_place_wins(void)
{
	static const char file[] =
		"network = regtest\nrpcport=1\nfeerate=1\n[regtest]\nrpcport=2\nfeerate=2\n[main]\nrpcport=9\n";
	struct complaint why;
	struct options *o;

	put_file("tally.conf", file);
	o = read_words(&why, NULL, NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_STRING_EQUAL(options_text(o, "network"), "regtest");
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 2);
	CU_ASSERT_STRING_EQUAL(options_text(o, "engine"), "solo");
	CU_ASSERT(!options_given(o, "engine") && options_given(o, "rpcport"));
	options_free(o);
	setenv("TALLY_RPCPORT", "3", 1);
	o = read_words(&why, NULL, NULL, NULL);
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 3);
	CU_ASSERT_EQUAL(options_number(o, "feerate"), 2);
	options_free(o);
	o = read_words(&why, "--rpcport=4", NULL, NULL);
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 4);
	options_free(o);
	o = read_words(&why, "--network=main", NULL, NULL);
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 3);
	unsetenv("TALLY_RPCPORT");
	options_free(o);
	o = read_words(&why, "--network=main", NULL, NULL);
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 9);
	options_free(o);
	put_file("tally.conf", "");
	o = read_words(&why, NULL, NULL, NULL);
	CU_ASSERT_STRING_EQUAL(options_text(o, "network"), "main");
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 7420);
	options_free(o);
}

static void
lists_come_whole_from_one_place(void)
{
	const char *const *peers;
	struct complaint why;
	struct options *o;

	put_file("tally.conf", "connect=a:1\nconnect=b:2\n");
	o = read_words(&why, NULL, NULL, NULL);
	CU_ASSERT_EQUAL_FATAL(options_list(o, "connect", &peers), 2);
	CU_ASSERT_STRING_EQUAL(peers[1], "b:2");
	options_free(o);
	setenv("TALLY_CONNECT", "c:3,d:4,e:5", 1);
	o = read_words(&why, NULL, NULL, NULL);
	CU_ASSERT_EQUAL_FATAL(options_list(o, "connect", &peers), 3);
	CU_ASSERT_STRING_EQUAL(peers[2], "e:5");
	options_free(o);
	o = read_words(&why, "--connect=f:6", "--connect=g:7", NULL);
	CU_ASSERT_EQUAL_FATAL(options_list(o, "connect", &peers), 2);
	CU_ASSERT_STRING_EQUAL(peers[0], "f:6");
	options_free(o);
	unsetenv("TALLY_CONNECT");
	put_file("tally.conf", "");
}

static void
bad_words_are_refused_with_a_hint(void)
{
	must_refuse("--netwrok=main", "'netwrok'", "did you mean network?");
	must_refuse("--network=mian", "'mian'", "");
	must_refuse("--rpcport=65536", "rpcport", "");
	must_refuse("--rpcport=-1", "rpcport", "");
	must_refuse("--rpcport=", "rpcport", "");
	must_refuse("--daemon=2", "daemon", "");
	must_refuse("--log=loud", "log", "");
	must_refuse("--genesis", "needs a value", "--NAME=VALUE");
	must_refuse("--conf=/nonexistent/tally.conf", "cannot open", "");
	must_refuse("-x", "unknown option", "--help");
	must_refuse("--engine=cometbft", "engine", "");
}

static const struct {
	const char *text, *says, *hint;
} bad_files[] = {
	{ "a line", ":1: a line is KEY = VALUE", "" },
	{ "rpcport=1\n\n=5\n", ":3: there is no key", "" },
	{ "[regtest\n", ":1: a section line", "" },
	{ "[]\n", ":1: a section line", "" },
	{ "[regtset]\nrpcport=1\n", ":2: unknown section [regtset]", "did you mean [regtest]?" },
	{ "rpcprot=1\n", ":1: unknown key 'rpcprot'", "did you mean rpcport?" },
	{ "[main]\nrpcport=x\n", ":2: rpcport must be", "" },
	{ "[regtest]\nrpcport=x\n", ":2: rpcport must be", "" },
	{ "[regtest]\nnetwork=main\n", ":2: network cannot be set here", "top of the file" },
	{ "datadir=/x\n", ":1: datadir cannot be set here", "command line" },
	{ "help=1\n", ":1: help cannot be set here", "" },
	{ "include=/nonexistent/x\n", "cannot open /nonexistent/x", "" },
	{ "include=tally.conf\n", "includes go deeper than 8", "" },
};

static void
bad_files_are_refused_with_their_line(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
		struct complaint why = { 0 };
		struct options *o;

		put_file("tally.conf", bad_files[i].text);
		o = read_words(&why, "--network=regtest", NULL, NULL);
		CU_ASSERT_PTR_NULL(o);
		CU_ASSERT_PTR_NOT_NULL(strstr(why.why, bad_files[i].says));
		CU_ASSERT_PTR_NOT_NULL(strstr(why.hint, bad_files[i].hint));
		options_free(o);
	}
	put_file("tally.conf", "");
}

static void
a_file_may_include_others(void)
{
	struct complaint why;
	struct options *o;

	put_file("more.conf", "feerate=5\n[main]\nrpcport=11\n");
	put_file("tally.conf", "\xef\xbb\xbf# mark of some editors\r\ninclude=more.conf\r\n log = debug \r\n");
	o = read_words(&why, NULL, NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_EQUAL(options_number(o, "feerate"), 5);
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 11);
	CU_ASSERT_STRING_EQUAL(options_text(o, "log"), "debug");
	options_free(o);
	put_file("tally.conf", "");
}

/* What conf_parse() made of a text: "section/key=value;" for each item. */
static const char *
collect(void *context, const struct conf_item *item)
{
	char *all = context;

	snprintf(all + strlen(all), 500 - strlen(all), "%s/%s=%s@%u;", item->section, item->key, item->value, item->line);
	return strcmp(item->key, "stop") == 0 ? "stopped" : NULL;
}

static void
texts_are_parsed_plainly(void)
{
	static const struct {
		const char *text, *want;
		const char *why; /* NULL: fine */
		unsigned line;
	} rows[] = {
		{ "", "", NULL, 0 },
		{ "a=1", "/a=1@1;", NULL, 0 },
		{ "  a  =  b c ; d # e  \n", "/a=b c ; d # e@1;", NULL, 0 },
		{ "a=\n[ x ]\n#b=2\n  # c\nd==\n", "/a=@1;x/d==@5;", NULL, 0 },
		{ "a=1\nstop=1\nb=2", "/a=1@1;/stop=1@2;", "stopped", 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char all[500] = "";
		unsigned line = 0;
		const char *why = conf_parse(&line, "", rows[i].text, strlen(rows[i].text), collect, all);

		CU_ASSERT_STRING_EQUAL(all, rows[i].want);
		CU_ASSERT_EQUAL(why == NULL, rows[i].why == NULL);
		if (why != NULL && rows[i].why != NULL) {
			CU_ASSERT_STRING_EQUAL(why, rows[i].why);
			CU_ASSERT_EQUAL(line, rows[i].line);
		}
	}
}

static void
long_lines_and_zeros_are_refused(void)
{
	char text[CONF_LINE_MAX + 10], all[500] = "";
	unsigned line;

	memset(text, 'x', sizeof(text));
	text[1] = '=';
	CU_ASSERT_PTR_NOT_NULL(conf_parse(&line, "", text, CONF_LINE_MAX + 1, collect, all));
	CU_ASSERT_PTR_NOT_NULL(conf_parse(&line, "", "a=\0b", 4, collect, all));
	CU_ASSERT_STRING_EQUAL(all, "");
}

static void
near_names_are_found(void)
{
	static const char *const names[] = { "network", "rpcport", "rpcbind", "log" };

	CU_ASSERT_STRING_EQUAL(nearest_name("netwrok", names, ARRAY_LEN(names)), "network");
	CU_ASSERT_STRING_EQUAL(nearest_name("rpcpor", names, ARRAY_LEN(names)), "rpcport");
	CU_ASSERT_STRING_EQUAL(nearest_name("lg", names, ARRAY_LEN(names)), "log");
	CU_ASSERT_PTR_NULL(nearest_name("quite else", names, ARRAY_LEN(names)));
	CU_ASSERT_PTR_NULL(nearest_name("", names, 0));
}

static const struct unit_test tests[] = {
	{ "the strongest place wins", the_strongest_place_wins },
	{ "lists come whole from one place", lists_come_whole_from_one_place },
	{ "bad words are refused with a hint", bad_words_are_refused_with_a_hint },
	{ "bad files are refused with their line", bad_files_are_refused_with_their_line },
	{ "a file may include others", a_file_may_include_others },
	{ "texts are parsed plainly", texts_are_parsed_plainly },
	{ "long lines and zeros are refused", long_lines_and_zeros_are_refused },
	{ "near names are found", near_names_are_found },
};

int
main(void)
{
	char *command;
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = unit_run("options", tests, ARRAY_LEN(tests));
	command = mem_printf("rm -r '%s'", dir);
	if (system(command) != 0)
		failed = 1;
	free(command);
	return failed;
}
