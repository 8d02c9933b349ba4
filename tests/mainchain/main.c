/* The embedded main chain for demo and tests: regtest rules, the real P2P protocol, mining and misbehaviour on command.
 * Never part of the daemon. */
#include <event2/event.h>
#include <event2/listener.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/mainchain/control.h"
#include "tests/mainchain/peer.h"

enum exit_code { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_INTERNAL = 7 };

struct options {
	const char *listen, *control, *seed, *log;
	uint32_t premine, spacing;
	int64_t time; /* a stopped clock; 0: the system's */
	bool die_with_parent;
};

static const char usage[] =
	"usage: mainchain [--listen=ADDRESS:PORT] [--control=PATH] [--premine=N] [--spacing=SECONDS] [--seed=TEXT] [--time=UNIX]\n"
	"                 [--log=LEVEL] [--die-with-parent]\n"
	"Runs a regtest chain in memory. Port 0 lets the system choose; one line of JSON tells the port when all is ready.\n";

static bool
parse_number(int64_t *out, const char *text, int64_t max)
{
	char *end;

	*out = strtoll(text, &end, 10);
	return *text != '\0' && *end == '\0' && *out >= 0 && *out <= max;
}

static bool
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "listen", required_argument, NULL, 'l' },  { "control", required_argument, NULL, 'c' },
		{ "premine", required_argument, NULL, 'p' }, { "spacing", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'S' },    { "time", required_argument, NULL, 't' },
		{ "log", required_argument, NULL, 'L' },     { "die-with-parent", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int64_t v = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (strchr("pst", c) != NULL && !parse_number(&v, optarg, UINT32_MAX))
			return false;
		switch (c) {
		case 'l': o->listen = optarg; break;
		case 'c': o->control = optarg; break;
		case 'p': o->premine = (uint32_t)v; break;
		case 's': o->spacing = (uint32_t)v; break;
		case 'S': o->seed = optarg; break;
		case 't': o->time = v; break;
		case 'L': o->log = optarg; break;
		case 'd': o->die_with_parent = true; break;
		default: return false;
		}
	}
	return optind == argc;
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *context)
{
	char text[64] = "unknown";
	const struct sockaddr_in *in = (const void *)sa;

	(void)l, (void)len;
	if (sa->sa_family == AF_INET)
		snprintf(text, sizeof(text), "port %u", ntohs(in->sin_port));
	peer_new(context, fd, text, true);
}

/* libevent refuses port 0, but takes an address without a port to mean just that. */
static bool
parse_address(struct sockaddr_storage *sa, int *len, const char *text)
{
	char *copy = mem_strdup(text);
	size_t n = strlen(copy);
	bool ok;

	if (n > 2 && strcmp(copy + n - 2, ":0") == 0)
		copy[n - 2] = '\0';
	ok = evutil_parse_sockaddr_port(copy, (struct sockaddr *)sa, len) == 0;
	free(copy);
	return ok;
}

/* The listener, with the port that it got in *port; NULL when that failed. */
static struct evconnlistener *
listen_on(struct node *n, const char *address, unsigned *port)
{
	struct sockaddr_storage sa = { 0 };
	int len = sizeof(sa);
	socklen_t got = sizeof(sa);
	struct evconnlistener *l;

	if (!parse_address(&sa, &len, address))
		return NULL;
	l = evconnlistener_new_bind(n->base, on_accept, n, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1,
				    (struct sockaddr *)&sa, len);
	if (l != NULL && getsockname(evconnlistener_get_fd(l), (struct sockaddr *)&sa, &got) == 0)
		*port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
						       : ((struct sockaddr_in *)&sa)->sin_port);
	return l;
}

static void
on_signal(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	event_base_loopbreak(context);
}

static int
run_loop(struct node *n, const struct options *o, unsigned port)
{
	struct event *term = evsignal_new(n->base, SIGTERM, on_signal, n->base);
	struct event *intr = evsignal_new(n->base, SIGINT, on_signal, n->base);
	json_t *ready;
	int rc;

	event_add(term, NULL);
	event_add(intr, NULL);
	ready = json_pack("{s:i, s:s, s:i, s:o, s:s}", "p2p", (int)port, "control", o->control ? o->control : "", "height",
			  (int)tree_height(&n->tree), "hash", json_hash(&tree_tip(&n->tree)->hash), "address", n->purse.address);
	json_dumpf(ready, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(ready);
	rc = event_base_dispatch(n->base);
	event_free(term);
	event_free(intr);
	return rc == 0 ? EXIT_DONE : EXIT_INTERNAL;
}

static int
run(struct node *n, const struct options *o)
{
	struct evconnlistener *l;
	unsigned port = 0;
	const char *why;
	int rc;

	if ((why = node_premine(n, o->premine, o->spacing)) != NULL) {
		fprintf(stderr, "mainchain: premine: %s\n", why);
		return EXIT_INTERNAL;
	}
	if ((l = listen_on(n, o->listen, &port)) == NULL) {
		fprintf(stderr, "mainchain: can't listen on %s\n", o->listen);
		return EXIT_USAGE;
	}
	if (o->control != NULL && (why = control_open(n, o->control)) != NULL) {
		fprintf(stderr, "mainchain: %s: %s\n", o->control, why);
		evconnlistener_free(l);
		return EXIT_USAGE;
	}
	rc = run_loop(n, o, port);
	evconnlistener_free(l);
	if (o->control != NULL)
		control_close(o->control);
	peer_free_all(n);
	return rc;
}

static void
random_seed(char text[33])
{
	uint8_t noise[16];

	rng_bytes(noise, sizeof(noise));
	hex_encode(text, noise, sizeof(noise));
}

int
main(int argc, char **argv)
{
	struct options o = { .listen = "127.0.0.1:0", .spacing = 600, .log = "warn" };
	const char *why;
	struct node n;
	char seed[33];
	int rc;

	if (!parse_options(&o, argc, argv)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	log_open(stderr, LOG_WARN);
	if ((why = log_configure(o.log)) != NULL) {
		fprintf(stderr, "mainchain: --log: %s\n", why);
		return EXIT_USAGE;
	}
	if (o.die_with_parent)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	random_seed(seed);
	node_init(&n, chain_params_find("regtest"), o.seed ? o.seed : seed);
	n.clock_stopped = o.time != 0;
	n.clock_base = o.time;
	if ((n.base = event_base_new()) == NULL)
		return EXIT_INTERNAL;
	rc = run(&n, &o);
	node_clear(&n);
	event_base_free(n.base);
	return rc;
}
