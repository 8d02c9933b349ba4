#ifndef TALLY_BRIDGE_SIGNER_LINK_H
#define TALLY_BRIDGE_SIGNER_LINK_H
/* The daemon's side of its member's signer: shows it the plans of the ledger that wait for its signature, asks it for fee votes and for
 * endorsements of addresses, and submits what it signs. When it refuses a plan for the sake of one that is dead, it is shown the proof of that. The signer may come and go; on regtest it may live inside (builtin). */
#include <event2/event.h>

#include "bridge/complaint.h"
#include "bridge/engine.h"
#include "bridge/peg/vault.h"

struct mainchain;
struct relayer;
struct signer_link;

struct signer_link_options {
	struct event_base *base; /* borrowed, as all here */
	struct ledger *ledger;
	struct store *store;
	struct engine *engine;
	struct relayer *relayer;
	struct mainchain *mainchain;
	const struct peg_params *params;
	const struct federation *federation;
	uint32_t fee_rate;          /* to vote for, sat per 1,000 virtual bytes; 0: from recent blocks */
	const char *const *signers; /* paths of sockets, or "builtin" */
	size_t signers_n;
	const char *keys; /* folder with signer*.json, for builtin */
};

MUST_USE bool signer_link_open(struct signer_link **out, struct complaint *why, const struct signer_link_options *o);
/* NULL is fine. */
void signer_link_close(struct signer_link *l);

/* Have a member endorse an address, so that every node watches it (INTENT). done is called once, now or later: NULL when the ledger knows it,
 * else why not, for a person (borrowed). l may be NULL. */
typedef void signer_link_done_fn(void *context, const char *why);
void signer_link_endorse(struct signer_link *l, const struct deposit_terms *terms, signer_link_done_fn *done, void *context);

/* One signer as getpegstatus shows it. */
struct signer_link_info {
	const char *where; /* path or "builtin"; borrowed */
	bool there;
	uint8_t member;      /* when it is there */
	const char *trouble; /* last refusal; "" for none; borrowed */
};
size_t signer_link_count(const struct signer_link *l);
struct signer_link_info signer_link_at(const struct signer_link *l, size_t i);

#endif
