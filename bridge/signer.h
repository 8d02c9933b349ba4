#ifndef TALLY_BRIDGE_SIGNER_H
#define TALLY_BRIDGE_SIGNER_H
/* One federation member's signer: what it agrees to sign. Used by the process tally-signer, which reads requests from a socket, and on
 * regtest inside the daemon (--signer=builtin).
 *
 * It trusts the daemon for nothing that it can check. It rebuilds the transaction from the plan's sheet and its own copy of the genesis, so
 * that every output is a payout or the vault; a payout must come with its owner's signed transaction; the fee rate, and the gross
 * outflow of a window, stay within limits of its own; an input or a payout that it signed for is never signed for in another plan, unless
 * it has seen proof that the first can never confirm.
 *
 *   frame   = length u32 | body
 *   request = kind u8 | …
 *     1 HELLO    genesis id                    -> member u8 | key | max rate u32
 *     2 PLAN     height u32 | sheet varbytes | count | (payout u64 | op u32 | transaction varbytes) …   -> count | 64-byte signature …
 *     3 FEERATE  rate u32 | epoch u32 | counter u64      -> one signature
 *     4 INTENT   counter u64 | deposit terms             -> one signature
 *     5 DEAD     claim (signer_dead.h)                   -> nothing
 *   answer  = 0 u8 | what stands above, or 1 u8 | reason varbytes */
#include "bridge/signer_dead.h"
#include "bridge/signer_log.h"

#define SIGNER_FRAME_MAX 12000000 /* a hundred payouts with transactions of 100 kB each */

enum signer_request_kind { SIGNER_HELLO = 1, SIGNER_PLAN = 2, SIGNER_FEERATE = 3, SIGNER_INTENT = 4, SIGNER_DEAD = 5 };

struct signer_limits {
	uint32_t max_rate;        /* sat per 1,000 virtual bytes */
	struct amount max_outflow; /* gross payouts in a window */
	uint32_t window_blocks;
	int64_t window_seconds;   /* 0 on regtest, where blocks come as asked */
};
/* Defaults: 500 sat/vB, and the peg's own outflow cap and window. */
struct signer_limits signer_limits_default(const struct peg_params *p);

struct signer;

/* NULL and *why (static) when the key is no member's. The secret is copied into locked memory; log is owned from now on, also on failure. */
MUST_USE struct signer *signer_new(const char **why, const struct peg_params *p, const struct federation *f, const struct hash256 *genesis_id,
				   const struct secret_key *secret, const struct signer_limits *limits, struct signer_log *log);
void signer_free(struct signer *s);
uint8_t signer_member(const struct signer *s);
const char *signer_name(const struct signer *s);

/* Answer one request body; the answer's body is appended to out. aux: 32 fresh random bytes for BIP340. */
void signer_handle(struct wr *out, struct signer *s, const void *request, size_t len, struct unixtime now, const uint8_t aux[32]);

/* --- The daemon's side of the wire --- */

struct signer_evidence {
	uint64_t payout;
	uint32_t op;
	const uint8_t *transaction; /* borrowed */
	size_t len;
};
void wr_signer_hello(struct wr *w, const struct hash256 *genesis_id);
void wr_signer_plan(struct wr *w, uint32_t height, const struct plan_sheet *sheet, const struct signer_evidence *evidence, size_t n);
void wr_signer_feerate(struct wr *w, uint32_t epoch, uint64_t counter, uint32_t rate);
void wr_signer_intent(struct wr *w, uint64_t counter, const struct deposit_terms *terms);
void wr_signer_dead(struct wr *w, const struct dead_claim *c);

/* Answers. On a refusal *reason gets its text (cut to len), and false comes back; a malformed answer is reason "BAD_ANSWER". */
struct signer_hello {
	uint8_t member;
	struct xonly_key key;
	uint32_t max_rate;
};
MUST_USE bool signer_hello_answer(struct signer_hello *out, char *reason, size_t reason_len, const void *answer, size_t len);
/* Agreed, with nothing to add. */
MUST_USE bool signer_plain_answer(char *reason, size_t reason_len, const void *answer, size_t len);
/* Exactly n signatures, borrowed from the answer. */
MUST_USE bool signer_sigs_answer(const uint8_t **sigs, size_t n, char *reason, size_t reason_len, const void *answer, size_t len);

#endif
