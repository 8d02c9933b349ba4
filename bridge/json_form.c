#include "bridge/json_form.h"

#include <assert.h>
#include <string.h>

struct json_form
json_form_open(const json_t *value, const char *path, struct complaint *why)
{
	struct json_form f = { .object = value, .path = path, .why = why };

	if (!json_is_object(value)) {
		f.bad = true;
		complain(why, EXIT_USAGE, NULL, "%s must be an object", path);
	}
	return f;
}

void
json_form_fault(struct json_form *f, const char *key, const char *what)
{
	if (!f->bad)
		complain(f->why, EXIT_USAGE, NULL, "%s%s%s %s", f->path, f->path[0] != '\0' ? "." : "", key, what);
	f->bad = true;
}

static const json_t *
ask(struct json_form *f, const char *key)
{
	assert(f->asked_n < JSON_FORM_KEYS_MAX);
	f->asked[f->asked_n++] = key;
	return f->bad ? NULL : json_object_get(f->object, key);
}

bool
json_form_has(struct json_form *f, const char *key)
{
	return ask(f, key) != NULL;
}

const json_t *
json_form_value(struct json_form *f, const char *key)
{
	const json_t *v = ask(f, key);

	if (v == NULL)
		json_form_fault(f, key, "is missing");
	return v;
}

const char *
json_form_text(struct json_form *f, const char *key)
{
	const json_t *v = json_form_value(f, key);

	if (v != NULL && !json_is_string(v))
		json_form_fault(f, key, "must be a string");
	return json_is_string(v) ? json_string_value(v) : "";
}

uint64_t
json_form_count(struct json_form *f, const char *key, uint64_t max)
{
	const json_t *v = json_form_value(f, key);

	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max) {
		json_form_fault(f, key, "must be a whole number, not negative and not too large");
		return 0;
	}
	return (uint64_t)json_integer_value(v);
}

struct amount
json_form_amount(struct json_form *f, const char *key, unsigned decimals)
{
	const char *text = json_form_text(f, key), *fault;
	struct amount a = AMOUNT_ZERO;
	char what[160];

	if (f->bad)
		return a;
	fault = amount_parse(&a, text, decimals);
	if (fault != NULL) {
		snprintf(what, sizeof(what), "'%.40s': %s", text, fault);
		json_form_fault(f, key, what);
	}
	return a;
}

void
json_form_hex(struct json_form *f, const char *key, void *out, size_t n)
{
	const char *text = json_form_text(f, key);
	char what[60];

	if (!f->bad && !hex_decode(out, n, text)) {
		snprintf(what, sizeof(what), "must have %zu hex digits", 2 * n);
		json_form_fault(f, key, what);
	}
	if (f->bad)
		memset(out, 0, n);
}

const json_t *
json_form_array(struct json_form *f, const char *key, size_t min, size_t max)
{
	const json_t *v = json_form_value(f, key);
	char what[80];

	if (v == NULL || (json_is_array(v) && json_array_size(v) >= min && json_array_size(v) <= max))
		return v;
	snprintf(what, sizeof(what), "must be a list of %zu to %zu", min, max);
	json_form_fault(f, key, what);
	return NULL;
}

bool
json_form_done(struct json_form *f)
{
	const char *key, *near;
	char what[120];
	json_t *value;

	if (f->bad)
		return false;
	json_object_foreach((json_t *)f->object, key, value) {
		bool known = false;

		for (size_t i = 0; !known && i < f->asked_n; i++)
			known = strcmp(f->asked[i], key) == 0;
		if (known)
			continue;
		near = nearest_name(key, f->asked, f->asked_n);
		snprintf(what, sizeof(what), "is not a known key%s%s%s", near ? ", did you mean " : "", near ? near : "",
			 near ? "?" : "");
		json_form_fault(f, key, what);
		return false;
	}
	return true;
}
