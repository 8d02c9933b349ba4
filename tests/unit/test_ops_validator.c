/* Payloads of validators and their section of a genesis: round trip, every truncation, limits. */
#include "tests/unit/ops_again_validator.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct validator_key
key(uint8_t n)
{
	struct validator_key k;

	memset(k.b, n, sizeof(k.b));
	return k;
}

static struct account
person(uint8_t n)
{
	struct account a = { .type = ACCOUNT_KEY };

	memset(a.id.b, n, sizeof(a.id.b));
	return a;
}

static struct amount
units(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

static struct op_evidence
votes(bool nil)
{
	struct op_evidence e = { .key = key(3), .kind = EVIDENCE_VOTES, .vote = EVIDENCE_PREVOTE, .height = 9, .round = 2 };

	e.cast[0] = (struct evidence_cast){ { nil, { { 1 } }, 1, { { 2 } } }, 1700000000, 999999999, { { 7 } } };
	if (nil)
		memset(&e.cast[0].block, 0, sizeof(e.cast[0].block));
	e.cast[0].block.nil = nil;
	e.cast[1] = (struct evidence_cast){ { false, { { 1 } }, 2, { { 2 } } }, -5, 0, { { 8 } } };
	return e;
}

static struct op_evidence
seals(void)
{
	struct op_evidence e = { .key = key(3), .kind = EVIDENCE_SEALS };

	e.header[0][5] = 1;
	e.header[1][5] = 2;
	e.seal[0].b[0] = 3;
	return e;
}

static void
section(struct wr *w)
{
	struct validators_genesis g = {
		.params = { ENGINE_COMETBFT, "tally-1", 3600, 0, 86400, 86400, 500, units(7), { { { 0 } } } },
		.rule = OP_TEXT("valsel_poa"),
		.rule_major = 1,
		.n = 2,
	};

	g.list[0] = (struct validators_first){ key(1), person(1), OP_TEXT("one"), 10 };
	g.list[1] = (struct validators_first){ key(2), person(2), OP_TEXT("two"), 20 };
	wr_validators_section(w, &g);
}

/* One good payload for each entry of ops_again_validator, some more behind them; false past the last. *at: whose. */
static bool
example(struct wr *w, size_t *at, size_t n)
{
	struct op_register_validator reg = { key(1), { { 9 } }, OP_TEXT("alice"), units(100) };
	struct op_validator one = { key(1) };
	struct op_bond bond = { key(1), units(5) };
	struct op_withdraw withdraw = { person(4) };
	struct op_vote_validators vote = { 2, { { key(1), units(1) }, { key(2), units(2) } } };
	struct op_evidence e = votes(false);
	struct action_validators weights = { .change = CHANGE_WEIGHTS, .n = 2, .list = { { key(1), 0 }, { key(2), UINT64_MAX } } };
	struct action_validators rule = { .change = CHANGE_RULE, .rule = OP_TEXT("valsel_pos"), .rule_major = 1, .params = { (const uint8_t *)"ab", 2 } };
	struct action_validators jail = { .change = CHANGE_JAIL, .key = key(1), .until = { 1800000000 } };

	*at = n;
	switch (n) {
	case 0: op_register_validator_encode(w, &reg); return true;
	case 1: op_validator_encode(w, &one); return true;
	case 2: op_bond_encode(w, &bond); return true;
	case 3: op_withdraw_encode(w, &withdraw); return true;
	case 4: op_vote_validators_encode(w, &vote); return true;
	case 5: op_evidence_encode(w, &e); return true;
	case 6: action_validators_encode(w, &weights); return true;
	case 7: section(w); return true;
	case 8: *at = 6; action_validators_encode(w, &rule); return true;
	case 9: *at = 6; action_validators_encode(w, &jail); return true;
	case 10: *at = 5; e = votes(true); op_evidence_encode(w, &e); return true;
	case 11: *at = 5; e = seals(); op_evidence_encode(w, &e); return true;
	case 12: *at = 4; vote.n = 0; op_vote_validators_encode(w, &vote); return true;
	default: return false;
	}
}

static void
round_trips_and_truncations(void)
{
	struct wr w = { 0 };
	size_t at, n;

	for (n = 0; example(&w, &at, n); n++) {
		struct wr again = { 0 };

		CU_ASSERT_FATAL(at < ARRAY_LEN(ops_again_validator));
		CU_ASSERT(ops_again_validator[at](&again, w.p, w.len));
		CU_ASSERT(again.len == w.len && memcmp(again.p, w.p, w.len) == 0);
		for (size_t cut = 0; cut < w.len; cut++) {
			uint8_t *exact = malloc(cut + 1); /* so that reading past the end shows */

			memcpy(exact, w.p, cut);
			CU_ASSERT_FALSE(ops_again_validator[at](&again, exact, cut));
			free(exact);
		}
		wr_u8(&w, 0);
		CU_ASSERT_FALSE(ops_again_validator[at](&again, w.p, w.len));
		wr_reset(&w);
		wr_clear(&again);
	}
	CU_ASSERT(n > ARRAY_LEN(ops_again_validator));
	wr_clear(&w);
}

/* Changing one byte to a value that no encoder writes. */
static void
values_that_are_none(void)
{
	static const struct {
		size_t example, at;
		uint8_t value;
	} rows[] = {
		{ 2, 39, 0x80 }, /* an amount above 2^63 - 1 */
		{ 3, 0, 3 },     /* type of account */
		{ 4, 1, 2 },     /* both keys the same, or falling */
		{ 4, 1, 9 },
		{ 4, 33, 0 },    /* a vote of nothing */
		{ 5, 32, 2 },    /* kind of evidence */
		{ 5, 33, 0 },    /* kind of vote */
		{ 5, 33, 3 },
		{ 5, 41, 0x80 }, /* height above 2^63 - 1 */
		{ 5, 45, 0x80 }, /* round above 2^31 - 1 */
		{ 5, 46, 2 },    /* a block is there or not */
		{ 5, 79, 0 },    /* a block of no parts */
		{ 5, 126, 0x40 }, /* more nanoseconds than a second has */
		{ 5, 79, 2 },    /* the same block twice */
		{ 5, 79, 3 },    /* the greater one first */
		{ 6, 0, 3 },     /* kind of change */
		{ 6, 1, 0 },     /* no weights: bytes are left over */
		{ 6, 2, 2 },     /* both keys the same */
		{ 7, 0, 2 },     /* version */
		{ 7, 1, 2 },     /* engine */
		{ 7, 3, 0 },     /* a zero in the chain id */
		{ 9, 40, 0x80 }, /* a time before 1970 */
		{ 11, 38, 9 },   /* the greater header first */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr w = { 0 }, again = { 0 };
		size_t at;

		CU_ASSERT_FATAL(example(&w, &at, rows[i].example) && rows[i].at < w.len);
		if (rows[i].example == 4 && rows[i].at == 1)
			memset(w.p + 1, rows[i].value, 32);
		if (rows[i].example == 6 && rows[i].at == 2)
			memset(w.p + 2, rows[i].value, 32);
		w.p[rows[i].at] = rows[i].value;
		if (ops_again_validator[at](&again, w.p, w.len))
			printf("\n  row %zu", i);
		CU_ASSERT_FALSE(ops_again_validator[at](&again, w.p, w.len));
		wr_clear(&w);
		wr_clear(&again);
	}
}

static void
lists_and_texts_have_limits(void)
{
	char text[MONIKER_MAX + 1];
	struct op_register_validator reg = { key(1), { { 9 } }, { text, MONIKER_MAX }, units(1) }, reg_again;
	struct wr w = { 0 };
	struct op_vote_validators vote;
	struct action_validators weights;

	memset(text, 'x', sizeof(text));
	op_register_validator_encode(&w, &reg);
	CU_ASSERT(op_register_validator_decode(&reg_again, w.p, w.len));
	wr_reset(&w);
	reg.moniker.len++;
	op_register_validator_encode(&w, &reg);
	CU_ASSERT_FALSE(op_register_validator_decode(&reg_again, w.p, w.len));
	for (uint8_t n = VOTED_MAX; n <= VOTED_MAX + 1; n++) {
		wr_reset(&w);
		wr_u8(&w, n);
		for (uint8_t i = 0; i < n; i++) {
			struct validator_key k = key(i);

			wr_validator_key(&w, &k);
			wr_u64(&w, 1);
		}
		CU_ASSERT_EQUAL(op_vote_validators_decode(&vote, w.p, w.len), n == VOTED_MAX);
	}
	for (uint8_t n = WEIGHTS_MAX; n <= WEIGHTS_MAX + 1; n++) {
		wr_reset(&w);
		wr_u8(&w, CHANGE_WEIGHTS);
		wr_u8(&w, n);
		for (uint8_t i = 0; i < n; i++) {
			struct validator_key k = key(i);

			wr_validator_key(&w, &k);
			wr_u64(&w, 1);
		}
		CU_ASSERT_EQUAL(action_validators_decode(&weights, w.p, w.len), n == WEIGHTS_MAX);
	}
	wr_clear(&w);
}

static const struct unit_test tests[] = {
	{ "round trips and truncations", round_trips_and_truncations },
	{ "values that are none", values_that_are_none },
	{ "lists and texts have limits", lists_and_texts_have_limits },
};

UNIT_MAIN("operations of validators", tests)
