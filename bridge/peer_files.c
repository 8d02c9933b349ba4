#include "bridge/peer_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "spv/address_store.h"

#define SAVE_EVERY_S 600
#define SAVE_SOON_S 5
#define LIES_AN_HOUR 1000 /* more are not written: strangers may come to lie as often as they like */

struct peer_files {
	struct spv *spv;                 /* borrowed */
	struct address_store *addresses; /* owned */
	struct evidence_store *evidence; /* owned */
	struct event *timer;             /* owned */
	bool soon;
	struct mono hour; /* the one in which lies are counted began */
	unsigned lies;
	bool failed; /* the last write; one warning is enough */
};

static void
warn_once(struct peer_files *f, const char *what, const char *why)
{
	if (why != NULL && !f->failed)
		log_line("spv", LOG_WARN, "cannot save %s: %s", what, why);
	f->failed = why != NULL;
}

static void
save(struct peer_files *f)
{
	warn_once(f, "addresses of peers", address_store_save(f->addresses, f->spv));
}

static void
run_after(struct peer_files *f, long seconds)
{
	struct timeval tv = { seconds, 0 };

	event_add(f->timer, &tv);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct peer_files *f = arg;

	(void)fd;
	(void)what;
	f->soon = false;
	save(f);
	run_after(f, SAVE_EVERY_S);
}

bool
peer_files_open(struct peer_files **out, struct complaint *why, struct event_base *base, struct db *db, struct spv *s)
{
	struct peer_files *f = mem_new(1, sizeof(*f));
	const char *fault = address_store_open(&f->addresses, db, s, clock_unix());

	if (fault == NULL)
		fault = evidence_store_open(&f->evidence, db);
	if (fault != NULL) {
		address_store_close(f->addresses);
		free(f);
		return complain(why, EXIT_CORRUPT, "it can be made anew: move mainchain.sqlite away",
				"addresses of peers in mainchain.sqlite: %s", fault);
	}
	f->spv = s;
	f->timer = evtimer_new(base, on_timer, f);
	run_after(f, SAVE_EVERY_S);
	*out = f;
	return true;
}

void
peer_files_close(struct peer_files *f)
{
	if (f == NULL)
		return;
	save(f);
	event_free(f->timer);
	address_store_close(f->addresses);
	evidence_store_close(f->evidence);
	free(f);
}

static bool
may_note(struct peer_files *f)
{
	struct mono now = clock_mono();

	if (f->hour.ms == 0 || now.ms - f->hour.ms >= 3600000) {
		f->hour = now;
		f->lies = 0;
	}
	if (++f->lies == LIES_AN_HOUR)
		log_line("spv", LOG_WARN, "%d lies within an hour: no more of them are written down", LIES_AN_HOUR);
	return f->lies < LIES_AN_HOUR;
}

void
peer_files_note(struct peer_files *f, const struct spv_output *o)
{
	struct evidence e = { .time = clock_unix().sec, .height = o->evidence.height, .digest = o->evidence.digest };

	if (!may_note(f))
		return;
	memcpy(e.address, o->evidence.address, sizeof(e.address));
	memcpy(e.what, o->evidence.what, sizeof(e.what));
	log_line("spv", LOG_WARN, "%s lied: %s", e.address, e.what);
	warn_once(f, "the log of lies", evidence_store_add(f->evidence, &e));
	if (!f->soon)
		run_after(f, SAVE_SOON_S);
	f->soon = true;
}

size_t
peer_files_lies(struct peer_files *f, struct evidence *out, size_t max)
{
	size_t n;
	const char *why = evidence_store_list(f->evidence, out, &n, max);

	if (why != NULL)
		log_line("spv", LOG_WARN, "cannot read the log of lies: %s", why);
	return n;
}
