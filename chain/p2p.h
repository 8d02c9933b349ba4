#ifndef TALLY_CHAIN_P2P_H
#define TALLY_CHAIN_P2P_H
/* P2P messages (v1 transport): framing and the payloads that we speak. Pure: bytes in, values out. Limits are those of the protocol:
 * a count or size above them is malformed. */
#include "chain/header.h"
#include "chain/params.h"

#define P2P_PROTOCOL_VERSION 70016
#define P2P_HEADER_LEN 24
#define P2P_PAYLOAD_MAX 4000000
#define P2P_HEADERS_MAX 2000
#define P2P_INV_MAX 50000
#define P2P_LOCATOR_MAX 101
#define P2P_USER_AGENT_MAX 256

#define NODE_NETWORK ((uint64_t)1)
#define NODE_WITNESS ((uint64_t)8)
#define NODE_COMPACT_FILTERS ((uint64_t)64)
#define NODE_NETWORK_LIMITED ((uint64_t)1024)
#define NODE_P2P_V2 ((uint64_t)2048)

struct p2p_frame {
	char command[13]; /* with a final 0 */
	uint32_t len;
	uint8_t checksum[4];
};

enum p2p_frame_verdict { P2P_FRAME_OK, P2P_FRAME_BAD_MAGIC, P2P_FRAME_BAD_COMMAND, P2P_FRAME_TOO_LARGE };
/* Decode the 24-byte message header. A command is 1 to 12 printable ASCII characters, then zeros. */
MUST_USE enum p2p_frame_verdict p2p_frame_decode(struct p2p_frame *out, const uint8_t bytes[P2P_HEADER_LEN], const struct chain_params *p);
/* A command alone, 12 bytes; out gets a final 0. bytes may be NULL, which is none. */
MUST_USE bool p2p_command_decode(char out[13], const uint8_t *bytes);
/* payload: the f->len bytes that follow. */
MUST_USE bool p2p_checksum_ok(const struct p2p_frame *f, const void *payload);
/* A whole message, header and payload (len <= P2P_PAYLOAD_MAX). */
void wr_p2p_message(struct wr *w, const struct chain_params *p, const char *command, const void *payload, size_t len);

/* Addresses are not read, and written as zeros. A missing relay byte means true (BIP37); bytes after it are ignored, as in Bitcoin Core.
 * Texts of peers, here and in reject, are made safe to print: a byte that is not printable ASCII becomes '?'. */
struct p2p_version {
	int32_t version;
	uint64_t services;
	int64_t time;
	uint64_t nonce;
	char user_agent[P2P_USER_AGENT_MAX + 1];
	int32_t start_height;
	bool relay;
};
MUST_USE bool p2p_version_decode(struct p2p_version *out, const void *payload, size_t len);
void wr_p2p_version(struct wr *w, const struct p2p_version *v);

/* headers: count, then 80 bytes and a zero each. *out is owned by the caller (free). */
MUST_USE bool p2p_headers_decode(struct header **out, size_t *n, const void *payload, size_t len);
void wr_p2p_headers(struct wr *w, const struct header *headers, size_t n);

/* getheaders / getblocks. */
struct p2p_locator {
	struct hash256 have[P2P_LOCATOR_MAX]; /* newest first */
	size_t n;
	struct hash256 stop;
};
MUST_USE bool p2p_locator_decode(struct p2p_locator *out, const void *payload, size_t len);
void wr_p2p_locator(struct wr *w, const struct p2p_locator *l);

enum inv_type {
	INV_TX = 1,
	INV_BLOCK = 2,
	INV_WITNESS_TX = 0x40000001,
	INV_WITNESS_BLOCK = 0x40000002,
};
struct p2p_inv {
	uint32_t type;
	struct hash256 hash;
};
/* inv, getdata, notfound. *out is owned by the caller. */
MUST_USE bool p2p_inv_decode(struct p2p_inv **out, size_t *n, const void *payload, size_t len);
void wr_p2p_inv(struct wr *w, const struct p2p_inv *inv, size_t n);

/* ping, pong: a nonce. */
MUST_USE bool p2p_nonce_decode(uint64_t *out, const void *payload, size_t len);

/* feefilter (BIP133): sat/kvB; more than there are coins is malformed. */
MUST_USE bool p2p_feefilter_decode(uint64_t *out, const void *payload, size_t len);

/* reject (old, btcd still sends it): message, code, reason; extra data ignored. */
struct p2p_reject {
	char message[13];
	uint8_t code;
	char reason[112];
};
MUST_USE bool p2p_reject_decode(struct p2p_reject *out, const void *payload, size_t len);

#endif
