/* One transaction.
 *
 * R1  INVALID changes nothing. FAILED changes the payer's balance of asset 0, the fee fund and the payer's nonce, nothing
 *     else.
 * R2  A body takes effect at most once: its nonce is the payer's next one, and a nonce is used up with OK and with FAILED.
 * R3  Nothing that a signed transaction names as payer or source changes by it without that account's signature over this
 *     body and chain.
 * R4  What a transaction does depends on its bytes, the state and the environment alone. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/bank.h"
#include "token/ledger_impl.h"

static void
refuse(struct result *r, enum result_code code, const char *why)
{
	r->code = code;
	r->reason = why;
	wr_reset(&r->events);
}

/* Who is named joins; who only would have received doesn't, when it comes to nothing. */
static void
involve_signers(struct exec *x, const struct transaction *t)
{
	struct account *signers = mem_new(t->ops_n + 1, sizeof(*signers));
	size_t n = transaction_signers(signers, t);

	for (size_t i = 0; i < n; i++)
		wr_account(x->accounts, &signers[i]);
	free(signers);
}

static void
nonce_key(uint8_t key[2 + ACCOUNT_LEN], const struct account *who)
{
	key[0] = 'l';
	key[1] = 'n';
	key[2] = who->type;
	memcpy(key + 3, who->id.b, sizeof(who->id.b));
}

uint64_t
ledger_nonce(const struct state *s, const struct account *who)
{
	uint8_t key[2 + ACCOUNT_LEN];
	const uint8_t *value;
	struct rd r;
	size_t len;

	nonce_key(key, who);
	value = state_get(s, &len, key, sizeof(key));
	r = rd_init(value, len);
	return value ? rd_u64(&r) : 0;
}

static void
nonce_set(struct state *s, const struct account *who, uint64_t nonce)
{
	uint8_t key[2 + ACCOUNT_LEN], value[8];

	nonce_key(key, who);
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(nonce >> 8 * i);
	state_put(s, key, sizeof(key), value, sizeof(value));
}

/* Known operations, and each in the kind of transaction that it travels in. */
static const char *
check_ops(const struct ledger *l, const struct transaction *t)
{
	for (size_t i = 0; i < t->ops_n; i++) {
		const struct op_info *op = ledger_find_op(l, t->ops[i].number);

		if (op == NULL)
			return "UNKNOWN_OPERATION";
		if (op->relay != t->relay)
			return "WRONG_CARRIER";
	}
	return NULL;
}

static const char *
check_signatures(struct ledger *l, const struct transaction *t, const struct hash256 *digest)
{
	const char *why;

	if (verified_has(l->verified, digest))
		return NULL;
	why = transaction_verify(t, &l->genesis_id);
	if (why == NULL)
		verified_note(l->verified, digest);
	return why;
}

/* Everything that makes a signed transaction INVALID but a nonce in the future; signatures last, since they cost most. */
static const char *
check_signed(struct ledger *l, const struct block_env *env, const struct transaction *t, const struct hash256 *digest)
{
	const struct asset_id coin = ASSET_COIN;
	const char *why = check_ops(l, t);

	if (why != NULL)
		return why;
	if (t->valid_until.sec < env->time.sec)
		return "EXPIRED";
	if (t->nonce < ledger_nonce(l->state, &t->payer))
		return "NONCE_PAST";
	if (amount_cmp(t->fee, ledger_fee(l, t->ops_n)) < 0)
		return "FEE_TOO_LOW";
	if (amount_cmp(bank_balance(l->state, &t->payer, &coin), t->fee) < 0)
		return "FEE_NOT_PAYABLE";
	return digest ? check_signatures(l, t, digest) : NULL;
}

/* Apply the operations: NULL, or the refusal of operation x->op_index; then the state is as at the mark. */
static const char *
apply_ops(struct ledger *l, struct exec *x, const struct transaction *t)
{
	size_t mark = state_mark(l->state);

	for (size_t i = 0; i < t->ops_n; i++) {
		const char *why;

		x->op_index = (uint32_t)i;
		why = ledger_find_op(l, t->ops[i].number)->apply(x, &t->ops[i]);
		if (why != NULL) {
			state_rollback(l->state, mark);
			return why;
		}
	}
	return NULL;
}

static void
run_signed(struct result *out, struct ledger *l, struct exec *x, const struct transaction *t, const struct hash256 *digest)
{
	const struct asset_id coin = ASSET_COIN;
	const char *why = check_signed(l, x->env, t, digest);
	size_t signers_len;

	if (why == NULL && t->nonce != ledger_nonce(l->state, &t->payer))
		why = "NONCE_FUTURE";
	if (why == NULL && t->nonce == UINT64_MAX)
		why = "NONCE_FUTURE"; /* the next one wouldn't rise */
	if (why == NULL && bank_transfer(l->state, &t->payer, &l->fee_fund, &coin, t->fee) != NULL)
		why = "FEE_NOT_PAYABLE";
	if (why != NULL) {
		refuse(out, RESULT_INVALID, why);
		return;
	}
	nonce_set(l->state, &t->payer, t->nonce + 1);
	involve_signers(x, t);
	signers_len = out->accounts.len;
	x->payer_nonce = t->nonce;
	why = apply_ops(l, x, t);
	if (why != NULL) {
		refuse(out, RESULT_FAILED, why);
		out->op_index = x->op_index;
		out->accounts.len = signers_len;
	}
}

static void
run_relay(struct result *out, struct ledger *l, struct exec *x, const struct transaction *t)
{
	size_t mark = state_mark(l->state);
	const char *why = check_ops(l, t);

	if (why == NULL)
		why = apply_ops(l, x, t);
	if (why == NULL && !state_changed_since(l->state, mark)) {
		state_rollback(l->state, mark);
		why = "NO_CHANGE";
	}
	if (why != NULL) {
		refuse(out, RESULT_INVALID, why);
		wr_reset(&out->accounts);
	}
}

/* Decode, and fill in what every result has; false: it is INVALID, and there is nothing to clear. */
static bool
open_transaction(struct result *out, struct transaction *t, const void *bytes, size_t len)
{
	const char *why = transaction_decode(t, bytes, len);

	*out = (struct result){ .code = RESULT_OK, .reason = "OK" };
	if (why != NULL) {
		refuse(out, RESULT_INVALID, why);
		return false;
	}
	transaction_id(&out->id, t);
	return true;
}

void
ledger_run(struct result *out, struct ledger *l, const struct block_env *env, const void *bytes, size_t len,
	   const struct hash256 *digest, bool *relay)
{
	struct exec x = { .state = l->state, .env = env, .events = &out->events, .accounts = &out->accounts };
	struct transaction t;

	*relay = false;
	if (!open_transaction(out, &t, bytes, len))
		return;
	x.transaction = out->id;
	*relay = t.relay;
	if (t.relay)
		run_relay(out, l, &x, &t);
	else
		run_signed(out, l, &x, &t, digest);
	transaction_clear(&t);
}

/* All but the signatures. */
static void
screen(struct result *out, struct ledger *l, const struct transaction *t, struct unixtime time)
{
	struct block_env env = ledger_env(l, time);
	struct exec x = { .state = l->state, .env = &env, .events = &out->events, .accounts = &out->accounts };
	size_t mark = state_mark(l->state);
	const char *why;

	x.transaction = out->id;
	if (t->relay) {
		run_relay(out, l, &x, t);
		state_rollback(l->state, mark);
	} else if ((why = check_signed(l, &env, t, NULL)) != NULL) {
		refuse(out, RESULT_INVALID, why);
	}
}

void
ledger_screen(struct result *out, struct hash256 *digest, bool *open, struct ledger *l, const void *bytes, size_t len,
	      struct unixtime time)
{
	struct transaction t;

	*open = false;
	sha256(digest, bytes, len);
	if (!open_transaction(out, &t, bytes, len))
		return;
	screen(out, l, &t, time);
	*open = !t.relay && !verified_has(l->verified, digest);
	transaction_clear(&t);
}

const char *
ledger_verify(struct hash256 *digest, const void *bytes, size_t len, const struct hash256 *genesis)
{
	struct transaction t;
	const char *why = transaction_decode(&t, bytes, len);

	sha256(digest, bytes, len);
	if (why != NULL)
		return why;
	why = transaction_verify(&t, genesis);
	transaction_clear(&t);
	return why;
}

void
ledger_verified(struct ledger *l, const struct hash256 *digest)
{
	verified_note(l->verified, digest);
}

void
ledger_check(struct result *out, struct ledger *l, const void *bytes, size_t len, struct unixtime time)
{
	struct transaction t;
	struct hash256 digest;
	const char *why;

	if (!open_transaction(out, &t, bytes, len))
		return;
	screen(out, l, &t, time);
	if (!t.relay && out->code == RESULT_OK) {
		sha256(&digest, bytes, len);
		why = check_signatures(l, &t, &digest);
		if (why != NULL)
			refuse(out, RESULT_INVALID, why);
	}
	transaction_clear(&t);
}

void
ledger_try(struct result *out, struct ledger *l, const void *bytes, size_t len, struct unixtime time, ledger_look_fn *look, void *context)
{
	struct block_env env = ledger_env(l, time);
	size_t mark = state_mark(l->state);
	bool relay;

	ledger_run(out, l, &env, bytes, len, NULL, &relay);
	if (look != NULL)
		look(context, l->state);
	state_rollback(l->state, mark);
}

void
ledger_simulate(struct result *out, struct ledger *l, const void *bytes, size_t len, struct unixtime time)
{
	ledger_try(out, l, bytes, len, time, NULL, NULL);
}
