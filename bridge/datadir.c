#include "bridge/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/file.h"

static bool
refused(struct complaint *why, int fd, const char *dir)
{
	char pid[16] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	complain(why, EXIT_REFUSED, "stop it with `tally stop`, or give this one another --datadir",
		 "another tallyd%s%s%s uses %s", pid[0] != '\0' ? " (process " : "", pid, pid[0] != '\0' ? ")" : "", dir);
	return false;
}

static bool
write_pid(int fd)
{
	char pid[16];
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

	return ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) == n;
}

bool
datadir_lock(int *fd, struct complaint *why, const struct options *o)
{
	char *dir = options_path(o, ""), *keys = options_path(o, "keys"), *lock = options_path(o, ".lock");
	bool ok = file_make_dir(why, keys);

	*fd = -1;
	if (ok && (*fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
		ok = complain(why, errno == EROFS ? EXIT_CORRUPT : EXIT_USAGE, "check its owner and permissions",
			      "cannot write in %s: %s", dir, strerror(errno));
	if (ok && flock(*fd, LOCK_EX | LOCK_NB) != 0)
		ok = refused(why, *fd, dir);
	if (ok && !write_pid(*fd))
		ok = complain(why, EXIT_CORRUPT, "make room on the disk", "cannot write %s: %s", lock, strerror(errno));
	if (!ok && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	free(dir);
	free(keys);
	free(lock);
	return ok;
}
