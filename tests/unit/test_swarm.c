/* The light client among honest and other peers, from seeds. Without arguments: a sample. A seed that fails is lived again with
 *
 *   tests/unit/test_swarm --seed=N --trace
 *
 * and --from=N --runs=N tries as many as there is time for. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/swarm.h"
#include "tests/unit/unit.h"

#define SAMPLE 200

static struct forest *forest;
static uint64_t living; /* the seed */

/* An assertion in the client says nothing about the seed. */
static void
on_abort(int number)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "\nseed %llu: aborted; --seed=%llu --trace shows it\n", (unsigned long long)living,
			 (unsigned long long)living);

	if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(1);
	signal(number, SIG_DFL);
	raise(number);
}

static bool
live(uint64_t seed, struct swarm_stats *stats, bool trace)
{
	struct swarm w;

	living = seed;
	swarm_live(&w, forest, seed, stats, trace);
	if (w.failed[0] != '\0')
		printf("seed %llu: %s\n", (unsigned long long)seed, w.failed);
	return w.failed[0] == '\0';
}

static void
print_stats(const struct swarm_stats *s)
{
	printf("  %llu runs, %llu events, %llu blocks taken, %llu taken back, deepest reorganisation %llu\n", (unsigned long long)s->runs,
	       (unsigned long long)s->events, (unsigned long long)s->blocks, (unsigned long long)s->unblocks, (unsigned long long)s->deepest);
	printf("  %llu starts again, %llu of them after death in a write; quiet after %llu s at most; at most %llu bytes held\n",
	       (unsigned long long)s->restarts, (unsigned long long)s->kills, (unsigned long long)s->settle_ms_max / 1000,
	       (unsigned long long)s->held_max);
	printf("  honest peers banned 0, left %llu times; branches only overtaken %llu; liars banned:", (unsigned long long)s->closed_honest,
	       (unsigned long long)s->overtaken);
	for (size_t i = 1; i < LIE_KINDS; i++)
		printf(" %s %llu", swarm_lie_name((enum swarm_lie)i), (unsigned long long)s->bans[i]);
	printf("\n");
}

/* How many seeds of a row fail. */
static size_t
live_all(uint64_t from, uint64_t runs, bool trace)
{
	struct swarm_stats stats = { 0 };
	size_t failed = 0;

	forest = forest_new(SWARM_TRUNK);
	for (uint64_t i = 0; i < runs; i++)
		failed += !live(from + i, &stats, trace);
	forest_free(forest);
	print_stats(&stats);
	return failed;
}

static void
test_sample(void)
{
	CU_ASSERT_EQUAL(live_all(1, SAMPLE, false), 0);
}

static const struct unit_test tests[] = {
	{ "seeds", test_sample },
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

int
main(int argc, char **argv)
{
	uint64_t from = 1, runs = 1;
	bool trace = false;

	signal(SIGABRT, on_abort);
	if (argc == 1)
		return unit_run("swarm", tests, ARRAY_LEN(tests));
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0) {
			trace = true;
		} else if (!number_option(&from, argv[i], "--seed=") && !number_option(&from, argv[i], "--from=") &&
			   !number_option(&runs, argv[i], "--runs=")) {
			fprintf(stderr, "usage: %s [--seed=N | --from=N --runs=N] [--trace]\n", argv[0]);
			return 2;
		}
	}
	return live_all(from, runs, trace) == 0 ? 0 : 1;
}
