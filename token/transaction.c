/* X1  One transaction has one encoding: what decodes encodes to the same bytes.
 * X2  verify() looks at every byte of the witness, and passes only when every distinct signer signed this body for this chain. */
#include "token/transaction.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { VERSION_SIGNED = 1, VERSION_RELAY = 2 };

#define OP_BYTES_MIN (2 + ACCOUNT_LEN + 1)

static void
rd_op(struct rd *r, struct op *op)
{
	op->number = rd_u16(r);
	rd_account(r, &op->source);
	op->payload = rd_varbytes(r, &op->payload_len, TRANSACTION_BYTES_MAX);
}

/* All after the version, up to the witness. */
static const char *
decode_signed(struct transaction *t, struct rd *r)
{
	size_t n;

	t->valid_until.sec = rd_i64(r);
	rd_account(r, &t->payer);
	t->nonce = rd_u64(r);
	t->fee = rd_amount(r);
	n = rd_count(r, OP_BYTES_MIN);
	if (!rd_ok(r))
		return "BAD_ENCODING";
	if (n == 0)
		return "NO_OPERATIONS";
	if (n > TRANSACTION_OPS_MAX)
		return "TOO_MANY_OPERATIONS";
	t->ops = mem_new(n, sizeof(*t->ops));
	for (; t->ops_n < n; t->ops_n++)
		rd_op(r, &t->ops[t->ops_n]);
	if (!rd_ok(r))
		return "BAD_ENCODING";
	if (t->payer.type == ACCOUNT_MODULE)
		return "MODULE_ACCOUNT";
	for (size_t i = 0; i < n; i++) {
		if (t->ops[i].source.type == ACCOUNT_MODULE)
			return "MODULE_ACCOUNT";
	}
	return NULL;
}

static const char *
decode_relay(struct transaction *t, struct rd *r)
{
	t->relay = true;
	t->ops = mem_new(1, sizeof(*t->ops));
	t->ops_n = 1;
	t->ops->number = rd_u16(r);
	t->ops->payload = rd_varbytes(r, &t->ops->payload_len, TRANSACTION_BYTES_MAX);
	return rd_done(r) ? NULL : "BAD_ENCODING";
}

const char *
transaction_decode(struct transaction *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	struct transaction t = { .relay = false };
	uint8_t version = rd_u8(&r);
	const char *why;

	if (len > TRANSACTION_BYTES_MAX)
		return "TOO_LARGE";
	if (!rd_ok(&r))
		return "BAD_ENCODING";
	if (version == VERSION_SIGNED)
		why = decode_signed(&t, &r);
	else if (version == VERSION_RELAY)
		why = decode_relay(&t, &r);
	else
		return "BAD_VERSION";
	if (why != NULL) {
		free(t.ops);
		return why;
	}
	t.body = bytes;
	t.body_len = len - r.left;
	t.witness = r.p;
	t.witness_len = r.left;
	*out = t;
	return NULL;
}

void
transaction_clear(struct transaction *t)
{
	free(t->ops);
	t->ops = NULL;
	t->ops_n = 0;
}

void
wr_transaction_body(struct wr *w, const struct transaction *t)
{
	if (t->relay) {
		wr_u8(w, VERSION_RELAY);
		wr_u16(w, t->ops->number);
		wr_varbytes(w, t->ops->payload, t->ops->payload_len);
		return;
	}
	wr_u8(w, VERSION_SIGNED);
	wr_i64(w, t->valid_until.sec);
	wr_account(w, &t->payer);
	wr_u64(w, t->nonce);
	wr_amount(w, t->fee);
	wr_compactsize(w, t->ops_n);
	for (size_t i = 0; i < t->ops_n; i++) {
		wr_u16(w, t->ops[i].number);
		wr_account(w, &t->ops[i].source);
		wr_varbytes(w, t->ops[i].payload, t->ops[i].payload_len);
	}
}

void
transaction_id(struct hash256 *out, const struct transaction *t)
{
	sha256_tagged(out, "tally/txid", t->body, t->body_len);
}

void
transaction_sighash(struct hash256 *out, const void *body, size_t len, const struct hash256 *genesis_id)
{
	struct sha256_ctx c;

	sha256_init_tagged(&c, "tally/transaction");
	sha256_update(&c, genesis_id->b, sizeof(genesis_id->b));
	sha256_update(&c, body, len);
	sha256_final(&c, out);
}

/* Signers in order of appearance, found among up to 1,001 by sorting their places. */
struct seen {
	const struct account *who;
	size_t place;
};

static int
seen_cmp(const void *pa, const void *pb)
{
	const struct seen *a = pa, *b = pb;
	int c = account_cmp(a->who, b->who);

	return c ? c : (a->place > b->place) - (a->place < b->place);
}

size_t
transaction_signers(struct account *out, const struct transaction *t)
{
	size_t n = t->ops_n + 1, found = 0;
	struct seen *list;
	bool *first;

	if (t->relay)
		return 0;
	list = mem_new(n, sizeof(*list));
	first = mem_new(n, sizeof(*first));
	list[0] = (struct seen){ &t->payer, 0 };
	for (size_t i = 1; i < n; i++)
		list[i] = (struct seen){ &t->ops[i - 1].source, i };
	qsort(list, n, sizeof(*list), seen_cmp);
	for (size_t i = 0; i < n; i++)
		first[list[i].place] = i == 0 || !account_eq(list[i - 1].who, list[i].who);
	for (size_t i = 0; i < n; i++) {
		if (first[i])
			out[found++] = i == 0 ? t->payer : t->ops[i - 1].source;
	}
	free(first);
	free(list);
	return found;
}

static const char *
verify_key(struct rd *r, const struct account *who, const struct hash256 *message)
{
	struct schnorr_sig sig;
	struct xonly_key key;

	rd_bytes(r, sig.b, sizeof(sig.b));
	if (!rd_ok(r))
		return "BAD_WITNESS";
	memcpy(key.b, who->id.b, sizeof(key.b));
	return schnorr_verify(&sig, &key, message) ? NULL : "BAD_SIGNATURE";
}

/* Which of n keys sign: exactly k of them, and no bit past the last key. */
static bool
bitmap_read(bool signs[ACCOUNT_POLICY_KEYS_MAX], struct rd *r, size_t k, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < (n + 7) / 8; i++) {
		uint8_t bits = rd_u8(r);

		for (size_t at = i * 8; at < i * 8 + 8; at++) {
			bool bit = bits >> at % 8 & 1;

			if (bit && at >= n)
				return false;
			if (at < n)
				signs[at] = bit;
			count += bit;
		}
	}
	return rd_ok(r) && count == k;
}

static const char *
verify_policy(struct rd *r, const struct account *who, const struct hash256 *message)
{
	struct xonly_key keys[ACCOUNT_POLICY_KEYS_MAX];
	bool signs[ACCOUNT_POLICY_KEYS_MAX];
	uint8_t k = rd_u8(r), n = rd_u8(r);
	struct account named;

	if (!rd_ok(r) || n > ACCOUNT_POLICY_KEYS_MAX)
		return "BAD_WITNESS";
	for (size_t i = 0; i < n; i++)
		rd_xonly(r, &keys[i]);
	if (!bitmap_read(signs, r, k, n))
		return "BAD_WITNESS";
	if (!account_from_policy(&named, k, keys, n) || !account_eq(&named, who))
		return "BAD_POLICY";
	for (size_t i = 0; i < n; i++) {
		struct account key = account_from_key(&keys[i]);
		const char *why = signs[i] ? verify_key(r, &key, message) : NULL;

		if (why != NULL)
			return why;
	}
	return NULL;
}

const char *
transaction_verify(const struct transaction *t, const struct hash256 *genesis_id)
{
	struct account *signers;
	struct hash256 message;
	struct rd r = rd_init(t->witness, t->witness_len);
	const char *why = NULL;
	size_t n;

	if (t->relay)
		return NULL;
	signers = mem_new(t->ops_n + 1, sizeof(*signers));
	n = transaction_signers(signers, t);
	transaction_sighash(&message, t->body, t->body_len, genesis_id);
	for (size_t i = 0; i < n && why == NULL; i++) {
		if (signers[i].type == ACCOUNT_POLICY)
			why = verify_policy(&r, &signers[i], &message);
		else
			why = verify_key(&r, &signers[i], &message);
	}
	free(signers);
	if (why == NULL && !rd_done(&r))
		why = "BAD_WITNESS";
	return why;
}
