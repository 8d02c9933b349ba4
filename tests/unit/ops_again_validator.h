#ifndef TALLY_TESTS_OPS_AGAIN_VALIDATOR_H
#define TALLY_TESTS_OPS_AGAIN_VALIDATOR_H
/* As ops_again.h, for validators. */
#include "tests/unit/ops_again.h"
#include "token/validator.h"

OPS_AGAIN(op_register_validator)
OPS_AGAIN(op_validator)
OPS_AGAIN(op_bond)
OPS_AGAIN(op_withdraw)
OPS_AGAIN(op_vote_validators)
OPS_AGAIN(op_evidence)
OPS_AGAIN(action_validators)

static bool
again_validators_section(struct wr *w, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	struct validators_genesis g;

	if (!rd_validators_section(&r, &g) || !rd_done(&r))
		return false;
	wr_validators_section(w, &g);
	return true;
}

static ops_again_fn *const ops_again_validator[] = {
	again_op_register_validator, again_op_validator, again_op_bond,           again_op_withdraw,
	again_op_vote_validators,    again_op_evidence,  again_action_validators, again_validators_section,
};

#endif
