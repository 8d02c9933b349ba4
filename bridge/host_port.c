#include "bridge/host_port.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool
parse_port(uint16_t *out, const char *text)
{
	unsigned long v;
	char *end_of;

	if (*text < '0' || *text > '9')
		return false;
	v = strtoul(text, &end_of, 10);
	if (*end_of != '\0' || v > 65535)
		return false;
	*out = (uint16_t)v;
	return true;
}

const char *
host_port_parse(char **host, uint16_t *port, const char *text, uint16_t default_port)
{
	const char *from = text, *colon = strrchr(text, ':'), *close = strchr(text, ']'), *end_of;
	uint16_t found = default_port;

	if (*text == '[') {
		if (close == NULL || (close[1] != '\0' && close[1] != ':'))
			return "the address has no matching ]";
		from = text + 1;
		end_of = close;
		colon = close[1] == ':' ? close + 1 : NULL;
	} else {
		if (colon != NULL && strchr(text, ':') != colon)
			return "an IPv6 address with a port is written [ADDRESS]:PORT";
		end_of = colon != NULL ? colon : text + strlen(text);
	}
	if (end_of == from || end_of - from > 255)
		return "the address has no host, or too long a one";
	if (colon != NULL && !parse_port(&found, colon + 1))
		return "the port is not a number up to 65535";
	*port = found;
	*host = mem_printf("%.*s", (int)(end_of - from), from);
	return NULL;
}
