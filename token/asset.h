#ifndef TALLY_TOKEN_ASSET_H
#define TALLY_TOKEN_ASSET_H
/* Assets (letter a). Anyone creates one for the creation fee; its id is taggedhash("tally/asset", transaction id | operation index
 * u32): known before anybody signs, never the same twice, so nobody can take over a name. What it may ever do, and what may be changed
 * later and by whom, is fixed at creation.
 *
 * Genesis section: creation fee u64, in satoshi; absent: 0.
 *
 * | operation  | who                                | reasons to refuse, besides ASSET_UNKNOWN, BAD_PAYLOAD, INSUFFICIENT_BALANCE |
 * |------------|------------------------------------|------------------------------------------------------------------------------|
 * | CREATE     | anyone                             | BAD_TICKER BAD_NAME BAD_FLAGS BAD_CHANGES BAD_DECIMALS BAD_CAP BAD_RATIO BAD_NOTICE DAO_UNKNOWN ASSET_EXISTS |
 * | MINT       | issuer; anyone if backed; who the rule says if `minters` | NOT_ISSUER CAP_EXCEEDED NO_PERMIT COIN_LIMIT ZERO_AMOUNT ASSET_PAUSED ACCOUNT_FROZEN |
 * | BURN       | holder                             | USE_REDEEM ZERO_AMOUNT                                                       |
 * | TRANSFER   | holder                             | NOT_TRANSFERABLE CLOSED_LOOP NOT_A_RECIPIENT ASSET_PAUSED ACCOUNT_FROZEN     |
 * | RENOUNCE, FREEZE, UNFREEZE, PAUSE, CLAWBACK | issuer    | NOT_ISSUER NOT_FREEZABLE ALREADY_FROZEN NOT_PAUSABLE NO_CLAWBACK NOT_FROZEN BAD_UNTIL |
 * | SET_ISSUER, SET_DAO, SET_PARAMS, SET_NAME   | issuer    | NOT_ISSUER NOT_DECLARED NO_CHANGE NOT_A_RECIPIENT DAO_UNKNOWN DAO_SET PARAMS_FIXED BAD_NAME and the rule's |
 *
 * Without an issuer (renounced) nothing is frozen or paused any more: nobody could end it. */
#include "token/ops.h"

struct asset {
	struct asset_id id;
	struct account creator;
	struct account issuer;
	bool renounced; /* nobody is the issuer any more */
	uint16_t flags; /* enum asset_flag */
	uint8_t decimals;
	struct amount cap;
	char ticker[ASSET_TICKER_MAX + 1];
	char name[ASSET_NAME_MAX + 1];
	char rule[RULE_NAME_MAX + 1]; /* "" for none */
	uint16_t rule_major;
	uint32_t dao;         /* ASSET_NO_DAO */
	uint64_t units, sats; /* backed */
	uint32_t freeze_notice;
	uint16_t changes;
	uint32_t change_notice;
	struct unixtime created;
	struct unixtime paused_until;    /* first second at which it moves again */
	struct unixtime next_pause_from; /* the issuer can't pause again before */
	size_t params_len;
	uint8_t params[RULE_PARAMS_MAX];
	/* What takes the place of params from next_from on; 0: nothing has been announced. */
	struct unixtime next_from;
	size_t next_len;
	uint8_t next[RULE_PARAMS_MAX];
};

extern const struct module asset_module;

/* The coin has a record of the host's own making: ticker COIN, 8 decimals, transferable, no issuer. False for an unknown id. */
MUST_USE bool asset_get(struct asset *out, const struct state *s, const struct asset_id *id);
void asset_put(struct state *s, const struct asset *a);
/* The same for a new one: it can be found by its ticker from then on. */
void asset_put_new(struct state *s, const struct asset *a);

/* How many assets but the coin have a ticker, 2 for more; *out: the first of them. */
size_t asset_find_ticker(struct asset *out, const struct state *s, const char *ticker);

/* All assets but the coin, by id. */
struct asset_walk {
	struct state_walk walk;
};
void asset_walk_init(struct asset_walk *w, const struct state *s);
MUST_USE bool asset_walk_next(struct asset_walk *w, struct asset *out);

MUST_USE bool asset_is_issuer(const struct asset *a, const struct account *who);
MUST_USE bool asset_is_paused(const struct asset *a, struct unixtime now);
/* Its units can't move: notice is over. *from: when the freeze starts or started, also during the notice. */
MUST_USE bool asset_is_frozen(const struct state *s, struct unixtime *from, const struct asset *a, const struct account *who, struct unixtime now);

/* The parameters in force at a time, borrowed from a. */
struct op_blob asset_params(const struct asset *a, struct unixtime now);

/* A change of what may change. In `value`: an account (33 bytes), a DAO's number u32, the rule's parameters, a name. */
struct asset_change {
	struct asset_id asset;
	enum asset_part part;
	bool by_dao;  /* else by `issuer` */
	uint32_t dao;
	struct account issuer;
	struct op_blob value; /* borrowed */
};
/* NULL, or why not: ASSET_UNKNOWN, NOT_ISSUER or FOREIGN_ASSET for the wrong one, NOT_DECLARED, BAD_CHANGE for malformed values,
 * NO_CHANGE, RENOUNCED, and those of SET_… above. New parameters come into force after the asset's notice; others that are
 * announced meanwhile take their place with a notice of their own, and the old ones take them back. */
MUST_USE const char *asset_may_change(const struct exec *x, const struct asset_change *c);
MUST_USE const char *asset_change(struct exec *x, const struct asset_change *c);

/* May `who` be sent something by a person? Keys and policies may; of module accounts only the treasuries of DAOs. */
MUST_USE bool asset_may_receive(const struct state *s, const struct account *who);

/* NULL, or why these flags forbid the move now. Funds are not looked at. */
MUST_USE const char *asset_may_move(const struct exec *x, const struct asset *a, const struct account *from, const struct account *to);

/* For the peg: coin that `to` holds becomes as many units of a backed asset as it pays for; what is too little for one more unit stays
 * coin. NULL, or why not; then nothing has changed and `to` still has the coin. */
MUST_USE const char *asset_mint_backed(struct exec *x, struct amount *minted, const struct asset_id *asset, const struct account *to,
				       struct amount coin);

#endif
