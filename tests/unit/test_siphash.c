#include "chain/siphash.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

/* The reference implementation's vectors: key 00 01 … 0f, input 00 01 … of each length; the first sixteen and the last. */
static void
reference_vectors(void)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{ 0, 0x726fdb47dd0e0e31 },  { 1, 0x74f839c593dc67fd },  { 2, 0x0d6c8009d9a94f5a },  { 3, 0x85676696d7fb7e2d },
		{ 4, 0xcf2794e0277187b7 },  { 5, 0x18765564cd99a68d },  { 6, 0xcbc9466e58fee3ce },  { 7, 0xab0200f58b01d137 },
		{ 8, 0x93f5f5799a932462 },  { 9, 0x9e0082df0ba9e4b0 },  { 10, 0x7a5dbbc594ddb9f3 }, { 11, 0xf4b32f46226bada7 },
		{ 12, 0x751e8fbc860ee5fb }, { 13, 0x14ea5627c0843d90 }, { 14, 0xf723ca908e7af2ee }, { 15, 0xa129ca6149be45e5 },
		{ 63, 0x958a324ceb064572 },
	};
	uint8_t key[16], in[64];

	for (uint8_t i = 0; i < sizeof(in); i++) {
		in[i] = i;
		if (i < sizeof(key))
			key[i] = i;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t *exact = mem_dup(in, rows[i].len);

		CU_ASSERT_EQUAL(siphash(siphash_key_from(key), exact, rows[i].len), rows[i].hash);
		free(exact);
	}
	CU_ASSERT_EQUAL(siphash(siphash_key_from(key), NULL, 0), rows[0].hash);
}

static const struct unit_test tests[] = {
	{ "reference vectors", reference_vectors },
};

UNIT_MAIN("siphash", tests)
