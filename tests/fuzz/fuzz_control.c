/* Control blocks: nothing opens an output but the tree that made it.
 * Input: depth u8 | bit to flip u16 | internal key | path of depth nodes | script. */
#include <assert.h>
#include <string.h>

#include "chain/taproot.h"
#include "tests/fuzz/fuzz.h"

static void
open_what_was_made(struct rd *r, size_t depth, unsigned flip)
{
	struct hash256 path[TAPROOT_DEPTH_MAX], node, leaf, opened;
	struct xonly_key internal, output;
	struct wr control = { 0 };
	size_t script_len;
	const uint8_t *script;
	bool odd;

	rd_xonly(r, &internal);
	for (size_t i = 0; i < depth; i++)
		rd_hash256(r, &path[i]);
	script_len = r->left;
	script = rd_take(r, script_len);
	if (!rd_done(r))
		return;
	tapleaf_hash(&leaf, TAPLEAF_VERSION, script, script_len);
	node = leaf;
	for (size_t i = 0; i < depth; i++)
		tapbranch_hash(&node, &node, &path[i]);
	if (!taproot_output_key(&output, &odd, &internal, &node))
		return;
	wr_control_block(&control, TAPLEAF_VERSION, odd, &internal, path, depth);
	assert(taproot_opens(&opened, &output, script, script_len, control.p, control.len) && hash256_eq(&opened, &leaf));
	flip %= (unsigned)(8 * control.len);
	control.p[flip / 8] = (uint8_t)(control.p[flip / 8] ^ (1u << flip % 8));
	assert(!taproot_opens(&opened, &output, script, script_len, control.p, control.len));
	wr_clear(&control);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct xonly_key output;
	struct hash256 leaf;
	size_t depth = rd_u8(&r) % (TAPROOT_DEPTH_MAX + 1);
	unsigned flip = rd_u16(&r);
	struct rd raw = r;

	open_what_was_made(&r, depth, flip);
	/* The same bytes taken as they are: output key, and a control block for a script of one byte. It can open by design (a key made from
	 * the block), but then opens nothing else. */
	rd_xonly(&raw, &output);
	if (rd_ok(&raw) && taproot_opens(&leaf, &output, "\x51", 1, raw.p, raw.left)) {
		output.b[flip % 32] ^= 1;
		assert(!taproot_opens(&leaf, &output, "\x51", 1, raw.p, raw.left));
	}
	return 0;
}
