#ifndef TALLY_TESTS_DAO_WORLD_H
#define TALLY_TESTS_DAO_WORLD_H
/* Shorter ways to say what people do in a DAO. holders_terms(): 40 % quorum, simple majority, veto above 33.4 %; voting 100 s, timelock 50 s,
 * grace 1,000 s, no delay, no deposit. */
#include "tests/unit/world.h"

struct dao_action text_action(const char *text);
const char *propose_with(struct world *w, size_t person, uint32_t dao, const struct dao_action *actions, size_t n, uint64_t deposit);
const char *propose(struct world *w, size_t person, uint32_t dao, uint8_t kind, struct wr *body);
const char *propose_text(struct world *w, size_t person, uint32_t dao);
const char *cast(struct world *w, size_t person, uint64_t proposal, uint16_t in_favour, uint16_t against, uint16_t abstain, uint16_t veto);
const char *yes(struct world *w, size_t person, uint64_t proposal);
const char *no(struct world *w, size_t person, uint64_t proposal);
const char *act(struct world *w, size_t person, uint16_t number, uint64_t proposal);
const char *pay_in(struct world *w, size_t person, uint64_t proposal, uint64_t amount);
const char *delegate(struct world *w, size_t from, const struct asset_id *a, size_t to);
struct proposal proposal_now(const struct world *w, uint64_t number);
void expect(const struct world *w, uint64_t number, enum proposal_state state, const char *reason);
struct op_create_dao holders_terms(const struct asset_id *a);
const char *create_dao(struct world *w, uint32_t *number, size_t person, const struct op_create_dao *t);
/* 100, 200, 300, 400 units at people 1..4, a DAO of the holders, one block later. */
uint32_t holders(struct world *w, struct asset_id *a);

/* An action with a payload that is encoded already; it stays the caller's. */
struct dao_action action_of(enum action_kind kind, const struct wr *payload);
/* PARAM of the chain. body is the payload's room, to be cleared. */
struct dao_action param_action(struct wr *body, const char *name, uint64_t value);
/* The council (people 0, 1) decides on a proposal that is put now, and it is carried out: what EXECUTE says. */
const char *council_does(struct world *w, const struct dao_action *actions, size_t n);

#endif
