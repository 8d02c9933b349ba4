#include <string.h>

#include "chain/filter.h"
#include "chain/p2p_filter.h"
#include "tests/mainchain/serve.h"

/* What we say that a block's filter is. */
struct told_filter {
	struct wr bytes; /* owned */
	struct hash256 hash;
};

/* A lie that holds from a height on; mode NONE: the truth. */
struct lie {
	enum misbehave_mode mode;
	uint32_t from;
};

static struct lie
lie_now(struct peer *p)
{
	return (struct lie){ misbehave_filters_now(p), p->node->misbehaviour.from_height };
}

static struct told_filter
told_filter(const struct tree_block *b, struct lie lie)
{
	struct told_filter f = { .hash = b->filter_hash };

	if (lie.mode != MISBEHAVE_NONE && b->height >= lie.from)
		misbehave_filter(&f.bytes, &f.hash, b, lie.mode);
	else
		wr_bytes(&f.bytes, b->filter.p, b->filter.len);
	return f;
}

static struct hash256
told_hash(const struct tree_block *b, struct lie lie)
{
	struct told_filter f = told_filter(b, lie);

	wr_clear(&f.bytes);
	return f.hash;
}

/* The filter header that belongs to all filters told up to b. */
static struct hash256
told_header(const struct tree_block *b, struct lie lie)
{
	struct hash256 header = { { 0 } };

	if (lie.mode == MISBEHAVE_NONE || b->height < lie.from)
		return b->filter_header;
	if (lie.from > 0)
		header = tree_ancestor(b, lie.from - 1)->filter_header;
	for (uint32_t h = lie.from; h <= b->height; h++) {
		struct hash256 prev = header, hash = told_hash(tree_ancestor(b, h), lie);

		filter_header(&header, &hash, &prev);
	}
	return header;
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
	struct lie lie = lie_now(p);

	for (uint32_t h = start; h <= stop->height; h++) {
		const struct tree_block *b = tree_ancestor(stop, h);
		struct told_filter f = told_filter(b, lie);
		struct p2p_cfilter m = { .filter_type = P2P_FILTER_BASIC, .block = b->hash, .filter = f.bytes.p, .filter_len = f.bytes.len };
		struct wr w = { 0 };

		wr_p2p_cfilter(&w, &m);
		peer_send_clear(p, "cfilter", &w);
		wr_clear(&f.bytes);
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
	struct lie lie;
	bool ok;

	if (!p2p_getcfilters_decode(&q, payload, len))
		return false;
	if ((stop = stop_block(&ok, p, q.filter_type, q.start_height, &q.stop, P2P_CFHEADERS_MAX)) == NULL)
		return ok;
	lie = lie_now(p);
	m.stop = q.stop;
	if (q.start_height > 0)
		m.prev_header = told_header(tree_ancestor(stop, q.start_height - 1), lie);
	for (uint32_t h = q.start_height; h <= stop->height; h++) {
		struct hash256 hash = told_hash(tree_ancestor(stop, h), lie);

		wr_hash256(&hashes, &hash);
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
	struct lie lie;

	if (!p2p_getcfcheckpt_decode(&q, payload, len) || q.filter_type != P2P_FILTER_BASIC ||
	    (b = tree_find(&p->node->tree, &q.stop)) == NULL)
		return false;
	lie = lie_now(p);
	for (uint32_t h = P2P_CFCHECKPT_INTERVAL; h <= b->height; h += P2P_CFCHECKPT_INTERVAL) {
		struct hash256 header = told_header(tree_ancestor(b, h), lie);

		wr_hash256(&headers, &header);
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
