#include "token/state_proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"
#include "token/state.h"

/* A tree of three entries worked out by hand with sha256sum: paths of "a", "b", "c" start with bits 1100 1010, 0011 1110,
 * 0010 1110. */
static void
matches_the_definition_by_hand(void)
{
	struct state *s = state_new();
	struct hash256 a, b, c, root, zero = { { 0 } }, path, value, want;
	struct wr w = { 0 };

	sha256(&path, "a", 1);
	sha256(&value, "1", 1);
	state_leaf_hash(&a, &path, &value);
	CU_ASSERT_EQUAL(path.b[0], 0xca);
	sha256(&path, "b", 1);
	CU_ASSERT_EQUAL(path.b[0], 0x3e);
	sha256(&value, "2", 1);
	state_leaf_hash(&b, &path, &value);
	sha256(&path, "c", 1);
	CU_ASSERT_EQUAL(path.b[0], 0x2e);
	sha256(&value, "3", 1);
	state_leaf_hash(&c, &path, &value);

	state_inner_hash(&want, &c, &b);       /* level 3: 0010 | 0011 */
	state_inner_hash(&want, &zero, &want); /* level 2: nothing | 001 */
	state_inner_hash(&want, &want, &zero); /* level 1: 00 | nothing */
	state_inner_hash(&want, &want, &a);    /* level 0 */
	state_put(s, "a", 1, "1", 1);
	state_put(s, "b", 1, "2", 1);
	state_put(s, "c", 1, "3", 1);
	state_root(&root, s);
	CU_ASSERT(hash256_eq(&root, &want));

	state_prove(&w, s, "c", 1);
	CU_ASSERT_EQUAL(w.len, 3 + 4 * 32);
	CU_ASSERT_EQUAL(w.p[0], 4);
	CU_ASSERT_EQUAL(memcmp(w.p + 3, a.b, 32), 0);
	CU_ASSERT_EQUAL(memcmp(w.p + 3 + 32, zero.b, 32), 0);
	CU_ASSERT_EQUAL(memcmp(w.p + 3 + 96, b.b, 32), 0);
	wr_clear(&w);
	state_free(s);
}

static void
vectors_of_small_trees(void)
{
	static const struct {
		const char *keys; /* one letter each; the value is the letter in upper case */
		const char *root;
	} rows[] = {
		{ "", "0000000000000000000000000000000000000000000000000000000000000000" },
		{ "a", "4e0849a37538b5c0f43b9a5170052542821c6ca2b74deed9a8b9fbf0556053c0" },
		{ "ab", "2fb5b5579d190238fc35e7f20b2d266ec82aa8cb95747971e1e28a72a9e6a51e" },
		{ "abcdefghijklmnopqrstuvwxyz", "5cff52f8ae082621579547cc47e1d2a9474bb49bb65326315f723d01a4e15268" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct state *s = state_new();
		struct hash256 root;
		char hex[HASH256_HEX_LEN];

		for (const char *k = rows[i].keys; *k; k++) {
			char v = (char)(*k - 32);

			state_put(s, k, 1, &v, 1);
		}
		state_root(&root, s);
		hash256_to_hex(hex, &root);
		CU_ASSERT_STRING_EQUAL(hex, rows[i].root);
		state_free(s);
	}
}

static struct state *
filled(size_t n)
{
	struct state *s = state_new();

	for (uint32_t i = 0; i < n; i++) {
		uint8_t key[5] = { 'k', (uint8_t)i, (uint8_t)(i >> 8), 0, 0 };
		uint32_t value = i * 7;

		state_put(s, key, sizeof(key), &value, sizeof(value));
	}
	return s;
}

static void
every_presence_and_absence_is_proven(void)
{
	for (size_t n = 0; n < 300; n = n * 2 + 1) {
		struct state *s = filled(n);
		struct hash256 root;
		struct wr w = { 0 };

		state_root(&root, s);
		for (uint32_t i = 0; i < 600; i++) {
			uint8_t key[5] = { 'k', (uint8_t)i, (uint8_t)(i >> 8), 0, 0 };
			uint32_t value = i * 7, other = value + 1;
			bool there = i < n;

			wr_reset(&w);
			state_prove(&w, s, key, sizeof(key));
			CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &root, key, 5, &value, 4),
					there ? STATE_PROOF_PRESENT : STATE_PROOF_WRONG);
			CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &root, key, 5, NULL, 0),
					there ? STATE_PROOF_WRONG : STATE_PROOF_ABSENT);
			CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &root, key, 5, &other, 4), STATE_PROOF_WRONG);
			key[4] = 1;
			CU_ASSERT(there ? state_proof_check(w.p, w.len, &root, key, 5, &value, 4) == STATE_PROOF_WRONG : true);
		}
		wr_clear(&w);
		state_free(s);
	}
}

/* Any shorter, longer or changed proof must not say PRESENT or ABSENT for the same question. */
static void
every_truncation_and_bit_flip_is_refused(void)
{
	struct state *s = filled(100);
	struct hash256 root;
	unsigned kinds = 0;

	state_root(&root, s);
	for (uint32_t i = 90; i < 130; i++) {
		uint8_t key[5] = { 'k', (uint8_t)i, 0, 0, 0 };
		uint32_t value = i * 7;
		const void *v = i < 100 ? &value : NULL;
		struct wr w = { 0 };

		state_prove(&w, s, key, sizeof(key));
		kinds |= 1u << w.p[2];
		for (size_t cut = 0; cut < w.len; cut++)
			CU_ASSERT_EQUAL(state_proof_check(w.p, cut, &root, key, 5, v, v ? 4 : 0), STATE_PROOF_WRONG);
		for (size_t bit = 0; bit < w.len * 8; bit++) {
			w.p[bit / 8] = (uint8_t)(w.p[bit / 8] ^ 1 << bit % 8);
			CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &root, key, 5, v, v ? 4 : 0), STATE_PROOF_WRONG);
			w.p[bit / 8] = (uint8_t)(w.p[bit / 8] ^ 1 << bit % 8);
		}
		wr_u8(&w, 0);
		CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &root, key, 5, v, v ? 4 : 0), STATE_PROOF_WRONG);
		wr_clear(&w);
	}
	CU_ASSERT_EQUAL(kinds, 7); /* all three kinds were seen */
	state_free(s);
}

static void
a_proof_of_another_state_is_refused(void)
{
	struct state *s = filled(50);
	struct hash256 before, after;
	struct wr w = { 0 };

	state_root(&before, s);
	state_prove(&w, s, "k\1\0\0\0", 5);
	state_put(s, "elsewhere", 9, "", 0);
	state_root(&after, s);
	CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &before, "k\1\0\0\0", 5, "\7\0\0\0", 4), STATE_PROOF_PRESENT);
	CU_ASSERT_EQUAL(state_proof_check(w.p, w.len, &after, "k\1\0\0\0", 5, "\7\0\0\0", 4), STATE_PROOF_WRONG);
	wr_clear(&w);
	state_free(s);
}

static const struct unit_test tests[] = {
	{ "matches the definition by hand", matches_the_definition_by_hand },
	{ "vectors of small trees", vectors_of_small_trees },
	{ "every presence and absence is proven", every_presence_and_absence_is_proven },
	{ "every truncation and bit flip is refused", every_truncation_and_bit_flip_is_refused },
	{ "a proof of another state is refused", a_proof_of_another_state_is_refused },
};

UNIT_MAIN("state proof", tests)
