/* Random bytes as a snapshot: in the end they are refused, or hold just what the header says. The first byte chooses whether digests are made
 * right, so that what stands behind them is reached. */
#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "token/snapshot.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	bool mend = rd_u8(&r) & 1;
	struct state *s = state_new();
	struct snapshot_reader reader;
	struct snapshot_head head = { .entries = 1000 };
	const uint8_t *bytes = rd_take(&r, SNAPSHOT_HEAD_LEN);
	struct hash256 root;
	uint32_t number = 0;

	if (!mend && (bytes == NULL || snapshot_head_decode(&head, bytes, SNAPSHOT_HEAD_LEN) != NULL)) {
		state_free(s);
		return 0;
	}
	snapshot_reader_init(&reader, &head, s);
	while (rd_ok(&r) && !rd_done(&r)) {
		size_t len = rd_u32(&r) % 100000;
		struct rd part = rd_sub(&r, len < r.left ? len : r.left);
		size_t n = part.left;
		const uint8_t *payload = rd_take(&part, n);
		uint8_t le[4] = { (uint8_t)number, (uint8_t)(number >> 8) };
		struct hash256 digest;
		struct sha256_ctx c;

		number++;
		rd_hash256(&r, &digest);
		if (mend) {
			sha256_init_tagged(&c, "tally/snapshot-chunk");
			sha256_update(&c, le, sizeof(le));
			sha256_update(&c, payload, n);
			sha256_final(&c, &digest);
		}
		if (payload == NULL || snapshot_take_chunk(&reader, payload, n, &digest) != NULL)
			break;
	}
	assert(state_count(s) == reader.entries && reader.entries <= head.entries);
	if (snapshot_end(&reader) == NULL) {
		state_root(&root, s);
		assert(hash256_eq(&root, &head.block.app_hash) && state_count(s) == head.entries);
	}
	state_free(s);
	return 0;
}
