#include "bridge/verify_pool.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/signing.h"
#include "tests/unit/toy.h"
#include "tests/unit/unit.h"

enum { N = 300 };

/* Good ones, and every third with a fault: another chain's signature, a byte flipped in the body, a byte missing. */
static struct transactions {
	struct hash256 genesis;
	struct wr bytes[N];
	struct verify_job jobs[N];
} all;

static const char *
expected(unsigned i)
{
	static const char *const faults[] = { "BAD_SIGNATURE", "BAD_WITNESS", "BAD_VERSION" };

	return i % 3 == 1 ? faults[i / 3 % 3] : NULL;
}

static void
make(void)
{
	struct ledger *l = toy_ledger();

	all.genesis = *ledger_genesis_id(l);
	for (unsigned i = 0; i < N; i++) {
		struct wr *w = &all.bytes[i];

		toy_pay(w, l, i % 8, i / 8, 9, 1 + i);
		if (expected(i) != NULL && i / 3 % 3 == 0)
			w->p[w->len - 1] ^= 1;
		else if (expected(i) != NULL && i / 3 % 3 == 1)
			w->len--;
		else if (expected(i) != NULL)
			w->p[0] = 77;
	}
	ledger_free(l);
}

static void
give_all(struct verify_pool *p)
{
	for (unsigned i = 0; i < N; i++) {
		all.jobs[i] = (struct verify_job){ .bytes = all.bytes[i].p, .len = all.bytes[i].len };
		verify_pool_give(p, &all.jobs[i]);
	}
}

static size_t
count_right(const struct verify_job *list)
{
	size_t n = 0;

	for (; list != NULL; list = list->next, n++) {
		unsigned i = (unsigned)(list - all.jobs);
		struct hash256 digest;

		sha256(&digest, all.bytes[i].p, all.bytes[i].len);
		CU_ASSERT(hash256_eq(&digest, &list->digest));
		if (expected(i) == NULL)
			CU_ASSERT_PTR_NULL(list->why);
		if (expected(i) != NULL && list->why != NULL)
			CU_ASSERT_STRING_EQUAL(list->why, expected(i));
		CU_ASSERT_EQUAL(expected(i) == NULL, list->why == NULL);
	}
	return n;
}

static void
verdicts_are_those_of_one_thread(void)
{
	static const unsigned threads[] = { 1, 2, 7 };

	for (size_t k = 0; k < ARRAY_LEN(threads); k++) {
		struct verify_pool *p = verify_pool_new(&all.genesis, threads[k], NULL, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		verify_pool_finish(p); /* nothing to do */
		CU_ASSERT_PTR_NULL(verify_pool_take(p));
		give_all(p);
		verify_pool_finish(p);
		CU_ASSERT_EQUAL(count_right(verify_pool_take(p)), N);
		CU_ASSERT_PTR_NULL(verify_pool_take(p));
		verify_pool_free(p);
	}
}

static void
told(void *context)
{
	atomic_fetch_add((atomic_uint *)context, 1);
}

/* Whoever takes all whenever he is woken gets everything. */
static void
each_wake_brings_something_and_none_is_lost(void)
{
	atomic_uint wakes = 0;
	struct verify_pool *p = verify_pool_new(&all.genesis, 2, told, &wakes);
	unsigned seen = 0;
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	give_all(p);
	for (int patience = 0; n < N && patience < 20000; patience++) {
		if (atomic_load(&wakes) != seen) {
			seen = atomic_load(&wakes);
			n += count_right(verify_pool_take(p));
		} else {
			usleep(1000);
		}
	}
	CU_ASSERT_EQUAL(n, N);
	CU_ASSERT(atomic_load(&wakes) >= 1 && atomic_load(&wakes) <= N);
	verify_pool_free(p);
}

/* At the end, whatever stage it is in: memory is the owner's again. */
static void
freeing_leaves_nothing_running(void)
{
	for (int i = 0; i < 20; i++) {
		struct verify_pool *p = verify_pool_new(&all.genesis, 3, NULL, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		if (i % 2)
			give_all(p);
		if (i % 4 == 3)
			(void)verify_pool_take(p);
		verify_pool_free(p);
		memset(all.jobs, 0xaa, sizeof(all.jobs));
	}
	verify_pool_free(NULL);
}

static void
threads_fit_the_machine(void)
{
	CU_ASSERT(verify_pool_threads() >= 1 && verify_pool_threads() <= VERIFY_THREADS_MAX);
}

int
main(void)
{
	static const struct unit_test tests[] = {
		{ "verdicts are those of one thread", verdicts_are_those_of_one_thread },
		{ "each wake brings something and none is lost", each_wake_brings_something_and_none_is_lost },
		{ "freeing leaves nothing running", freeing_leaves_nothing_running },
		{ "threads fit the machine", threads_fit_the_machine },
	};
	int status;

	make();
	status = unit_run("verify pool", tests, ARRAY_LEN(tests));
	for (unsigned i = 0; i < N; i++)
		wr_clear(&all.bytes[i]);
	return status;
}
