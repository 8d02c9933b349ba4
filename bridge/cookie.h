#ifndef TALLY_BRIDGE_COOKIE_H
#define TALLY_BRIDGE_COOKIE_H
/* The secret by which a program of the same user may use the HTTP port: a file of "__cookie__:" and 64 hex digits, 0600, new
 * at each start. */
#include "bridge/complaint.h"

#define COOKIE_HEX_LEN 64

struct cookie {
	char path[300];
	char secret[COOKIE_HEX_LEN + 1];
};

/* Make a new secret and write its file. */
MUST_USE bool cookie_make(struct cookie *out, struct complaint *why, const char *path);
/* Read another process's file. */
MUST_USE bool cookie_read(struct cookie *out, struct complaint *why, const char *path);
/* Is this the value of an Authorization header, Basic or Bearer, that knows the secret? In time that does not depend on the
 * secret. */
MUST_USE bool cookie_admits(const struct cookie *c, const char *authorization);
/* "Basic …" for a request; out holds 140 bytes. */
void cookie_authorization(char out[140], const struct cookie *c);
/* Take the file away and wipe the secret. */
void cookie_remove(struct cookie *c);

#endif
