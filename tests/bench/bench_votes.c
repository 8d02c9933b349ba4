/* What a vote costs among 1,000 and among 100,000 holders of an asset: casting a ballot, the tally at the end, the blocks' ends, and asking for
 * the power of somebody with as many checkpoints. None of it may grow as the number of holders does. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugins/plugin.h"
#include "token/dao.h"
#include "token/holding.h"
#include "token/ledger.h"
#include "token/modules.h"
#include "token/votes.h"

const struct tally_plugin *gov_token_entry(void);

#define BALLOTS 1000u
#define POWERS 20000u
#define PERIOD 1000000

struct town {
	struct state *state;
	struct block_env env;
	struct exec exec;
	struct asset_id asset;
	struct account issuer;
	uint32_t n;
};

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct amount
units(uint64_t n)
{
	struct amount a = AMOUNT_ZERO;
	bool fits = amount_from_units(&a, n);

	assert(fits);
	(void)fits;
	return a;
}

static struct account
holder(uint32_t i)
{
	struct account a = { .type = ACCOUNT_KEY };

	for (unsigned b = 0; b < 4; b++)
		a.id.b[b] = (uint8_t)(i >> (8 * b));
	a.id.b[31] = 1;
	return a;
}

static void
must(const char *why)
{
	if (why != NULL) {
		fprintf(stderr, "bench_votes: %s\n", why);
		exit(1);
	}
}

static void
apply(struct town *t, const struct module *m, const struct account *who, uint16_t number, struct wr *payload)
{
	struct op op = { number, *who, payload->p, payload->len };

	for (size_t i = 0; i < m->ops_n; i++) {
		if (m->ops[i].number == number)
			must(m->ops[i].apply(&t->exec, &op));
	}
	t->exec.op_index++;
	wr_clear(payload);
}

static void
end_block(struct town *t, int64_t seconds)
{
	for (size_t i = 0; i < TOKEN_MODULES_N; i++) {
		if (token_modules[i]->end_block != NULL)
			token_modules[i]->end_block(&t->exec);
	}
	state_settle(t->state);
	t->env.height++;
	t->env.time.sec += seconds;
}

static void
town_rule(struct town *t)
{
	const struct tally_plugin *p = gov_token_entry();
	struct action_plugin_approve a = { .name = OP_TEXT(p->name), .kind = TALLY_GOV, .major = p->major, .minor = p->minor, .patch = p->patch };

	sha256(&a.file, p->name, strlen(p->name));
	must(rule_register(p, &a.file));
	must(rule_approve(t->state, &a, 0));
}

static void
town_asset(struct town *t)
{
	struct op_create o = { .flags = ASSET_TRANSFERABLE | ASSET_VOTES, .dao = ASSET_NO_DAO, .cap = units(INT64_MAX), .ticker = OP_TEXT("VOTE"), .name = OP_TEXT("Vote") };
	struct asset_walk w;
	struct wr p = { 0 };
	struct asset a;
	bool there;

	op_create_encode(&p, &o);
	apply(t, &asset_module, &t->issuer, OP_CREATE, &p);
	asset_walk_init(&w, t->state);
	there = asset_walk_next(&w, &a);
	assert(there);
	(void)there;
	t->asset = a.id;
}

static void
town_people(struct town *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct op_mint o = { t->asset, holder(i), units(100 + i % 7), AMOUNT_ZERO };
		struct wr p = { 0 };

		op_mint_encode(&p, &o);
		apply(t, &asset_module, &t->issuer, OP_MINT, &p);
		if (i % 1000 == 999)
			end_block(t, 1);
	}
	end_block(t, 1);
}

static void
town_dao(struct town *t)
{
	static const uint8_t params[] = { 1, 0, 5000 & 255, 5000 >> 8, 3340 & 255, 3340 >> 8 };
	struct op_create_dao o = {
		.name = OP_TEXT("Town"), .rule = OP_TEXT("gov_token"), .rule_major = 1, .params = { params, sizeof(params) }, .actions = 1u << ACTION_TEXT,
		.voting_period = PERIOD, .timelock = 1, .grace = 1000, .threshold = 1, .electorate = DAO_HOLDERS, .asset = t->asset,
	};
	struct wr p = { 0 };

	op_create_dao_encode(&p, &o);
	apply(t, &dao_module, &t->issuer, OP_CREATE_DAO, &p);
	end_block(t, 1);
}

static void
town_open(struct town *t, uint32_t n)
{
	memset(t, 0, sizeof(*t));
	t->n = n;
	t->state = state_new();
	t->env = (struct block_env){ .height = 1, .time.sec = 1700000000, .account_hrp = "tlyr", .regtest = true };
	t->exec = (struct exec){ .state = t->state, .env = &t->env };
	t->issuer = holder(UINT32_MAX);
	if (!ledger_set_fees(t->state, AMOUNT_ZERO, AMOUNT_ZERO))
		abort();
	town_rule(t);
	town_asset(t);
	town_people(t);
	town_dao(t);
}

static void
propose(struct town *t, const struct account *who)
{
	struct op_propose o = { .dao = 1, .title = OP_TEXT("Yes?"), .actions_n = 1, .actions = { { ACTION_TEXT, { (const uint8_t *)"Yes?", 4 } } } };
	struct wr p = { 0 };

	op_propose_encode(&p, &o);
	apply(t, &dao_module, who, OP_PROPOSE, &p);
}

static void
vote(struct town *t, uint32_t i, uint64_t proposal)
{
	struct op_vote o = { proposal, { VOTE_WHOLE, 0, 0, 0 } };
	struct account who = holder(i);
	struct wr p = { 0 };

	op_vote_encode(&p, &o);
	apply(t, &dao_module, &who, OP_VOTE, &p);
}

struct costs {
	double vote, tally, idle, power, total_power;
	uint64_t cast;
};

/* Everybody votes; the clock runs for the last BALLOTS of them. */
static void
measure_votes(struct costs *c, struct town *t)
{
	struct account first = holder(0);
	struct proposal p;
	double start;

	propose(t, &first);
	for (uint32_t i = 0; i < t->n - BALLOTS; i++) {
		vote(t, i, 1);
		if (i % 1000 == 999)
			end_block(t, 1);
	}
	end_block(t, 1);
	start = now_us();
	for (uint32_t i = t->n - BALLOTS; i < t->n; i++)
		vote(t, i, 1);
	c->vote = (now_us() - start) / BALLOTS;
	end_block(t, 1);
	if (!proposal_get(&p, t->state, 1))
		abort();
	c->cast = p.tallies[VOTE_FOR];
	/* a block in which nothing is due, then the one in which the vote ends */
	start = now_us();
	end_block(t, 0);
	c->idle = now_us() - start;
	t->env.time.sec = p.vote_end.sec + 1;
	start = now_us();
	end_block(t, 0);
	c->tally = now_us() - start;
	if (!proposal_get(&p, t->state, 1) || p.state != PROPOSAL_TIMELOCK || p.base != c->cast)
		abort();
}

/* An account, and the whole asset, that changed in as many blocks as there are holders while a vote runs. */
static void
measure_power(struct costs *c, struct town *t)
{
	struct account busy = holder(1), proposer = holder(2);
	uint64_t seed = 1, from;
	double start;

	propose(t, &proposer);
	end_block(t, 1);
	from = t->env.height;
	for (uint32_t i = 0; i < t->n; i++) {
		votes_moved(&t->exec, &t->asset, NULL, &busy, units(1));
		state_settle(t->state);
		t->env.height++;
	}
	start = now_us();
	for (unsigned i = 0; i < POWERS; i++) {
		uint64_t height;
		struct voter v;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		height = from + (seed >> 33) % t->n;
		votes_at(&v, t->state, &t->asset, &busy, height);
		if (amount_units(v.own) != 101 + height - from + 1)
			abort();
	}
	c->power = (now_us() - start) / POWERS;
}

static struct costs
measure(uint32_t n)
{
	struct costs c = { 0 };
	struct town t;

	town_open(&t, n);
	measure_votes(&c, &t);
	measure_power(&c, &t);
	state_free(t.state);
	printf("{\"bench\":\"votes\",\"holders\":%u,\"power_cast\":%llu,\"vote_us\":%.2f,\"tally_us\":%.1f,\"idle_block_end_us\":%.1f,"
	       "\"checkpoints\":%u,\"power_us\":%.2f}\n",
	       n, (unsigned long long)c.cast, c.vote, c.tally, c.idle, n, c.power);
	fflush(stdout);
	return c;
}

int
main(void)
{
	struct costs small = measure(1000), big = measure(100000);

	printf("{\"bench\":\"votes_growth\",\"holders_times\":100,\"vote\":%.2f,\"tally\":%.2f,\"idle_block_end\":%.2f,\"power\":%.2f}\n",
	       big.vote / small.vote, big.tally / small.tally, big.idle / small.idle, big.power / small.power);
	return 0;
}
