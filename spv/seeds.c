/* Source: Bitcoin Core, src/kernel/chainparams.cpp, vSeeds, as of early 2026. */
#include "spv/seeds.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

static const char *const none[] = { NULL };
static const char *const of_main[] = {
	"seed.bitcoin.sipa.be",
	"dnsseed.bluematt.me",
	"seed.bitcoin.jonasschnelli.ch",
	"seed.btc.petertodd.net",
	"seed.bitcoin.sprovoost.nl",
	"dnsseed.emzy.de",
	"seed.bitcoin.wiz.biz",
	"seed.mainnet.achownodes.xyz",
	NULL,
};
static const char *const of_testnet3[] = {
	"testnet-seed.bitcoin.jonasschnelli.ch",
	"seed.tbtc.petertodd.net",
	"seed.testnet.bitcoin.sprovoost.nl",
	"testnet-seed.bluematt.me",
	"seed.testnet.achownodes.xyz",
	NULL,
};
static const char *const of_testnet4[] = { "seed.testnet4.bitcoin.sprovoost.nl", "seed.testnet4.wiz.biz", NULL };
static const char *const of_signet[] = { "seed.signet.bitcoin.sprovoost.nl", "seed.signet.achownodes.xyz", NULL };

static const struct {
	const char *network;
	const char *const *seeds;
} table[] = {
	{ "main", of_main },
	{ "testnet3", of_testnet3 },
	{ "testnet4", of_testnet4 },
	{ "signet", of_signet },
};

const char *const *
seeds_of(const char *network)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (strcmp(table[i].network, network) == 0)
			return table[i].seeds;
	}
	return none;
}
