#ifndef TALLY_CHAIN_PARAMS_H
#define TALLY_CHAIN_PARAMS_H
/* What differs from one Bitcoin-style chain to another: one constant record for each network. */
#include "base/amount.h"
#include "chain/header.h"
#include "chain/u256.h"

struct chain_params {
	const char *name;    /* main, testnet4, testnet3, signet, regtest; of up to CHAIN_NAME_MAX letters */
	uint8_t magic[4];    /* first bytes of each P2P message, in wire order */
	uint16_t port;       /* default P2P port */
	struct header genesis;
	struct hash256 genesis_hash;
	uint32_t limit_bits; /* compact form of the easiest target */
	bool no_retarget;    /* regtest: bits never change */
	bool min_difficulty; /* testnet: a limit block after 20 minutes without one */
	bool bip94;          /* testnet4's retarget and time-warp rules */
	uint32_t bip34_height, bip65_height, bip66_height; /* versions below 2, 4, 3 are refused from here on; BIP34: height in the coinbase */
	uint32_t segwit_height;                            /* BIP141 holds from here on */
	uint32_t bip54_height;                             /* BIP54 (consensus cleanup) holds from here on; 0: never */
	const uint8_t *signet_challenge;                   /* BIP325: the script that each block's solution must satisfy; NULL: none */
	size_t signet_challenge_len;
	uint32_t subsidy_halving;                          /* blocks */
	uint32_t coinbase_maturity;                        /* blocks a coinbase output must wait: 100 */
	const char *bech32_hrp;                            /* bc, tb, bcrt */
	uint8_t p2pkh_prefix, p2sh_prefix;                 /* base58 version bytes */
	struct u256 minimum_chain_work;                    /* zero where none applies */
};

#define CHAIN_NAME_MAX 31 /* letters */

#define RETARGET_INTERVAL 2016
#define RETARGET_TIMESPAN (14 * 24 * 60 * 60)

/* Borrowed for ever; NULL for an unknown name. */
const struct chain_params *chain_params_find(const char *name);

/* Make one network more known, in the place of the last such one (NULL: none). Not safe while another thread asks; borrowed until then. */
void chain_params_add(const struct chain_params *p);
/* Of a network that is not in the table: NULL, or what is wrong with it in itself, for a person (static). Its name is not looked at. */
MUST_USE const char *chain_params_fault(const struct chain_params *p);
/* A digest of all that decides which blocks and addresses are valid; not of name, port and minimum work. */
void chain_params_digest(struct hash256 *out, const struct chain_params *p);

/* The rule is in force for a block at this height. */
MUST_USE bool chain_has_segwit(const struct chain_params *p, uint32_t height);
MUST_USE bool chain_has_bip54(const struct chain_params *p, uint32_t height);

/* The block subsidy at a height. */
struct amount chain_subsidy(const struct chain_params *p, uint32_t height);

#endif
