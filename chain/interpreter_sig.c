#include <string.h>

#include "chain/interpreter_impl.h"
#include "chain/key.h"
#include "chain/script.h"

#define DER_SIG_MIN 9
#define DER_SIG_MAX 73

/* --- ECDSA --- */

/* One of the two numbers of a signature: positive, in as few bytes as hold it. */
static bool
der_integer_is_strict(struct rd *r)
{
	const uint8_t *p;
	size_t len;

	if (rd_u8(r) != 0x02)
		return false;
	len = rd_u8(r);
	p = rd_take(r, len);
	if (p == NULL || len == 0 || (p[0] & 0x80) != 0)
		return false;
	return len == 1 || p[0] != 0 || (p[1] & 0x80) != 0;
}

/* BIP66: 0x30 [total-length] 0x02 [R-length] [R] 0x02 [S-length] [S] [sighash], of 9 to 73 bytes. */
static bool
sig_is_strict(const uint8_t *sig, size_t len)
{
	struct rd r = rd_init(sig, len);

	if (len < DER_SIG_MIN || len > DER_SIG_MAX || rd_u8(&r) != 0x30 || rd_u8(&r) != len - 3)
		return false;
	return der_integer_is_strict(&r) && der_integer_is_strict(&r) && rd_ok(&r) && r.left == 1;
}

/* Bytes that a script signs with: those of the script, without the signature itself outside of witnesses. Owned by the caller. */
static struct wr
signed_code(const struct eval *e)
{
	struct wr w = { 0 };

	if (e->len > e->signed_at)
		wr_bytes(&w, e->script + e->signed_at, e->len - e->signed_at);
	return w;
}

/* Drop each push of the signature that stands where an opcode does: no signature can sign itself. */
static void
delete_push(struct wr *code, const struct element *sig)
{
	struct wr push = { 0 }, kept = { 0 };
	struct rd r = rd_init(code->p, code->len);
	struct script_op op;
	const uint8_t *from = r.p;

	wr_push_bytes(&push, sig->bytes, sig->len);
	do {
		if (r.p != from)
			wr_bytes(&kept, from, (size_t)(r.p - from));
		while (r.left >= push.len && memcmp(r.p, push.p, push.len) == 0)
			(void)rd_take(&r, push.len);
		from = r.p;
	} while (script_next(&r, &op));
	if (from != NULL)
		wr_bytes(&kept, from, code->len - (size_t)(from - code->p));
	wr_clear(&push);
	wr_clear(code);
	*code = kept;
}

/* The last byte of a signature is its hash type. */
static bool
ecdsa_is_good(const struct eval *e, const struct element *sig, const struct element *key, const struct wr *code)
{
	const struct spend *s = e->spend;
	struct hash256 message;
	uint8_t hash_type;

	if (sig->len == 0)
		return false;
	hash_type = sig->bytes[sig->len - 1];
	if (e->version == VERSION_WITNESS_V0)
		sighash_witness_v0(&message, s->shared, s->tx, s->index, s->spent[s->index].value, hash_type, code->p, code->len);
	else
		sighash_legacy(&message, s->tx, s->index, hash_type, code->p, code->len);
	return ecdsa_verify_lax(sig->bytes, sig->len - 1, key->bytes, key->len, &message);
}

static bool
sig_form_is_allowed(const struct eval *e, const struct element *sig)
{
	return sig->len == 0 || (e->spend->rules & SCRIPT_RULE_DERSIG) == 0 || sig_is_strict(sig->bytes, sig->len);
}

static enum script_error
check_ecdsa(bool *good, struct eval *e, const struct element *sig, const struct element *key)
{
	struct wr code = signed_code(e);

	if (e->version == VERSION_BASE)
		delete_push(&code, sig);
	*good = sig_form_is_allowed(e, sig) && ecdsa_is_good(e, sig, key, &code);
	wr_clear(&code);
	return sig_form_is_allowed(e, sig) ? SCRIPT_OK : SCRIPT_ERR_SIG_DER;
}

/* --- Schnorr --- */

enum script_error
check_schnorr(const struct spend *spend, const struct hash256 *leaf, uint32_t codeseparator, const uint8_t *sig, size_t sig_len,
	      const uint8_t key[32])
{
	struct schnorr_sig s;
	struct xonly_key k;
	struct hash256 message;
	uint8_t hash_type = SIGHASH_DEFAULT;

	if (sig_len != sizeof(s.b) && sig_len != sizeof(s.b) + 1)
		return SCRIPT_ERR_SCHNORR_SIG_SIZE;
	/* BIP341: a 65th byte of 0 is not another spelling of the default. */
	if (sig_len == sizeof(s.b) + 1 && (hash_type = sig[sizeof(s.b)]) == SIGHASH_DEFAULT)
		return SCRIPT_ERR_SCHNORR_SIG_HASHTYPE;
	memcpy(s.b, sig, sizeof(s.b));
	memcpy(k.b, key, sizeof(k.b));
	if (!sighash_tapscript(&message, spend->shared, spend->tx, spend->spent, spend->index, hash_type, leaf, codeseparator, spend->annex,
			       spend->annex_len))
		return SCRIPT_ERR_SCHNORR_SIG_HASHTYPE;
	return schnorr_verify(&s, &k, &message) ? SCRIPT_OK : SCRIPT_ERR_SCHNORR_SIG;
}

/* BIP342, "Rules for signature opcodes". Keys of an unknown type are taken to sign everything. */
static enum script_error
check_tapscript(bool *good, struct eval *e, const struct element *sig, const struct element *key)
{
	*good = sig->len > 0;
	if (*good && (*e->weight_left -= SIGOP_WEIGHT) < 0)
		return SCRIPT_ERR_TAPSCRIPT_VALIDATION_WEIGHT;
	if (key->len == 0)
		return SCRIPT_ERR_TAPSCRIPT_EMPTY_PUBKEY;
	if (key->len != 32 || !*good)
		return SCRIPT_OK;
	return check_schnorr(e->spend, e->leaf, e->codeseparator, sig->bytes, sig->len, key->bytes);
}

/* --- Opcodes --- */

static enum script_error
check_sig(bool *good, struct eval *e, const struct element *sig, const struct element *key)
{
	return e->version == VERSION_TAPSCRIPT ? check_tapscript(good, e, sig, key) : check_ecdsa(good, e, sig, key);
}

static enum script_error
checksig_op(struct eval *e, uint8_t opcode)
{
	enum script_error error;
	bool good;

	if (!eval_has(e, 2))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	error = check_sig(&good, e, stack_at(e->stack, 1), stack_at(e->stack, 0));
	if (error != SCRIPT_OK)
		return error;
	stack_drop(e->stack, 2);
	if (opcode == OP_CHECKSIGVERIFY)
		return good ? SCRIPT_OK : SCRIPT_ERR_CHECKSIGVERIFY;
	stack_push_bool(e->stack, good);
	return SCRIPT_OK;
}

/* sig n key -> n + 1 or n */
static enum script_error
checksigadd_op(struct eval *e)
{
	enum script_error error;
	int64_t n;
	bool good;

	if (e->version != VERSION_TAPSCRIPT)
		return SCRIPT_ERR_BAD_OPCODE;
	if (!eval_has(e, 3))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (!element_number(&n, stack_at(e->stack, 1), NUMBER_BYTES_MAX))
		return SCRIPT_ERR_SCRIPTNUM;
	error = check_sig(&good, e, stack_at(e->stack, 2), stack_at(e->stack, 0));
	if (error != SCRIPT_OK)
		return error;
	stack_drop(e->stack, 3);
	stack_push_number(e->stack, n + good);
	return SCRIPT_OK;
}

/* What a CHECKMULTISIG finds on the stack, as depths: dummy sig… m key… n. */
struct multisig {
	size_t keys, sigs;     /* how many */
	size_t first_key, first_sig; /* depth of the topmost */
};

static enum script_error
read_count(size_t *out, const struct eval *e, size_t depth, size_t max, enum script_error too_many)
{
	int64_t n;

	if (!eval_has(e, depth + 1))
		return SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (!element_number(&n, stack_at(e->stack, depth), NUMBER_BYTES_MAX))
		return SCRIPT_ERR_SCRIPTNUM;
	if (n < 0 || (uint64_t)n > max)
		return too_many;
	*out = (size_t)n;
	return SCRIPT_OK;
}

static enum script_error
read_multisig(struct multisig *m, struct eval *e)
{
	enum script_error error = read_count(&m->keys, e, 0, MULTISIG_KEYS_MAX, SCRIPT_ERR_PUBKEY_COUNT);

	if (error != SCRIPT_OK)
		return error;
	e->ops += (unsigned)m->keys;
	if (e->ops > OPS_MAX)
		return SCRIPT_ERR_OP_COUNT;
	m->first_key = 1;
	error = read_count(&m->sigs, e, 1 + m->keys, m->keys, SCRIPT_ERR_SIG_COUNT);
	if (error != SCRIPT_OK)
		return error;
	m->first_sig = m->first_key + m->keys + 1;
	/* The first client took one element too many, and so does everyone. */
	return eval_has(e, m->first_sig + m->sigs + 1) ? SCRIPT_OK : SCRIPT_ERR_INVALID_STACK_OPERATION;
}

/* Keys and signatures must stand in the same order: each key is tried once. */
static enum script_error
match_multisig(bool *good, struct eval *e, struct multisig m)
{
	struct wr code = signed_code(e);
	enum script_error error = SCRIPT_OK;

	for (size_t i = 0; i < m.sigs && e->version == VERSION_BASE; i++)
		delete_push(&code, stack_at(e->stack, m.first_sig + i));
	while (m.sigs > 0 && m.sigs <= m.keys && error == SCRIPT_OK) {
		const struct element *sig = stack_at(e->stack, m.first_sig);

		if (!sig_form_is_allowed(e, sig)) {
			error = SCRIPT_ERR_SIG_DER;
		} else if (ecdsa_is_good(e, sig, stack_at(e->stack, m.first_key), &code)) {
			m.first_sig++;
			m.sigs--;
		}
		m.first_key++;
		m.keys--;
	}
	*good = m.sigs == 0;
	wr_clear(&code);
	return error;
}

static enum script_error
checkmultisig_op(struct eval *e, uint8_t opcode)
{
	struct multisig m;
	enum script_error error;
	bool good;

	if (e->version == VERSION_TAPSCRIPT)
		return SCRIPT_ERR_TAPSCRIPT_CHECKMULTISIG;
	error = read_multisig(&m, e);
	if (error == SCRIPT_OK)
		error = match_multisig(&good, e, m);
	if (error != SCRIPT_OK)
		return error;
	stack_drop(e->stack, m.first_sig + m.sigs);
	if ((e->spend->rules & SCRIPT_RULE_NULLDUMMY) != 0 && stack_at(e->stack, 0)->len != 0)
		return SCRIPT_ERR_SIG_NULLDUMMY;
	stack_drop(e->stack, 1);
	if (opcode == OP_CHECKMULTISIGVERIFY)
		return good ? SCRIPT_OK : SCRIPT_ERR_CHECKMULTISIGVERIFY;
	stack_push_bool(e->stack, good);
	return SCRIPT_OK;
}

enum script_error
eval_signature_op(struct eval *e, uint8_t opcode)
{
	if (opcode == OP_CHECKSIG || opcode == OP_CHECKSIGVERIFY)
		return checksig_op(e, opcode);
	return opcode == OP_CHECKSIGADD ? checksigadd_op(e) : checkmultisig_op(e, opcode);
}
