/* The text of a configuration file: taken, or refused with a sentence. */
#include <assert.h>
#include <string.h>

#include "bridge/conf.h"
#include "bridge/options.h"
#include "tests/fuzz/fuzz.h"

static const char *
each(void *context, const struct conf_item *item)
{
	unsigned *last = context;

	assert(item->line > *last); /* an item a line, in order */
	*last = item->line;
	assert(item->key[0] != '\0' && strchr(item->key, '=') == NULL && strchr(item->value, '\n') == NULL);
	assert(strlen(item->key) + strlen(item->value) < CONF_LINE_MAX);
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size > 0 ? (const char *)data : "";
	struct complaint why = { 0 };
	unsigned line, last = 0;
	const char *fault = conf_parse(&line, "", text, size, each, &last);
	bool taken = options_take_text(&why, text, size);

	assert(taken || why.why[0] != '\0');
	assert(!taken || fault == NULL);
	return 0;
}
