#include "bridge/peg/intent.h"

#include <assert.h>
#include <string.h>

#include "bridge/peg/member.h"
#include "bridge/peg/peg.h"
#include "bridge/peg/state_key.h"

static struct state_key
intent_key(const struct xonly_key *output_key)
{
	struct hash256 name;

	memcpy(name.b, output_key->b, sizeof(name.b));
	return key_with_hash(KEY_INTENT, &name);
}

static struct state_key
expiry_key(const struct intent *i)
{
	struct state_key k = key_with_u32(KEY_INTENT_EXPIRY, i->expires);
	struct hash256 name;

	memcpy(name.b, i->output_key.b, sizeof(name.b));
	key_hash(&k, &name);
	return k;
}

static struct state_key
quota_key(const struct account *payer)
{
	struct state_key k = key_of(KEY_INTENT_QUOTA);

	key_u8(&k, payer->type);
	key_hash(&k, &payer->id);
	return k;
}

static uint32_t
quota_used(const struct state *s, const struct account *payer)
{
	struct state_key k = quota_key(payer);
	size_t len;
	const uint8_t *v = key_get(s, &len, &k);
	struct rd r = rd_init(v, len);

	return rd_u32(&r);
}

static void
quota_put(struct state *s, const struct account *payer, uint32_t used)
{
	struct state_key k = quota_key(payer);
	struct wr w = { 0 };

	if (used == 0) {
		key_delete(s, &k);
		return;
	}
	wr_u32(&w, used);
	key_put(s, &k, &w);
}

static void
count(struct state *s, const struct account *payer, bool more)
{
	struct books b;
	uint32_t used = quota_used(s, payer);

	books_get(&b, s);
	assert(more || (b.intents > 0 && used > 0));
	b.intents = more ? b.intents + 1 : b.intents - 1;
	books_put(s, &b);
	quota_put(s, payer, more ? used + 1 : used - 1);
}

static void
drop(struct state *s, const struct intent *i)
{
	struct state_key k = intent_key(&i->output_key), expiry = expiry_key(i);

	key_delete(s, &k);
	key_delete(s, &expiry);
	count(s, &i->payer, false);
}

static void
store(struct state *s, const struct intent *i)
{
	struct state_key k = intent_key(&i->output_key), expiry = expiry_key(i);
	struct wr w = { 0 };

	wr_deposit_terms(&w, &i->terms);
	wr_account(&w, &i->payer);
	wr_u32(&w, i->expires);
	key_put(s, &k, &w);
	key_mark(s, &expiry);
	count(s, &i->payer, true);
}

static const char *
make(struct intent *out, const struct exec *x, const struct peg_params *p, const struct deposit_terms *t,
     const struct account *payer)
{
	uint8_t script[P2TR_LEN];
	struct relay relay;
	struct vault v;
	bool good;

	if (t->account.type != ACCOUNT_KEY && t->account.type != ACCOUNT_POLICY)
		return "BAD_ACCOUNT";
	if (t->epoch != record_epoch(x->state) || !peg_vault(&v, x->state, t->epoch))
		return "UNKNOWN_EPOCH";
	good = deposit_script(script, NULL, &v, t);
	vault_clear(&v);
	if (!good)
		return "BAD_RECLAIM_KEY";
	relay_get(&relay, x->state);
	*out = (struct intent){ .terms = *t, .payer = *payer, .expires = relay.height + p->reclaim_delay };
	memcpy(out->output_key.b, script + 2, sizeof(out->output_key.b));
	return NULL;
}

static const char *
take(struct exec *x, const struct peg_params *p, const struct deposit_terms *t, const struct account *payer)
{
	struct intent i, old;
	struct books b;
	const char *why = make(&i, x, p, t, payer);

	if (why != NULL)
		return why;
	if (intent_get(&old, x->state, &i.output_key)) {
		/* renewed once half of its time is over */
		if (i.expires < old.expires + p->reclaim_delay / 2)
			return "INTENT_KNOWN";
		drop(x->state, &old);
	}
	books_get(&b, x->state);
	if (b.intents >= p->intents_max)
		return "INTENTS_FULL";
	if (quota_used(x->state, payer) >= p->intents_per_payer)
		return "INTENT_QUOTA";
	store(x->state, &i);
	exec_involve(x, &t->account);
	exec_event(x, "PEG_INTENT", i.output_key.b, sizeof(i.output_key.b));
	return NULL;
}

const char *
intent_apply(struct exec *x, const struct peg_params *p, const struct op_intent *op)
{
	struct hash256 message;
	struct federation f;
	const char *why;

	intent_message(&message, &x->env->genesis_id, op);
	why = member_take(x, &op->mark, MEMBER_INTENT, &message);
	if (why != NULL)
		return why;
	if (!record_federation_get(&f, x->state, op->mark.epoch))
		return "UNKNOWN_EPOCH";
	return take(x, p, &op->terms, &f.member[op->mark.member].account);
}

const char *
intent_paid_apply(struct exec *x, const struct peg_params *p, const struct deposit_terms *t, const struct account *payer)
{
	return take(x, p, t, payer);
}

void
intents_end_block(struct exec *x)
{
	struct state_walk w;
	struct relay relay;

	relay_get(&relay, x->state);
	key_walk(&w, x->state, KEY_INTENT_EXPIRY);
	while (state_walk_next(&w) && key_read_u32(w.key, 0) <= relay.height) {
		struct hash256 name = key_read_hash(w.key, 4);
		struct xonly_key output_key;
		struct intent i;
		bool there;

		memcpy(output_key.b, name.b, sizeof(output_key.b));
		there = intent_get(&i, x->state, &output_key);
		assert(there);
		drop(x->state, &i);
	}
}
