/* Keys: g d | dao u32 -> version of its terms u32, creator, terms; g D | dao | version u32 -> creator, earlier terms; g n -> next dao;
 * g t | treasury -> dao; g y -> creation fee; g P -> the peg is paused; g R -> how often it was resumed;
 * g p | proposal u64 -> record; g b | proposal -> title, actions; g m -> how many proposals; g q | time u64 | proposal -> nothing;
 * g v | proposal | account -> ballot; g w | dao | account -> live proposal; g o | proposal | delegate -> power taken back;
 * g u | proposal | holder -> nothing; g e | proposal | account -> deposit (dao_proposal.c); g x | proposal -> nothing, its ballots are
 * not wanted any more; g C -> height u64, amount: asked of the peg's donations; g c, h, i, k, s, z: votes.c. */
#include <assert.h>
#include <string.h>

#include "token/dao_parts.h"
#include "token/statekey.h"

static struct statekey
key_u32(char table, uint32_t number)
{
	struct statekey k = statekey_new('g', table);

	statekey_u32(&k, number);
	return k;
}

static struct statekey
key_u64(char table, uint64_t number)
{
	struct statekey k = statekey_new('g', table);

	statekey_u64(&k, number);
	return k;
}

static struct statekey
key_who(char table, uint64_t proposal, const struct account *who)
{
	struct statekey k = key_u64(table, proposal);

	statekey_account(&k, who);
	return k;
}

static void
copy_text(char *out, size_t size, const struct op_text *t)
{
	assert(t->len < size);
	memset(out, 0, size);
	if (t->len > 0)
		memcpy(out, t->p, t->len);
}

/* ---- DAOs ---- */

struct account
dao_treasury(uint32_t number)
{
	uint8_t b[4] = { (uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24) };

	return account_of_module("treasury", b, sizeof(b));
}

static struct statekey
treasury_key(const struct account *a)
{
	struct statekey k = statekey_new('g', 't');

	statekey_account(&k, a);
	return k;
}

bool
dao_is_treasury(const struct state *s, const struct account *who)
{
	struct statekey k = treasury_key(who);

	return statekey_has(s, &k);
}

static struct statekey
terms_key(uint32_t number, uint32_t version)
{
	struct statekey k = key_u32('D', number);

	statekey_u32(&k, version);
	return k;
}

static void
put_terms(struct state *s, const struct account *creator, uint32_t number, uint32_t version, const struct op_create_dao *terms)
{
	struct statekey k = key_u32('d', number);
	struct wr w = { 0 };

	wr_u32(&w, version);
	wr_account(&w, creator);
	wr_dao_terms(&w, terms);
	statekey_put(s, &k, &w);
}

void
dao_put(struct state *s, const struct account *creator, uint32_t number, const struct op_create_dao *terms)
{
	struct account treasury = dao_treasury(number);
	struct statekey next = statekey_new('g', 'n'), t = treasury_key(&treasury);
	struct wr w = { 0 };

	put_terms(s, creator, number, 0, terms);
	statekey_put_u64(s, &next, (uint64_t)number + 1);
	wr_u32(&w, number);
	statekey_put(s, &t, &w);
}

void
dao_change(struct state *s, const struct dao *old, const struct op_create_dao *terms)
{
	struct statekey k = terms_key(old->number, old->version);
	struct wr w = { 0 };

	wr_account(&w, &old->creator);
	wr_dao_terms(&w, &old->terms);
	statekey_put(s, &k, &w);
	put_terms(s, &old->creator, old->number, old->version + 1, terms);
}

void
dao_fill(struct dao *out, uint32_t number, const struct account *creator, const struct op_create_dao *terms)
{
	memset(out, 0, sizeof(*out));
	out->number = number;
	out->creator = *creator;
	out->treasury = dao_treasury(number);
	out->terms = *terms;
	copy_text(out->name, sizeof(out->name), &terms->name);
	copy_text(out->rule, sizeof(out->rule), &terms->rule);
	assert(terms->params.len <= sizeof(out->params));
	if (terms->params.len > 0)
		memcpy(out->params, terms->params.p, terms->params.len);
	out->terms.name.p = out->name;
	out->terms.rule.p = out->rule;
	out->terms.params.p = out->params;
}

bool
dao_exists(const struct state *s, uint32_t number)
{
	struct statekey k = key_u32('d', number);

	return statekey_has(s, &k);
}

static void
rd_dao(struct rd *r, struct dao *out, uint32_t number, uint32_t version)
{
	struct op_create_dao terms;
	struct account creator;

	rd_account(r, &creator);
	rd_dao_terms(r, &terms);
	assert(rd_done(r));
	dao_fill(out, number, &creator, &terms);
	out->version = version;
}

bool
dao_get(struct dao *out, const struct state *s, uint32_t number)
{
	struct statekey k = key_u32('d', number);
	uint32_t version;
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	version = rd_u32(&r);
	rd_dao(&r, out, number, version);
	return true;
}

bool
dao_get_version(struct dao *out, const struct state *s, uint32_t number, uint32_t version)
{
	struct statekey k = terms_key(number, version);
	struct rd r;

	if (!dao_get(out, s, number) || version > out->version)
		return false;
	if (version == out->version)
		return true;
	if (!statekey_get(&r, s, &k))
		return false;
	rd_dao(&r, out, number, version);
	return true;
}

uint32_t
dao_count(const struct state *s)
{
	struct statekey k = statekey_new('g', 'n');
	uint64_t n = statekey_get_u64(s, &k);

	return n == 0 ? 1 : (uint32_t)n; /* number 0 is the federation's, there or not */
}

bool
dao_peg_paused(const struct state *s)
{
	struct statekey k = statekey_new('g', 'P');

	return statekey_has(s, &k);
}

uint64_t
dao_peg_resumes(const struct state *s)
{
	struct statekey k = statekey_new('g', 'R');

	return statekey_get_u64(s, &k);
}

struct account
dao_cover_account(enum cover_source source)
{
	uint8_t b = (uint8_t)source;

	return account_of_module("cover", &b, 1);
}

struct amount
dao_cover_donations(const struct state *s, uint64_t height)
{
	struct statekey k = statekey_new('g', 'C');
	struct amount a;
	struct rd r;

	if (!statekey_get(&r, s, &k) || rd_u64(&r) != height)
		return AMOUNT_ZERO;
	a = rd_amount(&r);
	assert(rd_done(&r));
	return a;
}

void
dao_cover_donations_put(struct state *s, uint64_t height, struct amount a)
{
	struct statekey k = statekey_new('g', 'C');
	struct wr w = { 0 };

	wr_u64(&w, height);
	wr_amount(&w, a);
	statekey_put(s, &k, &w);
}

/* ---- proposals ---- */

uint64_t
proposal_count(const struct state *s)
{
	struct statekey k = statekey_new('g', 'm');

	return statekey_get_u64(s, &k);
}

/* When the block's time alone changes it; false when nothing does. */
static bool
deadline(struct unixtime *out, const struct proposal *p)
{
	switch (p->state) {
	case PROPOSAL_DEPOSIT:
		out->sec = p->deposit_until.sec + 1;
		return true;
	case PROPOSAL_DELAY:
		*out = p->vote_start;
		return true;
	case PROPOSAL_VOTING:
		out->sec = p->vote_end.sec + 1;
		return true;
	case PROPOSAL_TIMELOCK:
		out->sec = p->expires.sec + 1;
		return true;
	case PROPOSAL_EXECUTED:
	case PROPOSAL_EXPIRED:
	case PROPOSAL_DEFEATED:
	case PROPOSAL_VETOED:
	case PROPOSAL_CANCELLED:
	case PROPOSAL_FAILED:
		break;
	}
	return false;
}

static struct statekey
queue_key(struct unixtime when, uint64_t number)
{
	struct statekey k = statekey_new('g', 'q');

	assert(when.sec >= 0);
	statekey_u64(&k, (uint64_t)when.sec);
	statekey_u64(&k, number);
	return k;
}

bool
proposal_is_open(const struct proposal *p)
{
	struct unixtime when;

	return deadline(&when, p);
}

bool
proposal_is_queued(const struct state *s, const struct proposal *p)
{
	struct unixtime when;
	struct statekey k;

	if (!deadline(&when, p))
		return false;
	k = queue_key(when, p->number);
	return statekey_has(s, &k);
}

bool
proposal_next_due(const struct state *s, uint64_t *number, struct unixtime *when)
{
	struct state_walk w;

	state_walk_init(&w, s, "gq", 2);
	if (!state_walk_next(&w))
		return false;
	when->sec = (int64_t)statekey_read_u64(w.key + 2);
	*number = statekey_read_u64(w.key + 10);
	return true;
}

static void
wr_rule(struct wr *w, const struct rule_version *v)
{
	struct op_text name = { v->name, strlen(v->name) };

	wr_text(w, &name);
	wr_u16(w, v->major);
	wr_u16(w, v->minor);
	wr_u16(w, v->patch);
}

static void
rd_rule(struct rd *r, struct rule_version *out)
{
	struct op_text name;

	rd_text(r, &name, RULE_NAME_MAX);
	copy_text(out->name, sizeof(out->name), &name);
	out->major = rd_u16(r);
	out->minor = rd_u16(r);
	out->patch = rd_u16(r);
}

static void
wr_record(struct wr *w, const struct proposal *p)
{
	struct op_text reason = { p->reason, strlen(p->reason) };

	wr_u32(w, p->dao);
	wr_u32(w, p->terms);
	wr_account(w, &p->proposer);
	wr_u8(w, (uint8_t)p->state);
	wr_text(w, &reason);
	wr_rule(w, &p->rule);
	wr_i64(w, p->created.sec);
	wr_amount(w, p->deposit);
	wr_i64(w, p->deposit_until.sec);
	wr_i64(w, p->vote_start.sec);
	wr_i64(w, p->vote_end.sec);
	wr_i64(w, p->eta.sec);
	wr_i64(w, p->expires.sec);
	wr_u64(w, p->snapshot);
	wr_u64(w, p->base);
	for (size_t i = 0; i < VOTE_CHOICES; i++)
		wr_u64(w, p->tallies[i]);
	wr_u8(w, p->quorum);
	wr_u8(w, p->extended);
}

static void
rd_record(struct rd *r, struct proposal *out)
{
	struct op_text reason;

	out->dao = rd_u32(r);
	out->terms = rd_u32(r);
	rd_account(r, &out->proposer);
	out->state = (enum proposal_state)rd_u8(r);
	rd_text(r, &reason, sizeof(out->reason) - 1);
	copy_text(out->reason, sizeof(out->reason), &reason);
	rd_rule(r, &out->rule);
	out->created.sec = rd_i64(r);
	out->deposit = rd_amount(r);
	out->deposit_until.sec = rd_i64(r);
	out->vote_start.sec = rd_i64(r);
	out->vote_end.sec = rd_i64(r);
	out->eta.sec = rd_i64(r);
	out->expires.sec = rd_i64(r);
	out->snapshot = rd_u64(r);
	out->base = rd_u64(r);
	for (size_t i = 0; i < VOTE_CHOICES; i++)
		out->tallies[i] = rd_u64(r);
	out->quorum = rd_u8(r) != 0;
	out->extended = rd_u8(r) != 0;
}

bool
proposal_load(struct proposal *out, const struct state *s, uint64_t number)
{
	struct statekey k = key_u64('p', number);
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	memset(out, 0, sizeof(*out));
	out->number = number;
	rd_record(&r, out);
	assert(rd_done(&r));
	return true;
}

bool
proposal_get(struct proposal *out, const struct state *s, uint64_t number)
{
	struct statekey k = key_u64('b', number);
	struct op_text title;
	struct rd r;

	if (!proposal_load(out, s, number) || !statekey_get(&r, s, &k))
		return false;
	rd_text(&r, &title, PROPOSAL_TITLE_MAX);
	copy_text(out->title, sizeof(out->title), &title);
	out->actions_n = rd_done(&r) ? 0 : rd_actions(&r, out->actions);
	assert(rd_done(&r));
	return true;
}

void
proposal_store(struct state *s, const struct proposal *p)
{
	struct statekey k = key_u64('p', p->number), queue;
	struct proposal old;
	struct unixtime when;
	struct wr w = { 0 };

	if (proposal_load(&old, s, p->number) && deadline(&when, &old)) {
		queue = queue_key(when, p->number);
		statekey_delete(s, &queue);
	}
	wr_record(&w, p);
	statekey_put(s, &k, &w);
	if (deadline(&when, p)) {
		queue = queue_key(when, p->number);
		state_put(s, queue.b, queue.len, "", 0);
	}
}

void
proposal_store_body(struct state *s, uint64_t number, const struct op_propose *o)
{
	struct statekey k = key_u64('b', number), count = statekey_new('g', 'm');
	struct wr w = { 0 };

	wr_text(&w, &o->title);
	wr_actions(&w, o->actions, o->actions_n);
	statekey_put(s, &k, &w);
	statekey_put_u64(s, &count, number);
}

void
proposal_drop_actions(struct state *s, uint64_t number)
{
	struct statekey k = key_u64('b', number);
	struct op_text title;
	char copy[PROPOSAL_TITLE_MAX + 1];
	struct wr w = { 0 };
	struct rd r;
	bool there = statekey_get(&r, s, &k);

	assert(there);
	(void)there;
	rd_text(&r, &title, PROPOSAL_TITLE_MAX);
	copy_text(copy, sizeof(copy), &title);
	title.p = copy;
	wr_text(&w, &title);
	statekey_put(s, &k, &w);
}

/* ---- ballots ---- */

bool
proposal_ballot(struct ballot *out, const struct state *s, uint64_t number, const struct account *who)
{
	struct statekey k = key_who('v', number, who);
	struct rd r;

	if (!statekey_get(&r, s, &k))
		return false;
	for (size_t i = 0; i < VOTE_CHOICES; i++)
		out->parts[i] = rd_u16(&r);
	out->weight = rd_u64(&r);
	assert(rd_done(&r));
	return true;
}

void
ballot_store(struct state *s, uint64_t number, const struct account *who, const struct ballot *b)
{
	struct statekey k = key_who('v', number, who);
	struct wr w = { 0 };

	for (size_t i = 0; i < VOTE_CHOICES; i++)
		wr_u16(&w, b->parts[i]);
	wr_u64(&w, b->weight);
	statekey_put(s, &k, &w);
}

static struct statekey
live_key(uint32_t dao, const struct account *who)
{
	struct statekey k = key_u32('w', dao);

	statekey_account(&k, who);
	return k;
}

uint64_t
proposal_live(const struct state *s, uint32_t dao, const struct account *who)
{
	struct statekey k = live_key(dao, who);

	return statekey_get_u64(s, &k);
}

void
proposal_set_live(struct state *s, uint32_t dao, const struct account *who, uint64_t number)
{
	struct statekey k = live_key(dao, who);

	statekey_put_u64(s, &k, number);
}

struct amount
override_of(const struct state *s, uint64_t proposal, const struct account *delegate)
{
	struct statekey k = key_who('o', proposal, delegate);
	struct amount a;
	bool ok = amount_from_units(&a, statekey_get_u64(s, &k));

	assert(ok);
	(void)ok;
	return a;
}

void
override_add(struct state *s, uint64_t proposal, const struct account *delegate, struct amount own)
{
	struct statekey k = key_who('o', proposal, delegate);
	struct amount sum = override_of(s, proposal, delegate);
	bool ok = amount_add(&sum, sum, own);

	assert(ok); /* at most the supply */
	(void)ok;
	statekey_put_u64(s, &k, amount_units(sum));
}

bool
override_done(const struct state *s, uint64_t proposal, const struct account *holder)
{
	struct statekey k = key_who('u', proposal, holder);

	return statekey_has(s, &k);
}

void
override_set_done(struct state *s, uint64_t proposal, const struct account *holder)
{
	struct statekey k = key_who('u', proposal, holder);

	state_put(s, k.b, k.len, "", 0);
}

/* ---- what isn't wanted any more ---- */

void
ballots_forget_later(struct state *s, uint64_t number)
{
	struct statekey k = key_u64('x', number);

	state_put(s, k.b, k.len, "", 0);
}

/* Delete up to *left keys of a table about a proposal, and lower *left by them; false when it comes to 0. */
static bool
forget(struct state *s, char table, uint64_t number, unsigned *left)
{
	struct statekey k = key_u64(table, number);
	struct state_walk w;

	state_walk_init(&w, s, k.b, k.len);
	for (; *left > 0 && state_walk_next(&w); --*left)
		state_delete(s, w.key, w.key_len);
	return *left > 0;
}

void
ballots_sweep(struct state *s, unsigned most)
{
	struct state_walk w;

	state_walk_init(&w, s, "gx", 2);
	while (most > 0 && state_walk_next(&w)) {
		uint64_t number = statekey_read_u64(w.key + 2);

		if (forget(s, 'v', number, &most) && forget(s, 'o', number, &most) && forget(s, 'u', number, &most)) {
			state_delete(s, w.key, w.key_len);
			most--;
		}
	}
}
