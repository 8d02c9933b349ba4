#ifndef TALLY_WEB_ASSETS_H
#define TALLY_WEB_ASSETS_H
/* The page's files, compiled in by tools/embed-assets. */
#include <stddef.h>
#include <stdint.h>

struct web_asset {
	const char *path; /* "/" for index.html */
	const char *type; /* Content-Type */
	const uint8_t *bytes;
	size_t len;
};

extern const struct web_asset web_assets[];
extern const size_t web_assets_n;

#endif
