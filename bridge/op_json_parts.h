#ifndef TALLY_BRIDGE_OP_JSON_PARTS_H
#define TALLY_BRIDGE_OP_JSON_PARTS_H
/* Forms of operations: for each, its fields in the order of their bytes (doc/formats.md). Both ways between payload and JSON come
 * from the form: what op_json() shows, op_from_json() takes. An area has its forms in bridge/op_json_AREA.c and a line in
 * op_json.c's list; a unit test finds operations without a form. */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "bridge/op_json.h"
#include "token/ops.h"

enum op_field_kind {
	FIELD_U8,      /* a number */
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,     /* a number; above 2^53 - 1 a string of digits */
	FIELD_TIME,    /* i64, seconds since 1970: a number */
	FIELD_UNITS,   /* amount in base units: a string of digits. One called "units" may be given as "amount", in whole units of the
			* asset named before it (of coin when none is) */
	FIELD_ASSET,   /* 32 bytes: hex; tickers and "coin" are taken too */
	FIELD_ACCOUNT, /* address; the wallet's labels are taken too */
	FIELD_HASH,    /* 32 bytes, hex in byte order */
	FIELD_TXID,    /* 32 bytes, hex byte-reversed */
	FIELD_BYTES,   /* `max` bytes, hex */
	FIELD_TEXT,    /* varbytes of UTF-8 */
	FIELD_BLOB,    /* varbytes, hex */
	FIELD_NAMES,   /* a u8 that counts `names`: the name, or the number where there is none */
	FIELD_BITS,    /* `width` bytes, bit i for names[i]: a list of names */
	FIELD_GROUP,   /* `items`: an object */
	FIELD_OPTION,  /* a u8, 0 or 1, then `items`: nothing, or an object */
	FIELD_LIST,    /* compact count, then so often `items`: objects, or plain values when the only item has no name */
	FIELD_CUSTOM,  /* by the functions show and take */
};

/* Where shown fields go. */
struct op_fields {
	json_t *o;
	const char *hrp;
};

/* Where fields come from. */
struct op_making {
	const struct op_names *names;
	unsigned decimals; /* of the asset that was named last */
	char *why;         /* OP_JSON_WHY_LEN: what is wrong, for a person */
};

struct op_field {
	const char *name;
	enum op_field_kind kind;
	bool optional;            /* zero, or nothing: not shown, and may be left out */
	uint8_t width;            /* FIELD_BITS */
	size_t min, max;          /* TEXT, BLOB: bytes; LIST: items; BYTES: max */
	const char *const *names; /* NAMES, BITS */
	size_t names_n;
	const struct op_field *items; /* GROUP, OPTION, LIST */
	size_t items_n;
	/* CUSTOM. show may leave the reader bad. value is NULL when the field isn't given; false: op_fault() has told why. */
	void (*show)(struct op_fields *f, const struct op_field *field, struct rd *r);
	bool (*take)(struct wr *w, struct op_making *m, const struct op_field *field, const json_t *value);
};
/* FIELD("units", FIELD_UNITS), FIELD("memo", FIELD_BLOB, .optional = true, .max = 64)… */
#define FIELD(label, ...) { .name = (label), .kind = __VA_ARGS__ }
#define FIELD_NAMED(list) .names = (list), .names_n = ARRAY_LEN(list)
#define FIELD_OF(list) .items = (list), .items_n = ARRAY_LEN(list)

struct op_form {
	uint16_t number;
	const struct op_field *fields;
	size_t fields_n;
	/* NULL, or what is wrong with a payload beyond the form of its fields, for a person (static). May be NULL itself. */
	const char *(*fault)(const void *payload, size_t len);
};
#define OP_FORM(number, fields) { (number), (fields), ARRAY_LEN(fields), NULL }
#define OP_FORM_CHECKED(number, fields, fault) { (number), (fields), ARRAY_LEN(fields), (fault) }
#define OP_FORMS_END { 0, NULL, 0, NULL }

extern const struct op_form op_asset_forms[];
extern const struct op_form op_dao_forms[];
extern const struct op_form op_peg_forms[];
extern const struct op_form op_sale_forms[];
extern const struct op_form op_swap_forms[];
extern const struct op_form op_validators_forms[];

/* Fields at the reader into f->o. False when the bytes are not of this form; something may have been put by then. */
MUST_USE bool op_fields_show(struct op_fields *f, const struct op_field *fields, size_t n, struct rd *r);

/* The object's fields to w. False: m->why says what is wrong. `also` (may be NULL): keys that may stand there besides, after the last a
 * NULL. */
MUST_USE bool op_fields_take(struct wr *w, struct op_making *m, const struct op_field *fields, size_t n, const json_t *o,
			     const char *const *also);

/* For custom fields. */
bool op_fault(struct op_making *m, const char *fmt, ...) PRINTF_LIKE(2, 3); /* false */
/* What JSON can say and give back: UTF-8 without zero characters. */
MUST_USE bool text_is_plain(const char *p, size_t len);
void put_account(struct op_fields *f, const char *key, const struct account *a);
void put_asset(struct op_fields *f, const char *key, const struct asset_id *a);
void put_units(struct op_fields *f, const char *key, struct amount a);
void put_number(struct op_fields *f, const char *key, uint64_t n);
void put_text(struct op_fields *f, const char *key, const struct op_text *t);
void put_hash(struct op_fields *f, const char *key, const struct hash256 *h);
void put_hex(struct op_fields *f, const char *key, const void *bytes, size_t len);
MUST_USE bool take_account(struct account *out, struct op_making *m, const char *key, const json_t *value);
MUST_USE bool take_asset(struct asset_id *out, struct op_making *m, const char *key, const json_t *value);

#endif
