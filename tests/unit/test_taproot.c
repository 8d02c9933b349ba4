#include "chain/taproot.h"

#include <stdlib.h>
#include <string.h>

#include "chain/script.h"
#include "tests/unit/unit.h"

/* BIP341's wallet-test-vectors.json (bitcoin/bips), "scriptPubKey", reduced: the trees, then their leaves from left to right. */
static const struct {
	const char *internal, *root, *tweak, *output;
} trees[] = {
	{ "d6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d",
	  NULL,
	  "b86e7be8f39bab32a6f2c0443abbc210f0edac0e2c53d501b36b64437d9c6c70",
	  "53a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343" },
	{ "187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27",
	  "5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21",
	  "cbd8679ba636c1110ea247542cfbd964131a6be84f873f7f3b62a777528ed001",
	  "147c9c57132f6e7ecddba9800bb0c4449251c92a1e60371ee77557b6620f3ea3" },
	{ "93478e9488f956df2396be2ce6c5cced75f900dfa18e7dabd2428aae78451820",
	  "c525714a7f49c28aedbbba78c005931a81c234b2f6c99a73e4d06082adc8bf2b",
	  "6af9e28dbf9d6aaf027696e2598a5b3d056f5fd2355a7fd5a37a0e5008132d30",
	  "e4d810fd50586274face62b8a807eb9719cef49c04177cc6b76a9a4251d5450e" },
	{ "ee4fe085983462a184015d1f782d6a5f8b9c2b60130aff050ce221ecf3786592",
	  "6c2dc106ab816b73f9d07e3cd1ef2c8c1256f519748e0813e4edd2405d277bef",
	  "9e0517edc8259bb3359255400b23ca9507f2a91cd1e4250ba068b4eafceba4a9",
	  "712447206d7a5238acc7ff53fbe94a3b64539ad291c7cdbc490b7577e4b17df5" },
	{ "f9f400803e683727b14f463836e1e78e1c64417638aa066919291a225f0e8dd8",
	  "ab179431c28d3b68fb798957faf5497d69c883c6fb1e1cd9f81483d87bac90cc",
	  "639f0281b7ac49e742cd25b7f188657626da1ad169209078e2761cefd91fd65e",
	  "77e30a5522dd9f894c3f8b8bd4c4b2cf82ca7da8a3ea6a239655c39c050ab220" },
	{ "e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6f",
	  "ccbd66c6f7e8fdab47b3a486f59d28262be857f30d4773f2d5ea47f7761ce0e2",
	  "b57bfa183d28eeb6ad688ddaabb265b4a41fbf68e5fed2c72c74de70d5a786f4",
	  "91b64d5324723a985170e4dc5a0f84c041804f2cd12660fa5dec09fc21783605" },
	{ "55adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312d",
	  "2f6b2c5397b6d68ca18e09a3f05161668ffe93a988582d55c6f07bd5b3329def",
	  "6579138e7976dc13b6a92f7bfd5a2fc7684f5ea42419d43368301470f3b74ed9",
	  "75169f4001aa68f15bbed28b218df1d0a62cbbcf1188c6665110c293c907b831" },
};
static const struct {
	size_t tree;
	uint8_t version;
	const char *script, *hash, *control;
} leaves[] = {
	{ 1, 0xc0, "20d85a959b0290bf19bb89ed43c916be835475d013da4b362117393e25a48229b8ac",
	  "5b75adecf53548f3ec6ad7d78383bf84cc57b55a3127c72b9a2481752dd88b21",
	  "c1187791b6f712a8ea41c8ecdd0ee77fab3e85263b37e1ec18a3651926b3a6cf27" },
	{ 2, 0xc0, "20b617298552a72ade070667e86ca63b8f5789a9fe8731ef91202a91c9f3459007ac",
	  "c525714a7f49c28aedbbba78c005931a81c234b2f6c99a73e4d06082adc8bf2b",
	  "c093478e9488f956df2396be2ce6c5cced75f900dfa18e7dabd2428aae78451820" },
	{ 3, 0xc0, "20387671353e273264c495656e27e39ba899ea8fee3bb69fb2a680e22093447d48ac",
	  "8ad69ec7cf41c2a4001fd1f738bf1e505ce2277acdcaa63fe4765192497f47a7",
	  "c0ee4fe085983462a184015d1f782d6a5f8b9c2b60130aff050ce221ecf3786592f224a923cd0021ab202ab139cc56802ddb"
	  "92dcfc172b9212261a539df79a112a" },
	{ 3, 0xfa, "06424950333431",
	  "f224a923cd0021ab202ab139cc56802ddb92dcfc172b9212261a539df79a112a",
	  "faee4fe085983462a184015d1f782d6a5f8b9c2b60130aff050ce221ecf37865928ad69ec7cf41c2a4001fd1f738bf1e505c"
	  "e2277acdcaa63fe4765192497f47a7" },
	{ 4, 0xc0, "2044b178d64c32c4a05cc4f4d1407268f764c940d20ce97abfd44db5c3592b72fdac",
	  "64512fecdb5afa04f98839b50e6f0cb7b1e539bf6f205f67934083cdcc3c8d89",
	  "c1f9f400803e683727b14f463836e1e78e1c64417638aa066919291a225f0e8dd82cb2b90daa543b544161530c925f285b06"
	  "196940d6085ca9474d41dc3822c5cb" },
	{ 4, 0xc0, "07546170726f6f74",
	  "2cb2b90daa543b544161530c925f285b06196940d6085ca9474d41dc3822c5cb",
	  "c1f9f400803e683727b14f463836e1e78e1c64417638aa066919291a225f0e8dd864512fecdb5afa04f98839b50e6f0cb7b1"
	  "e539bf6f205f67934083cdcc3c8d89" },
	{ 5, 0xc0, "2072ea6adcf1d371dea8fba1035a09f3d24ed5a059799bae114084130ee5898e69ac",
	  "2645a02e0aac1fe69d69755733a9b7621b694bb5b5cde2bbfc94066ed62b9817",
	  "c0e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6fffe578e9ea769027e4f5a3de40732f75a8"
	  "8a6353a09d767ddeb66accef85e553" },
	{ 5, 0xc0, "202352d137f2f3ab38d1eaa976758873377fa5ebb817372c71e2c542313d4abda8ac",
	  "ba982a91d4fc552163cb1c0da03676102d5b7a014304c01f0c77b2b8e888de1c",
	  "c0e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6f9e31407bffa15fefbf5090b149d53959ec"
	  "df3f62b1246780238c24501d5ceaf62645a02e0aac1fe69d69755733a9b7621b694bb5b5cde2bbfc94066ed62b9817" },
	{ 5, 0xc0, "207337c0dd4253cb86f2c43a2351aadd82cccb12a172cd120452b9bb8324f2186aac",
	  "9e31407bffa15fefbf5090b149d53959ecdf3f62b1246780238c24501d5ceaf6",
	  "c0e0dfe2300b0dd746a3f8674dfd4525623639042569d829c7f0eed9602d263e6fba982a91d4fc552163cb1c0da03676102d"
	  "5b7a014304c01f0c77b2b8e888de1c2645a02e0aac1fe69d69755733a9b7621b694bb5b5cde2bbfc94066ed62b9817" },
	{ 6, 0xc0, "2071981521ad9fc9036687364118fb6ccd2035b96a423c59c5430e98310a11abe2ac",
	  "f154e8e8e17c31d3462d7132589ed29353c6fafdb884c5a6e04ea938834f0d9d",
	  "c155adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312d3cd369a528b326bc9d2133cbd2ac21451a"
	  "cb31681a410434672c8e34fe757e91" },
	{ 6, 0xc0, "20d5094d2dbe9b76e2c245a2b89b6006888952e2faa6a149ae318d69e520617748ac",
	  "737ed1fe30bc42b8022d717b44f0d93516617af64a64753b7a06bf16b26cd711",
	  "c155adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312dd7485025fceb78b9ed667db36ed8b8dc7b"
	  "1f0b307ac167fa516fe4352b9f4ef7f154e8e8e17c31d3462d7132589ed29353c6fafdb884c5a6e04ea938834f0d9d" },
	{ 6, 0xc0, "20c440b462ad48c7a77f94cd4532d8f2119dcebbd7c9764557e62726419b08ad4cac",
	  "d7485025fceb78b9ed667db36ed8b8dc7b1f0b307ac167fa516fe4352b9f4ef7",
	  "c155adf4e8967fbd2e29f20ac896e60c3b0f1d5b0efa9d34941b5958c7b0a0312d737ed1fe30bc42b8022d717b44f0d93516"
	  "617af64a64753b7a06bf16b26cd711f154e8e8e17c31d3462d7132589ed29353c6fafdb884c5a6e04ea938834f0d9d" },
};

static struct xonly_key
key_of(const char *hex)
{
	struct xonly_key k;

	CU_ASSERT_FATAL(hex_decode(k.b, 32, hex));
	return k;
}

static struct hash256
hash_of(const char *hex)
{
	struct hash256 h;

	CU_ASSERT_FATAL(hash256_from_hex(&h, hex));
	return h;
}

static uint8_t *
bytes_of(const char *hex, size_t *len)
{
	uint8_t *p = hex_decode_new(len, hex, 100000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static void
bip341_trees(void)
{
	for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
		struct xonly_key internal = key_of(trees[i].internal), want = key_of(trees[i].output), got;
		struct hash256 tweak, want_tweak = hash_of(trees[i].tweak), root, *rootp = NULL;
		bool odd;

		if (trees[i].root != NULL) {
			root = hash_of(trees[i].root);
			rootp = &root;
		}
		taptweak_hash(&tweak, &internal, rootp);
		CU_ASSERT(hash256_eq(&tweak, &want_tweak));
		CU_ASSERT(taproot_output_key(&got, &odd, &internal, rootp));
		CU_ASSERT(xonly_eq(&got, &want));
	}
}

static void
bip341_leaves_open_their_outputs(void)
{
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		struct xonly_key output = key_of(trees[leaves[i].tree].output), internal = key_of(trees[leaves[i].tree].internal);
		struct hash256 want = hash_of(leaves[i].hash), got, path[2];
		size_t script_len, control_len;
		uint8_t *script = bytes_of(leaves[i].script, &script_len), *control = bytes_of(leaves[i].control, &control_len);
		struct wr w = { 0 };

		tapleaf_hash(&got, leaves[i].version, script, script_len);
		CU_ASSERT(hash256_eq(&got, &want));
		memset(&got, 0, sizeof(got));
		CU_ASSERT(taproot_opens(&got, &output, script, script_len, control, control_len));
		CU_ASSERT(hash256_eq(&got, &want));
		CU_ASSERT_FATAL(control_len <= 33 + sizeof(path));
		memcpy(path, control + 33, control_len - 33);
		wr_control_block(&w, leaves[i].version, (control[0] & 1) != 0, &internal, path, (control_len - 33) / 32);
		CU_ASSERT(w.len == control_len && memcmp(w.p, control, control_len) == 0);
		wr_clear(&w);
		free(script);
		free(control);
	}
}

/* Each bit of the control block and of the script counts, and so does each byte of their lengths. */
static void
nothing_else_opens_them(void)
{
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		struct xonly_key output = key_of(trees[leaves[i].tree].output);
		struct hash256 got = { { 7 } }, before = got;
		size_t script_len, control_len;
		uint8_t *script = bytes_of(leaves[i].script, &script_len), *control = bytes_of(leaves[i].control, &control_len);

		for (size_t cut = 0; cut < control_len; cut++)
			CU_ASSERT_FALSE(taproot_opens(&got, &output, script, script_len, control, cut));
		for (size_t cut = 0; cut < script_len; cut++)
			CU_ASSERT_FALSE(taproot_opens(&got, &output, script, cut, control, control_len));
		for (size_t bit = 0; bit < 8 * control_len; bit += bit < 8 ? 1 : 13) {
			control[bit / 8] = (uint8_t)(control[bit / 8] ^ (1u << bit % 8));
			CU_ASSERT_FALSE(taproot_opens(&got, &output, script, script_len, control, control_len));
			control[bit / 8] = (uint8_t)(control[bit / 8] ^ (1u << bit % 8));
		}
		for (size_t bit = 0; bit < 8 * script_len; bit += 11) {
			script[bit / 8] = (uint8_t)(script[bit / 8] ^ (1u << bit % 8));
			CU_ASSERT_FALSE(taproot_opens(&got, &output, script, script_len, control, control_len));
			script[bit / 8] = (uint8_t)(script[bit / 8] ^ (1u << bit % 8));
		}
		output.b[31] ^= 1;
		CU_ASSERT_FALSE(taproot_opens(&got, &output, script, script_len, control, control_len));
		CU_ASSERT(hash256_eq(&got, &before));
		free(script);
		free(control);
	}
}

static void
depth_goes_to_128_and_no_further(void)
{
	struct hash256 path[TAPROOT_DEPTH_MAX + 1], node, leaf, got;
	struct xonly_key output;
	struct wr w = { 0 };
	bool odd;

	tapleaf_hash(&leaf, TAPLEAF_VERSION, "\x51", 1);
	for (size_t depth = TAPROOT_DEPTH_MAX; depth <= TAPROOT_DEPTH_MAX + 1; depth++) {
		node = leaf;
		for (size_t i = 0; i < depth; i++) {
			sha256(&path[i], &i, sizeof(i));
			tapbranch_hash(&node, &node, &path[i]);
		}
		CU_ASSERT_FATAL(taproot_output_key(&output, &odd, &taproot_nums_key, &node));
		wr_reset(&w);
		wr_control_block(&w, TAPLEAF_VERSION, odd, &taproot_nums_key, path, TAPROOT_DEPTH_MAX);
		if (depth > TAPROOT_DEPTH_MAX)
			wr_hash256(&w, &path[TAPROOT_DEPTH_MAX]);
		CU_ASSERT_EQUAL(taproot_opens(&got, &output, "\x51", 1, w.p, w.len), depth == TAPROOT_DEPTH_MAX);
	}
	wr_clear(&w);
}

/* BIP341: H is the point whose x coordinate is the SHA-256 of the uncompressed generator. */
static void
nums_key_is_made_as_bip341_says(void)
{
	static const char generator[] = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
					"483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
	uint8_t g[65];
	struct hash256 h;

	CU_ASSERT_FATAL(hex_decode(g, sizeof(g), generator));
	sha256(&h, g, sizeof(g));
	CU_ASSERT_EQUAL(memcmp(h.b, taproot_nums_key.b, 32), 0);
	CU_ASSERT(xonly_valid(&taproot_nums_key));
}

static void
a_branch_sorts_its_children(void)
{
	struct hash256 a = { { 1 } }, b = { { 2 } }, ab, ba;

	tapbranch_hash(&ab, &a, &b);
	tapbranch_hash(&ba, &b, &a);
	CU_ASSERT(hash256_eq(&ab, &ba));
	tapbranch_hash(&ba, &b, &b);
	CU_ASSERT_FALSE(hash256_eq(&ab, &ba));
}

/* BIP387's second vector. */
static void
bip387_multi_a(void)
{
	struct xonly_key internal = key_of("a34b99f22c790c4e36b2b3c2c35a36db06226e41c692fc82b8b56ac1c540c5bd");
	struct xonly_key key = key_of("669b8afcec803a0d323e9a17f3ea8e68e8abe5a278020a929adbec52421adbd0");
	struct xonly_key want = key_of("eb5bd3894327d75093891cc3a62506df7d58ec137fcd104cdd285d67816074f3"), got;
	struct hash256 leaf;
	struct wr w = { 0 };
	bool odd;

	wr_multi_a(&w, 1, &key, 1);
	tapleaf_hash(&leaf, TAPLEAF_VERSION, w.p, w.len);
	CU_ASSERT(taproot_output_key(&got, &odd, &internal, &leaf));
	CU_ASSERT(xonly_eq(&got, &want));
	wr_clear(&w);
}

#define K0 "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"
#define K1 "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659"

static void
expect_script(struct wr *w, const char *want)
{
	char *hex = malloc(2 * w->len + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(hex);
	hex_encode(hex, w->p, w->len);
	CU_ASSERT_STRING_EQUAL(hex, want);
	free(hex);
	wr_clear(w);
}

static void
leaf_scripts(void)
{
	struct xonly_key keys[2] = { key_of(K0), key_of(K1) };
	struct wr w = { 0 };

	wr_multi_a(&w, 2, keys, 2);
	expect_script(&w, "20" K0 "ac20" K1 "ba529c");
	wr_multi_a_older(&w, 1, keys, 2, 16);
	expect_script(&w, "20" K0 "ac20" K1 "ba519d60b2");
	wr_multi_a_older(&w, 1, keys, 1, 65535);
	expect_script(&w, "20" K0 "ac519d03ffff00b2");
	wr_pk_older(&w, &keys[0], 1);
	expect_script(&w, "20" K0 "ad51b2");
	wr_pk_older(&w, &keys[1], 128);
	expect_script(&w, "20" K1 "ad028000b2");
}

static void
multi_a_of_the_most_keys(void)
{
	static struct xonly_key keys[999];
	struct wr w = { 0 };

	wr_multi_a(&w, 17, keys, 17);
	CU_ASSERT(w.len == 17 * 34 + 3 && memcmp(w.p + 17 * 34, "\x01\x11\x9c", 3) == 0);
	wr_reset(&w);
	wr_multi_a(&w, 999, keys, 999);
	CU_ASSERT(w.len == 999 * 34 + 4 && memcmp(w.p + 999 * 34, "\x02\xe7\x03\x9c", 4) == 0);
	wr_clear(&w);
}

static const struct unit_test tests[] = {
	{ "BIP341's trees", bip341_trees },
	{ "BIP341's leaves open their outputs", bip341_leaves_open_their_outputs },
	{ "nothing else opens them", nothing_else_opens_them },
	{ "depth goes to 128 and no further", depth_goes_to_128_and_no_further },
	{ "H is made as BIP341 says", nums_key_is_made_as_bip341_says },
	{ "a branch sorts its children", a_branch_sorts_its_children },
	{ "BIP387's multi_a", bip387_multi_a },
	{ "leaf scripts", leaf_scripts },
	{ "multi_a of the most keys", multi_a_of_the_most_keys },
};

UNIT_MAIN("taproot", tests)
