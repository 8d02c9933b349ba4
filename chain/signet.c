#include "chain/signet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/interpreter.h"
#include "chain/merkle.h"
#include "chain/script.h"

#define SIGNET_RULES (SCRIPT_RULE_P2SH | SCRIPT_RULE_WITNESS | SCRIPT_RULE_DERSIG | SCRIPT_RULE_NULLDUMMY)

static const uint8_t signet_header[] = { 0xec, 0xc7, 0xda, 0xa2 };

void
signet_magic(uint8_t out[4], const uint8_t *challenge, size_t len)
{
	struct wr w = { 0 };
	struct hash256 h;

	wr_varbytes(&w, challenge, len);
	sha256d(&h, w.p, w.len);
	memcpy(out, h.b, 4);
	wr_clear(&w);
}

/* "Any push operations that do not start with the 4 byte Signet header are ignored. Multiple push operations with the 4 byte Signet header
 * are ignored except for the first instance of the header." A bare header is no solution. */
static bool
is_solution(const struct script_op *op)
{
	return op->len > sizeof(signet_header) && memcmp(op->data, signet_header, sizeof(signet_header)) == 0;
}

/* The commitment with an empty solution in the place of the first; *solution is borrowed from it, NULL for none. The other pushes get their
 * shortest form, and what can't be read is dropped: as Bitcoin Core's FetchAndClearCommitmentSection() does. */
static void
take_solution(struct wr *cleared, const uint8_t **solution, size_t *len, const struct txout *commitment)
{
	struct rd r = rd_init(commitment->script, commitment->script_len);
	struct script_op op;

	*solution = NULL;
	while (script_next(&r, &op)) {
		if (*solution == NULL && is_solution(&op)) {
			*solution = op.data + sizeof(signet_header);
			*len = op.len - sizeof(signet_header);
			wr_push_bytes(cleared, signet_header, sizeof(signet_header));
		} else if (op.len > 0) {
			wr_push_bytes(cleared, op.data, op.len);
		} else {
			wr_u8(cleared, op.opcode);
		}
	}
	if (*solution != NULL)
		return;
	wr_reset(cleared);
	wr_bytes(cleared, commitment->script, commitment->script_len);
}

/* The root of the block with this coinbase in the place of its own. */
static void
root_with(struct hash256 *out, const struct tx *coinbase, const struct hash256 *branch, size_t depth)
{
	struct hash256 txid;
	bool ok;

	tx_txid(&txid, coinbase);
	ok = merkle_fold(out, &txid, branch, depth, 0);
	assert(ok);
}

static void
make_to_spend(struct tx *out, const struct chain_params *p, const struct header *h, const struct hash256 *root)
{
	struct wr data = { 0 }, script = { 0 };

	wr_i32(&data, h->version);
	wr_hash256(&data, &h->prev);
	wr_hash256(&data, root);
	wr_u32(&data, h->time);
	wr_u8(&script, OP_0);
	wr_push_bytes(&script, data.p, data.len);
	tx_add_in(out, &(struct outpoint){ .index = UINT32_MAX }, 0);
	out->in[0].script_sig = script.p;
	out->in[0].script_sig_len = script.len;
	tx_add_out(out, 0, p->signet_challenge, p->signet_challenge_len);
	wr_clear(&data);
}

/* "x bytes - scriptSig, y bytes - scriptWitness": a string, then a count of strings. */
static bool
read_solution(struct txin *in, const uint8_t *solution, size_t len)
{
	struct rd r = rd_init(solution, len);
	size_t n;
	const uint8_t *p = rd_varbytes(&r, &n, len);

	if (p == NULL)
		return false;
	if (n > 0)
		in->script_sig = mem_dup(p, n);
	in->script_sig_len = n;
	for (size_t left = rd_count(&r, 1); left > 0 && rd_ok(&r); left--) {
		p = rd_varbytes(&r, &n, len);
		if (p != NULL)
			txin_add_witness(in, p, n);
	}
	return rd_done(&r);
}

enum signet_verdict
signet_txs_make(struct signet_txs *out, const struct chain_params *p, const struct header *h, const struct tx *coinbase,
		const struct hash256 *branch, size_t depth)
{
	const struct txout *commitment = block_commitment(coinbase);
	struct outpoint spent = { .index = 0 };
	struct tx modified;
	struct txout *cleared;
	struct wr script = { 0 };
	const uint8_t *solution;
	struct hash256 root;
	size_t len = 0;

	*out = (struct signet_txs){ 0 };
	if (commitment == NULL)
		return SIGNET_NO_COMMITMENT;
	take_solution(&script, &solution, &len, commitment);
	modified = tx_copy(coinbase);
	cleared = &modified.out[commitment - coinbase->out];
	free(cleared->script);
	cleared->script = script.p;
	cleared->script_len = script.len;
	root_with(&root, &modified, branch, depth);
	tx_clear(&modified);
	make_to_spend(&out->to_spend, p, h, &root);
	tx_txid(&spent.txid, &out->to_spend);
	tx_add_in(&out->to_sign, &spent, 0);
	tx_add_out(&out->to_sign, 0, "\x6a", 1); /* OP_RETURN */
	if (solution == NULL || read_solution(&out->to_sign.in[0], solution, len))
		return SIGNET_OK;
	signet_txs_clear(out);
	return SIGNET_MALFORMED;
}

void
signet_txs_clear(struct signet_txs *txs)
{
	tx_clear(&txs->to_spend);
	tx_clear(&txs->to_sign);
}

enum signet_verdict
signet_check_coinbase(const struct chain_params *p, const struct header *h, const struct tx *coinbase, const struct hash256 *branch,
		      size_t depth)
{
	struct sighash_shared shared;
	struct signet_txs txs;
	enum signet_verdict v;
	struct hash256 hash;

	if (p->signet_challenge == NULL)
		return SIGNET_OK;
	header_hash(&hash, h);
	if (hash256_eq(&hash, &p->genesis_hash))
		return SIGNET_OK;
	v = signet_txs_make(&txs, p, h, coinbase, branch, depth);
	if (v != SIGNET_OK)
		return v;
	sighash_share(&shared, &txs.to_sign, txs.to_spend.out);
	if (script_verify(&txs.to_sign, txs.to_spend.out, &shared, 0, SIGNET_RULES) != SCRIPT_OK)
		v = SIGNET_UNSOLVED;
	signet_txs_clear(&txs);
	return v;
}

enum signet_verdict
signet_check(const struct chain_params *p, const struct block *b)
{
	struct hash256 *txid, branch[MERKLE_BRANCH_MAX];
	size_t depth;

	assert(b->tx_n > 0);
	if (p->signet_challenge == NULL)
		return SIGNET_OK;
	txid = mem_new(b->tx_n, sizeof(*txid));
	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&txid[i], &b->tx[i]);
	depth = merkle_branch(branch, txid, b->tx_n, 0);
	free(txid);
	return signet_check_coinbase(p, &b->header, &b->tx[0], branch, depth);
}
