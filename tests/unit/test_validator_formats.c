/* The worked examples of validators in doc/formats.md, by the daemon's own code; tests/unit/formats.py has them without it. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/formats_page.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/validator.h"

static struct validator_key
key(uint8_t n)
{
	struct validator_key k;

	memset(k.b, n, sizeof(k.b));
	return k;
}

static struct amount
units(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

static void
same_and_clear(const char *name, struct wr *w)
{
	same(name, w->p, w->len);
	wr_clear(w);
}

static void
names_and_proofs(void)
{
	struct hash256 chain = example_hash("genesis-id"), hash;
	struct account alice = test_account(0);
	struct validator_key k = key(1);
	uint8_t address[VALIDATOR_ADDRESS_LEN];

	validator_proof_hash(&hash, &chain, &alice, &k);
	same("validator-proof", hash.b, sizeof(hash.b));
	validator_address(address, &k);
	same("validator-address", address, sizeof(address));
}

static void
operations(void)
{
	struct op_register_validator reg = { .key = key(1), .moniker = OP_TEXT("alice"), .self_bond = units(100) };
	struct op_bond bond = { key(1), units(2500) };
	struct op_withdraw withdraw = { test_account(0) };
	struct op_vote_validators vote = { 2, { { key(1), units(500) }, { key(2), units(750) } } };
	struct wr w = { 0 };

	memset(reg.proof.b, 5, sizeof(reg.proof.b));
	op_register_validator_encode(&w, &reg);
	same_and_clear("op-register-validator", &w);
	op_bond_encode(&w, &bond);
	same_and_clear("op-bond", &w);
	op_withdraw_encode(&w, &withdraw);
	same_and_clear("op-withdraw", &w);
	op_vote_validators_encode(&w, &vote);
	same_and_clear("op-vote-validators", &w);
}

static void
evidence(void)
{
	struct op_evidence e = { .key = key(1), .kind = EVIDENCE_VOTES, .vote = EVIDENCE_PRECOMMIT, .height = 7, .round = 1 }, again;
	struct wr w = { 0 };

	e.cast[0] = (struct evidence_cast){ .block.nil = true, .seconds = 1700000000, .nanos = 5 };
	e.cast[1] = (struct evidence_cast){ .block.parts = 3, .seconds = 1700000001 };
	memset(e.cast[1].block.hash.b, 0x11, 32);
	memset(e.cast[1].block.parts_hash.b, 0x22, 32);
	memset(e.cast[0].sig.b, 5, 64);
	memset(e.cast[1].sig.b, 5, 64);
	op_evidence_encode(&w, &e);
	CU_ASSERT(op_evidence_decode(&again, w.p, w.len));
	same_and_clear("op-evidence", &w);
	evidence_sign_bytes(&w, &e, 0, "example-1");
	same_and_clear("vote-bytes-nil", &w);
	evidence_sign_bytes(&w, &e, 1, "example-1");
	same_and_clear("vote-bytes", &w);
}

static void
the_councils_changes(void)
{
	struct action_validators weights = { .change = CHANGE_WEIGHTS, .n = 2, .list = { { key(1), 10 }, { key(2), 0 } } };
	struct action_validators rule = { .change = CHANGE_RULE, .rule = OP_TEXT("valsel_poa"), .rule_major = 1 };
	struct action_validators jail = { .change = CHANGE_JAIL, .key = key(1), .until = { 1800000000 } };
	struct wr w = { 0 };

	action_validators_encode(&w, &weights);
	same_and_clear("action-weights", &w);
	action_validators_encode(&w, &rule);
	same_and_clear("action-rule", &w);
	action_validators_encode(&w, &jail);
	same_and_clear("action-jail", &w);
}

static void
a_section(void)
{
	struct validators_genesis g = { .rule = OP_TEXT("valsel_poa"), .rule_major = 1, .n = 1 };
	struct account alice = test_account(0);
	struct wr w = { 0 };

	g.params = (struct validators_params){ .engine = ENGINE_SOLO, .chain_id = "example-1", .epoch_seconds = 86400, .unbonding = 1814400,
					       .vote_step = 2592000, .slash = 500 };
	g.list[0] = (struct validators_first){ .owner = alice, .moniker = OP_TEXT("alice"), .weight = 1 };
	memcpy(g.list[0].key.b, alice.id.b, sizeof(alice.id.b));
	CU_ASSERT_PTR_NULL(validators_genesis_check(&g, false));
	wr_validators_section(&w, &g);
	same_and_clear("validators-section", &w);
}

static const struct unit_test tests[] = {
	{ "names and proofs", names_and_proofs },
	{ "operations", operations },
	{ "evidence", evidence },
	{ "the council's changes", the_councils_changes },
	{ "a section", a_section },
};

int
main(void)
{
	int failed;

	if (!page_load()) {
		printf("test_validator_formats: can't read doc/formats.md\n");
		return 1;
	}
	failed = unit_run("formats of validators", tests, ARRAY_LEN(tests));
	page_free();
	return failed;
}
