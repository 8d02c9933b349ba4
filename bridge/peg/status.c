/* What others ask of the peg's state. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/peg/heights.h"
#include "bridge/peg/member.h"
#include "bridge/peg/payout.h"
#include "bridge/peg/peg.h"
#include "bridge/peg/deposit.h"
#include "bridge/peg/relay.h"
#include "bridge/peg/reserve.h"
#include "token/dao.h"

const char *
peg_state_name(enum peg_state s)
{
	switch (s) {
	case PEG_OPEN:
		return "OPEN";
	case PEG_PAUSED:
		return "PAUSED";
	case PEG_HALTED:
		return "HALTED";
	}
	return "UNKNOWN";
}

static const char *
pause_reason(const struct state *s, const struct books *b, struct unixtime now)
{
	struct account fund = bank_fee_fund();
	struct asset_id coin = ASSET_COIN;
	struct peg_params p;
	struct relay relay;

	record_params_get(&p, s);
	relay_get(&relay, s);
	if (dao_peg_paused(s))
		return "GOVERNANCE";
	if (relay.height < b->guardian_until)
		return "GUARDIANS";
	if (amount_cmp(b->deficit, bank_balance(s, &fund, &coin)) > 0)
		return "DEFICIT";
	return relay_stale(s, &p, now) ? "STALE" : NULL;
}

enum peg_state
peg_state_now(char reason[PEG_REASON_LEN], const struct state *s, struct unixtime now)
{
	const char *why;
	struct books b;

	books_get(&b, s);
	if (b.halted) {
		memcpy(reason, b.halt_reason, PEG_REASON_LEN);
		return PEG_HALTED;
	}
	why = pause_reason(s, &b, now);
	snprintf(reason, PEG_REASON_LEN, "%s", why != NULL ? why : "");
	return why != NULL ? PEG_PAUSED : PEG_OPEN;
}

static void
status_coins(struct peg_status *out, const struct state *s, const struct peg_params *p)
{
	struct state_walk w;
	struct coin c;

	out->vault_free = out->deposits_free = AMOUNT_ZERO;
	out->refresh_alarm = false;
	coin_walk(&w, s);
	while (coin_walk_next(&w, &c)) {
		if (!coin_counts(&c))
			continue;
		if (c.kind != COIN_DEPOSIT && out->height > (uint64_t)c.height + (uint64_t)p->recovery_delay * 3 / 4)
			out->refresh_alarm = true;
		if (c.plan != 0)
			continue;
		if (c.kind == COIN_DEPOSIT)
			out->deposits_free = sum(out->deposits_free, c.value);
		else
			out->vault_free = sum(out->vault_free, c.value);
	}
}

static void
status_counts(struct peg_status *out, const struct state *s)
{
	struct state_walk w;

	out->queued = out->waiting = 0;
	key_walk(&w, s, KEY_QUEUE);
	while (state_walk_next(&w))
		out->queued++;
	key_walk(&w, s, KEY_DEPOSIT_OPEN);
	while (state_walk_next(&w))
		out->waiting++;
}

void
peg_status(struct peg_status *out, const struct state *s, struct unixtime now)
{
	struct account fund = bank_fee_fund();
	struct asset_id coin = ASSET_COIN;
	struct relay_tip tip;
	struct peg_params p;
	struct books b;

	memset(out, 0, sizeof(*out));
	record_params_get(&p, s);
	books_get(&b, s);
	peg_relay_tip(&tip, s);
	out->state = peg_state_now(out->reason, s, now);
	out->height = tip.height;
	out->tip = tip.hash;
	out->tip_time.sec = tip.header.time;
	out->work = tip.work;
	out->reserve = b.reserve;
	out->deficit = b.deficit;
	out->donations = b.donations;
	out->supply = bank_supply(s, &coin);
	out->fee_fund = bank_balance(s, &fund, &coin);
	out->fee_rate = feerate_median(&out->fee_votes, s, &p);
	out->fee_rate_last = b.last_rate;
	out->inflow = window_sum(s, KEY_INFLOW, tip.height, p.cap_window);
	out->outflow = window_sum(s, KEY_OUTFLOW, tip.height, p.cap_window);
	out->epoch = record_epoch(s);
	out->deposits = b.deposits;
	out->payouts = b.payouts;
	out->plans = b.plans;
	status_coins(out, s, &p);
	status_counts(out, s);
}

uint32_t
peg_epoch(const struct state *s)
{
	return record_epoch(s);
}

bool
peg_federation_get(struct federation *out, const struct state *s, uint32_t epoch)
{
	return record_federation_get(out, s, epoch);
}

bool
peg_vault(struct vault *out, const struct state *s, uint32_t epoch)
{
	struct federation f;
	struct peg_params p;
	struct hash256 id;

	if (!record_federation_get(&f, s, epoch))
		return false;
	record_params_get(&p, s);
	record_genesis_id(&id, s);
	return vault_init(out, &f, &p, &id);
}

static const char *
address_parts(struct peg_address *out, const struct vault *v, const struct peg_params *p)
{
	if (!deposit_script(out->script, NULL, v, &out->terms))
		return "the reclaim key is not a valid x-only public key";
	if (!address_encode(out->text, p->chain, out->script, P2TR_LEN))
		return "the address cannot be encoded";
	out->descriptor = deposit_descriptor(v, &out->terms);
	return out->descriptor != NULL ? NULL : "the descriptor cannot be made";
}

const char *
peg_address(struct peg_address *out, const struct state *s, struct deposit_terms terms)
{
	struct peg_params p;
	struct vault v;
	const char *why;

	*out = (struct peg_address){ .terms = terms };
	if (terms.account.type != ACCOUNT_KEY && terms.account.type != ACCOUNT_POLICY)
		return "coin can be deposited to accounts of keys and policies only";
	out->terms.epoch = record_epoch(s);
	record_params_get(&p, s);
	if (!peg_vault(&v, s, out->terms.epoch))
		return "the federation's keys are not valid";
	why = address_parts(out, &v, &p);
	vault_clear(&v);
	out->minimum = p.deposit_min;
	out->fee = p.deposit_fee;
	out->reclaim_delay = p.reclaim_delay;
	memcpy(out->depth, p.depth, sizeof(out->depth));
	memcpy(out->tier, p.tier, sizeof(out->tier));
	return why;
}

void
peg_address_clear(struct peg_address *a)
{
	free(a->descriptor);
	a->descriptor = NULL;
}

uint32_t
peg_block_depth(const struct state *s, const struct hash256 *block)
{
	struct relay_header r;

	if (!relay_find(&r, s, block) || !relay_on_best(s, &(struct block_ref){ r.height, *block }))
		return 0;
	return relay_depth(s, r.height);
}

uint32_t
peg_deposit_depth(const struct state *s, const struct deposit *d)
{
	struct peg_params p;

	record_params_get(&p, s);
	return deposit_required_depth(&p, d);
}

void
peg_relay_tip(struct relay_tip *out, const struct state *s)
{
	struct relay_header r;
	struct relay relay;
	bool there;

	relay_get(&relay, s);
	there = relay_find(&r, s, &relay.hash);
	assert(there);
	*out = (struct relay_tip){ relay.height, relay.hash, r.header, relay.work };
}

size_t
peg_relay_locator(struct hash256 *out, size_t max, const struct state *s)
{
	return relay_locator(out, max, s);
}

bool
peg_relay_knows(const struct state *s, const struct hash256 *block)
{
	struct relay_header r;

	return relay_find(&r, s, block);
}

bool
peg_relay_at(struct hash256 *out, const struct state *s, uint32_t height)
{
	return relay_at(out, s, height);
}
