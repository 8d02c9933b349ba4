#include "bridge/signer_link.h"

#include <bsd/sys/queue.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "bridge/peg/peg.h"
#include "bridge/relayer.h"
#include "bridge/signer.h"
#include "bridge/signer_burial.h"
#include "bridge/signer_evidence.h"
#include "bridge/signer_seat.h"

#define ENDORSE_MS 10000
#define RETRY_MS 3000 /* after a refusal */
#define GONE_MS 500   /* while the signer is not there */
#define REGTEST_RATE 2000 /* sat per 1,000 virtual bytes */

enum job_kind { JOB_NONE, JOB_HELLO, JOB_PLAN, JOB_FEERATE, JOB_INTENT, JOB_DEAD };

/* Somebody who waits for an endorsement. */
struct endorsement {
	TAILQ_ENTRY(endorsement) next;
	struct deposit_terms terms;
	signer_link_done_fn *done;
	void *context;
	int64_t until; /* mono ms */
	bool taken;    /* by a member, and on its way */
};

/* One signer and what it is doing: asked, then submitted, then free again. */
struct member {
	struct signer_link *link;
	struct seat *seat;
	bool greeted;
	struct signer_hello hello;
	enum job_kind job;
	struct plan_sheet *sheet;  /* JOB_PLAN; owned */
	struct member_mark mark;   /* JOB_FEERATE, JOB_INTENT */
	uint32_t rate;             /* JOB_FEERATE */
	struct endorsement *order; /* JOB_INTENT; NULL when it was given up */
	struct deposit_terms terms;
	int64_t not_before; /* mono ms */
	uint64_t passed;    /* plans up to this one were refused or signed in this round, which ends at passed_until (mono ms) */
	int64_t passed_until;
	uint64_t dead;      /* a dead plan that it must be shown before it signs what it refused; 0: none */
	uint64_t dead_done; /* dead plans up to this one were shown to it */
	char refusal[160]; /* of the last plan that was refused, while there may be one */
	char trouble[120]; /* of the last job */
};

struct signer_link {
	struct signer_link_options o;
	struct event *timer;
	struct member *members; /* owned */
	size_t n;
	TAILQ_HEAD(endorsements, endorsement) orders;
	struct {
		uint64_t plan; /* 0: none is being made or at hand */
		bool ready;
		uint64_t failed; /* the last that could not be made */
		struct wr request; /* owned */
	} burial;
	bool in_work;
};

static void work(struct signer_link *l);

static const struct state *
state_of(const struct signer_link *l)
{
	return ledger_state(l->o.ledger);
}

/* --- Ends of jobs --- */

static void
end_order(struct signer_link *l, struct endorsement *e, const char *why)
{
	TAILQ_REMOVE(&l->orders, e, next);
	e->done(e->context, why);
	free(e);
}

/* It refused because of a plan that can never confirm, as the ledger knows: which has it not been shown yet? When it has been shown all, it starts
 * from the first again: it may not have been deep enough then. */
static void
look_for_dead(struct member *m, const char *reason)
{
	if (strcmp(reason, "INPUT_SIGNED_BEFORE") != 0 && strcmp(reason, "PAYOUT_SIGNED_BEFORE") != 0)
		return;
	m->dead = burial_in_the_way(state_of(m->link), m->sheet, m->dead_done);
	if (m->dead == 0)
		m->dead_done = 0;
}

/* A plan that its signer refuses holds up nothing behind it; it is shown again in the next round. */
static void
pass_over(struct member *m, const char *reason)
{
	char text[sizeof(m->refusal)];

	snprintf(text, sizeof(text), "plan %llu: %s", (unsigned long long)m->sheet->plan, reason);
	if (strcmp(text, m->refusal) != 0)
		log_line("signer", LOG_WARN, "%s: %s", seat_where(m->seat), text);
	memcpy(m->refusal, text, sizeof(text));
	if (clock_mono().ms >= m->passed_until)
		m->passed_until = clock_mono().ms + RETRY_MS;
	m->passed = m->sheet->plan;
	look_for_dead(m, reason);
}

static void
note_trouble(struct member *m, const char *trouble)
{
	if (m->job != JOB_HELLO && strcmp(m->trouble, trouble) != 0)
		log_line("signer", LOG_WARN, "%s: %s", seat_where(m->seat), trouble);
	snprintf(m->trouble, sizeof(m->trouble), "%s", trouble);
	m->not_before = clock_mono().ms + (m->greeted ? RETRY_MS : GONE_MS);
}

static void
job_end(struct member *m, const char *trouble)
{
	struct endorsement *order = m->order;

	if (trouble == NULL)
		m->trouble[0] = '\0';
	else if (m->job == JOB_PLAN && m->greeted)
		pass_over(m, trouble);
	else
		note_trouble(m, trouble);
	m->job = JOB_NONE;
	m->order = NULL;
	if (order != NULL)
		end_order(m->link, order, trouble);
}

/* Was it there already? Then all is well. */
static bool
is_old_news(const char *reason)
{
	return strcmp(reason, "NO_CHANGE") == 0 || strcmp(reason, "INTENT_KNOWN") == 0;
}

/* It stands in the ledger, or never will. */
static void
on_submitted(void *context, const struct result *result, uint64_t height, uint32_t index)
{
	struct member *m = context;

	(void)height;
	(void)index;
	job_end(m, result->code == RESULT_OK || is_old_news(result->reason) ? NULL : result->reason);
	work(m->link);
}

static void
submit(struct member *m, enum peg_op number, const struct wr *payload)
{
	struct result checked = { 0 };
	struct wr w = { 0 };

	wr_peg_relay(&w, number, payload->p, payload->len);
	engine_submit(&checked, m->link->o.engine, w.p, w.len, on_submitted, m);
	if (checked.code != RESULT_OK)
		job_end(m, is_old_news(checked.reason) ? NULL : checked.reason);
	wr_clear(&w);
	result_clear(&checked);
}

/* --- Answers of the signer --- */

static void
take_hello(struct member *m, const void *answer, size_t len)
{
	char reason[100];

	m->greeted = signer_hello_answer(&m->hello, reason, sizeof(reason), answer, len);
	if (m->greeted && (m->hello.member >= m->link->o.federation->n ||
			   !xonly_eq(&m->hello.key, &m->link->o.federation->member[m->hello.member].key))) {
		m->greeted = false;
		snprintf(reason, sizeof(reason), "its key is no member's");
	}
	if (m->greeted)
		log_line("signer", LOG_INFO, "%s signs as %s", seat_where(m->seat), m->link->o.federation->member[m->hello.member].name);
	job_end(m, m->greeted ? NULL : reason);
}

static void
take_signatures(struct member *m, const void *answer, size_t len)
{
	size_t n = m->job == JOB_PLAN ? m->sheet->in_n : 1;
	struct schnorr_sig *sigs = mem_new(n, sizeof(*sigs));
	struct op_feerate feerate = { .rate = m->rate, .mark = m->mark };
	struct op_intent intent = { .terms = m->terms, .mark = m->mark };
	struct wr payload = { 0 };
	const uint8_t *bytes;
	char reason[100];

	if (!signer_sigs_answer(&bytes, n, reason, sizeof(reason), answer, len)) {
		job_end(m, reason);
		free(sigs);
		return;
	}
	memcpy(sigs, bytes, n * sizeof(*sigs));
	feerate.mark.sig = intent.mark.sig = sigs[0];
	if (m->job == JOB_PLAN) {
		wr_op_sign(&payload, m->sheet->plan, m->sheet->version, m->hello.member, sigs, n);
		submit(m, PEG_SIGN, &payload);
	} else if (m->job == JOB_FEERATE) {
		wr_op_feerate(&payload, &feerate);
		submit(m, PEG_FEERATE, &payload);
	} else {
		wr_op_intent(&payload, &intent);
		submit(m, PEG_INTENT, &payload);
	}
	wr_clear(&payload);
	free(sigs);
}

static void
take_dead(struct member *m, const void *answer, size_t len)
{
	char reason[100];
	bool believed = signer_plain_answer(reason, sizeof(reason), answer, len);

	if (believed)
		m->passed_until = 0; /* what it refused can be shown again at once */
	else if (m->link->burial.ready)
		m->link->burial.plan = 0; /* made anew, it may be deep enough */
	job_end(m, believed ? NULL : reason);
}

/* answer NULL: the signer is gone. */
static void
on_answer(void *context, const void *answer, size_t len)
{
	struct member *m = context;

	if (answer == NULL) {
		m->greeted = false;
		if (m->job != JOB_NONE)
			job_end(m, "the signer is not there");
	} else if (m->job == JOB_HELLO) {
		take_hello(m, answer, len);
	} else if (m->job == JOB_DEAD) {
		take_dead(m, answer, len);
	} else if (m->job != JOB_NONE) {
		take_signatures(m, answer, len);
	}
	work(m->link);
}

/* --- Jobs --- */

static void
ask(struct member *m, enum job_kind job, const struct wr *request)
{
	m->job = job;
	if (!seat_ask(m->seat, request->p, request->len)) {
		m->greeted = false;
		job_end(m, "the signer is not there");
	}
}

static struct member_mark
next_mark(const struct member *m, enum member_kind kind)
{
	uint32_t epoch = peg_epoch(state_of(m->link));

	return (struct member_mark){ .epoch = epoch,
				     .member = m->hello.member,
				     .counter = member_counter(state_of(m->link), epoch, m->hello.member, kind) + 1 };
}

static bool
start_hello(struct member *m)
{
	struct wr request = { 0 };

	wr_signer_hello(&request, ledger_genesis_id(m->link->o.ledger));
	ask(m, JOB_HELLO, &request);
	wr_clear(&request);
	return true;
}

static unsigned
count_bits(uint32_t v)
{
	unsigned n = 0;

	for (; v != 0; v &= v - 1)
		n++;
	return n;
}

/* Does the newest version of a plan wait for this member? */
static bool
wants_signature(const struct member *m, const struct plan *p)
{
	struct plan_version v;
	struct federation f;

	switch (p->state) {
	case PLAN_PLANNED:
	case PLAN_SIGNED:
		break;
	case PLAN_CONFIRMED:
	case PLAN_SETTLED:
	case PLAN_FINAL:
	case PLAN_DEAD:
		return false;
	}
	if (!plan_version_get(&v, state_of(m->link), p->id, p->versions - 1) || !peg_federation_get(&f, state_of(m->link), p->epoch))
		return false;
	return !(v.signed_by >> m->hello.member & 1) && count_bits(v.signed_by) < f.k;
}

static bool
find_plan(struct plan *out, struct member *m)
{
	uint64_t passed = clock_mono().ms < m->passed_until ? m->passed : 0;
	struct state_walk w;

	plan_live_walk(&w, state_of(m->link));
	while (plan_live_walk_next(&w, out)) {
		if (out->id > passed && wants_signature(m, out))
			return true;
	}
	if (passed == 0)
		m->refusal[0] = '\0';
	return false;
}

static bool
start_plan(struct member *m)
{
	struct plan *p = mem_new(1, sizeof(*p));
	struct relay_tip tip;
	struct wr request = { 0 };
	bool found = find_plan(p, m) && peg_plan_sheet(m->sheet, state_of(m->link), p->id, p->versions - 1);

	if (found) {
		peg_relay_tip(&tip, state_of(m->link));
		evidence_request(&request, tip.height, m->sheet, m->link->o.store, state_of(m->link));
		ask(m, JOB_PLAN, &request);
		wr_clear(&request);
	}
	free(p);
	return found;
}

/* What this member votes for; 0: it has no opinion yet. */
static uint32_t
rate_of(const struct member *m)
{
	const struct signer_link *l = m->link;
	uint32_t rate = l->o.fee_rate > 0 ? l->o.fee_rate : relayer_fee_rate(l->o.relayer);

	if (rate == 0 && l->o.params->chain->no_retarget) /* regtest: blocks are never full */
		rate = REGTEST_RATE;
	if (rate == 0)
		return 0;
	if (rate < l->o.params->fee_rate_min)
		rate = l->o.params->fee_rate_min;
	if (rate > l->o.params->fee_rate_max)
		rate = l->o.params->fee_rate_max;
	return rate < m->hello.max_rate ? rate : m->hello.max_rate;
}

/* A vote is renewed when a third of its life is over. */
static bool
start_feerate(struct member *m)
{
	struct signer_link *l = m->link;
	uint32_t third = l->o.params->fee_vote_age / 3;
	struct fee_vote vote;
	struct relay_tip tip;
	struct wr request = { 0 };

	peg_relay_tip(&tip, state_of(l));
	m->rate = rate_of(m);
	if (m->rate == 0)
		return false;
	if (fee_vote_get(&vote, state_of(l), peg_epoch(state_of(l)), m->hello.member) && tip.height < vote.height + (third > 0 ? third : 1))
		return false;
	m->mark = next_mark(m, MEMBER_FEERATE);
	wr_signer_feerate(&request, m->mark.epoch, m->mark.counter, m->rate);
	ask(m, JOB_FEERATE, &request);
	wr_clear(&request);
	return true;
}

static bool
start_intent(struct member *m)
{
	struct endorsement *e;
	struct wr request = { 0 };

	TAILQ_FOREACH(e, &m->link->orders, next) {
		if (e->taken)
			continue;
		e->taken = true;
		m->order = e;
		m->terms = e->terms;
		m->mark = next_mark(m, MEMBER_INTENT);
		wr_signer_intent(&request, m->mark.counter, &m->terms);
		ask(m, JOB_INTENT, &request);
		wr_clear(&request);
		return true;
	}
	return false;
}

static void
burial_failed(struct signer_link *l, uint64_t plan, const char *why)
{
	if (l->burial.failed != plan)
		log_line("signer", LOG_WARN, "that plan %llu is dead can't be shown: %s", (unsigned long long)plan, why);
	l->burial.failed = plan;
	l->burial.plan = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct member *m = &l->members[i];

		if (m->dead == plan) {
			m->dead_done = plan;
			m->dead = 0;
		}
	}
}

static void
on_burial(void *context, uint64_t plan, const struct wr *request, const char *why)
{
	struct signer_link *l = context;

	if (plan != l->burial.plan)
		return; /* given up meanwhile */
	wr_reset(&l->burial.request);
	l->burial.ready = request != NULL;
	if (request != NULL)
		wr_bytes(&l->burial.request, request->p, request->len);
	else
		burial_failed(l, plan, why);
	event_active(l->timer, EV_TIMEOUT, 0);
}

/* Show it the dead plan that is in the way; the proof is made first. */
static bool
start_dead(struct member *m)
{
	struct signer_link *l = m->link;

	if (m->dead == 0)
		return false;
	if (l->burial.plan != m->dead) {
		if (l->burial.plan != 0 && !l->burial.ready)
			return false; /* another one is being made */
		l->burial.plan = m->dead;
		l->burial.ready = false;
		burial_make(l->o.mainchain, state_of(l), l->o.params, m->dead, on_burial, l);
	}
	if (l->burial.plan != m->dead || !l->burial.ready)
		return false;
	m->dead_done = m->dead;
	m->dead = 0;
	ask(m, JOB_DEAD, &l->burial.request);
	return true;
}

static bool
start_job(struct member *m)
{
	if (m->job != JOB_NONE || clock_mono().ms < m->not_before)
		return false;
	if (!m->greeted)
		return start_hello(m);
	return start_intent(m) || start_dead(m) || start_plan(m) || start_feerate(m);
}

/* Give every free signer something to do. A builtin one answers within the call. */
static void
work(struct signer_link *l)
{
	bool busy = !l->in_work;

	while (busy) {
		busy = false;
		l->in_work = true;
		for (size_t i = 0; i < l->n; i++)
			busy = start_job(&l->members[i]) || busy;
		l->in_work = false;
	}
}

/* Endorsements that took too long. */
static void
give_up(struct signer_link *l)
{
	struct endorsement *e, *after;

	TAILQ_FOREACH_SAFE(e, &l->orders, next, after) {
		if (clock_mono().ms < e->until)
			continue;
		for (size_t i = 0; i < l->n; i++) {
			if (l->members[i].order == e)
				l->members[i].order = NULL;
		}
		end_order(l, e, "the signer did not answer in time");
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct signer_link *l = arg;

	(void)fd;
	(void)what;
	give_up(l);
	work(l);
}

static void
on_block(void *context, const struct ledger_block *block, const struct stored_transaction *txs, size_t n)
{
	struct signer_link *l = context;

	(void)block;
	(void)txs;
	(void)n;
	event_active(l->timer, EV_TIMEOUT, 0);
}

void
signer_link_endorse(struct signer_link *l, const struct deposit_terms *terms, signer_link_done_fn *done, void *context)
{
	struct endorsement *e;

	if (l == NULL) {
		done(context, "this node has no signer");
		return;
	}
	e = mem_new(1, sizeof(*e));
	*e = (struct endorsement){ .terms = *terms, .done = done, .context = context, .until = clock_mono().ms + ENDORSE_MS };
	TAILQ_INSERT_TAIL(&l->orders, e, next);
	event_active(l->timer, EV_TIMEOUT, 0);
}

/* --- Opening --- */

static void
add_member(struct signer_link *l, struct seat *seat)
{
	struct member *m = &l->members[l->n++];

	*m = (struct member){ .link = l, .seat = seat, .sheet = mem_new(1, sizeof(struct plan_sheet)) };
	seat_listen(seat, on_answer, m);
}

static bool
open_seats(struct signer_link *l, struct complaint *why)
{
	const struct signer_link_options *o = &l->o;
	struct seat *seats[PEG_MEMBERS_MAX];
	size_t n = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < o->signers_n; i++) {
		if (n == PEG_MEMBERS_MAX) {
			ok = complain(why, EXIT_USAGE, NULL, "there are more signers than a federation can have members");
		} else if (strcmp(o->signers[i], "builtin") != 0) {
			seats[n++] = seat_new_socket(o->base, o->signers[i]);
		} else if (!o->params->chain->no_retarget) {
			ok = complain(why, EXIT_USAGE, "run tally-signer and give its socket", "signer=builtin is for regtest only");
		} else {
			ok = seat_new_builtin(seats, &n, PEG_MEMBERS_MAX, why, o->keys, o->params, o->federation, ledger_genesis_id(o->ledger));
		}
	}
	l->members = mem_new(n, sizeof(l->members[0]));
	for (size_t i = 0; i < n; i++)
		add_member(l, seats[i]);
	return ok;
}

bool
signer_link_open(struct signer_link **out, struct complaint *why, const struct signer_link_options *o)
{
	struct signer_link *l = mem_new(1, sizeof(*l));
	struct timeval often = { 0, 500000 };

	l->o = *o;
	TAILQ_INIT(&l->orders);
	l->timer = event_new(o->base, -1, EV_PERSIST, on_timer, l);
	event_add(l->timer, &often);
	engine_listen(o->engine, on_block, l);
	if (!open_seats(l, why)) {
		signer_link_close(l);
		return false;
	}
	*out = l;
	return true;
}

void
signer_link_close(struct signer_link *l)
{
	struct endorsement *e;

	if (l == NULL)
		return;
	engine_unlisten(l->o.engine, on_block, l);
	for (size_t i = 0; i < l->n; i++) {
		engine_forget(l->o.engine, &l->members[i]);
		seat_free(l->members[i].seat);
		free(l->members[i].sheet);
	}
	while ((e = TAILQ_FIRST(&l->orders)) != NULL) {
		TAILQ_REMOVE(&l->orders, e, next);
		free(e);
	}
	event_free(l->timer);
	wr_clear(&l->burial.request);
	free(l->members);
	free(l);
}

size_t
signer_link_count(const struct signer_link *l)
{
	return l != NULL ? l->n : 0;
}

struct signer_link_info
signer_link_at(const struct signer_link *l, size_t i)
{
	const struct member *m = &l->members[i];

	return (struct signer_link_info){ .where = seat_where(m->seat),
					  .there = m->greeted,
					  .member = m->hello.member,
					  .trouble = m->trouble[0] != '\0' ? m->trouble : m->refusal };
}
