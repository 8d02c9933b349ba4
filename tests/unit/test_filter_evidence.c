#include "chain/filter_evidence.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/script.h"
#include "chain/taproot.h"
#include "tests/unit/bip158.h"
#include "tests/unit/blocks.h"
#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"

#define SPENT_MAX 64
#define OUTPUTS 6 /* scripts that count in a scene without inputs: the coinbase's and one of each payment */

/* A block made by hand, and what its inputs really spend. */
struct scene {
	struct block b;
	struct filter_item spent[SPENT_MAX]; /* owned bytes */
	size_t spent_n;
	struct outpoint known[SPENT_MAX]; /* known[i] has script spent[known_at[i]] */
	size_t known_at[SPENT_MAX], known_n;
};

static struct scene
scene_new(void)
{
	struct scene s = { .b = test_block(OUTPUTS) };

	for (size_t i = 1; i < s.b.tx_n; i++) { /* payments that spend nothing yet */
		struct tx *tx = &s.b.tx[i];

		txin_clear_witness(&tx->in[0]);
		tx->in_n = 0;
	}
	return s;
}

static void
scene_clear(struct scene *s)
{
	for (size_t i = 0; i < s->spent_n; i++)
		free((void *)(uintptr_t)s->spent[i].bytes);
	block_clear(&s->b);
}

/* One more input in the second transaction; it really spends this script. */
static struct txin *
spend(struct scene *s, const void *script, size_t len)
{
	struct outpoint o = { .index = (uint32_t)s->spent_n };

	sha256(&o.txid, &s->spent_n, sizeof(s->spent_n));
	s->spent[s->spent_n++] = (struct filter_item){ mem_dup(script, len), len };
	tx_add_in(&s->b.tx[1], &o, SEQUENCE_FINAL);
	return &s->b.tx[1].in[s->b.tx[1].in_n - 1];
}

static void
set_script_sig(struct txin *in, const void *bytes, size_t len)
{
	in->script_sig = mem_dup(bytes, len);
	in->script_sig_len = len;
}

static bool
known_prevout(void *context, const struct outpoint *o, struct filter_item *script)
{
	const struct scene *s = context;

	for (size_t i = 0; i < s->known_n; i++) {
		if (outpoint_eq(&s->known[i], o)) {
			*script = s->spent[s->known_at[i]];
			return true;
		}
	}
	return false;
}

static struct wr
honest_filter(const struct scene *s)
{
	struct wr w = { 0 };

	filter_build_block(&w, &s->b, s->spent, s->spent_n);
	return w;
}

/* What the inputs spend left out. */
static struct wr
filter_of_outputs(const struct scene *s)
{
	struct wr w = { 0 };

	filter_build_block(&w, &s->b, NULL, 0);
	return w;
}

static enum filter_verdict
judge(struct scene *s, const struct wr *filter)
{
	struct filter_evidence *e = filter_evidence_new(&s->b, known_prevout, s);
	const char *why = NULL;
	enum filter_verdict v = filter_evidence_judge(e, &why, filter->p, filter->len);

	CU_ASSERT_PTR_NOT_NULL(why);
	filter_evidence_free(e);
	return v;
}

/* -- Each way to spend -- */

static const uint8_t a_key[33] = { 2, 0x79, 0xbe, 0x66, 0x7e }, a_long_key[65] = { 4, 0x79 };
static const uint8_t a_signature[71] = { 0x30, 68, 2, 32 }, a_schnorr[64] = { 7, 7 }, some_script[40] = { 0x51, 0x75, 0x51 };

static void
wr_hash160(struct wr *w, const void *bytes, size_t len)
{
	uint8_t h[20];

	hash160(h, bytes, len);
	wr_push(w, h, sizeof(h));
}

static struct txin *
spend_wr(struct scene *s, struct wr *script)
{
	struct txin *in = spend(s, script->p, script->len);

	wr_clear(script);
	return in;
}

static struct txin *
spend_p2pkh_script(struct scene *s, const void *key, size_t len)
{
	struct wr w = { 0 };

	wr_u8(&w, OP_DUP);
	wr_u8(&w, OP_HASH160);
	wr_hash160(&w, key, len);
	wr_u8(&w, OP_EQUALVERIFY);
	wr_u8(&w, OP_CHECKSIG);
	return spend_wr(s, &w);
}

static struct txin *
spend_p2sh_script(struct scene *s, const void *redeem, size_t len)
{
	struct wr w = { 0 };

	wr_u8(&w, OP_HASH160);
	wr_hash160(&w, redeem, len);
	wr_u8(&w, OP_EQUAL);
	return spend_wr(s, &w);
}

static struct txin *
spend_p2wsh_script(struct scene *s, const void *script, size_t len)
{
	struct hash256 h;
	struct wr w = { 0 };

	sha256(&h, script, len);
	wr_u8(&w, OP_0);
	wr_push(&w, h.b, sizeof(h.b));
	return spend_wr(s, &w);
}

static void
pushes(struct txin *in, const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct wr w = { 0 };

	if (a != NULL)
		wr_push(&w, a, a_len);
	wr_push(&w, b, b_len);
	set_script_sig(in, w.p, w.len);
	wr_clear(&w);
}

static void
add_nothing(struct scene *s)
{
	(void)s;
}

static void
add_spend_of_this_block(struct scene *s)
{
	const struct txout *made = &s->b.tx[2].out[0];
	struct txin *in = spend(s, made->script, made->script_len);

	tx_txid(&in->prevout.txid, &s->b.tx[2]);
	in->prevout.index = 0;
}

static void
add_known(struct scene *s)
{
	struct txin *in = spend(s, some_script, sizeof(some_script));

	s->known[s->known_n] = in->prevout;
	s->known_at[s->known_n++] = s->spent_n - 1;
}

static void
add_known_empty(struct scene *s)
{
	struct txin *in = spend(s, NULL, 0);

	s->known[s->known_n] = in->prevout;
	s->known_at[s->known_n++] = s->spent_n - 1;
}

/* P2SH around a witness program of this many bytes after its version. */
static void
add_nested(struct scene *s, uint8_t version_opcode, uint8_t size)
{
	uint8_t program[42] = { version_opcode, size, 9, 9 };
	struct txin *in = spend_p2sh_script(s, program, 2u + size);

	pushes(in, NULL, 0, program, 2u + size);
	txin_add_witness(in, a_signature, sizeof(a_signature));
}

static void
add_nested_p2wpkh(struct scene *s)
{
	add_nested(s, OP_0, 20);
}
static void
add_nested_p2wsh(struct scene *s)
{
	add_nested(s, OP_0, 32);
}
static void
add_nested_future(struct scene *s)
{
	add_nested(s, OP_16, 40);
}

/* The same bytes without a witness: any script may be spent so. */
static void
add_program_without_witness(struct scene *s)
{
	const uint8_t program[] = { OP_1, 2, 9, 9 };
	struct txin *in = spend(s, some_script, sizeof(some_script));

	pushes(in, NULL, 0, program, sizeof(program));
}

static void
add_p2pkh(struct scene *s)
{
	pushes(spend_p2pkh_script(s, a_key, sizeof(a_key)), a_signature, sizeof(a_signature), a_key, sizeof(a_key));
}
static void
add_p2pkh_long_key(struct scene *s)
{
	struct txin *in = spend_p2pkh_script(s, a_long_key, sizeof(a_long_key));

	pushes(in, a_signature, sizeof(a_signature), a_long_key, sizeof(a_long_key));
}
static void
add_p2sh(struct scene *s)
{
	struct txin *in = spend_p2sh_script(s, some_script, sizeof(some_script));

	pushes(in, a_signature, sizeof(a_signature), some_script, sizeof(some_script));
}
/* A redeem script that looks like a key. */
static void
add_p2sh_like_p2pkh(struct scene *s)
{
	pushes(spend_p2sh_script(s, a_key, sizeof(a_key)), a_signature, sizeof(a_signature), a_key, sizeof(a_key));
}

static void
add_p2wpkh(struct scene *s)
{
	struct wr w = { 0 };
	struct txin *in;

	wr_u8(&w, OP_0);
	wr_hash160(&w, a_key, sizeof(a_key));
	in = spend_wr(s, &w);
	txin_add_witness(in, a_signature, sizeof(a_signature));
	txin_add_witness(in, a_key, sizeof(a_key));
}

static void
add_p2wsh(struct scene *s)
{
	struct txin *in = spend_p2wsh_script(s, some_script, sizeof(some_script));

	txin_add_witness(in, a_signature, sizeof(a_signature));
	txin_add_witness(in, some_script, sizeof(some_script));
}

/* A witness script that looks like the key of P2WPKH, and an annex that is none. */
static void
add_p2wsh_like_p2wpkh(struct scene *s)
{
	struct txin *in = spend_p2wsh_script(s, a_key, sizeof(a_key));

	txin_add_witness(in, a_signature, sizeof(a_signature));
	txin_add_witness(in, a_key, sizeof(a_key));
}
static void
add_p2wsh_like_annex(struct scene *s)
{
	static const uint8_t script[] = { 0x50, 0x51 };
	struct txin *in = spend_p2wsh_script(s, script, sizeof(script));

	txin_add_witness(in, a_signature, sizeof(a_signature));
	txin_add_witness(in, script, sizeof(script));
}

/* A taproot leaf at depth 2, opened. */
static void
add_p2tr_script_annex(struct scene *s, bool annex)
{
	struct hash256 path[2] = { { { 1 } }, { { 2 } } }, node;
	struct xonly_key key;
	uint8_t script[34];
	struct wr control = { 0 };
	struct txin *in;
	bool odd = false;

	tapleaf_hash(&node, TAPLEAF_VERSION, some_script, sizeof(some_script));
	tapbranch_hash(&node, &node, &path[0]);
	tapbranch_hash(&node, &node, &path[1]);
	CU_ASSERT_FATAL(taproot_output_key(&key, &odd, &taproot_nums_key, &node));
	script_p2tr(script, &key);
	in = spend(s, script, sizeof(script));
	txin_add_witness(in, a_schnorr, sizeof(a_schnorr));
	txin_add_witness(in, some_script, sizeof(some_script));
	wr_control_block(&control, TAPLEAF_VERSION, odd, &taproot_nums_key, path, 2);
	txin_add_witness(in, control.p, control.len);
	if (annex)
		txin_add_witness(in, "\x50 annex", 7);
	wr_clear(&control);
}
static void
add_p2tr_script(struct scene *s)
{
	add_p2tr_script_annex(s, false);
}
static void
add_p2tr_script_with_annex(struct scene *s)
{
	add_p2tr_script_annex(s, true);
}

static struct txin *
spend_p2tr_key(struct scene *s)
{
	uint8_t script[34];

	script_p2tr(script, &taproot_nums_key);
	return spend(s, script, sizeof(script));
}
static void
add_p2tr_key(struct scene *s)
{
	txin_add_witness(spend_p2tr_key(s), a_schnorr, sizeof(a_schnorr));
}
static void
add_p2tr_key_with_annex(struct scene *s)
{
	struct txin *in = spend_p2tr_key(s);

	txin_add_witness(in, a_schnorr, sizeof(a_schnorr));
	txin_add_witness(in, "\x50", 1);
}

static void
add_p2pk(struct scene *s)
{
	struct wr w = { 0 };

	wr_push(&w, a_key, sizeof(a_key));
	wr_u8(&w, OP_CHECKSIG);
	pushes(spend_wr(s, &w), NULL, 0, a_signature, sizeof(a_signature));
}
static void
add_bare_multisig(struct scene *s)
{
	pushes(spend(s, some_script, sizeof(some_script)), "", 0, a_signature, sizeof(a_signature));
}
/* Spent with nothing at all, with a number, and by more than pushes. */
static void
add_anyone_can(struct scene *s)
{
	spend(s, some_script, sizeof(some_script));
}
static void
add_number(struct scene *s)
{
	set_script_sig(spend(s, some_script, sizeof(some_script)), "\x51", 1);
}
static void
add_not_only_pushes(struct scene *s)
{
	set_script_sig(spend(s, some_script, sizeof(some_script)), "\x02\x51\x51\xac", 4);
}
static void
add_broken_push(struct scene *s)
{
	set_script_sig(spend(s, some_script, sizeof(some_script)), "\x05\x51", 2);
}
static void
add_empty_unknown(struct scene *s)
{
	spend(s, NULL, 0);
}
/* Nothing about it says that the script isn't P2SH of what was pushed. */
static void
add_guessed_wrong(struct scene *s)
{
	pushes(spend(s, some_script, sizeof(some_script)), NULL, 0, a_key, sizeof(a_key));
}

static void
each_way_to_spend(void)
{
	static const struct {
		const char *name;
		void (*add)(struct scene *s);
		size_t unknown;
		enum filter_verdict honest, without; /* of the honest filter, and of that which leaves the spent script out */
	} rows[] = {
		{ "nothing", add_nothing, 0, FILTER_HONEST, FILTER_HONEST },
		{ "this block's", add_spend_of_this_block, 0, FILTER_HONEST, FILTER_HONEST },
		{ "known", add_known, 0, FILTER_HONEST, FILTER_LIE },
		{ "known to be empty", add_known_empty, 0, FILTER_HONEST, FILTER_HONEST },
		{ "nested P2WPKH", add_nested_p2wpkh, 0, FILTER_HONEST, FILTER_LIE },
		{ "nested P2WSH", add_nested_p2wsh, 0, FILTER_HONEST, FILTER_LIE },
		{ "nested future version", add_nested_future, 0, FILTER_HONEST, FILTER_LIE },
		{ "program without witness", add_program_without_witness, 1, FILTER_UNSETTLED, FILTER_UNSETTLED },
		{ "P2PKH", add_p2pkh, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2PKH, long key", add_p2pkh_long_key, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2SH", add_p2sh, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2SH like P2PKH", add_p2sh_like_p2pkh, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2WPKH", add_p2wpkh, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2WSH", add_p2wsh, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2WSH like P2WPKH", add_p2wsh_like_p2wpkh, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2WSH like an annex", add_p2wsh_like_annex, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2TR script", add_p2tr_script, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2TR script with annex", add_p2tr_script_with_annex, 1, FILTER_HONEST, FILTER_UNSETTLED },
		{ "P2TR key", add_p2tr_key, 1, FILTER_HONEST, FILTER_HONEST },
		{ "P2TR key with annex", add_p2tr_key_with_annex, 1, FILTER_HONEST, FILTER_HONEST },
		{ "P2PK", add_p2pk, 1, FILTER_HONEST, FILTER_HONEST },
		{ "bare multisig", add_bare_multisig, 1, FILTER_HONEST, FILTER_HONEST },
		{ "anyone can", add_anyone_can, 1, FILTER_HONEST, FILTER_HONEST },
		{ "a number", add_number, 1, FILTER_HONEST, FILTER_HONEST },
		{ "not only pushes", add_not_only_pushes, 1, FILTER_HONEST, FILTER_HONEST },
		{ "broken push", add_broken_push, 1, FILTER_HONEST, FILTER_HONEST },
		{ "empty, not known", add_empty_unknown, 1, FILTER_HONEST, FILTER_HONEST },
		{ "guessed wrong", add_guessed_wrong, 1, FILTER_UNSETTLED, FILTER_UNSETTLED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scene s = scene_new();
		struct filter_evidence *e;
		struct wr honest, without;

		rows[i].add(&s);
		honest = honest_filter(&s);
		without = filter_of_outputs(&s);
		e = filter_evidence_new(&s.b, known_prevout, &s);
		CU_ASSERT_EQUAL(filter_evidence_unknown(e), rows[i].unknown);
		CU_ASSERT_EQUAL(filter_evidence_complete(e), rows[i].unknown == 0);
		filter_evidence_free(e);
		CU_ASSERT_EQUAL(judge(&s, &honest), rows[i].honest);
		CU_ASSERT_EQUAL(judge(&s, &without), rows[i].without);
		if (judge(&s, &honest) != rows[i].honest || judge(&s, &without) != rows[i].without)
			printf("%s\n", rows[i].name);
		wr_clear(&honest);
		wr_clear(&without);
		scene_clear(&s);
	}
}

/* -- Each kind of lie -- */

static struct filter_item
output_item(const struct txout *out)
{
	return (struct filter_item){ out->script, out->script_len };
}

/* The block's filter with some items left out and some added. */
static struct wr
forged(const struct scene *s, const struct filter_item *left_out, size_t added)
{
	struct filter_item items[3 * SPENT_MAX];
	static uint8_t junk[SPENT_MAX][4];
	struct hash256 hash;
	struct wr w = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < s->b.tx_n; i++) {
		for (size_t k = 0; k < s->b.tx[i].out_n; k++) {
			if (filter_counts_output(&s->b.tx[i].out[k]))
				items[n++] = output_item(&s->b.tx[i].out[k]);
		}
	}
	for (size_t i = 0; i < s->spent_n; i++)
		items[n++] = s->spent[i];
	for (size_t i = 0; left_out != NULL && i < n; i++) {
		if (items[i].len == left_out->len && memcmp(items[i].bytes, left_out->bytes, left_out->len) == 0)
			items[i--] = items[--n];
	}
	for (size_t i = 0; i < added; i++) {
		junk[i][0] = (uint8_t)i;
		junk[i][3] = 0xee;
		items[n++] = (struct filter_item){ junk[i], sizeof(junk[i]) };
	}
	header_hash(&hash, &s->b.header);
	filter_build(&w, &hash, items, n);
	return w;
}

static struct filter_item
output(const struct scene *s, size_t tx, size_t index)
{
	return output_item(&s->b.tx[tx].out[index]);
}

static enum filter_verdict
judge_forged(struct scene *s, const struct filter_item *left_out, size_t added)
{
	struct wr w = forged(s, left_out, added);
	enum filter_verdict v = judge(s, &w);

	wr_clear(&w);
	return v;
}

/* Known, nested, derivable, and two inputs that show nothing: u = 3. */
static struct scene
mixed_scene(void)
{
	struct scene s = scene_new();

	add_known(&s);
	add_nested_p2wpkh(&s);
	add_p2wpkh(&s);
	add_p2tr_key(&s);
	add_p2pk(&s);
	return s;
}

static void
lies(void)
{
	struct scene s = mixed_scene();
	struct filter_item coinbase = output(&s, 0, 0), paid = output(&s, 3, 0);

	CU_ASSERT_EQUAL(judge_forged(&s, NULL, 0), FILTER_HONEST);
	/* left out: a payment, the coinbase's, what is known, what is nested. What is added in its place makes no
	 * difference. */
	for (size_t added = 0; added < 2; added++) {
		CU_ASSERT_EQUAL(judge_forged(&s, &paid, added), FILTER_LIE);
		CU_ASSERT_EQUAL(judge_forged(&s, &coinbase, added), FILTER_LIE);
		CU_ASSERT_EQUAL(judge_forged(&s, &s.spent[0], added), FILTER_LIE);
		CU_ASSERT_EQUAL(judge_forged(&s, &s.spent[1], added), FILTER_LIE);
		CU_ASSERT_EQUAL(judge_forged(&s, &s.spent[2], added), FILTER_UNSETTLED);
		CU_ASSERT_EQUAL(judge_forged(&s, &s.spent[3], added), FILTER_HONEST);
	}
	/* one more than there are inputs for */
	CU_ASSERT_EQUAL(judge_forged(&s, NULL, 1), FILTER_LIE);
	CU_ASSERT_EQUAL(judge_forged(&s, &s.spent[3], 2), FILTER_LIE);
	scene_clear(&s);
}

static enum filter_verdict
judge_bytes(struct scene *s, const void *bytes, size_t len)
{
	struct wr w = { 0 };
	enum filter_verdict v;

	wr_bytes(&w, bytes, len);
	v = judge(s, &w);
	wr_clear(&w);
	return v;
}

static void
broken_filters(void)
{
	struct scene s = mixed_scene(), other = mixed_scene();
	struct wr w = honest_filter(&s), of_other;

	CU_ASSERT_EQUAL(judge_bytes(&s, "", 0), FILTER_LIE);
	CU_ASSERT_EQUAL(judge_bytes(&s, "\0", 1), FILTER_LIE);
	CU_ASSERT_EQUAL(judge_bytes(&s, "\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9), FILTER_LIE);
	for (size_t cut = 0; cut < w.len; cut++)
		CU_ASSERT_EQUAL(judge_bytes(&s, w.p, cut), FILTER_LIE);
	wr_u8(&w, 0);
	CU_ASSERT_EQUAL(judge(&s, &w), FILTER_LIE);
	w.len--;
	w.p[0]--; /* N too small for what follows */
	CU_ASSERT_EQUAL(judge(&s, &w), FILTER_LIE);
	w.p[0] += 2;
	CU_ASSERT_EQUAL(judge(&s, &w), FILTER_LIE);
	w.p[0]--;
	CU_ASSERT_EQUAL(judge(&s, &w), FILTER_HONEST);
	/* the same scripts in another block have other values */
	other.b.header.nonce++;
	of_other = honest_filter(&other);
	CU_ASSERT_EQUAL(judge(&other, &of_other), FILTER_HONEST);
	CU_ASSERT_EQUAL(judge(&s, &of_other), FILTER_LIE);
	wr_clear(&w);
	wr_clear(&of_other);
	scene_clear(&s);
	scene_clear(&other);
}

/* All known: the least change is a lie, and the filter can be had without any peer. */
static void
every_bit_of_a_complete_one(void)
{
	struct scene s = scene_new();
	struct filter_evidence *e;
	struct wr w, rebuilt = { 0 };

	add_known(&s);
	add_nested_p2wsh(&s);
	add_spend_of_this_block(&s);
	w = honest_filter(&s);
	e = filter_evidence_new(&s.b, known_prevout, &s);
	CU_ASSERT_FATAL(filter_evidence_complete(e));
	CU_ASSERT_EQUAL(filter_evidence_certain(e), OUTPUTS + 2);
	filter_evidence_rebuild(&rebuilt, e);
	CU_ASSERT(rebuilt.len == w.len && memcmp(rebuilt.p, w.p, w.len) == 0);
	for (size_t bit = 0; bit < 8 * w.len; bit++) {
		w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_EQUAL(filter_evidence_judge(e, NULL, w.p, w.len), FILTER_LIE);
		CU_ASSERT_EQUAL(filter_evidence_decide(e, NULL, w.p, w.len, rebuilt.p, rebuilt.len), DISPUTE_FIRST_LIES);
		w.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CU_ASSERT_EQUAL(filter_evidence_judge(e, NULL, w.p, w.len), FILTER_HONEST);
	filter_evidence_free(e);
	wr_clear(&w);
	wr_clear(&rebuilt);
	scene_clear(&s);
}

/* Nothing counts: the coinbase's outputs are OP_RETURN and empty. Only the empty filter is honest. */
static void
nothing_counts(void)
{
	struct block b = test_block(1);
	struct filter_evidence *e;

	b.tx[0].out[0].script[0] = OP_RETURN;
	tx_add_out(&b.tx[0], 1, NULL, 0);
	e = filter_evidence_new(&b, NULL, NULL);
	CU_ASSERT_EQUAL(filter_evidence_certain(e), 0);
	CU_ASSERT_EQUAL(filter_evidence_judge(e, NULL, (const uint8_t *)"\0", 1), FILTER_HONEST);
	CU_ASSERT_EQUAL(filter_evidence_judge(e, NULL, (const uint8_t *)"\1\0\0\0", 4), FILTER_LIE);
	CU_ASSERT_EQUAL(filter_evidence_judge(e, NULL, NULL, 0), FILTER_LIE);
	filter_evidence_free(e);
	block_clear(&b);
}

static void
disputes(void)
{
	struct scene s = mixed_scene();
	struct filter_evidence *e = filter_evidence_new(&s.b, known_prevout, &s);
	struct filter_item paid = output(&s, 3, 0);
	struct wr honest = honest_filter(&s), lie = forged(&s, &paid, 0), other_lie = forged(&s, NULL, 1);
	struct wr unsettled = forged(&s, &s.spent[2], 0), hides = forged(&s, &s.spent[3], 0);
	const struct {
		const struct wr *first, *second;
		enum filter_dispute d;
		const char *why;
	} rows[] = {
		{ &honest, &honest, DISPUTE_NONE, "the two are the same" },
		{ &lie, &lie, DISPUTE_NONE, "the two are the same" },
		{ &honest, &lie, DISPUTE_SECOND_LIES, "a script of the block is missing" },
		{ &lie, &honest, DISPUTE_FIRST_LIES, "a script of the block is missing" },
		{ &lie, &other_lie, DISPUTE_BOTH_LIE, "a script of the block is missing" },
		{ &other_lie, &lie, DISPUTE_BOTH_LIE, "more items than the block can have scripts" },
		{ &unsettled, &lie, DISPUTE_SECOND_LIES, NULL },
		{ &honest, &unsettled, DISPUTE_UNSETTLED, "a script that an input seems to spend is missing" },
		{ &unsettled, &honest, DISPUTE_UNSETTLED, "a script that an input seems to spend is missing" },
		{ &honest, &hides, DISPUTE_UNSETTLED, "both hold all that the block shows" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct wr *a = rows[i].first, *b = rows[i].second;
		const char *why = NULL;

		CU_ASSERT_EQUAL(filter_evidence_decide(e, &why, a->p, a->len, b->p, b->len), rows[i].d);
		if (rows[i].why != NULL)
			CU_ASSERT_STRING_EQUAL(why, rows[i].why);
		CU_ASSERT_EQUAL(filter_evidence_decide(e, NULL, a->p, a->len, b->p, b->len), rows[i].d);
	}
	filter_evidence_free(e);
	wr_clear(&honest);
	wr_clear(&lie);
	wr_clear(&other_lie);
	wr_clear(&unsettled);
	wr_clear(&hides);
	scene_clear(&s);
}

/* -- Published vectors -- */

/* The spent scripts of a block's inputs in their order, of which some are known. */
struct listed {
	const struct block *b;
	struct filter_item spent[SPENT_MAX];
	size_t n;
	unsigned known; /* bit i mod 8: the i-th is */
};

static bool
listed_prevout(void *context, const struct outpoint *o, struct filter_item *script)
{
	const struct listed *l = context;
	size_t at = 0;

	for (size_t i = 1; i < l->b->tx_n; i++) {
		for (size_t k = 0; k < l->b->tx[i].in_n; k++, at++) {
			if (at < l->n && outpoint_eq(&l->b->tx[i].in[k].prevout, o)) {
				*script = l->spent[at];
				return (l->known >> at % 8 & 1) != 0;
			}
		}
	}
	return false;
}

static struct filter_item
from_hex(const char *hex)
{
	struct filter_item item;

	item.bytes = hex_decode_new(&item.len, hex, 100000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(item.bytes);
	return item;
}

/* Whatever part of the inputs is known, the published filter is no lie; with all of them known, only it is none. */
static void
check_vector(struct listed *l, const char *block_hex, const char *filter_hex)
{
	struct filter_item block = from_hex(block_hex), filter = from_hex(filter_hex);
	uint8_t *bytes = mem_dup(filter.bytes, filter.len);
	struct block b;

	CU_ASSERT_FATAL(block_decode(&b, block.bytes, block.len));
	l->b = &b;
	for (l->known = 0; l->known < 256; l->known++) {
		struct filter_evidence *e = filter_evidence_new(&b, listed_prevout, l);

		CU_ASSERT_NOT_EQUAL(filter_evidence_judge(e, NULL, bytes, filter.len), FILTER_LIE);
		for (size_t bit = 0; l->known == 255 && bit <= 8 * filter.len; bit++) {
			CU_ASSERT(filter_evidence_complete(e));
			CU_ASSERT_EQUAL(filter_evidence_judge(e, NULL, bytes, filter.len), bit == 0 ? FILTER_HONEST : FILTER_LIE);
			if (bit > 0)
				bytes[(bit - 1) / 8] ^= (uint8_t)(1 << (bit - 1) % 8);
			if (bit < 8 * filter.len)
				bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		filter_evidence_free(e);
	}
	block_clear(&b);
	free(bytes);
	free((void *)(uintptr_t)block.bytes);
	free((void *)(uintptr_t)filter.bytes);
	for (size_t i = 0; i < l->n; i++)
		free((void *)(uintptr_t)l->spent[i].bytes);
}

static void
vectors_of_bip158(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bip158_rows); i++) {
		struct listed l = { .n = 0 };

		if (bip158_rows[i].spent != NULL)
			l.spent[l.n++] = from_hex(bip158_rows[i].spent);
		check_vector(&l, bip158_rows[i].block, bip158_rows[i].filter);
	}
}

static void
all_vectors_of_bip158(void)
{
	size_t len, at, rows = 0;
	uint8_t *bytes = vectors_read(&len, "bip158.json");
	json_t *all, *row;

	if (bytes == NULL)
		return;
	all = json_loadb((const char *)bytes, len, 0, NULL);
	CU_ASSERT_FATAL(json_is_array(all));
	json_array_foreach(all, at, row)
	{
		json_t *spent = json_array_get(row, 3);
		struct listed l = { .n = 0 };

		if (json_array_size(row) < 7)
			continue; /* the heading */
		CU_ASSERT_FATAL(json_array_size(spent) <= SPENT_MAX);
		while (l.n < json_array_size(spent)) {
			l.spent[l.n] = from_hex(json_string_value(json_array_get(spent, l.n)));
			l.n++;
		}
		check_vector(&l, json_string_value(json_array_get(row, 2)), json_string_value(json_array_get(row, 5)));
		rows++;
	}
	CU_ASSERT_EQUAL(rows, 10);
	json_decref(all);
	free(bytes);
}

/* -- A real block -- */

#define REAL_CERTAIN 6748 /* counted by another program */
#define REAL_UNKNOWN 7654

struct real {
	struct block b;
	struct filter_item *items; /* owned: REAL_UNKNOWN + 1 strangers, then the certain scripts, some of them several times */
	size_t certain;            /* how many of the latter */
	uint8_t (*storage)[32];    /* owned */
};

static void
add_nested_of_real(struct real *r, const struct txin *in, uint8_t p[32])
{
	p[0] = OP_HASH160;
	p[1] = 20;
	hash160(p + 2, in->script_sig + 1, in->script_sig_len - 1);
	p[22] = OP_EQUAL;
	r->items[REAL_UNKNOWN + 1 + r->certain++] = (struct filter_item){ p, 23 };
}

static bool
real_open(struct real *r)
{
	enum { ROOM = 40000 };
	size_t len, stored = 0;
	uint8_t *bytes = vectors_read(&len, "main-830000.block");

	if (bytes == NULL)
		return false;
	*r = (struct real){ .items = mem_new(ROOM, sizeof(*r->items)), .storage = mem_new(ROOM, sizeof(*r->storage)) };
	CU_ASSERT_FATAL(block_decode(&r->b, bytes, len));
	free(bytes);
	for (; stored <= REAL_UNKNOWN; stored++) {
		sha256((struct hash256 *)(void *)r->storage[stored], &stored, sizeof(stored));
		r->items[stored] = (struct filter_item){ r->storage[stored], 32 };
	}
	for (size_t i = 0; i < r->b.tx_n; i++) {
		const struct tx *tx = &r->b.tx[i];

		for (size_t k = 0; k < tx->out_n; k++) {
			if (filter_counts_output(&tx->out[k]))
				r->items[REAL_UNKNOWN + 1 + r->certain++] = output_item(&tx->out[k]);
		}
		for (size_t k = 0; i > 0 && k < tx->in_n; k++) {
			if (tx->in[k].witness_n != 0 && tx->in[k].script_sig_len != 0)
				add_nested_of_real(r, &tx->in[k], r->storage[stored++]);
		}
	}
	return true;
}

/* A filter of so many strangers and all that is certain but what equals `left_out` (may be NULL). */
static enum filter_verdict
judge_real(struct real *r, const struct filter_evidence *e, size_t strangers, const struct filter_item *left_out)
{
	size_t n = strangers + r->certain, kept = strangers;
	struct filter_item *items = mem_dup(&r->items[REAL_UNKNOWN + 1 - strangers], n * sizeof(*items));
	enum filter_verdict v;
	struct hash256 hash;
	struct wr w = { 0 };

	for (size_t i = strangers; i < n; i++) {
		if (left_out == NULL || items[i].len != left_out->len ||
		    memcmp(items[i].bytes, left_out->bytes, left_out->len) != 0)
			items[kept++] = items[i];
	}
	header_hash(&hash, &r->b.header);
	filter_build(&w, &hash, items, kept);
	v = filter_evidence_judge(e, NULL, w.p, w.len);
	wr_clear(&w);
	free(items);
	return v;
}

/* 1,851 transactions whose spent scripts are mostly not known: the bounds and the outputs still convict. */
static void
real_block(void)
{
	struct filter_evidence *e;
	struct filter_item coinbase, some;
	struct real r;

	if (!real_open(&r))
		return;
	e = filter_evidence_new(&r.b, NULL, NULL);
	CU_ASSERT_EQUAL(filter_evidence_certain(e), REAL_CERTAIN);
	CU_ASSERT_EQUAL(filter_evidence_unknown(e), REAL_UNKNOWN);
	CU_ASSERT_EQUAL(judge_real(&r, e, 0, NULL), FILTER_UNSETTLED);
	CU_ASSERT_EQUAL(judge_real(&r, e, REAL_UNKNOWN, NULL), FILTER_UNSETTLED);
	CU_ASSERT_EQUAL(judge_real(&r, e, REAL_UNKNOWN + 1, NULL), FILTER_LIE);
	coinbase = output_item(&r.b.tx[0].out[0]);
	some = r.items[REAL_UNKNOWN + 1 + r.certain / 2];
	for (size_t strangers = 0; strangers <= REAL_UNKNOWN; strangers += REAL_UNKNOWN / 2) {
		CU_ASSERT_EQUAL(judge_real(&r, e, strangers, &coinbase), FILTER_LIE);
		CU_ASSERT_EQUAL(judge_real(&r, e, strangers, &some), FILTER_LIE);
	}
	CU_ASSERT_EQUAL(filter_evidence_judge(e, NULL, (const uint8_t *)"\0", 1), FILTER_LIE);
	filter_evidence_free(e);
	block_clear(&r.b);
	free(r.items);
	free(r.storage);
}

static const struct unit_test tests[] = {
	{ "each way to spend", each_way_to_spend },
	{ "lies", lies },
	{ "broken filters", broken_filters },
	{ "every bit of a complete one", every_bit_of_a_complete_one },
	{ "nothing counts", nothing_counts },
	{ "disputes", disputes },
	{ "vectors of BIP158", vectors_of_bip158 },
	{ "all vectors of BIP158", all_vectors_of_bip158 },
	{ "a real block", real_block },
};

UNIT_MAIN("filter_evidence", tests)
