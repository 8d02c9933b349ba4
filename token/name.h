#ifndef TALLY_TOKEN_NAME_H
#define TALLY_TOKEN_NAME_H
/* Names (letter n): an account may hold one name, and a name has one account, whoever attested it. Attesters are the federation's members,
 * which are those of DAO 0's council, and the registrars that DAO 0 appoints by the action REGISTRAR.
 *
 * A name counts only while who attested it is still an attester: a registrar's dismissal takes effect on all of his names at once. Such a
 * name stays with its account until another attester takes it over, revokes it or gives it away.
 *
 * Syntax: 3 to 32 of a-z 0-9 -, a letter first, no - at the end, no --, not beginning with tly (an address does). Names that look alike are
 * one name: hyphens don't count, 0 is o, 1 and i are l, 5 is s, rn is m, vv is w. Only one of them can be taken.
 *
 * | operation     | who | reasons to refuse, besides BAD_PAYLOAD |
 * |---------------|-----|-----------------------------------------|
 * | ATTEST_NAME   | an attester; again with another name: renames whom he named | NOT_ATTESTER BAD_NAME NOT_A_RECIPIENT NAME_TAKEN ACCOUNT_NAMED NO_CHANGE |
 * | REVOKE_NAME   | who attested it; any attester once that one is none any more | NO_NAME NOT_ATTESTER |
 * | RENOUNCE_NAME | the account | NO_NAME |
 *
 * Events. NAMED: account, attester, name varbytes. UNNAMED: account, name varbytes. REGISTRAR: account, appointed u8. */
#include "token/action.h"
#include "token/ops_name.h"

struct name {
	char text[NAME_MAX + 1];
	struct account holder, attester;
	uint64_t since; /* height of the block from which on this attester has attested it */
	struct unixtime since_time;
	bool attested; /* the attester is one still */
};

extern const struct module name_module;

MUST_USE bool name_valid(const char *p, size_t len);
/* What names that look alike have in common; returns its length, at most len. The name is valid. */
size_t name_skeleton(char out[NAME_MAX], const char *p, size_t len);

/* The account's name, attested or not. */
MUST_USE bool name_of(struct name *out, const struct state *s, const struct account *who);
/* Whose name this is, exactly so; needs no final 0. */
MUST_USE bool name_find(struct name *out, const struct state *s, const char *p, size_t len);
/* Has it been attested since that height, and is it still? UINT64_MAX: now. */
MUST_USE bool name_attested_at(const struct state *s, const struct account *who, uint64_t height);

MUST_USE bool name_is_registrar(const struct state *s, const struct account *who);
/* A registrar, or a member of DAO 0's council. */
MUST_USE bool name_may_attest(const struct state *s, const struct account *who);

/* All names in the order of their skeletons. */
struct name_walk {
	struct state_walk walk;
};
/* after: "" or a name; only what comes behind it. */
void name_walk_init(struct name_walk *w, const struct state *s, const char *after);
MUST_USE bool name_walk_next(struct name_walk *w, struct name *out);

/* All registrars, by account. */
void registrar_walk_init(struct state_walk *w, const struct state *s);
MUST_USE bool registrar_walk_next(struct state_walk *w, struct account *out, struct unixtime *since);

/* For the table of actions. */
MUST_USE const char *registrar_check(const struct exec *x, const struct dao *d, const struct op_blob *payload);
MUST_USE const char *registrar_apply(struct exec *x, const struct dao *d, const struct op_blob *payload);

#endif
