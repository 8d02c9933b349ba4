#include "bridge/rpc_partial.h"

#include <string.h>

#include "bridge/complaint.h"
#include "bridge/node.h"
#include "bridge/partial_json.h"
#include "bridge/rpc_write.h"
#include "bridge/wallet.h"

/* Say which policies the wallet knows. */
static void
tell_policies(struct partial *p, const struct wallet *w)
{
	for (size_t i = 0; i < p->parts_n; i++) {
		const struct wallet_policy *known = p->parts[i].k == 0 ? wallet_find_policy(w, &p->parts[i].who) : NULL;

		if (known != NULL)
			partial_know_policy(p, &known->account, known->k, known->keys, known->n);
	}
}

/* Sign with one key, when it is wanted and the wallet's. */
static bool
sign_key(size_t *added, struct partial *p, struct complaint *why, const struct wallet *w, const struct xonly_key *key)
{
	const struct account a = account_from_key(key);
	struct schnorr_sig sig;

	if (wallet_find(w, &a) == NULL || !partial_wants(p, key))
		return true;
	if (!wallet_sign(&sig, w, why, &a, &p->message))
		return false;
	if (!partial_add(p, key, &sig))
		return complain(why, EXIT_INTERNAL, NULL, "the wallet's own signature does not check");
	++*added;
	return true;
}

bool
rpc_sign_partial(size_t *added, struct partial *p, struct complaint *why, const struct node *n)
{
	const struct wallet *w = node_wallet(n);
	size_t count = 0;
	bool ok = true;

	if (w != NULL)
		tell_policies(p, w);
	for (size_t i = 0; w != NULL && ok && i < p->parts_n; i++) {
		for (size_t k = 0; ok && k < p->parts[i].n && !partial_part_is_complete(&p->parts[i]); k++)
			ok = sign_key(&count, p, why, w, &p->parts[i].keys[k]);
	}
	if (added != NULL)
		*added = count;
	return ok;
}

static void
fail_decode(struct rpc_call *c, const char *fault)
{
	rpc_fail(c, RPC_REFUSED, fault,
		 strcmp(fault, "RELAY_TRANSACTION") == 0 ? "submittransaction takes it as it is"
							 : "a sidechain transaction is wanted: partial, signed, or without signatures",
		 strcmp(fault, "RELAY_TRANSACTION") == 0 ? "a relay transaction has no signatures" : "this is no transaction: %s", fault);
}

bool
rpc_take_partial(struct partial *out, struct rpc_call *c, const void *bytes, size_t len)
{
	const struct hash256 *chain = ledger_genesis_id(node_ledger(rpc_node(c)));
	const char *why = partial_is(bytes, len) ? partial_decode(out, bytes, len) : partial_from_transaction(out, bytes, len, chain);

	if (why != NULL) {
		fail_decode(c, why);
		return false;
	}
	why = partial_verify(out);
	if (!hash256_eq(&out->genesis_id, chain)) {
		rpc_fail(c, RPC_REFUSED, "OTHER_CHAIN", "getinfo shows the chain of this daemon",
			 "the transaction is made for another chain");
	} else if (why != NULL) {
		rpc_fail(c, RPC_REFUSED, why, "ask for it again from who signed it", "a signature in the transaction is wrong");
	} else {
		return true;
	}
	partial_clear(out);
	return false;
}

void
rpc_fail_incomplete(struct rpc_call *c, const struct partial *p)
{
	char missing[PARTIAL_MISSING_LEN];

	partial_missing(missing, p, node_account_hrp(rpc_node(c)));
	rpc_fail(c, RPC_REFUSED, "NOT_SIGNED",
		 "submit=false gives the transaction to hand round; each signer's wallet adds to it with signtransaction",
		 "signatures are missing that are not of this wallet: %s", missing);
}

void
rpc_answer_partial(struct rpc_call *c, const struct partial *p)
{
	rpc_answer(c, partial_json(p, node_account_hrp(rpc_node(c))));
}
