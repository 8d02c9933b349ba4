#ifndef TALLY_TESTS_MAINCHAIN_PEER_H
#define TALLY_TESTS_MAINCHAIN_PEER_H
/* A P2P connection: bytes to messages and back. What to say is serve.c's business. */
#include "chain/p2p.h"
#include "tests/mainchain/node.h"

struct bufferevent;

#define PEER_COMMANDS_MAX 48

struct peer {
	struct node *node;
	struct bufferevent *bev; /* owned */
	struct ev_token_bucket_cfg *limit; /* owned; NULL for none */
	uint64_t id;
	char address[64];
	struct p2p_version version;
	bool got_version, ready; /* ready: verack came too */
	bool inbound;
	bool wants_headers;      /* sendheaders (BIP130) */
	uint64_t fee_filter;     /* sat/kvB (BIP133) */
	struct hash256 resume;   /* getblocks: when this block is asked for, tell of the tip */
	struct hash256 ask_after; /* headers: when this block has come, ask for more */
	bool dead;               /* reaped from the event loop */
	struct {
		char command[13];
		uint64_t n;
	} heard[PEER_COMMANDS_MAX]; /* how many messages of each command came */
	size_t heard_n;
	struct peer *next;
};

/* Take over a connected socket. */
struct peer *peer_new(struct node *n, int fd, const char *address, bool inbound);
/* Hang up; the memory goes when the event loop comes round. */
void peer_close(struct peer *p);
void peer_free_all(struct node *n);

void peer_send(struct peer *p, const char *command, const void *payload, size_t len);
/* The same; the writer is cleared. */
void peer_send_clear(struct peer *p, const char *command, struct wr *payload);
/* Limit what is sent from now on, in bytes a second; 0: no limit. */
void peer_set_rate(struct peer *p, uint32_t bytes_a_second);

#endif
