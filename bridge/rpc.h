#ifndef TALLY_BRIDGE_RPC_H
#define TALLY_BRIDGE_RPC_H
/* JSON-RPC 2.0 (1.0 accepted): tables of methods, and calls under way. A table says all there is to say about a method: the
 * daemon's checks of parameters, `help`, `tally help`, the command line's arguments, completion and the manual come from it.
 *
 * A handler gets a call whose parameters fit the table, and answers it once, now or later, by rpc_answer() or rpc_fail(): the
 * call is gone then. It need not care whether the client is still there. */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/amount.h"
#include "base/compiler.h"
#include "base/hash.h"
#include "chain/key.h"
#include "token/account.h"

struct node;
struct rpc;
struct rpc_call;

enum rpc_kind {
	RPC_TEXT,    /* a string */
	RPC_COUNT,   /* a whole number, 0..2^53 - 1 */
	RPC_BOOL,
	RPC_AMOUNT,  /* a decimal string in whole units of an asset; rpc_amount() knows the decimals */
	RPC_HASH,    /* 64 hex digits in byte order: ids of the sidechain */
	RPC_TXID,    /* 64 hex digits byte-reversed, as the main chain shows its ids */
	RPC_KEY,     /* an x-only public key, 64 hex digits */
	RPC_HEX,     /* bytes, at most RPC_HEX_MAX */
	RPC_ACCOUNT, /* tly1…, the label of an account of the wallet, or @name */
	RPC_JSON,    /* an object or array, for the handler to check */
};

#define RPC_HEX_MAX 400000 /* bytes */

struct rpc_param {
	const char *name;
	enum rpc_kind kind;
	bool required;        /* required ones come first */
	const char *help;     /* a line */
	const char *fallback; /* what is meant when it is left out, for people; NULL for nothing */
};

enum rpc_needs {
	RPC_NEEDS_NOTHING = 0,
	RPC_NEEDS_LEDGER = 1, /* refused by a daemon that runs as a light client only */
	RPC_NEEDS_SYNC = 2,   /* refused (code 4) while the main chain is not synced */
	RPC_NEEDS_WALLET = 4, /* refused when there is no wallet file; it may still be locked */
	RPC_SECRET = 8,       /* parameters are never logged, and the command line asks for them without echo */
};

typedef void rpc_handler(struct rpc_call *c);

struct rpc_method {
	const char *name;
	const char *area;    /* "node", "main chain", "sidechain", "keys", "assets", "loyalty", "peg", "DAO", "plugins"… */
	const char *summary; /* one line */
	const char *help;    /* what it does, what comes back, in plain sentences; may be NULL */
	const char *example; /* arguments as for the command line, "" for none */
	const struct rpc_param *params;
	size_t params_n;
	unsigned needs; /* enum rpc_needs, or-ed */
	rpc_handler *run;
};

/* Tables are listed in rpc_methods.c; each has a final entry without a name. */
extern const struct rpc_method *const rpc_tables[];

/* NULL when there is no such method. */
const struct rpc_method *rpc_find_method(const struct rpc_method *const *tables, const char *name);
/* The known name nearest to a mistyped one; NULL when none is near. */
const char *rpc_nearest_method(const struct rpc_method *const *tables, const char *name);

/* JSON-RPC's own codes, and those of ours: equal to the exit code of the command line. */
enum rpc_code {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_NO_METHOD = -32601,
	RPC_BAD_PARAMS = -32602,
	RPC_INTERNAL = -32603,
	RPC_REFUSED = 1,
	RPC_NOT_READY = 4,
	RPC_TIMED_OUT = 5,
	RPC_CORRUPT = 6,
};

/* Zeroed memory that goes with the call: what a handler that answers later needs to remember. A call that is still open when
 * the daemon ends is dropped with it. */
void *rpc_alloc(struct rpc_call *c, size_t size);

/* End a call. result is stolen. */
void rpc_answer(struct rpc_call *c, json_t *result);
/* reason: a name for programs ("INSUFFICIENT_BALANCE"); hint: what to do, NULL for nothing; then the message. */
void rpc_fail(struct rpc_call *c, enum rpc_code code, const char *reason, const char *hint, const char *fmt, ...)
	PRINTF_LIKE(5, 6);
/* For what other parts complain about. */
struct complaint;
void rpc_complain(struct rpc_call *c, const struct complaint *why);
/* The usual way for a parameter that the table alone could not check. */
void rpc_bad_param(struct rpc_call *c, const char *param, const char *hint, const char *why);

struct node *rpc_node(const struct rpc_call *c);

/* Parameters by name; asking for one that the table does not list is a mistake of ours. All results are borrowed from the
 * call. */
MUST_USE bool rpc_has(const struct rpc_call *c, const char *name);
const char *rpc_text(const struct rpc_call *c, const char *name); /* NULL when absent */
uint64_t rpc_count(const struct rpc_call *c, const char *name, uint64_t fallback);
bool rpc_bool(const struct rpc_call *c, const char *name, bool fallback);
const uint8_t *rpc_hex(const struct rpc_call *c, const char *name, size_t *len); /* NULL when absent */
json_t *rpc_json(const struct rpc_call *c, const char *name);                    /* NULL when absent */
/* False, with *out untouched, when absent. hash: RPC_HASH or RPC_TXID. */
MUST_USE bool rpc_hash(struct hash256 *out, const struct rpc_call *c, const char *name);
MUST_USE bool rpc_key(struct xonly_key *out, const struct rpc_call *c, const char *name);
MUST_USE bool rpc_account(struct account *out, const struct rpc_call *c, const char *name);
/* A text from elsewhere: an address, or the label of an account of the wallet. */
MUST_USE bool rpc_account_named(struct account *out, const struct rpc_call *c, const char *text);
/* False: the amount is absent or wrong and *the call has been answered*: return at once. */
MUST_USE bool rpc_amount(struct amount *out, struct rpc_call *c, const char *name, unsigned decimals);

/* Is the text absent, or one of choices ("OPEN, CLOSED"; in small letters too)? False: *the call has been answered*. */
MUST_USE bool rpc_one_of(struct rpc_call *c, const char *name, const char *choices);

/* Pieces of answers. */
json_t *json_amount(struct amount a, unsigned decimals);
json_t *json_hash(const struct hash256 *h);         /* byte order */
json_t *json_display_hash(const struct hash256 *h); /* byte-reversed */
json_t *json_hex(const void *bytes, size_t len);
json_t *json_key(const struct xonly_key *k);
json_t *json_account(const struct node *n, const struct account *a);

#endif
