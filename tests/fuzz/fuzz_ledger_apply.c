/* Random bytes as transactions of a small ledger, raw and with good signatures, in blocks that are committed or dropped. */
#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/signing.h"
#include "tests/unit/toy.h"

/* A signed transaction whose fields the input chooses; the signatures are right. */
static void
signed_one(struct wr *w, struct ledger *l, struct rd *r)
{
	struct op ops[3];
	struct transaction t = { .ops = ops, .ops_n = 1u + rd_u8(r) % 3 };

	t.payer = test_account(rd_u8(r) % 4);
	t.nonce = ledger_nonce(ledger_state(l), &t.payer) + (rd_u8(r) & 0x80 ? rd_u8(r) : 0);
	t.valid_until.sec = TOY_TIME + rd_u8(r);
	t.fee = ledger_fee(l, t.ops_n);
	if (rd_u8(r) & 0x80)
		t.fee = rd_amount(r);
	for (size_t i = 0; i < t.ops_n; i++) {
		ops[i].number = (uint16_t)(TOY_PAY + rd_u8(r) % 4); /* without BREAK */
		ops[i].source = test_account(rd_u8(r) % 4);
		ops[i].payload = rd_varbytes(r, &ops[i].payload_len, 100);
		if (ops[i].payload == NULL)
			ops[i].payload_len = 0;
	}
	test_transaction(w, &t, ledger_genesis_id(l));
}

static void
apply_one(struct ledger *l, const void *bytes, size_t len)
{
	struct state *s = ledger_state(l);
	struct hash256 before, after;
	struct result checked, r;
	size_t mark = state_mark(s);

	state_root(&before, s);
	ledger_check(&checked, l, bytes, len, ledger_tip(l).time);
	assert(state_mark(s) == mark);
	ledger_apply(&r, l, bytes, len);
	state_root(&after, s);
	switch (r.code) {
	case RESULT_INVALID:
		assert(hash256_eq(&before, &after) && state_mark(s) == mark && r.events.len == 0 && r.accounts.len == 0);
		break;
	case RESULT_FAILED:
		assert(r.events.len == 0);
		/* fallthrough */
	case RESULT_OK:
		assert(!hash256_eq(&before, &after) && checked.code == RESULT_OK);
		break;
	}
	result_clear(&checked);
	result_clear(&r);
}

static void
end_block(struct ledger *l, bool keep)
{
	struct account proposer = test_account(9);
	struct ledger_block b;
	const char *why;
	bool whole = ledger_end(&b, &why, l, &proposer);

	assert(whole && ledger_invariants(l, true) == NULL);
	if (keep)
		ledger_commit(l, &b);
	else
		ledger_discard(l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ledger *l;
	struct rd r = rd_init(data, size);
	struct wr w = { 0 };

	if (size > 4000)
		return 0;
	l = toy_ledger();
	ledger_begin(l, ledger_tip(l).time);
	while (rd_ok(&r) && !rd_done(&r)) {
		uint8_t what = rd_u8(&r);

		wr_reset(&w);
		if (what < 100) {
			size_t len;
			const uint8_t *bytes = rd_varbytes(&r, &len, size);

			if (bytes != NULL)
				apply_one(l, bytes, len);
		} else if (what < 230) {
			signed_one(&w, l, &r);
			apply_one(l, w.p, w.len);
		} else {
			end_block(l, what < 250);
			ledger_begin(l, (struct unixtime){ ledger_tip(l).time.sec + what % 8 });
		}
	}
	end_block(l, true);
	wr_clear(&w);
	ledger_free(l);
	return 0;
}
