#include "bridge/cli_print.h"

#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

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

/* One value in one line; owned by the caller. */
static char *
scalar_text(const json_t *v)
{
	char *dumped, *plain;

	if (v == NULL || json_is_null(v))
		return mem_strdup("-");
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
};

static void
table_add(struct table *t, const char *key, const json_t *value)
{
	char *text = scalar_text(value);
	size_t i;

	for (i = 0; i < t->n && strcmp(t->column[i], key) != 0; i++)
		;
	if (i < COLUMNS_MAX) {
		if (i == t->n) {
			t->column[t->n++] = key;
			t->width[i] = text_width(key);
		}
		if (text_width(text) > t->width[i])
			t->width[i] = text_width(text);
	}
	free(text);
}

static void
print_row(const struct table *t, const json_t *row, int indent, FILE *to)
{
	fprintf(to, "%*s", indent, "");
	for (size_t i = 0; i < t->n; i++) {
		char *text = row != NULL ? scalar_text(json_object_get(row, t->column[i])) : mem_strdup(t->column[i]);

		print_padded(text, i + 1 < t->n ? t->width[i] + 2 : 0, to);
		free(text);
	}
	fputc('\n', to);
}

static void
print_table(const json_t *list, int indent, FILE *to)
{
	struct table t = { .n = 0 };
	const char *key;
	json_t *row, *value;
	size_t i;

	json_array_foreach(list, i, row) {
		json_object_foreach(row, key, value)
			table_add(&t, key, value);
	}
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
			char *text = json_is_object(value) || json_is_array(value) ? mem_strdup("none") : scalar_text(value);

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
		text = scalar_text(v);
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
