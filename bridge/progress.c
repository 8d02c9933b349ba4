#include "bridge/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_SECONDS 600
#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define BAR_MAX 100

static const struct {
	const char *name, *text[2];
} stages[] = {
	[PROGRESS_NO_PEER] = { "no_peer", { "waiting for a peer", "等待节点" } },
	[PROGRESS_PRESYNC] = { "presync", { "weighing a peer's chain", "衡量对方链的工作量" } },
	[PROGRESS_HEADERS] = { "headers", { "headers", "区块头" } },
	[PROGRESS_FILTER_HEADERS] = { "filter_headers", { "filter headers", "过滤器头" } },
	[PROGRESS_SCAN] = { "scan", { "scanning blocks", "扫描区块" } },
	[PROGRESS_RESCAN] = { "rescan", { "scanning again", "重新扫描" } },
	[PROGRESS_IMPORT] = { "import", { "importing headers", "导入区块头" } },
	[PROGRESS_DONE] = { "done", { "synced", "已同步" } },
};

const char *
progress_stage_name(enum progress_stage stage)
{
	return stages[stage].name;
}

const char *
progress_stage_text(enum progress_stage stage, enum lang lang)
{
	return stages[stage].text[lang];
}

static uint64_t
last_header(const struct spv_progress *p, const struct spv_header *tip, bool by_clock, struct unixtime now)
{
	int64_t age = now.sec - (int64_t)tip->header.time;

	if (by_clock)
		return p->headers + (age > 0 ? (uint64_t)age / BLOCK_SECONDS : 0);
	return p->peers_height > (int64_t)p->headers ? (uint64_t)p->peers_height : p->headers;
}

/* The first pass ends nobody knows where, but not above the last block there can be. */
static struct progress_at
presync_at(const struct spv_progress *p, bool by_clock, struct unixtime now)
{
	struct progress_at at = { PROGRESS_PRESYNC, p->presync_from, p->presync_height, p->presync_end };
	int64_t age = now.sec - (int64_t)p->presync_time;

	if (p->presync == SPV_PRESYNC_FIRST && by_clock)
		at.total = at.done + (age > 0 ? (uint64_t)age / BLOCK_SECONDS : 0);
	else if (p->presync == SPV_PRESYNC_FIRST)
		at.total = p->peers_height > (int64_t)at.done ? (uint64_t)p->peers_height : at.done;
	return at;
}

struct progress_at
progress_of(const struct spv_progress *p, const struct spv_header *tip, bool by_clock, struct unixtime now)
{
	uint64_t end = last_header(p, tip, by_clock, now), past_tip = (uint64_t)p->headers + 1;

	if (p->peers == 0)
		return (struct progress_at){ .stage = PROGRESS_NO_PEER };
	if (!p->headers_done && p->presync != SPV_PRESYNC_NONE)
		return presync_at(p, by_clock, now);
	if (!p->headers_done)
		return (struct progress_at){ PROGRESS_HEADERS, 0, p->headers, end };
	if (p->filters_in_use && p->filter_headers < past_tip)
		return (struct progress_at){ PROGRESS_FILTER_HEADERS, 0, p->filter_headers, past_tip };
	if (p->scanned > 0 && p->scanned < past_tip)
		return (struct progress_at){ PROGRESS_SCAN, p->scan_first, p->scanned, past_tip };
	if (p->rescan_next > 0 && p->rescan_next < past_tip)
		return (struct progress_at){ PROGRESS_RESCAN, p->scan_first, p->rescan_next, past_tip };
	return (struct progress_at){ PROGRESS_DONE, 0, p->headers, p->headers };
}

double
progress_share(const struct progress_at *at)
{
	if (at->total <= at->first || at->done <= at->first)
		return 0;
	return at->done >= at->total ? 1 : (double)(at->done - at->first) / (double)(at->total - at->first);
}

double
progress_overall(const struct spv_progress *p, const struct progress_at *at)
{
	bool filters = p->filters_in_use, scans = p->scanned > 0;
	double parts = 1 + filters + scans, done = 0;

	switch (at->stage) {
	case PROGRESS_NO_PEER:
	case PROGRESS_PRESYNC:
	case PROGRESS_IMPORT:
		return 0;
	case PROGRESS_DONE:
		return 1;
	case PROGRESS_HEADERS:
		break;
	case PROGRESS_FILTER_HEADERS:
		done = 1;
		break;
	case PROGRESS_SCAN:
	case PROGRESS_RESCAN: /* a late script is no less work than the scan that it comes after */
		done = parts - 1;
		break;
	}
	done = (done + progress_share(at)) / parts;
	return done < 0.9999 ? done : 0.9999;
}

void
progress_note(struct progress_meter *m, const struct progress_at *at, struct mono now)
{
	const int64_t least_ms = PROGRESS_WINDOW_MS / (PROGRESS_SAMPLES - 2);
	size_t old = 0;

	if (m->n > 0 && (m->stage != at->stage || at->done < m->sample[m->n - 1].done))
		m->n = 0;
	m->stage = at->stage;
	if (m->n > 1 && now.ms - m->sample[m->n - 2].at.ms < least_ms)
		m->n--; /* the newest is too young to stand beside another */
	while (old < m->n && now.ms - m->sample[old].at.ms > PROGRESS_WINDOW_MS)
		old++;
	if (old == 0 && m->n == PROGRESS_SAMPLES)
		old = 1;
	m->n -= old;
	memmove(m->sample, m->sample + old, m->n * sizeof(m->sample[0]));
	m->sample[m->n].at = now;
	m->sample[m->n++].done = at->done;
}

double
progress_rate(const struct progress_meter *m)
{
	int64_t ms;

	if (m->n < 2)
		return 0;
	ms = m->sample[m->n - 1].at.ms - m->sample[0].at.ms;
	return ms > 0 ? (double)(m->sample[m->n - 1].done - m->sample[0].done) * 1000 / (double)ms : 0;
}

int64_t
progress_left(const struct progress_meter *m, const struct progress_at *at)
{
	double rate = m->stage == at->stage ? progress_rate(m) : 0, seconds;

	if (at->stage == PROGRESS_DONE || (at->total > 0 && at->done >= at->total))
		return 0;
	if (rate <= 0)
		return -1;
	seconds = (double)(at->total - at->done) / rate;
	return seconds < INT32_MAX ? (int64_t)seconds + 1 : -1;
}

void
progress_count(char out[PROGRESS_NUMBER_MAX], uint64_t n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

void
progress_duration(char out[PROGRESS_NUMBER_MAX], int64_t seconds, enum lang lang)
{
	static const struct {
		int64_t seconds;
		const char *name[2];
	} units[] = {
		{ DAY, { "d", "天" } }, { HOUR, { "h", "小时" } }, { MINUTE, { "min", "分" } }, { 1, { "s", "秒" } },
	};
	size_t i = 0;
	int64_t rest;
	int len;

	if (seconds < 0)
		seconds = 0;
	while (i + 1 < ARRAY_LEN(units) && seconds < units[i].seconds)
		i++;
	len = snprintf(out, PROGRESS_NUMBER_MAX, "%" PRId64 " %s", seconds / units[i].seconds, units[i].name[lang]);
	if (i + 1 == ARRAY_LEN(units))
		return;
	rest = seconds % units[i].seconds / units[i + 1].seconds;
	if (rest > 0)
		snprintf(out + len, PROGRESS_NUMBER_MAX - (size_t)len, " %" PRId64 " %s", rest, units[i + 1].name[lang]);
}

/* "12,000/s"; a slow one keeps its digits: "0.4/s". */
static void
rate_text(char out[PROGRESS_NUMBER_MAX], double rate)
{
	if (rate < 10)
		snprintf(out, PROGRESS_NUMBER_MAX, "%.1f", rate);
	else
		progress_count(out, (uint64_t)rate);
}

void
progress_sentence(char out[PROGRESS_TEXT_MAX], const struct progress_meter *m, const struct progress_at *at, enum lang lang)
{
	static const char *const counted[] = { "%s %s of %s (%d %%)", "%s %s / %s (%d %%)" };
	static const char *const speed[] = { ", %s/s, %s left", ",每秒 %s,还需 %s" };
	char done[PROGRESS_NUMBER_MAX], total[PROGRESS_NUMBER_MAX];
	int64_t left = progress_left(m, at);
	int len;

	if (at->total == 0 || at->stage == PROGRESS_DONE) {
		snprintf(out, PROGRESS_TEXT_MAX, "%s", progress_stage_text(at->stage, lang));
		return;
	}
	progress_count(done, at->done);
	progress_count(total, at->total);
	len = snprintf(out, PROGRESS_TEXT_MAX, counted[lang], progress_stage_text(at->stage, lang), done, total,
		       (int)(progress_share(at) * 100));
	if (left < 0 || len < 0 || len >= PROGRESS_TEXT_MAX)
		return;
	rate_text(done, progress_rate(m));
	progress_duration(total, left, lang);
	snprintf(out + len, PROGRESS_TEXT_MAX - (size_t)len, speed[lang], done, total);
}

void
progress_bar(char out[PROGRESS_TEXT_MAX], double share, size_t width)
{
	size_t inside, full;

	width = width < 3 ? 3 : width > BAR_MAX ? BAR_MAX : width;
	inside = width - 2;
	full = share <= 0 ? 0 : share >= 1 ? inside : (size_t)(share * (double)inside);
	out[0] = '[';
	memset(out + 1, '#', full);
	memset(out + 1 + full, '.', inside - full);
	out[width - 1] = ']';
	out[width] = '\0';
}
