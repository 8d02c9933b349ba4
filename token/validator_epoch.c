/* The end of an epoch: candidates, the rule's answer, the step to the new set.
 *
 * E1  The set changes only here, by what the host has cleaned, and by throwing out who has signed twice or was put in jail; together at most a
 *     third of the power in an epoch, and never below the least number.
 * E2  It depends on nothing but the state and the block: the same on every node. The work is bounded by TALLY_CANDIDATES_MAX candidates, a
 *     read for each step of their ballots' age, and the rule's gas. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/rule.h"
#include "token/validator_parts.h"

/* ---- the rule ---- */

static struct rule_instance
instance_of(const struct validators_rule *r, bool may_write)
{
	return (struct rule_instance){ .scope = 'v', .params = r->params, .params_len = r->params_len, .may_write = may_write };
}

const char *
validators_rule_check(struct exec *x, const struct validators_rule *r)
{
	struct rule_instance i = instance_of(r, false);
	const struct tally_plugin *rule;
	const char *why = rule_find(&rule, NULL, x->state, r->name, r->major, TALLY_VALSEL, x->env->height);

	return why != NULL ? why : plugin_valsel_check(x, rule, &i);
}

static struct tally_candidate
candidate(const struct state *s, const struct validator_key *key, const struct validator_set *set, uint64_t step)
{
	struct tally_candidate c = { 0 };
	struct validator v;
	bool there = validator_get(&v, s, key);

	assert(there);
	(void)there;
	memcpy(c.key, key->b, sizeof(c.key));
	c.owner = rule_account(&v.owner);
	c.weight = v.weight;
	c.power = validator_set_power(set, key);
	c.bonded = v.bonded.tokens;
	c.own = pool_worth(&v.bonded, bond_of(s, &v.owner, key));
	c.registered = v.registered.sec;
	for (uint64_t age = 0; age < TALLY_VOTE_AGES && age <= step && v.votes > 0; age++)
		c.votes[age] = validator_votes(s, key, step - age);
	return c;
}

/* What the rule answers; on a refusal nothing of it stays. */
static const char *
ask(struct exec *x, struct answer *out, const struct tally_candidate *list, size_t n)
{
	struct validators_rule r;
	struct tally_choices *choices;
	const struct tally_plugin *rule;
	struct rule_instance i;
	size_t mark = state_mark(x->state), events = x->events != NULL ? x->events->len : 0;
	const char *why;

	if (!validators_rule(&r, x->state))
		return "RULE_UNKNOWN";
	why = rule_find(&rule, NULL, x->state, r.name, r.major, TALLY_VALSEL, x->env->height);
	if (why != NULL)
		return why;
	i = instance_of(&r, true);
	choices = mem_new(1, sizeof(*choices));
	why = plugin_valsel(choices, x, rule, &i, list, n);
	if (why != NULL) {
		state_rollback(x->state, mark);
		if (x->events != NULL)
			x->events->len = events;
	}
	out->n = why == NULL ? choices->n : 0;
	for (size_t k = 0; k < out->n; k++) {
		memcpy(out->list[k].key.b, choices->list[k].key, sizeof(out->list[k].key.b));
		out->list[k].power = choices->list[k].power;
	}
	free(choices);
	return why;
}

/* The set that the rule wants, cleaned; or why the old one stays. */
static const char *
choose(struct exec *x, struct validator_set *out, const struct validators_params *p, const struct validator_set *now)
{
	struct validator_key *keys = mem_new(TALLY_CANDIDATES_MAX, sizeof(*keys));
	struct tally_candidate *list = mem_new(TALLY_CANDIDATES_MAX, sizeof(*list));
	struct answer *answer = mem_new(1, sizeof(*answer));
	size_t n = candidates_collect(keys, x->state);
	uint64_t step = (uint64_t)x->env->time.sec / p->vote_step;
	const char *why;

	for (size_t i = 0; i < n; i++)
		list[i] = candidate(x->state, &keys[i], now, step);
	why = ask(x, answer, list, n);
	if (why == NULL)
		why = validator_set_clean(out, answer, keys, n, VALIDATORS_LEAST(p->engine));
	free(answer);
	free(list);
	free(keys);
	return why;
}

/* ---- changing the set ---- */

static void
note_service(struct exec *x, const struct validator_power *change)
{
	struct validator v, old;
	bool there = validator_get(&v, x->state, &change->key);

	assert(there);
	(void)there;
	old = v;
	if (change->power == 0)
		v.served_to = x->env->height;
	else if (v.served_from == 0)
		v.served_from = x->env->height;
	if (change->power != 0)
		v.served_to = 0;
	validator_put(x->state, &v, &old);
}

/* Put the new set and remember what this block changed, as far as it differs from the set at the block's start. */
static void
change_set(struct exec *x, const struct validator_set *from, const struct validator_set *to)
{
	struct validator_power *diff = mem_new(2 * (size_t)VALIDATOR_SET_MAX, sizeof(*diff));
	size_t n = validator_set_diff(diff, from, to);
	struct wr w = { 0 };

	validators_put_set(x->state, to);
	validators_put_updates(x->state, x->env->height, diff, n);
	wr_compactsize(&w, n);
	for (size_t i = 0; i < n; i++) {
		note_service(x, &diff[i]);
		wr_validator_key(&w, &diff[i].key);
		wr_u64(&w, diff[i].power);
	}
	exec_event(x, "VALIDATORS", w.p, w.len);
	wr_clear(&w);
	free(diff);
}

void
validators_throw_out(struct exec *x, const struct validator_key *key)
{
	struct statekey k = validator_statekey('j', key);

	state_put(x->state, k.b, k.len, "", 0);
}

static void
remove_key(struct validator_set *set, const struct validator_key *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (validator_key_cmp(&set->list[i].key, key) != 0)
			set->list[kept++] = set->list[i];
	}
	set->n = kept;
}

/* Who waits at the door goes, the lower keys first, as long as enough stay and the epoch's third isn't used up. Nobody waits longer than this
 * block: who can't go now is no candidate at the epoch's end. */
static void
throw_out(struct exec *x, struct validators_epoch *e, const struct validators_params *p, struct validator_set *set)
{
	struct validator_set *less = mem_new(1, sizeof(*less));
	struct state_walk w;

	state_walk_init(&w, x->state, "vj", 2);
	while (state_walk_next(&w)) {
		struct validator_key key;
		uint32_t change;

		memcpy(key.b, w.key + 2, sizeof(key.b));
		state_delete(x->state, w.key, w.key_len);
		*less = *set;
		remove_key(less, &key);
		change = validator_set_change(set, less);
		if (less->n == set->n || less->n < VALIDATORS_LEAST(p->engine) || change > POWER_CHANGE_MAX - e->moved)
			continue;
		*set = *less;
		e->moved += change;
	}
	free(less);
}

/* ---- epochs ---- */

#define FORGET_MAX 8 /* old epochs at one end */

static bool
is_over(const struct exec *x, const struct validators_params *p, const struct validators_epoch *e)
{
	return p->epoch_blocks != 0 ? x->env->height >= e->ends_height : x->env->time.sec >= e->ends.sec;
}

/* Boundaries stand at multiples, so a late block makes no epoch longer for good. */
static void
set_end(struct validators_epoch *e, const struct validators_params *p, uint64_t height, struct unixtime time)
{
	if (p->epoch_blocks != 0)
		e->ends_height = (height / p->epoch_blocks + 1) * p->epoch_blocks;
	else
		e->ends.sec = (time.sec / p->epoch_seconds + 1) * p->epoch_seconds;
}

/* Evidence of an epoch is of no use once all that left in it is paid. */
static void
forget(struct exec *x, const struct validators_params *p, uint64_t now)
{
	uint64_t oldest = epoch_oldest(x->state);
	struct unixtime began;
	uint64_t first;

	for (int i = 0; i < FORGET_MAX && oldest < now; i++) {
		if (!epoch_began(x->state, oldest, &first, &began) || x->env->time.sec < began.sec + p->unbonding)
			break;
		epoch_forget(x->state, oldest++);
	}
	epoch_set_oldest(x->state, oldest);
}

static void
next_epoch(struct exec *x, struct validators_epoch *e, const struct validators_params *p)
{
	e->number++;
	e->first_height = x->env->height + 1;
	e->began = x->env->time;
	e->moved = 0;
	set_end(e, p, x->env->height, x->env->time);
	epoch_put(x->state, e);
	forget(x, p, e->number);
}

static void
tell_epoch(struct exec *x, uint64_t number, const char *why)
{
	struct wr w = { 0 };

	wr_u64(&w, number);
	wr_varbytes(&w, why != NULL ? why : "", why != NULL ? strlen(why) : 0);
	exec_event(x, "EPOCH", w.p, w.len);
	wr_clear(&w);
}

void
validators_start(struct exec *x, const struct validators_params *p, const struct validator_set *first)
{
	struct validators_epoch e = { .began = x->env->time };

	validators_put_set(x->state, first);
	set_end(&e, p, x->env->height, x->env->time);
	epoch_put(x->state, &e);
}

void
validators_end_block(struct exec *x)
{
	struct validators_params p;
	struct validators_epoch e;
	struct validator_set *sets; /* at the block's start; now; wanted; next */
	const char *why = NULL;
	bool over;

	if (!validators_params(&p, x->state) || !validators_epoch(&e, x->state))
		return;
	over = is_over(x, &p, &e);
	sets = mem_new(4, sizeof(*sets));
	if (!validators_set(&sets[0], x->state))
		assert(0);
	sets[1] = sets[0];
	throw_out(x, &e, &p, &sets[1]);
	if (over) {
		why = choose(x, &sets[2], &p, &sets[1]);
		if (why == NULL && !validator_set_step(&sets[3], &sets[1], &sets[2], POWER_CHANGE_MAX - e.moved, VALIDATORS_LEAST(p.engine)))
			why = "CHANGE_TOO_LARGE";
		if (why == NULL)
			sets[1] = sets[3];
		tell_epoch(x, e.number, why);
		next_epoch(x, &e, &p);
	} else if (sets[1].n != sets[0].n) {
		epoch_put(x->state, &e);
	}
	if (sets[0].n != sets[1].n || memcmp(sets[0].list, sets[1].list, sets[0].n * sizeof(sets[0].list[0])) != 0)
		change_set(x, &sets[0], &sets[1]);
	free(sets);
}
