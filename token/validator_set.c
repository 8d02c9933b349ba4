/* Cleaning a rule's answer, and going from one set to another in steps. Shares of power are compared by cross multiplication in 128 bits:
 * totals are at most 2^60, so a product of two is below 2^120. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "token/validator_parts.h"

__extension__ typedef unsigned __int128 uint128;

/* ---- what a rule answers ---- */

static int
answered_cmp(const void *a, const void *b)
{
	return validator_key_cmp(&((const struct answered *)a)->key, &((const struct answered *)b)->key);
}

static int
power_by_key(const void *a, const void *b)
{
	return validator_key_cmp(&((const struct validator_power *)a)->key, &((const struct validator_power *)b)->key);
}

/* The strongest first; among equals the lower key. */
static int
power_by_strength(const void *a, const void *b)
{
	const struct validator_power *x = a, *y = b;

	return x->power != y->power ? (x->power < y->power ? 1 : -1) : power_by_key(a, b);
}

static int
key_cmp(const void *a, const void *b)
{
	return validator_key_cmp(a, b);
}

/* Keep the strongest. */
static void
cut(struct validator_power *list, size_t *n, size_t max)
{
	if (*n <= max)
		return;
	qsort(list, *n, sizeof(list[0]), power_by_strength);
	*n = max;
	qsort(list, *n, sizeof(list[0]), power_by_key);
}

const char *
validator_set_clean(struct validator_set *out, const struct answer *a, const struct validator_key *candidates, size_t n, size_t least)
{
	struct answered sorted[TALLY_CANDIDATES_MAX];
	uint64_t total = 0;

	if (a->n == 0)
		return "ANSWER_EMPTY";
	assert(a->n <= TALLY_CANDIDATES_MAX);
	memcpy(sorted, a->list, a->n * sizeof(sorted[0]));
	qsort(sorted, a->n, sizeof(sorted[0]), answered_cmp);
	for (size_t i = 0; i < a->n; i++) {
		if (i > 0 && answered_cmp(&sorted[i - 1], &sorted[i]) == 0)
			return "ANSWER_DUPLICATE";
		if (bsearch(&sorted[i].key, candidates, n, sizeof(candidates[0]), key_cmp) == NULL)
			return "ANSWER_UNKNOWN_KEY";
		if (sorted[i].power <= 0 || (uint64_t)sorted[i].power > VALIDATOR_POWER_MAX - total)
			return "ANSWER_BAD_POWER";
		total += (uint64_t)sorted[i].power;
		out->list[i] = (struct validator_power){ sorted[i].key, (uint64_t)sorted[i].power };
	}
	out->n = a->n;
	cut(out->list, &out->n, VALIDATORS_MAX);
	return out->n >= least ? NULL : "ANSWER_TOO_FEW";
}

/* ---- sets ---- */

uint64_t
validator_set_power(const struct validator_set *s, const struct validator_key *key)
{
	struct validator_power want = { .key = *key };
	const struct validator_power *p = bsearch(&want, s->list, s->n, sizeof(s->list[0]), power_by_key);

	return p == NULL ? 0 : p->power;
}

uint64_t
validator_set_total(const struct validator_set *s)
{
	uint64_t total = 0;

	for (size_t i = 0; i < s->n; i++)
		total += s->list[i].power;
	return total;
}

/* The union of both, ascending by key, with the powers of each. */
struct pair {
	struct validator_key key;
	uint64_t from, to;
};

static size_t
pairs(struct pair out[2 * VALIDATOR_SET_MAX], const struct validator_set *from, const struct validator_set *to)
{
	size_t i = 0, j = 0, n = 0;

	while (i < from->n || j < to->n) {
		int c = i == from->n ? 1 : j == to->n ? -1 : validator_key_cmp(&from->list[i].key, &to->list[j].key);
		struct pair *p = &out[n++];

		p->key = c <= 0 ? from->list[i].key : to->list[j].key;
		p->from = c <= 0 ? from->list[i++].power : 0;
		p->to = c >= 0 ? to->list[j++].power : 0;
	}
	return n;
}

uint32_t
validator_set_change(const struct validator_set *from, const struct validator_set *to)
{
	struct pair p[2 * VALIDATOR_SET_MAX];
	size_t n = pairs(p, from, to);
	uint128 t_from = validator_set_total(from), t_to = validator_set_total(to), all = t_from * t_to, gained = 0, share;

	if (all == 0)
		return from->n == to->n ? 0 : POWER_WHOLE;
	for (size_t i = 0; i < n; i++) {
		uint128 before = p[i].from * t_to, after = p[i].to * t_from;

		gained += after > before ? after - before : 0;
	}
	if (gained == 0)
		return 0;
	if (3 * gained == all)
		return POWER_CHANGE_MAX;
	if (all >> 96 != 0) { /* billions of it must fit: a coarser look, rounded up */
		gained = (gained >> 30) + 1;
		all >>= 30;
	}
	share = (gained * POWER_WHOLE + all - 1) / all;
	return share > POWER_WHOLE ? POWER_WHOLE : (uint32_t)share;
}

size_t
validator_set_diff(struct validator_power *out, const struct validator_set *from, const struct validator_set *to)
{
	struct pair p[2 * VALIDATOR_SET_MAX];
	size_t n = pairs(p, from, to), differ = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i].from != p[i].to)
			out[differ++] = (struct validator_power){ p[i].key, p[i].to };
	}
	return differ;
}

/* Rounding takes less than this of a step's size. */
#define STEP_MARGIN 2000

/* `part` of `whole` of the way; powers in billionths of all. */
static void
mix(struct validator_set *out, const struct validator_set *from, const struct validator_set *to, uint32_t part, uint32_t whole)
{
	struct pair p[2 * VALIDATOR_SET_MAX];
	struct validator_power list[2 * VALIDATOR_SET_MAX];
	uint128 t_from = validator_set_total(from), t_to = validator_set_total(to);
	size_t n = pairs(p, from, to), kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t before = (uint64_t)((uint128)p[i].from * POWER_WHOLE / t_from), after = (uint64_t)((uint128)p[i].to * POWER_WHOLE / t_to);
		uint64_t power = (before * (whole - part) + after * part) / whole;

		if (power > 0)
			list[kept++] = (struct validator_power){ p[i].key, power };
	}
	cut(list, &kept, VALIDATOR_SET_MAX);
	out->n = kept;
	memcpy(out->list, list, kept * sizeof(list[0]));
}

bool
validator_set_step(struct validator_set *out, const struct validator_set *from, const struct validator_set *to, uint32_t budget, size_t least)
{
	uint32_t whole = validator_set_change(from, to);

	if (whole <= budget) {
		*out = *to;
		return true;
	}
	if (budget <= STEP_MARGIN || from->n == 0)
		return false;
	mix(out, from, to, budget - STEP_MARGIN, whole);
	return out->n >= least && validator_set_change(from, out) <= budget;
}
