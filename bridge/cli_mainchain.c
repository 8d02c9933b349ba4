#include "bridge/cli_mainchain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define BAR_WIDTH 24

/* An answer on its way into words. */
struct words {
	const json_t *from; /* borrowed */
	enum lang lang;
	json_t *to;
};

/* The compiler checks both as formats where the result is one. */
__attribute__((format_arg(2), format_arg(3))) static const char *
pick(const struct words *w, const char *english, const char *chinese)
{
	return w->lang == LANG_ZH ? chinese : english;
}

static const char *
text_of(const struct words *w, const char *key)
{
	const char *s = json_string_value(json_object_get(w->from, key));

	return s != NULL ? s : "-";
}

static int64_t
number_of(const struct words *w, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(w->from, key));
}

static bool
has(const struct words *w, const char *key)
{
	const json_t *v = json_object_get(w->from, key);

	return v != NULL && !json_is_null(v);
}

static bool
is_true(const struct words *w, const char *key)
{
	return json_is_true(json_object_get(w->from, key));
}

/* Takes over the text. */
static void
put(struct words *w, const char *english, const char *chinese, char *text)
{
	json_object_set_new(w->to, pick(w, english, chinese), json_string(text));
	free(text);
}

static void
put_count(struct words *w, const char *english, const char *chinese, uint64_t n)
{
	char count[PROGRESS_NUMBER_MAX];

	progress_count(count, n);
	put(w, english, chinese, mem_strdup(count));
}

static enum progress_stage
stage_of(const struct words *w)
{
	int stage = PROGRESS_NO_PEER;

	while (stage < PROGRESS_DONE && strcmp(progress_stage_name((enum progress_stage)stage), text_of(w, "stage")) != 0)
		stage++;
	return (enum progress_stage)stage;
}

static void
put_state(struct words *w)
{
	const json_t *reasons = json_object_get(w->from, "not_ready_because"), *reason;
	char *text = mem_strdup(pick(w, is_true(w, "ready") ? "ready" : "not ready", is_true(w, "ready") ? "就绪" : "未就绪"));
	size_t i;

	json_array_foreach(reasons, i, reason) {
		char *more = mem_printf("%s%s%s", text, i == 0 ? pick(w, ": ", ":") : "; ", json_string_value(reason));

		free(text);
		text = more;
	}
	put(w, "state", "状态", text);
}

static void
put_progress(struct words *w)
{
	struct progress_at at = { .stage = stage_of(w), .done = (uint64_t)number_of(w, "stage_done"),
				  .total = (uint64_t)number_of(w, "stage_total") };
	struct progress_meter none = { .n = 0 };
	char bar[PROGRESS_TEXT_MAX], sentence[PROGRESS_TEXT_MAX], left[PROGRESS_NUMBER_MAX];

	progress_bar(bar, json_real_value(json_object_get(w->from, "verificationprogress")), BAR_WIDTH);
	progress_sentence(sentence, &none, &at, w->lang);
	if (at.stage == PROGRESS_DONE && json_is_false(json_object_get(w->from, "synced")))
		snprintf(sentence, sizeof(sentence), "%s", pick(w, "all that the peers have", "已取得各节点所有的"));
	if (at.stage == PROGRESS_DONE || !has(w, "eta_seconds")) {
		put(w, "progress", "进度", mem_printf("%s %s", bar, sentence));
		return;
	}
	progress_duration(left, number_of(w, "eta_seconds"), w->lang);
	put(w, "progress", "进度", mem_printf(pick(w, "%s %s, %s left", "%s %s,还需 %s"), bar, sentence, left));
}

static const char *
without_zeros(const struct words *w, const char *key)
{
	const char *hex = text_of(w, key);

	return hex + strspn(hex, "0");
}

/* Of regtest and of a chain of one's own no work is known. */
static const char *
work_remark(const struct words *w)
{
	if (without_zeros(w, "minimum_work")[0] == '\0')
		return "";
	if (is_true(w, "minimum_work_reached"))
		return pick(w, " (as much as the network is known to have, or more)", " (达到网络已知的下限)");
	return pick(w, " (less than the network is known to have)", " (低于网络已知的下限)");
}

static void
put_tip(struct words *w)
{
	char height[PROGRESS_NUMBER_MAX], age[PROGRESS_NUMBER_MAX];

	progress_count(height, (uint64_t)number_of(w, "height"));
	progress_duration(age, number_of(w, "tip_age"), w->lang);
	put(w, "height", "高度", mem_strdup(height));
	put(w, "tip", "链尖", mem_strdup(text_of(w, "tip")));
	put(w, "age of the tip", "链尖时龄", mem_strdup(age));
	put(w, "work", "累计工作量", mem_printf("0x%s%s", without_zeros(w, "chainwork"), work_remark(w)));
}

static void
put_scan(struct words *w)
{
	bool filters = strcmp(text_of(w, "scan_mode"), "filters") == 0;
	const char *how = filters ? pick(w, "(by compact filters)", "(用紧凑过滤器)") : pick(w, "(whole blocks)", "(完整区块)");
	char height[PROGRESS_NUMBER_MAX];

	progress_count(height, (uint64_t)number_of(w, "scanned"));
	put(w, "scanned up to", "已扫描到", mem_printf("%s %s", height, how));
}

static void
put_peers(struct words *w)
{
	int64_t disagree = number_of(w, "peers_disagreeing");
	char *text = mem_printf(pick(w, "%" PRId64, "%" PRId64 " 个"), number_of(w, "peers"));

	if (disagree > 0) {
		const char *form = pick(w, "%s, of which %" PRId64 " disagree (tally getpeerinfo)",
					"%s,其中 %" PRId64 " 个意见不同(tally getpeerinfo)");
		char *more = mem_printf(form, text, disagree);

		free(text);
		text = more;
	}
	put(w, "peers", "节点", text);
}

static json_t *
mainchain_words(struct words w)
{
	w.to = json_object();
	put(&w, "main chain", "主链", mem_strdup(text_of(&w, "network")));
	put_state(&w);
	put_progress(&w);
	put_tip(&w);
	if (number_of(&w, "filterheaders") > 0)
		put_count(&w, "filter headers up to", "过滤器头已到", (uint64_t)number_of(&w, "filterheaders") - 1);
	if (has(&w, "scanned"))
		put_scan(&w);
	if (has(&w, "rescan_next"))
		put_count(&w, "scanning again at", "重新扫描", (uint64_t)number_of(&w, "rescan_next"));
	put_peers(&w);
	return w.to;
}

/* "1.5 MB". */
static char *
bytes_text(uint64_t n)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB" };
	double v = (double)n;
	size_t i = 0;

	for (; v >= 1000 && i + 1 < ARRAY_LEN(unit); i++)
		v /= 1000;
	return mem_printf(i == 0 || v >= 100 ? "%.0f %s" : "%.1f %s", v, unit[i]);
}

static char *
joined(const json_t *list)
{
	char *text = mem_strdup("");
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		char *more = mem_printf("%s%s%s", text, i > 0 ? " " : "", json_string_value(v));

		free(text);
		text = more;
	}
	return text;
}

/* How it came to be our peer (role), or how far it is (stage). */
static const char *
peer_word(const struct words *w, const char *key)
{
	static const char *const known[][3] = {
		{ "manual", "given", "指定" }, { "outbound", "found", "自找" }, { "feeler", "feeler", "探测" },
		{ "seed", "seed", "种子" },    { "inbound", "came", "来访" },   { "handshake", "handshake", "握手" },
		{ "ready", "ready", "就绪" },
	};
	const char *word = text_of(w, key);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(word, known[i][0]) == 0)
			return pick(w, known[i][1], known[i][2]);
	}
	return word;
}

static json_t *
peer_words(struct words w)
{
	char since[PROGRESS_NUMBER_MAX];

	w.to = json_object();
	progress_duration(since, number_of(&w, "connected_ms") / 1000, w.lang);
	put(&w, "id", "编号", mem_printf("%" PRId64, number_of(&w, "id")));
	put(&w, "address", "地址", mem_strdup(text_of(&w, "address")));
	put(&w, "role", "来历", mem_strdup(peer_word(&w, "role")));
	put(&w, "stage", "阶段", mem_strdup(peer_word(&w, "stage")));
	put(&w, "for", "已连接", mem_strdup(since));
	put(&w, "ping", "延迟", has(&w, "ping_ms") ? mem_printf("%" PRId64 " ms", number_of(&w, "ping_ms")) : mem_strdup("-"));
	if (has(&w, "best_height"))
		put_count(&w, "height", "高度", (uint64_t)number_of(&w, "best_height"));
	else
		put(&w, "height", "高度", mem_strdup("-"));
	put(&w, "agrees", "意见", mem_strdup(is_true(&w, "disagrees") ? pick(&w, "NO", "不同") : pick(&w, "yes", "一致")));
	put(&w, "in", "收", bytes_text((uint64_t)number_of(&w, "bytes_in")));
	put(&w, "out", "发", bytes_text((uint64_t)number_of(&w, "bytes_out")));
	put(&w, "services", "服务", joined(json_object_get(w.from, "service_names")));
	put(&w, "program", "程序", mem_strdup(text_of(&w, "user_agent")));
	return w.to;
}

json_t *
cli_mainchain_words(const char *method, const json_t *answer, enum lang lang)
{
	json_t *list, *peer;
	size_t i;

	if (strcmp(method, "getmainchaininfo") == 0 && json_is_object(answer))
		return mainchain_words((struct words){ answer, lang, NULL });
	if (strcmp(method, "getpeerinfo") != 0 || !json_is_array(answer))
		return NULL;
	list = json_array();
	json_array_foreach(answer, i, peer)
		json_array_append_new(list, peer_words((struct words){ peer, lang, NULL }));
	return list;
}
