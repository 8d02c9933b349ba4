#ifndef TALLY_TOKEN_PLUGIN_VECTORS_H
#define TALLY_TOKEN_PLUGIN_VECTORS_H
/* The vectors that a rule carries (plugins/plugin.h): asked as the ledger asks, with the same services, gas and limits, but from the small world
 * that each vector brings. No ledger is needed. Each vector runs twice, over a stack filled with zeros and with 0xaa: the answers must agree. */
#include "base/hash.h"
#include "plugins/plugin.h"
#include "token/plugin_host.h"

struct vectors_report {
	size_t n;              /* that held */
	struct hash256 digest; /* over all answers, with the gas that they cost: the same on every machine and for every compiler */
	char why[300];         /* when one didn't hold: which, and what came instead */
};

/* False when one doesn't hold; a rule without vectors has none that doesn't. */
MUST_USE bool plugin_vectors_hold(struct vectors_report *out, const struct tally_plugin *p);


/* Ask one question, over a stack filled with a byte, and append what came of it, whatever the vector expects. The question must be one: of the
 * rule's kind, with the case that belongs to it. */
void plugin_vector_answer(struct wr *out, const struct tally_plugin *p, const struct tally_vector *v, int fill);

/* The services of a ledger, but that those which tell about it answer from the world of the instance. */
struct tally_services plugin_scripted_services(void);

#endif
