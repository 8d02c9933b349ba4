#include "bridge/rpc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/complaint.h"
#include "bridge/json_text.h"
#include "bridge/node.h"
#include "bridge/rpc_call.h"
#include "bridge/rpc_server.h"

struct rpc {
	struct node *node;
	const struct rpc_method *const *tables;
	struct rpc_counts counts;
	TAILQ_HEAD(rpc_calls, rpc_call) open;
};

/* A text under way: one call, or a batch. It lives until its last call is answered. */
struct rpc_request {
	rpc_reply_fn *reply; /* NULL once the client has gone */
	void *client;
	json_t *answers; /* owned array; null for a notification */
	size_t open;     /* calls without an answer yet, and one while they are being started */
	bool batch;
	bool malformed;
};

struct rpc *
rpc_new(struct node *n, const struct rpc_method *const *tables)
{
	struct rpc *r = mem_new(1, sizeof(*r));

	r->node = n;
	r->tables = tables;
	TAILQ_INIT(&r->open);
	return r;
}

struct rpc_counts
rpc_get_counts(const struct rpc *r)
{
	return r->counts;
}

const struct rpc_method *const *
rpc_get_tables(const struct rpc *r)
{
	return r->tables;
}

struct node *
rpc_node(const struct rpc_call *c)
{
	return c->rpc->node;
}

const struct rpc_method *
rpc_find_method(const struct rpc_method *const *tables, const char *name)
{
	for (; *tables != NULL; tables++) {
		for (const struct rpc_method *m = *tables; m->name != NULL; m++) {
			if (strcmp(m->name, name) == 0)
				return m;
		}
	}
	return NULL;
}

const char *
rpc_nearest_method(const struct rpc_method *const *tables, const char *name)
{
	const char *names[300];
	size_t n = 0;

	for (; *tables != NULL; tables++) {
		for (const struct rpc_method *m = *tables; m->name != NULL && n < ARRAY_LEN(names); m++)
			names[n++] = m->name;
	}
	return nearest_name(name, names, n);
}

/* Answers. */

/* Text that may have been cut inside a character: what is not UTF-8 becomes '?'. */
static json_t *
json_any_text(const char *text)
{
	json_t *j = json_string(text);
	char *plain;

	if (j != NULL)
		return j;
	plain = mem_strdup(text);
	for (char *p = plain; *p != '\0'; p++)
		*p = (char)((unsigned char)*p < 0x80 ? *p : '?');
	j = json_string(plain);
	free(plain);
	return j;
}

static json_t *
error_object(enum rpc_code code, const char *reason, const char *hint, const char *message)
{
	json_t *data = json_pack("{ss}", "reason", reason);

	if (hint != NULL)
		json_object_set_new(data, "hint", json_any_text(hint));
	return json_pack("{sisoso}", "code", (int)code, "message", json_any_text(message), "data", data);
}

/* The envelope of one answer; result or error is stolen, the other NULL. */
static json_t *
envelope(bool v2, json_t *id, json_t *result, json_t *error)
{
	json_t *o = json_object();

	if (v2)
		json_object_set_new(o, "jsonrpc", json_string("2.0"));
	if (result != NULL || !v2)
		json_object_set_new(o, "result", result != NULL ? result : json_null());
	if (error != NULL || !v2)
		json_object_set_new(o, "error", error != NULL ? error : json_null());
	json_object_set(o, "id", id);
	return o;
}

static char *
dump(const json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);

	assert(text != NULL);
	return text;
}

char *
rpc_refusal(enum rpc_code code, const char *reason, const char *message, const char *hint)
{
	json_t *id = json_null(), *o = envelope(true, id, NULL, error_object(code, reason, hint, message));
	char *text = dump(o);

	json_decref(o);
	return text;
}

/* What remains of the answers when notifications are left out. */
static char *
request_text(const struct rpc_request *q)
{
	json_t *said, *answer;
	size_t i;
	char *text = NULL;

	if (!q->batch)
		return json_is_null(json_array_get(q->answers, 0)) ? NULL : dump(json_array_get(q->answers, 0));
	said = json_array();
	json_array_foreach(q->answers, i, answer) {
		if (!json_is_null(answer))
			json_array_append(said, answer);
	}
	if (json_array_size(said) > 0)
		text = dump(said);
	json_decref(said);
	return text;
}

static void
request_close_one(struct rpc_request *q)
{
	assert(q->open > 0);
	if (--q->open > 0)
		return;
	if (q->reply != NULL)
		q->reply(q->client, (struct rpc_reply){ request_text(q), q->malformed });
	json_decref(q->answers);
	free(q);
}

static void
call_free(struct rpc_call *c)
{
	TAILQ_REMOVE(&c->rpc->open, c, next);
	for (size_t i = 0; i < c->memory_n; i++)
		free(c->memory[i]);
	free(c->memory);
	json_decref(c->id);
	json_decref(c->args);
	free(c);
}

void
rpc_free(struct rpc *r)
{
	struct rpc_call *c;

	if (r == NULL)
		return;
	while ((c = TAILQ_FIRST(&r->open)) != NULL) {
		struct rpc_request *q = c->request;

		rpc_request_abandon(q);
		call_free(c);
		request_close_one(q);
	}
	free(r);
}

void
rpc_call_own(struct rpc_call *c, void *memory)
{
	c->memory = mem_resize(c->memory, c->memory_n + 1, sizeof(c->memory[0]));
	c->memory[c->memory_n++] = memory;
}

void *
rpc_alloc(struct rpc_call *c, size_t size)
{
	void *memory = mem_new(1, size);

	rpc_call_own(c, memory);
	return memory;
}

/* result or error is stolen. */
static void
call_end(struct rpc_call *c, json_t *result, json_t *error)
{
	json_t *answer = envelope(c->v2, c->id, result, error);
	struct rpc_request *q = c->request;

	if (!c->notification)
		json_array_set(q->answers, c->slot, answer);
	json_decref(answer);
	c->rpc->counts.under_way--;
	c->rpc->counts.failed += error != NULL;
	call_free(c);
	request_close_one(q);
}

void
rpc_answer(struct rpc_call *c, json_t *result)
{
	assert(result != NULL);
	call_end(c, result, NULL);
}

void
rpc_fail(struct rpc_call *c, enum rpc_code code, const char *reason, const char *hint, const char *fmt, ...)
{
	char message[500];
	va_list ap;
	json_t *error;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	error = error_object(code, reason, hint, message);
	if (c->method != NULL)
		log_line("rpc", LOG_DEBUG, "%s failed: %s", c->method->name, reason);
	call_end(c, NULL, error);
}

void
rpc_complain(struct rpc_call *c, const struct complaint *why)
{
	const char *hint = why->hint[0] != '\0' ? why->hint : NULL;

	switch (why->code) {
	case EXIT_USAGE:
		rpc_fail(c, RPC_BAD_PARAMS, "BAD_PARAMS", hint, "%s", why->why);
		break;
	case EXIT_NOT_READY:
		rpc_fail(c, RPC_NOT_READY, "NOT_READY", hint, "%s", why->why);
		break;
	case EXIT_TIMED_OUT:
		rpc_fail(c, RPC_TIMED_OUT, "TIMED_OUT", hint, "%s", why->why);
		break;
	case EXIT_CORRUPT:
		rpc_fail(c, RPC_CORRUPT, "CORRUPT", hint, "%s", why->why);
		break;
	case EXIT_INTERNAL:
		rpc_fail(c, RPC_INTERNAL, "INTERNAL", hint, "%s", why->why);
		break;
	case EXIT_DONE:
	case EXIT_REFUSED:
	case EXIT_UNREACHABLE:
		rpc_fail(c, RPC_REFUSED, "REFUSED", hint, "%s", why->why);
		break;
	}
}

/* Requests. */

static void
fail_unknown_method(struct rpc_call *c, const char *name)
{
	const char *near = rpc_nearest_method(c->rpc->tables, name);
	char hint[120] = "help lists the methods";

	if (near != NULL)
		snprintf(hint, sizeof(hint), "did you mean %s? help lists the methods", near);
	rpc_fail(c, RPC_NO_METHOD, "UNKNOWN_METHOD", hint, "there is no method '%.60s'", name);
}

static bool
needs_met(struct rpc_call *c)
{
	const struct node *n = c->rpc->node;
	unsigned needs = c->method->needs;
	const char *why;

	if ((needs & RPC_NEEDS_LEDGER) && node_ledger(n) == NULL) {
		rpc_fail(c, RPC_REFUSED, "LIGHT_CLIENT_ONLY",
			 "start tallyd with --genesis=FILE; `tally genesis` makes such a file",
			 "%s needs the sidechain, and this daemon runs as a light client only", c->method->name);
		return false;
	}
	if ((needs & RPC_NEEDS_SYNC) && (why = node_not_synced(n)) != NULL) {
		rpc_fail(c, RPC_NOT_READY, "SYNCING", "getmainchaininfo shows how far it is; try again later",
			 "%s has to wait until the main chain is synced: %s", c->method->name, why);
		return false;
	}
	if ((needs & RPC_NEEDS_WALLET) && node_wallet(n) == NULL) {
		rpc_fail(c, RPC_REFUSED, "NO_WALLET", "createwallet makes one, restorewallet brings one back",
			 "there is no wallet yet");
		return false;
	}
	return true;
}

static void
call_run(struct rpc_call *c, const char *name, json_t *params)
{
	c->method = rpc_find_method(c->rpc->tables, name);
	if (c->method == NULL) {
		fail_unknown_method(c, name);
		return;
	}
	log_line("rpc", LOG_DEBUG, "%s", c->method->name);
	if (needs_met(c) && rpc_params_take(c, params))
		c->method->run(c);
}

static bool
is_id(const json_t *id)
{
	return id == NULL || json_is_null(id) || json_is_string(id) || json_is_number(id);
}

/* One call of a request. */
static void
call_start(struct rpc *r, struct rpc_request *q, size_t slot, json_t *o)
{
	struct rpc_call *c = mem_new(1, sizeof(*c));
	json_t *version = json_object_get(o, "jsonrpc"), *id = json_object_get(o, "id"), *method = json_object_get(o, "method");
	json_t *params = json_object_get(o, "params");

	*c = (struct rpc_call){ .rpc = r, .request = q, .slot = slot, .args = json_object() };
	c->v2 = version == NULL ? false : json_is_string(version) && strcmp(json_string_value(version), "2.0") == 0;
	c->id = id != NULL && is_id(id) ? json_incref(id) : json_null();
	TAILQ_INSERT_TAIL(&r->open, c, next);
	q->open++;
	r->counts.calls++;
	r->counts.under_way++;
	if (!json_is_object(o) || !json_is_string(method) || !is_id(id) ||
	    (params != NULL && !json_is_object(params) && !json_is_array(params))) {
		c->v2 = true;
		q->malformed = !q->batch;
		rpc_fail(c, RPC_INVALID_REQUEST, "INVALID_REQUEST",
			 "send {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getinfo\",\"params\":[]}",
			 "this is not a JSON-RPC call");
		return;
	}
	c->notification = c->v2 && id == NULL;
	if (r->counts.under_way > RPC_CALLS_MAX) {
		rpc_fail(c, RPC_NOT_READY, "BUSY", "try again in a moment", "%d calls are under way already", RPC_CALLS_MAX);
		return;
	}
	call_run(c, json_string_value(method), params);
}

static void
start_calls(struct rpc *r, struct rpc_request *q, json_t *text)
{
	size_t n = q->batch ? json_array_size(text) : 1;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(q->answers, json_null());
	for (size_t i = 0; i < n; i++)
		call_start(r, q, i, q->batch ? json_array_get(text, i) : text);
}

static void
refuse(struct rpc_request *q, enum rpc_code code, const char *reason, const char *hint, const char *message)
{
	json_t *id = json_null();

	q->batch = false;
	q->malformed = true;
	json_array_append_new(q->answers, envelope(true, id, NULL, error_object(code, reason, hint, message)));
}

struct rpc_request *
rpc_handle(struct rpc *r, const char *text, size_t len, rpc_reply_fn *reply, void *client)
{
	struct rpc_request *q = mem_new(1, sizeof(*q));
	char why[JSON_WHY_LEN], message[JSON_WHY_LEN + 40];
	json_t *j;
	bool later;

	*q = (struct rpc_request){ .reply = reply, .client = client, .answers = json_array(), .open = 1 };
	if (!json_read_strict(&j, why, text, len)) {
		snprintf(message, sizeof(message), "this is not the JSON we read: %s", why);
		refuse(q, RPC_PARSE_ERROR, "BAD_JSON", "one object or an array of them, in UTF-8, no key twice", message);
	} else if (json_is_array(j) && (json_array_size(j) == 0 || json_array_size(j) > RPC_BATCH_MAX)) {
		refuse(q, RPC_INVALID_REQUEST, "BAD_BATCH", NULL, "a batch has 1 to 100 calls");
	} else {
		q->batch = json_is_array(j);
		start_calls(r, q, j);
	}
	json_decref(j);
	later = q->open > 1;
	request_close_one(q);
	return later ? q : NULL;
}

void
rpc_request_abandon(struct rpc_request *q)
{
	q->reply = NULL;
}
