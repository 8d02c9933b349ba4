#ifndef TALLY_TESTS_MAINCHAIN_SERVE_H
#define TALLY_TESTS_MAINCHAIN_SERVE_H
/* What the node says to its peers. */
#include "tests/mainchain/peer.h"

#define SERVE_SERVICES (NODE_NETWORK | NODE_WITNESS | NODE_COMPACT_FILTERS)

/* The first word of an outbound connection. */
void serve_greet(struct peer *p);
/* A message came: unknown ones are ignored, malformed ones end the connection. */
void serve_message(struct peer *p, const char *command, const uint8_t *payload, size_t len);

/* Blocks that joined the active branch, lowest first. */
void serve_announce_blocks(struct node *n, struct tree_block **blocks, size_t count);
void serve_announce_tx(struct node *n, const struct mempool_tx *e, const struct peer *except);
/* Send headers of a branch to everyone, unasked, from its fork with the active branch on. */
void serve_push_headers(struct node *n, const struct tree_block *tip);

/* Compact filters (serve_filters.c): true when the command was one of theirs; *ok is false for a malformed message. */
MUST_USE bool serve_filters_message(bool *ok, struct peer *p, const char *command, const uint8_t *payload, size_t len);

#endif
