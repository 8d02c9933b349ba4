#ifndef TALLY_BRIDGE_JSON_FORM_H
#define TALLY_BRIDGE_JSON_FORM_H
/* Reading a JSON object whose keys are all known and all needed, as in a genesis file. The first fault sticks; after it every
 * read gives zeros and empty texts. A key that nobody asked for is a fault too. */
#include <jansson.h>

#include "base/amount.h"
#include "bridge/complaint.h"

#define JSON_FORM_KEYS_MAX 80

struct json_form {
	const json_t *object; /* borrowed */
	const char *path;     /* borrowed: "peg.anchor", for messages */
	struct complaint *why;
	bool bad;
	const char *asked[JSON_FORM_KEYS_MAX];
	size_t asked_n;
};

/* value may be anything: if it is no object the form is bad. */
struct json_form json_form_open(const json_t *value, const char *path, struct complaint *why);

MUST_USE bool json_form_has(struct json_form *f, const char *key);
const char *json_form_text(struct json_form *f, const char *key);
uint64_t json_form_count(struct json_form *f, const char *key, uint64_t max);
/* A decimal string. */
struct amount json_form_amount(struct json_form *f, const char *key, unsigned decimals);
/* Exactly n bytes in hex. */
void json_form_hex(struct json_form *f, const char *key, void *out, size_t n);
/* NULL unless it is one with min..max items. */
const json_t *json_form_array(struct json_form *f, const char *key, size_t min, size_t max);
const json_t *json_form_value(struct json_form *f, const char *key);

/* Something about a key is wrong. */
void json_form_fault(struct json_form *f, const char *key, const char *what);

/* Nothing was wrong, and every key was asked for. */
MUST_USE bool json_form_done(struct json_form *f);

#endif
