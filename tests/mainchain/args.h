#ifndef TALLY_TESTS_MAINCHAIN_ARGS_H
#define TALLY_TESTS_MAINCHAIN_ARGS_H
/* Parameters of a control request. The first error sticks; readers then give zeros, so a command reads straight on and
 * asks args_ok(). */
#include <jansson.h>

#include "chain/address.h"
#include "tests/mainchain/node.h"

struct args {
	json_t *params;      /* an object; borrowed */
	const struct chain_params *chain;
	char *error;         /* owned; NULL while all is well */
};

void args_fail(struct args *a, const char *why, const char *about);
MUST_USE bool args_ok(const struct args *a);
MUST_USE bool args_has(const struct args *a, const char *key);

int64_t args_int(struct args *a, const char *key, int64_t least, int64_t most, int64_t otherwise);
bool args_bool(struct args *a, const char *key, bool otherwise);
/* Borrowed; NULL when it is missing and not needed. */
const char *args_text(struct args *a, const char *key, bool needed);
struct hash256 args_hash(struct args *a, const char *key);
/* A list of txids; owned by the caller. NULL for a missing one. */
struct hash256 *args_hashes(struct args *a, const char *key, size_t *n);
/* Hex of at most max bytes; owned by the caller. */
uint8_t *args_bytes(struct args *a, const char *key, size_t *len, size_t max);
/* An address of the chain, as a script. */
size_t args_script(struct args *a, const char *key, uint8_t script[ADDRESS_SCRIPT_MAX]);
/* Coins as a decimal string, in satoshi. */
uint64_t args_coins(struct args *a, const char *key);

/* The other way. */
json_t *json_hash(const struct hash256 *h);
json_t *json_coins(uint64_t satoshi);
json_t *json_bytes(const void *bytes, size_t len);

#endif
