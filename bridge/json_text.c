#include "bridge/json_text.h"

#include <stdio.h>
#include <string.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One character inside a string. */
static void
scan_string(struct json_scan *s, char c)
{
	if (s->escaped)
		s->escaped = false;
	else if (c == '\\')
		s->escaped = true;
	else if (c == '"')
		s->in_string = false;
}

enum json_scan_state
json_scan_feed(struct json_scan *s, const char *bytes, size_t len, size_t *used)
{
	for (*used = 0; *used < len; ++*used) {
		char c = bytes[*used];

		if (s->in_string) {
			scan_string(s, c);
		} else if (c == '{' || c == '[') {
			if (++s->depth > JSON_DEPTH_MAX)
				return JSON_SCAN_DEEP;
		} else if (s->depth == 0) {
			if (!is_space(c))
				return JSON_SCAN_BAD;
		} else if (c == '"') {
			s->in_string = true;
		} else if ((c == '}' || c == ']') && --s->depth == 0) {
			++*used;
			return JSON_SCAN_DONE;
		}
	}
	return s->depth > 0 ? JSON_SCAN_INSIDE : JSON_SCAN_BLANK;
}

static const char *
scan_fault(const char *text, size_t len)
{
	struct json_scan s = { 0 };
	size_t used;

	switch (json_scan_feed(&s, text, len, &used)) {
	case JSON_SCAN_BLANK:
		return "there is nothing";
	case JSON_SCAN_BAD:
		return "it does not start with { or [";
	case JSON_SCAN_DEEP:
		return "it is nested deeper than 32 levels";
	case JSON_SCAN_INSIDE:
	case JSON_SCAN_DONE:
		break;
	}
	return NULL;
}

bool
json_read_strict(json_t **out, char why[JSON_WHY_LEN], const char *text, size_t len)
{
	const char *fault = scan_fault(text, len);
	json_error_t error;

	*out = NULL;
	if (fault == NULL) {
		*out = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
		snprintf(why, JSON_WHY_LEN, "line %d, column %d: %s", error.line, error.column, error.text);
	} else {
		snprintf(why, JSON_WHY_LEN, "%s", fault);
	}
	return *out != NULL;
}
