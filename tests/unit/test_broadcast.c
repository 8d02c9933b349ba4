#include "spv/spv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/tx.h"
#include "tests/unit/spv_sim.h"
#include "tests/unit/unit.h"

#define SECONDS 1000

static struct wr
some_tx(bool witness)
{
	struct tx tx = { .version = 2 };
	struct outpoint prevout = { .txid = { { 9 } } };
	struct wr w = { 0 };

	tx_add_in(&tx, &prevout, SEQUENCE_FINAL);
	if (witness)
		txin_add_witness(&tx.in[0], "signature", 9);
	tx_add_out(&tx, 5000, "\x51", 1);
	wr_tx(&w, &tx);
	tx_clear(&tx);
	return w;
}

static void
test_broadcast(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(3, 0, &p);
	struct wr tx = some_tx(true);
	struct hash256 txid;
	struct spv_tx_status st;

	sim_run(sim, SECONDS);
	CU_ASSERT_PTR_NULL(spv_broadcast(sim->s, &txid, tx.p, tx.len));
	sim_drain(sim);
	CU_ASSERT(spv_broadcast_status(sim->s, &txid, &st) && st.state == SPV_TX_WAITING && st.announced == 1);
	sim_run(sim, SECONDS);
	CU_ASSERT(p->invs == 1 && p->txs == 1 && sim->tx_state == SPV_TX_SENT && sim->tx_news == 1);
	q = sim_peer(sim, p->tip); /* comes later: told at once */
	q->greedy = true;
	sim_connect(sim, q);
	sim_run(sim, SECONDS);
	CU_ASSERT(q->invs == 1 && q->txs == 1);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(p->invs == 2 && q->invs == 2 && q->txs == 2);
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(p->invs == 3 && sim->tx_news == 1);
	CU_ASSERT(spv_broadcast_status(sim->s, &txid, &st) && st.announced == 6 && st.sent == 6);
	spv_broadcast_forget(sim->s, &txid);
	sim_run(sim, 200 * SECONDS);
	CU_ASSERT(p->invs == 3 && !spv_broadcast_status(sim->s, &txid, &st));
	wr_clear(&tx);
	sim_free(sim);
}

static void
test_broadcast_refused(void)
{
	struct sim_peer *p, *q;
	struct sim *sim = sim_with_peer(3, 0, &p);
	struct wr tx = some_tx(false);
	struct hash256 txid;
	struct spv_tx_status st;
	uint8_t *large = mem_new(SPV_BROADCAST_BYTES_MAX + 1, 1);

	CU_ASSERT_PTR_NOT_NULL(spv_broadcast(sim->s, &txid, "", 0));
	CU_ASSERT_PTR_NOT_NULL(spv_broadcast(sim->s, &txid, tx.p, tx.len - 1));
	CU_ASSERT_PTR_NOT_NULL(spv_broadcast(sim->s, &txid, large, SPV_BROADCAST_BYTES_MAX + 1));
	free(large);

	/* Nobody asks. */
	sim_run(sim, SECONDS);
	p->ignore_txs = true;
	CU_ASSERT_PTR_NULL(spv_broadcast(sim->s, &txid, tx.p, tx.len));
	sim_drain(sim);
	sim_run(sim, 59 * SECONDS);
	CU_ASSERT_EQUAL(sim->tx_news, 0);
	sim_run(sim, 2 * SECONDS);
	CU_ASSERT(sim->tx_state == SPV_TX_IGNORED && sim->tx_news == 1);

	/* Asked for, and refused. */
	p->ignore_txs = false;
	p->reject_txs = true;
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT(sim->tx_state == SPV_TX_REJECTED && sim->tx_news == 3);
	CU_ASSERT_STRING_EQUAL(sim->tx_reason, "bad?tx");
	sim_run(sim, 60 * SECONDS);
	CU_ASSERT_EQUAL(sim->tx_news, 3); /* again the same */

	/* Another peer takes it. */
	q = sim_peer(sim, p->tip);
	sim_connect(sim, q);
	sim_run(sim, 125 * SECONDS);
	CU_ASSERT(spv_broadcast_status(sim->s, &txid, &st));
	CU_ASSERT(sim->tx_state == SPV_TX_SENT && sim->tx_news == 4);
	wr_clear(&tx);
	sim_free(sim);
}

static const struct unit_test tests[] = {
	{ "broadcast", test_broadcast },
	{ "broadcast refused", test_broadcast_refused },
};

UNIT_MAIN("broadcast", tests)
