#ifndef TALLY_TOKEN_OPS_H
#define TALLY_TOKEN_OPS_H
/* The operations of assets, loyalty and governance: numbers, payloads, encoders and decoders. What an operation does and who may send
 * it stands with its module (asset.h, loyalty.h, dao.h); byte tables are in doc/formats.md.
 *
 * A decoder takes the whole payload and refuses anything but the one valid encoding: wrong length, amounts above 2^63-1, texts and lists
 * over their limits. Texts and blobs are borrowed from the payload. An encoder appends to w and trusts its caller: the decoder is the
 * judge. */
#include <string.h>

#include "base/clock.h"
#include "token/bank.h"

enum op_number {
	OP_CREATE = 1,
	OP_MINT = 2,
	OP_BURN = 3,
	OP_TRANSFER = 4,
	OP_SET_ISSUER = 5,
	OP_RENOUNCE = 6,
	OP_FREEZE = 7,
	OP_UNFREEZE = 8,
	OP_PAUSE = 9,
	OP_CLAWBACK = 10,
	OP_SET_DAO = 11,
	OP_SET_PARAMS = 12,
	OP_SET_NAME = 13,

	OP_EARN = 20,
	OP_REFUND = 21,
	OP_REDEEM = 22,

	OP_CREATE_DAO = 30,
	OP_PROPOSE = 31,
	OP_ADD_DEPOSIT = 32,
	OP_VOTE = 33,
	OP_CANCEL = 34,
	OP_EXECUTE = 35,
	OP_DELEGATE = 36,
	OP_GUARDIAN_VETO = 37,

	/* payloads in ops_sale.h */
	OP_CREATE_SALE = 40,
	OP_BUY = 41,
	OP_CLOSE_SALE = 42,
	OP_CLAIM = 43,
	OP_CANCEL_SALE = 44,

	OP_OFFER = 50,
	OP_TAKE = 51,
	OP_CANCEL_OFFER = 52,

	OP_CREATE_ITEM = 60,
	OP_RECORD_EVENT = 61,
	OP_HANDOVER = 62,
	OP_ACCEPT_ITEM = 63,
	OP_SET_ATTESTER = 64,

	OP_ATTEST_NAME = 70,
	OP_REVOKE_NAME = 71,
	OP_RENOUNCE_NAME = 72,

	OP_REGISTER_VALIDATOR = 80,
	OP_RETIRE_VALIDATOR = 81,
	OP_BOND = 82,
	OP_UNBOND = 83,
	OP_WITHDRAW = 84,
	OP_VOTE_VALIDATORS = 85,
	OP_EVIDENCE = 86,
	OP_UNJAIL = 87,
};

struct op_text {
	const char *p; /* borrowed, not terminated */
	size_t len;
};
struct op_blob {
	const uint8_t *p; /* borrowed */
	size_t len;
};
#define OP_TEXT(s) ((struct op_text){ (s), strlen(s) })

/* ---- assets ---- */

enum asset_flag {
	ASSET_TRANSFERABLE = 1, /* holders may send it to anyone */
	ASSET_FREEZABLE = 2,    /* the issuer may freeze an account, after the notice declared at creation */
	ASSET_PAUSABLE = 4,     /* the issuer may stop all movement for a limited time */
	ASSET_CLAWBACK = 8,     /* the issuer may take back from a frozen account */
	ASSET_VOTES = 16,       /* balances are voting power */
	ASSET_LOTS = 32,        /* units carry dates */
	ASSET_CLOSED_LOOP = 64, /* holders may send it to the issuer alone */
	ASSET_BACKED = 128,     /* `units` of it stand for `sats` of coin in its backing account */
	ASSET_MINTERS = 256,    /* its rule says who mints, not the host: others than the issuer, say */
};
#define ASSET_FLAGS_ALL 511

/* What may be changed after creation, and by whom, is declared at creation: two bits for each part, ASSET_BY_… << 2 * part. */
enum asset_part {
	ASSET_PART_ISSUER = 0,
	ASSET_PART_DAO = 1, /* by the issuer: named once, later than at creation; by the DAO: handed over to another */
	ASSET_PART_PARAMS = 2,
	ASSET_PART_NAME = 3,
};
#define ASSET_PARTS 4
#define ASSET_BY_ISSUER 1
#define ASSET_BY_DAO 2
#define ASSET_CHANGES_ALL ((1 << 2 * ASSET_PARTS) - 1)

#define ASSET_TICKER_MAX 12
#define ASSET_NAME_MAX 64
#define RULE_NAME_MAX 31
#define RULE_PARAMS_MAX 1000
#define MEMO_MAX 64
#define ASSET_NO_DAO UINT32_MAX

struct op_create {
	uint16_t flags;
	uint8_t decimals;
	struct amount cap; /* largest supply */
	struct op_text ticker, name;
	struct op_text rule; /* empty: the host's own checks alone */
	uint16_t rule_major;
	uint32_t dao;           /* whose permit a mint needs; ASSET_NO_DAO */
	uint64_t units, sats;   /* backed: so many base units for so many satoshi; else 0, 0 */
	uint32_t freeze_notice; /* seconds; 0 unless freezable */
	uint16_t changes;       /* ASSET_BY_… << 2 * enum asset_part */
	uint32_t change_notice; /* seconds before new parameters are in force; 0 unless they may change */
	struct op_blob params;  /* for the rule */
};
struct op_mint {
	struct asset_id asset;
	struct account to;
	struct amount amount;
	struct amount coin_max; /* most coin that the source pays for it */
};
struct op_burn {
	struct asset_id asset;
	struct amount amount;
};
struct op_transfer {
	struct asset_id asset;
	struct account to;
	struct amount amount;
	struct op_blob memo; /* an order number, say */
};
struct op_set_issuer {
	struct asset_id asset;
	struct account issuer;
};
struct op_renounce {
	struct asset_id asset;
};
struct op_freeze { /* FREEZE and UNFREEZE */
	struct asset_id asset;
	struct account account;
};
struct op_set_dao {
	struct asset_id asset;
	uint32_t dao;
};
struct op_set_params {
	struct asset_id asset;
	struct op_blob params;
};
struct op_set_name {
	struct asset_id asset;
	struct op_text name;
};
struct op_pause {
	struct asset_id asset;
	struct unixtime until; /* first second at which it moves again */
};
struct op_clawback {
	struct asset_id asset;
	struct account from;
	struct amount amount;
};

void op_create_encode(struct wr *w, const struct op_create *o);
MUST_USE bool op_create_decode(struct op_create *out, const void *bytes, size_t len);
void op_mint_encode(struct wr *w, const struct op_mint *o);
MUST_USE bool op_mint_decode(struct op_mint *out, const void *bytes, size_t len);
void op_burn_encode(struct wr *w, const struct op_burn *o);
MUST_USE bool op_burn_decode(struct op_burn *out, const void *bytes, size_t len);
void op_transfer_encode(struct wr *w, const struct op_transfer *o);
MUST_USE bool op_transfer_decode(struct op_transfer *out, const void *bytes, size_t len);
void op_set_issuer_encode(struct wr *w, const struct op_set_issuer *o);
MUST_USE bool op_set_issuer_decode(struct op_set_issuer *out, const void *bytes, size_t len);
void op_renounce_encode(struct wr *w, const struct op_renounce *o);
MUST_USE bool op_renounce_decode(struct op_renounce *out, const void *bytes, size_t len);
void op_freeze_encode(struct wr *w, const struct op_freeze *o);
MUST_USE bool op_freeze_decode(struct op_freeze *out, const void *bytes, size_t len);
void op_pause_encode(struct wr *w, const struct op_pause *o);
MUST_USE bool op_pause_decode(struct op_pause *out, const void *bytes, size_t len);
void op_set_dao_encode(struct wr *w, const struct op_set_dao *o);
MUST_USE bool op_set_dao_decode(struct op_set_dao *out, const void *bytes, size_t len);
void op_set_params_encode(struct wr *w, const struct op_set_params *o);
MUST_USE bool op_set_params_decode(struct op_set_params *out, const void *bytes, size_t len);
void op_set_name_encode(struct wr *w, const struct op_set_name *o);
MUST_USE bool op_set_name_decode(struct op_set_name *out, const void *bytes, size_t len);
void op_clawback_encode(struct wr *w, const struct op_clawback *o);
MUST_USE bool op_clawback_decode(struct op_clawback *out, const void *bytes, size_t len);

/* ---- loyalty ---- */

struct op_earn {
	struct asset_id asset;
	struct account to;
	struct hash256 receipt;    /* hash of the sale's receipt: each earns once */
	struct amount paid;        /* price of the sale, in the rule's unit */
	struct amount with_points; /* part of it that was paid with points: earns none */
};
struct op_refund {
	struct asset_id asset;
	struct account customer;
	struct hash256 receipt;
	struct amount returned; /* price of what comes back, at most what is left of `paid` */
};
struct op_redeem {
	struct asset_id asset;
	struct amount amount;
};

void op_earn_encode(struct wr *w, const struct op_earn *o);
MUST_USE bool op_earn_decode(struct op_earn *out, const void *bytes, size_t len);
void op_refund_encode(struct wr *w, const struct op_refund *o);
MUST_USE bool op_refund_decode(struct op_refund *out, const void *bytes, size_t len);
void op_redeem_encode(struct wr *w, const struct op_redeem *o);
MUST_USE bool op_redeem_decode(struct op_redeem *out, const void *bytes, size_t len);

/* ---- governance ---- */

#define DAO_NAME_MAX 64
#define DAO_MEMBERS_MAX 64
#define PROPOSAL_TITLE_MAX 100
#define PROPOSAL_ACTIONS_MAX 16
#define ACTION_PAYLOAD_MAX 4000
#define PARAM_NAME_MAX 31
#define PARAM_VALUE_MAX RULE_PARAMS_MAX

enum dao_electorate {
	DAO_HOLDERS = 0, /* of an asset with votes */
	DAO_COUNCIL = 1, /* named members, one vote each */
};

struct op_create_dao {
	struct op_text name;
	struct op_text rule;
	uint16_t rule_major;
	struct op_blob params; /* for the rule */
	uint32_t actions;      /* allowed kinds, bit 1 << enum action_kind */
	/* seconds of block time */
	uint32_t deposit_period, voting_delay, voting_period, late_extension, timelock, grace;
	struct amount deposit;       /* coin needed before the vote starts */
	struct amount deposit_first; /* at least so much with the proposal itself */
	uint64_t threshold;          /* voting power needed to propose */
	bool has_guardian;
	struct account guardian;        /* may veto, nothing else */
	struct unixtime guardian_until; /* last second */
	enum dao_electorate electorate;
	struct asset_id asset;                   /* DAO_HOLDERS */
	uint32_t members_n;                      /* DAO_COUNCIL: 1.. */
	struct account members[DAO_MEMBERS_MAX]; /* ascending */
};

enum action_kind {
	ACTION_TEXT = 0,           /* payload: any text; does nothing but stand there */
	ACTION_SPEND = 1,          /* from the DAO's own treasury */
	ACTION_MINT_PERMIT = 2,    /* for an asset that named the DAO */
	ACTION_PLUGIN_APPROVE = 3, /* DAO 0 */
	ACTION_PLUGIN_DISABLE = 4, /* DAO 0 */
	ACTION_PAUSE = 5,          /* DAO 0: the peg; no payload */
	ACTION_RESUME = 6,         /* DAO 0: the peg; no payload */
	ACTION_RULE_UPGRADE = 7,   /* DAO 0 */
	ACTION_VALIDATORS = 8,     /* DAO 0 */
	ACTION_PARAM = 9,          /* of an asset that named the DAO; DAO 0: of the chain */
	ACTION_COVER_DEFICIT = 10, /* DAO 0: of the peg */
	ACTION_ROTATE = 11,        /* DAO 0 */
	ACTION_REGISTRAR = 12,     /* DAO 0: of names */
};

struct dao_action {
	uint8_t kind;
	struct op_blob payload;
};
struct op_propose {
	uint32_t dao;
	struct op_text title;
	struct amount deposit;
	size_t actions_n; /* 1..PROPOSAL_ACTIONS_MAX */
	struct dao_action actions[PROPOSAL_ACTIONS_MAX];
};
struct action_spend {
	struct asset_id asset;
	struct account to;
	struct amount amount;
};
struct action_mint_permit {
	struct asset_id asset;
	struct amount amount; /* may be minted from then on, in addition to what was permitted before */
};
struct action_plugin_approve {
	struct op_text name;
	uint8_t kind; /* plugins/plugin.h */
	uint16_t major, minor, patch;
	struct hash256 file; /* SHA-256 of the library */
	uint64_t from_height;
};
struct action_plugin_disable {
	struct op_text name;
	uint16_t major, minor, patch;
};

struct action_rule_upgrade {
	struct op_text name;
	uint16_t major, minor, patch; /* an approved version */
	uint64_t from_height;
};

struct action_param {
	struct asset_id asset; /* that named the DAO; the coin's: a parameter of the chain (param.h), for DAO 0 */
	struct op_text name; /* chain: as in param.h; asset: issuer, dao, params, name */
	struct op_blob value; /* chain: u64; asset: as in asset_change (asset.h) */
};

enum cover_source {
	COVER_FROM_TREASURY = 0, /* of DAO 0 */
	COVER_FROM_FEES = 1,
	COVER_FROM_DONATIONS = 2, /* coin of the reserve that nothing was minted for */
};
struct action_cover_deficit {
	uint8_t source;
	struct amount amount; /* at most; what is more than the deficit stays where it was */
};

enum vote_choice { VOTE_FOR, VOTE_AGAINST, VOTE_ABSTAIN, VOTE_VETO };
#define VOTE_CHOICES 4
#define VOTE_WHOLE 10000

struct op_vote {
	uint64_t proposal;
	uint16_t parts[VOTE_CHOICES]; /* of the voter's weight, in ten-thousandths; they add up to VOTE_WHOLE */
};
struct op_add_deposit {
	uint64_t proposal;
	struct amount amount;
};
struct op_proposal { /* CANCEL, EXECUTE and GUARDIAN_VETO */
	uint64_t proposal;
};
struct op_delegate {
	struct asset_id asset;
	struct account to; /* the source itself: takes the power back */
};

void op_create_dao_encode(struct wr *w, const struct op_create_dao *o);
MUST_USE bool op_create_dao_decode(struct op_create_dao *out, const void *bytes, size_t len);
void op_propose_encode(struct wr *w, const struct op_propose *o);
MUST_USE bool op_propose_decode(struct op_propose *out, const void *bytes, size_t len);
void op_vote_encode(struct wr *w, const struct op_vote *o);
MUST_USE bool op_vote_decode(struct op_vote *out, const void *bytes, size_t len);
void op_add_deposit_encode(struct wr *w, const struct op_add_deposit *o);
MUST_USE bool op_add_deposit_decode(struct op_add_deposit *out, const void *bytes, size_t len);
void op_proposal_encode(struct wr *w, const struct op_proposal *o);
MUST_USE bool op_proposal_decode(struct op_proposal *out, const void *bytes, size_t len);
void op_delegate_encode(struct wr *w, const struct op_delegate *o);
MUST_USE bool op_delegate_decode(struct op_delegate *out, const void *bytes, size_t len);

/* Payloads of actions. */
void action_spend_encode(struct wr *w, const struct action_spend *a);
MUST_USE bool action_spend_decode(struct action_spend *out, const void *bytes, size_t len);
void action_mint_permit_encode(struct wr *w, const struct action_mint_permit *a);
MUST_USE bool action_mint_permit_decode(struct action_mint_permit *out, const void *bytes, size_t len);
void action_plugin_approve_encode(struct wr *w, const struct action_plugin_approve *a);
MUST_USE bool action_plugin_approve_decode(struct action_plugin_approve *out, const void *bytes, size_t len);
void action_plugin_disable_encode(struct wr *w, const struct action_plugin_disable *a);
MUST_USE bool action_plugin_disable_decode(struct action_plugin_disable *out, const void *bytes, size_t len);
void action_rule_upgrade_encode(struct wr *w, const struct action_rule_upgrade *a);
MUST_USE bool action_rule_upgrade_decode(struct action_rule_upgrade *out, const void *bytes, size_t len);
void action_param_encode(struct wr *w, const struct action_param *a);
MUST_USE bool action_param_decode(struct action_param *out, const void *bytes, size_t len);
void action_cover_deficit_encode(struct wr *w, const struct action_cover_deficit *a);
MUST_USE bool action_cover_deficit_decode(struct action_cover_deficit *out, const void *bytes, size_t len);

/* Parts that are written the same way inside payloads and state records. */
void wr_actions(struct wr *w, const struct dao_action *a, size_t n);
/* At most PROPOSAL_ACTIONS_MAX into out; returns how many. */
size_t rd_actions(struct rd *r, struct dao_action *out);
void wr_dao_terms(struct wr *w, const struct op_create_dao *o);
void rd_dao_terms(struct rd *r, struct op_create_dao *out);
void wr_text(struct wr *w, const struct op_text *t);
void rd_text(struct rd *r, struct op_text *out, size_t max);
void wr_blob(struct wr *w, const struct op_blob *b);
void rd_blob(struct rd *r, struct op_blob *out, size_t max);

/* Valid UTF-8 without control characters: what may stand in a name or a title. */
MUST_USE bool text_is_clean(const char *p, size_t len);

#endif
