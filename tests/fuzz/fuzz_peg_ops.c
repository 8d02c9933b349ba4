/* The peg under any operations: nothing crashes, nothing breaks an invariant, what is refused changes nothing, and each
 * payload has one encoding. The ledger is a peg with a minted deposit, a payout and a plan. Input: repeated { operation u8
 * | length u16 | payload }. A number of 0x80 and more takes a good payload and flips one bit of it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/peg/peg.h"
#include "chain/txproof.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mining.h"
#include "tests/unit/signing.h"
#include "token/ledger.h"

#define OPS 13

static struct ledger *ledger;
static struct header chain[8];
static struct tx deposit;
static struct deposit_terms terms;
static struct wr good[OPS]; /* a payload of each kind */

static void
must(bool good_result)
{
	if (!good_result)
		abort();
}

static void
start(struct federation *f, struct peg_params *p)
{
	static const struct module *const modules[] = { &peg_module };
	struct genesis g = { .chain_id = "fuzz", .network = "regtest" };
	struct genesis_section section = { .module = "peg" };
	struct wr w = { 0 };

	peg_params_default(p, chain_params_find("regtest"));
	*f = (struct federation){ .k = 1, .n = 1, .r = 1, .recovery_n = 1 };
	strcpy(f->member[0].name, "one");
	f->member[0].key = test_key(0);
	f->member[0].account = test_account(0);
	f->recovery[0] = test_key(1);
	wr_peg_genesis(&w, p, f);
	section.bytes = w.p;
	section.len = w.len;
	g.sections = &section;
	g.sections_n = 1;
	g.time.sec = p->anchor.header.time + 3600;
	ledger = ledger_new(modules, 1, &g);
	must(ledger_start(ledger, &g) == NULL);
	wr_clear(&w);
	ledger_begin(ledger, g.time);
}

static const char *
apply(uint16_t number, const void *payload, size_t len)
{
	struct wr w = { 0 };
	struct result r;
	const char *reason;

	wr_peg_relay(&w, (enum peg_op)number, payload, len);
	ledger_apply(&r, ledger, w.p, w.len);
	reason = r.reason;
	result_clear(&r);
	wr_clear(&w);
	return reason;
}

static void
mine_chain(const struct peg_params *p)
{
	struct hash256 prev = p->chain->genesis_hash, txid[2];
	struct tx coinbase = { .version = 1 };
	struct outpoint none = { .index = UINT32_MAX };
	uint8_t script[P2TR_LEN];
	struct vault v;

	tx_add_in(&coinbase, &none, SEQUENCE_FINAL);
	tx_add_out(&coinbase, 1, "\x51", 1);
	terms = (struct deposit_terms){ .account = test_account(5), .reclaim = test_key(6) };
	must(peg_vault(&v, ledger_state(ledger), 0) && deposit_script(script, NULL, &v, &terms));
	vault_clear(&v);
	deposit = (struct tx){ .version = 2 };
	tx_add_in(&deposit, &(struct outpoint){ { { 9 } }, 0 }, SEQUENCE_RBF);
	tx_add_out(&deposit, 5000000, script, sizeof(script));
	tx_txid(&txid[0], &coinbase);
	tx_txid(&txid[1], &deposit);
	for (size_t i = 0; i < ARRAY_LEN(chain); i++) {
		struct hash256 hash;

		chain[i] = (struct header){ .version = 4, .prev = prev, .bits = p->chain->limit_bits };
		chain[i].time = p->anchor.header.time + (uint32_t)i + 1;
		if (i == 1)
			merkle_root(&chain[i].merkle_root, NULL, txid, 2);
		mine(&chain[i], &hash);
		prev = hash;
	}
	{
		struct block b = { .header = chain[1], .tx_n = 2 };
		struct op_deposit op = { .terms = terms };
		struct txproof proof;
		struct wr bytes = { 0 };

		b.tx = mem_new(2, sizeof(*b.tx));
		b.tx[0] = coinbase;
		b.tx[1] = tx_copy(&deposit);
		txproof_make(&proof, &b, 1);
		wr_txproof(&bytes, &proof);
		op.proof = bytes.p;
		op.proof_len = bytes.len;
		wr_op_deposit(&good[PEG_DEPOSIT - PEG_HEADERS], &op);
		op.index = 0;
		wr_op_confirm(&good[PEG_CONFIRM - PEG_HEADERS], &(struct op_confirm){ 1, bytes.p, bytes.len });
		wr_op_confirm(&good[PEG_SETTLE - PEG_HEADERS], &(struct op_confirm){ 1, bytes.p, bytes.len });
		wr_op_donate(&good[PEG_DONATE - PEG_HEADERS], &(struct op_donate){ 0, 0, bytes.p, bytes.len });
		wr_op_spent(&good[PEG_SPENT - PEG_HEADERS], &(struct op_spent){ { { { 9 } }, 0 }, NULL, 0, bytes.p, bytes.len });
		wr_clear(&bytes);
		txproof_clear(&proof);
		block_clear(&b);
	}
}

static void
member_payloads(void)
{
	struct op_feerate rate = { .rate = 1000, .mark = { .counter = 1 } };
	struct op_intent intent = { .terms = terms, .mark = { .counter = 1 } };
	struct member_mark pause = { .counter = 1 };
	struct secret_key secret = test_secret(0);
	const struct hash256 *id = ledger_genesis_id(ledger);
	struct hash256 message;
	struct schnorr_sig sig = { { 0 } };

	intent.terms.nonce = 77;
	feerate_message(&message, id, &rate);
	must(schnorr_sign(&rate.mark.sig, &secret, &message, NULL));
	wr_op_feerate(&good[PEG_FEERATE - PEG_HEADERS], &rate);
	intent_message(&message, id, &intent);
	must(schnorr_sign(&intent.mark.sig, &secret, &message, NULL));
	wr_op_intent(&good[PEG_INTENT - PEG_HEADERS], &intent);
	guardian_message(&message, id, &pause);
	must(schnorr_sign(&pause.sig, &secret, &message, NULL));
	wr_op_guardian(&good[PEG_PAUSE - PEG_HEADERS], &pause);
	wr_op_sign(&good[PEG_SIGN - PEG_HEADERS], 1, 0, 0, &sig, 1);
	wr_op_headers(&good[0], chain + 6, 2);
}

/* A peg with something in it, once; each input then works on it and is undone. */
static void
setup(void)
{
	struct account proposer = test_account(0);
	struct federation f;
	struct peg_params p;
	struct wr w = { 0 };
	struct ledger_block b;
	const char *why;

	start(&f, &p);
	mine_chain(&p);
	member_payloads();
	wr_op_headers(&w, chain, 6);
	must(strcmp(apply(PEG_HEADERS, w.p, w.len), "OK") == 0);
	wr_clear(&w);
	must(strcmp(apply(PEG_DEPOSIT, good[1].p, good[1].len), "OK") == 0);
	must(strcmp(apply(PEG_FEERATE, good[6].p, good[6].len), "OK") == 0);
	must(ledger_end(&b, &why, ledger, &proposer));
	ledger_commit(ledger, &b);
}

static void
one_op(struct rd *r)
{
	uint8_t which = rd_u8(r);
	uint16_t number = (uint16_t)(PEG_HEADERS + which % OPS), len = rd_u16(r);
	const struct wr *base = &good[which % OPS];
	struct wr payload = { 0 };

	if (which >= 0x80 && base->len > 0) {
		wr_bytes(&payload, base->p, base->len);
		payload.p[len / 8 % payload.len] ^= (uint8_t)(1u << len % 8);
	} else {
		size_t n = len < r->left ? len : r->left;

		wr_bytes(&payload, rd_take(r, n), n);
	}
	(void)apply(number, payload.p, payload.len);
	assert(ledger_invariants(ledger, true) == NULL);
	wr_clear(&payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct account proposer = test_account(0);
	struct ledger_block b;
	struct unixtime time;
	const char *why;

	if (ledger == NULL)
		setup();
	time = ledger_tip(ledger).time;
	ledger_begin(ledger, time);
	for (int i = 0; i < 8 && r.left > 0; i++)
		one_op(&r);
	must(ledger_end(&b, &why, ledger, &proposer));
	assert(ledger_invariants(ledger, true) == NULL);
	ledger_discard(ledger);
	return 0;
}
