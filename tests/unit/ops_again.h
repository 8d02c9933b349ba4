#ifndef TALLY_TESTS_OPS_AGAIN_H
#define TALLY_TESTS_OPS_AGAIN_H
/* Decode a payload and encode it again, for each operation and action. Shared by the unit test and the fuzz target. */
#include "token/ops.h"
#include "token/ops_sale.h"

typedef bool ops_again_fn(struct wr *w, const void *bytes, size_t len);

#define OPS_AGAIN(name)                                                                     \
	static bool again_##name(struct wr *w, const void *bytes, size_t len)               \
	{                                                                                   \
		struct name o;                                                              \
                                                                                            \
		if (!name##_decode(&o, bytes, len))                                         \
			return false;                                                       \
		name##_encode(w, &o);                                                       \
		return true;                                                                \
	}

OPS_AGAIN(op_create)
OPS_AGAIN(op_mint)
OPS_AGAIN(op_burn)
OPS_AGAIN(op_transfer)
OPS_AGAIN(op_set_issuer)
OPS_AGAIN(op_renounce)
OPS_AGAIN(op_freeze)
OPS_AGAIN(op_pause)
OPS_AGAIN(op_clawback)
OPS_AGAIN(op_set_dao)
OPS_AGAIN(op_set_params)
OPS_AGAIN(op_set_name)
OPS_AGAIN(op_earn)
OPS_AGAIN(op_refund)
OPS_AGAIN(op_redeem)
OPS_AGAIN(op_create_dao)
OPS_AGAIN(op_propose)
OPS_AGAIN(op_vote)
OPS_AGAIN(op_add_deposit)
OPS_AGAIN(op_proposal)
OPS_AGAIN(op_delegate)
OPS_AGAIN(action_spend)
OPS_AGAIN(action_mint_permit)
OPS_AGAIN(action_plugin_approve)
OPS_AGAIN(action_plugin_disable)
OPS_AGAIN(action_rule_upgrade)
OPS_AGAIN(action_param)
OPS_AGAIN(action_cover_deficit)
OPS_AGAIN(op_create_sale)
OPS_AGAIN(op_buy)
OPS_AGAIN(op_sale)
OPS_AGAIN(op_claim)

static ops_again_fn *const ops_again[] = {
	again_op_create,      again_op_mint,           again_op_burn,         again_op_transfer,          again_op_set_issuer,
	again_op_renounce,    again_op_freeze,         again_op_pause,        again_op_clawback,          again_op_earn,
	again_op_refund,      again_op_redeem,         again_op_create_dao,   again_op_propose,           again_op_vote,
	again_op_add_deposit, again_op_proposal,       again_op_delegate,     again_action_spend,         again_action_mint_permit,
	again_action_plugin_approve, again_action_plugin_disable, again_op_set_dao, again_op_set_params, again_op_set_name,
	again_op_create_sale, again_op_buy,            again_op_sale,         again_op_claim,
	again_action_rule_upgrade, again_action_param, again_action_cover_deficit,
};

#endif
