#include "bridge/peg/vault.h"

#include <stdlib.h>
#include <string.h>

#include "chain/taproot.h"

void
wr_deposit_terms(struct wr *w, const struct deposit_terms *t)
{
	wr_u32(w, t->epoch);
	wr_account(w, &t->account);
	wr_asset_id(w, &t->asset);
	wr_xonly(w, &t->reclaim);
	wr_u64(w, t->nonce);
}

void
rd_deposit_terms(struct rd *r, struct deposit_terms *out)
{
	out->epoch = rd_u32(r);
	rd_account(r, &out->account);
	rd_asset_id(r, &out->asset);
	rd_xonly(r, &out->reclaim);
	out->nonce = rd_u64(r);
}

/* The members' half of both trees. keys must live as long as the result. */
static struct multi_a
members_leaf(struct xonly_key keys[PEG_MEMBERS_MAX], const struct federation *f)
{
	for (size_t i = 0; i < f->n; i++)
		keys[i] = f->member[i].key;
	return (struct multi_a){ f->k, f->n, keys };
}

static bool
vault_tree(struct two_leaf_tree *out, const struct vault *v)
{
	struct xonly_key keys[PEG_MEMBERS_MAX];
	struct multi_a members = members_leaf(keys, &v->federation);
	struct multi_a recovery = { v->federation.r, v->federation.recovery_n, v->federation.recovery };

	return tree_multi_older_multi(out, &taproot_nums_key, members, recovery, v->recovery_delay);
}

bool
vault_init(struct vault *out, const struct federation *f, const struct peg_params *p, const struct hash256 *genesis_id)
{
	struct two_leaf_tree t;

	*out = (struct vault){ .federation = *f, .genesis_id = *genesis_id };
	out->reclaim_delay = p->reclaim_delay;
	out->recovery_delay = p->recovery_delay;
	if (!vault_tree(&t, out))
		return false;
	script_p2tr(out->script, &t.output_key);
	two_leaf_control(out->control, &t, 0);
	wr_bytes(&out->leaf, t.leaf[0].p, t.leaf[0].len);
	out->leaf_hash = t.leaf_hash[0];
	two_leaf_tree_clear(&t);
	return true;
}

void
vault_clear(struct vault *v)
{
	wr_clear(&v->leaf);
}

bool
deposit_internal_key(struct xonly_key *out, const struct hash256 *genesis_id, const struct deposit_terms *t)
{
	struct wr w = { 0 };
	struct hash256 tweak;

	wr_hash256(&w, genesis_id);
	wr_deposit_terms(&w, t);
	sha256_tagged(&tweak, "tally/deposit", w.p, w.len);
	wr_clear(&w);
	return xonly_tweak_add(out, NULL, &taproot_nums_key, &tweak);
}

static bool
deposit_tree(struct two_leaf_tree *out, const struct vault *v, const struct deposit_terms *t)
{
	struct xonly_key keys[PEG_MEMBERS_MAX], internal;

	return xonly_valid(&t->reclaim) && deposit_internal_key(&internal, &v->genesis_id, t) &&
	       tree_multi_older_pk(out, &internal, members_leaf(keys, &v->federation), &t->reclaim, v->reclaim_delay);
}

bool
deposit_script(uint8_t script[P2TR_LEN], uint8_t control[VAULT_CONTROL_LEN], const struct vault *v, const struct deposit_terms *t)
{
	struct two_leaf_tree tree;

	if (!deposit_tree(&tree, v, t))
		return false;
	script_p2tr(script, &tree.output_key);
	if (control != NULL)
		two_leaf_control(control, &tree, 0);
	two_leaf_tree_clear(&tree);
	return true;
}

bool
deposit_reclaim_path(struct wr *leaf, uint8_t control[VAULT_CONTROL_LEN], const struct vault *v, const struct deposit_terms *t)
{
	struct two_leaf_tree tree;

	if (!deposit_tree(&tree, v, t))
		return false;
	wr_bytes(leaf, tree.leaf[1].p, tree.leaf[1].len);
	two_leaf_control(control, &tree, 1);
	two_leaf_tree_clear(&tree);
	return true;
}

char *
vault_descriptor(const struct vault *v)
{
	struct xonly_key keys[PEG_MEMBERS_MAX];
	struct multi_a recovery = { v->federation.r, v->federation.recovery_n, v->federation.recovery };

	return descriptor_multi_older_multi(&taproot_nums_key, members_leaf(keys, &v->federation), recovery, v->recovery_delay);
}

char *
deposit_descriptor(const struct vault *v, const struct deposit_terms *t)
{
	struct xonly_key keys[PEG_MEMBERS_MAX], internal;

	if (!xonly_valid(&t->reclaim) || !deposit_internal_key(&internal, &v->genesis_id, t))
		return NULL;
	return descriptor_multi_older_pk(&internal, members_leaf(keys, &v->federation), &t->reclaim, v->reclaim_delay);
}

size_t
vault_witness_len(const struct federation *f)
{
	struct xonly_key keys[PEG_MEMBERS_MAX];
	struct multi_a members = members_leaf(keys, f);
	struct wr leaf = { 0 };
	size_t script;

	wr_multi_a(&leaf, members.k, members.keys, members.n);
	script = leaf.len;
	wr_clear(&leaf);
	/* item count; n items, of which k hold 64 bytes and n - k none; script; control block */
	return compactsize_len(f->n + 2) + f->n + (size_t)f->k * 64 + compactsize_len(script) + script + 1 + VAULT_CONTROL_LEN;
}
