#include "bridge/cli_client.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/mem.h"
#include "bridge/cookie.h"
#include "bridge/file.h"
#include "bridge/rpc.h"

#define ANSWER_MAX 64000000

/* A connection and the time until which it may take. */
struct line {
	int fd;
	int64_t deadline; /* mono ms */
};

static bool
timed_out(struct complaint *why)
{
	return complain(
		why, EXIT_TIMED_OUT,
		"it may have been done all the same: look before you repeat it, or wait longer with --timeout=SECONDS",
		"tallyd did not answer in time");
}

/* Wait until the line can be read or written; false when time is over. */
static bool
wait_for(const struct line *l, short events)
{
	int64_t left;
	struct pollfd p = { .fd = l->fd, .events = events };

	do {
		left = l->deadline - clock_mono().ms;
		if (left <= 0)
			return false;
	} while (poll(&p, 1, left < 1000 ? (int)left : 1000) == 0);
	return true;
}

static bool
say(const struct line *l, struct complaint *why, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n;

		if (!wait_for(l, POLLOUT))
			return timed_out(why);
		n = send(l->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return true; /* closed already: what it said before says why */
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* Read until the end, or to a line feed when `lines`. */
static bool
hear(struct wr *out, const struct line *l, struct complaint *why, bool lines)
{
	char part[16384];

	while (out->len < ANSWER_MAX) {
		ssize_t n;

		if (!wait_for(l, POLLIN))
			return timed_out(why);
		n = recv(l->fd, part, sizeof(part), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			break;
		wr_bytes(out, part, (size_t)n);
		if (lines && part[n - 1] == '\n')
			break;
	}
	return true;
}

/* Is a daemon of another network in the same datadir? */
static void
hint_other_network(struct complaint *why, const struct options *o)
{
	static const char *const networks[] = { "main", "testnet4", "testnet3", "signet", "regtest" };

	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		char *path = mem_printf("%s/%s/rpc.sock", options_text(o, "datadir"), networks[i]);

		if (strcmp(networks[i], options_text(o, "network")) != 0 && file_exists(path))
			complaint_hint(why, "one runs there for %s: add --network=%s", networks[i], networks[i]);
		free(path);
	}
}

static bool
connect_socket(struct line *l, struct complaint *why, const struct options *o)
{
	char *path = options_path(o, "rpc.sock");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	bool ok = strlen(path) < sizeof(a.sun_path);

	if (!ok) {
		complain(why, EXIT_USAGE, "choose a --datadir with a shorter path", "%s is too long for a socket", path);
	} else {
		strcpy(a.sun_path, path);
		l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ok = l->fd >= 0 && connect(l->fd, (struct sockaddr *)&a, sizeof(a)) == 0;
		if (!ok) {
			complain(why, EXIT_UNREACHABLE, "start it: tallyd with the same --network and --datadir",
				 "no tallyd answers at %s: %s", path, strerror(errno));
			hint_other_network(why, o);
		}
	}
	free(path);
	return ok;
}

static bool
connect_tcp(struct line *l, struct complaint *why, const char *host, const char *port, const char *shown)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int error = getaddrinfo(host, port, &hints, &list);

	if (error != 0)
		return complain(why, EXIT_UNREACHABLE, "check the name", "cannot find %s: %s", shown, gai_strerror(error));
	for (struct addrinfo *a = list; a != NULL; a = a->ai_next) {
		l->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (l->fd >= 0 && connect(l->fd, a->ai_addr, a->ai_addrlen) == 0)
			break;
		error = errno;
		if (l->fd >= 0)
			close(l->fd);
		l->fd = -1;
	}
	freeaddrinfo(list);
	return l->fd >= 0 || complain(why, EXIT_UNREACHABLE, "start tallyd, or check the address and its rpcport",
				      "no tallyd answers at %s: %s", shown, strerror(error));
}

/* HOST:PORT or [IPV6]:PORT. */
static bool
split_address(char host[256], char port[8], struct complaint *why, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;
	bool bracketed = n >= 2 && text[0] == '[' && text[n - 1] == ']';

	if (n == 0 || n >= 256 || strlen(colon + 1) == 0 || strlen(colon + 1) > 5 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return complain(why, EXIT_USAGE, "write HOST:PORT, such as 127.0.0.1:7424", "rpcconnect=%.100s is no address",
				text);
	snprintf(host, 256, "%.*s", (int)(bracketed ? n - 2 : n), text + bracketed);
	snprintf(port, 8, "%s", colon + 1);
	return true;
}

static char *
http_request(const struct cookie *cookie, const char *host, const char *body)
{
	char authorization[140], *text;
	bool v6 = strchr(host, ':') != NULL;

	cookie_authorization(authorization, cookie);
	text = mem_printf("POST / HTTP/1.1\r\nHost: %s%s%s\r\nAuthorization: %s\r\nContent-Type: "
			  "application/json\r\nContent-Length: %zu\r\n"
			  "Connection: close\r\n\r\n%s",
			  v6 ? "[" : "", host, v6 ? "]" : "", authorization, strlen(body), body);
	mem_wipe(authorization, sizeof(authorization));
	return text;
}

static bool
ask_http(struct wr *answer, struct line *l, struct complaint *why, const struct options *o, const char *address, const char *body)
{
	char *path = options_path(o, ".cookie"), *request, host[256], port[8], *end;
	struct cookie cookie;
	bool ok = split_address(host, port, why, address) && connect_tcp(l, why, host, port, address);

	if (ok && !cookie_read(&cookie, why, path)) {
		why->code = EXIT_REFUSED;
		complaint_hint(why, "give the --network and --datadir of the daemon, as a user who may read %s", path);
		ok = false;
	}
	if (ok) {
		request = http_request(&cookie, host, body);
		ok = say(l, why, request, strlen(request)) && hear(answer, l, why, false);
		mem_wipe(request, strlen(request));
		free(request);
		mem_wipe(&cookie, sizeof(cookie));
	}
	free(path);
	if (!ok)
		return false;
	wr_u8(answer, 0);
	end = strstr((char *)answer->p, "\r\n\r\n");
	if (end == NULL || strncmp((char *)answer->p, "HTTP/1.", 7) != 0)
		return complain(why, EXIT_UNREACHABLE, "check address and port", "what answers at %s is not tallyd", address);
	answer->len = strlen(end + 4);
	memmove(answer->p, end + 4, answer->len);
	return true;
}

static bool
read_answer(json_t **answer, struct complaint *why, const struct wr *text)
{
	json_error_t error;

	if (text->len == 0)
		return complain(why, EXIT_UNREACHABLE, "debug.log in its datadir says why",
				"tallyd closed the connection without an answer");
	*answer = json_loadb((const char *)text->p, text->len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(*answer)) {
		json_decref(*answer);
		return complain(why, EXIT_INTERNAL, "check address and port", "the answer is not JSON-RPC");
	}
	return true;
}

bool
cli_call(json_t **answer, struct complaint *why, const struct options *o, const char *method, json_t *params)
{
	json_t *call = json_pack("{sssisssO}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
	char *body = json_dumps(call, JSON_COMPACT);
	struct line l = { .fd = -1, .deadline = clock_mono().ms + (int64_t)options_number(o, "timeout") * 1000 };
	const char *address = options_text(o, "rpcconnect");
	struct wr text = { 0 };
	bool ok;

	if (address != NULL)
		ok = ask_http(&text, &l, why, o, address, body);
	else
		ok = connect_socket(&l, why, o) && say(&l, why, body, strlen(body)) && hear(&text, &l, why, true);
	ok = ok && read_answer(answer, why, &text);
	if (l.fd >= 0)
		close(l.fd);
	mem_wipe(body, strlen(body));
	free(body);
	json_decref(call);
	wr_clear(&text);
	return ok;
}

enum exit_code
cli_error_code(const json_t *error)
{
	json_int_t code = json_integer_value(json_object_get(error, "code"));
	const char *reason = json_string_value(json_object_get(json_object_get(error, "data"), "reason"));

	if (reason != NULL && (strcmp(reason, "WRONG_COOKIE") == 0 || strcmp(reason, "WRONG_HOST") == 0))
		return EXIT_REFUSED;
	if (code >= EXIT_REFUSED && code <= EXIT_INTERNAL)
		return (enum exit_code)code;
	return code == RPC_INTERNAL ? EXIT_INTERNAL : EXIT_USAGE;
}
