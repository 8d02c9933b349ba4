#include "bridge/complaint.h"

#include <stdarg.h>
#include <string.h>

bool
complain(struct complaint *c, enum exit_code code, const char *hint, const char *fmt, ...)
{
	va_list ap;

	c->code = code;
	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	snprintf(c->hint, sizeof(c->hint), "%s", hint != NULL ? hint : "");
	return false;
}

void
complaint_hint(struct complaint *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->hint, sizeof(c->hint), fmt, ap);
	va_end(ap);
}

int
complaint_print(const struct complaint *c, const char *program, FILE *to)
{
	fprintf(to, "%s: %s\n", program, c->why);
	if (c->hint[0] != '\0')
		fprintf(to, "hint: %s\n", c->hint);
	return (int)c->code;
}

#define NAME_MAX_LEN 63

/* Levenshtein's distance of two short names. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LEN + 1], la = strlen(a), lb = strlen(b);

	if (la > NAME_MAX_LEN || lb > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = change < least ? change : least;
		}
	}
	return row[lb];
}

const char *
nearest_name(const char *typed, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t least = strlen(typed) / 3 + 1;

	for (size_t i = 0; i < n; i++) {
		size_t d = edit_distance(typed, names[i]);

		if (d <= least && (best == NULL || d < least)) {
			best = names[i];
			least = d;
		}
	}
	return best;
}
