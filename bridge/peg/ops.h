#ifndef TALLY_PEG_OPS_H
#define TALLY_PEG_OPS_H
/* The peg's operations: numbers and payloads. PAYOUT, CANCEL and INTENT_PAID travel in a signed transaction, the others
 * alone in a relay transaction. Decoders borrow from the payload, which must outlive what they fill; each refuses anything
 * missing, left over or not in its one valid encoding. Integers are little-endian. */
#include "bridge/peg/vault.h"
#include "chain/tx.h"

enum peg_op {
	PEG_HEADERS = 100,
	PEG_DEPOSIT = 101,
	PEG_INTENT = 102,      /* endorsed by a member */
	PEG_INTENT_PAID = 103, /* signed and paid for by its source */
	PEG_PAYOUT = 104,
	PEG_CANCEL = 105,
	PEG_FEERATE = 106,
	PEG_SIGN = 107,
	PEG_CONFIRM = 108,
	PEG_SETTLE = 109,
	PEG_SPENT = 110,
	PEG_DONATE = 111,
	PEG_PAUSE = 112, /* a guardian's vote to pause */
};

#define PEG_HEADERS_MAX 1000
#define PEG_SCRIPT_MAX 34 /* longest standard destination */

/* HEADERS: 1..1,000 headers of 80 bytes. Each one's parent is in the state or stands before it. */
struct op_headers {
	size_t n;
	const uint8_t *bytes; /* borrowed */
};
MUST_USE bool op_headers_decode(struct op_headers *out, const void *payload, size_t len);
void wr_op_headers(struct wr *w, const struct header *headers, size_t n);

/* DEPOSIT: terms | output index u32 | proof (chain/txproof.h, to the end). */
struct op_deposit {
	struct deposit_terms terms;
	uint32_t index;
	const uint8_t *proof; /* borrowed */
	size_t proof_len;
};
MUST_USE bool op_deposit_decode(struct op_deposit *out, const void *payload, size_t len);
void wr_op_deposit(struct wr *w, const struct op_deposit *op);

/* A federation member's word outside a plan: epoch u32 | member u8 | counter u64 | BIP340 signature. The counter rises
 * with each message of the member of that kind. */
struct member_mark {
	uint32_t epoch;
	uint8_t member;
	uint64_t counter;
	struct schnorr_sig sig;
};

/* INTENT: terms | mark. INTENT_PAID: terms. */
struct op_intent {
	struct deposit_terms terms;
	struct member_mark mark; /* INTENT only */
};
MUST_USE bool op_intent_decode(struct op_intent *out, const void *payload, size_t len);
void wr_op_intent(struct wr *w, const struct op_intent *op);
MUST_USE bool op_intent_paid_decode(struct deposit_terms *out, const void *payload, size_t len);
void wr_op_intent_paid(struct wr *w, const struct deposit_terms *t);

/* PAYOUT: amount u64 | max fee u64 | script varbytes (at most 34). */
struct op_payout {
	struct amount amount, max_fee;
	const uint8_t *script; /* borrowed */
	size_t script_len;
};
MUST_USE bool op_payout_decode(struct op_payout *out, const void *payload, size_t len);
void wr_op_payout(struct wr *w, const struct op_payout *op);

/* CANCEL: payout u64. */
MUST_USE bool op_cancel_decode(uint64_t *payout, const void *payload, size_t len);
void wr_op_cancel(struct wr *w, uint64_t payout);

/* FEERATE: rate u32 (sat per 1,000 virtual bytes) | mark. */
struct op_feerate {
	uint32_t rate;
	struct member_mark mark;
};
MUST_USE bool op_feerate_decode(struct op_feerate *out, const void *payload, size_t len);
void wr_op_feerate(struct wr *w, const struct op_feerate *op);

/* SIGN: plan u64 | version u32 | member u8 | one 64-byte BIP340 signature for each input, in order, SIGHASH_DEFAULT. */
struct op_sign {
	uint64_t plan;
	uint32_t version;
	uint8_t member;
	size_t n;
	const uint8_t *sigs; /* borrowed: 64 n bytes */
};
MUST_USE bool op_sign_decode(struct op_sign *out, const void *payload, size_t len);
void wr_op_sign(struct wr *w, uint64_t plan, uint32_t version, uint8_t member, const struct schnorr_sig *sigs, size_t n);

/* CONFIRM, SETTLE: plan u64 | proof to the end; any version of the plan. */
struct op_confirm {
	uint64_t plan;
	const uint8_t *proof; /* borrowed */
	size_t proof_len;
};
MUST_USE bool op_confirm_decode(struct op_confirm *out, const void *payload, size_t len);
void wr_op_confirm(struct wr *w, const struct op_confirm *op);

/* SPENT: outpoint | parent varbytes | proof to the end. With an empty parent the proven transaction spends the outpoint
 * itself. Else parent is the transaction (without witness) that made the outpoint, and the proven one is another that
 * spends one of parent's inputs, so the outpoint can never exist. */
struct op_spent {
	struct outpoint outpoint;
	const uint8_t *parent; /* borrowed */
	size_t parent_len;
	const uint8_t *proof; /* borrowed */
	size_t proof_len;
};
MUST_USE bool op_spent_decode(struct op_spent *out, const void *payload, size_t len);
void wr_op_spent(struct wr *w, const struct op_spent *op);

/* DONATE: epoch u32 | output index u32 | proof to the end: an output to the vault that no plan made. */
struct op_donate {
	uint32_t epoch;
	uint32_t index;
	const uint8_t *proof; /* borrowed */
	size_t proof_len;
};
MUST_USE bool op_donate_decode(struct op_donate *out, const void *payload, size_t len);
void wr_op_donate(struct wr *w, const struct op_donate *op);

/* PAUSE: mark. */
MUST_USE bool op_guardian_decode(struct member_mark *out, const void *payload, size_t len);
void wr_op_guardian(struct wr *w, const struct member_mark *mark);

/* What a member signs: taggedhash("tally/intent" | "tally/feerate" | "tally/guardian", genesis id | epoch | member |
 * counter | subject), where the subject is the terms, the rate u32, and nothing. mark->sig is not looked at. */
void intent_message(struct hash256 *out, const struct hash256 *genesis_id, const struct op_intent *op);
void feerate_message(struct hash256 *out, const struct hash256 *genesis_id, const struct op_feerate *op);
void guardian_message(struct hash256 *out, const struct hash256 *genesis_id, const struct member_mark *mark);

/* A whole relay transaction around a payload, ready to submit. */
void wr_peg_relay(struct wr *w, enum peg_op number, const void *payload, size_t len);

#endif
