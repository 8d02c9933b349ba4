/* Part of BIP54's test vectors (github.com/bitcoin/bips, bip-0054/test_vectors: coinbases.json, txsize.json): blocks with the work of main,
 * and transactions. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/block.h"
#include "chain/header_rules.h"
#include "tests/unit/blocks.h"
#include "tests/unit/unit.h"

static const struct unixtime far_future = { (int64_t)1 << 40 };

/* What all of these blocks have between their header and the end of their coinbase's script, and from its output's script on. */
#define HEAD "0101000000010000000000000000000000000000000000000000000000000000000000000000ffffffff"
#define OUTPUT                                                                                                                                \
	"0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d" \
	"578a4c702b6bf11d5fac"

/* Blocks 1 to 3, which are good. */
static const char *const first_blocks[] = {
	"010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d619000000000068fcdbe419c7d12484fd7e1f7cc22c98e4afab982539e2333ca8ce9a317a592f"
	"81ad5f49ffff001d846f5e09" HEAD "025100feffffff" OUTPUT "00000000",
	"01000000a58a17b4a4487b9c83ab80ed6a9ccbb9de25925193cc084f41872bd700000000462c6597dd11214ae6f20905dc3828c000a693c3e4b17df82469e528dd9eeab8"
	"d9af5f49ffff001dd6bbd40a" HEAD "05520360ae0afeffffff" OUTPUT "01000000",
	"010000005702226e10bfe0b24a41a05f406c73046b9ad6fca09255968d3a954b00000000d72d147d9b46612e6adb7168821448e3eca3231ffce8c812a1503ab30001e3bd"
	"31b25f49ffff001d7b140806" HEAD "05530320d613feffffff" OUTPUT "02000000",
};

static const struct {
	const char *block, *why; /* NULL: good */
} fourth_blocks[] = {
	/* lock time 21 */
	{ "01000000131cda7ce756b84bd95dd3ee07333f2224e286bb9a5e13ed99613746000000003e699c73b70d61674235d749cfcc240c91df1b658ab774fce2779679f6867d41"
	  "89b45f49ffff001dc1adcf01" HEAD "055403e0c810feffffff" OUTPUT "15000000",
	  "bad-cb-locktime" },
	/* 4 */
	{ "01000000131cda7ce756b84bd95dd3ee07333f2224e286bb9a5e13ed996137460000000082cf0907a8dfb0b461f9c3f4a807cff5fb85df8e54fcc5d8b5a6208b1144fac2"
	  "89b45f49ffff001d09439019" HEAD "05540320d61392100000" OUTPUT "04000000",
	  "bad-cb-locktime" },
	/* 2 */
	{ "01000000131cda7ce756b84bd95dd3ee07333f2224e286bb9a5e13ed9961374600000000da08acbf43b797bea5a20bb65f0a02871f6272cd0dbd5d192de0b8b241a285aa"
	  "89b45f49ffff001d5077290a" HEAD "055403400d03feffffff" OUTPUT "02000000",
	  "bad-cb-locktime" },
	/* 3, with a sequence of small numbers */
	{ "01000000131cda7ce756b84bd95dd3ee07333f2224e286bb9a5e13ed99613746000000000035fba8f8f05b94463822ffd007213ff095c4b82e5bc166fd51c8ba01e06591"
	  "89b45f49ffff001d394a4d07" HEAD "025400fb400300" OUTPUT "03000000",
	  NULL },
	/* 3, with the last sequence but one */
	{ "01000000131cda7ce756b84bd95dd3ee07333f2224e286bb9a5e13ed9961374600000000e7822dba53b0868472211017555701e69bbd9c3e2ec5502347dce64e963cff09"
	  "89b45f49ffff001dfb8e6e11" HEAD "05540360ae0afeffffff" OUTPUT "03000000",
	  NULL },
	/* 3, final */
	{ "01000000131cda7ce756b84bd95dd3ee07333f2224e286bb9a5e13ed9961374600000000a392d0e70a32b369e2ec509ec0b5cdfad3db5f78d594f855588d6193d7e5bef8"
	  "89b45f49ffff001d5ec3630c" HEAD "05540320d613ffffffff" OUTPUT "03000000",
	  "bad-cb-sequence" },
};

/* main, with the rules from block 1 on. */
static struct chain_params
main_with_bip54(void)
{
	struct chain_params p = *chain_params_find("main");

	p.bip54_height = 1;
	return p;
}

static struct block
block_of(const char *hex)
{
	size_t len;
	uint8_t *bytes = hex_decode_new(&len, hex, 4096);
	struct block b = { 0 };

	CU_ASSERT_FATAL(bytes != NULL && block_decode(&b, bytes, len));
	free(bytes);
	return b;
}

struct chain {
	struct header h[5];
};

static bool
chain_at(const void *context, uint32_t height, struct header_ancestor *out)
{
	const struct chain *c = context;

	*out = (struct header_ancestor){ c->h[height].time, c->h[height].bits };
	return height < 5;
}

/* Put the block into the chain and check its header; the work is real. */
static void
take_header(struct chain *c, const struct chain_params *p, const struct block *b, uint32_t height)
{
	struct header_branch branch = { .at = chain_at, .context = c };
	struct hash256 prev;

	header_hash(&prev, &c->h[height - 1]);
	CU_ASSERT_EQUAL(header_check(p, &b->header, height, &prev, &branch, far_future), HEADER_OK);
	c->h[height] = b->header;
}

static void
coinbases(void)
{
	const struct chain_params p = main_with_bip54();
	struct chain c = { .h = { p.genesis } };

	for (uint32_t i = 0; i < ARRAY_LEN(first_blocks); i++) {
		struct block b = block_of(first_blocks[i]);

		take_header(&c, &p, &b, i + 1);
		CU_ASSERT_EQUAL(block_check(&b, &p, i + 1, NULL), BLOCK_OK);
		block_clear(&b);
	}
	for (size_t i = 0; i < ARRAY_LEN(fourth_blocks); i++) {
		struct block b = block_of(fourth_blocks[i].block);
		const char *why = NULL;
		bool good = fourth_blocks[i].why == NULL;

		take_header(&c, &p, &b, 4);
		CU_ASSERT_EQUAL(block_check(&b, &p, 4, &why), good ? BLOCK_OK : BLOCK_INVALID);
		CU_ASSERT(good ? why == NULL : why != NULL && strcmp(why, fourth_blocks[i].why) == 0);
		CU_ASSERT_EQUAL(block_check(&b, chain_params_find("main"), 4, NULL), BLOCK_OK);
		block_clear(&b);
	}
}

static const struct {
	const char *tx;
	bool good;
} sizes[] = {
	/* 63 bytes */
	{ "0200000001827da3d85a6547d6b03662d2cb86982d655a6f390547285a3bf9ec9f28e0c8831500000000ffffffff0100000000000000000300515200000000", true },
	/* 61, and a witness */
	{ "02000000000101827da3d85a6547d6b03662d2cb86982d655a6f390547285a3bf9ec9f28e0c8831500000000ffffffff01000000000000000000010000000000",
	  true },
	/* 64: four in the output's script, or in the input's */
	{ "0200000001827da3d85a6547d6b03662d2cb86982d655a6f390547285a3bf9ec9f28e0c8831500000000ffffffff010000000000000000040051525400000000",
	  false },
	{ "0200000001827da3d85a6547d6b03662d2cb86982d655a6f390547285a3bf9ec9f28e0c883150000000403424242ffffffff010040075af07507000000000000",
	  false },
	/* 65 */
	{ "0200000001827da3d85a6547d6b03662d2cb86982d655a6f390547285a3bf9ec9f28e0c8831500000000ffffffff01000000000000000005005152545800000000",
	  true },
	/* 64, and a witness */
	{ "02000000000101827da3d85a6547d6b03662d2cb86982d655a6f390547285a3bf9ec9f28e0c8831500000000ffffffff010000000000000000040051525401082132"
	  "45576281941200000000",
	  false },
	/* main's 892f44a4…, bbf71454… and 6713d61a… */
	{ "0200000001deb98691723fa71260ffca6ea0a7bc0a63b0a8a366e1b585caad47fb269a2ce401000000030251b201000000010000000000000000016a00000000",
	  false },
	{ "01000000010d0afe3d74062ee60c0ec55579d691d8c8af5c04eb97b777157a21a8c5fb143d00000000035101b100000000010000000000000000016a01000000",
	  false },
	{ "02000000011658a33df410379bb512206659910c9fbd0e50bfb732f7be9936558ff036919401000000035101b201000000010000000000000000016a00000000",
	  false },
};

static void
transaction_sizes(void)
{
	struct chain_params p = *chain_params_find("regtest");

	p.bip54_height = 1;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct block b = test_block(2);
		const char *why = NULL;
		size_t len;
		uint8_t *bytes = hex_decode_new(&len, sizes[i].tx, 1000);

		b.tx[0].locktime = TEST_BLOCK_HEIGHT - 1;
		b.tx[0].in[0].sequence = 0;
		tx_clear(&b.tx[1]);
		CU_ASSERT_FATAL(bytes != NULL && tx_decode(&b.tx[1], bytes, len));
		free(bytes);
		test_block_commit(&b);
		CU_ASSERT_EQUAL(block_check(&b, &p, TEST_BLOCK_HEIGHT, &why), sizes[i].good ? BLOCK_OK : BLOCK_INVALID);
		CU_ASSERT(sizes[i].good || (why != NULL && strcmp(why, "bad-txns-64-bytes") == 0));
		CU_ASSERT_EQUAL(block_check(&b, chain_params_find("regtest"), TEST_BLOCK_HEIGHT, NULL), BLOCK_OK);
		block_clear(&b);
	}
}

static const struct unit_test tests[] = {
	{ "coinbases", coinbases },
	{ "transaction sizes", transaction_sizes },
};

UNIT_MAIN("bip54", tests)
