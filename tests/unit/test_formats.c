/* The worked examples of doc/formats.md, read from the page and checked by the code that the daemon runs.
 * tests/unit/formats.py checks the same examples without that code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/formats_page.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"
#include "token/bank.h"
#include "token/snapshot.h"
#include "token/item.h"
#include "token/ledger.h"
#include "token/name.h"
#include "token/offer_parts.h"
#include "token/ops.h"
#include "token/ops_sale.h"
#include "token/partial.h"
#include "token/sale.h"
#include "token/state_proof.h"

static void
same_account(const char *name, const struct account *a)
{
	struct wr w = { 0 };

	wr_account(&w, a);
	same(name, w.p, w.len);
	wr_clear(&w);
}

static struct account
shared_account(void)
{
	struct xonly_key keys[3] = { test_key(0), test_key(1), test_key(2) };
	struct account a;

	for (int i = 0; i < 3; i++) {
		for (int j = 0; j + 1 < 3; j++) {
			if (xonly_cmp(&keys[j], &keys[j + 1]) > 0) {
				struct xonly_key k = keys[j];

				keys[j] = keys[j + 1];
				keys[j + 1] = k;
			}
		}
	}
	CU_ASSERT(account_from_policy(&a, 2, keys, 3));
	return a;
}

static void
accounts(void)
{
	struct account a = test_account(0), shared = shared_account(), fees = bank_fee_fund();
	char text[ACCOUNT_TEXT_LEN];
	struct wr want = { 0 };

	same_account("key-account", &a);
	same_account("policy-account", &shared);
	same_account("module-account", &fees);
	account_to_text(text, &a, "tly");
	example_text(&want, "key-account-text");
	CU_ASSERT_STRING_EQUAL(text, (char *)want.p);
	account_to_text(text, &a, "tlyr");
	wr_reset(&want);
	example_text(&want, "key-account-text-regtest");
	CU_ASSERT_STRING_EQUAL(text, (char *)want.p);
	wr_clear(&want);
}

static void
genesis_bytes(void)
{
	struct genesis_section section = { "demo", (const uint8_t *)"abc", 3 };
	struct genesis g = { .chain_id = "example-1", .network = "regtest", .time = { 1700000000 }, .sections_n = 1 };
	struct hash256 id;
	struct wr w = { 0 };

	g.sections = &section;
	CU_ASSERT(amount_from_units(&g.fee_base, 10) && amount_from_units(&g.fee_per_op, 1));
	wr_genesis(&w, &g);
	same("genesis", w.p, w.len);
	genesis_id(&id, &g);
	same("genesis-id", id.b, sizeof(id.b));
	wr_clear(&w);
}

static void
a_payment(void)
{
	struct account alice = test_account(0);
	struct hash256 chain = example_hash("genesis-id"), hash;
	struct wr bytes = example("payment"), made = { 0 };
	struct transaction t;

	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&t, bytes.p, bytes.len));
	CU_ASSERT(!t.relay && t.nonce == 7 && t.valid_until.sec == 1700003600);
	CU_ASSERT(amount_units(t.fee) == 11 && account_eq(&t.payer, &alice));
	CU_ASSERT(t.ops_n == 1 && t.ops[0].number == 4 && account_eq(&t.ops[0].source, &alice) && t.ops[0].payload_len == 74);
	same("payment-body", t.body, t.body_len);
	same("payment-signature", t.witness, t.witness_len);
	CU_ASSERT_PTR_NULL(transaction_verify(&t, &chain));
	transaction_id(&hash, &t);
	same("payment-id", hash.b, sizeof(hash.b));
	transaction_sighash(&hash, t.body, t.body_len, &chain);
	same("payment-message", hash.b, sizeof(hash.b));
	test_transaction(&made, &t, &chain); /* our own signer, too */
	same("payment", made.p, made.len);
	transaction_clear(&t);
	wr_clear(&made);
	wr_clear(&bytes);
}

static void
a_swap_by_a_policy(void)
{
	struct account shared = shared_account(), bob = test_account(1), signers[3];
	struct hash256 chain = example_hash("genesis-id");
	struct wr bytes = example("swap");
	struct transaction t;

	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&t, bytes.p, bytes.len));
	same("swap-body", t.body, t.body_len);
	same("swap-witness", t.witness, t.witness_len);
	CU_ASSERT_EQUAL(transaction_signers(signers, &t), 2);
	CU_ASSERT(account_eq(&signers[0], &shared) && account_eq(&signers[1], &bob));
	CU_ASSERT_PTR_NULL(transaction_verify(&t, &chain));
	transaction_clear(&t);
	wr_clear(&bytes);
}

/* The third secret's share of the swap. */
static void
a_swap_that_is_half_signed(void)
{
	struct account shared = shared_account();
	struct hash256 chain = example_hash("genesis-id");
	struct wr body = example("swap-body"), bytes = example("swap-partial"), whole = example("swap"), w = { 0 };
	struct secret_key secret = test_secret(2);
	struct xonly_key key = test_key(2);
	struct partial p, full;
	struct schnorr_sig sig;

	CU_ASSERT_PTR_NULL_FATAL(partial_from_transaction(&full, whole.p, whole.len, &chain));
	CU_ASSERT_PTR_NULL_FATAL(partial_from_transaction(&p, body.p, body.len, &chain));
	CU_ASSERT(partial_know_policy(&p, &shared, full.parts[0].k, full.parts[0].keys, full.parts[0].n));
	CU_ASSERT(schnorr_sign(&sig, &secret, &p.message, NULL) && partial_add(&p, &key, &sig));
	wr_partial(&w, &p);
	same("swap-partial", w.p, w.len);
	partial_clear(&p);
	CU_ASSERT_PTR_NULL_FATAL(partial_decode(&p, bytes.p, bytes.len));
	CU_ASSERT(partial_verify(&p) == NULL && partial_part_signed(&p.parts[0]) == 1 && !partial_is_complete(&p));
	CU_ASSERT_PTR_NULL(partial_merge(&p, &full));
	wr_reset(&w);
	wr_partial_transaction(&w, &p);
	same("swap", w.p, w.len);
	partial_clear(&p);
	partial_clear(&full);
	wr_clear(&body);
	wr_clear(&bytes);
	wr_clear(&whole);
	wr_clear(&w);
}

static void
a_relay_transaction(void)
{
	struct wr bytes = example("relay");
	struct transaction t;
	struct hash256 id;

	CU_ASSERT_PTR_NULL_FATAL(transaction_decode(&t, bytes.p, bytes.len));
	CU_ASSERT(t.relay && t.ops->number == 200 && t.ops->payload_len == 3);
	transaction_id(&id, &t);
	same("relay-id", id.b, sizeof(id.b));
	transaction_clear(&t);
	wr_clear(&bytes);
}

static void
a_block(void)
{
	struct result paid = { .reason = "OK", .id = example_hash("payment-id") }, end = { .reason = "OK" };
	struct exec x = { .events = &paid.events };
	struct hash256 leaves[2], root;
	struct wr bytes = example("block"), seal = example("block-seal"), w = { 0 }, transaction = example("payment");
	struct rd r = rd_init(bytes.p, bytes.len);
	struct xonly_key key = test_key(0);
	struct ledger_block b;

	exec_event(&x, "PAID", "\1\2", 2);
	wr_result(&w, &paid);
	same("result", w.p, w.len);
	sha256_tagged(&leaves[0], "tally/result", w.p, w.len);
	wr_reset(&w);
	wr_result(&w, &end);
	sha256_tagged(&leaves[1], "tally/result", w.p, w.len);
	ledger_merkle_root(&root, leaves, 2);
	same("results-root", root.b, sizeof(root.b));
	wr_reset(&w);
	wr_hash256(&w, &paid.id);
	sha256(&root, transaction.p, transaction.len);
	wr_hash256(&w, &root);
	sha256_tagged(&leaves[0], "tally/leaf", w.p, w.len);
	ledger_merkle_root(&root, leaves, 1);
	same("transactions-root", root.b, sizeof(root.b));

	rd_ledger_block(&r, &b);
	CU_ASSERT(rd_done(&r) && b.height == 1 && b.time.sec == 1700000060);
	same("genesis-id", b.previous.b, 32);
	same("transactions-root", b.transactions_root.b, 32);
	same("results-root", b.results_root.b, 32);
	same("state-root", b.app_hash.b, 32);
	ledger_block_hash(&root, &b);
	same("block-hash", root.b, sizeof(root.b));
	CU_ASSERT_EQUAL_FATAL(seal.len, sizeof(b.seal.b));
	memcpy(b.seal.b, seal.p, seal.len);
	CU_ASSERT(schnorr_verify(&b.seal, &key, &root));
	result_clear(&paid);
	wr_clear(&transaction);
	wr_clear(&w);
	wr_clear(&seal);
	wr_clear(&bytes);
}

static void
a_snapshot(void)
{
	struct wr want = example("snapshot"), block = example("block"), seal = example("block-seal"), w = { 0 };
	struct snapshot_head head = { .genesis_id = example_hash("genesis-id"), .entries = 3 };
	struct state *s = state_new();
	struct rd r = rd_init(block.p, block.len);
	struct state_walk walk;

	rd_ledger_block(&r, &head.block);
	CU_ASSERT(rd_done(&r));
	CU_ASSERT_EQUAL_FATAL(seal.len, sizeof(head.block.seal.b));
	memcpy(head.block.seal.b, seal.p, seal.len);
	state_put(s, "a", 1, "1", 1);
	state_put(s, "b", 1, "2", 1);
	state_put(s, "c", 1, "3", 1);
	wr_snapshot_head(&w, &head);
	state_walk_init(&walk, s, NULL, 0);
	CU_ASSERT(wr_snapshot_chunk(&w, &walk, 0));
	CU_ASSERT_FALSE(wr_snapshot_chunk(&w, &walk, 1));
	same("snapshot", w.p, w.len);
	state_free(s);
	wr_clear(&w);
	wr_clear(&want);
	wr_clear(&block);
	wr_clear(&seal);
}

static void
state_and_proofs(void)
{
	struct state *s = state_new();
	struct hash256 root, want = example_hash("state-root");
	static const struct {
		const char *name, *key, *value;
	} rows[] = {
		{ "proof-present", "c", "3" },
		{ "proof-absent-other", "e", NULL },
		{ "proof-absent-empty", "d", NULL },
	};

	state_put(s, "a", 1, "1", 1);
	state_put(s, "b", 1, "2", 1);
	state_put(s, "c", 1, "3", 1);
	state_root(&root, s);
	CU_ASSERT(hash256_eq(&root, &want));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr w = { 0 }, proof = example(rows[i].name);

		state_prove(&w, s, rows[i].key, 1);
		same(rows[i].name, w.p, w.len);
		CU_ASSERT_EQUAL(state_proof_check(proof.p, proof.len, &want, rows[i].key, 1, rows[i].value, rows[i].value ? 1 : 0),
				rows[i].value ? STATE_PROOF_PRESENT : STATE_PROOF_ABSENT);
		CU_ASSERT_EQUAL(proof.p[2], i);
		wr_clear(&proof);
		wr_clear(&w);
	}
	state_free(s);
}

static struct amount
units(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

/* points 1 for 10 | 14 days to return | good for 365 days, rounded to 30 | only the issuer mints */
static const uint8_t loyalty[29] = { 1, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x75, 0x12, 0, 0x6d, 1, 0, 0, 30 };

/* The same with tiers: what was paid in 90 days, from 100.00 on a quarter more, from 500.00 on twice as many */
static const uint8_t tiered[29 + 5 + 2 * 12] = {
	1, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x75, 0x12, 0, 0x6d, 1, 0, 0, 30, [29] = 90, [33] = 2, [34] = 0x10, 0x27, [42] = 0xd4, 0x30,
	[46] = 0x50, 0xc3, [54] = 0x20, 0x4e,
};

static void
operations_of_assets(void)
{
	struct asset_id asset = { example_hash("asset-id") };
	struct op_create create = {
		.flags = ASSET_TRANSFERABLE | ASSET_LOTS, .cap = units(1000000), .ticker = OP_TEXT("BEANS"), .name = OP_TEXT("Coffee beans"),
		.rule = OP_TEXT("issue_loyalty"), .rule_major = 1, .dao = ASSET_NO_DAO,
		.changes = ASSET_BY_ISSUER << 2 * ASSET_PART_ISSUER | ASSET_BY_ISSUER << 2 * ASSET_PART_DAO | ASSET_BY_DAO << 2 * ASSET_PART_PARAMS,
		.change_notice = 7 * 86400, .params = { loyalty, sizeof(loyalty) },
	};
	struct op_mint mint = { asset, test_account(1), units(100), AMOUNT_ZERO };
	struct op_earn earn = { asset, test_account(1), { { 0 } }, units(1250), units(250) };
	struct op_refund refund = { asset, test_account(1), { { 0 } }, units(500) };
	struct op_burn burn = { asset, units(7) };
	struct op_transfer transfer = { asset, test_account(1), units(25), { (const uint8_t *)"order 7", 7 } };
	struct op_redeem redeem = { asset, units(40) };
	struct op_renounce renounce = { asset };
	struct op_freeze freeze = { asset, test_account(1) };
	struct op_pause pause = { asset, { 1700086400 } };
	struct op_clawback clawback = { asset, test_account(1), units(9) };
	struct op_set_issuer set_issuer = { asset, test_account(1) };
	struct op_set_dao set_dao = { asset, 3 };
	struct op_set_params set_params = { asset, { tiered, sizeof(tiered) } };
	struct op_set_name set_name = { asset, OP_TEXT("Coffee club") };
	struct wr w = { 0 };

	sha256(&earn.receipt, "R-1001", 6);
	refund.receipt = earn.receipt;
	op_create_encode(&w, &create);
	same("op-create", w.p, w.len);
	wr_reset(&w);
	op_mint_encode(&w, &mint);
	same("op-mint", w.p, w.len);
	wr_reset(&w);
	op_earn_encode(&w, &earn);
	same("op-earn", w.p, w.len);
	wr_reset(&w);
	op_refund_encode(&w, &refund);
	same("op-refund", w.p, w.len);
	wr_reset(&w);
	op_burn_encode(&w, &burn);
	same("op-burn", w.p, w.len);
	wr_reset(&w);
	op_transfer_encode(&w, &transfer);
	same("op-transfer", w.p, w.len);
	wr_reset(&w);
	op_redeem_encode(&w, &redeem);
	same("op-redeem", w.p, w.len);
	wr_reset(&w);
	op_renounce_encode(&w, &renounce);
	same("op-renounce", w.p, w.len);
	wr_reset(&w);
	op_freeze_encode(&w, &freeze);
	same("op-freeze", w.p, w.len);
	wr_reset(&w);
	op_pause_encode(&w, &pause);
	same("op-pause", w.p, w.len);
	wr_reset(&w);
	op_clawback_encode(&w, &clawback);
	same("op-clawback", w.p, w.len);
	wr_reset(&w);
	op_set_issuer_encode(&w, &set_issuer);
	same("op-set-issuer", w.p, w.len);
	wr_reset(&w);
	op_set_dao_encode(&w, &set_dao);
	same("op-set-dao", w.p, w.len);
	wr_reset(&w);
	op_set_params_encode(&w, &set_params);
	same("op-set-params", w.p, w.len);
	wr_reset(&w);
	op_set_name_encode(&w, &set_name);
	same("op-set-name", w.p, w.len);
	wr_clear(&w);
}

static void
operations_of_governance(void)
{
	struct op_create_dao dao = {
		.name = OP_TEXT("Roasters"), .rule = OP_TEXT("gov_council"), .rule_major = 1, .params = { (const uint8_t *)"\2\0", 2 },
		.actions = 0x7f, .voting_period = 3600, .late_extension = 600, .timelock = 60, .grace = 86400, .threshold = 1,
		.electorate = DAO_COUNCIL, .members_n = 2, .members = { test_account(0), test_account(1) },
	};
	struct action_spend spend = { ASSET_COIN, test_account(1), units(500) };
	struct action_plugin_approve approve = { OP_TEXT("issue_fixed"), 1, 1, 1, 0, { { 0 } }, 4000 };
	struct op_propose propose = { .dao = 1, .title = OP_TEXT("Pay the roaster"), .actions_n = 2 };
	struct op_vote vote = { 1, { 7500, 2500, 0, 0 } };
	struct wr w = { 0 }, one = { 0 }, two = { 0 };

	op_create_dao_encode(&w, &dao);
	same("op-create-dao", w.p, w.len);
	wr_reset(&w);
	sha256(&approve.file, "a file", 6);
	action_spend_encode(&one, &spend);
	action_plugin_approve_encode(&two, &approve);
	propose.actions[0] = (struct dao_action){ ACTION_SPEND, { one.p, one.len } };
	propose.actions[1] = (struct dao_action){ ACTION_PLUGIN_APPROVE, { two.p, two.len } };
	op_propose_encode(&w, &propose);
	same("op-propose", w.p, w.len);
	wr_reset(&w);
	op_vote_encode(&w, &vote);
	same("op-vote", w.p, w.len);
	wr_clear(&w);
	wr_clear(&one);
	wr_clear(&two);
}

static void
more_of_governance(void)
{
	struct asset_id asset = { example_hash("asset-id") };
	struct op_add_deposit deposit = { 1, units(70000) };
	struct op_proposal execute = { 1 };
	struct op_delegate delegate = { asset, test_account(1) };
	struct action_mint_permit permit = { asset, units(900) };
	struct action_plugin_disable disable = { OP_TEXT("issue_fixed"), 1, 0, 0 };
	struct action_rule_upgrade upgrade = { OP_TEXT("issue_fixed"), 1, 1, 0, 5000 };
	static const uint8_t fee[8] = { 25 };
	struct action_param chain = { ASSET_COIN, OP_TEXT("fee_base"), { fee, sizeof(fee) } };
	struct action_param name = { asset, OP_TEXT("name"), { (const uint8_t *)"Coffee club", 11 } };
	struct action_cover_deficit cover = { COVER_FROM_FEES, units(12000) };
	struct wr w = { 0 };

#define SAME(example, encode)               \
	do {                                \
		wr_reset(&w);               \
		encode;                     \
		same(example, w.p, w.len);  \
	} while (0)
	SAME("op-add-deposit", op_add_deposit_encode(&w, &deposit));
	SAME("op-execute", op_proposal_encode(&w, &execute));
	SAME("op-delegate", op_delegate_encode(&w, &delegate));
	SAME("action-mint-permit", action_mint_permit_encode(&w, &permit));
	SAME("action-plugin-disable", action_plugin_disable_encode(&w, &disable));
	SAME("action-rule-upgrade", action_rule_upgrade_encode(&w, &upgrade));
	SAME("action-param-chain", action_param_encode(&w, &chain));
	SAME("action-param-asset", action_param_encode(&w, &name));
	SAME("action-cover-deficit", action_cover_deficit_encode(&w, &cover));
#undef SAME
	wr_clear(&w);
}

/* The allow-list of accounts 1, 2 and 3, and the paths of the first two. */
static void
allow_list(struct hash256 *root, struct allow_path *alice, struct allow_path *bob)
{
	struct account list[3] = { test_account(0), test_account(1), test_account(2) }, one = list[0], two = list[1];

	CU_ASSERT_EQUAL_FATAL(allow_list_sort(list, 3), 3);
	allow_list_root(root, list, 3);
	for (size_t i = 0; i < 3; i++) {
		if (account_eq(&list[i], &one))
			CU_ASSERT_FATAL(allow_list_path(alice, list, 3, i));
		if (account_eq(&list[i], &two))
			CU_ASSERT_FATAL(allow_list_path(bob, list, 3, i));
	}
}

/* steps | for 100 units | bonus 10 %, falling to 0 in a day | 100,000 until 50,000,000 are raised, then 120,000 */
static const uint8_t steps[17 + 1 + 2 * 20] = {
	1, 100, [9] = 0xe8, 0x03, [13] = 0x80, 0x51, 0x01, [17] = 2, [18] = 0xa0, 0x86, 0x01, [30] = 0x80, 0xf0, 0xfa, 0x02, [38] = 0xc0, 0xd4, 0x01,
};

static void
operations_of_sales(void)
{
	struct op_create_sale create = {
		.asset = { example_hash("asset-id") }, .rule = OP_TEXT("sale_crowd"), .rule_major = 1, .params = { steps, sizeof(steps) },
		.close.sec = 1702592000, .soft_cap = units(10000000), .hard_cap = units(500000000), .tokens = units(900000), .payer_min = units(2000),
		.payer_max = units(100000000), .beneficiary_max = units(200000000), .cliff = 2592000, .vesting = 31536000,
	};
	struct op_buy buy = { .sale = 1, .beneficiary = test_account(1), .payment = units(5000000), .tokens_min = units(5000) };
	struct op_claim claim = { 1, test_account(1) };
	struct op_sale sale = { 1 };
	struct account alice = test_account(0);
	uint8_t key[SALE_KEY_MAX];
	struct wr w = { 0 };

	allow_list(&create.allow_list, &buy.payer_path, &buy.beneficiary_path);
	same("allow-list", create.allow_list.b, sizeof(create.allow_list.b));
	wr_allow_path(&w, &buy.beneficiary_path);
	same("allow-path", w.p, w.len);
	wr_reset(&w);
	op_create_sale_encode(&w, &create);
	same("op-create-sale", w.p, w.len);
	wr_reset(&w);
	op_buy_encode(&w, &buy);
	same("op-buy", w.p, w.len);
	wr_reset(&w);
	op_sale_encode(&w, &sale);
	same("op-close-sale", w.p, w.len);
	same("op-cancel-sale", w.p, w.len);
	wr_reset(&w);
	op_claim_encode(&w, &claim);
	same("op-claim", w.p, w.len);
	wr_clear(&w);
	same("key-purchase", key, sale_purchase_key(key, 1, &alice, &claim.account));
}

static void
offers(void)
{
	struct op_offer offer = { { example_hash("asset-id") }, ASSET_COIN, units(300), units(100), 0, { 1700600000 }, false, { 0 } };
	struct op_take take = { 1, units(100), units(100), units(34) };
	struct op_cancel_offer cancel = { 1, units(50) };
	struct wr w = { 0 };

	op_offer_encode(&w, &offer);
	same("op-offer", w.p, w.len);
	wr_reset(&w);
	offer.flags = OFFER_WHOLE | OFFER_REDEEM;
	offer.has_only = true;
	offer.only = test_account(1);
	op_offer_encode(&w, &offer);
	same("private-offer", w.p, w.len);
	wr_reset(&w);
	op_take_encode(&w, &take);
	same("op-take", w.p, w.len);
	wr_reset(&w);
	op_cancel_offer_encode(&w, &cancel);
	same("op-cancel-offer", w.p, w.len);
	wr_clear(&w);
}

/* The key of the offer in a state that has it. */
static void
the_book_of_offers(void)
{
	struct offer o = { .owner = test_account(0), .terms = { { example_hash("asset-id") }, ASSET_COIN, units(300), units(100), 0, { 1700600000 }, false, { 0 } },
			   .left = units(300) };
	struct state *s = state_new();
	struct state_walk w;

	offer_add(s, &o);
	state_walk_init(&w, s, "ob", 2);
	CU_ASSERT_FATAL(state_walk_next(&w));
	same("offer-book-key", w.key, w.key_len);
	state_free(s);
}

static void
records(void)
{
	struct op_create_item create = { OP_TEXT("Watch 1969"), { { 0 } } };
	struct item_entry entry = { 0, ITEM_CREATED, ITEM_CREATOR, { 1700000060 }, test_account(0), { 0 }, OP_TEXT("Watch 1969"), { { 0 } } };
	struct hash256 id = example_hash("item-id"), salt, digest, head;
	struct op_record_event record = { id, OP_TEXT("inspected"), { { 0 } }, false };
	struct op_handover handover = { id, test_account(1), { 1700600000 }, { { 0 } } };
	struct op_accept_item accept = { id, example_hash("item-head") };
	struct op_set_attester attester = { id, test_account(1), true };
	struct wr w = { 0 };

	sha256(&salt, "salt", 4);
	sha256(&digest, "serial 4711", 11);
	item_document(&create.document, &salt, &digest);
	same("item-document", create.document.b, sizeof(create.document.b));
	op_create_item_encode(&w, &create);
	same("op-create-item", w.p, w.len);
	wr_reset(&w);
	entry.document = create.document;
	item_entry_encode(&w, &entry);
	same("item-entry", w.p, w.len);
	item_first_head(&head, &id);
	item_next_head(&head, w.p, w.len);
	same("item-head", head.b, sizeof(head.b));
	wr_reset(&w);
	op_record_event_encode(&w, &record);
	same("op-record-event", w.p, w.len);
	wr_reset(&w);
	op_handover_encode(&w, &handover);
	same("op-handover", w.p, w.len);
	wr_reset(&w);
	op_accept_item_encode(&w, &accept);
	same("op-accept-item", w.p, w.len);
	wr_reset(&w);
	op_set_attester_encode(&w, &attester);
	same("op-set-attester", w.p, w.len);
	wr_clear(&w);
}

/* The id of the item that CREATE_ITEM makes in the payment's place. */
static void
an_item_is_made(void)
{
	struct block_env env = { .height = 1, .time = { 1700000060 } };
	struct exec x = { .state = state_new(), .env = &env, .transaction = example_hash("payment-id") };
	struct wr payload = example("op-create-item");
	struct op op = { OP_CREATE_ITEM, test_account(0), payload.p, payload.len };
	struct hash256 id = example_hash("item-id"), head = example_hash("item-head");
	struct item i;

	CU_ASSERT_PTR_NULL(item_module.ops[0].apply(&x, &op));
	CU_ASSERT_FATAL(item_get(&i, x.state, &id));
	CU_ASSERT(hash256_eq(&i.head, &head));
	wr_clear(&payload);
	state_free(x.state);
}

static void
names(void)
{
	struct op_name name = { test_account(1), OP_TEXT("corner-cafe") };
	struct op_renounce_name renounce = { OP_TEXT("corner-cafe") };
	struct action_registrar registrar = { test_account(1), true };
	char skeleton[NAME_MAX];
	struct wr w = { 0 };

	op_name_encode(&w, &name);
	same("op-attest-name", w.p, w.len);
	wr_reset(&w);
	op_renounce_name_encode(&w, &renounce);
	same("op-renounce-name", w.p, w.len);
	wr_reset(&w);
	same("name-skeleton", (const uint8_t *)skeleton, name_skeleton(skeleton, "corner-cafe", 11));
	action_registrar_encode(&w, &registrar);
	same("action-registrar", w.p, w.len);
	wr_clear(&w);
}

static const struct unit_test tests[] = {
	{ "accounts", accounts },
	{ "genesis", genesis_bytes },
	{ "a payment", a_payment },
	{ "a swap by a policy", a_swap_by_a_policy },
	{ "a swap that is half signed", a_swap_that_is_half_signed },
	{ "a relay transaction", a_relay_transaction },
	{ "a block", a_block },
	{ "a snapshot", a_snapshot },
	{ "state and proofs", state_and_proofs },
	{ "operations of assets", operations_of_assets },
	{ "operations of governance", operations_of_governance },
	{ "more of governance", more_of_governance },
	{ "operations of sales", operations_of_sales },
	{ "offers", offers },
	{ "the book of offers", the_book_of_offers },
	{ "records", records },
	{ "an item is made", an_item_is_made },
	{ "names", names },
};

int
main(void)
{
	int failed;

	if (!page_load()) {
		printf("test_formats: can't read doc/formats.md\n");
		return 1;
	}
	failed = unit_run("formats", tests, ARRAY_LEN(tests));
	page_free();
	return failed;
}
