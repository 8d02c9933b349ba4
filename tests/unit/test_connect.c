#include "spv/spv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/p2p.h"
#include "chain/p2p_addr.h"
#include "spv/address_book.h"
#include "spv/ban_list.h"
#include "spv/splitmix.h"
#include "tests/unit/mining.h"
#include "tests/unit/unit.h"

#define SECONDS 1000
#define MINUTES (60 * SECONDS)
#define FULL (NODE_NETWORK | NODE_WITNESS)
#define NODES_MAX 4000
#define PEERS_MAX 256
#define START 1800000000

/* A node of the network around the client, reached at an address. */
struct node {
	struct net_address at;
	bool dead;      /* nobody answers there */
	bool lies;      /* its headers have no work */
	bool echo;      /* it is we */
	int tip;        /* height of its chain */
	unsigned dials; /* how often it was dialled */
};

struct link {
	uint32_t id; /* 0: free */
	enum spv_role role;
	struct node *node; /* borrowed; NULL: it came to us, or is a seed */
	bool closed;
	unsigned getaddrs, sendaddrv2s, versions;
	struct mono since;
};

struct net {
	struct spv *s;
	struct spv_params params;
	struct spv_time now;
	struct node nodes[NODES_MAX];
	size_t nodes_n;
	struct link links[PEERS_MAX];
	struct header chain[64]; /* [0] is genesis */
	uint32_t last_id;
	unsigned dials, feelers, seeds, resolves, closed, evidence;
	char resolved[SPV_HOST_MAX], reason[SPV_REASON_MAX];
	bool deaf;     /* dials stay without an answer: we are cut off */
	size_t answer; /* addresses that nodes tell when asked */
};

/* --- Nodes --- */

/* Every 65,536 numbers are a group. */
static struct net_address
ip(uint32_t n)
{
	struct net_address a = { .network = NET_IPV4, .port = 8333, .services = FULL | NODE_COMPACT_FILTERS, .time = START - 3600 };

	a.bytes[0] = (uint8_t)(20 + (n >> 24));
	a.bytes[1] = (uint8_t)(n >> 16);
	a.bytes[2] = (uint8_t)(n >> 8);
	a.bytes[3] = (uint8_t)n;
	return a;
}

static struct node *
add_node(struct net *n, uint32_t group, uint32_t number)
{
	struct node *node = &n->nodes[n->nodes_n++];

	assert(n->nodes_n <= NODES_MAX);
	*node = (struct node){ .at = ip(group << 16 | number), .tip = n->chain[1].version != 0 ? 20 : 0 };
	return node;
}

/* Known to the book before the start, from as many sources as there are groups. */
static void
add_known(struct net *n, size_t groups, size_t each)
{
	for (uint32_t i = 0; i < groups * each; i++) {
		struct node *node = add_node(n, (uint32_t)(i % groups), 1 + i);
		struct net_address source = ip((uint32_t)(i % groups) << 16 | 60000);

		address_book_add(spv_address_book(n->s), &node->at, &source, 0, n->now.wall);
	}
}

static struct node *
find_node(struct net *n, const char *host, uint16_t port)
{
	struct net_address a;

	if (!net_address_from_host(&a, host))
		return NULL;
	a.port = port;
	for (size_t i = 0; i < n->nodes_n; i++) {
		if (net_address_eq(&n->nodes[i].at, &a))
			return &n->nodes[i];
	}
	return NULL;
}

static struct link *
find_link(struct net *n, uint32_t id)
{
	for (size_t i = 0; i < PEERS_MAX; i++) {
		if (n->links[i].id == id)
			return &n->links[i];
	}
	return NULL;
}

/* --- Messages --- */

static void drain(struct net *n);

static void
say(struct net *n, const struct link *l, const char *command, struct wr *w)
{
	spv_peer_message(n->s, l->id, command, w->p != NULL ? w->p : (const uint8_t *)"", w->len, n->now);
	wr_clear(w);
}

static void
say_version(struct net *n, const struct link *l, uint64_t nonce)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = FULL | NODE_COMPACT_FILTERS, .nonce = nonce };
	struct wr w = { 0 };

	if (l->node != NULL)
		v.services = l->node->at.services;
	v.start_height = l->node != NULL ? l->node->tip : 0;
	snprintf(v.user_agent, sizeof(v.user_agent), "/node/");
	wr_p2p_version(&w, &v);
	say(n, l, "version", &w);
}

static void
say_headers(struct net *n, const struct link *l)
{
	struct header out[64];
	size_t count = l->node != NULL ? (size_t)l->node->tip : 0;
	struct wr w = { 0 };

	for (size_t i = 0; i < count; i++)
		out[i] = n->chain[i + 1];
	if (l->node != NULL && l->node->lies) {
		struct hash256 hash;

		do {
			out[count - 1].nonce++;
			header_hash(&hash, &out[count - 1]);
		} while (hash.b[31] < 0x80);
	}
	wr_p2p_headers(&w, out, count);
	say(n, l, "headers", &w);
}

static void
say_addresses(struct net *n, const struct link *l, bool v2)
{
	struct net_address *list = mem_new(n->answer + 1, sizeof(*list));
	struct wr w = { 0 };

	for (size_t i = 0; i < n->answer; i++)
		list[i] = n->nodes[i % n->nodes_n].at;
	if (v2)
		wr_p2p_addrv2(&w, list, n->answer);
	else
		wr_p2p_addr(&w, list, n->answer);
	free(list);
	say(n, l, v2 ? "addrv2" : "addr", &w);
}

static void
hear(struct net *n, struct link *l, const char *command, const void *payload, size_t len)
{
	struct p2p_version v;
	struct wr w = { 0 };

	if (strcmp(command, "version") == 0) {
		bool ok = p2p_version_decode(&v, payload, len);

		assert(ok);
		l->versions++;
		if (l->role != SPV_INBOUND)
			say_version(n, l, l->node != NULL && l->node->echo ? v.nonce : l->id);
	} else if (strcmp(command, "verack") == 0) {
		say(n, l, "verack", &w);
	} else if (strcmp(command, "sendaddrv2") == 0) {
		l->sendaddrv2s++;
	} else if (strcmp(command, "getaddr") == 0) {
		l->getaddrs++;
		say_addresses(n, l, l->id % 2 == 0);
	} else if (strcmp(command, "getheaders") == 0) {
		say_headers(n, l);
	} else if (strcmp(command, "ping") == 0) {
		wr_bytes(&w, payload, len);
		say(n, l, "pong", &w);
	}
}

/* --- Outputs --- */

static struct link *
connect_link(struct net *n, uint32_t id, enum spv_role role, struct node *node, const char *address)
{
	struct link *l = find_link(n, 0);

	assert(l != NULL);
	*l = (struct link){ .id = id, .role = role, .node = node, .since = n->now.mono };
	if (role == SPV_INBOUND)
		spv_peer_accepted(n->s, id, address, n->now);
	else
		spv_peer_connected(n->s, id, address, n->now);
	return l;
}

static void
do_dial(struct net *n, const struct spv_output *o)
{
	struct node *node = find_node(n, o->dial.host, o->dial.port);
	char text[SPV_HOST_MAX + 8];

	n->dials += o->dial.role == SPV_OUTBOUND;
	n->feelers += o->dial.role == SPV_FEELER;
	n->seeds += o->dial.role == SPV_SEED;
	if (node != NULL)
		node->dials++;
	snprintf(text, sizeof(text), "%s:%u", o->dial.host, (unsigned)o->dial.port);
	if (n->deaf || (node == NULL && o->dial.role != SPV_SEED) || (node != NULL && node->dead))
		spv_peer_gone(n->s, o->dial.id, n->now);
	else
		connect_link(n, o->dial.id, o->dial.role, node, text);
}

static void
do_output(struct net *n, const struct spv_output *o)
{
	struct link *l;
	struct p2p_frame f;

	switch (o->kind) {
	case SPV_SEND:
		l = find_link(n, o->send.peer);
		assert(l != NULL && !l->closed && p2p_frame_decode(&f, o->send.bytes, n->params.chain) == P2P_FRAME_OK);
		hear(n, l, f.command, o->send.bytes + P2P_HEADER_LEN, f.len);
		return;
	case SPV_CLOSE:
		l = find_link(n, o->close.peer);
		assert(l != NULL && !l->closed);
		l->closed = true;
		n->closed++;
		memcpy(n->reason, o->close.reason, sizeof(n->reason));
		return;
	case SPV_DIAL:
		do_dial(n, o);
		return;
	case SPV_RESOLVE:
		n->resolves++;
		memcpy(n->resolved, o->resolve.host, sizeof(n->resolved));
		return;
	case SPV_EVIDENCE:
		n->evidence++;
		return;
	case SPV_TIP:
	case SPV_BLOCK:
	case SPV_UNBLOCK:
	case SPV_STALE:
	case SPV_PASSED:
	case SPV_RESCANNED:
	case SPV_FETCHED:
	case SPV_TX:
		return;
	}
}

static void
drain(struct net *n)
{
	struct spv_output o;
	bool again = true;

	while (again) {
		while (spv_next(n->s, &o)) {
			do_output(n, &o);
			spv_output_clear(&o);
		}
		again = false;
		for (size_t i = 0; i < PEERS_MAX; i++) {
			if (n->links[i].id == 0 || !n->links[i].closed)
				continue;
			spv_peer_gone(n->s, n->links[i].id, n->now);
			n->links[i].id = 0;
			again = true;
		}
	}
	spv_check(n->s);
}

static void
run(struct net *n, int64_t ms)
{
	for (int64_t end = n->now.mono.ms + ms; n->now.mono.ms < end; n->now.mono.ms += 500) {
		n->now.wall.sec += n->now.mono.ms % 1000 == 0;
		spv_tick(n->s, n->now);
		drain(n);
	}
}

static struct net *
net_new_with(const char *network, void (*change)(struct spv_params *p))
{
	struct net *n = mem_new(1, sizeof(*n));

	n->now = (struct spv_time){ .mono = { 1000000 }, .wall = { START } };
	n->params = spv_params_default(chain_params_find(network));
	n->params.discover = true;
	n->params.seed = 4711;
	if (change != NULL)
		change(&n->params);
	n->s = spv_new(&n->params);
	n->answer = 1;
	n->chain[0] = n->params.chain->genesis;
	for (size_t i = 1; i < ARRAY_LEN(n->chain) && strcmp(network, "regtest") == 0; i++) {
		struct hash256 hash;

		n->chain[i] = (struct header){ .version = 4, .bits = n->chain[0].bits, .time = n->chain[i - 1].time + 600 };
		header_hash(&n->chain[i].prev, &n->chain[i - 1]);
		mine(&n->chain[i], &hash);
	}
	return n;
}

static struct net *
new_net(void)
{
	return net_new_with("regtest", NULL);
}

static void
net_free_all(struct net *n)
{
	spv_free(n->s);
	free(n);
}

static size_t
count_role(const struct net *n, enum spv_role role)
{
	size_t count = 0;

	for (size_t i = 0; i < PEERS_MAX; i++)
		count += n->links[i].id != 0 && n->links[i].role == role;
	return count;
}

static void
drop_link(struct net *n, struct link *l)
{
	uint32_t id = l->id;

	l->id = 0;
	spv_peer_gone(n->s, id, n->now);
	drain(n);
}

/* --- Outbound --- */

static void
test_outbound(void)
{
	struct net *n = new_net();
	struct spv_peer_info info[16];
	size_t peers, filters = 0;

	add_known(n, 40, 5);
	run(n, 20 * SECONDS);
	peers = spv_peers(n->s, info, 16);
	CU_ASSERT_EQUAL_FATAL(peers, 8);
	for (size_t i = 0; i < peers; i++) { /* that the groups differ is connect_check()'s to see */
		struct link *l = find_link(n, info[i].id);

		CU_ASSERT(info[i].role == SPV_OUTBOUND && info[i].stage == SPV_PEER_READY && strcmp(info[i].network, "ipv4") == 0);
		CU_ASSERT(l->getaddrs == 1 && l->sendaddrv2s == 1 && l->versions == 1);
		filters += (info[i].services & NODE_COMPACT_FILTERS) != 0;
	}
	CU_ASSERT(filters == 8 && n->dials == 8 && n->resolves == 0);
	CU_ASSERT_EQUAL(address_book_count(spv_address_book(n->s), true), 8);
	/* One goes: another takes its place. */
	drop_link(n, find_link(n, info[3].id));
	run(n, 5 * SECONDS);
	CU_ASSERT_EQUAL(count_role(n, SPV_OUTBOUND), 8);
	net_free_all(n);
}

/* A network of three groups gives three peers, not eight of an attacker's. */
static void
test_few_groups(void)
{
	struct net *n = new_net();

	add_known(n, 3, 200);
	run(n, 60 * SECONDS);
	CU_ASSERT_EQUAL(count_role(n, SPV_OUTBOUND), 3);
	net_free_all(n);
}

static void
test_dead(void)
{
	struct net *n = new_net();
	char why[SPV_WHY_MAX];
	unsigned most = 0;

	add_known(n, 40, 5);
	for (size_t i = 0; i < n->nodes_n; i++)
		n->nodes[i].dead = i % 4 != 0;
	run(n, 3 * MINUTES);
	CU_ASSERT_EQUAL(count_role(n, SPV_OUTBOUND), 8);
	net_free_all(n);
	/* Cut off for an hour: nobody is dialled over and over, and nobody is thought the worse of. */
	n = new_net();
	add_known(n, 4, 2);
	n->deaf = true;
	run(n, 60 * MINUTES);
	for (size_t i = 0; i < n->nodes_n; i++)
		most = n->nodes[i].dials > most ? n->nodes[i].dials : most;
	CU_ASSERT(most >= 2 && most <= 60);
	CU_ASSERT(!spv_is_synced(n->s, why) && strstr(why, "no peer") != NULL);
	n->deaf = false;
	run(n, 2 * MINUTES);
	CU_ASSERT(count_role(n, SPV_OUTBOUND) == 4 && spv_is_synced(n->s, why));
	net_free_all(n);
}

/* How many of the outbound peers serve filters, where each `every`th node does, and more claim so. */
static size_t
with_filters(uint64_t seed, unsigned every)
{
	struct net *n = net_new_with("regtest", NULL);
	struct spv_peer_info info[16];
	size_t filters = 0, peers;

	spv_free(n->s);
	n->params.seed = seed;
	n->s = spv_new(&n->params);
	add_known(n, 60, 3);
	for (size_t i = 0; i < n->nodes_n; i++) {
		struct net_address *a = &n->nodes[i].at;

		a->services = i % every == 0 ? FULL | NODE_COMPACT_FILTERS : FULL;
		address_book_services(spv_address_book(n->s), a, i % 3 == 0 ? FULL | NODE_COMPACT_FILTERS : a->services);
	}
	run(n, 2 * MINUTES);
	peers = spv_peers(n->s, info, 16);
	CU_ASSERT_EQUAL(peers, 8);
	for (size_t i = 0; i < peers; i++)
		filters += (info[i].services & NODE_COMPACT_FILTERS) != 0;
	net_free_all(n);
	return filters;
}

/* Most peers are to serve filters; where hardly anybody does, others will do. */
static void
test_services(void)
{
	size_t half = 0, few = 0;

	for (uint64_t seed = 1; seed <= 10; seed++) {
		half += with_filters(seed, 2);
		few += with_filters(seed, 200);
	}
	CU_ASSERT(half >= 50); /* of 80; 40 came by chance */
	CU_ASSERT(few <= 10);
}

static void
test_anchors(void)
{
	struct net *n = new_net(), *again;
	struct net_address anchors[SPV_ANCHORS_MAX];
	size_t found;

	add_known(n, 40, 5);
	run(n, 60 * SECONDS);
	found = spv_anchors(n->s, anchors);
	CU_ASSERT_EQUAL_FATAL(found, 2);
	again = new_net();
	add_known(again, 40, 5);
	spv_set_anchors(again->s, anchors, found);
	run(again, 20 * SECONDS);
	for (size_t i = 0; i < found; i++) {
		struct node *node = NULL;

		for (size_t j = 0; j < again->nodes_n; j++)
			node = net_address_eq(&again->nodes[j].at, &anchors[i]) ? &again->nodes[j] : node;
		CU_ASSERT(node != NULL && node->dials == 1);
	}
	CU_ASSERT_EQUAL(count_role(again, SPV_OUTBOUND), 8);
	net_free_all(n);
	net_free_all(again);
}

/* One every two minutes or so, when the slots are full; what answers is tried, and left again at once. */
static void
test_feelers(void)
{
	struct net *n = new_net();
	size_t tried;

	add_known(n, 40, 5);
	run(n, 60 * MINUTES);
	tried = address_book_count(spv_address_book(n->s), true);
	CU_ASSERT(n->feelers >= 20 && n->feelers <= 60);
	CU_ASSERT(tried >= 8 + n->feelers / 2 && count_role(n, SPV_FEELER) == 0);
	CU_ASSERT(count_role(n, SPV_OUTBOUND) == 8 && n->evidence == 0);
	net_free_all(n);
}

static void
test_bans(void)
{
	struct net *n = new_net();
	unsigned dials = 0;

	add_known(n, 20, 2);
	for (size_t i = 0; i < n->nodes_n; i += 2)
		n->nodes[i].lies = true;
	run(n, 3 * MINUTES);
	CU_ASSERT(n->evidence >= 1 && spv_ban_list(n->s)->n == n->evidence);
	CU_ASSERT(count_role(n, SPV_OUTBOUND) == 8);
	run(n, 60 * MINUTES);
	for (size_t i = 0; i < n->nodes_n; i++)
		dials = n->nodes[i].lies && n->nodes[i].dials > dials ? n->nodes[i].dials : dials;
	CU_ASSERT(dials <= 2); /* a lie is enough for a day; a feeler may have been there before */
	net_free_all(n);
}

/* The tip stands still: one more peer is asked. If it knows more, the worst of the old ones goes; if not, it goes itself. */
static void
test_stale_tip(void)
{
	struct net *n = new_net();
	struct spv_header tip;
	unsigned before, behind = 0;

	add_known(n, 8, 1); /* they all agree, and the attacker has them all */
	run(n, 40 * SECONDS);
	CU_ASSERT_EQUAL(count_role(n, SPV_OUTBOUND), 8);
	before = n->dials;
	run(n, 28 * MINUTES);
	CU_ASSERT_EQUAL(n->dials, before);
	for (uint32_t i = 0; i < 30; i++) { /* the book learns of others */
		struct node *node = add_node(n, 50 + i, 1);
		struct net_address source = ip((60 + i) << 16);

		node->tip = 25;
		address_book_add(spv_address_book(n->s), &node->at, &source, 0, n->now.wall);
	}
	run(n, 3 * MINUTES);
	spv_tip(n->s, &tip);
	CU_ASSERT_EQUAL(tip.height, 25);
	run(n, 2 * MINUTES);
	CU_ASSERT_EQUAL(count_role(n, SPV_OUTBOUND), 8);
	/* The seven that stay behind lose their slots in time. */
	run(n, 30 * MINUTES);
	for (size_t i = 0; i < PEERS_MAX; i++)
		behind += n->links[i].id != 0 && n->links[i].node->tip < 25;
	CU_ASSERT(behind <= 3 && count_role(n, SPV_OUTBOUND) >= 7 && n->evidence == 0);
	net_free_all(n);
}

/* --- Seeds --- */

static void
test_dns_seeds(void)
{
	struct net *n = net_new_with("main", NULL);
	struct net_address found[3] = { ip(1), ip(2), ip(3) };
	struct book_entry e;

	run(n, 500);
	CU_ASSERT(n->resolves == 1 && strncmp(n->resolved, "x49.", 4) == 0);
	/* A seed that knows nobody with filters is asked again, for others. */
	spv_resolved(n->s, n->resolved, NULL, 0, n->now);
	drain(n);
	CU_ASSERT(n->resolves == 2 && strncmp(n->resolved, "x9.", 3) == 0);
	spv_resolved(n->s, n->resolved, NULL, 0, n->now);
	run(n, 10 * SECONDS);
	CU_ASSERT(n->resolves > 2 && strncmp(n->resolved, "x49.", 4) == 0);
	spv_resolved(n->s, n->resolved, found, 3, n->now);
	CU_ASSERT(address_book_find(spv_address_book(n->s), &found[1], &e) && e.address.services == (FULL | NODE_COMPACT_FILTERS));
	CU_ASSERT(e.address.time < START - 2 * 86400);
	net_free_all(n);
	/* A book that is well filled, and whose nodes answer: nobody is asked. */
	n = net_new_with("main", NULL);
	add_known(n, 40, 5);
	run(n, 5 * MINUTES);
	CU_ASSERT(n->resolves == 0 && count_role(n, SPV_OUTBOUND) == 8);
	net_free_all(n);
	/* Well filled, but nobody answers: they are, in their time. */
	n = net_new_with("main", NULL);
	add_known(n, 40, 5);
	n->deaf = true;
	run(n, 5 * MINUTES);
	CU_ASSERT_EQUAL(n->resolves, 8);
	net_free_all(n);
}

static void
behind_proxy(struct spv_params *p)
{
	p->proxied = true;
	p->networks |= 1u << NET_TORV3;
}

static void
without_dns(struct spv_params *p)
{
	p->dns_seeds = false;
}

static void
test_seed_nodes(void)
{
	struct net *n = net_new_with("main", behind_proxy);

	/* No name is ever looked up here. While nobody is known at all, all are asked again soon. */
	n->deaf = true;
	run(n, 60 * SECONDS);
	CU_ASSERT(n->resolves == 0 && n->seeds == 8);
	run(n, 60 * SECONDS);
	CU_ASSERT(n->resolves == 0 && n->seeds == 16);
	net_free_all(n);
	n = net_new_with("regtest", without_dns);
	for (uint32_t i = 0; i < 30; i++)
		add_node(n, i, 1);
	n->answer = 30;
	spv_add_seed(n->s, "seed.example", 8333);
	run(n, 60 * SECONDS);
	CU_ASSERT(n->seeds == 1 && n->resolves == 0 && count_role(n, SPV_SEED) == 0);
	CU_ASSERT_EQUAL(count_role(n, SPV_OUTBOUND), 8);
	net_free_all(n);
}

/* --- Gossip --- */

static struct link *
first_outbound(struct net *n)
{
	for (size_t i = 0; i < PEERS_MAX; i++) {
		if (n->links[i].id != 0 && n->links[i].role == SPV_OUTBOUND)
			return &n->links[i];
	}
	return NULL;
}

static void
say_flood(struct net *n, const struct link *l, uint64_t *random, size_t count)
{
	struct net_address *list = mem_new(count, sizeof(*list));
	struct wr w = { 0 };

	for (size_t i = 0; i < count; i++)
		list[i] = ip((uint32_t)splitmix_next(random) & 0xffffff);
	wr_p2p_addrv2(&w, list, count);
	free(list);
	say(n, l, "addrv2", &w);
	drain(n);
}

/* C23: a peer that tells addresses without end is heard at its rate, and not blamed; more than a message may hold is a lie. */
static void
test_addr_flood(void)
{
	struct net *n = new_net();
	struct spv_peer_info info[16];
	struct link *l;
	struct wr w = { 0 };
	uint64_t random = 1;

	add_known(n, 40, 5);
	run(n, 20 * SECONDS);
	l = first_outbound(n);
	for (int i = 0; i < 1000; i++)
		say_flood(n, l, &random, P2P_ADDR_MAX);
	CU_ASSERT_EQUAL_FATAL(spv_peers(n->s, info, 16), 8);
	for (size_t i = 0; i < 8; i++) {
		if (info[i].id == l->id)
			CU_ASSERT(info[i].addresses_in <= 1010 && info[i].addresses_in + info[i].addresses_dropped == 1000001);
	}
	CU_ASSERT(address_book_count(spv_address_book(n->s), false) < 200 + 1010);
	run(n, 100 * SECONDS); /* ten more */
	say_flood(n, l, &random, 100);
	CU_ASSERT(address_book_count(spv_address_book(n->s), false) < 200 + 1025);
	CU_ASSERT(!l->closed && n->evidence == 0);
	wr_compactsize(&w, P2P_ADDR_MAX + 1);
	for (size_t i = 0; i < (P2P_ADDR_MAX + 1) * 16; i++)
		wr_u8(&w, 1);
	say(n, l, "addrv2", &w);
	drain(n);
	CU_ASSERT(n->evidence == 1 && strncmp(n->reason, "addrv2: malformed", 17) == 0);
	net_free_all(n);
}

/* Nobody is asked, and nothing is taken, by a client that was told whom to use. */
static void
not_discovering(struct spv_params *p)
{
	p->discover = false;
}

static void
test_manual_only(void)
{
	struct net *n = net_new_with("regtest", not_discovering);
	struct node *node = add_node(n, 1, 1);
	struct link *l;
	uint64_t random = 1;

	l = connect_link(n, 1, SPV_MANUAL, node, "20.1.0.1:8333");
	drain(n);
	say_flood(n, l, &random, 500);
	run(n, 10 * MINUTES);
	CU_ASSERT(l->getaddrs == 0 && n->dials + n->feelers + n->seeds + n->resolves == 0 && !l->closed);
	CU_ASSERT_EQUAL(address_book_count(spv_address_book(n->s), false), 0);
	net_free_all(n);
}

/* A peer that we were told to use, and others beside it, of other groups. */
static void
test_manual_beside(void)
{
	struct net *n = new_net();
	struct node *node;

	add_known(n, 10, 20);
	node = &n->nodes[0];
	connect_link(n, 1, SPV_MANUAL, node, "20.0.0.1:8333");
	drain(n);
	run(n, 60 * SECONDS);
	CU_ASSERT(count_role(n, SPV_OUTBOUND) == 8 && node->dials == 0);
	for (size_t i = 0; i < PEERS_MAX; i++)
		CU_ASSERT(n->links[i].id == 0 || n->links[i].role == SPV_MANUAL || n->links[i].node->at.bytes[1] != 0);
	net_free_all(n);
}

static void
test_ourselves(void)
{
	struct net *n = new_net();
	struct book_entry e;

	add_known(n, 1, 1);
	n->nodes[0].echo = true;
	run(n, 5 * SECONDS);
	CU_ASSERT(n->dials == 1 && n->evidence == 0 && !address_book_find(spv_address_book(n->s), &n->nodes[0].at, &e));
	net_free_all(n);
}

/* --- Inbound --- */

static struct link *
come_in(struct net *n, const struct net_address *from)
{
	char text[NET_TEXT_MAX];
	struct link *l;

	net_address_to_text(text, from);
	l = connect_link(n, ++n->last_id, SPV_INBOUND, NULL, text);
	drain(n);
	if (l->id == 0)
		return NULL;
	say_version(n, l, 1000 + l->id);
	drain(n);
	return l->id != 0 ? l : NULL;
}

/* C23: ten thousand come from everywhere; slots and groups hold, and those that we chose keep theirs. */
static void
test_inbound_flood(void)
{
	struct net *n = new_net();
	uint64_t random = 3;
	struct link *old[4];
	size_t stayed = 0;

	add_known(n, 40, 5);
	run(n, 20 * SECONDS);
	for (uint32_t i = 0; i < 4; i++) {
		struct net_address a = ip((100 + i) << 16 | 1);

		old[i] = come_in(n, &a);
		CU_ASSERT_PTR_NOT_NULL_FATAL(old[i]);
		CU_ASSERT(old[i]->versions == 1 && old[i]->getaddrs == 0);
	}
	run(n, 60 * SECONDS);
	for (int i = 0; i < 10000; i++) {
		struct net_address a = ip(((uint32_t)splitmix_next(&random) & 0xffffff) | 1);

		come_in(n, &a);
		CU_ASSERT_FATAL(count_role(n, SPV_INBOUND) <= 32);
	}
	CU_ASSERT(count_role(n, SPV_INBOUND) == 32 && count_role(n, SPV_OUTBOUND) == 8 && n->evidence == 0);
	for (size_t i = 0; i < 4; i++)
		stayed += old[i]->id != 0;
	CU_ASSERT_EQUAL(stayed, 4);
	net_free_all(n);
}

static void
test_inbound_groups(void)
{
	struct net *n = new_net();
	struct net_address local, liar = ip(7 << 16 | 7);
	char why[SPV_WHY_MAX];
	struct link *l;

	for (uint32_t i = 1; i <= 20; i++) {
		struct net_address a = ip(5 << 16 | i);

		CU_ASSERT_EQUAL(come_in(n, &a) != NULL, i <= 4);
	}
	for (uint32_t i = 1; i <= 30; i++) {
		CU_ASSERT_FATAL(net_address_from_text(&local, "127.0.0.1:5000", 0));
		CU_ASSERT_EQUAL(come_in(n, &local) != NULL, i <= 16);
	}
	/* Strangers alone make nobody sure of anything. */
	run(n, 5 * SECONDS);
	CU_ASSERT(!spv_is_synced(n->s, why));
	l = come_in(n, &liar);
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	spv_peer_message(n->s, l->id, "headers", "\xff", 1, n->now);
	drain(n);
	CU_ASSERT(l->id == 0 && n->evidence == 1);
	liar.port++;
	CU_ASSERT(come_in(n, &liar) == NULL && strstr(n->reason, "lied") != NULL);
	net_free_all(n);
}

/* Of an outbound peer's address a stranger comes in and lies: he and who else came from there go, the outbound peer stays, and is
 * dialled again. */
static void
test_inbound_liar(void)
{
	struct net *n = new_net();
	struct net_address shared;
	struct link *outbound = NULL, *liar, *other;
	struct node *node;
	unsigned dials;

	add_known(n, 8, 1);
	run(n, 40 * SECONDS);
	CU_ASSERT_EQUAL_FATAL(count_role(n, SPV_OUTBOUND), 8);
	for (size_t i = 0; i < PEERS_MAX; i++)
		outbound = n->links[i].id != 0 && n->links[i].role == SPV_OUTBOUND ? &n->links[i] : outbound;
	CU_ASSERT_PTR_NOT_NULL_FATAL(outbound);
	shared = outbound->node->at;
	shared.port = 40000;
	liar = come_in(n, &shared);
	shared.port = 40001;
	other = come_in(n, &shared);
	CU_ASSERT_FATAL(liar != NULL && other != NULL);
	spv_peer_message(n->s, liar->id, "headers", "\xff", 1, n->now);
	drain(n);
	CU_ASSERT(liar->id == 0 && other->id == 0 && n->evidence == 1);
	CU_ASSERT_FATAL(outbound->id != 0 && outbound->role == SPV_OUTBOUND);
	CU_ASSERT(come_in(n, &shared) == NULL && strstr(n->reason, "lied") != NULL);

	node = outbound->node;
	dials = node->dials;
	spv_peer_gone(n->s, outbound->id, n->now);
	outbound->id = 0;
	drain(n);
	run(n, 30 * MINUTES);
	CU_ASSERT(node->dials > dials && count_role(n, SPV_OUTBOUND) == 8);
	net_free_all(n);
}

static const struct unit_test tests[] = {
	{ "outbound peers", test_outbound },
	{ "few groups", test_few_groups },
	{ "C12 the dead, and an hour cut off", test_dead },
	{ "services", test_services },
	{ "anchors over a restart", test_anchors },
	{ "feelers", test_feelers },
	{ "bans", test_bans },
	{ "stale tip", test_stale_tip },
	{ "DNS seeds", test_dns_seeds },
	{ "seed nodes", test_seed_nodes },
	{ "C23 a flood of addresses", test_addr_flood },
	{ "manual peers only", test_manual_only },
	{ "manual peers beside others", test_manual_beside },
	{ "ourselves", test_ourselves },
	{ "C23 a flood of inbound peers", test_inbound_flood },
	{ "groups of inbound peers", test_inbound_groups },
	{ "C22 a liar at an honest peer's address", test_inbound_liar },
};

UNIT_MAIN("connect", tests)
