#include "chain/filter_evidence.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "chain/script.h"
#include "chain/taproot.h"

/* Invariants: 1. `certain` holds each script of O and I once, and no other. 2. Every input but the coinbase's is either
 * counted in `unknown` or its script is in `certain` (unless that is empty). 3. guess[group[i].first] and the group[i].n -
 * 1 after it are about one unknown input; an input without a guess has no group. */

#define DERIVED_MAX 34 /* a witness program of 32 bytes */
#define GUESSES_MAX 4  /* for one input */
#define CONTROL_BASE 33
#define CONTROL_NODE 32
#define ANNEX_TAG 0x50

struct derived {
	uint8_t script[DERIVED_MAX];
	size_t len;
};

struct guess_group {
	size_t first, n;
};

struct filter_evidence {
	const struct block *block; /* borrowed */
	struct hash256 block_hash;
	struct filter_item *certain; /* owned; what they point to is the block's, the caller's, or in `nested` */
	size_t certain_n;
	size_t unknown;
	struct derived *nested; /* owned: room for one of each input, so that it never moves */
	size_t nested_n;
	struct derived *guess; /* owned: room for GUESSES_MAX of each input */
	size_t guess_n;
	struct guess_group *group; /* owned */
	size_t group_n;
};

/* -- Scripts from hashes -- */

static struct derived
derive_p2pkh(const void *key, size_t len)
{
	struct derived d = { .script = { OP_DUP, OP_HASH160, 20, [23] = OP_EQUALVERIFY, [24] = OP_CHECKSIG }, .len = 25 };

	hash160(d.script + 3, key, len);
	return d;
}

static struct derived
derive_p2sh(const void *redeem, size_t len)
{
	struct derived d = { .script = { OP_HASH160, 20, [22] = OP_EQUAL }, .len = 23 };

	hash160(d.script + 2, redeem, len);
	return d;
}

static struct derived
derive_p2wpkh(const void *key, size_t len)
{
	struct derived d = { .script = { OP_0, 20 }, .len = 22 };

	hash160(d.script + 2, key, len);
	return d;
}

static struct derived
derive_p2wsh(const void *witness_script, size_t len)
{
	struct derived d = { .script = { OP_0, 32 }, .len = 34 };
	struct hash256 h;

	sha256(&h, witness_script, len);
	memcpy(d.script + 2, h.b, sizeof(h.b));
	return d;
}

/* BIP341: the output key that a script and a control block open. */
static bool
derive_p2tr(struct derived *out, const struct witness_item *script, const struct witness_item *control)
{
	struct rd r = rd_init(control->bytes, control->len);
	struct xonly_key internal, key;
	struct hash256 node;
	uint8_t version;
	bool odd;

	if (control->len < CONTROL_BASE || control->len > CONTROL_BASE + CONTROL_NODE * TAPROOT_DEPTH_MAX ||
	    (control->len - CONTROL_BASE) % CONTROL_NODE != 0)
		return false;
	version = rd_u8(&r);
	rd_xonly(&r, &internal);
	tapleaf_hash(&node, version & 0xfe, script->bytes, script->len);
	while (r.left > 0) {
		struct hash256 sibling;

		rd_hash256(&r, &sibling);
		tapbranch_hash(&node, &node, &sibling);
	}
	if (!taproot_output_key(&key, &odd, &internal, &node))
		return false;
	*out = (struct derived){ .len = 34 };
	script_p2tr(out->script, &key);
	return true;
}

/* -- Guesses at what an input spends -- */

static bool
looks_like_key(const uint8_t *p, size_t len)
{
	return (len == 33 && (p[0] == 2 || p[0] == 3)) || (len == 65 && p[0] == 4);
}

/* DER: a sequence as long as it says, and the byte of the hash type. */
static bool
looks_like_signature(const uint8_t *p, size_t len)
{
	return len >= 9 && len <= 73 && p[0] == 0x30 && p[1] == len - 3;
}

/* The last of a script's pushes; false if it does anything but push, or nothing. */
static bool
last_push(struct script_op *last, size_t *pushes, const uint8_t *script, size_t len)
{
	struct rd r = rd_init(script, len);
	struct script_op op;

	*pushes = 0;
	while (script_next(&r, &op)) {
		if (op.opcode > OP_16)
			return false;
		*last = op;
		++*pushes;
	}
	return rd_ok(&r) && *pushes != 0;
}

/* P2PKH and P2SH. What ends in a signature spends a bare key or bare keys, which it doesn't show. */
static size_t
guess_from_script_sig(struct derived *out, const struct txin *in)
{
	struct script_op last = { 0 };
	size_t pushes, n = 0;

	if (!last_push(&last, &pushes, in->script_sig, in->script_sig_len) || last.data == NULL ||
	    looks_like_signature(last.data, last.len))
		return 0;
	if (pushes == 2 && looks_like_key(last.data, last.len))
		out[n++] = derive_p2pkh(last.data, last.len);
	out[n++] = derive_p2sh(last.data, last.len);
	return n;
}

/* P2WPKH, P2WSH, P2TR by a script. A lone signature (BIP341: 64 or 65 bytes) spends a taproot key, which it doesn't show. */
static size_t
guess_from_witness(struct derived *out, const struct txin *in)
{
	const struct witness_item *item = in->witness, *last = &item[in->witness_n - 1];
	size_t plain = in->witness_n, n = 0; /* plain: without an annex */

	if (plain >= 2 && last->len > 0 && last->bytes[0] == ANNEX_TAG)
		plain--;
	if (plain == 1 && (item[0].len == 64 || item[0].len == 65))
		return 0;
	if (in->witness_n == 2 && looks_like_key(last->bytes, last->len))
		out[n++] = derive_p2wpkh(last->bytes, last->len);
	out[n++] = derive_p2wsh(last->bytes, last->len);
	if (plain >= 2)
		n += derive_p2tr(&out[n], &item[plain - 2], &item[plain - 1]);
	return n;
}

static void
add_unknown(struct filter_evidence *e, const struct txin *in)
{
	struct derived *out = &e->guess[e->guess_n];
	size_t n = 0;

	if (in->witness_n == 0)
		n = guess_from_script_sig(out, in);
	else if (in->script_sig_len == 0)
		n = guess_from_witness(out, in);
	assert(n <= GUESSES_MAX);
	e->unknown++;
	if (n != 0)
		e->group[e->group_n++] = (struct guess_group){ e->guess_n, n };
	e->guess_n += n;
}

/* -- What is certain -- */

static void
add_certain(struct filter_evidence *e, const uint8_t *script, size_t len)
{
	if (len != 0) /* BIP158 leaves empty scripts out */
		e->certain[e->certain_n++] = (struct filter_item){ script, len };
}

/* P2SH around a witness program. Only that may have both a witness and a script_sig, and its script_sig must be the
 * program's direct push: with anything else the block would not be valid (BIP141), and there would be nothing to say about
 * its filter. */
static bool
nested_program(const uint8_t **program, size_t *len, const struct txin *in)
{
	enum script_type type;

	if (in->witness_n == 0 || in->script_sig_len < 2 || in->script_sig[0] != in->script_sig_len - 1)
		return false;
	*program = in->script_sig + 1;
	*len = in->script_sig_len - 1;
	type = script_classify(NULL, NULL, *program, *len);
	return type == SCRIPT_P2WPKH || type == SCRIPT_P2WSH || type == SCRIPT_P2TR || type == SCRIPT_WITNESS_UNKNOWN;
}

struct made_here {
	struct hash256 txid; /* the key */
	const struct tx *tx; /* borrowed */
	UT_hash_handle hh;
};

struct prevouts {
	struct made_here *table, *entries; /* owned: the hash table, and where its entries are */
	filter_prevout_fn *known;
	void *context;
};

static bool
certain_prevout(struct filter_item *out, const struct prevouts *p, const struct outpoint *o)
{
	struct made_here *made;

	HASH_FIND(hh, p->table, &o->txid, sizeof(o->txid), made);
	if (made != NULL && o->index < made->tx->out_n) {
		*out = (struct filter_item){ made->tx->out[o->index].script, made->tx->out[o->index].script_len };
		return true;
	}
	return p->known != NULL && p->known(p->context, o, out);
}

static void
add_input(struct filter_evidence *e, const struct prevouts *p, const struct txin *in)
{
	struct filter_item script;
	const uint8_t *program;
	size_t len;

	if (certain_prevout(&script, p, &in->prevout)) {
		add_certain(e, script.bytes, script.len);
	} else if (nested_program(&program, &len, in)) {
		struct derived *d = &e->nested[e->nested_n++];

		*d = derive_p2sh(program, len);
		add_certain(e, d->script, d->len);
	} else {
		add_unknown(e, in);
	}
}

static int
item_cmp(const void *a, const void *b)
{
	const struct filter_item *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->bytes, y->bytes, x->len);
}

static void
keep_each_once(struct filter_evidence *e)
{
	size_t kept = 0;

	qsort(e->certain, e->certain_n, sizeof(*e->certain), item_cmp);
	for (size_t i = 0; i < e->certain_n; i++) {
		if (kept == 0 || item_cmp(&e->certain[kept - 1], &e->certain[i]) != 0)
			e->certain[kept++] = e->certain[i];
	}
	e->certain_n = kept;
}

static void
gather(struct filter_evidence *e, const struct prevouts *p)
{
	for (size_t i = 0; i < e->block->tx_n; i++) {
		const struct tx *tx = &e->block->tx[i];

		for (size_t k = 0; k < tx->out_n; k++) {
			if (filter_counts_output(&tx->out[k]))
				add_certain(e, tx->out[k].script, tx->out[k].script_len);
		}
		for (size_t k = 0; i > 0 && k < tx->in_n; k++)
			add_input(e, p, &tx->in[k]);
	}
	keep_each_once(e);
}

struct filter_evidence *
filter_evidence_new(const struct block *b, filter_prevout_fn *known, void *context)
{
	struct filter_evidence *e = mem_new(1, sizeof(*e));
	struct prevouts p = { .entries = mem_new(b->tx_n, sizeof(*p.entries)), .known = known, .context = context };
	size_t inputs = 0, outputs = 0;

	for (size_t i = 0; i < b->tx_n; i++) {
		struct made_here *made = &p.entries[i];

		tx_txid(&made->txid, &b->tx[i]);
		made->tx = &b->tx[i];
		HASH_ADD(hh, p.table, txid, sizeof(made->txid), made);
		inputs += b->tx[i].in_n;
		outputs += b->tx[i].out_n;
	}
	e->block = b;
	header_hash(&e->block_hash, &b->header);
	e->certain = mem_new(inputs + outputs, sizeof(*e->certain));
	e->nested = mem_new(inputs, sizeof(*e->nested));
	e->guess = mem_new(inputs, GUESSES_MAX * sizeof(*e->guess));
	e->group = mem_new(inputs, sizeof(*e->group));
	gather(e, &p);
	HASH_CLEAR(hh, p.table);
	free(p.entries);
	return e;
}

void
filter_evidence_free(struct filter_evidence *e)
{
	if (e == NULL)
		return;
	free(e->certain);
	free(e->nested);
	free(e->guess);
	free(e->group);
	free(e);
}

size_t
filter_evidence_certain(const struct filter_evidence *e)
{
	return e->certain_n;
}

size_t
filter_evidence_unknown(const struct filter_evidence *e)
{
	return e->unknown;
}

bool
filter_evidence_complete(const struct filter_evidence *e)
{
	return e->unknown == 0;
}

void
filter_evidence_rebuild(struct wr *w, const struct filter_evidence *e)
{
	assert(e->unknown == 0);
	filter_build(w, &e->block_hash, e->certain, e->certain_n);
}

/* -- Judging -- */

static enum filter_verdict
verdict(const char **why, enum filter_verdict v, const char *clause)
{
	if (why != NULL)
		*why = clause;
	return v;
}

/* present: about the certain scripts, then the guesses. */
static enum filter_verdict
weigh(const struct filter_evidence *e, const char **why, uint64_t count, const bool *present)
{
	if (count < e->certain_n)
		return verdict(why, FILTER_LIE, "fewer items than the block has scripts");
	if (count > e->certain_n + e->unknown)
		return verdict(why, FILTER_LIE, "more items than the block can have scripts");
	for (size_t i = 0; i < e->certain_n; i++) {
		if (!present[i])
			return verdict(why, FILTER_LIE, "a script of the block is missing");
	}
	for (size_t i = 0; i < e->group_n; i++) {
		const bool *guess = present + e->certain_n + e->group[i].first;
		bool any = false;

		for (size_t k = 0; k < e->group[i].n; k++)
			any = any || guess[k];
		if (!any)
			return verdict(why, FILTER_UNSETTLED, "a script that an input seems to spend is missing");
	}
	return verdict(why, FILTER_HONEST, "all that the block shows is in it");
}

/* u = 0: bit for bit. */
static enum filter_verdict
compare(const struct filter_evidence *e, const char **why, const uint8_t *filter, size_t len)
{
	struct wr w = { 0 };
	bool same;

	filter_evidence_rebuild(&w, e);
	same = w.len == len && memcmp(w.p, filter, len) == 0;
	wr_clear(&w);
	return same ? verdict(why, FILTER_HONEST, "it is the block's filter, bit for bit")
		    : verdict(why, FILTER_LIE, "it is not the block's filter, bit for bit");
}

enum filter_verdict
filter_evidence_judge(const struct filter_evidence *e, const char **why, const uint8_t *filter, size_t len)
{
	size_t n = e->certain_n + e->guess_n;
	struct filter_item *items = mem_new(n, sizeof(*items));
	bool *present = mem_new(n, sizeof(*present));
	enum filter_verdict v;
	uint64_t count;

	if (e->certain_n != 0)
		memcpy(items, e->certain, e->certain_n * sizeof(*items));
	for (size_t i = 0; i < e->guess_n; i++)
		items[e->certain_n + i] = (struct filter_item){ e->guess[i].script, e->guess[i].len };
	if (!filter_match_each(&count, present, filter, len, &e->block_hash, items, n))
		v = verdict(why, FILTER_LIE, "malformed");
	else
		v = weigh(e, why, count, present);
	if (v != FILTER_LIE && filter_evidence_complete(e))
		v = compare(e, why, filter, len);
	free(items);
	free(present);
	return v;
}

enum filter_dispute
filter_evidence_decide(const struct filter_evidence *e, const char **why, const uint8_t *first, size_t first_len,
		       const uint8_t *second, size_t second_len)
{
	const char *why_first, *why_second;
	enum filter_verdict a, b;
	enum filter_dispute d = DISPUTE_UNSETTLED;

	if (first_len == second_len && (first_len == 0 || memcmp(first, second, first_len) == 0)) {
		(void)verdict(why, FILTER_HONEST, "the two are the same");
		return DISPUTE_NONE;
	}
	a = filter_evidence_judge(e, &why_first, first, first_len);
	b = filter_evidence_judge(e, &why_second, second, second_len);
	if (a == FILTER_LIE)
		d = b == FILTER_LIE ? DISPUTE_BOTH_LIE : DISPUTE_FIRST_LIES;
	else if (b == FILTER_LIE)
		d = DISPUTE_SECOND_LIES;
	if (why == NULL)
		return d;
	if (a == FILTER_LIE || a == FILTER_UNSETTLED)
		*why = why_first;
	else if (b == FILTER_LIE || b == FILTER_UNSETTLED)
		*why = why_second;
	else
		*why = "both hold all that the block shows";
	return d;
}
