#ifndef TALLY_CHAIN_BIP324_CIPHER_H
#define TALLY_CHAIN_BIP324_CIPHER_H
/* The ciphers of BIP324 once both sides have the shared secret. Each direction has two: one for lengths, one for packets; each takes a
 * new key after 224 packets. */
#include "base/chacha.h"
#include "base/hash.h"

#define BIP324_REKEY 224
#define BIP324_LENGTH_LEN 3
#define BIP324_TERMINATOR_LEN 16
#define BIP324_PACKET_OVERHEAD (BIP324_LENGTH_LEN + 1 + CHACHA_TAG_LEN)
#define BIP324_CONTENT_MAX 0xffffff

/* FSChaCha20 with 3 bytes a packet: the stream of one key, and the next key at its end. */
struct bip324_lengths {
	uint8_t stream[BIP324_REKEY * BIP324_LENGTH_LEN + CHACHA_KEY_LEN];
	uint32_t n;      /* packets under this key */
	uint64_t rekeys;
};
struct bip324_packets {
	uint8_t key[CHACHA_KEY_LEN];
	uint64_t n; /* packets in all */
};
struct bip324_cipher {
	struct bip324_lengths send_l, recv_l;
	struct bip324_packets send_p, recv_p;
	uint8_t send_terminator[BIP324_TERMINATOR_LEN], recv_terminator[BIP324_TERMINATOR_LEN];
	struct hash256 session_id;
};

/* magic: the network's. The caller wipes the secret, and in the end the cipher (mem_wipe). */
void bip324_cipher_init(struct bip324_cipher *c, const struct hash256 *secret, const uint8_t magic[4], bool initiator);

/* Append a packet with len <= BIP324_CONTENT_MAX bytes of content; ignore: a decoy. aad: the garbage sent, for the first packet. */
void bip324_seal(struct wr *w, struct bip324_cipher *c, const void *aad, size_t aad_len, const void *content, size_t len, bool ignore);

/* Read the next packet's content length; once a packet. It isn't authenticated before the packet is. */
uint32_t bip324_open_length(struct bip324_cipher *c, const uint8_t bytes[BIP324_LENGTH_LEN]);
/* Read the 1 + len + CHACHA_TAG_LEN bytes that follow; out: 1 + len bytes, of which the content begins at out[1]. False: changed. */
MUST_USE bool bip324_open(uint8_t *out, bool *ignore, struct bip324_cipher *c, const void *aad, size_t aad_len, const uint8_t *bytes,
			  size_t len);

#endif
