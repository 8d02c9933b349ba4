/* Invariants:
 * 1. Nothing is given out that was not authenticated, but for the length of a packet, which is bounded before anything waits for it.
 * 2. The garbage that was received is authenticated by the first packet, decoy or not; so is what we sent by ours.
 * 3. A packet of the handshake is never a message: the first that is no decoy is the version packet, whatever it holds. */
#include "chain/bip324.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/p2p.h"

#define COMMAND_LEN 12

enum state { AWAIT_KEY, AWAIT_TERMINATOR, AWAIT_LENGTH, AWAIT_PACKET };

struct bip324 {
	struct bip324_setup setup; /* garbage is our own copy here */
	struct bip324_cipher cipher;
	enum state state;
	bool ready;
	uint8_t *aad; /* owned; the peer's garbage until its first packet has come */
	size_t aad_len;
	size_t content_len; /* AWAIT_PACKET */
	uint8_t *packet;    /* owned; the last one, decrypted */
};

/* BIP324's table. */
static const char *const short_ids[] = {
	"",             "addr",     "block",       "blocktxn",   "cmpctblock", "feefilter",   "filteradd",    "filterclear",
	"filterload",   "getblocks", "getblocktxn", "getdata",    "getheaders", "headers",     "inv",          "mempool",
	"merkleblock",  "notfound", "ping",        "pong",       "sendcmpct",  "tx",          "getcfilters",  "cfilter",
	"getcfheaders", "cfheaders", "getcfcheckpt", "cfcheckpt", "addrv2",
};

struct bip324 *
bip324_new(struct wr *w, const struct bip324_setup *s)
{
	struct bip324 *m = mem_new(1, sizeof(*m));

	assert(s->garbage_len <= BIP324_GARBAGE_MAX);
	m->setup = *s;
	m->setup.garbage = mem_dup(s->garbage, s->garbage_len);
	wr_bytes(w, s->ours, sizeof(s->ours));
	wr_bytes(w, s->garbage, s->garbage_len);
	return m;
}

void
bip324_free(struct bip324 *m)
{
	if (m == NULL)
		return;
	free((void *)(uintptr_t)m->setup.garbage);
	free(m->aad);
	free(m->packet);
	mem_wipe(m, sizeof(*m));
	free(m);
}

size_t
bip324_needs(const struct bip324 *m)
{
	switch (m->state) {
	case AWAIT_KEY:
		return BIP324_KEY_LEN;
	case AWAIT_TERMINATOR:
		return BIP324_TERMINATOR_LEN;
	case AWAIT_LENGTH:
		return BIP324_LENGTH_LEN;
	case AWAIT_PACKET:
		return 1 + m->content_len + CHACHA_TAG_LEN;
	}
	return 0;
}

bool
bip324_is_unheard(const struct bip324 *m)
{
	return m->state == AWAIT_KEY;
}

bool
bip324_is_ready(const struct bip324 *m)
{
	return m->ready;
}

struct hash256
bip324_session_id(const struct bip324 *m)
{
	return m->cipher.session_id;
}

/* A peer that speaks v1 on another network would wait for ever. */
static bool
is_v1(const struct bip324 *m, const uint8_t *bytes)
{
	return !m->setup.initiator && memcmp(bytes + 4, "version\0\0\0\0\0", COMMAND_LEN) == 0;
}

static enum bip324_verdict
hear_key(struct bip324 *m, struct wr *w, const uint8_t *bytes)
{
	struct bip324_setup *s = &m->setup;
	struct hash256 secret;

	if (is_v1(m, bytes))
		return BIP324_BAD;
	s->exchange(&secret, &s->secret, s->ours, bytes, s->initiator);
	bip324_cipher_init(&m->cipher, &secret, s->magic, s->initiator);
	mem_wipe(&secret, sizeof(secret));
	mem_wipe(&s->secret, sizeof(s->secret));
	wr_bytes(w, m->cipher.send_terminator, BIP324_TERMINATOR_LEN);
	bip324_seal(w, &m->cipher, s->garbage, s->garbage_len, NULL, 0, false);
	m->state = AWAIT_TERMINATOR;
	return BIP324_STEP;
}

static enum bip324_verdict
hear_garbage(struct bip324 *m, size_t *used, const uint8_t *bytes, size_t len)
{
	const uint8_t *end = memmem(bytes, len < BIP324_GARBAGE_MAX + BIP324_TERMINATOR_LEN ? len : BIP324_GARBAGE_MAX + BIP324_TERMINATOR_LEN,
				    m->cipher.recv_terminator, BIP324_TERMINATOR_LEN);

	if (end == NULL)
		return len < BIP324_GARBAGE_MAX + BIP324_TERMINATOR_LEN ? BIP324_MORE : BIP324_BAD;
	m->aad_len = (size_t)(end - bytes);
	m->aad = mem_dup(bytes, m->aad_len);
	*used = m->aad_len + BIP324_TERMINATOR_LEN;
	m->state = AWAIT_LENGTH;
	return BIP324_STEP;
}

/* False: of no known form. */
static bool
message_from(struct bip324_message *out, const uint8_t *content, size_t len)
{
	struct rd r = rd_init(content, len);
	uint8_t id = rd_u8(&r);

	if (!rd_ok(&r) || id >= ARRAY_LEN(short_ids))
		return false;
	memset(out->command, 0, sizeof(out->command));
	if (id != 0)
		memcpy(out->command, short_ids[id], strlen(short_ids[id]));
	else if (!p2p_command_decode(out->command, rd_take(&r, COMMAND_LEN)))
		return false;
	out->payload = r.p;
	out->len = r.left;
	return true;
}

static enum bip324_verdict
hear_packet(struct bip324 *m, struct bip324_message *out, const uint8_t *bytes)
{
	bool ignore;

	free(m->packet);
	m->packet = mem_new(1 + m->content_len, 1);
	if (!bip324_open(m->packet, &ignore, &m->cipher, m->aad, m->aad_len, bytes, m->content_len))
		return BIP324_BAD;
	free(m->aad);
	m->aad = NULL;
	m->aad_len = 0;
	m->state = AWAIT_LENGTH;
	if (ignore)
		return BIP324_STEP;
	if (!m->ready) {
		m->ready = true;
		return BIP324_STEP;
	}
	return message_from(out, m->packet + 1, m->content_len) ? BIP324_MESSAGE : BIP324_STEP;
}

enum bip324_verdict
bip324_hear(struct bip324 *m, struct bip324_message *out, struct wr *w, size_t *used, const uint8_t *bytes, size_t len, size_t max)
{
	size_t needs = bip324_needs(m);

	*used = 0;
	if (len < needs)
		return BIP324_MORE;
	if (m->state == AWAIT_TERMINATOR)
		return hear_garbage(m, used, bytes, len);
	*used = needs;
	switch (m->state) {
	case AWAIT_KEY:
		return hear_key(m, w, bytes);
	case AWAIT_LENGTH:
		m->content_len = bip324_open_length(&m->cipher, bytes);
		m->state = AWAIT_PACKET;
		return m->content_len <= max ? BIP324_STEP : BIP324_BAD;
	case AWAIT_PACKET:
		return hear_packet(m, out, bytes);
	case AWAIT_TERMINATOR:
		break;
	}
	return BIP324_BAD;
}

void
bip324_say(struct wr *w, struct bip324 *m, const char *command, const void *payload, size_t len)
{
	struct wr content = { 0 };
	uint8_t padded[COMMAND_LEN] = { 0 }, id = 0;

	assert(m->state != AWAIT_KEY && strlen(command) <= COMMAND_LEN && len <= P2P_PAYLOAD_MAX);
	for (uint8_t i = 1; i < ARRAY_LEN(short_ids); i++) {
		if (strcmp(command, short_ids[i]) == 0)
			id = i;
	}
	wr_u8(&content, id);
	memcpy(padded, command, strlen(command));
	if (id == 0)
		wr_bytes(&content, padded, sizeof(padded));
	wr_bytes(&content, payload, len);
	bip324_seal(w, &m->cipher, NULL, 0, content.p, content.len, false);
	wr_clear(&content);
}
