#include "chain/p2p_filter.h"

#include <assert.h>

bool
p2p_getcfilters_decode(struct p2p_getcfilters *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_getcfilters m;

	m.filter_type = rd_u8(&r);
	m.start_height = rd_u32(&r);
	rd_hash256(&r, &m.stop);
	if (!rd_done(&r))
		return false;
	*out = m;
	return true;
}

void
wr_p2p_getcfilters(struct wr *w, const struct p2p_getcfilters *m)
{
	wr_u8(w, m->filter_type);
	wr_u32(w, m->start_height);
	wr_hash256(w, &m->stop);
}

bool
p2p_cfilter_decode(struct p2p_cfilter *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_cfilter m;

	m.filter_type = rd_u8(&r);
	rd_hash256(&r, &m.block);
	m.filter = rd_varbytes(&r, &m.filter_len, P2P_PAYLOAD_MAX);
	if (!rd_done(&r))
		return false;
	*out = m;
	return true;
}

void
wr_p2p_cfilter(struct wr *w, const struct p2p_cfilter *m)
{
	wr_u8(w, m->filter_type);
	wr_hash256(w, &m->block);
	wr_varbytes(w, m->filter, m->filter_len);
}

/* A count and as many hashes, left where they are. */
static const uint8_t *
rd_hashes(struct rd *r, size_t *n)
{
	*n = rd_count(r, sizeof(struct hash256));
	return rd_take(r, *n * sizeof(struct hash256));
}

static void
wr_hashes(struct wr *w, const uint8_t *hashes, size_t n)
{
	wr_compactsize(w, n);
	wr_bytes(w, hashes, n * sizeof(struct hash256));
}

bool
p2p_cfheaders_decode(struct p2p_cfheaders *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_cfheaders m;

	m.filter_type = rd_u8(&r);
	rd_hash256(&r, &m.stop);
	rd_hash256(&r, &m.prev_header);
	m.hashes = rd_hashes(&r, &m.n);
	if (!rd_done(&r) || m.n > P2P_CFHEADERS_MAX)
		return false;
	*out = m;
	return true;
}

void
wr_p2p_cfheaders(struct wr *w, const struct p2p_cfheaders *m)
{
	assert(m->n <= P2P_CFHEADERS_MAX);
	wr_u8(w, m->filter_type);
	wr_hash256(w, &m->stop);
	wr_hash256(w, &m->prev_header);
	wr_hashes(w, m->hashes, m->n);
}

bool
p2p_getcfcheckpt_decode(struct p2p_getcfcheckpt *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_getcfcheckpt m;

	m.filter_type = rd_u8(&r);
	rd_hash256(&r, &m.stop);
	if (!rd_done(&r))
		return false;
	*out = m;
	return true;
}

void
wr_p2p_getcfcheckpt(struct wr *w, const struct p2p_getcfcheckpt *m)
{
	wr_u8(w, m->filter_type);
	wr_hash256(w, &m->stop);
}

bool
p2p_cfcheckpt_decode(struct p2p_cfcheckpt *out, const void *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	struct p2p_cfcheckpt m;

	m.filter_type = rd_u8(&r);
	rd_hash256(&r, &m.stop);
	m.headers = rd_hashes(&r, &m.n);
	if (!rd_done(&r))
		return false;
	*out = m;
	return true;
}

void
wr_p2p_cfcheckpt(struct wr *w, const struct p2p_cfcheckpt *m)
{
	wr_u8(w, m->filter_type);
	wr_hash256(w, &m->stop);
	wr_hashes(w, m->headers, m->n);
}
