#ifndef TALLY_TESTS_SIGNER_FIXTURE_H
#define TALLY_TESTS_SIGNER_FIXTURE_H
/* A federation of three on regtest, its signers, and plans to put to them. Keys are those of signing.h: members 10, 11, 12; recovery 13, 14,
 * 15; payouts are ordered by accounts 0..9. */
#include "bridge/signer.h"

struct signer_world {
	struct peg_params params;
	struct federation federation;
	struct hash256 genesis_id;
	struct vault vault; /* owned */
};
void signer_world_init(struct signer_world *w);
void signer_world_clear(struct signer_world *w);

/* Member 0, 1 or 2 with this log; NULL when the log does not open. limits NULL: the defaults. */
struct signer *signer_world_member(const struct signer_world *w, unsigned member, const char *log_path, const struct signer_limits *limits);

/* What a coordinator sends: a sheet, and the orders behind its payouts. Tests bend it before it goes out. */
#define PLAN_CASE_PAYS 4
struct plan_case {
	uint32_t height;
	struct plan_sheet sheet;
	struct wr order[PLAN_CASE_PAYS]; /* owned */
	struct signer_evidence evidence[PLAN_CASE_PAYS];
	size_t n;
};
/* An honest plan with this number: two vault inputs of its own, pays (<= 4) payouts that were ordered in transactions of its own, one change
 * output, 2 sat/vB. */
void plan_case_init(struct plan_case *c, const struct signer_world *w, uint64_t plan, size_t pays);
void plan_case_clear(struct plan_case *c);
/* Order and payout number i anew: account, nonce (different orders for different nonces), amount. */
void plan_case_order(struct plan_case *c, const struct signer_world *w, size_t i, unsigned account, uint64_t nonce, uint64_t amount);
/* Change so that the plan pays this fee. */
void plan_case_fee(struct plan_case *c, uint64_t fee);
/* The fee at a rate per 1,000 virtual bytes. */
uint64_t plan_case_fee_at(const struct plan_case *c, const struct signer_world *w, uint32_t rate);
uint64_t plan_case_gross(const struct plan_case *c);
/* The request's body. */
void wr_plan_case(struct wr *w, const struct plan_case *c);

#endif
