#include "token/plugin_vectors.h"

#include <stdio.h>
#include <string.h>

#include "token/plugin_run.h"
#include "token/statekey.h"

/* One vector while it runs, and what came of it. */
struct trial {
	const struct tally_plugin *plugin;
	struct tally_vector v;
	struct state *state;
	struct wr events;
	struct block_env env;
	struct exec exec;
	struct rule_instance instance;
	struct tally_services services;

	const char *said; /* NULL, or the reason */
	struct tally_effects effects;
	uint64_t weight;
	enum tally_verdict verdict;
	struct tally_sale_bounds bounds;
	struct tally_quote quote;
	struct tally_choices choices;
	uint64_t gas;
};

/* ---- the world ---- */

static struct statekey
storage(const struct trial *t)
{
	return rule_storage_prefix(&t->instance);
}

static void
fill_storage(struct trial *t, const struct tally_vector_world *w)
{
	for (size_t i = 0; i < w->kv_n; i++) {
		struct statekey k = storage(t);

		statekey_bytes(&k, w->kv[i].key, w->kv[i].key_len);
		state_put(t->state, k.b, k.len, w->kv[i].value, w->kv[i].len);
	}
	state_settle(t->state);
}

static bool
kv_fits(const struct tally_vector_kv *kv, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (kv[i].key_len < 1 || kv[i].key_len > TALLY_KEY_MAX || kv[i].len < 1 || kv[i].len > TALLY_VALUE_MAX)
			return false;
	}
	return true;
}

static void
trial_init(struct trial *t, const struct tally_plugin *p, const struct tally_vector *v)
{
	static const struct tally_vector_world empty;

	memset(t, 0, sizeof(*t));
	t->plugin = p;
	t->v = *v;
	if (t->v.world == NULL)
		t->v.world = &empty;
	t->state = state_new();
	t->env = (struct block_env){ .height = v->height, .time.sec = v->time, .account_hrp = "tlyr", .regtest = true };
	t->exec = (struct exec){ .state = t->state, .env = &t->env, .events = &t->events };
	t->services = plugin_scripted_services();
	t->instance = (struct rule_instance){
		.scope = p->kind == TALLY_ISSUE ? 'a' : p->kind == TALLY_SALE ? 's' : p->kind == TALLY_VALSEL ? 'v' : 'd',
		.params = v->params,
		.params_len = v->params_len,
		.may_write = p->kind == TALLY_ISSUE || v->function == TALLY_FN_SELECT,
		.services = &t->services,
		.world = t->v.world,
		.gas_max = v->gas_max,
	};
	if (v->instance != NULL)
		memcpy(t->instance.id.b, v->instance, sizeof(t->instance.id.b));
	if (v->transaction != NULL)
		memcpy(t->exec.transaction.b, v->transaction, sizeof(t->exec.transaction.b));
}

static void
trial_clear(struct trial *t)
{
	wr_clear(&t->events);
	state_free(t->state);
}

/* ---- the question ---- */

/* What a careless rule would find in a variable that it has not set. */
static __attribute__((noinline)) void
fill_stack(int with)
{
	volatile uint8_t room[RULE_STACK_MAX / 2];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = (uint8_t)with;
}

static const char *
ask_issue(struct trial *t)
{
	struct tally_issue_op op = t->v.issue->op;

	op.size = sizeof(op);
	return plugin_issue(&t->effects, &t->exec, t->plugin, &t->instance, &op);
}

static const char *
ask_quote(struct trial *t)
{
	const struct tally_sale_case *c = t->v.sale;
	struct tally_sale_buy buy = { .size = sizeof(buy), .sale = c->sale, .payment = c->payment, .raised = c->raised, .sold = c->sold };

	buy.sale.size = sizeof(buy.sale);
	return plugin_sale_quote(&t->quote, &t->exec, t->plugin, &t->instance, &buy);
}

static const char *
ask_terms(struct trial *t)
{
	struct tally_sale sale = t->v.sale->sale;

	sale.size = sizeof(sale);
	return plugin_sale_check(&t->bounds, &t->exec, t->plugin, &t->instance, &sale);
}

static void
ask(struct trial *t, int fill)
{
	const struct tally_gov_case *g = t->v.gov;
	struct account who;

	fill_stack(fill);
	switch ((enum tally_function)t->v.function) {
	case TALLY_FN_ON:
		t->said = ask_issue(t);
		break;
	case TALLY_FN_CHECK:
		t->said = plugin_gov_check(&t->exec, t->plugin, &t->instance, g->base, g->council != 0);
		break;
	case TALLY_FN_WEIGHT:
		t->said = !rule_account_back(&who, &g->who) ? "UNKNOWN_ACCOUNT"
			  : plugin_gov_weight(&t->weight, &t->exec, t->plugin, &t->instance, &who);
		break;
	case TALLY_FN_OUTCOME:
		t->said = plugin_gov_outcome(&t->verdict, &t->exec, t->plugin, &t->instance, &g->tallies);
		break;
	case TALLY_FN_TERMS:
		t->said = ask_terms(t);
		break;
	case TALLY_FN_QUOTE:
		t->said = ask_quote(t);
		break;
	case TALLY_FN_PARAMS:
		t->said = plugin_valsel_check(&t->exec, t->plugin, &t->instance);
		break;
	case TALLY_FN_SELECT:
		t->said = plugin_valsel(&t->choices, &t->exec, t->plugin, &t->instance, t->v.valsel->candidates, t->v.valsel->candidates_n);
		break;
	}
	t->gas = plugin_gas_used();
}

static bool
function_is_of(uint32_t function, uint32_t kind)
{
	switch ((enum tally_function)function) {
	case TALLY_FN_ON:
		return kind == TALLY_ISSUE;
	case TALLY_FN_CHECK:
	case TALLY_FN_WEIGHT:
	case TALLY_FN_OUTCOME:
		return kind == TALLY_GOV;
	case TALLY_FN_TERMS:
	case TALLY_FN_QUOTE:
		return kind == TALLY_SALE;
	case TALLY_FN_PARAMS:
	case TALLY_FN_SELECT:
		return kind == TALLY_VALSEL;
	}
	return false;
}

static bool
has_question(const struct tally_plugin *p, const struct tally_vector *v)
{
	const struct tally_valsel_case *c = v->valsel;

	if (p->kind == TALLY_ISSUE)
		return v->issue != NULL;
	if (p->kind == TALLY_VALSEL)
		return v->function == TALLY_FN_PARAMS || (c != NULL && c->candidates_n <= TALLY_CANDIDATES_MAX && c->choices_n <= TALLY_CANDIDATES_MAX);
	return p->kind == TALLY_SALE ? v->sale != NULL : v->gov != NULL;
}

/* NULL, or what is wrong with the vector itself. */
static const char *
unfit(const struct tally_plugin *p, const struct tally_vector *v)
{
	const struct tally_vector_world *w = v->world;

	if (v->name == NULL || strnlen(v->name, 80) == 80)
		return "it has no name, or one of 80 characters or more";
	if (!function_is_of(v->function, p->kind))
		return "its function is not one of the rule's kind";
	if (!has_question(p, v))
		return "it has no question";
	if (v->time < 0 || v->answer < TALLY_STOPPED_FUSE)
		return "its time is before 1970, or its answer no known one";
	if ((w != NULL && !kv_fits(w->kv, w->kv_n)) || !kv_fits(v->kv_after, v->kv_after_n))
		return "a key or value is empty or too long";
	if (p->kind == TALLY_ISSUE && v->issue->effects_n > TALLY_EFFECTS_MAX)
		return "it wants too many effects";
	return NULL;
}

/* ---- the answer ---- */

static const char *
wanted_reason(const struct trial *t)
{
	if (t->v.answer == TALLY_STOPPED_GAS)
		return "RULE_GAS";
	if (t->v.answer == TALLY_STOPPED_MEMORY)
		return "RULE_MEMORY";
	if (t->v.answer == TALLY_STOPPED_FUSE)
		return "RULE_FUSE";
	return plugin_reason(t->plugin, t->v.answer);
}

static bool
same_effect(const struct tally_effect *a, const struct tally_effect *b)
{
	return a->kind == b->kind && a->coin == b->coin && tally_same_account(&a->from, &b->from) && tally_same_account(&a->to, &b->to) &&
	       a->amount == b->amount && a->available_from == b->available_from && a->expires_at == b->expires_at &&
	       memcmp(a->receipt, b->receipt, sizeof(a->receipt)) == 0;
}

static bool
effects_differ(char *why, size_t why_len, const struct trial *t)
{
	static const uint8_t none[sizeof(t->effects.note)];
	const struct tally_issue_case *c = t->v.issue;

	if (t->effects.n != c->effects_n) {
		(void)snprintf(why, why_len, "%u effects, not %zu", t->effects.n, c->effects_n);
		return true;
	}
	for (size_t i = 0; i < c->effects_n; i++) {
		const struct tally_effect *e = &t->effects.list[i];

		if (same_effect(e, &c->effects[i]))
			continue;
		(void)snprintf(why, why_len, "effect %zu is another one: kind %u, amount %llu, from %lld, until %lld", i + 1, e->kind,
			       (unsigned long long)e->amount, (long long)e->available_from, (long long)e->expires_at);
		return true;
	}
	if (memcmp(t->effects.note, t->v.note != NULL ? t->v.note : none, sizeof(none)) != 0) {
		(void)snprintf(why, why_len, "it leaves another note");
		return true;
	}
	return false;
}

static bool
numbers_differ(char *why, size_t why_len, const struct trial *t)
{
	const struct tally_gov_case *g = t->v.gov;

	if (t->v.function == TALLY_FN_WEIGHT && t->weight != g->weight)
		(void)snprintf(why, why_len, "weight %llu, not %llu", (unsigned long long)t->weight, (unsigned long long)g->weight);
	else if (t->v.function == TALLY_FN_OUTCOME && t->verdict != g->verdict)
		(void)snprintf(why, why_len, "verdict %u, not %u", t->verdict, g->verdict);
	else
		return false;
	return true;
}

static bool
sale_differs(char *why, size_t why_len, const struct trial *t)
{
	const struct tally_sale_case *c = t->v.sale;

	if (t->v.function == TALLY_FN_TERMS && (t->bounds.tokens_most != c->bounds.tokens_most || t->bounds.payment_least != c->bounds.payment_least))
		(void)snprintf(why, why_len, "most tokens %llu, least payment %llu", (unsigned long long)t->bounds.tokens_most,
			       (unsigned long long)t->bounds.payment_least);
	else if (t->v.function == TALLY_FN_QUOTE && (t->quote.payment != c->quote.payment || t->quote.tokens != c->quote.tokens))
		(void)snprintf(why, why_len, "%llu tokens for %llu", (unsigned long long)t->quote.tokens, (unsigned long long)t->quote.payment);
	else
		return false;
	return true;
}

static bool
choices_differ(char *why, size_t why_len, const struct trial *t)
{
	const struct tally_valsel_case *c = t->v.valsel;

	if (t->v.function != TALLY_FN_SELECT)
		return false;
	if (t->choices.n != c->choices_n) {
		(void)snprintf(why, why_len, "%u validators, not %zu", t->choices.n, c->choices_n);
		return true;
	}
	for (size_t i = 0; i < c->choices_n; i++) {
		const struct tally_choice *is = &t->choices.list[i], *want = &c->choices[i];

		if (memcmp(is->key, want->key, sizeof(is->key)) == 0 && is->power == want->power)
			continue;
		(void)snprintf(why, why_len, "validator %zu is another one: key %02x…, power %lld", i + 1, is->key[0], (long long)is->power);
		return true;
	}
	return false;
}

static bool
answers_differ(char *why, size_t why_len, const struct trial *t)
{
	if (t->plugin->kind == TALLY_ISSUE)
		return effects_differ(why, why_len, t);
	if (t->plugin->kind == TALLY_VALSEL)
		return choices_differ(why, why_len, t);
	return t->plugin->kind == TALLY_SALE ? sale_differs(why, why_len, t) : numbers_differ(why, why_len, t);
}

static bool
storage_differs(const struct trial *t)
{
	bool as_before = t->v.kv_after == NULL;
	const struct tally_vector_kv *kv = as_before ? t->v.world->kv : t->v.kv_after;
	size_t n = as_before ? t->v.world->kv_n : t->v.kv_after_n;

	if (state_count(t->state) != n)
		return true;
	for (size_t i = 0; i < n; i++) {
		struct statekey k = storage(t);
		const uint8_t *value;
		size_t len;

		statekey_bytes(&k, kv[i].key, kv[i].key_len);
		value = state_get(t->state, &len, k.b, k.len);
		if (value == NULL || len != kv[i].len || memcmp(value, kv[i].value, len) != 0)
			return true;
	}
	return false;
}

static bool
events_differ(const struct trial *t)
{
	struct rd r = rd_init(t->events.p, t->events.len);
	struct event e;
	size_t n = 0;

	while (event_next(&e, &r)) {
		const struct tally_vector_event *want = &t->v.events[n];

		if (n++ >= t->v.events_n || strcmp(want->name, e.name + sizeof(RULE_EVENT_PREFIX) - 1) != 0 || want->len != e.len || (e.len > 0 && memcmp(want->bytes, e.body, e.len) != 0))
			return true;
	}
	return n != t->v.events_n;
}

/* Is what came not what the vector says? Then why tells what came. */
static bool
differs(char *why, size_t why_len, const struct trial *t)
{
	const char *want = wanted_reason(t);

	if (want == NULL ? t->said != NULL : t->said == NULL || strcmp(want, t->said) != 0) {
		(void)snprintf(why, why_len, "it answers %s, not %s", t->said ? t->said : "yes", want ? want : "yes");
		return true;
	}
	if (t->said != NULL)
		return false;
	if (answers_differ(why, why_len, t))
		return true;
	if (storage_differs(t)) {
		(void)snprintf(why, why_len, "its storage afterwards is another one");
		return true;
	}
	if (events_differ(t)) {
		(void)snprintf(why, why_len, "it emits other events");
		return true;
	}
	return false;
}

/* ---- all of them ---- */

/* Effects that answered a refusal are nobody's business; neither is its storage. */
static void
digest(struct wr *w, struct trial *t)
{
	struct hash256 root;

	wr_varbytes(w, t->said ? t->said : "", t->said ? strlen(t->said) : 0);
	wr_u64(w, t->gas);
	if (t->said != NULL)
		return;
	wr_u32(w, t->effects.n);
	for (uint32_t i = 0; i < t->effects.n; i++) {
		const struct tally_effect *e = &t->effects.list[i];

		wr_u32(w, e->kind);
		wr_u32(w, e->coin);
		wr_u8(w, e->from.type);
		wr_bytes(w, e->from.id, sizeof(e->from.id));
		wr_u8(w, e->to.type);
		wr_bytes(w, e->to.id, sizeof(e->to.id));
		wr_u64(w, e->amount);
		wr_i64(w, e->available_from);
		wr_i64(w, e->expires_at);
		wr_bytes(w, e->receipt, sizeof(e->receipt));
	}
	wr_bytes(w, t->effects.note, sizeof(t->effects.note));
	wr_u64(w, t->weight);
	wr_u32(w, (uint32_t)t->verdict);
	wr_u64(w, t->bounds.tokens_most);
	wr_u64(w, t->bounds.payment_least);
	wr_u64(w, t->quote.payment);
	wr_u64(w, t->quote.tokens);
	for (uint32_t i = 0; i < t->choices.n; i++) {
		wr_bytes(w, t->choices.list[i].key, sizeof(t->choices.list[i].key));
		wr_i64(w, t->choices.list[i].power);
	}
	state_root(&root, t->state);
	wr_hash256(w, &root);
	wr_varbytes(w, t->events.p, t->events.len);
}

/* Run one; its answer's bytes join w. False with `why` when it isn't the right one. */
static bool
holds(char *why, size_t why_len, struct wr *w, const struct tally_plugin *p, const struct tally_vector *v, int fill)
{
	struct trial t;
	bool good;

	trial_init(&t, p, v);
	fill_storage(&t, t.v.world);
	ask(&t, fill);
	good = !differs(why, why_len, &t);
	digest(w, &t);
	trial_clear(&t);
	return good;
}

void
plugin_vector_answer(struct wr *out, const struct tally_plugin *p, const struct tally_vector *v, int fill)
{
	char why[200];

	(void)!holds(why, sizeof(why), out, p, v, fill);
}

static bool
holds_twice(char *why, size_t why_len, struct wr *all, const struct tally_plugin *p, const struct tally_vector *v)
{
	struct wr zeros = { 0 }, ones = { 0 };
	const char *bad = unfit(p, v);
	bool good = false;

	if (bad != NULL) {
		(void)snprintf(why, why_len, "%s", bad);
	} else if (holds(why, why_len, &zeros, p, v, 0x00) && holds(why, why_len, &ones, p, v, 0xaa)) {
		good = zeros.len == ones.len && memcmp(zeros.p, ones.p, ones.len) == 0;
		(void)snprintf(why, why_len, "the answer depends on what was in memory: a variable is not set");
	}
	wr_bytes(all, zeros.p, zeros.len);
	wr_clear(&zeros);
	wr_clear(&ones);
	return good;
}

bool
plugin_vectors_hold(struct vectors_report *out, const struct tally_plugin *p)
{
	struct wr all = { 0 };
	char why[200];
	bool good = true;

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < p->vectors_n && good; i++) {
		struct tally_vector v = { 0 };

		memcpy(&v, (const uint8_t *)p->vectors + (size_t)i * p->vector_size, p->vector_size < sizeof(v) ? p->vector_size : sizeof(v));
		good = holds_twice(why, sizeof(why), &all, p, &v);
		if (good)
			out->n++;
		else
			(void)snprintf(out->why, sizeof(out->why), "vector %u (%.79s): %.190s", i + 1, v.name != NULL ? v.name : "without a name", why);
	}
	sha256(&out->digest, all.p, all.len);
	wr_clear(&all);
	return good;
}
