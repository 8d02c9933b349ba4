#include "tests/unit/peg_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/modules.h"

#define RECOVERY_KEY 40
#define RECLAIM_KEY 30

/* As in the daemon: the ledger's own, then the peg. */
static const struct module *modules[TOKEN_MODULES_N + 1];

static void
default_federation(struct federation *f)
{
	*f = (struct federation){ .k = SIM_THRESHOLD, .n = SIM_MEMBERS, .r = 1, .recovery_n = 2 };
	for (unsigned i = 0; i < SIM_MEMBERS; i++) {
		snprintf(f->member[i].name, sizeof(f->member[i].name), "member-%u", i);
		f->member[i].key = test_key(i);
		f->member[i].account = test_account(i);
	}
	for (unsigned i = 0; i < 2; i++)
		f->recovery[i] = test_key(RECOVERY_KEY + i);
}

static struct ledger *
start_ledger(const struct genesis *g)
{
	struct ledger *l;
	const char *why;

	for (size_t i = 0; i < TOKEN_MODULES_N; i++)
		modules[i] = token_modules[i];
	modules[TOKEN_MODULES_N] = &peg_module;
	l = ledger_new(modules, ARRAY_LEN(modules), g);
	why = ledger_start(l, g);

	if (why != NULL) {
		printf("%s\n", why);
		abort();
	}
	return l;
}

void
sim_open_with(struct sim *s, void (*change)(struct peg_params *p, struct federation *f), const struct genesis_section *more)
{
	struct genesis g = { .chain_id = "sim", .network = "regtest" };
	struct genesis_section section[2] = { { .module = "peg" } };
	struct wr w = { 0 };

	*s = (struct sim){ 0 };
	made_chain_init(&s->chain);
	peg_params_default(&s->params, chain_params_find("regtest"));
	default_federation(&s->federation);
	if (change != NULL)
		change(&s->params, &s->federation);
	wr_peg_genesis(&w, &s->params, &s->federation);
	section[0].bytes = w.p;
	section[0].len = w.len;
	if (more != NULL)
		section[1] = *more;
	s->time.sec = s->params.anchor.header.time;
	g.time = s->time;
	g.sections = section;
	g.sections_n = more != NULL ? 2 : 1;
	genesis_id(&s->genesis_id, &g);
	s->ledger = start_ledger(&g);
	s->twin = start_ledger(&g);
	wr_clear(&w);
	ledger_begin(s->ledger, s->time);
	ledger_begin(s->twin, s->time);
}

void
sim_open(struct sim *s, void (*change)(struct peg_params *p, struct federation *f))
{
	sim_open_with(s, change, NULL);
}

void
sim_close(struct sim *s)
{
	ledger_discard(s->ledger);
	ledger_discard(s->twin);
	ledger_free(s->ledger);
	ledger_free(s->twin);
	made_chain_clear(&s->chain);
}

const struct state *
sim_state(const struct sim *s)
{
	return ledger_state(s->ledger);
}

static void
end_block(struct ledger *l, struct ledger_block *b)
{
	struct account proposer = test_account(0);
	const char *why = NULL;

	if (!ledger_end(b, &why, l, &proposer)) {
		CU_FAIL("an invariant does not hold");
		printf("invariant: %s\n", why);
		ledger_discard(l);
		return;
	}
	ledger_commit(l, b);
}

void
sim_seal(struct sim *s)
{
	struct ledger_block a = { 0 }, b = { 0 };
	const char *why;

	end_block(s->ledger, &a);
	end_block(s->twin, &b);
	CU_ASSERT(hash256_eq(&a.app_hash, &b.app_hash));
	why = ledger_invariants(s->ledger, true);
	if (why != NULL)
		printf("invariant: %s\n", why);
	CU_ASSERT_PTR_NULL_FATAL(why);
	ledger_begin(s->ledger, s->time);
	ledger_begin(s->twin, s->time);
	s->applied = 0;
}

void
sim_pass(struct sim *s, int64_t seconds)
{
	s->time.sec += seconds;
	sim_seal(s);
	sim_seal(s);
}

static const char *
apply(struct sim *s, struct wr *bytes)
{
	struct result r, twin;
	const char *reason, *why;

	ledger_apply(&r, s->ledger, bytes->p, bytes->len);
	ledger_apply(&twin, s->twin, bytes->p, bytes->len);
	reason = r.reason;
	CU_ASSERT_EQUAL(r.code, twin.code);
	CU_ASSERT_STRING_EQUAL(reason, twin.reason);
	why = ledger_invariants(s->ledger, true);
	if (why != NULL)
		printf("invariant after %s: %s\n", reason, why);
	CU_ASSERT_PTR_NULL_FATAL(why);
	result_clear(&r);
	result_clear(&twin);
	wr_clear(bytes);
	return reason;
}

const char *
sim_relay(struct sim *s, enum peg_op number, struct wr *payload)
{
	struct wr w = { 0 };

	/* a block takes at most 64 */
	if (s->applied++ == 60)
		sim_seal(s);
	wr_peg_relay(&w, number, payload->p, payload->len);
	wr_clear(payload);
	return apply(s, &w);
}

const char *
sim_signed(struct sim *s, unsigned who, uint16_t number, struct wr *payload)
{
	struct op op = { .number = number, .source = test_account(who), .payload = payload->p, .payload_len = payload->len };
	struct transaction t = { .valid_until = { INT64_MAX }, .payer = op.source, .ops = &op, .ops_n = 1 };
	struct wr w = { 0 };

	t.nonce = ledger_nonce(sim_state(s), &op.source);
	test_transaction(&w, &t, &s->genesis_id);
	wr_clear(payload);
	return apply(s, &w);
}

const char *
sim_headers(struct sim *s, size_t tip)
{
	struct header headers[PEG_HEADERS_MAX];
	struct wr w = { 0 };
	size_t n = 0, at = tip;
	const char *why;

	while (!peg_relay_knows(sim_state(s), &s->chain.b[at].hash)) {
		headers[PEG_HEADERS_MAX - ++n] = s->chain.b[at].block.header;
		at = s->chain.b[at].parent;
	}
	if (s->time.sec < s->chain.b[tip].block.header.time) {
		s->time.sec = s->chain.b[tip].block.header.time;
		sim_seal(s);
	}
	wr_op_headers(&w, headers + PEG_HEADERS_MAX - n, n);
	why = sim_relay(s, PEG_HEADERS, &w);
	if (strcmp(why, "OK") == 0) {
		struct relay_tip best;

		peg_relay_tip(&best, sim_state(s));
		if (hash256_eq(&best.hash, &s->chain.b[tip].hash))
			s->tip = tip;
	}
	return why;
}

void
sim_mine(struct sim *s, size_t n)
{
	size_t tip = made_chain_mine_empty(&s->chain, s->tip, n);

	if (n == 0)
		return;
	CU_ASSERT_STRING_EQUAL_FATAL(sim_headers(s, tip), "OK");
	sim_seal(s);
}

size_t
sim_mine_tx(struct sim *s, const struct tx *tx)
{
	size_t tip = made_chain_mine(&s->chain, s->tip, tx, 1);

	CU_ASSERT_STRING_EQUAL_FATAL(sim_headers(s, tip), "OK");
	sim_seal(s);
	return tip;
}

uint32_t
sim_height(const struct sim *s)
{
	struct relay_tip best;

	peg_relay_tip(&best, sim_state(s));
	return best.height;
}

struct deposit_terms
sim_terms(struct sim *s, unsigned who)
{
	return (struct deposit_terms){ .account = test_account(who), .reclaim = test_key(RECLAIM_KEY), .nonce = s->nonce++ };
}

void
sim_address(uint8_t script[P2TR_LEN], const struct sim *s, const struct deposit_terms *t)
{
	struct vault v;

	CU_ASSERT_FATAL(peg_vault(&v, sim_state(s), t->epoch));
	CU_ASSERT_FATAL(deposit_script(script, NULL, &v, t));
	vault_clear(&v);
}

struct tx
sim_deposit_tx(struct sim *s, const struct deposit_terms *t, uint64_t value)
{
	uint8_t script[P2TR_LEN];

	sim_address(script, s, t);
	return made_payment(s->salt++, value, script, sizeof(script));
}

const char *
sim_deposit(struct sim *s, const struct deposit_terms *t, size_t block, size_t tx_index, uint32_t out)
{
	struct op_deposit op = { .terms = *t, .index = out };
	struct wr proof = { 0 }, w = { 0 };

	made_chain_proof(&proof, &s->chain, block, tx_index);
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_deposit(&w, &op);
	wr_clear(&proof);
	return sim_relay(s, PEG_DEPOSIT, &w);
}

struct outpoint
sim_peg_in(struct sim *s, unsigned who, uint64_t value)
{
	struct deposit_terms t = sim_terms(s, who);
	struct tx tx = sim_deposit_tx(s, &t, value);
	struct outpoint o = { .index = 0 };
	size_t block = sim_mine_tx(s, &tx);

	tx_txid(&o.txid, &tx);
	tx_clear(&tx);
	CU_ASSERT_STRING_EQUAL(sim_deposit(s, &t, block, 1, 0), "OK");
	sim_seal(s);
	return o;
}

enum deposit_state
sim_deposit_state(const struct sim *s, const struct outpoint *o)
{
	struct deposit d;

	CU_ASSERT_FATAL(deposit_get(&d, sim_state(s), o));
	return d.state;
}

const char *
sim_deposit_reason(const struct sim *s, const struct outpoint *o)
{
	static struct deposit d;

	CU_ASSERT_FATAL(deposit_get(&d, sim_state(s), o));
	return d.reason;
}

struct given
sim_given(struct sim *s, uint64_t value)
{
	struct given g = { .terms = sim_terms(s, ALICE) };

	g.tx = sim_deposit_tx(s, &g.terms, value);
	tx_txid(&g.outpoint.txid, &g.tx);
	g.block = sim_mine_tx(s, &g.tx);
	return g;
}

const char *
sim_prove(struct sim *s, const struct given *g)
{
	const char *why = sim_deposit(s, &g->terms, g->block, 1, 0);

	sim_seal(s);
	return why;
}

enum deposit_state
sim_given_state(const struct sim *s, const struct given *g)
{
	return sim_deposit_state(s, &g->outpoint);
}

bool
sim_given_known(const struct sim *s, const struct given *g)
{
	struct deposit d;

	return deposit_get(&d, sim_state(s), &g->outpoint);
}

uint64_t
sim_balance(const struct sim *s, unsigned who)
{
	struct account a = test_account(who);
	struct asset_id coin = ASSET_COIN;

	return amount_units(bank_balance(sim_state(s), &a, &coin));
}

struct peg_status
sim_status(const struct sim *s)
{
	struct peg_status status;

	peg_status(&status, sim_state(s), s->time);
	return status;
}

void
sim_destination(uint8_t script[22], uint8_t salt)
{
	script[0] = 0;
	script[1] = 20;
	memset(script + 2, salt, 20);
}

const char *
sim_payout(struct sim *s, unsigned who, uint64_t amount, uint64_t max_fee, uint8_t salt)
{
	uint8_t script[22];
	struct op_payout op = { .script = script, .script_len = sizeof(script) };
	struct wr w = { 0 };

	sim_destination(script, salt);
	CU_ASSERT_FATAL(amount_from_units(&op.amount, amount) && amount_from_units(&op.max_fee, max_fee));
	wr_op_payout(&w, &op);
	return sim_signed(s, who, PEG_PAYOUT, &w);
}

struct payout
sim_payout_get(const struct sim *s, uint64_t id)
{
	struct payout p;

	CU_ASSERT_FATAL(payout_get(&p, sim_state(s), id));
	return p;
}

struct plan
sim_plan_get(const struct sim *s, uint64_t id)
{
	struct plan p;

	CU_ASSERT_FATAL(plan_get(&p, sim_state(s), id));
	return p;
}

struct plan_version
sim_version_get(const struct sim *s, uint64_t id, uint32_t version)
{
	struct plan_version v;

	CU_ASSERT_FATAL(plan_version_get(&v, sim_state(s), id, version));
	return v;
}

const char *
sim_vote_one(struct sim *s, uint8_t member, uint32_t rate)
{
	struct op_feerate op = { .rate = rate, .mark = { .member = member, .counter = ++s->counter } };
	struct secret_key secret = test_secret(member);
	struct hash256 message;
	struct wr w = { 0 };

	feerate_message(&message, &s->genesis_id, &op);
	CU_ASSERT_FATAL(schnorr_sign(&op.mark.sig, &secret, &message, NULL));
	wr_op_feerate(&w, &op);
	return sim_relay(s, PEG_FEERATE, &w);
}

void
sim_vote(struct sim *s, uint32_t rate)
{
	for (uint8_t m = 0; m < s->federation.n; m++)
		CU_ASSERT_STRING_EQUAL(sim_vote_one(s, m, rate), "OK");
	sim_seal(s);
}

const char *
sim_sign(struct sim *s, uint64_t plan, uint8_t member)
{
	struct plan_sheet *sheet = mem_new(1, sizeof(*sheet));
	struct hash256 message[PLAN_INPUTS_MAX];
	struct schnorr_sig sig[PLAN_INPUTS_MAX];
	struct secret_key secret = test_secret(member);
	struct plan record = sim_plan_get(s, plan);
	struct wr w = { 0 };
	struct vault v;

	CU_ASSERT_FATAL(peg_plan_sheet(sheet, sim_state(s), plan, record.versions - 1));
	CU_ASSERT_FATAL(peg_vault(&v, sim_state(s), sheet->epoch));
	CU_ASSERT_FATAL(plan_messages(message, sheet, &v));
	for (size_t i = 0; i < sheet->in_n; i++)
		CU_ASSERT_FATAL(schnorr_sign(&sig[i], &secret, &message[i], NULL));
	wr_op_sign(&w, plan, sheet->version, member, sig, sheet->in_n);
	vault_clear(&v);
	free(sheet);
	return sim_relay(s, PEG_SIGN, &w);
}

const char *
sim_prove_plan(struct sim *s, enum peg_op number, uint64_t plan, size_t block, size_t tx_index)
{
	struct op_confirm op = { .plan = plan };
	struct wr proof = { 0 }, w = { 0 };

	made_chain_proof(&proof, &s->chain, block, tx_index);
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_confirm(&w, &op);
	wr_clear(&proof);
	return sim_relay(s, number, &w);
}

size_t
sim_sign_and_mine(struct sim *s, uint64_t plan)
{
	struct plan record = sim_plan_get(s, plan);
	struct tx tx;
	size_t block;

	for (uint8_t m = 0; m < SIM_THRESHOLD; m++)
		CU_ASSERT_STRING_EQUAL(sim_sign(s, plan, m), "OK");
	CU_ASSERT_FATAL(peg_plan_signed_tx(&tx, sim_state(s), plan, record.versions - 1));
	block = sim_mine_tx(s, &tx);
	tx_clear(&tx);
	CU_ASSERT_STRING_EQUAL(sim_prove_plan(s, PEG_CONFIRM, plan, block, 1), "OK");
	if (s->params.settle_depth == 1)
		CU_ASSERT_STRING_EQUAL(sim_prove_plan(s, PEG_SETTLE, plan, block, 1), "OK");
	sim_seal(s);
	return block;
}

const char *
sim_spent(struct sim *s, const struct outpoint *o, const struct tx *parent, size_t block, size_t tx_index)
{
	struct op_spent op = { .outpoint = *o };
	struct wr proof = { 0 }, w = { 0 }, made = { 0 };

	made_chain_proof(&proof, &s->chain, block, tx_index);
	if (parent != NULL)
		wr_tx_stripped(&made, parent);
	op.parent = made.p;
	op.parent_len = made.len;
	op.proof = proof.p;
	op.proof_len = proof.len;
	wr_op_spent(&w, &op);
	wr_clear(&proof);
	wr_clear(&made);
	return sim_relay(s, PEG_SPENT, &w);
}
