#include "bridge/cli_genesis.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/cli_client.h"
#include "bridge/file.h"
#include "bridge/genesis_file.h"
#include "bridge/genesis_names.h"
#include "bridge/genesis_validators.h"
#include "token/action.h"
#include "token/plugin_loader.h"

static const char usage[] =
	"usage: tally [--network=NAME] genesis NAME=VALUE…\n\n"
	"  chain_id=NAME                 name of the sidechain: a-z 0-9 - (default: tally-NETWORK)\n"
	"  member=NAME:KEY:ACCOUNT       a federation member: its signer's key, its account; once for each\n"
	"  k=N                           members that move the vault (default: the least majority)\n"
	"  recovery=KEY                  a recovery key; once for each\n"
	"  r=N                           recovery keys needed (default: the least majority)\n"
	"  council=ACCOUNT               a member of the council, DAO 0; once for each (default: the members' accounts)\n"
	"  needed=N                      votes that the council needs (default: the least majority)\n"
	"  rule=FILE                     an issuance or voting rule (*.so) that is approved from the start; once for each; "
	"the council\n"
	"                                is there only if gov_council.so is\n"
	"  anchor=HEIGHT                 main-chain block to start from, asked of a running tallyd (default 0, the first "
	"block)\n"
	"  time=SECONDS                  when the chain starts (default: now)\n"
	"  fee_base= fee_per_op= asset_fee= dao_fee=    fees in coin\n"
	"  deposit_period= voting_delay= voting_period= late_extension= timelock= grace=    the council's, in seconds\n"
	"  any number of the peg, such as deposit_min=0.001 or depth_1=6\n"
	"  out=FILE                      where to write it (default: standard output)\n";

/* What has been said so far. */
struct making {
	struct genesis_file file;
	const struct options *options;
	struct complaint *why;
	const char *out;
	uint32_t needed;
	uint64_t anchor;
	struct plugin_file plugins[GENESIS_RULES_MAX]; /* whose texts the file borrows */
	struct genesis_validators_making validators;
};

static bool
bad(struct making *m, const char *name, const char *fault)
{
	return complain(m->why, EXIT_USAGE, "tally genesis help shows what can be said", "%s: %s", name, fault);
}

static bool
parse_count(uint64_t *out, const char *text)
{
	uint64_t v = 0;

	if (text[0] == '\0' || strlen(text) > 15 || strspn(text, "0123456789") != strlen(text))
		return false;
	for (; *text != '\0'; text++)
		v = v * 10 + (uint64_t)(*text - '0');
	*out = v;
	return true;
}

static bool
take_account(struct making *m, struct account *out, const char *name, const char *text)
{
	const char *fault = account_from_text(out, genesis_account_hrp(m->file.chain), text);

	return fault == NULL || bad(m, name, fault);
}

/* NAME:KEY:ACCOUNT */
static bool
take_member(struct making *m, const char *name, const char *value)
{
	struct federation *f = &m->file.federation;
	const char *first = strchr(value, ':'), *second = first != NULL ? strchr(first + 1, ':') : NULL;
	struct peg_member *p = &f->member[f->n];
	char key[65];

	if (f->n == PEG_MEMBERS_MAX)
		return bad(m, name, "a federation has 16 members at most");
	if (second == NULL || first - value > PEG_MEMBER_NAME_MAX || second - first != 65)
		return bad(m, name, "write NAME:KEY:ACCOUNT, with a key of 64 hex digits");
	snprintf(p->name, sizeof(p->name), "%.*s", (int)(first - value), value);
	snprintf(key, sizeof(key), "%.64s", first + 1);
	if (!hex_decode(p->key.b, sizeof(p->key.b), key))
		return bad(m, name, "the key must have 64 hex digits");
	f->n++;
	return take_account(m, &p->account, name, second + 1);
}

static bool
take_recovery(struct making *m, const char *name, const char *value)
{
	struct federation *f = &m->file.federation;

	if (f->recovery_n == PEG_MEMBERS_MAX)
		return bad(m, name, "there are 16 recovery keys at most");
	return hex_decode(f->recovery[f->recovery_n++].b, 32, value) || bad(m, name, "a key has 64 hex digits");
}

static bool
take_council(struct making *m, const char *name, const char *value)
{
	struct op_create_dao *c = &m->file.council;

	return c->members_n < DAO_MEMBERS_MAX ? take_account(m, &c->members[c->members_n++], name, value)
					      : bad(m, name, "a council has 64 members at most");
}

static bool
take_rule(struct making *m, const char *name, const char *value)
{
	struct plugin_file *p = &m->plugins[m->file.rules_n];

	if (m->file.rules_n == GENESIS_RULES_MAX)
		return bad(m, name, "there are too many rules");
	if (plugin_inspect(p, value) != PLUGIN_OK)
		return complain(m->why, EXIT_USAGE, p->hint, "%.100s breaks the rule %s: %s", value, p->rule, p->why);
	m->file.rules[m->file.rules_n++] = plugin_approval(p);
	return true;
}

static bool
take_out(struct making *m, const char *name, const char *value)
{
	(void)name;
	m->out = value;
	return true;
}

static bool
take_chain_id(struct making *m, const char *name, const char *value)
{
	size_t n = strlen(value);

	m->file.chain_id = value;
	return (n >= 1 && n <= 32 && strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") == n) ||
	       bad(m, name, "1 to 32 of a-z, 0-9 and -");
}

static const struct {
	const char *name;
	bool (*take)(struct making *m, const char *name, const char *value);
} words_taken[] = {
	{ "chain_id", take_chain_id }, { "member", take_member }, { "recovery", take_recovery },
	{ "council", take_council },   { "rule", take_rule },     { "out", take_out },
};

/* A number of the making itself: where it goes. */
static uint64_t *
own_count(struct making *m, const char *name, uint64_t *scratch)
{
	if (strcmp(name, "anchor") == 0)
		return &m->anchor;
	*scratch = 0;
	return strcmp(name, "k") == 0 || strcmp(name, "r") == 0 || strcmp(name, "needed") == 0 || strcmp(name, "time") == 0
		       ? scratch
		       : NULL;
}

static struct amount *
own_fee(struct making *m, const char *name)
{
	struct genesis_file *f = &m->file;

	if (strcmp(name, "fee_base") == 0)
		return &f->fee_base;
	if (strcmp(name, "fee_per_op") == 0)
		return &f->fee_per_op;
	if (strcmp(name, "asset_fee") == 0)
		return &f->asset_fee;
	return strcmp(name, "dao_fee") == 0 ? &f->dao_fee : NULL;
}

static bool
take_own_count(struct making *m, const char *name, const char *value)
{
	uint64_t scratch, *at = own_count(m, name, &scratch);

	if (!parse_count(at, value) || (at == &scratch && name[0] != 't' && scratch > 64))
		return bad(m, name, "must be a whole number that makes sense");
	if (strcmp(name, "k") == 0)
		m->file.federation.k = (uint32_t)scratch;
	else if (strcmp(name, "r") == 0)
		m->file.federation.r = (uint32_t)scratch;
	else if (strcmp(name, "needed") == 0)
		m->needed = (uint32_t)scratch;
	else if (strcmp(name, "time") == 0)
		m->file.time.sec = (int64_t)scratch;
	return true;
}

static bool
take_period(struct making *m, const char *name, const char *value)
{
	uint64_t v;

	for (size_t i = 0; i < genesis_periods_n; i++) {
		if (strcmp(genesis_period_name(i), name) != 0)
			continue;
		if (!parse_count(&v, value) || v > UINT32_MAX)
			return bad(m, name, "must be seconds");
		*genesis_period(&m->file.council, i) = (uint32_t)v;
		return true;
	}
	return false;
}

static bool
take_peg_number(struct making *m, const char *name, const char *value, const struct peg_number *n)
{
	struct amount a;
	uint64_t v = 0;
	const char *fault = n->is_amount	     ? amount_parse(&a, value, AMOUNT_DECIMALS_MAX)
			    : parse_count(&v, value) ? NULL
						     : "must be a whole number";

	if (fault != NULL)
		return bad(m, name, fault);
	return peg_params_set(&m->file.peg, name, n->is_amount ? amount_units(a) : v) || bad(m, name, "is out of range");
}

static bool
unknown_word(struct making *m, const char *name)
{
	const char *names[200], *near;
	static const char *const others[] = { "k",	  "r",		"needed",    "time",   "anchor",
					      "fee_base", "fee_per_op", "asset_fee", "dao_fee" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(words_taken); i++)
		names[n++] = words_taken[i].name;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		names[n++] = others[i];
	for (size_t i = 0; i < genesis_periods_n; i++)
		names[n++] = genesis_period_name(i);
	for (const char *const *w = genesis_validators_words; *w != NULL; w++)
		names[n++] = *w;
	for (size_t i = 0; i < peg_params_numbers() && n < ARRAY_LEN(names); i++)
		names[n++] = peg_params_number(&m->file.peg, i).name;
	near = nearest_name(name, names, n);
	complain(m->why, EXIT_USAGE, "tally genesis help shows what can be said", "genesis: there is no '%.40s'", name);
	if (near != NULL)
		complaint_hint(m->why, "did you mean %s=? tally genesis help shows what can be said", near);
	return false;
}

static bool
take_word(struct making *m, const char *name, const char *value)
{
	struct amount *fee = own_fee(m, name);
	uint64_t scratch;
	bool known;
	const char *fault = genesis_validators_word(&m->validators, &known, name, value);

	if (known)
		return fault == NULL || bad(m, name, fault);

	for (size_t i = 0; i < ARRAY_LEN(words_taken); i++) {
		if (strcmp(words_taken[i].name, name) == 0)
			return words_taken[i].take(m, name, value);
	}
	if (own_count(m, name, &scratch) != NULL)
		return take_own_count(m, name, value);
	if (fee != NULL) {
		fault = amount_parse(fee, value, AMOUNT_DECIMALS_MAX);
		return fault == NULL || bad(m, name, fault);
	}
	for (size_t i = 0; i < genesis_periods_n; i++) {
		if (strcmp(genesis_period_name(i), name) == 0)
			return take_period(m, name, value);
	}
	for (size_t i = 0; i < peg_params_numbers(); i++) {
		struct peg_number n = peg_params_number(&m->file.peg, i);

		if (strcmp(n.name, name) == 0)
			return take_peg_number(m, name, value, &n);
	}
	return unknown_word(m, name);
}

static bool
take_words(struct making *m, char **words, int n)
{
	for (int i = 0; i < n; i++) {
		const char *equals = strchr(words[i], '=');
		char name[40];

		if (equals == NULL || equals - words[i] >= (ptrdiff_t)sizeof(name))
			return complain(m->why, EXIT_USAGE, "tally genesis help shows what can be said",
					"genesis: write NAME=VALUE, not '%.60s'", words[i]);
		snprintf(name, sizeof(name), "%.*s", (int)(equals - words[i]), words[i]);
		if (!take_word(m, name, equals + 1))
			return false;
	}
	return true;
}

/* The defaults of the network. */

static void
put_units(struct amount *out, uint64_t units)
{
	if (!amount_from_units(out, units))
		abort();
}

static void
defaults(struct making *m)
{
	struct genesis_file *f = &m->file;
	bool regtest = strcmp(f->chain->name, "regtest") == 0;
	uint32_t day = regtest ? 5 : 86400;

	peg_params_default(&f->peg, f->chain);
	genesis_validators_default(&m->validators, genesis_account_hrp(f->chain), regtest);
	f->time = clock_unix();
	put_units(&f->fee_base, 100);
	put_units(&f->fee_per_op, 100);
	put_units(&f->asset_fee, regtest ? 1000 : 100000);
	put_units(&f->dao_fee, regtest ? 1000 : 100000);
	f->council.name = OP_TEXT("federation");
	f->council.rule = OP_TEXT("gov_council");
	f->council.rule_major = 1;
	f->council.actions = action_kinds(true);
	f->council.electorate = DAO_COUNCIL;
	f->council.threshold = 1;
	f->council.deposit_period = regtest ? 3600 : 7 * day;
	f->council.voting_delay = regtest ? 1 : day;
	f->council.voting_period = regtest ? 10 : 7 * day;
	f->council.late_extension = regtest ? 2 : day;
	f->council.timelock = regtest ? 1 : 2 * day;
	f->council.grace = regtest ? 86400 : 14 * day;
}

static int
by_account(const void *a, const void *b)
{
	return account_cmp(a, b);
}

/* What follows from what was said. */
static void
conclude(struct making *m)
{
	struct genesis_file *f = &m->file;
	struct op_create_dao *c = &f->council;

	if (f->federation.k == 0)
		f->federation.k = (uint32_t)f->federation.n / 2 + 1;
	if (f->federation.r == 0)
		f->federation.r = (uint32_t)f->federation.recovery_n / 2 + 1;
	for (size_t i = 0; c->members_n == i && i < f->federation.n; i++)
		c->members[c->members_n++] = f->federation.member[i].account;
	qsort(c->members, c->members_n, sizeof(c->members[0]), by_account);
	if (m->needed == 0)
		m->needed = c->members_n / 2 + 1;
	f->council_params[0] = (uint8_t)m->needed;
	f->council_params[1] = (uint8_t)(m->needed >> 8);
	c->params = (struct op_blob){ f->council_params, 2 };
	for (size_t i = 0; i < f->rules_n; i++) { /* a council without its rule would refuse to start */
		if (f->rules[i].name.len == c->rule.len && memcmp(f->rules[i].name.p, c->rule.p, c->rule.len) == 0)
			f->has_council = true;
	}
	if (!f->has_council)
		f->dao_fee = AMOUNT_ZERO;
}

static bool
conclude_validators(struct making *m)
{
	const char *fault = genesis_validators_conclude(&m->validators, m->file.chain_id);

	m->file.has_validators = m->validators.said;
	m->file.validators = m->validators.g;
	return fault == NULL || complain(m->why, EXIT_USAGE, "tally genesis help shows what can be said", "%s", fault);
}

/* The anchor of a real network comes from a daemon that has checked the headers. */

static bool
ask_header(struct making *m, struct header *out, struct u256 *work, uint32_t height)
{
	json_t *params = json_pack("{sI}", "height", (json_int_t)height), *answer = NULL, *next = NULL;
	const char *hex, *sum, *message;
	uint8_t bytes[HEADER_LEN];
	bool ok = cli_call(&answer, m->why, m->options, "getheaderhash", params);

	json_decref(params);
	message = json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
	if (ok && message != NULL)
		ok = complain(m->why, EXIT_NOT_READY, "wait until its headers are synced: getmainchaininfo", "anchor: %s",
			      message);
	if (ok) {
		params = json_pack("{sO}", "hash", json_object_get(answer, "result"));
		ok = cli_call(&next, m->why, m->options, "getheader", params);
		json_decref(params);
	}
	hex = json_string_value(json_object_get(json_object_get(next, "result"), "hex"));
	sum = json_string_value(json_object_get(json_object_get(next, "result"), "chainwork"));
	if (ok && (hex == NULL || sum == NULL || !hex_decode(bytes, sizeof(bytes), hex) ||
		   !header_decode(out, bytes, sizeof(bytes)) || !u256_from_hex(work, sum)))
		ok = complain(m->why, EXIT_INTERNAL, NULL, "the daemon's answer is no header");
	json_decref(answer);
	json_decref(next);
	return ok;
}

static bool
take_anchor(struct making *m)
{
	struct peg_anchor *a = &m->file.peg.anchor;
	struct header h;
	struct u256 work;

	if (m->anchor == 0)
		return true;
	if (m->anchor > UINT32_MAX)
		return bad(m, "anchor", "there is no such height");
	a->height = (uint32_t)m->anchor;
	a->times_n = m->anchor + 1 < PEG_ANCHOR_TIMES ? (size_t)m->anchor + 1 : PEG_ANCHOR_TIMES;
	for (size_t i = 0; i < a->times_n; i++) {
		if (!ask_header(m, &h, &work, (uint32_t)(m->anchor + 1 - a->times_n + i)))
			return false;
		a->times[i] = h.time;
	}
	a->header = h;
	a->work = work;
	return true;
}

/* Write it, and read it back as tallyd will. */
static bool
finish(struct making *m)
{
	struct genesis_file *again = mem_new(1, sizeof(*again));
	char *text = genesis_file_text(&m->file);
	bool ok = genesis_file_parse(again, m->why, text, strlen(text));

	if (ok)
		genesis_file_clear(again);
	if (ok && m->out != NULL)
		ok = file_write_durable(m->why, m->out, text, strlen(text), 0644);
	else if (ok)
		puts(text);
	free(text);
	free(again);
	return ok;
}

int
cli_genesis(const struct options *o, struct complaint *why, char **words, int n)
{
	char chain_id[40];
	struct making *m;
	bool ok;

	if (n == 0 || strcmp(words[0], "help") == 0) {
		fputs(usage, n == 0 ? stderr : stdout);
		fputs(genesis_validators_usage, n == 0 ? stderr : stdout);
		return n == 0 ? EXIT_USAGE : EXIT_DONE;
	}
	m = mem_new(1, sizeof(*m));
	m->options = o;
	m->why = why;
	m->file.chain = chain_params_find(options_text(o, "network"));
	snprintf(chain_id, sizeof(chain_id), "tally-%s", m->file.chain->name);
	m->file.chain_id = chain_id;
	defaults(m);
	ok = take_words(m, words, n) && take_anchor(m);
	if (ok)
		conclude(m);
	ok = ok && conclude_validators(m) && finish(m);
	free(m);
	return ok ? EXIT_DONE : complaint_print(why, "tally", stderr);
}
