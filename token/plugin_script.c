/* Services that answer from a vector's world in place of a ledger. What needs no ledger (gas, memory, arithmetic, storage, events) is the real
 * one; a service that the ledger gives has its scripted answer here, for the same price. */
#include <string.h>

#include "token/plugin_run.h"
#include "token/plugin_vectors.h"

static struct plugin_run *
run_of(struct tally_ctx *c)
{
	(void)c;
	return plugin_running();
}

static const struct tally_vector_world *
world_of(struct tally_ctx *c)
{
	return run_of(c)->instance->world;
}

static const struct tally_vector_holder *
holder(const struct tally_vector_world *w, const struct tally_account *who)
{
	static const struct tally_vector_holder nobody;

	for (size_t i = 0; i < w->holders_n; i++) {
		if (tally_same_account(&w->holders[i].who, who))
			return &w->holders[i];
	}
	return &nobody;
}

static bool
is_account(const struct tally_account *who)
{
	struct account a;

	return rule_account_back(&a, who);
}

static bool
no_vote(struct tally_ctx *c)
{
	return run_of(c)->instance->scope != 'd' || world_of(c)->no_vote != 0;
}

static int32_t
balance(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	plugin_pay(run_of(c), GAS_BALANCE);
	*out = 0;
	if (world_of(c)->no_asset != 0 || !is_account(who))
		return 1;
	*out = holder(world_of(c), who)->balance;
	return 0;
}

static int32_t
supply(struct tally_ctx *c, uint64_t *out)
{
	plugin_pay(run_of(c), GAS_SUPPLY);
	*out = world_of(c)->no_asset != 0 ? 0 : world_of(c)->supply;
	return world_of(c)->no_asset != 0;
}

static int32_t
past_votes(struct tally_ctx *c, uint64_t *out, const struct tally_account *who)
{
	plugin_pay(run_of(c), GAS_PAST_VOTES);
	*out = 0;
	if (no_vote(c) || !is_account(who))
		return 1;
	*out = holder(world_of(c), who)->votes;
	return 0;
}

static int32_t
past_supply(struct tally_ctx *c, uint64_t *out)
{
	plugin_pay(run_of(c), GAS_SUPPLY);
	*out = no_vote(c) ? 0 : world_of(c)->past_supply;
	return no_vote(c);
}

static int32_t
lots(struct tally_ctx *c, struct tally_lot *out, const struct tally_account *who, uint32_t index)
{
	const struct tally_vector_world *w = world_of(c);
	uint32_t seen = 0;

	plugin_pay(run_of(c), GAS_LOTS);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < w->lots_n && w->no_asset == 0; i++) {
		if (!tally_same_account(&w->lots[i].who, who))
			continue;
		if (seen++ == index) {
			*out = w->lots[i].lot;
			return 0;
		}
	}
	return 1;
}

static int32_t
attested(struct tally_ctx *c, uint32_t *out, const struct tally_account *who)
{
	const struct tally_vector_world *w = world_of(c);

	plugin_pay(run_of(c), GAS_ATTESTED);
	*out = 0;
	if (!is_account(who))
		return 1;
	for (size_t i = 0; i < w->attested_n; i++) {
		if (tally_same_account(&w->attested[i], who))
			*out = 1;
	}
	return 0;
}

static int32_t
item(struct tally_ctx *c, struct tally_item *out, const uint8_t *id)
{
	const struct tally_vector_world *w = world_of(c);

	plugin_pay(run_of(c), GAS_ITEM);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < w->items_n; i++) {
		if (memcmp(w->items[i].id, id, sizeof(w->items[i].id)) == 0) {
			*out = w->items[i].item;
			return 0;
		}
	}
	return 1;
}

struct tally_services
plugin_scripted_services(void)
{
	struct tally_services s = plugin_services;

	s.balance = balance;
	s.supply = supply;
	s.past_votes = past_votes;
	s.past_supply = past_supply;
	s.lots = lots;
	s.attested = attested;
	s.item = item;
	return s;
}
