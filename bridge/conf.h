#ifndef TALLY_BRIDGE_CONF_H
#define TALLY_BRIDGE_CONF_H
/* The text of a configuration file: `key = value` lines, `# comment` lines, `[section]` lines. A value runs to the end of its
 * line, without the blanks around it; there are no quotes, escapes or continued lines. (libinih has no line numbers for its
 * caller, takes an indented key for a continued value, and cuts values at ';'.) Pure: no file is opened here. */
#include <stddef.h>

#include "base/compiler.h"

#define CONF_LINE_MAX 1000

struct conf_item {
	const char *section; /* "" at the top of the file */
	const char *key;
	const char *value;
	unsigned line; /* from 1 */
};

/* NULL to go on, or what is wrong with the item (static). */
typedef const char *conf_fn(void *context, const struct conf_item *item);

/* Call each item in order. NULL, or what is wrong in line *line (static, or what `each` said). `section` is the one in force
 * at the start. */
MUST_USE const char *conf_parse(unsigned *line, const char *section, const char *text, size_t len, conf_fn *each, void *context);

#endif
