#include "bridge/relay_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "spv/core.h"
#include "tests/unit/peg_sim.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static const struct relay_watched nothing;

/* A light client that knows the simulation's headers, and scans by filters; its scan has passed everything. */
static struct spv *
client(const struct sim *s)
{
	const struct chain_params *chain = chain_params_find("regtest");
	struct spv_params params = spv_params_default(chain);
	uint32_t height = sim_height(s);
	uint8_t *headers = mem_new(height, HEADER_LEN);
	struct spv_time now = { .wall = s->time };
	struct spv *spv;
	size_t used;

	params.scan_mode = SPV_SCAN_FILTERS;
	spv = spv_new(&params);
	for (uint32_t h = 1; h <= height; h++)
		header_encode(headers + (h - 1) * HEADER_LEN, &s->chain.b[made_chain_at(&s->chain, s->tip, h)].block.header);
	CU_ASSERT_PTR_NULL_FATAL(spv_import(spv, &used, headers, height, now));
	free(headers);
	return spv;
}

static void
pass_all(struct spv *spv, const struct sim *s)
{
	CU_ASSERT_FATAL(spv_scan_resume(spv, 1, &s->chain.b[s->tip].hash));
}

static bool
is_watched(struct spv *spv, const uint8_t script[P2TR_LEN])
{
	size_t n;
	const struct filter_item *items = filter_watch_items(spv, false, &n);

	for (size_t i = 0; i < n; i++) {
		if (items[i].len == P2TR_LEN && memcmp(items[i].bytes, script, P2TR_LEN) == 0)
			return true;
	}
	return false;
}

static size_t
watched(struct spv *spv)
{
	size_t n;

	(void)filter_watch_items(spv, false, &n);
	return n;
}

static uint32_t
rescan_next(const struct spv *spv)
{
	struct spv_progress at;

	spv_progress(spv, &at);
	return at.rescan_next;
}

static void
announce(struct sim *s, const struct deposit_terms *t)
{
	struct op_intent op = { .terms = *t, .mark = { .member = 1, .counter = ++s->counter } };
	struct secret_key secret = test_secret(1);
	struct hash256 message;
	struct wr w = { 0 };

	intent_message(&message, &s->genesis_id, &op);
	CU_ASSERT_FATAL(schnorr_sign(&op.mark.sig, &secret, &message, NULL));
	wr_op_intent(&w, &op);
	CU_ASSERT_STRING_EQUAL(sim_relay(s, PEG_INTENT, &w), "OK");
}

/* The vault, announced addresses, deposits; each when it comes, from where it can occur. */
static void
test_comes_and_goes(void)
{
	struct relay_watched now;
	struct deposit_terms t;
	uint8_t script[P2TR_LEN], paid[P2TR_LEN];
	struct relay_watch *w;
	struct given g;
	struct vault v;
	struct spv *spv;
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 40);
	spv = client(&s);
	w = relay_watch_new(spv, sim_state(&s), &nothing);
	CU_ASSERT_FATAL(peg_vault(&v, sim_state(&s), peg_epoch(sim_state(&s))));
	CU_ASSERT(is_watched(spv, v.script) && watched(spv) == 1);
	pass_all(spv, &s);
	relay_watch_update(w, sim_state(&s), &now);
	CU_ASSERT(rescan_next(spv) == 0 && now.height == sim_height(&s) && now.deposits == 0);

	t = sim_terms(&s, ALICE);
	sim_address(script, &s, &t);
	announce(&s, &t);
	relay_watch_update(w, sim_state(&s), &now);
	CU_ASSERT(is_watched(spv, script) && watched(spv) == 2);
	CU_ASSERT_EQUAL(rescan_next(spv), sim_height(&s) - 2);
	spv_free(spv);
	relay_watch_free(w);

	/* A deposit that nobody announced, proven by hand. */
	g = sim_given(&s, 3 * COIN);
	sim_mine(&s, 20);
	spv = client(&s);
	w = relay_watch_new(spv, sim_state(&s), &(struct relay_watched){ .height = sim_height(&s) });
	pass_all(spv, &s);
	relay_watch_update(w, sim_state(&s), &now);
	CU_ASSERT_EQUAL(rescan_next(spv), 0);
	CU_ASSERT_STRING_EQUAL(sim_prove(&s, &g), "OK");
	relay_watch_update(w, sim_state(&s), &now);
	sim_address(paid, &s, &g.terms);
	CU_ASSERT(is_watched(spv, paid) && now.deposits == 1 && watched(spv) == 3);
	CU_ASSERT_EQUAL(rescan_next(spv), s.chain.b[g.block].height - 2);
	tx_clear(&g.tx);

	/* The address expires; the deposit can be spent by its owner still. */
	sim_mine(&s, s.params.reclaim_delay + 5);
	relay_watch_update(w, sim_state(&s), &now);
	CU_ASSERT(!is_watched(spv, script) && is_watched(spv, paid) && is_watched(spv, v.script));
	vault_clear(&v);
	spv_free(spv);
	relay_watch_free(w);
	sim_close(&s);
}

/* After a restart: what was watched then isn't looked for again, what came since is. */
static void
test_restart(void)
{
	struct relay_watched then;
	struct deposit_terms old, recent;
	uint8_t script[P2TR_LEN];
	struct relay_watch *w;
	struct spv *spv;
	struct sim s;

	sim_open(&s, NULL);
	sim_mine(&s, 20);
	old = sim_terms(&s, ALICE);
	announce(&s, &old);
	sim_mine(&s, 30);
	then = (struct relay_watched){ .height = sim_height(&s) };
	spv = client(&s);
	w = relay_watch_new(spv, sim_state(&s), &then);
	CU_ASSERT_EQUAL(watched(spv), 2);
	pass_all(spv, &s);
	relay_watch_update(w, sim_state(&s), &then);
	CU_ASSERT_EQUAL(rescan_next(spv), 0);
	spv_free(spv);
	relay_watch_free(w);

	/* Announced after the place was stored. */
	recent = sim_terms(&s, BOB);
	announce(&s, &recent);
	spv = client(&s);
	w = relay_watch_new(spv, sim_state(&s), &then);
	sim_address(script, &s, &recent);
	CU_ASSERT(watched(spv) == 2 && !is_watched(spv, script));
	pass_all(spv, &s);
	relay_watch_update(w, sim_state(&s), NULL);
	CU_ASSERT(is_watched(spv, script));
	CU_ASSERT_EQUAL(rescan_next(spv), sim_height(&s) - 2);
	spv_free(spv);
	relay_watch_free(w);

	/* Nothing stored: everything is looked for everywhere, by the scan itself. */
	spv = client(&s);
	w = relay_watch_new(spv, sim_state(&s), &nothing);
	relay_watch_update(w, sim_state(&s), NULL);
	CU_ASSERT_EQUAL(watched(spv), 3);
	spv_scan_from(spv, 1);
	CU_ASSERT_EQUAL(rescan_next(spv), 0);
	spv_free(spv);
	relay_watch_free(w);
	sim_close(&s);
}

static const struct unit_test tests[] = {
	{ "comes and goes", test_comes_and_goes },
	{ "restart", test_restart },
};

UNIT_MAIN("relay_watch", tests)
