/* A1  parts[i] is the i-th signer of the body; type 0: k = n = 1 and its own key; type 1: k = n = 0, or its policy.
 * A2  A part has at most k signatures.
 * A3  What is added or merged has been verified; what is decoded has not. */
#include "token/partial.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { VERSION_PARTIAL = 3 };

void
partial_clear(struct partial *p)
{
	transaction_clear(&p->t);
	wr_clear(&p->body);
	free(p->parts);
	p->parts = NULL;
	p->parts_n = 0;
}

/* Parts for the signers of the body, nothing signed yet. */
static void
make_parts(struct partial *p)
{
	struct account *signers = mem_new(p->t.ops_n + 1, sizeof(*signers));

	p->parts_n = transaction_signers(signers, &p->t);
	p->parts = mem_new(p->parts_n, sizeof(*p->parts));
	for (size_t i = 0; i < p->parts_n; i++) {
		struct partial_part *part = &p->parts[i];

		part->who = signers[i];
		if (part->who.type != ACCOUNT_KEY)
			continue;
		part->k = 1;
		part->n = 1;
		memcpy(part->keys[0].b, part->who.id.b, sizeof(part->keys[0].b));
	}
	free(signers);
	transaction_sighash(&p->message, p->body.p, p->body.len, &p->genesis_id);
}

/* The body of a signed transaction, copied. */
static const char *
take_body(struct partial *p, const void *body, size_t len)
{
	const char *why;

	wr_bytes(&p->body, body, len);
	why = transaction_decode(&p->t, p->body.p, p->body.len);
	if (why == NULL && (p->t.relay || p->t.witness_len != 0)) {
		why = p->t.relay ? "RELAY_TRANSACTION" : "BAD_ENCODING";
		transaction_clear(&p->t);
	}
	if (why != NULL) {
		wr_clear(&p->body);
		return why;
	}
	make_parts(p);
	return NULL;
}

/* k, n, keys and bitmap; false: they are malformed. */
static bool
rd_policy(struct rd *r, struct partial_part *part)
{
	size_t signed_n = 0;

	part->k = rd_u8(r);
	part->n = rd_u8(r);
	if (!rd_ok(r) || part->n > ACCOUNT_POLICY_KEYS_MAX)
		return false;
	for (size_t i = 0; i < part->n; i++)
		rd_xonly(r, &part->keys[i]);
	for (size_t at = 0, bits = 0; at < (part->n + 7) / 8 * 8; at++) {
		if (at % 8 == 0)
			bits = rd_u8(r);
		if ((bits >> at % 8 & 1) == 0)
			continue;
		if (at >= part->n)
			return false;
		part->has[at] = true;
		signed_n++;
	}
	return rd_ok(r) && signed_n <= part->k;
}

static void
rd_signatures(struct rd *r, struct partial_part *part)
{
	for (size_t i = 0; i < part->n; i++) {
		if (part->has[i])
			rd_bytes(r, part->sigs[i].b, sizeof(part->sigs[i].b));
	}
}

/* What stands in a witness for a signer, and after the 1 of a part. */
static const char *
rd_signer(struct rd *r, struct partial_part *part)
{
	struct account named;

	if (part->who.type == ACCOUNT_KEY) {
		part->has[0] = true;
	} else if (!rd_policy(r, part)) {
		return "BAD_ENCODING";
	} else if (!account_from_policy(&named, part->k, part->keys, part->n) || !account_eq(&named, &part->who)) {
		return "BAD_POLICY";
	}
	rd_signatures(r, part);
	return rd_ok(r) ? NULL : "BAD_ENCODING";
}

static void
wr_signer(struct wr *w, const struct partial_part *part)
{
	if (part->who.type == ACCOUNT_POLICY) {
		wr_u8(w, part->k);
		wr_u8(w, (uint8_t)part->n);
		for (size_t i = 0; i < part->n; i++)
			wr_bytes(w, part->keys[i].b, sizeof(part->keys[i].b));
		for (size_t at = 0; at < part->n; at += 8) {
			unsigned bits = 0;

			for (size_t i = at; i < part->n && i < at + 8; i++)
				bits |= (unsigned)part->has[i] << (i - at);
			wr_u8(w, (uint8_t)bits);
		}
	}
	for (size_t i = 0; i < part->n; i++) {
		if (part->has[i])
			wr_bytes(w, part->sigs[i].b, sizeof(part->sigs[i].b));
	}
}

const char *
partial_from_transaction(struct partial *out, const void *bytes, size_t len, const struct hash256 *genesis_id)
{
	struct partial p = { .genesis_id = *genesis_id };
	struct transaction t;
	const char *why = transaction_decode(&t, bytes, len);
	struct rd r;

	if (why != NULL)
		return why;
	r = rd_init(t.witness, t.witness_len);
	why = take_body(&p, t.body, t.body_len);
	transaction_clear(&t);
	if (why != NULL)
		return why;
	for (size_t i = 0; i < p.parts_n && why == NULL && t.witness_len > 0; i++) {
		why = rd_signer(&r, &p.parts[i]);
		if (why == NULL && !partial_part_is_complete(&p.parts[i]))
			why = "BAD_WITNESS";
	}
	if (why == NULL && !rd_done(&r))
		why = "BAD_WITNESS";
	if (why != NULL) {
		partial_clear(&p);
		return strcmp(why, "BAD_ENCODING") == 0 ? "BAD_WITNESS" : why;
	}
	*out = p;
	return NULL;
}

bool
partial_is(const void *bytes, size_t len)
{
	return len > 0 && *(const uint8_t *)bytes == VERSION_PARTIAL;
}

static const char *
rd_parts(struct rd *r, struct partial *p)
{
	const char *why = NULL;

	for (size_t i = 0; i < p->parts_n && why == NULL; i++) {
		uint8_t known = rd_u8(r);

		if (known > 1 || !rd_ok(r))
			why = "BAD_ENCODING";
		else if (known == 1)
			why = rd_signer(r, &p->parts[i]);
	}
	return why == NULL && !rd_done(r) ? "BAD_ENCODING" : why;
}

const char *
partial_decode(struct partial *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	uint8_t version = rd_u8(&r);
	struct partial p = { 0 };
	const uint8_t *body;
	size_t body_len;
	const char *why;

	if (len > PARTIAL_BYTES_MAX)
		return "TOO_LARGE";
	rd_hash256(&r, &p.genesis_id);
	body = rd_varbytes(&r, &body_len, TRANSACTION_BYTES_MAX);
	if (len > 0 && version != VERSION_PARTIAL)
		return "BAD_VERSION";
	if (!rd_ok(&r))
		return "BAD_ENCODING";
	why = take_body(&p, body, body_len);
	if (why != NULL)
		return why;
	why = rd_parts(&r, &p);
	if (why != NULL) {
		partial_clear(&p);
		return why;
	}
	*out = p;
	return NULL;
}

void
wr_partial(struct wr *w, const struct partial *p)
{
	wr_u8(w, VERSION_PARTIAL);
	wr_hash256(w, &p->genesis_id);
	wr_varbytes(w, p->body.p, p->body.len);
	for (size_t i = 0; i < p->parts_n; i++) {
		const struct partial_part *part = &p->parts[i];
		bool known = part->who.type == ACCOUNT_KEY ? part->has[0] : part->k > 0;

		wr_u8(w, known);
		if (known)
			wr_signer(w, part);
	}
}

const char *
partial_verify(const struct partial *p)
{
	for (size_t i = 0; i < p->parts_n; i++) {
		const struct partial_part *part = &p->parts[i];

		for (size_t k = 0; k < part->n; k++) {
			if (part->has[k] && !schnorr_verify(&part->sigs[k], &part->keys[k], &p->message))
				return "BAD_SIGNATURE";
		}
	}
	return NULL;
}

bool
partial_know_policy(struct partial *p, const struct account *who, uint8_t k, const struct xonly_key *keys, size_t n)
{
	struct account named;

	if (!account_from_policy(&named, k, keys, n) || !account_eq(&named, who))
		return false;
	for (size_t i = 0; i < p->parts_n; i++) {
		struct partial_part *part = &p->parts[i];

		if (!account_eq(&part->who, who))
			continue;
		part->k = k;
		part->n = n;
		memcpy(part->keys, keys, n * sizeof(*keys));
		return true;
	}
	return false;
}

size_t
partial_part_signed(const struct partial_part *part)
{
	size_t n = 0;

	for (size_t i = 0; i < part->n; i++)
		n += part->has[i];
	return n;
}

bool
partial_part_is_complete(const struct partial_part *part)
{
	return part->k > 0 && partial_part_signed(part) == part->k;
}

bool
partial_is_complete(const struct partial *p)
{
	for (size_t i = 0; i < p->parts_n; i++) {
		if (!partial_part_is_complete(&p->parts[i]))
			return false;
	}
	return true;
}

/* The place in the part where the key's signature is wanted; false: it isn't. */
static bool
part_wants(size_t *at, const struct partial_part *part, const struct xonly_key *key)
{
	if (part->k == 0 || partial_part_is_complete(part))
		return false;
	for (*at = 0; *at < part->n; ++*at) {
		if (xonly_eq(&part->keys[*at], key))
			return !part->has[*at];
	}
	return false;
}

bool
partial_wants(const struct partial *p, const struct xonly_key *key)
{
	size_t at;

	for (size_t i = 0; i < p->parts_n; i++) {
		if (part_wants(&at, &p->parts[i], key))
			return true;
	}
	return false;
}

/* The signature is right: put it wherever it is wanted. */
static void
put(struct partial *p, const struct xonly_key *key, const struct schnorr_sig *sig)
{
	size_t at;

	for (size_t i = 0; i < p->parts_n; i++) {
		if (part_wants(&at, &p->parts[i], key)) {
			p->parts[i].has[at] = true;
			p->parts[i].sigs[at] = *sig;
		}
	}
}

bool
partial_add(struct partial *p, const struct xonly_key *key, const struct schnorr_sig *sig)
{
	if (!partial_wants(p, key) || !schnorr_verify(sig, key, &p->message))
		return false;
	put(p, key, sig);
	return true;
}

const char *
partial_merge(struct partial *into, const struct partial *from)
{
	const char *why;

	if (!hash256_eq(&into->genesis_id, &from->genesis_id))
		return "OTHER_CHAIN";
	if (into->body.len != from->body.len || memcmp(into->body.p, from->body.p, into->body.len) != 0)
		return "OTHER_TRANSACTION";
	why = partial_verify(from);
	if (why != NULL)
		return why;
	for (size_t i = 0; i < from->parts_n; i++) {
		const struct partial_part *part = &from->parts[i];

		if (part->who.type == ACCOUNT_POLICY && part->k > 0 && into->parts[i].k == 0)
			partial_know_policy(into, &part->who, part->k, part->keys, part->n);
	}
	for (size_t i = 0; i < from->parts_n; i++) {
		for (size_t k = 0; k < from->parts[i].n; k++) {
			if (from->parts[i].has[k])
				put(into, &from->parts[i].keys[k], &from->parts[i].sigs[k]);
		}
	}
	return NULL;
}

void
wr_partial_transaction(struct wr *w, const struct partial *p)
{
	assert(partial_is_complete(p));
	wr_bytes(w, p->body.p, p->body.len);
	for (size_t i = 0; i < p->parts_n; i++)
		wr_signer(w, &p->parts[i]);
}
