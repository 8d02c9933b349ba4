#include "chain/taproot.h"

#include <assert.h>
#include <string.h>

#include "chain/script.h"

#define CONTROL_BASE 33 /* leaf version with parity, internal key */
#define CONTROL_NODE 32
#define MULTI_A_KEYS_MAX 999
#define OLDER_MAX 65535

const struct xonly_key taproot_nums_key = { {
	0x50, 0x92, 0x9b, 0x74, 0xc1, 0xa0, 0x49, 0x54, 0xb7, 0x8b, 0x4b, 0x60, 0x35, 0xe9, 0x7a, 0x5e,
	0x07, 0x8a, 0x5a, 0x0f, 0x28, 0xec, 0x96, 0xd5, 0x47, 0xbf, 0xee, 0x9a, 0xce, 0x80, 0x3a, 0xc0,
} };

void
tapleaf_hash(struct hash256 *out, uint8_t leaf_version, const void *script, size_t len)
{
	struct sha256_ctx c;
	struct wr head = { 0 };

	wr_u8(&head, leaf_version);
	wr_compactsize(&head, len);
	sha256_init_tagged(&c, "TapLeaf");
	sha256_update(&c, head.p, head.len);
	sha256_update(&c, script, len);
	sha256_final(&c, out);
	wr_clear(&head);
}

void
tapbranch_hash(struct hash256 *out, const struct hash256 *a, const struct hash256 *b)
{
	bool in_order = hash256_cmp(a, b) < 0;
	struct hash256 both[2] = { in_order ? *a : *b, in_order ? *b : *a };

	sha256_tagged(out, "TapBranch", both, sizeof(both));
}

void
taptweak_hash(struct hash256 *out, const struct xonly_key *internal, const struct hash256 *root)
{
	struct sha256_ctx c;

	sha256_init_tagged(&c, "TapTweak");
	sha256_update(&c, internal->b, sizeof(internal->b));
	if (root != NULL)
		sha256_update(&c, root->b, sizeof(root->b));
	sha256_final(&c, out);
}

bool
taproot_output_key(struct xonly_key *out, bool *odd, const struct xonly_key *internal, const struct hash256 *root)
{
	struct hash256 tweak;

	taptweak_hash(&tweak, internal, root);
	return xonly_tweak_add(out, odd, internal, &tweak);
}

void
wr_control_block(struct wr *w, uint8_t leaf_version, bool odd, const struct xonly_key *internal, const struct hash256 *path,
		 size_t n)
{
	assert((leaf_version & 1) == 0 && n <= TAPROOT_DEPTH_MAX);
	wr_u8(w, (uint8_t)(leaf_version | (odd ? 1 : 0)));
	wr_xonly(w, internal);
	for (size_t i = 0; i < n; i++)
		wr_hash256(w, &path[i]);
}

bool
taproot_opens(struct hash256 *leaf, const struct xonly_key *output_key, const void *script, size_t script_len,
	      const void *control, size_t control_len)
{
	struct rd r = rd_init(control, control_len);
	struct hash256 node, own;
	struct xonly_key internal, key;
	bool odd;
	uint8_t first;

	if (control_len < CONTROL_BASE || control_len > CONTROL_BASE + CONTROL_NODE * TAPROOT_DEPTH_MAX ||
	    (control_len - CONTROL_BASE) % CONTROL_NODE != 0)
		return false;
	first = rd_u8(&r);
	rd_xonly(&r, &internal);
	tapleaf_hash(&own, first & 0xfe, script, script_len);
	node = own;
	while (r.left > 0) {
		struct hash256 sibling;

		rd_hash256(&r, &sibling);
		tapbranch_hash(&node, &node, &sibling);
	}
	if (!taproot_output_key(&key, &odd, &internal, &node) || !xonly_eq(&key, output_key) || odd != ((first & 1) != 0))
		return false;
	*leaf = own;
	return true;
}

/* Everything of multi_a but its last opcode, which miniscript's v: replaces. */
static void
wr_multi_a_sum(struct wr *w, uint32_t k, const struct xonly_key *keys, size_t n)
{
	assert(k >= 1 && k <= n && n <= MULTI_A_KEYS_MAX);
	for (size_t i = 0; i < n; i++) {
		wr_push(w, keys[i].b, sizeof(keys[i].b));
		wr_u8(w, i == 0 ? OP_CHECKSIG : OP_CHECKSIGADD);
	}
	wr_push_number(w, k);
}

static void
wr_older(struct wr *w, uint32_t blocks)
{
	assert(blocks >= 1 && blocks <= OLDER_MAX); /* BIP68 masks any other number: the lock would be shorter than it says */
	wr_push_number(w, blocks);
	wr_u8(w, OP_CHECKSEQUENCEVERIFY);
}

void
wr_multi_a(struct wr *w, uint32_t k, const struct xonly_key *keys, size_t n)
{
	wr_multi_a_sum(w, k, keys, n);
	wr_u8(w, OP_NUMEQUAL);
}

void
wr_multi_a_older(struct wr *w, uint32_t k, const struct xonly_key *keys, size_t n, uint32_t blocks)
{
	wr_multi_a_sum(w, k, keys, n);
	wr_u8(w, OP_NUMEQUALVERIFY);
	wr_older(w, blocks);
}

void
wr_pk_older(struct wr *w, const struct xonly_key *key, uint32_t blocks)
{
	wr_push(w, key->b, sizeof(key->b));
	wr_u8(w, OP_CHECKSIGVERIFY);
	wr_older(w, blocks);
}
