#include "spv/ban_list.h"

#include <string.h>

static struct net_address
ban_key(const struct net_address *a)
{
	struct net_address k = { .network = a->network };

	memcpy(k.bytes, a->bytes, sizeof(k.bytes));
	if (a->network == NET_IPV6)
		memset(k.bytes + 8, 0, 8);
	return k;
}

static size_t
find(const struct ban_list *l, const struct net_address *key)
{
	size_t i = 0;

	while (i < l->n && !net_address_eq(&l->ban[i].address, key))
		i++;
	return i;
}

static size_t
first_to_end(const struct ban_list *l)
{
	size_t first = 0;

	for (size_t i = 1; i < l->n; i++) {
		if (l->ban[i].until < l->ban[first].until)
			first = i;
	}
	return first;
}

void
ban_list_add(struct ban_list *l, const struct net_address *a, int64_t until)
{
	struct net_address key = ban_key(a);
	size_t at = find(l, &key);

	if (net_address_is_local(a))
		return;
	if (at < l->n) {
		if (until > l->ban[at].until)
			l->ban[at].until = until;
		return;
	}
	if (l->n == BANS_MAX)
		at = first_to_end(l);
	else
		l->n++;
	l->ban[at] = (struct ban){ .address = key, .until = until };
}

bool
ban_list_has(const struct ban_list *l, const struct net_address *a, struct unixtime now)
{
	struct net_address key = ban_key(a);
	size_t at = find(l, &key);

	return at < l->n && l->ban[at].until > now.sec;
}

void
ban_list_expire(struct ban_list *l, struct unixtime now)
{
	for (size_t i = 0; i < l->n;) {
		if (l->ban[i].until <= now.sec)
			l->ban[i] = l->ban[--l->n];
		else
			i++;
	}
}
