#include "bridge/options.h"

#define NETWORKS "main|testnet4|testnet3|signet|regtest"

const struct option_info options_of_tallyd[] = {
	{ "network", 0, OPTION_CHOICE, OPTION_ANYWHERE, "NAME", NETWORKS, "main", "main chain to follow" },
	{ "datadir", 0, OPTION_TEXT, OPTION_NOT_IN_FILE, "DIR", NULL, NULL, "where everything is kept (default ~/.tallystick)" },
	{ "conf", 0, OPTION_TEXT, OPTION_NOT_IN_FILE, "FILE", NULL, NULL, "configuration file (default tally.conf in DIR and in DIR/NETWORK)" },
	{ "genesis", 0, OPTION_TEXT, OPTION_ANYWHERE, "FILE", NULL, NULL, "genesis file of the sidechain; without one this is a light client only" },
	{ "connect", 0, OPTION_LIST, OPTION_ANYWHERE, "HOST:PORT", NULL, NULL, "main-chain peer to use, and no others; may be repeated" },
	{ "addnode", 0, OPTION_LIST, OPTION_ANYWHERE, "HOST:PORT", NULL, NULL, "main-chain peer to use beside others; may be repeated" },
	{ "rpcbind", 0, OPTION_TEXT, OPTION_ANYWHERE, "ADDR", NULL, "127.0.0.1", "address of the HTTP port; one that is not loopback needs rpcallow" },
	{ "rpcport", 0, OPTION_PORT, OPTION_ANYWHERE, "PORT", NULL, NULL, "HTTP port (default 7420 main, 7421 testnet4, 7422 testnet3, 7423 signet, 7424 regtest; 0: any free one)" },
	{ "rpcallow", 0, OPTION_LIST, OPTION_ANYWHERE, "ADDR[/BITS]", NULL, NULL, "who may use the HTTP port beside this machine; may be repeated" },
	{ "engine", 0, OPTION_CHOICE, OPTION_ANYWHERE, "NAME", "solo", "solo", "who orders the sidechain's blocks" },
	{ "signer", 0, OPTION_LIST, OPTION_ANYWHERE, "SOCKET|builtin", NULL, NULL, "a member's signer; may be repeated; builtin on regtest only: keys/signer*.json" },
	{ "plugindir", 0, OPTION_TEXT, OPTION_ANYWHERE, "DIR", NULL, NULL, "where approved plugins lie (default plugins in DIR/NETWORK)" },
	{ "import-headers", 0, OPTION_TEXT, OPTION_ANYWHERE, "FILE", NULL, NULL, "raw 80-byte headers to start with, checked like those of peers" },
	{ "feerate", 0, OPTION_NUMBER, OPTION_ANYWHERE, "SAT/VB", NULL, NULL, "fee rate that this member votes for (default: from recent blocks)" },
	{ "log", 0, OPTION_LOG, OPTION_ANYWHERE, "CATEGORY:LEVEL,…", NULL, "info", "how much to log: error, warn, info, debug; for all or by category" },
	{ "daemon", 0, OPTION_FLAG, OPTION_ANYWHERE, NULL, NULL, NULL, "go to the background once everything runs" },
	{ "check-config", 0, OPTION_FLAG, OPTION_COMMAND_LINE, NULL, NULL, NULL, "print each setting, its value and where it is from, and end" },
	{ "version", 'V', OPTION_FLAG, OPTION_COMMAND_LINE, NULL, NULL, NULL, "print versions, of the libraries too, and end" },
	{ "help", 'h', OPTION_FLAG, OPTION_COMMAND_LINE, NULL, NULL, NULL, "print this and end" },
	{ NULL, 0, OPTION_TEXT, OPTION_ANYWHERE, NULL, NULL, NULL, NULL },
};

const struct option_info options_of_tally[] = {
	{ "network", 0, OPTION_CHOICE, OPTION_ANYWHERE, "NAME", NETWORKS, "main", "main chain that the daemon follows" },
	{ "datadir", 0, OPTION_TEXT, OPTION_NOT_IN_FILE, "DIR", NULL, NULL, "the daemon's directory (default ~/.tallystick)" },
	{ "conf", 0, OPTION_TEXT, OPTION_NOT_IN_FILE, "FILE", NULL, NULL, "configuration file (default tally.conf in DIR and in DIR/NETWORK)" },
	{ "rpcconnect", 0, OPTION_TEXT, OPTION_ANYWHERE, "HOST:PORT", NULL, NULL, "use HTTP instead of the socket in DIR/NETWORK" },
	{ "timeout", 0, OPTION_NUMBER, OPTION_ANYWHERE, "SECONDS", NULL, "60", "how long to wait for an answer" },
	{ "json", 0, OPTION_FLAG, OPTION_ANYWHERE, NULL, NULL, NULL, "print JSON instead of tables" },
	{ "version", 'V', OPTION_FLAG, OPTION_COMMAND_LINE, NULL, NULL, NULL, "print versions and end" },
	{ "help", 'h', OPTION_FLAG, OPTION_COMMAND_LINE, NULL, NULL, NULL, "print this and end" },
	{ NULL, 0, OPTION_TEXT, OPTION_ANYWHERE, NULL, NULL, NULL, NULL },
};

const struct option_info options_of_signer[] = {
	{ "network", 0, OPTION_CHOICE, OPTION_ANYWHERE, "NAME", NETWORKS, "main", "main chain of the federation" },
	{ "datadir", 0, OPTION_TEXT, OPTION_NOT_IN_FILE, "DIR", NULL, NULL, "where everything is kept (default ~/.tallystick)" },
	{ "conf", 0, OPTION_TEXT, OPTION_NOT_IN_FILE, "FILE", NULL, NULL, "configuration file (default tally.conf in DIR and in DIR/NETWORK)" },
	{ "genesis", 0, OPTION_TEXT, OPTION_ANYWHERE, "FILE", NULL, NULL, "genesis file of the sidechain" },
	{ "signer-key", 0, OPTION_TEXT, OPTION_ANYWHERE, "FILE", NULL, NULL, "the member's key (default keys/signer.json in DIR/NETWORK)" },
	{ "signer-log", 0, OPTION_TEXT, OPTION_ANYWHERE, "FILE", NULL, NULL, "what was signed; never delete it (default the key's file with .log added)" },
	{ "signer-socket", 0, OPTION_TEXT, OPTION_ANYWHERE, "FILE", NULL, NULL, "where tallyd finds the signer (default signer.sock in DIR/NETWORK)" },
	{ "passphrase-file", 0, OPTION_TEXT, OPTION_ANYWHERE, "FILE", NULL, NULL, "first line is the key's passphrase (default: ask on the terminal)" },
	{ "max-feerate", 0, OPTION_NUMBER, OPTION_ANYWHERE, "SAT/VB", NULL, "500", "refuse to sign above this fee rate (default 500)" },
	{ "max-outflow", 0, OPTION_TEXT, OPTION_ANYWHERE, "COINS", NULL, NULL, "refuse to sign more payouts than this in a window (default the genesis file's outflow_cap)" },
	{ "version", 'V', OPTION_FLAG, OPTION_COMMAND_LINE, NULL, NULL, NULL, "print versions and end" },
	{ "help", 'h', OPTION_FLAG, OPTION_COMMAND_LINE, NULL, NULL, NULL, "print this and end" },
	{ NULL, 0, OPTION_TEXT, OPTION_ANYWHERE, NULL, NULL, NULL, NULL },
};
