#ifndef TALLY_TOKEN_DAO_PARTS_H
#define TALLY_TOKEN_DAO_PARTS_H
/* What the files of governance share among themselves; others include dao.h. */
#include "token/dao.h"
#include "token/plugin_host.h"

/* ---- records (dao_record.c) ---- */

void dao_put(struct state *s, const struct account *creator, uint32_t number, const struct op_create_dao *terms);
/* New terms in place of old->terms; proposals that run keep theirs. */
void dao_change(struct state *s, const struct dao *old, const struct op_create_dao *terms);
/* The terms as a proposal knows them. */
MUST_USE bool dao_get_version(struct dao *out, const struct state *s, uint32_t number, uint32_t version);
/* Fill *out from terms whose texts live elsewhere; the electorate and rule of `out` then point into it. */
void dao_fill(struct dao *out, uint32_t number, const struct account *creator, const struct op_create_dao *terms);

void dao_cover_donations_put(struct state *s, uint64_t height, struct amount a);

/* The proposal without its actions: actions_n is 0. */
MUST_USE bool proposal_load(struct proposal *out, const struct state *s, uint64_t number);
/* Write all but title and actions, and keep the queue of deadlines right. */
void proposal_store(struct state *s, const struct proposal *p);
/* Title and actions, once. */
void proposal_store_body(struct state *s, uint64_t number, const struct op_propose *o);
/* What never came to a vote keeps its title alone. */
void proposal_drop_actions(struct state *s, uint64_t number);
/* Not ended yet. */
MUST_USE bool proposal_is_open(const struct proposal *p);
/* Does it stand in the queue of deadlines, at its own time? */
MUST_USE bool proposal_is_queued(const struct state *s, const struct proposal *p);
/* The first number in the queue whose time has come; false when there is none. */
MUST_USE bool proposal_next_due(const struct state *s, uint64_t *number, struct unixtime *when);

void ballot_store(struct state *s, uint64_t number, const struct account *who, const struct ballot *b);
/* A proposal has ended: its ballots and what was taken back for it go, with the blocks from now on. */
void ballots_forget_later(struct state *s, uint64_t number);
/* In end_block: delete at most so many keys. */
void ballots_sweep(struct state *s, unsigned most);

/* The live proposal of an account in a DAO; 0 for none. */
uint64_t proposal_live(const struct state *s, uint32_t dao, const struct account *who);
void proposal_set_live(struct state *s, uint32_t dao, const struct account *who, uint64_t number);

/* Power that holders took back from a delegate for one proposal, and whether an account did so. */
struct amount override_of(const struct state *s, uint64_t proposal, const struct account *delegate);
void override_add(struct state *s, uint64_t proposal, const struct account *delegate, struct amount own);
MUST_USE bool override_done(const struct state *s, uint64_t proposal, const struct account *holder);
void override_set_done(struct state *s, uint64_t proposal, const struct account *holder);

/* ---- electorates (dao_vote.c) ---- */

struct electorate {
	struct rule_electorate host; /* first: the rule's services get a pointer to it */
	const struct dao *dao;       /* borrowed */
	uint64_t snapshot;
	uint64_t proposal; /* whose overrides count; 0 for none */
};
struct electorate electorate_at(const struct state *s, const struct dao *d, uint64_t snapshot, uint64_t proposal);
/* Power without the rule's opinion of it. */
uint64_t electorate_power(const struct electorate *e, const struct state *s, const struct account *who);
struct rule_instance electorate_instance(const struct electorate *e, const struct asset *asset);

MUST_USE const char *vote_cast(struct exec *x, const struct dao *d, struct proposal *p, const struct account *who,
			       const uint16_t parts[VOTE_CHOICES]);
MUST_USE const char *vote_outcome(enum tally_verdict *out, struct exec *x, const struct dao *d, const struct proposal *p);
MUST_USE const char *vote_weight(uint64_t *out, struct exec *x, const struct dao *d, const struct proposal *p, uint64_t snapshot,
				 const struct account *who);

/* The weight of a ballot that he cast now: with what he has delegated, which voting takes back. Changes nothing. */
MUST_USE const char *vote_own_weight(uint64_t *out, struct exec *x, const struct dao *d, const struct proposal *p, uint64_t snapshot,
				     const struct account *who);

/* ---- life of a proposal (dao_proposal.c) ---- */

/* Load it and bring it up to the block's time. */
MUST_USE const char *proposal_touch(struct exec *x, struct dao *d, struct proposal *p, uint64_t number);
void proposal_advance(struct exec *x, const struct dao *d, struct proposal *p);
void proposal_close(struct exec *x, const struct dao *d, struct proposal *p, enum proposal_state state, const char *reason);
MUST_USE const char *proposal_pay_in(struct exec *x, const struct dao *d, struct proposal *p, const struct account *who, struct amount amount);
MUST_USE const char *proposal_run_actions(struct exec *x, const struct dao *d, const struct proposal *p, size_t *failed);

/* ---- invariants (dao_invariants.c) ---- */

MUST_USE const char *dao_invariants(const struct state *s, bool deep);

/* ---- actions (dao_action.c) ---- */

MUST_USE const char *action_check(const struct exec *x, const struct dao *d, const struct dao_action *a);
MUST_USE const char *action_apply(struct exec *x, const struct dao *d, const struct dao_action *a);

#endif
