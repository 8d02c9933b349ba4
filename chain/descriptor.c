#include "chain/descriptor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/taproot.h"

#define CHECKSUM_LEN 8
#define KEYS_MAX 999
#define OLDER_MAX 65535

/* BIP380: the position within its group of 32 is a character's symbol, the number of the group is checked beside it. */
static const char input_charset[] = "0123456789()[],'/*abcdefgh@:$%{}"
				    "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~"
				    "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
static const char checksum_charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint64_t
checksum_step(uint64_t chk, unsigned symbol)
{
	static const uint64_t generator[] = { 0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd };
	unsigned top = (unsigned)(chk >> 35);

	chk = (chk & 0x7ffffffff) << 5 ^ symbol;
	for (unsigned i = 0; i < ARRAY_LEN(generator); i++) {
		if ((top >> i & 1) != 0)
			chk ^= generator[i];
	}
	return chk;
}

bool
descriptor_checksum(char out[9], const char *descriptor)
{
	uint64_t chk = 1;
	unsigned groups = 0, in_group = 0;

	for (const char *c = descriptor; *c != '\0'; c++) {
		const char *at = strchr(input_charset, *c);
		unsigned v;

		if (at == NULL)
			return false;
		v = (unsigned)(at - input_charset);
		chk = checksum_step(chk, v & 31);
		groups = groups * 3 + (v >> 5);
		if (++in_group == 3) {
			chk = checksum_step(chk, groups);
			groups = in_group = 0;
		}
	}
	if (in_group > 0)
		chk = checksum_step(chk, groups);
	for (unsigned i = 0; i < CHECKSUM_LEN; i++)
		chk = checksum_step(chk, 0);
	chk ^= 1;
	for (unsigned i = 0; i < CHECKSUM_LEN; i++)
		out[i] = checksum_charset[chk >> (5 * (7 - i)) & 31];
	out[CHECKSUM_LEN] = '\0';
	return true;
}

static bool
multi_a_valid(struct multi_a m)
{
	if (m.k < 1 || m.k > m.n || m.n > KEYS_MAX)
		return false;
	for (size_t i = 0; i < m.n; i++) {
		if (!xonly_valid(&m.keys[i]))
			return false;
	}
	return true;
}

/* BIP68 looks at 16 bits of the number only, and takes bit 22 for seconds and bit 31 for no lock at all. */
static bool
older_valid(uint32_t blocks)
{
	return blocks >= 1 && blocks <= OLDER_MAX;
}

/* Takes over the leaf scripts, whatever it answers. */
static bool
tree_make(struct two_leaf_tree *out, const struct xonly_key *internal, struct wr main_leaf, struct wr second_leaf)
{
	struct two_leaf_tree t = { .internal = *internal, .leaf = { main_leaf, second_leaf } };

	for (unsigned i = 0; i < 2; i++)
		tapleaf_hash(&t.leaf_hash[i], TAPLEAF_VERSION, t.leaf[i].p, t.leaf[i].len);
	tapbranch_hash(&t.root, &t.leaf_hash[0], &t.leaf_hash[1]);
	if (!taproot_output_key(&t.output_key, &t.output_odd, internal, &t.root)) {
		two_leaf_tree_clear(&t);
		return false;
	}
	*out = t;
	return true;
}

bool
tree_multi_older_multi(struct two_leaf_tree *out, const struct xonly_key *internal, struct multi_a main, struct multi_a second,
		       uint32_t blocks)
{
	struct wr a = { 0 }, b = { 0 };

	if (!multi_a_valid(main) || !multi_a_valid(second) || !older_valid(blocks))
		return false;
	wr_multi_a(&a, main.k, main.keys, main.n);
	wr_multi_a_older(&b, second.k, second.keys, second.n, blocks);
	return tree_make(out, internal, a, b);
}

bool
tree_multi_older_pk(struct two_leaf_tree *out, const struct xonly_key *internal, struct multi_a main, const struct xonly_key *key,
		    uint32_t blocks)
{
	struct wr a = { 0 }, b = { 0 };

	if (!multi_a_valid(main) || !xonly_valid(key) || !older_valid(blocks))
		return false;
	wr_multi_a(&a, main.k, main.keys, main.n);
	wr_pk_older(&b, key, blocks);
	return tree_make(out, internal, a, b);
}

void
two_leaf_tree_clear(struct two_leaf_tree *t)
{
	wr_clear(&t->leaf[0]);
	wr_clear(&t->leaf[1]);
}

void
two_leaf_control(uint8_t out[65], const struct two_leaf_tree *t, unsigned leaf)
{
	struct wr w = { 0 };

	assert(leaf < 2);
	wr_control_block(&w, TAPLEAF_VERSION, t->output_odd, &t->internal, &t->leaf_hash[1 - leaf], 1);
	assert(w.len == 65);
	memcpy(out, w.p, w.len);
	wr_clear(&w);
}

static void
wr_text(struct wr *w, const char *text)
{
	wr_bytes(w, text, strlen(text));
}

static void
wr_number_text(struct wr *w, uint64_t v)
{
	char *text = mem_printf("%llu", (unsigned long long)v);

	wr_text(w, text);
	free(text);
}

static void
wr_key_text(struct wr *w, const struct xonly_key *k)
{
	char hex[65];

	hex_encode(hex, k->b, sizeof(k->b));
	wr_text(w, hex);
}

static void
wr_multi_a_text(struct wr *w, struct multi_a m)
{
	wr_text(w, "multi_a(");
	wr_number_text(w, m.k);
	for (size_t i = 0; i < m.n; i++) {
		wr_text(w, ",");
		wr_key_text(w, &m.keys[i]);
	}
	wr_text(w, ")");
}

static void
wr_tree_start(struct wr *w, const struct xonly_key *internal, struct multi_a main)
{
	wr_text(w, "tr(");
	wr_key_text(w, internal);
	wr_text(w, ",{");
	wr_multi_a_text(w, main);
	wr_text(w, ",and_v(v:");
}

/* Takes over w. */
static char *
tree_text_end(struct wr *w, uint32_t blocks)
{
	char sum[CHECKSUM_LEN + 1];
	char *text;
	bool ok;

	wr_text(w, ",older(");
	wr_number_text(w, blocks);
	wr_text(w, "))})");
	wr_u8(w, '\0');
	ok = descriptor_checksum(sum, (const char *)w->p);
	assert(ok);
	text = mem_printf("%s#%s", (const char *)w->p, sum);
	wr_clear(w);
	return text;
}

char *
descriptor_multi_older_multi(const struct xonly_key *internal, struct multi_a main, struct multi_a second, uint32_t blocks)
{
	struct wr w = { 0 };

	if (!xonly_valid(internal) || !multi_a_valid(main) || !multi_a_valid(second) || !older_valid(blocks))
		return NULL;
	wr_tree_start(&w, internal, main);
	wr_multi_a_text(&w, second);
	return tree_text_end(&w, blocks);
}

char *
descriptor_multi_older_pk(const struct xonly_key *internal, struct multi_a main, const struct xonly_key *key, uint32_t blocks)
{
	struct wr w = { 0 };

	if (!xonly_valid(internal) || !multi_a_valid(main) || !xonly_valid(key) || !older_valid(blocks))
		return NULL;
	wr_tree_start(&w, internal, main);
	wr_text(&w, "pk(");
	wr_key_text(&w, key);
	wr_text(&w, ")");
	return tree_text_end(&w, blocks);
}
