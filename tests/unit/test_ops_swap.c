/* Payloads of offers, records and names: round trip, every truncation, limits, bytes as the tables say. */
#include "tests/unit/ops_again_swap.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct hash256
some_hash(uint8_t n)
{
	struct hash256 h;

	memset(h.b, n, sizeof(h.b));
	return h;
}

static struct account
some_account(uint8_t n)
{
	return (struct account){ .type = ACCOUNT_KEY, .id = some_hash(n) };
}

static struct amount
units(uint64_t n)
{
	struct amount a;

	CU_ASSERT_FATAL(amount_from_units(&a, n));
	return a;
}

/* One good payload for each entry of ops_again_swap, some more behind them; false past the last. *at: whose. */
static bool
example(struct wr *w, size_t *at, size_t n)
{
	struct asset_id a = { some_hash(0xa1) }, b = { some_hash(0xb2) };
	struct op_offer offer = { a, b, units(300), units(100), OFFER_WHOLE | OFFER_REDEEM, { 1800000000 }, true, some_account(3) };
	struct op_take take = { 7, units(50), units(40), units(17) };
	struct op_cancel_offer cancel = { 7, units(250) };
	struct op_create_item create = { OP_TEXT("Watch 1969"), some_hash(1) };
	struct op_record_event record = { some_hash(2), OP_TEXT("inspected"), some_hash(3), true };
	struct op_handover handover = { some_hash(2), some_account(4), { 1800000000 }, some_hash(5) };
	struct op_accept_item accept = { some_hash(2), some_hash(6) };
	struct op_set_attester attester = { some_hash(2), some_account(7), true };
	struct item_entry entry = { 3, ITEM_HANDED_OVER, ITEM_CUSTODIAN, { 1700000000 }, some_account(4), some_account(8), { "", 0 }, some_hash(5) };
	struct op_name name = { some_account(9), OP_TEXT("corner-cafe") };
	struct op_renounce_name renounce = { OP_TEXT("corner-cafe") };
	struct action_registrar registrar = { some_account(9), true };

	*at = n;
	switch (n) {
	case 0: op_offer_encode(w, &offer); return true;
	case 1: op_take_encode(w, &take); return true;
	case 2: op_cancel_offer_encode(w, &cancel); return true;
	case 3: op_create_item_encode(w, &create); return true;
	case 4: op_record_event_encode(w, &record); return true;
	case 5: op_handover_encode(w, &handover); return true;
	case 6: op_accept_item_encode(w, &accept); return true;
	case 7: op_set_attester_encode(w, &attester); return true;
	case 8: item_entry_encode(w, &entry); return true;
	case 9: op_name_encode(w, &name); return true;
	case 10: op_renounce_name_encode(w, &renounce); return true;
	case 11: action_registrar_encode(w, &registrar); return true;
	case 12: /* for anybody */
		*at = 0;
		offer.has_only = false;
		offer.flags = 0;
		op_offer_encode(w, &offer);
		return true;
	case 13:
		*at = 11;
		registrar.appoint = false;
		action_registrar_encode(w, &registrar);
		return true;
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

		CU_ASSERT_FATAL(at < ARRAY_LEN(ops_again_swap));
		CU_ASSERT(ops_again_swap[at](&again, w.p, w.len));
		CU_ASSERT(again.len == w.len && memcmp(again.p, w.p, w.len) == 0);
		for (size_t cut = 0; cut < w.len; cut++) {
			uint8_t *exact = malloc(cut + 1); /* so that reading past the end shows */

			memcpy(exact, w.p, cut);
			CU_ASSERT_FALSE(ops_again_swap[at](&again, exact, cut));
			free(exact);
		}
		wr_u8(&w, 0);
		CU_ASSERT_FALSE(ops_again_swap[at](&again, w.p, w.len));
		wr_reset(&w);
		wr_clear(&again);
	}
	CU_ASSERT(n > ARRAY_LEN(ops_again_swap));
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
		{ 0, 80, 4 },   /* an unknown flag */
		{ 0, 89, 2 },   /* only: 0 or 1 */
		{ 0, 90, 3 },   /* type of account */
		{ 0, 39, 0x80 }, /* amount above 2^63 - 1 */
		{ 4, 74, 2 },   /* final: 0 or 1 */
		{ 7, 65, 2 },   /* allowed: 0 or 1 */
		{ 8, 8, 0 },    /* kind of event */
		{ 8, 8, 7 },
		{ 8, 9, 0 }, /* role */
		{ 8, 9, 4 },
		{ 11, 33, 2 }, /* appoint: 0 or 1 */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wr w = { 0 }, again = { 0 };
		size_t at;

		CU_ASSERT_FATAL(example(&w, &at, rows[i].example) && rows[i].at < w.len);
		w.p[rows[i].at] = rows[i].value;
		CU_ASSERT_FALSE(ops_again_swap[at](&again, w.p, w.len));
		wr_clear(&w);
		wr_clear(&again);
	}
}

static void
texts_have_limits(void)
{
	char text[ITEM_TITLE_MAX + 1];
	struct op_create_item create = { { text, ITEM_TITLE_MAX }, some_hash(1) };
	struct op_record_event record = { some_hash(2), { text, ITEM_LABEL_MAX }, some_hash(3), false };
	struct op_name name = { some_account(9), { text, NAME_MAX } };
	struct wr w = { 0 };

	memset(text, 'x', sizeof(text));
	for (size_t more = 0; more < 2; more++) {
		create.title.len += more;
		record.label.len += more;
		name.name.len += more;
		op_create_item_encode(&w, &create);
		CU_ASSERT_EQUAL(op_create_item_decode(&create, w.p, w.len), more == 0);
		create.title.p = text;
		wr_reset(&w);
		op_record_event_encode(&w, &record);
		CU_ASSERT_EQUAL(op_record_event_decode(&record, w.p, w.len), more == 0);
		record.label.p = text;
		wr_reset(&w);
		op_name_encode(&w, &name);
		CU_ASSERT_EQUAL(op_name_decode(&name, w.p, w.len), more == 0);
		name.name.p = text;
		wr_reset(&w);
	}
	wr_clear(&w);
}

/* Written down by hand from the tables of doc/formats.md. */
static void
bytes_as_the_tables_say(void)
{
	static const struct {
		size_t example;
		const char *hex;
	} rows[] = {
		{ 1, "0700000000000000 3200000000000000 2800000000000000 1100000000000000" },
		{ 2, "0700000000000000 fa00000000000000" },
		{ 3, "0a 57617463682031393639 0101010101010101010101010101010101010101010101010101010101010101" },
		{ 10, "0b 636f726e65722d63616665" },
		{ 11, "00 0909090909090909090909090909090909090909090909090909090909090909 01" },
		{ 8, "0300000000000000 03 02 00f1536500000000 00 0404040404040404040404040404040404040404040404040404040404040404"
		     "00 0808080808080808080808080808080808080808080808080808080808080808 00"
		     "0505050505050505050505050505050505050505050505050505050505050505" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char hex[600], want[600];
		struct wr w = { 0 };
		size_t n = 0, at;

		for (const char *p = rows[i].hex; *p != '\0'; p++) {
			if (*p != ' ')
				want[n++] = *p;
		}
		want[n] = '\0';
		CU_ASSERT_FATAL(example(&w, &at, rows[i].example));
		hex_encode(hex, w.p, w.len);
		CU_ASSERT_STRING_EQUAL(hex, want);
		wr_clear(&w);
	}
}

static const struct unit_test tests[] = {
	{ "round trips and truncations", round_trips_and_truncations },
	{ "values that are none", values_that_are_none },
	{ "texts have limits", texts_have_limits },
	{ "bytes as the tables say", bytes_as_the_tables_say },
};

UNIT_MAIN("ops of offers, records and names", tests)
