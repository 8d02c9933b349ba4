#ifndef TALLY_BRIDGE_SANDBOX_H
#define TALLY_BRIDGE_SANDBOX_H
/* What the signer gives up before it reads its first request: new files, sockets, programs, and being looked into. */
#include <stdbool.h>

#include "base/compiler.h"

/* Keep the process's memory out of core dumps and debuggers. NULL, or what failed (static). */
MUST_USE const char *sandbox_no_dump(void);

/* Allow only what a server on open descriptors needs (read, write, poll, accept, fsync, memory without code, time, randomness); all else
 * fails with EPERM. NULL, or what failed (static). */
MUST_USE const char *sandbox_enter(void);

/* False in a build with sanitizers, whose runtime needs more than that: sandbox_enter() does nothing then, and --version says so. */
MUST_USE bool sandbox_available(void);

#endif
