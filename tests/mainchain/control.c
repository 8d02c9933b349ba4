#include "tests/mainchain/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

static struct evconnlistener *listener;

static const struct command *
command_find(const char *name)
{
	const struct command *const tables[] = { commands_chain, commands_tx, commands_node };

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		for (const struct command *c = tables[i]; c->name != NULL; c++) {
			if (strcmp(c->name, name) == 0)
				return c;
		}
	}
	return NULL;
}

static void
check_names(struct args *a, const struct command *c)
{
	const char *key;
	json_t *value;

	json_object_foreach(a->params, key, value) {
		char *padded = mem_printf(" %s ", key);

		if (strstr(c->params, padded) == NULL)
			args_fail(a, "no such parameter", key);
		free(padded);
	}
}

static json_t *
run(struct node *n, const json_t *request, char **error)
{
	const char *name = json_string_value(json_object_get(request, "method"));
	const struct command *c = name ? command_find(name) : NULL;
	json_t *params = json_object_get(request, "params"), *none = json_object(), *result = NULL;
	struct args a = { .params = params ? params : none, .chain = n->params };

	if (c == NULL)
		args_fail(&a, "no such command", name ? name : "method");
	else if (!json_is_object(a.params))
		args_fail(&a, "not an object", "params");
	else
		check_names(&a, c);
	if (args_ok(&a))
		result = c->run(n, &a);
	json_decref(none);
	*error = a.error;
	return result;
}

char *
control_answer(struct node *n, const char *line)
{
	json_t *request = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *reply = json_object(), *result;
	char *error = NULL, *text;

	result = run(n, request, &error);
	if (json_object_get(request, "id") != NULL)
		json_object_set(reply, "id", json_object_get(request, "id"));
	if (error != NULL)
		json_object_set_new(reply, "error", json_string(error));
	else
		json_object_set(reply, "result", result);
	text = json_dumps(reply, JSON_COMPACT);
	json_decref(result);
	json_decref(request);
	json_decref(reply);
	free(error);
	return text;
}

static void
on_read(struct bufferevent *bev, void *context)
{
	char *line, *reply;

	while ((line = evbuffer_readln(bufferevent_get_input(bev), NULL, EVBUFFER_EOL_LF)) != NULL) {
		reply = control_answer(context, line);
		evbuffer_add_printf(bufferevent_get_output(bev), "%s\n", reply);
		free(reply);
		free(line);
	}
}

static void
on_event(struct bufferevent *bev, short what, void *context)
{
	(void)what, (void)context;
	bufferevent_free(bev);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa, int len, void *context)
{
	struct bufferevent *bev = bufferevent_socket_new(evconnlistener_get_base(l), fd, BEV_OPT_CLOSE_ON_FREE);

	(void)sa, (void)len;
	if (bev == NULL)
		abort();
	bufferevent_setcb(bev, on_read, NULL, on_event, context);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

const char *
control_open(struct node *n, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t old;

	if (strlen(path) >= sizeof(sa.sun_path))
		return "the path is too long for a Unix socket";
	memcpy(sa.sun_path, path, strlen(path));
	if (unlink(path) != 0 && errno != ENOENT)
		return "can't remove what is there";
	old = umask(0077);
	listener = evconnlistener_new_bind(n->base, on_accept, n, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1,
					   (const struct sockaddr *)&sa, sizeof(sa));
	umask(old);
	return listener ? NULL : "can't listen there";
}

void
control_close(const char *path)
{
	if (listener != NULL)
		evconnlistener_free(listener);
	listener = NULL;
	unlink(path);
}
