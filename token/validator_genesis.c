/* The validators' section of a genesis. */
#include <string.h>

#include "token/rule.h"
#include "token/validator_parts.h"

#define SECTION_VERSION 1
#define YEAR (366u * 86400)
#define DAY 86400u

void
wr_validators_section(struct wr *w, const struct validators_genesis *g)
{
	const struct validators_params *p = &g->params;

	wr_u8(w, SECTION_VERSION);
	wr_u8(w, (uint8_t)p->engine);
	wr_varbytes(w, p->chain_id, strlen(p->chain_id));
	wr_u32(w, p->epoch_seconds);
	wr_u32(w, p->epoch_blocks);
	wr_u32(w, p->unbonding);
	wr_u32(w, p->vote_step);
	wr_u16(w, p->slash);
	wr_amount(w, p->min_self_bond);
	wr_asset_id(w, &p->asset);
	wr_text(w, &g->rule);
	wr_u16(w, g->rule_major);
	wr_blob(w, &g->rule_params);
	wr_compactsize(w, g->n);
	for (size_t i = 0; i < g->n; i++) {
		wr_validator_key(w, &g->list[i].key);
		wr_account(w, &g->list[i].owner);
		wr_text(w, &g->list[i].moniker);
		wr_u64(w, g->list[i].weight);
	}
}

bool
rd_validators_section(struct rd *r, struct validators_genesis *out)
{
	struct validators_params *p = &out->params;
	uint8_t version = rd_u8(r), engine = rd_u8(r);
	const uint8_t *id;
	size_t len, n;

	memset(out, 0, sizeof(*out));
	id = rd_varbytes(r, &len, ENGINE_CHAIN_ID_MAX);
	if (version != SECTION_VERSION || engine > ENGINE_COMETBFT || (id != NULL && memchr(id, 0, len) != NULL))
		rd_fail(r);
	if (!rd_ok(r))
		return false;
	p->engine = (enum validators_engine)engine;
	memcpy(p->chain_id, id, len);
	p->epoch_seconds = rd_u32(r);
	p->epoch_blocks = rd_u32(r);
	p->unbonding = rd_u32(r);
	p->vote_step = rd_u32(r);
	p->slash = rd_u16(r);
	p->min_self_bond = rd_amount(r);
	rd_asset_id(r, &p->asset);
	rd_text(r, &out->rule, RULE_NAME_MAX);
	out->rule_major = rd_u16(r);
	rd_blob(r, &out->rule_params, RULE_PARAMS_MAX);
	n = rd_count(r, 32 + ACCOUNT_LEN + 1 + 8);
	if (n > GENESIS_VALIDATORS_MAX) {
		rd_fail(r);
		return false;
	}
	for (out->n = 0; out->n < n; out->n++) {
		struct validators_first *f = &out->list[out->n];

		rd_validator_key(r, &f->key);
		rd_account(r, &f->owner);
		rd_text(r, &f->moniker, MONIKER_MAX);
		f->weight = rd_u64(r);
	}
	return rd_ok(r);
}

static const char *
check_numbers(const struct validators_params *p, bool regtest)
{
	uint32_t least = regtest ? 1 : DAY;

	if ((p->epoch_seconds == 0) == (p->epoch_blocks == 0))
		return "genesis, validators: an epoch has a length in seconds or one in blocks";
	if (p->epoch_seconds > YEAR || p->epoch_blocks > 100000000)
		return "genesis, validators: the epochs are too long";
	if (p->epoch_seconds != 0 && p->epoch_seconds < (regtest ? 1u : 600u))
		return "genesis, validators: an epoch has 600 seconds at least";
	if (p->unbonding < least || p->unbonding > YEAR)
		return "genesis, validators: unbonding takes a day to a year";
	/* Evidence counts for the unbonding time from the beginning of its epoch: some of that must come after the epoch's last block. */
	if (p->epoch_seconds > p->unbonding / (regtest ? 1 : 2))
		return "genesis, validators: unbonding takes at least two epochs, or who signs twice late in one keeps all his bond";
	if (p->vote_step < least || p->vote_step > YEAR)
		return "genesis, validators: a ballot's step is a day to a year";
	return p->slash <= SLASH_WHOLE ? NULL : "genesis, validators: the slash is in ten-thousandths";
}

static const char *
check_first(const struct validators_genesis *g, size_t i, uint64_t *total)
{
	const struct validators_first *f = &g->list[i];

	if (!validator_key_usable(g->params.engine, &f->key))
		return "genesis, validators: a key is none of the engine's kind";
	if (i > 0 && validator_key_cmp(&g->list[i - 1].key, &f->key) >= 0)
		return "genesis, validators: they must stand in ascending order of their keys, each once";
	if (f->owner.type == ACCOUNT_MODULE)
		return "genesis, validators: an owner must be an account that can sign";
	if (f->moniker.len == 0 || !text_is_clean(f->moniker.p, f->moniker.len))
		return "genesis, validators: each has a moniker, of clean text";
	if (f->weight == 0 || f->weight > VALIDATOR_POWER_MAX - *total)
		return "genesis, validators: weights are above 0, and not too large together";
	*total += f->weight;
	return NULL;
}

const char *
validators_genesis_check(const struct validators_genesis *g, bool regtest)
{
	const char *why = check_numbers(&g->params, regtest);
	uint64_t total = 0;

	if (why != NULL)
		return why;
	if (g->params.chain_id[0] == '\0')
		return "genesis, validators: the engine's chain id is missing";
	if (!rule_name_valid(g->rule.p, g->rule.len))
		return "genesis, validators: the rule's name is none";
	if (g->n > WEIGHTS_MAX)
		return "genesis, validators: there are too many";
	for (size_t i = 0; i < g->n && why == NULL; i++)
		why = check_first(g, i, &total);
	if (why == NULL && g->n < VALIDATORS_LEAST(g->params.engine))
		return g->params.engine == ENGINE_COMETBFT ? "genesis, validators: CometBFT needs four at least" : "genesis, validators: there is none";
	return why;
}
