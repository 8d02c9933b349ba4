#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#define CATEGORIES_MAX 16

static FILE *log_to;

static struct log_config {
	enum log_level most;
	size_t n;
	struct {
		char name[16];
		enum log_level most;
	} category[CATEGORIES_MAX];
} log_config = { .most = LOG_INFO };

static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
log_open(FILE *to, enum log_level most)
{
	log_to = to;
	log_config.most = most;
}

static bool
level_find(enum log_level *out, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strlen(level_names[i]) == len && strncmp(level_names[i], name, len) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static const char *
configure_one(const char *item, size_t len)
{
	const char *colon = memchr(item, ':', len);
	size_t name = colon ? (size_t)(colon - item) : 0, i;
	enum log_level level;

	if (colon == NULL)
		return level_find(&log_config.most, item, len) ? NULL : "levels are error, warn, info and debug";
	if (!level_find(&level, colon + 1, len - name - 1))
		return "levels are error, warn, info and debug";
	if (name == 0 || name >= sizeof(log_config.category[0].name))
		return "a log category has 1 to 15 letters";
	for (i = 0; i < log_config.n; i++) {
		if (strlen(log_config.category[i].name) == name && strncmp(log_config.category[i].name, item, name) == 0)
			break;
	}
	if (i == CATEGORIES_MAX)
		return "too many log categories";
	memcpy(log_config.category[i].name, item, name);
	log_config.category[i].name[name] = '\0';
	log_config.category[i].most = level;
	log_config.n += i == log_config.n;
	return NULL;
}

const char *
log_configure(const char *spec)
{
	while (*spec != '\0') {
		size_t len = strcspn(spec, ",");
		const char *why = configure_one(spec, len);

		if (why != NULL)
			return why;
		spec += len + (spec[len] == ',');
	}
	return NULL;
}

const char *
log_check(const char *spec)
{
	struct log_config saved = log_config;
	const char *why = log_configure(spec);

	log_config = saved;
	return why;
}

bool
log_wants(const char *category, enum log_level level)
{
	for (size_t i = log_config.n; i-- > 0;) {
		if (strcmp(log_config.category[i].name, category) == 0)
			return level <= log_config.category[i].most;
	}
	return level <= log_config.most;
}

void
log_line(const char *category, enum log_level level, const char *fmt, ...)
{
	char stamp[32];
	struct tm tm;
	time_t now;
	va_list ap;

	if (log_to == NULL || !log_wants(category, level))
		return;
	now = time(NULL);
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(log_to, "%s %s %s: ", stamp, level_names[level], category);
	va_start(ap, fmt);
	vfprintf(log_to, fmt, ap);
	va_end(ap);
	fputc('\n', log_to);
	fflush(log_to);
}
