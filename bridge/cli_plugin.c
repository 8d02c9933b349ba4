#include "bridge/cli_plugin.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/file.h"
#include "bridge/genesis_names.h"
#include "bridge/rpc.h"
#include "bridge/plugin_template.h"
#include "token/plugin_loader.h"

#define USAGE "usage: tally plugin check FILE | proposal FILE [HEIGHT] | new NAME"
#define CHECK_SECONDS 60

/* What the child that opens the file has found: in memory that both see, so that it is known how far it came when it crashes. */
struct finding {
	bool opened; /* code of the file may have run */
	bool done;
	enum plugin_err err;
	struct plugin_file file; /* its plugin is the child's */
	char name[TALLY_NAME_LEN];
	uint32_t kind, vectors;
	uint16_t major, minor, patch;
};

/* ---- looking at a file ---- */

/* A rule that crashes should crash quietly, whatever this program was built with. */
static void
be_a_child(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)signal(signals[i], SIG_DFL);
	(void)alarm(CHECK_SECONDS);
}

static void
look(struct finding *f, const char *path)
{
	const struct tally_plugin *p;

	f->opened = true;
	f->err = plugin_inspect(&f->file, path);
	p = f->file.plugin;
	if (f->err == PLUGIN_OK) {
		memcpy(f->name, p->name, sizeof(f->name));
		f->kind = p->kind;
		f->vectors = p->vectors_n;
		f->major = p->major;
		f->minor = p->minor;
		f->patch = p->patch;
	}
	f->done = true;
}

/* The child has ended before it was done. */
static bool
complain_crash(struct complaint *why, const struct finding *f, const char *path, int status)
{
	const char *how = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended the process";

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return complain(why, EXIT_REFUSED, "its entry function returns a pointer and does nothing else",
				"%.100s breaks the rule CRASH: it doesn't come back", path);
	if (f->file.plugin == NULL)
		return complain(why, EXIT_REFUSED, "its entry function returns a pointer and does nothing else",
				"%.100s breaks the rule CRASH: its entry function, or its descriptor: %s", path, how);
	return complain(why, EXIT_REFUSED, "a rule that does this ends every node that carries out such a transaction",
			"%.100s breaks the rule CRASH: vector %zu: %s", path, f->file.vectors.n + 1, how);
}

/* Open it in a child. True when all is well. */
static bool
inspect(struct finding *out, struct complaint *why, const char *path)
{
	struct finding *f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t child;
	bool ok;

	if (f == MAP_FAILED || (child = fork()) < 0)
		return complain(why, EXIT_INTERNAL, NULL, "cannot make a process for it: %s", strerror(errno));
	if (child == 0) {
		be_a_child();
		look(f, path);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	*out = *f;
	(void)munmap(f, sizeof(*f));
	ok = out->done && out->err == PLUGIN_OK;
	if (!out->done)
		return complain_crash(why, out, path, status);
	return ok || complain(why, out->err == PLUGIN_IO ? EXIT_USAGE : EXIT_REFUSED, out->file.hint, "%.100s breaks the rule %s: %s", path,
			      out->file.rule, out->file.why);
}

static char *
version_text(const struct finding *f)
{
	return mem_printf("%u.%u.%u", (unsigned)f->major, (unsigned)f->minor, (unsigned)f->patch);
}

static json_t *
finding_json(const struct finding *f)
{
	char *version = version_text(f);
	json_t *o = json_pack("{sssssssosIso}", "rule", f->name, "version", version, "kind", genesis_kind_name((uint8_t)f->kind), "file",
			      json_hash(&f->file.hash), "vectors", (json_int_t)f->vectors, "answers", json_hash(&f->file.vectors.digest));

	free(version);
	return o;
}

static int
check(const struct options *o, struct complaint *why, const char *path)
{
	struct finding f;
	char hash[HASH256_HEX_LEN], answers[HASH256_HEX_LEN], *version;

	if (!inspect(&f, why, path))
		return complaint_print(why, "tally", stderr);
	if (options_flag(o, "json")) {
		json_t *all = finding_json(&f);

		json_dumpf(all, stdout, JSON_INDENT(2));
		json_decref(all);
		printf("\n");
		return EXIT_DONE;
	}
	hash256_to_hex(hash, &f.file.hash);
	hash256_to_hex(answers, &f.file.vectors.digest);
	version = version_text(&f);
	printf("%s %s\nkind    %s\nsha256  %s\nvectors %u, all hold\nanswers %s\n", f.name, version, genesis_kind_name((uint8_t)f.kind), hash,
	       f.vectors, answers);
	if (f.vectors == 0)
		printf("warning: it carries no vectors: nobody can see what it is meant to do (doc/plugins.md, \"Vectors\")\n");
	free(version);
	return EXIT_DONE;
}

/* The list of actions for `tally propose`. */
static int
proposal(struct complaint *why, const char *path, const char *height)
{
	struct finding f;
	char *version, *end;
	unsigned long long from = strtoull(height, &end, 10);
	json_t *list;

	if (*height == '\0' || *end != '\0' || from > INT64_MAX || height[0] == '-') {
		complain(why, EXIT_USAGE, USAGE, "%.60s is no height of a block", height);
		return complaint_print(why, "tally", stderr);
	}
	if (!inspect(&f, why, path))
		return complaint_print(why, "tally", stderr);
	version = version_text(&f);
	list = json_pack("[{sssssssssosI}]", "kind", "plugin_approve", "rule", f.name, "version", version, "rule_kind",
			 genesis_kind_name((uint8_t)f.kind), "file", json_hash(&f.file.hash), "from_height", (json_int_t)from);
	json_dumpf(list, stdout, 0);
	printf("\n");
	json_decref(list);
	free(version);
	return EXIT_DONE;
}

/* ---- a new one ---- */

/* issue, gov: what the template's files begin with. The kind is the first part of the name. */
static bool
template_of(char kind[8], const char *name)
{
	size_t len = strcspn(name, "_");
	char *file;
	bool there = false;

	if (len < 1 || len > 6 || name[len] != '_' || !rule_name_valid(name, strlen(name)))
		return false;
	memcpy(kind, name, len);
	kind[len] = '\0';
	file = mem_printf("%s_mine.c", kind);
	for (const struct plugin_template *t = plugin_templates; t->file != NULL; t++)
		there = there || strcmp(t->file, file) == 0;
	free(file);
	return there;
}

/* The text with the template's name replaced; owned. */
static char *
renamed(const char *text, const char *from, const char *to)
{
	struct wr w = { 0 };
	const char *hit;

	while ((hit = strstr(text, from)) != NULL) {
		wr_bytes(&w, text, (size_t)(hit - text));
		wr_bytes(&w, to, strlen(to));
		text = hit + strlen(from);
	}
	wr_bytes(&w, text, strlen(text) + 1);
	return (char *)w.p;
}

static bool
write_template(struct complaint *why, const struct plugin_template *t, const char *mine, const char *name)
{
	bool ours = strcmp(t->file, "Makefile") == 0;
	char *file = renamed(t->file, mine, name), *path = mem_printf("%s/%s", name, file);
	char *one = renamed(t->text, "issue_mine", ours ? mine : "issue_mine"), *text = renamed(one, mine, name);
	bool ok = file_write_durable(why, path, text, strlen(text), 0644);

	free(text);
	free(one);
	free(path);
	free(file);
	return ok;
}

static int
make_new(struct complaint *why, const char *name)
{
	char kind[8], *mine;
	bool ok = true;

	if (!template_of(kind, name)) {
		complain(why, EXIT_USAGE, "what decides over an asset is issue_SOMETHING, over votes gov_SOMETHING",
			 "%.60s: a rule's name has the kind in front, and a-z 0-9 _, 31 at most", name);
		return complaint_print(why, "tally", stderr);
	}
	if (mkdir(name, 0755) != 0) {
		complain(why, EXIT_REFUSED, "give another name, or go to another folder", "cannot make the folder %s: %s", name, strerror(errno));
		return complaint_print(why, "tally", stderr);
	}
	mine = mem_printf("%s_mine", kind);
	for (const struct plugin_template *t = plugin_templates; t->file != NULL && ok; t++) {
		if (strcmp(t->file, "Makefile") == 0 || strstr(t->file, mine) != NULL)
			ok = write_template(why, t, mine, name);
	}
	free(mine);
	if (!ok)
		return complaint_print(why, "tally", stderr);
	printf("%s/ has a rule, its test and a Makefile; now: cd %s && make check\n", name, name);
	return EXIT_DONE;
}

int
cli_plugin(const struct options *o, struct complaint *why, char **words, int n)
{
	const char *what = n > 0 ? words[0] : "";

	if (n == 2 && strcmp(what, "check") == 0)
		return check(o, why, words[1]);
	if ((n == 2 || n == 3) && strcmp(what, "proposal") == 0)
		return proposal(why, words[1], n == 3 ? words[2] : "0");
	if (n == 2 && strcmp(what, "new") == 0)
		return make_new(why, words[1]);
	complain(why, EXIT_USAGE, USAGE, "plugin: %s", n == 0 ? "say what to do" : "this is not understood");
	return complaint_print(why, "tally", stderr);
}
