/* Forms of the ledger's events: what each tells, in the order of its bytes. */
#include <string.h>

#include "bridge/op_json_parts.h"
#include "bridge/rpc.h"

#define ASSET FIELD("asset", FIELD_ASSET)
#define ACCOUNT FIELD("account", FIELD_ACCOUNT)
#define UNITS FIELD("units", FIELD_UNITS)
#define CUSTOMER FIELD("customer", FIELD_ACCOUNT)
#define OFFER FIELD("offer", FIELD_U64)
#define VALIDATOR FIELD("validator", FIELD_HASH)
#define SALE FIELD("sale", FIELD_U64)
#define REASON FIELD("reason", FIELD_TEXT, .optional = true, .max = 100)
#define NAME FIELD("name", FIELD_TEXT, .max = 200)
#define OUTPOINT FIELD("outpoint_txid", FIELD_TXID), FIELD("outpoint_index", FIELD_U32)

static const char *const parts[] = { "issuer", "dao", "params", "name" };
static const char *const proposal_states[] = { NULL,	   "DEPOSIT",  "DELAY",	 "VOTING",    "TIMELOCK", "EXECUTED",
					       "EXPIRED", "DEFEATED", "VETOED", "CANCELLED", "FAILED" };
static const char *const offer_ends[] = { NULL, "FILLED", "CANCELLED", "EXPIRED" };
static const char *const sale_states[] = { NULL, "OPEN", "SUCCEEDED", "FAILED", "CANCELLED" };
static const char *const deposit_states[] = { "WAITING_DEPTH", "WAITING_CAP", "BELOW_MIN", "LATE",
					      "MINTED",	       "QUARANTINED", "RECLAIMED", "DEAD" };
static const char *const payout_states[] = { "QUEUED", "PLANNED", "SIGNED", "PAID", "FINAL", "CANCELLED", "EXPIRED" };

static const struct op_field created[] = { ASSET };
static const struct op_field changed[] = { ASSET, FIELD("part", FIELD_NAMES, FIELD_NAMED(parts)) };
static const struct op_field minted[] = { ASSET, ACCOUNT, UNITS };
static const struct op_field moved[] = { ASSET, FIELD("from", FIELD_ACCOUNT), FIELD("to", FIELD_ACCOUNT), UNITS };
static const struct op_field earned[] = { ASSET, CUSTOMER, FIELD("granted", FIELD_UNITS), FIELD("came", FIELD_UNITS) };
static const struct op_field returned[] = { ASSET, CUSTOMER, FIELD("taken", FIELD_UNITS), FIELD("burnt", FIELD_UNITS) };
static const struct op_field redeemed[] = { ASSET, FIELD("holder", FIELD_ACCOUNT), UNITS, FIELD("coin", FIELD_UNITS) };
static const struct op_field dao_created[] = { FIELD("dao", FIELD_U32) };
static const struct op_field proposed[] = { FIELD("proposal", FIELD_U64) };
static const struct op_field proposal[] = { FIELD("proposal", FIELD_U64), FIELD("state", FIELD_NAMES, FIELD_NAMED(proposal_states)) };
static const struct op_field offered[] = { OFFER, FIELD("owner", FIELD_ACCOUNT) };
static const struct op_field taken[] = {
	OFFER,
	FIELD("taker", FIELD_ACCOUNT),
	FIELD("sold", FIELD_ASSET),
	UNITS,
	FIELD("paid_in", FIELD_ASSET),
	FIELD("payment", FIELD_UNITS),
	FIELD("left", FIELD_UNITS),
};
static const struct op_field offer_closed[] = {
	OFFER, FIELD("owner", FIELD_ACCOUNT), FIELD("how", FIELD_NAMES, FIELD_NAMED(offer_ends)), FIELD("back", FIELD_UNITS),
};
static const struct op_field sale_created[] = { SALE };
static const struct op_field bought[] = {
	SALE, FIELD("payer", FIELD_ACCOUNT), FIELD("beneficiary", FIELD_ACCOUNT), FIELD("paid", FIELD_UNITS), FIELD("tokens", FIELD_UNITS),
};
static const struct op_field purchase[] = { SALE, FIELD("payer", FIELD_ACCOUNT), FIELD("beneficiary", FIELD_ACCOUNT), UNITS };
static const struct op_field sale_ended[] = {
	SALE, FIELD("state", FIELD_NAMES, FIELD_NAMED(sale_states)), FIELD("raised", FIELD_UNITS), FIELD("sold", FIELD_UNITS),
};
static const struct op_field sale_amount[] = { SALE, ACCOUNT, UNITS };
static const char *const item_kinds[] = { NULL, "CREATED", "RECORDED", "HANDED_OVER", "ATTESTER_NAMED", "ATTESTER_ENDED", "CLOSED" };
static const char *const item_roles[] = { NULL, "creator", "custodian", "attester" };
static const struct op_field item[] = {
	FIELD("item", FIELD_HASH),
	FIELD("entry", FIELD_U64),
	FIELD("kind", FIELD_NAMES, FIELD_NAMED(item_kinds)),
	FIELD("role", FIELD_NAMES, FIELD_NAMED(item_roles)),
	FIELD("time", FIELD_TIME),
	FIELD("actor", FIELD_ACCOUNT),
	FIELD("other", FIELD_ACCOUNT),
	FIELD("label", FIELD_TEXT, .optional = true, .max = 200),
	FIELD("document", FIELD_HASH),
};
static const struct op_field named[] = { ACCOUNT, FIELD("attester", FIELD_ACCOUNT), NAME };
static const struct op_field unnamed[] = { ACCOUNT, NAME };
static const struct op_field registrar[] = { ACCOUNT, FIELD("appointed", FIELD_U8) };
static const struct op_field power[] = { VALIDATOR, FIELD("power", FIELD_U64) };
static const struct op_field validators[] = { FIELD("changes", FIELD_LIST, .max = 1000, FIELD_OF(power)) };
static const struct op_field of_validator[] = { VALIDATOR, ACCOUNT };
static const struct op_field bonded[] = { VALIDATOR, ACCOUNT, UNITS };
static const struct op_field account_units[] = { ACCOUNT, UNITS };
static const struct op_field slashed[] = {
	VALIDATOR, FIELD("height", FIELD_U64), FIELD("of_bonds", FIELD_UNITS), FIELD("of_leaving", FIELD_UNITS),
};
static const struct op_field epoch[] = { FIELD("epoch", FIELD_U64), REASON };
static const struct op_field peg_intent[] = { FIELD("output_key", FIELD_HASH) };
static const struct op_field peg_deposit[] = { OUTPOINT, FIELD("state", FIELD_NAMES, FIELD_NAMED(deposit_states)), REASON };
static const struct op_field peg_payout[] = {
	FIELD("payout", FIELD_U64), FIELD("state", FIELD_NAMES, FIELD_NAMED(payout_states)), REASON,
};
static const struct op_field peg_plan[] = { FIELD("plan", FIELD_U64), FIELD("state", FIELD_U8), REASON };
static const struct op_field peg_alarm[] = { OUTPOINT, FIELD("block", FIELD_TXID) };
static const struct op_field peg_insolvent[] = {
	FIELD("reserve", FIELD_UNITS), FIELD("deficit", FIELD_UNITS), FIELD("supply", FIELD_UNITS), FIELD("donations", FIELD_UNITS),
};

static const struct {
	const char *name;
	const struct op_field *fields;
	size_t n;
} forms[] = {
#define EVENT(name, fields) { name, fields, ARRAY_LEN(fields) }
	EVENT("CREATED", created),
	EVENT("CHANGED", changed),
	EVENT("MINTED", minted),
	EVENT("BURNT", minted),
	EVENT("MOVED", moved),
	EVENT("EARNED", earned),
	EVENT("RETURNED", returned),
	EVENT("REDEEMED", redeemed),
	EVENT("DAO_CREATED", dao_created),
	EVENT("PROPOSED", proposed),
	EVENT("PROPOSAL", proposal),
	EVENT("OFFERED", offered),
	EVENT("TAKEN", taken),
	EVENT("OFFER_CLOSED", offer_closed),
	EVENT("SALE_CREATED", sale_created),
	EVENT("BOUGHT", bought),
	EVENT("PURCHASE_HELD", purchase),
	EVENT("PURCHASE_BACK", purchase),
	EVENT("PURCHASE_GONE", purchase),
	EVENT("SALE_ENDED", sale_ended),
	EVENT("SALE_PAID", sale_amount),
	EVENT("SALE_RETURNED", sale_amount),
	EVENT("CLAIMED", sale_amount),
	EVENT("REFUNDED", sale_amount),
	EVENT("ITEM", item),
	EVENT("NAMED", named),
	EVENT("UNNAMED", unnamed),
	EVENT("REGISTRAR", registrar),
	EVENT("VALIDATORS", validators),
	EVENT("VALIDATOR_REGISTERED", of_validator),
	EVENT("RETIRED", of_validator),
	EVENT("UNJAILED", of_validator),
	EVENT("WEIGHED", of_validator),
	EVENT("JAILED", of_validator), /* by the council, and */
	EVENT("JAILED", bonded),       /* by its own unbonding */
	EVENT("BONDED", bonded),
	EVENT("UNBONDING", bonded),
	EVENT("WITHDRAWN", account_units),
	EVENT("VALIDATORS_VOTED", account_units),
	EVENT("SLASHED", slashed),
	EVENT("EPOCH", epoch),
	EVENT("PEG_INTENT", peg_intent),
	EVENT("PEG_DEPOSIT", peg_deposit),
	EVENT("PEG_PAYOUT", peg_payout),
	EVENT("PEG_PLAN", peg_plan),
	EVENT("PEG_ALARM", peg_alarm),
	EVENT("PEG_INSOLVENT", peg_insolvent),
#undef EVENT
};

static json_t *
event_json(const struct event *e, const char *hrp)
{
	json_t *o = json_pack("{ss}", "event", e->name);

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct op_fields f = { json_object(), hrp };
		struct rd r = rd_init(e->body, e->len);

		if (strcmp(forms[i].name, e->name) == 0 && op_fields_show(&f, forms[i].fields, forms[i].n, &r) && rd_done(&r))
			json_object_update(o, f.o);
		json_decref(f.o);
	}
	json_object_set_new(o, "data", json_hex(e->body, e->len));
	return o;
}

json_t *
events_json(const struct wr *events, const char *hrp)
{
	struct rd r = rd_init(events->p, events->len);
	json_t *list = json_array();
	struct event e;

	while (event_next(&e, &r))
		json_array_append_new(list, event_json(&e, hrp));
	return list;
}
