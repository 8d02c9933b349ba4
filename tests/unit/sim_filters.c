/* Compact filters as simulated peers serve them, honestly or not. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "chain/p2p_filter.h"
#include "tests/unit/spv_sim.h"

#define ITEMS_MAX 40

struct sim_peer *
sim_filter_peer(struct sim *sim, int tip)
{
	struct sim_peer *p = sim_peer(sim, tip);

	p->services |= NODE_COMPACT_FILTERS;
	return p;
}

/* What an input that is no coinbase spent: nobody but the block's miner knows. */
static void
spent_script(uint8_t out[SIM_SCRIPT_LEN], const struct sim *sim, const struct outpoint *o, uint8_t variant)
{
	if (sim->paid.txid.b[31] != 0 && memcmp(o, &sim->paid, sizeof(*o)) == 0) {
		memcpy(out, sim_script, SIM_SCRIPT_LEN);
		return;
	}
	memset(out, (uint8_t)o->index, SIM_SCRIPT_LEN);
	out[0] = 0x51;
	out[1] = 0x20;
	out[2] = variant;
}

static void
build(struct wr *w, const struct sim *sim, const struct block *b, enum sim_filter_lie lie)
{
	struct filter_item item[ITEMS_MAX];
	uint8_t spent[2][SIM_SCRIPT_LEN], junk[20][4] = { { 0 } };
	struct hash256 hash;
	size_t n = 0;

	header_hash(&hash, &b->header);
	for (size_t i = 0; i < b->tx_n; i++) {
		for (size_t k = 0; k < b->tx[i].out_n; k++) {
			if (b->tx[i].out[k].script[0] != 0x6a)
				item[n++] = (struct filter_item){ b->tx[i].out[k].script, b->tx[i].out[k].script_len };
		}
		if (i > 0) {
			assert(i < 3);
			spent_script(spent[i - 1], sim, &b->tx[i].in[0].prevout, lie == SIM_FILTER_OTHER);
			item[n++] = (struct filter_item){ spent[i - 1], SIM_SCRIPT_LEN };
		}
	}
	for (size_t i = 0; lie == SIM_FILTER_OMIT && i < n; i++) {
		while (i < n && item[i].len == SIM_SCRIPT_LEN && memcmp(item[i].bytes, sim_script, SIM_SCRIPT_LEN) == 0)
			item[i] = item[--n];
	}
	for (size_t i = 0; lie == SIM_FILTER_STUFFED && i < ARRAY_LEN(junk); i++) {
		junk[i][0] = (uint8_t)i;
		junk[i][3] = 0x55;
		item[n++] = (struct filter_item){ junk[i], sizeof(junk[i]) };
	}
	filter_build(w, &hash, item, lie == SIM_FILTER_EMPTY ? 0 : n);
	if (lie == SIM_FILTER_MALFORMED)
		wr_u8(w, 0xff);
}

static void
set_filter(struct sim_block *b, const struct hash256 *prev, struct wr *w)
{
	b->filter = w->p;
	b->filter_len = w->len;
	filter_hash(&b->filter_hash, w->p, w->len);
	filter_header(&b->filter_header, &b->filter_hash, prev);
}

void
sim_filter_make(const struct sim *sim, struct sim_block *made, const struct block *b)
{
	struct wr w = { 0 };

	build(&w, sim, b, SIM_FILTER_HONEST);
	set_filter(made, &sim->blocks[made->parent].filter_header, &w);
}

void
sim_filter_genesis(struct sim *sim)
{
	struct filter_item item = { (const uint8_t *)"genesis", 7 };
	struct hash256 none = { 0 };
	struct wr w = { 0 };

	filter_build(&w, &sim->blocks[0].hash, &item, 1);
	set_filter(&sim->blocks[0], &none, &w);
}

/* --- As told --- */

static bool
lies_at(const struct sim *sim, const struct sim_peer *p, int block)
{
	uint32_t height = sim->blocks[block].height;

	return p->filter_lie != SIM_FILTER_HONEST && block > 0 && height >= p->lie_from && height <= p->lie_to;
}

void
sim_filter_told(struct wr *w, const struct sim *sim, const struct sim_peer *p, int block)
{
	const struct sim_block *at = &sim->blocks[block];
	struct block b;
	bool ok;

	if (!lies_at(sim, p, block)) {
		wr_bytes(w, at->filter, at->filter_len);
		return;
	}
	ok = block_decode(&b, at->bytes, at->len);
	assert(ok);
	build(w, sim, &b, p->filter_lie);
	block_clear(&b);
}

static struct hash256
told_hash(const struct sim *sim, const struct sim_peer *p, int block)
{
	struct hash256 hash = sim->blocks[block].filter_hash;
	struct wr w = { 0 };

	if (lies_at(sim, p, block)) {
		sim_filter_told(&w, sim, p, block);
		filter_hash(&hash, w.p, w.len);
		wr_clear(&w);
	}
	return hash;
}

static struct hash256
told_header(const struct sim *sim, const struct sim_peer *p, int block)
{
	struct hash256 header, hash;
	int lie = p->filter_lie == SIM_FILTER_HONEST ? -1 : sim_at_height(sim, block, p->lie_from);
	uint32_t top = sim->blocks[block].height;

	if (lie < 0)
		return sim->blocks[block].filter_header;
	header = sim->blocks[sim->blocks[lie].parent].filter_header;
	for (uint32_t h = p->lie_from; h <= top; h++) {
		hash = told_hash(sim, p, sim_at_height(sim, block, h));
		filter_header(&header, &hash, &header);
	}
	return header;
}

/* --- Questions --- */

static void
on_getcfcheckpt(struct sim *sim, struct sim_peer *p, const void *payload, size_t len)
{
	struct p2p_getcfcheckpt q;
	struct p2p_cfcheckpt m = { 0 };
	struct wr headers = { 0 }, w = { 0 };
	bool ok = p2p_getcfcheckpt_decode(&q, payload, len);
	int stop = sim_find_block(sim, &q.stop);

	assert(ok && q.filter_type == P2P_FILTER_BASIC);
	p->getcheckpoints++;
	if (p->mute_checkpoints || !sim_has_block(sim, p, stop))
		return;
	m.stop = q.stop;
	m.n = sim->blocks[stop].height / 1000;
	for (size_t i = 1; i <= m.n; i++) {
		struct hash256 header = told_header(sim, p, sim_at_height(sim, stop, (uint32_t)i * 1000));

		header.b[7] ^= p->bad_checkpoint && i == m.n;
		wr_hash256(&headers, &header);
	}
	m.headers = headers.p;
	wr_p2p_cfcheckpt(&w, &m);
	wr_clear(&headers);
	sim_reply(sim, p, "cfcheckpt", &w);
}

static void
on_getcfheaders(struct sim *sim, struct sim_peer *p, const struct p2p_getcfilters *q, int stop)
{
	struct p2p_cfheaders m = { .stop = q->stop };
	struct wr hashes = { 0 }, w = { 0 };

	p->getcfheaders++;
	if (p->mute_cfheaders)
		return;
	assert(sim->blocks[stop].height - q->start_height < 2000);
	if (q->start_height > 0)
		m.prev_header = told_header(sim, p, sim_at_height(sim, stop, q->start_height - 1));
	m.n = sim->blocks[stop].height - q->start_height + 1;
	for (uint32_t h = q->start_height; h <= sim->blocks[stop].height; h++) {
		struct hash256 hash = told_hash(sim, p, sim_at_height(sim, stop, h));

		wr_hash256(&hashes, &hash);
	}
	m.hashes = hashes.p;
	wr_p2p_cfheaders(&w, &m);
	wr_clear(&hashes);
	sim_reply(sim, p, "cfheaders", &w);
}

static void
on_getcfilters(struct sim *sim, struct sim_peer *p, const struct p2p_getcfilters *q, int stop)
{
	p->getcfilters++;
	if (p->mute_cfilters)
		return;
	assert(sim->blocks[stop].height - q->start_height < 1000);
	for (uint32_t h = q->start_height; h <= sim->blocks[stop].height; h++) {
		int block = sim_at_height(sim, stop, h);
		struct p2p_cfilter m = { .block = sim->blocks[block].hash };
		struct wr filter = { 0 }, w = { 0 };

		sim_filter_told(&filter, sim, p, block);
		if (p->other_cfilters)
			wr_u8(&filter, 0);
		m.filter = filter.p;
		m.filter_len = filter.len;
		p->cfilters++;
		for (int i = 0; i < 1 + p->twice; i++) {
			wr_p2p_cfilter(&w, &m);
			sim_reply(sim, p, "cfilter", &w);
		}
		wr_clear(&filter);
	}
}

void
sim_filters_hear(struct sim *sim, struct sim_peer *p, const char *command, const void *payload, size_t len)
{
	struct p2p_getcfilters q;
	int stop;

	if (strncmp(command, "getcf", 5) != 0)
		return;
	assert((p->services & NODE_COMPACT_FILTERS) != 0);
	if (strcmp(command, "getcfcheckpt") == 0) {
		on_getcfcheckpt(sim, p, payload, len);
		return;
	}
	if (!p2p_getcfilters_decode(&q, payload, len) || q.filter_type != P2P_FILTER_BASIC)
		assert(false);
	stop = sim_find_block(sim, &q.stop);
	assert(stop >= 0 && q.start_height <= sim->blocks[stop].height);
	if (!sim_has_block(sim, p, stop))
		return; /* as real nodes: silent */
	if (strcmp(command, "getcfheaders") == 0)
		on_getcfheaders(sim, p, &q, stop);
	else
		on_getcfilters(sim, p, &q, stop);
}
