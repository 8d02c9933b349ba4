/* Whole ledgers with validators, as an engine drives them: what CometBFT says, and updates that come in the same block everywhere. */
#include "tests/unit/validator_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token/ledger.h"
#include "token/modules.h"
#include "token/plugin_loader.h"

static struct ledger *
start(void)
{
	const struct tally_plugin *poa = valsel_poa_entry();
	struct action_plugin_approve approve = { .name = OP_TEXT("valsel_poa"), .kind = TALLY_VALSEL, .major = 1, .file = hash_of("poa") };
	struct genesis genesis = { .chain_id = "validators", .network = "regtest", .time.sec = WORLD_TIME, .sections_n = 2 };
	struct genesis_section sections[2];
	struct validators_genesis g;
	struct world people = { .deep = false };
	struct wr rules = { 0 }, validators = { 0 };
	struct ledger *l;
	const char *why;

	CU_ASSERT_PTR_NULL_FATAL(rule_register(poa, &approve.file));
	for (size_t i = 0; i < WORLD_PEOPLE; i++)
		memset(people.people[i].id.b, (int)i + 1, 32);
	validators_usual(&people, &g);
	wr_rules_section(&rules, &approve, 1);
	wr_validators_section(&validators, &g);
	sections[0] = (struct genesis_section){ "rules", rules.p, rules.len };
	sections[1] = (struct genesis_section){ "validators", validators.p, validators.len };
	genesis.sections = sections;
	l = ledger_new(token_modules, TOKEN_MODULES_N, &genesis);
	why = ledger_start(l, &genesis);
	if (why != NULL)
		printf("\n  %s", why);
	CU_ASSERT_PTR_NULL_FATAL(why);
	state_settle(ledger_state(l));
	wr_clear(&rules);
	wr_clear(&validators);
	return l;
}

struct made {
	struct hash256 app_hash, results_root;
	size_t n;
	struct validator_power updates[2 * VALIDATOR_SET_MAX];
};

/* Weight for one more validator by the council's hand, put in from outside: so a fifth can be had without a vote. */
static void
fifth(struct exec *x)
{
	struct action_validators a = { .change = CHANGE_WEIGHTS, .n = 1 };
	struct wr payload = { 0 };
	struct op_blob blob;
	struct dao d = { .number = 0 };

	a.list[0] = (struct validator_weight){ validator_key_at(0), 11 };
	action_validators_encode(&payload, &a);
	blob = (struct op_blob){ payload.p, payload.len };
	CU_ASSERT_PTR_NULL(validators_action_check(x, &d, &blob));
	CU_ASSERT_PTR_NULL(validators_action_apply(x, &d, &blob));
	wr_clear(&payload);
}

static void
make_block(struct made *out, struct ledger *l, int64_t time, int what)
{
	struct account proposer = { .type = ACCOUNT_KEY };
	uint8_t address[VALIDATOR_ADDRESS_LEN];
	struct validator_key k = validator_key_at(2);
	struct ledger_block b;
	struct exec x;
	const char *why;

	ledger_begin(l, (struct unixtime){ time });
	x = ledger_exec(l);
	if (what == 1)
		fifth(&x);
	validator_address(address, &k);
	if (what == 2)
		CU_ASSERT_PTR_NULL(validator_misbehaved(&x, address, x.env->height));
	CU_ASSERT_FATAL(ledger_end(&b, &why, l, &proposer));
	out->app_hash = b.app_hash;
	out->results_root = b.results_root;
	out->n = validator_updates(out->updates, ledger_state(l), b.height);
	ledger_commit(l, &b);
	CU_ASSERT_PTR_NULL(ledger_invariants(l, true));
	CU_ASSERT_EQUAL(validator_updates(out->updates, ledger_state(l), b.height), out->n);
}

/* One node tries, discards and asks between; the other doesn't. */
static void
updates_come_in_the_same_block_everywhere(void)
{
	static const struct {
		int64_t after;
		int what;
		size_t updates;
	} blocks[] = { { 0, 0, 0 }, { 1, 1, 0 }, { 998, 0, 0 }, { 1, 0, 1 }, { 1, 0, 0 }, { 5, 2, 0 }, { 994, 0, 0 }, { 1, 0, 0 } };
	struct ledger *a = start(), *b = start();
	struct made *of_a = calloc(1, sizeof(*of_a)), *of_b = calloc(1, sizeof(*of_b));
	struct hash256 root_a, root_b;
	int64_t time = WORLD_TIME;

	root_a = ledger_tip(a).app_hash;
	root_b = ledger_tip(b).app_hash;
	CU_ASSERT(hash256_eq(&root_a, &root_b));
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
		struct unixtime due;

		time += blocks[i].after;
		ledger_begin(b, (struct unixtime){ time });
		ledger_discard(b);
		CU_ASSERT(ledger_next_deadline(b, &due));
		make_block(of_a, a, time, blocks[i].what);
		make_block(of_b, b, time, blocks[i].what);
		CU_ASSERT(hash256_eq(&of_a->app_hash, &of_b->app_hash));
		CU_ASSERT(hash256_eq(&of_a->results_root, &of_b->results_root));
		CU_ASSERT_EQUAL(of_a->n, blocks[i].updates);
		CU_ASSERT_EQUAL(of_a->n, of_b->n);
		CU_ASSERT_EQUAL(memcmp(of_a->updates, of_b->updates, of_a->n * sizeof(of_a->updates[0])), 0);
	}
	free(of_a);
	free(of_b);
	ledger_free(a);
	ledger_free(b);
}

/* With create_empty_blocks off a block must come only when there is something to decide. */
static void
an_empty_block_changes_nothing(void)
{
	struct ledger *l = start();
	struct made *first = calloc(1, sizeof(*first)), *second = calloc(1, sizeof(*second));

	make_block(first, l, WORLD_TIME + 10, 0);
	make_block(second, l, WORLD_TIME + 900, 0);
	CU_ASSERT(hash256_eq(&first->app_hash, &second->app_hash));
	make_block(second, l, WORLD_TIME + 1000, 0);
	CU_ASSERT_FALSE(hash256_eq(&first->app_hash, &second->app_hash)); /* the epoch */
	free(first);
	free(second);
	ledger_free(l);
}

static const struct unit_test tests[] = {
	{ "updates come in the same block everywhere", updates_come_in_the_same_block_everywhere },
	{ "an empty block changes nothing", an_empty_block_changes_nothing },
};

UNIT_MAIN("validators in a ledger", tests)
