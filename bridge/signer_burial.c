#include "bridge/signer_burial.h"

#include <stdlib.h>

#include "base/mem.h"
#include "bridge/peg/peg.h"
#include "chain/txproof.h"

#define HEADERS_TIMES 4 /* more headers than the depth asks for, in case work has become cheaper */

/* What is being looked for. */
struct burial {
	struct mainchain *chain;
	uint32_t depth;
	uint64_t plan;
	burial_fn *done;
	void *context;
	struct dead_claim claim; /* proof and headers to come */
	struct outpoint lost;    /* what the other transaction spends… */
	struct hash256 txid;     /* …or, with a parent, what it is */
	struct wr parent;        /* owned; empty: none */
};

static bool
shares(const struct plan *dead, const struct plan_sheet *sheet)
{
	for (size_t i = 0; i < dead->in_n; i++) {
		for (size_t j = 0; j < sheet->in_n; j++) {
			if (outpoint_eq(&dead->in[i].outpoint, &sheet->in[j].prevout))
				return true;
		}
	}
	for (size_t i = 0; i < dead->payouts_n; i++) {
		for (size_t j = 0; j < sheet->pay_n; j++) {
			if (dead->payout[i] == sheet->pay[j].payout)
				return true;
		}
	}
	return false;
}

uint64_t
burial_in_the_way(const struct state *s, const struct plan_sheet *sheet, uint64_t after)
{
	struct plan *p = mem_new(1, sizeof(*p));
	struct state_walk w;
	uint64_t found = 0;

	plan_walk(&w, s);
	while (found == 0 && plan_walk_next(&w, p)) {
		if (p->id > after && p->state == PLAN_DEAD && shares(p, sheet))
			found = p->id;
	}
	free(p);
	return found;
}

/* --- Where to look --- */

/* A deposit that its owner took back. */
static bool
lost_deposit(struct burial *b, struct block_ref *where, const struct state *s, const struct outpoint *o)
{
	struct deposit d;

	if (!deposit_get(&d, s, o) || d.state != DEPOSIT_DEAD || block_ref_is_none(&d.spent))
		return false;
	*where = d.spent;
	b->lost = *o;
	return true;
}

/* Change of a plan's version where another version of that plan confirmed. */
static bool
lost_change(struct burial *b, struct block_ref *where, const struct state *s, const struct outpoint *o)
{
	struct plan *maker = mem_new(1, sizeof(*maker));
	struct plan_sheet *sheet = mem_new(1, sizeof(*sheet));
	struct plan_version other;
	struct vault vault = { 0 };
	struct tx parent = { 0 };
	uint64_t plan;
	uint32_t version;
	bool ok;

	ok = plan_find_txid(&plan, &version, s, &o->txid) && plan_get(maker, s, plan) && !block_ref_is_none(&maker->confirmed) &&
	     maker->confirmed_version != version && plan_version_get(&other, s, plan, maker->confirmed_version) &&
	     peg_plan_sheet(sheet, s, plan, version) && peg_vault(&vault, s, sheet->epoch) && plan_transaction(&parent, sheet, &vault);
	if (ok) {
		*where = maker->confirmed;
		b->txid = other.txid;
		wr_tx_stripped(&b->parent, &parent);
	}
	tx_clear(&parent);
	vault_clear(&vault);
	free(sheet);
	free(maker);
	return ok;
}

/* --- The proof --- */

static void
burial_end(struct burial *b, const struct wr *request, const char *why)
{
	b->done(b->context, b->plan, request, why);
	wr_clear(&b->parent);
	free(b);
}

static bool
is_the_one(const struct burial *b, const struct tx *tx)
{
	struct hash256 id;

	if (b->parent.len > 0) {
		tx_txid(&id, tx);
		return hash256_eq(&id, &b->txid);
	}
	for (size_t i = 0; i < tx->in_n; i++) {
		if (outpoint_eq(&tx->in[i].prevout, &b->lost))
			return true;
	}
	return false;
}

static size_t
gather_headers(struct wr *out, const struct burial *b, uint32_t height)
{
	struct spv_header h;
	size_t n = 0;

	while (n < (size_t)b->depth * HEADERS_TIMES && spv_header_at(mainchain_spv(b->chain), height + (uint32_t)n, &h)) {
		wr_header(out, &h.header);
		n++;
	}
	return n;
}

/* The block that has the other transaction. */
static void
on_block(void *context, const struct block *block, uint32_t height, const char *why)
{
	struct burial *b = context;
	struct wr proof_bytes = { 0 }, headers = { 0 }, request = { 0 };
	struct txproof proof;
	size_t i = 0;

	while (block != NULL && i < block->tx_n && !is_the_one(b, &block->tx[i]))
		i++;
	if (block == NULL || i == block->tx_n) {
		burial_end(b, NULL, block == NULL ? why : "the block does not have the transaction that it should");
		return;
	}
	txproof_make(&proof, block, i);
	wr_txproof(&proof_bytes, &proof);
	txproof_clear(&proof);
	b->claim.proof = proof_bytes.p;
	b->claim.proof_len = proof_bytes.len;
	b->claim.parent = b->parent.p;
	b->claim.parent_len = b->parent.len;
	b->claim.headers_n = gather_headers(&headers, b, height);
	b->claim.headers = headers.p;
	wr_signer_dead(&request, &b->claim);
	burial_end(b, &request, NULL);
	wr_clear(&proof_bytes);
	wr_clear(&headers);
	wr_clear(&request);
}

void
burial_make(struct mainchain *m, const struct state *s, const struct peg_params *p, uint64_t plan, burial_fn *done, void *context)
{
	struct burial *b = mem_new(1, sizeof(*b));
	struct plan *dead = mem_new(1, sizeof(*dead));
	struct block_ref where;
	bool found = false;

	*b = (struct burial){ .chain = m, .depth = p->dead_depth, .plan = plan, .done = done, .context = context };
	if (plan_get(dead, s, plan) && peg_plan_sheet(&b->claim.sheet, s, plan, dead->versions - 1)) {
		for (size_t i = 0; !found && i < dead->in_n; i++)
			found = lost_deposit(b, &where, s, &dead->in[i].outpoint) || lost_change(b, &where, s, &dead->in[i].outpoint);
	}
	free(dead);
	if (found)
		mainchain_fetch(m, &where.hash, on_block, b);
	else
		burial_end(b, NULL, "it is not known which transaction did it");
}
