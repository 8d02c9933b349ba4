#include "bridge/snapshot_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define HINT "copy it again, or take another one"

/* --- Writing --- */

static bool
write_all(FILE *f, const struct state *s, const struct hash256 *genesis_id, const struct ledger_block *block)
{
	struct snapshot_head head = { .genesis_id = *genesis_id, .block = *block, .entries = state_count(s) };
	struct state_walk walk;
	struct wr w = { 0 };
	bool ok;

	wr_snapshot_head(&w, &head);
	ok = fwrite(w.p, 1, w.len, f) == w.len;
	state_walk_init(&walk, s, NULL, 0);
	wr_reset(&w);
	for (uint32_t number = 0; ok && wr_snapshot_chunk(&w, &walk, number); number++) {
		ok = fwrite(w.p, 1, w.len, f) == w.len;
		wr_reset(&w);
	}
	wr_clear(&w);
	return ok && fflush(f) == 0 && fsync(fileno(f)) == 0;
}

bool
snapshot_file_write(struct complaint *why, const char *path, const struct state *s, const struct hash256 *genesis_id,
		    const struct ledger_block *block)
{
	char *part = mem_printf("%s.part", path);
	FILE *f = fopen(part, "wbe");
	bool ok = f != NULL && write_all(f, s, genesis_id, block);
	int error = errno;

	if (f != NULL && fclose(f) != 0 && ok) {
		error = errno;
		ok = false;
	}
	if (ok && rename(part, path) != 0) {
		error = errno;
		ok = false;
	}
	if (!ok) {
		unlink(part);
		complain(why, EXIT_CORRUPT, "check the folder's permissions and the room on the disk", "%.200s cannot be written: %s", path,
			 strerror(error));
	}
	free(part);
	return ok;
}

/* --- Reading --- */

static bool
refuse(struct complaint *why, const char *path, const char *sentence)
{
	return complain(why, EXIT_CORRUPT, HINT, "%.200s is refused: %s", path, sentence);
}

static bool
read_head(struct snapshot_head *out, struct complaint *why, const char *path, FILE *f)
{
	uint8_t bytes[SNAPSHOT_HEAD_LEN];
	size_t len = fread(bytes, 1, sizeof(bytes), f);
	const char *fault = snapshot_head_decode(out, bytes, len);

	return fault == NULL || refuse(why, path, fault);
}

static FILE *
open_file(struct complaint *why, const char *path)
{
	FILE *f = fopen(path, "rbe");

	if (f == NULL)
		complain(why, EXIT_USAGE, "give the file that tally ledger export has made", "%.200s cannot be read: %s", path,
			 strerror(errno));
	return f;
}

bool
snapshot_file_head(struct snapshot_head *out, struct complaint *why, const char *path)
{
	FILE *f = open_file(why, path);
	bool ok = f != NULL && read_head(out, why, path, f);

	if (f != NULL)
		fclose(f);
	return ok;
}

/* The next chunk: its payload is written over the memory of the last. False at the file's end too, with *fault NULL. */
static bool
read_chunk(uint8_t *payload, size_t *len, struct hash256 *digest, const char **fault, FILE *f)
{
	uint8_t bytes[4];
	size_t got = fread(bytes, 1, sizeof(bytes), f);
	struct rd r = rd_init(bytes, sizeof(bytes));

	*fault = NULL;
	if (got == 0 && feof(f))
		return false;
	*len = rd_u32(&r);
	if (got == sizeof(bytes) && *len > SNAPSHOT_PAYLOAD_MAX) {
		*fault = "a chunk of it is damaged";
		return false;
	}
	if (got != sizeof(bytes) || fread(payload, 1, *len, f) != *len || fread(digest->b, 1, sizeof(digest->b), f) != sizeof(digest->b)) {
		*fault = ferror(f) ? "it cannot be read to its end" : "it ends in the middle of a chunk";
		return false;
	}
	return true;
}

bool
snapshot_file_read(struct snapshot_head *out, struct state *s, struct complaint *why, const char *path)
{
	FILE *f = open_file(why, path);
	struct snapshot_reader r;
	struct hash256 digest;
	const char *fault = NULL;
	uint8_t *payload;
	size_t len;

	if (f == NULL || !read_head(out, why, path, f)) {
		if (f != NULL)
			fclose(f);
		return false;
	}
	snapshot_reader_init(&r, out, s);
	payload = mem_new(SNAPSHOT_PAYLOAD_MAX, 1);
	while (fault == NULL && read_chunk(payload, &len, &digest, &fault, f))
		fault = snapshot_take_chunk(&r, payload, len, &digest);
	if (fault == NULL)
		fault = snapshot_end(&r);
	free(payload);
	fclose(f);
	return fault == NULL || refuse(why, path, fault);
}
