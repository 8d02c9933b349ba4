#ifndef TALLY_PLUGINS_PLUGIN_H
#define TALLY_PLUGINS_PLUGIN_H
/* The contract between a rule and its host. A rule is a shared library, C99, freestanding, integers only, that includes this header and
 * nothing else. It exports one function, tally_plugin_entry(), which returns a pointer to a constant descriptor: always the same one, no
 * side effect.
 *
 * A rule answers questions about its own asset, sale or vote. It never changes anything: it returns effects, and the host checks caps,
 * permissions, backing and conservation before it applies them. It has no memory between calls but what it keeps through kv_put().
 *
 * Every function returns 0 for yes, or the number of its reason to refuse: 1 for the first name in the descriptor's list. A service that
 * costs more gas than is left doesn't return: the call ends there and the operation is refused.
 *
 * Compile with the flags of `pkg-config --cflags tallystick-plugin`. They make the compiler call the host once for each block of code,
 * which is how an endless loop ends. */
#include <stddef.h>
#include <stdint.h>

#define TALLY_PLUGIN_MAGIC 0x594c4154u /* "TALY" */
#define TALLY_ABI_MAJOR 1
#define TALLY_ABI_MINOR 0

#define TALLY_NAME_LEN 32 /* of a rule, with the final 0: a-z 0-9 _ */
#define TALLY_REASON_LEN 40
#define TALLY_EFFECTS_MAX 16
#define TALLY_KEY_MAX 64
#define TALLY_VALUE_MAX 1024
#define TALLY_NEVER INT64_MAX /* an expiry that doesn't come */

enum tally_kind {
	TALLY_ISSUE = 1, /* how an asset comes, moves and goes */
	TALLY_SALE = 2,
	TALLY_GOV = 3, /* who has which weight, and what a tally means */
	TALLY_VALSEL = 4,
};

struct tally_account {
	uint8_t type; /* 0 key, 1 policy, 2 module */
	uint8_t id[32];
};

/* What the call is about; from the block and the ledger, the same on every node. */
struct tally_env {
	uint32_t size; /* of this struct; it only grows at its end */
	uint32_t reserved;
	uint64_t height;
	int64_t time; /* seconds since 1970 */
	uint8_t transaction[32];
	uint8_t instance[32]; /* asset id; or the DAO's number in the first four bytes, the sale's in the first eight, little-endian */
	const uint8_t *params; /* given when the asset, DAO or sale was created */
	size_t params_len;
};

struct tally_services;

/* Belongs to the host; good until the call returns. */
struct tally_ctx {
	const struct tally_services *host;
	const struct tally_env *env;
	void *opaque;
};

enum tally_round { TALLY_DOWN = 0, TALLY_UP = 1 };

/* One dated part of a balance. */
struct tally_lot {
	uint64_t amount;
	int64_t available_from;
	int64_t expires_at; /* TALLY_NEVER */
	uint8_t receipt[32]; /* zero for none */
	uint32_t earned;     /* 1 earned, 0 bought */
	uint32_t reserved;
};

/* A thing on record (operation CREATE_ITEM and what follows). */
struct tally_item {
	struct tally_account creator;
	struct tally_account custodian;
	uint64_t entries; /* of its history */
	int64_t created, changed;
	uint8_t document[32]; /* the last hash that was anchored; zero for none */
	uint32_t closed;      /* 1: nothing more can be recorded */
	uint32_t reserved;
};

/* The table only grows at its end: check `size` before calling what a later minor version added. Services that can fail return 1 when
 * they did, what they wrote then being zero. */
struct tally_services {
	uint32_t size;
	uint32_t reserved;
	/* Pay for work of the rule's own. */
	void (*charge)(struct tally_ctx *c, uint64_t gas);
	/* Zeroed memory until the call returns, aligned for anything; there is no free. */
	void *(*alloc)(struct tally_ctx *c, size_t len);
	/* The instance's own storage. kv_get: fails when absent or longer than *len; sets *len. */
	int32_t (*kv_get)(struct tally_ctx *c, void *value, size_t *len, const void *key, size_t key_len);
	/* Fails when key or value is too long, or where the call may not write. len 0 removes. */
	int32_t (*kv_put)(struct tally_ctx *c, const void *key, size_t key_len, const void *value, size_t len);
	/* The least key above `key` (above all when key_len is 0) into key, which holds TALLY_KEY_MAX; fails when there is none. */
	int32_t (*kv_next)(struct tally_ctx *c, void *key, size_t *key_len);
	/* Of the instance's asset; for a DAO, of its electorate's; for a sale, of what is sold. balance counts what can be spent now. */
	int32_t (*balance)(struct tally_ctx *c, uint64_t *out, const struct tally_account *who);
	int32_t (*supply)(struct tally_ctx *c, uint64_t *out);
	/* Voting power at the snapshot of the running vote: own and delegated units, or 1 for a council's member. What holders who
	 * voted themselves took back is not in it. */
	int32_t (*past_votes)(struct tally_ctx *c, uint64_t *out, const struct tally_account *who);
	int32_t (*past_supply)(struct tally_ctx *c, uint64_t *out);
	/* Lot number `index` of a holder in spending order; fails when there is none. */
	int32_t (*lots)(struct tally_ctx *c, struct tally_lot *out, const struct tally_account *who, uint32_t index);
	/* a * mul / div in 128 bits: the only way to divide. Fails for div = 0 and for a result above 2^63-1. */
	int32_t (*muldiv)(struct tally_ctx *c, uint64_t *out, uint64_t a, uint64_t mul, uint64_t div, enum tally_round round);
	void (*sha256)(struct tally_ctx *c, uint8_t out[32], const void *bytes, size_t len);
	/* Add an event to the transaction's result, which names it rule:NAME; NAME: 1 to 26 characters of A-Z 0-9 _; up to 200 bytes. */
	int32_t (*emit)(struct tally_ctx *c, const char *name, const void *bytes, size_t len);
	/* 1 when the account holds a name that the federation or one of its registrars attests, and has held it since the running vote's
	 * snapshot; else 0. A name has one account at a time, so each name counts for one voter. */
	int32_t (*attested)(struct tally_ctx *c, uint32_t *out, const struct tally_account *who);
	/* A thing on record, by its id (32 bytes); fails when there is none. */
	int32_t (*item)(struct tally_ctx *c, struct tally_item *out, const uint8_t *id);
};

/* ---- ISSUE ---- */

/* The operations that an issue rule can be asked about. What its descriptor doesn't list in `ops` takes the host's own course. */
enum tally_issue {
	TALLY_OP_CREATE = 0,
	TALLY_OP_MINT = 1,
	TALLY_OP_BURN = 2,
	TALLY_OP_TRANSFER = 3,
	TALLY_OP_EARN = 4,
	TALLY_OP_REFUND = 5,
	TALLY_OP_REDEEM = 6,
	TALLY_OP_PARAMS = 7, /* may the parameters in env take the place of the asset's own? No effects */
};

/* The asset as it was created. */
struct tally_asset {
	struct tally_account issuer; /* type 255 when renounced */
	uint32_t flags;              /* bits in the order of token/ops.h: transferable 1 … backed 128, minters 256 */
	uint32_t decimals;
	uint64_t cap;
	uint64_t units, sats; /* backed: ratio; else 0 */
};

/* What is asked. Fields that the operation doesn't have are zero. */
struct tally_issue_op {
	uint32_t size;
	uint32_t op; /* enum tally_issue */
	struct tally_asset asset;
	struct tally_account source; /* who signs */
	struct tally_account to;     /* MINT, TRANSFER, EARN; REFUND: the customer */
	uint64_t amount;             /* MINT, BURN, TRANSFER, REDEEM */
	uint64_t coin_max;           /* MINT: most coin that the source pays */
	uint8_t receipt[32];         /* EARN, REFUND */
	uint64_t paid;               /* EARN, REFUND: price of the sale */
	uint64_t with_points;        /* EARN, REFUND: part of it paid with points */
	uint64_t returned_before;    /* REFUND: price of what came back earlier */
	uint64_t returned;           /* REFUND: price of what comes back now */
	uint64_t granted;            /* REFUND: units that the sale earned */
	uint64_t taken;              /* REFUND: units taken back earlier */
	int64_t earned_at;           /* REFUND: time of the EARN */
	uint8_t note[32];            /* REFUND: what EARN left with the receipt */
};

enum tally_effect_kind {
	TALLY_EFFECT_MINT = 1,         /* to, amount, available_from, expires_at (assets with lots), receipt (EARN) */
	TALLY_EFFECT_BURN = 2,         /* from, amount */
	TALLY_EFFECT_BURN_RECEIPT = 3, /* receipt, amount: what was spent of it becomes debt */
	TALLY_EFFECT_MOVE = 4,         /* from, to, amount of its own asset, or with coin = 1 of the source's coin */
};

struct tally_effect {
	uint32_t kind;
	uint32_t coin;
	struct tally_account from, to;
	uint64_t amount;
	int64_t available_from; /* 0: at once */
	int64_t expires_at;     /* rounded up to a UTC day by the host; TALLY_NEVER */
	uint8_t receipt[32];
};

struct tally_effects {
	uint32_t n; /* set by the rule, at most TALLY_EFFECTS_MAX */
	uint32_t reserved;
	struct tally_effect list[TALLY_EFFECTS_MAX]; /* zeroed by the host */
	uint8_t note[32]; /* EARN: kept with the receipt for REFUND, at which rate the units were earned, say */
};

struct tally_issue_functions {
	int32_t (*on)(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op);
};

/* ---- VALSEL ---- */

#define TALLY_CANDIDATES_MAX 256
#define TALLY_VOTE_AGES 12

/* Somebody who would run the engine. */
struct tally_candidate {
	uint8_t key[32];
	struct tally_account owner; /* who registered it */
	uint64_t weight;            /* that DAO 0's members gave it */
	uint64_t power;             /* in the set that runs now; 0: it isn't in it */
	uint64_t bonded;            /* units bonded to it, */
	uint64_t own;               /* the owner's among them */
	uint64_t votes[TALLY_VOTE_AGES]; /* units of ballots for it, by age in whole steps; older ones are gone */
	int64_t registered;         /* time */
};

struct tally_choice {
	uint8_t key[32];
	int64_t power; /* above 0 */
};

struct tally_choices {
	uint32_t n; /* set by the rule, at most TALLY_CANDIDATES_MAX */
	uint32_t reserved;
	struct tally_choice list[TALLY_CANDIDATES_MAX]; /* zeroed by the host; in any order */
};

struct tally_candidates {
	uint32_t size;  /* of this struct */
	uint32_t n;
	uint32_t item_size; /* of struct tally_candidate: it only grows at its end */
	uint32_t reserved;
	const struct tally_candidate *list; /* ascending by key */
};

struct tally_valsel_functions {
	/* Are the parameters of env good? */
	int32_t (*check)(struct tally_ctx *c);
	/* Who runs the engine from now on. The host takes the answer only if it names candidates, each once, with powers above 0 that add up to
	 * less than 2^60, and enough of them; else the set stays as it is. At most a third of the power changes in an epoch: the rest of the way
	 * follows in the next ones. */
	int32_t (*select)(struct tally_ctx *c, struct tally_choices *out, const struct tally_candidates *in);
};

/* ---- GOV ---- */

struct tally_tallies {
	uint64_t in_favour, against, abstain, veto;
	uint64_t base; /* all power at the snapshot */
};

enum tally_verdict {
	TALLY_PASSED = 0,
	TALLY_NO_QUORUM = 1,
	TALLY_REJECTED = 2,
	TALLY_VETOED = 3,
};

struct tally_gov_functions {
	/* Are the parameters of env good for a DAO? base: power that exists now; council: 1 when its electorate is named members. */
	int32_t (*check)(struct tally_ctx *c, uint64_t base, uint32_t council);
	/* Weight of a voter in the running vote. */
	int32_t (*weight)(struct tally_ctx *c, uint64_t *out, const struct tally_account *who);
	/* What the tallies mean. Asked after each vote too, to see whether a quorum is there. The five numbers add up without overflow. */
	int32_t (*outcome)(struct tally_ctx *c, uint32_t *verdict, const struct tally_tallies *t);
};

/* ---- SALE ---- */

/* A sale as its seller declares it: the host keeps it to this. Amounts are base units of the token and of what it is paid with. */
struct tally_sale {
	uint32_t size;
	uint32_t reserved;
	int64_t open, close;         /* open <= time < close */
	uint64_t soft_cap, hard_cap; /* of what is paid in; 1 <= hard_cap */
	uint64_t tokens;             /* most that the seller sets aside for the buyers */
};

/* What follows from the rule's parameters, whatever course the sale takes. */
struct tally_sale_bounds {
	uint64_t tokens_most;   /* no sale up to the hard cap gives more, bonus included: the host locks so many before it opens */
	uint64_t payment_least; /* a payment of this size buys at least one unit at any time; at least 1 */
};

struct tally_sale_buy {
	uint32_t size;
	uint32_t reserved;
	struct tally_sale sale;
	uint64_t payment; /* offered; raised + payment <= hard_cap */
	uint64_t raised;  /* accepted before */
	uint64_t sold;    /* tokens for it */
};

/* At least 1 each. What isn't accepted stays the payer's. */
struct tally_quote {
	uint64_t payment; /* accepted, at most what is offered */
	uint64_t tokens;  /* for it, bonus included */
};

struct tally_sale_functions {
	/* Are the parameters of env good for this sale? */
	int32_t (*check)(struct tally_ctx *c, struct tally_sale_bounds *out, const struct tally_sale *sale);
	/* What a payment buys at env's time. Also asked by people who only want to know. */
	int32_t (*quote)(struct tally_ctx *c, struct tally_quote *out, const struct tally_sale_buy *buy);
};

/* ---- vectors ---- */

/* A vector is a question with the answer that the rule gives to it, for ever: the host asks all of them when it loads the rule, and
 * `tally plugin check` shows which one fails. They are part of the file, so its approved hash covers them. Give at least one for each
 * function, each reason and each edge. What an initializer leaves out is zero, and that is meant to be the usual thing.
 *
 * The services answer from a small world that the vector brings along. */
enum tally_function {
	TALLY_FN_ON = 1,      /* ISSUE */
	TALLY_FN_CHECK = 2,   /* GOV, like the next two */
	TALLY_FN_WEIGHT = 3,
	TALLY_FN_OUTCOME = 4,
	TALLY_FN_TERMS = 5, /* SALE: check */
	TALLY_FN_QUOTE = 6, /* SALE */
	TALLY_FN_PARAMS = 7, /* VALSEL: check */
	TALLY_FN_SELECT = 8, /* VALSEL */
};

/* Expected in place of a reason's number: the host ended the call. */
#define TALLY_STOPPED_GAS (-1)
#define TALLY_STOPPED_MEMORY (-2)
#define TALLY_STOPPED_FUSE (-3)

/* An initializer: the key account whose id begins with byte n. */
#define TALLY_PERSON(n) { 0, { n } }

struct tally_vector_holder {
	struct tally_account who;
	uint64_t balance;
	uint64_t votes; /* at the snapshot */
};

struct tally_vector_item {
	uint8_t id[32];
	struct tally_item item;
};

struct tally_vector_lot {
	struct tally_account who;
	struct tally_lot lot;
};

struct tally_vector_kv {
	const void *key;
	size_t key_len;
	const void *value;
	size_t len;
};

struct tally_vector_event {
	const char *name;
	const void *bytes;
	size_t len;
};

struct tally_vector_world {
	uint64_t supply;
	uint64_t past_supply;
	uint32_t no_asset; /* 1: balance, supply and lots fail */
	uint32_t no_vote;  /* 1: past_votes and past_supply fail; so they do for an ISSUE rule */
	const struct tally_vector_holder *holders; /* who isn't listed has nothing */
	size_t holders_n;
	const struct tally_vector_lot *lots; /* a holder's in spending order */
	size_t lots_n;
	const struct tally_vector_kv *kv; /* what the instance has stored */
	size_t kv_n;
	const struct tally_account *attested; /* who holds an attested name */
	size_t attested_n;
	const struct tally_vector_item *items;
	size_t items_n;
};

struct tally_issue_case {
	struct tally_issue_op op; /* its `size` is set by the host */
	const struct tally_effect *effects; /* the answer, exactly these */
	size_t effects_n;
};

struct tally_gov_case {
	uint64_t base;           /* CHECK */
	uint32_t council;        /* CHECK */
	uint32_t verdict;        /* OUTCOME: the answer */
	struct tally_account who; /* WEIGHT */
	uint64_t weight;         /* WEIGHT: the answer */
	struct tally_tallies tallies; /* OUTCOME */
};

struct tally_valsel_case { /* SELECT */
	const struct tally_candidate *candidates; /* ascending by key */
	size_t candidates_n;
	const struct tally_choice *choices; /* the answer, exactly these in this order */
	size_t choices_n;
};

struct tally_sale_case {
	struct tally_sale sale;          /* its `size` is set by the host */
	uint64_t payment, raised, sold;  /* QUOTE */
	struct tally_sale_bounds bounds; /* TERMS: the answer */
	struct tally_quote quote;        /* QUOTE: the answer */
};

struct tally_vector {
	const char *name;  /* what it shows, under 80 characters */
	uint32_t function; /* enum tally_function */
	int32_t answer;    /* 0, the number of a reason, or TALLY_STOPPED_… */
	uint64_t height;
	int64_t time;
	const uint8_t *params;
	size_t params_len;
	const uint8_t *instance;    /* 32 bytes; NULL for zeros */
	const uint8_t *transaction; /* likewise */
	uint64_t gas_max;           /* 0: the descriptor's */
	const struct tally_vector_world *world; /* NULL: nobody has anything */
	/* After an answer of 0: all that the instance has stored then, and the events, exactly these. kv_after NULL: as before. */
	const struct tally_vector_kv *kv_after;
	size_t kv_after_n;
	const struct tally_vector_event *events;
	size_t events_n;
	/* The question and what the answer holds; the one of the rule's kind. */
	const struct tally_issue_case *issue;
	const struct tally_gov_case *gov;
	const uint8_t *note; /* ISSUE: the note that is left, 32 bytes; NULL for zeros */
	const struct tally_sale_case *sale;
	const struct tally_valsel_case *valsel;
};

/* ---- helpers ---- */

static inline uint64_t
tally_read(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static inline void
tally_write(uint8_t *p, uint64_t v, unsigned bytes)
{
	unsigned i;

	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline int
tally_same_account(const struct tally_account *a, const struct tally_account *b)
{
	unsigned i, differ = a->type ^ b->type;

	for (i = 0; i < sizeof(a->id); i++)
		differ |= (unsigned)(a->id[i] ^ b->id[i]);
	return differ == 0;
}

/* ---- descriptor ---- */

struct tally_plugin {
	uint32_t magic;
	uint16_t abi_major, abi_minor;
	uint32_t size; /* of this struct */
	uint32_t kind; /* enum tally_kind */
	char name[TALLY_NAME_LEN];
	uint16_t major, minor, patch, reserved;
	uint64_t gas_max;   /* for one call; the host's own limit holds too */
	uint32_t alloc_max; /* bytes for one call */
	uint32_t ops;       /* ISSUE: bit 1 << enum tally_issue for each operation it answers */
	/* Names of refusals, A-Z 0-9 _, under TALLY_REASON_LEN, ended by NULL. */
	const char *const *reasons;
	const struct tally_issue_functions *issue; /* ISSUE */
	const struct tally_gov_functions *gov;     /* GOV */
	const struct tally_vector *vectors;
	uint32_t vectors_n;
	uint32_t vector_size; /* sizeof(struct tally_vector): it only grows at its end */
	const struct tally_sale_functions *sale; /* SALE */
	const struct tally_valsel_functions *valsel; /* VALSEL */
};

/* Both for a table that is an array; a descriptor says TALLY_VECTORS(table). */
#define TALLY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TALLY_VECTORS(table) .vectors = (table), .vectors_n = TALLY_COUNT(table), .vector_size = sizeof(struct tally_vector)

/* Unit tests compile a rule in under another name. */
#ifndef TALLY_PLUGIN_ENTRY
#define TALLY_PLUGIN_ENTRY tally_plugin_entry
#endif

#define TALLY_EXPORT __attribute__((visibility("default")))

TALLY_EXPORT const struct tally_plugin *TALLY_PLUGIN_ENTRY(void);

#endif
