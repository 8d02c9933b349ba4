/* Addresses told by peers.
 *
 * Invariants:
 * 1. A peer's addresses are taken at ADDRESSES_PER_1000_S at most, and BURST more for each getaddr of ours; what is above is dropped,
 *    and no fault: honest peers relay what others flood them with.
 * 2. We ask each peer once at most, and only those that we chose; we tell nobody anything. */
#include <stdlib.h>

#include "chain/p2p_addr.h"
#include "spv/connect.h"

#define BURST 1000
#define PENALTY_S (2 * 60 * 60)
#define SEED_STAY_MS 60000

void
gossip_hello(struct spv *s, struct peer *p)
{
	/* BIP155: before verack. */
	if (p->version.version >= 70016)
		peer_send(s, p, "sendaddrv2", NULL, 0);
}

void
gossip_ask(struct spv *s, struct peer *p)
{
	peer_send(s, p, "getaddr", NULL, 0);
	p->tokens += BURST * 1000;
}

/* Thousandths of a token: 0.1 a second, at most BURST beside what an answer of ours may use. */
static void
refill(struct spv *s, struct peer *p)
{
	int64_t more = (s->now.mono.ms - p->tokens_at.ms) / 10;

	p->tokens_at = s->now.mono;
	if (p->tokens < BURST * 1000)
		p->tokens = p->tokens + more < BURST * 1000 ? p->tokens + more : BURST * 1000;
}

static void
take(struct spv *s, struct peer *p, const struct net_address *list, size_t n)
{
	struct connect *c = s->connect;
	struct net_address source = p->has_address ? p->where : seeding_stand_in(p->address);

	refill(s, p);
	for (size_t i = 0; i < n; i++) {
		if (p->tokens < 1000) {
			p->addresses_dropped += n - i;
			return;
		}
		p->tokens -= 1000;
		p->addresses_in++;
		if ((list[i].services & NEEDED_SERVICES) == NEEDED_SERVICES && !ban_list_has(&c->bans, &list[i], s->now.wall))
			address_book_add(c->book, &list[i], &source, PENALTY_S, s->now.wall);
	}
}

static void
on_list(struct spv *s, struct peer *p, const struct net_address *list, size_t n)
{
	if (s->params.discover)
		take(s, p, list, n);
	/* One address alone is the peer's own, sent unasked. */
	if (p->role == SPV_SEED && n > 1)
		peer_close(s, p, false, "seed: it told us %zu addresses", n);
}

void
gossip_on_addr(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct net_address *list;
	size_t n;

	if (!p2p_addr_decode(&list, &n, payload, len)) {
		peer_close(s, p, true, "addr: malformed");
		return;
	}
	on_list(s, p, list, n);
	free(list);
}

void
gossip_on_addrv2(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct net_address *list;
	size_t n;

	if (!p2p_addrv2_decode(&list, &n, payload, len)) {
		peer_close(s, p, true, "addrv2: malformed");
		return;
	}
	on_list(s, p, list, n);
	free(list);
}

void
gossip_tick(struct spv *s, struct peer *p)
{
	if (p->role == SPV_SEED && mono_passed(p->connected, SEED_STAY_MS, s->now.mono))
		peer_close(s, p, false, "seed: no addresses within %d s", SEED_STAY_MS / 1000);
}
