#ifndef TALLY_TESTS_OPS_AGAIN_SWAP_H
#define TALLY_TESTS_OPS_AGAIN_SWAP_H
/* As ops_again.h, for offers, records and names. */
#include "tests/unit/ops_again.h"
#include "token/ops_name.h"
#include "token/ops_record.h"
#include "token/ops_swap.h"

OPS_AGAIN(op_offer)
OPS_AGAIN(op_take)
OPS_AGAIN(op_cancel_offer)
OPS_AGAIN(op_create_item)
OPS_AGAIN(op_record_event)
OPS_AGAIN(op_handover)
OPS_AGAIN(op_accept_item)
OPS_AGAIN(op_set_attester)
OPS_AGAIN(item_entry)
OPS_AGAIN(op_name)
OPS_AGAIN(op_renounce_name)
OPS_AGAIN(action_registrar)

static ops_again_fn *const ops_again_swap[] = {
	again_op_offer,       again_op_take,         again_op_cancel_offer, again_op_create_item, again_op_record_event,    again_op_handover,
	again_op_accept_item, again_op_set_attester, again_item_entry,      again_op_name,        again_op_renounce_name, again_action_registrar,
};

#endif
