#ifndef TALLY_BRIDGE_RPC_DAO_H
#define TALLY_BRIDGE_RPC_DAO_H
/* What the methods that write (rpc_dao.c) and those that only ask (rpc_dao_show.c) share. */
#include "bridge/rpc.h"
#include "token/dao.h"

extern const char *const dao_choice_names[VOTE_CHOICES]; /* "for", "against", "abstain", "veto" */

/* Parameter "dao", a number. False: the call has been answered. */
MUST_USE bool rpc_dao(struct dao *out, struct rpc_call *c);
/* Parameter "proposal". Actions are borrowed from the state. */
MUST_USE bool rpc_proposal(struct proposal *out, struct rpc_call *c);

#endif
