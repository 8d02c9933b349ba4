#include "chain/signet.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/header_rules.h"
#include "chain/interpreter.h"
#include "chain/merkle.h"
#include "chain/script.h"
#include "chain/u256.h"
#include "tests/unit/blocks.h"
#include "tests/unit/signet_blocks.h"
#include "tests/unit/unit.h"

#define COMMITMENT_LEN 38

static const struct chain_params *
signet(void)
{
	return chain_params_find("signet");
}

static struct block
real_block(size_t i)
{
	size_t len;
	uint8_t *bytes = hex_decode_new(&len, signet_blocks[i].hex, 4096);
	struct block b = { 0 };

	CU_ASSERT_FATAL(bytes != NULL && block_decode(&b, bytes, len));
	free(bytes);
	return b;
}

static bool
is_invalid(const struct block *b, const struct chain_params *p, uint32_t height)
{
	const char *why = NULL;

	return block_check(b, p, height, &why) == BLOCK_INVALID && strcmp(why, "bad-signet-blksig") == 0;
}

/* --- The public signet --- */

static void
real_blocks(void)
{
	for (size_t i = 0; i < ARRAY_LEN(signet_blocks); i++) {
		struct block b = real_block(i);

		CU_ASSERT_EQUAL(header_check_work(signet(), &b.header), HEADER_OK);
		CU_ASSERT_EQUAL(block_check(&b, signet(), signet_blocks[i].height, NULL), BLOCK_OK);
		block_clear(&b);
	}
}

/* Bitcoin Core's own test: the same challenge as 2 of 2. */
static void
a_challenge_that_needs_more(void)
{
	struct chain_params p = *signet();
	uint8_t challenge[71];
	struct block b = real_block(0);

	CU_ASSERT_EQUAL_FATAL(p.signet_challenge_len, sizeof(challenge));
	memcpy(challenge, p.signet_challenge, sizeof(challenge));
	challenge[0] = OP_1 + 1;
	p.signet_challenge = challenge;
	CU_ASSERT(is_invalid(&b, &p, 1));
	p.signet_challenge = NULL;
	p.signet_challenge_len = 0;
	CU_ASSERT_EQUAL(block_check(&b, &p, 1, NULL), BLOCK_OK);
	block_clear(&b);
}

static void
the_first_block_needs_none(void)
{
	static const struct hash256 branch[1];
	const struct tx none = { .version = 1 };

	CU_ASSERT_EQUAL(signet_check_coinbase(signet(), &signet()->genesis, &none, branch, 0), SIGNET_OK);
}

/* The solution signs all of the header but nonce and bits; and what the merkle root stands for. */
static void
each_field_of_the_header(void)
{
	struct block b = real_block(10);
	const struct header kept = b.header;

	for (size_t bit = 0; bit < 8 * HEADER_LEN; bit++) {
		uint8_t bytes[HEADER_LEN];
		bool root = bit >= 8 * 36 && bit < 8 * 68, is_signed = bit < 8 * 72;

		header_encode(bytes, &kept);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_FATAL(header_decode(&b.header, bytes, sizeof(bytes)));
		CU_ASSERT_EQUAL(block_check(&b, signet(), signet_blocks[10].height, NULL),
				root ? BLOCK_MUTATED : is_signed ? BLOCK_INVALID : BLOCK_OK);
		CU_ASSERT_EQUAL(is_invalid(&b, signet(), signet_blocks[10].height), is_signed && !root);
	}
	block_clear(&b);
}

static void
each_transaction(void)
{
	struct block b = real_block(10);
	struct txout *out = &b.tx[0].out[0];

	out->value--;
	CU_ASSERT_EQUAL(block_check(&b, signet(), signet_blocks[10].height, NULL), BLOCK_MUTATED);
	test_block_root(&b);
	CU_ASSERT(is_invalid(&b, signet(), signet_blocks[10].height));
	out->value++;
	b.tx[1].out[0].value--;
	test_block_commit(&b);
	CU_ASSERT(is_invalid(&b, signet(), signet_blocks[10].height));
	b.tx[1].out[0].value++;
	test_block_commit(&b);
	CU_ASSERT_EQUAL(block_check(&b, signet(), signet_blocks[10].height, NULL), BLOCK_OK);
	/* a witness is committed to by the coinbase */
	b.tx[1].in[0].witness[0].bytes[7] ^= 1;
	CU_ASSERT_EQUAL(block_check(&b, signet(), signet_blocks[10].height, NULL), BLOCK_MUTATED);
	test_block_commit(&b);
	CU_ASSERT(is_invalid(&b, signet(), signet_blocks[10].height));
	block_clear(&b);
}

/* Whatever changes in the solution changes the txid as well: no sender can do it to a good block. */
static void
each_byte_of_the_solution(void)
{
	struct block b = real_block(0);
	struct txout *out = &b.tx[0].out[1];
	size_t malformed = 0, unsolved = 0, no_commitment = 0;

	for (size_t bit = 0; bit < 8 * out->script_len; bit++) {
		enum signet_verdict v;

		out->script[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_EQUAL(block_check(&b, signet(), 1, NULL), BLOCK_MUTATED);
		test_block_root(&b);
		v = signet_check(signet(), &b);
		CU_ASSERT(v != SIGNET_OK);
		CU_ASSERT(block_check(&b, signet(), 1, NULL) != BLOCK_OK);
		malformed += v == SIGNET_MALFORMED;
		unsolved += v == SIGNET_UNSOLVED;
		no_commitment += v == SIGNET_NO_COMMITMENT;
		out->script[bit / 8] ^= (uint8_t)(1 << bit % 8);
		test_block_root(&b);
	}
	CU_ASSERT(malformed > 8 && unsolved > 500);
	CU_ASSERT_EQUAL(no_commitment, 8 * 6);
	CU_ASSERT_EQUAL(signet_check(signet(), &b), SIGNET_OK);
	block_clear(&b);
}

/* --- Signets of our own --- */

/* Replace what follows BIP141's 38 bytes. */
static void
set_tail(struct block *b, const void *bytes, size_t len)
{
	struct txout *out = &b->tx[0].out[1];

	out->script_len = COMMITMENT_LEN + len;
	out->script = mem_resize(out->script, out->script_len, 1);
	if (len > 0)
		memcpy(out->script + COMMITMENT_LEN, bytes, len);
	test_block_root(b);
}

/* One push: the signet header, the script sig, the witness. */
static void
wr_solution(struct wr *w, const struct wr *script_sig, const struct wr *items, size_t n)
{
	struct wr push = { 0 };

	wr_bytes(&push, "\xec\xc7\xda\xa2", 4);
	wr_varbytes(&push, script_sig->p, script_sig->len);
	wr_compactsize(&push, n);
	for (size_t i = 0; i < n; i++)
		wr_varbytes(&push, items[i].p, items[i].len);
	wr_push_bytes(w, push.p, push.len);
	wr_clear(&push);
}

static void
set_solution(struct block *b, const struct wr *script_sig, const struct wr *items, size_t n)
{
	struct wr w = { 0 };

	wr_solution(&w, script_sig, items, n);
	set_tail(b, w.p, w.len);
	wr_clear(&w);
}

static struct chain_params
params_of(const struct wr *challenge)
{
	struct chain_params p = *chain_params_find("regtest");

	p.signet_challenge = challenge->p;
	p.signet_challenge_len = challenge->len;
	return p;
}

/* Keys whose secrets are 1 and 2. */
static const char *const keys[] = {
	"0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
	"02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
};

static struct u256
add_mod_order(const struct u256 *a, const struct u256 *b)
{
	struct u256 order, sum;

	CU_ASSERT_FATAL(u256_from_hex(&order, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
	sum = u256_add(a, b);
	if (u256_cmp(&sum, a) < 0 || u256_cmp(&sum, &order) >= 0)
		sum = u256_sub(&sum, &order);
	return sum;
}

static void
wr_der_integer(struct wr *w, const struct u256 *v)
{
	uint8_t bytes[33] = { 0 };

	for (size_t i = 0; i < 32; i++)
		bytes[32 - i] = (uint8_t)(v->w[i / 8] >> 8 * (i % 8));
	wr_u8(w, 2);
	wr_u8(w, 33 - (bytes[1] < 0x80));
	wr_bytes(w, bytes + (bytes[1] < 0x80), 33 - (size_t)(bytes[1] < 0x80));
}

/* ECDSA with the nonce 1, which tells the secret to everyone: s = message + r * secret. The top byte of r, the generator's x, is 0x79. */
static void
wr_signature(struct wr *w, const struct hash256 *message, unsigned secret)
{
	struct wr both = { 0 };
	struct u256 r, s = { { 0 } }, zero = { { 0 } };

	CU_ASSERT_FATAL(u256_from_hex(&r, keys[0] + 2));
	for (size_t i = 0; i < 32; i++)
		s.w[3 - i / 8] |= (uint64_t)message->b[i] << 8 * (7 - i % 8);
	s = add_mod_order(&s, &zero);
	for (; secret > 0; secret--)
		s = add_mod_order(&s, &r);
	wr_der_integer(&both, &r);
	wr_der_integer(&both, &s);
	wr_u8(w, 0x30);
	wr_u8(w, (uint8_t)both.len);
	wr_bytes(w, both.p, both.len);
	wr_u8(w, SIGHASH_ALL);
	wr_clear(&both);
}

static struct signet_txs
txs_of(const struct chain_params *p, const struct block *b)
{
	struct hash256 branch[MERKLE_BRANCH_MAX], *txid = mem_new(b->tx_n, sizeof(*txid));
	struct signet_txs txs;
	size_t depth;

	for (size_t i = 0; i < b->tx_n; i++)
		tx_txid(&txid[i], &b->tx[i]);
	depth = merkle_branch(branch, txid, b->tx_n, 0);
	free(txid);
	CU_ASSERT_EQUAL_FATAL(signet_txs_make(&txs, p, &b->header, &b->tx[0], branch, depth), SIGNET_OK);
	return txs;
}

static void
wr_key(struct wr *w, size_t i)
{
	uint8_t key[33];

	CU_ASSERT_FATAL(hex_decode(key, sizeof(key), keys[i]));
	wr_push_bytes(w, key, sizeof(key));
}

/* A signature over a block that has an empty solution. Anything else than the signature itself is signed. */
static void
sign(struct wr *sig, const struct chain_params *p, struct block *b, const struct wr *code, bool witness, unsigned secret)
{
	struct wr empty = { 0 };
	struct sighash_shared shared;
	struct signet_txs txs;
	struct hash256 message;

	set_solution(b, &empty, NULL, 0);
	txs = txs_of(p, b);
	sighash_share(&shared, &txs.to_sign, txs.to_spend.out);
	if (witness)
		sighash_witness_v0(&message, &shared, &txs.to_sign, 0, 0, SIGHASH_ALL, code->p, code->len);
	else
		sighash_legacy(&message, &txs.to_sign, 0, SIGHASH_ALL, code->p, code->len);
	wr_signature(sig, &message, secret);
	signet_txs_clear(&txs);
}

static void
one_of_two_keys(void)
{
	struct wr challenge = { 0 };
	struct chain_params p;

	wr_u8(&challenge, OP_1);
	wr_key(&challenge, 0);
	wr_key(&challenge, 1);
	wr_u8(&challenge, OP_1 + 1);
	wr_u8(&challenge, OP_CHECKMULTISIG);
	p = params_of(&challenge);
	for (unsigned secret = 1; secret <= 3; secret++) {
		struct block b = test_block(5);
		struct wr sig = { 0 }, script_sig = { 0 };

		sign(&sig, &p, &b, &challenge, false, secret);
		wr_u8(&script_sig, OP_0);
		wr_push_bytes(&script_sig, sig.p, sig.len);
		set_solution(&b, &script_sig, NULL, 0);
		CU_ASSERT_EQUAL(block_check(&b, &p, TEST_BLOCK_HEIGHT, NULL), secret <= 2 ? BLOCK_OK : BLOCK_INVALID);
		CU_ASSERT_EQUAL(is_invalid(&b, &p, TEST_BLOCK_HEIGHT), secret == 3); /* nobody's secret */
		b.header.nonce++;
		CU_ASSERT_EQUAL(signet_check(&p, &b) == SIGNET_OK, secret <= 2);
		/* NULLDUMMY */
		script_sig.p[0] = OP_1;
		set_solution(&b, &script_sig, NULL, 0);
		CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_UNSOLVED);
		wr_clear(&sig);
		wr_clear(&script_sig);
		block_clear(&b);
	}
	wr_clear(&challenge);
}

/* P2WPKH, so that the witness counts. */
static void
key_in_a_witness(void)
{
	struct wr challenge = { 0 }, code = { 0 }, items[2] = { { 0 } }, script_sig = { 0 };
	struct chain_params p;
	struct block b = test_block(2);
	uint8_t key[33], hash[20];

	CU_ASSERT_FATAL(hex_decode(key, sizeof(key), keys[1]));
	hash160(hash, key, sizeof(key));
	wr_bytes(&challenge, "\x00\x14", 2);
	wr_bytes(&challenge, hash, 20);
	wr_bytes(&code, "\x76\xa9\x14", 3);
	wr_bytes(&code, hash, 20);
	wr_bytes(&code, "\x88\xac", 2);
	p = params_of(&challenge);
	sign(&items[0], &p, &b, &code, true, 2);
	wr_bytes(&items[1], key, sizeof(key));
	set_solution(&b, &script_sig, items, 2);
	CU_ASSERT_EQUAL(block_check(&b, &p, TEST_BLOCK_HEIGHT, NULL), BLOCK_OK);
	set_solution(&b, &script_sig, items, 1);
	CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_UNSOLVED);
	wr_u8(&script_sig, OP_1);
	set_solution(&b, &script_sig, items, 2);
	CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_UNSOLVED);
	wr_clear(&script_sig);
	wr_clear(&items[0]);
	wr_clear(&items[1]);
	wr_clear(&code);
	wr_clear(&challenge);
	block_clear(&b);
}

/* "In the special case where an empty solution is valid this additional commitment can optionally be left out." */
static void
a_trivial_challenge(void)
{
	struct wr challenge = { 0 }, script_sig = { 0 };
	struct block b = test_block(3);
	struct chain_params p;

	wr_u8(&challenge, OP_1);
	p = params_of(&challenge);
	CU_ASSERT_EQUAL(block_check(&b, &p, TEST_BLOCK_HEIGHT, NULL), BLOCK_OK);
	set_tail(&b, "\x04\xec\xc7\xda\xa2", 5); /* a bare header is no solution */
	CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_OK);
	set_solution(&b, &script_sig, NULL, 0);
	CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_OK);
	wr_u8(&script_sig, OP_RETURN);
	set_solution(&b, &script_sig, NULL, 0);
	CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_UNSOLVED);
	/* but the witness commitment must be there */
	set_tail(&b, NULL, 0);
	b.tx[0].out[1].script[5] ^= 1;
	for (size_t i = 0; i < b.tx_n; i++)
		txin_clear_witness(&b.tx[i].in[0]);
	test_block_root(&b);
	CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_NO_COMMITMENT);
	CU_ASSERT(is_invalid(&b, &p, TEST_BLOCK_HEIGHT));
	challenge.p[0] = OP_0;
	b.tx[0].out[1].script[5] ^= 1;
	CU_ASSERT_EQUAL(signet_check(&p, &b), SIGNET_UNSOLVED);
	wr_clear(&script_sig);
	wr_clear(&challenge);
	block_clear(&b);
}

/* The challenge is true for any solution, so that all that counts is how it is written. */
static void
how_a_solution_is_written(void)
{
	static const struct {
		const char *tail;
		enum signet_verdict want;
	} rows[] = {
		{ "06ecc7daa20000", SIGNET_OK },
		{ "4c06ecc7daa20000", SIGNET_OK },
		{ "4d0600ecc7daa20000", SIGNET_OK },
		{ "06ecc7daa2015100", SIGNET_MALFORMED },   /* the push ends within */
		{ "07ecc7daa2015100", SIGNET_OK },
		{ "05ecc7daa200", SIGNET_MALFORMED },       /* no witness */
		{ "07ecc7daa2000000", SIGNET_MALFORMED },   /* a byte behind */
		{ "08ecc7daa2fd000000", SIGNET_MALFORMED }, /* a length in a longer form */
		{ "08ecc7daa2000101", SIGNET_OK },          /* a push that runs out, with no solution before it */
		{ "08ecc7daa200010151", SIGNET_UNSOLVED },  /* a witness that nobody asked for */
		{ "08ecc7daa200feffff", SIGNET_MALFORMED },
		{ "0aecc7daa200feffffffff", SIGNET_MALFORMED }, /* four billion items */
		{ "04ecc7daa306ecc7daa20000", SIGNET_OK },  /* behind a push of something else */
		{ "05ecc7daa20006ecc7daa20000", SIGNET_MALFORMED }, /* the first counts */
		{ "04ecc7daa206ecc7daa20000", SIGNET_OK },  /* but it must have something in it */
		{ "06ecc7daa2000005ecc7daa200", SIGNET_OK },
		{ "06ecc7daa200004c", SIGNET_OK },          /* what can't be read behind it is dropped */
	};
	struct wr challenge = { 0 };
	struct chain_params p;

	wr_u8(&challenge, OP_1);
	p = params_of(&challenge);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct block b = test_block(3);
		size_t len;
		uint8_t *tail = hex_decode_new(&len, rows[i].tail, 100);

		CU_ASSERT_FATAL(tail != NULL);
		set_tail(&b, tail, len);
		CU_ASSERT_EQUAL(signet_check(&p, &b), rows[i].want);
		CU_ASSERT_EQUAL(is_invalid(&b, &p, TEST_BLOCK_HEIGHT), rows[i].want != SIGNET_OK);
		free(tail);
		block_clear(&b);
	}
	wr_clear(&challenge);
}

/* Each shorter solution is refused, and none reads past its end. */
static void
every_truncation(void)
{
	struct block b = real_block(0);
	struct txout *out = &b.tx[0].out[1];
	const size_t whole = out->script_len;
	uint8_t *kept = mem_dup(out->script, whole);

	for (size_t len = 0; len < whole; len++) {
		free(out->script);
		out->script = mem_dup(kept, len);
		out->script_len = len;
		CU_ASSERT(signet_check(signet(), &b) != SIGNET_OK);
		if (len > COMMITMENT_LEN + 2 + 4) { /* and with a push that says so */
			out->script[COMMITMENT_LEN + 1] = (uint8_t)(len - COMMITMENT_LEN - 2);
			CU_ASSERT(signet_check(signet(), &b) != SIGNET_OK);
		}
	}
	free(kept);
	block_clear(&b);
}

static const struct unit_test tests[] = {
	{ "real blocks", real_blocks },
	{ "a challenge that needs more", a_challenge_that_needs_more },
	{ "the first block needs none", the_first_block_needs_none },
	{ "each field of the header", each_field_of_the_header },
	{ "each transaction", each_transaction },
	{ "each byte of the solution", each_byte_of_the_solution },
	{ "one of two keys", one_of_two_keys },
	{ "key in a witness", key_in_a_witness },
	{ "a trivial challenge", a_trivial_challenge },
	{ "how a solution is written", how_a_solution_is_written },
	{ "every truncation", every_truncation },
};

UNIT_MAIN("signet", tests)
