#ifndef TALLY_BRIDGE_JSON_TEXT_H
#define TALLY_BRIDGE_JSON_TEXT_H
/* JSON from strangers: found in a stream, and read strictly. Valid UTF-8 without zero characters, no key twice in an object,
 * at most JSON_DEPTH_MAX levels, nothing after the value. Pure. */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#define JSON_DEPTH_MAX 32

/* Finds where an object or array ends in a stream of bytes. struct json_scan s = {0} looks for the next one. */
struct json_scan {
	unsigned depth;
	bool in_string;
	bool escaped;
};

enum json_scan_state {
	JSON_SCAN_BLANK,  /* nothing but white space so far */
	JSON_SCAN_INSIDE, /* begun, not ended */
	JSON_SCAN_DONE,   /* *used bytes, to the closing bracket, hold it */
	JSON_SCAN_BAD,    /* no bracket at the start */
	JSON_SCAN_DEEP,   /* more than JSON_DEPTH_MAX levels */
};
MUST_USE enum json_scan_state json_scan_feed(struct json_scan *s, const char *bytes, size_t len, size_t *used);

#define JSON_WHY_LEN 200

/* An object or array that is all of the text. *out is owned by the caller (json_decref); false, with a sentence in why, for
 * anything else. */
MUST_USE bool json_read_strict(json_t **out, char why[JSON_WHY_LEN], const char *text, size_t len);

#endif
