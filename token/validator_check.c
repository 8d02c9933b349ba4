/* The numbered invariants of validator.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/validator_parts.h"

/* Sums of what points to one validator. */
struct sums {
	struct validator_key key;
	struct validator v;
	uint64_t bonds, waiting, slashed, ballots, steps;
};

struct books {
	struct sums *list; /* owned; ascending by key */
	size_t n;
	uint64_t all; /* in the escrow */
	const char *why;
};

static int
by_key(const void *a, const void *b)
{
	return validator_key_cmp(&((const struct sums *)a)->key, &((const struct sums *)b)->key);
}

static struct sums *
find(struct books *b, const struct validator_key *key)
{
	struct sums want = { .key = *key }, *s = bsearch(&want, b->list, b->n, sizeof(want), by_key);

	if (s == NULL && b->why == NULL)
		b->why = "VS5: something points to a validator that doesn't exist";
	return s;
}

static void
load(struct books *b, const struct state *s)
{
	struct validator_walk w;
	struct validator v;

	b->list = mem_new(1, sizeof(*b->list));
	validator_walk_init(&w, s);
	while (validator_walk_next(&w, &v)) {
		b->list = mem_resize(b->list, b->n + 1, sizeof(*b->list));
		b->list[b->n++] = (struct sums){ .key = v.key, .v = v };
		b->all += v.bonded.tokens + v.unbonding + v.slashed.tokens;
	}
}

static void
sum_bonds(struct books *b, const struct state *s)
{
	struct state_walk w;

	state_walk_init(&w, s, "vb", 2);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.value, w.value_len);
		struct validator_key key;
		struct sums *to;

		memcpy(key.b, w.key + 2 + ACCOUNT_LEN, sizeof(key.b));
		to = find(b, &key);
		if (to != NULL)
			to->bonds += rd_u64(&r);
	}
}

static void
sum_waiting(struct books *b, const struct state *s)
{
	struct unbonding_walk w;
	struct unbonding u;

	state_walk_init(&w.walk, s, "vu", 2);
	while (unbonding_walk_next(&w, &u)) {
		struct sums *from = u.of_ballot ? NULL : find(b, &u.key);

		if (u.of_ballot)
			b->all += u.units;
		else if (from != NULL && from->v.status == VALIDATOR_TOMBSTONED && !u.clean && u.epoch >= from->v.offence_epoch)
			from->slashed += u.units;
		else if (from != NULL)
			from->waiting += u.units;
	}
}

static void
sum_ballots(struct books *b, const struct state *s)
{
	struct state_walk w;

	state_walk_init(&w, s, "vv", 2);
	while (state_walk_next(&w)) {
		struct ballot_validators ballot;
		struct rd r = rd_init(w.key + 2, w.key_len - 2);
		struct account who;

		rd_account(&r, &who);
		if (!ballot_validators(&ballot, s, &who))
			continue;
		for (uint32_t i = 0; i < ballot.n; i++) {
			struct sums *to = find(b, &ballot.list[i].key);

			b->all += amount_units(ballot.list[i].amount);
			if (to != NULL)
				to->ballots += amount_units(ballot.list[i].amount);
		}
	}
	state_walk_init(&w, s, "vw", 2);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.value, w.value_len);
		struct validator_key key;
		struct sums *to;

		memcpy(key.b, w.key + 2, sizeof(key.b));
		to = find(b, &key);
		if (to != NULL)
			to->steps += rd_u64(&r);
	}
}

static const char *
check_validator(const struct sums *s)
{
	const struct validator *v = &s->v;

	if (s->bonds != v->bonded.units || v->bonded.tokens > v->bonded.units)
		return "VS2: a validator's units aren't the sum of its bonds";
	if (s->waiting != v->unbonding || s->slashed != v->slashed.units || v->slashed.tokens > v->slashed.units)
		return "VS3: what leaves a validator isn't the sum of what waits";
	if (s->ballots != v->votes || s->steps != v->votes)
		return "VS4: a validator's votes aren't the sum of the ballots";
	if (v->status != VALIDATOR_TOMBSTONED && v->bonded.tokens != v->bonded.units)
		return "VS2: a validator that wasn't convicted has lost units";
	return NULL;
}

static size_t
count(const struct state *s, const char *table)
{
	struct state_walk w;
	size_t n = 0;

	state_walk_init(&w, s, table, 2);
	while (state_walk_next(&w))
		n++;
	return n;
}

static const char *
check_indexes(const struct books *b, const struct state *s)
{
	size_t active = 0, weighty = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct validator *v = &b->list[i].v;
		struct statekey rank = statekey_new('v', 'k'), weight = validator_statekey('g', &v->key), owner = statekey_new('v', 'o');
		struct validator_key key;
		uint8_t address[VALIDATOR_ADDRESS_LEN];

		statekey_u64(&rank, ~(v->bonded.tokens + v->votes));
		statekey_bytes(&rank, v->key.b, sizeof(v->key.b));
		statekey_account(&owner, &v->owner);
		statekey_bytes(&owner, v->key.b, sizeof(v->key.b));
		validator_address(address, &v->key);
		active += v->status == VALIDATOR_ACTIVE;
		weighty += v->weight > 0;
		if (statekey_has(s, &rank) != (v->status == VALIDATOR_ACTIVE) || statekey_has(s, &weight) != (v->weight > 0) ||
		    !statekey_has(s, &owner) || !validator_by_address(&key, s, address) || validator_key_cmp(&key, &v->key) != 0)
			return "VS5: an index doesn't name a validator";
	}
	return count(s, "vk") == active && count(s, "vg") == weighty && count(s, "vo") == b->n && count(s, "va") == b->n && weighty <= WEIGHTS_MAX
		       ? NULL
		       : "VS5: an index names what isn't there";
}

static const char *
check_set(const struct state *s)
{
	struct validators_params p;
	struct validators_epoch e;
	struct validator_set *set;
	struct validator v;
	const char *why = NULL;
	uint64_t total = 0;

	if (!validators_params(&p, s))
		return NULL;
	set = mem_new(1, sizeof(*set));
	if (!validators_set(set, s) || set->n < VALIDATORS_LEAST(p.engine) || set->n > VALIDATOR_SET_MAX)
		why = "VS6: the set is too small or too large";
	for (size_t i = 0; i < set->n && why == NULL; i++) {
		uint64_t power = set->list[i].power;

		if ((i > 0 && validator_key_cmp(&set->list[i - 1].key, &set->list[i].key) >= 0) || power == 0 || power > VALIDATOR_POWER_MAX - total ||
		    !validator_get(&v, s, &set->list[i].key) || v.served_from == 0 || v.served_to != 0)
			why = "VS6: the set has somebody twice, without power, or nobody knows him";
		total += power;
	}
	if (why == NULL && (!validators_epoch(&e, s) || e.moved > POWER_CHANGE_MAX))
		why = "VS6: more than a third of the power changed in an epoch";
	free(set);
	return why;
}

const char *
validators_invariants(const struct state *s, bool deep)
{
	struct account escrow = validators_escrow();
	struct validators_params p;
	struct books b = { 0 };
	const char *why;

	if (!deep || !validators_params(&p, s))
		return NULL;
	load(&b, s);
	sum_bonds(&b, s);
	sum_waiting(&b, s);
	sum_ballots(&b, s);
	why = b.why;
	for (size_t i = 0; i < b.n && why == NULL; i++)
		why = check_validator(&b.list[i]);
	if (why == NULL && b.all != amount_units(bank_balance(s, &escrow, &p.asset)))
		why = "VS1: the escrow isn't what bonds, ballots and unbonding units are worth";
	if (why == NULL)
		why = check_indexes(&b, s);
	free(b.list);
	return why != NULL ? why : check_set(s);
}
