#include "bridge/rpc_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/complaint.h"
#include "bridge/node.h"
#include "bridge/rpc_partial.h"
#include "bridge/wallet.h"
#include "bridge/writes.h"

#define LIFETIME_SECONDS 3600
#define HANDED_ROUND_SECONDS 86400 /* what others have to sign takes longer */
#define KEY_MAX 200

static const struct {
	const char *reason, *hint;
} hints[] = {
	{ "INSUFFICIENT_BALANCE",
	  "getaccount shows what there is; the fee is paid from the same account unless payer= names another" },
	{ "FEE_NOT_PAYABLE",
	  "the account that pays has no coin for the fee: say from= when another was meant, payer= to let another pay; getpeginaddress brings coin" },
	{ "FEE_TOO_LOW", "sign it anew with the fee that getinfo shows" },
	{ "NONCE_PAST", "the transaction, or another with its nonce, has been carried out already" },
	{ "NONCE_FUTURE", "send the account's earlier transactions first" },
	{ "EXPIRED", "sign it anew" },
	{ "BAD_SIGNATURE", "every source and the payer must sign, over the ids of this chain" },
	{ "BAD_PAYLOAD", "a text is too long or empty, or a number is out of its range: tally help tells the limits" },
	{ "BAD_ENCODING", "decodetransaction shows what was meant" },
	{ "POOL_FULL", "try again in a moment" },
	{ "ENGINE_STOPPED", "look at debug.log of the daemon; it must be restarted" },
	{ "NO_CHANGE", "the ledger knows it already" },
	{ "CAP_EXCEEDED", "getasset shows cap and supply" },
	{ "NOT_ISSUER", "only the issuer may do this: use his account with from=" },
	{ "NOT_DECLARED", "what may be changed, and by whom, was fixed when the asset was created: getasset shows it" },
	{ "BAD_CHANGES", "what a DAO may change needs one: dao=N, or dao:issuer to name it later; params need a rule" },
	{ "BAD_FLAGS", "these flags contradict each other, or one needs another" },
	{ "BAD_NOTICE", "a freeze needs a notice of 1 to 90 days; parameters that may change have one of at most 90" },
	{ "BAD_RATIO", "units and sats are for backed assets: 1 to 10^15 each" },
	{ "PARAMS_FIXED", "the asset's rule lets no parameter be changed" },
	{ "DAO_SET", "the issuer names the DAO once" },
	{ "RENOUNCED", "nobody is its issuer any more, for ever" },
	{ "NO_PERMIT", "the asset obeys a DAO: a proposal with mint_permit allows more" },
	{ "COIN_LIMIT", "coin_max is less than what the units cost" },
	{ "USE_REDEEM", "redeem gives the coin behind them back; burn would lose it" },
	{ "NOT_FREEZABLE", "it was created without this, or the account is its issuer's or a module's" },
	{ "NOT_FROZEN", "freeze it first, and wait for the notice to pass" },
	{ "ALREADY_FROZEN", "nothing to do" },
	{ "BAD_UNTIL", "a pause lasts at most three days, and the next begins three days after its end" },
	{ "TOO_MANY_LOTS", "the receiver holds too many lots with different expiries; some must be spent first" },
	{ "NO_RULE", "only a token with a rule such as issue_loyalty can earn" },
	{ "NO_LOTS", "points that are earned need the flag lots" },
	{ "BAD_SALE", "the price must be above zero, and the part paid with points no more than it" },
	{ "NOT_A_MINTER", "the issuer's parameters name the minters: getasset shows them" },
	{ "ALLOWANCE_EXCEEDED", "the minter's allowance of this period is used up" },
	{ "PERIOD_EXCEEDED", "what all may mint in this period is used up" },
	{ "NOT_TRANSFERABLE", "this asset cannot be sent" },
	{ "CLOSED_LOOP", "these points can only be paid back to their issuer" },
	{ "ACCOUNT_FROZEN", "the issuer has frozen the account" },
	{ "NO_VOTING_POWER", "votingpower says what an account had at the snapshot" },
	{ "ZERO_AMOUNT", "give an amount above zero" },
	{ "ASSET_PAUSED", "the issuer has stopped all movement of this token for a while" },
	{ "BAD_TICKER", "1 to 12 capital letters and digits, a letter first" },
	{ "ASSET_EXISTS", "listassets shows what there is" },
	{ "RECEIPT_USED", "a receipt earns points once; this store has had one with this number" },
	{ "RECEIPT_UNKNOWN", "no points were earned with a receipt of this number" },
	{ "WRONG_CUSTOMER", "name the customer who got this receipt's points" },
	{ "RETURN_TOO_LARGE", "more is returned, this time and before, than was paid" },
	{ "RULE_UNKNOWN", "listplugins shows the approved rules; the genesis file or the council approves them" },
	{ "RULE_CRASHED", "carrying it out ended this node once; the rule is disabled" },
	{ "RULE_DISABLED", "listplugins shows it; the council can approve another version" },
	{ "RULE_FUSE", "the rule ran too long; its author must mend it" },
	{ "RULE_GAS", "the rule wants more work than one operation may cost" },
	{ "RULE_MEMORY", "the rule wants more memory than one operation may use" },
	{ "RULE_EFFECT", "the rule wanted what it may not do; its author must mend it" },
	{ "RULE_BAD_ANSWER", "the rule gave no answer that is one; its author must mend it" },
	{ "RULE_MISSING", "put the rule's file into the daemon's plugindir; its log says which" },
	{ "PAYOUT_BELOW_MIN", "the least payout is payout_min of the genesis file" },
	{ "PAYOUT_ABOVE_CAP", "pay out in parts; the most at once is outflow_cap of the genesis file" },
	{ "PEG_PAUSED", "getpegstatus says why" },
	{ "PEG_HALTED", "getpegstatus says why" },
	{ "NOT_EXECUTABLE", "getproposal shows its state; only a proposal that has passed can be executed" },
	{ "VALIDATORS_OFF", "the genesis file says whether a chain has validators" },
	{ "VALIDATOR_UNKNOWN", "listvalidators shows the keys" },
	{ "VALIDATOR_EXISTS", "each key is registered once: listvalidators" },
	{ "VALIDATOR_JAILED", "its owner may bring it back: unjail" },
	{ "VALIDATOR_TOMBSTONED", "it has signed twice and is out for ever; unbond takes back what is left" },
	{ "BAD_PROOF", "tally validatorproof FILE owner=ACCOUNT makes the proof for the account that registers" },
	{ "BAD_KEY", "an Ed25519 key under CometBFT, a key of 64 hex digits on secp256k1 under solo" },
	{ "BAD_MONIKER", "1 to 64 bytes of text" },
	{ "SELF_BOND_TOO_SMALL", "getvalidatorset shows min_self_bond; bond more from the owner's account" },
	{ "INSUFFICIENT_BOND", "getbonds shows what is bonded" },
	{ "NOTHING_TO_WITHDRAW", "getbonds shows what is waiting, and until when" },
	{ "NOT_OWNER", "only the validator's owner may do this" },
	{ "NOT_JAILED", "getvalidator shows its status" },
	{ "STILL_JAILED", "getvalidator shows jailed_until" },
	{ "EVIDENCE_TOO_OLD", "evidence counts within the unbonding time of the offence's epoch" },
	{ "BAD_EVIDENCE_SIGNATURE", "both votes must be signed by this key, for the engine_chain_id that getvalidatorset shows" },
	{ "NOT_VOTING", "getproposal shows when votes are taken" },
	{ "OFFER_UNKNOWN", "listoffers shows what there is" },
	{ "OFFER_EXPIRED", "its time is over: ask for a new one" },
	{ "OWN_OFFER", "it is the account's own: canceloffer brings the units back" },
	{ "NOT_FOR_YOU", "it is for one account alone: getoffer shows which" },
	{ "LEFT_TOO_LITTLE", "others were first: getoffer shows what is left; least= accepts a smaller part" },
	{ "PRICE_LIMIT", "it costs more than pay_max: getoffer shows the price" },
	{ "TAKE_WHOLE", "this one is all or nothing: leave the amount out" },
	{ "NOTHING_LEFT", "what is left of it has expired" },
	{ "SAME_ASSET", "sell one asset for another" },
	{ "BAD_UNTIL", "from now on, and at most 366 days away" },
	{ "RULE_TRANSFER", "the rule of this asset decides on each transfer: send it instead" },
	{ "NOT_REDEEMABLE", "coin leaves by pegout; redeem= is for points" },
	{ "TOO_MANY_LOTS", "spend or give away some points first: listlots shows how many lots there are" },
	{ "ITEM_UNKNOWN", "listitems shows an account's items" },
	{ "ITEM_CLOSED", "its history has ended" },
	{ "ITEM_CHANGED", "something was recorded meanwhile: look at getitem, then accept it" },
	{ "NOT_CUSTODIAN", "only who has it hands it over: getitem shows who that is" },
	{ "NOT_OFFERED", "who has it must call handover first" },
	{ "NOT_ALLOWED", "its custodian, its creator and their attesters may: getitem shows them" },
	{ "BAD_LABEL", "1 to 32 of a-z, 0-9 and -" },
	{ "NOT_ATTESTER", "listregistrars shows who may attest names" },
	{ "BAD_NAME", "printable text; an account's name is 3 to 32 of a-z, 0-9 and -" },
	{ "NAME_TAKEN", "it, or one that looks like it, belongs to somebody: getname" },
	{ "ACCOUNT_NAMED", "the account has a name from somebody else, who may revoke it; its holder may renounce it" },
	{ "NO_NAME", "listnames shows what there is" },
	{ "BAD_WITNESS", "signtransaction adds the wallet's signatures" },
	{ "NOT_SIGNED", "signtransaction in each signer's wallet adds what is missing" },
	{ "SALE_UNKNOWN", "listsales shows them" },
	{ "SALE_NOT_OPEN", "getsale shows when it opens" },
	{ "SALE_CLOSED", "it takes no payments any more; listsales open shows those that do" },
	{ "SALE_RUNNING", "getsale shows when it closes" },
	{ "ALREADY_CLOSED", "getsale shows how it ended; claim fetches tokens or refunds" },
	{ "SOLD_OUT", "coin in quarantine may make room again, or the sale's close come first" },
	{ "SELLER_CANT_BUY", "the seller's own payments would only come back to him" },
	{ "NOT_ON_LIST", "give the path that allowlist shows for the account, of the list that the seller used" },
	{ "BELOW_PAYER_MIN", "getsale shows payer_min: what an account has to pay in all" },
	{ "ABOVE_PAYER_MAX", "getsale shows payer_max: what an account may pay in all" },
	{ "BELOW_BENEFICIARY_MIN", "getsale shows beneficiary_min: what has to be paid for an account in all" },
	{ "ABOVE_BENEFICIARY_MAX", "getsale shows beneficiary_max: what may be paid for an account in all" },
	{ "PRICE_MOVED", "quotesale shows what it buys now; say tokens_min= to accept less" },
	{ "ZERO_TOKENS", "the payment is less than the price of the smallest unit: quotesale, or for createsale a higher payer_min" },
	{ "NOTHING_TO_CLAIM", "tokens are the beneficiary's, refunds the payer's, each once: getpurchase" },
	{ "NOTHING_VESTED", "getsale shows cliff and vesting; getpurchase what can be claimed" },
	{ "PAYMENT_HELD", "the coin's deposit is in quarantine: listpegins" },
	{ "NOT_SELLER", "only the seller may: use his account with from=" },
	{ "TOO_LATE", "the time for this is over" },
	{ "BAD_TIMES", "a sale opens now or later, and closes after that" },
	{ "CLOSE_TOO_FAR", "the close may be 366 days ahead at most" },
	{ "SOFT_ABOVE_HARD", "the soft cap may be as high as the hard cap, not higher" },
	{ "BAD_CAPS", "the hard cap must be above zero" },
	{ "BAD_LIMITS", "each minimum must be at most each maximum and the hard cap" },
	{ "BAD_VESTING", "the cliff must not be after the end of vesting, and that at most ten years ahead" },
	{ "BAD_SALE_ASSET", "not coin, lots, a closed loop or a rule with a word in transfers; what isn't transferable only by its issuer" },
	{ "BAD_PAYMENT_ASSET", "coin or another transferable token, without lots and without a rule with a word in transfers" },
	{ "TOKENS_SHORT", "leave tokens= out, and as many as needed are locked" },
	{ "PRICE_FALLS", "a price may only rise: who waits must not gain" },
	{ "BONUS_GROWS", "a bonus may only fall: who waits must not gain" },
	{ "BONUS_TOO_HIGH", "50 per cent at most" },
	{ "SALE_OVERFLOW", "fewer tokens for the price, or a lower hard cap" },
	{ "UNKNOWN_OPERATION", "this chain has no such operation: decodetransaction shows it" },
	{ "TOO_EARLY", "getproposal shows from when on" },
	{ "BELOW_THRESHOLD", "getdao shows how much voting power a proposer needs" },
	{ "LIVE_PROPOSAL", "an account has one proposal at a time in a DAO: wait for its end, or cancelproposal" },
	{ "DEPOSIT_TOO_SMALL", "getdao shows the part of the deposit that comes with the proposal" },
	{ "NOT_IN_DEPOSIT", "getproposal shows its state; the deposit is complete, or it has ended" },
	{ "TOO_MANY_DEPOSITORS", "who has paid in already may pay the rest" },
	{ "ACTION_NOT_ALLOWED", "getdao shows what the DAO may decide" },
	{ "ACTION_FOREIGN_ASSET", "only the DAO that a token named at its creation may decide about it" },
	{ "PARAM_UNKNOWN", "getdao 0 shows the chain's parameters" },
	{ "PARAM_BOUNDS", "getdao 0 shows the chain's parameters and their bounds" },
	{ "NOT_YOURS", "whose it is may do this (from=); a proposal anyone may take back whose proposer has too little power" },
	{ "PROPOSAL_UNKNOWN", "listproposals shows them" },
	{ "DAO_UNKNOWN", "listdaos shows them" },
	{ "TOO_LATE", "getproposal shows its state" },
	{ "NOT_GUARDIAN", "getdao shows the guardian, and until when he may veto" },
	{ "NO_VOTES", "getasset shows the flags; only tokens with the flag votes can be delegated" },
	{ "BAD_TERMS", "a vote and the time to execute last an hour to 90 days, the extension no longer than the vote" },
	{ "BAD_ELECTORATE", "name a token with the flag votes, or 1 to 64 members" },
};

const char *
rpc_reason_hint(const char *reason)
{
	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		if (strcmp(hints[i].reason, reason) == 0)
			return hints[i].hint;
	}
	return NULL;
}

bool
rpc_from(struct account *out, struct rpc_call *c, const char *name)
{
	const struct wallet *w = node_wallet(rpc_node(c));

	if (rpc_account(out, c, name))
		return true;
	if (w != NULL) {
		*out = wallet_account_at(w, 0)->account;
		return true;
	}
	rpc_fail(c, RPC_REFUSED, "NO_WALLET", "createwallet makes one", "there is no wallet to act from");
	return false;
}

static struct writes *
writes_of(const struct rpc_call *c)
{
	return node_writes(rpc_node(c));
}

/* The usual last parameters, where the method has them. */
static struct write_order
order_of(const struct rpc_call *c, rpc_written_fn *finish)
{
	return (struct write_order){ .wait = rpc_bool(c, "wait", true), .key = rpc_text(c, "idempotency_key"), .finish = finish };
}

/* A transaction that stands in no block and never will: another took its nonce (what waited is lost in a crash), or its time is over. */
static bool
is_dead(const struct rpc_call *c, const struct transaction *t)
{
	const struct node *n = rpc_node(c);

	return !t->relay && (t->nonce < ledger_nonce(ledger_state(node_ledger(n)), &t->payer) ||
			     t->valid_until.sec < engine_block_time(node_engine(n)).sec);
}

/* The call was made before under its key, with these bytes: its answer, or the same bytes again. True when they came to nothing
 * and never will, so that the call is as good as new. */
static bool
try_again(struct rpc_call *c, const struct write_order *order, const struct wr *bytes)
{
	struct write_order again = *order;
	struct transaction t;
	struct hash256 id;
	bool dead;

	if (transaction_decode(&t, bytes->p, bytes->len) != NULL) {
		rpc_fail(c, RPC_CORRUPT, "DISK", "bring ledger.sqlite back from a backup",
			 "what is stored under the idempotency key is damaged");
		return false;
	}
	transaction_id(&id, &t);
	again.bytes = bytes->p;
	again.len = bytes->len;
	again.has_payer = !t.relay;
	again.payer = t.payer;
	again.nonce = t.nonce;
	again.own = !t.relay;
	again.key = NULL;
	dead = is_dead(c, &t);
	transaction_clear(&t);
	if (writes_answer_stored(writes_of(c), c, &id, order->finish))
		return false;
	if (!dead)
		writes_submit(writes_of(c), c, &again);
	return dead;
}

/* False: the call was made before under its key and has been answered, or the key is wrong. */
static bool
key_is_new(struct rpc_call *c, const struct write_order *order)
{
	struct wr bytes = { 0 };
	bool is_new = false;

	if (order->key == NULL)
		return true;
	if (strlen(order->key) == 0 || strlen(order->key) > KEY_MAX) {
		rpc_bad_param(c, "idempotency_key", "1 to 200 characters", "it is empty or too long");
		return false;
	}
	switch (writes_find_key(writes_of(c), &bytes, c, order->key)) {
	case WRITES_NEW:
		is_new = true;
		break;
	case WRITES_OTHER:
		rpc_fail(c, RPC_REFUSED, "KEY_USED", "take a new key for a new purpose",
			 "this idempotency key was used for another call");
		break;
	case WRITES_KNOWN:
		is_new = try_again(c, order, &bytes);
		break;
	}
	wr_clear(&bytes);
	return is_new;
}

/* The operations as a transaction of the payer, with the signatures of the wallet. False: the call has been answered. */
static bool
make_signed(struct partial *out, struct rpc_call *c, const struct op *ops, size_t n, bool submit)
{
	struct node *node = rpc_node(c);
	struct transaction t = { .ops = (struct op *)ops, .ops_n = n, .payer = ops[0].source };
	struct complaint why;
	struct wr body = { 0 };
	const char *fault;

	if (!rpc_account(&t.payer, c, "payer"))
		t.payer = ops[0].source;
	t.nonce = writes_nonce(writes_of(c), &t.payer);
	t.fee = ledger_fee(node_ledger(node), n);
	t.valid_until.sec = engine_block_time(node_engine(node)).sec +
			    (int64_t)rpc_count(c, "valid_for", submit ? LIFETIME_SECONDS : HANDED_ROUND_SECONDS);
	wr_transaction_body(&body, &t);
	fault = partial_from_transaction(out, body.p, body.len, ledger_genesis_id(node_ledger(node)));
	wr_clear(&body);
	if (fault != NULL) {
		rpc_fail(c, RPC_REFUSED, fault, rpc_reason_hint(fault), "this makes no transaction: %s", fault);
		return false;
	}
	if (rpc_sign_partial(NULL, out, &why, node))
		return true;
	partial_clear(out);
	rpc_complain(c, &why);
	return false;
}

static void
submit_partial(struct rpc_call *c, struct write_order *order, const struct partial *p)
{
	struct wr bytes = { 0 };

	if (!partial_is_complete(p)) {
		rpc_fail_incomplete(c, p);
		return;
	}
	wr_partial_transaction(&bytes, p);
	order->bytes = bytes.p;
	order->len = bytes.len;
	order->has_payer = true;
	order->payer = p->t.payer;
	order->nonce = p->t.nonce;
	writes_submit(writes_of(c), c, order);
	wr_clear(&bytes);
}

void
rpc_write(struct rpc_call *c, const struct op *ops, size_t n, rpc_written_fn *finish)
{
	struct write_order order = order_of(c, finish);
	bool submit = rpc_bool(c, "submit", true);
	struct partial p;

	if (!submit && order.key != NULL) {
		rpc_bad_param(c, "idempotency_key", "give it to submittransaction", "nothing is sent with submit=false");
		return;
	}
	if (!key_is_new(c, &order) || !make_signed(&p, c, ops, n, submit))
		return;
	order.own = true;
	if (submit)
		submit_partial(c, &order, &p);
	else
		rpc_answer_partial(c, &p);
	partial_clear(&p);
}

void
rpc_write_op(struct rpc_call *c, uint16_t number, const struct account *source, struct wr *payload, rpc_written_fn *finish)
{
	struct op op = { .number = number, .source = *source, .payload = payload->p, .payload_len = payload->len };

	rpc_write(c, &op, 1, finish);
	wr_clear(payload);
}

void
rpc_write_relay(struct rpc_call *c, uint16_t number, const void *payload, size_t len, rpc_written_fn *finish)
{
	struct op op = { .number = number, .payload = payload, .payload_len = len };
	struct transaction t = { .relay = true, .ops = &op, .ops_n = 1 };
	struct write_order order = order_of(c, finish);
	struct wr bytes = { 0 };

	if (!key_is_new(c, &order))
		return;
	wr_transaction_body(&bytes, &t);
	order.bytes = bytes.p;
	order.len = bytes.len;
	writes_submit(writes_of(c), c, &order);
	wr_clear(&bytes);
}

void
rpc_submit(struct rpc_call *c, const void *bytes, size_t len, rpc_written_fn *finish)
{
	struct write_order order = order_of(c, finish);
	struct transaction t;
	struct partial p;

	if (!key_is_new(c, &order))
		return;
	if (partial_is(bytes, len)) {
		if (rpc_take_partial(&p, c, bytes, len)) {
			submit_partial(c, &order, &p);
			partial_clear(&p);
		}
		return;
	}
	order.bytes = bytes;
	order.len = len;
	if (transaction_decode(&t, bytes, len) == NULL) {
		order.has_payer = !t.relay;
		order.payer = t.payer;
		order.nonce = t.nonce;
		transaction_clear(&t);
	}
	writes_submit(writes_of(c), c, &order);
}
