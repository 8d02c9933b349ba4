#ifndef TALLY_TOKEN_MODULE_H
#define TALLY_TOKEN_MODULE_H
/* What the ledger and its modules say to each other. A module owns the state keys that start with its letter, and the
 * operations in its table. It sees operations and the block's environment, nothing else: no clock, no file, no peer.
 *
 * Letters: l ledger (nonces, parameters), b balances, a assets, t lots, s sales, o offers, i items, n names, g governance,
 * v validators, r plugins, p peg. */
#include "base/clock.h"
#include "token/state.h"
#include "token/transaction.h"

/* The block that is being made. */
struct block_env {
	struct hash256 genesis_id;
	uint64_t height;
	struct unixtime time;
	struct hash256 previous;          /* hash of the block before */
	struct hash256 previous_app_hash; /* state root after it */
	const char *account_hrp;          /* "tly" or "tlyr", borrowed */
	bool regtest;
};

/* Everything an operation may touch. */
struct exec {
	struct state *state;
	const struct block_env *env;
	struct hash256 transaction; /* id of the running transaction; zero in end_block */
	uint32_t op_index;
	uint64_t payer_nonce;
	struct wr *events;   /* owned by the ledger; write with exec_event(). May be NULL: nobody listens */
	struct wr *accounts; /* likewise; exec_involve() */
};

/* Append an event: a name and a body in the module's own format. Events are part of the result that the block commits to. In
 * bytes: name varbytes | body varbytes. */
void exec_event(struct exec *x, const char *name, const void *body, size_t len);

/* This account's history names the running transaction (in end_block: the block). Payer and sources are there already; an
 * operation adds who receives. Not part of what the block commits to. */
void exec_involve(struct exec *x, const struct account *who);

/* Read the next of a result's events; the body is borrowed from it. False at the end, and for what isn't an event. */
#define EVENT_NAME_MAX 31
struct event {
	char name[EVENT_NAME_MAX + 1];
	const uint8_t *body;
	size_t len;
};
MUST_USE bool event_next(struct event *out, struct rd *events);

struct op_info {
	uint16_t number;
	const char *name; /* "TRANSFER" */
	bool relay;       /* travels in a relay transaction, else in a signed one */
	const char *(*apply)(struct exec *x, const struct op *op); /* NULL, or the refusal */
};

/* A refusal is a static reason name such as "INSUFFICIENT_BALANCE"; NULL is success. After a refusal the ledger rolls the whole
 * transaction back, so an operation may stop half way. */
struct module {
	const char *name;
	char letter;
	const struct op_info *ops;
	size_t ops_n;

	/* Put the module's first keys; section is its part of the genesis (format of its own), len 0 when absent. */
	const char *(*genesis)(struct exec *x, const uint8_t *section, size_t len);
	/* Before the first transaction of each block: forget what questions and trials have left outside of the state; may be NULL. */
	void (*begin_block)(void);
	/* After the last transaction of each block; may be NULL. */
	void (*end_block)(struct exec *x);
	/* Block time at which the module wants a block even if nobody sends anything; false for none. May be NULL. */
	bool (*next_deadline)(const struct state *s, struct unixtime *out);
	/* NULL when all numbered invariants hold, else a sentence naming the one that does not. Run after every block (all of
	 * them in tests after every operation). May be NULL. `deep` also scans what grows with the ledger. */
	const char *(*invariants)(const struct state *s, bool deep);
	/* The deep invariants, as far as what was written since the state was last settled can have broken them: they held then. Run after
	 * every block. May be NULL: nobody looks deep but tests, and the start of a chain. */
	const char *(*changed)(const struct state *s);
};

#endif
