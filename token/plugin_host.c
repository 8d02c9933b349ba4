/* H1  Nothing that a rule does in a call changes the state, but its own storage through kv_put and events through emit, and those only where
 *     the instance may write; a refused operation takes them back with everything else.
 * H2  A call ends: by returning, or by gas, fuse, stack or memory. */
#include "token/plugin_host.h"

#include <assert.h>
#include <string.h>

#include "token/plugin_note.h"
#include "token/plugin_run.h"

/* The coverage hook has no argument, so the running call stands here; rules don't call rules. */
static struct plugin_run *running;
static uint64_t last_gas;

static struct plugin_note nowhere;
static struct plugin_note *note = &nowhere;

void
plugin_note_into(struct plugin_note *n)
{
	note = n != NULL ? n : &nowhere;
}

static void
note_call(const struct exec *x, const struct tally_plugin *p)
{
	note->height = x->env->height;
	memcpy(note->transaction, x->transaction.b, sizeof(note->transaction));
	memcpy(note->rule, p->name, sizeof(note->rule));
	note->major = p->major;
	note->minor = p->minor;
	note->patch = p->patch;
	note->signal = 0;
	note->state = PLUGIN_NOTE_RUNNING;
}

uint8_t *
plugin_arena(void)
{
	static uint8_t memory[RULE_ALLOC_MAX] __attribute__((aligned(16)));

	memset(memory, 0, sizeof(memory));
	return memory;
}

struct plugin_run *
plugin_running(void)
{
	assert(running != NULL);
	return running;
}

void
plugin_stop(struct plugin_run *r, const char *why)
{
	r->stopped = why;
	running = NULL;
	longjmp(r->out, 1);
}

void
plugin_pay(struct plugin_run *r, uint64_t gas)
{
	if (gas > r->gas_max - r->gas)
		plugin_stop(r, "RULE_GAS");
	r->gas += gas;
}

void
plugin_fuse_burn(const void *frame)
{
	struct plugin_run *r = running;
	uintptr_t here = (uintptr_t)frame;

	if (r == NULL)
		return;
	if (r->stack == 0)
		r->stack = here;
	if (r->fuse++ >= RULE_FUSE_MAX || (here < r->stack && r->stack - here > RULE_STACK_MAX))
		plugin_stop(r, "RULE_FUSE");
}

uint64_t
plugin_gas_used(void)
{
	return last_gas;
}

struct tally_account
rule_account(const struct account *a)
{
	struct tally_account out = { .type = a->type };

	memcpy(out.id, a->id.b, sizeof(out.id));
	return out;
}

bool
rule_account_back(struct account *out, const struct tally_account *a)
{
	out->type = a->type;
	memcpy(out->id.b, a->id, sizeof(out->id.b));
	return a->type <= ACCOUNT_MODULE;
}

/* ---- calls ---- */

/* What is asked, with the room for the answer. */
struct question {
	enum { ASK_ISSUE, ASK_CHECK, ASK_WEIGHT, ASK_OUTCOME, ASK_TERMS, ASK_QUOTE, ASK_PARAMS, ASK_SELECT } kind;
	const struct tally_issue_op *op;
	struct tally_effects *effects;
	uint64_t base;
	uint32_t council;
	struct tally_account who;
	uint64_t weight;
	const struct tally_tallies *tallies;
	uint32_t verdict;
	const struct tally_sale *sale;
	struct tally_sale_bounds bounds;
	const struct tally_sale_buy *buy;
	struct tally_quote quote;
	const struct tally_candidates *candidates;
	struct tally_choices *choices;
};

static int32_t
ask(struct tally_ctx *c, const struct tally_plugin *p, struct question *q)
{
	switch (q->kind) {
	case ASK_ISSUE:
		return p->issue->on(c, q->effects, q->op);
	case ASK_CHECK:
		return p->gov->check(c, q->base, q->council);
	case ASK_WEIGHT:
		return p->gov->weight(c, &q->weight, &q->who);
	case ASK_OUTCOME:
		return p->gov->outcome(c, &q->verdict, q->tallies);
	case ASK_TERMS:
		return p->sale->check(c, &q->bounds, q->sale);
	case ASK_QUOTE:
		return p->sale->quote(c, &q->quote, q->buy);
	case ASK_PARAMS:
		return p->valsel->check(c);
	case ASK_SELECT:
		return p->valsel->select(c, q->choices, q->candidates);
	}
	return -1;
}

static void
run_init(struct plugin_run *r, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i)
{
	memset(r, 0, sizeof(*r));
	r->env.size = sizeof(r->env);
	r->env.height = x->env->height;
	r->env.time = x->env->time.sec;
	memcpy(r->env.transaction, x->transaction.b, sizeof(r->env.transaction));
	memcpy(r->env.instance, i->id.b, sizeof(r->env.instance));
	assert(i->params_len <= sizeof(r->params));
	if (i->params_len > 0)
		memcpy(r->params, i->params, i->params_len);
	r->env.params = r->params;
	r->env.params_len = i->params_len;
	r->ctx = (struct tally_ctx){ i->services != NULL ? i->services : &plugin_services, &r->env, r };
	r->x = x;
	r->instance = i;
	r->gas_max = p->gas_max < RULE_GAS_MAX ? p->gas_max : RULE_GAS_MAX;
	if (i->gas_max != 0 && i->gas_max < r->gas_max)
		r->gas_max = i->gas_max;
	r->arena_max = p->alloc_max < RULE_ALLOC_MAX ? p->alloc_max : RULE_ALLOC_MAX;
}

const char *
plugin_reason(const struct tally_plugin *p, int32_t answer)
{
	if (answer == 0)
		return NULL;
	for (int32_t i = 0; answer > 0 && p->reasons[i] != NULL; i++) {
		if (i + 1 == answer)
			return p->reasons[i];
	}
	return "RULE_BAD_ANSWER";
}

static const char *
call(struct exec *x, const struct tally_plugin *p, const struct rule_instance *i, struct question *q)
{
	struct plugin_run r;
	const char *why;

	run_init(&r, x, p, i);
	if (setjmp(r.out) == 0) {
		plugin_pay(&r, GAS_CALL);
		running = &r;
		note_call(x, p);
		why = plugin_reason(p, ask(&r.ctx, p, q));
		running = NULL;
	} else {
		why = r.stopped;
	}
	note->state = PLUGIN_NOTE_IDLE;
	last_gas = r.gas;
	return why;
}

const char *
plugin_issue(struct tally_effects *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
	     const struct tally_issue_op *op)
{
	struct tally_issue_op copy = *op; /* whatever the rule does to what it is shown */
	struct question q = { .kind = ASK_ISSUE, .op = &copy, .effects = out };
	const char *why;

	memset(out, 0, sizeof(*out));
	why = call(x, p, i, &q);
	if (why == NULL && out->n > TALLY_EFFECTS_MAX)
		return "RULE_BAD_ANSWER";
	return why;
}

const char *
plugin_gov_check(struct exec *x, const struct tally_plugin *p, const struct rule_instance *i, uint64_t base, bool council)
{
	struct question q = { .kind = ASK_CHECK, .base = base, .council = council };

	return call(x, p, i, &q);
}

const char *
plugin_gov_weight(uint64_t *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i, const struct account *who)
{
	struct question q = { .kind = ASK_WEIGHT, .who = rule_account(who) };
	const char *why = call(x, p, i, &q);

	*out = why == NULL ? q.weight : 0;
	return why;
}

const char *
plugin_gov_outcome(enum tally_verdict *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
		   const struct tally_tallies *t)
{
	struct tally_tallies copy = *t;
	struct question q = { .kind = ASK_OUTCOME, .tallies = &copy, .verdict = UINT32_MAX };
	const char *why = call(x, p, i, &q);

	if (why == NULL && q.verdict > TALLY_VETOED)
		return "RULE_BAD_ANSWER";
	*out = why == NULL ? (enum tally_verdict)q.verdict : TALLY_REJECTED;
	return why;
}

const char *
plugin_sale_check(struct tally_sale_bounds *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
		  const struct tally_sale *sale)
{
	struct question q = { .kind = ASK_TERMS, .sale = sale };
	const char *why = call(x, p, i, &q);

	*out = q.bounds;
	if (why == NULL && (out->tokens_most < 1 || out->tokens_most > AMOUNT_MAX || out->payment_least < 1 || out->payment_least > AMOUNT_MAX))
		return "RULE_BAD_ANSWER";
	return why;
}

const char *
plugin_sale_quote(struct tally_quote *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
		  const struct tally_sale_buy *buy)
{
	struct question q = { .kind = ASK_QUOTE, .buy = buy };
	const char *why = call(x, p, i, &q);

	*out = q.quote;
	if (why == NULL && (out->tokens < 1 || out->tokens > AMOUNT_MAX || out->payment < 1 || out->payment > buy->payment))
		return "RULE_BAD_ANSWER";
	return why;
}

const char *
plugin_valsel_check(struct exec *x, const struct tally_plugin *p, const struct rule_instance *i)
{
	struct question q = { .kind = ASK_PARAMS };

	return call(x, p, i, &q);
}

const char *
plugin_valsel(struct tally_choices *out, struct exec *x, const struct tally_plugin *p, const struct rule_instance *i,
	      const struct tally_candidate *list, size_t n)
{
	struct tally_candidates in = { .size = sizeof(in), .n = (uint32_t)n, .item_size = sizeof(list[0]), .list = list };
	struct question q = { .kind = ASK_SELECT, .candidates = &in, .choices = out };
	const char *why;

	memset(out, 0, sizeof(*out));
	why = call(x, p, i, &q);
	return why == NULL && out->n > TALLY_CANDIDATES_MAX ? "RULE_BAD_ANSWER" : why;
}
