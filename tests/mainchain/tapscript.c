#include "tests/mainchain/tapscript.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/script.h"

#define SIGOP_COST 50
#define NUMBER_LEN 4
#define LOCK_NUMBER_LEN 5
#define IF_DEPTH_MAX 64

/* Opcodes beyond those that the project's own scripts are written with. */
enum other_opcode {
	X_NOP = 0x61,
	X_IF = 0x63,
	X_NOTIF = 0x64,
	X_ELSE = 0x67,
	X_ENDIF = 0x68,
	X_SIZE = 0x82,
	X_NUMEQUALVERIFY = 0x9d,
	X_SHA256 = 0xa8,
	X_CHECKLOCKTIMEVERIFY = 0xb1,
};

struct item {
	uint8_t *p; /* owned */
	size_t len;
};

struct machine {
	const struct signing_place *at;
	struct item stack[TAPSCRIPT_STACK_MAX];
	size_t n;
	int64_t budget;
	bool branch[IF_DEPTH_MAX]; /* one for each open IF: does it run? */
	size_t branch_n;
};

const char *
signature_check(const struct signing_place *at, const uint8_t *sig, size_t sig_len, const struct xonly_key *key)
{
	struct schnorr_sig s;
	struct hash256 message;
	uint8_t hash_type = SIGHASH_DEFAULT;

	if (sig_len != 64 && sig_len != 65)
		return "schnorr-sig-size";
	/* BIP341: a 65th byte of 0 is not another spelling of the default. */
	if (sig_len == 65 && (hash_type = sig[64]) == SIGHASH_DEFAULT)
		return "schnorr-sig-hashtype";
	memcpy(s.b, sig, sizeof(s.b));
	if (!sighash_taproot(&message, at->shared, at->tx, at->spent, at->index, hash_type, at->leaf, at->annex, at->annex_len))
		return "schnorr-sig-hashtype";
	return schnorr_verify(&s, key, &message) ? NULL : "schnorr-sig";
}

static const char *
push(struct machine *m, const void *bytes, size_t len)
{
	if (m->n == TAPSCRIPT_STACK_MAX)
		return "stack-size";
	if (len > TAPSCRIPT_ITEM_MAX)
		return "push-size";
	m->stack[m->n++] = (struct item){ .p = mem_dup(bytes, len), .len = len };
	return NULL;
}

static struct item *
top(struct machine *m, size_t below)
{
	return &m->stack[m->n - 1 - below];
}

static void
drop(struct machine *m, size_t n)
{
	while (n-- > 0)
		free(m->stack[--m->n].p);
}

static const char *
push_number(struct machine *m, int64_t v)
{
	uint8_t bytes[9];
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t n = 0;

	for (; rest > 0; rest >>= 8)
		bytes[n++] = (uint8_t)rest;
	if (n > 0 && (bytes[n - 1] & 0x80))
		bytes[n++] = 0;
	if (v < 0)
		bytes[n - 1] |= 0x80;
	return push(m, bytes, n);
}

static const char *
push_bool(struct machine *m, bool v)
{
	return push(m, "\1", v ? 1 : 0);
}

/* Bitcoin's script numbers: little-endian, the highest bit is the sign. */
static const char *
number(int64_t *out, const struct machine *m, const struct item *it, size_t max)
{
	uint64_t v = 0;
	bool negative;

	*out = 0;
	if (it->len > max)
		return "number-size";
	if (it->len == 0)
		return NULL;
	if (m->at->rules == SCRIPT_POLICY && (it->p[it->len - 1] & 0x7f) == 0 && (it->len == 1 || !(it->p[it->len - 2] & 0x80)))
		return "number-not-minimal";
	for (size_t i = 0; i < it->len; i++)
		v |= (uint64_t)it->p[i] << (8 * i);
	negative = it->p[it->len - 1] & 0x80;
	v &= ~((uint64_t)0x80 << (8 * (it->len - 1)));
	*out = negative ? -(int64_t)v : (int64_t)v;
	return NULL;
}

static bool
truth(const struct item *it)
{
	for (size_t i = 0; i < it->len; i++) {
		if (it->p[i] != 0)
			return !(i == it->len - 1 && it->p[i] == 0x80);
	}
	return false;
}

/* BIP342, "Rules for signature opcodes". *good says whether the signature counts; a wrong one that is not empty ends the
 * script. */
static const char *
check_signature(bool *good, struct machine *m, const struct item *sig, const struct item *key)
{
	struct xonly_key k;

	*good = sig->len > 0;
	if (*good && (m->budget -= SIGOP_COST) < 0)
		return "tapscript-validation-weight";
	if (key->len == 0)
		return "pubkey-type";
	if (key->len != sizeof(k.b))
		return m->at->rules == SCRIPT_POLICY ? "discourage-upgradable-pubkeytype" : NULL;
	if (!*good)
		return NULL;
	memcpy(k.b, key->p, sizeof(k.b));
	return signature_check(m->at, sig->p, sig->len, &k);
}

static const char *
op_checksig(struct machine *m, bool verify)
{
	const char *why;
	bool good;

	if (m->n < 2)
		return "stack-operation";
	if ((why = check_signature(&good, m, top(m, 1), top(m, 0))) != NULL)
		return why;
	drop(m, 2);
	if (verify)
		return good ? NULL : "checksigverify";
	return push_bool(m, good);
}

/* <sig> <number> <key> CHECKSIGADD */
static const char *
op_checksigadd(struct machine *m)
{
	const char *why;
	int64_t count;
	bool good;

	if (m->n < 3)
		return "stack-operation";
	if ((why = number(&count, m, top(m, 1), NUMBER_LEN)) != NULL)
		return why;
	if ((why = check_signature(&good, m, top(m, 2), top(m, 0))) != NULL)
		return why;
	drop(m, 3);
	return push_number(m, count + (good ? 1 : 0));
}

static const char *
op_numequal(struct machine *m, bool verify)
{
	const char *why;
	int64_t a, b;

	if (m->n < 2)
		return "stack-operation";
	if ((why = number(&a, m, top(m, 1), NUMBER_LEN)) != NULL || (why = number(&b, m, top(m, 0), NUMBER_LEN)) != NULL)
		return why;
	drop(m, 2);
	if (verify)
		return a == b ? NULL : "numequalverify";
	return push_bool(m, a == b);
}

static const char *
op_equal(struct machine *m, bool verify)
{
	bool equal;

	if (m->n < 2)
		return "stack-operation";
	equal = top(m, 0)->len == top(m, 1)->len && memcmp(top(m, 0)->p, top(m, 1)->p, top(m, 0)->len) == 0;
	drop(m, 2);
	if (verify)
		return equal ? NULL : "equalverify";
	return push_bool(m, equal);
}

static const char *
op_verify(struct machine *m)
{
	bool good;

	if (m->n < 1)
		return "stack-operation";
	good = truth(top(m, 0));
	drop(m, 1);
	return good ? NULL : "verify";
}

static const char *
op_digest(struct machine *m, bool ripemd)
{
	struct hash256 h = { { 0 } };

	if (m->n < 1)
		return "stack-operation";
	if (ripemd)
		hash160(h.b, top(m, 0)->p, top(m, 0)->len);
	else
		sha256(&h, top(m, 0)->p, top(m, 0)->len);
	drop(m, 1);
	return push(m, h.b, ripemd ? 20 : 32);
}

/* BIP112. The operand stays on the stack. */
static const char *
op_checksequence(struct machine *m)
{
	const uint32_t disabled = 0x80000000, by_time = 0x00400000, mask = 0x0000ffff;
	uint32_t sequence = m->at->tx->in[m->at->index].sequence;
	const char *why;
	int64_t want;

	if (m->n < 1)
		return "stack-operation";
	if ((why = number(&want, m, top(m, 0), LOCK_NUMBER_LEN)) != NULL)
		return why;
	if (want < 0)
		return "negative-locktime";
	if (want & disabled)
		return NULL;
	if ((uint32_t)m->at->tx->version < 2 || (sequence & disabled))
		return "unsatisfied-locktime";
	if (((uint32_t)want & by_time) != (sequence & by_time) || ((uint32_t)want & mask) > (sequence & mask))
		return "unsatisfied-locktime";
	return NULL;
}

/* BIP65. The operand stays on the stack. */
static const char *
op_checklocktime(struct machine *m)
{
	const int64_t first_time = 500000000;
	int64_t have = m->at->tx->locktime, want;
	const char *why;

	if (m->n < 1)
		return "stack-operation";
	if ((why = number(&want, m, top(m, 0), LOCK_NUMBER_LEN)) != NULL)
		return why;
	if (want < 0)
		return "negative-locktime";
	if ((want < first_time) != (have < first_time) || want > have || m->at->tx->in[m->at->index].sequence == SEQUENCE_FINAL)
		return "unsatisfied-locktime";
	return NULL;
}

static bool
running(const struct machine *m)
{
	for (size_t i = 0; i < m->branch_n; i++) {
		if (!m->branch[i])
			return false;
	}
	return true;
}

/* IF, NOTIF, ELSE, ENDIF; BIP342: the condition must be exactly empty or 1. */
static const char *
op_branch(struct machine *m, uint8_t opcode)
{
	bool value = false;

	if (opcode == X_ELSE || opcode == X_ENDIF) {
		if (m->branch_n == 0)
			return "unbalanced-conditional";
		if (opcode == X_ENDIF)
			m->branch_n--;
		else
			m->branch[m->branch_n - 1] = !m->branch[m->branch_n - 1];
		return NULL;
	}
	if (m->branch_n == IF_DEPTH_MAX)
		return "unsupported-by-embedded-chain";
	if (running(m)) {
		if (m->n < 1)
			return "unbalanced-conditional";
		if (top(m, 0)->len > 1 || (top(m, 0)->len == 1 && top(m, 0)->p[0] != 1))
			return "tapscript-minimalif";
		value = (top(m, 0)->len == 1) == (opcode == X_IF);
		drop(m, 1);
	}
	m->branch[m->branch_n++] = value;
	return NULL;
}

static const char *
op_run(struct machine *m, uint8_t opcode)
{
	switch (opcode) {
	case X_NOP:
		return NULL;
	case OP_VERIFY:
		return op_verify(m);
	case OP_DROP:
		if (m->n < 1)
			return "stack-operation";
		drop(m, 1);
		return NULL;
	case OP_DUP:
		return m->n < 1 ? "stack-operation" : push(m, top(m, 0)->p, top(m, 0)->len);
	case X_SIZE:
		return m->n < 1 ? "stack-operation" : push_number(m, (int64_t)top(m, 0)->len);
	case OP_EQUAL:
	case OP_EQUALVERIFY:
		return op_equal(m, opcode == OP_EQUALVERIFY);
	case OP_NUMEQUAL:
	case X_NUMEQUALVERIFY:
		return op_numequal(m, opcode == X_NUMEQUALVERIFY);
	case X_SHA256:
	case OP_HASH160:
		return op_digest(m, opcode == OP_HASH160);
	case OP_CHECKSIG:
	case OP_CHECKSIGVERIFY:
		return op_checksig(m, opcode == OP_CHECKSIGVERIFY);
	case OP_CHECKSIGADD:
		return op_checksigadd(m);
	case OP_CHECKSEQUENCEVERIFY:
		return op_checksequence(m);
	case X_CHECKLOCKTIMEVERIFY:
		return op_checklocktime(m);
	case OP_RETURN:
		return "op-return";
	default:
		return "unsupported-by-embedded-chain";
	}
}

/* BIP62 rule 3: the shortest opcode that can push these bytes. */
static bool
push_is_minimal(const struct script_op *op)
{
	if (op->len == 0)
		return op->opcode == OP_0;
	if (op->len == 1 && ((op->data[0] >= 1 && op->data[0] <= 16) || op->data[0] == 0x81))
		return false;
	if (op->len < OP_PUSHDATA1)
		return op->opcode == op->len;
	return op->opcode == (op->len <= 0xff ? OP_PUSHDATA1 : OP_PUSHDATA2);
}

static const char *
step(struct machine *m, const struct script_op *op)
{
	if (op->opcode <= OP_PUSHDATA4) {
		if (op->len > TAPSCRIPT_ITEM_MAX)
			return "push-size";
		if (!running(m))
			return NULL;
		if (m->at->rules == SCRIPT_POLICY && !push_is_minimal(op))
			return "push-not-minimal";
		return push(m, op->len ? op->data : (const uint8_t *)"", op->len);
	}
	if (op->opcode == X_IF || op->opcode == X_NOTIF || op->opcode == X_ELSE || op->opcode == X_ENDIF)
		return op_branch(m, op->opcode);
	if (op->opcode > X_NOTIF && op->opcode < X_ELSE)
		return "bad-opcode"; /* VERIF and VERNOTIF, even where they don't run */
	if (!running(m))
		return NULL;
	if (op->opcode == OP_1NEGATE || (op->opcode >= OP_1 && op->opcode <= OP_16))
		return push_number(m, (int64_t)op->opcode - (OP_1 - 1));
	return op_run(m, op->opcode);
}

/* BIP342: these opcodes make a script valid whatever else it holds. */
static bool
is_success(uint8_t op)
{
	return op == 80 || op == 98 || (op >= 126 && op <= 129) || (op >= 131 && op <= 134) || op == 137 || op == 138 ||
	       op == 141 || op == 142 || (op >= 149 && op <= 153) || (op >= 187 && op <= 254);
}

static bool
has_success(const void *script, size_t len)
{
	struct rd r = rd_init(script, len);
	struct script_op op;

	while (script_next(&r, &op)) {
		if (is_success(op.opcode))
			return true;
	}
	return false;
}

static const char *
run(struct machine *m, const void *script, size_t len)
{
	struct rd r = rd_init(script, len);
	struct script_op op;
	const char *why;

	while (script_next(&r, &op)) {
		if ((why = step(m, &op)) != NULL)
			return why;
	}
	if (!rd_done(&r))
		return "bad-opcode";
	if (m->branch_n > 0)
		return "unbalanced-conditional";
	if (m->n != 1)
		return "cleanstack";
	return truth(top(m, 0)) ? NULL : "eval-false";
}

const char *
tapscript_run(const struct signing_place *at, const void *script, size_t script_len, const struct witness_item *items, size_t n,
	      size_t witness_size)
{
	struct machine *m;
	const char *why = NULL;

	if (has_success(script, script_len))
		return at->rules == SCRIPT_POLICY ? "discourage-op-success" : NULL;
	if (n > TAPSCRIPT_STACK_MAX)
		return "stack-size";
	m = mem_new(1, sizeof(*m));
	m->at = at;
	m->budget = SIGOP_COST + (int64_t)witness_size;
	for (size_t i = 0; i < n && why == NULL; i++)
		why = push(m, items[i].bytes, items[i].len);
	if (why == NULL)
		why = run(m, script, script_len);
	drop(m, m->n);
	free(m);
	return why;
}
