#include "bridge/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char *
disk_hint(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return "the disk is full: make room and try again";
	case EROFS:
		return "the disk is read-only";
	case EACCES:
	case EPERM:
		return "check the owner and permissions of the file and its directory";
	case ENOENT:
		return "check the path";
	default:
		return NULL;
	}
}

static bool
complain_disk(struct complaint *why, const char *what, const char *path)
{
	int error = errno;
	bool disk = error == ENOSPC || error == EDQUOT || error == EIO || error == EROFS;

	return complain(why, disk ? EXIT_CORRUPT : EXIT_USAGE, disk_hint(error), "cannot %s %s: %s", what, path, strerror(error));
}

char *
file_read(size_t *len, struct complaint *why, const char *path, size_t max)
{
	FILE *f = fopen(path, "rb");
	char *text;
	bool ok;

	if (f == NULL) {
		complain_disk(why, "open", path);
		return NULL;
	}
	text = mem_new(max + 2, 1);
	*len = fread(text, 1, max + 1, f);
	ok = ferror(f) ? complain_disk(why, "read", path)
		       : *len <= max || complain(why, EXIT_USAGE, NULL, "%s is larger than %zu bytes", path, max);
	fclose(f);
	if (!ok) {
		free(text);
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

static bool
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

/* A rename is durable once its directory is. */
static bool
sync_dir(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return ok;
}

bool
file_write_durable(struct complaint *why, const char *path, const void *bytes, size_t len, mode_t mode)
{
	char *beside = mem_printf("%s.new", path);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	bool ok = fd >= 0 && fchmod(fd, mode) == 0 && write_all(fd, bytes, len);

	if (!ok)
		complain_disk(why, "write", beside);
	if (fd >= 0)
		close(fd);
	if (ok && !(ok = rename(beside, path) == 0 && sync_dir(path)))
		complain_disk(why, "write", path);
	if (!ok)
		unlink(beside);
	free(beside);
	return ok;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool
file_make_dir(struct complaint *why, const char *path)
{
	char *copy = mem_strdup(path);
	bool ok = true;

	for (char *p = copy + 1; ok; p++) {
		char was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		ok = mkdir(copy, 0700) == 0 || errno == EEXIST || complain_disk(why, "make the directory", copy);
		*p = was;
		if (was == '\0')
			break;
	}
	free(copy);
	return ok;
}
