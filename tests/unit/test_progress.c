#include "bridge/progress.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#define NOW 1800000000

static void
same_text(const char *got, const char *want)
{
	CU_ASSERT_STRING_EQUAL(got, want);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "got '%s', want '%s'\n", got, want);
}

static void
counts(void)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 12345, "12,345" }, { 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	char got[PROGRESS_NUMBER_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		progress_count(got, rows[i].n);
		same_text(got, rows[i].text);
	}
}

static void
durations(void)
{
	static const struct {
		int64_t seconds;
		const char *en, *zh;
	} rows[] = {
		{ -5, "0 s", "0 秒" },
		{ 0, "0 s", "0 秒" },
		{ 59, "59 s", "59 秒" },
		{ 60, "1 min", "1 分" },
		{ 61, "1 min 1 s", "1 分 1 秒" },
		{ 3599, "59 min 59 s", "59 分 59 秒" },
		{ 3600, "1 h", "1 小时" },
		{ 3659, "1 h", "1 小时" },
		{ 3900, "1 h 5 min", "1 小时 5 分" },
		{ 86399, "23 h 59 min", "23 小时 59 分" },
		{ 86400, "1 d", "1 天" },
		{ 10 * 86400 + 3 * 3600 + 59, "10 d 3 h", "10 天 3 小时" },
		{ INT64_MAX, "106751991167300 d 15 h", "106751991167300 天 15 小时" },
	};
	char got[PROGRESS_NUMBER_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		progress_duration(got, rows[i].seconds, LANG_EN);
		same_text(got, rows[i].en);
		progress_duration(got, rows[i].seconds, LANG_ZH);
		same_text(got, rows[i].zh);
	}
}

static void
bars(void)
{
	static const struct {
		double share;
		size_t width;
		const char *text;
	} rows[] = {
		{ 0, 12, "[..........]" }, { 0.09, 12, "[..........]" }, { 0.1, 12, "[#.........]" }, { 0.5, 12, "[#####.....]" },
		{ 0.999, 12, "[#########.]" }, { 1, 12, "[##########]" }, { 7, 12, "[##########]" }, { -1, 12, "[..........]" },
		{ 0.5, 0, "[.]" }, { 1, 1, "[#]" },
	};
	char got[PROGRESS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		progress_bar(got, rows[i].share, rows[i].width);
		same_text(got, rows[i].text);
	}
	progress_bar(got, 0.5, 1000000);
	CU_ASSERT_EQUAL(strlen(got), 100);
}

static void
rate_over_a_window(void)
{
	struct progress_meter m = { .n = 0 };
	struct progress_at at = { .stage = PROGRESS_HEADERS, .total = 1000000 };
	int64_t ms = 5000;

	CU_ASSERT_EQUAL(progress_left(&m, &at), -1);
	for (; ms < 65000; ms += 100) { /* 1,000 a second */
		progress_note(&m, &at, (struct mono){ ms });
		CU_ASSERT(m.n <= PROGRESS_SAMPLES);
		at.done += 100;
	}
	CU_ASSERT_DOUBLE_EQUAL(progress_rate(&m), 1000, 20);
	CU_ASSERT(m.sample[m.n - 1].at.ms - m.sample[0].at.ms >= PROGRESS_WINDOW_MS / 2);
	CU_ASSERT(m.sample[m.n - 1].at.ms - m.sample[0].at.ms <= PROGRESS_WINDOW_MS);
	CU_ASSERT(progress_left(&m, &at) >= 930 && progress_left(&m, &at) <= 950);

	for (; ms < 125000; ms += 100) { /* then 100 a second: the old speed is forgotten */
		progress_note(&m, &at, (struct mono){ ms });
		at.done += 10;
	}
	CU_ASSERT_DOUBLE_EQUAL(progress_rate(&m), 100, 2);
	for (; ms < 185000; ms += 1000) /* then it stands */
		progress_note(&m, &at, (struct mono){ ms });
	CU_ASSERT_EQUAL(progress_rate(&m), 0);
	CU_ASSERT_EQUAL(progress_left(&m, &at), -1);
}

static void
rate_starts_anew(void)
{
	struct progress_meter m = { .n = 0 };
	struct progress_at at = { PROGRESS_HEADERS, 0, 500, 1000 };

	progress_note(&m, &at, (struct mono){ 1000 });
	at.done = 600;
	progress_note(&m, &at, (struct mono){ 2000 });
	CU_ASSERT_EQUAL(progress_rate(&m), 100);
	CU_ASSERT_EQUAL(progress_left(&m, &at), 5);
	at.done = 590; /* a reorganisation, or another peer's chain */
	progress_note(&m, &at, (struct mono){ 3000 });
	CU_ASSERT_EQUAL(m.n, 1);
	CU_ASSERT_EQUAL(progress_rate(&m), 0);
	at.done = 690;
	progress_note(&m, &at, (struct mono){ 4000 });
	at.stage = PROGRESS_SCAN;
	CU_ASSERT_EQUAL(progress_left(&m, &at), -1); /* the speed of other work says nothing */
	progress_note(&m, &at, (struct mono){ 5000 });
	CU_ASSERT_EQUAL(m.n, 1);
	at.stage = PROGRESS_DONE;
	CU_ASSERT_EQUAL(progress_left(&m, &at), 0);
	progress_note(&m, &at, (struct mono){ 5000 }); /* two in the same moment */
	progress_note(&m, &at, (struct mono){ 5000 });
	CU_ASSERT_EQUAL(progress_rate(&m), 0);
}

static void
sentences(void)
{
	struct progress_meter m = { .n = 0 };
	struct progress_at at = { PROGRESS_HEADERS, 0, 40000, 100000 };
	char got[PROGRESS_TEXT_MAX];

	progress_note(&m, &at, (struct mono){ 1000 });
	progress_sentence(got, &m, &at, LANG_EN);
	same_text(got, "headers 40,000 of 100,000 (40 %)");
	at.done = 52000;
	progress_note(&m, &at, (struct mono){ 2000 });
	progress_sentence(got, &m, &at, LANG_EN);
	same_text(got, "headers 52,000 of 100,000 (52 %), 12,000/s, 5 s left");
	progress_sentence(got, &m, &at, LANG_ZH);
	same_text(got, "区块头 52,000 / 100,000 (52 %),每秒 12,000,还需 5 秒");
	at = (struct progress_at){ .stage = PROGRESS_NO_PEER };
	progress_sentence(got, &m, &at, LANG_EN);
	same_text(got, "waiting for a peer");
	at = (struct progress_at){ PROGRESS_SCAN, 99000, 99500, 100000 };
	m.n = 0;
	progress_sentence(got, &m, &at, LANG_EN);
	same_text(got, "scanning blocks 99,500 of 100,000 (50 %)");
	progress_note(&m, &at, (struct mono){ 1000 });
	at.done++;
	progress_note(&m, &at, (struct mono){ 3000 });
	progress_sentence(got, &m, &at, LANG_EN);
	same_text(got, "scanning blocks 99,501 of 100,000 (50 %), 0.5/s, 16 min 39 s left");
	at = (struct progress_at){ PROGRESS_DONE, 0, 100000, 100000 };
	progress_sentence(got, &m, &at, LANG_ZH);
	same_text(got, "已同步");
	at = (struct progress_at){ PROGRESS_FILTER_HEADERS, 0, UINT64_MAX - 1, UINT64_MAX };
	progress_sentence(got, &m, &at, LANG_ZH); /* the longest fits */
	CU_ASSERT(strlen(got) < PROGRESS_TEXT_MAX - 1);
}

static void
where_it_is(void)
{
	struct spv_header tip = { .header = { .time = NOW - 6000 } };
	struct spv_progress p = { .headers = 90, .peers_height = INT32_MAX };
	struct unixtime now = { NOW };
	struct progress_at at = progress_of(&p, &tip, true, now);

	CU_ASSERT_EQUAL(at.stage, PROGRESS_NO_PEER);
	CU_ASSERT_EQUAL(progress_overall(&p, &at), 0);
	p.peers = 1;
	at = progress_of(&p, &tip, true, now); /* the clock says 10 blocks more, whatever a peer claims */
	CU_ASSERT(at.stage == PROGRESS_HEADERS && at.done == 90 && at.total == 100);
	CU_ASSERT_DOUBLE_EQUAL(progress_overall(&p, &at), 0.9, 1e-9);
	at = progress_of(&p, &tip, false, now);
	CU_ASSERT_EQUAL(at.total, INT32_MAX);
	p.peers_height = -1;
	at = progress_of(&p, &tip, false, now);
	CU_ASSERT_EQUAL(at.total, 90);
	tip.header.time = NOW + 7000; /* ahead of our clock, within the rule */
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT_EQUAL(at.total, 90);
	CU_ASSERT(progress_overall(&p, &at) < 1);

	p.presync = SPV_PRESYNC_FIRST;
	p.presync_from = 90;
	p.presync_height = 4090;
	p.presync_time = NOW - 600 * 1000;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT(at.stage == PROGRESS_PRESYNC && at.first == 90 && at.done == 4090 && at.total == 5090);
	p.peers_height = 7000;
	at = progress_of(&p, &tip, false, now);
	CU_ASSERT_EQUAL(at.total, 7000);
	p.presync = SPV_PRESYNC_SECOND;
	p.presync_height = 90;
	p.presync_end = 6090;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT(at.done == 90 && at.total == 6090 && progress_share(&at) == 0 && progress_overall(&p, &at) == 0);

	/* A branch on trial beside a chain that is there is no concern of the person's. */
	p.headers_done = true;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT_EQUAL(at.stage, PROGRESS_DONE);
	CU_ASSERT_EQUAL(progress_overall(&p, &at), 1);
	p.scan_first = 81;
	p.scanned = 86;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT(at.stage == PROGRESS_SCAN && at.first == 81 && at.done == 86 && at.total == 91);
	CU_ASSERT_DOUBLE_EQUAL(progress_share(&at), 0.5, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(progress_overall(&p, &at), 0.75, 1e-9);
	p.scanned = 91;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT_EQUAL(at.stage, PROGRESS_DONE);
	p.filters_in_use = true;
	p.filter_headers = 45;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT(at.stage == PROGRESS_FILTER_HEADERS && at.first == 0 && at.done == 45 && at.total == 91);
	CU_ASSERT_DOUBLE_EQUAL(progress_overall(&p, &at), (1 + 45.0 / 91) / 3, 1e-9);
	p.filters_in_use = false; /* nobody serves them any more: blocks it is */
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT_EQUAL(at.stage, PROGRESS_DONE);
	p.filters_in_use = true;
	p.filter_headers = 91;
	p.rescan_next = 86;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT(at.stage == PROGRESS_RESCAN && at.first == 81 && at.done == 86 && at.total == 91);
	CU_ASSERT(progress_overall(&p, &at) < 1);
	p.rescan_next = 0;
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT_EQUAL(at.stage, PROGRESS_DONE);
	p.scanned = p.scan_first = 200; /* from a height that isn't there yet */
	at = progress_of(&p, &tip, true, now);
	CU_ASSERT_EQUAL(at.stage, PROGRESS_DONE);
}

static const struct unit_test tests[] = {
	{ "counts", counts },
	{ "durations", durations },
	{ "bars", bars },
	{ "rate over a window", rate_over_a_window },
	{ "rate starts anew", rate_starts_anew },
	{ "sentences", sentences },
	{ "where it is", where_it_is },
};

UNIT_MAIN("progress", tests)
