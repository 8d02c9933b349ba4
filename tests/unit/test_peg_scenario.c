/* Random histories from a seed: deposits, payouts, signatures, reorganisations, thefts, reclaims, proofs sent twice and
 * wrong. All invariants are checked after every transaction, and two ledgers agree on every block. At the end everything
 * that can be finished is finished. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/peg/settle.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

#define DEPOSITS_MAX 64
#define USERS 4

struct made_deposit {
	struct deposit_terms terms;
	struct tx tx;
	bool reclaimed;
};

struct story {
	struct sim s;
	uint64_t rng;
	size_t n;
	struct made_deposit d[DEPOSITS_MAX];
	struct tx pool[64]; /* transactions that miners know; those of a block that left come back */
	size_t pool_n;
	uint32_t did[16];
};

static uint32_t
roll(struct story *t, uint32_t n)
{
	t->rng ^= t->rng << 13;
	t->rng ^= t->rng >> 7;
	t->rng ^= t->rng << 17;
	return (uint32_t)((t->rng >> 20) % n);
}

static void
pool_add(struct story *t, const struct tx *tx)
{
	if (t->pool_n == ARRAY_LEN(t->pool)) {
		tx_clear(&t->pool[0]);
		memmove(&t->pool[0], &t->pool[1], (ARRAY_LEN(t->pool) - 1) * sizeof(t->pool[0]));
		t->pool_n--;
	}
	t->pool[t->pool_n++] = tx_copy(tx);
}

static bool
spends_same(const struct tx *a, const struct tx *b)
{
	for (size_t i = 0; i < a->in_n; i++)
		for (size_t j = 0; j < b->in_n; j++)
			if (outpoint_eq(&a->in[i].prevout, &b->in[j].prevout))
				return true;
	return false;
}

static bool
same_tx(const struct tx *a, const struct tx *b)
{
	struct hash256 x, y;

	tx_txid(&x, a);
	tx_txid(&y, b);
	return hash256_eq(&x, &y);
}

/* Is it, or a conflict, in the branch that ends in `tip`? */
static bool
blocked(const struct story *t, const struct tx *tx, size_t tip)
{
	for (size_t b = tip; b != 0; b = t->s.chain.b[b].parent)
		for (size_t i = 1; i < t->s.chain.b[b].block.tx_n; i++)
			if (spends_same(&t->s.chain.b[b].block.tx[i], tx))
				return true;
	return false;
}

static bool
made_in_branch(const struct story *t, const struct outpoint *o, size_t tip)
{
	for (size_t b = tip; b != 0; b = t->s.chain.b[b].parent)
		for (size_t i = 1; i < t->s.chain.b[b].block.tx_n; i++)
			if (hash256_eq(&t->s.chain.b[b].txid[i], &o->txid))
				return true;
	return false;
}

static bool
minable(const struct story *t, const struct tx *tx, size_t tip)
{
	if (blocked(t, tx, tip))
		return false;
	for (size_t i = 0; i < tx->in_n; i++)
		/* deposits come from outside; all else spends what stands in the branch */
		if (tx->in[i].prevout.txid.b[0] != 0x77 && !made_in_branch(t, &tx->in[i].prevout, tip))
			return false;
	return true;
}

/* Mine one block on `tip` with at most three of the pool's transactions that fit there. */
static size_t
mine_some(struct story *t, size_t tip)
{
	struct tx txs[3];
	size_t n = 0, from = t->pool_n > 0 ? roll(t, (uint32_t)t->pool_n) : 0;

	for (size_t k = 0; k < t->pool_n && n < ARRAY_LEN(txs); k++) {
		size_t i = (from + k) % t->pool_n;
		bool clash = roll(t, 3) == 0 || !minable(t, &t->pool[i], tip);

		for (size_t j = 0; j < n; j++)
			clash = clash || spends_same(&txs[j], &t->pool[i]);
		if (!clash)
			txs[n++] = t->pool[i];
	}
	return made_chain_mine(&t->s.chain, tip, txs, n);
}

static void
relay(struct story *t, size_t tip)
{
	const char *why = sim_headers(&t->s, tip);

	CU_ASSERT_STRING_EQUAL(why, "OK");
	sim_seal(&t->s);
}

static void prove(struct story *t, uint32_t blocks, uint32_t one_in);

static void
act_mine(struct story *t)
{
	for (uint32_t n = 1 + roll(t, 3); n > 0; n--)
		relay(t, mine_some(t, t->s.tip));
}

static void
act_reorg(struct story *t)
{
	uint32_t height = t->s.chain.b[t->s.tip].height, back = 1 + roll(t, 9);
	size_t tip;

	if (height <= back + 2)
		return;
	if (roll(t, 3) > 0)
		prove(t, 20, 1);
	tip = made_chain_at(&t->s.chain, t->s.tip, height - back);
	/* sometimes only as long as the best branch, which then stays */
	for (uint32_t n = back + roll(t, 3); n > 0; n--)
		tip = mine_some(t, tip);
	if (t->s.chain.b[tip].height > height - back)
		relay(t, tip);
}

static void
act_deposit(struct story *t)
{
	static const uint64_t values[] = { COIN / 20000, COIN / 10000, COIN / 100, COIN / 15, COIN / 5, COIN / 2, 2 * COIN };
	struct made_deposit *d = &t->d[t->n];

	if (t->n == DEPOSITS_MAX)
		return;
	d->terms = sim_terms(&t->s, ALICE + roll(t, USERS));
	d->tx = sim_deposit_tx(&t->s, &d->terms, values[roll(t, ARRAY_LEN(values))] + roll(t, 1000));
	pool_add(t, &d->tx);
	t->n++;
}

/* A second transaction from a deposit's input: one of them will lose. */
static void
act_conflict(struct story *t)
{
	struct tx other;

	if (t->n == 0)
		return;
	other = tx_copy(&t->d[t->n - 1 - roll(t, t->n < 5 ? (uint32_t)t->n : 5)].tx);
	other.out[0].value--;
	other.out[0].script[5] ^= 1;
	pool_add(t, &other);
	tx_clear(&other);
}

/* The depositor takes his coin back when the chain lets him. */
static void
act_reclaim(struct story *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct made_deposit *d = &t->d[i];
		struct tx back = { .version = 2 };
		struct outpoint o = { .index = 0 };
		struct deposit record;

		tx_txid(&o.txid, &d->tx);
		if (d->reclaimed || !deposit_get(&record, sim_state(&t->s), &o) || sim_height(&t->s) < record.block.height + 144)
			continue;
		d->reclaimed = true;
		tx_add_in(&back, &o, 144);
		tx_add_out(&back, d->tx.out[0].value - 300, (const uint8_t *)"\x51", 1);
		pool_add(t, &back);
		tx_clear(&back);
	}
}

static void
payout_script(uint8_t script[22], uint32_t number)
{
	sim_destination(script, 0xee);
	memcpy(script + 2, &number, sizeof(number));
}

static void
act_payout(struct story *t)
{
	uint8_t script[22];
	struct op_payout op = { .script = script, .script_len = sizeof(script) };
	struct wr w = { 0 };

	payout_script(script, (uint32_t)sim_status(&t->s).payouts + 1);
	CU_ASSERT_FATAL(amount_from_units(&op.amount, COIN / 10000 + roll(t, COIN / 12)));
	CU_ASSERT_FATAL(amount_from_units(&op.max_fee, roll(t, 3000)));
	wr_op_payout(&w, &op);
	(void)sim_signed(&t->s, ALICE + roll(t, USERS), PEG_PAYOUT, &w);
}

static void
act_cancel(struct story *t)
{
	struct wr w = { 0 };

	wr_op_cancel(&w, roll(t, (uint32_t)sim_status(&t->s).payouts + 2));
	(void)sim_signed(&t->s, ALICE + roll(t, USERS), PEG_CANCEL, &w);
}

/* Miners replace what pays less, mostly. */
static void
replace_in_pool(struct story *t, const struct tx *tx)
{
	for (size_t i = 0; i < t->pool_n; i++)
		if (spends_same(&t->pool[i], tx) && roll(t, 3) > 0) {
			tx_clear(&t->pool[i]);
			t->pool[i--] = t->pool[--t->pool_n];
		}
	pool_add(t, tx);
}

static void
sign_plans(struct story *t, bool all)
{
	for (uint64_t id = 1; id <= sim_status(&t->s).plans; id++) {
		struct plan plan = sim_plan_get(&t->s, id);
		struct tx tx;

		if (plan.state != PLAN_PLANNED && plan.state != PLAN_SIGNED)
			continue;
		for (uint8_t m = 0; m < SIM_MEMBERS; m++)
			if (all || roll(t, 3) == 0)
				(void)sim_sign(&t->s, id, m);
		for (uint32_t v = 0; v < plan.versions; v++) {
			bool known = false;

			if (!peg_plan_signed_tx(&tx, sim_state(&t->s), id, v))
				continue;
			for (size_t i = 0; i < t->pool_n; i++)
				known = known || same_tx(&t->pool[i], &tx);
			if (!known && (v + 1 == plan.versions || roll(t, 2) == 0))
				replace_in_pool(t, &tx);
			tx_clear(&tx);
		}
	}
}

static void
prove_deposit(struct story *t, const struct tx *tx, size_t block, size_t index)
{
	for (size_t i = 0; i < t->n; i++)
		if (same_tx(&t->d[i].tx, tx)) {
			(void)sim_deposit(&t->s, &t->d[i].terms, block, index, roll(t, 8) == 0);
		} else if (spends_same(&t->d[i].tx, tx)) {
			struct outpoint o = { .index = 0 };

			tx_txid(&o.txid, &t->d[i].tx);
			(void)sim_spent(&t->s, &o, &t->d[i].tx, block, index);
		}
}

static void
prove_tx(struct story *t, size_t block, size_t index)
{
	const struct tx tx = t->s.chain.b[block].block.tx[index];
	uint64_t plan;
	uint32_t version;

	if (plan_find_txid(&plan, &version, sim_state(&t->s), &t->s.chain.b[block].txid[index])) {
		(void)sim_prove_plan(&t->s, roll(t, 2) ? PEG_CONFIRM : PEG_SETTLE, plan + (roll(t, 20) == 0), block, index);
		(void)sim_prove_plan(&t->s, PEG_SETTLE, plan, block, index);
	} else if (tx.in[0].prevout.txid.b[0] == 0x77) {
		prove_deposit(t, &tx, block, index);
	} else {
		(void)sim_spent(&t->s, &tx.in[0].prevout, NULL, block, index);
	}
}

/* Prove what stands in the last blocks of the best branch: each transaction with chance 1 in `one_in`. */
static void
prove(struct story *t, uint32_t blocks, uint32_t one_in)
{
	size_t from = t->s.tip;

	for (uint32_t i = 0; i < blocks && t->s.chain.b[from].parent != 0; i++)
		from = t->s.chain.b[from].parent;
	for (uint32_t h = t->s.chain.b[from].height; h <= t->s.chain.b[t->s.tip].height; h++) {
		size_t b = made_chain_at(&t->s.chain, t->s.tip, h);

		for (size_t i = 1; i < t->s.chain.b[b].block.tx_n; i++)
			if (roll(t, one_in) == 0)
				prove_tx(t, b, i);
	}
}

/* A proof from a block that is not on the best branch, or a payload of rubbish. */
static void
act_lie(struct story *t)
{
	size_t block = roll(t, (uint32_t)t->s.chain.n);
	struct wr w = { 0 };

	if (t->s.chain.b[block].block.tx_n > 1)
		prove_tx(t, block, 1);
	for (uint32_t i = roll(t, 200); i > 0; i--)
		wr_u8(&w, (uint8_t)roll(t, 256));
	CU_ASSERT_STRING_NOT_EQUAL(sim_relay(&t->s, (enum peg_op)(PEG_HEADERS + roll(t, 13)), &w), "OK");
}

static void
step(struct story *t)
{
	uint32_t what = roll(t, 100);

	if (what < 22)
		act_mine(t);
	else if (what < 30)
		act_reorg(t);
	else if (what < 38)
		act_deposit(t);
	else if (what < 60)
		prove(t, 20, 2);
	else if (what < 70)
		act_payout(t);
	else if (what < 73)
		act_cancel(t);
	else if (what < 85)
		sign_plans(t, roll(t, 2) == 0);
	else if (what < 90)
		(void)sim_vote_one(&t->s, (uint8_t)roll(t, SIM_MEMBERS), 500 + roll(t, 4000));
	else if (what < 94)
		act_lie(t);
	else if (what < 96)
		act_reclaim(t);
	else if (what < 98)
		act_conflict(t);
	else
		sim_pass(&t->s, roll(t, 2000));
	if (roll(t, 3) == 0)
		sim_seal(&t->s);
}

/* Everything quiet, everybody honest: what can end ends. */
static void
finish(struct story *t)
{
	for (int round = 0; round < 40; round++) {
		for (uint8_t m = 0; m < SIM_MEMBERS; m++)
			(void)sim_vote_one(&t->s, m, 1000);
		sign_plans(t, true);
		relay(t, mine_some(t, t->s.tip));
		prove(t, 300, 1);
		sim_seal(&t->s);
	}
}

/* --- what the main chain itself says */

static bool
spent_in_branch(const struct story *t, const struct outpoint *o)
{
	for (size_t b = t->s.tip; b != 0; b = t->s.chain.b[b].parent)
		for (size_t i = 1; i < t->s.chain.b[b].block.tx_n; i++)
			for (size_t j = 0; j < t->s.chain.b[b].block.tx[i].in_n; j++)
				if (outpoint_eq(&t->s.chain.b[b].block.tx[i].in[j].prevout, o))
					return true;
	return false;
}

static bool
is_minted(const struct story *t, const struct outpoint *o)
{
	struct deposit d;

	return deposit_get(&d, sim_state(&t->s), o) && d.state == DEPOSIT_MINTED;
}

/* Unspent outputs on the best branch that are the vault's or a minted deposit's. */
static uint64_t
locked_on_main_chain(const struct story *t)
{
	uint64_t total = 0;
	struct vault v;

	CU_ASSERT_FATAL(peg_vault(&v, sim_state(&t->s), 0));
	for (size_t b = t->s.tip; b != 0; b = t->s.chain.b[b].parent)
		for (size_t i = 1; i < t->s.chain.b[b].block.tx_n; i++) {
			const struct tx *tx = &t->s.chain.b[b].block.tx[i];
			struct outpoint o;

			o.txid = t->s.chain.b[b].txid[i];
			for (o.index = 0; o.index < tx->out_n; o.index++) {
				const struct txout *out = &tx->out[o.index];
				bool ours = out->script_len == P2TR_LEN && memcmp(out->script, v.script, P2TR_LEN) == 0;

				if ((ours || is_minted(t, &o)) && !spent_in_branch(t, &o))
					total += tx->out[o.index].value;
			}
		}
	vault_clear(&v);
	return total;
}

/* How often, and with what, the branch pays a payout's destination. */
static size_t
times_paid(const struct story *t, const struct payout *pay)
{
	size_t n = 0;

	for (size_t b = t->s.tip; b != 0; b = t->s.chain.b[b].parent)
		for (size_t i = 1; i < t->s.chain.b[b].block.tx_n; i++)
			for (size_t j = 0; j < t->s.chain.b[b].block.tx[i].out_n; j++) {
				const struct txout *out = &t->s.chain.b[b].block.tx[i].out[j];

				if (out->script_len != pay->script_len || memcmp(out->script, pay->script, out->script_len) != 0)
					continue;
				CU_ASSERT_EQUAL(out->value, amount_units(pay->amount));
				n++;
			}
	return n;
}

static void
check_end(struct story *t)
{
	struct peg_status st = sim_status(&t->s);
	struct state_walk w;
	struct payout pay;
	struct deposit d;
	struct plan plan;

	CU_ASSERT_EQUAL(locked_on_main_chain(t), amount_units(st.reserve));
	CU_ASSERT(st.state != PEG_HALTED);
	payout_walk(&w, sim_state(&t->s));
	while (payout_walk_next(&w, &pay)) {
		bool paid = pay.state == PAYOUT_PAID || pay.state == PAYOUT_FINAL;

		CU_ASSERT_EQUAL(times_paid(t, &pay), paid ? 1 : 0);
		if (pay.state == PAYOUT_QUEUED)
			CU_ASSERT(pay.reason[0] != '\0');
	}
	plan_walk(&w, sim_state(&t->s));
	while (plan_walk_next(&w, &plan))
		CU_ASSERT(plan.state >= PLAN_SETTLED || plan.made + 15 > st.height);
	deposit_walk(&w, sim_state(&t->s));
	while (deposit_walk_next(&w, &d)) {
		t->did[d.state]++;
		CU_ASSERT(d.state != DEPOSIT_WAITING_DEPTH || strcmp(d.reason, "SHALLOW_SUM") == 0);
	}
}

static void
small_caps(struct peg_params *p, struct federation *f)
{
	(void)f;
	CU_ASSERT(peg_params_set(p, "supply_cap", 10 * COIN) && peg_params_set(p, "inflow_cap", 5 * COIN));
	CU_ASSERT(peg_params_set(p, "deposit_max", COIN) && peg_params_set(p, "cap_window", 20));
	CU_ASSERT(peg_params_set(p, "outflow_cap", COIN / 2) && peg_params_set(p, "deposit_fee", 3000));
	CU_ASSERT(peg_params_set(p, "final_depth", 20) && peg_params_set(p, "vault_outputs", 3));
	CU_ASSERT(peg_params_set(p, "plan_payouts", 3) && peg_params_set(p, "quarantine_blocks", 8));
}

static void
run(uint64_t seed, uint32_t did[16])
{
	struct story *t = mem_new(1, sizeof(*t));

	t->rng = seed * 0x9e3779b97f4a7c15 + 1;
	sim_open(&t->s, small_caps);
	sim_mine(&t->s, 5);
	sim_vote(&t->s, 1500);
	for (int i = 0; i < 350; i++)
		step(t);
	finish(t);
	check_end(t);
	for (size_t i = 0; i < 16; i++)
		did[i] += t->did[i];
	did[14] += (uint32_t)sim_status(&t->s).payouts;
	did[15] += (uint32_t)sim_status(&t->s).plans;
	for (size_t i = 0; i < t->n; i++)
		tx_clear(&t->d[i].tx);
	for (size_t i = 0; i < t->pool_n; i++)
		tx_clear(&t->pool[i]);
	sim_close(&t->s);
	free(t);
}

/* C13, D5, D9, D21: any history, the same state on both ledgers, the main chain and the books agree at the end. */
static void
histories(void)
{
	const char *wanted = getenv("TALLY_SEED");
	uint64_t first = wanted != NULL ? strtoull(wanted, NULL, 10) : 1, n = wanted != NULL ? 1 : 3;
	uint32_t did[16] = { 0 };

	for (uint64_t seed = first; seed < first + n; seed++) {
		unsigned failed = CU_get_number_of_failures();

		run(seed, did);
		if (CU_get_number_of_failures() != failed)
			printf("seed %llu\n", (unsigned long long)seed);
	}
	printf("deposits: %u minted, %u quarantined, %u reclaimed, %u dead, %u late, %u small; %u payouts, %u plans\n",
	       did[DEPOSIT_MINTED], did[DEPOSIT_QUARANTINED], did[DEPOSIT_RECLAIMED], did[DEPOSIT_DEAD], did[DEPOSIT_LATE],
	       did[DEPOSIT_BELOW_MIN], did[14], did[15]);
}

static const struct unit_test tests[] = {
	{ "histories", histories },
};

UNIT_MAIN("peg_scenario", tests)
