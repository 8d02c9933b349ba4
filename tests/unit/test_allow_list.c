/* Lists of accounts as one hash: every member's path leads to the root, nothing else does. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "token/allow_list.h"

static struct account
person(size_t n)
{
	struct account a = { .type = ACCOUNT_KEY };

	a.id.b[0] = (uint8_t)(n * 37);
	a.id.b[1] = (uint8_t)(n >> 8);
	a.id.b[31] = (uint8_t)n;
	return a;
}

static void
every_member_of_lists_of_many_lengths(void)
{
	struct account list[70];

	for (size_t n = 1; n <= ARRAY_LEN(list); n++) {
		struct account stranger = person(200);
		struct hash256 root;

		for (size_t i = 0; i < n; i++)
			list[i] = person(n - i);
		CU_ASSERT_EQUAL_FATAL(allow_list_sort(list, n), n);
		allow_list_root(&root, list, n);
		for (size_t i = 0; i < n; i++) {
			struct allow_path path;

			CU_ASSERT_FATAL(allow_list_path(&path, list, n, i));
			CU_ASSERT(allow_list_has(&root, &list[i], &path));
			CU_ASSERT_FALSE(allow_list_has(&root, &stranger, &path));
			if (n > 1)
				CU_ASSERT_FALSE(allow_list_has(&root, &list[(i + 1) % n], &path) && path.n > 1);
			if (path.n > 0) {
				path.hashes[path.n - 1].b[5] ^= 1;
				CU_ASSERT_FALSE(allow_list_has(&root, &list[i], &path));
				path.n--;
				CU_ASSERT_FALSE(allow_list_has(&root, &list[i], &path));
			}
		}
	}
}

static void
the_order_and_doubles_do_not_matter(void)
{
	struct account a[] = { person(3), person(1), person(2), person(3), person(1) }, b[] = { person(2), person(3), person(1) };
	struct hash256 one, two;

	CU_ASSERT_EQUAL_FATAL(allow_list_sort(a, ARRAY_LEN(a)), 3);
	CU_ASSERT_EQUAL_FATAL(allow_list_sort(b, ARRAY_LEN(b)), 3);
	allow_list_root(&one, a, 3);
	allow_list_root(&two, b, 3);
	CU_ASSERT(hash256_eq(&one, &two));
}

static void
one_account_is_its_own_root(void)
{
	struct account a = person(9);
	struct allow_path path;
	struct hash256 root, leaf;
	struct wr w = { 0 };

	wr_account(&w, &a);
	sha256_tagged(&leaf, "tally/allow-leaf", w.p, w.len);
	wr_clear(&w);
	allow_list_root(&root, &a, 1);
	CU_ASSERT(hash256_eq(&root, &leaf));
	CU_ASSERT_FATAL(allow_list_path(&path, &a, 1, 0));
	CU_ASSERT_EQUAL(path.n, 0);
	CU_ASSERT(allow_list_has(&root, &a, &path));
}

static void
paths_that_are_too_long(void)
{
	struct allow_path p = { .n = ALLOW_PATH_MAX }, out;
	struct wr w = { 0 };
	struct rd r;

	wr_allow_path(&w, &p);
	r = rd_init(w.p, w.len);
	rd_allow_path(&r, &out);
	CU_ASSERT(rd_done(&r));
	wr_bytes(&w, p.hashes, sizeof(p.hashes[0]));
	w.p[0]++;
	r = rd_init(w.p, w.len);
	rd_allow_path(&r, &out);
	CU_ASSERT_FALSE(rd_ok(&r));
	CU_ASSERT_EQUAL(out.n, 0);
	wr_clear(&w);
}

static const struct unit_test tests[] = {
	{ "every member of lists of many lengths", every_member_of_lists_of_many_lengths },
	{ "order and doubles do not matter", the_order_and_doubles_do_not_matter },
	{ "one account is its own root", one_account_is_its_own_root },
	{ "paths that are too long", paths_that_are_too_long },
};

UNIT_MAIN("allow list", tests)
