/* R1  returned <= paid, taken <= granted, with_points <= paid, of each receipt.
 *
 * Keys: t r | asset | receipt hash -> record; t o | asset | account -> debt u64. */
#include "token/receipt.h"

#include <assert.h>
#include <string.h>

#include "token/statekey.h"

static struct statekey
receipt_key(const struct asset_id *asset, const struct hash256 *hash)
{
	struct statekey k = statekey_new('t', 'r');

	statekey_asset(&k, asset);
	statekey_bytes(&k, hash->b, sizeof(hash->b));
	return k;
}

static void
rd_receipt(struct rd *r, struct receipt *out)
{
	const uint8_t *note;
	size_t len;

	memset(out, 0, sizeof(*out));
	rd_account(r, &out->customer);
	out->paid = rd_amount(r);
	out->with_points = rd_amount(r);
	out->returned = rd_amount(r);
	out->granted = rd_amount(r);
	out->taken = rd_amount(r);
	out->earned_at.sec = rd_i64(r);
	out->expires_day = rd_u32(r);
	note = rd_varbytes(r, &len, sizeof(out->note));
	assert(rd_done(r));
	if (len > 0)
		memcpy(out->note, note, len);
}

bool
receipt_get(struct receipt *out, const struct state *s, const struct asset_id *asset, const struct hash256 *hash)
{
	struct statekey k = receipt_key(asset, hash);
	struct rd r;

	memset(out, 0, sizeof(*out));
	if (!statekey_get(&r, s, &k))
		return false;
	rd_receipt(&r, out);
	return true;
}

const char *
receipt_invariants(const struct state *s)
{
	struct state_walk w;
	struct receipt known;

	state_walk_init(&w, s, "tr", 2);
	while (state_walk_next(&w)) {
		struct rd r = rd_init(w.value, w.value_len);

		rd_receipt(&r, &known);
		if (amount_cmp(known.returned, known.paid) > 0 || amount_cmp(known.taken, known.granted) > 0 ||
		    amount_cmp(known.with_points, known.paid) > 0)
			return "R1: more came back of a sale than it was";
	}
	return NULL;
}

void
receipt_put(struct state *s, const struct asset_id *asset, const struct hash256 *hash, const struct receipt *r)
{
	struct statekey k = receipt_key(asset, hash);
	size_t note_len = sizeof(r->note);
	struct wr w = { 0 };

	wr_account(&w, &r->customer);
	wr_amount(&w, r->paid);
	wr_amount(&w, r->with_points);
	wr_amount(&w, r->returned);
	wr_amount(&w, r->granted);
	wr_amount(&w, r->taken);
	wr_i64(&w, r->earned_at.sec);
	wr_u32(&w, r->expires_day);
	while (note_len > 0 && r->note[note_len - 1] == 0)
		note_len--;
	wr_varbytes(&w, r->note, note_len);
	statekey_put(s, &k, &w);
}

static struct statekey
debt_key(const struct asset_id *asset, const struct account *who)
{
	struct statekey k = statekey_new('t', 'o');

	statekey_asset(&k, asset);
	statekey_account(&k, who);
	return k;
}

struct amount
receipt_debt(const struct state *s, const struct asset_id *asset, const struct account *who)
{
	struct statekey k = debt_key(asset, who);
	struct amount debt;
	bool ok = amount_from_units(&debt, statekey_get_u64(s, &k));

	assert(ok);
	(void)ok;
	return debt;
}

const char *
receipt_add_debt(struct state *s, const struct asset_id *asset, const struct account *who, struct amount amount)
{
	struct statekey k = debt_key(asset, who);
	struct amount debt = receipt_debt(s, asset, who);

	if (!amount_add(&debt, debt, amount))
		return "AMOUNT_OVERFLOW";
	statekey_put_u64(s, &k, amount_units(debt));
	return NULL;
}

struct amount
receipt_pay_debt(struct state *s, const struct asset_id *asset, const struct account *who, struct amount earned)
{
	struct statekey k = debt_key(asset, who);
	struct amount debt = receipt_debt(s, asset, who), paid = amount_min(debt, earned);
	bool ok = amount_sub(&debt, debt, paid) && amount_sub(&earned, earned, paid);

	assert(ok);
	(void)ok;
	statekey_put_u64(s, &k, amount_units(debt));
	return earned;
}
