#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static NORETURN void
mem_out(void)
{
	fputs("out of memory\n", stderr);
	exit(7); /* "internal" among the exit codes */
}

void *
mem_new(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (p == NULL)
		mem_out();
	return p;
}

void *
mem_resize(void *old, size_t n, size_t size)
{
	void *p;

	if (size != 0 && n > SIZE_MAX / size)
		mem_out();
	p = realloc(old, n > 0 && size > 0 ? n * size : 1);
	if (p == NULL)
		mem_out();
	return p;
}

void *
mem_dup(const void *bytes, size_t len)
{
	void *p = mem_new(len, 1);

	if (len != 0)
		memcpy(p, bytes, len);
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s) + 1);
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_out();
	return s;
}

void
mem_wipe(void *secret, size_t len)
{
	if (len != 0)
		explicit_bzero(secret, len);
}

bool
mem_equal_secret(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff = (uint8_t)(diff | (x[i] ^ y[i]));
	return diff == 0;
}
