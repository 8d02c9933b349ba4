#include "chain/params.h"

#include <string.h>

#include "chain/header_rules.h"
#include "chain/target.h"
#include "tests/unit/unit.h"

static const struct {
	const char *name, *genesis, *merkle_root;
	uint8_t magic[4];
	uint16_t port;
} networks[] = {
	{ "main", "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", { 0xf9, 0xbe, 0xb4, 0xd9 }, 8333 },
	{ "testnet3", "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", { 0x0b, 0x11, 0x09, 0x07 }, 18333 },
	{ "testnet4", "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
	  "7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e", { 0x1c, 0x16, 0x3f, 0x28 }, 48333 },
	{ "signet", "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", { 0x0a, 0x03, 0xcf, 0x40 }, 38333 },
	{ "regtest", "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", { 0xfa, 0xbf, 0xb5, 0xda }, 18444 },
};

static void
each_genesis_hash_and_its_work(void)
{
	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		const struct chain_params *p = chain_params_find(networks[i].name);
		struct hash256 hash;
		struct u256 limit;
		char text[HASH256_HEX_LEN];

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_STRING_EQUAL(p->name, networks[i].name);
		header_hash(&hash, &p->genesis);
		CU_ASSERT(hash256_eq(&hash, &p->genesis_hash));
		hash256_to_display(text, &hash);
		CU_ASSERT_STRING_EQUAL(text, networks[i].genesis);
		hash256_to_display(text, &p->genesis.merkle_root);
		CU_ASSERT_STRING_EQUAL(text, networks[i].merkle_root);
		CU_ASSERT(hash256_is_zero(&p->genesis.prev));
		CU_ASSERT_EQUAL(header_check_work(p, &p->genesis), HEADER_OK);
		CU_ASSERT_EQUAL(p->genesis.bits, p->limit_bits);
		CU_ASSERT_FATAL(target_from_bits(&limit, p->limit_bits));
		CU_ASSERT_EQUAL(target_to_bits(&limit), p->limit_bits);
		CU_ASSERT_EQUAL(memcmp(p->magic, networks[i].magic, 4), 0);
		CU_ASSERT_EQUAL(p->port, networks[i].port);
		CU_ASSERT_EQUAL(p->coinbase_maturity, 100);
	}
	CU_ASSERT_PTR_NULL(chain_params_find("mainnet"));
	CU_ASSERT_PTR_NULL(chain_params_find(""));
}

/* BIP325: a signet's magic is the first four bytes of the sha256d of its challenge as a string. */
static void
signet_magic_comes_from_its_challenge(void)
{
	const struct chain_params *p = chain_params_find("signet");
	struct wr w = { 0 };
	struct hash256 h;

	CU_ASSERT_EQUAL_FATAL(p->signet_challenge_len, 71);
	wr_varbytes(&w, p->signet_challenge, p->signet_challenge_len);
	sha256d(&h, w.p, w.len);
	wr_clear(&w);
	CU_ASSERT_EQUAL(memcmp(h.b, p->magic, 4), 0);
	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		p = chain_params_find(networks[i].name);
		CU_ASSERT_EQUAL(p->signet_challenge != NULL, strcmp(p->name, "signet") == 0);
	}
}

static void
heights_of_soft_forks(void)
{
	static const struct {
		const char *network;
		uint32_t segwit;
	} rows[] = { { "main", 481824 }, { "testnet3", 834624 }, { "testnet4", 1 }, { "signet", 1 } };
	struct chain_params p = *chain_params_find("regtest");

	CU_ASSERT(chain_has_segwit(&p, 0));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT(chain_has_segwit(chain_params_find(rows[i].network), rows[i].segwit));
		CU_ASSERT_FALSE(chain_has_segwit(chain_params_find(rows[i].network), rows[i].segwit - 1));
	}
	for (size_t i = 0; i < ARRAY_LEN(networks); i++)
		CU_ASSERT_FALSE(chain_has_bip54(chain_params_find(networks[i].name), UINT32_MAX));
	p.bip54_height = 7;
	CU_ASSERT(chain_has_bip54(&p, 7) && chain_has_bip54(&p, UINT32_MAX));
	CU_ASSERT_FALSE(chain_has_bip54(&p, 6));
}

static void
minimum_chain_work(void)
{
	char text[HASH256_HEX_LEN];

	u256_to_hex(text, &chain_params_find("main")->minimum_chain_work);
	CU_ASSERT_STRING_EQUAL(text, "0000000000000000000000000000000000000001128750f82f4c366153a3a030");
	CU_ASSERT(u256_is_zero(&chain_params_find("regtest")->minimum_chain_work));
	CU_ASSERT_FALSE(u256_is_zero(&chain_params_find("testnet3")->minimum_chain_work));
	CU_ASSERT_FALSE(u256_is_zero(&chain_params_find("testnet4")->minimum_chain_work));
	CU_ASSERT_FALSE(u256_is_zero(&chain_params_find("signet")->minimum_chain_work));
}

static void
subsidies(void)
{
	static const struct {
		const char *network;
		uint32_t height;
		uint64_t satoshi;
	} rows[] = {
		{ "main", 0, 5000000000 },	     { "main", 209999, 5000000000 },   { "main", 210000, 2500000000 },
		{ "main", 840000, 312500000 },	     { "main", 32 * 210000 + 209999, 1 }, { "main", 33 * 210000, 0 },
		{ "main", 64 * 210000, 0 },	     { "main", UINT32_MAX, 0 },	       { "regtest", 149, 5000000000 },
		{ "regtest", 150, 2500000000 },	     { "regtest", 150 * 63, 0 },       { "regtest", 150 * 65, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(amount_units(chain_subsidy(chain_params_find(rows[i].network), rows[i].height)), rows[i].satoshi);
}

static const struct unit_test tests[] = {
	{ "each genesis hash and its work", each_genesis_hash_and_its_work },
	{ "signet's magic comes from its challenge", signet_magic_comes_from_its_challenge },
	{ "heights of soft forks", heights_of_soft_forks },
	{ "minimum work", minimum_chain_work },
	{ "subsidies", subsidies },
};

UNIT_MAIN("params", tests)
