#include <stdio.h>
#include <string.h>

#include "bridge/peg/params.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static void
defaults(struct peg_params *p, const char *network)
{
	peg_params_default(p, chain_params_find(network));
}

static struct federation
federation(size_t n, uint32_t k)
{
	struct federation f = { .k = k, .n = n, .r = 1, .recovery_n = 1 };

	for (unsigned i = 0; i < n && i < PEG_MEMBERS_MAX; i++) {
		snprintf(f.member[i].name, sizeof(f.member[i].name), "m%u", i);
		f.member[i].key = test_key(i);
		f.member[i].account = test_account(i);
	}
	f.recovery[0] = test_key(50);
	return f;
}

static void
defaults_pass_on_every_network(void)
{
	static const char *const networks[] = { "main", "testnet3", "testnet4", "signet", "regtest" };

	for (size_t i = 0; i < ARRAY_LEN(networks); i++) {
		struct peg_params p;

		defaults(&p, networks[i]);
		CU_ASSERT_PTR_NULL(peg_params_check(&p));
	}
}

/* I6: a missing, partial or absurd parameter is refused; none means "unlimited". */
static void
i6_senseless_numbers_are_refused(void)
{
	static const struct {
		const char *network, *name;
		uint64_t value;
		bool good;
	} rows[] = {
		{ "main", "stale_after", 0, false },
		{ "regtest", "stale_after", 0, true },
		{ "main", "header_maturity", 0, false },
		{ "main", "deposit_max", 0, false },
		{ "main", "supply_cap", 0, false },
		{ "main", "inflow_cap", 0, false },
		{ "main", "outflow_cap", 0, false },
		{ "main", "supply_cap", 2100000100000000, false },
		{ "main", "depth_1", 0, false },
		{ "main", "depth_1", 31, false },
		{ "main", "depth_3", 29, false },
		{ "main", "tier_1", 100000001, false },
		{ "main", "deposit_fee", 100000, false },
		{ "main", "deposit_fee", 0, true },
		{ "main", "deposit_min", 999, false },
		{ "main", "reclaim_delay", 0, false },
		{ "main", "reclaim_delay", 65536, false },
		{ "main", "recovery_delay", 65536, false },
		{ "main", "recovery_delay", 65535, true },
		{ "main", "reclaim_delay", 1108, false }, /* less sweep_margin 1008: 100, not above the depth of 100 */
		{ "main", "reclaim_delay", 1109, true },
		{ "regtest", "reclaim_delay", 136, false }, /* a coinbase needs 100 */
		{ "regtest", "reclaim_delay", 137, true },
		{ "main", "final_depth", 5, false },
		{ "main", "fee_rate_max", 999, false },
		{ "main", "fee_rate_min", 0, false },
		{ "main", "plan_tx_version", 1, false },
		{ "main", "plan_tx_version", 4, false },
		{ "main", "plan_weight", 40001, false },
		{ "main", "plan_payouts", 101, false },
		{ "main", "plan_payouts", 0, false },
		{ "main", "headers_keep", 4031, false },
		{ "main", "cap_window", 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct peg_params p;

		defaults(&p, rows[i].network);
		CU_ASSERT(peg_params_set(&p, rows[i].name, rows[i].value));
		if ((peg_params_check(&p) == NULL) != rows[i].good)
			printf("%s %s\n", rows[i].network, rows[i].name);
		CU_ASSERT_EQUAL(peg_params_check(&p) == NULL, rows[i].good);
	}
}

static void
anchors(void)
{
	struct peg_params p;

	defaults(&p, "main");
	p.anchor.height = 2015;
	CU_ASSERT_PTR_NOT_NULL(peg_params_check(&p));
	defaults(&p, "main");
	p.anchor.times_n = 0;
	CU_ASSERT_PTR_NOT_NULL(peg_params_check(&p));
	defaults(&p, "main");
	p.anchor.times[0]++;
	CU_ASSERT_PTR_NOT_NULL(peg_params_check(&p));
	defaults(&p, "main");
	p.anchor.header.nonce++;
	CU_ASSERT_PTR_NOT_NULL(peg_params_check(&p));
	defaults(&p, "main");
	p.anchor.work = u256_from_u64(1);
	CU_ASSERT_PTR_NOT_NULL(peg_params_check(&p));
	/* C19: a header of another network */
	defaults(&p, "main");
	p.anchor.header = chain_params_find("regtest")->genesis;
	p.anchor.times[0] = p.anchor.header.time;
	CU_ASSERT_PTR_NOT_NULL(peg_params_check(&p));
}

static void
federations(void)
{
	static const struct {
		size_t n;
		uint32_t k;
		bool good;
	} rows[] = {
		{ 1, 1, true }, { 0, 0, false }, { 1, 0, false }, { 2, 1, false }, { 2, 2, true }, { 3, 1, false },
		{ 3, 2, true },
		{ 3, 4, false }, { 4, 2, false }, { 4, 3, true }, { 16, 9, true }, { 16, 8, false }, { 17, 9, false },
	};
	struct federation f;
	struct peg_params p;

	defaults(&p, "regtest");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		f = federation(rows[i].n, rows[i].k);
		CU_ASSERT_EQUAL(federation_check(&f, &p) == NULL, rows[i].good);
	}
	f = federation(3, 2);
	f.member[2].key = f.member[0].key;
	CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
	f = federation(3, 2);
	memset(f.member[1].key.b, 0xff, 32);
	CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
	f = federation(3, 2);
	strcpy(f.member[1].name, "Bad name");
	CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
	f = federation(3, 2);
	strcpy(f.member[1].name, f.member[0].name);
	CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
	f = federation(3, 2);
	f.member[1].account = account_of_module("fees", NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
	f = federation(3, 2);
	f.r = 2;
	CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
	f = federation(3, 2);
	f.recovery_n = 0;
	CU_ASSERT_PTR_NOT_NULL(federation_check(&f, &p));
}

static void
genesis_round_trip_and_truncation(void)
{
	struct peg_params p, q;
	struct federation f = federation(4, 3), g;
	struct wr w = { 0 }, again = { 0 };

	defaults(&p, "testnet4");
	CU_ASSERT(peg_params_set(&p, "deposit_max", 123456789));
	wr_peg_genesis(&w, &p, &f);
	CU_ASSERT_PTR_NULL_FATAL(peg_genesis_decode(&q, &g, w.p, w.len));
	CU_ASSERT_PTR_EQUAL(q.chain, p.chain);
	CU_ASSERT_EQUAL(amount_units(q.deposit_max), 123456789);
	wr_peg_genesis(&again, &q, &g);
	CU_ASSERT_EQUAL_FATAL(again.len, w.len);
	CU_ASSERT_EQUAL(memcmp(again.p, w.p, w.len), 0);
	for (size_t cut = 0; cut < w.len; cut++)
		CU_ASSERT_PTR_NOT_NULL(peg_genesis_decode(&q, &g, w.p, cut));
	wr_u8(&w, 0);
	CU_ASSERT_PTR_NOT_NULL(peg_genesis_decode(&q, &g, w.p, w.len));
	wr_clear(&w);
	wr_clear(&again);
}

static void
numbers_by_name(void)
{
	struct peg_params p;

	defaults(&p, "regtest");
	CU_ASSERT_FALSE(peg_params_set(&p, "no_such", 1));
	CU_ASSERT_FALSE(peg_params_set(&p, "depth_1", (uint64_t)UINT32_MAX + 1));
	CU_ASSERT_FALSE(peg_params_set(&p, "supply_cap", UINT64_MAX));
	for (size_t i = 0; i < peg_params_numbers(); i++) {
		struct peg_number n = peg_params_number(&p, i);

		CU_ASSERT(peg_params_set(&p, n.name, n.value));
	}
	CU_ASSERT_PTR_NULL(peg_params_check(&p));
}

static void
required_depth(void)
{
	static const struct {
		uint64_t units;
		uint32_t depth;
	} rows[] = { { 1, 6 }, { 10000000, 6 }, { 10000001, 30 }, { 100000000, 30 }, { 100000001, 100 } };
	struct peg_params p;

	defaults(&p, "main");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct amount a;

		CU_ASSERT_FATAL(amount_from_units(&a, rows[i].units));
		CU_ASSERT_EQUAL(peg_required_depth(&p, a), rows[i].depth);
	}
}

static const struct unit_test tests[] = {
	{ "defaults pass on every network", defaults_pass_on_every_network },
	{ "I6 senseless numbers are refused", i6_senseless_numbers_are_refused },
	{ "anchors", anchors },
	{ "federations", federations },
	{ "genesis: round trip and truncation", genesis_round_trip_and_truncation },
	{ "numbers by name", numbers_by_name },
	{ "required depth", required_depth },
};

UNIT_MAIN("peg_params", tests)
