/* The light client among peers whose branches have to prove their work. The peers here have headers only, and answer when told
 * to. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/p2p.h"
#include "spv/spv.h"
#include "tests/unit/mining.h"
#include "tests/unit/unit.h"

#define SECONDS 1000
#define PEERS 6
#define WORK 2 /* of a regtest block */
#define CHECK_EVERY 7 /* spv_check() goes through all headers */

/* Number i stands at height i. */
struct chain {
	struct header *h;
	struct hash256 *hash;
	uint32_t height;
};

struct peer {
	const struct chain *chain; /* change it at any time */
	uint32_t height;  /* of it, that the peer has */
	uint32_t most;    /* headers a message */
	int64_t delay_ms;
	int32_t claims;   /* start height; -1: the truth */
	bool mute, inbound;

	uint32_t id;      /* 0: not connected */
	bool closed, banned;
	char reason[SPV_REASON_MAX];
	unsigned asked;
	struct p2p_locator question; /* unanswered */
	bool has_question;
	int64_t at_ms;
};

struct net {
	struct chain_params chain;
	struct spv *s;
	struct spv_time now;
	struct peer peers[PEERS];
	uint32_t last_id;
	unsigned stale_news;
	unsigned long steps;
	bool stale, no_check;
	char stale_what[SPV_WHY_MAX];
};

/* --- Chains --- */

/* `from` up to a height, then others. */
static struct chain
chain_fork(const struct chain *from, uint32_t fork, uint32_t height, uint32_t tag)
{
	struct chain c = { .h = mem_new(height + 1, sizeof(*c.h)), .hash = mem_new(height + 1, sizeof(*c.hash)), .height = height };

	memcpy(c.h, from->h, (fork + 1) * sizeof(*c.h));
	memcpy(c.hash, from->hash, (fork + 1) * sizeof(*c.hash));
	for (uint32_t i = fork + 1; i <= height; i++)
		c.h[i] = mine_child(&c.hash[i - 1], c.h[0].bits, c.h[0].time + 600 * i, tag, &c.hash[i]);
	return c;
}

static struct chain
chain_new(uint32_t height)
{
	const struct chain_params *p = chain_params_find("regtest");
	struct header genesis = p->genesis;
	struct hash256 hash = p->genesis_hash;

	return chain_fork(&(struct chain){ .h = &genesis, .hash = &hash }, 0, height, 0);
}

static void
chain_clear(struct chain *c)
{
	free(c->h);
	free(c->hash);
}

/* --- The network --- */

/* A chain needs the work of `blocks` blocks and genesis. */
static struct net *
net_new_with_pace(uint64_t blocks, int64_t stale_s, size_t side_max, int64_t headers_per_s)
{
	struct net *n = mem_new(1, sizeof(*n));
	struct spv_params params;

	n->chain = *chain_params_find("regtest");
	n->chain.minimum_chain_work = u256_from_u64(blocks > 0 ? WORK * (blocks + 1) : 0);
	params = spv_params_default(&n->chain);
	params.seed = 4711;
	params.stale_s = stale_s;
	params.side_max = side_max;
	if (headers_per_s > 0)
		params.headers_per_s = headers_per_s;
	n->s = spv_new(&params);
	n->now.mono.ms = 50000;
	n->now.wall.sec = (int64_t)n->chain.genesis.time + 200000 * 600;
	return n;
}

static struct net *
net_new(uint64_t blocks, int64_t stale_s, size_t side_max)
{
	return net_new_with_pace(blocks, stale_s, side_max, 0);
}

static void
net_free(struct net *n)
{
	spv_free(n->s);
	free(n);
}

static void
hear(struct net *n, struct peer *p, const struct spv_output *o)
{
	struct p2p_frame f;
	struct wr w = { 0 };

	assert(p2p_frame_decode(&f, o->send.bytes, &n->chain) == P2P_FRAME_OK);
	if (strcmp(f.command, "getheaders") == 0) {
		bool ok = p2p_locator_decode(&p->question, o->send.bytes + P2P_HEADER_LEN, f.len);

		assert(ok);
		p->asked++;
		p->has_question = true;
		p->at_ms = n->now.mono.ms + p->delay_ms;
	} else if (strcmp(f.command, "ping") == 0) {
		wr_bytes(&w, o->send.bytes + P2P_HEADER_LEN, f.len);
		spv_peer_message(n->s, p->id, "pong", w.p, w.len, n->now);
		wr_clear(&w);
	}
}

static struct peer *
find(struct net *n, uint32_t id)
{
	for (size_t i = 0; i < PEERS; i++) {
		if (n->peers[i].id == id && id != 0)
			return &n->peers[i];
	}
	return NULL;
}

static void
output(struct net *n, const struct spv_output *o)
{
	struct peer *p;

	if (o->kind == SPV_SEND && (p = find(n, o->send.peer)) != NULL)
		hear(n, p, o);
	if (o->kind == SPV_STALE) {
		n->stale_news++;
		n->stale = o->stale.stale;
		memcpy(n->stale_what, o->stale.what, sizeof(n->stale_what));
	}
	if (o->kind == SPV_CLOSE && (p = find(n, o->close.peer)) != NULL) {
		p->closed = true;
		p->banned = o->close.ban;
		memcpy(p->reason, o->close.reason, sizeof(p->reason));
		p->has_question = false;
	}
}

static void
drain(struct net *n)
{
	struct spv_output o;
	bool again = true;

	while (again) {
		again = false;
		while (spv_next(n->s, &o)) {
			output(n, &o);
			spv_output_clear(&o);
		}
		for (size_t i = 0; i < PEERS; i++) {
			if (n->peers[i].id != 0 && n->peers[i].closed) {
				spv_peer_gone(n->s, n->peers[i].id, n->now);
				n->peers[i].id = 0;
				again = true;
			}
		}
	}
}

static void
say(struct net *n, struct peer *p, const char *command, const struct wr *w)
{
	if (p->id != 0)
		spv_peer_message(n->s, p->id, command, w->p != NULL ? w->p : (const uint8_t *)"", w->len, n->now);
	drain(n);
	if (!n->no_check && n->steps++ % CHECK_EVERY == 0)
		spv_check(n->s);
}

static void
say_headers(struct net *n, struct peer *p, const struct header *h, size_t count)
{
	struct wr w = { 0 };

	wr_p2p_headers(&w, h, count);
	say(n, p, "headers", &w);
	wr_clear(&w);
}

static struct peer *
peer_new(struct net *n, size_t i, const struct chain *c)
{
	n->peers[i] = (struct peer){ .chain = c, .height = c->height, .most = P2P_HEADERS_MAX, .claims = -1 };
	return &n->peers[i];
}

static void
meet(struct net *n, struct peer *p)
{
	struct p2p_version v = { .version = P2P_PROTOCOL_VERSION, .services = NODE_NETWORK | NODE_WITNESS };
	struct wr w = { 0 };

	v.start_height = p->claims >= 0 ? p->claims : (int32_t)p->height;
	p->id = ++n->last_id;
	p->closed = p->banned = p->has_question = false;
	if (p->inbound) {
		char address[32];

		snprintf(address, sizeof(address), "11.%u.0.1:18444", (unsigned)p->id);
		spv_peer_accepted(n->s, p->id, address, n->now);
	} else {
		spv_peer_connected(n->s, p->id, "peer", n->now);
	}
	drain(n);
	wr_p2p_version(&w, &v);
	say(n, p, "version", &w);
	wr_reset(&w);
	say(n, p, "verack", &w);
	wr_clear(&w);
}

static void
leave(struct net *n, struct peer *p)
{
	uint32_t id = p->id;

	p->id = 0;
	p->has_question = false;
	if (id != 0)
		spv_peer_gone(n->s, id, n->now);
	drain(n);
}

static bool
is_on(const struct peer *p, const struct hash256 *hash, uint32_t *height)
{
	for (uint32_t i = p->height + 1; i-- > 0;) {
		if (hash256_eq(&p->chain->hash[i], hash)) {
			*height = i;
			return true;
		}
	}
	return false;
}

static void
answer(struct net *n, struct peer *p)
{
	uint32_t from = 0, count;

	p->has_question = false;
	for (size_t i = 0; i < p->question.n; i++) {
		if (is_on(p, &p->question.have[i], &from))
			break;
	}
	count = p->height - from < p->most ? p->height - from : p->most;
	say_headers(n, p, p->chain->h + from + 1, count);
}

/* Let time pass, and `most` questions be answered; how many were. */
static unsigned
run(struct net *n, int64_t ms, unsigned most)
{
	int64_t until = n->now.mono.ms + ms;
	unsigned answered = 0;

	while (answered < most) {
		struct peer *next = NULL;

		for (size_t i = 0; i < PEERS; i++) {
			struct peer *p = &n->peers[i];

			if (p->has_question && !p->mute && (next == NULL || p->at_ms < next->at_ms))
				next = p;
		}
		if (next != NULL && next->at_ms <= n->now.mono.ms) {
			answer(n, next);
			answered++;
			continue;
		}
		if (n->now.mono.ms >= until)
			break;
		n->now.mono.ms += 500;
		n->now.wall.sec += n->now.mono.ms % 1000 == 0;
		spv_tick(n->s, n->now);
		drain(n);
	}
	return answered;
}

static bool
at(const struct net *n, const struct chain *c, uint32_t height)
{
	struct spv_header tip;

	spv_tip(n->s, &tip);
	return tip.height == height && hash256_eq(&tip.hash, &c->hash[height]);
}

static struct spv_progress
progress(const struct net *n)
{
	struct spv_progress out;

	spv_progress(n->s, &out);
	return out;
}

/* --- Tests --- */

/* Twice over, nothing stored in the first pass, and told to whoever asks. */
static void
test_two_passes(void)
{
	struct chain c = chain_new(7000);
	struct net *n = net_new(5000, 0, 100);
	struct peer *p = peer_new(n, 0, &c);
	struct spv_peer_info info;
	struct spv_progress now;
	char why[SPV_WHY_MAX];

	meet(n, p);
	for (unsigned i = 1; i <= 2; i++) {
		CU_ASSERT_EQUAL(run(n, 0, 1), 1);
		now = progress(n);
		CU_ASSERT(now.presync == SPV_PRESYNC_FIRST && now.presync_height == 2000 * i && now.presync_end == 0 && now.headers == 0);
		CU_ASSERT(now.presync_time == c.h[2000 * i].time && now.presync_peer == p->id && now.work_needed.w[0] == WORK * 5001);
		CU_ASSERT(!spv_is_synced(n->s, why) && strstr(why, "pass 1 of 2") != NULL);
	}
	CU_ASSERT_EQUAL(run(n, 0, 1), 1);
	now = progress(n);
	CU_ASSERT(now.presync == SPV_PRESYNC_SECOND && now.presync_height == 0 && now.presync_end == 6000 && now.headers == 0);
	CU_ASSERT_EQUAL(run(n, 0, 2), 2);
	CU_ASSERT(spv_peers(n->s, &info, 1) == 1 && info.presync_height == 4000 && !info.low_work);
	CU_ASSERT_EQUAL(progress(n).headers, 0);
	CU_ASSERT_EQUAL(run(n, 0, 1), 1);
	CU_ASSERT(at(n, &c, 6000) && progress(n).presync == SPV_PRESYNC_NONE);
	CU_ASSERT_EQUAL(run(n, 0, 9), 1); /* the rest comes straight */
	CU_ASSERT(at(n, &c, 7000) && spv_is_synced(n->s, why) && p->asked == 7 && !p->closed);
	net_free(n);
	chain_clear(&c);
}

/* The work is met by the last header, or missed by one. Then the peer is no liar, but of no use. */
static void
test_threshold(void)
{
	static const uint32_t lengths[] = { 1999, 2000, 2001, 4500 };

	for (size_t i = 0; i < 2 * ARRAY_LEN(lengths); i++) {
		uint32_t length = lengths[i / 2];
		bool met = i % 2 == 0;
		struct chain c = chain_new(length), more = chain_fork(&c, 100, length + 3, 1);
		struct net *n = net_new(met ? length : length + 1, 0, 100);
		struct peer *p = peer_new(n, 0, &c), *q = peer_new(n, 1, &more);
		struct spv_peer_info info;
		char why[SPV_WHY_MAX];

		meet(n, p);
		(void)run(n, 5 * SECONDS, 99);
		CU_ASSERT(at(n, &c, met ? length : 0) && !p->closed);
		CU_ASSERT_EQUAL(spv_is_synced(n->s, why), met);
		CU_ASSERT(spv_peers(n->s, &info, 1) == 1 && info.low_work == !met && info.disagrees == !met);
		meet(n, q);
		(void)run(n, 5 * SECONDS, 99);
		CU_ASSERT(at(n, &more, length + 3) && spv_is_synced(n->s, why));
		/* It is dropped in the end, unless it comes to have more. */
		(void)run(n, 20 * 60 * SECONDS, 999);
		CU_ASSERT(p->closed == !met && !p->banned && !q->closed);
		net_free(n);
		chain_clear(&more);
		chain_clear(&c);
	}
}

/* The peer goes, or falls silent, after each of its answers: another goes on where it stood, and nothing is asked for twice. */
static void
lost_peer(const struct chain *c, uint32_t need, unsigned messages, unsigned stage, bool silent)
{
	struct net *n = net_new(need, 0, 100);
	struct peer *p = peer_new(n, 0, c), *q = peer_new(n, 1, c);

	n->no_check = true;
	meet(n, p);
	meet(n, q);
	CU_ASSERT_EQUAL(run(n, 0, stage), stage);
	if (silent)
		p->mute = true;
	else
		leave(n, p);
	CU_ASSERT(q->asked <= 1);
	CU_ASSERT_EQUAL(run(n, 40 * SECONDS, 99), messages - stage);
	CU_ASSERT(at(n, c, c->height) && (!silent || (p->closed && !p->banned)));
	spv_check(n->s);
	net_free(n);
}

static void
test_lost_peer(void)
{
	struct chain c = chain_new(7000), large = chain_new(21000);

	for (unsigned stage = 0; stage < 7; stage++) {
		lost_peer(&c, 5000, 7, stage, false);
		lost_peer(&c, 5000, 7, stage, true);
	}
	/* Long enough for headers to be stored before the end of the second pass. */
	for (unsigned stage = 10; stage < 21; stage += 3)
		lost_peer(&large, 19500, 21, stage, stage % 2 == 0);
	chain_clear(&large);
	chain_clear(&c);
}

/* The next peer is on another branch: that has to prove itself alone. A third has the first one's branch and finds its progress
 * kept. */
static void
test_other_branch(void)
{
	static const unsigned stages[] = { 1, 3, 6, 8, 11 };
	struct chain c = chain_new(14000), other = chain_fork(&c, 500, 11000, 1);

	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		struct net *n = net_new(11000, 0, 100);
		struct peer *p = peer_new(n, 0, &c), *q = peer_new(n, 1, &other), *r = peer_new(n, 2, &c);

		n->no_check = true;
		meet(n, p);
		CU_ASSERT_EQUAL(run(n, 0, stages[i]), stages[i]);
		leave(n, p);
		meet(n, q);
		(void)run(n, 0, 99);
		spv_check(n->s);
		CU_ASSERT(at(n, &other, 11000) && !q->closed);
		meet(n, r);
		/* Between the passes the branch's start is all that it can be known by: that takes one more question. */
		CU_ASSERT_EQUAL(run(n, 10 * SECONDS, 99), 14 - stages[i] + (stages[i] == 6));
		CU_ASSERT(at(n, &c, 14000) && !q->closed && !r->closed);
		net_free(n);
	}
	chain_clear(&other);
	chain_clear(&c);
}

/* A peer that takes over only to lead astray: what it gave is undone. */
static void
test_led_astray(void)
{
	struct chain c = chain_new(9000), dead = chain_fork(&c, 4000, 5500, 1), wrong = chain_fork(&c, 4000, 6500, 2);
	struct net *n = net_new(8500, 0, 100);
	struct peer *p = peer_new(n, 0, &c), *liar = peer_new(n, 1, &dead), *cheat = peer_new(n, 2, &wrong), *q = peer_new(n, 3, &c);

	meet(n, p);
	CU_ASSERT_EQUAL(run(n, 0, 2), 2);
	leave(n, p);
	meet(n, liar);
	CU_ASSERT_EQUAL(run(n, 0, 99), 1);
	CU_ASSERT(!liar->closed && progress(n).presync_height == 4000);
	wrong.h[6200].time = 0;
	header_hash(&wrong.hash[6200], &wrong.h[6200]);
	for (uint32_t i = 6201; i <= 6500; i++)
		wrong.h[i] = mine_child(&wrong.hash[i - 1], wrong.h[0].bits, wrong.h[0].time + 600 * i, 3, &wrong.hash[i]);
	meet(n, cheat);
	CU_ASSERT_EQUAL(run(n, 0, 99), 2);
	CU_ASSERT(cheat->closed && cheat->banned && strstr(cheat->reason, "height 6200") != NULL);
	CU_ASSERT_EQUAL(progress(n).presync_height, 4000);
	meet(n, q);
	CU_ASSERT_EQUAL(run(n, 0, 99), 3 + 5);
	CU_ASSERT(at(n, &c, 9000) && !q->closed);
	net_free(n);
	chain_clear(&wrong);
	chain_clear(&dead);
	chain_clear(&c);
}

/* The second pass brings another chain: none of it is stored, whoever is to blame. An honest peer goes on with the proof. */
static void
test_mismatch(void)
{
	struct chain c = chain_new(20000), cheap = chain_fork(&c, 10, 20000, 1);
	struct net *n = net_new(19500, 0, 100);
	struct peer *p = peer_new(n, 0, &c), *q = peer_new(n, 1, &c);

	n->no_check = true;
	meet(n, p);
	CU_ASSERT_EQUAL(run(n, 0, 10), 10);
	CU_ASSERT_EQUAL(progress(n).presync, SPV_PRESYNC_SECOND);
	p->chain = &cheap;
	p->height = 19000;
	(void)run(n, 0, 99);
	CU_ASSERT(at(n, &c, 0) && !p->closed);
	spv_check(n->s);
	meet(n, q);
	CU_ASSERT_EQUAL(run(n, 5 * SECONDS, 99), 11);
	CU_ASSERT(at(n, &c, 20000) && !q->closed);
	net_free(n);
	chain_clear(&cheap);
	chain_clear(&c);
}

/* C11: a million headers that need no work to speak of, from peers that come again and again. */
static void
test_flood(void)
{
	struct chain c = chain_new(P2P_HEADERS_MAX);
	struct net *n = net_new(1000000, 0, 100);
	struct peer *p = peer_new(n, 0, &c);
	struct spv_header it;
	unsigned messages = 0, dropped = 0;

	n->no_check = true;
	p->mute = true;
	for (; messages < 500; messages++) {
		if (p->id == 0)
			meet(n, p);
		say_headers(n, p, c.h + 1, P2P_HEADERS_MAX);
		CU_ASSERT(!p->banned);
		dropped += p->id == 0;
		if (messages % 50 == 0)
			spv_check(n->s);
	}
	CU_ASSERT(dropped >= 9 && strstr(p->reason, "too little work") != NULL);
	CU_ASSERT(at(n, &c, 0) && !spv_header_find(n->s, &c.hash[1], &it));
	spv_check(n->s);
	net_free(n);
	chain_clear(&c);
}

/* The same in one long chain, which ends with a short message or an empty one: the peer may show it once. */
static void
test_long_flood(void)
{
	struct chain c = chain_new(102000);

	for (uint32_t height = 101000; height <= 102000; height += 1000) {
		struct net *n = net_new(1000000, 0, 100);
		struct peer *p = peer_new(n, 0, &c);

		p->height = height;
		meet(n, p);
		(void)run(n, 0, 99);
		CU_ASSERT(at(n, &c, 0) && p->closed && !p->banned && strstr(p->reason, "too little work") != NULL);
		CU_ASSERT_EQUAL(progress(n).presync, SPV_PRESYNC_NONE);
		net_free(n);
	}
	chain_clear(&c);
}

/* Single headers far below the tip: ignored, and in the end the peer is left. 144 blocks below is near enough. */
static void
test_announcements(void)
{
	struct chain c = chain_new(1000);
	struct net *n = net_new(0, 0, 100);
	struct peer *p = peer_new(n, 0, &c);
	struct hash256 hash;
	struct spv_header it;
	struct header h;
	unsigned ignored = 0;

	meet(n, p);
	(void)run(n, SECONDS, 99);
	h = mine_child(&c.hash[1000 - 145], c.h[0].bits, c.h[1000].time, 7, &hash);
	say_headers(n, p, &h, 1);
	CU_ASSERT_FATAL(spv_header_find(n->s, &hash, &it));
	h = mine_child(&c.hash[1000 - 146], c.h[0].bits, c.h[1000].time, 7, &hash);
	for (; ignored < 2000 && p->id != 0; ignored++)
		say_headers(n, p, &h, 1);
	CU_ASSERT(ignored == 1001 && p->closed && !p->banned);
	CU_ASSERT_FALSE(spv_header_find(n->s, &hash, &it));
	net_free(n);
	chain_clear(&c);
}

/* Heavy bits without the work do not carry light headers in. */
static void
test_false_claim(void)
{
	struct chain c = chain_new(50), fake = chain_fork(&c, 50, 51, 1);
	struct net *n = net_new(1000, 0, 100);
	struct peer *p = peer_new(n, 0, &fake);

	fake.h[51].bits = 0x1d00ffff;
	header_hash(&fake.hash[51], &fake.h[51]);
	meet(n, p);
	(void)run(n, SECONDS, 99);
	CU_ASSERT(at(n, &c, 0) && !p->banned);
	net_free(n);
	chain_clear(&fake);
	chain_clear(&c);
}

/* A branch that leaves the chain at its first block, longer than all bounds on side branches, overtakes over many messages. */
static void
deep_fork(uint32_t old, uint32_t height, size_t side_max, bool lose)
{
	struct chain c = chain_new(old), other = chain_fork(&c, 1, height, 1);
	struct net *n = net_new(0, 0, side_max);
	struct peer *p = peer_new(n, 0, &c), *q = peer_new(n, 1, &other), *r = peer_new(n, 2, &other);

	n->no_check = true;
	meet(n, p);
	(void)run(n, 2 * SECONDS, 999);
	CU_ASSERT(at(n, &c, old));
	meet(n, r);
	leave(n, r);
	meet(n, q);
	if (lose) {
		(void)run(n, 0, height / 1500);
		meet(n, r);
		leave(n, q);
	}
	(void)run(n, 40 * SECONDS, 999);
	CU_ASSERT(at(n, &other, height) && !p->closed && (!q->closed || lose));
	if (old < 10000)
		spv_check(n->s);
	net_free(n);
	chain_clear(&other);
	chain_clear(&c);
}

static void
test_deep_fork(void)
{
	deep_fork(6000, 6001, 100, false);
	deep_fork(6000, 8500, 100, true);
	deep_fork(101000, 103001, 100000, false);
}

/* Four branches are on trial, with peers at work on each: a fifth waits for its turn. */
static void
test_turns(void)
{
	struct chain c = chain_new(9000), side[5];
	struct net *n = net_new(0, 0, 100);
	struct peer *p = peer_new(n, 0, &c);

	meet(n, p);
	(void)run(n, 2 * SECONDS, 999);
	for (uint32_t i = 0; i < 5; i++) {
		struct peer *q;

		side[i] = chain_fork(&c, 1 + i, 9100 + i, 1 + i);
		q = peer_new(n, 1 + i, &side[i]);
		meet(n, q);
		answer(n, q);
		q->mute = i < 4;
	}
	CU_ASSERT_FALSE(n->peers[5].has_question);
	(void)run(n, 25 * SECONDS, 999);
	CU_ASSERT(at(n, &c, 9000) && !n->peers[1].closed);
	leave(n, &n->peers[2]);
	n->no_check = true;
	(void)run(n, SECONDS, 999);
	CU_ASSERT(at(n, &side[4], 9104) && !n->peers[5].closed);
	net_free(n);
	for (uint32_t i = 0; i < 5; i++)
		chain_clear(&side[i]);
	chain_clear(&c);
}

/* Of the places, inbound peers have two at most; and before the headers are there nobody waits for one of them. */
static void
test_inbound(void)
{
	struct chain c = chain_new(9000), side[4];
	struct net *n = net_new(0, 0, 100);
	struct peer *p = peer_new(n, 0, &c), *q = peer_new(n, 1, &c);

	n->no_check = true;
	p->inbound = p->mute = true;
	p->claims = 100000;
	meet(n, p);
	CU_ASSERT(p->has_question);
	meet(n, q);
	(void)run(n, 2 * SECONDS, 999);
	CU_ASSERT(at(n, &c, 9000) && p->asked == 1 && !p->closed);
	for (uint32_t i = 0; i < 4; i++) {
		side[i] = chain_fork(&c, 1 + i, 9100 + i, 1 + i);
		p = peer_new(n, 2 + i, &side[i]);
		p->inbound = i < 3;
		meet(n, p);
		answer(n, p);
		CU_ASSERT_EQUAL(p->has_question, i != 2);
		p->mute = i < 3;
	}
	spv_check(n->s);
	(void)run(n, SECONDS, 999);
	CU_ASSERT(at(n, &side[3], 9103));
	net_free(n);
	for (uint32_t i = 0; i < 4; i++)
		chain_clear(&side[i]);
	chain_clear(&c);
}

/* Headers by drops, or a message every half minute: another peer takes over. Without one they are better than nothing. */
static void
test_slow(void)
{
	struct chain c = chain_new(20000);
	struct net *n;
	struct peer *p, *q;

	n = net_new(0, 0, 100);
	n->no_check = true;
	p = peer_new(n, 0, &c);
	q = peer_new(n, 1, &c);
	p->most = 5;
	p->claims = 30000;
	meet(n, p);
	meet(n, q);
	(void)run(n, 2 * SECONDS, 999);
	CU_ASSERT(p->closed && !p->banned && strstr(p->reason, "drops") != NULL && at(n, &c, 20000));
	net_free(n);

	for (int rival = 0; rival < 2; rival++) {
		n = net_new(18000, 0, 100);
		n->no_check = true;
		p = peer_new(n, 0, &c);
		q = peer_new(n, 1, &c);
		p->delay_ms = 28 * SECONDS;
		p->claims = 30000;
		meet(n, p);
		if (rival)
			meet(n, q);
		(void)run(n, 70 * SECONDS, 999);
		CU_ASSERT_EQUAL(p->closed, rival);
		CU_ASSERT(rival ? strstr(p->reason, "a second") != NULL && at(n, &c, 20000) : progress(n).presync_height == 4000);
		net_free(n);
	}
	chain_clear(&c);
}

#define DRIP 98000 /* headers of little work, which last for longer than a turn at the pace that is demanded */

static struct peer *
meet_dripper(struct net *n, size_t i, const struct chain *c)
{
	struct peer *p = peer_new(n, i, c);

	p->delay_ms = 28 * SECONDS;
	p->claims = 0; /* it takes no turn, and has a branch nevertheless */
	meet(n, p);
	return p;
}

/* All places are held by peers that keep the pace and come to no end. Who waits gets one after a turn; without one that waits nobody
 * is left. */
static void
test_drip_places(void)
{
	struct chain c = chain_new(DRIP), good = chain_fork(&c, 100, 9000, 1);
	struct net *n = net_new_with_pace(DRIP + 1000, 0, 100, 50);
	struct peer *honest;
	unsigned closed = 0;

	n->no_check = true;
	for (size_t i = 0; i < 4; i++)
		(void)meet_dripper(n, i, &c);
	(void)run(n, 29 * SECONDS, 999);
	honest = peer_new(n, 4, &good);
	honest->delay_ms = 2 * SECONDS;
	meet(n, honest);
	meet_dripper(n, 5, &c)->delay_ms = SECONDS;
	(void)run(n, 20 * 60 * SECONDS - 3 * SECONDS, 999);
	for (size_t i = 0; i < PEERS; i++)
		CU_ASSERT_FALSE(n->peers[i].closed);
	CU_ASSERT(honest->asked == 1 && !honest->has_question);
	(void)run(n, 10 * SECONDS, 999);
	spv_check(n->s);
	for (size_t i = 0; i < PEERS; i++) {
		closed += n->peers[i].closed && strstr(n->peers[i].reason, "waits for the place") != NULL;
		CU_ASSERT_FALSE(n->peers[i].banned);
	}
	CU_ASSERT(closed == 1 && n->peers[0].closed && honest->asked > 4);
	net_free(n);
	chain_clear(&good);
	chain_clear(&c);
}

/* The same with the one turn to be asked. What the peer gave is not lost: the next one goes on with it. */
static void
test_drip_turn(void)
{
	struct chain c = chain_new(DRIP);

	for (int rival = 0; rival < 2; rival++) {
		struct net *n = net_new_with_pace(DRIP - 500, 0, 100, 50);
		struct peer *p = peer_new(n, 0, &c), *q = peer_new(n, 1, &c);
		int64_t height;

		n->no_check = true;
		p->delay_ms = 28 * SECONDS;
		p->claims = 200000;
		meet(n, p);
		if (rival)
			meet(n, q);
		(void)run(n, 20 * 60 * SECONDS - SECONDS, 999);
		height = progress(n).presync_height;
		CU_ASSERT(!p->closed && height >= 80000 && q->asked == 0);
		(void)run(n, 2 * SECONDS, rival ? 2 : 999);
		CU_ASSERT_EQUAL(p->closed, rival);
		if (rival) {
			CU_ASSERT(!p->banned && strstr(p->reason, "waits for its turn") != NULL);
			CU_ASSERT(q->asked > 0 && progress(n).presync_height == height + 4000 && progress(n).presync_peer == q->id);
		}
		net_free(n);
	}
	chain_clear(&c);
}

/* Five hundred announcements arrive while the headers are on their way: no question is asked twice, no peer blamed. */
static void
test_announced_meanwhile(void)
{
	struct chain c = chain_new(9000);
	struct net *n = net_new(7000, 0, 100);
	struct peer *p = peer_new(n, 0, &c);

	meet(n, p);
	for (unsigned i = 0; i < 9; i++) {
		CU_ASSERT_EQUAL(run(n, 0, 1), 1);
		for (unsigned k = 0; k < 20 && i < 8; k++)
			say_headers(n, p, &c.h[9000], 1);
		CU_ASSERT_EQUAL(p->asked, i < 8 ? i + 2 : 9);
		(void)run(n, 2 * SECONDS, 0);
	}
	(void)run(n, 5 * SECONDS, 9);
	CU_ASSERT(at(n, &c, 9000) && !p->closed);
	net_free(n);
	chain_clear(&c);
}

/* Headers from a file are stored without proof, and do not make it ready; from there on only what is missing has to prove
 * itself. So does a client that starts again in the middle of the second pass: what was stored stays. */
static void
test_import(void)
{
	struct chain c = chain_new(9000), side = chain_fork(&c, 2000, 2500, 1);
	struct net *n = net_new(8500, 0, 1000);
	struct peer *p = peer_new(n, 0, &side), *q = peer_new(n, 1, &c);
	uint8_t *raw = mem_new(3000, HEADER_LEN);
	char why[SPV_WHY_MAX];
	size_t used;

	for (size_t i = 0; i < 3000; i++)
		header_encode(raw + i * HEADER_LEN, &c.h[i + 1]);
	CU_ASSERT_PTR_NULL(spv_import(n->s, &used, raw, 3000, n->now));
	CU_ASSERT(used == 3000 && at(n, &c, 3000) && !spv_is_synced(n->s, why));
	meet(n, p);
	(void)run(n, SECONDS, 99);
	CU_ASSERT(at(n, &c, 3000) && !spv_is_synced(n->s, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "less work than the network is known to have"));
	meet(n, q);
	CU_ASSERT_EQUAL(run(n, 0, 2), 2);
	CU_ASSERT(progress(n).presync_from == 3000 && progress(n).presync_height == 2999 + 4000 && at(n, &c, 3000));
	(void)run(n, SECONDS, 99);
	CU_ASSERT(at(n, &c, 9000) && spv_is_synced(n->s, why));
	free(raw);
	net_free(n);
	chain_clear(&side);
	chain_clear(&c);
}

static uint32_t
next_random(uint64_t *x)
{
	*x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
	return (uint32_t)(*x >> 20);
}

static void
random_step(struct net *n, const struct chain *chains, size_t chains_n, uint64_t *x)
{
	size_t i = next_random(x) % (PEERS - 1);
	struct peer *p = &n->peers[i];
	const struct chain *c = &chains[next_random(x) % chains_n];
	uint32_t from = 1 + next_random(x) % c->height, what = next_random(x) % 12;

	if (p->id == 0) {
		p = peer_new(n, i, c);
		p->height = next_random(x) % 3 == 0 ? from : c->height;
		p->most = next_random(x) % 8 == 0 ? 700 : P2P_HEADERS_MAX;
		p->delay_ms = next_random(x) % 4 * SECONDS;
		meet(n, p);
	} else if (what < 2) {
		leave(n, p);
	} else if (what == 2) {
		p->mute = !p->mute;
	} else if (what == 3) {
		p->chain = c;
		p->height = c->height;
	} else if (what == 4) {
		say_headers(n, p, &c->h[c->height], 1);
	} else if (what == 5) {
		say_headers(n, p, &c->h[from], c->height - from < P2P_HEADERS_MAX ? c->height - from + 1 : P2P_HEADERS_MAX);
	} else if (what == 6) {
		say_headers(n, p, c->h, 0);
	}
}

/* From a seed, peers of four branches come, go, stall, turn and repeat themselves. None breaks a rule, so none is banned; in
 * the end one with the most work is followed. */
static void
test_random(void)
{
	struct chain c[4] = { chain_new(9000) };

	c[1] = chain_fork(&c[0], 700, 8000, 1);
	c[2] = chain_fork(&c[0], 5000, 9500, 2);
	c[3] = chain_fork(&c[1], 2100, 4000, 3);
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct net *n = net_new(seed % 4 == 0 ? 0 : 7000, 0, 500);
		uint64_t x = seed * 0x9e3779b97f4a7c15u;
		struct peer *last;

		n->no_check = true;
		for (int step = 0; step < 60; step++) {
			random_step(n, c, ARRAY_LEN(c), &x);
			(void)run(n, next_random(&x) % (step % 7 == 0 ? 40000 : 900), next_random(&x) % 9);
			if (step % 20 == 0)
				spv_check(n->s);
			for (size_t i = 0; i < PEERS; i++)
				CU_ASSERT(!n->peers[i].banned);
		}
		for (size_t i = 0; i < PEERS; i++)
			leave(n, &n->peers[i]);
		last = peer_new(n, PEERS - 1, &c[2]);
		meet(n, last);
		(void)run(n, 60 * SECONDS, 999);
		CU_ASSERT(at(n, &c[2], 9500) && !last->closed);
		spv_check(n->s);
		net_free(n);
	}
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		chain_clear(&c[i]);
}

/* --- A tip that stands still --- */

static void
test_stale(void)
{
	struct chain c = chain_new(1000);
	struct net *n = net_new(0, 90 * 60, 100);
	struct peer *p = peer_new(n, 0, &c);
	unsigned asked;
	char why[SPV_WHY_MAX];

	p->height = 990;
	n->now.wall.sec = (int64_t)c.h[990].time + 60;
	meet(n, p);
	(void)run(n, 29 * 60 * SECONDS, 999);
	CU_ASSERT(at(n, &c, 990) && n->stale_news == 0 && spv_is_synced(n->s, why));
	asked = p->asked;
	(void)run(n, 60 * 60 * SECONDS, 999);
	CU_ASSERT(p->asked >= asked + 5 && p->asked <= asked + 8); /* every ten minutes */
	CU_ASSERT(n->stale_news == 1 - 1 && spv_is_synced(n->s, why));
	(void)run(n, 2 * 60 * SECONDS, 999);
	CU_ASSERT(n->stale_news == 1 && n->stale && strstr(n->stale_what, "990, is 90 minutes old: our 1 peer may be cut off") != NULL);
	CU_ASSERT(!spv_is_synced(n->s, why) && strstr(why, "9") != NULL && strstr(why, "minutes old") != NULL && progress(n).stale);
	(void)run(n, 300 * 60 * SECONDS, 999);
	CU_ASSERT_EQUAL(n->stale_news, 1);
	/* It comes back by itself: the next round of questions finds the new blocks. */
	p->height = 1000;
	n->now.wall.sec = (int64_t)c.h[1000].time + 60;
	(void)run(n, 11 * 60 * SECONDS, 999);
	CU_ASSERT(n->stale_news == 2 && !n->stale && at(n, &c, 1000) && spv_is_synced(n->s, why) && !progress(n).stale);
	CU_ASSERT_PTR_NOT_NULL(strstr(n->stale_what, "blocks come again"));
	/* C12: cut off. */
	leave(n, p);
	(void)run(n, 120 * 60 * SECONDS, 999);
	CU_ASSERT(n->stale_news == 3 && strstr(n->stale_what, "no peer is connected") != NULL);
	net_free(n);
	chain_clear(&c);
}

/* While an old chain is still being caught up with there is no alarm. */
static void
test_not_stale_yet(void)
{
	struct chain c = chain_new(9000);
	struct net *n = net_new(0, 90 * 60, 100);
	struct peer *p = peer_new(n, 0, &c);

	n->now.wall.sec = (int64_t)c.h[9000].time + 60;
	p->delay_ms = 9 * SECONDS;
	meet(n, p);
	(void)run(n, 60 * SECONDS, 999);
	CU_ASSERT(at(n, &c, 9000) && n->stale_news == 0);
	net_free(n);
	chain_clear(&c);
}

static const struct unit_test tests[] = {
	{ "two passes", test_two_passes },
	{ "threshold met and missed by one", test_threshold },
	{ "peer lost at every stage", test_lost_peer },
	{ "next peer on another branch", test_other_branch },
	{ "next peer leads astray", test_led_astray },
	{ "another chain in the second pass", test_mismatch },
	{ "C11 flood of low-work headers", test_flood },
	{ "C11 one long chain of low work", test_long_flood },
	{ "low-work announcements", test_announcements },
	{ "claimed work without proof", test_false_claim },
	{ "fork of any depth", test_deep_fork },
	{ "branches wait for their turn", test_turns },
	{ "inbound peers come last", test_inbound },
	{ "slow peers", test_slow },
	{ "C11 C23 places held without end", test_drip_places },
	{ "C11 C23 the turn held without end", test_drip_turn },
	{ "announcements meanwhile", test_announced_meanwhile },
	{ "imported headers", test_import },
	{ "random peers", test_random },
	{ "C12 stale tip", test_stale },
	{ "no alarm while catching up", test_not_stale_yet },
};

UNIT_MAIN("spv_presync", tests)
