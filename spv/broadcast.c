/* Transactions: announced, served when asked for, announced again.
 *
 * Invariants:
 * 1. A transaction is served to a peer at most once for each announcement to it: a peer can't make us send without end.
 * 2. What a peer says against a transaction is recorded, never believed: it is announced on until it is forgotten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "spv/core.h"

#define REJECT_DUPLICATE 0x12
#define NOTFOUND_MAX 100

static struct outgoing *
outgoing_find(const struct spv *s, const struct hash256 *txid)
{
	struct outgoing *o;

	HASH_FIND(hh, s->outgoing, txid, sizeof(*txid), o);
	return o;
}

static void
outgoing_free(struct spv *s, struct outgoing *o)
{
	HASH_DEL(s->outgoing, o);
	free(o->raw);
	free(o->stripped);
	free(o);
}

void
broadcast_clear(struct spv *s)
{
	struct outgoing *o, *next;

	HASH_ITER(hh, s->outgoing, o, next)
		outgoing_free(s, o);
}

static void
set_state(struct spv *s, struct outgoing *o, enum spv_tx_state state, const char *reason)
{
	struct spv_output *out;

	if (o->status.state == state)
		return;
	o->status.state = state;
	text_clean(o->status.reason, sizeof(o->status.reason), reason);
	out = spv_emit(s, SPV_TX);
	out->tx.txid = o->txid;
	out->tx.state = state;
	memcpy(out->tx.reason, o->status.reason, sizeof(out->tx.reason));
}

static void
announce(struct spv *s, struct peer *p, struct outgoing *o)
{
	const struct p2p_inv inv = { .type = INV_TX, .hash = o->txid };
	struct wr w = { 0 };

	if (o->told_n == SPV_PEERS_MAX)
		return;
	o->told[o->told_n++] = (struct told){ .peer = p->id };
	o->status.announced++;
	wr_p2p_inv(&w, &inv, 1);
	peer_send(s, p, "inv", w.p, w.len);
	wr_clear(&w);
}

static void
new_round(struct spv *s, struct outgoing *o)
{
	o->told_n = 0;
	o->sent = o->rejected = 0;
	o->told_at = s->now.mono;
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (peer_is_ready(p))
			announce(s, p, o);
	}
}

void
broadcast_peer_ready(struct spv *s, struct peer *p)
{
	for (struct outgoing *o = s->outgoing; o != NULL; o = o->hh.next)
		announce(s, p, o);
}

void
broadcast_tick(struct spv *s)
{
	for (struct outgoing *o = s->outgoing; o != NULL; o = o->hh.next) {
		if (!mono_passed(o->told_at, s->params.rebroadcast_ms, s->now.mono))
			continue;
		if (o->sent > o->rejected)
			set_state(s, o, SPV_TX_SENT, "");
		else if (o->told_n > 0 && o->status.state == SPV_TX_WAITING)
			set_state(s, o, SPV_TX_IGNORED, "");
		new_round(s, o);
	}
}

static struct outgoing *
outgoing_new(struct spv *s, const struct tx *tx, const void *raw, size_t len)
{
	struct outgoing *o = mem_new(1, sizeof(*o));
	struct wr stripped = { 0 };

	wr_tx_stripped(&stripped, tx);
	o->stripped = stripped.p;
	o->stripped_len = stripped.len;
	o->raw = mem_dup(raw, len);
	o->len = len;
	tx_txid(&o->txid, tx);
	HASH_ADD(hh, s->outgoing, txid, sizeof(o->txid), o);
	return o;
}

const char *
spv_broadcast(struct spv *s, struct hash256 *txid, const void *raw, size_t len)
{
	struct outgoing *o;
	struct tx tx;
	const char *why;

	if (len > SPV_BROADCAST_BYTES_MAX)
		return "larger than what nodes relay";
	if (!tx_decode(&tx, raw, len))
		return "not a transaction";
	why = tx_check(&tx);
	if (why == NULL && tx_is_coinbase(&tx))
		why = "coinbase";
	if (why == NULL) {
		tx_txid(txid, &tx);
		o = outgoing_find(s, txid);
		if (o == NULL && HASH_COUNT(s->outgoing) >= SPV_BROADCAST_MAX)
			why = "too many transactions are being broadcast";
		else if (o == NULL)
			o = outgoing_new(s, &tx, raw, len);
	}
	tx_clear(&tx);
	if (why == NULL)
		new_round(s, o);
	return why;
}

void
spv_broadcast_forget(struct spv *s, const struct hash256 *txid)
{
	struct outgoing *o = outgoing_find(s, txid);

	if (o != NULL)
		outgoing_free(s, o);
}

bool
spv_broadcast_status(const struct spv *s, const struct hash256 *txid, struct spv_tx_status *out)
{
	const struct outgoing *o = outgoing_find(s, txid);

	if (o == NULL)
		return false;
	*out = o->status;
	return true;
}

/* --- What peers say --- */

static struct told *
told_find(struct outgoing *o, uint32_t peer)
{
	for (size_t i = 0; i < o->told_n; i++) {
		if (o->told[i].peer == peer)
			return &o->told[i];
	}
	return NULL;
}

static bool
serve(struct spv *s, struct peer *p, const struct p2p_inv *inv)
{
	bool witness = inv->type == INV_WITNESS_TX;
	struct outgoing *o = witness || inv->type == INV_TX ? outgoing_find(s, &inv->hash) : NULL;
	struct told *t = o != NULL ? told_find(o, p->id) : NULL;

	if (t == NULL)
		return false;
	if (t->sent)
		return true;
	t->sent = true;
	o->status.sent++;
	o->sent++;
	peer_send(s, p, "tx", witness ? o->raw : o->stripped, witness ? o->len : o->stripped_len);
	/* Those who said no may say so again. */
	if (o->status.state != SPV_TX_REJECTED)
		set_state(s, o, SPV_TX_SENT, "");
	return true;
}

void
broadcast_on_getdata(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct p2p_inv *inv, missing[NOTFOUND_MAX];
	struct wr w = { 0 };
	size_t n, missing_n = 0;

	if (!p2p_inv_decode(&inv, &n, payload, len)) {
		peer_close(s, p, true, "getdata: malformed");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!serve(s, p, &inv[i]) && missing_n < NOTFOUND_MAX)
			missing[missing_n++] = inv[i];
	}
	free(inv);
	if (missing_n == 0)
		return;
	wr_p2p_inv(&w, missing, missing_n);
	peer_send(s, p, "notfound", w.p, w.len);
	wr_clear(&w);
}

/* The rejected transaction's id stands at the end of the message (BIP61). */
void
broadcast_on_reject(struct spv *s, struct peer *p, const void *payload, size_t len)
{
	struct p2p_reject r;
	struct hash256 txid;
	struct outgoing *o;
	struct told *t;

	if (!p2p_reject_decode(&r, payload, len) || strcmp(r.message, "tx") != 0 || len < sizeof(txid.b))
		return;
	memcpy(txid.b, (const uint8_t *)payload + len - sizeof(txid.b), sizeof(txid.b));
	o = outgoing_find(s, &txid);
	t = o != NULL ? told_find(o, p->id) : NULL;
	if (t == NULL || !t->sent || r.code == REJECT_DUPLICATE)
		return;
	if (++o->rejected >= o->sent)
		set_state(s, o, SPV_TX_REJECTED, r.reason);
}
