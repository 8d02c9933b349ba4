#include "bridge/peg/member.h"

#include <assert.h>
#include <stdlib.h>

#include "bridge/peg/state_key.h"

#define JOINS_KEPT 100

static void
current_federation(struct federation *out, const struct state *s)
{
	bool there = record_federation_get(out, s, record_epoch(s));

	assert(there);
}

static uint32_t
tip_height(const struct state *s)
{
	struct relay relay;

	relay_get(&relay, s);
	return relay.height;
}

const char *
member_take(struct exec *x, const struct member_mark *mark, enum member_kind kind, const struct hash256 *message)
{
	struct federation f;

	current_federation(&f, x->state);
	if (mark->epoch != f.epoch)
		return "MEMBER_EPOCH";
	if (mark->member >= f.n)
		return "MEMBER_UNKNOWN";
	if (mark->counter <= member_counter(x->state, f.epoch, mark->member, kind))
		return "MEMBER_COUNTER";
	if (!schnorr_verify(&mark->sig, &f.member[mark->member].key, message))
		return "MEMBER_SIGNATURE";
	member_counter_put(x->state, f.epoch, mark->member, kind, mark->counter);
	return NULL;
}

const char *
feerate_apply(struct exec *x, const struct op_feerate *op)
{
	struct fee_vote vote = { .rate = op->rate, .height = tip_height(x->state) };
	struct hash256 message;
	const char *why;

	feerate_message(&message, &x->env->genesis_id, op);
	why = member_take(x, &op->mark, MEMBER_FEERATE, &message);
	if (why != NULL)
		return why;
	fee_vote_put(x->state, op->mark.epoch, op->mark.member, &vote);
	return NULL;
}

static int
rate_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t
clamp(uint32_t rate, const struct peg_params *p)
{
	if (rate < p->fee_rate_min)
		return p->fee_rate_min;
	return rate > p->fee_rate_max ? p->fee_rate_max : rate;
}

uint32_t
feerate_median(uint32_t *fresh, const struct state *s, const struct peg_params *p)
{
	uint32_t rate[PEG_MEMBERS_MAX], tip = tip_height(s);
	struct federation f;
	size_t n = 0;

	current_federation(&f, s);
	for (uint8_t m = 0; m < f.n; m++) {
		struct fee_vote vote;

		if (fee_vote_get(&vote, s, f.epoch, m) && (uint64_t)vote.height + p->fee_vote_age > tip)
			rate[n++] = clamp(vote.rate, p);
	}
	if (fresh != NULL)
		*fresh = (uint32_t)n;
	if (n < f.k || n < f.n / 2 + 1)
		return 0;
	qsort(rate, n, sizeof(rate[0]), rate_cmp);
	return rate[(n - 1) / 2];
}

void
feerate_end_block(struct exec *x, const struct peg_params *p)
{
	uint32_t rate = feerate_median(NULL, x->state, p);
	struct books b;

	books_get(&b, x->state);
	if (rate == 0 || rate == b.last_rate)
		return;
	b.last_rate = rate;
	books_put(x->state, &b);
}

/* --- guardians */

/* Heights at which a member joined a pause, oldest first. */
struct joins {
	size_t n;
	uint32_t height[JOINS_KEPT];
};

static struct state_key
joins_key(uint32_t epoch, uint8_t member)
{
	struct state_key k = key_with_u32(KEY_GUARDIAN, epoch);

	key_u8(&k, member);
	return k;
}

static void
joins_get(struct joins *out, const struct state *s, uint32_t epoch, uint8_t member)
{
	struct state_key k = joins_key(epoch, member);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	out->n = len / 4;
	assert(out->n <= JOINS_KEPT);
	for (size_t i = 0; i < out->n; i++)
		out->height[i] = rd_u32(&r);
}

static void
joins_put(struct state *s, uint32_t epoch, uint8_t member, const struct joins *j)
{
	struct state_key k = joins_key(epoch, member);
	struct wr w = { 0 };

	for (size_t i = 0; i < j->n; i++)
		wr_u32(&w, j->height[i]);
	key_put(s, &k, &w);
}

/* Add a join at the tip; false when the member has joined too often. */
static bool
joins_add(struct joins *j, const struct peg_params *p, uint32_t tip)
{
	size_t kept = 0;

	for (size_t i = 0; i < j->n; i++)
		if ((uint64_t)j->height[i] + p->guardian_window > tip)
			j->height[kept++] = j->height[i];
	j->n = kept;
	if (kept >= p->guardian_joins || kept == JOINS_KEPT)
		return false;
	j->height[j->n++] = tip;
	return true;
}

/* Members whose last join is recent and came after the last pause. */
static size_t
joined_now(const struct state *s, const struct peg_params *p, const struct federation *f, const struct books *b, uint32_t tip)
{
	size_t n = 0;

	for (uint8_t m = 0; m < f->n; m++) {
		struct joins j;

		joins_get(&j, s, f->epoch, m);
		if (j.n > 0 && j.height[j.n - 1] >= b->guardian_until && (uint64_t)j.height[j.n - 1] + p->guardian_blocks > tip)
			n++;
	}
	return n;
}

const char *
guardian_apply(struct exec *x, const struct peg_params *p, const struct member_mark *mark)
{
	uint32_t tip = tip_height(x->state);
	struct hash256 message;
	struct federation f;
	struct books b;
	struct joins j;
	const char *why;

	guardian_message(&message, &x->env->genesis_id, mark);
	why = member_take(x, mark, MEMBER_GUARDIAN, &message);
	if (why != NULL)
		return why;
	books_get(&b, x->state);
	if (b.guardian_until != 0 && tip < b.guardian_until + p->guardian_blocks)
		return "GUARDIAN_TOO_SOON";
	current_federation(&f, x->state);
	joins_get(&j, x->state, f.epoch, mark->member);
	if (!joins_add(&j, p, tip))
		return "GUARDIAN_TOO_OFTEN";
	joins_put(x->state, f.epoch, mark->member, &j);
	if (3 * joined_now(x->state, p, &f, &b, tip) < f.n)
		return NULL;
	b.guardian_until = tip + p->guardian_blocks;
	books_put(x->state, &b);
	exec_event(x, "PEG_PAUSED", "GUARDIANS", 9);
	return NULL;
}
