#include <string.h>

#include "chain/filter.h"
#include "chain/p2p_filter.h"
#include "tests/mainchain/serve.h"

/* What we say that a block's filter is. */
struct told_filter {
	const uint8_t *bytes; /* borrowed */
	size_t len;
	struct hash256 hash, header;
};

static struct told_filter
honest_filter(const struct tree_block *b)
{
	return (struct told_filter){ .bytes = b->filter.p, .len = b->filter.len, .hash = b->filter_hash,
				    .header = b->filter_header };
}

/* Empty filters from a height on, with the chain of headers that belongs to them. */
static struct told_filter
empty_filter(const struct tree_block *b, uint32_t from)
{
	static const uint8_t none[1];
	struct told_filter out = { .bytes = none, .len = sizeof(none) };

	filter_hash(&out.hash, none, sizeof(none));
	if (from > 0)
		out.header = tree_ancestor(b, from - 1)->filter_header;
	for (uint32_t h = from; h <= b->height; h++) {
		struct hash256 prev = out.header;

		filter_header(&out.header, &out.hash, &prev);
	}
	return out;
}

static struct told_filter
filter_for(const struct tree_block *b, bool lie, uint32_t from)
{
	return lie && b->height >= from ? empty_filter(b, from) : honest_filter(b);
}

/* The stop block of a request for at most max blocks from start on; NULL when there is nothing to answer, as Bitcoin Core. */
static const struct tree_block *
stop_block(bool *ok, const struct peer *p, uint8_t type, uint32_t start, const struct hash256 *stop, uint32_t max)
{
	const struct tree_block *b = tree_find(&p->node->tree, stop);

	*ok = type == P2P_FILTER_BASIC && b != NULL && start <= b->height && b->height - start < max;
	return *ok && b->filter.len > 0 ? b : NULL;
}

static void
send_filters(struct peer *p, const struct tree_block *stop, uint32_t start)
{
	bool lie = misbehave_now(p, MISBEHAVE_EMPTY_FILTERS);

	for (uint32_t h = start; h <= stop->height; h++) {
		const struct tree_block *b = tree_ancestor(stop, h);
		struct told_filter f = filter_for(b, lie, p->node->misbehaviour.from_height);
		struct p2p_cfilter m = { .filter_type = P2P_FILTER_BASIC, .block = b->hash, .filter = f.bytes, .filter_len = f.len };
		struct wr w = { 0 };

		wr_p2p_cfilter(&w, &m);
		peer_send_clear(p, "cfilter", &w);
	}
}

static bool
on_getcfilters(struct peer *p, const uint8_t *payload, size_t len)
{
	const struct tree_block *stop;
	struct p2p_getcfilters q;
	bool ok;

	if (!p2p_getcfilters_decode(&q, payload, len))
		return false;
	if ((stop = stop_block(&ok, p, q.filter_type, q.start_height, &q.stop, P2P_CFILTERS_MAX)) != NULL)
		send_filters(p, stop, q.start_height);
	return ok;
}

static bool
on_getcfheaders(struct peer *p, const uint8_t *payload, size_t len)
{
	struct p2p_cfheaders m = { .filter_type = P2P_FILTER_BASIC };
	const struct tree_block *stop;
	struct p2p_getcfilters q;
	struct wr hashes = { 0 }, w = { 0 };
	bool ok, lie;

	if (!p2p_getcfilters_decode(&q, payload, len))
		return false;
	if ((stop = stop_block(&ok, p, q.filter_type, q.start_height, &q.stop, P2P_CFHEADERS_MAX)) == NULL)
		return ok;
	lie = misbehave_now(p, MISBEHAVE_EMPTY_FILTERS);
	m.stop = q.stop;
	if (q.start_height > 0)
		m.prev_header = filter_for(tree_ancestor(stop, q.start_height - 1), lie,
					   p->node->misbehaviour.from_height).header;
	for (uint32_t h = q.start_height; h <= stop->height; h++) {
		struct told_filter f = filter_for(tree_ancestor(stop, h), lie, p->node->misbehaviour.from_height);

		wr_hash256(&hashes, &f.hash);
	}
	m.hashes = hashes.p;
	m.n = hashes.len / sizeof(struct hash256);
	wr_p2p_cfheaders(&w, &m);
	peer_send_clear(p, "cfheaders", &w);
	wr_clear(&hashes);
	return true;
}

static bool
on_getcfcheckpt(struct peer *p, const uint8_t *payload, size_t len)
{
	struct p2p_cfcheckpt m = { .filter_type = P2P_FILTER_BASIC };
	struct p2p_getcfcheckpt q;
	const struct tree_block *b;
	struct wr headers = { 0 }, w = { 0 };
	bool lie;

	if (!p2p_getcfcheckpt_decode(&q, payload, len) || q.filter_type != P2P_FILTER_BASIC ||
	    (b = tree_find(&p->node->tree, &q.stop)) == NULL)
		return false;
	lie = misbehave_now(p, MISBEHAVE_EMPTY_FILTERS);
	for (uint32_t h = P2P_CFCHECKPT_INTERVAL; h <= b->height; h += P2P_CFCHECKPT_INTERVAL) {
		struct told_filter f = filter_for(tree_ancestor(b, h), lie, p->node->misbehaviour.from_height);

		wr_hash256(&headers, &f.header);
	}
	m.stop = q.stop;
	m.headers = headers.p;
	m.n = headers.len / sizeof(struct hash256);
	wr_p2p_cfcheckpt(&w, &m);
	peer_send_clear(p, "cfcheckpt", &w);
	wr_clear(&headers);
	return true;
}

bool
serve_filters_message(bool *ok, struct peer *p, const char *command, const uint8_t *payload, size_t len)
{
	*ok = true;
	if (strcmp(command, "getcfilters") == 0)
		*ok = on_getcfilters(p, payload, len);
	else if (strcmp(command, "getcfheaders") == 0)
		*ok = on_getcfheaders(p, payload, len);
	else if (strcmp(command, "getcfcheckpt") == 0)
		*ok = on_getcfcheckpt(p, payload, len);
	else
		return false;
	return true;
}
