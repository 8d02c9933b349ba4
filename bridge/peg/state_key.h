#ifndef TALLY_PEG_STATE_KEY_H
#define TALLY_PEG_STATE_KEY_H
/* Keys of the peg's records: the module's letter, a letter for the kind, then numbers big-endian so that they sort. */
#include "chain/tx.h"
#include "token/state.h"

#define PEG_LETTER 'p'

/* Kinds. Upper case: records; lower case: indexes and parts. */
enum key_kind {
	KEY_PARAMS = 'G',
	KEY_GENESIS_ID = 'g',
	KEY_EPOCH = 'E',
	KEY_CURRENT_EPOCH = 'e',
	KEY_BOOKS = 'B',
	KEY_DEPOSIT = 'D',
	KEY_DEPOSIT_OPEN = 'd', /* number -> outpoint: WAITING and QUARANTINED ones */
	KEY_SHALLOW = 'y',      /* height -> sum minted of that block's deposits */
	KEY_KNOWN_SCRIPT = 'k',
	KEY_COIN = 'C',
	KEY_COIN_SPENT = 'c',   /* outpoint: coins with a known foreign spend */
	KEY_DONATED = 'z',      /* outpoint: accepted once, for ever */
	KEY_PAYOUT = 'P',
	KEY_QUEUE = 'q',        /* id: QUEUED ones */
	KEY_PLAN = 'L',
	KEY_PLAN_LIVE = 'l',    /* id: neither FINAL nor DEAD */
	KEY_VERSION = 'V',
	KEY_SIGS = 's',
	KEY_UNDO = 'u',
	KEY_TXID = 'x',         /* txid -> plan, version */
	KEY_INTENT = 'N',
	KEY_INTENT_EXPIRY = 'n',
	KEY_INTENT_QUOTA = 'o',
	KEY_VOTE = 'M',
	KEY_COUNTER = 'm',
	KEY_GUARDIAN = 'a',     /* member's joins */
	KEY_HEIGHT = 'h',       /* height, kind, id: what a reorg touches */
	KEY_INFLOW = 'i',
	KEY_OUTFLOW = 'f',
	KEY_HEADER = 'H',
	KEY_BEST = 'I',
	KEY_TIP = 'T',
	KEY_SIDE = 'J',
	KEY_RIVAL = 'R',
};

struct state_key {
	uint8_t b[96];
	size_t n;
};

struct state_key key_of(enum key_kind kind);
void key_u8(struct state_key *k, uint8_t v);
void key_u32(struct state_key *k, uint32_t v);
void key_u64(struct state_key *k, uint64_t v);
void key_hash(struct state_key *k, const struct hash256 *h);
void key_outpoint(struct state_key *k, const struct outpoint *o);

/* The usual shapes. */
struct state_key key_with_u32(enum key_kind kind, uint32_t v);
struct state_key key_with_u64(enum key_kind kind, uint64_t v);
struct state_key key_with_hash(enum key_kind kind, const struct hash256 *h);
struct state_key key_with_outpoint(enum key_kind kind, const struct outpoint *o);

/* Read a part of a key back, at an offset behind the two letters. */
uint32_t key_read_u32(const uint8_t *key, size_t at);
uint64_t key_read_u64(const uint8_t *key, size_t at);
struct hash256 key_read_hash(const uint8_t *key, size_t at);
struct outpoint key_read_outpoint(const uint8_t *key, size_t at);

const uint8_t *key_get(const struct state *s, size_t *len, const struct state_key *k);
MUST_USE bool key_there(const struct state *s, const struct state_key *k);
/* Put the writer's bytes and release it. */
void key_put(struct state *s, const struct state_key *k, struct wr *w);
void key_mark(struct state *s, const struct state_key *k); /* present, empty */
void key_delete(struct state *s, const struct state_key *k);
void key_walk(struct state_walk *w, const struct state *s, enum key_kind kind);

#endif
