/* Control commands about the program itself: clock, peers, policy, misbehaviour. */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/mainchain/control.h"
#include "tests/mainchain/peer.h"

static json_t *
run_info(struct node *n, struct args *a)
{
	const struct tree_block *tip = tree_tip(&n->tree);
	struct hash256 rival;
	int peers = 0;

	header_hash(&rival, &n->misbehaviour.rival);
	(void)a;
	for (const struct peer *p = n->peers; p != NULL; p = p->next)
		peers += p->dead ? 0 : 1;
	return json_pack("{s:i, s:o, s:I, s:I, s:I, s:i, s:i, s:s, s:s, s:I, s:o}",
			 "height", (int)tip->height, "hash", json_hash(&tip->hash), "time", (json_int_t)node_now(n).sec,
			 "tip_time", (json_int_t)tip->header.time, "median_time", (json_int_t)tree_median_time(tip),
			 "peers", peers, "mempool", (int)HASH_COUNT(n->pool.by_txid), "address", n->purse.address,
			 "misbehaviour", misbehave_name(n->misbehaviour.mode), "lies", (json_int_t)n->misbehaviour.told,
			 "rival", json_hash(&rival));
}

static json_t *
run_settime(struct node *n, struct args *a)
{
	int64_t time = args_int(a, "time", 0, UINT32_MAX, 0), offset = args_int(a, "offset", -(int64_t)UINT32_MAX, UINT32_MAX, 0);

	if (!args_ok(a))
		return NULL;
	n->clock_stopped = args_has(a, "time");
	n->clock_base = n->clock_stopped ? time : offset;
	return json_integer(node_now(n).sec);
}

static json_t *
run_misbehave(struct node *n, struct args *a)
{
	struct misbehaviour m = { .left = UINT64_MAX };
	const char *mode = args_text(a, "mode", true);
	uint64_t told = n->misbehaviour.told;

	if (mode != NULL && !misbehave_find(&m.mode, mode))
		args_fail(a, "no such mode", mode);
	m.peer = (uint64_t)args_int(a, "peer", 1, INT64_MAX, 0);
	m.left = (uint64_t)args_int(a, "count", 1, INT64_MAX, INT64_MAX);
	m.rate = (uint32_t)args_int(a, "rate", 1, INT32_MAX, 1000);
	m.from_height = (uint32_t)args_int(a, "from_height", 0, UINT32_MAX, 0);
	if (!args_ok(a))
		return NULL;
	misbehave_start(n, &m);
	return json_pack("{s:s, s:I}", "mode", mode, "told_before", (json_int_t)told);
}

static json_t *
run_policy(struct node *n, struct args *a)
{
	struct policy p = n->policy;

	p.version_max = (int32_t)args_int(a, "version_max", 1, INT32_MAX, p.version_max);
	p.fee_rate = (uint64_t)args_int(a, "fee_rate", 0, INT32_MAX, (int64_t)p.fee_rate);
	p.accept_nonstd = args_bool(a, "accept_nonstd", p.accept_nonstd);
	p.send_reject = args_bool(a, "send_reject", p.send_reject);
	if (!args_ok(a))
		return NULL;
	n->policy = p;
	return json_pack("{s:i, s:I, s:b, s:b}", "version_max", (int)p.version_max, "fee_rate", (json_int_t)p.fee_rate,
			 "accept_nonstd", p.accept_nonstd, "send_reject", p.send_reject);
}

static json_t *
json_peer(const struct peer *p)
{
	json_t *heard = json_object();

	for (size_t i = 0; i < p->heard_n; i++)
		json_object_set_new(heard, p->heard[i].command, json_integer((json_int_t)p->heard[i].n));
	return json_pack("{s:I, s:s, s:b, s:b, s:s, s:o}", "id", (json_int_t)p->id, "address", p->address, "inbound", p->inbound,
			 "ready", p->ready, "user_agent", p->version.user_agent, "heard", heard);
}

static json_t *
run_peers(struct node *n, struct args *a)
{
	json_t *list = json_array();

	(void)a;
	for (const struct peer *p = n->peers; p != NULL; p = p->next) {
		if (!p->dead)
			json_array_append_new(list, json_peer(p));
	}
	return list;
}

static json_t *
run_kick(struct node *n, struct args *a)
{
	uint64_t id = (uint64_t)args_int(a, "peer", 1, INT64_MAX, 0);
	int kicked = 0;

	for (struct peer *p = n->peers; p != NULL && args_ok(a); p = p->next) {
		if (!p->dead && (id == 0 || p->id == id)) {
			peer_close(p);
			kicked++;
		}
	}
	return args_ok(a) ? json_integer(kicked) : NULL;
}

static json_t *
run_connect(struct node *n, struct args *a)
{
	const char *address = args_text(a, "address", true);
	struct sockaddr_storage sa;
	int len = sizeof(sa);
	struct peer *p;

	if (address != NULL && evutil_parse_sockaddr_port(address, (struct sockaddr *)&sa, &len) != 0)
		args_fail(a, "not HOST:PORT in numbers", "address");
	if (!args_ok(a))
		return NULL;
	p = peer_new(n, -1, address, false);
	if (bufferevent_socket_connect(p->bev, (struct sockaddr *)&sa, len) != 0)
		peer_close(p);
	return json_integer((json_int_t)p->id);
}

static json_t *
run_stop(struct node *n, struct args *a)
{
	static const struct timeval soon = { .tv_usec = 20000 }; /* the answer goes out first */

	(void)a;
	event_base_loopexit(n->base, &soon);
	return json_true();
}

const struct command commands_node[] = {
	{ "info", "", run_info },
	{ "settime", " time offset ", run_settime },
	{ "misbehave", " mode peer count rate from_height ", run_misbehave },
	{ "policy", " version_max fee_rate accept_nonstd send_reject ", run_policy },
	{ "peers", "", run_peers },
	{ "kick", " peer ", run_kick },
	{ "connect", " address ", run_connect },
	{ "stop", "", run_stop },
	{ NULL, NULL, NULL },
};
