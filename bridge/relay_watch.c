/* Invariant: after relay_watch_update() every script of the state that matters is watched, or the light client said that it can't be, in
 * which case it asks for whole blocks. */
#include "bridge/relay_watch.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/mem.h"

#define EARLIER 2 /* an address is handed out when it is announced, and paid to in a later block; a little lower after a reorganisation */
#define MARGIN 12 /* by which a reorganisation may take the relay's own height back */

/* All deposits are walked when there are new ones, and now and then: else the work would grow with the peg's age at every block. */
#define DEPOSITS_EVERY 64

struct watched {
	uint8_t script[P2TR_LEN]; /* the key */
	bool deposit;
	uint64_t round; /* the last walk that met it */
	UT_hash_handle hh;
};

/* Deriving a script takes its time. */
struct derived {
	uint64_t number; /* the key: of a deposit */
	uint8_t script[P2TR_LEN];
	UT_hash_handle hh;
};

struct relay_watch {
	struct spv *spv;
	struct watched *all;     /* uthash; owned */
	struct derived *derived; /* uthash; owned */
	uint64_t round, deposits_round;
	uint64_t deposits; /* numbers given out at the last walk */
	struct relay_watched then;
	bool starting; /* only what was watched then */
	bool refused;
};

static uint32_t
lowered(uint32_t height)
{
	return height > EARLIER ? height - EARLIER : 0;
}

static void
want(struct relay_watch *w, const uint8_t script[P2TR_LEN], uint32_t from, bool known, bool deposit)
{
	struct watched *it;
	const char *why;

	HASH_FIND(hh, w->all, script, P2TR_LEN, it);
	if (it != NULL) {
		it->round = w->round;
		it->deposit = it->deposit || deposit;
		return;
	}
	if (w->starting && !known)
		return;
	it = mem_new(1, sizeof(*it));
	memcpy(it->script, script, P2TR_LEN);
	it->round = w->round;
	it->deposit = deposit;
	HASH_ADD(hh, w->all, script, P2TR_LEN, it);
	why = spv_watch(w->spv, script, P2TR_LEN, from);
	if (why != NULL && !w->refused)
		log_line("relay", LOG_WARN, "whole blocks are fetched from now on: %s", why);
	w->refused = w->refused || why != NULL;
}

static void
want_vaults(struct relay_watch *w, const struct state *s)
{
	uint32_t epoch = peg_epoch(s);
	struct vault v;

	for (; peg_vault(&v, s, epoch); epoch--) {
		want(w, v.script, 0, true, false);
		vault_clear(&v);
		if (epoch == 0)
			return;
	}
}

static void
want_intents(struct relay_watch *w, const struct state *s, uint32_t reclaim_delay)
{
	struct state_walk walk;
	struct intent i;

	intent_walk(&walk, s);
	while (intent_walk_next(&walk, &i)) {
		uint32_t announced = i.expires > reclaim_delay ? i.expires - reclaim_delay : 0;
		uint8_t script[P2TR_LEN];

		script_p2tr(script, &i.output_key);
		want(w, script, lowered(announced), announced + MARGIN < w->then.height, false);
	}
}

/* A deposit that somebody else than a plan may spend: the peg has to know. Those swept long ago are the vault's for good. */
static bool
can_be_spent(const struct deposit *d, const struct state *s, uint32_t tip, uint32_t reclaim_delay)
{
	struct coin c;

	switch (d->state) {
	case DEPOSIT_RECLAIMED:
	case DEPOSIT_DEAD:
		return false;
	case DEPOSIT_MINTED:
		return tip < d->block.height + reclaim_delay || coin_get(&c, s, &d->outpoint);
	case DEPOSIT_WAITING_DEPTH:
	case DEPOSIT_WAITING_CAP:
	case DEPOSIT_BELOW_MIN:
	case DEPOSIT_LATE:
	case DEPOSIT_QUARANTINED:
		break;
	}
	return true;
}

/* NULL: no such script can be. */
static const uint8_t *
script_of(struct relay_watch *w, const struct state *s, const struct deposit *d)
{
	struct derived *it;
	struct vault v;
	bool ok;

	HASH_FIND(hh, w->derived, &d->number, sizeof(d->number), it);
	if (it != NULL)
		return it->script;
	if (!peg_vault(&v, s, d->terms.epoch))
		return NULL;
	it = mem_new(1, sizeof(*it));
	it->number = d->number;
	ok = deposit_script(it->script, NULL, &v, &d->terms);
	vault_clear(&v);
	if (!ok) {
		free(it);
		return NULL;
	}
	HASH_ADD(hh, w->derived, number, sizeof(it->number), it);
	return it->script;
}

static void
forget_derived(struct relay_watch *w, uint64_t number)
{
	struct derived *it;

	HASH_FIND(hh, w->derived, &number, sizeof(number), it);
	if (it == NULL)
		return;
	HASH_DEL(w->derived, it);
	free(it);
}

static void
want_deposits(struct relay_watch *w, const struct state *s, uint32_t tip, uint32_t reclaim_delay)
{
	struct state_walk walk;
	struct deposit d;

	w->deposits_round = w->round;
	deposit_walk(&walk, s);
	while (deposit_walk_next(&walk, &d)) {
		const uint8_t *script = NULL;

		if (can_be_spent(&d, s, tip, reclaim_delay))
			script = script_of(w, s, &d);
		else
			forget_derived(w, d.number);
		if (script != NULL)
			want(w, script, lowered(d.block.height), d.number <= w->then.deposits, true);
	}
}

/* What the last walk over its kind did not meet any more. */
static void
drop_rest(struct relay_watch *w)
{
	struct watched *it, *next;

	HASH_ITER(hh, w->all, it, next)
	{
		if (it->round == w->round || (it->deposit && it->round >= w->deposits_round))
			continue;
		spv_unwatch(w->spv, it->script, P2TR_LEN);
		HASH_DEL(w->all, it);
		free(it);
	}
}

void
relay_watch_update(struct relay_watch *w, const struct state *s, struct relay_watched *out)
{
	struct peg_params p;
	struct books books;
	struct relay_tip tip;

	record_params_get(&p, s);
	books_get(&books, s);
	peg_relay_tip(&tip, s);
	w->round++;
	want_vaults(w, s);
	want_intents(w, s, p.reclaim_delay);
	if (w->starting || w->deposits != books.deposits || w->round - w->deposits_round >= DEPOSITS_EVERY)
		want_deposits(w, s, tip.height, p.reclaim_delay);
	w->deposits = w->starting ? UINT64_MAX : books.deposits;
	drop_rest(w);
	if (out != NULL)
		*out = (struct relay_watched){ .height = tip.height, .deposits = books.deposits };
}

struct relay_watch *
relay_watch_new(struct spv *spv, const struct state *s, const struct relay_watched *then)
{
	struct relay_watch *w = mem_new(1, sizeof(*w));

	w->spv = spv;
	w->then = *then;
	w->starting = true;
	relay_watch_update(w, s, NULL);
	w->starting = false;
	return w;
}

void
relay_watch_free(struct relay_watch *w)
{
	struct watched *it, *next;
	struct derived *d, *d_next;

	if (w == NULL)
		return;
	HASH_ITER(hh, w->all, it, next)
	{
		HASH_DEL(w->all, it);
		free(it);
	}
	HASH_ITER(hh, w->derived, d, d_next)
	{
		HASH_DEL(w->derived, d);
		free(d);
	}
	free(w);
}
