#include "bridge/op_json_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "bridge/complaint.h"
#include "bridge/modules.h"
#include "bridge/rpc.h"
#include "token/transaction.h"

bool
op_fault(struct op_making *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->why, OP_JSON_WHY_LEN, fmt, args);
	va_end(args);
	return false;
}

static bool
must_be(struct op_making *m, const char *key, const char *what)
{
	return op_fault(m, "%s must be %s", key != NULL ? key : "an entry of a list", what);
}

/* A number as JSON has it, or in a string of digits. */
static bool
read_number(uint64_t *out, const json_t *value)
{
	const char *s = json_string_value(value);
	struct amount a;

	if (json_is_integer(value)) {
		*out = (uint64_t)json_integer_value(value);
		return json_integer_value(value) >= 0;
	}
	if (s == NULL || s[0] == '\0' || strlen(s) > 20 || strspn(s, "0123456789") != strlen(s))
		return false;
	if (amount_parse(&a, s, 0) == NULL) {
		*out = amount_units(a);
		return true;
	}
	*out = strtoull(s, NULL, 10); /* 2^63 and more: only what comes out as it went in */
	return *out > INT64_MAX && (strlen(s) < 20 || strcmp(s, "18446744073709551615") <= 0);
}

static bool
take_number(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	static const char *const ranges[] = { "a whole number up to 255", "a whole number up to 65535", "a whole number up to 4294967295",
					      "a whole number" };
	size_t log = (size_t)(field->kind - FIELD_U8), width = (size_t)1 << log;
	uint64_t n;

	if (!read_number(&n, value) || (width < 8 && n >> (8 * width) != 0))
		return must_be(m, field->name, ranges[log]);
	for (size_t i = 0; i < width; i++)
		wr_u8(w, (uint8_t)(n >> (8 * i)));
	return true;
}

static bool
take_time(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	if (!json_is_integer(value))
		return must_be(m, field->name, "a time in seconds since 1970");
	wr_i64(w, json_integer_value(value));
	return true;
}

static bool
take_units(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	struct amount a;
	uint64_t n;

	if (!read_number(&n, value) || !amount_from_units(&a, n))
		return must_be(m, field->name, "a whole number of base units below 2^63, such as \"150\"");
	wr_amount(w, a);
	return true;
}

/* "amount" in place of "units". */
static bool
take_whole_units(struct wr *w, struct op_making *m, const json_t *value)
{
	const char *s = json_string_value(value), *fault;
	struct amount a;

	fault = s != NULL ? amount_parse(&a, s, m->decimals) : "it must be a decimal number in a string, such as \"0.5\"";
	if (fault != NULL)
		return op_fault(m, "amount: %s", fault);
	wr_amount(w, a);
	return true;
}

bool
take_asset(struct asset_id *out, struct op_making *m, const char *key, const json_t *value)
{
	const char *s = json_string_value(value);

	if (s == NULL)
		return must_be(m, key, "an asset: its id in hex, its ticker, or coin");
	if (m->names->asset != NULL) {
		if (m->names->asset(out, &m->decimals, m->names->ctx, s))
			return true;
		if (strlen(s) != 64) /* an id that is unknown today may be known when the transaction comes */
			return op_fault(m, "%s: there is no asset '%.40s', or there are several of this ticker", key, s);
	} else if (strcasecmp(s, "coin") == 0) {
		*out = ASSET_COIN;
		m->decimals = AMOUNT_DECIMALS_MAX;
		return true;
	}
	m->decimals = 0;
	return hash256_from_hex(&out->id, s) || must_be(m, key, "an asset: its id in hex, its ticker, or coin");
}

bool
take_account(struct account *out, struct op_making *m, const char *key, const json_t *value)
{
	const char *s = json_string_value(value), *fault;

	if (s == NULL)
		return must_be(m, key, "an account: an address, or a label of the wallet");
	if (m->names->account != NULL && m->names->account(out, m->names->ctx, s))
		return true;
	if (strncmp(s, "tly", 3) != 0)
		return op_fault(m, "%s '%.60s': no account of the wallet has this label", key, s);
	fault = account_from_text(out, m->names->hrp, s);
	return fault == NULL || op_fault(m, "%s '%.80s': %s", key, s, fault);
}

static bool
take_hash(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	const char *s = json_string_value(value);
	struct hash256 h;

	if (s == NULL || !(field->kind == FIELD_TXID ? hash256_from_display(&h, s) : hash256_from_hex(&h, s)))
		return must_be(m, field->name, "64 hex digits");
	wr_hash256(w, &h);
	return true;
}

static bool
take_hex(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	const char *s = json_string_value(value);
	bool fixed = field->kind == FIELD_BYTES;
	size_t len = 0;
	uint8_t *bytes = s != NULL ? hex_decode_new(&len, s, field->max) : NULL;

	if (bytes == NULL || (fixed ? len != field->max : len < field->min)) {
		free(bytes);
		return op_fault(m, fixed ? "%s must be hex of %zu bytes" : "%s must be hex of at most %zu bytes",
				field->name != NULL ? field->name : "an entry of a list", field->max);
	}
	if (!fixed)
		wr_compactsize(w, len);
	wr_bytes(w, bytes, len);
	free(bytes);
	return true;
}

static bool
take_text(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	size_t len = json_string_length(value);

	if (!json_is_string(value) || len < field->min || len > field->max)
		return op_fault(m, "%s must be a text of %zu to %zu bytes", field->name, field->min, field->max);
	wr_varbytes(w, json_string_value(value), len);
	return true;
}

static bool
find_name(size_t *out, const struct op_field *field, const json_t *value)
{
	const char *s = json_string_value(value);

	for (size_t i = 0; s != NULL && i < field->names_n; i++) {
		if (field->names[i] != NULL && strcmp(field->names[i], s) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
no_such_name(struct op_making *m, const struct op_field *field)
{
	size_t at = (size_t)snprintf(m->why, OP_JSON_WHY_LEN, "%s must be", field->name);

	for (size_t i = 0; i < field->names_n && at < OP_JSON_WHY_LEN; i++) {
		if (field->names[i] != NULL)
			at += (size_t)snprintf(m->why + at, OP_JSON_WHY_LEN - at, " %s", field->names[i]);
	}
	return false;
}

static bool
take_names(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	size_t i = 0;
	uint64_t n;

	if (json_is_integer(value) && read_number(&n, value) && n <= UINT8_MAX)
		i = (size_t)n;
	else if (!find_name(&i, field, value))
		return no_such_name(m, field);
	wr_u8(w, (uint8_t)i);
	return true;
}

static bool
take_bits(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	uint64_t bits = 0;
	size_t i, bit;
	json_t *item;

	if (json_is_integer(value) && (!read_number(&bits, value) || bits >> (8 * field->width) != 0))
		return must_be(m, field->name, "a list of names");
	if (!json_is_integer(value) && !json_is_array(value))
		return must_be(m, field->name, "a list of names");
	json_array_foreach(value, i, item) {
		if (!find_name(&bit, field, item))
			return no_such_name(m, field);
		bits |= (uint64_t)1 << bit;
	}
	for (i = 0; i < field->width; i++)
		wr_u8(w, (uint8_t)(bits >> (8 * i)));
	return true;
}

static bool
take_group(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	if (!json_is_object(value))
		return must_be(m, field->name, "an object");
	return op_fields_take(w, m, field->items, field->items_n, value, NULL);
}

static bool take_value(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value);

static bool
take_list(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	bool plain = field->items_n == 1 && field->items->name == NULL;
	size_t n = json_array_size(value), i;
	json_t *item;

	if (!json_is_array(value) || n < field->min || n > field->max)
		return op_fault(m, "%s must be a list of %zu to %zu entries", field->name, field->min, field->max);
	wr_compactsize(w, n);
	json_array_foreach(value, i, item) {
		if (!(plain ? take_value(w, m, field->items, item) : take_group(w, m, field, item)))
			return false;
	}
	return true;
}

static bool
take_value(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value)
{
	struct asset_id asset;
	struct account account;

	switch (field->kind) {
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_U64:
		return take_number(w, m, field, value);
	case FIELD_TIME:
		return take_time(w, m, field, value);
	case FIELD_UNITS:
		return take_units(w, m, field, value);
	case FIELD_ASSET:
		if (!take_asset(&asset, m, field->name, value))
			return false;
		wr_asset_id(w, &asset);
		return true;
	case FIELD_ACCOUNT:
		if (!take_account(&account, m, field->name, value))
			return false;
		wr_account(w, &account);
		return true;
	case FIELD_HASH:
	case FIELD_TXID:
		return take_hash(w, m, field, value);
	case FIELD_BYTES:
	case FIELD_BLOB:
		return take_hex(w, m, field, value);
	case FIELD_TEXT:
		return take_text(w, m, field, value);
	case FIELD_NAMES:
		return take_names(w, m, field, value);
	case FIELD_BITS:
		return take_bits(w, m, field, value);
	case FIELD_GROUP:
		return take_group(w, m, field, value);
	case FIELD_OPTION:
		wr_u8(w, 1);
		return take_group(w, m, field, value);
	case FIELD_LIST:
		return take_list(w, m, field, value);
	case FIELD_CUSTOM:
		break;
	}
	return false;
}

/* What an optional field's absence says, in bytes. */
static bool
take_nothing(struct wr *w, struct op_making *m, const struct op_field *field)
{
	static const uint8_t zeros[32] = { 0 };

	switch (field->kind) {
	case FIELD_U8:
	case FIELD_NAMES:
	case FIELD_OPTION:
	case FIELD_LIST:
	case FIELD_TEXT:
	case FIELD_BLOB:
		wr_u8(w, 0);
		return true;
	case FIELD_U16:
		wr_u16(w, 0);
		return true;
	case FIELD_U32:
		wr_u32(w, 0);
		return true;
	case FIELD_U64:
	case FIELD_TIME:
	case FIELD_UNITS:
		wr_u64(w, 0);
		return true;
	case FIELD_BITS:
		wr_bytes(w, zeros, field->width);
		return true;
	case FIELD_ASSET:
	case FIELD_HASH:
	case FIELD_TXID:
		wr_bytes(w, zeros, 32);
		return true;
	case FIELD_ACCOUNT:
	case FIELD_BYTES:
	case FIELD_GROUP:
	case FIELD_CUSTOM:
		break;
	}
	return op_fault(m, "%s is missing", field->name);
}

#define KEYS_MAX 60

/* Every key is a field's: money goes astray through a mistyped one. */
static bool
keys_are_known(struct op_making *m, const struct op_field *fields, size_t n, const json_t *o, const char *const *also)
{
	const char *known[KEYS_MAX], *key, *near;
	size_t known_n = 0;
	json_t *value;

	for (size_t i = 0; i < n && known_n < KEYS_MAX - 1; i++) {
		known[known_n++] = fields[i].name;
		if (fields[i].kind == FIELD_UNITS && strcmp(fields[i].name, "units") == 0)
			known[known_n++] = "amount";
	}
	for (; also != NULL && *also != NULL && known_n < KEYS_MAX; also++)
		known[known_n++] = *also;
	json_object_foreach((json_t *)o, key, value) {
		bool found = false;

		for (size_t i = 0; i < known_n && !found; i++)
			found = strcmp(known[i], key) == 0;
		if (found)
			continue;
		near = nearest_name(key, known, known_n);
		return op_fault(m, "there is no field '%.40s'%s%s%s", key, near != NULL ? ", did you mean " : "", near != NULL ? near : "",
				near != NULL ? "?" : "");
	}
	return true;
}

static bool
take_field(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *o)
{
	const json_t *value = json_object_get(o, field->name), *whole = NULL;

	if (field->kind == FIELD_UNITS && strcmp(field->name, "units") == 0)
		whole = json_object_get(o, "amount");
	if (whole != NULL)
		return value == NULL ? take_whole_units(w, m, whole) : op_fault(m, "give units or amount, not both");
	if (field->kind == FIELD_CUSTOM)
		return field->take(w, m, field, value);
	if (value != NULL && !json_is_null(value))
		return take_value(w, m, field, value);
	if (field->optional || field->kind == FIELD_OPTION)
		return take_nothing(w, m, field);
	return op_fault(m, "%s is missing", field->name);
}

bool
op_fields_take(struct wr *w, struct op_making *m, const struct op_field *fields, size_t n, const json_t *o, const char *const *also)
{
	if (!keys_are_known(m, fields, n, o, also))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!take_field(w, m, &fields[i], o))
			return false;
	}
	return true;
}
