#include "bridge/mainchain.h"

#include <assert.h>
#include <bsd/sys/queue.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "bridge/mainchain_db.h"
#include "bridge/host_port.h"
#include "bridge/peer_files.h"
#include "bridge/progress_line.h"
#include "config.h"
#include "spv/filter_store.h"
#include "spv/header_store.h"

#define USER_AGENT "/tallystick:" PACKAGE_VERSION "/"
#define LISTENERS_MAX 8
#define IMPORT_PART 2000 /* headers at a time */
#define SAVE_SECONDS 5   /* filters become known without a new tip */

/* Somebody who waits for a block. */
struct fetch {
	TAILQ_ENTRY(fetch) next;
	struct hash256 hash;
	mainchain_fetched_fn *done;
	void *context;
	const char *refused; /* static; the core would not ask */
};
TAILQ_HEAD(fetches, fetch);

struct mainchain {
	struct spv *spv;
	struct db *db; /* mainchain.sqlite */
	struct header_store *store;
	struct filter_store *filters;
	struct peer_files *files;
	struct net *net;
	struct event *later; /* after the queue of outputs is drained: save, and tell those whose fetch was refused */
	size_t peers;
	bool discover;
	bool save_failed;
	struct {
		mainchain_fn *each;
		void *context;
	} listener[LISTENERS_MAX];
	size_t listeners;
	struct fetches fetches;
};

static void
run_later(struct mainchain *m)
{
	struct timeval now = { 0, 0 };

	event_add(m->later, &now);
}

static void
tell_fetched(struct mainchain *m, const struct hash256 *hash, const struct block *block, uint32_t height, const char *why)
{
	struct fetches told = TAILQ_HEAD_INITIALIZER(told);
	struct fetch *f, *after;

	for (f = TAILQ_FIRST(&m->fetches); f != NULL; f = after) {
		after = TAILQ_NEXT(f, next);
		if (f->refused == NULL && hash256_eq(&f->hash, hash)) {
			TAILQ_REMOVE(&m->fetches, f, next);
			TAILQ_INSERT_TAIL(&told, f, next);
		}
	}
	while ((f = TAILQ_FIRST(&told)) != NULL) {
		TAILQ_REMOVE(&told, f, next);
		f->done(f->context, block, height, why);
		free(f);
	}
}

static void
tell_refused(struct mainchain *m)
{
	struct fetch *f, *after;

	for (f = TAILQ_FIRST(&m->fetches); f != NULL; f = after) {
		after = TAILQ_NEXT(f, next);
		if (f->refused != NULL) {
			TAILQ_REMOVE(&m->fetches, f, next);
			f->done(f->context, NULL, 0, f->refused);
			free(f);
		}
	}
}

static void
save(struct mainchain *m)
{
	const char *why = header_store_save(m->store, m->spv);

	if (why == NULL)
		why = filter_store_save(m->filters, m->spv);
	if (why != NULL && !m->save_failed)
		log_line("spv", LOG_WARN, "cannot save headers: %s; they will be asked for again", why);
	m->save_failed = why != NULL;
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { SAVE_SECONDS, 0 };
	struct mainchain *m = arg;

	(void)fd;
	(void)what;
	save(m);
	event_add(m->later, &again);
	tell_refused(m);
}

static void
on_output(void *arg, struct spv_output *o)
{
	struct mainchain *m = arg;

	if (o->kind == SPV_FETCHED) {
		tell_fetched(m, &o->fetched.hash, o->fetched.block, o->fetched.height, o->fetched.reason);
		return;
	}
	if (o->kind == SPV_EVIDENCE)
		peer_files_note(m->files, o);
	if (o->kind == SPV_STALE)
		log_line("spv", o->stale.stale ? LOG_WARN : LOG_INFO, "%s", o->stale.what);
	if (o->kind == SPV_TIP) {
		log_line("spv", LOG_DEBUG, "tip at height %u", o->tip.height);
		run_later(m);
	}
	for (size_t i = 0; i < m->listeners; i++)
		m->listener[i].each(m->listener[i].context, o);
}

#define OUTBOUND 8 /* of them, peers of our own choice: what Bitcoin Core keeps, too */

static struct spv_params
core_params(const struct chain_params *chain, const struct mainchain_options *o)
{
	struct spv_params p = spv_params_default(chain);

	rng_bytes(&p.seed, sizeof(p.seed));
	p.user_agent = USER_AGENT;
	p.scan_mode = SPV_SCAN_FILTERS;
	p.discover = o->discover;
	p.dns_seeds = o->dns_seeds;
	p.proxied = o->proxy != NULL;
	if (p.proxied)
		p.networks |= 1u << NET_TORV3;
	p.outbound = o->connections < OUTBOUND ? o->connections : OUTBOUND;
	p.inbound_max = o->connections - p.outbound;
	return p;
}

static void
say_repaired(const char *file, uint64_t cut)
{
	if (cut > 0)
		log_line("spv", LOG_WARN, "cut %llu bytes off %s, which was damaged or half-written: peers are asked for them again",
			 (unsigned long long)cut, file);
}

static bool
open_files(struct mainchain *m, struct complaint *why, struct event_base *base, const char *dir)
{
	const char *fault;

	if (!mainchain_db_open(&m->db, why, dir))
		return false;
	fault = header_store_open(&m->store, dir, m->db, m->spv, net_time());
	if (fault != NULL)
		return complain(why, EXIT_CORRUPT, "headers can always be had again: move headers.dat and mainchain.sqlite away",
				"headers in %s: %s", dir, fault);
	say_repaired("headers.dat", header_store_repaired(m->store));
	fault = filter_store_open(&m->filters, dir, m->spv);
	if (fault != NULL)
		return complain(why, EXIT_CORRUPT, "filters can always be had again: move filters.dat away", "filters in %s: %s", dir, fault);
	say_repaired("filters.dat", filter_store_repaired(m->filters));
	return peer_files_open(&m->files, why, base, m->db, m->spv);
}

static bool
add_seeds(struct mainchain *m, struct complaint *why, const struct chain_params *chain, const struct mainchain_options *o)
{
	for (size_t i = 0; i < o->seeds_n; i++) {
		char *host;
		uint16_t port;
		const char *fault = host_port_parse(&host, &port, o->seeds[i], chain->port);

		if (fault != NULL)
			return complain(why, EXIT_USAGE, "write HOST:PORT, [IPV6]:PORT or HOST", "seednode '%.80s': %s", o->seeds[i], fault);
		spv_add_seed(m->spv, host, port);
		free(host);
	}
	return true;
}

static bool
open_net(struct mainchain *m, struct complaint *why, struct event_base *base, const struct chain_params *chain,
	 const struct mainchain_options *o)
{
	struct net_params params = net_params_default();
	const char *fault;

	m->net = net_new(base, m->spv, chain, &params, on_output, m);
	fault = o->proxy != NULL ? net_use_proxy(m->net, o->proxy) : NULL;
	if (fault != NULL)
		return complain(why, EXIT_USAGE, "write HOST:PORT, such as 127.0.0.1:9050", "proxy '%.80s': %s", o->proxy, fault);
	fault = o->listen != NULL ? net_listen(m->net, o->listen, o->connections) : NULL;
	if (fault != NULL)
		return complain(why, EXIT_USAGE, "write ADDR, ADDR:PORT or [IPV6]:PORT, or 0 for nobody", "listen '%.80s': %s", o->listen, fault);
	return add_seeds(m, why, chain, o);
}

bool
mainchain_open(struct mainchain **out, struct complaint *why, struct event_base *base, const struct chain_params *chain,
	       const struct mainchain_options *options)
{
	struct spv_params params = core_params(chain, options);
	struct mainchain *m = mem_new(1, sizeof(*m));
	struct spv_header tip;

	TAILQ_INIT(&m->fetches);
	m->discover = options->discover;
	m->spv = spv_new(&params);
	m->later = evtimer_new(base, on_later, m);
	if (!open_files(m, why, base, options->dir) || !open_net(m, why, base, chain, options)) {
		mainchain_close(m);
		return false;
	}
	spv_tip(m->spv, &tip);
	log_line("spv", LOG_INFO, "headers up to height %u", tip.height);
	*out = m;
	return true;
}

void
mainchain_close(struct mainchain *m)
{
	struct fetch *f;

	if (m == NULL)
		return;
	m->listeners = 0;
	peer_files_close(m->files); /* the anchors are the peers that still stand */
	m->files = NULL;
	net_free(m->net);
	filter_store_close(m->filters, m->spv);
	header_store_close(m->store, m->spv);
	db_close(m->db);
	spv_free(m->spv);
	if (m->later != NULL)
		event_free(m->later);
	while ((f = TAILQ_FIRST(&m->fetches)) != NULL) {
		TAILQ_REMOVE(&m->fetches, f, next);
		free(f);
	}
	free(m);
}

bool
mainchain_import(struct mainchain *m, struct complaint *why, const char *path)
{
	uint8_t *part = mem_new(IMPORT_PART, HEADER_LEN);
	FILE *f = fopen(path, "rb");
	const char *fault = NULL;
	size_t n, used, total = 0, rest = 0;
	struct progress_line line = { .bar = false };
	struct progress_at at = { .stage = PROGRESS_IMPORT };

	if (f == NULL) {
		free(part);
		return complain(why, EXIT_USAGE, "check the path", "cannot open %s: %s", path, strerror(errno));
	}
	if (fseek(f, 0, SEEK_END) == 0 && ftell(f) > 0) {
		at.total = (uint64_t)ftell(f) / HEADER_LEN;
		rest = (size_t)ftell(f) % HEADER_LEN;
	}
	rewind(f);
	while (fault == NULL && (n = fread(part, HEADER_LEN, IMPORT_PART, f)) > 0) {
		fault = spv_import(m->spv, &used, part, n, net_time());
		total += used;
		save(m); /* what is in the file takes no memory */
		at.done = total;
		progress_line_say(&line, &at);
	}
	at.stage = PROGRESS_DONE;
	progress_line_say(&line, &at);
	if (fault == NULL && ferror(f))
		fault = "it cannot be read to its end";
	fclose(f);
	free(part);
	if (fault != NULL)
		return complain(why, EXIT_USAGE, "the file must hold headers of this network from height 1 on, 80 bytes each",
				"%s: header number %zu: %s", path, total + 1, fault);
	log_line("spv", LOG_INFO, "%zu headers imported", total);
	if (rest > 0)
		log_line("spv", LOG_WARN, "the last %zu bytes of %s are no whole header", rest, path);
	run_later(m);
	return true;
}

bool
mainchain_add_peer(struct mainchain *m, struct complaint *why, const char *address)
{
	const char *fault = net_add_peer(m->net, address);

	if (fault != NULL)
		return complain(why, EXIT_USAGE, "write HOST:PORT, [IPV6]:PORT or HOST", "peer '%.80s': %s", address, fault);
	m->peers++;
	return true;
}

bool
mainchain_remove_peer(struct mainchain *m, const char *address)
{
	bool there = net_remove_peer(m->net, address);

	m->peers -= there;
	return there;
}

size_t
mainchain_peers_wanted(const struct mainchain *m)
{
	return m->peers + m->discover;
}

size_t
mainchain_lies(struct mainchain *m, struct evidence *out, size_t max)
{
	return peer_files_lies(m->files, out, max);
}

struct spv *
mainchain_spv(const struct mainchain *m)
{
	return m->spv;
}

struct net *
mainchain_net(const struct mainchain *m)
{
	return m->net;
}

void
mainchain_pump(struct mainchain *m)
{
	net_pump(m->net);
}

void
mainchain_listen(struct mainchain *m, mainchain_fn *each, void *context)
{
	assert(m->listeners < LISTENERS_MAX);
	m->listener[m->listeners].each = each;
	m->listener[m->listeners++].context = context;
}

void
mainchain_fetch(struct mainchain *m, const struct hash256 *hash, mainchain_fetched_fn *done, void *context)
{
	struct fetch *f = mem_new(1, sizeof(*f));

	f->hash = *hash;
	f->done = done;
	f->context = context;
	TAILQ_INSERT_TAIL(&m->fetches, f, next);
	f->refused = spv_fetch_block(m->spv, hash);
	if (f->refused != NULL)
		run_later(m);
	else
		net_pump(m->net);
}
