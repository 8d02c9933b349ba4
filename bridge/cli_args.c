#include "bridge/cli_args.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "bridge/cli_print.h"
#include "bridge/file.h"
#include "bridge/json_text.h"
#include "bridge/rpc_call.h"

static const struct rpc_param *
find_param(const struct rpc_method *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->params_n; i++) {
		if (strlen(m->params[i].name) == len && strncmp(m->params[i].name, name, len) == 0)
			return &m->params[i];
	}
	return NULL;
}

static json_t *
count_value(const char *text)
{
	json_int_t v = 0;

	if (text[0] == '\0' || strlen(text) > 15 || strspn(text, "0123456789") != strlen(text))
		return NULL;
	for (; *text != '\0'; text++)
		v = v * 10 + (*text - '0');
	return json_integer(v);
}

/* A day or a minute in UTC as seconds since 1970. */
static json_t *
time_value(const char *text)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%SZ", "%Y-%m-%dT%H:%M:%SZ" };

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = { .tm_mday = 1 };
		const char *end = strptime(text, forms[i], &tm);
		int day = tm.tm_mday;

		if (end != NULL && *end == '\0') {
			time_t t = timegm(&tm);

			return t >= 0 && tm.tm_mday == day ? json_integer((json_int_t)t) : NULL;
		}
	}
	return NULL;
}

static json_t *
bool_value(const char *text)
{
	static const char *const yes[] = { "true", "1", "yes" }, *const no[] = { "false", "0", "no" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcmp(text, yes[i]) == 0)
			return json_true();
		if (strcmp(text, no[i]) == 0)
			return json_false();
	}
	return NULL;
}

static json_t *
json_value(const char *text)
{
	char why[JSON_WHY_LEN];
	json_t *j;

	return json_read_strict(&j, why, text, strlen(text)) ? j : NULL;
}

/* NULL when the text cannot be of the kind; *wanted says what can. */
static json_t *
make_value(const char **wanted, const char *name, enum rpc_kind kind, const char *text)
{
	switch (kind) {
	case RPC_COUNT:
		*wanted = cli_names_time(name) ? "a time, such as 2030-12-31 or 2030-12-31T18:00, UTC, or seconds since 1970" : "a whole number";
		return cli_names_time(name) && strchr(text, '-') != NULL ? time_value(text) : count_value(text);
	case RPC_BOOL:
		*wanted = "true or false";
		return bool_value(text);
	case RPC_JSON:
		*wanted = "a JSON object or array";
		return json_value(text);
	case RPC_TEXT:
	case RPC_AMOUNT:
	case RPC_HASH:
	case RPC_TXID:
	case RPC_KEY:
	case RPC_HEX:
	case RPC_ACCOUNT:
		break;
	}
	*wanted = "text in UTF-8";
	return json_string(text);
}

static bool
bad_usage(struct complaint *why, const struct rpc_method *m)
{
	char hint[RPC_USAGE_HINT_LEN];

	why->code = EXIT_USAGE;
	rpc_usage_hint(hint, m);
	complaint_hint(why, "%s", hint);
	return false;
}

static bool
put_text(json_t *params, struct complaint *why, const struct rpc_method *m, const struct rpc_param *p, const char *text)
{
	const char *wanted;
	json_t *value = make_value(&wanted, p->name, p->kind, text);

	if (value == NULL) {
		complain(why, EXIT_USAGE, NULL, "%s must be %s, not '%.80s'", p->name, wanted,
			 (m->needs & RPC_SECRET) ? "what was given" : text);
		return bad_usage(why, m);
	}
	if (json_object_get(params, p->name) != NULL) {
		json_decref(value);
		complain(why, EXIT_USAGE, NULL, "%s is given twice", p->name);
		return bad_usage(why, m);
	}
	json_object_set_new(params, p->name, value);
	return true;
}

#define ARGUMENT_FILE_MAX 4000000

/* The parameter's value in a file: the text itself, or the field of that name, or `transaction`, of a JSON object, such as an answer of
 * --json.
 * Owned by the caller. */
static char *
read_argument(struct complaint *why, const struct rpc_param *p, const char *path)
{
	char *text, *inner, fault[JSON_WHY_LEN];
	const json_t *field;
	json_t *o = NULL;
	size_t len;

	text = file_read(&len, why, path, ARGUMENT_FILE_MAX);
	if (text == NULL)
		return NULL;
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		text[--len] = '\0';
	if (p->kind == RPC_HEX && text[0] == '{' && json_read_strict(&o, fault, text, len)) {
		field = json_object_get(o, p->name);
		if (!json_is_string(field))
			field = json_object_get(o, "transaction");
		inner = mem_strdup(json_is_string(field) ? json_string_value(field) : "");
		free(text);
		text = inner;
	}
	json_decref(o);
	return text;
}

/* Bytes and JSON may stand in a file: name=@FILE. Neither begins with '@' itself. */
static bool
put(json_t *params, struct complaint *why, const struct rpc_method *m, const struct rpc_param *p, const char *given)
{
	bool in_file = given[0] == '@' && (p->kind == RPC_HEX || p->kind == RPC_JSON);
	char *held = in_file ? read_argument(why, p, given + 1) : NULL;
	bool ok = !in_file || held != NULL;

	ok = ok && put_text(params, why, m, p, in_file ? held : given);
	free(held);
	return ok;
}

static const char *
nearest_param(const struct rpc_method *m, const char *typed)
{
	const char *names[64];
	size_t n = 0;

	for (; n < m->params_n && n < ARRAY_LEN(names); n++)
		names[n] = m->params[n].name;
	return nearest_name(typed, names, n);
}

static bool
take_unknown_name(struct complaint *why, const struct rpc_method *m, const char *word, size_t len)
{
	const char *near;
	char typed[64];

	snprintf(typed, sizeof(typed), "%.*s", (int)len, word);
	near = nearest_param(m, typed);
	complain(why, EXIT_USAGE, NULL, "%s has no parameter '%s'%s%s%s", m->name, typed, near ? ", did you mean " : "",
		 near ? near : "", near ? "?" : "");
	return bad_usage(why, m);
}

/* "lable=x" where there is a label: a slip, not a value with '=' in it. */
static bool
is_mistyped_name(const struct rpc_method *m, const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
	char typed[64];

	if (n == 0 || word[n] != '=' || n >= sizeof(typed))
		return false;
	snprintf(typed, sizeof(typed), "%.*s", (int)n, word);
	return nearest_param(m, typed) != NULL;
}

/* One word; *at is the next positional parameter. */
static bool
take_word(json_t *params, size_t *at, struct complaint *why, const struct rpc_method *m, const char *word)
{
	bool dashes = strncmp(word, "--", 2) == 0;
	const char *name = dashes ? word + 2 : word, *equals = strchr(name, '=');
	const struct rpc_param *p = equals != NULL ? find_param(m, name, (size_t)(equals - name)) : NULL;

	if (p != NULL)
		return put(params, why, m, p, equals + 1);
	if (dashes || is_mistyped_name(m, word))
		return take_unknown_name(why, m, name, strcspn(name, "="));
	while (*at < m->params_n && json_object_get(params, m->params[*at].name) != NULL)
		++*at;
	if (*at < m->params_n)
		return put(params, why, m, &m->params[(*at)++], word);
	if (equals != NULL && strspn(word, "abcdefghijklmnopqrstuvwxyz_") == (size_t)(equals - word))
		return take_unknown_name(why, m, word, (size_t)(equals - word));
	complain(why, EXIT_USAGE, NULL, "%s takes no more than %zu parameters", m->name, m->params_n);
	return bad_usage(why, m);
}

bool
cli_args_take(json_t **out, struct complaint *why, const struct rpc_method *m, char *const *words, size_t n)
{
	json_t *params = json_object();
	size_t at = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		ok = take_word(params, &at, why, m, words[i]);
	for (size_t i = 0; ok && i < m->params_n; i++) {
		const struct rpc_param *p = &m->params[i];

		if (p->required && !(m->needs & RPC_SECRET) && json_object_get(params, p->name) == NULL) {
			complain(why, EXIT_USAGE, NULL, "%s is missing: %s", p->name, p->help);
			ok = bad_usage(why, m);
		}
	}
	if (!ok) {
		json_decref(params);
		params = NULL;
	}
	*out = params;
	return ok;
}

const char *
cli_args_missing_secret(const json_t *params, const struct rpc_method *m)
{
	const char *given;

	if (!(m->needs & RPC_SECRET) || m->params_n == 0 || m->params[0].kind != RPC_TEXT)
		return NULL;
	given = json_string_value(json_object_get(params, m->params[0].name));
	return given == NULL || strcmp(given, "-") == 0 ? m->params[0].name : NULL;
}
