#include "chain/bip324_cipher.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define IGNORE_BIT 0x80

static void
nonce_of(uint8_t out[CHACHA_NONCE_LEN], uint32_t low, uint64_t high)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(low >> 8 * i);
	for (size_t i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(high >> 8 * i);
}

/* --- Lengths --- */

static void
lengths_init(struct bip324_lengths *l, const uint8_t key[CHACHA_KEY_LEN], uint64_t rekeys)
{
	uint8_t nonce[CHACHA_NONCE_LEN];

	nonce_of(nonce, 0, rekeys);
	chacha20_stream(l->stream, sizeof(l->stream), key, nonce);
	l->n = 0;
	l->rekeys = rekeys;
}

static void
lengths_crypt(struct bip324_lengths *l, uint8_t out[BIP324_LENGTH_LEN], const uint8_t in[BIP324_LENGTH_LEN])
{
	uint8_t *stream = l->stream + (size_t)l->n * BIP324_LENGTH_LEN, key[CHACHA_KEY_LEN];

	for (size_t i = 0; i < BIP324_LENGTH_LEN; i++) {
		out[i] = in[i] ^ stream[i];
		stream[i] = 0;
	}
	if (++l->n < BIP324_REKEY)
		return;
	memcpy(key, l->stream + BIP324_REKEY * BIP324_LENGTH_LEN, sizeof(key));
	lengths_init(l, key, l->rekeys + 1);
	mem_wipe(key, sizeof(key));
}

/* --- Packets --- */

static void
packets_next(struct bip324_packets *p)
{
	static const uint8_t zeros[CHACHA_KEY_LEN];
	uint8_t nonce[CHACHA_NONCE_LEN], sealed[CHACHA_KEY_LEN + CHACHA_TAG_LEN];
	struct chacha_seal s = { .key = p->key, .nonce = nonce };

	if ((p->n + 1) % BIP324_REKEY == 0) {
		nonce_of(nonce, UINT32_MAX, p->n / BIP324_REKEY);
		chacha20poly1305_seal(sealed, &s, zeros, sizeof(zeros));
		memcpy(p->key, sealed, sizeof(p->key));
		mem_wipe(sealed, sizeof(sealed));
	}
	p->n++;
}

static void
packets_nonce(uint8_t out[CHACHA_NONCE_LEN], const struct bip324_packets *p)
{
	nonce_of(out, (uint32_t)(p->n % BIP324_REKEY), p->n / BIP324_REKEY);
}

/* --- Both --- */

void
bip324_seal(struct wr *w, struct bip324_cipher *c, const void *aad, size_t aad_len, const void *content, size_t len, bool ignore)
{
	uint8_t length[BIP324_LENGTH_LEN] = { (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16) }, nonce[CHACHA_NONCE_LEN];
	struct chacha_seal s = { .key = c->send_p.key, .nonce = nonce, .aad = aad, .aad_len = aad_len };
	uint8_t *plain = mem_new(1 + len, 1), *sealed = mem_new(1 + len + CHACHA_TAG_LEN, 1);

	assert(len <= BIP324_CONTENT_MAX);
	lengths_crypt(&c->send_l, length, length);
	plain[0] = ignore ? IGNORE_BIT : 0;
	if (len > 0)
		memcpy(plain + 1, content, len);
	packets_nonce(nonce, &c->send_p);
	chacha20poly1305_seal(sealed, &s, plain, 1 + len);
	packets_next(&c->send_p);
	wr_bytes(w, length, sizeof(length));
	wr_bytes(w, sealed, 1 + len + CHACHA_TAG_LEN);
	free(plain);
	free(sealed);
}

uint32_t
bip324_open_length(struct bip324_cipher *c, const uint8_t bytes[BIP324_LENGTH_LEN])
{
	uint8_t b[BIP324_LENGTH_LEN];

	lengths_crypt(&c->recv_l, b, bytes);
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16;
}

bool
bip324_open(uint8_t *out, bool *ignore, struct bip324_cipher *c, const void *aad, size_t aad_len, const uint8_t *bytes, size_t len)
{
	uint8_t nonce[CHACHA_NONCE_LEN];
	struct chacha_seal s = { .key = c->recv_p.key, .nonce = nonce, .aad = aad, .aad_len = aad_len };

	packets_nonce(nonce, &c->recv_p);
	if (!chacha20poly1305_open(out, &s, bytes, 1 + len + CHACHA_TAG_LEN))
		return false;
	packets_next(&c->recv_p);
	*ignore = (out[0] & IGNORE_BIT) != 0;
	return true;
}

void
bip324_cipher_init(struct bip324_cipher *c, const struct hash256 *secret, const uint8_t magic[4], bool initiator)
{
	static const char label[] = "bitcoin_v2_shared_secret";
	uint8_t salt[sizeof(label) - 1 + 4], key[CHACHA_KEY_LEN], terminators[2 * BIP324_TERMINATOR_LEN];

	memset(c, 0, sizeof(*c));
	memcpy(salt, label, sizeof(label) - 1);
	memcpy(salt + sizeof(label) - 1, magic, 4);
	hkdf_sha256(key, sizeof(key), secret->b, sizeof(secret->b), salt, sizeof(salt), "initiator_L");
	lengths_init(initiator ? &c->send_l : &c->recv_l, key, 0);
	hkdf_sha256(key, sizeof(key), secret->b, sizeof(secret->b), salt, sizeof(salt), "responder_L");
	lengths_init(initiator ? &c->recv_l : &c->send_l, key, 0);
	hkdf_sha256(initiator ? c->send_p.key : c->recv_p.key, CHACHA_KEY_LEN, secret->b, sizeof(secret->b), salt, sizeof(salt), "initiator_P");
	hkdf_sha256(initiator ? c->recv_p.key : c->send_p.key, CHACHA_KEY_LEN, secret->b, sizeof(secret->b), salt, sizeof(salt), "responder_P");
	hkdf_sha256(terminators, sizeof(terminators), secret->b, sizeof(secret->b), salt, sizeof(salt), "garbage_terminators");
	memcpy(initiator ? c->send_terminator : c->recv_terminator, terminators, BIP324_TERMINATOR_LEN);
	memcpy(initiator ? c->recv_terminator : c->send_terminator, terminators + BIP324_TERMINATOR_LEN, BIP324_TERMINATOR_LEN);
	hkdf_sha256(c->session_id.b, sizeof(c->session_id.b), secret->b, sizeof(secret->b), salt, sizeof(salt), "session_id");
	mem_wipe(key, sizeof(key));
}
