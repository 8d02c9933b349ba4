/* rule_random FILE [N [SEED]]: ask a rule N random questions, each a vector of its own with numbers, parameters, accounts and storage changed, and
 * each twice, over memory filled with zeros and with 0xAA. Prints "NAME vectors HASH random HASH, N answered, N refused": equal for equal
 * machine-independent behaviour, however the file was compiled. Exit 1 when a file isn't loaded, an answer depends on memory, or the fuse blows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token/plugin_loader.h"

#define PARAMS_MAX 64
#define KV_MAX 8
#define HOLDERS_MAX 8
#define CANDIDATES_MAX 16

static uint64_t seed = 1;

static uint64_t
draw(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33 ^ seed >> 7) % n;
}

/* A question that may be changed, with room for all that it points to. */
struct question {
	struct tally_vector v;
	struct tally_vector_world world;
	struct tally_issue_case issue;
	struct tally_gov_case gov;
	struct tally_sale_case sale;
	struct tally_valsel_case valsel;
	struct tally_candidate candidates[CANDIDATES_MAX];
	uint8_t params[PARAMS_MAX];
	struct tally_vector_holder holders[HOLDERS_MAX];
	struct tally_vector_kv kv[KV_MAX];
	uint8_t values[KV_MAX][64];
};

/* An amount that is likely to matter; sums of two fit. */
static uint64_t
amount(uint64_t old)
{
	static const uint64_t edges[] = { 0, 1, 2, 99, 100, 101, 9999, 10000, INT64_MAX, INT64_MAX - 1, INT64_MAX / 2 };

	switch (draw(6)) {
	case 0:
		return edges[draw(ARRAY_LEN(edges))];
	case 1:
		return old < INT64_MAX ? old + 1 : old;
	case 2:
		return old > 0 ? old - 1 : old;
	case 3:
		return draw(1000);
	case 4:
		return draw(UINT64_C(1) << (1 + draw(62)));
	}
	return old;
}

static void
change_account(struct tally_account *a)
{
	if (draw(3) == 0)
		*a = (struct tally_account){ (uint8_t)draw(3), { (uint8_t)draw(4) } };
}

/* The ledger shows a rule only what adds up: a sale's parts aren't above its price. */
static void
change_issue(struct tally_issue_op *o)
{
	change_account(&o->source);
	change_account(&o->to);
	change_account(&o->asset.issuer);
	o->amount = amount(o->amount);
	o->coin_max = amount(o->coin_max);
	o->asset.cap = amount(o->asset.cap);
	o->asset.flags = draw(2) ? o->asset.flags : (uint32_t)draw(512);
	o->asset.units = draw(4) ? o->asset.units : draw(10);
	o->asset.sats = o->asset.units > 0 ? 1 + draw(10) : 0;
	o->paid = amount(o->paid) + 1;
	o->with_points = draw(3) ? o->with_points % (o->paid + 1) : draw(o->paid + 1);
	o->returned_before = draw(o->paid);
	o->returned = 1 + draw(o->paid - o->returned_before);
	o->granted = amount(o->granted);
	o->taken = draw(o->granted + 1);
}

static void
change_tallies(struct tally_tallies *t)
{
	t->base = amount(t->base);
	t->in_favour = draw(t->base + 1);
	t->against = draw(t->base - t->in_favour + 1);
	t->abstain = draw(t->base - t->in_favour - t->against + 1);
	t->veto = draw(t->base - t->in_favour - t->against - t->abstain + 1);
}

/* Some of them, with other numbers; sums of all still fit. */
static void
change_candidates(struct question *q)
{
	const struct tally_candidate *from = q->valsel.candidates;
	size_t n = 0;

	for (size_t i = 0; i < q->valsel.candidates_n && n < CANDIDATES_MAX; i++) {
		struct tally_candidate *c = &q->candidates[n];

		if (draw(8) == 0)
			continue;
		*c = from[i];
		c->weight = amount(c->weight) >> 8;
		c->power = draw(2) ? c->power : draw(1000);
		c->bonded = amount(c->bonded) >> 8;
		c->own = draw(c->bonded + 1);
		for (size_t a = 0; a < TALLY_VOTE_AGES; a++)
			c->votes[a] = amount(c->votes[a]) >> 16;
		n++;
	}
	q->valsel.candidates = q->candidates;
	q->valsel.candidates_n = n;
}

static void
change_params(struct question *q)
{
	size_t len = q->v.params_len < PARAMS_MAX ? q->v.params_len : PARAMS_MAX;

	if (len > 0)
		memcpy(q->params, q->v.params, len);
	for (int i = 0; i < 2 && draw(2) == 0; i++)
		q->params[draw(PARAMS_MAX)] = (uint8_t)draw(256);
	if (draw(8) == 0)
		len = draw(PARAMS_MAX);
	q->v.params = q->params;
	q->v.params_len = len;
}

static void
change_world(struct question *q)
{
	struct tally_vector_world *w = &q->world;

	if (q->v.world != NULL)
		*w = *q->v.world;
	w->supply = amount(w->supply);
	w->past_supply = amount(w->past_supply);
	w->holders_n = w->holders_n < HOLDERS_MAX ? w->holders_n : HOLDERS_MAX;
	w->kv_n = w->kv_n < KV_MAX ? w->kv_n : KV_MAX;
	for (size_t i = 0; i < w->holders_n; i++) {
		q->holders[i] = w->holders[i];
		q->holders[i].votes = amount(q->holders[i].votes);
		q->holders[i].balance = amount(q->holders[i].balance);
	}
	for (size_t i = 0; i < w->kv_n; i++) {
		q->kv[i] = w->kv[i];
		if (q->kv[i].len > sizeof(q->values[i]))
			continue;
		memcpy(q->values[i], w->kv[i].value, w->kv[i].len);
		q->values[i][draw(w->kv[i].len)] ^= (uint8_t)draw(4);
		q->kv[i].value = q->values[i];
	}
	w->holders = q->holders;
	w->kv = q->kv;
	q->v.world = w;
}

static void
change(struct question *q, const struct tally_vector *from)
{
	memset(q, 0, sizeof(*q));
	q->v = *from;
	q->v.height = amount(q->v.height);
	q->v.time = (int64_t)(draw(3) ? (uint64_t)q->v.time + draw(200000) : draw(UINT64_C(1) << 40));
	if (draw(5) == 0)
		q->v.gas_max = 100 + draw(3000);
	change_params(q);
	change_world(q);
	if (from->issue != NULL) {
		q->issue = *from->issue;
		change_issue(&q->issue.op);
		q->v.issue = &q->issue;
	}
	if (from->gov != NULL) {
		q->gov = *from->gov;
		q->gov.base = amount(q->gov.base);
		change_account(&q->gov.who);
		change_tallies(&q->gov.tallies);
		q->v.gov = &q->gov;
	}
	if (from->valsel != NULL) {
		q->valsel = *from->valsel;
		change_candidates(q);
		q->v.valsel = &q->valsel;
	}
	if (from->sale != NULL) {
		q->sale = *from->sale;
		q->sale.payment = amount(q->sale.payment);
		q->sale.raised = amount(q->sale.raised);
		q->sale.sold = amount(q->sale.sold);
		q->v.sale = &q->sale;
	}
}

static bool
ask(struct sha256_ctx *all, uint64_t *yes, const struct tally_plugin *p, const struct tally_vector *v)
{
	struct wr zeros = { 0 }, ones = { 0 };
	bool same;

	plugin_vector_answer(&zeros, p, v, 0x00);
	plugin_vector_answer(&ones, p, v, 0xaa);
	same = zeros.len == ones.len && memcmp(zeros.p, ones.p, ones.len) == 0 && memmem(zeros.p, zeros.len, "RULE_FUSE", 9) == NULL;
	sha256_update(all, zeros.p, zeros.len);
	*yes += zeros.p[0] == 0; /* no reason */
	wr_clear(&zeros);
	wr_clear(&ones);
	return same;
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000, yes = 0;
	char vectors[HASH256_HEX_LEN], random[HASH256_HEX_LEN];
	struct plugin_file f;
	struct sha256_ctx all;
	struct hash256 h;

	if (argc > 3)
		seed = strtoull(argv[3], NULL, 10);
	if (argc < 2 || plugin_inspect(&f, argv[1]) != PLUGIN_OK) {
		printf("%s: %s: %s\n", argc < 2 ? "a file is wanted" : argv[1], argc < 2 ? "" : f.rule, argc < 2 ? "" : f.why);
		return 1;
	}
	if (f.plugin->vectors_n == 0) {
		printf("%s has no vectors to start from\n", f.plugin->name);
		return 1;
	}
	sha256_init(&all);
	for (uint64_t i = 0; i < n; i++) {
		struct question q;

		change(&q, &f.plugin->vectors[draw(f.plugin->vectors_n)]);
		if (!ask(&all, &yes, f.plugin, &q.v)) {
			printf("%s: question %" PRIu64 " (from vector %s): the answer depends on memory, or there is none\n", f.plugin->name, i, q.v.name);
			return 1;
		}
	}
	sha256_final(&all, &h);
	hash256_to_hex(random, &h);
	hash256_to_hex(vectors, &f.vectors.digest);
	printf("%s vectors %s random %s, %" PRIu64 " answered, %" PRIu64 " refused\n", f.plugin->name, vectors, random, yes, n - yes);
	return 0;
}
