#include "bridge/mainchain_db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x54414c4d /* "TALM" */

enum fault {
	FAULT_NONE,
	FAULT_DAMAGED,
	FAULT_BUSY,
	FAULT_NEWER,
	FAULT_DISK,
};

static enum fault
fault_of(enum db_err err)
{
	switch (err) {
	case DB_OK:
		return FAULT_NONE;
	case DB_BUSY:
		return FAULT_BUSY;
	case DB_CORRUPT:
	case DB_REFUSED: /* our SQL is right: then the file isn't */
		return FAULT_DAMAGED;
	case DB_FULL:
	case DB_IO:
		return FAULT_DISK;
	}
	return FAULT_DISK;
}

/* The one value that a pragma answers with, as a number and as text (owned). */
static enum fault
ask(struct db *db, const char *sql, int64_t *number, char **text)
{
	struct db_stmt *s = db_prepare(db, sql);
	bool row = false;
	enum fault fault;

	if (s == NULL)
		return FAULT_DAMAGED;
	fault = fault_of(db_step(s, &row));
	if (fault == FAULT_NONE && !row)
		fault = FAULT_DAMAGED;
	if (fault == FAULT_NONE) {
		*number = db_i64(s, 0);
		*text = mem_printf("%s", db_text(s, 0));
	}
	db_reset(s);
	return fault;
}

static enum fault
ask_number(struct db *db, const char *sql, int64_t *number)
{
	char *text = NULL;
	enum fault fault = ask(db, sql, number, &text);

	free(text);
	return fault;
}

/* All pages are sound, and the file is ours. */
static enum fault
check(struct db *db)
{
	int64_t id, version, unused;
	char *said = NULL;
	enum fault fault = ask(db, "PRAGMA quick_check(1)", &unused, &said);

	if (fault == FAULT_NONE && strcmp(said, "ok") != 0)
		fault = FAULT_DAMAGED;
	free(said);
	if (fault == FAULT_NONE)
		fault = ask_number(db, "PRAGMA application_id", &id);
	if (fault == FAULT_NONE)
		fault = ask_number(db, "PRAGMA user_version", &version);
	if (fault != FAULT_NONE)
		return fault;
	if (id == 0 && version == 0)
		return fault_of(db_exec(db, "PRAGMA application_id=0x54414c4d; PRAGMA user_version=1"));
	if (id != APPLICATION_ID)
		return FAULT_DAMAGED;
	return version > SCHEMA_VERSION ? FAULT_NEWER : FAULT_NONE;
}

static enum fault
open_at(struct db **db, const char *path)
{
	enum fault fault = fault_of(db_open(db, path));

	if (fault == FAULT_NONE)
		fault = fault_of(db_exec(*db, "PRAGMA synchronous=NORMAL"));
	return fault == FAULT_NONE ? check(*db) : fault;
}

/* Out of the way, with the journal that belongs to it. */
static bool
move_aside(const char *path)
{
	char *to = mem_printf("%s.damaged", path), *wal = mem_printf("%s-wal", path), *wal_to = mem_printf("%s.damaged-wal", path);
	bool ok = rename(path, to) == 0 && (rename(wal, wal_to) == 0 || errno == ENOENT);

	free(to);
	free(wal);
	free(wal_to);
	return ok;
}

static bool
refuse(struct complaint *why, enum fault fault, const char *path, const char *detail)
{
	static const char can_go[] = "what is in it can be had again from peers: move it away";

	switch (fault) {
	case FAULT_BUSY:
		return complain(why, EXIT_REFUSED, "stop it first, or use another --datadir", "another process uses %s", path);
	case FAULT_NEWER:
		return complain(why, EXIT_REFUSED, "run that version, or move the file away: it can be had again from peers",
				"%s was written by a newer version", path);
	case FAULT_DAMAGED:
		return complain(why, EXIT_CORRUPT, can_go, "%s is damaged: %s", path, detail);
	case FAULT_NONE:
	case FAULT_DISK:
		break;
	}
	return complain(why, EXIT_CORRUPT, "look at the disk: room, permissions, errors in the system's log", "%s: %s", path, detail);
}

bool
mainchain_db_open(struct db **out, struct complaint *why, const char *dir)
{
	char *path = mem_printf("%s/mainchain.sqlite", dir);
	enum fault fault = open_at(out, path);

	if (fault == FAULT_DAMAGED) {
		log_line("spv", LOG_WARN, "%s is damaged (%s): moved to %s.damaged and made anew", path, db_why(*out), path);
		db_close(*out);
		*out = NULL;
		if (move_aside(path))
			fault = open_at(out, path);
		else
			(void)complain(why, EXIT_CORRUPT, "move it away by hand", "cannot move %s: %s", path, strerror(errno));
	}
	if (fault != FAULT_NONE && *out != NULL) {
		(void)refuse(why, fault, path, db_why(*out));
		db_close(*out);
		*out = NULL;
	}
	free(path);
	return *out != NULL;
}
