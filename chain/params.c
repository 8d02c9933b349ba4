#include "chain/params.h"

#include <string.h>

#include "chain/header_rules.h"
#include "chain/target.h"

/* Values: Bitcoin Core, src/kernel/chainparams.cpp, as of early 2026; minimum chain work is its nMinimumChainWork, with the
 * height of the block whose work that is. Hashes stand in wire order, which is the reverse of how they are shown.
 *
 * segwit_height is its SegwitHeight (BIP141's deployment by BIP9 locked in at these heights; buried by BIP90). BIP54 is in force on
 * none of these networks. BIP95's testnet5 (draft of June 2026) has no genesis block yet, so it can't stand in this table: a file
 * of parameters (bridge/chain_file.h) says limit 0x1a0fffff, magic 46495645, port 18335, bip54_height 1 and what will be mined. */

/* The coinbase of Satoshi's genesis block, which testnet3, signet and regtest share:
 * 4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b. */
#define ROOT_2009 \
	{ \
		{ \
			0x3b, 0xa3, 0xed, 0xfd, 0x7a, 0x7b, 0x12, 0xb2, 0x7a, 0xc7, 0x2c, 0x3e, 0x67, 0x76, 0x8f, 0x61, \
			0x7f, 0xc8, 0x1b, 0xc3, 0x88, 0x8a, 0x51, 0x32, 0x3a, 0x9f, 0xb8, 0xaa, 0x4b, 0x1e, 0x5e, 0x4a, \
		} \
	}

/* The public signet's: 1 of 2 keys (Bitcoin Core, SigNetParams). */
static const uint8_t signet_challenge[] = {
	0x51, 0x21, 0x03, 0xad, 0x5e, 0x0e, 0xda, 0xd1, 0x8c, 0xb1, 0xf0, 0xfc, 0x0d, 0x28, 0xa3, 0xd4, 0xf1, 0xf3, 0xe4, 0x45, 0x64,
	0x03, 0x37, 0x48, 0x9a, 0xbb, 0x10, 0x40, 0x4f, 0x2d, 0x1e, 0x08, 0x6b, 0xe4, 0x30, 0x21, 0x03, 0x59, 0xef, 0x50, 0x21, 0x96,
	0x4f, 0xe2, 0x2d, 0x6f, 0x8e, 0x05, 0xb2, 0x46, 0x3c, 0x95, 0x40, 0xce, 0x96, 0x88, 0x3f, 0xe3, 0xb2, 0x78, 0x76, 0x0f, 0x04,
	0x8f, 0x51, 0x89, 0xf2, 0xe6, 0xc4, 0x52, 0xae,
};

static const struct chain_params networks[] = {
	{
		.name = "main",
		.magic = { 0xf9, 0xbe, 0xb4, 0xd9 },
		.port = 8333,
		.genesis = {
			.version = 1,
			.merkle_root = ROOT_2009,
			.time = 1231006505,
			.bits = 0x1d00ffff,
			.nonce = 2083236893,
		},
		.genesis_hash = { { 0x6f, 0xe2, 0x8c, 0x0a, 0xb6, 0xf1, 0xb3, 0x72, 0xc1, 0xa6, 0xa2, 0x46, 0xae, 0x63, 0xf7, 0x4f,
				    0x93, 0x1e, 0x83, 0x65, 0xe1, 0x5a, 0x08, 0x9c, 0x68, 0xd6, 0x19, 0x00, 0x00, 0x00, 0x00, 0x00 } },
		.limit_bits = 0x1d00ffff,
		.bip34_height = 227931,
		.bip65_height = 388381,
		.bip66_height = 363725,
		.segwit_height = 481824,
		.subsidy_halving = 210000,
		.coinbase_maturity = 100,
		.bech32_hrp = "bc",
		.p2pkh_prefix = 0,
		.p2sh_prefix = 5,
		.minimum_chain_work = { { 0x2f4c366153a3a030, 0x00000001128750f8 } }, /* height 938343 */
	},
	{
		.name = "testnet4",
		.magic = { 0x1c, 0x16, 0x3f, 0x28 },
		.port = 48333,
		.genesis = {
			.version = 1,
			.merkle_root = { { 0x4e, 0x7b, 0x2b, 0x91, 0x28, 0xfe, 0x02, 0x91, 0xdb, 0x06, 0x93, 0xaf, 0x2a, 0xe4, 0x18, 0xb7,
					0x67, 0xe6, 0x57, 0xcd, 0x40, 0x7e, 0x80, 0xcb, 0x14, 0x34, 0x22, 0x1e, 0xae, 0xa7, 0xa0, 0x7a } },
			.time = 1714777860,
			.bits = 0x1d00ffff,
			.nonce = 393743547,
		},
		.genesis_hash = { { 0x43, 0xf0, 0x8b, 0xda, 0xb0, 0x50, 0xe3, 0x5b, 0x56, 0x7c, 0x86, 0x4b, 0x91, 0xf4, 0x7f, 0x50,
				    0xae, 0x72, 0x5a, 0xe2, 0xde, 0x53, 0xbc, 0xfb, 0xba, 0xf2, 0x84, 0xda, 0x00, 0x00, 0x00, 0x00 } },
		.limit_bits = 0x1d00ffff,
		.min_difficulty = true,
		.bip94 = true,
		.bip34_height = 1,
		.bip65_height = 1,
		.bip66_height = 1,
		.segwit_height = 1,
		.subsidy_halving = 210000,
		.coinbase_maturity = 100,
		.bech32_hrp = "tb",
		.p2pkh_prefix = 111,
		.p2sh_prefix = 196,
		.minimum_chain_work = { { 0xfe15d0177d086304, 0x00000000000009a0 } }, /* height 123613 */
	},
	{
		.name = "testnet3",
		.magic = { 0x0b, 0x11, 0x09, 0x07 },
		.port = 18333,
		.genesis = {
			.version = 1,
			.merkle_root = ROOT_2009,
			.time = 1296688602,
			.bits = 0x1d00ffff,
			.nonce = 414098458,
		},
		.genesis_hash = { { 0x43, 0x49, 0x7f, 0xd7, 0xf8, 0x26, 0x95, 0x71, 0x08, 0xf4, 0xa3, 0x0f, 0xd9, 0xce, 0xc3, 0xae,
				    0xba, 0x79, 0x97, 0x20, 0x84, 0xe9, 0x0e, 0xad, 0x01, 0xea, 0x33, 0x09, 0x00, 0x00, 0x00, 0x00 } },
		.limit_bits = 0x1d00ffff,
		.min_difficulty = true,
		.bip34_height = 21111,
		.bip65_height = 581885,
		.bip66_height = 330776,
		.segwit_height = 834624,
		.subsidy_halving = 210000,
		.coinbase_maturity = 100,
		.bech32_hrp = "tb",
		.p2pkh_prefix = 111,
		.p2sh_prefix = 196,
		.minimum_chain_work = { { 0xe1c649f3708d14b6, 0x00000000000017dd } }, /* height 4842348 */
	},
	{
		.name = "signet",
		.magic = { 0x0a, 0x03, 0xcf, 0x40 },
		.port = 38333,
		.genesis = {
			.version = 1,
			.merkle_root = ROOT_2009,
			.time = 1598918400,
			.bits = 0x1e0377ae,
			.nonce = 52613770,
		},
		.genesis_hash = { { 0xf6, 0x1e, 0xee, 0x3b, 0x63, 0xa3, 0x80, 0xa4, 0x77, 0xa0, 0x63, 0xaf, 0x32, 0xb2, 0xbb, 0xc9,
				    0x7c, 0x9f, 0xf9, 0xf0, 0x1f, 0x2c, 0x42, 0x25, 0xe9, 0x73, 0x98, 0x81, 0x08, 0x00, 0x00, 0x00 } },
		.limit_bits = 0x1e0377ae,
		.bip34_height = 1,
		.bip65_height = 1,
		.bip66_height = 1,
		.segwit_height = 1,
		.signet_challenge = signet_challenge,
		.signet_challenge_len = sizeof(signet_challenge),
		.subsidy_halving = 210000,
		.coinbase_maturity = 100,
		.bech32_hrp = "tb",
		.p2pkh_prefix = 111,
		.p2sh_prefix = 196,
		.minimum_chain_work = { { 0x00000b463ea0a4b8 } }, /* height 293175 */
	},
	{
		.name = "regtest",
		.magic = { 0xfa, 0xbf, 0xb5, 0xda },
		.port = 18444,
		.genesis = {
			.version = 1,
			.merkle_root = ROOT_2009,
			.time = 1296688602,
			.bits = 0x207fffff,
			.nonce = 2,
		},
		.genesis_hash = { { 0x06, 0x22, 0x6e, 0x46, 0x11, 0x1a, 0x0b, 0x59, 0xca, 0xaf, 0x12, 0x60, 0x43, 0xeb, 0x5b, 0xbf,
				    0x28, 0xc3, 0x4f, 0x3a, 0x5e, 0x33, 0x2a, 0x1f, 0xc7, 0xb2, 0xb7, 0x3c, 0xf1, 0x88, 0x91, 0x0f } },
		.limit_bits = 0x207fffff,
		.no_retarget = true,
		.bip34_height = 1,
		.bip65_height = 1,
		.bip66_height = 1,
		.segwit_height = 0,
		.subsidy_halving = 150,
		.coinbase_maturity = 100,
		.bech32_hrp = "bcrt",
		.p2pkh_prefix = 111,
		.p2sh_prefix = 196,
	},
};

static const struct chain_params *added;

void
chain_params_add(const struct chain_params *p)
{
	added = p;
}

const struct chain_params *
chain_params_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		if (strcmp(networks[i].name, name) == 0)
			return &networks[i];
	}
	return added != NULL && strcmp(added->name, name) == 0 ? added : NULL;
}

static const char *
work_fault(const struct chain_params *p)
{
	enum header_verdict v;
	struct hash256 hash;
	struct u256 limit;

	if (!target_from_bits(&limit, p->limit_bits) || target_to_bits(&limit) != p->limit_bits)
		return "limit_bits is no target, or not in its usual form";
	header_hash(&hash, &p->genesis);
	if (!hash256_eq(&hash, &p->genesis_hash))
		return "genesis_hash is not the hash of genesis";
	if (!hash256_is_zero(&p->genesis.prev))
		return "genesis names a block before it";
	v = header_check_work(p, &p->genesis);
	if (v == HEADER_BAD_TARGET)
		return "genesis has bits that limit_bits does not allow";
	return v == HEADER_OK ? NULL : "genesis has not the work that its bits ask for";
}

const char *
chain_params_fault(const struct chain_params *p)
{
	const char *why = work_fault(p);

	if (why != NULL)
		return why;
	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		if (memcmp(networks[i].magic, p->magic, sizeof(p->magic)) == 0)
			return "magic is that of a public network, whose peers would be spoken to";
	}
	if (p->port == 0)
		return "port is 0";
	if (p->subsidy_halving == 0)
		return "subsidy_halving is 0";
	if (p->coinbase_maturity == 0)
		return "coinbase_maturity is 0";
	return p->p2pkh_prefix == p->p2sh_prefix ? "p2pkh_prefix and p2sh_prefix are the same" : NULL;
}

void
chain_params_digest(struct hash256 *out, const struct chain_params *p)
{
	struct wr w = { 0 };

	wr_bytes(&w, p->magic, sizeof(p->magic));
	wr_header(&w, &p->genesis);
	wr_u32(&w, p->limit_bits);
	wr_u8(&w, (uint8_t)(p->no_retarget + 2 * p->min_difficulty + 4 * p->bip94));
	wr_u32(&w, p->bip34_height);
	wr_u32(&w, p->bip65_height);
	wr_u32(&w, p->bip66_height);
	wr_u32(&w, p->segwit_height);
	wr_u32(&w, p->bip54_height);
	wr_varbytes(&w, p->signet_challenge, p->signet_challenge_len);
	wr_u32(&w, p->subsidy_halving);
	wr_u32(&w, p->coinbase_maturity);
	wr_varbytes(&w, p->bech32_hrp, strlen(p->bech32_hrp));
	wr_u8(&w, p->p2pkh_prefix);
	wr_u8(&w, p->p2sh_prefix);
	sha256_tagged(out, "tally/chain", w.p, w.len);
	wr_clear(&w);
}

bool
chain_has_segwit(const struct chain_params *p, uint32_t height)
{
	return height >= p->segwit_height;
}

bool
chain_has_bip54(const struct chain_params *p, uint32_t height)
{
	return p->bip54_height != 0 && height >= p->bip54_height;
}

struct amount
chain_subsidy(const struct chain_params *p, uint32_t height)
{
	const uint64_t first = 5000000000;
	uint32_t halvings = height / p->subsidy_halving;
	struct amount subsidy = AMOUNT_ZERO;

	if (halvings < 64 && !amount_from_units(&subsidy, first >> halvings))
		return AMOUNT_ZERO;
	return subsidy;
}
