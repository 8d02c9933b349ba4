#include "bridge/engine_solo.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/signing.h"
#include "tests/unit/toy.h"
#include "tests/unit/unit.h"

static char path[] = "/tmp/test_engine_XXXXXX";

/* A chain with an engine; the clock and the main chain's tip stand where the test puts them. */
static struct {
	struct event_base *base;
	struct ledger *l;
	struct store *s;
	struct engine *e;
	struct unixtime now, tip;
	bool tip_known;
	char fatal[400];
	char heard[4000]; /* what listeners and submitters were told, in order */
} t;

static void PRINTF_LIKE(1, 2)
hear(const char *format, ...)
{
	size_t n = strlen(t.heard);
	va_list ap;

	va_start(ap, format);
	vsnprintf(t.heard + n, sizeof(t.heard) - n, format, ap);
	va_end(ap);
}

static struct unixtime
clock_fn(void *context)
{
	(void)context;
	return t.now;
}

static bool
tip_fn(void *context, struct unixtime *out)
{
	(void)context;
	*out = t.tip;
	return t.tip_known;
}

static void
on_fatal(void *context, const char *why)
{
	CU_ASSERT_PTR_EQUAL(context, &t);
	CU_ASSERT_STRING_EQUAL(t.fatal, "");
	snprintf(t.fatal, sizeof(t.fatal), "%s", why);
}

static void
on_block(void *context, const struct ledger_block *b, const struct stored_transaction *txs, size_t n)
{
	struct ledger_block stored;
	struct ledger_tip tip = ledger_tip(t.l);
	struct hash256 hash;

	ledger_block_hash(&hash, b);
	CU_ASSERT(tip.height == b->height && hash256_eq(&tip.hash, &hash));
	CU_ASSERT(store_get_block(t.s, &stored, b->height) && memcmp(stored.seal.b, b->seal.b, 64) == 0);
	CU_ASSERT(engine_solo_seal_valid(b));
	for (size_t i = 0; i < n; i++)
		CU_ASSERT(txs[i].len > 0 && txs[i].result->code != RESULT_INVALID);
	hear("%sblock %" PRIu64 " of %zu; ", context ? (const char *)context : "", b->height, n);
}

static void
on_done(void *context, const struct result *r, uint64_t height, uint32_t index)
{
	hear("%s %s %" PRIu64 "/%" PRIu32 "; ", context ? (const char *)context : "?", r->reason, height, index);
}

static void
setup_threads(size_t block_bytes_max, const char *file, bool tip_rule, unsigned threads)
{
	struct engine_solo_options o = { .base = event_base_new(), .verify_threads = threads };

	memset(&t, 0, sizeof(t));
	t.base = o.base;
	t.now.sec = TOY_TIME + 100;
	t.l = o.ledger = toy_ledger_new();
	CU_ASSERT_EQUAL_FATAL(store_open(&t.s, file, t.l, toy_genesis()), STORE_OK);
	o.store = t.s;
	o.key = test_secret(15);
	o.fatal = on_fatal;
	o.fatal_context = &t;
	o.clock = clock_fn;
	o.block_bytes_max = block_bytes_max;
	o.main_tip_time = tip_rule ? tip_fn : NULL;
	t.e = engine_solo_new(&o);
	engine_listen(t.e, on_block, NULL);
}

static void
setup_all(size_t block_bytes_max, const char *file, bool tip_rule)
{
	setup_threads(block_bytes_max, file, tip_rule, 0);
}

static void
setup(size_t block_bytes_max, const char *file)
{
	setup_all(block_bytes_max, file, false);
}

static void
teardown(void)
{
	engine_free(t.e);
	store_close(t.s);
	ledger_free(t.l);
	event_base_free(t.base);
}

/* Let the loop run until nothing is left to do at once. */
static void
turn(void)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(t.base, EVLOOP_NONBLOCK);
}

static const char *
submit(const struct wr *w, const char *who)
{
	static char reason[64];
	struct result r;

	engine_submit(&r, t.e, w->p, w->len, on_done, (void *)(uintptr_t)who);
	snprintf(reason, sizeof(reason), "%s", r.reason);
	result_clear(&r);
	return reason;
}

static const char *
submit_pay(unsigned from, uint64_t nonce, const char *who)
{
	struct wr w = { 0 };
	const char *reason;

	toy_pay(&w, t.l, from, nonce, 9, 1);
	reason = submit(&w, who);
	wr_clear(&w);
	return reason;
}

static void
what_arrives_together_is_sealed_together(void)
{
	setup(0, ":memory:");
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "anna"), "OK");
	CU_ASSERT_STRING_EQUAL(submit_pay(1, 0, "bert"), "OK");
	CU_ASSERT_STRING_EQUAL(submit_pay(2, 0, "carl"), "OK");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 3);
	CU_ASSERT_STRING_EQUAL(t.heard, "");
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 1 of 3; anna OK 1/0; bert OK 1/1; carl OK 1/2; ");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 0);
	CU_ASSERT_EQUAL(ledger_tip(t.l).time.sec, TOY_TIME + 100);
	t.heard[0] = '\0';
	turn(); /* nothing waits: no block */
	CU_ASSERT_STRING_EQUAL(t.heard, "");
	CU_ASSERT_STRING_EQUAL(engine_name(t.e), "solo");
	CU_ASSERT_PTR_NULL(engine_stalled(t.e));
	teardown();
}

static void
what_is_refused_does_not_wait(void)
{
	struct wr w = { 0 };

	setup(0, ":memory:");
	CU_ASSERT_STRING_EQUAL(submit_pay(9, 0, "nobody"), "FEE_NOT_PAYABLE");
	wr_bytes(&w, "junk", 4);
	CU_ASSERT_STRING_EQUAL(submit(&w, "junk"), "BAD_VERSION");
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 0);
	wr_clear(&w);
	teardown();
}

static void
failed_ones_join_and_say_so(void)
{
	struct wr w = { 0 };

	setup(0, ":memory:");
	toy_signed(&w, t.l, 0, 0, TOY_TRIP, 0);
	CU_ASSERT_STRING_EQUAL(submit(&w, "anna"), "OK");
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 1 of 1; anna TRIPPED 1/0; ");
	wr_clear(&w);
	teardown();
}

static void
nonces_find_their_order(void)
{
	setup(0, ":memory:");
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 2, "third"), "OK");
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 1, "second"), "OK");
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, ""); /* they wait for the first */
	CU_ASSERT_EQUAL(engine_waiting(t.e), 2);
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "first"), "OK");
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 1 of 3; first OK 1/0; second OK 1/1; third OK 1/2; ");
	teardown();
}

/* Each look at the pool finds one: the loop gets its turn between the blocks. */
static void
many_nonces_in_the_wrong_order_do_not_hold_the_loop_up(void)
{
	enum { N = 100 };

	setup(0, ":memory:");
	for (uint64_t nonce = N; nonce-- > 0;)
		CU_ASSERT_STRING_EQUAL(submit_pay(0, nonce, NULL), "OK");
	engine_forget(t.e, NULL);
	event_base_loop(t.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, 1);
	CU_ASSERT(engine_waiting(t.e) > 0 && engine_waiting(t.e) < N);
	turn();
	CU_ASSERT_EQUAL(engine_waiting(t.e), 0);
	teardown();
}

static void
d1_a_doubled_submission_happens_once(void)
{
	struct wr w = { 0 };

	setup(0, ":memory:");
	toy_gift(&w, 7, 9, 5);
	CU_ASSERT_STRING_EQUAL(submit(&w, "anna"), "OK");
	CU_ASSERT_STRING_EQUAL(submit(&w, "bert"), "OK");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 1);
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 1 of 1; anna OK 1/0; bert OK 1/0; ");
	CU_ASSERT_STRING_EQUAL(submit(&w, "carl"), "GIVEN_ALREADY");
	CU_ASSERT_EQUAL(toy_balance(t.l, 9), 5);
	/* Two different ones that exclude each other: both pass the check, the second is told it came to nothing. */
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "one"), "OK");
	wr_reset(&w);
	toy_pay(&w, t.l, 0, 0, 8, 2);
	CU_ASSERT_STRING_EQUAL(submit(&w, "other"), "OK");
	t.heard[0] = '\0';
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 2 of 1; one OK 2/0; other NONCE_PAST 0/0; ");
	wr_clear(&w);
	teardown();
}

static void
what_does_not_fit_goes_into_the_next_block(void)
{
	struct wr w = { 0 };

	setup(500, ":memory:"); /* a payment has some 220 bytes */
	for (unsigned i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(submit_pay(i, 0, "x"), "OK");
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 1 of 2; x OK 1/0; x OK 1/1; block 2 of 2; x OK 2/0; x OK 2/1; block 3 of 1; x OK 3/0; ");
	teardown();

	setup(0, ":memory:");
	for (unsigned i = 0; i < 150; i++) {
		wr_reset(&w);
		toy_gift(&w, i, 9, 1);
		CU_ASSERT_STRING_EQUAL(submit(&w, NULL), "OK");
	}
	engine_forget(t.e, NULL);
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 1 of 64; block 2 of 64; block 3 of 22; ");
	wr_clear(&w);
	teardown();
}

static void
an_empty_block_at_a_deadline_only(void)
{
	struct wr w = { 0 };

	setup(0, ":memory:");
	toy_signed(&w, t.l, 0, 0, TOY_ALARM, TOY_TIME + 200);
	CU_ASSERT_STRING_EQUAL(submit(&w, "anna"), "OK");
	turn();
	t.heard[0] = '\0';
	t.now.sec = TOY_TIME + 199;
	engine_wake(t.e);
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "");
	t.now.sec = TOY_TIME + 205;
	engine_wake(t.e);
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 2 of 0; ");
	engine_wake(t.e);
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "block 2 of 0; ");
	CU_ASSERT_EQUAL(ledger_tip(t.l).time.sec, TOY_TIME + 205);
	wr_clear(&w);
	teardown();
}

static void
sealing_waits_for_the_main_chain(void)
{
	setup_all(0, ":memory:", true);
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "anna"), "OK");
	turn();
	CU_ASSERT_PTR_NOT_NULL(engine_stalled(t.e)); /* no tip at all */
	t.tip_known = true;
	t.tip.sec = t.now.sec - 86401;
	engine_wake(t.e);
	turn();
	CU_ASSERT_PTR_NOT_NULL(engine_stalled(t.e));
	CU_ASSERT_STRING_EQUAL(t.heard, "");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 1);
	t.tip.sec++;
	engine_wake(t.e);
	turn();
	CU_ASSERT_PTR_NULL(engine_stalled(t.e));
	CU_ASSERT_STRING_EQUAL(t.heard, "block 1 of 1; anna OK 1/0; ");
	teardown();
}

static void
time_never_falls(void)
{
	setup(0, ":memory:");
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "a"), "OK");
	turn();
	t.now.sec -= 60; /* a clock set back a little: time stands */
	CU_ASSERT_EQUAL(engine_block_time(t.e).sec, TOY_TIME + 100);
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 1, "b"), "OK");
	turn();
	CU_ASSERT_EQUAL(ledger_tip(t.l).time.sec, TOY_TIME + 100);
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, 2);
	t.now.sec -= 1; /* by more: something is wrong */
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 2, "c"), "OK");
	turn();
	CU_ASSERT_PTR_NOT_NULL(engine_stalled(t.e));
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, 2);
	t.now.sec += 500;
	engine_wake(t.e);
	turn();
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, 3);
	CU_ASSERT_EQUAL(ledger_tip(t.l).time.sec, TOY_TIME + 539);
	teardown();
}

static void
what_expires_while_it_waits_is_told(void)
{
	struct op op = { TOY_TRIP, test_account(0), (const uint8_t *)"", 0 };
	struct transaction tx = { .valid_until = { TOY_TIME + 150 }, .payer = op.source, .ops = &op, .ops_n = 1 };
	struct wr w = { 0 };

	setup(0, ":memory:");
	tx.fee = ledger_fee(t.l, 1);
	test_transaction(&w, &tx, ledger_genesis_id(t.l));
	CU_ASSERT_STRING_EQUAL(submit(&w, "anna"), "OK");
	t.now.sec = TOY_TIME + 151;
	turn();
	CU_ASSERT_STRING_EQUAL(t.heard, "anna EXPIRED 0/0; ");
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, 0);
	wr_clear(&w);
	teardown();
}

static void
a_broken_invariant_stops_everything(void)
{
	struct hash256 before, after;
	struct ledger_block b;
	struct wr w = { 0 };

	setup(0, ":memory:");
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "anna"), "OK");
	turn();
	state_root(&before, ledger_state(t.l));
	t.heard[0] = '\0';
	toy_signed(&w, t.l, 1, 0, TOY_BREAK, 0);
	CU_ASSERT_STRING_EQUAL(submit(&w, "bert"), "OK");
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 1, "anna"), "OK");
	turn();
	CU_ASSERT(strstr(t.fatal, "Y0: broken on purpose") != NULL);
	CU_ASSERT_STRING_EQUAL(t.heard, "");
	state_root(&after, ledger_state(t.l));
	CU_ASSERT(hash256_eq(&before, &after) && ledger_tip(t.l).height == 1);
	CU_ASSERT_FALSE(store_get_block(t.s, &b, 2));
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 1, "anna"), "ENGINE_STOPPED");
	CU_ASSERT_STRING_EQUAL(engine_stalled(t.e), t.fatal);
	engine_wake(t.e);
	turn();
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, 1);
	wr_clear(&w);
	teardown();
}

static void
r3_a_full_disk_stops_everything(void)
{
	struct rlimit before, tight;
	uint64_t height;

	unlink(path);
	setup(0, path);
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "anna"), "OK");
	turn();
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	tight.rlim_cur = 200000;
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &tight), 0);
	for (uint64_t nonce = 1; t.fatal[0] == '\0' && nonce < 1000; nonce++) {
		t.heard[0] = '\0';
		CU_ASSERT_STRING_EQUAL(submit_pay(0, nonce, "anna"), "OK");
		turn();
	}
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	CU_ASSERT(strstr(t.fatal, "can't be stored") != NULL);
	CU_ASSERT_STRING_EQUAL(t.heard, ""); /* the last one was told nothing */
	height = ledger_tip(t.l).height;
	CU_ASSERT(height > 1);
	teardown();
	setup(0, path); /* after a restart with room again */
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, height);
	t.now.sec += 1;
	CU_ASSERT_STRING_EQUAL(submit_pay(1, 0, "bert"), "OK");
	turn();
	CU_ASSERT_EQUAL(ledger_tip(t.l).height, height + 1);
	teardown();
	unlink(path);
}

static void
submits_again(void *context, const struct result *r, uint64_t height, uint32_t index)
{
	on_done(context, r, height, index);
	if (height < 3)
		CU_ASSERT_STRING_EQUAL(submit_pay(1, height, "again"), "OK");
	engine_forget(t.e, "gone");
	engine_unlisten(t.e, on_block, NULL);
}

static void
listens_more(void *context, const struct ledger_block *b, const struct stored_transaction *txs, size_t n)
{
	(void)context, (void)txs;
	if (ledger_tip(t.l).height == 1)
		engine_listen(t.e, on_block, (void *)(uintptr_t)"late ");
	hear("listener (%" PRIu64 ", %zu) ", b->height, n);
}

static void
callees_may_submit_listen_and_leave(void)
{
	struct wr w = { 0 };
	struct result r;

	setup(0, ":memory:");
	engine_listen(t.e, listens_more, NULL);
	toy_pay(&w, t.l, 0, 0, 1, 1);
	engine_submit(&r, t.e, w.p, w.len, submits_again, (void *)(uintptr_t)"first");
	result_clear(&r);
	engine_submit(&r, t.e, w.p, w.len, on_done, (void *)(uintptr_t)"gone");
	result_clear(&r);
	engine_submit(&r, t.e, w.p, w.len, NULL, NULL);
	CU_ASSERT_EQUAL(r.code, RESULT_OK);
	result_clear(&r);
	wr_reset(&w);
	toy_pay(&w, t.l, 1, 0, 1, 1);
	engine_submit(&r, t.e, w.p, w.len, submits_again, (void *)(uintptr_t)"second");
	result_clear(&r);
	turn();
	CU_ASSERT(strstr(t.heard, "gone") == NULL);
	CU_ASSERT(strstr(t.heard, "first OK 1/0; second OK 1/1; ") != NULL);
	CU_ASSERT(strstr(t.heard, "late block 2 of 1; ") != NULL);
	CU_ASSERT(strstr(t.heard, "listener (2, 1)") != NULL);
	CU_ASSERT(strstr(t.heard, "; block 2") == NULL); /* on_block without a name has left */
	wr_clear(&w);
	teardown();
}

static void
a_seal_binds_the_block(void)
{
	struct ledger_block b;

	setup(0, ":memory:");
	CU_ASSERT_STRING_EQUAL(submit_pay(0, 0, "anna"), "OK");
	turn();
	CU_ASSERT(store_get_block(t.s, &b, 1));
	CU_ASSERT(engine_solo_seal_valid(&b));
	b.time.sec++;
	CU_ASSERT_FALSE(engine_solo_seal_valid(&b));
	b.time.sec--;
	b.seal.b[63] ^= 1;
	CU_ASSERT_FALSE(engine_solo_seal_valid(&b));
	b.seal.b[63] ^= 1;
	b.proposer.type = ACCOUNT_MODULE;
	CU_ASSERT_FALSE(engine_solo_seal_valid(&b));
	teardown();
}

/* Let the loop run until so many blocks stand or have been given up on. */
static void
turn_until(uint64_t height)
{
	for (int patience = 0; ledger_tip(t.l).height < height && patience < 20000; patience++) {
		event_base_loop(t.base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	turn();
}

static void
on_taken(void *context, const struct hash256 *id)
{
	CU_ASSERT_FALSE(hash256_is_zero(id));
	hear("%s taken; ", (const char *)context);
}

static const char *
submit_taken(const struct wr *w, const char *who)
{
	static char reason[64];
	struct result r;

	engine_submit_taken(&r, t.e, w->p, w->len, on_taken, on_done, (void *)(uintptr_t)who);
	snprintf(reason, sizeof(reason), "%s", r.reason);
	result_clear(&r);
	return reason;
}

static void
threads_check_the_signatures(void)
{
	struct wr w = { 0 };

	setup_threads(0, ":memory:", false, 2);
	toy_pay(&w, t.l, 0, 0, 9, 1);
	CU_ASSERT_STRING_EQUAL(submit_taken(&w, "anna"), "OK");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 1);
	CU_ASSERT_STRING_EQUAL(t.heard, ""); /* nothing is told before the loop has its turn */
	turn_until(1);
	CU_ASSERT_STRING_EQUAL(t.heard, "anna taken; block 1 of 1; anna OK 1/0; ");
	t.heard[0] = '\0';
	CU_ASSERT_STRING_EQUAL(submit_pay(9, 0, "nobody"), "FEE_NOT_PAYABLE"); /* that needs no thread */
	wr_reset(&w);
	toy_gift(&w, 7, 9, 5); /* a relay transaction has no signature */
	CU_ASSERT_STRING_EQUAL(submit_taken(&w, "gift"), "OK");
	CU_ASSERT_STRING_EQUAL(t.heard, "gift taken; ");
	turn_until(2);
	CU_ASSERT_STRING_EQUAL(t.heard, "gift taken; block 2 of 1; gift OK 2/0; ");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 0);
	wr_clear(&w);
	teardown();
}

/* A forged witness with somebody's body has that body's id: it must not take the true one's place. */
static void
a_bad_signature_hurts_nobody_else(void)
{
	struct wr good = { 0 }, bad = { 0 };

	setup_threads(0, ":memory:", false, 2);
	toy_pay(&good, t.l, 0, 0, 9, 1);
	wr_bytes(&bad, good.p, good.len);
	bad.p[bad.len - 1] ^= 1;
	CU_ASSERT_STRING_EQUAL(submit_taken(&bad, "thief"), "OK");
	CU_ASSERT_STRING_EQUAL(submit_taken(&good, "anna"), "OK");
	CU_ASSERT_STRING_EQUAL(submit_taken(&bad, "other thief"), "OK"); /* joins the first one's check */
	CU_ASSERT_STRING_EQUAL(submit_taken(&good, "anna too"), "OK");
	CU_ASSERT_EQUAL(engine_waiting(t.e), 2);
	turn_until(1);
	CU_ASSERT_PTR_NOT_NULL(strstr(t.heard, "thief BAD_SIGNATURE 0/0; other thief BAD_SIGNATURE 0/0; "));
	CU_ASSERT_PTR_NOT_NULL(strstr(t.heard, "anna taken; anna too taken; "));
	CU_ASSERT_PTR_NOT_NULL(strstr(t.heard, "block 1 of 1; anna OK 1/0; anna too OK 1/0; "));
	CU_ASSERT_EQUAL(engine_waiting(t.e), 0);
	wr_clear(&good);
	wr_clear(&bad);
	teardown();
}

static void
what_is_being_checked_joins_one_block(void)
{
	setup_threads(0, ":memory:", false, 2);
	for (uint64_t nonce = 0; nonce < 20; nonce++) {
		for (unsigned i = 0; i < 8; i++)
			CU_ASSERT_STRING_EQUAL(submit_pay(i, nonce, "gone"), "OK");
	}
	CU_ASSERT_EQUAL(engine_waiting(t.e), 160);
	engine_forget(t.e, "gone");
	for (int patience = 0; engine_waiting(t.e) > 0 && patience < 20000; patience++) {
		event_base_loop(t.base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	CU_ASSERT_EQUAL(engine_waiting(t.e), 0);
	CU_ASSERT_PTR_NULL(strstr(t.heard, "gone"));
	CU_ASSERT(ledger_tip(t.l).height >= 1 && ledger_tip(t.l).height < 20);
	teardown();
}

static void
the_end_does_not_wait_for_signatures(void)
{
	for (int i = 0; i < 10; i++) {
		setup_threads(0, ":memory:", false, 2);
		for (uint64_t nonce = 0; nonce < 10; nonce++)
			CU_ASSERT_STRING_EQUAL(submit_pay(0, nonce, "anna"), "OK");
		if (i % 2)
			turn();
		t.heard[0] = '\0';
		teardown();
		CU_ASSERT_STRING_EQUAL(t.heard, "");
	}
}

static const struct unit_test tests[] = {
	{ "threads check the signatures", threads_check_the_signatures },
	{ "a bad signature hurts nobody else", a_bad_signature_hurts_nobody_else },
	{ "what is being checked joins one block", what_is_being_checked_joins_one_block },
	{ "the end does not wait for signatures", the_end_does_not_wait_for_signatures },
	{ "what arrives together is sealed together", what_arrives_together_is_sealed_together },
	{ "what is refused does not wait", what_is_refused_does_not_wait },
	{ "failed ones join and say so", failed_ones_join_and_say_so },
	{ "nonces find their order", nonces_find_their_order },
	{ "many nonces in the wrong order do not hold the loop up", many_nonces_in_the_wrong_order_do_not_hold_the_loop_up },
	{ "D1 a doubled submission happens once", d1_a_doubled_submission_happens_once },
	{ "what does not fit goes into the next block", what_does_not_fit_goes_into_the_next_block },
	{ "an empty block at a deadline only", an_empty_block_at_a_deadline_only },
	{ "sealing waits for the main chain", sealing_waits_for_the_main_chain },
	{ "time never falls", time_never_falls },
	{ "what expires while it waits is told", what_expires_while_it_waits_is_told },
	{ "a broken invariant stops everything", a_broken_invariant_stops_everything },
	{ "R3 a full disk stops everything", r3_a_full_disk_stops_everything },
	{ "callees may submit, listen and leave", callees_may_submit_listen_and_leave },
	{ "a seal binds the block", a_seal_binds_the_block },
};

int
main(void)
{
	int fd = mkstemp(path);

	close(fd);
	log_open(NULL, LOG_ERROR);
	return unit_run("engine solo", tests, ARRAY_LEN(tests));
}
