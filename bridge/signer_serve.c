#include "bridge/signer_serve.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"

#define CONNECTIONS_MAX 4
#define READ_CHUNK 65536

struct connection {
	int fd; /* -1: free */
	struct wr in;
};

static bool
path_fits(struct sockaddr_un *out, const char *path)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(out->sun_path))
		return false;
	memcpy(out->sun_path, path, strlen(path) + 1);
	return true;
}

/* Does anybody answer on the socket that is there? */
static bool
socket_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

	if (fd >= 0)
		close(fd);
	return alive;
}

/* Take away a socket that nobody answers on: never a file that a mistyped path names. */
static const char *
clear_way(const struct sockaddr_un *address)
{
	struct stat st;

	if (lstat(address->sun_path, &st) != 0)
		return NULL; /* bind() will tell what is wrong, if anything is */
	if (!S_ISSOCK(st.st_mode))
		return "a file that is no socket lies there";
	if (socket_alive(address))
		return "another signer answers on this socket";
	unlink(address->sun_path);
	return NULL;
}

int
signer_listen(const char *path, const char **why)
{
	struct sockaddr_un address;
	mode_t mask;
	int fd;
	bool bound;

	if (!path_fits(&address, path)) {
		*why = "the socket's path is too long (107 characters at most)";
		return -1;
	}
	*why = clear_way(&address);
	if (*why != NULL)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	bound = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, CONNECTIONS_MAX) == 0;
	umask(mask);
	if (!bound) {
		*why = "the socket cannot be made there";
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static void
drop(struct connection *c)
{
	close(c->fd);
	c->fd = -1;
	wr_clear(&c->in);
}

static void
take(struct connection *all, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct ucred who;
	socklen_t len = sizeof(who);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 || who.uid != getuid()) {
		log_line("signer", LOG_WARN, "a connection of another user was refused");
		close(fd);
		return;
	}
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (all[i].fd < 0) {
			all[i].fd = fd;
			return;
		}
	}
	close(fd);
}

static bool
send_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n;

		if (poll(&p, 1, 10000) <= 0) /* a daemon that does not read for ten seconds is gone */
			return false;
		n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static void
note(const struct signer *s, const uint8_t *request, const struct wr *answer)
{
	static const char *const kinds[] = { "?", "hello", "plan", "feerate", "intent", "dead plan" };
	const char *kind = request[0] < ARRAY_LEN(kinds) ? kinds[request[0]] : "?";
	struct rd r = rd_init(answer->p, answer->len);
	size_t len;
	const uint8_t *reason;

	if (rd_u8(&r) == 0) {
		log_line("signer", request[0] == SIGNER_PLAN || request[0] == SIGNER_DEAD ? LOG_INFO : LOG_DEBUG, "%s: %s agreed", signer_name(s), kind);
		return;
	}
	reason = rd_varbytes(&r, &len, 64);
	log_line("signer", LOG_WARN, "%s: %s refused: %.*s", signer_name(s), kind, (int)len, reason ? (const char *)reason : "");
}

/* Answer every whole frame that has arrived; false when the connection must be closed. */
static bool
answer_frames(struct signer *s, struct connection *c)
{
	for (;;) {
		struct rd r = rd_init(c->in.p, c->in.len);
		struct wr answer = { 0 }, frame = { 0 };
		uint8_t aux[32];
		uint32_t len = rd_u32(&r);
		bool sent;

		if (!rd_ok(&r))
			return true;
		if (len == 0 || len > SIGNER_FRAME_MAX)
			return false;
		if (r.left < len)
			return true;
		rng_bytes(aux, sizeof(aux));
		signer_handle(&answer, s, r.p, len, clock_unix(), aux);
		note(s, r.p, &answer);
		wr_u32(&frame, (uint32_t)answer.len);
		wr_bytes(&frame, answer.p, answer.len);
		sent = send_all(c->fd, frame.p, frame.len);
		wr_clear(&answer);
		wr_clear(&frame);
		if (!sent)
			return false;
		memmove(c->in.p, c->in.p + 4 + len, c->in.len - 4 - len);
		c->in.len -= 4 + (size_t)len;
	}
}

static bool
read_some(struct connection *c)
{
	uint8_t chunk[READ_CHUNK];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	wr_bytes(&c->in, chunk, (size_t)n);
	return true;
}

const char *
signer_serve(struct signer *s, int listener, const volatile sig_atomic_t *stop)
{
	struct connection all[CONNECTIONS_MAX];
	const char *why = NULL;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		all[i] = (struct connection){ .fd = -1 };
	while (!*stop && why == NULL) {
		struct pollfd p[CONNECTIONS_MAX + 1];

		p[CONNECTIONS_MAX] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (size_t i = 0; i < CONNECTIONS_MAX; i++)
			p[i] = (struct pollfd){ .fd = all[i].fd, .events = POLLIN };
		if (poll(p, CONNECTIONS_MAX + 1, 1000) < 0) {
			if (errno != EINTR)
				why = "waiting for requests failed";
			continue;
		}
		for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
			if (all[i].fd >= 0 && p[i].revents != 0 && (!read_some(&all[i]) || !answer_frames(s, &all[i])))
				drop(&all[i]);
		}
		if (p[CONNECTIONS_MAX].revents != 0)
			take(all, listener);
	}
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (all[i].fd >= 0)
			drop(&all[i]);
	}
	return why;
}
