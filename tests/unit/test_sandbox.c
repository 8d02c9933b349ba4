/* Inside the signer's sandbox. This program and the sandbox are built without sanitizers, whose runtime would need more than it gives. */
#include "bridge/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char folder[] = "/tmp/tally-sandbox-XXXXXX";
static char file[64], socket_path[64];
static int file_fd, listener, client;

/* Run one thing in a process inside the sandbox: what it returned. */
static int
inside(int (*what)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (sandbox_no_dump() != NULL || sandbox_enter() != NULL)
			_exit(100);
		_exit(what());
	}
	CU_ASSERT(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

/* 0 when a call failed with EPERM. */
static int
denied(long result)
{
	return result == -1 && errno == EPERM ? 0 : 1;
}

static int
try_open_read(void)
{
	return denied(open("/etc/passwd", O_RDONLY));
}

static int
try_open_write(void)
{
	return denied(open(file, O_WRONLY | O_TRUNC));
}

static int
try_create(void)
{
	return denied(creat(file, 0600));
}

static int
try_inet_socket(void)
{
	return denied(socket(AF_INET, SOCK_STREAM, 0));
}

static int
try_unix_socket(void)
{
	return denied(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
try_connect(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	return denied(connect(client, (const struct sockaddr *)&a, sizeof(a)));
}

static int
try_execute(void)
{
	char *const argv[] = { "true", NULL };

	return denied(execv("/bin/true", argv));
}

static int
try_fork(void)
{
	return denied(fork());
}

static int
try_kill(void)
{
	return denied(kill(getppid(), 0));
}

static int
try_unlink(void)
{
	return denied(unlink(file));
}

static int
try_rename(void)
{
	return denied(rename(file, socket_path));
}

static int
try_dumpable_again(void)
{
	return denied(prctl(PR_SET_DUMPABLE, 1));
}

static int
try_truncate(void)
{
	return denied(ftruncate(file_fd, 0));
}

static int
try_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 2;
	return denied(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
try_code_at_once(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EPERM ? 0 : 1;
}

static int
use_file(void)
{
	return lseek(file_fd, 0, SEEK_END) >= 0 && write(file_fd, "more", 4) == 4 && fsync(file_fd) == 0 ? 0 : 1;
}

static int
use_memory(void)
{
	char *big = malloc(20000000), *bigger;

	if (big == NULL)
		return 1;
	memset(big, 1, 20000000);
	bigger = realloc(big, 40000000);
	free(bigger);
	return bigger != NULL ? 0 : 1;
}

static int
use_time_and_randomness(void)
{
	struct timespec t;
	char bytes[32];

	return clock_gettime(CLOCK_REALTIME, &t) == 0 && getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes) ? 0 : 1;
}

static int
use_listener(void)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	struct ucred who;
	socklen_t len = sizeof(who);
	char byte;
	int fd;

	if (poll(&p, 1, 5000) != 1)
		return 1;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 || who.uid != getuid())
		return 2;
	return recv(fd, &byte, 1, 0) == 1 && send(fd, &byte, 1, MSG_NOSIGNAL) == 1 && close(fd) == 0 ? 0 : 3;
}

static int
use_stdio(void)
{
	return fprintf(stderr, "%s", "") == 0 && fflush(stderr) == 0 ? 0 : 1;
}

static int
try_getrlimit(void)
{
	struct rlimit l;

	return denied(getrlimit(RLIMIT_CORE, &l));
}

static const struct {
	const char *name;
	int (*what)(void);
} refused[] = {
	{ "open to read", try_open_read },
	{ "open to write", try_open_write },
	{ "creat", try_create },
	{ "socket inet", try_inet_socket },
	{ "socket unix", try_unix_socket },
	{ "connect", try_connect },
	{ "execve", try_execute },
	{ "fork", try_fork },
	{ "kill", try_kill },
	{ "unlink", try_unlink },
	{ "rename", try_rename },
	{ "prctl", try_dumpable_again },
	{ "ftruncate", try_truncate },
	{ "mprotect to code", try_code },
	{ "mmap of code", try_code_at_once },
	{ "getrlimit", try_getrlimit },
}, allowed[] = {
	{ "log file", use_file },
	{ "memory", use_memory },
	{ "time and randomness", use_time_and_randomness },
	{ "listener", use_listener },
	{ "stderr", use_stdio },
};

static void
files_sockets_programs_are_out_of_reach(void)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		int result = inside(refused[i].what);

		if (result != 0)
			printf("%s: %d\n", refused[i].name, result);
		CU_ASSERT_EQUAL(result, 0);
	}
}

static void
what_a_server_needs_is_there(void)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		int result = inside(allowed[i].what);

		if (result != 0)
			printf("%s: %d\n", allowed[i].name, result);
		CU_ASSERT_EQUAL(result, 0);
	}
}

/* The same calls are possible outside: what fails inside fails by the sandbox. */
static void
outside_they_are_possible(void)
{
	CU_ASSERT(sandbox_available());
	CU_ASSERT(try_open_read() != 0);
	CU_ASSERT(try_unix_socket() != 0);
	CU_ASSERT(try_kill() != 0);
	CU_ASSERT(try_code() != 0);
	CU_ASSERT(try_code_at_once() != 0);
	CU_ASSERT(try_getrlimit() != 0);
}

static int
dump_state(void)
{
	struct rlimit l;

	if (sandbox_no_dump() != NULL || getrlimit(RLIMIT_CORE, &l) != 0)
		return 1;
	return prctl(PR_GET_DUMPABLE) == 0 && l.rlim_cur == 0 && l.rlim_max == 0 ? 0 : 2;
}

static void
no_core_and_no_debugger(void)
{
	int status = 1;
	pid_t child = fork();

	if (child == 0)
		_exit(dump_state());
	CU_ASSERT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static const struct unit_test tests[] = {
	{ "no core dump and no debugger", no_core_and_no_debugger },
	{ "files, sockets, programs are out of reach", files_sockets_programs_are_out_of_reach },
	{ "what a server needs is there", what_a_server_needs_is_there },
	{ "outside they are possible", outside_they_are_possible },
};

static bool
set_up(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (mkdtemp(folder) == NULL)
		return false;
	snprintf(file, sizeof(file), "%s/file", folder);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", socket_path);
	file_fd = open(file, O_RDWR | O_CREAT, 0600);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(listener, (const struct sockaddr *)&a, sizeof(a)) == 0 && listen(listener, 1) == 0 &&
	       connect(client, (const struct sockaddr *)&a, sizeof(a)) == 0 && send(client, "x", 1, 0) == 1;
}

int
main(void)
{
	int result;

	if (!set_up())
		return 1;
	result = unit_run("sandbox", tests, ARRAY_LEN(tests));
	unlink(file);
	unlink(socket_path);
	rmdir(folder);
	return result;
}
