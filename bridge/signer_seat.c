#include "bridge/signer_seat.h"

#include <dirent.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "bridge/signer_key.h"

#define RECONNECT_MS 1000
#define ANSWER_SECONDS 20

struct seat {
	char *where; /* owned */
	seat_answer_fn *answer;
	void *context;
	struct signer *local; /* owned; NULL for a socket */
	struct event_base *base;
	struct bufferevent *bev; /* NULL: not connected */
	bool connected;
	int64_t retry; /* mono ms */
};

const char *
seat_where(const struct seat *s)
{
	return s->where;
}

void
seat_listen(struct seat *s, seat_answer_fn *answer, void *context)
{
	s->answer = answer;
	s->context = context;
}

void
seat_free(struct seat *s)
{
	if (s == NULL)
		return;
	if (s->bev != NULL)
		bufferevent_free(s->bev);
	signer_free(s->local);
	free(s->where);
	free(s);
}

/* --- A signer in a process of its own --- */

struct seat *
seat_new_socket(struct event_base *base, const char *path)
{
	struct seat *s = mem_new(1, sizeof(*s));

	s->where = mem_strdup(path);
	s->base = base;
	return s;
}

static void
drop(struct seat *s)
{
	bufferevent_free(s->bev);
	s->bev = NULL;
	s->connected = false;
	s->retry = clock_mono().ms + RECONNECT_MS;
	s->answer(s->context, NULL, 0);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct seat *s = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	uint8_t head[4];
	struct rd r;
	uint32_t len;
	uint8_t *body;

	if (evbuffer_copyout(in, head, sizeof(head)) < (ev_ssize_t)sizeof(head))
		return;
	r = rd_init(head, sizeof(head));
	len = rd_u32(&r);
	if (len > SIGNER_FRAME_MAX) {
		drop(s);
		return;
	}
	if (evbuffer_get_length(in) < sizeof(head) + len)
		return;
	evbuffer_drain(in, sizeof(head));
	body = mem_new(len, 1);
	evbuffer_remove(in, body, len);
	bufferevent_set_timeouts(bev, NULL, NULL);
	s->answer(s->context, body, len);
	free(body);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct seat *s = arg;

	if (what & BEV_EVENT_CONNECTED) {
		s->connected = true;
		bufferevent_enable(bev, EV_READ | EV_WRITE);
	} else {
		drop(s);
	}
}

/* Start to connect; a later question finds it done. */
static void
reconnect(struct seat *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (s->bev != NULL || clock_mono().ms < s->retry || strlen(s->where) >= sizeof(a.sun_path))
		return;
	strcpy(a.sun_path, s->where);
	s->retry = clock_mono().ms + RECONNECT_MS;
	s->bev = bufferevent_socket_new(s->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	bufferevent_setcb(s->bev, on_read, NULL, on_event, s);
	if (bufferevent_socket_connect(s->bev, (struct sockaddr *)&a, sizeof(a)) != 0) {
		bufferevent_free(s->bev);
		s->bev = NULL;
	}
}

static bool
ask_socket(struct seat *s, const void *request, size_t len)
{
	struct timeval patience = { ANSWER_SECONDS, 0 };
	struct wr w = { 0 };

	if (!s->connected) {
		reconnect(s);
		return false;
	}
	wr_u32(&w, (uint32_t)len);
	wr_bytes(&w, request, len);
	bufferevent_set_timeouts(s->bev, NULL, &patience);
	bufferevent_write(s->bev, w.p, w.len);
	wr_clear(&w);
	return true;
}

/* --- A signer inside --- */

static bool
open_record(struct signer_log **out, struct complaint *why, const char *path)
{
	enum signer_log_err status = signer_log_open(out, path);

	if (status == SIGNER_LOG_OK)
		return true;
	if (status == SIGNER_LOG_BUSY)
		complain(why, EXIT_REFUSED, "another signer runs with this key: stop it first", "%s: %s", path, signer_log_why(*out));
	else
		complain(why, EXIT_CORRUPT, "it keeps this member from signing twice: restore the newest copy, never an old or empty one",
			 "%s: %s", path, signer_log_why(*out));
	signer_log_close(*out);
	*out = NULL;
	return false;
}

static bool
open_builtin(struct seat **out, struct complaint *why, const char *path, const struct peg_params *p, const struct federation *f,
	     const struct hash256 *genesis_id)
{
	struct signer_limits limits = signer_limits_default(p);
	char *log_path = mem_printf("%s.log", path);
	struct signer_log *log = NULL;
	struct secret_key secret;
	const char *fault;
	struct signer *local;
	bool ok = signer_key_open(&secret, why, path, "");

	if (ok && !open_record(&log, why, log_path)) {
		ok = false;
	} else if (ok) {
		local = signer_new(&fault, p, f, genesis_id, &secret, &limits, log);
		if (local == NULL) {
			ok = complain(why, EXIT_USAGE, "keys that are no member's do not belong in keys/", "%s: %s", path, fault);
		} else {
			*out = mem_new(1, sizeof(**out));
			(*out)->where = mem_strdup("builtin");
			(*out)->local = local;
		}
	}
	mem_wipe(&secret, sizeof(secret));
	free(log_path);
	return ok;
}

static int
is_key_file(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return strncmp(d->d_name, "signer", 6) == 0 && n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

bool
seat_new_builtin(struct seat **seats, size_t *n, size_t max, struct complaint *why, const char *folder,
		 const struct peg_params *p, const struct federation *f, const struct hash256 *genesis_id)
{
	struct dirent **names;
	int found = scandir(folder, &names, is_key_file, alphasort);
	bool ok = found > 0 ||
		  complain(why, EXIT_USAGE, "`tally federation` makes them; or leave signer=builtin out",
			   "signer=builtin, but there is no signer*.json in %s", folder);

	for (int i = 0; i < found; i++) {
		char *path = mem_printf("%s/%s", folder, names[i]->d_name);

		ok = ok && *n < max && open_builtin(&seats[*n], why, path, p, f, genesis_id);
		*n += ok;
		free(path);
		free(names[i]);
	}
	if (found >= 0)
		free(names);
	return ok;
}

bool
seat_ask(struct seat *s, const void *request, size_t len)
{
	struct wr out = { 0 };
	uint8_t aux[32];

	if (s->local == NULL)
		return ask_socket(s, request, len);
	rng_bytes(aux, sizeof(aux));
	signer_handle(&out, s->local, request, len, clock_unix(), aux);
	s->answer(s->context, out.p, out.len);
	wr_clear(&out);
	return true;
}
