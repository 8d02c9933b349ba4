#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/action.h"
#include "token/holding.h"
#include "token/ledger.h"
#include "token/modules.h"

struct amount
units(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

struct hash256
hash_of(const char *text)
{
	struct hash256 h;

	sha256(&h, text, strlen(text));
	return h;
}

static struct action_plugin_approve
approval(const struct tally_plugin *p)
{
	return (struct action_plugin_approve){
		.name = { p->name, strlen(p->name) },
		.kind = (uint8_t)p->kind,
		.major = p->major,
		.minor = p->minor,
		.patch = p->patch,
		.file = hash_of(p->name),
	};
}

/* Descriptors in the order in which they were approved first: their addresses differ from program to program. */
static size_t
number_of(const struct tally_plugin *p)
{
	static const struct tally_plugin *known[64];
	static size_t n;
	size_t i;

	for (i = 0; i < n && known[i] != p; i++)
		;
	if (i == n) {
		CU_ASSERT_FATAL(n < ARRAY_LEN(known));
		known[n++] = p;
	}
	return i;
}

static struct hash256
file_of(const struct tally_plugin *p)
{
	char text[100];

	(void)snprintf(text, sizeof(text), "%s %u.%u.%u %zu", p->name, p->major, p->minor, p->patch, number_of(p));
	return hash_of(text);
}

void
world_approve(struct world *w, const struct tally_plugin *p)
{
	struct action_plugin_approve a = approval(p);

	a.file = file_of(p);
	CU_ASSERT_PTR_NULL_FATAL(rule_register(p, &a.file));
	CU_ASSERT_PTR_NULL_FATAL(rule_approve(w->state, &a, w->env.height));
}

static void
council(struct world *w)
{
	static const uint8_t needed[] = { 2, 0 };
	struct op_create_dao t = {
		.name = OP_TEXT("Federation"),
		.rule = OP_TEXT("gov_council"),
		.rule_major = 1,
		.params = { needed, sizeof(needed) },
		.actions = action_kinds(true) & ~(1u << ACTION_VALIDATORS),
		.voting_period = 100,
		.timelock = 50,
		.grace = 1000,
		.threshold = 1,
		.electorate = DAO_COUNCIL,
		.members_n = 3,
	};
	struct wr section = { 0 };

	memcpy(t.members, w->people, 3 * sizeof(t.members[0]));
	wr_u64(&section, 500); /* fee of CREATE_DAO */
	wr_dao_terms(&section, &t);
	CU_ASSERT_PTR_NULL_FATAL(dao_module.genesis(&w->exec, section.p, section.len));
	wr_clear(&section);
}

void
world_init(struct world *w)
{
	struct asset_id coin = ASSET_COIN;
	static const uint8_t fee[8] = { 100 };

	memset(w, 0, sizeof(*w));
	w->state = state_new();
	w->env = (struct block_env){ .height = 0, .time.sec = WORLD_TIME, .account_hrp = "tlyr", .regtest = true };
	w->exec = (struct exec){ .state = w->state, .env = &w->env, .events = &w->events };
	for (size_t i = 0; i < WORLD_PEOPLE; i++) {
		memset(w->people[i].id.b, (int)i + 1, sizeof(w->people[i].id.b));
		CU_ASSERT_PTR_NULL_FATAL(bank_mint(w->state, &w->people[i], &coin, units(1000000)));
	}
	CU_ASSERT_FATAL(ledger_set_fees(w->state, units(10), units(20)));
	CU_ASSERT_PTR_NULL_FATAL(rule_module.genesis(&w->exec, NULL, 0));
	world_approve(w, issue_fixed_entry());
	world_approve(w, issue_loyalty_entry());
	world_approve(w, issue_managed_entry());
	world_approve(w, gov_token_entry());
	world_approve(w, gov_council_entry());
	world_approve(w, sale_crowd_entry());
	CU_ASSERT_PTR_NULL_FATAL(asset_module.genesis(&w->exec, fee, sizeof(fee)));
	CU_ASSERT_PTR_NULL_FATAL(loyalty_module.genesis(&w->exec, NULL, 0));
	council(w);
	w->env.height = 1;
	w->deep = true;
}

void
world_clear(struct world *w)
{
	wr_clear(&w->events);
	state_free(w->state);
}

static void
check(const struct world *w)
{
	const char *why = NULL;

	for (size_t i = 0; i < TOKEN_MODULES_N && w->deep && why == NULL; i++) {
		if (token_modules[i]->invariants != NULL)
			why = token_modules[i]->invariants(w->state, true);
	}
	if (why != NULL)
		printf("\n  %s", why);
	CU_ASSERT_PTR_NULL_FATAL(why);
}

/* Each operation is a transaction of its own. */
static void
next_transaction(struct world *w)
{
	for (size_t i = 0; i < 8; i++)
		w->exec.transaction.b[i] = (uint8_t)(w->exec.payer_nonce >> 8 * i);
}

const char *
world_do(struct world *w, size_t person, uint16_t number, struct wr *payload)
{
	struct op op = { number, w->people[person], payload->p, payload->len };
	size_t mark = state_mark(w->state);
	const char *why = "UNKNOWN_OPERATION";

	wr_reset(&w->events);
	for (size_t m = 0; m < TOKEN_MODULES_N; m++) {
		for (size_t i = 0; i < token_modules[m]->ops_n; i++) {
			if (token_modules[m]->ops[i].number == number)
				why = token_modules[m]->ops[i].apply(&w->exec, &op);
		}
	}
	if (why != NULL)
		state_rollback(w->state, mark);
	w->exec.payer_nonce++;
	next_transaction(w);
	wr_clear(payload);
	check(w);
	return why;
}

void
world_block(struct world *w, int64_t seconds)
{
	wr_reset(&w->events);
	for (size_t i = 0; i < TOKEN_MODULES_N; i++) {
		if (token_modules[i]->end_block != NULL)
			token_modules[i]->end_block(&w->exec);
	}
	check(w);
	state_settle(w->state);
	w->env.height++;
	w->env.time.sec += seconds;
}

bool
world_event(struct event *out, const struct world *w, const char *name)
{
	struct rd r = rd_init(w->events.p, w->events.len);

	while (event_next(out, &r)) {
		if (strcmp(out->name, name) == 0)
			return true;
	}
	return false;
}

const char *
world_create(struct world *w, struct asset_id *out, size_t person, struct op_create *o)
{
	struct wr payload = { 0 };
	struct event e;
	const char *why;

	if (o->ticker.p == NULL)
		o->ticker = OP_TEXT("PTS");
	if (o->name.p == NULL)
		o->name = OP_TEXT("Points");
	if (amount_is_zero(o->cap))
		o->cap = units(1000000);
	op_create_encode(&payload, o);
	why = world_do(w, person, OP_CREATE, &payload);
	if (why == NULL) {
		CU_ASSERT_FATAL(world_event(&e, w, "CREATED") && e.len == sizeof(out->id.b));
		memcpy(out->id.b, e.body, e.len);
	}
	return why;
}

const char *
world_mint(struct world *w, size_t person, const struct asset_id *a, size_t to, uint64_t amount, uint64_t coin_max)
{
	struct op_mint o = { *a, w->people[to], units(amount), units(coin_max) };
	struct wr payload = { 0 };

	op_mint_encode(&payload, &o);
	return world_do(w, person, OP_MINT, &payload);
}

const char *
world_send(struct world *w, size_t person, const struct asset_id *a, const struct account *to, uint64_t amount)
{
	struct op_transfer o = { *a, *to, units(amount), { (const uint8_t *)"order 7", 7 } };
	struct wr payload = { 0 };

	op_transfer_encode(&payload, &o);
	return world_do(w, person, OP_TRANSFER, &payload);
}

uint64_t
world_coin(const struct world *w, const struct account *who)
{
	struct asset_id coin = ASSET_COIN;

	return amount_units(bank_balance(w->state, who, &coin));
}

uint64_t
world_has(const struct world *w, const struct asset_id *a, size_t person)
{
	struct asset asset;

	CU_ASSERT_FATAL(asset_get(&asset, w->state, a));
	return amount_units(holding_total(w->state, &asset, &w->people[person], w->env.time));
}

uint64_t
world_spendable(const struct world *w, const struct asset_id *a, size_t person)
{
	struct asset asset;

	CU_ASSERT_FATAL(asset_get(&asset, w->state, a));
	return amount_units(holding_spendable(w->state, &asset, &w->people[person], w->env.time));
}
