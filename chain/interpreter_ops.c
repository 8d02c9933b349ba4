#include <string.h>

#include "chain/interpreter_impl.h"
#include "chain/script.h"

bool
eval_has(const struct eval *e, size_t n)
{
	return e->stack->n >= n;
}

/* --- Stack --- */

/* Elements that an opcode needs. */
static size_t
stack_op_needs(uint8_t opcode)
{
	switch (opcode) {
	case OP_DEPTH:
		return 0;
	case OP_TOALTSTACK:
	case OP_IFDUP:
	case OP_DROP:
	case OP_DUP:
	case OP_SIZE:
		return 1;
	case OP_3DUP:
	case OP_ROT:
		return 3;
	case OP_2OVER:
	case OP_2SWAP:
		return 4;
	case OP_2ROT:
		return 6;
	default:
		return opcode == OP_FROMALTSTACK ? 0 : 2;
	}
}

static enum script_error
pick_or_roll(struct stack *s, uint8_t opcode)
{
	int64_t n;

	if (!element_number(&n, stack_at(s, 0), NUMBER_BYTES_MAX))
		return SCRIPT_ERR_SCRIPTNUM;
	stack_drop(s, 1);
	if (n < 0 || (uint64_t)n >= s->n)
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (opcode == OP_PICK)
		stack_pick(s, (size_t)n);
	else
		stack_roll(s, (size_t)n);
	return SCRIPT_OK;
}

static void
roll_n(struct stack *s, size_t depth, size_t n)
{
	for (; n > 0; n--)
		stack_roll(s, depth);
}

static void
pick_n(struct stack *s, size_t depth, size_t n)
{
	for (; n > 0; n--)
		stack_pick(s, depth);
}

/* Those that copy: x at `depth` and its upper neighbours. */
static bool
copying_op(struct stack *s, uint8_t opcode)
{
	switch (opcode) {
	case OP_2DUP:
		pick_n(s, 1, 2);
		return true;
	case OP_3DUP:
		pick_n(s, 2, 3);
		return true;
	case OP_2OVER:
		pick_n(s, 3, 2);
		return true;
	case OP_IFDUP:
		if (element_is_true(stack_at(s, 0)))
			stack_pick(s, 0);
		return true;
	case OP_DUP:
		stack_pick(s, 0);
		return true;
	case OP_OVER:
		stack_pick(s, 1);
		return true;
	case OP_TUCK: /* x1 x2 -> x2 x1 x2 */
		stack_roll(s, 1);
		stack_pick(s, 1);
		return true;
	default:
		return false;
	}
}

static bool
moving_op(struct stack *s, uint8_t opcode)
{
	switch (opcode) {
	case OP_2DROP:
		stack_drop(s, 2);
		return true;
	case OP_DROP:
		stack_drop(s, 1);
		return true;
	case OP_NIP:
		stack_roll(s, 1);
		stack_drop(s, 1);
		return true;
	case OP_2ROT:
		roll_n(s, 5, 2);
		return true;
	case OP_2SWAP:
		roll_n(s, 3, 2);
		return true;
	case OP_ROT:
		stack_roll(s, 2);
		return true;
	case OP_SWAP:
		stack_roll(s, 1);
		return true;
	default:
		return false;
	}
}

enum script_error
eval_stack_op(struct eval *e, uint8_t opcode)
{
	struct stack *s = e->stack;

	if (!eval_has(e, stack_op_needs(opcode)))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (copying_op(s, opcode) || moving_op(s, opcode))
		return SCRIPT_OK;
	switch (opcode) {
	case OP_TOALTSTACK:
		stack_move(&e->alt, s);
		return SCRIPT_OK;
	case OP_FROMALTSTACK:
		if (e->alt.n == 0)
			return SCRIPT_ERR_INVALID_ALTSTACK_OPERATION;
		stack_move(s, &e->alt);
		return SCRIPT_OK;
	case OP_DEPTH:
		stack_push_number(s, (int64_t)s->n);
		return SCRIPT_OK;
	case OP_SIZE:
		stack_push_number(s, (int64_t)stack_at(s, 0)->len);
		return SCRIPT_OK;
	case OP_PICK:
	case OP_ROLL:
		return pick_or_roll(s, opcode);
	default:
		return SCRIPT_ERR_BAD_OPCODE;
	}
}

/* --- Numbers --- */

static enum script_error
one_number_op(struct stack *s, uint8_t opcode)
{
	int64_t v;

	if (s->n < 1)
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (!element_number(&v, stack_at(s, 0), NUMBER_BYTES_MAX))
		return SCRIPT_ERR_SCRIPTNUM;
	switch (opcode) {
	case OP_1ADD:
		v++;
		break;
	case OP_1SUB:
		v--;
		break;
	case OP_NEGATE:
		v = -v;
		break;
	case OP_ABS:
		v = v < 0 ? -v : v;
		break;
	case OP_NOT:
		v = v == 0;
		break;
	default: /* OP_0NOTEQUAL */
		v = v != 0;
		break;
	}
	stack_drop(s, 1);
	stack_push_number(s, v);
	return SCRIPT_OK;
}

static int64_t
combined(uint8_t opcode, int64_t a, int64_t b)
{
	switch (opcode) {
	case OP_ADD:
		return a + b;
	case OP_SUB:
		return a - b;
	case OP_BOOLAND:
		return a != 0 && b != 0;
	case OP_BOOLOR:
		return a != 0 || b != 0;
	case OP_NUMEQUAL:
	case OP_NUMEQUALVERIFY:
		return a == b;
	case OP_NUMNOTEQUAL:
		return a != b;
	case OP_LESSTHAN:
		return a < b;
	case OP_GREATERTHAN:
		return a > b;
	case OP_LESSTHANOREQUAL:
		return a <= b;
	case OP_GREATERTHANOREQUAL:
		return a >= b;
	case OP_MIN:
		return a < b ? a : b;
	default: /* OP_MAX */
		return a > b ? a : b;
	}
}

static enum script_error
two_number_op(struct stack *s, uint8_t opcode)
{
	int64_t a, b, v;

	if (s->n < 2)
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (!element_number(&a, stack_at(s, 1), NUMBER_BYTES_MAX) || !element_number(&b, stack_at(s, 0), NUMBER_BYTES_MAX))
		return SCRIPT_ERR_SCRIPTNUM;
	v = combined(opcode, a, b);
	stack_drop(s, 2);
	if (opcode == OP_NUMEQUALVERIFY)
		return v != 0 ? SCRIPT_OK : SCRIPT_ERR_NUMEQUALVERIFY;
	stack_push_number(s, v);
	return SCRIPT_OK;
}

static enum script_error
within_op(struct stack *s)
{
	int64_t v, low, high;

	if (s->n < 3)
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (!element_number(&v, stack_at(s, 2), NUMBER_BYTES_MAX) || !element_number(&low, stack_at(s, 1), NUMBER_BYTES_MAX) ||
	    !element_number(&high, stack_at(s, 0), NUMBER_BYTES_MAX))
		return SCRIPT_ERR_SCRIPTNUM;
	stack_drop(s, 3);
	stack_push_bool(s, low <= v && v < high);
	return SCRIPT_OK;
}

enum script_error
eval_number_op(struct eval *e, uint8_t opcode)
{
	if (opcode == OP_WITHIN)
		return within_op(e->stack);
	if (opcode == OP_1ADD || opcode == OP_1SUB || (opcode >= OP_NEGATE && opcode <= OP_0NOTEQUAL))
		return one_number_op(e->stack, opcode);
	if (opcode == OP_ADD || opcode == OP_SUB || (opcode >= OP_BOOLAND && opcode <= OP_MAX))
		return two_number_op(e->stack, opcode);
	return SCRIPT_ERR_BAD_OPCODE;
}

/* --- Digests --- */

enum script_error
eval_hash_op(struct eval *e, uint8_t opcode)
{
	const struct element *top;
	struct hash256 out = { { 0 } };
	size_t len = opcode == OP_SHA256 || opcode == OP_HASH256 ? 32 : 20;

	if (!eval_has(e, 1))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	top = stack_at(e->stack, 0);
	if (opcode == OP_RIPEMD160)
		ripemd160(out.b, top->bytes, top->len);
	else if (opcode == OP_SHA1)
		sha1(out.b, top->bytes, top->len);
	else if (opcode == OP_SHA256)
		sha256(&out, top->bytes, top->len);
	else if (opcode == OP_HASH160)
		hash160(out.b, top->bytes, top->len);
	else
		sha256d(&out, top->bytes, top->len);
	stack_drop(e->stack, 1);
	stack_push(e->stack, out.b, len);
	return SCRIPT_OK;
}
