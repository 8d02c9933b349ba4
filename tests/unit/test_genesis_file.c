#include "bridge/genesis_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/genesis_names.h"
#include "bridge/modules.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static void
add_validators(struct genesis_file *f)
{
	struct validators_genesis *g = &f->validators;

	f->has_validators = true;
	g->params = (struct validators_params){ .engine = ENGINE_SOLO, .chain_id = "engine-1", .epoch_seconds = 60, .unbonding = 300, .vote_step = 30,
						.slash = 500 };
	CU_ASSERT(amount_from_units(&g->params.min_self_bond, 7));
	g->rule = OP_TEXT("valsel_pos");
	g->rule_major = 1;
	f->validators_params[0] = 9;
	g->rule_params = (struct op_blob){ f->validators_params, 3 };
	g->n = 1;
	g->list[0] = (struct validators_first){ .owner = test_account(1), .moniker = OP_TEXT("first"), .weight = 44 };
	memcpy(g->list[0].key.b, test_key(0).b, 32);
}

/* A genesis made by hand, with members, a council and a rule that is never run. */
static struct genesis_file *
example(void)
{
	struct genesis_file *f = mem_new(1, sizeof(*f));
	struct op_create_dao *c = &f->council;

	f->chain_id = "example-1";
	f->chain = chain_params_find("regtest");
	f->time.sec = 1700000000;
	CU_ASSERT(amount_from_units(&f->fee_base, 100) && amount_from_units(&f->fee_per_op, 10) &&
		  amount_from_units(&f->asset_fee, 1000));
	CU_ASSERT(amount_from_units(&f->dao_fee, 2000));
	peg_params_default(&f->peg, f->chain);
	f->federation.k = 2;
	f->federation.r = 2;
	for (unsigned i = 0; i < 3; i++) {
		struct peg_member *m = &f->federation.member[f->federation.n++];

		snprintf(m->name, sizeof(m->name), "member-%u", i);
		m->key = test_key(i);
		m->account = test_account(i + 10);
		f->federation.recovery[f->federation.recovery_n++] = test_key(i + 20);
	}
	f->rules_n = 1;
	f->rules[0] = (struct action_plugin_approve){
		.name = OP_TEXT("gov_council"), .kind = 3, .major = 1, .minor = 2, .patch = 3, .from_height = 5
	};
	memset(f->rules[0].file.b, 0xab, 32);
	f->has_council = true;
	c->name = OP_TEXT("council");
	c->rule = OP_TEXT("gov_council");
	c->rule_major = 1;
	f->council_params[0] = 1;
	c->params = (struct op_blob){ f->council_params, 2 };
	c->actions = 1u << ACTION_TEXT | 1u << ACTION_PAUSE;
	for (size_t i = 0; i < genesis_periods_n; i++)
		*genesis_period(c, i) = (uint32_t)(10 + i);
	c->threshold = 1;
	c->electorate = DAO_COUNCIL;
	c->members[c->members_n++] = test_account(1);
	add_validators(f);
	return f;
}

static void
id_of(struct hash256 *out, const struct genesis_file *f)
{
	struct genesis_bytes b;

	genesis_bytes_init(&b, f);
	genesis_id(out, &b.genesis);
	genesis_bytes_clear(&b);
}

static void
a_text_gives_the_same_genesis(void)
{
	struct genesis_file *f = example(), *again = mem_new(1, sizeof(*again));
	char *text = genesis_file_text(f), *second;
	struct complaint why = { 0 };
	struct hash256 a, b;

	CU_ASSERT_FATAL(genesis_file_parse(again, &why, text, strlen(text)));
	id_of(&a, f);
	id_of(&b, again);
	CU_ASSERT(hash256_eq(&a, &b));
	second = genesis_file_text(again);
	CU_ASSERT_STRING_EQUAL(text, second);
	CU_ASSERT_STRING_EQUAL(again->chain_id, "example-1");
	CU_ASSERT_EQUAL(again->federation.n, 3);
	CU_ASSERT_EQUAL(again->rules[0].minor, 2);
	genesis_file_clear(again);
	free(second);
	free(text);
	free(again);
	free(f);
}

/* Replace one word of the text and parse it; *id (may be NULL) gets what came of it. */
static bool
parse_changed(struct complaint *why, struct hash256 *id, const char *from, const char *to)
{
	struct genesis_file *f = example(), *again = mem_new(1, sizeof(*again));
	char *text = genesis_file_text(f), *at = strstr(text, from), *changed;
	bool ok;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	changed = mem_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	memset(why, 0, sizeof(*why));
	ok = genesis_file_parse(again, why, changed, strlen(changed));
	if (ok && id != NULL)
		id_of(id, again);
	if (ok)
		genesis_file_clear(again);
	free(changed);
	free(text);
	free(again);
	free(f);
	return ok;
}

static const struct {
	const char *from, *to, *says;
} faults[] = {
	{ "\"chain_id\"", "\"chian_id\"", "chain_id is missing" },
	{ "\"tallystick_genesis\": 1", "\"tallystick_genesis\": 2", "tallystick_genesis" },
	{ "\"network\": \"regtest\"", "\"network\": \"regnet\"", "network must be" },
	{ "\"fee_base\": \"0.00000100\"", "\"fee_base\": 100", "fee_base must be a string" },
	{ "\"fee_base\": \"0.00000100\"", "\"fee_base\": \"1e-6\"", "fee_base" },
	{ "\"time\": 1700000000", "\"time\": -1", "time must be a whole number" },
	{ "\"depth_1\"", "\"depth_one\"", "depth_1 is missing" },
	{ "\"depth_1\": 1", "\"depth_1\": 1, \"depth_0\": 1", "depth_0 is not a known key, did you mean depth_1?" },
	{ "\"depth_1\": 1,", "\"depth_1\": 0,", "peg:" },
	{ "\"depth_1\": 1,", "\"depth_1\": 4294967296,", "depth_1 must be a whole number" },
	{ "\"k\": 2", "\"k\": 1", "threshold" },
	{ "\"k\": 2", "\"k\": 4", "threshold" },
	{ "\"name\": \"member-0\"", "\"name\": \"MEMBER\"", "peg:" },
	{ "tlyr1", "tly1", "" },
	{ "\"PAUSE\"", "\"PAWS\"", "unknown action" },
	{ "\"kind\": \"gov\"", "\"kind\": \"goverment\"", "kind must be" },
	{ "\"1.2.3\"", "\"1.2\"", "version must be" },
	{ "\"1.2.3\"", "\"1.02.3\"", "version must be" },
	{ "\"abab", "\"xbab", "file must have 64 hex digits" },
	{ "\"recovery\": [", "\"recovery\": [\"00\",", "recovery" },
	{ "\"times\": [", "\"times\": [-1,", "times" },
	{ "\"engine\": \"solo\"", "\"engine\": \"duo\"", "engine must be solo or cometbft" },
	{ "\"engine\": \"solo\"", "\"engine\": \"cometbft\"", "four at least" },
	{ "\"epoch_blocks\": 0", "\"epoch_blocks\": 9", "a length in seconds or one in blocks" },
	{ "\"unbonding\": 300", "\"unbonding\": 0", "unbonding" },
	{ "\"unbonding\": 300", "\"unbonding\": 59", "unbonding takes at least two epochs" },
	{ "\"vote_step\": 30", "\"vote_step\": 0", "a ballot's step" },
	{ "\"slash\": 500", "\"slash\": 10001", "slash" },
	{ "\"asset\": \"coin\"", "\"asset\": \"gold\"", "asset must be coin" },
	{ "\"weight\": 44", "\"weight\": 0", "weights are above 0" },
	{ "\"moniker\": \"first\"", "\"moniker\": \"\"", "moniker" },
	{ "\"rule_params\": \"090000\"", "\"rule_params\": \"09000x\"", "rule_params must be hex" },
	{ "\"rule\": \"valsel_pos\"", "\"rule\": \"\"", "rule's name" },
	{ "{", "{\"network\": \"main\",", "duplicate" },
};

static void
each_fault_is_named(void)
{
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct complaint why;

		CU_ASSERT(!parse_changed(&why, NULL, faults[i].from, faults[i].to));
		CU_ASSERT_PTR_NOT_NULL(strstr(why.why, faults[i].says));
		if (strstr(why.why, faults[i].says) == NULL)
			fprintf(stderr, "%s -> %s: %s\n", faults[i].from, faults[i].to, why.why);
		CU_ASSERT(why.hint[0] != '\0');
		CU_ASSERT_EQUAL(why.code, EXIT_USAGE);
	}
}

static void
what_is_said_changes_the_id(void)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{ "example-1", "example-2" },
		{ "\"time\": 17", "\"time\": 16" },
		{ "\"fee_base\": \"0.00000100\"", "\"fee_base\": \"0.00000101\"" },
		{ "\"deposit_min\": \"0.00010000\"", "\"deposit_min\": \"0.00020000\"" },
		{ "\"name\": \"member-0\"", "\"name\": \"member-9\"" },
		{ "\"from_height\": 5", "\"from_height\": 6" },
		{ "\"voting_period\": 12", "\"voting_period\": 13" },
		{ "\"TEXT\"", "\"SPEND\"" },
		{ "\"weight\": 44", "\"weight\": 45" },
		{ "\"chain_id\": \"engine-1\"", "\"chain_id\": \"engine-2\"" },
		{ "\"slash\": 500", "\"slash\": 501" },
	};
	struct complaint why;
	struct hash256 was, is;

	CU_ASSERT(parse_changed(&why, &was, "{", " {"));
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		CU_ASSERT(parse_changed(&why, &is, changes[i].from, changes[i].to));
		CU_ASSERT(!hash256_eq(&was, &is));
	}
}

static void
every_truncation_is_refused(void)
{
	struct genesis_file *f = example(), *again = mem_new(1, sizeof(*again));
	char *text = genesis_file_text(f);
	struct complaint why;

	for (size_t n = 0; n < strlen(text); n += 1 + n / 50)
		CU_ASSERT(!genesis_file_parse(again, &why, text, n));
	free(text);
	free(again);
	free(f);
}

static void
versions_and_names(void)
{
	struct action_plugin_approve a;
	enum action_kind kind;
	uint8_t rule;

	CU_ASSERT(genesis_version_parse(&a, "65535.0.10"));
	CU_ASSERT(a.major == 65535 && a.minor == 0 && a.patch == 10);
	CU_ASSERT(!genesis_version_parse(&a, "65536.0.0") && !genesis_version_parse(&a, "1.2.3.4") &&
		  !genesis_version_parse(&a, "") && !genesis_version_parse(&a, "-1.0.0"));
	CU_ASSERT(genesis_action_find(&kind, "SPEND") && kind == ACTION_SPEND);
	CU_ASSERT(!genesis_action_find(&kind, "spend"));
	CU_ASSERT_PTR_NULL(genesis_action_name((enum action_kind)31));
	CU_ASSERT(genesis_kind_find(&rule, "issue") && strcmp(genesis_kind_name(rule), "issue") == 0);
	CU_ASSERT_PTR_NULL(genesis_kind_name(99));
	CU_ASSERT_PTR_NOT_NULL(modules_op_info(OP_TRANSFER));
	CU_ASSERT_PTR_NULL(modules_op_info(65535));
}

static const struct unit_test tests[] = {
	{ "a text gives the same genesis", a_text_gives_the_same_genesis },
	{ "each fault is named", each_fault_is_named },
	{ "what is said changes the id", what_is_said_changes_the_id },
	{ "every truncation is refused", every_truncation_is_refused },
	{ "versions and names", versions_and_names },
};

UNIT_MAIN("genesis_file", tests)
