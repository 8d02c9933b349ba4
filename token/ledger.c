/* Keys: l f -> fee_base u64 | fee_per_op u64; l g -> genesis id; l n | account -> the next nonce u64 (absent: 0). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "token/bank.h"
#include "token/ledger_impl.h"

void
wr_genesis(struct wr *w, const struct genesis *g)
{
	wr_u8(w, 1);
	wr_varbytes(w, g->chain_id, strlen(g->chain_id));
	wr_varbytes(w, g->network, strlen(g->network));
	wr_i64(w, g->time.sec);
	wr_amount(w, g->fee_base);
	wr_amount(w, g->fee_per_op);
	wr_compactsize(w, g->sections_n);
	for (size_t i = 0; i < g->sections_n; i++) {
		wr_varbytes(w, g->sections[i].module, strlen(g->sections[i].module));
		wr_varbytes(w, g->sections[i].bytes, g->sections[i].len);
	}
}

void
genesis_id(struct hash256 *out, const struct genesis *g)
{
	struct wr w = { 0 };

	wr_genesis(&w, g);
	sha256_tagged(out, "tally/genesis", w.p, w.len);
	wr_clear(&w);
}

void
result_clear(struct result *r)
{
	wr_clear(&r->events);
	wr_clear(&r->accounts);
}

static int
op_info_cmp(const void *pa, const void *pb)
{
	const struct op_info *const *a = pa, *const *b = pb;

	return ((*a)->number > (*b)->number) - ((*a)->number < (*b)->number);
}

static void
gather_ops(struct ledger *l)
{
	for (size_t m = 0; m < l->modules_n; m++)
		l->ops_n += l->modules[m]->ops_n;
	l->ops = mem_new(l->ops_n, sizeof(*l->ops));
	l->ops_n = 0;
	for (size_t m = 0; m < l->modules_n; m++) {
		for (size_t i = 0; i < l->modules[m]->ops_n; i++)
			l->ops[l->ops_n++] = &l->modules[m]->ops[i];
	}
	qsort(l->ops, l->ops_n, sizeof(*l->ops), op_info_cmp);
	for (size_t i = 1; i < l->ops_n; i++)
		assert(l->ops[i - 1]->number < l->ops[i]->number);
}

struct ledger *
ledger_new(const struct module *const *modules, size_t n, const struct genesis *g)
{
	struct ledger *l = mem_new(1, sizeof(*l));

	l->modules = mem_new(n, sizeof(*l->modules));
	for (size_t i = 0; i < n; i++) {
		l->modules[i] = modules[i];
		for (size_t j = 0; j < i; j++)
			assert(modules[i]->letter != modules[j]->letter && strcmp(modules[i]->name, modules[j]->name) != 0);
	}
	l->modules_n = n;
	gather_ops(l);
	l->state = state_new();
	l->fee_fund = bank_fee_fund();
	l->regtest = strcmp(g->network, "regtest") == 0;
	l->verified = verified_new();
	genesis_id(&l->genesis_id, g);
	return l;
}

void
ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	result_clear(&l->end);
	free(l->leaves);
	free(l->results);
	verified_free(l->verified);
	state_free(l->state);
	free(l->ops);
	free(l->modules);
	free(l);
}

static const char *
genesis_head_check(const struct genesis *g)
{
	size_t len = strlen(g->chain_id);

	if (len < 1 || len > 32 || strspn(g->chain_id, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		return "genesis: the chain id is not 1 to 32 characters of a-z, 0-9 and -";
	if (g->time.sec < 0)
		return "genesis: the time is before 1970";
	for (size_t i = 1; i < g->sections_n; i++) {
		if (strcmp(g->sections[i - 1].module, g->sections[i].module) >= 0)
			return "genesis: the modules' sections are not in order, each once";
	}
	return NULL;
}

static const struct genesis_section *
section_of(const struct genesis *g, const char *module)
{
	for (size_t i = 0; i < g->sections_n; i++) {
		if (strcmp(g->sections[i].module, module) == 0)
			return &g->sections[i];
	}
	return NULL;
}

static const char *
genesis_modules(struct ledger *l, const struct genesis *g)
{
	struct block_env env = ledger_env(l, g->time);
	struct exec x = { .state = l->state, .env = &env };
	size_t found = 0;

	env.height = 0;
	for (size_t i = 0; i < l->modules_n; i++) {
		const struct genesis_section *s = section_of(g, l->modules[i]->name);
		const char *why;

		found += s != NULL;
		if (l->modules[i]->genesis == NULL) {
			if (s != NULL)
				return "genesis: a section for a module that takes none";
			continue;
		}
		why = l->modules[i]->genesis(&x, s ? s->bytes : NULL, s ? s->len : 0);
		if (why != NULL)
			return why;
	}
	return found == g->sections_n ? NULL : "genesis: a section for an unknown module";
}

const char *
ledger_start(struct ledger *l, const struct genesis *g)
{
	const char *why = genesis_head_check(g);

	assert(state_count(l->state) == 0);
	if (why != NULL)
		return why;
	l->tip = (struct ledger_tip){ .time = g->time, .hash = l->genesis_id };
	if (!ledger_set_fees(l->state, g->fee_base, g->fee_per_op))
		return "genesis: the fees are too large";
	state_put(l->state, "lg", 2, l->genesis_id.b, sizeof(l->genesis_id.b));
	why = genesis_modules(l, g);
	if (why == NULL)
		why = ledger_invariants(l, true);
	if (why != NULL) {
		state_rollback(l->state, 0);
		return why;
	}
	state_root(&l->tip.app_hash, l->state);
	return NULL;
}

void
ledger_resume(struct ledger *l, const struct ledger_tip *tip)
{
	assert(!l->open);
	l->tip = *tip;
}

struct ledger_tip
ledger_tip(const struct ledger *l)
{
	return l->tip;
}

struct state *
ledger_state(struct ledger *l)
{
	return l->state;
}

const struct hash256 *
ledger_genesis_id(const struct ledger *l)
{
	return &l->genesis_id;
}

bool
ledger_next_deadline(const struct ledger *l, struct unixtime *out)
{
	bool any = false;

	for (size_t i = 0; i < l->modules_n; i++) {
		const struct module *m = l->modules[i];
		struct unixtime t;

		if (m->next_deadline != NULL && m->next_deadline(l->state, &t) && (!any || t.sec < out->sec)) {
			*out = t;
			any = true;
		}
	}
	return any;
}

bool
ledger_set_fees(struct state *s, struct amount base, struct amount per_op)
{
	struct amount most;
	struct wr w = { 0 };

	if (!amount_muldiv(&most, per_op, TRANSACTION_OPS_MAX, 1, AMOUNT_UP) || !amount_add(&most, most, base))
		return false;
	wr_amount(&w, base);
	wr_amount(&w, per_op);
	state_put(s, "lf", 2, w.p, w.len);
	wr_clear(&w);
	return true;
}

void
ledger_get_fees(const struct state *s, struct amount *base, struct amount *per_op)
{
	size_t len;
	const uint8_t *value = state_get(s, &len, "lf", 2);
	struct rd r = rd_init(value, len);

	*base = rd_amount(&r);
	*per_op = rd_amount(&r);
	assert(rd_done(&r));
}

struct amount
ledger_fee(const struct ledger *l, size_t ops_n)
{
	struct amount base, per_op, all;
	bool fits;

	assert(ops_n <= TRANSACTION_OPS_MAX);
	ledger_get_fees(l->state, &base, &per_op);
	fits = amount_muldiv(&all, per_op, ops_n, 1, AMOUNT_UP) && amount_add(&all, all, base);
	assert(fits); /* ledger_set_fees() took care */
	return all;
}

const struct op_info *
ledger_find_op(const struct ledger *l, uint16_t number)
{
	const struct op_info info = { .number = number }, *want = &info;
	const struct op_info *const *found = bsearch(&want, l->ops, l->ops_n, sizeof(*l->ops), op_info_cmp);

	return found != NULL ? *found : NULL;
}

const char *
ledger_invariants(const struct ledger *l, bool deep)
{
	for (size_t i = 0; i < l->modules_n; i++) {
		const struct module *m = l->modules[i];
		const char *why = m->invariants ? m->invariants(l->state, deep || m->changed != NULL) : NULL;

		if (why != NULL)
			return why;
	}
	return NULL;
}
