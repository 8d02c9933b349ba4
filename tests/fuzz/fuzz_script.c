/* Scripts: a walk ends, stays inside, and a pushed string comes back; types and dust limits agree. */
#include <assert.h>
#include <string.h>

#include "chain/script.h"
#include "tests/fuzz/fuzz.h"

static void
walk(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct script_op op;
	size_t left = r.left;

	while (script_next(&r, &op)) {
		assert(r.left < left);
		left = r.left;
		if (op.data != NULL)
			assert(op.data >= data && op.data + op.len <= data + size);
	}
	assert(r.left == 0);
}

static void
push_comes_back(const uint8_t *data, size_t size)
{
	struct wr w = { 0 };
	struct script_op op;
	struct rd r;

	wr_push(&w, data, size);
	r = rd_init(w.p, w.len);
	assert(script_next(&r, &op) && rd_done(&r));
	if (op.data != NULL)
		assert(op.len == size && (size == 0 || memcmp(op.data, data, size) == 0));
	else
		assert(size == 1);
	wr_clear(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *program;
	size_t len;
	enum script_type type = script_classify(&program, &len, data, size);

	walk(data, size);
	push_comes_back(data, size);
	assert((program == NULL) == (len == 0));
	if (program != NULL)
		assert(program > data && program + len <= data + size && len >= 2 && len <= 40);
	if (type == SCRIPT_OP_RETURN)
		assert(script_dust_limit(data, size) == 0);
	return 0;
}
