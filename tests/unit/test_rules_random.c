/* Random operations over all modules; every invariant after each. A failed run prints its seed.
 *
 *   test_rules_random                                   a short run, as a unit test
 *   test_rules_random --seed=N --operations=N           a run of that many operations; its last line is
 *                                                       "N operations, N done, root HEX": the same however the program was built */
#include "tests/unit/random_fate.h"
#include "token/dao_changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 20240229
#define OPERATIONS 26000
#define WORLD_OPERATIONS 2000 /* then a new world begins */

static const struct random_part *const parts[] = { &random_assets, &random_dao, &random_swaps, &random_records, &random_sales, &random_validators };

struct life {
	uint64_t operations, done;
	unsigned by_op[FATE_OPS];
	struct hash256 root; /* over the state roots and the answers of all worlds so far */
};

static void
one_step(struct fate *f)
{
	unsigned all = 0;
	uint64_t at;

	if (draw(f, 100) < 8) {
		world_block(&f->w, (int64_t)draw(f, draw(f, 12) == 0 ? 86400 : 150));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		all += parts[i]->weight;
	at = draw(f, all);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (at < parts[i]->weight) {
			parts[i]->step(f);
			return;
		}
		at -= parts[i]->weight;
	}
}

static void
fate_begin(struct fate *f, uint64_t seed)
{
	memset(f, 0, sizeof(*f));
	f->seed = seed * 2654435761u + 1;
	world_init(&f->w);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i]->begin != NULL)
			parts[i]->begin(f);
	}
}

/* All coin is what everybody began with: nothing here makes or ends any. */
static void
check_coin(const struct fate *f)
{
	struct asset_id coin = ASSET_COIN;

	CU_ASSERT_EQUAL(amount_units(bank_supply(f->w.state, &coin)), 1000000u * WORLD_PEOPLE);
}

static void
add_to_life(struct life *l, struct fate *f)
{
	struct hash256 root;
	struct wr w = { 0 };

	state_root(&root, f->w.state);
	wr_hash256(&w, &l->root);
	wr_hash256(&w, &root);
	wr_hash256(&w, &f->results);
	sha256(&l->root, w.p, w.len);
	wr_clear(&w);
	l->operations += f->tried;
	for (size_t i = 0; i < FATE_OPS; i++) {
		l->by_op[i] += f->done[i];
		l->done += f->done[i];
	}
}

static void
live(struct life *l, uint64_t seed, uint64_t operations)
{
	memset(l, 0, sizeof(*l));
	for (; l->operations < operations; seed++) {
		struct fate f;

		printf(" seed %llu", (unsigned long long)seed);
		fflush(stdout);
		fate_begin(&f, seed);
		while (f.tried < WORLD_OPERATIONS)
			one_step(&f);
		check_coin(&f);
		add_to_life(l, &f);
		world_clear(&f.w);
	}
}

static void
every_operation_was_done(const struct life *l)
{
	for (size_t i = 0; i < ARRAY_LEN(parts) && l->operations >= OPERATIONS; i++) {
		for (size_t j = 0; j < parts[i]->ops_n; j++) {
			uint16_t op = parts[i]->ops[j];

			if (l->by_op[op] == 0)
				printf("\n  %s: operation %u never succeeded", parts[i]->name, op);
			CU_ASSERT(l->by_op[op] > 0);
		}
	}
}

static void
random_operations_keep_every_invariant(void)
{
	struct life l;

	live(&l, SEED, OPERATIONS);
	every_operation_was_done(&l);
}

/* The same operations give the same state, whatever is tried and taken back between them. */
static void
replay_gives_the_same_state(void)
{
	struct hash256 roots[2];

	for (int i = 0; i < 2; i++) {
		struct fate f;

		fate_begin(&f, 77);
		f.w.deep = false;
		for (int n = 0; n < 3000; n++) {
			size_t mark = state_mark(f.w.state);
			struct changes c;
			size_t failed;

			if (i == 1) {
				(void)!proposal_simulate(&c, &failed, &f.w.exec, proposal_count(f.w.state));
				changes_clear(&c);
			}
			state_rollback(f.w.state, mark);
			one_step(&f);
		}
		state_root(&roots[i], f.w.state);
		world_clear(&f.w);
	}
	CU_ASSERT(hash256_eq(&roots[0], &roots[1]));
}

static const struct unit_test tests[] = {
	{ "random operations keep every invariant", random_operations_keep_every_invariant },
	{ "replay gives the same state", replay_gives_the_same_state },
};

/* ---- a long run ---- */

static uint64_t given_seed = SEED, given_operations = OPERATIONS;

static void
long_run(void)
{
	char hex[65];
	struct life l;

	live(&l, given_seed, given_operations);
	every_operation_was_done(&l);
	hex_encode(hex, l.root.b, sizeof(l.root.b));
	printf("\n");
	for (size_t i = 0; i < FATE_OPS; i++) {
		if (l.by_op[i] > 0)
			printf("operation %zu: %u done\n", i, l.by_op[i]);
	}
	printf("%llu operations, %llu done, root %s\n", (unsigned long long)l.operations, (unsigned long long)l.done, hex);
}

static const struct unit_test long_tests[] = { { "random operations, as many as asked for", long_run } };

static bool
take_number(uint64_t *out, const char *arg, const char *name)
{
	size_t n = strlen(name);
	char *end;

	if (strncmp(arg, name, n) != 0 || arg[n] == '\0')
		return false;
	*out = strtoull(arg + n, &end, 10);
	return *end == '\0';
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!take_number(&given_seed, argv[i], "--seed=") && !take_number(&given_operations, argv[i], "--operations=")) {
			fprintf(stderr, "usage: test_rules_random [--seed=N] [--operations=N]\n");
			return 2;
		}
	}
	if (argc > 1)
		return unit_run("rules, random", long_tests, ARRAY_LEN(long_tests));
	return unit_run("rules, random", tests, ARRAY_LEN(tests));
}
