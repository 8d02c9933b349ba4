#include "token/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/signing.h"
#include "tests/unit/toy.h"
#include "tests/unit/unit.h"

/* A file in memory, split into head and chunks as a reader would. */
static struct wr file;
static struct ledger *whole;
static struct ledger_block top;

/* A toy chain with one block; big: as many bytes more in the state. */
static void
make(size_t big)
{
	struct account proposer = test_account(15);
	struct state_walk walk;
	const char *why;

	whole = toy_ledger();
	ledger_begin(whole, ledger_tip(whole).time);
	for (size_t i = 0; i < big; i += 100000) {
		uint8_t key[6] = { 'y', ' ', (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8) };
		uint8_t *value = mem_new(100000, 1);

		state_put(ledger_state(whole), key, sizeof(key), value, 100000);
		free(value);
	}
	state_put(ledger_state(whole), "y", 1, "", 0); /* an empty value is a value */
	CU_ASSERT_FATAL(ledger_end(&top, &why, whole, &proposer));
	memset(top.seal.b, 7, sizeof(top.seal.b));
	ledger_commit(whole, &top);
	wr_snapshot_head(&file, &(struct snapshot_head){ *ledger_genesis_id(whole), top, state_count(ledger_state(whole)) });
	state_walk_init(&walk, ledger_state(whole), NULL, 0);
	for (uint32_t i = 0; wr_snapshot_chunk(&file, &walk, i); i++)
		;
}

static void
drop(void)
{
	wr_clear(&file);
	ledger_free(whole);
}

/* Read bytes as the program reads a file: NULL when all is well. */
static const char *
read_all(struct state *s, const uint8_t *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	const uint8_t *head = rd_take(&r, SNAPSHOT_HEAD_LEN);
	struct snapshot_reader reader;
	struct snapshot_head h;
	const char *why = snapshot_head_decode(&h, head ? head : bytes, head ? SNAPSHOT_HEAD_LEN : len);

	if (why != NULL)
		return why;
	snapshot_reader_init(&reader, &h, s);
	while (why == NULL && !rd_done(&r)) {
		uint32_t n = rd_u32(&r);
		const uint8_t *payload = n <= SNAPSHOT_PAYLOAD_MAX ? rd_take(&r, n) : NULL;
		struct hash256 digest;

		rd_hash256(&r, &digest);
		if (payload == NULL || !rd_ok(&r))
			return "cut";
		why = snapshot_take_chunk(&reader, payload, n, &digest);
	}
	return why ? why : snapshot_end(&reader);
}

static bool
accepts(const uint8_t *bytes, size_t len)
{
	struct state *s = state_new();
	uint8_t *exact = mem_dup(bytes, len); /* for the sanitizer to see a read behind it */
	bool good = read_all(s, exact, len) == NULL;

	free(exact);
	state_free(s);
	return good;
}

static void
what_is_written_is_read(void)
{
	static const size_t sizes[] = { 0, 1200000, 3100000 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct state *s = state_new();
		struct hash256 root;

		make(sizes[i]);
		CU_ASSERT_PTR_NULL(read_all(s, file.p, file.len));
		state_root(&root, s);
		CU_ASSERT(hash256_eq(&root, &top.app_hash));
		CU_ASSERT_EQUAL(state_count(s), state_count(ledger_state(whole)));
		state_free(s);
		drop();
	}
}

static void
every_truncation_and_flip_is_refused(void)
{
	make(0);
	CU_ASSERT(accepts(file.p, file.len));
	for (size_t len = 0; len < file.len; len++)
		CU_ASSERT_FALSE(accepts(file.p, len));
	for (size_t at = 0; at < file.len * 8; at++) {
		bool seal = at / 8 >= 8 + 2 + 32 + SNAPSHOT_BLOCK_LEN && at / 8 < 8 + 2 + 32 + SNAPSHOT_BLOCK_LEN + 64;

		file.p[at / 8] ^= (uint8_t)(1 << at % 8);
		if (!seal || at % 8 == 0)
			CU_ASSERT_FALSE(accepts(file.p, file.len));
		file.p[at / 8] ^= (uint8_t)(1 << at % 8);
	}
	wr_u8(&file, 0);
	CU_ASSERT_FALSE(accepts(file.p, file.len));
	drop();
}

/* Whoever makes the digests right again still needs the state's root. */
static const char *
forged(const struct wr *payloads, size_t n, uint64_t entries, const struct hash256 *genesis)
{
	struct snapshot_head h = { *genesis, top, entries };
	struct state *s = state_new();
	struct snapshot_reader r;
	const char *why = NULL;

	snapshot_reader_init(&r, &h, s);
	for (size_t i = 0; i < n && why == NULL; i++) {
		uint8_t number[4] = { (uint8_t)i };
		struct sha256_ctx c;
		struct hash256 digest;

		sha256_init_tagged(&c, "tally/snapshot-chunk");
		sha256_update(&c, number, 4);
		sha256_update(&c, payloads[i].p, payloads[i].len);
		sha256_final(&c, &digest);
		why = snapshot_take_chunk(&r, payloads[i].p, payloads[i].len, &digest);
	}
	if (why == NULL)
		why = snapshot_end(&r);
	state_free(s);
	return why;
}

static void
forgeries_are_refused(void)
{
	struct wr all[2] = { { 0 } };
	struct state_walk w;
	struct hash256 other = { { 1 } };
	uint64_t n;

	make(0);
	n = state_count(ledger_state(whole));
	state_walk_init(&w, ledger_state(whole), NULL, 0);
	while (state_walk_next(&w)) {
		struct wr *half = &all[w.key[0] > 'b'];

		wr_varbytes(half, w.key, w.key_len);
		wr_varbytes(half, w.value, w.value_len);
	}
	CU_ASSERT_FATAL(all[0].len > 0 && all[1].len > 0);
	CU_ASSERT_PTR_NULL(forged(all, 2, n, ledger_genesis_id(whole)));
	CU_ASSERT_PTR_NOT_NULL(forged(all, 2, n, &other));                     /* another chain's */
	CU_ASSERT_PTR_NOT_NULL(forged(all, 1, n, ledger_genesis_id(whole)));     /* a chunk less */
	CU_ASSERT_PTR_NOT_NULL(forged(all, 2, n + 1, ledger_genesis_id(whole))); /* an entry less than said */
	CU_ASSERT_PTR_NOT_NULL(forged(all, 2, n - 1, ledger_genesis_id(whole)));
	CU_ASSERT_PTR_NOT_NULL(forged(&all[1], 1, n, ledger_genesis_id(whole)));
	all[0].p[all[0].len - 1] ^= 1; /* somebody's balance */
	CU_ASSERT_STRING_EQUAL(forged(all, 2, n, ledger_genesis_id(whole)), "its state is not the one that its block names");
	all[0].p[all[0].len - 1] ^= 1;
	wr_bytes(&all[1], all[0].p, all[0].len); /* keys that go back */
	CU_ASSERT_PTR_NOT_NULL(forged(&all[1], 1, n, ledger_genesis_id(whole)));
	wr_reset(&all[1]);
	wr_varbytes(&all[1], "", 0); /* no key */
	wr_varbytes(&all[1], "", 0);
	CU_ASSERT_PTR_NOT_NULL(forged(&all[1], 1, n, ledger_genesis_id(whole)));
	wr_clear(&all[0]);
	wr_clear(&all[1]);
	drop();
}

static const struct unit_test tests[] = {
	{ "what is written is read", what_is_written_is_read },
	{ "every truncation and flip is refused", every_truncation_and_flip_is_refused },
	{ "forgeries are refused", forgeries_are_refused },
};

UNIT_MAIN("snapshot", tests)
