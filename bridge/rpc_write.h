#ifndef TALLY_BRIDGE_RPC_WRITE_H
#define TALLY_BRIDGE_RPC_WRITE_H
/* What every writing method does after it has its operations: fetch the payer's nonce, sign with the wallet, submit, wait for
 * the block. */
#include "bridge/rpc.h"
#include "token/ledger.h"

/* The last parameters of each writing method's table. */
#define RPC_WRITE_PARAMS                                                                                                     \
	{ "payer", RPC_ACCOUNT, false, "account that pays the fee", "the account that acts" }, RPC_SUBMIT_PARAMS,                    \
		{ "submit", RPC_BOOL, false, "false: the transaction is not sent but shown, with the signatures that the wallet has", \
		  "true" },                                                                                                          \
		RPC_VALID_FOR

#define RPC_VALID_FOR                                                                                                        \
	{                                                                                                                    \
		"valid_for", RPC_COUNT, false, "seconds of block time for which the transaction may be carried out",         \
			"3600; 86400 with submit=false"                                                                      \
	}

/* Those of a method that submits what it does not make. */
#define RPC_SUBMIT_PARAMS                                                                                                    \
	{ "wait", RPC_BOOL, false, "wait for the block", "true" },                                                           \
	{                                                                                                                    \
		"idempotency_key", RPC_TEXT, false, "the same key gives the same transaction, never a second one", NULL      \
	}

/* A transaction that stands in a block. */
struct rpc_written {
	struct hash256 id;
	struct account payer;
	uint64_t nonce;
	uint64_t height;
	const struct result *result; /* borrowed; code is RESULT_OK */
};

/* Add what the method knows to the answer {"txid", "height"}; called when the transaction stands in a block with RESULT_OK. */
typedef void rpc_written_fn(json_t *answer, struct node *n, const struct rpc_written *w);

/* Sign and submit operations in one transaction. Answers the call in the end: with {"txid", "height", …}, or with the ledger's reason.
 * With submit=false the transaction is shown instead, with the signatures of the wallet; without, every signature must be the
 * wallet's. ops and payloads are borrowed for this call only. finish may be NULL. */
void rpc_write(struct rpc_call *c, const struct op *ops, size_t n, rpc_written_fn *finish);

/* The same for one operation; payload is released. */
void rpc_write_op(struct rpc_call *c, uint16_t number, const struct account *source, struct wr *payload, rpc_written_fn *finish);

/* Submit a relay transaction (one operation that proves itself) in the same way. */
void rpc_write_relay(struct rpc_call *c, uint16_t number, const void *payload, size_t len, rpc_written_fn *finish);

/* Submit a transaction that is signed, be it in the form of a partial one (the method has RPC_SUBMIT_PARAMS). */
void rpc_submit(struct rpc_call *c, const void *bytes, size_t len, rpc_written_fn *finish);

/* The account that acts: parameter `name`, or the wallet's first account when it is absent. False: the call has been answered. */
MUST_USE bool rpc_from(struct account *out, struct rpc_call *c, const char *name);

/* A hint for each reason name of the ledger that a person can do something about; NULL for the others. */
const char *rpc_reason_hint(const char *reason);

#endif
