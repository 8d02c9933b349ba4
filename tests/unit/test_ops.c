/* Payloads: round trip, every truncation, limits. */
#include "tests/unit/ops_again.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct asset_id
some_asset(void)
{
	struct asset_id a;

	memset(a.id.b, 0xa5, sizeof(a.id.b));
	return a;
}

static struct account
some_account(uint8_t n)
{
	struct account a = { .type = ACCOUNT_KEY };

	memset(a.id.b, n, sizeof(a.id.b));
	return a;
}

static struct amount
units(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

static void
dao_terms(struct op_create_dao *o, enum dao_electorate electorate, bool guardian)
{
	memset(o, 0, sizeof(*o));
	o->name = OP_TEXT("Guild");
	o->rule = OP_TEXT("gov_token");
	o->rule_major = 1;
	o->params = (struct op_blob){ (const uint8_t *)"\1\2\3", 3 };
	o->actions = 7;
	o->voting_period = 3600;
	o->deposit = units(1000);
	o->threshold = 5;
	o->has_guardian = guardian;
	o->guardian = some_account(9);
	o->guardian_until.sec = 1800000000;
	o->electorate = electorate;
	o->asset = some_asset();
	o->members_n = 3;
	for (uint8_t i = 0; i < 3; i++)
		o->members[i] = some_account((uint8_t)(i + 1));
}

/* One good payload for each entry of ops_again; returns false past the last. */
static bool
example(struct wr *w, size_t at)
{
	struct op_create create = {
		.flags = ASSET_LOTS | ASSET_BACKED, .decimals = 2, .cap = units(1000000), .ticker = OP_TEXT("PTS"), .name = OP_TEXT("Points"),
		.rule = OP_TEXT("issue_loyalty"), .rule_major = 1, .dao = ASSET_NO_DAO, .units = 10, .sats = 1, .changes = 0x25, .change_notice = 0x10203,
		.params = { (const uint8_t *)"\7", 1 },
	};
	struct op_mint mint = { some_asset(), some_account(1), units(5), units(6) };
	struct op_burn burn = { some_asset(), units(5) };
	struct op_transfer transfer = { some_asset(), some_account(2), units(150), { (const uint8_t *)"order 7", 7 } };
	struct op_set_issuer set_issuer = { some_asset(), some_account(3) };
	struct op_renounce renounce = { some_asset() };
	struct op_freeze freeze = { some_asset(), some_account(4) };
	struct op_pause pause = { some_asset(), { 1700000000 } };
	struct op_clawback clawback = { some_asset(), some_account(5), units(9) };
	struct op_set_dao set_dao = { some_asset(), 7 };
	struct op_set_params set_params = { some_asset(), { (const uint8_t *)"abc", 3 } };
	struct op_set_name set_name = { some_asset(), OP_TEXT("Better points") };
	struct op_earn earn = { some_asset(), some_account(6), some_asset().id, units(1999), units(500) };
	struct op_refund refund = { some_asset(), some_account(6), some_asset().id, units(999) };
	struct op_redeem redeem = { some_asset(), units(77) };
	struct op_propose propose = {
		.dao = 1, .title = OP_TEXT("Party"), .deposit = units(3), .actions_n = 2,
		.actions = { { ACTION_TEXT, { (const uint8_t *)"Yes?", 4 } }, { ACTION_PAUSE, { (const uint8_t *)"", 0 } } },
	};
	struct op_vote vote = { 8, { 2500, 2500, 0, 5000 } };
	struct op_add_deposit add_deposit = { 8, units(4) };
	struct op_proposal proposal = { 8 };
	struct op_delegate delegate = { some_asset(), some_account(7) };
	struct action_spend spend = { some_asset(), some_account(8), units(12) };
	struct action_mint_permit permit = { some_asset(), units(13) };
	struct action_plugin_approve approve = { OP_TEXT("gov_token"), 3, 1, 2, 3, some_asset().id, 99 };
	struct action_plugin_disable disable = { OP_TEXT("gov_token"), 1, 2, 3 };
	struct action_rule_upgrade upgrade = { OP_TEXT("gov_token"), 1, 2, 3, 99 };
	struct action_param param = { some_asset(), OP_TEXT("params"), { (const uint8_t *)"\5\6", 2 } };
	struct action_cover_deficit cover = { COVER_FROM_DONATIONS, units(14) };
	struct op_create_sale create_sale = {
		.asset = some_asset(), .payment = { some_asset().id }, .rule = OP_TEXT("sale_crowd"), .rule_major = 1, .params = { (const uint8_t *)"\5\6", 2 },
		.open.sec = 1800000000, .close.sec = 1800000001, .soft_cap = units(1), .hard_cap = units(2), .tokens = units(3), .payer_min = units(4),
		.payer_max = units(5), .beneficiary_min = units(6), .beneficiary_max = units(INT64_MAX), .allow_list = some_asset().id, .cliff = 8, .vesting = 9,
	};
	struct op_buy buy = { 3, some_account(1), units(150), units(15), { 1, { some_asset().id } }, { 2, { some_asset().id, some_asset().id } } };
	struct op_sale sale = { 3 };
	struct op_claim claim = { 3, some_account(2) };
	struct op_create_dao dao;

	dao_terms(&dao, DAO_COUNCIL, true);
	switch (at) {
	case 0: op_create_encode(w, &create); return true;
	case 1: op_mint_encode(w, &mint); return true;
	case 2: op_burn_encode(w, &burn); return true;
	case 3: op_transfer_encode(w, &transfer); return true;
	case 4: op_set_issuer_encode(w, &set_issuer); return true;
	case 5: op_renounce_encode(w, &renounce); return true;
	case 6: op_freeze_encode(w, &freeze); return true;
	case 7: op_pause_encode(w, &pause); return true;
	case 8: op_clawback_encode(w, &clawback); return true;
	case 9: op_earn_encode(w, &earn); return true;
	case 10: op_refund_encode(w, &refund); return true;
	case 11: op_redeem_encode(w, &redeem); return true;
	case 12: op_create_dao_encode(w, &dao); return true;
	case 13: op_propose_encode(w, &propose); return true;
	case 14: op_vote_encode(w, &vote); return true;
	case 15: op_add_deposit_encode(w, &add_deposit); return true;
	case 16: op_proposal_encode(w, &proposal); return true;
	case 17: op_delegate_encode(w, &delegate); return true;
	case 18: action_spend_encode(w, &spend); return true;
	case 19: action_mint_permit_encode(w, &permit); return true;
	case 20: action_plugin_approve_encode(w, &approve); return true;
	case 21: action_plugin_disable_encode(w, &disable); return true;
	case 22: op_set_dao_encode(w, &set_dao); return true;
	case 23: op_set_params_encode(w, &set_params); return true;
	case 24: op_set_name_encode(w, &set_name); return true;
	case 25: op_create_sale_encode(w, &create_sale); return true;
	case 26: op_buy_encode(w, &buy); return true;
	case 27: op_sale_encode(w, &sale); return true;
	case 28: op_claim_encode(w, &claim); return true;
	case 29: action_rule_upgrade_encode(w, &upgrade); return true;
	case 30: action_param_encode(w, &param); return true;
	case 31: action_cover_deficit_encode(w, &cover); return true;
	default: return false;
	}
}

static void
round_trips_and_truncations(void)
{
	size_t at;
	struct wr w = { 0 };

	for (at = 0; example(&w, at); at++) {
		struct wr again = { 0 };

		CU_ASSERT_FATAL(at < ARRAY_LEN(ops_again));
		CU_ASSERT(ops_again[at](&again, w.p, w.len));
		CU_ASSERT(again.len == w.len && memcmp(again.p, w.p, w.len) == 0);
		for (size_t cut = 0; cut < w.len; cut++) {
			uint8_t *exact = malloc(cut + 1); /* so that reading past the end shows */

			memcpy(exact, w.p, cut);
			CU_ASSERT_FALSE(ops_again[at](&again, exact, cut));
			free(exact);
		}
		wr_u8(&w, 0);
		CU_ASSERT_FALSE(ops_again[at](&again, w.p, w.len));
		wr_reset(&w);
		wr_clear(&again);
	}
	CU_ASSERT_EQUAL(at, ARRAY_LEN(ops_again));
	wr_clear(&w);
}

static void
terms_of_every_shape(void)
{
	for (int shape = 0; shape < 4; shape++) {
		struct op_create_dao o, back;
		struct wr w = { 0 }, again = { 0 };

		dao_terms(&o, shape & 1 ? DAO_COUNCIL : DAO_HOLDERS, shape & 2);
		op_create_dao_encode(&w, &o);
		CU_ASSERT_FATAL(op_create_dao_decode(&back, w.p, w.len));
		CU_ASSERT(back.has_guardian == o.has_guardian && back.electorate == o.electorate);
		CU_ASSERT_EQUAL(back.members_n, shape & 1 ? 3 : 0);
		op_create_dao_encode(&again, &back);
		CU_ASSERT(again.len == w.len && memcmp(again.p, w.p, w.len) == 0);
		wr_clear(&w);
		wr_clear(&again);
	}
}

static void
limits_of_lists_and_texts(void)
{
	struct op_create_dao o, back;
	struct op_propose p, p_back;
	struct op_transfer t = { .asset = some_asset() }, t_back;
	struct wr w = { 0 };
	uint8_t memo[MEMO_MAX + 1] = { 0 };

	dao_terms(&o, DAO_COUNCIL, false);
	o.members_n = 0;
	op_create_dao_encode(&w, &o);
	CU_ASSERT_FALSE(op_create_dao_decode(&back, w.p, w.len));
	wr_reset(&w);
	o.members_n = 2;
	o.members[1] = o.members[0];
	op_create_dao_encode(&w, &o);
	CU_ASSERT_FALSE(op_create_dao_decode(&back, w.p, w.len));
	wr_reset(&w);
	o.members[0] = some_account(2);
	o.members[1] = some_account(1);
	op_create_dao_encode(&w, &o);
	CU_ASSERT_FALSE(op_create_dao_decode(&back, w.p, w.len));
	wr_reset(&w);

	memset(&p, 0, sizeof(p));
	p.title = OP_TEXT("t");
	op_propose_encode(&w, &p);
	CU_ASSERT_FALSE(op_propose_decode(&p_back, w.p, w.len));
	wr_reset(&w);

	t.memo = (struct op_blob){ memo, MEMO_MAX };
	op_transfer_encode(&w, &t);
	CU_ASSERT(op_transfer_decode(&t_back, w.p, w.len));
	wr_reset(&w);
	t.memo.len++;
	op_transfer_encode(&w, &t);
	CU_ASSERT_FALSE(op_transfer_decode(&t_back, w.p, w.len));
	wr_clear(&w);
}

static void
what_is_clean_text(void)
{
	static const struct {
		const char *text;
		bool clean;
	} rows[] = {
		{ "", true }, { "Points 7", true }, { "\xc3\xa9\xe7\xa7\xaf\xf0\x9f\x8e\x81", true },
		{ "\n", false }, { "\t", false }, { "\x7f", false }, { "\xc2\x80", false }, { "\xc2\xa0", true },
		{ "\xc0\x80", false }, { "\xe0\x80\x80", false }, { "\xf0\x80\x80\x80", false }, { "\xed\xa0\x80", false }, { "\xf4\x90\x80\x80", false },
		{ "\xf4\x8f\xbf\xbf", true }, { "\x80", false }, { "\xc3", false }, { "\xe7\xa7", false }, { "\xff", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(text_is_clean(rows[i].text, strlen(rows[i].text)), rows[i].clean);
}

/* Bytes written down by hand from the tables of doc/formats.md. */
static void
bytes_as_the_tables_say(void)
{
	static const struct {
		size_t at;
		const char *hex;
	} rows[] = {
		{ 3, "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
		     "000202020202020202020202020202020202020202020202020202020202020202"
		     "9600000000000000076f726465722037" },
		{ 14, "0800000000000000c409c40900008813" },
		{ 0, "a000024042 0f0000000000" "03505453" "06506f696e7473" "0d69737375655f6c6f79616c7479" "0100" "ffffffff" "0a00000000000000"
		     "0100000000000000" "00000000" "2500" "03020100" "0107" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr w = { 0 };
		char hex[400], want[400];
		size_t n = 0;

		for (const char *p = rows[i].hex; *p != '\0'; p++) {
			if (*p != ' ')
				want[n++] = *p;
		}
		want[n] = '\0';
		CU_ASSERT_FATAL(example(&w, rows[i].at));
		hex_encode(hex, w.p, w.len);
		CU_ASSERT_STRING_EQUAL(hex, want);
		wr_clear(&w);
	}
}

static const struct unit_test tests[] = {
	{ "round trips and truncations", round_trips_and_truncations },
	{ "terms of every shape", terms_of_every_shape },
	{ "limits of lists and texts", limits_of_lists_and_texts },
	{ "what is clean text", what_is_clean_text },
	{ "bytes as the tables say", bytes_as_the_tables_say },
};

UNIT_MAIN("ops", tests)
