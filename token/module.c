#include "token/module.h"

#include <assert.h>
#include <string.h>

void
exec_event(struct exec *x, const char *name, const void *body, size_t len)
{
	assert(strlen(name) <= EVENT_NAME_MAX);
	if (x->events == NULL)
		return;
	wr_varbytes(x->events, name, strlen(name));
	wr_varbytes(x->events, body, len);
}

void
exec_involve(struct exec *x, const struct account *who)
{
	if (x->accounts == NULL)
		return;
	for (size_t at = 0; at < x->accounts->len; at += ACCOUNT_LEN) {
		const uint8_t *p = x->accounts->p + at;

		if (p[0] == who->type && memcmp(p + 1, who->id.b, sizeof(who->id.b)) == 0)
			return;
	}
	wr_account(x->accounts, who);
}

bool
event_next(struct event *out, struct rd *events)
{
	size_t name_len;
	const uint8_t *name;

	if (!rd_ok(events) || rd_done(events))
		return false;
	name = rd_varbytes(events, &name_len, EVENT_NAME_MAX);
	out->body = rd_varbytes(events, &out->len, SIZE_MAX);
	if (!rd_ok(events))
		return false;
	memcpy(out->name, name, name_len);
	out->name[name_len] = '\0';
	return true;
}
