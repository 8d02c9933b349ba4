/* What a signer agrees to and what it refuses; D13 among it: a coordinator that lies. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/signer_fixture.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/tally-signer-XXXXXX";
static char path[64];
static struct signer_world world;
static struct signer *signer;
static struct unixtime now;

/* A signer that has signed nothing. */
static void
start(const struct signer_limits *limits)
{
	unlink(path);
	now = (struct unixtime){ 1700000000 };
	signer = signer_world_member(&world, 0, path, limits);
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
}

static void
restart(const struct signer_limits *limits)
{
	signer_free(signer);
	signer = signer_world_member(&world, 0, path, limits);
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
}

static void
stop(void)
{
	signer_free(signer);
	signer = NULL;
}

static void
ask(struct wr *answer, const struct wr *request)
{
	static const uint8_t aux[32] = { 1 };
	uint8_t *exact = mem_dup(request->p, request->len); /* so that a sanitizer sees each byte read too far */

	wr_reset(answer);
	signer_handle(answer, signer, exact, request->len, now, aux);
	free(exact);
}

/* "OK", or the reason; a plan's signatures are checked. */
static const char *
verdict(const struct plan_case *c)
{
	static char reason[64];
	struct hash256 message[PLAN_INPUTS_MAX];
	struct wr request = { 0 }, answer = { 0 };
	const uint8_t *sigs;

	wr_plan_case(&request, c);
	ask(&answer, &request);
	if (signer_sigs_answer(&sigs, c->sheet.in_n, reason, sizeof(reason), answer.p, answer.len)) {
		snprintf(reason, sizeof(reason), "OK");
		CU_ASSERT_FATAL(plan_messages(message, &c->sheet, &world.vault));
		for (size_t i = 0; i < c->sheet.in_n; i++) {
			struct schnorr_sig sig;

			memcpy(sig.b, sigs + 64 * i, 64);
			CU_ASSERT(schnorr_verify(&sig, &world.federation.member[0].key, &message[i]));
		}
	}
	wr_clear(&request);
	wr_clear(&answer);
	return reason;
}

#define CHECK_VERDICT(c, want) CU_ASSERT_STRING_EQUAL(verdict(c), want)

static void
an_honest_plan_is_signed_and_again(void)
{
	struct plan_case c, d;
	struct stat first, second;

	start(NULL);
	plan_case_init(&c, &world, 1, 3);
	plan_case_init(&d, &world, 2, 0);
	CHECK_VERDICT(&c, "OK");
	CU_ASSERT(stat(path, &first) == 0);
	CHECK_VERDICT(&c, "OK"); /* an answer that was lost: the same once more, and nothing new in the log */
	CU_ASSERT(stat(path, &second) == 0 && first.st_size == second.st_size && first.st_size > 0);
	CHECK_VERDICT(&d, "OK"); /* a refresh */
	plan_case_clear(&c);
	plan_case_clear(&d);
	stop();
}

static void
two_members_make_it_complete(void)
{
	struct plan_case c;
	struct wr request = { 0 }, answer[2] = { { 0 }, { 0 } };
	struct plan_share shares[2];
	struct tx tx;
	char reason[64];

	plan_case_init(&c, &world, 1, 2);
	wr_plan_case(&request, &c);
	for (unsigned i = 0; i < 2; i++) {
		unlink(path);
		signer = signer_world_member(&world, 2 * i, path, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
		CU_ASSERT(signer_member(signer) == 2 * i && strcmp(signer_name(signer), i == 0 ? "member-0" : "member-2") == 0);
		ask(&answer[i], &request);
		shares[i].member = (uint8_t)(2 * i);
		CU_ASSERT_FATAL(signer_sigs_answer(&shares[i].sigs, 2, reason, sizeof(reason), answer[i].p, answer[i].len));
		stop();
	}
	CU_ASSERT_FATAL(plan_complete_transaction(&tx, &c.sheet, &world.vault, shares, 2));
	CU_ASSERT_EQUAL(tx_weight(&tx), plan_weight(&c.sheet, &world.vault));
	tx_clear(&tx);
	wr_clear(&request);
	wr_clear(&answer[0]);
	wr_clear(&answer[1]);
	plan_case_clear(&c);
}

static void
only_a_member_has_a_signer(void)
{
	struct signer_limits limits = signer_limits_default(&world.params);
	struct secret_key stranger = test_secret(13); /* a recovery key is no member's */
	struct signer_log *log;
	const char *why = NULL;

	unlink(path);
	CU_ASSERT(signer_log_open(&log, path) == SIGNER_LOG_OK);
	CU_ASSERT_PTR_NULL(signer_new(&why, &world.params, &world.federation, &world.genesis_id, &stranger, &limits, log));
	CU_ASSERT_PTR_NOT_NULL(why);
	CU_ASSERT(signer_log_open(&log, path) == SIGNER_LOG_OK); /* the first was closed */
	memset(stranger.b, 0, sizeof(stranger.b));
	CU_ASSERT_PTR_NULL(signer_new(&why, &world.params, &world.federation, &world.genesis_id, &stranger, &limits, log));
}

static void
s1_another_federation(void)
{
	struct plan_case c;

	start(NULL);
	plan_case_init(&c, &world, 1, 1);
	c.sheet.epoch = 1;
	CHECK_VERDICT(&c, "OTHER_FEDERATION");
	c.sheet.epoch = 0;
	c.sheet.tx_version = 3; /* another genesis' parameter */
	CHECK_VERDICT(&c, "OTHER_FEDERATION");
	c.sheet.tx_version = 2;
	CHECK_VERDICT(&c, "OK");
	plan_case_clear(&c);
	stop();
}

static void
s1_what_cannot_be_rebuilt(void)
{
	struct plan_case c;
	struct stat st;

	start(NULL);
	plan_case_init(&c, &world, 1, 0);
	c.sheet.change_n = 0;
	CHECK_VERDICT(&c, "BAD_PLAN"); /* no output */
	plan_case_fee(&c, 1000);
	c.sheet.in_n = 0;
	CHECK_VERDICT(&c, "BAD_PLAN");
	c.sheet.in_n = 2;
	c.sheet.in[0].deposit = true;
	memset(c.sheet.in[0].terms.reclaim.b, 0xff, 32); /* no point of the curve: there is no such address */
	CHECK_VERDICT(&c, "BAD_PLAN");
	CU_ASSERT(stat(path, &st) == 0 && st.st_size == 0);
	c.sheet.in[0].terms.reclaim = test_key(1);
	CHECK_VERDICT(&c, "OK");
	plan_case_clear(&c);
	stop();
}

static void
s2_sums(void)
{
	struct plan_case c;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	plan_case_fee(&c, 0);
	CHECK_VERDICT(&c, "BAD_SUMS");
	c.sheet.change[0]++; /* outputs above inputs */
	CHECK_VERDICT(&c, "BAD_SUMS");
	c.sheet.change[0] = UINT64_MAX;
	CHECK_VERDICT(&c, "BAD_SUMS");
	plan_case_fee(&c, 1000);
	c.sheet.change_n = 2;
	c.sheet.change[1] = UINT64_MAX - c.sheet.change[0] + 1; /* would wrap to nothing */
	CHECK_VERDICT(&c, "BAD_SUMS");
	plan_case_fee(&c, 1000);
	c.sheet.in[0].value = COIN_MAX;
	CHECK_VERDICT(&c, "BAD_SUMS");
	c.sheet.in[0].value = 50000000;
	c.sheet.in[1].prevout = c.sheet.in[0].prevout;
	CHECK_VERDICT(&c, "INPUT_TWICE");
	plan_case_clear(&c);
	stop();
}

static void
s2_d13_the_fee_is_raised_or_change_dropped(void)
{
	struct plan_case c;
	struct signer_limits limits = signer_limits_default(&world.params);
	uint64_t most;

	limits.max_rate = 10000;
	start(&limits);
	plan_case_init(&c, &world, 1, 2);
	most = plan_case_fee_at(&c, &world, limits.max_rate);
	plan_case_fee(&c, most + 1);
	CHECK_VERDICT(&c, "FEE_TOO_HIGH");
	c.sheet.rate = UINT32_MAX; /* what the sheet says about itself counts for nothing */
	CHECK_VERDICT(&c, "FEE_TOO_HIGH");
	c.sheet.change_n = 0;
	CHECK_VERDICT(&c, "FEE_TOO_HIGH");
	plan_case_fee(&c, most);
	CHECK_VERDICT(&c, "OK");
	plan_case_clear(&c);
	stop();
}

static void
s3_d13_an_output_nobody_ordered(void)
{
	struct plan_case c, other;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	plan_case_init(&other, &world, 2, 1);
	c.sheet.pay[2] = c.sheet.pay[1];
	c.sheet.pay[2].payout = 199;
	c.sheet.pay_n = 3;
	plan_case_fee(&c, 1000);
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT"); /* no order at all */
	c.n = 3;
	c.evidence[2] = c.evidence[1];
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT"); /* an order of another payout */
	c.evidence[2].payout = 199;
	CHECK_VERDICT(&c, "PAYOUT_TWICE"); /* one order for two */
	c.evidence[2] = other.evidence[0];
	c.evidence[2].payout = 199;
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT"); /* a real order, of another amount and script */
	c.n = c.sheet.pay_n = 2;
	plan_case_fee(&c, 1000);
	c.sheet.pay[1].amount++;
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT");
	c.sheet.pay[1].amount--;
	c.sheet.pay[1].script[5] ^= 1;
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT");
	c.sheet.pay[1].script[5] ^= 1;
	c.sheet.pay[1].script_len--;
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT");
	c.sheet.pay[1].script_len++;
	c.sheet.kind = PLAN_SWEEP; /* whatever it calls itself */
	c.n = 0;
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT");
	plan_case_clear(&c);
	plan_case_clear(&other);
	stop();
}

static void
s3_orders_that_are_none(void)
{
	struct plan_case c;
	struct wr relay = { 0 }, short_order = { 0 };
	struct signer_evidence good;

	start(NULL);
	plan_case_init(&c, &world, 1, 1);
	good = c.evidence[0];
	c.evidence[0].op = 0; /* another operation of the transaction */
	CHECK_VERDICT(&c, "BAD_ORDER");
	c.evidence[0].op = 2;
	CHECK_VERDICT(&c, "BAD_ORDER");
	c.evidence[0].op = UINT32_MAX;
	CHECK_VERDICT(&c, "BAD_ORDER");
	c.evidence[0] = good;
	c.evidence[0].len = 20;
	CHECK_VERDICT(&c, "BAD_ORDER");
	c.evidence[0].len = 0;
	CHECK_VERDICT(&c, "BAD_ORDER");
	wr_peg_relay(&relay, PEG_PAYOUT, "", 0); /* signed by nobody */
	c.evidence[0] = (struct signer_evidence){ good.payout, 0, relay.p, relay.len };
	CHECK_VERDICT(&c, "BAD_ORDER");
	wr_bytes(&short_order, good.transaction, good.len - 1);
	c.evidence[0] = good;
	c.evidence[0].transaction = short_order.p;
	c.evidence[0].len = short_order.len;
	CHECK_VERDICT(&c, "ORDER_NOT_SIGNED");
	c.evidence[0] = good;
	CHECK_VERDICT(&c, "OK");
	wr_clear(&relay);
	wr_clear(&short_order);
	plan_case_clear(&c);
	stop();
}

static void
s3_orders_of_another_chain_or_forged(void)
{
	struct plan_case c;
	struct signer_world elsewhere = world;

	start(NULL);
	plan_case_init(&c, &world, 1, 1);
	c.order[0].p[c.order[0].len - 1] ^= 1;
	CHECK_VERDICT(&c, "ORDER_NOT_SIGNED");
	c.order[0].p[c.order[0].len - 1] ^= 1;
	elsewhere.genesis_id.b[0] ^= 1;
	plan_case_order(&c, &elsewhere, 0, 0, 1, 1000000);
	CHECK_VERDICT(&c, "ORDER_NOT_SIGNED");
	plan_case_clear(&c);
	stop();
}

static void
s4_a_second_plan_on_an_input(void)
{
	struct plan_case c, d;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	plan_case_init(&d, &world, 2, 1);
	CHECK_VERDICT(&c, "OK");
	d.sheet.in[1].prevout = c.sheet.in[0].prevout;
	CHECK_VERDICT(&d, "INPUT_SIGNED_BEFORE");
	plan_case_clear(&d);
	plan_case_init(&d, &world, 2, 0); /* to the vault alone: neither */
	d.sheet.in[0].prevout = c.sheet.in[1].prevout;
	CHECK_VERDICT(&d, "INPUT_SIGNED_BEFORE");
	restart(NULL);
	CHECK_VERDICT(&d, "INPUT_SIGNED_BEFORE");
	CHECK_VERDICT(&c, "OK");
	plan_case_clear(&c);
	plan_case_clear(&d);
	stop();
}

static void
s4_versions_only_raise_the_fee(void)
{
	struct plan_case c;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	CHECK_VERDICT(&c, "OK");
	for (uint32_t version = 1; version <= 3; version++) { /* the fee changes, and with it the change */
		c.sheet.version = version;
		c.sheet.rate *= 2;
		plan_case_fee(&c, plan_case_fee_at(&c, &world, c.sheet.rate));
		CHECK_VERDICT(&c, "OK");
	}
	c.sheet.change[1] = 1000000; /* change may be split anew, in a version of its own */
	c.sheet.change[0] -= 1000000;
	c.sheet.change_n = 2;
	CHECK_VERDICT(&c, "VERSION_CHANGED");
	restart(NULL);
	CHECK_VERDICT(&c, "VERSION_CHANGED");
	c.sheet.version = 4;
	CHECK_VERDICT(&c, "OK");
	plan_case_clear(&c);
	stop();
}

/* Each change of what a plan is about, under the number of one that was signed, in a new version. */
static void
s4_another_content_under_a_plans_number(void)
{
	struct plan_case c, d;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	CHECK_VERDICT(&c, "OK");
	for (int round = 0; round < 2; round++) {
		for (int change = 0; change < 7; change++) {
			plan_case_init(&d, &world, 1, change == 0 ? 3 : change == 1 ? 1 : 2);
			d.sheet.version = 1;
			if (change == 2)
				plan_case_order(&d, &world, 1, 1, 77, 2000001);
			if (change == 3)
				plan_case_order(&d, &world, 1, 5, 77, 2000000); /* another script */
			if (change == 4)
				d.sheet.in[1].prevout.index = 9;
			if (change == 5)
				d.sheet.anchor_hash.b[0] ^= 1;
			if (change == 6)
				d.sheet.in_n = 1;
			plan_case_fee(&d, 1000);
			CHECK_VERDICT(&d, "PLAN_CHANGED");
			plan_case_clear(&d);
		}
		restart(NULL);
	}
	plan_case_clear(&c);
	stop();
}

static void
s5_a_payout_in_two_plans(void)
{
	struct plan_case c, d;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	plan_case_init(&d, &world, 2, 1);
	CHECK_VERDICT(&c, "OK");
	d.sheet.pay[0] = c.sheet.pay[1];
	d.evidence[0] = c.evidence[1];
	plan_case_fee(&d, 1000);
	CHECK_VERDICT(&d, "PAYOUT_SIGNED_BEFORE");
	d.sheet.pay[0].payout = d.evidence[0].payout = 5000; /* under another number */
	CHECK_VERDICT(&d, "PAYOUT_SIGNED_BEFORE");
	restart(NULL);
	CHECK_VERDICT(&d, "PAYOUT_SIGNED_BEFORE");
	plan_case_clear(&c);
	plan_case_clear(&d);
	stop();
}

static struct signer_limits
outflow_limit(uint64_t most, uint32_t blocks, int64_t seconds)
{
	struct signer_limits l = signer_limits_default(&world.params);

	CU_ASSERT_FATAL(amount_from_units(&l.max_outflow, most));
	l.window_blocks = blocks;
	l.window_seconds = seconds;
	return l;
}

static void
s6_outflow_by_height(void)
{
	struct plan_case c, d, e;
	struct signer_limits limits;

	plan_case_init(&c, &world, 1, 1);
	plan_case_init(&d, &world, 2, 1);
	plan_case_init(&e, &world, 3, 0);
	limits = outflow_limit(plan_case_gross(&c) - 1, 10, 0);
	start(&limits);
	CHECK_VERDICT(&c, "OUTFLOW_LIMIT"); /* one satoshi more than the limit */
	stop();
	limits = outflow_limit(plan_case_gross(&c), 10, 0);
	start(&limits);
	CHECK_VERDICT(&c, "OK"); /* exactly the limit */
	CHECK_VERDICT(&d, "OUTFLOW_LIMIT");
	CHECK_VERDICT(&e, "OK"); /* moves to the vault go on */
	d.height = c.height + 9;
	CHECK_VERDICT(&d, "OUTFLOW_LIMIT");
	restart(&limits);
	CHECK_VERDICT(&d, "OUTFLOW_LIMIT");
	c.sheet.version = 1; /* another version of what was counted */
	plan_case_fee(&c, 2000);
	CHECK_VERDICT(&c, "OK");
	d.height = c.height + 10;
	CHECK_VERDICT(&d, "OK");
	plan_case_clear(&c);
	plan_case_clear(&d);
	plan_case_clear(&e);
	stop();
}

static void
s6_outflow_by_the_signers_own_clock(void)
{
	struct plan_case c, d;
	struct signer_limits limits;

	plan_case_init(&c, &world, 1, 1);
	plan_case_init(&d, &world, 2, 1);
	limits = outflow_limit(plan_case_gross(&c) + 5, 10, 6000);
	start(&limits);
	CHECK_VERDICT(&c, "OK");
	d.height = UINT32_MAX; /* a daemon that lies about the height */
	now.sec += 5999;
	CHECK_VERDICT(&d, "OUTFLOW_LIMIT");
	restart(&limits);
	CHECK_VERDICT(&d, "OUTFLOW_LIMIT");
	now.sec += 1;
	CHECK_VERDICT(&d, "OK");
	plan_case_clear(&c);
	plan_case_clear(&d);
	stop();
}

static void
s6_fees_have_a_limit_too(void)
{
	struct plan_case c, d;
	struct signer_limits limits = outflow_limit(10000, 10, 0);

	start(&limits);
	plan_case_init(&c, &world, 1, 0);
	plan_case_init(&d, &world, 2, 0);
	plan_case_fee(&c, 6000);
	CHECK_VERDICT(&c, "OK");
	plan_case_fee(&d, 4001);
	CHECK_VERDICT(&d, "FEES_LIMIT"); /* a vault that is moved about until fees have eaten it */
	plan_case_fee(&d, 4000);
	CHECK_VERDICT(&d, "OK");
	c.sheet.version = 1;
	plan_case_fee(&c, 6001);
	CHECK_VERDICT(&c, "FEES_LIMIT");
	restart(&limits);
	CHECK_VERDICT(&c, "FEES_LIMIT");
	c.height += 10;
	CHECK_VERDICT(&c, "OK");
	plan_case_clear(&c);
	plan_case_clear(&d);
	stop();
}

static void
defaults_come_from_the_genesis(void)
{
	struct signer_limits l = signer_limits_default(&world.params);
	struct peg_params real;

	CU_ASSERT(amount_cmp(l.max_outflow, world.params.outflow_cap) == 0 && l.window_blocks == world.params.cap_window);
	CU_ASSERT(l.max_rate == 500000 && l.window_seconds == 0);
	peg_params_default(&real, chain_params_find("main"));
	CU_ASSERT_EQUAL(signer_limits_default(&real).window_seconds, 144 * 600);
}

/* The log takes no more: nothing is signed, nor afterwards. */
static void
no_signature_without_the_log(void)
{
	struct rlimit before = { 0 }, limit;
	struct plan_case c, d;
	struct stat st;

	start(NULL);
	plan_case_init(&c, &world, 1, 1);
	plan_case_init(&d, &world, 2, 1);
	CHECK_VERDICT(&c, "OK");
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_FATAL(stat(path, &st) == 0 && getrlimit(RLIMIT_FSIZE, &before) == 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + 10;
	CU_ASSERT_FATAL(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK_VERDICT(&d, "LOG_NOT_WRITTEN");
	CU_ASSERT_FATAL(setrlimit(RLIMIT_FSIZE, &before) == 0);
	CHECK_VERDICT(&d, "LOG_NOT_WRITTEN");
	CHECK_VERDICT(&c, "OK"); /* what stands in it can be said again */
	restart(NULL);
	CHECK_VERDICT(&d, "OK");
	plan_case_clear(&c);
	plan_case_clear(&d);
	stop();
}

/* Nothing that was refused leaves a trace that later refuses an honest plan. */
static void
a_refusal_changes_nothing(void)
{
	struct plan_case c;
	struct stat st;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	c.sheet.pay[1].amount++;
	CHECK_VERDICT(&c, "FOREIGN_OUTPUT");
	c.sheet.pay[1].amount--;
	CU_ASSERT(stat(path, &st) == 0 && st.st_size == 0);
	CHECK_VERDICT(&c, "OK");
	plan_case_clear(&c);
	stop();
}

static bool
refused_as(const struct wr *request, const char *want)
{
	struct wr answer = { 0 };
	const uint8_t *sigs;
	char reason[64];
	bool ok;

	ask(&answer, request);
	ok = !signer_sigs_answer(&sigs, 1, reason, sizeof(reason), answer.p, answer.len) && strcmp(reason, want) == 0;
	wr_clear(&answer);
	return ok;
}

/* Every request cut short or grown, and every kind there is not. */
static void
malformed_requests(void)
{
	struct deposit_terms terms = { .account = test_account(1), .reclaim = test_key(2), .nonce = 5 };
	struct wr request[4] = { { 0 } }, odd = { 0 };
	struct plan_case c;
	struct stat st;

	start(NULL);
	plan_case_init(&c, &world, 1, 2);
	wr_signer_hello(&request[0], &world.genesis_id);
	wr_plan_case(&request[1], &c);
	wr_signer_feerate(&request[2], 0, 1, 2000);
	wr_signer_intent(&request[3], 1, &terms);
	for (size_t k = 0; k < 4; k++) {
		for (size_t cut = 0; cut < request[k].len; cut++) {
			struct wr part = { request[k].p, cut, cut };

			CU_ASSERT(refused_as(&part, "BAD_REQUEST"));
		}
		wr_u8(&request[k], 0);
		CU_ASSERT(refused_as(&request[k], "BAD_REQUEST"));
		wr_clear(&request[k]);
	}
	for (unsigned kind = 0; kind < 256; kind = kind == 0 ? 5 : kind + 1) {
		wr_reset(&odd);
		wr_u8(&odd, (uint8_t)kind);
		CU_ASSERT(refused_as(&odd, "BAD_REQUEST"));
	}
	CU_ASSERT(stat(path, &st) == 0 && st.st_size == 0); /* nothing signed */
	wr_clear(&odd);
	plan_case_clear(&c);
	stop();
}

static void
hello_names_the_member(void)
{
	struct wr request = { 0 }, answer = { 0 };
	struct hash256 other = { { 9 } };
	struct signer_hello h;
	char reason[64];

	start(NULL);
	wr_signer_hello(&request, &world.genesis_id);
	ask(&answer, &request);
	CU_ASSERT(signer_hello_answer(&h, reason, sizeof(reason), answer.p, answer.len));
	CU_ASSERT(h.member == 0 && xonly_eq(&h.key, &world.federation.member[0].key) && h.max_rate == 500000);
	wr_reset(&request);
	wr_signer_hello(&request, &other);
	CU_ASSERT(refused_as(&request, "OTHER_GENESIS"));
	wr_clear(&request);
	wr_clear(&answer);
	stop();
}

/* The signature of an answer with one, verified over the message. */
static bool
signed_as(const struct wr *request, const struct hash256 *message)
{
	struct wr answer = { 0 };
	struct schnorr_sig sig;
	const uint8_t *bytes;
	char reason[64];
	bool ok;

	ask(&answer, request);
	ok = signer_sigs_answer(&bytes, 1, reason, sizeof(reason), answer.p, answer.len);
	if (ok) {
		memcpy(sig.b, bytes, 64);
		ok = schnorr_verify(&sig, &world.federation.member[0].key, message);
	}
	wr_clear(&answer);
	return ok;
}

static void
fee_votes(void)
{
	struct op_feerate op = { .rate = 2000, .mark = { .counter = 3 } };
	struct hash256 message;
	struct wr request = { 0 };

	start(NULL);
	feerate_message(&message, &world.genesis_id, &op);
	wr_signer_feerate(&request, 0, 3, 2000);
	CU_ASSERT(signed_as(&request, &message));
	wr_reset(&request);
	wr_signer_feerate(&request, 1, 3, 2000);
	CU_ASSERT(refused_as(&request, "OTHER_FEDERATION"));
	wr_reset(&request);
	wr_signer_feerate(&request, 0, 3, 500001);
	CU_ASSERT(refused_as(&request, "FEE_TOO_HIGH"));
	wr_clear(&request);
	stop();
}

static void
endorsements(void)
{
	struct op_intent op = { .terms = { .account = test_account(1), .reclaim = test_key(2), .nonce = 5 }, .mark = { .counter = 8 } };
	struct hash256 message;
	struct wr request = { 0 };

	start(NULL);
	intent_message(&message, &world.genesis_id, &op);
	wr_signer_intent(&request, 8, &op.terms);
	CU_ASSERT(signed_as(&request, &message));
	wr_reset(&request);
	op.terms.epoch = 1;
	wr_signer_intent(&request, 8, &op.terms);
	CU_ASSERT(refused_as(&request, "OTHER_FEDERATION"));
	wr_clear(&request);
	stop();
}

static const struct unit_test tests[] = {
	{ "an honest plan is signed, and again", an_honest_plan_is_signed_and_again },
	{ "two members make it complete", two_members_make_it_complete },
	{ "only a member has a signer", only_a_member_has_a_signer },
	{ "S1 another federation", s1_another_federation },
	{ "S1 what cannot be rebuilt", s1_what_cannot_be_rebuilt },
	{ "S2 sums", s2_sums },
	{ "S2 D13 the fee is raised or change dropped", s2_d13_the_fee_is_raised_or_change_dropped },
	{ "S3 D13 an output nobody ordered", s3_d13_an_output_nobody_ordered },
	{ "S3 orders that are none", s3_orders_that_are_none },
	{ "S3 orders of another chain, or forged", s3_orders_of_another_chain_or_forged },
	{ "S4 a second plan on an input", s4_a_second_plan_on_an_input },
	{ "S4 versions only raise the fee", s4_versions_only_raise_the_fee },
	{ "S4 another content under a plan's number", s4_another_content_under_a_plans_number },
	{ "S5 a payout in two plans", s5_a_payout_in_two_plans },
	{ "S6 outflow by height", s6_outflow_by_height },
	{ "S6 outflow by the signer's own clock", s6_outflow_by_the_signers_own_clock },
	{ "S6 fees have a limit too", s6_fees_have_a_limit_too },
	{ "defaults come from the genesis", defaults_come_from_the_genesis },
	{ "no signature without the log", no_signature_without_the_log },
	{ "a refusal changes nothing", a_refusal_changes_nothing },
	{ "malformed requests", malformed_requests },
	{ "hello names the member", hello_names_the_member },
	{ "fee votes", fee_votes },
	{ "endorsements", endorsements },
};

int
main(void)
{
	int result;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/log", folder);
	signer_world_init(&world);
	result = unit_run("signer", tests, ARRAY_LEN(tests));
	signer_world_clear(&world);
	unlink(path);
	rmdir(folder);
	return result;
}
