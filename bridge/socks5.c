#include "bridge/socks5.h"

#include <assert.h>
#include <string.h>

#include "chain/net_address.h"

#define VERSION 5
#define LOGIN_VERSION 1
#define METHOD_NONE 0
#define METHOD_LOGIN 2
#define COMMAND_CONNECT 1
#define TYPE_IPV4 1
#define TYPE_NAME 3
#define TYPE_IPV6 4

void
socks5_start(struct socks5 *c, struct wr *out, const char *host, uint16_t port, const char *user)
{
	assert(strlen(host) <= SOCKS5_NAME_MAX && (user == NULL || strlen(user) <= SOCKS5_NAME_MAX));
	*c = (struct socks5){ .stage = SOCKS5_METHOD, .host = host, .port = port, .user = user };
	wr_u8(out, VERSION);
	wr_u8(out, user != NULL ? 2 : 1);
	wr_u8(out, METHOD_NONE);
	if (user != NULL)
		wr_u8(out, METHOD_LOGIN);
}

static void
wr_short_text(struct wr *out, const char *text)
{
	size_t len = strlen(text);

	wr_u8(out, (uint8_t)len);
	wr_bytes(out, text, len);
}

static void
wr_request(struct wr *out, const struct socks5 *c)
{
	struct net_address a;
	bool numeric = net_address_from_host(&a, c->host);

	wr_u8(out, VERSION);
	wr_u8(out, COMMAND_CONNECT);
	wr_u8(out, 0);
	if (numeric && a.network == NET_IPV4) {
		wr_u8(out, TYPE_IPV4);
		wr_bytes(out, a.bytes, 4);
	} else if (numeric && (a.network == NET_IPV6 || a.network == NET_CJDNS)) {
		wr_u8(out, TYPE_IPV6);
		wr_bytes(out, a.bytes, 16);
	} else {
		wr_u8(out, TYPE_NAME);
		wr_short_text(out, c->host);
	}
	wr_u16be(out, c->port);
}

static enum socks5_verdict
no(const char **why, const char *text)
{
	*why = text;
	return SOCKS5_NO;
}

static enum socks5_verdict
on_method(struct socks5 *c, struct wr *out, struct rd *r, const char **why)
{
	uint8_t version = rd_u8(r), method = rd_u8(r);

	if (!rd_ok(r))
		return SOCKS5_MORE;
	if (version != VERSION)
		return no(why, "the proxy does not speak SOCKS version 5");
	if (method == METHOD_NONE) {
		c->stage = SOCKS5_REPLY;
		wr_request(out, c);
	} else if (method == METHOD_LOGIN && c->user != NULL) {
		c->stage = SOCKS5_LOGIN;
		wr_u8(out, LOGIN_VERSION);
		wr_short_text(out, c->user);
		wr_short_text(out, c->user);
	} else {
		return no(why, "the proxy wants a login that we don't have");
	}
	return SOCKS5_MORE;
}

static enum socks5_verdict
on_login(struct socks5 *c, struct wr *out, struct rd *r, const char **why)
{
	uint8_t version = rd_u8(r), status = rd_u8(r);

	if (!rd_ok(r))
		return SOCKS5_MORE;
	if (version != LOGIN_VERSION || status != 0)
		return no(why, "the proxy refused our login");
	c->stage = SOCKS5_REPLY;
	wr_request(out, c);
	return SOCKS5_MORE;
}

/* RFC 1928, section 6, and Tor's extensions. */
static const char *
reply_text(uint8_t reply)
{
	static const char *const texts[] = {
		NULL,
		"the proxy failed",
		"the proxy does not allow this connection",
		"the network can't be reached through the proxy",
		"the host can't be reached through the proxy",
		"the host refused the proxy's connection",
		"the proxy gave up waiting",
		"the proxy knows no such command",
		"the proxy knows no such kind of address",
	};

	if (reply < ARRAY_LEN(texts))
		return texts[reply];
	return reply >= 0xf0 && reply <= 0xf7 ? "the onion service can't be reached through the proxy" : "the proxy failed, and says not why";
}

static enum socks5_verdict
on_reply(struct socks5 *c, struct rd *r, const char **why)
{
	uint8_t version = rd_u8(r), reply = rd_u8(r), reserved = rd_u8(r), type;

	if (rd_ok(r) && (version != VERSION || reserved != 0))
		return no(why, "the proxy's answer makes no sense");
	if (rd_ok(r) && reply != 0)
		return no(why, reply_text(reply));
	type = rd_u8(r);
	if (rd_ok(r) && type != TYPE_IPV4 && type != TYPE_IPV6 && type != TYPE_NAME)
		return no(why, "the proxy's answer makes no sense");
	rd_take(r, type == TYPE_IPV4 ? 4 : type == TYPE_IPV6 ? 16 : rd_u8(r));
	rd_u16be(r);
	if (!rd_ok(r))
		return SOCKS5_MORE;
	c->stage = SOCKS5_DONE;
	return SOCKS5_OPEN;
}

enum socks5_verdict
socks5_hear(struct socks5 *c, struct wr *out, size_t *used, const char **why, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	enum socks5_verdict v = SOCKS5_MORE;

	switch (c->stage) {
	case SOCKS5_METHOD:
		v = on_method(c, out, &r, why);
		break;
	case SOCKS5_LOGIN:
		v = on_login(c, out, &r, why);
		break;
	case SOCKS5_REPLY:
		v = on_reply(c, &r, why);
		break;
	case SOCKS5_DONE:
		return SOCKS5_OPEN;
	}
	*used = rd_ok(&r) ? len - r.left : 0;
	return v;
}
