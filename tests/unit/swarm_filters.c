/* Compact filters as peers serve them, truly or not. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/p2p_filter.h"
#include "tests/unit/swarm.h"

static const struct forest_filter *
told(struct swarm *w, const struct swarm_peer *p, const struct forest_block *b)
{
	if (p->lie == LIE_FILTER_OMITS)
		return forest_falsehood(w->forest, b, FOREST_OMITS);
	if (p->lie == LIE_FILTER_EMPTY)
		return forest_falsehood(w->forest, b, FOREST_EMPTY);
	return &b->filter;
}

static void
on_getcfcheckpt(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	struct p2p_getcfcheckpt ask;
	bool ok = p2p_getcfcheckpt_decode(&ask, payload, len);
	const struct forest_block *stop = ok ? forest_find(w->forest, &ask.stop) : NULL;
	struct p2p_cfcheckpt m = { .stop = ask.stop };
	struct wr headers = { 0 }, bytes = { 0 };

	if (!ok)
		swarm_fail(w, "getcfcheckpt that cannot be read");
	if (stop == NULL || !forest_holds(w->forest, p->tip, stop))
		return;
	for (uint32_t h = P2P_CFCHECKPT_INTERVAL; h <= stop->height; h += P2P_CFCHECKPT_INTERVAL) {
		wr_hash256(&headers, &told(w, p, forest_at(w->forest, stop, h))->header);
		m.n++;
	}
	if (p->lie == LIE_FILTER_HEADERS && dice_chance(&w->dice, 20)) {
		wr_hash256(&headers, &stop->hash);
		m.n++;
	}
	m.headers = headers.p != NULL ? headers.p : (const uint8_t *)"";
	wr_p2p_cfcheckpt(&bytes, &m);
	swarm_say_wr(w, p, "cfcheckpt", &bytes);
	wr_clear(&headers);
}

/* The blocks asked for; false when an honest node would say nothing. */
static bool
range(struct swarm *w, const struct swarm_peer *p, const struct forest_block **stop, struct p2p_getcfilters *ask,
      const void *payload, size_t len, uint32_t max)
{
	if (!p2p_getcfilters_decode(ask, payload, len)) {
		swarm_fail(w, "a question about filters that cannot be read");
		return false;
	}
	*stop = forest_find(w->forest, &ask->stop);
	if (*stop == NULL || !forest_holds(w->forest, p->tip, *stop))
		return false;
	if (ask->start_height > (*stop)->height || (*stop)->height - ask->start_height >= max) {
		swarm_fail(w, "a question about filters from %u to %u", (unsigned)ask->start_height, (unsigned)(*stop)->height);
		return false;
	}
	return true;
}

static void
on_getcfheaders(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	const struct forest_block *stop;
	struct p2p_getcfilters ask;
	struct p2p_cfheaders m;
	struct wr hashes = { 0 }, bytes = { 0 };

	if (!range(w, p, &stop, &ask, payload, len, P2P_CFHEADERS_MAX))
		return;
	m = (struct p2p_cfheaders){ .stop = ask.stop, .n = stop->height - ask.start_height + 1 };
	if (ask.start_height > 0)
		m.prev_header = told(w, p, forest_at(w->forest, stop, ask.start_height - 1))->header;
	for (size_t i = 0; i < m.n; i++)
		wr_hash256(&hashes, &told(w, p, forest_at(w->forest, stop, ask.start_height + (uint32_t)i))->hash);
	if (p->lie == LIE_FILTER_HEADERS && dice_chance(&w->dice, 50))
		m.prev_header.b[3] ^= 1;
	else if (p->lie == LIE_FILTER_HEADERS)
		hashes.p[dice_below(&w->dice, (uint32_t)hashes.len)] ^= 1;
	m.hashes = hashes.p;
	wr_p2p_cfheaders(&bytes, &m);
	swarm_say_wr(w, p, "cfheaders", &bytes);
	wr_clear(&hashes);
}

static void
say_filter(struct swarm *w, struct swarm_peer *p, const struct forest_block *b)
{
	const struct forest_filter *f = told(w, p, b);
	struct p2p_cfilter m = { .block = b->hash, .filter_len = f->len };
	struct wr bytes = { 0 };
	uint8_t *copy = mem_dup(f->bytes, f->len);

	if (p->lie == LIE_FILTER_BODY && dice_chance(&w->dice, 30))
		copy[dice_below(&w->dice, (uint32_t)f->len)] ^= (uint8_t)(1 << dice_below(&w->dice, 8));
	m.filter = copy;
	wr_p2p_cfilter(&bytes, &m);
	swarm_say_wr(w, p, "cfilter", &bytes);
	free(copy);
}

static void
on_getcfilters(struct swarm *w, struct swarm_peer *p, const void *payload, size_t len)
{
	const struct forest_block *stop;
	struct p2p_getcfilters ask;

	if (!range(w, p, &stop, &ask, payload, len, P2P_CFILTERS_MAX))
		return;
	for (uint32_t h = ask.start_height; h <= stop->height; h++)
		say_filter(w, p, forest_at(w->forest, stop, h));
}

bool
swarm_filters_hears(struct swarm *w, struct swarm_peer *p, const char *command, const void *payload, size_t len)
{
	bool about = strncmp(command, "getcf", 5) == 0;

	if (about && (p->services & NODE_COMPACT_FILTERS) == 0)
		swarm_fail(w, "%s is asked for filters, which it does not serve", p->name);
	if (!about || (p->stalls & STALL_FILTERS) != 0 || p->lie == LIE_FILTER_SILENT)
		return about;
	if (strcmp(command, "getcfcheckpt") == 0)
		on_getcfcheckpt(w, p, payload, len);
	else if (strcmp(command, "getcfheaders") == 0)
		on_getcfheaders(w, p, payload, len);
	else
		on_getcfilters(w, p, payload, len);
	return true;
}
