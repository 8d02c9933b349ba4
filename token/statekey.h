#ifndef TALLY_TOKEN_STATEKEY_H
#define TALLY_TOKEN_STATEKEY_H
/* Building state keys: a module's letter, the letter of a table, then parts of fixed length; numbers big-endian so that byte order is
 * their order. */
#include "token/bank.h"

struct statekey {
	uint8_t b[STATE_KEY_MAX];
	size_t len;
};

struct statekey statekey_new(char module, char table);
void statekey_bytes(struct statekey *k, const void *bytes, size_t len);
void statekey_asset(struct statekey *k, const struct asset_id *a);
void statekey_account(struct statekey *k, const struct account *a);
void statekey_u16(struct statekey *k, uint16_t v);
void statekey_u32(struct statekey *k, uint32_t v);
void statekey_u64(struct statekey *k, uint64_t v);

/* A reader over the value; false when the key is absent. */
MUST_USE bool statekey_get(struct rd *out, const struct state *s, const struct statekey *k);
MUST_USE bool statekey_has(const struct state *s, const struct statekey *k);
/* Stores w's bytes and clears w. */
void statekey_put(struct state *s, const struct statekey *k, struct wr *w);
void statekey_delete(struct state *s, const struct statekey *k);

/* Single numbers; an absent one is 0 and 0 is stored by deleting. */
uint64_t statekey_get_u64(const struct state *s, const struct statekey *k);
void statekey_put_u64(struct state *s, const struct statekey *k, uint64_t v);

/* Big-endian numbers inside a key that a walk found. */
uint32_t statekey_read_u32(const uint8_t *p);
uint64_t statekey_read_u64(const uint8_t *p);

#endif
