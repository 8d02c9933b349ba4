/* Invariants:
 * 1. A header is asked about its own branch only: every ancestor comes from the callback.
 * 2. All time arithmetic is signed and 64 bits wide; header times are unsigned 32-bit and may run backwards.
 * 3. HEADER_TIME_FUTURE is given only to a header that passes every other rule, so that what is held can become valid. */
#include "chain/header_rules.h"

#include <assert.h>

#include "chain/target.h"

#define MIN_DIFFICULTY_GAP (2 * 10 * 60) /* seconds after which a testnet block must have the limit's bits */
#define TIME_WARP_LIMIT 600              /* seconds, BIP94 */
#define BIP54_TIME_WARP_LIMIT 7200       /* seconds */

static struct u256
limit_target(const struct chain_params *p)
{
	struct u256 limit;
	bool ok = target_from_bits(&limit, p->limit_bits);

	assert(ok);
	return limit;
}

static enum header_verdict
check_work(const struct chain_params *p, uint32_t bits, const struct hash256 *hash)
{
	struct u256 target, limit, number = u256_from_hash(hash);

	if (!target_from_bits(&target, bits))
		return HEADER_BAD_TARGET;
	if (bits != p->limit_bits) {
		limit = limit_target(p);
		if (u256_cmp(&target, &limit) > 0)
			return HEADER_BAD_TARGET;
	}
	return u256_cmp(&number, &target) <= 0 ? HEADER_OK : HEADER_BAD_WORK;
}

enum header_verdict
header_check_work(const struct chain_params *p, const struct header *h)
{
	struct hash256 hash;

	header_hash(&hash, h);
	return check_work(p, h->bits, &hash);
}

/* The target scaled by the seconds that the period took, of the two weeks that it should have taken. */
static bool
scale_bits(uint32_t *out, const struct chain_params *p, uint32_t bits, int64_t timespan)
{
	const struct u256 divisor = u256_from_u64(RETARGET_TIMESPAN), limit = limit_target(p);
	struct u256 target;

	if (timespan < RETARGET_TIMESPAN / 4)
		timespan = RETARGET_TIMESPAN / 4;
	if (timespan > RETARGET_TIMESPAN * 4)
		timespan = RETARGET_TIMESPAN * 4;
	if (!target_from_bits(&target, bits))
		return false;
	/* A product that does not fit belongs to a target above every network's limit. */
	if (!u256_mul_u64(&target, &target, (uint64_t)timespan)) {
		*out = p->limit_bits;
		return true;
	}
	target = u256_div(&target, &divisor);
	*out = u256_cmp(&target, &limit) > 0 ? p->limit_bits : target_to_bits(&target);
	return true;
}

/* From the first to the last block of a period are 2,015 intervals: an error as old as the chain, and consensus. */
static bool
retarget_bits(uint32_t *out, const struct chain_params *p, uint32_t height, const struct header_branch *branch)
{
	struct header_ancestor first, last;

	if (!branch->at(branch->context, height - RETARGET_INTERVAL, &first) || !branch->at(branch->context, height - 1, &last))
		return false;
	/* BIP94: the period's first block can't use the 20-minute exception, so it still knows the real difficulty. */
	return scale_bits(out, p, p->bip94 ? first.bits : last.bits, (int64_t)last.time - (int64_t)first.time);
}

uint32_t
header_hard_bits(const struct chain_params *p, uint32_t height, uint32_t bits, uint32_t before)
{
	return height % RETARGET_INTERVAL == 0 || bits != p->limit_bits ? bits : before;
}

/* testnet3, testnet4: the limit after 20 minutes without a block, else the bits of the nearest ancestor that is not at the limit;
 * the search ends at the period's first block, whatever its bits. */
static bool
min_difficulty_bits(uint32_t *out, const struct chain_params *p, uint32_t height, uint32_t time,
		    const struct header_branch *branch)
{
	struct header_ancestor a;
	uint32_t at = height - 1;

	if (!branch->at(branch->context, at, &a))
		return false;
	if ((int64_t)time > (int64_t)a.time + MIN_DIFFICULTY_GAP) {
		*out = p->limit_bits;
		return true;
	}
	if (branch->hard_bits != NULL)
		return branch->hard_bits(branch->context, at, out);
	while (at % RETARGET_INTERVAL != 0 && a.bits == p->limit_bits) {
		if (!branch->at(branch->context, --at, &a))
			return false;
	}
	*out = a.bits;
	return true;
}

bool
header_next_bits(uint32_t *out, const struct chain_params *p, uint32_t height, uint32_t time, const struct header_branch *branch)
{
	struct header_ancestor parent;

	assert(height >= 1);
	if (p->no_retarget) {
		*out = p->genesis.bits;
		return true;
	}
	if (height % RETARGET_INTERVAL == 0)
		return retarget_bits(out, p, height, branch);
	if (p->min_difficulty)
		return min_difficulty_bits(out, p, height, time, branch);
	if (!branch->at(branch->context, height - 1, &parent))
		return false;
	*out = parent.bits;
	return true;
}

bool
header_median_time(uint32_t *out, uint32_t height, const struct header_branch *branch)
{
	uint32_t sorted[MEDIAN_TIME_SPAN], n = 0, at = height > MEDIAN_TIME_SPAN ? height - MEDIAN_TIME_SPAN : 0;
	struct header_ancestor a;

	/* Insertion: times mostly rise, so each goes to the end at once. */
	for (at = at < branch->first ? branch->first : at; at < height; at++, n++) {
		uint32_t place = n;

		if (!branch->at(branch->context, at, &a))
			return false;
		for (; place > 0 && sorted[place - 1] > a.time; place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = a.time;
	}
	if (n == 0)
		return false;
	*out = sorted[n / 2];
	return true;
}

/* The first and the last block of a period, against time warps: BIP94, BIP54. */
static enum header_verdict
check_period(const struct chain_params *p, const struct header *h, uint32_t height, const struct header_branch *branch)
{
	const uint32_t place = height % RETARGET_INTERVAL;
	bool bip54 = chain_has_bip54(p, height);
	struct header_ancestor a;

	/* BIP54: "if N % 2016 is equal to 0, the timestamp of the block must be set to a value higher than or equal to the value of
	 * the timestamp of block at height N-1 minus 7200" */
	if (place == 0 && (p->bip94 || bip54)) {
		if (!branch->at(branch->context, height - 1, &a))
			return HEADER_NO_ANCESTOR;
		if ((int64_t)h->time < (int64_t)a.time - (p->bip94 ? TIME_WARP_LIMIT : BIP54_TIME_WARP_LIMIT))
			return HEADER_TIME_WARP;
	}
	/* "if N % 2016 is equal to 2015, the timestamp of the block must be set to a value higher than or equal to the value of the
	 * timestamp of the block at height N-2015" */
	if (place == RETARGET_INTERVAL - 1 && bip54) {
		if (!branch->at(branch->context, height - (RETARGET_INTERVAL - 1), &a))
			return HEADER_NO_ANCESTOR;
		if (h->time < a.time)
			return HEADER_TIME_REVERSED;
	}
	return HEADER_OK;
}

/* How many blocks of heights from … to - 1 have an earlier time; false when one isn't known. Downwards, as branches are walked. */
static bool
count_earlier(uint32_t *out, const struct header_branch *branch, uint32_t from, uint32_t to, uint32_t time)
{
	struct header_ancestor a;

	*out = 0;
	if (branch->earlier != NULL) {
		*out = branch->earlier(branch->context, from, to, time);
		return true;
	}
	for (uint32_t at = to; at > from; at--) {
		if (!branch->at(branch->context, at - 1, &a))
			return false;
		*out += a.time < time;
	}
	return true;
}

static enum header_verdict
check_time(const struct chain_params *p, const struct header *h, uint32_t height, const struct header_branch *branch)
{
	uint32_t from = height > MEDIAN_TIME_SPAN ? height - MEDIAN_TIME_SPAN : 0, earlier;

	from = from < branch->first ? branch->first : from;
	if (from >= height || !count_earlier(&earlier, branch, from, height, h->time))
		return HEADER_NO_ANCESTOR;
	/* Later than the median means later than more than half of them, which needs no sorting. */
	if (earlier <= (height - from) / 2)
		return HEADER_TIME_OLD;
	return check_period(p, h, height, branch);
}

static bool
version_is_outdated(const struct chain_params *p, int32_t version, uint32_t height)
{
	return (version < 2 && height >= p->bip34_height) || (version < 3 && height >= p->bip66_height) ||
	       (version < 4 && height >= p->bip65_height);
}

enum header_verdict
header_check_hashed(const struct chain_params *p, const struct header *h, const struct hash256 *hash, uint32_t height,
		    const struct hash256 *prev, const struct header_branch *branch, struct unixtime now)
{
	enum header_verdict v;
	uint32_t bits;

	if (!hash256_eq(&h->prev, prev))
		return HEADER_BAD_PREV;
	v = check_work(p, h->bits, hash);
	if (v != HEADER_OK)
		return v;
	if (!header_next_bits(&bits, p, height, h->time, branch))
		return HEADER_NO_ANCESTOR;
	if (h->bits != bits)
		return HEADER_BAD_BITS;
	v = check_time(p, h, height, branch);
	if (v != HEADER_OK)
		return v;
	if (version_is_outdated(p, h->version, height))
		return HEADER_BAD_VERSION;
	return (int64_t)h->time - FUTURE_LIMIT_SECONDS > now.sec ? HEADER_TIME_FUTURE : HEADER_OK;
}

enum header_verdict
header_check(const struct chain_params *p, const struct header *h, uint32_t height, const struct hash256 *prev,
	     const struct header_branch *branch, struct unixtime now)
{
	struct hash256 hash;

	header_hash(&hash, h);
	return header_check_hashed(p, h, &hash, height, prev, branch, now);
}

const char *
header_verdict_name(enum header_verdict v)
{
	switch (v) {
	case HEADER_OK:
		return "ok";
	case HEADER_BAD_PREV:
		return "bad-prev";
	case HEADER_BAD_TARGET:
		return "bad-target";
	case HEADER_BAD_WORK:
		return "bad-work";
	case HEADER_BAD_BITS:
		return "bad-bits";
	case HEADER_TIME_OLD:
		return "time-too-old";
	case HEADER_TIME_WARP:
		return "time-warp";
	case HEADER_TIME_REVERSED:
		return "time-reversed";
	case HEADER_TIME_FUTURE:
		return "time-too-new";
	case HEADER_BAD_VERSION:
		return "bad-version";
	case HEADER_NO_ANCESTOR:
		return "no-ancestor";
	}
	return "?";
}
