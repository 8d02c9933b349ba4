/* One connection: handshake, pings, closing. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "spv/core.h"

#define VERSION_MIN 70001

struct peer *
peer_find(const struct spv *s, uint32_t id)
{
	struct peer *p;

	HASH_FIND(hh, s->peers, &id, sizeof(id), p);
	return p;
}

bool
peer_is_ready(const struct peer *p)
{
	return p->stage == SPV_PEER_READY && p->role != SPV_SEED && !p->closing;
}

const char *
spv_peer_stage_name(enum spv_peer_stage stage)
{
	switch (stage) {
	case SPV_PEER_HANDSHAKE:
		return "handshake";
	case SPV_PEER_READY:
		return "ready";
	}
	return "?";
}

void
text_clean(char *out, size_t size, const char *in)
{
	size_t n = 0;

	assert(size > 0);
	for (; *in != '\0' && n + 1 < size; in++)
		out[n++] = *in >= ' ' && *in <= '~' ? *in : '?';
	out[n] = '\0';
}

void
peer_send(struct spv *s, struct peer *p, const char *command, const void *payload, size_t len)
{
	struct wr w = { 0 };
	struct spv_output *out;

	if (p->closing)
		return;
	wr_p2p_message(&w, s->params.chain, command, payload, len);
	out = spv_emit(s, SPV_SEND);
	out->send.peer = p->id;
	out->send.bytes = w.p;
	out->send.len = w.len;
	p->bytes_out += w.len;
}

static void
leave(struct spv *s, struct peer *p, bool ban, const char *why)
{
	struct spv_output *out = spv_emit(s, SPV_CLOSE);

	p->closing = true;
	out->close.peer = p->id;
	out->close.ban = ban;
	snprintf(out->close.reason, sizeof(out->close.reason), "%s", why);
	download_peer_gone(s, p);
	filters_peer_gone(s, p);
	low_work_peer_gone(s, p);
}

/* digest: of the message that was the lie; NULL: it is the one being looked at. */
static void
ban(struct spv *s, struct peer *p, int64_t height, const struct hash256 *digest, const char *why)
{
	struct spv_output *out = spv_emit(s, SPV_EVIDENCE);

	out->evidence.peer = p->id;
	out->evidence.height = height;
	memcpy(out->evidence.address, p->address, sizeof(p->address));
	snprintf(out->evidence.what, sizeof(out->evidence.what), "%s", why);
	if (digest != NULL)
		out->evidence.digest = *digest;
	else if (s->hearing.payload != NULL && s->hearing.peer == p->id)
		sha256(&out->evidence.digest, s->hearing.payload, s->hearing.len);
	leave(s, p, true, why);
	connect_ban(s, p);
}

void
peer_close(struct spv *s, struct peer *p, bool lied, const char *fmt, ...)
{
	char why[SPV_REASON_MAX];
	va_list ap;

	if (p->closing)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (lied)
		ban(s, p, -1, NULL, why);
	else
		leave(s, p, false, why);
}

void
peer_ban(struct spv *s, struct peer *p, int64_t height, const char *fmt, ...)
{
	char why[SPV_REASON_MAX];
	va_list ap;

	if (p->closing)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	ban(s, p, height, NULL, why);
}

void
peer_ban_for(struct spv *s, struct peer *p, int64_t height, const struct hash256 *digest, const char *fmt, ...)
{
	char why[SPV_REASON_MAX];
	va_list ap;

	if (p->closing)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	ban(s, p, height, digest, why);
}

void
peer_hello(struct spv *s, struct peer *p)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .time = s->now.wall.sec, .nonce = p->nonce };
	struct wr w = { 0 };

	/* BIP144: transactions are asked for with their witness only from who says that he serves it. */
	v.services = NODE_WITNESS;
	text_clean(v.user_agent, sizeof(v.user_agent), s->params.user_agent);
	v.start_height = (int32_t)header_tree_height(s->tree);
	wr_p2p_version(&w, &v);
	peer_send(s, p, "version", w.p, w.len);
	wr_clear(&w);
}

static bool
is_ourselves(const struct spv *s, const struct peer *p)
{
	for (const struct peer *q = s->peers; q != NULL; q = q->hh.next) {
		if (q->nonce == p->version.nonce)
			return true;
	}
	return false;
}

static void
leave_ourselves(struct spv *s, struct peer *p)
{
	connect_peer_is_us(s, p);
	peer_close(s, p, false, "version: a connection to ourselves");
}

static void
answer_version(struct spv *s, struct peer *p)
{
	if (p->role == SPV_INBOUND)
		peer_hello(s, p);
	gossip_hello(s, p);
	peer_send(s, p, "verack", NULL, 0);
}

void
peer_on_version(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	const uint64_t needed = NODE_NETWORK | NODE_WITNESS;

	if (p->version_in)
		return;
	if (!p2p_version_decode(&p->version, payload, len)) {
		peer_close(s, p, true, "version: malformed");
		return;
	}
	p->version_in = true;
	connect_peer_services(s, p);
	if (is_ourselves(s, p))
		leave_ourselves(s, p);
	else if (p->version.version < VERSION_MIN)
		peer_close(s, p, false, "version: protocol %d is too old", (int)p->version.version);
	else if (p->role != SPV_SEED && (p->version.services & needed) != needed)
		peer_close(s, p, false, "version: does not serve full blocks with witness (services %llx)",
			   (unsigned long long)p->version.services);
	else
		answer_version(s, p);
}

void
peer_on_verack(struct spv *s, struct peer *p)
{
	if (!p->version_in || p->stage != SPV_PEER_HANDSHAKE)
		return;
	p->stage = SPV_PEER_READY;
	p->ping_at = s->now.mono;
	connect_peer_ready(s, p);
	if (!peer_is_ready(p))
		return;
	peer_send(s, p, "sendheaders", NULL, 0);
	broadcast_peer_ready(s, p);
}

#define HANDSHAKE_PAYLOAD_MAX 2000
#define UNKNOWN_PAYLOAD_MAX 100000

size_t
spv_payload_max(const struct spv *s, uint32_t id, const char *command)
{
	static const char *const large[] = { "headers", "inv", "block", "notfound", "getdata", "tx", "addr", "addrv2", "cfilter", "cfheaders", "cfcheckpt" };
	const struct peer *p = peer_find(s, id);

	if (p == NULL || p->stage == SPV_PEER_HANDSHAKE)
		return HANDSHAKE_PAYLOAD_MAX;
	if (p->role == SPV_INBOUND && strcmp(command, "block") == 0 && p->blocks_asked == 0)
		return UNKNOWN_PAYLOAD_MAX;
	for (size_t i = 0; i < ARRAY_LEN(large); i++) {
		if (strcmp(command, large[i]) == 0)
			return P2P_PAYLOAD_MAX;
	}
	return UNKNOWN_PAYLOAD_MAX;
}

void
peer_on_ping(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	uint64_t nonce;

	if (!p2p_nonce_decode(&nonce, payload, len)) {
		peer_close(s, p, true, "ping: malformed");
		return;
	}
	peer_send(s, p, "pong", payload, len);
}

void
peer_on_pong(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	uint64_t nonce;

	if (!p2p_nonce_decode(&nonce, payload, len) || !p->ping_out || nonce != p->ping_nonce)
		return;
	p->ping_out = false;
	p->latency_ms = s->now.mono.ms - p->ping_at.ms;
}

static void
send_ping(struct spv *s, struct peer *p)
{
	struct wr w = { 0 };

	p->ping_out = true;
	p->ping_at = s->now.mono;
	p->ping_nonce = spv_number(s);
	wr_u64(&w, p->ping_nonce);
	peer_send(s, p, "ping", w.p, w.len);
	wr_clear(&w);
}

void
peer_tick(struct spv *s, struct peer *p)
{
	if (p->closing)
		return;
	if (p->stage == SPV_PEER_HANDSHAKE) {
		if (mono_passed(p->connected, s->params.handshake_ms, s->now.mono))
			peer_close(s, p, false, "handshake: not done within %lld s", (long long)(s->params.handshake_ms / 1000));
		return;
	}
	gossip_tick(s, p);
	if (p->latency_ms < 0 && !p->ping_out)
		send_ping(s, p);
	if (!mono_passed(p->ping_at, s->params.ping_ms, s->now.mono))
		return;
	if (p->ping_out)
		peer_close(s, p, false, "ping: no answer within %lld s", (long long)(s->params.ping_ms / 1000));
	else
		send_ping(s, p);
}
