/* The calls that change files go through here (the linker's --wrap). Until it breaks the disk is the real one; then
 * the write under way is cut short, and nothing that the dying process still does reaches it. */
#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/unit/swarm.h"

static struct {
	uint32_t writes, break_at, part_percent;
	bool broken;
} disk;

ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
int __real_ftruncate(int fd, off_t len);
int __wrap_ftruncate(int fd, off_t len);
enum db_err __real_db_commit(struct db *db);
enum db_err __wrap_db_commit(struct db *db);

void
disk_break_at(uint32_t n, uint32_t part_percent)
{
	disk.break_at = disk.writes + n;
	disk.part_percent = part_percent;
}

void
disk_whole(void)
{
	disk.writes = disk.break_at = 0;
	disk.broken = false;
}

bool
disk_is_broken(void)
{
	return disk.broken;
}

uint32_t
disk_writes(void)
{
	return disk.writes;
}

/* True when this write is the last one, and happens in part at most. */
static bool
breaks_now(void)
{
	disk.broken = disk.broken || ++disk.writes == disk.break_at;
	return disk.broken;
}

ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	bool dead = disk.broken;

	if (!breaks_now())
		return __real_pwrite(fd, bytes, len, at);
	len = len * disk.part_percent / 100;
	if (!dead && len > 0 && __real_pwrite(fd, bytes, len, at) < 0)
		return -1;
	errno = EIO;
	return -1;
}

int
__wrap_ftruncate(int fd, off_t len)
{
	if (!breaks_now())
		return __real_ftruncate(fd, len);
	errno = EIO;
	return -1;
}

/* A transaction is there or isn't. */
enum db_err
__wrap_db_commit(struct db *db)
{
	return breaks_now() ? DB_IO : __real_db_commit(db);
}
