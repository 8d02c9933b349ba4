#ifndef TALLY_BRIDGE_SIGNER_SEAT_H
#define TALLY_BRIDGE_SIGNER_SEAT_H
/* A way to one signer: a socket that is connected again whenever it breaks, or a signer inside this process. One question at
 * a time. */
#include <event2/event.h>

#include "bridge/complaint.h"
#include "bridge/signer.h"

struct seat;

/* The answer's body, borrowed; NULL: the connection is gone, and with it the question. */
typedef void seat_answer_fn(void *context, const void *answer, size_t len);

struct seat *seat_new_socket(struct event_base *base, const char *path);

/* One for each signer*.json in a folder (empty passphrase; logs beside them), appended to seats. */
MUST_USE bool seat_new_builtin(struct seat **seats, size_t *n, size_t max, struct complaint *why, const char *folder,
			       const struct peg_params *p, const struct federation *f, const struct hash256 *genesis_id);
void seat_free(struct seat *s);

void seat_listen(struct seat *s, seat_answer_fn *answer, void *context);
/* Ask; false when there is no connection now. The answer may come before this returns. */
MUST_USE bool seat_ask(struct seat *s, const void *request, size_t len);
const char *seat_where(const struct seat *s);

#endif
