#ifndef TALLY_TOKEN_DAO_H
#define TALLY_TOKEN_DAO_H
/* Governance (letter g). DAO 0, from the genesis, is the federation's council; anyone makes others, for a store or a community.
 *
 * Terms that governance changes (PARAM) hold for proposals that come later. Power comes from checkpoints (votes.h) that are kept as long as
 * a vote needs them; ballots go after a proposal's end, and so do the actions of one that never came to a vote. A block's end does a
 * bounded part of what is due.
 *
 * Genesis section: creation fee u64 | terms of DAO 0 as in CREATE_DAO; absent: no fee, no DAO 0.
 *
 *   DEPOSIT -> DELAY -> VOTING -> TIMELOCK -> EXECUTED | EXPIRED
 *      |         |         |         |
 *      +---------+---------+---------+--> CANCELLED      by the proposer before the vote starts, by anyone once he has too little power,
 *                          |         |                   by the deposit's end
 *                          +---------+--> VETOED         by the voters, or by the guardian
 *                          +--> DEFEATED                 no quorum, a tie, or more against it
 *                          +--> FAILED                   its rule could not answer
 *
 * DELAY ends at vote_start; the snapshot is the block before the first one from then on. Votes count from vote_start to vote_end, both
 * included. A tally that passes opens the TIMELOCK; from `eta` to `expires`, both included, anyone may execute: all actions or none, and
 * what fails may be tried again. Deposits go back, but to the fee fund when the voters veto.
 *
 * | operation     | who | reasons to refuse, besides BAD_PAYLOAD, DAO_UNKNOWN, PROPOSAL_UNKNOWN |
 * |---------------|-----|------------------------------------------------------------------------|
 * | CREATE_DAO    | anyone, for a fee | BAD_NAME BAD_TERMS BAD_ELECTORATE and its rule's |
 * | PROPOSE       | who has the threshold | BAD_TITLE BELOW_THRESHOLD LIVE_PROPOSAL DEPOSIT_TOO_SMALL ACTION_NOT_ALLOWED ACTION_MALFORMED ACTION_FOREIGN_ASSET PARAM_UNKNOWN PARAM_BOUNDS |
 * | ADD_DEPOSIT   | anyone | NOT_IN_DEPOSIT TOO_MANY_DEPOSITORS ZERO_AMOUNT |
 * | VOTE          | the electorate; again until the end: the last one counts | NOT_VOTING NO_VOTING_POWER |
 * | CANCEL        | see above | NOT_YOURS TOO_LATE |
 * | EXECUTE       | anyone | NOT_EXECUTABLE TOO_EARLY and those of the actions |
 * | DELEGATE      | holders | NO_VOTES NOT_A_RECIPIENT |
 * | GUARDIAN_VETO | the guardian, until his term ends | NOT_GUARDIAN TOO_EARLY TOO_LATE |
 */
#include "token/ops.h"
#include "token/rule.h"

#define DAO_DEPOSITORS_MAX 16

struct dao {
	uint32_t number;
	uint32_t version;       /* of its terms */
	struct account creator; /* zero for DAO 0 */
	struct account treasury;
	char name[DAO_NAME_MAX + 1];
	char rule[RULE_NAME_MAX + 1];
	/* Texts and params in it are borrowed from this struct; so a struct dao isn't copied by assignment. */
	struct op_create_dao terms;
	uint8_t params[RULE_PARAMS_MAX];
};

enum proposal_state {
	PROPOSAL_DEPOSIT = 1,
	PROPOSAL_DELAY = 2,
	PROPOSAL_VOTING = 3,
	PROPOSAL_TIMELOCK = 4,
	PROPOSAL_EXECUTED = 5,
	PROPOSAL_EXPIRED = 6,
	PROPOSAL_DEFEATED = 7,
	PROPOSAL_VETOED = 8,
	PROPOSAL_CANCELLED = 9,
	PROPOSAL_FAILED = 10,
};

struct proposal {
	uint64_t number;
	uint32_t dao;
	uint32_t terms; /* version of the DAO's terms: it keeps those it started with */
	struct account proposer;
	enum proposal_state state;
	char reason[TALLY_REASON_LEN]; /* of DEFEATED, FAILED, CANCELLED; else "" */
	struct rule_version rule;      /* it keeps the one it started with */
	struct unixtime created;
	struct amount deposit;
	struct unixtime deposit_until;                          /* last second */
	struct unixtime vote_start, vote_end;                   /* 0 before DELAY */
	struct unixtime eta, expires;                           /* 0 before TIMELOCK */
	uint64_t snapshot;                                      /* height; from VOTING on */
	uint64_t base;                                          /* all power at the snapshot */
	uint64_t tallies[VOTE_CHOICES];                         /* enum vote_choice */
	bool quorum; /* there after the last ballot */
	bool extended;
	char title[PROPOSAL_TITLE_MAX + 1];
	size_t actions_n;
	struct dao_action actions[PROPOSAL_ACTIONS_MAX]; /* payloads borrowed from the state: until its next change */
};

struct ballot {
	uint16_t parts[VOTE_CHOICES];
	uint64_t weight;
};

extern const struct module dao_module;

const char *proposal_state_name(enum proposal_state s);

/* ---- questions ---- */

MUST_USE bool dao_exists(const struct state *s, uint32_t number);
MUST_USE bool dao_get(struct dao *out, const struct state *s, uint32_t number);
uint32_t dao_count(const struct state *s); /* numbers are 0..count - 1; 0 may be missing */
struct account dao_treasury(uint32_t number);
MUST_USE bool dao_is_treasury(const struct state *s, const struct account *who);

/* As stored: a state that has run out changes with the next block that is past its time. */
MUST_USE bool proposal_get(struct proposal *out, const struct state *s, uint64_t number);
uint64_t proposal_count(const struct state *s); /* numbers are 1..count */
MUST_USE bool proposal_ballot(struct ballot *out, const struct state *s, uint64_t number, const struct account *who);
/* What a vote of this account would count in a proposal: power now while the vote hasn't started; afterwards what did count, as long as
 * the ballot is kept. *counts: would VOTE be accepted now (or from vote_start on)? Changes nothing. */
struct voting_power {
	uint64_t weight;
	uint64_t base;
	uint64_t snapshot; /* 0: not taken yet */
	bool counts;
	const char *why; /* reason, when it doesn't */
	bool delegates;  /* a vote takes the delegated power back for this proposal */
	struct account delegate;
	bool voted; /* a ballot of his stands */
};
MUST_USE bool voting_power(struct voting_power *out, struct exec *x, uint64_t proposal, const struct account *who);

/* The federation has paused the peg (actions PAUSE, RESUME). */
MUST_USE bool dao_peg_paused(const struct state *s);
/* How often it has carried out RESUME, which ends a halt of the peg as well. */
uint64_t dao_peg_resumes(const struct state *s);

/* What COVER_DEFICIT has set aside, per enum cover_source: the peg takes from these accounts at the end of the same block and gives back
 * what it doesn't need; of its donations it may use so much. */
struct account dao_cover_account(enum cover_source source);
struct amount dao_cover_donations(const struct state *s, uint64_t height);

#endif
