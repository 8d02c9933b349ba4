/* D1  A proposal's tallies are the sum of its ballots' weights, as long as it is open.
 * D2  They are never more than the power at the snapshot.
 * D3  A proposal's escrow account holds exactly its deposits until it ends, and nothing after.
 * D4  An open proposal is its proposer's live one, stands in the queue of deadlines at its own time, and holds the checkpoints of its
 *     snapshot while votes are taken; one that has ended does none of it. */
#include "token/dao_parts.h"
#include "token/statekey.h"
#include "token/votes.h"

static const char *
check_sums(const struct state *s, const struct proposal *p)
{
	uint64_t cast = 0, counted = 0;
	struct state_walk w;
	struct statekey k = statekey_new('g', 'v');

	statekey_u64(&k, p->number);
	state_walk_init(&w, s, k.b, k.len);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.value + 2 * VOTE_CHOICES, w.value_len - 2 * VOTE_CHOICES);

		cast += rd_u64(&r);
	}
	for (size_t i = 0; i < VOTE_CHOICES; i++)
		counted += p->tallies[i];
	if (cast != counted && proposal_is_open(p)) /* else they are on their way out */
		return "D1: a proposal's tallies aren't the sum of its ballots";
	return counted <= p->base ? NULL : "D2: more votes than power";
}

static const char *
check_deposits(const struct state *s, const struct proposal *p)
{
	struct statekey k = statekey_new('g', 'e');
	struct asset_id coin = ASSET_COIN;
	struct account escrow;
	struct wr number = { 0 };
	struct state_walk w;
	uint64_t sum = 0;

	wr_u64(&number, p->number);
	escrow = account_of_module("deposit", number.p, number.len);
	wr_clear(&number);
	statekey_u64(&k, p->number);
	state_walk_init(&w, s, k.b, k.len);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.value, w.value_len);

		sum += rd_u64(&r);
	}
	if (sum != amount_units(bank_balance(s, &escrow, &coin)) || (proposal_is_open(p) ? sum != amount_units(p->deposit) : sum != 0))
		return "D3: a proposal's escrow isn't its deposits";
	return NULL;
}

static bool
is_held(const struct state *s, const struct proposal *p, const struct dao *d)
{
	return d->terms.electorate == DAO_HOLDERS && votes_is_held(s, &d->terms.asset, p->snapshot, p->number);
}

static const char *
check_indexes(const struct state *s, const struct proposal *p)
{
	uint64_t live = proposal_live(s, p->dao, &p->proposer);
	bool open = proposal_is_open(p);
	struct dao d;

	if (!dao_get_version(&d, s, p->dao, p->terms))
		return "D0: a proposal's DAO, or its terms, are missing";
	if (open != (live == p->number))
		return "D4: an open proposal isn't its proposer's live one, or an ended one is";
	if (open != proposal_is_queued(s, p))
		return "D4: an open proposal isn't in the queue, or an ended one is";
	if (d.terms.electorate == DAO_HOLDERS && (p->state == PROPOSAL_VOTING) != is_held(s, p, &d))
		return "D4: a vote doesn't hold its checkpoints, or one that is over does";
	return NULL;
}

/* As many places in the queue as open proposals. */
static const char *
check_queue(const struct state *s, uint64_t open)
{
	struct state_walk w;
	uint64_t n = 0;

	state_walk_init(&w, s, "gq", 2);
	while (state_walk_next(&w))
		n++;
	return n == open ? NULL : "D4: the queue has other places than those of open proposals";
}

const char *
dao_invariants(const struct state *s, bool deep)
{
	uint64_t n = deep ? proposal_count(s) : 0, open = 0;
	const char *why = NULL;

	for (uint64_t i = 1; i <= n && why == NULL; i++) {
		struct proposal p;

		if (!proposal_load(&p, s, i))
			return "D0: a proposal is missing";
		open += proposal_is_open(&p);
		why = check_sums(s, &p);
		if (why == NULL)
			why = check_deposits(s, &p);
		if (why == NULL)
			why = check_indexes(s, &p);
	}
	return why != NULL || !deep ? why : check_queue(s, open);
}
