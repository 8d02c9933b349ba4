#include "token/account.h"

#include <string.h>

struct account
account_from_key(const struct xonly_key *key)
{
	struct account a = { .type = ACCOUNT_KEY };

	memcpy(a.id.b, key->b, sizeof(a.id.b));
	return a;
}

bool
account_from_policy(struct account *out, uint8_t k, const struct xonly_key *keys, size_t n)
{
	struct sha256_ctx c;
	uint8_t head[2] = { k, (uint8_t)n };

	if (n > ACCOUNT_POLICY_KEYS_MAX || k < 1 || k > n)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (xonly_cmp(&keys[i - 1], &keys[i]) >= 0)
			return false;
	}
	sha256_init_tagged(&c, "tally/policy");
	sha256_update(&c, head, sizeof(head));
	for (size_t i = 0; i < n; i++)
		sha256_update(&c, keys[i].b, sizeof(keys[i].b));
	sha256_final(&c, &out->id);
	out->type = ACCOUNT_POLICY;
	return true;
}

struct account
account_of_module(const char *name, const void *subject, size_t len)
{
	struct account a = { .type = ACCOUNT_MODULE };
	struct sha256_ctx c;

	sha256_init_tagged(&c, "tally/module");
	sha256_update(&c, name, strlen(name) + 1);
	if (len != 0)
		sha256_update(&c, subject, len);
	sha256_final(&c, &a.id);
	return a;
}

bool
account_eq(const struct account *a, const struct account *b)
{
	return a->type == b->type && hash256_eq(&a->id, &b->id);
}

int
account_cmp(const struct account *a, const struct account *b)
{
	return a->type != b->type ? a->type - b->type : hash256_cmp(&a->id, &b->id);
}

void
rd_account(struct rd *r, struct account *out)
{
	out->type = rd_u8(r);
	rd_hash256(r, &out->id);
	if (out->type > ACCOUNT_MODULE)
		rd_fail(r);
	if (!rd_ok(r))
		*out = (struct account){ .type = ACCOUNT_KEY };
}

void
wr_account(struct wr *w, const struct account *a)
{
	wr_u8(w, a->type);
	wr_hash256(w, &a->id);
}
