/* Invariants:
 * 1. A rule that is not in the set never makes a spend fail: fewer rules accept at least what more rules accept.
 * 2. Each stack made here is cleared here, whatever a script says. */
#include "chain/interpreter.h"

#include <assert.h>
#include <string.h>

#include "chain/interpreter_impl.h"
#include "chain/script.h"
#include "chain/taproot.h"

#define ANNEX_TAG 0x50
#define LEAF_VERSION_MASK 0xfe
#define CONTROL_BASE 33
#define CONTROL_NODE 32
#define WEIGHT_FREE 50 /* BIP342: a budget of the witness' size and this */

/* --- Witness --- */

static struct stack
witness_stack(const struct txin *in, size_t n)
{
	struct stack s = { 0 };

	for (size_t i = 0; i < n; i++)
		stack_push(&s, in->witness[i].len > 0 ? in->witness[i].bytes : (const uint8_t *)"", in->witness[i].len);
	return s;
}

/* A script of a witness, on the first n items: these are not too long, and one true element is all that is left. */
static enum script_error
run_witness_script(const struct spend *s, enum script_version version, const uint8_t *script, size_t len, size_t n,
		   const struct hash256 *leaf, int64_t *weight_left)
{
	const struct txin *in = &s->tx->in[s->index];
	enum script_error error = SCRIPT_OK;
	struct stack stack;

	if (version == VERSION_TAPSCRIPT && n > STACK_MAX)
		return SCRIPT_ERR_STACK_SIZE;
	for (size_t i = 0; i < n; i++) {
		if (in->witness[i].len > ELEMENT_BYTES_MAX)
			return SCRIPT_ERR_PUSH_SIZE;
	}
	stack = witness_stack(in, n);
	error = eval_script(&stack, s, version, script, len, leaf, weight_left);
	if (error == SCRIPT_OK && stack.n != 1)
		error = SCRIPT_ERR_CLEANSTACK;
	if (error == SCRIPT_OK && !element_is_true(stack_at(&stack, 0)))
		error = SCRIPT_ERR_EVAL_FALSE;
	stack_clear(&stack);
	return error;
}

static enum script_error
verify_p2wsh(const struct spend *s, const uint8_t program[32])
{
	const struct txin *in = &s->tx->in[s->index];
	const struct witness_item *script;
	struct hash256 hash;

	if (in->witness_n == 0)
		return SCRIPT_ERR_WITNESS_PROGRAM_WITNESS_EMPTY;
	script = &in->witness[in->witness_n - 1];
	sha256(&hash, script->bytes, script->len);
	if (memcmp(hash.b, program, sizeof(hash.b)) != 0)
		return SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH;
	return run_witness_script(s, VERSION_WITNESS_V0, script->bytes, script->len, in->witness_n - 1, NULL, NULL);
}

static enum script_error
verify_p2wpkh(const struct spend *s, const uint8_t program[20])
{
	uint8_t script[25] = { OP_DUP, OP_HASH160, 20, [23] = OP_EQUALVERIFY, [24] = OP_CHECKSIG };

	if (s->tx->in[s->index].witness_n != 2)
		return SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH;
	memcpy(script + 3, program, 20);
	return run_witness_script(s, VERSION_WITNESS_V0, script, sizeof(script), 2, NULL, NULL);
}

/* --- Taproot --- */

/* BIP342: "If any opcode numbered 80, 98, 126-129, 131-134, 137-138, 141-142, 149-153, 187-254 is encountered, validation succeeds". */
static bool
is_op_success(uint8_t opcode)
{
	return opcode == 80 || opcode == 98 || (opcode >= 126 && opcode <= 129) || (opcode >= 131 && opcode <= 134) || opcode == 137 ||
	       opcode == 138 || opcode == 141 || opcode == 142 || (opcode >= 149 && opcode <= 153) || (opcode >= 187 && opcode <= 254);
}

static int64_t
witness_size(const struct txin *in)
{
	size_t n = compactsize_len(in->witness_n);

	for (size_t i = 0; i < in->witness_n; i++)
		n += compactsize_len(in->witness[i].len) + in->witness[i].len;
	return (int64_t)n;
}

static enum script_error
run_tapscript(const struct spend *s, const struct witness_item *script, size_t n, const struct hash256 *leaf)
{
	struct rd r = rd_init(script->bytes, script->len);
	int64_t weight_left = witness_size(&s->tx->in[s->index]) + WEIGHT_FREE;
	struct script_op op;

	while (script_next(&r, &op)) {
		if (is_op_success(op.opcode))
			return SCRIPT_OK;
	}
	if (!rd_ok(&r))
		return SCRIPT_ERR_BAD_OPCODE;
	return run_witness_script(s, VERSION_TAPSCRIPT, script->bytes, script->len, n, leaf, &weight_left);
}

/* n items, of which the last is the control block and the one before it the script. */
static enum script_error
verify_script_path(const struct spend *s, const uint8_t program[32], size_t n)
{
	const struct txin *in = &s->tx->in[s->index];
	const struct witness_item *control = &in->witness[n - 1], *script = &in->witness[n - 2];
	struct xonly_key key;
	struct hash256 leaf;

	if (control->len < CONTROL_BASE || control->len > CONTROL_BASE + CONTROL_NODE * TAPROOT_DEPTH_MAX ||
	    (control->len - CONTROL_BASE) % CONTROL_NODE != 0)
		return SCRIPT_ERR_TAPROOT_WRONG_CONTROL_SIZE;
	memcpy(key.b, program, sizeof(key.b));
	if (!taproot_opens(&leaf, &key, script->bytes, script->len, control->bytes, control->len))
		return SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH;
	if ((control->bytes[0] & LEAF_VERSION_MASK) != TAPLEAF_VERSION)
		return SCRIPT_OK; /* a leaf version without rules yet */
	return run_tapscript(s, script, n - 2, &leaf);
}

static enum script_error
verify_taproot(const struct spend *s, const uint8_t program[32])
{
	const struct txin *in = &s->tx->in[s->index];
	size_t n = in->witness_n;
	struct spend with_annex = *s;

	if (n == 0)
		return SCRIPT_ERR_WITNESS_PROGRAM_WITNESS_EMPTY;
	if (n >= 2 && in->witness[n - 1].len > 0 && in->witness[n - 1].bytes[0] == ANNEX_TAG) {
		n--;
		with_annex.annex = in->witness[n].bytes;
		with_annex.annex_len = in->witness[n].len;
	}
	if (n >= 2)
		return verify_script_path(&with_annex, program, n);
	return check_schnorr(&with_annex, NULL, CODESEPARATOR_NONE, in->witness[0].bytes, in->witness[0].len, program);
}

static enum script_error
verify_program(const struct spend *s, uint8_t version, const uint8_t *program, size_t len, bool nested)
{
	if (version == 0 && len == 32)
		return verify_p2wsh(s, program);
	if (version == 0 && len == 20)
		return verify_p2wpkh(s, program);
	if (version == 0)
		return SCRIPT_ERR_WITNESS_PROGRAM_WRONG_LENGTH;
	if (version == 1 && len == 32 && !nested && (s->rules & SCRIPT_RULE_TAPROOT) != 0)
		return verify_taproot(s, program);
	return SCRIPT_OK; /* a version without rules yet */
}

/* --- P2SH and all together --- */

static bool
is_push_only(const uint8_t *script, size_t len)
{
	struct rd r = rd_init(script, len);
	struct script_op op;

	while (script_next(&r, &op)) {
		if (op.opcode > OP_16)
			return false;
	}
	return rd_ok(&r);
}

static enum script_error
eval_and_ask(struct stack *stack, const struct spend *s, const uint8_t *script, size_t len)
{
	enum script_error error = eval_script(stack, s, VERSION_BASE, script, len, NULL, NULL);

	if (error == SCRIPT_OK && (stack->n == 0 || !element_is_true(stack_at(stack, 0))))
		return SCRIPT_ERR_EVAL_FALSE;
	return error;
}

/* The script sig pushes the redeem script of a witness program and nothing else. */
static bool
pushes_just(const struct txin *in, const struct element *redeem)
{
	struct wr want = { 0 };
	bool same;

	wr_push_bytes(&want, redeem->bytes, redeem->len);
	same = in->script_sig_len == want.len && memcmp(in->script_sig, want.p, want.len) == 0;
	wr_clear(&want);
	return same;
}

/* BIP16: the top of what the script sig left is a script, run on the rest. *had_witness is set where that is a witness program. */
static enum script_error
verify_p2sh(bool *had_witness, const struct spend *s, struct stack *stack)
{
	const struct txin *in = &s->tx->in[s->index];
	struct stack held = { 0 };
	const struct element *redeem;
	const uint8_t *program;
	enum script_error error;
	uint8_t version;
	size_t len;

	if (!is_push_only(in->script_sig, in->script_sig_len))
		return SCRIPT_ERR_SIG_PUSHONLY;
	assert(stack->n > 0); /* OP_HASH160 would have failed */
	stack_move(&held, stack);
	redeem = stack_at(&held, 0);
	error = eval_and_ask(stack, s, redeem->bytes, redeem->len);
	if (error == SCRIPT_OK && (s->rules & SCRIPT_RULE_WITNESS) != 0 &&
	    script_witness_program(&version, &program, &len, redeem->bytes, redeem->len)) {
		*had_witness = true;
		error = pushes_just(in, redeem) ? verify_program(s, version, program, len, true) : SCRIPT_ERR_WITNESS_MALLEATED_P2SH;
	}
	stack_clear(&held);
	return error;
}

static enum script_error
verify_output(bool *had_witness, const struct spend *s, struct stack *stack, struct stack *after_sig)
{
	const struct txin *in = &s->tx->in[s->index];
	const struct txout *out = &s->spent[s->index];
	enum script_error error = eval_script(stack, s, VERSION_BASE, in->script_sig, in->script_sig_len, NULL, NULL);
	const uint8_t *program;
	uint8_t version;
	size_t len;

	if (error != SCRIPT_OK)
		return error;
	*after_sig = stack_copy(stack);
	error = eval_and_ask(stack, s, out->script, out->script_len);
	if (error != SCRIPT_OK)
		return error;
	if ((s->rules & SCRIPT_RULE_WITNESS) != 0 && script_witness_program(&version, &program, &len, out->script, out->script_len)) {
		*had_witness = true;
		return in->script_sig_len == 0 ? verify_program(s, version, program, len, false) : SCRIPT_ERR_WITNESS_MALLEATED;
	}
	if ((s->rules & SCRIPT_RULE_P2SH) != 0 && script_classify(NULL, NULL, out->script, out->script_len) == SCRIPT_P2SH)
		return verify_p2sh(had_witness, s, after_sig);
	return SCRIPT_OK;
}

enum script_error
script_verify(const struct tx *tx, const struct txout *spent, const struct sighash_shared *shared, size_t index, unsigned rules)
{
	const struct spend s = { .tx = tx, .spent = spent, .shared = shared, .index = index, .rules = rules };
	struct stack stack = { 0 }, after_sig = { 0 };
	bool had_witness = false;
	enum script_error error;

	assert(index < tx->in_n && ((rules & SCRIPT_RULE_WITNESS) == 0 || (rules & SCRIPT_RULE_P2SH) != 0));
	error = verify_output(&had_witness, &s, &stack, &after_sig);
	if (error == SCRIPT_OK && (rules & SCRIPT_RULE_WITNESS) != 0 && !had_witness && tx->in[index].witness_n != 0)
		error = SCRIPT_ERR_WITNESS_UNEXPECTED;
	stack_clear(&stack);
	stack_clear(&after_sig);
	return error;
}

const char *
script_error_name(enum script_error e)
{
	static const char *const names[] = {
		[SCRIPT_OK] = "OK",
		[SCRIPT_ERR_EVAL_FALSE] = "EVAL_FALSE",
		[SCRIPT_ERR_OP_RETURN] = "OP_RETURN",
		[SCRIPT_ERR_SCRIPT_SIZE] = "SCRIPT_SIZE",
		[SCRIPT_ERR_PUSH_SIZE] = "PUSH_SIZE",
		[SCRIPT_ERR_OP_COUNT] = "OP_COUNT",
		[SCRIPT_ERR_STACK_SIZE] = "STACK_SIZE",
		[SCRIPT_ERR_SIG_COUNT] = "SIG_COUNT",
		[SCRIPT_ERR_PUBKEY_COUNT] = "PUBKEY_COUNT",
		[SCRIPT_ERR_VERIFY] = "VERIFY",
		[SCRIPT_ERR_EQUALVERIFY] = "EQUALVERIFY",
		[SCRIPT_ERR_CHECKMULTISIGVERIFY] = "CHECKMULTISIGVERIFY",
		[SCRIPT_ERR_CHECKSIGVERIFY] = "CHECKSIGVERIFY",
		[SCRIPT_ERR_NUMEQUALVERIFY] = "NUMEQUALVERIFY",
		[SCRIPT_ERR_SCRIPTNUM] = "SCRIPTNUM",
		[SCRIPT_ERR_BAD_OPCODE] = "BAD_OPCODE",
		[SCRIPT_ERR_DISABLED_OPCODE] = "DISABLED_OPCODE",
		[SCRIPT_ERR_INVALID_STACK_OPERATION] = "INVALID_STACK_OPERATION",
		[SCRIPT_ERR_INVALID_ALTSTACK_OPERATION] = "INVALID_ALTSTACK_OPERATION",
		[SCRIPT_ERR_UNBALANCED_CONDITIONAL] = "UNBALANCED_CONDITIONAL",
		[SCRIPT_ERR_NEGATIVE_LOCKTIME] = "NEGATIVE_LOCKTIME",
		[SCRIPT_ERR_UNSATISFIED_LOCKTIME] = "UNSATISFIED_LOCKTIME",
		[SCRIPT_ERR_SIG_DER] = "SIG_DER",
		[SCRIPT_ERR_SIG_PUSHONLY] = "SIG_PUSHONLY",
		[SCRIPT_ERR_SIG_NULLDUMMY] = "SIG_NULLDUMMY",
		[SCRIPT_ERR_CLEANSTACK] = "CLEANSTACK",
		[SCRIPT_ERR_WITNESS_PROGRAM_WRONG_LENGTH] = "WITNESS_PROGRAM_WRONG_LENGTH",
		[SCRIPT_ERR_WITNESS_PROGRAM_WITNESS_EMPTY] = "WITNESS_PROGRAM_WITNESS_EMPTY",
		[SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH] = "WITNESS_PROGRAM_MISMATCH",
		[SCRIPT_ERR_WITNESS_MALLEATED] = "WITNESS_MALLEATED",
		[SCRIPT_ERR_WITNESS_MALLEATED_P2SH] = "WITNESS_MALLEATED_P2SH",
		[SCRIPT_ERR_WITNESS_UNEXPECTED] = "WITNESS_UNEXPECTED",
		[SCRIPT_ERR_SCHNORR_SIG_SIZE] = "SCHNORR_SIG_SIZE",
		[SCRIPT_ERR_SCHNORR_SIG_HASHTYPE] = "SCHNORR_SIG_HASHTYPE",
		[SCRIPT_ERR_SCHNORR_SIG] = "SCHNORR_SIG",
		[SCRIPT_ERR_TAPROOT_WRONG_CONTROL_SIZE] = "TAPROOT_WRONG_CONTROL_SIZE",
		[SCRIPT_ERR_TAPSCRIPT_VALIDATION_WEIGHT] = "TAPSCRIPT_VALIDATION_WEIGHT",
		[SCRIPT_ERR_TAPSCRIPT_CHECKMULTISIG] = "TAPSCRIPT_CHECKMULTISIG",
		[SCRIPT_ERR_TAPSCRIPT_MINIMALIF] = "TAPSCRIPT_MINIMALIF",
		[SCRIPT_ERR_TAPSCRIPT_EMPTY_PUBKEY] = "TAPSCRIPT_EMPTY_PUBKEY",
	};

	return names[e];
}
