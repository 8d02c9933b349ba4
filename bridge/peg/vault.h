#ifndef TALLY_PEG_VAULT_H
#define TALLY_PEG_VAULT_H
/* The scripts that hold the coin.
 *
 *   vault    tr(H, {multi_a(k, members…), and_v(v:multi_a(r, recovery…), older(recovery_delay))})
 *   deposit  tr(P, {multi_a(k, members…), and_v(v:pk(reclaim), older(reclaim_delay))})
 *   P = H + taggedhash("tally/deposit", genesis id | epoch u32 | account | asset | reclaim key | nonce u64)·G, x-only
 *
 * H is BIP341's point without known logarithm. Leaf 0 is the members' in both, so both are signed alike. */
#include "bridge/peg/params.h"
#include "chain/descriptor.h"
#include "chain/script.h"
#include "token/bank.h"

#define P2TR_LEN 34
#define VAULT_CONTROL_LEN 65

/* What a deposit address commits to. */
struct deposit_terms {
	uint32_t epoch;
	struct account account; /* who gets the coin, or the tokens */
	struct asset_id asset;  /* asset 0, or a backed asset */
	struct xonly_key reclaim;
	uint64_t nonce;
};

#define DEPOSIT_TERMS_LEN (4 + ACCOUNT_LEN + 32 + 32 + 8)
void wr_deposit_terms(struct wr *w, const struct deposit_terms *t);
void rd_deposit_terms(struct rd *r, struct deposit_terms *out);

/* An epoch's scripts, ready to use. */
struct vault {
	struct federation federation;
	struct hash256 genesis_id;
	uint32_t reclaim_delay, recovery_delay;
	uint8_t script[P2TR_LEN];           /* the vault's output script */
	uint8_t control[VAULT_CONTROL_LEN]; /* opens leaf 0 of the vault */
	struct wr leaf;                     /* leaf 0: multi_a(k, members…); owned */
	struct hash256 leaf_hash;
};
/* False when a key is not on the curve. Release with vault_clear(). */
MUST_USE bool vault_init(struct vault *out, const struct federation *f, const struct peg_params *p,
			 const struct hash256 *genesis_id);
void vault_clear(struct vault *v);

/* A deposit address's internal key; false when a key is not on the curve (or for one hash in 2^128). */
MUST_USE bool deposit_internal_key(struct xonly_key *out, const struct hash256 *genesis_id, const struct deposit_terms *t);

/* A deposit address's output script and, unless NULL, the control block of its leaf 0. */
MUST_USE bool deposit_script(uint8_t script[P2TR_LEN], uint8_t control[VAULT_CONTROL_LEN], const struct vault *v,
			     const struct deposit_terms *t);

/* What the owner of the reclaim key needs to take his coin back: leaf 1 and its control block. leaf is owned by the caller. */
MUST_USE bool deposit_reclaim_path(struct wr *leaf, uint8_t control[VAULT_CONTROL_LEN], const struct vault *v,
				   const struct deposit_terms *t);

/* Descriptor text with checksum, which Bitcoin Core imports; owned by the caller, NULL when a key is not on the curve. */
MUST_USE char *vault_descriptor(const struct vault *v);
MUST_USE char *deposit_descriptor(const struct vault *v, const struct deposit_terms *t);

/* Witness bytes of one input signed through leaf 0 by exactly k members: what the weight of a plan is counted with. */
size_t vault_witness_len(const struct federation *f);

#endif
