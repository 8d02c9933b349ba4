#include "tests/mainchain/args.h"

#include <stdlib.h>

#include "base/mem.h"

#define COIN_DECIMALS 8

void
args_fail(struct args *a, const char *why, const char *about)
{
	if (a->error == NULL)
		a->error = mem_printf("%s: %s", about, why);
}

bool
args_ok(const struct args *a)
{
	return a->error == NULL;
}

bool
args_has(const struct args *a, const char *key)
{
	return json_object_get(a->params, key) != NULL;
}

int64_t
args_int(struct args *a, const char *key, int64_t least, int64_t most, int64_t otherwise)
{
	const json_t *v = json_object_get(a->params, key);

	if (v == NULL)
		return otherwise;
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most) {
		args_fail(a, "not a whole number in range", key);
		return otherwise;
	}
	return json_integer_value(v);
}

bool
args_bool(struct args *a, const char *key, bool otherwise)
{
	const json_t *v = json_object_get(a->params, key);

	if (v == NULL)
		return otherwise;
	if (!json_is_boolean(v))
		args_fail(a, "neither true nor false", key);
	return json_is_true(v);
}

const char *
args_text(struct args *a, const char *key, bool needed)
{
	const json_t *v = json_object_get(a->params, key);

	if (json_is_string(v))
		return json_string_value(v);
	if (v != NULL || needed)
		args_fail(a, v ? "not a string" : "missing", key);
	return NULL;
}

struct hash256
args_hash(struct args *a, const char *key)
{
	const char *text = args_text(a, key, true);
	struct hash256 out = { { 0 } };

	if (text != NULL && !hash256_from_display(&out, text))
		args_fail(a, "not 64 hex digits", key);
	return out;
}

struct hash256 *
args_hashes(struct args *a, const char *key, size_t *n)
{
	json_t *list = json_object_get(a->params, key);
	struct hash256 *out;

	*n = 0;
	if (list == NULL)
		return NULL;
	if (!json_is_array(list))
		args_fail(a, "not a list", key);
	out = mem_new(json_array_size(list), sizeof(*out));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || !hash256_from_display(&out[(*n)++], text))
			args_fail(a, "an item is not 64 hex digits", key);
	}
	return out;
}

uint8_t *
args_bytes(struct args *a, const char *key, size_t *len, size_t max)
{
	const char *text = args_text(a, key, true);
	uint8_t *out = text ? hex_decode_new(len, text, max) : NULL;

	if (out == NULL) {
		args_fail(a, "not hex, or too long", key);
		*len = 0;
	}
	return out;
}

size_t
args_script(struct args *a, const char *key, uint8_t script[ADDRESS_SCRIPT_MAX])
{
	const char *text = args_text(a, key, true);
	enum address_verdict v;
	size_t len = 0;

	if (text != NULL && (v = address_decode(script, &len, a->chain, text)) != ADDRESS_OK) {
		args_fail(a, address_verdict_text(v), key);
		return 0;
	}
	return len;
}

uint64_t
args_coins(struct args *a, const char *key)
{
	const char *text = args_text(a, key, true), *why;
	struct amount out = AMOUNT_ZERO;

	if (text != NULL && (why = amount_parse(&out, text, COIN_DECIMALS)) != NULL)
		args_fail(a, why, key);
	return amount_units(out);
}

json_t *
json_hash(const struct hash256 *h)
{
	char text[HASH256_HEX_LEN];

	hash256_to_display(text, h);
	return json_string(text);
}

json_t *
json_coins(uint64_t satoshi)
{
	char text[AMOUNT_TEXT_LEN];
	struct amount a;

	if (!amount_from_units(&a, satoshi))
		abort();
	amount_format(text, a, COIN_DECIMALS);
	return json_string(text);
}

json_t *
json_bytes(const void *bytes, size_t len)
{
	char *text = mem_new(2 * len + 1, 1);
	json_t *out;

	hex_encode(text, bytes, len);
	out = json_string(text);
	free(text);
	return out;
}
