#include "bridge/progress_line.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/mainchain.h"

#define SHOWN_AFTER_MS 2000
#define LOG_EVERY_MS 5000
#define LOG_NO_PEER_MS 60000
#define WATCH_MS 500
#define BAR_WIDTH 24

struct progress_watch {
	const struct mainchain *mainchain;
	bool by_clock;
	struct event *tick;
	struct progress_line line;
	bool said; /* that all is known, since the last work that was shown */
};

enum lang
lang_of_terminal(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return strncmp(value, "zh", 2) == 0 ? LANG_ZH : LANG_EN;
	}
	return LANG_EN;
}

/* A line that is too long for the terminal would stay there for good: the bar goes before the words do. */
static void
draw(struct progress_line *l, const struct progress_at *at)
{
	struct winsize size = { .ws_col = 80 };
	char text[PROGRESS_TEXT_MAX], bar[PROGRESS_TEXT_MAX] = "";

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	progress_sentence(text, &l->meter, at, lang_of_terminal());
	if (at->total > 0 && (size.ws_col == 0 || strlen(text) + BAR_WIDTH + 2 < size.ws_col))
		progress_bar(bar, progress_share(at), BAR_WIDTH);
	fprintf(stderr, "\r\033[K%s%s%s", bar, bar[0] != '\0' ? " " : "", text);
	fflush(stderr);
	l->bar = true;
}

static void
wipe(struct progress_line *l)
{
	if (l->bar)
		fputs("\r\033[K", stderr);
	l->bar = false;
}

static void
say_in_log(struct progress_line *l, const struct progress_at *at, struct mono now)
{
	int64_t every = at->stage == PROGRESS_NO_PEER ? LOG_NO_PEER_MS : LOG_EVERY_MS;
	char text[PROGRESS_TEXT_MAX];

	if (l->logged.ms != 0 && now.ms - l->logged.ms < every)
		return;
	l->logged = now;
	progress_sentence(text, &l->meter, at, LANG_EN);
	log_line("spv", LOG_INFO, "%s", text);
}

void
progress_line_say(struct progress_line *l, const struct progress_at *at)
{
	struct mono now = clock_mono();

	progress_note(&l->meter, at, now);
	if (at->stage == PROGRESS_DONE) {
		wipe(l);
		l->since.ms = l->logged.ms = 0;
		return;
	}
	if (l->since.ms == 0)
		l->since = now;
	if (now.ms - l->since.ms < SHOWN_AFTER_MS)
		return;
	if (isatty(STDERR_FILENO))
		draw(l, at);
	else
		say_in_log(l, at, now);
}

struct progress_at
progress_watch_at(const struct progress_watch *w)
{
	const struct spv *s = mainchain_spv(w->mainchain);
	struct spv_progress p;
	struct spv_header tip;

	spv_progress(s, &p);
	spv_tip(s, &tip);
	return progress_of(&p, &tip, w->by_clock, clock_unix());
}

const struct progress_meter *
progress_watch_meter(const struct progress_watch *w)
{
	return &w->line.meter;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct progress_watch *w = arg;
	struct progress_at at = progress_watch_at(w);

	(void)fd;
	(void)what;
	progress_line_say(&w->line, &at);
	if (at.stage != PROGRESS_DONE) {
		w->said = w->said && !w->line.bar && w->line.logged.ms == 0;
	} else if (!w->said) {
		log_line("spv", LOG_INFO, "all that the peers have is known, up to height %llu", (unsigned long long)at.total);
		w->said = true;
	}
}

struct progress_watch *
progress_watch_new(struct event_base *base, const struct mainchain *m, const struct chain_params *params)
{
	struct progress_watch *w = mem_new(1, sizeof(*w));
	struct timeval often = { 0, WATCH_MS * 1000 };

	w->mainchain = m;
	w->by_clock = !params->no_retarget;
	w->tick = event_new(base, -1, EV_PERSIST, on_tick, w);
	event_add(w->tick, &often);
	return w;
}

void
progress_watch_free(struct progress_watch *w)
{
	if (w == NULL)
		return;
	wipe(&w->line);
	event_free(w->tick);
	free(w);
}
