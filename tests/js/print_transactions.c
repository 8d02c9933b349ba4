/* print-transactions SEED COUNT: random transactions as a signer in another language needs them, with what the daemon's code makes of them;
 * a JSON object a line:
 *
 *   chain, valid_until, payer, nonce, fee, ops: what it says (numbers as strings)
 *   people: {account, secret} or {account, k, keys, secrets (k of them, else null)}: who signs
 *   some: the same of who has signed so far; an account that stands nowhere is one whose policy nobody knows yet
 *   body, txid, message, signed, partial (by some), rest (by the others): what must come out
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/partial.h"

#define PEOPLE_MAX 6

static uint64_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static uint64_t
draw_u64(void)
{
	uint64_t n = (uint64_t)draw(UINT32_MAX) << 32 | draw(UINT32_MAX);

	return n >> draw(64);
}

/* Somebody who signs: one key, or a policy, of whose keys k sign. */
struct person {
	struct account account;
	uint8_t k;
	size_t n;
	struct secret_key secrets[ACCOUNT_POLICY_KEYS_MAX];
	struct xonly_key keys[ACCOUNT_POLICY_KEYS_MAX];
	bool signs[ACCOUNT_POLICY_KEYS_MAX];
	bool early[ACCOUNT_POLICY_KEYS_MAX]; /* signs among the first */
	bool known;                          /* the first ones know the policy */
};

static void
draw_key(struct person *p, size_t at)
{
	do {
		for (size_t i = 0; i < sizeof(p->secrets[at].b); i++)
			p->secrets[at].b[i] = (uint8_t)draw(256);
	} while (!xonly_from_secret(&p->keys[at], &p->secrets[at]));
}

static void
sort_keys(struct person *p)
{
	for (size_t i = 0; i < p->n; i++) {
		for (size_t j = i + 1; j < p->n; j++) {
			if (xonly_cmp(&p->keys[i], &p->keys[j]) > 0) {
				struct xonly_key key = p->keys[i];
				struct secret_key secret = p->secrets[i];

				p->keys[i] = p->keys[j];
				p->secrets[i] = p->secrets[j];
				p->keys[j] = key;
				p->secrets[j] = secret;
			}
		}
	}
}

static struct person
draw_person(void)
{
	struct person p = { .k = 1, .n = 1 };

	if (draw(2)) {
		p.n = 1 + draw(draw(4) ? 4 : 16);
		p.k = (uint8_t)(1 + draw((uint32_t)p.n));
		p.account.type = ACCOUNT_POLICY;
	}
	for (size_t i = 0; i < p.n; i++)
		draw_key(&p, i);
	sort_keys(&p);
	if (p.account.type == ACCOUNT_KEY)
		p.account = account_from_key(&p.keys[0]);
	else if (!account_from_policy(&p.account, p.k, p.keys, p.n))
		abort();
	p.known = draw(4) != 0;
	for (size_t left = p.k; left > 0;) {
		size_t at = draw((uint32_t)p.n);

		left -= !p.signs[at];
		p.early[at] = p.early[at] || (!p.signs[at] && p.known && draw(2));
		p.signs[at] = true;
	}
	return p;
}

static void
print_hex(const char *name, const void *bytes, size_t len)
{
	printf("\"%s\":\"", name);
	for (size_t i = 0; i < len; i++)
		printf("%02x", ((const uint8_t *)bytes)[i]);
	printf("\"");
}

static void
print_account(const char *name, const struct account *a)
{
	struct wr w = { 0 };

	wr_account(&w, a);
	print_hex(name, w.p, w.len);
	wr_clear(&w);
}

static void
print_list(const char *name, const struct person *p, const bool *which)
{
	printf(",\"%s\":[", name);
	for (size_t i = 0; i < p->n; i++) {
		const uint8_t *bytes = which != NULL ? p->secrets[i].b : p->keys[i].b;

		printf(i > 0 ? "," : "");
		if (which != NULL && !which[i]) {
			printf("null");
			continue;
		}
		printf("\"");
		for (size_t k = 0; k < 32; k++)
			printf("%02x", bytes[k]);
		printf("\"");
	}
	printf("]");
}

static void
print_people(const char *name, const struct person *people, size_t n, bool early)
{
	bool first = true;

	printf(",\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		const struct person *p = &people[i];
		const bool *which = early ? p->early : p->signs;

		if (early && (p->account.type == ACCOUNT_KEY ? !p->early[0] : !p->known))
			continue;
		printf("%s{", first ? "" : ",");
		first = false;
		print_account("account", &p->account);
		if (p->account.type == ACCOUNT_KEY) {
			printf(",");
			print_hex("secret", p->secrets[0].b, sizeof(p->secrets[0].b));
		} else {
			printf(",\"k\":%u", p->k);
			print_list("keys", p, NULL);
			print_list("secrets", p, which);
		}
		printf("}");
	}
	printf("]");
}

/* Half of the people and half of the operations; few are long. */
static void
draw_transaction(struct transaction *t, struct wr *payloads, const struct person *people, size_t n)
{
	static const uint32_t longest[] = { 4, 100, 300, 300, 66000 };
	size_t at[64];

	t->valid_until.sec = (int64_t)draw_u64() * (draw(8) ? 1 : -1);
	t->nonce = draw_u64();
	if (!amount_from_units(&t->fee, draw_u64() >> 1))
		abort();
	t->payer = people[draw((uint32_t)n)].account;
	t->ops_n = 1 + draw(draw(3) ? 4 : 64);
	t->ops = mem_new(t->ops_n, sizeof(*t->ops));
	for (size_t i = 0; i < t->ops_n; i++) {
		uint32_t len = draw(longest[t->ops_n == 1 ? draw(5) : draw(4)]);

		t->ops[i].number = (uint16_t)draw(draw(2) ? 256 : 65536);
		t->ops[i].source = people[draw((uint32_t)n)].account;
		t->ops[i].payload_len = len;
		at[i] = payloads->len;
		for (uint32_t k = 0; k < len; k++)
			wr_u8(payloads, (uint8_t)draw(256));
	}
	for (size_t i = 0; i < t->ops_n; i++)
		t->ops[i].payload = payloads->p != NULL ? payloads->p + at[i] : (const uint8_t *)"";
}

static void
print_transaction(const struct transaction *t, const struct hash256 *chain)
{
	print_hex("chain", chain->b, sizeof(chain->b));
	printf(",\"valid_until\":\"%lld\",\"nonce\":\"%llu\",\"fee\":\"%llu\",", (long long)t->valid_until.sec, (unsigned long long)t->nonce,
	       (unsigned long long)amount_units(t->fee));
	print_account("payer", &t->payer);
	printf(",\"ops\":[");
	for (size_t i = 0; i < t->ops_n; i++) {
		printf("%s{\"number\":%u,", i > 0 ? "," : "", t->ops[i].number);
		print_account("source", &t->ops[i].source);
		printf(",");
		print_hex("payload", t->ops[i].payload, t->ops[i].payload_len);
		printf("}");
	}
	printf("]");
}

/* Signatures with zeros for randomness of all, of the early ones, or of the others. */
static void
collect(struct partial *p, const struct person *people, size_t n, bool early, bool late)
{
	for (size_t i = 0; i < n; i++) {
		if (people[i].account.type == ACCOUNT_POLICY && (late || people[i].known))
			(void)partial_know_policy(p, &people[i].account, people[i].k, people[i].keys, people[i].n);
		for (size_t k = 0; k < people[i].n; k++) {
			struct schnorr_sig sig;

			if (!people[i].signs[k] || !(people[i].early[k] ? early : late) || !partial_wants(p, &people[i].keys[k]))
				continue;
			if (!schnorr_sign(&sig, &people[i].secrets[k], &p->message, NULL) || !partial_add(p, &people[i].keys[k], &sig))
				abort();
		}
	}
}

static void
print_partial(const char *name, const struct wr *body, const struct hash256 *chain, const struct person *people, size_t n, bool early, bool late)
{
	struct partial p;
	struct wr w = { 0 };

	if (partial_from_transaction(&p, body->p, body->len, chain) != NULL)
		abort();
	collect(&p, people, n, early, late);
	if (early && late)
		wr_partial_transaction(&w, &p);
	else
		wr_partial(&w, &p);
	printf(",");
	print_hex(name, w.p, w.len);
	wr_clear(&w);
	partial_clear(&p);
}

static void
print_one(void)
{
	struct person people[PEOPLE_MAX];
	size_t n = 1 + draw(PEOPLE_MAX);
	struct transaction t = { .relay = false };
	struct wr payloads = { 0 }, body = { 0 };
	struct hash256 chain, hash;

	for (size_t i = 0; i < n; i++)
		people[i] = draw_person();
	for (size_t i = 0; i < sizeof(chain.b); i++)
		chain.b[i] = (uint8_t)draw(256);
	draw_transaction(&t, &payloads, people, n);
	wr_transaction_body(&body, &t);
	t.body = body.p;
	t.body_len = body.len;
	printf("{");
	print_transaction(&t, &chain);
	print_people("people", people, n, false);
	print_people("some", people, n, true);
	printf(",");
	print_hex("body", body.p, body.len);
	transaction_id(&hash, &t);
	printf(",");
	print_hex("txid", hash.b, sizeof(hash.b));
	transaction_sighash(&hash, body.p, body.len, &chain);
	printf(",");
	print_hex("message", hash.b, sizeof(hash.b));
	print_partial("signed", &body, &chain, people, n, true, true);
	print_partial("partial", &body, &chain, people, n, true, false);
	print_partial("rest", &body, &chain, people, n, false, true);
	printf("}\n");
	free(t.ops);
	wr_clear(&payloads);
	wr_clear(&body);
}

int
main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (count == 0) {
		fprintf(stderr, "usage: %s SEED COUNT\n", argv[0]);
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	while (count-- > 0)
		print_one();
	return 0;
}
