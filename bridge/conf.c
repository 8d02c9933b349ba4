#include "bridge/conf.h"

#include <stdbool.h>
#include <string.h>

#define SECTION_MAX 32

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cut blanks off both ends, in place. */
static char *
trim(char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	for (n = strlen(s); n > 0 && is_blank(s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

static const char *
section_line(char section[SECTION_MAX], char *s)
{
	size_t n = strlen(s);

	if (n < 3 || s[n - 1] != ']')
		return "a section line is [NAME]";
	s[n - 1] = '\0';
	s = trim(s + 1);
	if (strlen(s) == 0 || strlen(s) >= SECTION_MAX)
		return "a section's name has 1 to 31 letters";
	strcpy(section, s);
	return NULL;
}

static const char *
item_line(const char *section, char *s, unsigned number, conf_fn *each, void *context)
{
	char *equals = strchr(s, '=');
	struct conf_item item = { .section = section, .line = number };

	if (equals == NULL)
		return "a line is KEY = VALUE, [SECTION] or # COMMENT";
	*equals = '\0';
	item.key = trim(s);
	item.value = trim(equals + 1);
	if (item.key[0] == '\0')
		return "there is no key before the =";
	return each(context, &item);
}

static const char *
one_line(char section[SECTION_MAX], const char *text, size_t len, unsigned number, conf_fn *each, void *context)
{
	char line[CONF_LINE_MAX + 1], *s;

	if (len > CONF_LINE_MAX)
		return "the line is longer than 1000 characters";
	if (memchr(text, '\0', len) != NULL)
		return "there is a zero byte in the line";
	memcpy(line, text, len);
	line[len] = '\0';
	s = trim(line);
	if (s[0] == '\0' || s[0] == '#')
		return NULL;
	if (s[0] == '[')
		return section_line(section, s);
	return item_line(section, s, number, each, context);
}

const char *
conf_parse(unsigned *line, const char *section, const char *text, size_t len, conf_fn *each, void *context)
{
	char now_in[SECTION_MAX] = "";
	const char *why = NULL;

	if (strlen(section) < SECTION_MAX)
		strcpy(now_in, section);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark that some editors add */
		text += 3;
		len -= 3;
	}
	for (*line = 1; why == NULL && len > 0; ++*line) {
		const char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;

		why = one_line(now_in, text, n, *line, each, context);
		if (why != NULL)
			break;
		n += end != NULL;
		text += n;
		len -= n;
	}
	return why;
}
