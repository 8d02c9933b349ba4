#include "bridge/node.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/cookie.h"
#include "bridge/datadir.h"
#include "bridge/mainchain.h"
#include "bridge/node_pages.h"
#include "bridge/progress_line.h"
#include "bridge/rpc_http.h"
#include "bridge/rpc_server.h"
#include "bridge/rpc_socket.h"
#include "bridge/sidechain.h"
#include "bridge/signer_link.h"
#include "bridge/wallet.h"
#include "bridge/writes.h"
#include "spv/seeds.h"

#define CONNECTIONS_MAX 120 /* what the light client has places for, and a few given ones */
#define STOP_AFTER_MS 100 /* for the answer to `stop` and others under way */

struct node {
	const struct options *options;
	const struct chain_params *params;
	int lock;
	FILE *log; /* owned */
	struct mono started;
	struct event_base *base;
	struct event *signals[3];
	struct event *stop_timer, *lock_timer;
	struct mainchain *mainchain;
	struct progress_watch *progress;
	struct sidechain *sidechain; /* NULL: a light client only */
	struct writes *writes;
	struct signer_link *signers;
	struct wallet *wallet;
	char not_synced[SPV_WHY_MAX + 40];
	struct rpc *rpc;
	struct cookie cookie;
	struct rpc_socket *socket;
	struct rpc_http *http;
	struct complaint failure;
};

const struct chain_params *
node_params(const struct node *n)
{
	return n->params;
}

const struct options *
node_options(const struct node *n)
{
	return n->options;
}

struct mainchain *
node_mainchain(const struct node *n)
{
	return n->mainchain;
}

struct progress_watch *
node_progress(const struct node *n)
{
	return n->progress;
}

struct ledger *
node_ledger(const struct node *n)
{
	return n->sidechain != NULL ? sidechain_ledger(n->sidechain) : NULL;
}

struct store *
node_store(const struct node *n)
{
	return n->sidechain != NULL ? sidechain_store(n->sidechain) : NULL;
}

struct engine *
node_engine(const struct node *n)
{
	return n->sidechain != NULL ? sidechain_engine(n->sidechain) : NULL;
}

struct relayer *
node_relayer(const struct node *n)
{
	return n->sidechain != NULL ? sidechain_relayer(n->sidechain) : NULL;
}

const struct genesis_file *
node_genesis(const struct node *n)
{
	return n->sidechain != NULL ? sidechain_genesis(n->sidechain) : NULL;
}

struct writes *
node_writes(const struct node *n)
{
	return n->writes;
}

struct signer_link *
node_signer_link(const struct node *n)
{
	return n->signers;
}

struct wallet *
node_wallet(const struct node *n)
{
	return n->wallet;
}

void
node_set_wallet(struct node *n, struct wallet *w)
{
	n->wallet = w;
}

static void
on_lock_timer(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;

	(void)fd;
	(void)what;
	wallet_lock(n->wallet);
}

void
node_lock_wallet_after(struct node *n, uint64_t seconds)
{
	struct timeval then = { (time_t)(seconds < INT32_MAX ? seconds : INT32_MAX), 0 };

	if (seconds == 0)
		event_del(n->lock_timer);
	else
		event_add(n->lock_timer, &then);
}

const char *
node_not_synced(const struct node *node)
{
	struct node *n = (struct node *)node; /* for the sentence alone */
	struct spv_progress at;

	spv_progress(mainchain_spv(n->mainchain), &at);
	if (spv_is_synced(mainchain_spv(n->mainchain), n->not_synced))
		return NULL;
	if (mainchain_peers_wanted(n->mainchain) == 0)
		snprintf(n->not_synced, sizeof(n->not_synced),
			 "there is no peer: start with --connect=HOST:PORT or --seednode=HOST:PORT, or use addnode");
	else if (at.peers == 0)
		snprintf(n->not_synced, sizeof(n->not_synced), "no peer of the main chain is connected: debug.log says what was tried");
	return n->not_synced;
}

const char *
node_account_hrp(const struct node *n)
{
	return genesis_account_hrp(n->params);
}

int64_t
node_uptime(const struct node *n)
{
	return (clock_mono().ms - n->started.ms) / 1000;
}

uint16_t
node_http_port(const struct node *n)
{
	return rpc_http_port(n->http);
}

size_t
node_clients(const struct node *n)
{
	return rpc_http_count(n->http) + rpc_socket_count(n->socket);
}

struct rpc *
node_rpc(const struct node *n)
{
	return n->rpc;
}

/* Stopping. */

static void
on_stop_timer(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(n->base);
}

void
node_stop(struct node *n)
{
	struct timeval soon = { 0, STOP_AFTER_MS * 1000 };

	log_line("node", LOG_INFO, "stopping");
	event_add(n->stop_timer, &soon);
}

void
node_fail(struct node *n, enum exit_code code, const char *why, const char *hint)
{
	log_line("node", LOG_ERROR, "%s", why);
	if (n->failure.code == EXIT_DONE)
		complain(&n->failure, code, hint, "%s", why);
	event_base_loopbreak(n->base);
}

static bool open_log(struct node *n, struct complaint *why);

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct node *n = arg;
	struct complaint why;

	(void)what;
	if (number != SIGHUP)
		node_stop(n);
	else if (!open_log(n, &why))
		fprintf(stderr, "tallyd: %s\n", why.why);
}

/* Starting. */

static bool
open_log(struct node *n, struct complaint *why)
{
	char *path = options_path(n->options, "debug.log");
	FILE *f = fopen(path, "ae");

	if (f == NULL) {
		complain(why, EXIT_USAGE, "check the permissions of the directory", "cannot write %s: %s", path, strerror(errno));
	} else {
		log_open(f, LOG_INFO);
		if (n->log != NULL)
			fclose(n->log);
		n->log = f;
	}
	free(path);
	return f != NULL;
}

static bool
start_log(struct node *n, struct complaint *why)
{
	const char *fault;

	if (!open_log(n, why))
		return false;
	fault = log_configure(options_text(n->options, "log"));
	return fault == NULL || complain(why, EXIT_USAGE, NULL, "log: %s", fault);
}

/* What the event library has to say, such as a DNS server that does not answer, goes to our log. */
static void
on_event_log(int severity, const char *text)
{
	log_line("event", severity >= EVENT_LOG_ERR ? LOG_ERROR : severity == EVENT_LOG_WARN ? LOG_WARN : LOG_DEBUG, "%s", text);
}

static void
start_loop(struct node *n)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	signal(SIGPIPE, SIG_IGN);
	event_set_log_callback(on_event_log);
	n->base = event_base_new();
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		n->signals[i] = evsignal_new(n->base, numbers[i], on_signal, n);
		event_add(n->signals[i], NULL);
	}
	n->stop_timer = evtimer_new(n->base, on_stop_timer, n);
	n->lock_timer = evtimer_new(n->base, on_lock_timer, n);
}

static bool
start_wallet(struct node *n, struct complaint *why)
{
	char *dir = options_path(n->options, "keys");
	bool ok = wallet_open(&n->wallet, why, dir);

	free(dir);
	return ok;
}

static bool
add_peers(struct node *n, struct complaint *why, const char *option)
{
	const char *const *peers;
	size_t count = options_list(n->options, option, &peers);
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++)
		ok = mainchain_add_peer(n->mainchain, why, peers[i]);
	return ok;
}

/* Peers are looked for unless we were told which ones to use. Networks without DNS seeds, regtest among them, need a seed node for that. */
static bool
may_discover(const struct node *n, size_t seeds)
{
	const char *const *peers;

	return options_list(n->options, "connect", &peers) == 0 && (seeds > 0 || *seeds_of(n->params->name) != NULL);
}

static bool
open_mainchain(struct node *n, struct complaint *why, const char *dir)
{
	const char *listen = options_text(n->options, "listen");
	struct mainchain_options o = {
		.dir = dir,
		.dns_seeds = options_flag(n->options, "dnsseed"),
		.proxy = options_text(n->options, "proxy"),
		.listen = strcmp(listen, "0") != 0 ? listen : NULL,
		.connections = options_number(n->options, "maxconnections"),
	};

	if (o.connections > CONNECTIONS_MAX)
		return complain(why, EXIT_USAGE, "8 of them are peers of our choice, the others those that come to us",
				"maxconnections must be %d at most", CONNECTIONS_MAX);
	o.seeds_n = options_list(n->options, "seednode", &o.seeds);
	o.discover = may_discover(n, o.seeds_n);
	return mainchain_open(&n->mainchain, why, n->base, n->params, &o);
}

static bool
start_mainchain(struct node *n, struct complaint *why)
{
	char *dir = options_path(n->options, "");
	bool ok = open_mainchain(n, why, dir);

	free(dir);
	if (ok && options_text(n->options, "maxtipage") != NULL)
		spv_set_stale_age(mainchain_spv(n->mainchain), (int64_t)options_number(n->options, "maxtipage"));
	if (ok)
		n->progress = progress_watch_new(n->base, n->mainchain, n->params);
	if (ok && options_text(n->options, "import-headers") != NULL)
		ok = mainchain_import(n->mainchain, why, options_text(n->options, "import-headers"));
	return ok && add_peers(n, why, "connect") && add_peers(n, why, "addnode");
}

static void
on_fatal(void *context, const char *why)
{
	node_fail(context, EXIT_CORRUPT, why, "nothing half done was kept; look at debug.log, mend the cause and start again");
}

static bool
start_signers(struct node *n, struct complaint *why)
{
	const struct genesis_file *g = node_genesis(n);
	char *keys = options_path(n->options, "keys");
	struct signer_link_options o = {
		.base = n->base,
		.ledger = node_ledger(n),
		.store = node_store(n),
		.engine = node_engine(n),
		.relayer = node_relayer(n),
		.mainchain = n->mainchain,
		.params = &g->peg,
		.federation = &g->federation,
		.fee_rate = options_number(n->options, "feerate") * 1000,
		.keys = keys,
	};
	bool ok;

	o.signers_n = options_list(n->options, "signer", &o.signers);
	ok = o.signers_n == 0 || signer_link_open(&n->signers, why, &o);
	free(keys);
	return ok;
}

static bool
start_sidechain(struct node *n, struct complaint *why)
{
	if (options_text(n->options, "genesis") == NULL) {
		log_line("node", LOG_INFO, "no genesis: a light client only");
		return true;
	}
	if (!sidechain_open(&n->sidechain, why, n->base, n->mainchain, n->options, on_fatal, n))
		return false;
	n->writes = writes_new(n->base, node_engine(n), node_ledger(n), node_store(n));
	return start_signers(n, why);
}

static bool
start_rpc(struct node *n, struct complaint *why)
{
	struct rpc_http_params params = {
		.address = options_text(n->options, "rpcbind"),
		.port = (uint16_t)options_number(n->options, "rpcport"),
		.cookie = &n->cookie,
	};
	char *sock = options_path(n->options, "rpc.sock"), *cookie = options_path(n->options, ".cookie");
	bool ok;

	params.allow_n = options_list(n->options, "rpcallow", &params.allow);
	n->rpc = rpc_new(n, rpc_tables);
	ok = cookie_make(&n->cookie, why, cookie) && rpc_socket_open(&n->socket, why, n->base, n->rpc, sock) &&
	     rpc_http_open(&n->http, why, n->base, n->rpc, n, &params, &node_pages);
	free(sock);
	free(cookie);
	return ok;
}

bool
node_start(struct node **out, struct complaint *why, const struct options *o)
{
	struct node *n = mem_new(1, sizeof(*n));

	n->options = o;
	n->params = chain_params_find(options_text(o, "network"));
	n->started = clock_mono();
	n->lock = -1;
	*out = n;
	umask(077); /* everything we write is ours alone */
	if (datadir_lock(&n->lock, why, o) && start_log(n, why)) {
		log_line("node", LOG_INFO, "starting for %s", n->params->name);
		start_loop(n);
		if (start_wallet(n, why) && start_mainchain(n, why) && start_sidechain(n, why) && start_rpc(n, why)) {
			log_line("node", LOG_INFO, "serving at %s port %u", options_text(o, "rpcbind"),
				 (unsigned)node_http_port(n));
			return true;
		}
	}
	log_line("node", LOG_ERROR, "%s", why->why);
	node_free(n);
	*out = NULL;
	return false;
}

enum exit_code
node_run(struct node *n, struct complaint *why)
{
	event_base_dispatch(n->base);
	if (n->failure.code != EXIT_DONE)
		*why = n->failure;
	return n->failure.code;
}

void
node_free(struct node *n)
{
	if (n == NULL)
		return;
	rpc_http_close(n->http);
	rpc_socket_close(n->socket);
	cookie_remove(&n->cookie);
	signer_link_close(n->signers);
	writes_free(n->writes);
	sidechain_close(n->sidechain);
	progress_watch_free(n->progress);
	mainchain_close(n->mainchain);
	rpc_free(n->rpc);
	wallet_free(n->wallet);
	for (size_t i = 0; i < ARRAY_LEN(n->signals); i++) {
		if (n->signals[i] != NULL)
			event_free(n->signals[i]);
	}
	if (n->stop_timer != NULL)
		event_free(n->stop_timer);
	if (n->lock_timer != NULL)
		event_free(n->lock_timer);
	if (n->base != NULL) {
		event_base_loop(n->base, EVLOOP_NONBLOCK); /* deferred callbacks hold on to the connections just freed */
		event_base_free(n->base);
	}
	if (n->log != NULL) {
		log_line("node", LOG_INFO, "stopped");
		log_open(NULL, LOG_INFO);
		fclose(n->log);
	}
	if (n->lock >= 0)
		close(n->lock);
	free(n);
}
