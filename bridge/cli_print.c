#include "bridge/cli_print.h"

#include <qrencode.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define COLUMNS_MAX 24
#define CELL_MAX 80

/* Columns that a text takes on a terminal: those of Chinese, Japanese and Korean, U+3000 to U+FFFF, take two. */
static int
text_width(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c & 0xc0) != 0x80)
			n += c >= 0xe3 && c <= 0xef ? 2 : 1;
	}
	return n;
}

/* Control characters (of ASCII, and U+0080..U+009F) as '?'. */
static char *
plain_text(const char *s)
{
	char *out = mem_strdup(s);

	for (char *p = out; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f) {
			*p = '?';
		} else if (c == 0xc2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0) {
			p[0] = '?';
			p[1] = '?';
		}
	}
	return out;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

bool
cli_names_time(const char *key)
{
	static const char *const names[] = { "time",  "created", "changed",    "open",    "close", "ended",
					     "since", "until",   "registered", "matures", "opens", "closes" };
	static const char *const ends[] = { "_time", "_until", "_from", "_at", "_start", "_end", "_began", "_ends" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(key, names[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		if (ends_with(key, ends[i]))
			return true;
	}
	return false;
}

/* Numbers below are heights or spans of time, numbers above no years of four digits. */
#define TIME_LEAST 1000000000
#define TIME_MOST 253402300799

/* NULL when the value is no point in time. Owned by the caller. */
static char *
time_text(const char *key, const json_t *v)
{
	time_t t = (time_t)json_integer_value(v);
	char text[32];
	struct tm tm;

	if (!json_is_integer(v) || !cli_names_time(key))
		return NULL;
	if (t == 0)
		return mem_strdup("-");
	if (t < TIME_LEAST || t > TIME_MOST || gmtime_r(&t, &tm) == NULL)
		return NULL;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &tm);
	return mem_strdup(text);
}

/* Texts with commas between; NULL when there is something else in the list. Owned by the caller. */
static char *
list_text(const json_t *list)
{
	char *text = mem_strdup(json_array_size(list) > 0 ? "" : "none");
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		char *plain, *more;

		if (!json_is_string(v)) {
			free(text);
			return NULL;
		}
		plain = plain_text(json_string_value(v));
		more = mem_printf("%s%s%s", text, i > 0 ? "," : "", plain);
		free(plain);
		free(text);
		text = more;
	}
	return text;
}

/* One value in one line; owned by the caller. key: its name, "" when it has none. */
static char *
scalar_text(const char *key, const json_t *v)
{
	char *dumped, *plain;

	if (v == NULL || json_is_null(v))
		return mem_strdup("-");
	plain = time_text(key, v);
	if (plain == NULL && json_is_array(v))
		plain = list_text(v);
	if (plain != NULL)
		return plain;
	if (json_is_string(v))
		return plain_text(json_string_value(v));
	if (json_is_boolean(v))
		return mem_strdup(json_is_true(v) ? "yes" : "no");
	dumped = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
	plain = plain_text(dumped);
	free(dumped);
	return plain;
}

static bool
is_compound(const json_t *v)
{
	return (json_is_object(v) && json_object_size(v) > 0) || (json_is_array(v) && json_array_size(v) > 0);
}

static void
print_padded(const char *s, int width, FILE *to)
{
	int blanks = width - text_width(s);

	fprintf(to, "%s%*s", s, blanks > 0 ? blanks : 0, "");
}

struct table {
	const char *column[COLUMNS_MAX]; /* borrowed keys */
	int width[COLUMNS_MAX];
	size_t n;
	size_t first_id;   /* the leftmost column with ids stays whole: it is what the next command is asked with */
	size_t brief_from; /* in later columns from this one on ids are shortened */
};

#define ID_LEAST 48 /* characters: addresses, hashes */
#define ID_HEAD 10
#define ID_TAIL 6

static bool
is_id(const char *text)
{
	size_t len = strlen(text);

	return len >= ID_LEAST && strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz:") == len;
}

/* Of column i. Owned by the caller. */
static char *
cell_text(const struct table *t, size_t i, const json_t *v)
{
	char *text = scalar_text(t->column[i], v), *brief;

	if (i < t->brief_from || i <= t->first_id || !is_id(text))
		return text;
	brief = mem_printf("%.*s…%s", ID_HEAD, text, text + strlen(text) - ID_TAIL);
	free(text);
	return brief;
}

static void
table_add(struct table *t, const char *key, const json_t *value)
{
	char *text;
	size_t i;

	for (i = 0; i < t->n && strcmp(t->column[i], key) != 0; i++)
		;
	if (i == COLUMNS_MAX)
		return;
	if (i == t->n) {
		t->column[t->n++] = key;
		t->width[i] = text_width(key);
	}
	text = cell_text(t, i, value);
	if (text_width(text) > t->width[i])
		t->width[i] = text_width(text);
	if (i < t->first_id && is_id(text))
		t->first_id = i;
	free(text);
}

static void
print_row(const struct table *t, const json_t *row, int indent, FILE *to)
{
	fprintf(to, "%*s", indent, "");
	for (size_t i = 0; i < t->n; i++) {
		char *text = row != NULL ? cell_text(t, i, json_object_get(row, t->column[i])) : mem_strdup(t->column[i]);

		print_padded(text, i + 1 < t->n ? t->width[i] + 2 : 0, to);
		free(text);
	}
	fputc('\n', to);
}

static struct table
table_of(const json_t *list, size_t first_id, size_t brief_from)
{
	struct table t = { .n = 0, .first_id = first_id, .brief_from = brief_from };
	const char *key;
	json_t *row, *value;
	size_t i;

	json_array_foreach(list, i, row) {
		json_object_foreach(row, key, value)
			table_add(&t, key, value);
	}
	return t;
}

static bool
is_too_wide(const struct table *t, int indent, FILE *to)
{
	int width = indent - 2, fd = fileno(to);
	struct winsize size;

	for (size_t i = 0; i < t->n; i++)
		width += t->width[i] + 2;
	return fd >= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && width > size.ws_col;
}

static void
print_table(const json_t *list, int indent, FILE *to)
{
	struct table t = table_of(list, COLUMNS_MAX, COLUMNS_MAX);
	json_t *row;
	size_t i;

	for (size_t from = t.n; from-- > t.first_id + 1 && is_too_wide(&t, indent, to);)
		t = table_of(list, t.first_id, from);
	print_row(&t, NULL, indent, to);
	json_array_foreach(list, i, row)
		print_row(&t, row, indent, to);
}

static void print_value(const json_t *v, int indent, FILE *to);

static void
print_object(const json_t *o, int indent, FILE *to)
{
	const char *key;
	json_t *value;
	int width = 0;

	json_object_foreach((json_t *)o, key, value) {
		if (!is_compound(value) && text_width(key) > width)
			width = text_width(key);
	}
	json_object_foreach((json_t *)o, key, value) {
		if (is_compound(value)) {
			fprintf(to, "%*s%s:\n", indent, "", key);
			print_value(value, indent + 2, to);
		} else {
			char *text = json_is_object(value) || json_is_array(value) ? mem_strdup("none") : scalar_text(key, value);

			fprintf(to, "%*s", indent, "");
			print_padded(key, width + 2, to);
			fprintf(to, "%s\n", text);
			free(text);
		}
	}
}

static bool
all_objects(const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v) {
		if (!json_is_object(v))
			return false;
	}
	return json_array_size(list) > 0;
}

static void
print_value(const json_t *v, int indent, FILE *to)
{
	const json_t *item;
	char *text;
	size_t i;

	if (json_is_object(v)) {
		print_object(v, indent, to);
	} else if (json_is_array(v) && all_objects(v)) {
		print_table(v, indent, to);
	} else if (json_is_array(v)) {
		json_array_foreach(v, i, item)
			print_value(item, indent, to);
		if (json_array_size(v) == 0)
			fprintf(to, "%*snone\n", indent, "");
	} else {
		text = scalar_text("", v);
		fprintf(to, "%*s%s\n", indent, "", text);
		free(text);
	}
}

void
cli_print(const json_t *answer, FILE *to)
{
	if (json_is_string(answer))
		fprintf(to, "%s\n", json_string_value(answer));
	else
		print_value(answer, 0, to);
}

void
cli_print_qr(const char *text, FILE *to)
{
	QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 0);

	if (q == NULL)
		return;
	for (int y = -2; y < q->width + 2; y += 2) {
		for (int x = -2; x < q->width + 2; x++) {
			bool inside = x >= 0 && x < q->width;
			bool upper = inside && y >= 0 && y < q->width && (q->data[y * q->width + x] & 1);
			bool lower = inside && y + 1 >= 0 && y + 1 < q->width && (q->data[(y + 1) * q->width + x] & 1);

			/* light on a dark terminal: a set module is a hole */
			fputs(upper && lower ? " " : upper ? "▄" : lower ? "▀" : "█", to);
		}
		fputc('\n', to);
	}
	QRcode_free(q);
}
