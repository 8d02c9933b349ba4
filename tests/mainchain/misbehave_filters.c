/* Compact filters that lie, each in its own way. */
#include <string.h>

#include "chain/filter.h"
#include "tests/mainchain/misbehave.h"
#include "tests/mainchain/tree.h"

static const enum misbehave_mode modes[] = {
	MISBEHAVE_EMPTY_FILTERS, MISBEHAVE_THIN_FILTERS, MISBEHAVE_FAT_FILTERS, MISBEHAVE_FALSE_FILTERS, MISBEHAVE_BAD_FILTERS,
};

enum misbehave_mode
misbehave_filters_now(struct peer *p)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (misbehave_now(p, modes[i]))
			return modes[i];
	}
	return MISBEHAVE_NONE;
}

/* The coinbase's outputs alone, as if the block held nothing else. */
static void
thin_filter(struct wr *out, const struct tree_block *at)
{
	struct block b, part;

	tree_read(&b, at);
	part = (struct block){ .header = b.header, .tx = b.tx, .tx_n = 1 };
	filter_build_block(out, &part, NULL, 0);
	block_clear(&b);
}

/* One script more than there is; what the block spends is left out, so its filters suit blocks without spends. */
static void
fat_filter(struct wr *out, const struct tree_block *at)
{
	static const uint8_t extra[22] = { 0, 20, 0xfa, 0x70 };
	const struct filter_item more = { extra, sizeof(extra) };
	struct block b;

	tree_read(&b, at);
	filter_build_block(out, &b, &more, 1);
	block_clear(&b);
}

void
misbehave_filter(struct wr *out, struct hash256 *hash, const struct tree_block *at, enum misbehave_mode mode)
{
	if (mode == MISBEHAVE_EMPTY_FILTERS)
		wr_u8(out, 0);
	else if (mode == MISBEHAVE_THIN_FILTERS)
		thin_filter(out, at);
	else if (mode == MISBEHAVE_FAT_FILTERS)
		fat_filter(out, at);
	else
		wr_bytes(out, at->filter.p, at->filter.len);
	filter_hash(hash, out->p, out->len);
	if (mode == MISBEHAVE_FALSE_FILTERS)
		hash->b[0] ^= 1;
	else if (mode == MISBEHAVE_BAD_FILTERS)
		out->p[out->len - 1] ^= 1;
}
