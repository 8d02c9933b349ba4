/* Assets and loyalty points. */
#include "tests/unit/random_fate.h"

#define RECEIPTS_MAX 200

/* Parameters of issue_loyalty, with tiers now and then. */
static void
loyalty_params(struct fate *f, struct wr *w)
{
	wr_u64(w, 1 + draw(f, 5));
	wr_u64(w, 1 + draw(f, 5));
	wr_u32(w, (uint32_t)draw(f, 3000));
	wr_u32(w, (uint32_t)draw(f, 5));
	wr_u32(w, 1 + (uint32_t)draw(f, 2));
	wr_u8(w, 0);
	if (draw(f, 2) == 0)
		return;
	wr_u32(w, (uint32_t)draw(f, 3));
	wr_u8(w, 2);
	wr_u64(w, 500);
	wr_u32(w, 10000 + (uint32_t)draw(f, 10000));
	wr_u64(w, 3000);
	wr_u32(w, 20000 + (uint32_t)draw(f, 10000));
}

/* Of issue_managed: people 2 and 3 mint. */
static void
managed_params(struct fate *f, struct wr *w)
{
	wr_u32(w, 600);
	wr_u64(w, draw(f, 3) * 2000);
	wr_u64(w, draw(f, 3) * 500);
	wr_u32(w, 0);
	wr_u8(w, (uint8_t)draw(f, 2));
	wr_u64(w, draw(f, 3) * 700);
	wr_u8(w, 2);
	for (size_t i = 2; i < 4; i++) {
		wr_account(w, &f->w.people[i]);
		wr_u64(w, 1 + draw(f, 1500));
	}
}

static void
make_params(struct fate *f, struct wr *w, uint16_t flags)
{
	if ((flags & ASSET_LOTS) != 0)
		loyalty_params(f, w);
	else if ((flags & ASSET_MINTERS) != 0)
		managed_params(f, w);
}

#define BY(part, who) (uint16_t)((who) << 2 * (part))

static uint16_t
some_changes(struct fate *f, const struct op_create *o)
{
	uint16_t changes = BY(ASSET_PART_ISSUER, ASSET_BY_ISSUER) | BY(ASSET_PART_NAME, ASSET_BY_ISSUER);

	if (o->dao == ASSET_NO_DAO)
		changes |= BY(ASSET_PART_DAO, ASSET_BY_ISSUER);
	if (o->rule.len > 0)
		changes |= BY(ASSET_PART_PARAMS, ASSET_BY_ISSUER);
	return draw(f, 5) == 0 ? (uint16_t)draw(f, 300) : changes;
}

static void
do_create(struct fate *f)
{
	static const uint16_t flags[] = {
		ASSET_TRANSFERABLE,
		ASSET_TRANSFERABLE | ASSET_VOTES,
		ASSET_TRANSFERABLE | ASSET_LOTS,
		ASSET_TRANSFERABLE | ASSET_LOTS | ASSET_BACKED,
		ASSET_TRANSFERABLE | ASSET_BACKED | ASSET_PAUSABLE,
		ASSET_TRANSFERABLE | ASSET_FREEZABLE | ASSET_CLAWBACK | ASSET_VOTES,
		ASSET_CLOSED_LOOP | ASSET_LOTS,
		ASSET_TRANSFERABLE | ASSET_MINTERS,
	};
	struct op_create o = { .dao = draw(f, 4) == 0 ? 0 : ASSET_NO_DAO, .cap = units(draw(f, 3) == 0 ? INT64_MAX : 20000) };
	struct wr params = { 0 };
	struct asset_id a;

	if (f->assets_n == FATE_ASSETS_MAX)
		return;
	o.flags = flags[f->assets_n % ARRAY_LEN(flags)];
	if ((o.flags & ASSET_BACKED) != 0) {
		o.units = 1 + draw(f, 9);
		o.sats = 1 + draw(f, 9);
	}
	if ((o.flags & (ASSET_LOTS | ASSET_MINTERS)) != 0) {
		o.dao = ASSET_NO_DAO;
		o.rule = (o.flags & ASSET_LOTS) != 0 ? OP_TEXT("issue_loyalty") : OP_TEXT("issue_managed");
		o.rule_major = 1;
		make_params(f, &params, o.flags);
		o.params = (struct op_blob){ params.p, params.len };
	}
	o.changes = some_changes(f, &o);
	if ((o.changes >> 2 * ASSET_PART_PARAMS & 3) != 0)
		o.change_notice = (uint32_t)draw(f, 500);
	if (world_create(&f->w, &a, someone(f), &o) == NULL) {
		f->assets[f->assets_n++] = a;
		f->done[OP_CREATE]++;
	}
	f->tried++;
	wr_clear(&params);
}

static void
do_change(struct fate *f)
{
	static const char *const names[] = { "Points", "Better points", "" };
	const char *text = names[draw(f, ARRAY_LEN(names))];
	struct asset_id id = some_asset(f);
	struct op_set_dao dao = { id, (uint32_t)draw(f, 4) };
	struct op_set_name name = { id, OP_TEXT(text) };
	struct op_set_params change = { .asset = id };
	struct wr p = { 0 }, params = { 0 };
	size_t by = issuer_of(f, &id);
	struct asset a;

	CU_ASSERT_FATAL(asset_get(&a, f->w.state, &id));
	switch (draw(f, 6)) {
	case 0:
		if (draw(f, 4) == 0) {
			op_set_dao_encode(&p, &dao);
			run(f, by, OP_SET_DAO, &p);
		}
		break;
	case 1:
		op_set_name_encode(&p, &name);
		run(f, by, OP_SET_NAME, &p);
		break;
	default:
		make_params(f, &params, a.flags);
		change.params = (struct op_blob){ params.p, params.len };
		op_set_params_encode(&p, &change);
		run(f, by, OP_SET_PARAMS, &p);
		wr_clear(&params);
		break;
	}
}

static void
do_units(struct fate *f)
{
	struct asset_id a = some_asset(f);
	struct op_mint mint = { .asset = a, .amount = units(some_amount(f)), .coin_max = units(draw(f, 5000)) };
	struct op_transfer transfer = { .asset = a };
	struct op_burn burn = { .asset = a };
	struct op_redeem redeem = { .asset = a };
	size_t who = some_holder(f, &a);
	struct amount part = units(some_part(f, &a, who));
	struct wr p = { 0 };

	mint.to = transfer.to = some_account(f);
	transfer.amount = burn.amount = redeem.amount = part;
	switch (draw(f, 6)) {
	case 0:
		op_mint_encode(&p, &mint);
		run(f, issuer_of(f, &a), OP_MINT, &p);
		break;
	case 1:
		op_burn_encode(&p, &burn);
		run(f, who, OP_BURN, &p);
		break;
	case 2:
		op_redeem_encode(&p, &redeem);
		run(f, who, OP_REDEEM, &p);
		break;
	default:
		op_transfer_encode(&p, &transfer);
		run(f, who, OP_TRANSFER, &p);
		break;
	}
}

static struct hash256
receipt(uint64_t n)
{
	struct hash256 h = { { 1, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16) } };

	return h;
}

/* Mostly one with lots. */
static struct asset_id
some_points(struct fate *f)
{
	struct asset_id id = some_asset(f);
	struct asset a;

	for (int tries = 0; tries < 4 && asset_get(&a, f->w.state, &id) && (a.flags & ASSET_LOTS) == 0; tries++)
		id = some_asset(f);
	return id;
}

/* The customer that a receipt's points went to, of one that the asset mostly knows; its hash in *hash. */
static struct account
some_customer(struct fate *f, struct hash256 *hash, const struct asset_id *a)
{
	uint64_t first = f->receipts > RECEIPTS_MAX ? f->receipts - RECEIPTS_MAX : 0;
	struct receipt known;

	for (int tries = 0; tries < 6; tries++) {
		*hash = receipt(first + draw(f, f->receipts - first + 1));
		if (receipt_get(&known, f->w.state, a, hash) && draw(f, 20) != 0)
			return known.customer;
	}
	return f->w.people[someone(f)];
}

static void
do_loyalty(struct fate *f)
{
	struct asset_id a = some_points(f);
	uint64_t old = draw(f, f->receipts + 1);
	struct op_earn earn = { .asset = a, .paid = units(some_amount(f)), .with_points = units(draw(f, 50)) };
	struct op_refund refund = { .asset = a, .returned = units(draw(f, 300)) };
	struct wr p = { 0 };

	if (draw(f, 5) < 3) {
		earn.to = some_account(f);
		earn.receipt = receipt(draw(f, 10) == 0 ? old : f->receipts++);
		op_earn_encode(&p, &earn);
		run(f, issuer_of(f, &a), OP_EARN, &p);
		return;
	}
	refund.customer = some_customer(f, &refund.receipt, &a);
	op_refund_encode(&p, &refund);
	run(f, issuer_of(f, &a), OP_REFUND, &p);
}

static void
do_issuer(struct fate *f)
{
	struct asset_id a = f->assets_n > 5 && draw(f, 3) != 0 ? f->assets[5] : some_asset(f); /* that one is freezable */
	struct account victim = f->w.people[draw(f, 2)];
	struct op_freeze freeze = { a, victim };
	struct op_pause set_pause = { f->assets_n > 4 ? f->assets[4] : a, /* that one is pausable */
				      { f->w.env.time.sec + (int64_t)draw(f, 5000) } };
	struct op_clawback clawback = { a, victim, units(draw(f, 20)) };
	struct op_set_issuer set_issuer = { a, some_account(f) };
	size_t by = issuer_of(f, &a);
	struct wr p = { 0 };

	switch (draw(f, 8)) {
	case 0:
	case 1:
		op_freeze_encode(&p, &freeze);
		run(f, by, OP_FREEZE, &p);
		break;
	case 2:
	case 3:
		op_freeze_encode(&p, &freeze);
		run(f, by, OP_UNFREEZE, &p);
		break;
	case 4:
		op_pause_encode(&p, &set_pause);
		run(f, issuer_of(f, &set_pause.asset), OP_PAUSE, &p);
		break;
	case 5:
		if (draw(f, 10) == 0) {
			op_set_issuer_encode(&p, &set_issuer);
			run(f, by, OP_SET_ISSUER, &p);
		}
		break;
	default:
		op_clawback_encode(&p, &clawback);
		run(f, by, OP_CLAWBACK, &p);
		break;
	}
}

static void
step(struct fate *f)
{
	uint64_t what = draw(f, 66);

	if (what < 2)
		do_create(f);
	else if (what >= 64)
		do_change(f);
	else if (what < 40)
		do_units(f);
	else if (what < 60)
		do_loyalty(f);
	else
		do_issuer(f);
}

static const uint16_t ops[] = {
	OP_CREATE, OP_MINT, OP_BURN, OP_TRANSFER, OP_SET_ISSUER, OP_FREEZE, OP_UNFREEZE, OP_PAUSE, OP_CLAWBACK, OP_EARN, OP_REFUND, OP_REDEEM,
	OP_SET_DAO, OP_SET_PARAMS, OP_SET_NAME,
};

const struct random_part random_assets = { .name = "assets", .weight = 66, .step = step, .ops = ops, .ops_n = ARRAY_LEN(ops) };
