/* Proofs that a plan can never confirm, and what a signer agrees to afterwards; D24 of the cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/peg_chain.h"
#include "tests/unit/signer_fixture.h"
#include "tests/unit/signing.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/tally-signer-dead-XXXXXX";
static char path[64];
static struct signer_world world;
static struct signer *signer;
static struct made_chain chain;

static void
set_up(void)
{
	unlink(path);
	signer = signer_world_member(&world, 0, path, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
	made_chain_init(&chain);
}

static void
tear_down(void)
{
	signer_free(signer);
	made_chain_clear(&chain);
}

static void
restart(void)
{
	signer_free(signer);
	signer = signer_world_member(&world, 0, path, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
}

/* "OK" or the reason. */
static const char *
ask(const struct wr *request, size_t sigs_n)
{
	static const uint8_t aux[32];
	static char reason[64];
	struct wr answer = { 0 };
	const uint8_t *sigs;
	bool ok;

	signer_handle(&answer, signer, request->p, request->len, (struct unixtime){ 1700000000 }, aux);
	ok = sigs_n > 0 ? signer_sigs_answer(&sigs, sigs_n, reason, sizeof(reason), answer.p, answer.len)
			: signer_plain_answer(reason, sizeof(reason), answer.p, answer.len);
	wr_clear(&answer);
	return ok ? "OK" : reason;
}

static const char *
sign(const struct plan_case *c)
{
	struct wr request = { 0 };
	const char *verdict;

	wr_plan_case(&request, c);
	verdict = ask(&request, c->sheet.in_n);
	wr_clear(&request);
	return verdict;
}

/* A claim about a plan, and what it borrows. */
struct claim {
	struct dead_claim c;
	struct wr proof, parent, headers; /* owned */
};

static const char *
show(const struct claim *m)
{
	struct wr request = { 0 };
	const char *verdict;

	wr_signer_dead(&request, &m->c);
	verdict = ask(&request, 0);
	wr_clear(&request);
	return verdict;
}

/* tx is mined with `above` blocks on it, and proven. parent may be NULL. */
static void
claim_init(struct claim *m, const struct plan_case *c, const struct tx *tx, const struct tx *parent, size_t above)
{
	size_t block = made_chain_mine(&chain, chain.n - 1, tx, 1), tip = made_chain_mine_empty(&chain, block, above);
	uint32_t first = chain.b[block].height;

	*m = (struct claim){ .c.sheet = c->sheet };
	made_chain_proof(&m->proof, &chain, block, 1);
	if (parent != NULL)
		wr_tx_stripped(&m->parent, parent);
	for (size_t i = 0; i <= above; i++)
		wr_header(&m->headers, &chain.b[made_chain_at(&chain, tip, first + (uint32_t)i)].block.header);
	m->c.proof = m->proof.p;
	m->c.proof_len = m->proof.len;
	m->c.parent = m->parent.p;
	m->c.parent_len = m->parent.len;
	m->c.headers = m->headers.p;
	m->c.headers_n = above + 1;
}

static void
claim_clear(struct claim *m)
{
	wr_clear(&m->proof);
	wr_clear(&m->parent);
	wr_clear(&m->headers);
}

/* Somebody's transaction that spends this. */
static struct tx
spend_of(const struct outpoint *o)
{
	static const uint8_t script[22] = { 0, 20, 7 };
	struct tx tx = { .version = 2 };

	tx_add_in(&tx, o, 144);
	tx_add_out(&tx, 49999000, script, sizeof(script));
	return tx;
}

static void
d24_a_reclaimed_input_frees_the_others(void)
{
	struct plan_case c, d;
	struct claim m;
	struct tx tx;

	set_up();
	plan_case_init(&c, &world, 1, 0);
	plan_case_init(&d, &world, 2, 0);
	c.sheet.kind = d.sheet.kind = PLAN_SWEEP;
	d.sheet.in[0].prevout = c.sheet.in[0].prevout;
	CU_ASSERT_STRING_EQUAL(sign(&c), "OK");
	CU_ASSERT_STRING_EQUAL(sign(&d), "INPUT_SIGNED_BEFORE");
	tx = spend_of(&c.sheet.in[1].prevout);
	claim_init(&m, &c, &tx, NULL, world.params.dead_depth - 1);
	CU_ASSERT_STRING_EQUAL(show(&m), "OK");
	CU_ASSERT_STRING_EQUAL(show(&m), "OK"); /* again: nothing new */
	restart();
	CU_ASSERT_STRING_EQUAL(sign(&c), "PLAN_DEAD");
	CU_ASSERT_STRING_EQUAL(sign(&d), "OK");
	restart();
	CU_ASSERT_STRING_EQUAL(sign(&d), "OK");
	plan_case_clear(&d);
	plan_case_init(&d, &world, 3, 0); /* the input is the second plan's now, and no third one's */
	d.sheet.in[0].prevout = c.sheet.in[0].prevout;
	CU_ASSERT_STRING_EQUAL(sign(&d), "INPUT_SIGNED_BEFORE");
	tx_clear(&tx);
	claim_clear(&m);
	plan_case_clear(&c);
	plan_case_clear(&d);
	tear_down();
}

static void
d24_payouts_queue_again_once(void)
{
	struct plan_case c, d;
	struct claim m;
	struct tx tx;

	set_up();
	plan_case_init(&c, &world, 1, 2);
	CU_ASSERT_STRING_EQUAL(sign(&c), "OK");
	tx = spend_of(&c.sheet.in[0].prevout);
	claim_init(&m, &c, &tx, NULL, 5);
	for (uint64_t plan = 2; plan <= 3; plan++) { /* the same two payouts, from other inputs */
		plan_case_init(&d, &world, plan, 2);
		for (size_t i = 0; i < 2; i++) {
			d.sheet.pay[i] = c.sheet.pay[i];
			d.evidence[i] = c.evidence[i];
		}
		CU_ASSERT_STRING_EQUAL(sign(&d), "PAYOUT_SIGNED_BEFORE");
		CU_ASSERT_STRING_EQUAL(show(&m), "OK");
		CU_ASSERT_STRING_EQUAL(sign(&d), plan == 2 ? "OK" : "PAYOUT_SIGNED_BEFORE");
		plan_case_clear(&d);
	}
	tx_clear(&tx);
	claim_clear(&m);
	plan_case_clear(&c);
	tear_down();
}

/* The most dangerous lie: a version that this signer has not seen confirmed, and is shown as the plan's death. */
static void
a_version_is_not_a_death(void)
{
	struct plan_case c, newer;
	struct claim m;
	struct tx tx;

	set_up();
	for (size_t pays = 0; pays <= 2; pays++) {
		plan_case_init(&c, &world, 10 + pays, pays);
		CU_ASSERT_STRING_EQUAL(sign(&c), "OK");
		plan_case_init(&newer, &world, 10 + pays, pays);
		newer.sheet.version = 5;
		newer.sheet.change_n = 3;
		newer.sheet.change[1] = 1000000;
		newer.sheet.change[2] = 2000000;
		newer.sheet.change[0] -= 3005000;
		CU_ASSERT_FATAL(plan_transaction(&tx, &newer.sheet, &world.vault));
		claim_init(&m, &c, &tx, NULL, 5);
		CU_ASSERT_STRING_EQUAL(show(&m), "PLAN_ALIVE");
		m.c.sheet.tx_version = 3; /* said to look different */
		CU_ASSERT_STRING_EQUAL(show(&m), "OTHER_FEDERATION");
		m.c.sheet.tx_version = 2;
		m.c.sheet.in[0].deposit = true; /* of no consequence to the transaction */
		m.c.sheet.in[0].value++;
		m.c.sheet.change_n = 0;
		CU_ASSERT_STRING_EQUAL(show(&m), "PLAN_ALIVE");
		m.c.sheet.anchor_height++; /* would make another transaction of it, and another plan */
		CU_ASSERT_STRING_EQUAL(show(&m), "PLAN_CHANGED");
		tx_clear(&tx);
		claim_clear(&m);
		plan_case_clear(&c);
		plan_case_clear(&newer);
	}
	tear_down();
}

static void
a_plan_that_was_never_signed_or_is_another(void)
{
	struct plan_case c;
	struct claim m;
	struct tx tx;

	set_up();
	plan_case_init(&c, &world, 1, 1);
	tx = spend_of(&c.sheet.in[0].prevout);
	claim_init(&m, &c, &tx, NULL, 5);
	CU_ASSERT_STRING_EQUAL(show(&m), "PLAN_UNKNOWN");
	CU_ASSERT_STRING_EQUAL(sign(&c), "OK");
	m.c.sheet.in[1].prevout.index = 77;
	CU_ASSERT_STRING_EQUAL(show(&m), "PLAN_CHANGED");
	m.c.sheet.in[1] = c.sheet.in[1];
	m.c.sheet.pay[0].amount++;
	CU_ASSERT_STRING_EQUAL(show(&m), "PLAN_CHANGED");
	m.c.sheet.pay[0].amount--;
	CU_ASSERT_STRING_EQUAL(show(&m), "OK");
	tx_clear(&tx);
	claim_clear(&m);
	plan_case_clear(&c);
	tear_down();
}

static void
proofs_that_prove_nothing(void)
{
	struct plan_case c;
	struct claim m;
	struct outpoint elsewhere = { .txid = { { 99 } } };
	struct tx tx;

	set_up();
	plan_case_init(&c, &world, 1, 1);
	CU_ASSERT_STRING_EQUAL(sign(&c), "OK");
	tx = spend_of(&elsewhere);
	claim_init(&m, &c, &tx, NULL, 5);
	CU_ASSERT_STRING_EQUAL(show(&m), "NOT_SPENT");
	claim_clear(&m);
	tx_clear(&tx);

	tx = spend_of(&c.sheet.in[0].prevout);
	claim_init(&m, &c, &tx, NULL, world.params.dead_depth - 2);
	CU_ASSERT_STRING_EQUAL(show(&m), "DEAD_TOO_SHALLOW");
	claim_clear(&m);
	claim_init(&m, &c, &tx, NULL, 5);
	m.c.headers_n = 0;
	CU_ASSERT_STRING_EQUAL(show(&m), "DEAD_TOO_SHALLOW");
	m.c.headers_n = 5;
	m.c.headers += HEADER_LEN; /* not from the proof's block on */
	CU_ASSERT_STRING_EQUAL(show(&m), "DEAD_BAD_HEADERS");
	m.c.headers -= HEADER_LEN;
	m.c.headers_n = 6;
	for (size_t i = 0; i < m.headers.len - HEADER_LEN; i += 5) { /* no header may be touched but the last, which is anybody's to mine */
		m.headers.p[i] ^= 0x40;
		CU_ASSERT_STRING_EQUAL(show(&m), "DEAD_BAD_HEADERS");
		m.headers.p[i] ^= 0x40;
	}
	for (size_t i = 0; i < m.proof.len; i++) { /* nor any byte of the proof */
		m.proof.p[i] ^= 1;
		CU_ASSERT(strcmp(show(&m), "OK") != 0);
		m.proof.p[i] ^= 1;
	}
	m.c.proof_len--;
	CU_ASSERT_STRING_EQUAL(show(&m), "DEAD_BAD_PROOF");
	m.c.proof_len++;
	CU_ASSERT_STRING_EQUAL(sign(&c), "OK"); /* alive all the while */
	CU_ASSERT_STRING_EQUAL(show(&m), "OK");
	tx_clear(&tx);
	claim_clear(&m);
	plan_case_clear(&c);
	tear_down();
}

/* On a signet work is not enough: these blocks lack the witness commitment that even a trivial challenge wants. */
static void
unsolved_blocks_of_a_signet(void)
{
	static const uint8_t challenge[] = { 0x51 };
	struct chain_params own = *world.params.chain;
	struct dead_rules rules;
	struct plan_case c;
	struct claim m;
	struct hash256 spender;
	struct tx tx;

	set_up();
	plan_case_init(&c, &world, 1, 1);
	tx = spend_of(&c.sheet.in[0].prevout);
	claim_init(&m, &c, &tx, NULL, world.params.dead_depth - 1);
	dead_rules_init(&rules, &world.params);
	CU_ASSERT_PTR_NULL(dead_claim_judge(&spender, &m.c, &rules, &world.vault));
	own.signet_challenge = challenge;
	own.signet_challenge_len = sizeof(challenge);
	rules.chain = &own;
	CU_ASSERT_STRING_EQUAL(dead_claim_judge(&spender, &m.c, &rules, &world.vault), "DEAD_BAD_SIGNET");
	tx_clear(&tx);
	claim_clear(&m);
	plan_case_clear(&c);
	tear_down();
}

/* Headers are counted by their work: as many as asked for, at less than a quarter of the anchor's difficulty, are not enough. */
static void
cheap_headers_are_not_enough(void)
{
	struct peg_params real;
	struct dead_rules rules;
	struct plan_case c;
	struct claim m;
	struct hash256 spender;
	struct tx tx;

	set_up();
	plan_case_init(&c, &world, 1, 1);
	tx = spend_of(&c.sheet.in[0].prevout);
	claim_init(&m, &c, &tx, NULL, 24);
	dead_rules_init(&rules, &world.params);
	rules.depth = 25;
	CU_ASSERT_PTR_NULL(dead_claim_judge(&spender, &m.c, &rules, &world.vault));
	real = world.params;
	real.dead_depth = 25;
	real.anchor.header.bits = 0x200fffff; /* eight times as hard as regtest's */
	dead_rules_init(&rules, &real);
	CU_ASSERT_STRING_EQUAL(dead_claim_judge(&spender, &m.c, &rules, &world.vault), "DEAD_TOO_SHALLOW");
	real.anchor.header.bits = 0x203fffff; /* twice */
	dead_rules_init(&rules, &real);
	CU_ASSERT_PTR_NULL(dead_claim_judge(&spender, &m.c, &rules, &world.vault));
	tx_clear(&tx);
	claim_clear(&m);
	plan_case_clear(&c);
	tear_down();
}

static void
an_input_that_can_never_exist(void)
{
	static const uint8_t script[22] = { 0, 20, 7 };
	struct outpoint source = { .txid = { { 50 } }, .index = 1 };
	struct tx parent = spend_of(&source), rival = spend_of(&source);
	struct plan_case c, d;
	struct claim m;

	set_up();
	rival.out[0].value--;
	plan_case_init(&c, &world, 1, 0);
	plan_case_init(&d, &world, 2, 0);
	tx_txid(&c.sheet.in[0].prevout.txid, &parent);
	c.sheet.in[0].prevout.index = 0;
	d.sheet.in[1].prevout = c.sheet.in[1].prevout;
	CU_ASSERT_STRING_EQUAL(sign(&c), "OK");
	claim_init(&m, &c, &parent, &parent, 5); /* the parent itself stands in the chain */
	CU_ASSERT_STRING_EQUAL(show(&m), "NOT_SPENT");
	claim_clear(&m);
	claim_init(&m, &c, &rival, &rival, 5); /* made none of its inputs */
	CU_ASSERT_STRING_EQUAL(show(&m), "NOT_SPENT");
	claim_clear(&m);
	claim_init(&m, &c, &rival, &parent, 5);
	m.c.parent_len--;
	CU_ASSERT_STRING_EQUAL(show(&m), "NOT_SPENT");
	m.c.parent_len++;
	CU_ASSERT_STRING_EQUAL(sign(&d), "INPUT_SIGNED_BEFORE");
	CU_ASSERT_STRING_EQUAL(show(&m), "OK");
	CU_ASSERT_STRING_EQUAL(sign(&d), "OK");
	claim_clear(&m);
	tx_add_out(&parent, 5, script, sizeof(script)); /* another parent than the input's */
	claim_init(&m, &c, &rival, &parent, 5);
	CU_ASSERT_STRING_EQUAL(show(&m), "NOT_SPENT");
	claim_clear(&m);
	tx_clear(&parent);
	tx_clear(&rival);
	plan_case_clear(&c);
	plan_case_clear(&d);
	tear_down();
}

static void
every_truncation_is_refused(void)
{
	struct plan_case c;
	struct claim m;
	struct wr request = { 0 };
	struct tx tx;

	set_up();
	plan_case_init(&c, &world, 1, 1);
	CU_ASSERT_STRING_EQUAL(sign(&c), "OK");
	tx = spend_of(&c.sheet.in[0].prevout);
	claim_init(&m, &c, &tx, NULL, 3);
	wr_signer_dead(&request, &m.c);
	for (size_t cut = 1; cut < request.len; cut++) {
		struct wr part = { mem_dup(request.p, cut), cut, cut }; /* exactly, so that a sanitizer sees each byte read too far */

		CU_ASSERT_STRING_EQUAL(ask(&part, 0), "BAD_REQUEST");
		wr_clear(&part);
	}
	wr_u8(&request, 0);
	CU_ASSERT_STRING_EQUAL(ask(&request, 0), "BAD_REQUEST");
	wr_clear(&request);
	tx_clear(&tx);
	claim_clear(&m);
	plan_case_clear(&c);
	tear_down();
}

static const struct unit_test tests[] = {
	{ "D24 a reclaimed input frees the others", d24_a_reclaimed_input_frees_the_others },
	{ "D24 payouts queue again, once", d24_payouts_queue_again_once },
	{ "a version is not a death", a_version_is_not_a_death },
	{ "a plan that was never signed, or is another", a_plan_that_was_never_signed_or_is_another },
	{ "proofs that prove nothing", proofs_that_prove_nothing },
	{ "cheap headers are not enough", cheap_headers_are_not_enough },
	{ "unsolved blocks of a signet", unsolved_blocks_of_a_signet },
	{ "an input that can never exist", an_input_that_can_never_exist },
	{ "every truncation is refused", every_truncation_is_refused },
};

int
main(void)
{
	int result;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/log", folder);
	signer_world_init(&world);
	result = unit_run("signer_dead", tests, ARRAY_LEN(tests));
	signer_world_clear(&world);
	unlink(path);
	rmdir(folder);
	return result;
}
