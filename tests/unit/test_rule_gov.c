/* gov_token and gov_council at random: the outcome against arithmetic of its own, and what must hold however people vote. */
#include "tests/unit/world.h"

#include "token/plugin_host.h"

#define TRIES 20000

static uint64_t seed;

static uint64_t
draw(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 24) % n;
}

struct question {
	const struct tally_plugin *rule;
	uint8_t params[6];
	size_t params_len;
	struct tally_tallies t;
};

static const char *
ask(uint32_t *verdict, struct world *w, const struct question *q)
{
	struct rule_instance i = { .scope = 'd', .params = q->params, .params_len = q->params_len };
	enum tally_verdict v = TALLY_PASSED;
	const char *why = plugin_gov_outcome(&v, &w->exec, q->rule, &i, &q->t);

	*verdict = (uint32_t)v;
	return why;
}

static uint32_t
answer(struct world *w, const struct question *q)
{
	uint32_t v = 99;

	DONE(ask(&v, w, q));
	return v;
}

/* Power of any size, now and then the edges; what is cast is never more than the base. */
static struct tally_tallies
some_tallies(uint64_t base)
{
	struct tally_tallies t = { .base = base };
	uint64_t left = base, *parts[] = { &t.in_favour, &t.against, &t.abstain, &t.veto };

	for (size_t i = 0; i < 4; i++) {
		uint64_t n = draw(6) == 0 ? left : draw(3) == 0 ? 0 : draw(left / 2 + 1);

		*parts[i] = n;
		left -= n;
	}
	if (draw(8) == 0) /* a tie */
		t.against = t.in_favour <= left + t.against ? t.in_favour : t.against;
	return t;
}

static uint64_t
some_base(void)
{
	uint64_t bases[] = { 1, 2, 3, 10000, 1000, 999999937, INT64_MAX, 1 + draw(100), 1 + draw(1000000) };

	return bases[draw(ARRAY_LEN(bases))];
}

/* The page's five lines, in fractions. */
static uint32_t
model_token(const struct tally_tallies *t, unsigned quorum, unsigned pass, unsigned veto)
{
	unsigned __int128 counted = (unsigned __int128)t->in_favour + t->against + t->abstain, all = counted + t->veto;
	unsigned __int128 needed = (unsigned __int128)t->base * quorum;

	if (all * 10000 < needed)
		return TALLY_NO_QUORUM;
	if ((unsigned __int128)t->veto * 10000 > all * veto)
		return TALLY_VETOED;
	if (counted * 10000 < needed)
		return TALLY_NO_QUORUM;
	return (unsigned __int128)t->in_favour * 10000 > ((unsigned __int128)t->in_favour + t->against) * pass ? TALLY_PASSED : TALLY_REJECTED;
}

static struct question
some_token_question(unsigned *quorum, unsigned *pass, unsigned *veto)
{
	struct question q = { .rule = gov_token_entry(), .params_len = 6, .t = some_tallies(some_base()) };

	*quorum = draw(4) == 0 ? 10000 : 1 + (unsigned)draw(10000);
	*pass = 5000 + (unsigned)draw(draw(2) == 0 ? 1 : 5000);
	*veto = draw(4) == 0 ? 3340 : 1 + (unsigned)draw(10000);
	for (unsigned i = 0; i < 3; i++) {
		unsigned v = i == 0 ? *quorum : i == 1 ? *pass : *veto;

		q.params[2 * i] = (uint8_t)v;
		q.params[2 * i + 1] = (uint8_t)(v >> 8);
	}
	return q;
}

static void
token_is_as_its_page_says(void)
{
	unsigned quorum, pass, veto, seen[4] = { 0 };
	struct world w;

	world_init(&w);
	seed = 1;
	for (int i = 0; i < TRIES; i++) {
		struct question q = some_token_question(&quorum, &pass, &veto);
		uint32_t v = answer(&w, &q);

		CU_ASSERT_EQUAL(v, model_token(&q.t, quorum, pass, veto));
		CU_ASSERT_FATAL(v < 4);
		seen[v]++;
	}
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT(seen[i] > TRIES / 100);
	world_clear(&w);
}

/* A voter who goes over to `for` never makes a proposal fail for want of votes for it; one who leaves it never makes it pass. */
static void
token_is_monotonic(void)
{
	unsigned quorum, pass, veto;
	struct world w;

	world_init(&w);
	seed = 2;
	for (int i = 0; i < TRIES; i++) {
		struct question q = some_token_question(&quorum, &pass, &veto), more = q, less = q;
		uint64_t some = q.t.against > 0 ? 1 + draw(q.t.against) : 0, part = q.t.in_favour > 0 ? 1 + draw(q.t.in_favour) : 0;
		uint32_t before = answer(&w, &q);

		more.t.in_favour += some;
		more.t.against -= some;
		CU_ASSERT(before != TALLY_PASSED || answer(&w, &more) == TALLY_PASSED);
		less.t.in_favour -= part;
		less.t.against += part;
		CU_ASSERT(answer(&w, &less) != TALLY_PASSED || before == TALLY_PASSED);
		/* a veto more never saves it */
		less = q;
		less.t.in_favour -= part;
		less.t.veto += part;
		CU_ASSERT(answer(&w, &less) != TALLY_PASSED || before == TALLY_PASSED);
	}
	world_clear(&w);
}

static void
council_is_as_its_page_says(void)
{
	unsigned seen[4] = { 0 };
	struct world w;

	world_init(&w);
	seed = 3;
	for (int i = 0; i < TRIES; i++) {
		struct question q = { .rule = gov_council_entry(), .params_len = 2, .t = some_tallies(1 + draw(64)) };
		uint64_t needed = 1 + draw(q.t.base), all = q.t.in_favour + q.t.against + q.t.abstain + q.t.veto;
		uint32_t v, want = TALLY_REJECTED;

		q.params[0] = (uint8_t)needed;
		if (all < needed)
			want = TALLY_NO_QUORUM;
		else if (q.t.in_favour >= needed && q.t.in_favour > q.t.against + q.t.veto)
			want = TALLY_PASSED;
		v = answer(&w, &q);
		CU_ASSERT_EQUAL(v, want);
		seen[v]++;
	}
	CU_ASSERT(seen[TALLY_PASSED] > 100 && seen[TALLY_REJECTED] > 100 && seen[TALLY_NO_QUORUM] > 100 && seen[TALLY_VETOED] == 0);
	world_clear(&w);
}

/* Whatever the parameters' bytes: refused, or a DAO whose every outcome is an answer. */
static void
any_parameters(void)
{
	const struct tally_plugin *rules[] = { gov_token_entry(), gov_council_entry() };
	unsigned accepted = 0;
	struct world w;

	world_init(&w);
	seed = 4;
	for (int i = 0; i < TRIES; i++) {
		size_t which = (size_t)draw(2);
		struct question q = { .rule = rules[which], .params_len = (size_t)draw(7), .t = some_tallies(1 + draw(64)) };
		struct rule_instance instance = { .scope = 'd', .params = q.params };
		uint32_t v;

		for (size_t n = 0; n < q.params_len; n++)
			q.params[n] = (uint8_t)(draw(2) == 0 ? draw(256) : draw(40));
		instance.params_len = q.params_len;
		if (plugin_gov_check(&w.exec, q.rule, &instance, q.t.base, which == 1) != NULL)
			continue;
		accepted++;
		CU_ASSERT_PTR_NULL(ask(&v, &w, &q));
		CU_ASSERT(v <= TALLY_VETOED);
	}
	CU_ASSERT(accepted > 100);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "gov_token is as its page says", token_is_as_its_page_says },
	{ "gov_token is monotonic", token_is_monotonic },
	{ "gov_council is as its page says", council_is_as_its_page_says },
	{ "any parameters", any_parameters },
};

UNIT_MAIN("gov", tests)
