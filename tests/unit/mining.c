#include "tests/unit/mining.h"

#include <assert.h>
#include <string.h>

#include "chain/target.h"

void
mine(struct header *h, struct hash256 *hash)
{
	struct u256 target, number;
	bool ok = target_from_bits(&target, h->bits);

	assert(ok);
	for (h->nonce = 0;; h->nonce++) {
		header_hash(hash, h);
		number = u256_from_hash(hash);
		if (u256_cmp(&number, &target) <= 0)
			return;
	}
}

struct header
mine_child(const struct hash256 *prev, uint32_t bits, uint32_t time, uint32_t tag, struct hash256 *hash)
{
	struct header h = { .version = 4, .prev = *prev, .time = time, .bits = bits };

	memcpy(h.merkle_root.b, &tag, sizeof(tag));
	mine(&h, hash);
	return h;
}
