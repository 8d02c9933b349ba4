#include "tests/unit/vectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

static FILE *
open_file(const char *name)
{
	const char *folder = getenv("TALLY_VECTORS"), *source = getenv("srcdir");
	char *path = folder != NULL ? mem_printf("%s/%s", folder, name)
				    : mem_printf("%s/../shared/vectors/%s", source != NULL ? source : ".", name);
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		printf("absent, not tested: %s\n", path);
	free(path);
	return f;
}

uint8_t *
vectors_read(size_t *len, const char *name)
{
	FILE *f = open_file(name);
	uint8_t *bytes = NULL;
	size_t n = 0, cap = 0, got;

	if (f == NULL)
		return NULL;
	do {
		cap += 1 << 20;
		bytes = mem_resize(bytes, cap + 1, 1);
		got = fread(bytes + n, 1, cap - n, f);
		n += got;
	} while (n == cap);
	fclose(f);
	bytes[n] = 0;
	*len = n;
	return bytes;
}
