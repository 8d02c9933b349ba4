#ifndef TALLY_CHAIN_BIP324_H
#define TALLY_CHAIN_BIP324_H
/* The encrypted transport of BIP324 as a machine: bytes in, messages out. Pure: keys and garbage are the caller's, as is the reckoning
 * with peers that speak v1. */
#include "chain/bip324_cipher.h"
#include "chain/key.h"

#define BIP324_KEY_LEN 64
#define BIP324_GARBAGE_MAX 4095
#define BIP324_PREFIX_LEN 16     /* of a v1 stream: magic and "version", which no v2 stream begins with */
#define BIP324_COMMAND_LEN_MAX 13 /* of a content: zero and 12 bytes, or a short id */

struct bip324_setup {
	bool initiator;
	uint8_t magic[4];
	struct secret_key secret;
	uint8_t ours[BIP324_KEY_LEN]; /* the public key */
	const uint8_t *garbage;       /* borrowed for the call */
	size_t garbage_len;           /* <= BIP324_GARBAGE_MAX */
	/* The shared secret, from our secret key, our public key as sent, and the peer's: ellswift_exchange(). */
	void (*exchange)(struct hash256 *out, const struct secret_key *k, const uint8_t ours[BIP324_KEY_LEN],
			 const uint8_t theirs[BIP324_KEY_LEN], bool initiator);
};

struct bip324;
/* Appends what is to be sent first to w. */
MUST_USE struct bip324 *bip324_new(struct wr *w, const struct bip324_setup *s);
/* Wipes the keys. NULL is fine. */
void bip324_free(struct bip324 *m);

struct bip324_message {
	char command[13];       /* with a final 0 */
	const uint8_t *payload; /* borrowed until the next call */
	size_t len;
};
enum bip324_verdict {
	BIP324_MORE,    /* nothing happens before there are bip324_needs() bytes */
	BIP324_STEP,    /* something was read: call again */
	BIP324_MESSAGE, /* *out is filled */
	BIP324_BAD,     /* this is no BIP324 peer, it changed bytes, or a packet is longer than max: close */
};
/* bytes: all that has come and was not used. *used of them are done with; what is to be sent is appended to w. max: the longest content
 * that is of use now (decoys count too). Messages of no known id or form are left out, as the BIP says. Not to be called after BIP324_BAD. */
MUST_USE enum bip324_verdict bip324_hear(struct bip324 *m, struct bip324_message *out, struct wr *w, size_t *used, const uint8_t *bytes,
					 size_t len, size_t max);
/* How many bytes the next step needs at least. */
size_t bip324_needs(const struct bip324 *m);

/* The peer has not sent its key yet. */
MUST_USE bool bip324_is_unheard(const struct bip324 *m);
/* The peer's version packet has come: it has the keys, and messages may be sent. */
MUST_USE bool bip324_is_ready(const struct bip324 *m);
/* All zeros before the peer's key has come. */
struct hash256 bip324_session_id(const struct bip324 *m);

/* Append a message; the peer's key must have come. command: 1 to 12 characters; len <= P2P_PAYLOAD_MAX. */
void bip324_say(struct wr *w, struct bip324 *m, const char *command, const void *payload, size_t len);

#endif
