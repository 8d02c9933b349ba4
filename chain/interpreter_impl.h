#ifndef TALLY_CHAIN_INTERPRETER_IMPL_H
#define TALLY_CHAIN_INTERPRETER_IMPL_H
/* The inside of the interpreter, for its own files only: interpreter.c (what to run), interpreter_eval.c (one script, its conditions and
 * locks), interpreter_ops.c (stack, numbers, digests), interpreter_sig.c (signatures), interpreter_stack.c. */
#include "chain/interpreter.h"

#define ELEMENT_BYTES_MAX 520
#define STACK_MAX 1000
#define OPS_MAX 201
#define NUMBER_BYTES_MAX 4
#define SIGOP_WEIGHT 50 /* BIP342: what a signature costs of the budget that the witness' size gives */

struct element {
	uint8_t *bytes; /* owned */
	size_t len;
};

/* The element at the end is the top. */
struct stack {
	struct element *item; /* owned */
	size_t n, cap;
};

void stack_clear(struct stack *s);
void stack_push(struct stack *s, const void *bytes, size_t len);
void stack_push_number(struct stack *s, int64_t v);
void stack_push_bool(struct stack *s, bool v);
/* Drop the n topmost. */
void stack_drop(struct stack *s, size_t n);
/* The element `depth` below the top; 0 is the top itself. */
const struct element *stack_at(const struct stack *s, size_t depth);
/* Push a copy of the element at `depth`. */
void stack_pick(struct stack *s, size_t depth);
/* Move the element at `depth` to the top. */
void stack_roll(struct stack *s, size_t depth);
/* Move the top from one to the other. */
void stack_move(struct stack *to, struct stack *from);
struct stack stack_copy(const struct stack *s);

/* Anything but zeros, and the last byte may be 0x80: the negative zero. */
MUST_USE bool element_is_true(const struct element *e);
MUST_USE bool element_number(int64_t *out, const struct element *e, size_t max);

enum script_version { VERSION_BASE, VERSION_WITNESS_V0, VERSION_TAPSCRIPT };

/* The input whose spending is in question. */
struct spend {
	const struct tx *tx;
	const struct txout *spent;
	const struct sighash_shared *shared;
	size_t index;
	unsigned rules;
	const uint8_t *annex; /* BIP341; NULL for none */
	size_t annex_len;
};

/* A script being run. */
struct eval {
	const struct spend *spend;
	enum script_version version;
	struct stack *stack; /* borrowed */
	struct stack alt;    /* owned */
	const uint8_t *script;
	size_t len;
	struct rd code;   /* what is left of it */
	size_t signed_at; /* where the code behind the last OP_CODESEPARATOR that was run begins */
	uint32_t position, codeseparator; /* numbers of opcodes */
	unsigned ops;
	size_t conditions;    /* IFs that are open */
	size_t first_false;   /* number of the outermost one that does not run, from 1; 0: all run */
	const struct hash256 *leaf; /* tapscript */
	int64_t *weight_left;       /* tapscript */
};

/* Run a script on a stack. leaf and weight_left: tapscript only, else NULL. */
MUST_USE enum script_error eval_script(struct stack *stack, const struct spend *spend, enum script_version version, const uint8_t *script,
				       size_t len, const struct hash256 *leaf, int64_t *weight_left);

/* One opcode each; BAD_OPCODE for one that is not of their kind. */
MUST_USE enum script_error eval_stack_op(struct eval *e, uint8_t opcode);
MUST_USE enum script_error eval_number_op(struct eval *e, uint8_t opcode);
MUST_USE enum script_error eval_hash_op(struct eval *e, uint8_t opcode);
MUST_USE enum script_error eval_signature_op(struct eval *e, uint8_t opcode);
MUST_USE bool eval_has(const struct eval *e, size_t n);

/* BIP341's signature check, of a key path where leaf is NULL. */
MUST_USE enum script_error check_schnorr(const struct spend *spend, const struct hash256 *leaf, uint32_t codeseparator, const uint8_t *sig,
					 size_t sig_len, const uint8_t key[32]);

#endif
