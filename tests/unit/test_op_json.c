/* Operations to JSON and back. */
#include "bridge/op_json.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/modules.h"
#include "bridge/peg/ops.h"
#include "tests/unit/formats_page.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/ops.h"

#define HRP "tly"
#define ALICE "tly1qpumuen7l8wthtz45p3ftn58pvrs9xlumvkuu2xet8egzkcklqtes0q0yy8" /* test_account(0) */

static bool
find_account(struct account *out, void *ctx, const char *text)
{
	(void)ctx;
	*out = test_account(1);
	return strcmp(text, "bob") == 0;
}

static bool
find_asset(struct asset_id *out, unsigned *decimals, void *ctx, const char *text)
{
	(void)ctx;
	memset(out->id.b, 7, sizeof(out->id.b));
	*decimals = 2;
	return strcmp(text, "BEANS") == 0;
}

static const struct op_names names = { .hrp = HRP, .account = find_account, .asset = find_asset };

static bool
make(struct op *op, struct wr *payload, const char *text, char why[OP_JSON_WHY_LEN])
{
	json_t *o = json_loads(text, 0, NULL);
	bool relay, ok;

	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	ok = op_from_json(op, payload, &relay, &names, o, why);
	op->payload = payload->p;
	op->payload_len = payload->len;
	json_decref(o);
	return ok;
}

static int
how_many(const char *name)
{
	const struct module *modules[LEDGER_MODULES_N];
	int n = 0;

	ledger_modules(modules);
	for (size_t i = 0; i < LEDGER_MODULES_N; i++) {
		for (size_t k = 0; k < modules[i]->ops_n; k++)
			n += strcmp(modules[i]->ops[k].name, name) == 0;
	}
	return n;
}

static void
every_operation_has_a_form(void)
{
	const struct module *modules[LEDGER_MODULES_N];

	ledger_modules(modules);
	for (size_t i = 0; i < LEDGER_MODULES_N; i++) {
		for (size_t k = 0; k < modules[i]->ops_n; k++) {
			CU_ASSERT(op_has_form(modules[i]->ops[k].number));
			if (!op_has_form(modules[i]->ops[k].number))
				fprintf(stderr, "no form for %s\n", modules[i]->ops[k].name);
			CU_ASSERT_EQUAL(how_many(modules[i]->ops[k].name), 1); /* the name says which */
		}
	}
	CU_ASSERT_FALSE(op_has_form(65535));
}

/* What is shown can be taken again, and gives the same bytes. */
static void
goes_round(const struct op *op, bool opaque)
{
	json_t *shown = op_json(op, HRP);
	char why[OP_JSON_WHY_LEN] = "";
	struct wr payload = { 0 };
	struct op back;
	bool relay;

	CU_ASSERT_EQUAL(json_object_get(shown, "payload") != NULL, opaque);
	CU_ASSERT(op_from_json(&back, &payload, &relay, &names, shown, why));
	CU_ASSERT_STRING_EQUAL(why, "");
	CU_ASSERT_EQUAL(back.number, op->number);
	CU_ASSERT(relay || account_eq(&back.source, &op->source));
	CU_ASSERT_EQUAL(payload.len, op->payload_len);
	CU_ASSERT(payload.len == op->payload_len && memcmp(payload.p, op->payload, payload.len) == 0);
	wr_clear(&payload);
	json_decref(shown);
}

static void
examples_go_round(void)
{
	static const struct {
		uint16_t number;
		const char *name;
	} rows[] = {
		{ OP_CREATE, "op-create" },
		{ OP_MINT, "op-mint" },
		{ OP_EARN, "op-earn" },
		{ OP_REFUND, "op-refund" },
		{ OP_CREATE_DAO, "op-create-dao" },
		{ OP_PROPOSE, "op-propose" },
		{ OP_VOTE, "op-vote" },
		{ OP_REGISTER_VALIDATOR, "op-register-validator" },
		{ OP_BOND, "op-bond" },
		{ OP_WITHDRAW, "op-withdraw" },
		{ OP_VOTE_VALIDATORS, "op-vote-validators" },
		{ OP_EVIDENCE, "op-evidence" },
		{ OP_OFFER, "op-offer" },
		{ OP_OFFER, "private-offer" },
		{ OP_TAKE, "op-take" },
		{ OP_CANCEL_OFFER, "op-cancel-offer" },
		{ OP_CREATE_ITEM, "op-create-item" },
		{ OP_RECORD_EVENT, "op-record-event" },
		{ OP_HANDOVER, "op-handover" },
		{ OP_ACCEPT_ITEM, "op-accept-item" },
		{ OP_SET_ATTESTER, "op-set-attester" },
		{ OP_ATTEST_NAME, "op-attest-name" },
		{ OP_RENOUNCE_NAME, "op-renounce-name" },
		{ PEG_PAYOUT, "op-payout" },
		{ PEG_FEERATE, "op-feerate" },
		{ PEG_INTENT, "op-intent" },
		{ PEG_PAUSE, "op-guardian-pause" },
	};

	CU_ASSERT_FATAL(page_load());
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr bytes = example(rows[i].name);
		struct op op = { rows[i].number, { 0 }, bytes.p, bytes.len };

		if (!modules_op_info(op.number)->relay)
			op.source = test_account(0);
		goes_round(&op, false);
		op.payload_len--; /* cut short it is only bytes, and these go round too */
		goes_round(&op, true);
		wr_clear(&bytes);
	}
	page_free();
}

#define SOURCE "\"source\": \"" ALICE "\", "

/* Written by a person: names, labels, whole units. */
static void
people_write(void)
{
	static const char *const rows[] = {
		"{\"op\": \"transfer\", " SOURCE "\"asset\": \"BEANS\", \"to\": \"bob\", \"amount\": \"1.5\", \"memo\": \"0aff\"}",
		"{\"op\": \"TRANSFER\", " SOURCE "\"asset\": \"BEANS\", \"to\": \"bob\", \"units\": \"150\", \"memo\": \"0AFF\"}",
		"{\"op\": \"TRANSFER\", " SOURCE "\"asset\": \"BEANS\", \"to\": \"bob\", \"units\": 150, \"memo\": \"0aff\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct account bob = test_account(1), alice = test_account(0);
		char why[OP_JSON_WHY_LEN] = "";
		struct wr payload = { 0 };
		struct op_transfer t;
		struct op op;

		CU_ASSERT_FATAL(make(&op, &payload, rows[i], why));
		CU_ASSERT_EQUAL(op.number, OP_TRANSFER);
		CU_ASSERT(account_eq(&op.source, &alice));
		CU_ASSERT_FATAL(op_transfer_decode(&t, payload.p, payload.len));
		CU_ASSERT(account_eq(&t.to, &bob));
		CU_ASSERT_EQUAL(amount_units(t.amount), 150);
		CU_ASSERT_EQUAL(t.asset.id.b[31], 7);
		CU_ASSERT_EQUAL(t.memo.len, 2);
		goes_round(&op, false);
		wr_clear(&payload);
	}
}

static void
others_go_round(void)
{
	static const char *const rows[] = {
		"{\"op\": \"TRANSFER\", " SOURCE "\"asset\": \"BEANS\", \"to\": \"bob\", \"amount\": \"1.5\"}",
		"{\"op\": \"CREATE\", " SOURCE "\"flags\": [\"transferable\", \"votes\"], \"decimals\": 0, \"cap\": \"9\", \"ticker\": \"T\", "
		"\"name\": \"t\", \"dao\": 3}",
		"{\"op\": \"SET_ISSUER\", " SOURCE "\"asset\": \"BEANS\", \"issuer\": \"bob\"}",
		"{\"op\": \"RENOUNCE\", " SOURCE "\"asset\": \"BEANS\"}",
		"{\"op\": \"PAUSE\", " SOURCE "\"asset\": \"BEANS\", \"until\": 1700000000}",
		"{\"op\": \"CLAWBACK\", " SOURCE "\"asset\": \"BEANS\", \"from\": \"bob\", \"units\": \"9223372036854775807\"}",
		"{\"op\": \"DELEGATE\", " SOURCE "\"asset\": \"BEANS\", \"to\": \"bob\"}",
		"{\"op\": \"EXECUTE\", " SOURCE "\"proposal\": \"18446744073709551615\"}",
		"{\"op\": \"CREATE_DAO\", " SOURCE "\"name\": \"n\", \"rule\": \"gov_token\", \"rule_major\": 1, \"actions\": [\"text\"], "
		"\"voting_period\": 60, \"guardian\": {\"account\": \"bob\", \"until\": 7}, \"electorate\": {\"asset\": \"BEANS\"}}",
		"{\"op\": \"PROPOSE\", " SOURCE "\"dao\": 0, \"title\": \"t\", \"actions\": [{\"kind\": \"text\", \"text\": \"\"}, "
		"{\"kind\": \"pause\"}, {\"kind\": \"mint_permit\", \"asset\": \"BEANS\", \"amount\": \"0.01\"}, {\"kind\": "
		"\"plugin_disable\", \"rule\": \"r\", \"major\": 1}]}",
		"{\"op\": \"CREATE_SALE\", " SOURCE "\"asset\": \"BEANS\", \"payment\": \"0000000000000000000000000000000000000000000000000000000000000000\", \"rule\": \"sale_crowd\", \"rule_major\": 1, "
		"\"params\": \"00ff\", \"close\": 1800000000, \"hard_cap\": \"9\", \"tokens\": \"8\", \"payer_min\": \"1\", \"payer_max\": \"7\", "
		"\"beneficiary_max\": \"6\", \"cliff\": 5, \"vesting\": 50}",
		"{\"op\": \"BUY\", " SOURCE "\"sale\": 1, \"beneficiary\": \"bob\", \"payment\": \"100\", \"tokens_min\": \"1\", "
		"\"payer_path\": [\"0000000000000000000000000000000000000000000000000000000000000001\"]}",
		"{\"op\": \"CLOSE_SALE\", " SOURCE "\"sale\": 1}",
		"{\"op\": \"CLAIM\", " SOURCE "\"sale\": 1, \"account\": \"bob\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char why[OP_JSON_WHY_LEN] = "";
		struct wr payload = { 0 };
		struct op op;

		CU_ASSERT_FATAL(make(&op, &payload, rows[i], why));
		CU_ASSERT_STRING_EQUAL(why, "");
		goes_round(&op, false);
		wr_clear(&payload);
	}
}

static void
mistakes_are_told(void)
{
#define PAY "{\"op\": \"TRANSFER\", " SOURCE "\"asset\": \"BEANS\", \"to\": \"bob\", "
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{\"op\": \"TRANSFR\"}", "did you mean TRANSFER?" },
		{ "{}", "there is no operation" },
		{ "[]", "an operation is an object" },
		{ "{\"op\": \"TRANSFER\"}", "source is missing" },
		{ "{\"op\": \"HEADERS\", " SOURCE "\"headers\": \"00\"}", "has no source" },
		{ PAY "\"units\": \"1\", \"memmo\": \"00\"}", "did you mean memo?" },
		{ PAY "\"units\": \"1\", \"amount\": \"1\"}", "not both" },
		{ PAY "\"memo\": \"00\"}", "units is missing" },
		{ PAY "\"units\": \"1.5\"}", "whole number of base units" },
		{ PAY "\"units\": -1}", "whole number of base units" },
		{ PAY "\"units\": \"9223372036854775808\"}", "whole number of base units" },
		{ PAY "\"amount\": \"0.001\"}", "amount:" },
		{ PAY "\"amount\": 1}", "amount:" },
		{ PAY "\"units\": \"1\", \"memo\": \"0\"}", "memo must be hex of at most 64 bytes" },
		{ "{\"op\": \"BURN\", " SOURCE "\"asset\": \"BEAN\", \"units\": \"1\"}", "there is no asset 'BEAN'" },
		{ "{\"op\": \"BURN\", \"source\": \"carol\", \"asset\": \"BEANS\", \"units\": \"1\"}", "no account of the wallet" },
		{ "{\"op\": \"BURN\", \"source\": \"tly1qqqq\", \"asset\": \"BEANS\", \"units\": \"1\"}", "source 'tly1qqqq'" },
		{ "{\"op\": \"BURN\", " SOURCE "\"payload\": \"00\", \"units\": \"1\"}", "no field 'units'" },
		{ "{\"op\": \"BURN\", " SOURCE "\"payload\": \"0\"}", "payload must be hex" },
		{ "{\"op\": \"VOTE\", " SOURCE "\"proposal\": 1, \"for\": 9999}", "must add up to 10000" },
		{ "{\"op\": \"VOTE\", " SOURCE "\"proposal\": 1, \"for\": 65536}", "up to 65535" },
		{ "{\"op\": \"BUY\", " SOURCE "\"sale\": 1, \"beneficiary\": \"bob\", \"payment\": \"1\", \"payer_path\": [\"00\"]}", "64 hex digits" },
		{ "{\"op\": \"BUY\", " SOURCE "\"sale\": 1, \"beneficiary\": \"bob\", \"payment\": \"1\", \"payer_path\": 7}", "a list of at most 32" },
		{ "{\"op\": \"PROPOSE\", " SOURCE "\"dao\": 1, \"title\": \"t\", \"actions\": []}", "1 to 16 actions" },
		{ "{\"op\": \"PROPOSE\", " SOURCE "\"dao\": 1, \"title\": \"t\", \"actions\": [{\"kind\": \"x\"}]}", "has no kind" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char why[OP_JSON_WHY_LEN] = "";
		struct wr payload = { 0 };
		struct op op;

		CU_ASSERT_FALSE(make(&op, &payload, rows[i].text, why));
		CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
		if (strstr(why, rows[i].why) == NULL)
			fprintf(stderr, "%s\n got %s\n", rows[i].text, why);
		wr_clear(&payload);
	}
}

/* Events of the ledger with their fields; what is no form's is shown in hex alone. */
static void
events_are_shown(void)
{
	struct wr events = { 0 }, body = { 0 };
	struct exec x = { .events = &events };
	struct account a = test_account(0);
	json_t *list, *one;

	wr_u64(&body, 7);
	wr_u8(&body, 3);
	exec_event(&x, "PROPOSAL", body.p, body.len);
	exec_event(&x, "PROPOSAL", body.p, body.len - 1);
	exec_event(&x, "OF_A_RULE", "ab", 2);
	wr_reset(&body);
	wr_asset_id(&body, &ASSET_COIN);
	wr_account(&body, &a);
	wr_account(&body, &a);
	wr_u64(&body, 500);
	exec_event(&x, "MOVED", body.p, body.len);
	list = events_json(&events, HRP);
	CU_ASSERT_EQUAL_FATAL(json_array_size(list), 4);
	one = json_array_get(list, 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(one, "proposal")), 7);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(one, "state")), "VOTING");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(one, "data")), "070000000000000003");
	one = json_array_get(list, 1);
	CU_ASSERT(json_object_size(one) == 2 && strcmp(json_string_value(json_object_get(one, "data")), "0700000000000000") == 0);
	CU_ASSERT_EQUAL(json_object_size(json_array_get(list, 2)), 2);
	one = json_array_get(list, 3);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(one, "from")), ALICE);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(one, "units")), "500");
	json_decref(list);
	wr_clear(&events);
	wr_clear(&body);
}

static const struct unit_test tests[] = {
	{ "every operation has a form", every_operation_has_a_form },
	{ "examples go round", examples_go_round },
	{ "people write", people_write },
	{ "others go round", others_go_round },
	{ "mistakes are told", mistakes_are_told },
	{ "events are shown", events_are_shown },
};

UNIT_MAIN("op_json", tests)
