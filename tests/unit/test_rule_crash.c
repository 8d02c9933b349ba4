/* What ends the process inside a rule: whoever comes after it knows which rule it was and what it was asked, and the ledger on disk is as it was. */
#include "tests/unit/world.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/rule_crash.h"
#include "tests/unit/rule_hostile.h"
#include "token/plugin_host.h"
#include "token/plugin_loader.h"

static char folder[64], path[100];

static void
make_folder(void)
{
	strcpy(folder, "/tmp/tally-crash-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/rule-call", folder);
}

static void
remove_folder(void)
{
	(void)unlink(path);
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

/* In the child: ask the rule; how the process ends is its answer. */
static void
be_asked(enum hostile how, bool watched)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT };
	struct rlimit none = { 0, 0 };
	uint8_t param = (uint8_t)how;
	struct rule_instance instance = { .scope = 'a', .params = &param, .params_len = 1 };
	struct tally_issue_op op = { .op = TALLY_OP_MINT };
	struct tally_effects e;
	struct plugin_note left;
	struct complaint why;
	struct plugin_file f;
	struct world w;

	(void)setrlimit(RLIMIT_CORE, &none);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)signal(signals[i], SIG_DFL); /* the sanitizers' have much to say */
	world_init(&w);
	w.exec.transaction = hash_of("the last transaction");
	w.env.height = 77;
	if (plugin_inspect(&f, "tests/unit/rule_hostile.so") != PLUGIN_OK || !rule_crash_open(&left, &why, path))
		_exit(2);
	if (watched)
		rule_crash_watch();
	if (how == HOSTILE_NOT)
		(void)raise(SIGSEGV); /* outside of any rule */
	(void)!plugin_issue(&e, &w.exec, f.plugin, &instance, &op);
	_exit(0);
}

/* The exit status of a process that asks, and what it leaves. */
static int
ask(struct plugin_note *left, enum hostile how, bool watched)
{
	struct complaint why;
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (child == 0)
		be_asked(how, watched);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_FATAL(rule_crash_open(left, &why, path));
	rule_crash_close();
	return status;
}

static void
P5_crashes_are_noted(void)
{
	static const enum hostile ways[] = { HOSTILE_CRASH, HOSTILE_WRITES_SERVICES, HOSTILE_WRITES_CODE, HOSTILE_ABORTS, HOSTILE_EATS_STACK };
	struct plugin_note left;

	make_folder();
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct hash256 txid = hash_of("the last transaction");
		int status = ask(&left, ways[i], true);

		CU_ASSERT(WIFSIGNALED(status));
		CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_CRASHED);
		CU_ASSERT_EQUAL(left.signal, WTERMSIG(status));
		CU_ASSERT_STRING_EQUAL(left.rule, "issue_hostile");
		CU_ASSERT(left.major == 1 && left.height == 77 && memcmp(left.transaction, txid.b, 32) == 0);
	}
	remove_folder();
}

/* It is told once, and only of what happened inside a rule. */
static void
what_is_no_crash_of_a_rule(void)
{
	struct complaint why;
	struct plugin_note left;

	make_folder();
	CU_ASSERT(WIFSIGNALED(ask(&left, HOSTILE_CRASH, true)));
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_CRASHED);
	CU_ASSERT_FATAL(rule_crash_open(&left, &why, path));
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	rule_crash_close();
	CU_ASSERT(WIFSIGNALED(ask(&left, HOSTILE_NOT, true)));
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	CU_ASSERT(WIFSIGNALED(ask(&left, HOSTILE_CRASH, false)));
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	CU_ASSERT_EQUAL(ask(&left, HOSTILE_REFUSE, true), 0);
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	CU_ASSERT_EQUAL(ask(&left, HOSTILE_MEMORY, true), 0);
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	CU_ASSERT_EQUAL(ask(&left, HOSTILE_LOOP, true), 0);
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	remove_folder();
}

/* A process that is killed while a rule runs leaves a note of that: no fault of the rule's. */
static void
a_kill_is_nobodys_fault(void)
{
	struct plugin_note left, *note;
	struct complaint why;
	FILE *f;

	make_folder();
	CU_ASSERT_FATAL(rule_crash_open(&left, &why, path));
	rule_crash_close();
	f = fopen(path, "r+b");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	note = &left;
	memset(note, 0, sizeof(*note));
	note->state = PLUGIN_NOTE_RUNNING;
	strcpy(note->rule, "issue_hostile");
	CU_ASSERT_EQUAL(fseek(f, 8, SEEK_SET), 0);
	CU_ASSERT_EQUAL(fwrite(note, sizeof(*note), 1, f), 1);
	(void)fclose(f);
	CU_ASSERT_FATAL(rule_crash_open(&left, &why, path));
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	rule_crash_close();
	/* nor is a file of something else */
	f = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int i = 0; i < 300; i++)
		fputc(2, f);
	(void)fclose(f);
	CU_ASSERT_FATAL(rule_crash_open(&left, &why, path));
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	rule_crash_close();
	remove_folder();
	CU_ASSERT_FALSE(rule_crash_open(&left, &why, "/nonexistent/rule-call"));
}

/* In the child: a rule seems to run, until a signal comes. */
static void
be_busy(int ready)
{
	struct plugin_note left, *note;
	struct complaint why;
	int fd;

	(void)signal(SIGABRT, SIG_DFL);
	if (!rule_crash_open(&left, &why, path))
		_exit(2);
	rule_crash_watch();
	fd = open(path, O_RDWR);
	note = (void *)((char *)mmap(NULL, 8 + sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) + 8);
	strcpy(note->rule, "issue_hostile");
	note->state = PLUGIN_NOTE_RUNNING;
	(void)!write(ready, "", 1);
	for (;;)
		(void)pause();
}

/* A watchdog, or somebody who wants a core file, aborts a process from outside while a good rule runs: the rule stays. */
static void
an_abort_from_outside_disables_nothing(void)
{
	struct plugin_note left;
	struct complaint why;
	int ready[2], status = 0;
	pid_t child;
	char c;

	make_folder();
	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	fflush(NULL);
	child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (child == 0)
		be_busy(ready[1]);
	CU_ASSERT_EQUAL(read(ready[0], &c, 1), 1);
	CU_ASSERT_EQUAL(kill(child, SIGABRT), 0);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CU_ASSERT_FATAL(rule_crash_open(&left, &why, path));
	CU_ASSERT_EQUAL(left.state, PLUGIN_NOTE_IDLE);
	rule_crash_close();
	(void)close(ready[0]);
	(void)close(ready[1]);
	remove_folder();
}

/* A pointer that a rule keeps from one call to the next points into memory that is gone: it may read what it finds there, and nothing of the
 * ledger's is there. */
static void
kept_pointers(void)
{
	struct plugin_file f;
	struct action_plugin_approve approval;
	uint8_t param = HOSTILE_KEEPS;
	struct op_create o = { .flags = ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_hostile"), .rule_major = 1, .params = { &param, 1 } };
	struct asset_id a;
	struct world w;

	world_init(&w);
	CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, "tests/unit/rule_hostile.so"), PLUGIN_OK);
	approval = plugin_approval(&f);
	CU_ASSERT_PTR_NULL(rule_approve(w.state, &approval, w.env.height));
	CU_ASSERT_EQUAL_FATAL(plugin_load(&f, "tests/unit/rule_hostile.so", w.state), PLUGIN_OK);
	DONE(world_create(&w, &a, 0, &o));
	DONE(world_mint(&w, 0, &a, 1, 5, 0));
	(void)!world_mint(&w, 0, &a, 1, 5, 0);
	CU_ASSERT(world_has(&w, &a, 1) == 5 || world_has(&w, &a, 1) == 10);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "P5 crashes are noted", P5_crashes_are_noted },
	{ "what is no crash of a rule", what_is_no_crash_of_a_rule },
	{ "a kill is nobody's fault", a_kill_is_nobodys_fault },
	{ "an abort from outside disables nothing", an_abort_from_outside_disables_nothing },
	{ "kept pointers", kept_pointers },
};

UNIT_MAIN("rule crash", tests)
