#ifndef TALLY_CHAIN_ADDRESS_H
#define TALLY_CHAIN_ADDRESS_H
/* Addresses to output scripts and back: base58check, bech32 (BIP173), bech32m (BIP350). */
#include "chain/params.h"
#include "chain/script.h"

#define ADDRESS_TEXT_LEN 100
#define ADDRESS_SCRIPT_MAX 42

enum address_verdict {
	ADDRESS_OK,
	ADDRESS_MALFORMED,     /* not base58 or bech32 at all */
	ADDRESS_BAD_CHECKSUM,
	ADDRESS_WRONG_NETWORK, /* valid, but of another network */
	ADDRESS_BAD_PROGRAM,   /* a witness program of a length or encoding that the BIPs forbid */
};

/* *len gets the script's length. */
MUST_USE enum address_verdict address_decode(uint8_t script[ADDRESS_SCRIPT_MAX], size_t *len, const struct chain_params *p, const char *text);
/* False when the script has no address form. */
MUST_USE bool address_encode(char out[ADDRESS_TEXT_LEN], const struct chain_params *p, const uint8_t *script, size_t len);
/* A sentence for a person, with what to do. */
const char *address_verdict_text(enum address_verdict v);

#endif
