/* D1  Each voter stands in the tallies once, with the weight and the parts of the last ballot.
 * D2  A unit counts once: for its holder when he voted himself, else for the delegate whom he had at the snapshot. */
#include <assert.h>
#include <string.h>

#include "token/dao_parts.h"
#include "token/votes.h"

/* ---- power ---- */

static uint64_t
member_power(const struct op_create_dao *t, const struct account *who)
{
	for (uint32_t i = 0; i < t->members_n; i++) {
		if (account_eq(&t->members[i], who))
			return 1;
	}
	return 0;
}

uint64_t
electorate_power(const struct electorate *e, const struct state *s, const struct account *who)
{
	struct amount power, gone;
	struct voter v;
	bool ok;

	if (e->dao->terms.electorate == DAO_COUNCIL)
		return member_power(&e->dao->terms, who);
	votes_at(&v, s, &e->dao->terms.asset, who, e->snapshot);
	if (e->proposal != 0 && v.delegates && override_done(s, e->proposal, who))
		v.delegates = false;
	power = votes_power(&v);
	gone = e->proposal != 0 ? override_of(s, e->proposal, who) : AMOUNT_ZERO;
	ok = amount_sub(&power, power, gone);
	assert(ok);
	(void)ok;
	return amount_units(power);
}

static uint64_t
power_for_rule(const struct rule_electorate *e, const struct state *s, const struct account *who)
{
	return electorate_power((const struct electorate *)(const void *)e, s, who);
}

struct electorate
electorate_at(const struct state *s, const struct dao *d, uint64_t snapshot, uint64_t proposal)
{
	struct electorate e = { .dao = d, .snapshot = snapshot, .proposal = proposal };

	e.host.power = power_for_rule;
	e.host.snapshot = snapshot;
	if (d->terms.electorate == DAO_COUNCIL)
		e.host.total = d->terms.members_n;
	else
		e.host.total = amount_units(votes_total_at(s, &d->terms.asset, snapshot));
	return e;
}

struct rule_instance
electorate_instance(const struct electorate *e, const struct asset *asset)
{
	const struct dao *d = e->dao;
	struct rule_instance i = { .scope = 'd', .params = d->params, .params_len = d->terms.params.len, .asset = asset, .electorate = &e->host };

	for (unsigned n = 0; n < 4; n++)
		i.id.b[n] = (uint8_t)(d->number >> (8 * n));
	return i;
}

/* The electorate's asset; NULL for a council. */
static const struct asset *
asset_of(struct asset *room, const struct state *s, const struct dao *d)
{
	return d->terms.electorate == DAO_HOLDERS && asset_get(room, s, &d->terms.asset) ? room : NULL;
}

/* ---- what the rule says ---- */

const char *
vote_weight(uint64_t *out, struct exec *x, const struct dao *d, const struct proposal *p, uint64_t snapshot, const struct account *who)
{
	struct electorate e = electorate_at(x->state, d, snapshot, p->number);
	struct asset room;
	struct rule_instance i = electorate_instance(&e, asset_of(&room, x->state, d));
	const struct tally_plugin *rule;
	const char *why = rule_find_version(&rule, x->state, &p->rule, TALLY_GOV, x->env->height);

	*out = 0;
	if (why == NULL)
		why = plugin_gov_weight(out, x, rule, &i, who);
	/* the tallies of all voters stay within what a rule can add */
	return why == NULL && *out > e.host.total ? "RULE_BAD_ANSWER" : why;
}

const char *
vote_outcome(enum tally_verdict *out, struct exec *x, const struct dao *d, const struct proposal *p)
{
	struct electorate e = electorate_at(x->state, d, p->snapshot, p->number);
	struct asset room;
	struct rule_instance i = electorate_instance(&e, asset_of(&room, x->state, d));
	struct tally_tallies t = { p->tallies[VOTE_FOR], p->tallies[VOTE_AGAINST], p->tallies[VOTE_ABSTAIN], p->tallies[VOTE_VETO], p->base };
	const struct tally_plugin *rule;
	const char *why = rule_find_version(&rule, x->state, &p->rule, TALLY_GOV, x->env->height);

	return why == NULL ? plugin_gov_outcome(out, x, rule, &i, &t) : why;
}

/* ---- ballots ---- */

/* How a ballot's weight falls on the choices: rounded down, the rest to the largest part. */
static void
split(uint64_t out[VOTE_CHOICES], const struct ballot *b)
{
	struct amount weight, share;
	size_t largest = 0;
	uint64_t left = b->weight;
	bool ok = amount_from_units(&weight, b->weight);

	for (size_t i = 0; i < VOTE_CHOICES; i++) {
		ok = ok && amount_muldiv(&share, weight, b->parts[i], VOTE_WHOLE, AMOUNT_DOWN);
		assert(ok);
		out[i] = amount_units(share);
		left -= out[i];
		if (b->parts[i] > b->parts[largest])
			largest = i;
	}
	out[largest] += left;
}

static void
count(struct proposal *p, const struct ballot *b, bool in)
{
	uint64_t shares[VOTE_CHOICES];

	split(shares, b);
	for (size_t i = 0; i < VOTE_CHOICES; i++) {
		assert(in || p->tallies[i] >= shares[i]);
		p->tallies[i] = in ? p->tallies[i] + shares[i] : p->tallies[i] - shares[i];
	}
}

/* The rule can't say more than all power in sum, whatever it answers for each. */
static bool
tallies_fit(const struct proposal *p)
{
	uint64_t left = p->base;

	for (size_t i = 0; i < VOTE_CHOICES; i++) {
		if (p->tallies[i] > left)
			return false;
		left -= p->tallies[i];
	}
	return true;
}

static const char *
put_ballot(struct exec *x, const struct dao *d, struct proposal *p, const struct account *who, const uint16_t parts[VOTE_CHOICES])
{
	struct ballot old, new;
	const char *why = vote_weight(&new.weight, x, d, p, p->snapshot, who);

	if (why != NULL)
		return why;
	memcpy(new.parts, parts, sizeof(new.parts));
	if (proposal_ballot(&old, x->state, p->number, who))
		count(p, &old, false);
	count(p, &new, true);
	ballot_store(x->state, p->number, who, &new);
	return tallies_fit(p) ? NULL : "RULE_BAD_ANSWER";
}

/* A holder votes himself: what his delegate had of him is gone, also from a ballot that stands already. */
static const char *
take_back(struct exec *x, const struct dao *d, struct proposal *p, const struct account *who)
{
	struct ballot b;
	struct voter v;

	if (d->terms.electorate != DAO_HOLDERS)
		return NULL;
	votes_at(&v, x->state, &d->terms.asset, who, p->snapshot);
	if (!v.delegates || amount_is_zero(v.own) || override_done(x->state, p->number, who))
		return NULL;
	override_set_done(x->state, p->number, who);
	override_add(x->state, p->number, &v.delegate, v.own);
	if (!proposal_ballot(&b, x->state, p->number, &v.delegate))
		return NULL;
	return put_ballot(x, d, p, &v.delegate, b.parts);
}

/* A quorum that comes late gives the others time to answer, once; also one that was there, was taken away and comes back. A rule that can't
 * say whether there is one doesn't keep anybody from voting: it is asked again in the end. */
static void
look_for_quorum(struct exec *x, const struct dao *d, struct proposal *p)
{
	enum tally_verdict verdict;
	bool before = p->quorum;

	if (p->extended || vote_outcome(&verdict, x, d, p) != NULL)
		return;
	p->quorum = verdict != TALLY_NO_QUORUM;
	if (p->quorum && !before && p->vote_end.sec - x->env->time.sec < d->terms.late_extension) {
		p->extended = true;
		p->vote_end.sec = x->env->time.sec + d->terms.late_extension;
	}
}

/* As the rule sees it once the delegation is taken back: rules may weigh other than by addition. */
const char *
vote_own_weight(uint64_t *out, struct exec *x, const struct dao *d, const struct proposal *p, uint64_t snapshot, const struct account *who)
{
	size_t mark = state_mark(x->state);
	const char *why;
	struct voter v;

	if (d->terms.electorate == DAO_HOLDERS) {
		votes_at(&v, x->state, &d->terms.asset, who, snapshot);
		if (v.delegates && !override_done(x->state, p->number, who))
			override_set_done(x->state, p->number, who);
	}
	why = vote_weight(out, x, d, p, snapshot, who);
	state_rollback(x->state, mark);
	return why;
}

const char *
vote_cast(struct exec *x, const struct dao *d, struct proposal *p, const struct account *who, const uint16_t parts[VOTE_CHOICES])
{
	struct ballot b;
	const char *why = take_back(x, d, p, who);

	if (why == NULL)
		why = put_ballot(x, d, p, who, parts);
	if (why != NULL)
		return why;
	if (!proposal_ballot(&b, x->state, p->number, who) || b.weight == 0)
		return "NO_VOTING_POWER";
	look_for_quorum(x, d, p);
	return NULL;
}
