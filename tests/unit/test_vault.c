#include "bridge/peg/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/taproot.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static void
setup(struct peg_params *p, struct federation *f, size_t n, uint32_t k)
{
	peg_params_default(p, chain_params_find("regtest"));
	*f = (struct federation){ .k = k, .n = n, .r = 2, .recovery_n = 3 };
	for (unsigned i = 0; i < n; i++) {
		snprintf(f->member[i].name, sizeof(f->member[i].name), "m%u", i);
		f->member[i].key = test_key(i);
		f->member[i].account = test_account(i);
	}
	for (unsigned i = 0; i < 3; i++)
		f->recovery[i] = test_key(50 + i);
}

static void
scripts_open_with_their_controls(void)
{
	struct deposit_terms t = { .account = test_account(9), .reclaim = test_key(60), .nonce = 5 };
	struct hash256 genesis_id = { { 1 } }, leaf_hash;
	uint8_t script[P2TR_LEN], control[VAULT_CONTROL_LEN];
	struct peg_params p;
	struct federation f;
	struct xonly_key key;
	struct wr leaf = { 0 };
	struct vault v;

	setup(&p, &f, 3, 2);
	CU_ASSERT_FATAL(vault_init(&v, &f, &p, &genesis_id));
	memcpy(key.b, v.script + 2, 32);
	CU_ASSERT(taproot_opens(&leaf_hash, &key, v.leaf.p, v.leaf.len, v.control, sizeof(v.control)));
	CU_ASSERT(hash256_eq(&leaf_hash, &v.leaf_hash));

	CU_ASSERT_FATAL(deposit_script(script, control, &v, &t));
	memcpy(key.b, script + 2, 32);
	CU_ASSERT(taproot_opens(&leaf_hash, &key, v.leaf.p, v.leaf.len, control, sizeof(control)));
	CU_ASSERT(hash256_eq(&leaf_hash, &v.leaf_hash));
	CU_ASSERT(memcmp(script, v.script, P2TR_LEN) != 0);

	/* the way back for the depositor: <key> CHECKSIGVERIFY <144> CSV */
	CU_ASSERT_FATAL(deposit_reclaim_path(&leaf, control, &v, &t));
	CU_ASSERT(taproot_opens(&leaf_hash, &key, leaf.p, leaf.len, control, sizeof(control)));
	CU_ASSERT_EQUAL(leaf.len, 1 + 32 + 1 + 3 + 1);
	CU_ASSERT_EQUAL(leaf.p[33], OP_CHECKSIGVERIFY);
	CU_ASSERT_EQUAL(memcmp(leaf.p + 34, "\x02\x90\x00\xb2", 4), 0);
	wr_clear(&leaf);
	vault_clear(&v);
}

/* The internal key's discrete logarithm is nobody's: P = H + t·G, and every term of the deposit moves t. */
static void
every_term_moves_the_address(void)
{
	struct deposit_terms base = { .account = test_account(9), .reclaim = test_key(60), .nonce = 5 }, t[6];
	struct hash256 genesis_id = { { 1 } }, other_genesis = { { 2 } };
	uint8_t script[7][P2TR_LEN];
	struct peg_params p;
	struct federation f;
	struct vault v, w;

	setup(&p, &f, 3, 2);
	CU_ASSERT_FATAL(vault_init(&v, &f, &p, &genesis_id) && vault_init(&w, &f, &p, &other_genesis));
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		t[i] = base;
	t[1].epoch = 1;
	t[2].account = test_account(10);
	t[3].asset.id.b[31] = 1;
	t[4].reclaim = test_key(61);
	t[5].nonce = 6;
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		CU_ASSERT(deposit_script(script[i], NULL, &v, &t[i]));
	CU_ASSERT(deposit_script(script[6], NULL, &w, &base));
	for (size_t i = 0; i < ARRAY_LEN(script); i++)
		for (size_t j = 0; j < i; j++)
			CU_ASSERT(memcmp(script[i], script[j], P2TR_LEN) != 0);
	vault_clear(&v);
	vault_clear(&w);
}

static void
internal_key_as_specified(void)
{
	struct deposit_terms t = { .epoch = 7, .account = test_account(9), .reclaim = test_key(60), .nonce = 0x0102030405060708 };
	struct hash256 genesis_id = { { 3 } }, tweak;
	struct xonly_key want, got;
	struct wr w = { 0 };

	wr_hash256(&w, &genesis_id);
	wr_bytes(&w, "\x07\0\0\0", 4);
	wr_u8(&w, ACCOUNT_KEY);
	wr_bytes(&w, test_account(9).id.b, 32);
	wr_bytes(&w, (uint8_t[32]){ 0 }, 32);
	wr_bytes(&w, test_key(60).b, 32);
	wr_bytes(&w, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	CU_ASSERT_EQUAL(w.len, 32 + DEPOSIT_TERMS_LEN);
	sha256_tagged(&tweak, "tally/deposit", w.p, w.len);
	wr_clear(&w);
	CU_ASSERT_FATAL(xonly_tweak_add(&want, NULL, &taproot_nums_key, &tweak));
	CU_ASSERT_FATAL(deposit_internal_key(&got, &genesis_id, &t));
	CU_ASSERT(xonly_eq(&want, &got));
}

static void
descriptors(void)
{
	struct deposit_terms t = { .account = test_account(9), .reclaim = test_key(60) };
	struct hash256 genesis_id = { { 1 } };
	char sum[9], *d;
	struct peg_params p;
	struct federation f;
	struct vault v;

	setup(&p, &f, 3, 2);
	CU_ASSERT_FATAL(vault_init(&v, &f, &p, &genesis_id));
	d = vault_descriptor(&v);
	CU_ASSERT_PTR_NOT_NULL_FATAL(strchr(d, '#'));
	CU_ASSERT_EQUAL(strncmp(d, "tr(50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0,{multi_a(2,", 79), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(d, "),and_v(v:multi_a(2,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(d, "),older(288))})#"));
	*strchr(d, '#') = '\0';
	CU_ASSERT(descriptor_checksum(sum, d));
	CU_ASSERT_STRING_EQUAL(sum, d + strlen(d) + 1);
	free(d);
	d = deposit_descriptor(&v, &t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	CU_ASSERT_PTR_NOT_NULL(strstr(d, "),and_v(v:pk("));
	CU_ASSERT_PTR_NOT_NULL(strstr(d, "),older(144))})#"));
	free(d);
	memset(t.reclaim.b, 0xff, 32);
	CU_ASSERT_PTR_NULL(deposit_descriptor(&v, &t));
	CU_ASSERT_FALSE(deposit_script((uint8_t[P2TR_LEN]){ 0 }, NULL, &v, &t));
	vault_clear(&v);
}

/* D15: the relative lock is pushed minimally: as an opcode up to 16, then with as few bytes as its sign allows. */
static void
d15_relative_locks_are_encoded_minimally(void)
{
	static const struct {
		uint32_t blocks;
		const char *push;
	} rows[] = {
		{ 1, "51" },       { 16, "60" },        { 17, "0111" },       { 127, "017f" },      { 128, "028000" },
		{ 255, "02ff00" }, { 256, "020001" }, { 32767, "02ff7f" }, { 32768, "03008000" }, { 65535, "03ffff00" },
	};
	struct deposit_terms t = { .account = test_account(9), .reclaim = test_key(60) };
	struct hash256 genesis_id = { { 1 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t control[VAULT_CONTROL_LEN], push[8];
		size_t n = strlen(rows[i].push) / 2;
		struct wr leaf = { 0 };
		struct peg_params p;
		struct federation f;
		struct vault v;

		setup(&p, &f, 3, 2);
		p.reclaim_delay = rows[i].blocks;
		CU_ASSERT_PTR_NULL(federation_check(&f, &p));
		CU_ASSERT_FATAL(vault_init(&v, &f, &p, &genesis_id));
		CU_ASSERT_FATAL(deposit_reclaim_path(&leaf, control, &v, &t));
		CU_ASSERT_FATAL(hex_decode(push, n, rows[i].push));
		CU_ASSERT_EQUAL(leaf.len, 34 + n + 1);
		CU_ASSERT_EQUAL(memcmp(leaf.p + 34, push, n), 0);
		wr_clear(&leaf);
		vault_clear(&v);
	}
	for (size_t i = 0; i < 2; i++) {
		struct peg_params p;
		struct federation f;

		setup(&p, &f, 3, 2);
		p.recovery_delay = i == 0 ? 0 : 65536;
		CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
	}
}

static const struct unit_test tests[] = {
	{ "scripts open with their controls", scripts_open_with_their_controls },
	{ "every term moves the address", every_term_moves_the_address },
	{ "internal key as specified", internal_key_as_specified },
	{ "descriptors", descriptors },
	{ "D15 relative locks are encoded minimally", d15_relative_locks_are_encoded_minimally },
};

UNIT_MAIN("vault", tests)
