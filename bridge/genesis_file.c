#include "bridge/genesis_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/file.h"
#include "bridge/genesis_names.h"
#include "bridge/genesis_validators.h"
#include "bridge/json_form.h"
#include "bridge/json_text.h"
#include "token/plugin_loader.h"

const char *
genesis_account_hrp(const struct chain_params *chain)
{
	return strcmp(chain->name, "regtest") == 0 ? "tlyr" : "tly";
}

static struct account
form_account(struct json_form *f, const char *key, const char *hrp)
{
	struct account a = { 0 };
	const char *text = json_form_text(f, key), *fault;

	if (f->bad)
		return a;
	fault = account_from_text(&a, hrp, text);
	if (fault != NULL)
		json_form_fault(f, key, fault);
	return a;
}

/* Peg. */

static bool
parse_anchor(struct peg_anchor *out, struct complaint *why, const json_t *v)
{
	struct json_form f = json_form_open(v, "peg.anchor", why);
	uint8_t header[HEADER_LEN];
	const json_t *times, *t;
	size_t i;

	out->height = (uint32_t)json_form_count(&f, "height", UINT32_MAX);
	json_form_hex(&f, "header", header, sizeof(header));
	times = json_form_array(&f, "times", 1, PEG_ANCHOR_TIMES);
	out->times_n = times != NULL ? json_array_size(times) : 0;
	json_array_foreach(times, i, t) {
		if (!json_is_integer(t) || json_integer_value(t) < 0 || json_integer_value(t) > UINT32_MAX)
			json_form_fault(&f, "times", "must be seconds since 1970");
		out->times[i] = (uint32_t)json_integer_value(t);
	}
	if (!u256_from_hex(&out->work, json_form_text(&f, "work")))
		json_form_fault(&f, "work", "must have 64 hex digits");
	return json_form_done(&f) && header_decode(&out->header, header, sizeof(header));
}

static bool
parse_params(struct peg_params *out, struct complaint *why, const json_t *v)
{
	struct json_form f = json_form_open(v, "peg.params", why);

	for (size_t i = 0; i < peg_params_numbers(); i++) {
		struct peg_number n = peg_params_number(out, i);
		uint64_t value = n.is_amount ? amount_units(json_form_amount(&f, n.name, AMOUNT_DECIMALS_MAX))
					     : json_form_count(&f, n.name, UINT32_MAX);

		if (!f.bad && !peg_params_set(out, n.name, value))
			json_form_fault(&f, n.name, "is out of range");
	}
	return json_form_done(&f);
}

static bool
parse_member(struct peg_member *out, struct complaint *why, const json_t *v, const char *hrp)
{
	struct json_form f = json_form_open(v, "peg.federation.members", why);
	const char *name = json_form_text(&f, "name");

	if (strlen(name) > PEG_MEMBER_NAME_MAX)
		json_form_fault(&f, "name", "is longer than 32 characters");
	snprintf(out->name, sizeof(out->name), "%s", f.bad ? "" : name);
	json_form_hex(&f, "key", out->key.b, sizeof(out->key.b));
	out->account = form_account(&f, "account", hrp);
	return json_form_done(&f);
}

static bool
parse_federation(struct federation *out, struct complaint *why, const json_t *v, const char *hrp)
{
	struct json_form f = json_form_open(v, "peg.federation", why);
	const json_t *members, *recovery, *item;
	bool ok = true;
	size_t i;

	out->k = (uint32_t)json_form_count(&f, "k", PEG_MEMBERS_MAX);
	members = json_form_array(&f, "members", 1, PEG_MEMBERS_MAX);
	out->r = (uint32_t)json_form_count(&f, "r", PEG_MEMBERS_MAX);
	recovery = json_form_array(&f, "recovery", 1, PEG_MEMBERS_MAX);
	if (!json_form_done(&f))
		return false;
	json_array_foreach(members, i, item)
		ok = ok && parse_member(&out->member[out->n++], why, item, hrp);
	json_array_foreach(recovery, i, item) {
		if (!json_is_string(item) || !hex_decode(out->recovery[out->recovery_n++].b, 32, json_string_value(item)))
			return ok && complain(why, EXIT_USAGE, NULL, "peg.federation.recovery must be keys of 64 hex digits");
	}
	return ok;
}

static bool
parse_peg(struct genesis_file *out, struct complaint *why, const json_t *v)
{
	struct json_form f = json_form_open(v, "peg", why);
	const json_t *anchor = json_form_value(&f, "anchor"), *params = json_form_value(&f, "params");
	const json_t *federation = json_form_value(&f, "federation");
	const char *fault;

	peg_params_default(&out->peg, out->chain);
	if (!json_form_done(&f) || !parse_anchor(&out->peg.anchor, why, anchor) || !parse_params(&out->peg, why, params) ||
	    !parse_federation(&out->federation, why, federation, genesis_account_hrp(out->chain)))
		return false;
	fault = peg_params_check(&out->peg);
	if (fault == NULL)
		fault = federation_check(&out->federation, &out->peg);
	return fault == NULL || complain(why, EXIT_USAGE, NULL, "peg: %s", fault);
}

/* Governance. */

static uint32_t
parse_actions(struct json_form *f)
{
	const json_t *list = json_form_array(f, "actions", 1, 32), *item;
	uint32_t bits = 0;
	size_t i;

	json_array_foreach(list, i, item) {
		enum action_kind kind;

		if (!json_is_string(item) || !genesis_action_find(&kind, json_string_value(item)))
			json_form_fault(f, "actions", "names an unknown action");
		else
			bits |= (uint32_t)1 << kind;
	}
	return bits;
}

static void
parse_council_members(struct json_form *f, struct op_create_dao *out, const char *hrp)
{
	const json_t *list = json_form_array(f, "members", 1, DAO_MEMBERS_MAX), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *fault = json_is_string(item) ? account_from_text(&out->members[i], hrp, json_string_value(item))
							 : "must be accounts";

		if (fault != NULL)
			json_form_fault(f, "members", fault);
		else if (i > 0 && account_cmp(&out->members[i - 1], &out->members[i]) >= 0)
			json_form_fault(f, "members", "must stand in ascending order of their bytes, each once");
		out->members_n++;
	}
}

static bool
parse_council(struct genesis_file *out, struct complaint *why, const json_t *v)
{
	struct json_form f = json_form_open(v, "governance.council", why);
	struct op_create_dao *c = &out->council;
	const char *params;
	size_t params_n;

	c->name = OP_TEXT(json_form_text(&f, "name"));
	c->rule = OP_TEXT(json_form_text(&f, "rule"));
	c->rule_major = (uint16_t)json_form_count(&f, "rule_major", UINT16_MAX);
	params = json_form_text(&f, "params");
	params_n = strlen(params) / 2;
	if (params_n > sizeof(out->council_params) || !hex_decode(out->council_params, params_n, params))
		json_form_fault(&f, "params", "must be hex");
	c->params = (struct op_blob){ out->council_params, params_n };
	c->actions = parse_actions(&f);
	for (size_t i = 0; i < genesis_periods_n; i++)
		*genesis_period(c, i) = (uint32_t)json_form_count(&f, genesis_period_name(i), UINT32_MAX);
	c->deposit = json_form_amount(&f, "deposit", AMOUNT_DECIMALS_MAX);
	c->deposit_first = json_form_amount(&f, "deposit_first", AMOUNT_DECIMALS_MAX);
	c->threshold = json_form_count(&f, "threshold", INT64_MAX);
	c->electorate = DAO_COUNCIL;
	parse_council_members(&f, c, genesis_account_hrp(out->chain));
	return json_form_done(&f);
}

static bool
parse_governance(struct genesis_file *out, struct complaint *why, const json_t *v)
{
	struct json_form f = json_form_open(v, "governance", why);
	const json_t *council;

	out->dao_fee = json_form_amount(&f, "creation_fee", AMOUNT_DECIMALS_MAX);
	out->has_council = json_form_has(&f, "council");
	council = json_object_get(v, "council");
	if (!out->has_council && !amount_is_zero(out->dao_fee))
		json_form_fault(&f, "creation_fee", "must be 0 where there is no council");
	return json_form_done(&f) && (!out->has_council || parse_council(out, why, council));
}

/* Rules. */

static bool
parse_rule(struct action_plugin_approve *out, struct complaint *why, const json_t *v)
{
	struct json_form f = json_form_open(v, "rules", why);

	out->name = OP_TEXT(json_form_text(&f, "name"));
	if (!genesis_kind_find(&out->kind, json_form_text(&f, "kind")))
		json_form_fault(&f, "kind", "must be issue, sale, gov or valsel");
	if (!genesis_version_parse(out, json_form_text(&f, "version")))
		json_form_fault(&f, "version", "must be MAJOR.MINOR.PATCH");
	json_form_hex(&f, "file", out->file.b, sizeof(out->file.b));
	out->from_height = json_form_count(&f, "from_height", INT64_MAX);
	return json_form_done(&f);
}

static bool
parse_all(struct genesis_file *out, struct complaint *why)
{
	struct json_form f = json_form_open(out->json, "", why);
	const json_t *peg, *assets, *governance, *rules, *item;
	struct json_form assets_form;
	bool ok;
	size_t i;

	if (json_form_count(&f, "tallystick_genesis", 1) != 1)
		json_form_fault(&f, "tallystick_genesis", "must be 1: another version of this file is not known");
	out->chain_id = json_form_text(&f, "chain_id");
	out->chain = chain_params_find(json_form_text(&f, "network"));
	if (out->chain == NULL)
		json_form_fault(&f, "network", "must be main, testnet4, testnet3, signet or regtest, or what --chainparams names");
	out->time.sec = (int64_t)json_form_count(&f, "time", INT64_MAX);
	out->fee_base = json_form_amount(&f, "fee_base", AMOUNT_DECIMALS_MAX);
	out->fee_per_op = json_form_amount(&f, "fee_per_op", AMOUNT_DECIMALS_MAX);
	peg = json_form_value(&f, "peg");
	assets = json_form_value(&f, "assets");
	governance = json_form_value(&f, "governance");
	rules = json_form_array(&f, "rules", 0, GENESIS_RULES_MAX);
	out->has_validators = json_form_has(&f, "validators");
	if (!json_form_done(&f))
		return false;
	assets_form = json_form_open(assets, "assets", why);
	out->asset_fee = json_form_amount(&assets_form, "creation_fee", AMOUNT_DECIMALS_MAX);
	ok = json_form_done(&assets_form) && parse_peg(out, why, peg) && parse_governance(out, why, governance);
	json_array_foreach(rules, i, item)
		ok = ok && parse_rule(&out->rules[out->rules_n++], why, item);
	if (ok && out->has_validators)
		ok = genesis_validators_parse(&out->validators, out->validators_params, why, json_object_get(out->json, "validators"),
					      genesis_account_hrp(out->chain), strcmp(out->chain->name, "regtest") == 0);
	return ok;
}

bool
genesis_file_parse(struct genesis_file *out, struct complaint *why, const char *text, size_t len)
{
	char fault[JSON_WHY_LEN];

	memset(out, 0, sizeof(*out));
	if (!json_read_strict(&out->json, fault, text, len))
		return complain(why, EXIT_USAGE, "`tally genesis` makes such a file", "the genesis file is not JSON: %s", fault);
	if (parse_all(out, why))
		return true;
	if (why->hint[0] == '\0')
		complaint_hint(why, "`tally genesis` makes a genesis file with everything in it");
	genesis_file_clear(out);
	return false;
}

bool
genesis_file_read(struct genesis_file *out, struct complaint *why, const char *path)
{
	size_t len;
	char *text = file_read(&len, why, path, GENESIS_FILE_MAX), fault[sizeof(why->why)];
	bool ok;

	if (text == NULL)
		return false;
	ok = genesis_file_parse(out, why, text, len);
	if (!ok) {
		snprintf(fault, sizeof(fault), "%.100s: %.290s", path, why->why);
		memcpy(why->why, fault, sizeof(fault));
	}
	free(text);
	return ok;
}

void
genesis_file_clear(struct genesis_file *f)
{
	json_decref(f->json);
	f->json = NULL;
}

void
genesis_bytes_init(struct genesis_bytes *out, const struct genesis_file *f)
{
	static const char *const modules[] = { "assets", "governance", "peg", "rules", "validators" }; /* ascending */
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	wr_amount(&out->bytes[0], f->asset_fee);
	if (f->has_council) {
		wr_amount(&out->bytes[1], f->dao_fee);
		wr_dao_terms(&out->bytes[1], &f->council);
	}
	wr_peg_genesis(&out->bytes[2], &f->peg, &f->federation);
	wr_rules_section(&out->bytes[3], f->rules, f->rules_n);
	if (f->has_validators)
		wr_validators_section(&out->bytes[4], &f->validators);
	for (size_t i = 0; i < ARRAY_LEN(modules); i++) {
		if (out->bytes[i].len > 0)
			out->sections[n++] = (struct genesis_section){ modules[i], out->bytes[i].p, out->bytes[i].len };
	}
	out->genesis = (struct genesis){
		.chain_id = f->chain_id,
		.network = f->chain->name,
		.time = f->time,
		.fee_base = f->fee_base,
		.fee_per_op = f->fee_per_op,
		.sections = out->sections,
		.sections_n = n,
	};
}

void
genesis_bytes_clear(struct genesis_bytes *b)
{
	for (size_t i = 0; i < ARRAY_LEN(b->bytes); i++)
		wr_clear(&b->bytes[i]);
}
