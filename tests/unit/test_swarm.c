/* The light client among honest and other peers, from seeds. Without arguments: a sample. A seed that fails is lived again with
 *
 *   tests/unit/test_swarm --seed=N --trace
 *
 * and --from=N --runs=N tries as many as there is time for. --hours=N makes each life that long; --kill-at=N ends the client's
 * process at its N-th write. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/swarm.h"
#include "tests/unit/unit.h"

#define SAMPLE 100 /* check.sh tries more, without sanitizers */
#define LIFE_SECONDS 60 /* of real time: what takes longer hangs */
#define WRITES_SEED 3 /* a life with a few dozen writes */
#define WRITES_MAX 300

static struct forest *forest;
static uint64_t living; /* the seed */

/* An assertion in the client says nothing about the seed, nor does an endless loop. */
static void
on_signal(int number)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "\nseed %llu: %s; --seed=%llu --trace shows it\n", (unsigned long long)living,
			 number == SIGALRM ? "does not end" : "aborted", (unsigned long long)living);

	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(1);
	signal(number, SIG_DFL);
	raise(number);
}

static bool
live(const struct swarm_plan *plan, struct swarm_stats *stats)
{
	struct swarm w;

	living = plan->seed;
	alarm(LIFE_SECONDS * (1 + plan->hours));
	swarm_live(&w, forest, plan, stats);
	if (w.failed[0] != '\0')
		printf("seed %llu%s: %s\n", (unsigned long long)plan->seed, plan->kill_at > 0 ? " (killed)" : "", w.failed);
	return w.failed[0] == '\0';
}

static void
print_stats(const struct swarm_stats *s)
{
	printf("  %llu runs, %llu events, %llu blocks taken, %llu taken back, deepest reorganisation %llu\n",
	       (unsigned long long)s->runs, (unsigned long long)s->events, (unsigned long long)s->blocks,
	       (unsigned long long)s->unblocks, (unsigned long long)s->deepest);
	printf("  %llu starts again, %llu of them after death in a write; quiet after %llu s at most; at most %llu bytes held\n",
	       (unsigned long long)s->restarts, (unsigned long long)s->kills, (unsigned long long)s->settle_ms_max / 1000,
	       (unsigned long long)s->held_max);
	printf("  %llu blocks passed by their filters, %llu taken on second thoughts\n", (unsigned long long)s->passed,
	       (unsigned long long)s->rescanned);
	printf("  honest peers left %llu times; branches only overtaken %llu; honest peers banned %llu, liars:",
	       (unsigned long long)s->closed_honest, (unsigned long long)s->overtaken, (unsigned long long)s->bans[LIE_NONE]);
	for (size_t i = 1; i < LIE_KINDS; i++)
		printf(" %s %llu", swarm_lie_name((enum swarm_lie)i), (unsigned long long)s->bans[i]);
	printf("\n");
}

/* How many of a row of seeds fail. */
static size_t
live_all(struct swarm_plan plan, uint64_t runs)
{
	struct swarm_stats stats = { 0 };
	size_t failed = 0;

	for (uint64_t i = 0; i < runs; i++, plan.seed++)
		failed += !live(&plan, &stats);
	print_stats(&stats);
	return failed;
}

static void
test_sample(void)
{
	CU_ASSERT_EQUAL(live_all((struct swarm_plan){ .seed = 1 }, SAMPLE), 0);
}

/* Death at each write there is, with nothing, a part or all of it on the disk. */
static void
test_every_write(void)
{
	struct swarm_stats stats = { 0 };
	struct swarm_plan plan = { .seed = WRITES_SEED };
	uint64_t kills;

	do {
		plan.kill_at++;
		kills = stats.kills;
		plan.kill_part = plan.kill_at % 3 * 50;
		CU_ASSERT(live(&plan, &stats));
	} while (stats.kills == kills + 1 && plan.kill_at < WRITES_MAX);
	printf("  killed at each of %u writes\n", (unsigned)plan.kill_at - 1);
	CU_ASSERT(plan.kill_at > 10 && plan.kill_at < WRITES_MAX);
}

/* A day without a restart: no leak, and no queue that only grows. */
static void
test_day(void)
{
	CU_ASSERT_EQUAL(live_all((struct swarm_plan){ .seed = 7, .hours = 24 }, 1), 0);
}

static const struct unit_test tests[] = {
	{ "seeds", test_sample },
	{ "R1 death at every write", test_every_write },
	{ "days", test_day },
};

static bool
number_option(uint64_t *out, const char *arg, const char *name)
{
	size_t len = strlen(name);
	char *end;

	if (strncmp(arg, name, len) != 0)
		return false;
	*out = strtoull(arg + len, &end, 10);
	return *end == '\0' && end != arg + len;
}

static bool
parse(struct swarm_plan *plan, uint64_t *runs, const char *arg)
{
	uint64_t number;

	if (strcmp(arg, "--trace") == 0)
		plan->trace = true;
	else if (number_option(&number, arg, "--seed=") || number_option(&number, arg, "--from="))
		plan->seed = number;
	else if (number_option(&number, arg, "--runs="))
		*runs = number;
	else if (number_option(&number, arg, "--hours="))
		plan->hours = (uint32_t)number;
	else if (number_option(&number, arg, "--kill-at="))
		plan->kill_at = (uint32_t)number;
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	struct swarm_plan plan = { .seed = 1 };
	uint64_t runs = 1;
	int status;

	for (int i = 1; i < argc; i++) {
		if (!parse(&plan, &runs, argv[i])) {
			fprintf(stderr, "usage: %s [--seed=N | --from=N --runs=N] [--hours=N] [--kill-at=N] [--trace]\n", argv[0]);
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	forest = forest_new(SWARM_TRUNK);
	status = argc == 1 ? unit_run("swarm", tests, ARRAY_LEN(tests)) : live_all(plan, runs) == 0 ? 0 : 1;
	forest_free(forest);
	return status;
}
