#ifndef TALLY_TOKEN_PLUGIN_HOST_H
#define TALLY_TOKEN_PLUGIN_HOST_H
/* Calling a rule: services, gas, the fuse. What a rule answers is not believed here either: effects.h checks and applies it.
 *
 * A call ends early, and is refused, when it runs out of gas (RULE_GAS), when the compiler's coverage hook has counted too many blocks of
 * code or the stack grows too deep (RULE_FUSE), or when it wants too much memory (RULE_MEMORY). The limits below are the host's; a
 * descriptor may ask for less. They are part of the consensus. */
#include "plugins/plugin.h"
#include "token/asset.h"
#include "token/statekey.h"

/* In front of the name of each event that a rule emits: none looks like the host's own. */
#define RULE_EVENT_PREFIX "rule:"

#define RULE_GAS_MAX 1000000
#define RULE_FUSE_MAX 2000000
#define RULE_STACK_MAX 131072
#define RULE_ALLOC_MAX 65536

/* Prices of services; `byte` is added for each byte that is read, written or hashed. */
enum rule_gas {
	GAS_CALL = 100,
	GAS_ALLOC = 10,
	GAS_KV_GET = 200,
	GAS_KV_PUT = 1000,
	GAS_KV_NEXT = 300,
	GAS_BALANCE = 200,
	GAS_SUPPLY = 100,
	GAS_PAST_VOTES = 500,
	GAS_LOTS = 300,
	GAS_MULDIV = 5,
	GAS_SHA256 = 60,
	GAS_EMIT = 200,
	GAS_ATTESTED = 1000,
	GAS_ITEM = 300,
	GAS_BYTE = 1,
	GAS_BYTE_STORED = 10,
};

/* Voting power in the running vote, as the host counts it. */
struct rule_electorate {
	uint64_t snapshot; /* height; UINT64_MAX: now */
	uint64_t (*power)(const struct rule_electorate *e, const struct state *s, const struct account *who);
	uint64_t total;
};

/* Whose rule is called. */
struct rule_instance {
	char scope; /* 'a' asset, 'd' DAO, 's' sale, 'v' validators */
	struct hash256 id;
	const uint8_t *params; /* borrowed */
	size_t params_len;
	const struct asset *asset;                /* borrowed; for balance, supply, lots; NULL where there is none */
	const struct rule_electorate *electorate; /* borrowed; NULL where no vote runs */
	bool may_write;                           /* kv_put and emit work */
	/* For vectors (plugin_vectors.h); NULL and 0 in a ledger. Borrowed. */
	const struct tally_services *services;  /* in place of the ledger's */
	const struct tally_vector_world *world; /* what they answer from */
	uint64_t gas_max;                       /* a lower limit than the descriptor's; 0: none */
};

/* NULL; the rule's own reason; RULE_GAS, RULE_FUSE, RULE_MEMORY; RULE_BAD_ANSWER for an unknown number of a reason or too many effects. */
MUST_USE const char *plugin_issue(struct tally_effects *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
				  const struct tally_issue_op *op);
MUST_USE const char *plugin_gov_check(struct exec *x, const struct tally_plugin *p, const struct rule_instance *i, uint64_t base, bool council);
MUST_USE const char *plugin_gov_weight(uint64_t *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
				       const struct account *who);
MUST_USE const char *plugin_gov_outcome(enum tally_verdict *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
					const struct tally_tallies *t);

/* Bounds and quotes are looked at: RULE_BAD_ANSWER for amounts of 0, above AMOUNT_MAX, or for more accepted than was offered. */
MUST_USE const char *plugin_sale_check(struct tally_sale_bounds *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
				       const struct tally_sale *sale);
MUST_USE const char *plugin_sale_quote(struct tally_quote *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
				       const struct tally_sale_buy *buy);

/* candidates: ascending by key, at most TALLY_CANDIDATES_MAX. What the rule answers isn't looked at, but for RULE_BAD_ANSWER when there are too
 * many choices. */
MUST_USE const char *plugin_valsel_check(struct exec *x, const struct tally_plugin *p, const struct rule_instance *i);
MUST_USE const char *plugin_valsel(struct tally_choices *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
				   const struct tally_candidate *list, size_t n);

/* Gas that the last call used, for tests and reports. */
uint64_t plugin_gas_used(void);

/* For plugin_fuse.c: a block of code begins, with the stack at `frame`. */
void plugin_fuse_burn(const void *frame);

/* The name of a rule's answer: NULL for 0, RULE_BAD_ANSWER for what isn't in its list. */
const char *plugin_reason(const struct tally_plugin *p, int32_t answer);

/* The state key that an instance's own storage starts with. */
struct statekey rule_storage_prefix(const struct rule_instance *i);

struct tally_account rule_account(const struct account *a);
/* False for an unknown type. */
MUST_USE bool rule_account_back(struct account *out, const struct tally_account *a);

#endif
