#ifndef TALLY_BRIDGE_PROGRESS_LINE_H
#define TALLY_BRIDGE_PROGRESS_LINE_H
/* Long work shown to whoever watches: a bar on a terminal (standard error), else a line in the log every few seconds. Work that is over
 * within two seconds is not shown. */
#include "bridge/progress.h"

struct event_base;
struct mainchain;
struct progress_watch;

/* The language of the terminal, from LC_ALL, LC_MESSAGES or LANG. */
enum lang lang_of_terminal(void);

struct progress_line {
	struct progress_meter meter;
	struct mono since;  /* the work under way began then; 0: none */
	struct mono logged;
	bool bar;           /* one stands on the terminal */
};

/* Where the work is now. Start with a zeroed line; at PROGRESS_DONE the bar goes. */
void progress_line_say(struct progress_line *l, const struct progress_at *at);

/* Watches the light client twice a second. base and m are borrowed. */
MUST_USE struct progress_watch *progress_watch_new(struct event_base *base, const struct mainchain *m, const struct chain_params *params);
/* NULL is fine. */
void progress_watch_free(struct progress_watch *w);
/* Where it is now, and how fast it went lately. */
struct progress_at progress_watch_at(const struct progress_watch *w);
const struct progress_meter *progress_watch_meter(const struct progress_watch *w);

#endif
