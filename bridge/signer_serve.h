#ifndef TALLY_BRIDGE_SIGNER_SERVE_H
#define TALLY_BRIDGE_SIGNER_SERVE_H
/* The signer's only door: a Unix socket, mode 0600, open to its own user alone. */
#include <signal.h>

#include "bridge/signer.h"

/* Make the socket (an old one nobody answers on is replaced); returns the descriptor, or -1 with *why (static) set. */
MUST_USE int signer_listen(const char *path, const char **why);

/* Answer requests on a listening descriptor until *stop becomes true (set by a signal). NULL, or why it had to end (static). Every frame is
 * bounded by SIGNER_FRAME_MAX; at most four connections at a time. */
MUST_USE const char *signer_serve(struct signer *s, int listener, const volatile sig_atomic_t *stop);

#endif
