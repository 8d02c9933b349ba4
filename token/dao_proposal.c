/* The life of a proposal; the diagram is in dao.h.
 *
 * D3  A proposal's escrow account holds exactly its deposits until it ends, and nothing after. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/dao_parts.h"
#include "token/statekey.h"
#include "token/votes.h"

const char *
proposal_state_name(enum proposal_state s)
{
	switch (s) {
	case PROPOSAL_DEPOSIT:
		return "DEPOSIT";
	case PROPOSAL_DELAY:
		return "VOTING_DELAY";
	case PROPOSAL_VOTING:
		return "VOTING";
	case PROPOSAL_TIMELOCK:
		return "TIMELOCK";
	case PROPOSAL_EXECUTED:
		return "EXECUTED";
	case PROPOSAL_EXPIRED:
		return "EXPIRED";
	case PROPOSAL_DEFEATED:
		return "DEFEATED";
	case PROPOSAL_VETOED:
		return "VETOED";
	case PROPOSAL_CANCELLED:
		return "CANCELLED";
	case PROPOSAL_FAILED:
		return "FAILED";
	}
	return "?";
}

/* ---- deposits: g e | proposal | account -> amount ---- */

static struct statekey
deposits_key(uint64_t number)
{
	struct statekey k = statekey_new('g', 'e');

	statekey_u64(&k, number);
	return k;
}

static struct account
escrow(uint64_t number)
{
	struct wr w = { 0 };
	struct account a;

	wr_u64(&w, number);
	a = account_of_module("deposit", w.p, w.len);
	wr_clear(&w);
	return a;
}

const char *
proposal_pay_in(struct exec *x, const struct dao *d, struct proposal *p, const struct account *who, struct amount amount)
{
	struct statekey all = deposits_key(p->number), mine = all;
	struct account to = escrow(p->number);
	struct asset_id coin = ASSET_COIN;
	struct amount missing;
	struct state_walk w;
	size_t n = 0;

	if (!amount_sub(&missing, d->terms.deposit, p->deposit))
		return "NOT_IN_DEPOSIT";
	amount = amount_min(amount, missing);
	if (amount_is_zero(amount))
		return NULL;
	state_walk_init(&w, x->state, all.b, all.len);
	while (state_walk_next(&w))
		n++;
	statekey_account(&mine, who);
	if (n >= DAO_DEPOSITORS_MAX && !statekey_has(x->state, &mine))
		return "TOO_MANY_DEPOSITORS";
	if (!amount_add(&p->deposit, p->deposit, amount))
		return "AMOUNT_OVERFLOW";
	statekey_put_u64(x->state, &mine, statekey_get_u64(x->state, &mine) + amount_units(amount));
	return bank_transfer(x->state, who, &to, &coin, amount);
}

/* Give deposits back, or all to the fee fund. */
static void
pay_out(struct exec *x, const struct proposal *p, bool forfeit)
{
	struct statekey all = deposits_key(p->number);
	struct account from = escrow(p->number), fund = bank_fee_fund(), who;
	struct asset_id coin = ASSET_COIN;
	struct state_walk w;

	state_walk_init(&w, x->state, all.b, all.len);
	while (state_walk_next(&w)) {
		struct rd key = rd_init(w.key + all.len, w.key_len - all.len), value = rd_init(w.value, w.value_len);
		struct amount amount = rd_amount(&value);
		const char *why;

		rd_account(&key, &who);
		assert(rd_done(&key) && rd_done(&value));
		state_delete(x->state, w.key, w.key_len);
		why = bank_transfer(x->state, &from, forfeit ? &fund : &who, &coin, amount);
		assert(why == NULL);
		(void)why;
	}
}

/* ---- states ---- */

static void
tell(struct exec *x, const struct proposal *p)
{
	struct wr w = { 0 };

	wr_u64(&w, p->number);
	wr_u8(&w, (uint8_t)p->state);
	exec_event(x, "PROPOSAL", w.p, w.len);
	wr_clear(&w);
}

/* The power at the snapshot is asked for while votes are cast. */
static void
vote_begins(struct exec *x, const struct dao *d, const struct proposal *p)
{
	if (d->terms.electorate == DAO_HOLDERS)
		votes_hold(x->state, &d->terms.asset, p->snapshot, p->number);
}

static void
vote_is_over(struct exec *x, const struct dao *d, const struct proposal *p)
{
	if (d->terms.electorate == DAO_HOLDERS)
		votes_let_go(x->state, &d->terms.asset, p->snapshot, p->number);
}

void
proposal_close(struct exec *x, const struct dao *d, struct proposal *p, enum proposal_state state, const char *reason)
{
	if (p->state == PROPOSAL_VOTING)
		vote_is_over(x, d, p);
	if (p->state == PROPOSAL_VOTING || p->state == PROPOSAL_TIMELOCK)
		ballots_forget_later(x->state, p->number);
	else
		proposal_drop_actions(x->state, p->number);
	p->state = state;
	assert(strlen(reason) < sizeof(p->reason));
	strcpy(p->reason, reason);
	proposal_set_live(x->state, p->dao, &p->proposer, 0);
	pay_out(x, p, state == PROPOSAL_VETOED && strcmp(reason, "VOTERS") == 0);
	tell(x, p);
}

static bool
leave_deposit(struct exec *x, const struct dao *d, struct proposal *p)
{
	if (amount_cmp(p->deposit, d->terms.deposit) >= 0) {
		p->state = PROPOSAL_DELAY;
		p->vote_start.sec = x->env->time.sec + d->terms.voting_delay;
		p->vote_end.sec = p->vote_start.sec + d->terms.voting_period;
		tell(x, p);
		return true;
	}
	if (x->env->time.sec <= p->deposit_until.sec)
		return false;
	proposal_close(x, d, p, PROPOSAL_CANCELLED, "DEPOSIT_SHORT");
	return true;
}

/* The vote lasts its full time from its first block on, however late that comes. */
static bool
leave_delay(struct exec *x, const struct dao *d, struct proposal *p)
{
	if (x->env->time.sec < p->vote_start.sec)
		return false;
	p->state = PROPOSAL_VOTING;
	p->vote_end.sec = x->env->time.sec + d->terms.voting_period;
	p->snapshot = x->env->height - 1;
	p->base = electorate_at(x->state, d, p->snapshot, p->number).host.total;
	vote_begins(x, d, p);
	tell(x, p);
	return true;
}

static void
open_timelock(struct exec *x, const struct dao *d, struct proposal *p)
{
	int64_t now = x->env->time.sec;

	vote_is_over(x, d, p);
	p->state = PROPOSAL_TIMELOCK;
	p->eta.sec = p->vote_end.sec + d->terms.timelock;
	p->expires.sec = (p->eta.sec > now ? p->eta.sec : now) + d->terms.grace;
	tell(x, p);
}

static bool
leave_voting(struct exec *x, const struct dao *d, struct proposal *p)
{
	enum tally_verdict verdict;
	const char *why;

	if (x->env->time.sec <= p->vote_end.sec)
		return false;
	why = vote_outcome(&verdict, x, d, p);
	if (why != NULL) {
		proposal_close(x, d, p, PROPOSAL_FAILED, why);
		return true;
	}
	switch (verdict) {
	case TALLY_PASSED:
		open_timelock(x, d, p);
		break;
	case TALLY_NO_QUORUM:
		proposal_close(x, d, p, PROPOSAL_DEFEATED, "NO_QUORUM");
		break;
	case TALLY_REJECTED:
		proposal_close(x, d, p, PROPOSAL_DEFEATED, "REJECTED");
		break;
	case TALLY_VETOED:
		proposal_close(x, d, p, PROPOSAL_VETOED, "VOTERS");
		break;
	}
	return true;
}

static bool
leave_timelock(struct exec *x, const struct dao *d, struct proposal *p)
{
	if (x->env->time.sec <= p->expires.sec)
		return false;
	proposal_close(x, d, p, PROPOSAL_EXPIRED, "");
	return true;
}

/* One step; false when the time for the next one hasn't come. */
static bool
step(struct exec *x, const struct dao *d, struct proposal *p)
{
	switch (p->state) {
	case PROPOSAL_DEPOSIT:
		return leave_deposit(x, d, p);
	case PROPOSAL_DELAY:
		return leave_delay(x, d, p);
	case PROPOSAL_VOTING:
		return leave_voting(x, d, p);
	case PROPOSAL_TIMELOCK:
		return leave_timelock(x, d, p);
	case PROPOSAL_EXECUTED:
	case PROPOSAL_EXPIRED:
	case PROPOSAL_DEFEATED:
	case PROPOSAL_VETOED:
	case PROPOSAL_CANCELLED:
	case PROPOSAL_FAILED:
		break;
	}
	return false;
}

void
proposal_advance(struct exec *x, const struct dao *d, struct proposal *p)
{
	while (step(x, d, p))
		;
	proposal_store(x->state, p);
}

const char *
proposal_touch(struct exec *x, struct dao *d, struct proposal *p, uint64_t number)
{
	if (!proposal_load(p, x->state, number))
		return "PROPOSAL_UNKNOWN";
	if (!dao_get_version(d, x->state, p->dao, p->terms))
		return "DAO_UNKNOWN";
	proposal_advance(x, d, p);
	return NULL;
}

/* ---- actions ---- */

/* The payloads live in the state, which the actions change: run them from a copy. */
const char *
proposal_run_actions(struct exec *x, const struct dao *d, const struct proposal *p, size_t *failed)
{
	struct dao_action a[PROPOSAL_ACTIONS_MAX];
	struct proposal with_actions;
	struct wr copy = { 0 };
	struct rd r;
	size_t n;
	const char *why = NULL;

	if (!proposal_get(&with_actions, x->state, p->number))
		return "PROPOSAL_UNKNOWN";
	wr_actions(&copy, with_actions.actions, with_actions.actions_n);
	r = rd_init(copy.p, copy.len);
	n = rd_actions(&r, a);
	for (*failed = 0; *failed < n; ++*failed) {
		why = action_apply(x, d, &a[*failed]);
		if (why != NULL)
			break;
	}
	wr_clear(&copy);
	return why;
}
