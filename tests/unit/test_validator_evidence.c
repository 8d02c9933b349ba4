/* Proofs of double signing. The votes were signed by CometBFT's own code (github.com/cometbft/cometbft v0.38.25, types.VoteSignBytes and
 * crypto/ed25519; the key is GenPrivKeyFromSecret("tallystick validator one")). */
#include "tests/unit/signing.h"
#include "tests/unit/validator_world.h"

#include <string.h>

#include "token/ledger.h"
#include "token/validator_parts.h"

static const char cometbft_key[] = "46914ceaf007cd2f3c957feb1e926d0dd7bbf161efbd702d56f921bf4991bdbd";
static const char cometbft_address[] = "e7f872cd8fda73663ff76fd270e1cce1a3d992b1";

static const struct row {
	const char *name;
	enum evidence_vote vote;
	uint64_t height;
	uint32_t round;
	const char *hash; /* "" for nil */
	uint32_t parts;
	const char *parts_hash;
	int64_t seconds;
	uint32_t nanos;
	const char *chain_id, *bytes, *sig;
} rows[] = {
	{ "precommit a", EVIDENCE_PRECOMMIT, 7, 0, "7b68006fec95e3d5cccbee15378a0eac8bba3d1aeff771ede6606635d0b50cc1", 1u, "8fb0e978bf2505f216064e796d5b855c32463586ba39d374095618e1d49bffb4", 1700000000, 123456789, "tally-regtest",
	  "71080211070000000000000022480a207b68006fec95e3d5cccbee15378a0eac8bba3d1aeff771ede6606635d0b50cc11224080112208fb0e978bf2505f216064e796d5b855c32463586ba39d374095618e1d49bffb42a0b0880e2cfaa0610959aef3a320d74616c6c792d72656774657374",
	  "8de254134802dafa96ee2b323619175bdb6c2be3d3dbb78974cf7eb1f50e1b89540390c43b130b9b6ae667bfb9541615a10595386b3e695f7740bdcf8f9c8c08" },
	{ "precommit b", EVIDENCE_PRECOMMIT, 7, 0, "587cb8b9d8950f1cf68865d4ebfde3a6c1184b6499267a46b22a70ed57072cf0", 3u, "4f27d73755752db02189c0c4e2d994227ae38501402c3654c7d40439fe683776", 1700000001, 5, "tally-regtest",
	  "6e080211070000000000000022480a20587cb8b9d8950f1cf68865d4ebfde3a6c1184b6499267a46b22a70ed57072cf01224080312204f27d73755752db02189c0c4e2d994227ae38501402c3654c7d40439fe6837762a080881e2cfaa061005320d74616c6c792d72656774657374",
	  "6ba22be33c7bdff2ab0539e20aba92a8be7bcbf80dc0d057679801bba32bae54d533f0629bc0299ec1491d4cb3e514d40a717381da083b309db6fd11145fe509" },
	{ "precommit nil", EVIDENCE_PRECOMMIT, 7, 0, "", 0u, "", 1700000002, 0, "tally-regtest",
	  "2208021107000000000000002a060882e2cfaa06320d74616c6c792d72656774657374",
	  "4acda2c9277f08aa961a05acd9e99638756cd55c8689bf68770e943ef567a642a962a88aea345eabf9c3d41634f07b30cfb364e4f52dd002255946aa23fe2708" },
	{ "prevote round 2", EVIDENCE_PREVOTE, 123456789012, 2, "0e1e8021b4b8f89a1ed572b9479b54e682315cde13acedd62fe837a0a8fd658b", 70000u, "943b05875b6989d4cd18d29fc841a5337646c6a2933e161df7146588620ace64", 0, 0, "tally-main",
	  "6e080111141a99be1c000000190200000000000000224a0a200e1e8021b4b8f89a1ed572b9479b54e682315cde13acedd62fe837a0a8fd658b122608f0a2041220943b05875b6989d4cd18d29fc841a5337646c6a2933e161df7146588620ace642a00320a74616c6c792d6d61696e",
	  "2228d296c604b9bce38cda35b10ce92b81f7442fe8f2e98db6deb267b26fba2b9d4928567e8187ef1fe8828ba25362fe5c12d2c3da64e22dad189116af377507" },
	{ "prevote round 2 nil", EVIDENCE_PREVOTE, 123456789012, 2, "", 0u, "", 1700000002, 999999999, "tally-main",
	  "2e080111141a99be1c0000001902000000000000002a0c0882e2cfaa0610ff93ebdc03320a74616c6c792d6d61696e",
	  "04d7c4b5da6e4940d669d6ca8c2ea18fb1864bfd8aef4da31e0be8a5e740e64e7f360d8aca32532f8acb11beb01e789e25e4a305a6986690fdae256ecaea4a00" },
	{ "before 1970", EVIDENCE_PRECOMMIT, 1, 2147483647, "c749b0659c27ac88706dee16dbdf34aec44184d4cc539a5a01c1e9f0a574b8eb", 4294967295u, "027db5b561459bb4269b342833adaff5c95310250c11b2ac7bf7728701ae7681", -5, 7, "x",
	  "74080211010000000000000019ffffff7f00000000224c0a20c749b0659c27ac88706dee16dbdf34aec44184d4cc539a5a01c1e9f0a574b8eb122808ffffffff0f1220027db5b561459bb4269b342833adaff5c95310250c11b2ac7bf7728701ae76812a0d08fbffffffffffffffff011007320178",
	  "344a780c9e5c1917ad689cbdaa67e45e17dd163eab77118c0fec9afd2e406f50ab108071a1918c514b03baf4572f79d6c3dd345abd7102c160195149fe733d0e" },
};

static void
fill(struct op_evidence *e, int which, const struct row *r)
{
	struct evidence_cast *c = &e->cast[which];

	e->kind = EVIDENCE_VOTES;
	e->vote = r->vote;
	e->height = r->height;
	e->round = r->round;
	CU_ASSERT_FATAL(hex_decode(e->key.b, 32, cometbft_key));
	memset(c, 0, sizeof(*c));
	c->block.nil = r->hash[0] == '\0';
	if (!c->block.nil) {
		CU_ASSERT_FATAL(hex_decode(c->block.hash.b, 32, r->hash) && hex_decode(c->block.parts_hash.b, 32, r->parts_hash));
		c->block.parts = r->parts;
	}
	c->seconds = r->seconds;
	c->nanos = r->nanos;
	CU_ASSERT_FATAL(hex_decode(c->sig.b, 64, r->sig));
}

static void
sign_bytes_are_cometbfts(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct op_evidence e = { 0 };
		struct ed25519_key key;
		struct ed25519_sig sig;
		char hex[2 * 200 + 1];
		struct wr w = { 0 };

		fill(&e, 0, &rows[i]);
		evidence_sign_bytes(&w, &e, 0, rows[i].chain_id);
		CU_ASSERT_FATAL(w.len <= 200);
		hex_encode(hex, w.p, w.len);
		CU_ASSERT_STRING_EQUAL(hex, rows[i].bytes);
		memcpy(key.b, e.key.b, sizeof(key.b));
		memcpy(sig.b, e.cast[0].sig.b, sizeof(sig.b));
		CU_ASSERT(ed25519_verify(&sig, &key, w.p, w.len));
		wr_clear(&w);
	}
}

static void
addresses_are_cometbfts(void)
{
	uint8_t is[VALIDATOR_ADDRESS_LEN], want[VALIDATOR_ADDRESS_LEN];
	struct validator_key key;

	CU_ASSERT_FATAL(hex_decode(key.b, 32, cometbft_key) && hex_decode(want, sizeof(want), cometbft_address));
	validator_address(is, &key);
	CU_ASSERT_EQUAL(memcmp(is, want, sizeof(is)), 0);
}

static struct validators_params
params_of(enum validators_engine engine, const char *chain_id)
{
	struct validators_params p = { .engine = engine };

	memcpy(p.chain_id, chain_id, strlen(chain_id));
	return p;
}

static void
two_votes_of_cometbft_convict(void)
{
	struct validators_params p = params_of(ENGINE_COMETBFT, "tally-regtest");
	struct op_evidence e = { 0 }, again;
	uint64_t height;
	struct wr w = { 0 };

	fill(&e, 0, &rows[1]); /* its block is the lesser one */
	fill(&e, 1, &rows[0]);
	op_evidence_encode(&w, &e);
	CU_ASSERT(op_evidence_decode(&again, w.p, w.len));
	CU_ASSERT_PTR_NULL(evidence_check(&height, &p, &e));
	CU_ASSERT_EQUAL(height, 7);
	wr_reset(&w);
	fill(&e, 0, &rows[2]); /* nil and a block */
	op_evidence_encode(&w, &e);
	CU_ASSERT(op_evidence_decode(&again, w.p, w.len));
	CU_ASSERT_PTR_NULL(evidence_check(&height, &p, &e));
	wr_reset(&w);
	fill(&e, 1, &rows[2]); /* the same vote twice, or in the wrong order, is no evidence */
	op_evidence_encode(&w, &e);
	CU_ASSERT_FALSE(op_evidence_decode(&again, w.p, w.len));
	wr_reset(&w);
	fill(&e, 0, &rows[0]);
	fill(&e, 1, &rows[1]);
	op_evidence_encode(&w, &e);
	CU_ASSERT_FALSE(op_evidence_decode(&again, w.p, w.len));
	wr_clear(&w);
	fill(&e, 0, &rows[1]);
	fill(&e, 1, &rows[0]);
	p = params_of(ENGINE_COMETBFT, "tally-regtesu"); /* another chain's votes */
	REFUSED(evidence_check(&height, &p, &e), "BAD_EVIDENCE_SIGNATURE");
	p = params_of(ENGINE_SOLO, "tally-regtest");
	REFUSED(evidence_check(&height, &p, &e), "WRONG_EVIDENCE");
}

/* ---- seals of the solo engine ---- */

static const struct secret_key sealer = { { 7 } };

static void
seal(struct op_evidence *e, int which, uint64_t height, uint8_t app, uint8_t previous)
{
	struct ledger_block b = { .height = height, .time.sec = 1700000000, .app_hash = { { app } }, .previous = { { previous } } };
	struct schnorr_sig sig;
	struct xonly_key key;
	struct hash256 hash;
	struct wr w = { 0 };

	CU_ASSERT_FATAL(xonly_from_secret(&key, &sealer));
	b.proposer = account_from_key(&key);
	wr_ledger_block(&w, &b);
	CU_ASSERT_EQUAL_FATAL(w.len, SEALED_HEADER_LEN);
	memcpy(e->header[which], w.p, w.len);
	wr_clear(&w);
	ledger_block_hash(&hash, &b);
	CU_ASSERT_FATAL(schnorr_sign(&sig, &sealer, &hash, NULL));
	memcpy(e->seal[which].b, sig.b, sizeof(sig.b));
	memcpy(e->key.b, key.b, sizeof(key.b));
	e->kind = EVIDENCE_SEALS;
}

static void
two_seals_convict(void)
{
	struct validators_params p = params_of(ENGINE_SOLO, "x");
	struct op_evidence e = { 0 }, again;
	struct wr w = { 0 };
	uint64_t height;

	seal(&e, 0, 9, 1, 5);
	seal(&e, 1, 9, 2, 5);
	op_evidence_encode(&w, &e);
	CU_ASSERT(op_evidence_decode(&again, w.p, w.len));
	CU_ASSERT_PTR_NULL(evidence_check(&height, &p, &again));
	CU_ASSERT_EQUAL(height, 9);
	again.seal[1].b[0] ^= 1;
	REFUSED(evidence_check(&height, &p, &again), "BAD_EVIDENCE_SIGNATURE");
	seal(&e, 1, 10, 2, 5); /* one block after the other */
	REFUSED(evidence_check(&height, &p, &e), "WRONG_EVIDENCE");
	seal(&e, 1, 9, 2, 6); /* of another chain */
	REFUSED(evidence_check(&height, &p, &e), "WRONG_EVIDENCE");
	e.header[1][0] = 9; /* no block */
	REFUSED(evidence_check(&height, &p, &e), "WRONG_EVIDENCE");
	p.engine = ENGINE_COMETBFT;
	REFUSED(evidence_check(&height, &p, &e), "WRONG_EVIDENCE");
	wr_reset(&w);
	seal(&e, 0, 9, 1, 5);
	seal(&e, 1, 9, 1, 5); /* one block twice */
	op_evidence_encode(&w, &e);
	CU_ASSERT_FALSE(op_evidence_decode(&again, w.p, w.len));
	wr_clear(&w);
}

/* A chain with one sealer, whole: registered with its key, convicted by its seals. */
static void
a_solo_chain_convicts_its_sealer(void)
{
	struct op_register_validator o = { .moniker = OP_TEXT("second"), .self_bond = { 0 } };
	struct secret_key second = { { 8 } };
	struct validators_genesis g;
	struct op_evidence e = { 0 };
	struct validator_set set;
	struct xonly_key key;
	struct hash256 hash;
	struct schnorr_sig sig;
	struct wr payload = { 0 };
	struct world w;

	world_init(&w);
	validators_usual(&w, &g);
	CU_ASSERT_FATAL(xonly_from_secret(&key, &sealer));
	g.params.engine = ENGINE_SOLO;
	g.params.min_self_bond = AMOUNT_ZERO;
	g.n = 1;
	memcpy(g.list[0].key.b, key.b, sizeof(key.b));
	validators_begin_with(&w, &g);
	CU_ASSERT_FATAL(xonly_from_secret(&key, &second));
	memcpy(o.key.b, key.b, sizeof(key.b));
	validator_proof_hash(&hash, &w.env.genesis_id, &w.people[4], &o.key);
	CU_ASSERT_FATAL(schnorr_sign(&sig, &second, &hash, NULL));
	memcpy(o.proof.b, sig.b, sizeof(sig.b));
	op_register_validator_encode(&payload, &o);
	DONE(world_do(&w, 4, OP_REGISTER_VALIDATOR, &payload));
	seal(&e, 0, 1, 1, 5);
	seal(&e, 1, 1, 2, 5);
	DONE(validator_report(&w, 5, &e));
	world_block(&w, 1);
	CU_ASSERT(validators_set(&set, w.state) && set.n == 1); /* one must stay, and there is no other yet */
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "sign bytes are CometBFT's", sign_bytes_are_cometbfts },
	{ "addresses are CometBFT's", addresses_are_cometbfts },
	{ "two votes of CometBFT convict", two_votes_of_cometbft_convict },
	{ "two seals convict", two_seals_convict },
	{ "a solo chain convicts its sealer", a_solo_chain_convicts_its_sealer },
};

UNIT_MAIN("validators' evidence", tests)
