/* A program of steps on a header tree with its store: headers on any known parent, blocks found invalid, saves, ends and new starts, and
 * damage to headers.dat in between. After each start what is there obeys all rules, and the file says the same after a save. */
#include "spv/header_store.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "spv/core.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mining.h"

#define KNOWN_MAX 48

static char dir[] = "/tmp/fuzz_header_store.XXXXXX", path[64];

struct life {
	const struct chain_params *p;
	struct db *db;
	struct spv *s;
	struct header_store *st;
	struct hash256 known[KNOWN_MAX];
	uint32_t height[KNOWN_MAX];
	size_t n;
};

static const struct spv_time now = { .wall = { INT64_C(1) << 31 } };

static void
start(struct life *l)
{
	struct spv_params params = spv_params_default(l->p);
	const char *why;

	params.side_max = 20;
	l->s = spv_new(&params);
	why = header_store_open(&l->st, dir, l->db, l->s, now);
	assert(why == NULL);
	spv_check(l->s);
}

static void
end(struct life *l)
{
	header_store_close(l->st, l->s);
	spv_free(l->s);
}

static void
add(struct life *l, uint8_t parent, uint8_t tag)
{
	size_t at = parent % l->n;
	struct hash256 hash;
	struct header h = mine_child(&l->known[at], l->p->limit_bits, l->p->genesis.time + 600 * (l->height[at] + 1), tag, &hash);
	enum tree_verdict v = tag % 4 == 0 ? header_tree_add_proven(l->s->tree, &h, &hash, now.wall, NULL)
					   : header_tree_add(l->s->tree, &h, &hash, now.wall, NULL);

	if (v == TREE_NEW && l->n < KNOWN_MAX) {
		l->known[l->n] = hash;
		l->height[l->n++] = l->height[at] + 1;
	}
}

static void
moved(struct life *l, struct tree_change *change)
{
	spv_moved(l->s, change);
	header_tree_check(l->s->tree);
}

/* As the client does: every event ends in a choice, and only then things are saved. */
static void
save(struct life *l)
{
	struct tree_change change;
	struct stat info;
	uint32_t height;
	const char *why;

	header_tree_choose(l->s->tree, &change);
	moved(l, &change);
	height = header_tree_height(l->s->tree);
	why = header_store_save(l->st, l->s);
	assert(why == NULL && stat(path, &info) == 0 && info.st_size == (off_t)height * HEADER_LEN);
	spv_check(l->s);
}

/* One byte of the file, or its end, while nobody has it open. */
static void
damage(struct life *l, uint8_t where, uint8_t how)
{
	int fd;
	struct stat info;
	uint8_t byte;

	end(l);
	fd = open(path, O_RDWR);
	if (fd >= 0 && fstat(fd, &info) == 0 && info.st_size > 0) {
		off_t at = (off_t)where * 7 % info.st_size;

		if (how % 4 == 0)
			assert(ftruncate(fd, at) == 0);
		else if (pread(fd, &byte, 1, at) == 1 && (byte ^= how) != 0)
			assert(pwrite(fd, &byte, 1, at) == 1);
	}
	close(fd);
	start(l);
}

static void
step(struct life *l, uint8_t what, uint8_t a, uint8_t b)
{
	struct tree_change change;

	switch (what % 8) {
	case 4:
		header_tree_choose(l->s->tree, &change);
		moved(l, &change);
		break;
	case 5:
		if (header_tree_invalidate(l->s->tree, &l->known[a % l->n], &change))
			moved(l, &change);
		break;
	case 6:
		save(l);
		break;
	case 7:
		damage(l, a, b);
		break;
	default:
		add(l, a, b);
		break;
	}
}

static void
remove_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static void
make_dir(void)
{
	char *made = mkdtemp(dir);

	assert(made != NULL);
	snprintf(path, sizeof(path), "%s/headers.dat", dir);
	atexit(remove_dir);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct life l = { .p = chain_params_find("regtest"), .n = 1 };

	if (path[0] == '\0')
		make_dir();
	if (size > 3 * 100)
		return 0;
	if (db_open(&l.db, ":memory:") != DB_OK)
		abort();
	l.known[0] = l.p->genesis_hash;
	start(&l);
	for (; size >= 3; data += 3, size -= 3)
		step(&l, data[0], data[1], data[2]);
	end(&l);
	start(&l);
	end(&l);
	db_close(l.db);
	unlink(path);
	return 0;
}
