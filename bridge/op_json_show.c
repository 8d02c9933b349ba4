#include "bridge/op_json_parts.h"

#include <string.h>

#include "bridge/rpc.h"

#define EXACT_MAX ((uint64_t)9007199254740991) /* 2^53 - 1: what every JSON reader keeps exact */

static json_t *
account_json(const struct account *a, const char *hrp)
{
	char text[ACCOUNT_TEXT_LEN];

	account_to_text(text, a, hrp);
	return json_string(text);
}

static json_t *
number_json(uint64_t n)
{
	return n <= EXACT_MAX ? json_integer((json_int_t)n) : json_sprintf("%llu", (unsigned long long)n);
}

static json_t *
units_json(struct amount a)
{
	return json_sprintf("%llu", (unsigned long long)amount_units(a));
}

static json_t *
text_json(const struct op_text *t)
{
	json_t *text = json_stringn(t->p, t->len);

	return text != NULL ? text : json_hex(t->p, t->len);
}

void
put_account(struct op_fields *f, const char *key, const struct account *a)
{
	json_object_set_new(f->o, key, account_json(a, f->hrp));
}

void
put_asset(struct op_fields *f, const char *key, const struct asset_id *a)
{
	json_object_set_new(f->o, key, json_hash(&a->id));
}

void
put_units(struct op_fields *f, const char *key, struct amount a)
{
	json_object_set_new(f->o, key, units_json(a));
}

void
put_number(struct op_fields *f, const char *key, uint64_t n)
{
	json_object_set_new(f->o, key, number_json(n));
}

void
put_text(struct op_fields *f, const char *key, const struct op_text *t)
{
	json_object_set_new(f->o, key, text_json(t));
}

void
put_hash(struct op_fields *f, const char *key, const struct hash256 *h)
{
	json_object_set_new(f->o, key, json_hash(h));
}

void
put_hex(struct op_fields *f, const char *key, const void *bytes, size_t len)
{
	json_object_set_new(f->o, key, json_hex(bytes, len));
}

/* One value; each of these takes its bytes and gives JSON of any kind when they are bad: the reader tells. */

static json_t *
show_names(const struct op_field *field, struct rd *r)
{
	uint8_t n = rd_u8(r);

	return n < field->names_n && field->names[n] != NULL ? json_string(field->names[n]) : json_integer(n);
}

static json_t *
show_bits(const struct op_field *field, struct rd *r)
{
	uint64_t bits = field->width == 1 ? rd_u8(r) : field->width == 2 ? rd_u16(r) : rd_u32(r);
	json_t *list = json_array();

	if (field->names_n < 64 && bits >> field->names_n != 0) {
		json_decref(list);
		return number_json(bits);
	}
	for (size_t i = 0; i < field->names_n; i++) {
		if (bits >> i & 1)
			json_array_append_new(list, json_string(field->names[i]));
	}
	return list;
}

static json_t *
show_group(const struct op_field *field, struct rd *r, const char *hrp)
{
	struct op_fields inner = { json_object(), hrp };

	if (!op_fields_show(&inner, field->items, field->items_n, r))
		rd_fail(r);
	return inner.o;
}

static json_t *
show_option(const struct op_field *field, struct rd *r, const char *hrp)
{
	uint8_t has = rd_u8(r);

	if (has > 1)
		rd_fail(r);
	return has == 1 ? show_group(field, r, hrp) : json_null();
}

static json_t *show_value(const struct op_field *field, struct rd *r, const char *hrp);

static json_t *
show_list(const struct op_field *field, struct rd *r, const char *hrp)
{
	size_t n = rd_count(r, 1);
	json_t *list = json_array();

	if (n < field->min || n > field->max)
		rd_fail(r);
	for (size_t i = 0; i < n && rd_ok(r); i++) {
		bool plain = field->items_n == 1 && field->items->name == NULL;

		json_array_append_new(list, plain ? show_value(field->items, r, hrp) : show_group(field, r, hrp));
	}
	return list;
}

bool
text_is_plain(const char *p, size_t len)
{
	json_t *text = memchr(p, 0, len) == NULL ? json_stringn(p, len) : NULL;

	json_decref(text);
	return text != NULL;
}

static json_t *
show_varbytes(const struct op_field *field, struct rd *r)
{
	size_t len;
	const uint8_t *p = rd_varbytes(r, &len, field->max);

	if (!rd_ok(r) || len < field->min) {
		rd_fail(r);
		return json_null();
	}
	if (field->kind == FIELD_BLOB)
		return json_hex(p, len);
	if (!text_is_plain((const char *)p, len))
		rd_fail(r);
	return rd_ok(r) ? json_stringn((const char *)p, len) : json_null();
}

static json_t *
show_bytes(const struct op_field *field, struct rd *r)
{
	const uint8_t *p = rd_take(r, field->max);

	return p != NULL ? json_hex(p, field->max) : json_null();
}

static json_t *
show_account(struct rd *r, const char *hrp)
{
	struct account a;

	rd_account(r, &a);
	return account_json(&a, hrp);
}

static json_t *
show_hash(const struct op_field *field, struct rd *r)
{
	struct hash256 h;

	rd_hash256(r, &h);
	return field->kind == FIELD_TXID ? json_display_hash(&h) : json_hash(&h);
}

static json_t *
show_value(const struct op_field *field, struct rd *r, const char *hrp)
{
	switch (field->kind) {
	case FIELD_U8:
		return number_json(rd_u8(r));
	case FIELD_U16:
		return number_json(rd_u16(r));
	case FIELD_U32:
		return number_json(rd_u32(r));
	case FIELD_U64:
		return number_json(rd_u64(r));
	case FIELD_TIME:
		return json_integer(rd_i64(r));
	case FIELD_UNITS:
		return units_json(rd_amount(r));
	case FIELD_ASSET:
	case FIELD_HASH:
	case FIELD_TXID:
		return show_hash(field, r);
	case FIELD_ACCOUNT:
		return show_account(r, hrp);
	case FIELD_BYTES:
		return show_bytes(field, r);
	case FIELD_TEXT:
	case FIELD_BLOB:
		return show_varbytes(field, r);
	case FIELD_NAMES:
		return show_names(field, r);
	case FIELD_BITS:
		return show_bits(field, r);
	case FIELD_GROUP:
		return show_group(field, r, hrp);
	case FIELD_OPTION:
		return show_option(field, r, hrp);
	case FIELD_LIST:
		return show_list(field, r, hrp);
	case FIELD_CUSTOM:
		break;
	}
	return json_null();
}

/* Zero or nothing: what an optional field says by its absence. */
static bool
is_blank(const json_t *v)
{
	const char *s = json_string_value(v);

	if (json_is_array(v))
		return json_array_size(v) == 0;
	if (json_is_integer(v))
		return json_integer_value(v) == 0;
	return json_is_null(v) || (s != NULL && (s[0] == '\0' || (s[0] == '0' && s[1] == '\0')));
}

bool
op_fields_show(struct op_fields *f, const struct op_field *fields, size_t n, struct rd *r)
{
	for (size_t i = 0; i < n && rd_ok(r); i++) {
		json_t *v;

		if (fields[i].kind == FIELD_CUSTOM) {
			fields[i].show(f, &fields[i], r);
			continue;
		}
		v = show_value(&fields[i], r, f->hrp);
		if ((fields[i].optional || fields[i].kind == FIELD_OPTION) && is_blank(v))
			json_decref(v);
		else
			json_object_set_new(f->o, fields[i].name, v);
	}
	return rd_ok(r);
}
