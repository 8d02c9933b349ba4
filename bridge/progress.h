#ifndef TALLY_BRIDGE_PROGRESS_H
#define TALLY_BRIDGE_PROGRESS_H
/* Long work in words and figures: what is being done, how far it is, how fast it goes, how long it may take. Pure: the caller says what
 * the time is. Texts are in English or Chinese, UTF-8. */
#include "spv/spv.h"

enum lang { LANG_EN, LANG_ZH };

enum progress_stage {
	PROGRESS_NO_PEER,        /* nobody to ask */
	PROGRESS_PRESYNC,        /* a peer's chain proves its work before any of it is kept */
	PROGRESS_HEADERS,
	PROGRESS_FILTER_HEADERS,
	PROGRESS_SCAN,           /* of blocks or their filters, for the peg */
	PROGRESS_RESCAN,         /* the same for scripts that came late */
	PROGRESS_IMPORT,         /* headers from a file */
	PROGRESS_DONE,
};

struct progress_at {
	enum progress_stage stage;
	uint64_t first, done, total; /* heights, or other things counted: from first, done so far, the end. 0, 0, 0 when there is no count */
};

/* Where the light client is. On networks whose blocks come every ten minutes the end is reckoned from the tip's age, so that no peer can
 * make it up; on regtest it is the highest that a peer claims. */
struct progress_at progress_of(const struct spv_progress *p, const struct spv_header *tip, bool by_clock, struct unixtime now);
/* Share of the stage that is done, 0 to 1; 0 when there is no count. */
double progress_share(const struct progress_at *at);
/* Share of everything, 0 to 1: each stage of the light client weighs the same. 1 only at PROGRESS_DONE. */
double progress_overall(const struct spv_progress *p, const struct progress_at *at);

/* How fast it goes: over the last PROGRESS_WINDOW_MS, forgotten when the stage changes or turns back. */
#define PROGRESS_WINDOW_MS 20000
#define PROGRESS_SAMPLES 32
struct progress_meter {
	enum progress_stage stage;
	size_t n;
	struct {
		struct mono at;
		uint64_t done;
	} sample[PROGRESS_SAMPLES]; /* oldest first */
};

void progress_note(struct progress_meter *m, const struct progress_at *at, struct mono now);
/* Things a second; 0 when it is not known yet or nothing moves. */
double progress_rate(const struct progress_meter *m);
/* Seconds until the end of the stage, rounded up; -1 when nobody can tell. */
int64_t progress_left(const struct progress_meter *m, const struct progress_at *at);

const char *progress_stage_name(enum progress_stage stage);               /* for programs: "headers" */
const char *progress_stage_text(enum progress_stage stage, enum lang lang); /* for people */

#define PROGRESS_TEXT_MAX 320
#define PROGRESS_NUMBER_MAX 64
/* 1234567 as "1,234,567". */
void progress_count(char out[PROGRESS_NUMBER_MAX], uint64_t n);
/* "1 h 5 min", "42 s"; the two largest units. */
void progress_duration(char out[PROGRESS_NUMBER_MAX], int64_t seconds, enum lang lang);
/* "headers 45,000 of 100,000 (45 %), 12,000/s, 5 s left". */
void progress_sentence(char out[PROGRESS_TEXT_MAX], const struct progress_meter *m, const struct progress_at *at, enum lang lang);
/* "[######..............]", width columns in all (at least 3, at most 100). */
void progress_bar(char out[PROGRESS_TEXT_MAX], double share, size_t width);

#endif
