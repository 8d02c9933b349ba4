#include "bridge/peg/ops.h"

#include <string.h>

#include "bridge/peg/plan_tx.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

/* Decode and encode again; false when refused. */
typedef bool again_fn(struct wr *w, const void *payload, size_t len);

static bool
again_headers(struct wr *w, const void *payload, size_t len)
{
	struct op_headers op;
	struct header h[4];
	struct rd r = rd_init(payload, len);

	if (!op_headers_decode(&op, payload, len) || op.n > ARRAY_LEN(h))
		return false;
	for (size_t i = 0; i < op.n; i++)
		rd_header(&r, &h[i]);
	wr_op_headers(w, h, op.n);
	return true;
}

static bool
again_deposit(struct wr *w, const void *payload, size_t len)
{
	struct op_deposit op;

	if (!op_deposit_decode(&op, payload, len))
		return false;
	wr_op_deposit(w, &op);
	return true;
}

static bool
again_intent(struct wr *w, const void *payload, size_t len)
{
	struct op_intent op;

	if (!op_intent_decode(&op, payload, len))
		return false;
	wr_op_intent(w, &op);
	return true;
}

static bool
again_intent_paid(struct wr *w, const void *payload, size_t len)
{
	struct deposit_terms op;

	if (!op_intent_paid_decode(&op, payload, len))
		return false;
	wr_op_intent_paid(w, &op);
	return true;
}

static bool
again_payout(struct wr *w, const void *payload, size_t len)
{
	struct op_payout op;

	if (!op_payout_decode(&op, payload, len))
		return false;
	wr_op_payout(w, &op);
	return true;
}

static bool
again_cancel(struct wr *w, const void *payload, size_t len)
{
	uint64_t id;

	if (!op_cancel_decode(&id, payload, len))
		return false;
	wr_op_cancel(w, id);
	return true;
}

static bool
again_feerate(struct wr *w, const void *payload, size_t len)
{
	struct op_feerate op;

	if (!op_feerate_decode(&op, payload, len))
		return false;
	wr_op_feerate(w, &op);
	return true;
}

static bool
again_sign(struct wr *w, const void *payload, size_t len)
{
	struct op_sign op;
	struct schnorr_sig sig[4];

	if (!op_sign_decode(&op, payload, len) || op.n > ARRAY_LEN(sig))
		return false;
	memcpy(sig, op.sigs, 64 * op.n);
	wr_op_sign(w, op.plan, op.version, op.member, sig, op.n);
	return true;
}

static bool
again_confirm(struct wr *w, const void *payload, size_t len)
{
	struct op_confirm op;

	if (!op_confirm_decode(&op, payload, len))
		return false;
	wr_op_confirm(w, &op);
	return true;
}

static bool
again_spent(struct wr *w, const void *payload, size_t len)
{
	struct op_spent op;

	if (!op_spent_decode(&op, payload, len))
		return false;
	wr_op_spent(w, &op);
	return true;
}

static bool
again_donate(struct wr *w, const void *payload, size_t len)
{
	struct op_donate op;

	if (!op_donate_decode(&op, payload, len))
		return false;
	wr_op_donate(w, &op);
	return true;
}

static bool
again_pause(struct wr *w, const void *payload, size_t len)
{
	struct member_mark op;

	if (!op_guardian_decode(&op, payload, len))
		return false;
	wr_op_guardian(w, &op);
	return true;
}

static void
fill_terms(struct deposit_terms *t)
{
	*t = (struct deposit_terms){ .epoch = 1, .account = test_account(3), .reclaim = test_key(4), .nonce = 99 };
	t->asset.id.b[0] = 7;
}

static void
check(again_fn *again, struct wr *w, bool open_ended)
{
	struct wr out = { 0 };

	CU_ASSERT(again(&out, w->p, w->len));
	CU_ASSERT_EQUAL_FATAL(out.len, w->len);
	CU_ASSERT_EQUAL(memcmp(out.p, w->p, w->len), 0);
	/* cut anywhere it is refused, or, where a proof runs to the end, it is another value with its own encoding */
	for (size_t cut = 0; cut < w->len; cut++) {
		bool read;

		wr_reset(&out);
		read = again(&out, w->p, cut);
		CU_ASSERT(open_ended || !read);
		if (read)
			CU_ASSERT_EQUAL(out.len, cut);
	}
	wr_clear(&out);
	wr_clear(w);
}

static void
round_trips_and_truncations(void)
{
	struct member_mark mark = { .epoch = 2, .member = 1, .counter = 77, .sig = { { 9 } } };
	struct op_deposit deposit = { .index = 3, .proof = (const uint8_t *)"proof", .proof_len = 5 };
	struct op_intent intent = { .mark = mark };
	struct op_payout payout = { .script = (const uint8_t *)"0123456789012345678901", .script_len = 22 };
	struct op_feerate rate = { .rate = 2500, .mark = mark };
	struct op_confirm confirm = { .plan = 8, .proof = (const uint8_t *)"proof", .proof_len = 5 };
	struct op_spent spent = { .outpoint = { { { 4 } }, 2 }, .parent = (const uint8_t *)"tx", .parent_len = 2 };
	struct op_donate donate = { .epoch = 1, .index = 2, .proof = (const uint8_t *)"proof", .proof_len = 5 };
	struct schnorr_sig sigs[2] = { { { 1 } }, { { 2 } } };
	struct header headers[2] = { { .version = 4, .time = 5 }, { .version = 4, .time = 6 } };
	struct wr w = { 0 };

	fill_terms(&deposit.terms);
	fill_terms(&intent.terms);
	CU_ASSERT(amount_from_units(&payout.amount, 12345) && amount_from_units(&payout.max_fee, 67));
	spent.proof = confirm.proof;
	spent.proof_len = 5;
	wr_op_headers(&w, headers, 1);
	check(again_headers, &w, false);
	wr_op_deposit(&w, &deposit);
	check(again_deposit, &w, true);
	wr_op_intent(&w, &intent);
	check(again_intent, &w, false);
	wr_op_intent_paid(&w, &intent.terms);
	check(again_intent_paid, &w, false);
	wr_op_payout(&w, &payout);
	check(again_payout, &w, false);
	wr_op_cancel(&w, 5);
	check(again_cancel, &w, false);
	wr_op_feerate(&w, &rate);
	check(again_feerate, &w, false);
	wr_op_sign(&w, 3, 1, 2, sigs, 1);
	check(again_sign, &w, false);
	wr_op_confirm(&w, &confirm);
	check(again_confirm, &w, true);
	wr_op_spent(&w, &spent);
	check(again_spent, &w, true);
	wr_op_donate(&w, &donate);
	check(again_donate, &w, true);
	wr_op_guardian(&w, &mark);
	check(again_pause, &w, false);
}

static void
bounds(void)
{
	static const uint8_t zeros[81 * 1001];
	struct op_headers headers;
	struct op_payout payout;
	struct op_sign sign;
	struct wr w = { 0 };

	CU_ASSERT_FALSE(op_headers_decode(&headers, zeros, 0));
	CU_ASSERT_FALSE(op_headers_decode(&headers, zeros, 81));
	CU_ASSERT(op_headers_decode(&headers, zeros, 80 * 1000));
	CU_ASSERT_FALSE(op_headers_decode(&headers, zeros, 80 * 1001));
	/* a payout's script has at most 34 bytes, its amount at most 2^63 - 1 */
	wr_u64(&w, 1);
	wr_u64(&w, 1);
	wr_varbytes(&w, zeros, 35);
	CU_ASSERT_FALSE(op_payout_decode(&payout, w.p, w.len));
	wr_reset(&w);
	wr_u64(&w, (uint64_t)1 << 63);
	wr_u64(&w, 1);
	wr_varbytes(&w, zeros, 34);
	CU_ASSERT_FALSE(op_payout_decode(&payout, w.p, w.len));
	wr_clear(&w);
	CU_ASSERT_FALSE(op_sign_decode(&sign, zeros, 13));
	CU_ASSERT(op_sign_decode(&sign, zeros, 13 + 64));
	CU_ASSERT_FALSE(op_sign_decode(&sign, zeros, 13 + 65));
}

static void
messages_differ_by_everything(void)
{
	struct hash256 g = { { 1 } }, h = { { 2 } }, a, b;
	struct op_feerate op = { .rate = 1000, .mark = { .epoch = 1, .member = 2, .counter = 3 } }, other = op;

	feerate_message(&a, &g, &op);
	feerate_message(&b, &h, &op);
	CU_ASSERT_FALSE(hash256_eq(&a, &b));
	other.rate++;
	feerate_message(&b, &g, &other);
	CU_ASSERT_FALSE(hash256_eq(&a, &b));
	other = op;
	other.mark.counter++;
	feerate_message(&b, &g, &other);
	CU_ASSERT_FALSE(hash256_eq(&a, &b));
	other = op;
	other.mark.member++;
	feerate_message(&b, &g, &other);
	CU_ASSERT_FALSE(hash256_eq(&a, &b));
	other = op;
	other.mark.epoch++;
	feerate_message(&b, &g, &other);
	CU_ASSERT_FALSE(hash256_eq(&a, &b));
	guardian_message(&b, &g, &op.mark);
	CU_ASSERT_FALSE(hash256_eq(&a, &b));
}

static void
sheets_round_trip(void)
{
	static struct plan_sheet s, t;
	struct wr w = { 0 }, again = { 0 };

	memset(&s, 0, sizeof(s));
	s.plan = 5;
	s.version = 1;
	s.kind = PLAN_PAYOUT;
	s.tx_version = 3;
	s.rate = 1000;
	s.in_n = 2;
	s.in[0].value = 77;
	s.in[1].value = COIN_MAX;
	s.in[1].deposit = true;
	fill_terms(&s.in[1].terms);
	s.pay_n = 1;
	s.pay[0] = (struct plan_pay){ .payout = 9, .amount = 50, .script = "0123456789", .script_len = 10 };
	s.change_n = 2;
	s.change[1] = 4;
	s.anchor_height = 12;
	wr_plan_sheet(&w, &s);
	CU_ASSERT_FATAL(plan_sheet_decode(&t, w.p, w.len));
	wr_plan_sheet(&again, &t);
	CU_ASSERT_EQUAL_FATAL(again.len, w.len);
	CU_ASSERT_EQUAL(memcmp(again.p, w.p, w.len), 0);
	for (size_t cut = 0; cut < w.len; cut++)
		CU_ASSERT_FALSE(plan_sheet_decode(&t, w.p, cut));
	wr_u8(&w, 0);
	CU_ASSERT_FALSE(plan_sheet_decode(&t, w.p, w.len));
	s.in[0].value = COIN_MAX + 1;
	wr_reset(&w);
	wr_plan_sheet(&w, &s);
	CU_ASSERT_FALSE(plan_sheet_decode(&t, w.p, w.len));
	wr_clear(&w);
	wr_clear(&again);
}

static const struct unit_test tests[] = {
	{ "round trips and truncations", round_trips_and_truncations },
	{ "bounds", bounds },
	{ "messages differ by everything", messages_differ_by_everything },
	{ "sheets round trip", sheets_round_trip },
};

UNIT_MAIN("peg_ops", tests)
