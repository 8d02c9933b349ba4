#include "bridge/genesis_validators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/json_form.h"

/* ---- the file ---- */

static bool
is_coin(const struct asset_id *a)
{
	return hash256_is_zero(&a->id);
}

static unsigned
decimals_of(const struct asset_id *a)
{
	return is_coin(a) ? AMOUNT_DECIMALS_MAX : 0;
}

static bool
parse_one(struct validators_first *out, struct complaint *why, const json_t *v, const char *hrp)
{
	struct json_form f = json_form_open(v, "validators.list", why);
	const char *fault;

	out->moniker = OP_TEXT(json_form_text(&f, "moniker"));
	if (out->moniker.len > MONIKER_MAX)
		json_form_fault(&f, "moniker", "is longer than 64 bytes");
	json_form_hex(&f, "key", out->key.b, sizeof(out->key.b));
	fault = account_from_text(&out->owner, hrp, json_form_text(&f, "owner"));
	if (fault != NULL)
		json_form_fault(&f, "owner", fault);
	out->weight = json_form_count(&f, "weight", INT64_MAX);
	return json_form_done(&f);
}

static void
parse_numbers(struct validators_params *p, struct json_form *f)
{
	p->epoch_seconds = (uint32_t)json_form_count(f, "epoch_seconds", UINT32_MAX);
	p->epoch_blocks = (uint32_t)json_form_count(f, "epoch_blocks", UINT32_MAX);
	p->unbonding = (uint32_t)json_form_count(f, "unbonding", UINT32_MAX);
	p->vote_step = (uint32_t)json_form_count(f, "vote_step", UINT32_MAX);
	p->slash = (uint16_t)json_form_count(f, "slash", SLASH_WHOLE);
}

static void
parse_texts(struct validators_params *p, struct json_form *f)
{
	const char *engine = json_form_text(f, "engine"), *chain_id = json_form_text(f, "chain_id"), *asset = json_form_text(f, "asset");

	if (strcmp(engine, "cometbft") != 0 && strcmp(engine, "solo") != 0)
		json_form_fault(f, "engine", "must be solo or cometbft");
	p->engine = strcmp(engine, "cometbft") == 0 ? ENGINE_COMETBFT : ENGINE_SOLO;
	if (strlen(chain_id) > ENGINE_CHAIN_ID_MAX)
		json_form_fault(f, "chain_id", "is longer than 50 characters");
	else
		memcpy(p->chain_id, chain_id, strlen(chain_id));
	if (strcmp(asset, "coin") != 0 && !hash256_from_hex(&p->asset.id, asset))
		json_form_fault(f, "asset", "must be coin, or an id of 64 hex digits");
}

bool
genesis_validators_parse(struct validators_genesis *out, uint8_t params[RULE_PARAMS_MAX], struct complaint *why, const json_t *v, const char *hrp,
			 bool regtest)
{
	struct json_form f = json_form_open(v, "validators", why);
	const json_t *list, *item;
	const char *hex, *fault;
	bool ok = true;
	size_t i, n;

	memset(out, 0, sizeof(*out));
	parse_texts(&out->params, &f);
	parse_numbers(&out->params, &f);
	out->params.min_self_bond = json_form_amount(&f, "min_self_bond", decimals_of(&out->params.asset));
	out->rule = OP_TEXT(json_form_text(&f, "rule"));
	out->rule_major = (uint16_t)json_form_count(&f, "rule_major", UINT16_MAX);
	hex = json_form_text(&f, "rule_params");
	n = strlen(hex) / 2;
	if (n > RULE_PARAMS_MAX || !hex_decode(params, n, hex))
		json_form_fault(&f, "rule_params", "must be hex");
	out->rule_params = (struct op_blob){ params, n };
	list = json_form_array(&f, "list", 1, GENESIS_VALIDATORS_MAX);
	if (!json_form_done(&f))
		return false;
	json_array_foreach(list, i, item)
		ok = ok && parse_one(&out->list[out->n++], why, item, hrp);
	fault = ok ? validators_genesis_check(out, regtest) : NULL;
	return ok && (fault == NULL || complain(why, EXIT_USAGE, NULL, "%s", fault));
}

static json_t *
hex_json(const void *bytes, size_t n)
{
	char text[2 * RULE_PARAMS_MAX + 1];

	hex_encode(text, bytes, n);
	return json_string(text);
}

json_t *
genesis_validators_json(const struct validators_genesis *g, const char *hrp)
{
	const struct validators_params *p = &g->params;
	char text[AMOUNT_TEXT_LEN], owner[ACCOUNT_TEXT_LEN];
	json_t *list = json_array();

	for (size_t i = 0; i < g->n; i++) {
		account_to_text(owner, &g->list[i].owner, hrp);
		json_array_append_new(list, json_pack("{so so ss sI}", "moniker", json_stringn(g->list[i].moniker.p, g->list[i].moniker.len), "key",
						      hex_json(g->list[i].key.b, sizeof(g->list[i].key.b)), "owner", owner, "weight", (json_int_t)g->list[i].weight));
	}
	amount_format(text, p->min_self_bond, decimals_of(&p->asset));
	return json_pack("{ss ss sI sI sI sI si ss so so sI so so}", "engine", p->engine == ENGINE_COMETBFT ? "cometbft" : "solo", "chain_id", p->chain_id,
			 "epoch_seconds", (json_int_t)p->epoch_seconds, "epoch_blocks", (json_int_t)p->epoch_blocks, "unbonding",
			 (json_int_t)p->unbonding, "vote_step", (json_int_t)p->vote_step, "slash", (int)p->slash, "min_self_bond", text, "asset",
			 is_coin(&p->asset) ? json_string("coin") : hex_json(p->asset.id.b, 32), "rule", json_stringn(g->rule.p, g->rule.len),
			 "rule_major", (json_int_t)g->rule_major, "rule_params", hex_json(g->rule_params.p, g->rule_params.len), "list", list);
}

/* ---- words of `tally genesis` ---- */

const char genesis_validators_usage[] =
	"  validator=MONIKER:KEY:OWNER[:WEIGHT]    who runs the engine at first; once for each (none: a chain without validators)\n"
	"  engine=solo|cometbft          which keys they have: of sealing, or Ed25519 (default: solo)\n"
	"  valsel=RULE                   the rule that chooses them at the end of an epoch; its rule=FILE too (default: valsel_poa)\n"
	"  valsel_params=HEX             its parameters (default: the rule's usual ones)\n"
	"  epoch=SECONDS epoch_blocks=N unbonding=SECONDS vote_step=SECONDS slash=TEN-THOUSANDTHS min_self_bond=COIN\n"
	"  bond_asset=ID                 an asset with votes to bond in place of the coin; min_self_bond is in its base units\n"
	"  engine_chain_id=NAME          CometBFT's own, if it is another one\n";

const char *const genesis_validators_words[] = { "validator", "engine",    "valsel", "valsel_params", "epoch",      "epoch_blocks",    "unbonding",
						 "vote_step", "slash",     "min_self_bond", "bond_asset", "engine_chain_id", NULL };

/* 8 validators at most with units of 1 coin (pos) or 12 steps (dpos); nothing of their own beyond the host's least. */
static const struct usual_params {
	const char *rule;
	size_t len;
	uint8_t params[18];
} usual[] = {
	{ "valsel_poa", 0, { 0 } },
	{ "valsel_pos", 18, { 100, 0, 0x00, 0xe1, 0xf5, 0x05, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ "valsel_dpos", 11, { 21, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0 } },
};

static void
use_rule(struct genesis_validators_making *m, const char *rule)
{
	m->g.rule = OP_TEXT(rule);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
		if (strcmp(usual[i].rule, rule) != 0)
			continue;
		memcpy(m->params, usual[i].params, usual[i].len);
		m->g.rule_params = (struct op_blob){ m->params, usual[i].len };
	}
}

void
genesis_validators_default(struct genesis_validators_making *m, const char *hrp, bool regtest)
{
	struct validators_params *p = &m->g.params;

	memset(m, 0, sizeof(*m));
	m->hrp = hrp;
	m->regtest = regtest;
	p->epoch_seconds = regtest ? 60 : 86400;
	p->unbonding = regtest ? 300 : 21 * 86400;
	p->vote_step = regtest ? 60 : 30 * 86400;
	p->slash = 500;
	m->g.rule_major = 1;
	use_rule(m, "valsel_poa");
}

static bool
read_count(uint64_t *out, const char *text, uint64_t max)
{
	uint64_t v = 0;

	if (text[0] == '\0' || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text))
		return false;
	for (; *text != '\0'; text++)
		v = v * 10 + (uint64_t)(*text - '0');
	*out = v;
	return v <= max;
}

/* MONIKER:KEY:OWNER[:WEIGHT] */
static const char *
take_validator(struct genesis_validators_making *m, const char *value)
{
	const char *first = strchr(value, ':'), *second = first != NULL ? strchr(first + 1, ':') : NULL;
	const char *third = second != NULL ? strchr(second + 1, ':') : NULL;
	struct validators_first *v = &m->g.list[m->g.n];
	char key[65], owner[ACCOUNT_TEXT_LEN];
	size_t owner_len;

	if (m->g.n == GENESIS_VALIDATORS_MAX)
		return "there are 64 at most";
	if (second == NULL || first == value || first - value > MONIKER_MAX || second - first != 65)
		return "write MONIKER:KEY:OWNER or MONIKER:KEY:OWNER:WEIGHT, with a key of 64 hex digits";
	owner_len = third != NULL ? (size_t)(third - second - 1) : strlen(second + 1);
	if (owner_len >= sizeof(owner))
		return "the owner is no account";
	memcpy(m->name[m->g.n], value, (size_t)(first - value));
	v->moniker = (struct op_text){ m->name[m->g.n], (size_t)(first - value) };
	snprintf(key, sizeof(key), "%.64s", first + 1);
	snprintf(owner, sizeof(owner), "%.*s", (int)owner_len, second + 1);
	v->weight = 1;
	if (!hex_decode(v->key.b, sizeof(v->key.b), key))
		return "the key must have 64 hex digits";
	if (third != NULL && (!read_count(&v->weight, third + 1, VALIDATOR_POWER_MAX) || v->weight == 0))
		return "the weight must be a whole number above 0";
	m->g.n++;
	m->said = true;
	return account_from_text(&v->owner, m->hrp, owner);
}

static const char *
take_text_word(struct genesis_validators_making *m, const char *word, const char *value)
{
	size_t n = strlen(value);

	if (strcmp(word, "engine") == 0) {
		m->g.params.engine = strcmp(value, "cometbft") == 0 ? ENGINE_COMETBFT : ENGINE_SOLO;
		return strcmp(value, "cometbft") == 0 || strcmp(value, "solo") == 0 ? NULL : "must be solo or cometbft";
	}
	if (strcmp(word, "valsel") == 0) {
		use_rule(m, value);
		return NULL;
	}
	if (strcmp(word, "valsel_params") == 0) {
		m->g.rule_params = (struct op_blob){ m->params, n / 2 };
		return n / 2 <= RULE_PARAMS_MAX && hex_decode(m->params, n / 2, value) ? NULL : "must be hex";
	}
	if (strcmp(word, "bond_asset") == 0)
		return hash256_from_hex(&m->g.params.asset.id, value) ? NULL : "must be an id of 64 hex digits";
	if (n < 1 || n > ENGINE_CHAIN_ID_MAX)
		return "1 to 50 characters";
	memcpy(m->g.params.chain_id, value, n + 1);
	return NULL;
}

static const char *
take_number_word(struct genesis_validators_making *m, const char *word, const char *value)
{
	struct validators_params *p = &m->g.params;
	uint64_t n;

	if (strcmp(word, "min_self_bond") == 0)
		return amount_parse(&p->min_self_bond, value, decimals_of(&p->asset));
	if (!read_count(&n, value, strcmp(word, "slash") == 0 ? SLASH_WHOLE : UINT32_MAX))
		return "must be a whole number that makes sense";
	if (strcmp(word, "epoch") == 0) {
		p->epoch_seconds = (uint32_t)n;
		p->epoch_blocks = 0;
	} else if (strcmp(word, "epoch_blocks") == 0) {
		p->epoch_blocks = (uint32_t)n;
		p->epoch_seconds = 0;
	} else if (strcmp(word, "unbonding") == 0) {
		p->unbonding = (uint32_t)n;
	} else if (strcmp(word, "vote_step") == 0) {
		p->vote_step = (uint32_t)n;
	} else {
		p->slash = (uint16_t)n;
	}
	return NULL;
}

const char *
genesis_validators_word(struct genesis_validators_making *m, bool *known, const char *word, const char *value)
{
	static const char *const texts[] = { "engine", "valsel", "valsel_params", "bond_asset", "engine_chain_id" };

	*known = false;
	for (const char *const *w = genesis_validators_words; *w != NULL; w++)
		*known = *known || strcmp(*w, word) == 0;
	if (!*known)
		return NULL;
	if (strcmp(word, "validator") == 0)
		return take_validator(m, value);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (strcmp(texts[i], word) == 0)
			return take_text_word(m, word, value);
	}
	return take_number_word(m, word, value);
}

static int
by_key(const void *a, const void *b)
{
	return validator_key_cmp(&((const struct validators_first *)a)->key, &((const struct validators_first *)b)->key);
}

const char *
genesis_validators_conclude(struct genesis_validators_making *m, const char *chain_id)
{
	if (!m->said)
		return NULL;
	if (m->g.params.chain_id[0] == '\0')
		snprintf(m->g.params.chain_id, sizeof(m->g.params.chain_id), "%s", chain_id);
	qsort(m->g.list, m->g.n, sizeof(m->g.list[0]), by_key);
	return validators_genesis_check(&m->g, m->regtest);
}
