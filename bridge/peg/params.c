#include "bridge/peg/params.h"

#include <assert.h>
#include <string.h>

#include "chain/header_rules.h"
#include "chain/target.h"

#define GENESIS_VERSION 1
#define BTC ((uint64_t)100000000)

/* One row for each number: its place in the struct, the default on real networks and on regtest, and hard bounds. The
 * order of the rows is the order of encoding. */
struct number {
	const char *name;
	size_t at;
	bool is_amount;
	uint64_t real, regtest;
	uint64_t min, max;
};
#define COUNT(name, field, real, regtest, min, max) { name, offsetof(struct peg_params, field), false, real, regtest, min, max }
#define MONEY(name, field, real, regtest, min, max) { name, offsetof(struct peg_params, field), true, real, regtest, min, max }
#define COIN_TOP ((uint64_t)21000000 * BTC)

static const struct number numbers[] = {
	COUNT("header_maturity", header_maturity, 1200, 0, 0, 86400),
	COUNT("stale_after", stale_after, 10800, 0, 0, 604800),
	COUNT("fork_max", fork_max, 2016, 2016, 100, 4032),
	COUNT("side_max", side_max, 8192, 8192, 64, 65536),
	COUNT("headers_keep", headers_keep, 8064, 8064, 4032, 1000000),
	COUNT("depth_1", depth[0], 6, 1, 1, 2000),
	COUNT("depth_2", depth[1], 30, 2, 1, 2000),
	COUNT("depth_3", depth[2], 100, 3, 1, 2000),
	MONEY("tier_1", tier[0], BTC / 10, BTC / 10, 1, COIN_TOP),
	MONEY("tier_2", tier[1], BTC, BTC, 1, COIN_TOP),
	MONEY("shallow_cap_1", shallow_cap[0], 2 * BTC, 2 * BTC, 1, COIN_TOP),
	MONEY("shallow_cap_2", shallow_cap[1], 20 * BTC, 20 * BTC, 1, COIN_TOP),
	MONEY("deposit_min", deposit_min, BTC / 1000, BTC / 10000, 1000, COIN_TOP),
	MONEY("deposit_fee", deposit_fee, BTC / 10000, BTC / 100000, 0, BTC),
	MONEY("deposit_max", deposit_max, 10 * BTC, 50 * BTC, 1000, COIN_TOP),
	MONEY("supply_cap", supply_cap, 100 * BTC, 1000 * BTC, 1000, COIN_TOP),
	MONEY("inflow_cap", inflow_cap, 50 * BTC, 500 * BTC, 1000, COIN_TOP),
	COUNT("cap_window", cap_window, 144, 144, 1, 2016),
	COUNT("quarantine_blocks", quarantine_blocks, 1008, 12, 1, 4032),
	COUNT("reclaim_delay", reclaim_delay, 4032, 144, 1, 65535),
	COUNT("sweep_margin", sweep_margin, 1008, 36, 1, 65535),
	COUNT("recovery_delay", recovery_delay, 25920, 288, 1, 65535),
	COUNT("grace_blocks", grace_blocks, 4320, 36, 1, 65535),
	COUNT("vault_outputs", vault_outputs, 16, 16, 1, 64),
	MONEY("change_piece", change_piece, BTC / 20, BTC / 100, 1000, COIN_TOP),
	MONEY("payout_min", payout_min, BTC / 1000, BTC / 10000, 1000, COIN_TOP),
	MONEY("outflow_cap", outflow_cap, 50 * BTC, 500 * BTC, 1000, COIN_TOP),
	COUNT("payout_expiry", payout_expiry, 432, 30, 1, 4032),
	COUNT("replace_after", replace_after, 6, 2, 1, 2016),
	COUNT("settle_depth", settle_depth, 6, 1, 1, 2016),
	COUNT("final_depth", final_depth, 100, 6, 1, 2016),
	COUNT("dead_depth", dead_depth, 100, 3, 1, 2016),
	COUNT("plan_tx_version", plan_tx_version, 3, 2, 2, 3),
	COUNT("plan_payouts", plan_payouts, 100, 100, 1, 100),
	COUNT("plan_weight", plan_weight, 40000, 40000, 4000, 40000),
	COUNT("fee_rate_min", fee_rate_min, 1000, 1000, 1000, 1000000),
	COUNT("fee_rate_max", fee_rate_max, 500000, 500000, 1000, 10000000),
	COUNT("fee_vote_age", fee_vote_age, 36, 36, 1, 2016),
	COUNT("intents_max", intents_max, 4096, 4096, 1, 1000000),
	COUNT("intents_per_payer", intents_per_payer, 1024, 1024, 1, 1000000),
	COUNT("guardian_blocks", guardian_blocks, 144, 144, 1, 2016),
	COUNT("guardian_window", guardian_window, 4320, 4320, 1, 65535),
	COUNT("guardian_joins", guardian_joins, 3, 3, 1, 100),
};

static uint64_t
number_get(const struct peg_params *p, const struct number *n)
{
	const char *at = (const char *)p + n->at;

	if (n->is_amount)
		return amount_units(*(const struct amount *)(const void *)at);
	return *(const uint32_t *)(const void *)at;
}

static bool
number_set(struct peg_params *p, const struct number *n, uint64_t value)
{
	char *at = (char *)p + n->at;

	if (n->is_amount)
		return amount_from_units((struct amount *)(void *)at, value);
	if (value > UINT32_MAX)
		return false;
	*(uint32_t *)(void *)at = (uint32_t)value;
	return true;
}

size_t
peg_params_numbers(void)
{
	return ARRAY_LEN(numbers);
}

struct peg_number
peg_params_number(const struct peg_params *p, size_t i)
{
	return (struct peg_number){ numbers[i].name, numbers[i].is_amount, number_get(p, &numbers[i]) };
}

bool
peg_params_set(struct peg_params *p, const char *name, uint64_t value)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(numbers[i].name, name) == 0)
			return number_set(p, &numbers[i], value);
	return false;
}

static bool
is_regtest(const struct peg_params *p)
{
	return strcmp(p->chain->name, "regtest") == 0;
}

void
peg_params_default(struct peg_params *out, const struct chain_params *chain)
{
	bool good;

	memset(out, 0, sizeof(*out));
	out->chain = chain;
	out->anchor.header = chain->genesis;
	out->anchor.times_n = 1;
	out->anchor.times[0] = chain->genesis.time;
	good = bits_work(&out->anchor.work, chain->genesis.bits);
	assert(good);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		good = number_set(out, &numbers[i], is_regtest(out) ? numbers[i].regtest : numbers[i].real);
		assert(good);
	}
}

static const char *
anchor_check(const struct peg_params *p)
{
	const struct peg_anchor *a = &p->anchor;
	size_t want = a->height < PEG_ANCHOR_TIMES - 1 ? a->height + 1 : PEG_ANCHOR_TIMES;
	struct u256 least;

	if (a->times_n != want || a->times[want - 1] != a->header.time)
		return "the anchor needs the times of the 11 headers up to it, its own last";
	if (header_check_work(p->chain, &a->header) != HEADER_OK)
		return "the anchor header has no valid proof of work";
	if (!is_regtest(p) && a->height % RETARGET_INTERVAL != 0)
		return "the anchor's height must be a multiple of 2016";
	if (a->height > 100000000)
		return "the anchor's height makes no sense";
	if (!bits_work(&least, a->header.bits) || u256_cmp(&a->work, &least) < 0)
		return "the anchor's chain work is less than its own block's";
	return NULL;
}

static bool
amounts_ascend(struct amount a, struct amount b)
{
	return amount_cmp(a, b) <= 0;
}

static const char *
deposits_check(const struct peg_params *p)
{
	if (p->depth[0] > p->depth[1] || p->depth[1] > p->depth[2])
		return "a larger deposit must not need less depth";
	if (!amounts_ascend(p->tier[0], p->tier[1]) || !amounts_ascend(p->shallow_cap[0], p->shallow_cap[1]))
		return "tiers and the caps of shallow deposits must ascend";
	if (amount_cmp(p->deposit_fee, p->deposit_min) >= 0)
		return "deposit_fee must be below deposit_min";
	if (!amounts_ascend(p->deposit_min, p->deposit_max) || !amounts_ascend(p->deposit_max, p->supply_cap))
		return "deposit_min <= deposit_max <= supply_cap must hold";
	if (!amounts_ascend(p->deposit_max, p->inflow_cap))
		return "inflow_cap must admit a deposit of deposit_max";
	if (!amounts_ascend(p->payout_min, p->outflow_cap))
		return "outflow_cap must admit a payout of payout_min";
	return NULL;
}

static const char *
delays_check(const struct peg_params *p)
{
	uint32_t deepest = p->depth[2] > p->chain->coinbase_maturity ? p->depth[2] : p->chain->coinbase_maturity;

	if (p->reclaim_delay <= p->sweep_margin || p->reclaim_delay - p->sweep_margin <= deepest)
		return "reclaim_delay - sweep_margin must be above the largest depth that a deposit needs";
	if (p->headers_keep < 2 * RETARGET_INTERVAL || p->headers_keep < p->fork_max + RETARGET_INTERVAL)
		return "headers_keep must cover a fork and the retarget period before it";
	if (!is_regtest(p) && p->headers_keep < p->reclaim_delay)
		return "headers_keep must reach back for reclaim_delay";
	if (p->settle_depth > p->final_depth)
		return "settle_depth must not be above final_depth";
	if (p->fee_rate_min > p->fee_rate_max)
		return "fee_rate_min must not be above fee_rate_max";
	if (!is_regtest(p) && (p->stale_after == 0 || p->header_maturity == 0))
		return "stale_after and header_maturity can be off on regtest only";
	return NULL;
}

const char *
peg_params_check(const struct peg_params *p)
{
	const char *why = anchor_check(p);

	for (size_t i = 0; i < ARRAY_LEN(numbers) && why == NULL; i++)
		if (number_get(p, &numbers[i]) < numbers[i].min || number_get(p, &numbers[i]) > numbers[i].max)
			why = numbers[i].name;
	if (why == NULL)
		why = deposits_check(p);
	return why != NULL ? why : delays_check(p);
}

static bool
name_is_plain(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= PEG_MEMBER_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static const char *
members_check(const struct federation *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct peg_member *m = &f->member[i];

		if (!name_is_plain(m->name))
			return "a member's name must be 1 to 32 characters of a-z, 0-9 and -";
		if (!xonly_valid(&m->key))
			return "a member's key is not on the curve";
		if (m->account.type != ACCOUNT_KEY && m->account.type != ACCOUNT_POLICY)
			return "a member's account must be one that somebody signs for";
		for (size_t j = 0; j < i; j++)
			if (strcmp(m->name, f->member[j].name) == 0 || xonly_eq(&m->key, &f->member[j].key))
				return "two members share a name or a key";
	}
	return NULL;
}

static const char *
recovery_check(const struct federation *f)
{
	for (size_t i = 0; i < f->recovery_n; i++) {
		if (!xonly_valid(&f->recovery[i]))
			return "a recovery key is not on the curve";
		for (size_t j = 0; j < i; j++)
			if (xonly_eq(&f->recovery[i], &f->recovery[j]))
				return "two recovery keys are equal";
	}
	return NULL;
}

const char *
federation_check(const struct federation *f, const struct peg_params *p)
{
	const char *why;

	if (f->n < 1 || f->n > PEG_MEMBERS_MAX)
		return "a federation has 1 to 16 members";
	if (2 * (size_t)f->k <= f->n || f->k > f->n)
		return "the threshold must be above half of the members and at most all of them";
	if (f->recovery_n < 1 || f->recovery_n > PEG_MEMBERS_MAX || f->r < 1 || f->r > f->recovery_n)
		return "there must be 1 to 16 recovery keys and a threshold among them";
	if (p->reclaim_delay < 1 || p->reclaim_delay > 65535 || p->recovery_delay < 1 || p->recovery_delay > 65535)
		return "a relative lock must be 1 to 65535 blocks";
	why = members_check(f);
	return why != NULL ? why : recovery_check(f);
}

static void
wr_anchor(struct wr *w, const struct peg_anchor *a)
{
	wr_u32(w, a->height);
	wr_header(w, &a->header);
	wr_u8(w, (uint8_t)a->times_n);
	for (size_t i = 0; i < a->times_n; i++)
		wr_u32(w, a->times[i]);
	wr_u256(w, &a->work);
}

static void
rd_anchor(struct rd *r, struct peg_anchor *out)
{
	out->height = rd_u32(r);
	rd_header(r, &out->header);
	out->times_n = rd_u8(r);
	if (out->times_n > PEG_ANCHOR_TIMES) {
		out->times_n = 0;
		rd_fail(r);
	}
	for (size_t i = 0; i < out->times_n; i++)
		out->times[i] = rd_u32(r);
	out->work = rd_u256(r);
}

void
wr_peg_params(struct wr *w, const struct peg_params *p)
{
	wr_varbytes(w, p->chain->name, strlen(p->chain->name));
	wr_anchor(w, &p->anchor);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		wr_u64(w, number_get(p, &numbers[i]));
}

/* Without the checks. */
static void
rd_params(struct rd *r, struct peg_params *out)
{
	char name[CHAIN_NAME_MAX + 1] = "";
	size_t len;
	const uint8_t *s = rd_varbytes(r, &len, sizeof(name) - 1);

	memset(out, 0, sizeof(*out));
	if (s != NULL)
		memcpy(name, s, len);
	out->chain = chain_params_find(name);
	if (out->chain == NULL || strlen(name) != len) {
		out->chain = chain_params_find("main");
		rd_fail(r);
	}
	rd_anchor(r, &out->anchor);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (!number_set(out, &numbers[i], rd_u64(r)))
			rd_fail(r);
}

void
rd_peg_params(struct rd *r, struct peg_params *out)
{
	rd_params(r, out);
	if (rd_ok(r) && peg_params_check(out) != NULL)
		rd_fail(r);
}

void
wr_federation(struct wr *w, const struct federation *f)
{
	wr_u32(w, f->epoch);
	wr_u8(w, (uint8_t)f->k);
	wr_u8(w, (uint8_t)f->n);
	for (size_t i = 0; i < f->n; i++) {
		wr_varbytes(w, f->member[i].name, strlen(f->member[i].name));
		wr_xonly(w, &f->member[i].key);
		wr_account(w, &f->member[i].account);
	}
	wr_u8(w, (uint8_t)f->r);
	wr_u8(w, (uint8_t)f->recovery_n);
	for (size_t i = 0; i < f->recovery_n; i++)
		wr_xonly(w, &f->recovery[i]);
}

static size_t
rd_small_count(struct rd *r)
{
	size_t n = rd_u8(r);

	if (n > PEG_MEMBERS_MAX) {
		rd_fail(r);
		n = 0;
	}
	return n;
}

static void
rd_member(struct rd *r, struct peg_member *out)
{
	size_t len;
	const uint8_t *s = rd_varbytes(r, &len, PEG_MEMBER_NAME_MAX);

	if (s != NULL)
		memcpy(out->name, s, len);
	if (strlen(out->name) != len)
		rd_fail(r);
	rd_xonly(r, &out->key);
	rd_account(r, &out->account);
}

void
rd_federation(struct rd *r, struct federation *out)
{
	memset(out, 0, sizeof(*out));
	out->epoch = rd_u32(r);
	out->k = rd_u8(r);
	out->n = rd_small_count(r);
	for (size_t i = 0; i < out->n; i++)
		rd_member(r, &out->member[i]);
	out->r = rd_u8(r);
	out->recovery_n = rd_small_count(r);
	for (size_t i = 0; i < out->recovery_n; i++)
		rd_xonly(r, &out->recovery[i]);
}

void
wr_peg_genesis(struct wr *w, const struct peg_params *p, const struct federation *f)
{
	wr_u8(w, GENESIS_VERSION);
	wr_peg_params(w, p);
	wr_federation(w, f);
}

const char *
peg_genesis_decode(struct peg_params *p, struct federation *f, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	const char *why;

	if (len == 0)
		return "the genesis has no section for the peg";
	if (rd_u8(&r) != GENESIS_VERSION)
		return "the peg's section of the genesis has an unknown version";
	rd_params(&r, p);
	rd_federation(&r, f);
	if (!rd_done(&r))
		return "the peg's section of the genesis is malformed";
	why = peg_params_check(p);
	if (why == NULL)
		why = federation_check(f, p);
	if (why == NULL && f->epoch != 0)
		why = "the first federation is epoch 0";
	return why;
}

uint32_t
peg_required_depth(const struct peg_params *p, struct amount amount)
{
	for (size_t i = 0; i < ARRAY_LEN(p->tier); i++)
		if (amount_cmp(amount, p->tier[i]) <= 0)
			return p->depth[i];
	return p->depth[2];
}
