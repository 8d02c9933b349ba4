/* Peers that came to us: who may stay.
 *
 * Invariants:
 * 1. At most params.inbound_max of them, and params.inbound_group_max of one network group. All addresses that aren't routable are
 *    one group, with half of the slots: behind them may be a proxy, with strangers of all groups.
 * 2. When the slots are full, a newcomer's is taken from the largest group's youngest peer; but never from those that are hardest to
 *    come by for one attacker: peers of a few groups that chance chose, the fastest to answer, the last to give news, the oldest half. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "spv/connect.h"

#define KEEP_BY_CHANCE 4
#define KEEP_FASTEST 4
#define KEEP_NEWS 4

struct guest {
	struct peer *p;
	struct net_group group;
	uint64_t chance;
	size_t kin; /* of its group, among those that may go */
};

static struct net_group
group_of(const struct peer *p)
{
	struct net_group g = { { 0 } };

	net_address_group(&g, &p->where);
	return g;
}

static bool
same(const struct net_group *a, const struct net_group *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static int
by_chance(const void *a, const void *b)
{
	const struct guest *x = a, *y = b;

	return x->chance < y->chance ? -1 : x->chance > y->chance;
}

static int
by_speed(const void *a, const void *b)
{
	int64_t x = ((const struct guest *)a)->p->latency_ms, y = ((const struct guest *)b)->p->latency_ms;

	x = x < 0 ? INT64_MAX : x;
	y = y < 0 ? INT64_MAX : y;
	return x < y ? -1 : x > y;
}

static int
by_news(const void *a, const void *b)
{
	int64_t x = ((const struct guest *)a)->p->best_height, y = ((const struct guest *)b)->p->best_height;

	return x > y ? -1 : x < y;
}

static int
by_age(const void *a, const void *b)
{
	int64_t x = ((const struct guest *)a)->p->connected.ms, y = ((const struct guest *)b)->p->connected.ms;

	return x < y ? -1 : x > y;
}

/* The first `keep` in this order stay; returns how many are left. */
static size_t
spare(struct guest *g, size_t n, size_t keep, int (*order)(const void *, const void *))
{
	if (n <= keep)
		return 0;
	qsort(g, n, sizeof(*g), order);
	memmove(g, g + keep, (n - keep) * sizeof(*g));
	return n - keep;
}

static struct peer *
youngest_of_largest_group(struct guest *g, size_t n)
{
	struct guest *found = NULL;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			g[i].kin += same(&g[i].group, &g[j].group);
		if (found == NULL || g[i].kin > found->kin || (g[i].kin == found->kin && by_age(&g[i], found) > 0))
			found = &g[i];
	}
	return found != NULL ? found->p : NULL;
}

/* A number that nobody can choose a group for. */
static uint64_t
chance_of(const struct spv *s, const struct net_group *group)
{
	struct sha256_ctx c;
	struct hash256 h;
	uint64_t chance;

	sha256_init(&c);
	sha256_update(&c, &s->connect->secret, sizeof(s->connect->secret));
	sha256_update(&c, group, sizeof(*group));
	sha256_final(&c, &h);
	memcpy(&chance, h.b, sizeof(chance));
	return chance;
}

static struct peer *
who_goes(struct spv *s, const struct peer *newcomer)
{
	struct guest g[SPV_PEERS_MAX];
	size_t n = 0;

	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (p == newcomer || p->role != SPV_INBOUND || p->closing || n == SPV_PEERS_MAX)
			continue;
		g[n] = (struct guest){ .p = p, .group = group_of(p) };
		g[n].chance = chance_of(s, &g[n].group);
		n++;
	}
	n = spare(g, n, KEEP_BY_CHANCE, by_chance);
	n = spare(g, n, KEEP_FASTEST, by_speed);
	n = spare(g, n, KEEP_NEWS, by_news);
	n = spare(g, n, n / 2, by_age);
	return youngest_of_largest_group(g, n);
}

static uint32_t
of_group(const struct spv *s, const struct peer *newcomer)
{
	struct net_group g = group_of(newcomer), other;
	uint32_t n = 0;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		other = group_of(p);
		n += p != newcomer && p->role == SPV_INBOUND && !p->closing && same(&g, &other);
	}
	return n;
}

/* NULL, or why the peer may not stay. */
static const char *
refused(struct spv *s, const struct peer *p)
{
	uint32_t others = connect_count(s, SPV_INBOUND, false) - 1;
	bool routable = net_address_is_routable(&p->where);
	struct peer *victim;

	if (ban_list_has(&s->connect->bans, &p->where, s->now.wall) || ban_list_has(&s->connect->guest_bans, &p->where, s->now.wall))
		return "inbound: this address lied before";
	if (of_group(s, p) >= (routable ? s->params.inbound_group_max : s->params.inbound_max / 2))
		return "inbound: too many of one network group";
	if (others < s->params.inbound_max)
		return NULL;
	victim = who_goes(s, p);
	if (victim == NULL)
		return "inbound: no room";
	peer_close(s, victim, false, "inbound: its slot went to another");
	return NULL;
}

void
spv_peer_accepted(struct spv *s, uint32_t id, const char *address, struct spv_time now)
{
	struct peer *p = spv_add_peer(s, id, address, now);
	const char *why;

	p->role = SPV_INBOUND;
	why = p->has_address ? refused(s, p) : "inbound: no address";
	if (why != NULL)
		peer_close(s, p, false, "%s", why);
}
