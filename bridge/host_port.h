#ifndef TALLY_BRIDGE_HOST_PORT_H
#define TALLY_BRIDGE_HOST_PORT_H
/* Where to connect to or listen, as a person writes it: HOST, HOST:PORT, [IPV6], [IPV6]:PORT. */
#include <stdint.h>

#include "base/compiler.h"

/* Port 0 is for the caller to judge. *host is owned by the caller, without brackets. NULL, or what is wrong (static); then nothing is set. */
MUST_USE const char *host_port_parse(char **host, uint16_t *port, const char *text, uint16_t default_port);

#endif
