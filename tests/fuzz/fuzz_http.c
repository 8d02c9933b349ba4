/* Heads of HTTP requests: what is accepted has no second reading. */
#include <assert.h>
#include <string.h>

#include "bridge/http.h"
#include "tests/fuzz/fuzz.h"

static void
check_head(const struct http_head *h, const char *text, size_t used)
{
	size_t lines = 0;

	assert(used >= 4 && memcmp(text + used - 4, "\r\n\r\n", 4) == 0);
	assert(h->path[0] == '/' && strchr(h->path, ' ') == NULL && strchr(h->path, '?') == NULL);
	assert(strlen(text) >= used); /* no zero byte in it */
	for (size_t i = 0; i < used; i++) {
		if (text[i] == '\n' || text[i] == '\r') {
			assert(text[i] == '\r' ? text[i + 1] == '\n' : text[i - 1] == '\r');
			lines += text[i] == '\n';
		}
	}
	assert(lines >= 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2 * HTTP_HEAD_MAX], name[HTTP_FIELD_MAX];
	struct http_head h, again;
	size_t used = 0, less;
	enum http_verdict v;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	v = http_head_read(&h, &used, text, size);
	if (v == HTTP_OK) {
		check_head(&h, text, used);
		assert(http_head_read(&again, &less, text, used - 1) == HTTP_MORE);
		assert(http_head_read(&again, &less, text, used) == HTTP_OK && less == used);
		if (http_host_name(name, h.host))
			assert(name[0] != '\0');
	}
	assert(http_status_text((int)v)[0] != '\0');
	return 0;
}
