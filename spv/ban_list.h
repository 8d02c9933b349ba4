#ifndef TALLY_SPV_BAN_LIST_H
#define TALLY_SPV_BAN_LIST_H
/* Who lied, and until when nothing is asked of him: by address whatever the port, an IPv6 address with its whole /64. Pure and bounded. */
#include "base/clock.h"
#include "chain/net_address.h"

#define BANS_MAX 1000

struct ban {
	struct net_address address; /* port, services, time: 0; the last 8 bytes of IPv6: 0 */
	int64_t until;              /* Unix seconds */
};

/* Zero is an empty one. Invariant: n <= BANS_MAX, no address twice. */
struct ban_list {
	struct ban ban[BANS_MAX];
	size_t n;
};

/* A later end wins. When the list is full, the ban that ends first goes. This machine's own addresses are never banned: behind them stand
 * strangers that came over Tor, or a proxy. */
void ban_list_add(struct ban_list *l, const struct net_address *a, int64_t until);
MUST_USE bool ban_list_has(const struct ban_list *l, const struct net_address *a, struct unixtime now);
/* Drop what has ended. */
void ban_list_expire(struct ban_list *l, struct unixtime now);

#endif
