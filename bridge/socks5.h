#ifndef TALLY_BRIDGE_SOCKS5_H
#define TALLY_BRIDGE_SOCKS5_H
/* The client's side of SOCKS version 5 (RFC 1928), with user name and password (RFC 1929), by which Tor keeps connections apart: others
 * than those with the same pair share no circuit. Pure: bytes in, bytes out. Names go to the proxy as they are. */
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define SOCKS5_NAME_MAX 255

/* greeting --method--> [login --granted-->] request --reply--> done */
enum socks5_stage { SOCKS5_METHOD, SOCKS5_LOGIN, SOCKS5_REPLY, SOCKS5_DONE };

struct socks5 {
	enum socks5_stage stage; /* what is waited for */
	const char *host;        /* borrowed: numeric or a name, at most SOCKS5_NAME_MAX bytes */
	uint16_t port;
	const char *user;        /* borrowed, also the password; NULL: none is offered; at most SOCKS5_NAME_MAX bytes */
};

/* Write the greeting: the first bytes to send. */
void socks5_start(struct socks5 *c, struct wr *out, const char *host, uint16_t port, const char *user);

enum socks5_verdict {
	SOCKS5_MORE,  /* send what out holds, and come back with more of what the proxy says */
	SOCKS5_OPEN,  /* the connection stands: what follows is the peer's */
	SOCKS5_NO,    /* it doesn't: *why says so, for a person (static) */
};
/* The proxy said these bytes. *used: how many of them were its own; come back with the rest and what follows. */
MUST_USE enum socks5_verdict socks5_hear(struct socks5 *c, struct wr *out, size_t *used, const char **why, const void *bytes, size_t len);

#endif
