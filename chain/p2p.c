#include "chain/p2p.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define COMMAND_LEN 12
#define NET_ADDR_LEN 26             /* services, IPv6 address, port: in a version message without the time */
#define FEE_MAX ((uint64_t)2100000000000000)

/* The command is text filled up with zeros: nothing may follow the first zero. */
bool
p2p_command_decode(char out[COMMAND_LEN + 1], const uint8_t *bytes)
{
	size_t n = 0;

	if (bytes == NULL)
		return false;
	while (n < COMMAND_LEN && bytes[n] >= 0x20 && bytes[n] < 0x7f)
		n++;
	for (size_t i = n; i < COMMAND_LEN; i++) {
		if (bytes[i] != 0)
			return false;
	}
	memcpy(out, bytes, COMMAND_LEN);
	out[COMMAND_LEN] = '\0';
	return n != 0;
}

enum p2p_frame_verdict
p2p_frame_decode(struct p2p_frame *out, const uint8_t bytes[P2P_HEADER_LEN], const struct chain_params *p)
{
	struct rd r = rd_init(bytes, P2P_HEADER_LEN);
	const uint8_t *magic = rd_take(&r, sizeof(p->magic)), *command = rd_take(&r, COMMAND_LEN);
	struct p2p_frame f;

	f.len = rd_u32(&r);
	rd_bytes(&r, f.checksum, sizeof(f.checksum));
	assert(rd_done(&r));
	if (memcmp(magic, p->magic, sizeof(p->magic)) != 0)
		return P2P_FRAME_BAD_MAGIC;
	if (!p2p_command_decode(f.command, command))
		return P2P_FRAME_BAD_COMMAND;
	if (f.len > P2P_PAYLOAD_MAX)
		return P2P_FRAME_TOO_LARGE;
	*out = f;
	return P2P_FRAME_OK;
}

bool
p2p_checksum_ok(const struct p2p_frame *f, const void *payload)
{
	struct hash256 h;

	sha256d(&h, payload, f->len);
	return memcmp(h.b, f->checksum, sizeof(f->checksum)) == 0;
}

void
wr_p2p_message(struct wr *w, const struct chain_params *p, const char *command, const void *payload, size_t len)
{
	uint8_t padded[COMMAND_LEN] = { 0 };
	size_t n = strlen(command);
	struct hash256 h;

	assert(n <= COMMAND_LEN && len <= P2P_PAYLOAD_MAX);
	memcpy(padded, command, n);
	sha256d(&h, payload, len);
	wr_bytes(w, p->magic, sizeof(p->magic));
	wr_bytes(w, padded, sizeof(padded));
	wr_u32(w, (uint32_t)len);
	wr_bytes(w, h.b, 4);
	wr_bytes(w, payload, len);
}

/* A string of at most max bytes into out (max + 1 of them). What is not printable ASCII becomes '?': these texts end in logs. */
static void
rd_text(struct rd *r, char *out, size_t max)
{
	size_t len;
	const uint8_t *p = rd_varbytes(r, &len, max);

	for (size_t i = 0; i < len; i++)
		out[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '?';
	out[len] = '\0';
}

bool
p2p_version_decode(struct p2p_version *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_version v;

	v.version = rd_i32(&r);
	v.services = rd_u64(&r);
	v.time = rd_i64(&r);
	(void)rd_take(&r, 2 * (size_t)NET_ADDR_LEN);
	v.nonce = rd_u64(&r);
	rd_text(&r, v.user_agent, P2P_USER_AGENT_MAX);
	v.start_height = rd_i32(&r);
	/* BIP37: absent means true. */
	v.relay = r.left == 0 || rd_u8(&r) != 0;
	if (!rd_ok(&r))
		return false;
	*out = v;
	return true;
}

void
wr_p2p_version(struct wr *w, const struct p2p_version *v)
{
	static const uint8_t no_addr[NET_ADDR_LEN];

	wr_i32(w, v->version);
	wr_u64(w, v->services);
	wr_i64(w, v->time);
	wr_bytes(w, no_addr, sizeof(no_addr));
	wr_bytes(w, no_addr, sizeof(no_addr));
	wr_u64(w, v->nonce);
	wr_varbytes(w, v->user_agent, strlen(v->user_agent));
	wr_i32(w, v->start_height);
	wr_u8(w, v->relay);
}

bool
p2p_headers_decode(struct header **out, size_t *n, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	size_t count = rd_count(&r, HEADER_LEN + 1);
	struct header *h;

	if (!rd_ok(&r) || count > P2P_HEADERS_MAX)
		return false;
	h = mem_new(count, sizeof(*h));
	for (size_t i = 0; i < count; i++) {
		rd_header(&r, &h[i]);
		if (rd_u8(&r) != 0) /* the number of transactions, none of which follow */
			rd_fail(&r);
	}
	if (!rd_done(&r)) {
		free(h);
		return false;
	}
	*out = h;
	*n = count;
	return true;
}

void
wr_p2p_headers(struct wr *w, const struct header *headers, size_t n)
{
	assert(n <= P2P_HEADERS_MAX);
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		wr_header(w, &headers[i]);
		wr_u8(w, 0);
	}
}

bool
p2p_locator_decode(struct p2p_locator *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_locator l;

	(void)rd_u32(&r); /* the sender's protocol version, which no one uses */
	l.n = rd_count(&r, sizeof(l.have[0]));
	if (l.n > P2P_LOCATOR_MAX)
		return false;
	for (size_t i = 0; i < l.n; i++)
		rd_hash256(&r, &l.have[i]);
	rd_hash256(&r, &l.stop);
	if (!rd_done(&r))
		return false;
	*out = l;
	return true;
}

void
wr_p2p_locator(struct wr *w, const struct p2p_locator *l)
{
	assert(l->n <= P2P_LOCATOR_MAX);
	wr_u32(w, P2P_PROTOCOL_VERSION);
	wr_compactsize(w, l->n);
	for (size_t i = 0; i < l->n; i++)
		wr_hash256(w, &l->have[i]);
	wr_hash256(w, &l->stop);
}

bool
p2p_inv_decode(struct p2p_inv **out, size_t *n, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	size_t count = rd_count(&r, 36);
	struct p2p_inv *inv;

	if (!rd_ok(&r) || count > P2P_INV_MAX || r.left != 36 * count)
		return false;
	inv = mem_new(count, sizeof(*inv));
	for (size_t i = 0; i < count; i++) {
		inv[i].type = rd_u32(&r);
		rd_hash256(&r, &inv[i].hash);
	}
	*out = inv;
	*n = count;
	return true;
}

void
wr_p2p_inv(struct wr *w, const struct p2p_inv *inv, size_t n)
{
	assert(n <= P2P_INV_MAX);
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		wr_u32(w, inv[i].type);
		wr_hash256(w, &inv[i].hash);
	}
}

bool
p2p_nonce_decode(uint64_t *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	uint64_t v = rd_u64(&r);

	if (!rd_done(&r))
		return false;
	*out = v;
	return true;
}

bool
p2p_feefilter_decode(uint64_t *out, const void *payload, size_t len)
{
	uint64_t v;

	if (!p2p_nonce_decode(&v, payload, len) || v > FEE_MAX)
		return false;
	*out = v;
	return true;
}

bool
p2p_reject_decode(struct p2p_reject *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_reject v;

	rd_text(&r, v.message, sizeof(v.message) - 1);
	v.code = rd_u8(&r);
	rd_text(&r, v.reason, sizeof(v.reason) - 1);
	if (!rd_ok(&r))
		return false;
	*out = v;
	return true;
}
