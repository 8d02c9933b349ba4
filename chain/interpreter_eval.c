/* Invariants:
 * 1. After each opcode stack and alternative stack together hold at most STACK_MAX elements, none longer than ELEMENT_BYTES_MAX but those
 *    that a caller put there.
 * 2. first_false <= conditions; it is 0 exactly when all open conditions run.
 * 3. Nothing that a script says makes a loop longer than its own bytes: each opcode is looked at once. */
#include <string.h>

#include "chain/interpreter_impl.h"
#include "chain/script.h"

#define LOCK_NUMBER_BYTES_MAX 5
#define LOCKTIME_THRESHOLD 500000000 /* below: a height */
#define SEQUENCE_DISABLE 0x80000000u
#define SEQUENCE_SECONDS 0x00400000u
#define SEQUENCE_LOCK_MASK (SEQUENCE_SECONDS | 0xffffu)

/* --- Conditions --- */

static enum script_error
open_condition(struct eval *e, uint8_t opcode)
{
	const struct element *top;
	bool value;

	e->conditions++;
	if (e->first_false != 0) /* not looked at: it stands where nothing runs */
		return SCRIPT_OK;
	if (!eval_has(e, 1))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	top = stack_at(e->stack, 0);
	/* BIP342: "the input argument to the OP_IF and OP_NOTIF opcodes must be either exactly 0 (the empty vector) or exactly 1" */
	if (e->version == VERSION_TAPSCRIPT && (top->len > 1 || (top->len == 1 && top->bytes[0] != 1)))
		return SCRIPT_ERR_TAPSCRIPT_MINIMALIF;
	value = element_is_true(top) != (opcode == OP_NOTIF);
	stack_drop(e->stack, 1);
	if (!value)
		e->first_false = e->conditions;
	return SCRIPT_OK;
}

static enum script_error
eval_condition(struct eval *e, uint8_t opcode)
{
	if (opcode == OP_IF || opcode == OP_NOTIF)
		return open_condition(e, opcode);
	if (opcode != OP_ELSE && opcode != OP_ENDIF)
		return SCRIPT_ERR_BAD_OPCODE; /* VERIF, VERNOTIF: bad even where nothing runs */
	if (e->conditions == 0)
		return SCRIPT_ERR_UNBALANCED_CONDITIONAL;
	if (opcode == OP_ELSE && e->first_false == 0)
		e->first_false = e->conditions;
	else if (e->first_false == e->conditions)
		e->first_false = 0;
	if (opcode == OP_ENDIF)
		e->conditions--;
	return SCRIPT_OK;
}

/* --- Locks --- */

static bool
locktime_is_met(const struct spend *s, int64_t lock)
{
	int64_t ours = s->tx->locktime;

	return (lock < LOCKTIME_THRESHOLD) == (ours < LOCKTIME_THRESHOLD) && lock <= ours &&
	       s->tx->in[s->index].sequence != SEQUENCE_FINAL;
}

static bool
sequence_is_met(const struct spend *s, int64_t lock)
{
	uint32_t ours = s->tx->in[s->index].sequence, theirs = (uint32_t)lock & SEQUENCE_LOCK_MASK;

	if ((uint32_t)s->tx->version < 2 || (ours & SEQUENCE_DISABLE) != 0)
		return false;
	ours &= SEQUENCE_LOCK_MASK;
	return (theirs < SEQUENCE_SECONDS) == (ours < SEQUENCE_SECONDS) && theirs <= ours;
}

static enum script_error
eval_lock(struct eval *e, uint8_t opcode)
{
	bool time = opcode == OP_CHECKLOCKTIMEVERIFY;
	int64_t lock;

	if ((e->spend->rules & (time ? SCRIPT_RULE_CHECKLOCKTIMEVERIFY : SCRIPT_RULE_CHECKSEQUENCEVERIFY)) == 0)
		return SCRIPT_OK; /* NOP2, NOP3 */
	if (!eval_has(e, 1))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (!element_number(&lock, stack_at(e->stack, 0), LOCK_NUMBER_BYTES_MAX))
		return SCRIPT_ERR_SCRIPTNUM;
	if (lock < 0)
		return SCRIPT_ERR_NEGATIVE_LOCKTIME;
	if (!time && ((uint64_t)lock & SEQUENCE_DISABLE) != 0)
		return SCRIPT_OK;
	return (time ? locktime_is_met(e->spend, lock) : sequence_is_met(e->spend, lock)) ? SCRIPT_OK : SCRIPT_ERR_UNSATISFIED_LOCKTIME;
}

/* --- One opcode --- */

static enum script_error
eval_verify(struct eval *e)
{
	if (!eval_has(e, 1))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (!element_is_true(stack_at(e->stack, 0)))
		return SCRIPT_ERR_VERIFY;
	stack_drop(e->stack, 1);
	return SCRIPT_OK;
}

static enum script_error
eval_equal(struct eval *e, uint8_t opcode)
{
	const struct element *a, *b;
	bool equal;

	if (!eval_has(e, 2))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	a = stack_at(e->stack, 1);
	b = stack_at(e->stack, 0);
	equal = a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
	stack_drop(e->stack, 2);
	if (opcode == OP_EQUALVERIFY)
		return equal ? SCRIPT_OK : SCRIPT_ERR_EQUALVERIFY;
	stack_push_bool(e->stack, equal);
	return SCRIPT_OK;
}

/* An opcode of the rows beyond the conditions. */
static enum script_error
eval_by_kind(struct eval *e, uint8_t opcode)
{
	if ((opcode >= OP_TOALTSTACK && opcode <= OP_TUCK) || opcode == OP_SIZE)
		return eval_stack_op(e, opcode);
	if (opcode >= OP_1ADD && opcode <= OP_WITHIN)
		return eval_number_op(e, opcode);
	if (opcode >= OP_RIPEMD160 && opcode <= OP_HASH256)
		return eval_hash_op(e, opcode);
	if ((opcode >= OP_CHECKSIG && opcode <= OP_CHECKMULTISIGVERIFY) || opcode == OP_CHECKSIGADD)
		return eval_signature_op(e, opcode);
	return opcode >= OP_NOP1 && opcode <= OP_NOP10 ? SCRIPT_OK : SCRIPT_ERR_BAD_OPCODE;
}

static enum script_error
eval_opcode(struct eval *e, uint8_t opcode)
{
	switch (opcode) {
	case OP_NOP:
		return SCRIPT_OK;
	case OP_VERIFY:
		return eval_verify(e);
	case OP_RETURN:
		return SCRIPT_ERR_OP_RETURN;
	case OP_EQUAL:
	case OP_EQUALVERIFY:
		return eval_equal(e, opcode);
	case OP_CHECKLOCKTIMEVERIFY:
	case OP_CHECKSEQUENCEVERIFY:
		return eval_lock(e, opcode);
	case OP_CODESEPARATOR:
		e->signed_at = e->len - e->code.left;
		e->codeseparator = e->position;
		return SCRIPT_OK;
	default:
		if (opcode == OP_1NEGATE || (opcode >= OP_1 && opcode <= OP_16)) {
			stack_push_number(e->stack, (int64_t)opcode - (OP_1 - 1));
			return SCRIPT_OK;
		}
		return eval_by_kind(e, opcode);
	}
}

/* CVE-2010-5137: CAT, SUBSTR, LEFT, RIGHT; INVERT, AND, OR, XOR; 2MUL, 2DIV; MUL, DIV, MOD, LSHIFT, RSHIFT. */
static bool
is_disabled(uint8_t opcode)
{
	return (opcode >= 0x7e && opcode <= 0x81) || (opcode >= 0x83 && opcode <= 0x86) || opcode == 0x8d || opcode == 0x8e ||
	       (opcode >= 0x95 && opcode <= 0x99);
}

static enum script_error
eval_step(struct eval *e, const struct script_op *op)
{
	const bool run = e->first_false == 0;
	enum script_error error = SCRIPT_OK;

	if (op->len > ELEMENT_BYTES_MAX)
		return SCRIPT_ERR_PUSH_SIZE;
	if (e->version != VERSION_TAPSCRIPT && op->opcode > OP_16 && ++e->ops > OPS_MAX)
		return SCRIPT_ERR_OP_COUNT;
	if (is_disabled(op->opcode))
		return SCRIPT_ERR_DISABLED_OPCODE;
	if (op->opcode <= OP_PUSHDATA4) {
		if (run)
			stack_push(e->stack, op->data, op->len);
	} else if (op->opcode >= OP_IF && op->opcode <= OP_ENDIF) {
		error = eval_condition(e, op->opcode);
	} else if (run) {
		error = eval_opcode(e, op->opcode);
	}
	if (error == SCRIPT_OK && e->stack->n + e->alt.n > STACK_MAX)
		return SCRIPT_ERR_STACK_SIZE;
	return error;
}

enum script_error
eval_script(struct stack *stack, const struct spend *spend, enum script_version version, const uint8_t *script, size_t len,
	    const struct hash256 *leaf, int64_t *weight_left)
{
	struct eval e = { .spend = spend, .version = version, .stack = stack, .script = script, .len = len,
			  .code = rd_init(script, len), .codeseparator = CODESEPARATOR_NONE, .leaf = leaf, .weight_left = weight_left };
	enum script_error error = SCRIPT_OK;
	struct script_op op;

	if (version != VERSION_TAPSCRIPT && len > SCRIPT_BYTES_MAX)
		return SCRIPT_ERR_SCRIPT_SIZE;
	for (; error == SCRIPT_OK && script_next(&e.code, &op); e.position++)
		error = eval_step(&e, &op);
	if (error == SCRIPT_OK && !rd_ok(&e.code))
		error = SCRIPT_ERR_BAD_OPCODE; /* a push that runs out */
	if (error == SCRIPT_OK && e.conditions != 0)
		error = SCRIPT_ERR_UNBALANCED_CONDITIONAL;
	stack_clear(&e.alt);
	return error;
}
