/* Where addresses come from while the book holds none that answers: DNS seeds and seed nodes, each once a round. Once two outbound peers
 * stand they tell enough, and nobody else learns that we are here. */
#include <stdio.h>
#include <string.h>

#include "spv/connect.h"
#include "spv/seeds.h"

#define WAIT_MS 11000      /* for the book's own addresses to answer, before anybody is asked */
#define EACH_MS 3000       /* between two seeds */
#define ROUND_MS (10 * 60 * 1000)
#define EMPTY_ROUND_MS (60 * 1000) /* nobody is known yet: the network may have come up after us */
#define ENOUGH_PEERS 2
#define DAY (24 * 60 * 60)

static const char filters_prefix[] = "x49.", plain_prefix[] = "x9.";

static void
add_seed(struct spv *s, const char *host, uint16_t port, bool dns)
{
	struct connect *c = s->connect;
	struct seed *seed = &c->seeds[c->seeds_n];

	if (c->seeds_n == SEEDS_MAX || strlen(host) + sizeof(filters_prefix) > sizeof(seed->host))
		return;
	*seed = (struct seed){ .port = port, .dns = dns };
	snprintf(seed->host, sizeof(seed->host), "%s", host);
	c->seeds_n++;
}

void
spv_add_seed(struct spv *s, const char *host, uint16_t port)
{
	add_seed(s, host, port, false);
}

/* The network's own come in another order at each start, so that none of them is everybody's first. */
static void
shuffle(struct spv *s)
{
	struct connect *c = s->connect;

	for (size_t i = c->seeds_n; i > 1; i--) {
		size_t j = spv_number(s) % i;
		struct seed t = c->seeds[i - 1];

		c->seeds[i - 1] = c->seeds[j];
		c->seeds[j] = t;
	}
}

void
seeding_start(struct spv *s)
{
	const char *const *names = seeds_of(s->params.chain->name);

	for (; s->params.dns_seeds && *names != NULL; names++)
		add_seed(s, *names, s->params.chain->port, true);
	shuffle(s);
	s->connect->seed_at = (struct mono){ s->now.mono.ms - EACH_MS };
}

static struct seed *
next_seed(struct connect *c)
{
	for (size_t i = 0; i < c->seeds_n; i++) {
		if (!c->seeds[i].asked)
			return &c->seeds[i];
	}
	return NULL;
}

static void
resolve(struct spv *s, const char *prefix, const char *host)
{
	struct spv_output *out = spv_emit(s, SPV_RESOLVE);

	snprintf(out->resolve.host, sizeof(out->resolve.host), "%s%.*s", prefix, (int)(SPV_HOST_MAX - sizeof(filters_prefix)), host);
}

static void
ask_seed(struct spv *s, struct seed *seed)
{
	char name[SPV_HOST_MAX + sizeof(filters_prefix)];

	seed->asked = true;
	if (seed->dns && !s->params.proxied) {
		resolve(s, filters_prefix, seed->host);
		return;
	}
	/* Behind a proxy a seed's name leads to one of the nodes that it knows. */
	snprintf(name, sizeof(name), "%s%s", seed->dns ? filters_prefix : "", seed->host);
	dial_out(s, SPV_SEED, NULL, name, seed->port);
}

static void
next_round(struct connect *c)
{
	for (size_t i = 0; i < c->seeds_n; i++)
		c->seeds[i].asked = false;
}

void
seeding_tick(struct spv *s)
{
	struct connect *c = s->connect;
	bool empty = address_book_count(c->book, false) + address_book_count(c->book, true) == 0;
	struct seed *seed = next_seed(c);

	if (connect_count(s, SPV_OUTBOUND, true) >= ENOUGH_PEERS || HASH_COUNT(c->dials) >= DIALS_MAX)
		return;
	if (!empty && !mono_passed(c->start, WAIT_MS, s->now.mono))
		return;
	if (seed == NULL && mono_passed(c->seed_at, empty ? EMPTY_ROUND_MS : ROUND_MS, s->now.mono)) {
		next_round(c);
		seed = next_seed(c);
	}
	if (seed == NULL || !mono_passed(c->seed_at, EACH_MS, s->now.mono))
		return;
	c->seed_at = s->now.mono;
	ask_seed(s, seed);
}

struct net_address
seeding_stand_in(const char *name)
{
	struct net_address a = { .network = NET_IPV6, .port = 1 };
	struct hash256 h;

	sha256(&h, name, strlen(name));
	memcpy(a.bytes, h.b, 16);
	a.bytes[0] = 0x20;
	return a;
}

static bool
has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

void
spv_resolved(struct spv *s, const char *host, const struct net_address *found, size_t n, struct spv_time now)
{
	bool filters = has_prefix(host, filters_prefix);
	struct net_address source = seeding_stand_in(host);

	s->now = now;
	/* Some seeds know fewer bits than we ask for. */
	if (n == 0 && filters)
		resolve(s, plain_prefix, host + strlen(filters_prefix));
	for (size_t i = 0; i < n && i < SPV_RESOLVED_MAX; i++) {
		struct net_address a = found[i];

		a.port = s->params.chain->port;
		a.services = NEEDED_SERVICES | (filters ? NODE_COMPACT_FILTERS : 0);
		a.time = (uint32_t)(now.wall.sec - 3 * DAY - (int64_t)(spv_number(s) % (4 * DAY)));
		address_book_add(s->connect->book, &a, &source, 0, now.wall);
	}
}
