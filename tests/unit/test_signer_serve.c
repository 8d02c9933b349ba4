#include "bridge/signer_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/signer_fixture.h"
#include "tests/unit/unit.h"

#define ANSWER_MAX 100000
#define HELLO_ANSWER_LEN 38

static char folder[] = "/tmp/tally-signer-serve-XXXXXX";
static char log_path[64], socket_path[64];
static struct signer_world world;
static pid_t server;
static volatile sig_atomic_t stopped;

static void
on_term(int number)
{
	(void)number;
	stopped = 1;
}

/* The server, in a process of its own: 0 when it ended as told. */
static int
serve(int listener)
{
	struct signer *s = signer_world_member(&world, 1, log_path, NULL);
	struct sigaction action = { .sa_handler = on_term };
	const char *why;

	sigaction(SIGTERM, &action, NULL);
	if (s == NULL)
		return 2;
	why = signer_serve(s, listener, &stopped);
	signer_free(s);
	signer_world_clear(&world);
	close(listener);
	return why == NULL ? 0 : 3;
}

static void
start(void)
{
	const char *why;
	int listener;

	unlink(log_path);
	listener = signer_listen(socket_path, &why);
	CU_ASSERT_FATAL(listener >= 0);
	server = fork();
	if (server == 0)
		exit(serve(listener));
	close(listener);
}

/* Ends cleanly, and soon. */
static void
stop(void)
{
	int status = -1;

	CU_ASSERT(kill(server, SIGTERM) == 0);
	CU_ASSERT(waitpid(server, &status, 0) == server);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int
dial(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", socket_path);
	CU_ASSERT_FATAL(fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0);
	return fd;
}

static bool
push(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Exactly len bytes within five seconds. */
static bool
pull(int fd, uint8_t *out, size_t len)
{
	while (len > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, 5000) <= 0)
			return false;
		n = recv(fd, out, len, 0);
		if (n <= 0)
			return false;
		out += n;
		len -= (size_t)n;
	}
	return true;
}

/* A whole answer's length; 0 when the connection ended first. Its body is in out. */
static size_t
pull_answer(int fd, uint8_t *out)
{
	uint8_t head[4];
	struct rd r;
	uint32_t len;

	if (!pull(fd, head, sizeof(head)))
		return 0;
	r = rd_init(head, sizeof(head));
	len = rd_u32(&r);
	CU_ASSERT_FATAL(len > 0 && len <= ANSWER_MAX);
	return pull(fd, out, len) ? len : 0;
}

static bool
is_closed(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t byte;

	return poll(&p, 1, 5000) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

static struct wr
frame(const struct wr *body)
{
	struct wr w = { 0 };

	wr_u32(&w, (uint32_t)body->len);
	wr_bytes(&w, body->p, body->len);
	return w;
}

static struct wr
hello_frame(void)
{
	struct wr body = { 0 }, f;

	wr_signer_hello(&body, &world.genesis_id);
	f = frame(&body);
	wr_clear(&body);
	return f;
}

static bool
hello_answered(int fd)
{
	uint8_t answer[ANSWER_MAX];
	struct signer_hello h;
	char reason[64];
	size_t len = pull_answer(fd, answer);

	return len == HELLO_ANSWER_LEN && signer_hello_answer(&h, reason, sizeof(reason), answer, len) && h.member == 1;
}

/* The server lives: a new connection gets its answer. */
static bool
alive(void)
{
	struct wr f = hello_frame();
	int fd = dial();
	bool ok = push(fd, f.p, f.len) && hello_answered(fd);

	close(fd);
	wr_clear(&f);
	return ok;
}

static void
frames_split_at_every_byte(void)
{
	struct plan_case c;
	struct wr body = { 0 }, f;
	uint8_t first[ANSWER_MAX], answer[ANSWER_MAX];
	size_t len;
	int fd;

	start();
	fd = dial();
	plan_case_init(&c, &world, 1, 2);
	wr_plan_case(&body, &c);
	f = frame(&body);
	CU_ASSERT(push(fd, f.p, f.len));
	len = pull_answer(fd, first);
	CU_ASSERT_FATAL(len == 2 + 64 * 2 && first[0] == 0);
	for (size_t cut = 1; cut < f.len; cut++) {
		CU_ASSERT(push(fd, f.p, cut) && push(fd, f.p + cut, f.len - cut));
		CU_ASSERT(pull_answer(fd, answer) == len && answer[0] == 0);
	}
	for (size_t i = 0; i < f.len; i++)
		CU_ASSERT(push(fd, f.p + i, 1));
	CU_ASSERT(pull_answer(fd, answer) == len && answer[0] == 0);
	close(fd);
	wr_clear(&f);
	wr_clear(&body);
	plan_case_clear(&c);
	stop();
}

static void
several_frames_at_once_are_answered_in_order(void)
{
	struct wr hello = hello_frame(), all = { 0 };
	uint8_t answer[ANSWER_MAX];
	int fd;

	start();
	fd = dial();
	wr_bytes(&all, hello.p, hello.len);
	wr_bytes(&all, "\1\0\0\0\x7f", 5); /* an unknown kind */
	wr_bytes(&all, hello.p, hello.len);
	CU_ASSERT(push(fd, all.p, all.len));
	CU_ASSERT(hello_answered(fd));
	CU_ASSERT(pull_answer(fd, answer) == 13 && memcmp(answer, "\1\013BAD_REQUEST", 13) == 0);
	CU_ASSERT(hello_answered(fd));
	close(fd);
	wr_clear(&all);
	wr_clear(&hello);
	stop();
}

static void
a_frame_too_large_or_empty_ends_the_connection(void)
{
	static const uint32_t lengths[] = { 0, SIGNER_FRAME_MAX + 1, 0x7fffffff, UINT32_MAX };

	start();
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct wr w = { 0 };
		int fd = dial();

		wr_u32(&w, lengths[i]);
		CU_ASSERT(push(fd, w.p, w.len) && is_closed(fd));
		close(fd);
		wr_clear(&w);
	}
	CU_ASSERT(alive());
	stop();
}

static void
the_largest_frame_is_read_and_refused(void)
{
	struct wr body = { 0 }, f;
	uint8_t answer[ANSWER_MAX], *bytes = mem_new(SIGNER_FRAME_MAX, 1);
	int fd;

	start();
	bytes[0] = SIGNER_PLAN;
	wr_bytes(&body, bytes, SIGNER_FRAME_MAX);
	f = frame(&body);
	fd = dial();
	CU_ASSERT(push(fd, f.p, f.len));
	CU_ASSERT(pull_answer(fd, answer) == 13 && memcmp(answer, "\1\013BAD_REQUEST", 13) == 0);
	close(fd);
	free(bytes);
	wr_clear(&f);
	wr_clear(&body);
	CU_ASSERT(alive());
	stop();
}

static void
garbage_does_no_harm(void)
{
	start();
	for (uint32_t seed = 1; seed <= 40; seed++) {
		uint8_t bytes[3000];
		uint32_t x = seed;
		int fd = dial();

		for (size_t i = 0; i < sizeof(bytes); i++) {
			x = x * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(x >> 24);
		}
		if (seed % 2 == 0)
			memcpy(bytes, "\x10\0\0\0\2", 5); /* at least one frame of it */
		(void)!push(fd, bytes, sizeof(bytes)); /* it may be cut off halfway */
		close(fd);
	}
	CU_ASSERT(alive());
	stop();
}

static void
clients_beside_each_other(void)
{
	struct wr f = hello_frame();
	int fd[5];

	start();
	for (size_t i = 0; i < 4; i++) {
		fd[i] = dial();
		CU_ASSERT(push(fd[i], f.p, f.len / 2)); /* each half a frame */
	}
	fd[4] = dial();
	CU_ASSERT(is_closed(fd[4])); /* no more than four */
	close(fd[4]);
	close(fd[2]); /* gone in the middle of its frame */
	for (int tries = 0; tries < 100; tries++) { /* until the server has noticed */
		fd[4] = dial();
		if (push(fd[4], f.p, f.len) && hello_answered(fd[4]))
			break;
		close(fd[4]);
		fd[4] = -1;
	}
	CU_ASSERT(fd[4] >= 0);
	for (size_t i = 0; i < 4; i++) {
		if (i != 2)
			CU_ASSERT(push(fd[i], f.p + f.len / 2, f.len - f.len / 2) && hello_answered(fd[i]));
	}
	for (size_t i = 0; i < 5; i++) {
		if (i != 2)
			close(fd[i]);
	}
	wr_clear(&f);
	stop();
}

static void
the_socket_file(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *why = NULL;
	struct stat st;
	char long_path[200];
	int fd, second;

	unlink(socket_path);
	fd = signer_listen(socket_path, &why);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(stat(socket_path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600);
	second = signer_listen(socket_path, &why);
	CU_ASSERT(second == -1 && strstr(why, "another") != NULL);
	close(fd); /* nobody answers any more: taken over */
	fd = signer_listen(socket_path, &why);
	CU_ASSERT(fd >= 0);
	close(fd);
	unlink(socket_path);
	fd = open(socket_path, O_CREAT | O_WRONLY, 0600);
	CU_ASSERT(fd >= 0 && write(fd, "secret", 6) == 6);
	close(fd);
	CU_ASSERT(signer_listen(socket_path, &why) == -1 && strstr(why, "no socket") != NULL);
	CU_ASSERT(stat(socket_path, &st) == 0 && st.st_size == 6); /* still there */
	unlink(socket_path);
	memset(long_path, 'x', sizeof(a.sun_path));
	long_path[sizeof(a.sun_path)] = '\0';
	CU_ASSERT(signer_listen(long_path, &why) == -1 && strstr(why, "too long") != NULL);
	CU_ASSERT(signer_listen("/nonexistent/folder/s", &why) == -1);
}

static const struct unit_test tests[] = {
	{ "frames split at every byte", frames_split_at_every_byte },
	{ "several frames at once are answered in order", several_frames_at_once_are_answered_in_order },
	{ "a frame too large or empty ends the connection", a_frame_too_large_or_empty_ends_the_connection },
	{ "the largest frame is read and refused", the_largest_frame_is_read_and_refused },
	{ "garbage does no harm", garbage_does_no_harm },
	{ "clients beside each other", clients_beside_each_other },
	{ "the socket file", the_socket_file },
};

int
main(void)
{
	int result;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	signer_world_init(&world);
	result = unit_run("signer_serve", tests, ARRAY_LEN(tests));
	signer_world_clear(&world);
	unlink(log_path);
	unlink(socket_path);
	rmdir(folder);
	return result;
}
