#ifndef TALLY_PEG_PLAN_TX_H
#define TALLY_PEG_PLAN_TX_H
/* From a plan's version to its main-chain transaction, and from signatures to its witnesses. Pure functions of a sheet
 * that says all there is to say about the version, so that a signer rebuilds the transaction by itself and signs what it
 * built. */
#include "bridge/peg/records.h"

struct plan_input {
	struct outpoint prevout;
	uint64_t value;
	bool deposit;               /* a deposit address's output; else the vault's */
	struct deposit_terms terms; /* deposit only */
};

struct plan_pay {
	uint64_t payout; /* id */
	uint64_t amount;
	uint8_t script[PEG_SCRIPT_MAX];
	size_t script_len;
};

/* Everything in one version of a plan. Outputs in this order: payouts, change to the vault, anchor. */
struct plan_sheet {
	uint64_t plan;
	uint32_t version;
	enum plan_kind kind;
	uint32_t epoch;
	uint32_t tx_version;
	uint32_t rate; /* sat per 1,000 virtual bytes; what was asked for, the fee is inputs - outputs */
	size_t in_n;
	struct plan_input in[PLAN_INPUTS_MAX];
	size_t pay_n;
	struct plan_pay pay[PLAN_PAYOUTS_MAX];
	size_t change_n;
	uint64_t change[PLAN_CHANGE_MAX];
	uint64_t anchor_height; /* payout plans only */
	struct hash256 anchor_hash;
};

/* Canonical bytes, for the way from daemon to signer. */
void wr_plan_sheet(struct wr *w, const struct plan_sheet *s);
MUST_USE bool plan_sheet_decode(struct plan_sheet *out, const void *bytes, size_t len);

/* The unsigned transaction; false when a deposit's key is not on the curve. Release with tx_clear(). */
MUST_USE bool plan_transaction(struct tx *out, const struct plan_sheet *s, const struct vault *v);

/* The outputs that its inputs spend: fills s->in_n of them, scripts owned; release with plan_spent_clear(). */
MUST_USE bool plan_spent(struct txout *out, const struct plan_sheet *s, const struct vault *v);
void plan_spent_clear(struct txout *spent, size_t n);

/* BIP341 messages of all inputs (leaf 0, SIGHASH_DEFAULT): fills s->in_n of them. */
MUST_USE bool plan_messages(struct hash256 *out, const struct plan_sheet *s, const struct vault *v);

/* One member's signatures over the messages. */
struct plan_share {
	uint8_t member;
	const uint8_t *sigs; /* borrowed: 64 in_n bytes */
};
/* The complete transaction from the first k of n shares in ascending member order; false with fewer than k. */
MUST_USE bool plan_complete_transaction(struct tx *out, const struct plan_sheet *s, const struct vault *v,
					const struct plan_share *shares, size_t n);

/* Weight of the complete transaction, to the unit (64-byte signatures), and the fee it owes at a rate, rounded up. */
size_t plan_weight(const struct plan_sheet *s, const struct vault *v);
uint64_t plan_fee(size_t weight, uint32_t rate);

/* OP_RETURN push("TLY" | sidechain height u64 | app hash): 45 bytes. */
#define PLAN_ANCHOR_LEN 45
void plan_anchor_script(uint8_t out[PLAN_ANCHOR_LEN], uint64_t height, const struct hash256 *app_hash);

#endif
