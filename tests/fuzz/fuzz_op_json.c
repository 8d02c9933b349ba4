/* Operations as JSON. What is shown of a signed operation can be taken again and gives the same bytes; a text that begins with a brace is
 * taken for what a person wrote, and what comes of it goes round too. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "bridge/json_text.h"
#include "bridge/modules.h"
#include "bridge/op_json.h"
#include "tests/fuzz/fuzz.h"

static const struct op_names names = { .hrp = "tly" };

static void
goes_round(const struct op *op)
{
	json_t *shown = op_json(op, names.hrp);
	char why[OP_JSON_WHY_LEN];
	struct wr payload = { 0 };
	struct op back;
	bool relay;

	assert(op_from_json(&back, &payload, &relay, &names, shown, why));
	assert(!relay && back.number == op->number && account_eq(&back.source, &op->source));
	assert(payload.len == op->payload_len && memcmp(payload.p != NULL ? payload.p : (const uint8_t *)"", op->payload, payload.len) == 0);
	wr_clear(&payload);
	json_decref(shown);
}

static void
take(const uint8_t *data, size_t size)
{
	char why[JSON_WHY_LEN], fault[OP_JSON_WHY_LEN];
	struct wr payload = { 0 };
	struct op op;
	json_t *o;
	bool relay;

	if (!json_read_strict(&o, why, (const char *)data, size))
		return;
	if (op_from_json(&op, &payload, &relay, &names, o, fault) && !relay) {
		op.payload = payload.p != NULL ? payload.p : (const uint8_t *)"";
		op.payload_len = payload.len;
		goes_round(&op);
	}
	wr_clear(&payload);
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct op_info *info = size > 0 ? modules_op_info(data[0]) : NULL;
	struct op op = { .number = size > 0 ? data[0] : 0, .payload = data + 1, .payload_len = size > 0 ? size - 1 : 0 };

	if (size > 0 && data[0] == '{')
		take(data, size);
	if (info != NULL && !info->relay)
		goes_round(&op);
	return 0;
}
