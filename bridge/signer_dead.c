#include "bridge/signer_dead.h"

#include <stdlib.h>

#include "base/mem.h"
#include "chain/header_rules.h"
#include "chain/signet.h"
#include "chain/target.h"
#include "chain/txproof.h"

void
dead_rules_init(struct dead_rules *out, const struct peg_params *p)
{
	struct u256 work = u256_from_u64(1);

	*out = (struct dead_rules){ .chain = p->chain, .tx_version = p->plan_tx_version, .depth = p->dead_depth };
	if (!bits_work(&work, p->anchor.header.bits) || !u256_mul_u64(&work, &work, out->depth))
		work = u256_not(&(struct u256){ { 0 } }); /* never enough; peg_params_check() refuses such an anchor */
	out->work = u256_shr(&work, 2);
}

bool
dead_claim_decode(struct dead_claim *out, struct rd *r)
{
	size_t len;
	const uint8_t *sheet = rd_varbytes(r, &len, r->left);

	if (sheet == NULL || !plan_sheet_decode(&out->sheet, sheet, len))
		return false;
	out->parent = rd_varbytes(r, &out->parent_len, r->left);
	out->proof = rd_varbytes(r, &out->proof_len, TXPROOF_BYTES_MAX);
	out->headers_n = rd_count(r, HEADER_LEN);
	out->headers = rd_take(r, out->headers_n * HEADER_LEN);
	return rd_done(r);
}

void
wr_dead_claim(struct wr *w, const struct dead_claim *c)
{
	struct wr sheet = { 0 };

	wr_plan_sheet(&sheet, &c->sheet);
	wr_varbytes(w, sheet.p, sheet.len);
	wr_varbytes(w, c->parent, c->parent_len);
	wr_varbytes(w, c->proof, c->proof_len);
	wr_compactsize(w, c->headers_n);
	wr_bytes(w, c->headers, c->headers_n * HEADER_LEN);
	wr_clear(&sheet);
}

/* One after another from the block on, each with the work it claims, and enough of it in sum. */
static const char *
judge_headers(struct header *first, const struct dead_claim *c, const struct dead_rules *rules, const struct hash256 *block)
{
	struct hash256 expected = *block, hash;
	struct u256 sum = u256_from_u64(0), work;

	for (size_t i = 0; i < c->headers_n; i++) {
		struct header h;

		if (!header_decode(&h, c->headers + i * HEADER_LEN, HEADER_LEN) || header_check_work(rules->chain, &h) != HEADER_OK ||
		    !bits_work(&work, h.bits) || !u256_add_checked(&sum, &sum, &work))
			return "DEAD_BAD_HEADERS";
		header_hash(&hash, &h);
		if (!hash256_eq(i == 0 ? &hash : &h.prev, &expected))
			return "DEAD_BAD_HEADERS";
		if (i == 0)
			*first = h;
		expected = hash;
	}
	return c->headers_n < rules->depth || u256_cmp(&sum, &rules->work) < 0 ? "DEAD_TOO_SHALLOW" : NULL;
}

static bool
spends(const struct tx *tx, const struct outpoint *o)
{
	for (size_t i = 0; i < tx->in_n; i++) {
		if (outpoint_eq(&tx->in[i].prevout, o))
			return true;
	}
	return false;
}

/* Versions differ in their change alone: with the change that this transaction has, the plan would make it. */
static bool
is_version(const struct tx *tx, const struct plan_sheet *sheet, const struct vault *v)
{
	size_t fixed = sheet->pay_n + (sheet->kind == PLAN_PAYOUT);
	struct plan_sheet *same;
	struct hash256 theirs, ours;
	struct tx made;
	bool ok;

	if (tx->out_n < fixed || tx->out_n - fixed > PLAN_CHANGE_MAX)
		return false;
	same = mem_dup(sheet, sizeof(*sheet));
	same->change_n = tx->out_n - fixed;
	for (size_t i = 0; i < same->change_n; i++)
		same->change[i] = tx->out[sheet->pay_n + i].value;
	ok = plan_transaction(&made, same, v);
	tx_txid(&ours, &made);
	tx_txid(&theirs, tx);
	tx_clear(&made);
	free(same);
	return ok && hash256_eq(&ours, &theirs);
}

static const char *
judge_spend(const struct tx *tx, const struct dead_claim *c, const struct vault *v)
{
	for (size_t i = 0; i < c->sheet.in_n; i++) {
		if (spends(tx, &c->sheet.in[i].prevout))
			return is_version(tx, &c->sheet, v) ? "PLAN_ALIVE" : NULL;
	}
	return "NOT_SPENT";
}

/* The parent made an input of the plan, and tx, another transaction, spends what the parent spends: the input can never exist. */
static const char *
judge_conflict(const struct tx *tx, const struct dead_claim *c)
{
	struct rd r = rd_init(c->parent, c->parent_len);
	struct hash256 parent_id, id;
	struct tx parent;
	bool made = false, lost = false;

	rd_tx_stripped(&r, &parent);
	tx_txid(&parent_id, &parent);
	tx_txid(&id, tx);
	for (size_t i = 0; rd_done(&r) && i < c->sheet.in_n; i++)
		made = made || (hash256_eq(&c->sheet.in[i].prevout.txid, &parent_id) && c->sheet.in[i].prevout.index < parent.out_n);
	for (size_t i = 0; i < parent.in_n; i++)
		lost = lost || spends(tx, &parent.in[i].prevout);
	tx_clear(&parent);
	return made && lost && !hash256_eq(&id, &parent_id) ? NULL : "NOT_SPENT";
}

const char *
dead_claim_judge(struct hash256 *spender, const struct dead_claim *c, const struct dead_rules *rules, const struct vault *v)
{
	struct txproof proof;
	struct header first;
	const char *why;

	if (c->sheet.epoch != v->federation.epoch || c->sheet.tx_version != rules->tx_version)
		return "OTHER_FEDERATION";
	if (!txproof_decode(&proof, c->proof, c->proof_len))
		return "DEAD_BAD_PROOF";
	why = judge_headers(&first, c, rules, &proof.block);
	if (why == NULL && txproof_check(&proof, &first.merkle_root) != TXPROOF_OK)
		why = "DEAD_BAD_PROOF";
	if (why == NULL && signet_check_coinbase(rules->chain, &first, &proof.coinbase, proof.coinbase_branch, proof.depth) != SIGNET_OK)
		why = "DEAD_BAD_SIGNET";
	if (why == NULL)
		why = c->parent_len == 0 ? judge_spend(&proof.tx, c, v) : judge_conflict(&proof.tx, c);
	tx_txid(spender, &proof.tx);
	txproof_clear(&proof);
	return why;
}
