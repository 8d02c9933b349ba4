/* The judge of filters: two bytes (a length), that many bytes of a block, the rest a filter for it. It never crashes; a
 * filter built of all that is certain is no lie, nor is one with an item more for each unknown input; one item above that
 * is. */
#include "chain/filter_evidence.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

#define EXTRA_MAX 64

/* Every second prevout is known: to be a script made of its txid. */
static bool
some_prevouts(void *context, const struct outpoint *o, struct filter_item *script)
{
	(void)context;
	if (o->index % 2 == 0)
		return false;
	*script = (struct filter_item){ o->txid.b, o->txid.b[0] % 32 };
	return true;
}

static void
decide(const struct filter_evidence *e, const uint8_t *filter, size_t len)
{
	enum filter_verdict v = filter_evidence_judge(e, NULL, filter, len);
	enum filter_dispute d;
	struct wr w = { 0 };

	if (filter_evidence_complete(e)) {
		filter_evidence_rebuild(&w, e);
		assert(filter_evidence_judge(e, NULL, w.p, w.len) == FILTER_HONEST);
		d = filter_evidence_decide(e, NULL, w.p, w.len, filter, len);
		assert(d == (v == FILTER_LIE ? DISPUTE_SECOND_LIES : DISPUTE_NONE));
		wr_clear(&w);
	}
	assert(filter_evidence_decide(e, NULL, filter, len, filter, len) == DISPUTE_NONE);
}

/* The block's own outputs, and strangers for the inputs, when nothing else is certain. */
static void
bounds(const struct block *b)
{
	static uint8_t stranger[EXTRA_MAX + 1][5];
	struct filter_evidence *e = filter_evidence_new(b, NULL, NULL);
	struct filter_item spent[EXTRA_MAX + 1];
	size_t unknown = filter_evidence_unknown(e), inputs = 0;
	struct wr w = { 0 };

	for (size_t i = 1; i < b->tx_n; i++)
		inputs += b->tx[i].in_n;
	if (unknown == inputs && unknown < EXTRA_MAX) {
		for (size_t i = 0; i <= unknown; i++) {
			stranger[i][0] = 0xcc;
			stranger[i][1] = (uint8_t)i;
			spent[i] = (struct filter_item){ stranger[i], sizeof(stranger[i]) };
		}
		filter_build_block(&w, b, spent, 0);
		assert(filter_evidence_judge(e, NULL, w.p, w.len) != FILTER_LIE);
		wr_reset(&w);
		filter_build_block(&w, b, spent, unknown);
		assert(filter_evidence_judge(e, NULL, w.p, w.len) != FILTER_LIE);
		wr_reset(&w);
		filter_build_block(&w, b, spent, unknown + 1);
		assert(filter_evidence_judge(e, NULL, w.p, w.len) == FILTER_LIE);
		wr_clear(&w);
	}
	filter_evidence_free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size), body;
	size_t len = rd_u16(&r);
	struct filter_evidence *e;
	struct block b;

	body = rd_sub(&r, len);
	if (!rd_ok(&r) || !block_decode(&b, body.p, body.left))
		return 0;
	e = filter_evidence_new(&b, some_prevouts, NULL);
	decide(e, r.p, r.left);
	filter_evidence_free(e);
	bounds(&b);
	block_clear(&b);
	return 0;
}
