#include "token/ledger.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/signing.h"
#include "tests/unit/toy.h"
#include "tests/unit/unit.h"
#include "token/bank.h"

static const struct asset_id coin;

static struct unixtime
at(int64_t sec)
{
	return (struct unixtime){ TOY_TIME + sec };
}

static struct hash256
root_of(struct ledger *l)
{
	struct hash256 root;

	state_root(&root, ledger_state(l));
	return root;
}

static struct ledger_block
end(struct ledger *l)
{
	struct account proposer = test_account(15);
	struct ledger_block b;
	const char *why;

	CU_ASSERT_FATAL(ledger_end(&b, &why, l, &proposer));
	CU_ASSERT_PTR_NULL(why);
	CU_ASSERT_PTR_NULL(ledger_invariants(l, true));
	return b;
}

static void
seal(struct ledger *l)
{
	struct ledger_block b = end(l);

	ledger_commit(l, &b);
}

/* Apply and give back "CODE REASON". */
static const char *
apply(struct ledger *l, const struct wr *w)
{
	static const char *const codes[] = { "", "FAILED ", "INVALID " };
	static char text[64];
	struct result r;

	ledger_apply(&r, l, w->p, w->len);
	snprintf(text, sizeof(text), "%s%s", codes[r.code], r.reason);
	result_clear(&r);
	return text;
}

static const char *
check(struct ledger *l, const struct wr *w)
{
	static char text[64];
	struct hash256 before = root_of(l), after;
	struct result r;

	ledger_check(&r, l, w->p, w->len, ledger_tip(l).time);
	snprintf(text, sizeof(text), "%s", r.reason);
	CU_ASSERT_EQUAL(r.code, strcmp(r.reason, "OK") == 0 ? RESULT_OK : RESULT_INVALID);
	result_clear(&r);
	after = root_of(l);
	CU_ASSERT(hash256_eq(&before, &after));
	return text;
}

static void
a_genesis_is_checked_and_named(void)
{
	static const struct module *const modules[] = { &bank_module, &toy_module };
	struct genesis_section sections[2] = { { "bank", NULL, 0 }, { "toy", (const uint8_t *)"x", 1 } };
	struct genesis g = *toy_genesis(), other = g;
	struct ledger *l = toy_ledger_new();
	struct hash256 a, b;

	genesis_id(&a, &g);
	CU_ASSERT(hash256_eq(&a, ledger_genesis_id(l)));
	other.chain_id = "toy-2";
	genesis_id(&b, &other);
	CU_ASSERT_FALSE(hash256_eq(&a, &b));
	ledger_free(l);

	l = ledger_new(modules, 2, &g);
	other = g, other.chain_id = "";
	CU_ASSERT_PTR_NOT_NULL(ledger_start(l, &other));
	other.chain_id = "Toy";
	CU_ASSERT_PTR_NOT_NULL(ledger_start(l, &other));
	other.chain_id = "a-chain-id-that-is-33-characters-";
	CU_ASSERT_PTR_NOT_NULL(ledger_start(l, &other));
	other = g, other.sections = sections, other.sections_n = 2;
	CU_ASSERT_STRING_EQUAL(ledger_start(l, &other), "toy: bad genesis");
	sections[0].module = "zoo";
	CU_ASSERT_STRING_EQUAL(ledger_start(l, &other), "genesis: the modules' sections are not in order, each once");
	sections[0].module = "toy";
	CU_ASSERT_STRING_EQUAL(ledger_start(l, &other), "genesis: the modules' sections are not in order, each once");
	sections[0] = (struct genesis_section){ "joy", NULL, 0 };
	sections[1].len = 0;
	CU_ASSERT_STRING_EQUAL(ledger_start(l, &other), "genesis: a section for an unknown module");
	other = g;
	CU_ASSERT(amount_from_units(&other.fee_per_op, AMOUNT_MAX / 1000 + 1));
	CU_ASSERT_STRING_EQUAL(ledger_start(l, &other), "genesis: the fees are too large");
	CU_ASSERT_EQUAL(state_count(ledger_state(l)), 0);
	CU_ASSERT_PTR_NULL(ledger_start(l, &g));
	CU_ASSERT_EQUAL(toy_balance(l, 7), 1000000);
	CU_ASSERT(ledger_tip(l).height == 0 && ledger_tip(l).time.sec == TOY_TIME);
	ledger_free(l);
}

static void
a_payment_pays_its_fee_and_raises_the_nonce(void)
{
	struct ledger *l = toy_ledger();
	struct account payer = test_account(0), to = test_account(1), fees = bank_fee_fund();
	struct wr w = { 0 };
	struct event e;
	struct result r;
	struct rd events;

	toy_pay(&w, l, 0, 0, 1, 500);
	CU_ASSERT_STRING_EQUAL(check(l, &w), "OK");
	ledger_begin(l, at(5));
	ledger_apply(&r, l, w.p, w.len);
	CU_ASSERT(r.code == RESULT_OK && strcmp(r.reason, "OK") == 0);
	CU_ASSERT_EQUAL(r.accounts.len, 2 * ACCOUNT_LEN);
	CU_ASSERT(memcmp(r.accounts.p + 1, payer.id.b, 32) == 0 && memcmp(r.accounts.p + ACCOUNT_LEN + 1, to.id.b, 32) == 0);
	events = rd_init(r.events.p, r.events.len);
	CU_ASSERT(event_next(&e, &events) && strcmp(e.name, "PAY") == 0 && e.len == ACCOUNT_LEN + 32 + 8);
	CU_ASSERT_FALSE(event_next(&e, &events));
	result_clear(&r);
	seal(l);
	CU_ASSERT(toy_balance(l, 0) == 1000000 - 511 && toy_balance(l, 1) == 1000500);
	CU_ASSERT_EQUAL(amount_units(bank_balance(ledger_state(l), &fees, &coin)), 11);
	CU_ASSERT_EQUAL(ledger_nonce(ledger_state(l), &payer), 1);
	CU_ASSERT(ledger_tip(l).height == 1 && ledger_tip(l).time.sec == TOY_TIME + 5);
	CU_ASSERT_STRING_EQUAL(check(l, &w), "NONCE_PAST");
	wr_clear(&w);
	ledger_free(l);
}

/* T10: no effect and no fee, in a pool and in a block. */
struct bad {
	struct op op;
	struct transaction t;
};

static struct bad *
good_one(struct ledger *l)
{
	static struct bad b;
	static uint8_t payload[ACCOUNT_LEN + 32 + 8];

	payload[ACCOUNT_LEN + 32] = 1;
	b.op = (struct op){ TOY_PAY, test_account(1), payload, sizeof(payload) };
	b.t = (struct transaction){ .valid_until = at(5), .payer = test_account(0), .ops = &b.op, .ops_n = 1 };
	b.t.fee = ledger_fee(l, 1);
	return &b;
}

static void
refused_everywhere(struct ledger *l, const struct wr *w, const char *in_pool, const char *in_block)
{
	struct hash256 before = root_of(l), after;
	struct ledger_block b;
	struct result r;
	char want[64];

	snprintf(want, sizeof(want), "INVALID %s", in_block);
	CU_ASSERT_STRING_EQUAL(check(l, w), in_pool);
	ledger_begin(l, at(5));
	CU_ASSERT_STRING_EQUAL(apply(l, w), want);
	CU_ASSERT_FALSE(ledger_offer(&r, l, w->p, w->len));
	CU_ASSERT_STRING_EQUAL(r.reason, in_block);
	CU_ASSERT(r.events.len == 0 && r.accounts.len == 0);
	result_clear(&r);
	b = end(l);
	CU_ASSERT(hash256_eq(&b.app_hash, &before));
	ledger_discard(l);
	after = root_of(l);
	CU_ASSERT(hash256_eq(&before, &after));
}

static void
t10_invalid_transactions_have_no_effect(void)
{
	struct ledger *l = toy_ledger();
	struct bad *b = good_one(l);
	struct wr w = { 0 };

	test_transaction(&w, &b->t, ledger_genesis_id(l));
	CU_ASSERT_STRING_EQUAL(check(l, &w), "OK");
	ledger_begin(l, at(5)); /* the last second of its life */
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
	ledger_discard(l);
	ledger_begin(l, at(6));
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "INVALID EXPIRED");
	ledger_discard(l);

	w.p[w.len - 1] ^= 1;
	refused_everywhere(l, &w, "BAD_SIGNATURE", "BAD_SIGNATURE");
	w.p[w.len - 1] ^= 1;
	w.len -= 64; /* the source hasn't signed */
	refused_everywhere(l, &w, "BAD_WITNESS", "BAD_WITNESS");
	w.len = 10;
	refused_everywhere(l, &w, "BAD_ENCODING", "BAD_ENCODING");

	b->t.nonce = 1;
	wr_reset(&w);
	test_transaction(&w, &b->t, ledger_genesis_id(l));
	ledger_begin(l, at(5));
	CU_ASSERT_STRING_EQUAL(check(l, &w), "OK"); /* a pool may hold the next one */
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "INVALID NONCE_FUTURE");
	ledger_discard(l);

	b = good_one(l);
	CU_ASSERT(amount_from_units(&b->t.fee, 10));
	wr_reset(&w);
	test_transaction(&w, &b->t, ledger_genesis_id(l));
	refused_everywhere(l, &w, "FEE_TOO_LOW", "FEE_TOO_LOW");

	b = good_one(l);
	CU_ASSERT(amount_from_units(&b->t.fee, 1000001));
	wr_reset(&w);
	test_transaction(&w, &b->t, ledger_genesis_id(l));
	refused_everywhere(l, &w, "FEE_NOT_PAYABLE", "FEE_NOT_PAYABLE");

	b = good_one(l);
	b->op.number = 1;
	wr_reset(&w);
	test_transaction(&w, &b->t, ledger_genesis_id(l));
	refused_everywhere(l, &w, "UNKNOWN_OPERATION", "UNKNOWN_OPERATION");

	b->op.number = TOY_GIFT;
	wr_reset(&w);
	test_transaction(&w, &b->t, ledger_genesis_id(l));
	refused_everywhere(l, &w, "WRONG_CARRIER", "WRONG_CARRIER");

	b->op.number = TOY_PAY;
	b->t.relay = true;
	wr_reset(&w);
	wr_transaction_body(&w, &b->t);
	refused_everywhere(l, &w, "WRONG_CARRIER", "WRONG_CARRIER");

	b = good_one(l);
	wr_reset(&w);
	test_transaction(&w, &b->t, &b->t.payer.id); /* signed for another chain */
	refused_everywhere(l, &w, "BAD_SIGNATURE", "BAD_SIGNATURE");
	wr_clear(&w);
	ledger_free(l);
}

static void
t10_a_relay_that_changes_nothing_is_not_admitted(void)
{
	struct ledger *l = toy_ledger();
	struct wr w = { 0 };

	toy_gift(&w, 1, 9, 0);
	refused_everywhere(l, &w, "NO_CHANGE", "NO_CHANGE");
	wr_reset(&w);
	toy_gift(&w, 1, 9, 50);
	CU_ASSERT_STRING_EQUAL(check(l, &w), "OK");
	ledger_begin(l, at(1));
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "INVALID GIVEN_ALREADY");
	seal(l);
	CU_ASSERT_EQUAL(toy_balance(l, 9), 50);
	refused_everywhere(l, &w, "GIVEN_ALREADY", "GIVEN_ALREADY");
	wr_clear(&w);
	ledger_free(l);
}

static void
at_most_64_relay_transactions_a_block(void)
{
	struct ledger *l = toy_ledger();
	struct hash256 before, after;
	struct wr w = { 0 };

	for (int block = 0; block < 2; block++) {
		ledger_begin(l, at(1));
		for (unsigned i = 0; i < LEDGER_RELAY_MAX; i++) {
			CU_ASSERT_EQUAL(ledger_relay_room(l), LEDGER_RELAY_MAX - i);
			wr_reset(&w);
			toy_gift(&w, (uint64_t)block * 1000 + i, 9, 1);
			CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
			CU_ASSERT_STRING_EQUAL(apply(l, &w), "INVALID GIVEN_ALREADY"); /* takes no room */
		}
		before = root_of(l);
		wr_reset(&w);
		toy_gift(&w, 5000, 9, 1);
		CU_ASSERT_STRING_EQUAL(apply(l, &w), "INVALID RELAY_LIMIT");
		after = root_of(l);
		CU_ASSERT(hash256_eq(&before, &after));
		wr_reset(&w);
		toy_pay(&w, l, 0, (uint64_t)block, 1, 1);
		CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
		seal(l);
	}
	CU_ASSERT_EQUAL(toy_balance(l, 9), 128);
	wr_clear(&w);
	ledger_free(l);
}

static void
a_failed_transaction_costs_fee_and_nonce_only(void)
{
	struct ledger *l = toy_ledger();
	struct account payer = test_account(0), to = test_account(1);
	struct wr w = { 0 }, pay = { 0 };
	struct op ops[2];
	struct transaction t = { .valid_until = at(9), .payer = payer, .ops = ops, .ops_n = 2, .fee = ledger_fee(l, 2) };
	struct result r;
	size_t keys, len;

	wr_account(&pay, &to);
	wr_asset_id(&pay, &coin);
	wr_u64(&pay, 100);
	ops[0] = (struct op){ TOY_PAY, payer, pay.p, pay.len };
	ops[1] = (struct op){ TOY_TRIP, test_account(2), (const uint8_t *)"", 0 };
	test_transaction(&w, &t, ledger_genesis_id(l));
	ledger_begin(l, at(1));
	keys = state_count(ledger_state(l));
	CU_ASSERT(ledger_offer(&r, l, w.p, w.len));
	CU_ASSERT(r.code == RESULT_FAILED && r.op_index == 1 && strcmp(r.reason, "TRIPPED") == 0 && r.events.len == 0);
	CU_ASSERT_EQUAL(r.accounts.len, 2 * ACCOUNT_LEN); /* the signers; not who would have received */
	result_clear(&r);
	seal(l);
	CU_ASSERT(toy_balance(l, 0) == 1000000 - 12 && toy_balance(l, 1) == 1000000);
	CU_ASSERT_EQUAL(ledger_nonce(ledger_state(l), &payer), 1);
	CU_ASSERT_EQUAL(state_count(ledger_state(l)), keys + 2); /* nonce and fee fund */
	CU_ASSERT_PTR_NULL(state_get(ledger_state(l), &len, "y!", 2));
	wr_clear(&pay);
	wr_clear(&w);
	ledger_free(l);
}

static void
the_fee_is_gone_before_the_operations_spend(void)
{
	struct ledger *l = toy_ledger();
	struct wr w = { 0 };

	toy_pay(&w, l, 0, 0, 1, 1000000);
	ledger_begin(l, at(1));
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "FAILED INSUFFICIENT_BALANCE");
	wr_reset(&w);
	toy_pay(&w, l, 0, 1, 1, 1000000 - 22);
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
	CU_ASSERT_EQUAL(toy_balance(l, 0), 0);
	wr_reset(&w);
	toy_pay(&w, l, 0, 2, 1, 0);
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "INVALID FEE_NOT_PAYABLE");
	seal(l);
	wr_clear(&w);
	ledger_free(l);
}

static bool
same_block(const struct ledger_block *a, const struct ledger_block *b)
{
	struct hash256 ha, hb;

	ledger_block_hash(&ha, a);
	ledger_block_hash(&hb, b);
	return hash256_eq(&ha, &hb);
}

static void
discard_and_simulate_leave_no_trace(void)
{
	struct ledger *l = toy_ledger(), *twin = toy_ledger();
	struct ledger_block a, b;
	struct hash256 before = root_of(l), after;
	struct result r;
	struct wr w = { 0 }, unsigned_one = { 0 };

	toy_pay(&w, l, 0, 0, 1, 77);
	ledger_begin(l, at(3));
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
	(void)end(l);
	ledger_discard(l);
	after = root_of(l);
	CU_ASSERT(hash256_eq(&before, &after) && ledger_tip(l).height == 0);

	wr_bytes(&unsigned_one, w.p, w.len - 64);
	ledger_simulate(&r, l, unsigned_one.p, unsigned_one.len, at(3));
	CU_ASSERT(r.code == RESULT_OK && r.events.len > 0);
	result_clear(&r);
	CU_ASSERT_STRING_EQUAL(check(l, &unsigned_one), "BAD_WITNESS");
	after = root_of(l);
	CU_ASSERT(hash256_eq(&before, &after));

	/* After all that, the next block is the one of a ledger that saw none of it; also with a check inside the open block. */
	ledger_begin(l, at(4));
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
	CU_ASSERT_STRING_EQUAL(check(l, &w), "NONCE_PAST");
	a = end(l);
	ledger_begin(twin, at(4));
	CU_ASSERT_STRING_EQUAL(apply(twin, &w), "OK");
	b = end(twin);
	CU_ASSERT(same_block(&a, &b));
	ledger_commit(l, &a);
	ledger_commit(twin, &b);
	wr_clear(&unsigned_one);
	wr_clear(&w);
	ledger_free(twin);
	ledger_free(l);
}

static void
replicas_agree_whatever_happened_between(void)
{
	struct ledger *l = toy_ledger(), *twin = toy_ledger();
	uint64_t nonces[8] = { 0 };

	for (unsigned height = 1; height < 20; height++) {
		struct ledger_block a, b;
		struct ledger_tip ta, tb;
		struct wr txs[12] = { { 0 } };
		struct result r;

		for (unsigned i = 0; i < 12; i++) {
			unsigned from = (height * 5 + i) % 8;

			if (i % 5 == 4)
				toy_gift(&txs[i], height * 100 + i, from, i);
			else
				toy_pay(&txs[i], l, from, nonces[from]++, (from + i) % 8, height * 1000 * i);
		}
		/* The twin looks at everything beforehand, in another order, and makes the block only at the second attempt. */
		for (unsigned i = 12; i-- > 0;) {
			(void)check(twin, &txs[i]);
			ledger_simulate(&r, twin, txs[i].p, txs[i].len, at(height));
			result_clear(&r);
		}
		ledger_begin(twin, at(height));
		(void)apply(twin, &txs[5]);
		ledger_discard(twin);
		ledger_begin(l, at(height));
		ledger_begin(twin, at(height));
		for (unsigned i = 0; i < 12; i++) {
			CU_ASSERT(ledger_offer(&r, l, txs[i].p, txs[i].len));
			result_clear(&r);
			(void)apply(twin, &txs[i]);
			wr_clear(&txs[i]);
		}
		a = end(l);
		b = end(twin);
		CU_ASSERT(same_block(&a, &b));
		CU_ASSERT_EQUAL(a.height, height);
		ledger_commit(l, &a);
		ledger_commit(twin, &b);
		ta = ledger_tip(l);
		tb = ledger_tip(twin);
		CU_ASSERT(hash256_eq(&ta.hash, &tb.hash));
	}
	ledger_free(twin);
	ledger_free(l);
}

static void
deadlines_ring_at_the_end_of_a_block(void)
{
	struct ledger *l = toy_ledger();
	struct hash256 quiet, rang, before;
	struct ledger_block b;
	struct unixtime when;
	struct wr w = { 0 };

	CU_ASSERT_FALSE(ledger_next_deadline(l, &when));
	toy_signed(&w, l, 0, 0, TOY_ALARM, TOY_TIME + 30);
	ledger_begin(l, at(1));
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
	seal(l);
	CU_ASSERT(ledger_next_deadline(l, &when) && when.sec == TOY_TIME + 30);
	ledger_begin(l, at(29));
	b = end(l);
	CU_ASSERT_EQUAL(ledger_block_result(l)->events.len, 0);
	quiet = b.results_root;
	before = ledger_tip(l).app_hash;
	CU_ASSERT(hash256_eq(&b.app_hash, &before)); /* an empty block changes nothing */
	ledger_discard(l);
	ledger_begin(l, at(30));
	b = end(l);
	CU_ASSERT(memcmp(ledger_block_result(l)->events.p, "\4RANG", 5) == 0);
	CU_ASSERT_EQUAL(ledger_block_result(l)->accounts.len, ACCOUNT_LEN);
	rang = b.results_root;
	CU_ASSERT_FALSE(hash256_eq(&quiet, &rang));
	CU_ASSERT(hash256_is_zero(&b.transactions_root));
	ledger_commit(l, &b);
	CU_ASSERT_FALSE(ledger_next_deadline(l, &when));
	wr_clear(&w);
	ledger_free(l);
}

static void
a_broken_invariant_makes_no_block(void)
{
	struct ledger *l = toy_ledger();
	struct account proposer = test_account(15);
	struct hash256 before = root_of(l), after;
	struct ledger_block b;
	const char *why;
	struct wr w = { 0 };

	toy_signed(&w, l, 0, 0, TOY_BREAK, 0);
	ledger_begin(l, at(1));
	CU_ASSERT_STRING_EQUAL(apply(l, &w), "OK");
	CU_ASSERT_FALSE(ledger_end(&b, &why, l, &proposer));
	CU_ASSERT_STRING_EQUAL(why, "Y0: broken on purpose");
	ledger_discard(l);
	after = root_of(l);
	CU_ASSERT(hash256_eq(&before, &after));
	wr_clear(&w);
	ledger_free(l);
}

static void
blocks_in_bytes(void)
{
	struct ledger_block a = { .height = 9, .time = at(0), .previous = { { 1 } }, .transactions_root = { { 2 } },
				  .results_root = { { 3 } }, .app_hash = { { 4 } }, .proposer = test_account(3) }, b;
	struct hash256 ha, hb;
	struct wr w = { 0 };

	wr_ledger_block(&w, &a);
	CU_ASSERT_EQUAL(w.len, 1 + 8 + 8 + 4 * 32 + ACCOUNT_LEN);
	for (size_t cut = 0; cut <= w.len; cut++) {
		struct rd r = rd_init(w.p, cut);

		rd_ledger_block(&r, &b);
		CU_ASSERT_EQUAL(rd_done(&r), cut == w.len);
	}
	ledger_block_hash(&ha, &a);
	ledger_block_hash(&hb, &b);
	CU_ASSERT(hash256_eq(&ha, &hb));
	for (size_t i = 0; i < w.len; i++) {
		struct rd r = rd_init(w.p, w.len);

		w.p[i] ^= 0x40;
		rd_ledger_block(&r, &b);
		ledger_block_hash(&hb, &b);
		CU_ASSERT(!rd_done(&r) || !hash256_eq(&ha, &hb));
		w.p[i] ^= 0x40;
	}
	wr_clear(&w);
}

static void
merkle_roots_by_hand(void)
{
	struct hash256 leaves[3] = { { { 1 } }, { { 2 } }, { { 3 } } }, row[3], root, want;
	uint8_t pair[64];

	ledger_merkle_root(&root, row, 0);
	CU_ASSERT(hash256_is_zero(&root));
	memcpy(row, leaves, sizeof(row));
	ledger_merkle_root(&root, row, 1);
	CU_ASSERT(hash256_eq(&root, &leaves[0]));
	memcpy(row, leaves, sizeof(row));
	ledger_merkle_root(&root, row, 3);
	memcpy(pair, leaves, 64);
	sha256_tagged(&want, "tally/branch", pair, 64);
	memcpy(pair, want.b, 32);
	memcpy(pair + 32, leaves[2].b, 32);
	sha256_tagged(&want, "tally/branch", pair, 64);
	CU_ASSERT(hash256_eq(&root, &want));
}

static void
fees_can_change_within_reason(void)
{
	struct ledger *l = toy_ledger();
	struct amount big = AMOUNT_ZERO, one = AMOUNT_ZERO;

	CU_ASSERT(amount_from_units(&big, AMOUNT_MAX) && amount_from_units(&one, 1));
	CU_ASSERT_EQUAL(amount_units(ledger_fee(l, 3)), 13);
	CU_ASSERT_FALSE(ledger_set_fees(ledger_state(l), big, one));
	CU_ASSERT_FALSE(ledger_set_fees(ledger_state(l), one, big));
	CU_ASSERT_EQUAL(amount_units(ledger_fee(l, 3)), 13);
	CU_ASSERT(ledger_set_fees(ledger_state(l), big, AMOUNT_ZERO));
	CU_ASSERT_EQUAL(amount_units(ledger_fee(l, TRANSACTION_OPS_MAX)), AMOUNT_MAX);
	ledger_free(l);
}

static const struct unit_test tests[] = {
	{ "a genesis is checked and named", a_genesis_is_checked_and_named },
	{ "a payment pays its fee and raises the nonce", a_payment_pays_its_fee_and_raises_the_nonce },
	{ "T10 invalid transactions have no effect", t10_invalid_transactions_have_no_effect },
	{ "T10 a relay that changes nothing is not admitted", t10_a_relay_that_changes_nothing_is_not_admitted },
	{ "at most 64 relay transactions a block", at_most_64_relay_transactions_a_block },
	{ "a failed transaction costs fee and nonce only", a_failed_transaction_costs_fee_and_nonce_only },
	{ "the fee is gone before the operations spend", the_fee_is_gone_before_the_operations_spend },
	{ "discard and simulate leave no trace", discard_and_simulate_leave_no_trace },
	{ "replicas agree whatever happened between", replicas_agree_whatever_happened_between },
	{ "deadlines ring at the end of a block", deadlines_ring_at_the_end_of_a_block },
	{ "a broken invariant makes no block", a_broken_invariant_makes_no_block },
	{ "blocks in bytes", blocks_in_bytes },
	{ "merkle roots by hand", merkle_roots_by_hand },
	{ "fees can change within reason", fees_can_change_within_reason },
};

UNIT_MAIN("ledger", tests)
