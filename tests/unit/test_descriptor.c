#include "chain/descriptor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/taproot.h"
#include "tests/unit/unit.h"

static void
checksums(void)
{
	static const struct {
		const char *text, *sum;
	} good[] = {
		{ "raw(deadbeef)", "89f8spxm" }, /* BIP380 */
		/* Made with BIP380's reference code: the lengths modulo 3, and each character of the set. */
		{ "", "7h0w2xvg" },
		{ "a", "ywg0ausw" },
		{ "ab", "y064n3a6" },
		{ "abc", "a9q0wgyq" },
		{ "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ", "fzuaxexw" },
	};
	static const char *const bad[] = { "raw(\xc3\x9c)", "\x01", "raw(deadbeef)\n", "\x7f", "tab\t" };
	char sum[9];

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CU_ASSERT(descriptor_checksum(sum, good[i].text));
		CU_ASSERT_STRING_EQUAL(sum, good[i].sum);
	}
	CU_ASSERT(descriptor_checksum(sum, "raw(deedbeef)")); /* BIP380: "Error in payload" */
	CU_ASSERT_STRING_NOT_EQUAL(sum, "89f8spxm");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_FALSE(descriptor_checksum(sum, bad[i]));
}

#define K0 "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
#define K1 "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659"
#define K2 "dd308afec5777e13121fa72b9cc1b7cc0139715309b086c960e18fd969774eb8"
#define K3 "25d1dff95105f5253c4022f628a996ad3a0d95fbf21d468a1b33f8c160d8f517"
#define NUMS "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
#define MAIN "{multi_a(2," K0 "," K1 "," K2 ")"

/* Checksum and output key of two trees for each delay, as two other implementations agree on them: embit 0.8.0, and rust-miniscript
 * through bdkpython 3.1.1. */
static const struct {
	uint32_t blocks;
	const char *multi_sum, *multi_key; /* tr(NUMS,{multi_a(2,K0,K1,K2),and_v(v:multi_a(1,K3,K0),older(blocks))}) */
	const char *pk_sum, *pk_key;       /* tr(K3,{multi_a(2,K0,K1,K2),and_v(v:pk(K0),older(blocks))}) */
} rows[] = {
	{ 1, "cv4e99yg", "40db7f70bd92f3d3a1f2c0584ca09a5fafd66400d7502faf4cc2cfe3ca9a6b6f",
	  "2zpnf9cx", "193832339867e141a0860da67c59ed3c1520100c15dc3e976c1b1553286f7122" },
	{ 16, "yfcwv4rn", "7301a98373a226fbd7adecf4b9c8f4105e18e74e843a34dae04c486153767ad3",
	  "z5utu47c", "8ad4226a2e02368ef0376598c95e95a6e4cfc2b922bfb89ed39ab5d039eb4334" },
	{ 17, "3gkc52kv", "d73f55ccde24dc8723ddca201073cb4690607b536f3c1cc3ba7a5701b317dcdc",
	  "h4jay2t8", "01d708d76b2be0caeabfa8a29dec5d76989490800005e9646a053a5ec50a87a8" },
	{ 127, "zedpnn8p", "f417c93a5d88120acf0e266b607c91b6fc87536cebfea87bf012cb00962042e9",
	  "f5rux6d7", "65fbb053d6b1d697b81c5e32731d3c630a959db416776f331e142f0902843911" },
	{ 128, "fgwm824j", "f1807fc11c028908f2df37467f83b8623be2f7921a7baa70243ae895df5e3796",
	  "z9qxjrld", "5ebe5160f18c9de55323eb40f30bb2af3c20c74dfd33ec35ef75df446f0250a5" },
	{ 144, "ngqnvlls", "d0a16e082fac4a0cb6680861b89f7cb8c8a4be0013e33653d2de7099ebeab409",
	  "c9wwek40", "5f9dc211833697c2954da16f149ff3c9977be8d6bd6183cc68a46b56acbf7a08" },
	{ 255, "mfjdjstn", "9a558675c4aeeee13f3f08bcac67207ec4322ec2c96cbe3add8a99627ffca321",
	  "syus8epv", "6b6dc29cca9a93ff4544d6ee870ed75ed12668a3e75afd2d335c15f86b201047" },
	{ 256, "3v2zk8kx", "4f55e048aae2aa27e6596b829d32c9390c5272f567490192ad4298aa264b8e0f",
	  "6pylrwue", "d37f724c3f74d33b6a2a2f8acac75a8601284cea75fd34a8f8812775f0d32998" },
	{ 4032, "e6va7978", "6adf970cb849afa083cca2d7dfc468f353be053d72a9233e92b593353eebda66",
	  "ecr3tuwx", "892d45a00ea262a5081141c6579a1f1034b425a0cb2cedc6b246e9af19f8094e" },
	{ 25920, "hn4v08gy", "08941299ad1a17080a066bcfa2857a7477096f85596936761ff32990778420a9",
	  "dc7ft2sk", "458ebb856ebea120894ad2f6636cc7a3c9abf6310a867fd6dcb7d911b4e8f9e0" },
	{ 32767, "fdv2a0g2", "1823383bcce738cb683612b8a40749a3f5831c79d078131447542db6a47322bb",
	  "nx80ezsc", "c75833d94353ef01ede84f5342c24eecbabbd729a578948fb21e476e8953ae73" },
	{ 32768, "4zy8cw5t", "94ed4fffba9ad766b172e66824c3e42ba4a9d3a377f34cfb46b90f36c1e5713b",
	  "0f0zurve", "27eceae4aef18717e8188cccb1fc0d151a78ba9c009f338b2ab2187e9354bdec" },
	{ 65535, "4hrcvdsa", "75d13ade35d0e98d62631e2fa7174f83d7dc09d9a4a2ac04d1b1472990e412cb",
	  "0ugagqg0", "4027ea3f190f0519bd21970777322e54429d77a638a49b40765ebdb05f2a1168" },
};

static struct xonly_key
key_of(const char *hex)
{
	struct xonly_key k;

	CU_ASSERT_FATAL(hex_decode(k.b, 32, hex));
	return k;
}

static void
load_keys(struct xonly_key k[4])
{
	k[0] = key_of(K0);
	k[1] = key_of(K1);
	k[2] = key_of(K2);
	k[3] = key_of(K3);
}

static void
expect_tree(struct two_leaf_tree *t, const char *output_key)
{
	struct xonly_key want = key_of(output_key);

	CU_ASSERT(xonly_eq(&t->output_key, &want));
	for (unsigned leaf = 0; leaf < 2; leaf++) {
		uint8_t control[65];
		struct hash256 opened;

		two_leaf_control(control, t, leaf);
		CU_ASSERT(taproot_opens(&opened, &t->output_key, t->leaf[leaf].p, t->leaf[leaf].len, control, sizeof(control)));
		CU_ASSERT(hash256_eq(&opened, &t->leaf_hash[leaf]));
		CU_ASSERT_FALSE(taproot_opens(&opened, &t->output_key, t->leaf[1 - leaf].p, t->leaf[1 - leaf].len, control, 65));
	}
	two_leaf_tree_clear(t);
}

static void
expect_text(char *got, const char *fmt, uint32_t blocks, const char *sum)
{
	char want[1000];

	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	snprintf(want, sizeof(want), fmt, blocks);
	strcat(strcat(want, "#"), sum);
	CU_ASSERT_STRING_EQUAL(got, want);
	free(got);
}

static void
trees_agree_with_other_implementations(void)
{
	struct xonly_key k[4], second[2];
	struct two_leaf_tree t;

	load_keys(k);
	second[0] = k[3];
	second[1] = k[0];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct multi_a main = { .k = 2, .n = 3, .keys = k }, recovery = { .k = 1, .n = 2, .keys = second };
		uint32_t blocks = rows[i].blocks;

		CU_ASSERT_FATAL(tree_multi_older_multi(&t, &taproot_nums_key, main, recovery, blocks));
		expect_tree(&t, rows[i].multi_key);
		CU_ASSERT_FATAL(tree_multi_older_pk(&t, &k[3], main, &k[0], blocks));
		expect_tree(&t, rows[i].pk_key);
		expect_text(descriptor_multi_older_multi(&taproot_nums_key, main, recovery, blocks),
			    "tr(" NUMS "," MAIN ",and_v(v:multi_a(1," K3 "," K0 "),older(%u))})", blocks, rows[i].multi_sum);
		expect_text(descriptor_multi_older_pk(&k[3], main, &k[0], blocks),
			    "tr(" K3 "," MAIN ",and_v(v:pk(" K0 "),older(%u))})", blocks, rows[i].pk_sum);
	}
}

/* All four ways answer alike. */
static void
expect_refused(const struct xonly_key *internal, struct multi_a main, struct multi_a second, const struct xonly_key *key, uint32_t blocks)
{
	struct two_leaf_tree t = { .output_odd = true }, before = t;

	CU_ASSERT_FALSE(tree_multi_older_multi(&t, internal, main, second, blocks));
	CU_ASSERT_FALSE(tree_multi_older_pk(&t, internal, main, key, blocks));
	CU_ASSERT_EQUAL(memcmp(&t, &before, sizeof(t)), 0);
	CU_ASSERT_PTR_NULL(descriptor_multi_older_multi(internal, main, second, blocks));
	CU_ASSERT_PTR_NULL(descriptor_multi_older_pk(internal, main, key, blocks));
}

static void
absurd_parameters_are_refused(void)
{
	static struct xonly_key many[1000];
	struct xonly_key k[4], off_curve = { { 0 } };
	struct multi_a good, m;

	load_keys(k);
	good = (struct multi_a){ .k = 2, .n = 3, .keys = k };
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = k[i % 4];
	expect_refused(&k[0], good, good, &k[0], 0);
	expect_refused(&k[0], good, good, &k[0], 65536);
	expect_refused(&k[0], good, good, &k[0], 1u << 22 | 144); /* BIP68 would count in 512 seconds */
	expect_refused(&k[0], good, good, &k[0], 1u << 31 | 144); /* BIP68 would not lock at all */
	expect_refused(&off_curve, good, good, &k[0], 144);
	m = (struct multi_a){ .k = 0, .n = 3, .keys = k };
	expect_refused(&k[0], m, good, &k[0], 144);
	m = (struct multi_a){ .k = 4, .n = 3, .keys = k };
	expect_refused(&k[0], m, good, &k[0], 144);
	m = (struct multi_a){ .k = 1, .n = 0, .keys = k };
	expect_refused(&k[0], m, good, &k[0], 144);
	m = (struct multi_a){ .k = 1, .n = 1000, .keys = many };
	expect_refused(&k[0], m, good, &k[0], 144);
	k[2] = off_curve;
	expect_refused(&k[0], good, good, &k[0], 144);
	k[2] = k[1];
	m = (struct multi_a){ .k = 1, .n = 1, .keys = &off_curve };
	expect_refused(&k[0], good, m, &off_curve, 144);
}

static void
the_largest_federation_fits(void)
{
	static struct xonly_key many[999];
	struct multi_a m = { .k = 500, .n = 999, .keys = many };
	struct two_leaf_tree t;
	struct xonly_key k[4];
	char *text;

	load_keys(k);
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = k[i % 4];
	CU_ASSERT_FATAL(tree_multi_older_pk(&t, &taproot_nums_key, m, &k[0], 144));
	two_leaf_tree_clear(&t);
	text = descriptor_multi_older_pk(&taproot_nums_key, m, &k[0], 144);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_EQUAL(strncmp(text + 68, "{multi_a(500,", 13), 0);
	free(text);
}

static const struct unit_test tests[] = {
	{ "checksums", checksums },
	{ "trees agree with other implementations", trees_agree_with_other_implementations },
	{ "absurd parameters are refused", absurd_parameters_are_refused },
	{ "the largest federation fits", the_largest_federation_fits },
};

UNIT_MAIN("descriptor", tests)
