/* Payloads of the operations and actions of governance. */
#include <string.h>

#include "token/ops.h"

/* Length of the UTF-8 sequence at p, or 0 when it is none: overlong forms, surrogates and values above U+10FFFF are refused. */
static size_t
utf8_len(const uint8_t *p, size_t left)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	for (size_t n = 1; n <= 4 && n <= left; n++) {
		uint32_t v = (uint32_t)p[0] & (uint8_t)~forms[n - 1].mask;

		if ((p[0] & forms[n - 1].mask) != forms[n - 1].lead)
			continue;
		for (size_t i = 1; i < n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			v = v << 6 | (p[i] & 0x3f);
		}
		if (v < forms[n - 1].least || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) || v < 0x20 || (v >= 0x7f && v < 0xa0))
			return 0;
		return n;
	}
	return 0;
}

bool
text_is_clean(const char *p, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		n = utf8_len((const uint8_t *)p + at, len - at);
		if (n == 0)
			return false;
	}
	return true;
}

static void
wr_electorate(struct wr *w, const struct op_create_dao *o)
{
	wr_u8(w, (uint8_t)o->electorate);
	switch (o->electorate) {
	case DAO_HOLDERS:
		wr_asset_id(w, &o->asset);
		break;
	case DAO_COUNCIL:
		wr_compactsize(w, o->members_n);
		for (uint32_t i = 0; i < o->members_n; i++)
			wr_account(w, &o->members[i]);
		break;
	}
}

static void
rd_members(struct rd *r, struct op_create_dao *out)
{
	size_t n = rd_count(r, ACCOUNT_LEN);

	if (n < 1 || n > DAO_MEMBERS_MAX) {
		rd_fail(r);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		rd_account(r, &out->members[i]);
		if (i > 0 && account_cmp(&out->members[i - 1], &out->members[i]) >= 0)
			rd_fail(r);
	}
	out->members_n = (uint32_t)n;
}

static void
rd_electorate(struct rd *r, struct op_create_dao *out)
{
	uint8_t kind = rd_u8(r);

	out->members_n = 0;
	out->asset = ASSET_COIN;
	out->electorate = DAO_HOLDERS;
	if (kind == DAO_HOLDERS) {
		rd_asset_id(r, &out->asset);
	} else if (kind == DAO_COUNCIL) {
		out->electorate = DAO_COUNCIL;
		rd_members(r, out);
	} else {
		rd_fail(r);
	}
}

static void
wr_guardian(struct wr *w, const struct op_create_dao *o)
{
	wr_u8(w, o->has_guardian);
	if (!o->has_guardian)
		return;
	wr_account(w, &o->guardian);
	wr_i64(w, o->guardian_until.sec);
}

static void
rd_guardian(struct rd *r, struct op_create_dao *out)
{
	uint8_t has = rd_u8(r);

	if (has > 1)
		rd_fail(r);
	out->has_guardian = has == 1;
	out->guardian = (struct account){ 0 };
	out->guardian_until.sec = 0;
	if (!out->has_guardian)
		return;
	rd_account(r, &out->guardian);
	out->guardian_until.sec = rd_i64(r);
}

void
wr_dao_terms(struct wr *w, const struct op_create_dao *o)
{
	wr_text(w, &o->name);
	wr_text(w, &o->rule);
	wr_u16(w, o->rule_major);
	wr_blob(w, &o->params);
	wr_u32(w, o->actions);
	wr_u32(w, o->deposit_period);
	wr_u32(w, o->voting_delay);
	wr_u32(w, o->voting_period);
	wr_u32(w, o->late_extension);
	wr_u32(w, o->timelock);
	wr_u32(w, o->grace);
	wr_amount(w, o->deposit);
	wr_amount(w, o->deposit_first);
	wr_u64(w, o->threshold);
	wr_guardian(w, o);
	wr_electorate(w, o);
}

void
rd_dao_terms(struct rd *r, struct op_create_dao *out)
{
	rd_text(r, &out->name, DAO_NAME_MAX);
	rd_text(r, &out->rule, RULE_NAME_MAX);
	out->rule_major = rd_u16(r);
	rd_blob(r, &out->params, RULE_PARAMS_MAX);
	out->actions = rd_u32(r);
	out->deposit_period = rd_u32(r);
	out->voting_delay = rd_u32(r);
	out->voting_period = rd_u32(r);
	out->late_extension = rd_u32(r);
	out->timelock = rd_u32(r);
	out->grace = rd_u32(r);
	out->deposit = rd_amount(r);
	out->deposit_first = rd_amount(r);
	out->threshold = rd_u64(r);
	rd_guardian(r, out);
	rd_electorate(r, out);
}

void
op_create_dao_encode(struct wr *w, const struct op_create_dao *o)
{
	wr_dao_terms(w, o);
}

bool
op_create_dao_decode(struct op_create_dao *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_dao_terms(&r, out);
	return rd_done(&r);
}

void
wr_actions(struct wr *w, const struct dao_action *a, size_t n)
{
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		wr_u8(w, a[i].kind);
		wr_blob(w, &a[i].payload);
	}
}

size_t
rd_actions(struct rd *r, struct dao_action *out)
{
	size_t n = rd_count(r, 2);

	if (n < 1 || n > PROPOSAL_ACTIONS_MAX) {
		rd_fail(r);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		out[i].kind = rd_u8(r);
		rd_blob(r, &out[i].payload, ACTION_PAYLOAD_MAX);
	}
	return n;
}

void
op_propose_encode(struct wr *w, const struct op_propose *o)
{
	wr_u32(w, o->dao);
	wr_text(w, &o->title);
	wr_amount(w, o->deposit);
	wr_actions(w, o->actions, o->actions_n);
}

bool
op_propose_decode(struct op_propose *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->dao = rd_u32(&r);
	rd_text(&r, &out->title, PROPOSAL_TITLE_MAX);
	out->deposit = rd_amount(&r);
	out->actions_n = rd_actions(&r, out->actions);
	return rd_done(&r);
}

void
op_vote_encode(struct wr *w, const struct op_vote *o)
{
	wr_u64(w, o->proposal);
	for (size_t i = 0; i < VOTE_CHOICES; i++)
		wr_u16(w, o->parts[i]);
}

bool
op_vote_decode(struct op_vote *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	uint32_t sum = 0;

	out->proposal = rd_u64(&r);
	for (size_t i = 0; i < VOTE_CHOICES; i++) {
		out->parts[i] = rd_u16(&r);
		sum += out->parts[i];
	}
	return rd_done(&r) && sum == VOTE_WHOLE;
}

void
op_add_deposit_encode(struct wr *w, const struct op_add_deposit *o)
{
	wr_u64(w, o->proposal);
	wr_amount(w, o->amount);
}

bool
op_add_deposit_decode(struct op_add_deposit *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->proposal = rd_u64(&r);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}

void
op_proposal_encode(struct wr *w, const struct op_proposal *o)
{
	wr_u64(w, o->proposal);
}

bool
op_proposal_decode(struct op_proposal *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->proposal = rd_u64(&r);
	return rd_done(&r);
}

void
op_delegate_encode(struct wr *w, const struct op_delegate *o)
{
	wr_asset_id(w, &o->asset);
	wr_account(w, &o->to);
}

bool
op_delegate_decode(struct op_delegate *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->to);
	return rd_done(&r);
}

void
action_spend_encode(struct wr *w, const struct action_spend *a)
{
	wr_asset_id(w, &a->asset);
	wr_account(w, &a->to);
	wr_amount(w, a->amount);
}

bool
action_spend_decode(struct action_spend *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_account(&r, &out->to);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}

void
action_mint_permit_encode(struct wr *w, const struct action_mint_permit *a)
{
	wr_asset_id(w, &a->asset);
	wr_amount(w, a->amount);
}

bool
action_mint_permit_decode(struct action_mint_permit *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	out->amount = rd_amount(&r);
	return rd_done(&r);
}

void
action_plugin_approve_encode(struct wr *w, const struct action_plugin_approve *a)
{
	wr_text(w, &a->name);
	wr_u8(w, a->kind);
	wr_u16(w, a->major);
	wr_u16(w, a->minor);
	wr_u16(w, a->patch);
	wr_hash256(w, &a->file);
	wr_u64(w, a->from_height);
}

bool
action_plugin_approve_decode(struct action_plugin_approve *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_text(&r, &out->name, RULE_NAME_MAX);
	out->kind = rd_u8(&r);
	out->major = rd_u16(&r);
	out->minor = rd_u16(&r);
	out->patch = rd_u16(&r);
	rd_hash256(&r, &out->file);
	out->from_height = rd_u64(&r);
	return rd_done(&r);
}

void
action_plugin_disable_encode(struct wr *w, const struct action_plugin_disable *a)
{
	wr_text(w, &a->name);
	wr_u16(w, a->major);
	wr_u16(w, a->minor);
	wr_u16(w, a->patch);
}

bool
action_plugin_disable_decode(struct action_plugin_disable *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_text(&r, &out->name, RULE_NAME_MAX);
	out->major = rd_u16(&r);
	out->minor = rd_u16(&r);
	out->patch = rd_u16(&r);
	return rd_done(&r);
}

void
action_rule_upgrade_encode(struct wr *w, const struct action_rule_upgrade *a)
{
	wr_text(w, &a->name);
	wr_u16(w, a->major);
	wr_u16(w, a->minor);
	wr_u16(w, a->patch);
	wr_u64(w, a->from_height);
}

bool
action_rule_upgrade_decode(struct action_rule_upgrade *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_text(&r, &out->name, RULE_NAME_MAX);
	out->major = rd_u16(&r);
	out->minor = rd_u16(&r);
	out->patch = rd_u16(&r);
	out->from_height = rd_u64(&r);
	return rd_done(&r);
}

void
action_param_encode(struct wr *w, const struct action_param *a)
{
	wr_asset_id(w, &a->asset);
	wr_text(w, &a->name);
	wr_blob(w, &a->value);
}

bool
action_param_decode(struct action_param *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_asset_id(&r, &out->asset);
	rd_text(&r, &out->name, PARAM_NAME_MAX);
	rd_blob(&r, &out->value, PARAM_VALUE_MAX);
	return rd_done(&r);
}

void
action_cover_deficit_encode(struct wr *w, const struct action_cover_deficit *a)
{
	wr_u8(w, a->source);
	wr_amount(w, a->amount);
}

bool
action_cover_deficit_decode(struct action_cover_deficit *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	out->source = rd_u8(&r);
	out->amount = rd_amount(&r);
	return rd_done(&r) && out->source <= COVER_FROM_DONATIONS;
}
