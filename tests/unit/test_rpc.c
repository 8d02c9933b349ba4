#include "bridge/rpc_server.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/cli_args.h"
#include "tests/unit/unit.h"

/* A dispatcher with methods of its own, and no node behind it. */

static struct rpc_call *kept;

static void
run_echo(struct rpc_call *c)
{
	size_t len = 0;
	const uint8_t *bytes = rpc_hex(c, "bytes", &len);
	struct hash256 hash;
	json_t *o = json_pack("{sssIsb}", "text", rpc_text(c, "text"), "count", (json_int_t)rpc_count(c, "count", 7), "flag",
			      rpc_bool(c, "flag", true));

	if (bytes != NULL)
		json_object_set_new(o, "bytes", json_hex(bytes, len));
	if (rpc_hash(&hash, c, "hash"))
		json_object_set_new(o, "hash", json_hash(&hash));
	if (rpc_hash(&hash, c, "txid"))
		json_object_set_new(o, "txid", json_display_hash(&hash));
	if (rpc_json(c, "json") != NULL)
		json_object_set(o, "json", rpc_json(c, "json"));
	rpc_answer(c, o);
}

static void
run_pay(struct rpc_call *c)
{
	struct amount a;

	if (rpc_amount(&a, c, "amount", 8))
		rpc_answer(c, json_integer((json_int_t)amount_units(a)));
}

static void
run_later(struct rpc_call *c)
{
	kept = c;
	memset(rpc_alloc(c, 100), 1, 100);
}

static void
run_refuse(struct rpc_call *c)
{
	char cut[] = "cut \xc3";

	rpc_fail(c, RPC_REFUSED, "NO", cut, "no%s", cut);
}

static const struct rpc_param echo_params[] = {
	{ "text", RPC_TEXT, true, "a text", NULL },    { "count", RPC_COUNT, false, "a number", "7" },
	{ "flag", RPC_BOOL, false, "a flag", "true" }, { "bytes", RPC_HEX, false, "bytes", NULL },
	{ "hash", RPC_HASH, false, "a hash", NULL },   { "txid", RPC_TXID, false, "an id", NULL },
	{ "json", RPC_JSON, false, "anything", NULL },
};
static const struct rpc_param pay_params[] = { { "amount", RPC_AMOUNT, true, "how much", NULL } };
static const struct rpc_method methods[] = {
	{ "echo", "test", "say it again", NULL, "", echo_params, ARRAY_LEN(echo_params), 0, run_echo },
	{ "pay", "test", "an amount", NULL, "", pay_params, ARRAY_LEN(pay_params), 0, run_pay },
	{ "later", "test", "answer later", NULL, "", NULL, 0, 0, run_later },
	{ "refuse", "test", "refuse", NULL, "", NULL, 0, 0, run_refuse },
	{ .name = NULL },
};
static const struct rpc_method *const tables[] = { methods, NULL };

static char *answered;
static int replies;

static void
on_reply(void *client, struct rpc_reply reply)
{
	CU_ASSERT_STRING_EQUAL(client, "client");
	free(answered);
	answered = reply.text;
	replies++;
}

static struct rpc_request *
handle(struct rpc *r, const char *text)
{
	return rpc_handle(r, text, strlen(text), on_reply, (void *)"client");
}

/* The answer to one text must be this. */
static void
says(struct rpc *r, const char *text, const char *want)
{
	int before = replies;

	CU_ASSERT_PTR_NULL(handle(r, text));
	CU_ASSERT_EQUAL(replies, before + 1);
	if (want == NULL) {
		CU_ASSERT_PTR_NULL(answered);
		return;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(answered);
	CU_ASSERT_STRING_EQUAL(answered, want);
	if (strcmp(answered, want) != 0)
		fprintf(stderr, "%s\n got %s\nwant %s\n", text, answered, want);
}

static void
fails(struct rpc *r, const char *text, int code, const char *message)
{
	json_t *o, *error;

	CU_ASSERT_PTR_NULL(handle(r, text));
	CU_ASSERT_PTR_NOT_NULL_FATAL(answered);
	o = json_loads(answered, 0, NULL);
	error = json_object_get(o, "error");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(error, "code")), code);
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(json_object_get(error, "message")), message));
	CU_ASSERT(json_is_string(json_object_get(json_object_get(error, "data"), "reason")));
	if (strstr(answered, message) == NULL)
		fprintf(stderr, "%s\n got %s\n", text, answered);
	json_decref(o);
}

static void
envelopes(void)
{
	struct rpc *r = rpc_new(NULL, tables);

	says(r, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"pay\",\"params\":[\"1.5\"]}",
	     "{\"jsonrpc\":\"2.0\",\"result\":150000000,\"id\":\"a\"}");
	says(r, "{\"id\":null,\"method\":\"pay\",\"params\":{\"amount\":\"0.00000001\"}}",
	     "{\"result\":1,\"error\":null,\"id\":null}");
	says(r, "{\"jsonrpc\":\"2.0\",\"method\":\"pay\",\"params\":[\"1\"]}", NULL);
	says(r, "[{\"jsonrpc\":\"2.0\",\"method\":\"pay\",\"params\":[\"1\"]}]", NULL);
	says(r,
	     "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pay\",\"params\":[\"1\"]},{\"jsonrpc\":\"2.0\",\"method\":"
	     "\"refuse\"}]",
	     "[{\"jsonrpc\":\"2.0\",\"result\":100000000,\"id\":1}]");
	says(r, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"refuse\"}",
	     "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":1,\"message\":\"nocut ?\",\"data\":{\"reason\":\"NO\",\"hint\":\"cut "
	     "?\"}},\"id\":1}");
	fails(r, "{\"id\":1}", RPC_INVALID_REQUEST, "JSON-RPC");
	fails(r, "[]", RPC_INVALID_REQUEST, "batch");
	fails(r, "{\"id\":[1],\"method\":\"pay\"}", RPC_INVALID_REQUEST, "JSON-RPC");
	fails(r, "{\"id\":1,\"method\":\"pya\"}", RPC_NO_METHOD, "pya");
	fails(r, "nonsense", RPC_PARSE_ERROR, "{ or [");
	CU_ASSERT_EQUAL(rpc_get_counts(r).under_way, 0);
	rpc_free(r);
}

static void
parameters(void)
{
	static const struct {
		const char *params, *says;
	} bad[] = {
		{ "[]", "text is missing" },
		{ "[null]", "text is missing" },
		{ "[1]", "text must be a string" },
		{ "[\"a\",-1]", "count must be a whole number" },
		{ "[\"a\",1.0]", "count must be a whole number" },
		{ "[\"a\",9007199254740992]", "count must be a whole number" },
		{ "[\"a\",1,1]", "flag must be true or false" },
		{ "{\"text\":\"a\",\"bytes\":\"0\"}", "bytes must be an even number" },
		{ "{\"text\":\"a\",\"bytes\":\"0g\"}", "bytes must be an even number" },
		{ "{\"text\":\"a\",\"hash\":\"00\"}", "hash must be 64 hex digits" },
		{ "{\"text\":\"a\",\"json\":\"{}\"}", "json must be an object" },
		{ "{\"text\":\"a\",\"cuont\":1}", "did you mean count?" },
		{ "[\"a\",1,true,\"00\",null,null,{},1]", "takes 7 parameters at most" },
	};
	struct rpc *r = rpc_new(NULL, tables);
	char text[300];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), "{\"id\":1,\"method\":\"echo\",\"params\":%s}", bad[i].params);
		fails(r, text, RPC_BAD_PARAMS, bad[i].says);
	}
	says(r, "{\"id\":1,\"method\":\"echo\",\"params\":[\"a\",9007199254740991,false,\"00fF\"]}",
	     "{\"result\":{\"text\":\"a\",\"count\":9007199254740991,\"flag\":false,\"bytes\":\"00ff\"},\"error\":null,"
	     "\"id\":1}");
	says(r, "{\"id\":1,\"method\":\"echo\",\"params\":{\"json\":[1],\"text\":\"b\",\"count\":null}}",
	     "{\"result\":{\"text\":\"b\",\"count\":7,\"flag\":true,\"json\":[1]},\"error\":null,\"id\":1}");
	says(r,
	     "{\"id\":1,\"method\":\"echo\",\"params\":{\"text\":\"\",\"txid\":"
	     "\"00000000000000000000000000000000000000000000000000000000000000FF\"}}",
	     "{\"result\":{\"text\":\"\",\"count\":7,\"flag\":true,\"txid\":"
	     "\"00000000000000000000000000000000000000000000000000000000000000ff\"},"
	     "\"error\":null,\"id\":1}");
	rpc_free(r);
}

static void
amounts_are_plain_decimals(void)
{
	static const char *const bad[] = {
		"",   "-0",  "-1", "+1", "1e-9", "1E5", "0.000000001",		".5",
		"5.", "1,5", " 1", "1 ", "0x1",	 "NaN", "92233720368.54775808", "99999999999999999999"
	};
	struct rpc *r = rpc_new(NULL, tables);
	char text[200];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), "{\"id\":1,\"method\":\"pay\",\"params\":[\"%s\"]}", bad[i]);
		fails(r, text, RPC_BAD_PARAMS, "amount");
	}
	fails(r, "{\"id\":1,\"method\":\"pay\",\"params\":[1]}", RPC_BAD_PARAMS, "in a string");
	fails(r, "{\"id\":1,\"method\":\"pay\",\"params\":[0.1]}", RPC_BAD_PARAMS, "in a string");
	says(r, "{\"id\":1,\"method\":\"pay\",\"params\":[\"92233720368.54775807\"]}",
	     "{\"result\":9223372036854775807,\"error\":null,\"id\":1}");
	rpc_free(r);
}

static void
answers_may_come_later(void)
{
	struct rpc *r = rpc_new(NULL, tables);
	struct rpc_request *q;
	int before = replies;

	q = handle(r, "[{\"id\":1,\"method\":\"later\"},{\"id\":2,\"method\":\"pay\",\"params\":[\"1\"]}]");
	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	CU_ASSERT_EQUAL(replies, before);
	CU_ASSERT_EQUAL(rpc_get_counts(r).under_way, 1);
	rpc_answer(kept, json_true());
	CU_ASSERT_EQUAL(replies, before + 1);
	CU_ASSERT_STRING_EQUAL(answered,
			       "[{\"result\":true,\"error\":null,\"id\":1},{\"result\":100000000,\"error\":null,\"id\":2}]");

	q = handle(r, "{\"id\":1,\"method\":\"later\"}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(q);
	rpc_request_abandon(q);
	rpc_answer(kept, json_true());
	CU_ASSERT_EQUAL(replies, before + 1);
	CU_ASSERT_PTR_NOT_NULL(handle(r, "{\"id\":1,\"method\":\"later\"}")); /* dropped with the dispatcher */
	rpc_free(r);
	CU_ASSERT_EQUAL(replies, before + 1);
}

static void
calls_under_way_are_bounded(void)
{
	struct rpc *r = rpc_new(NULL, tables);

	for (int i = 0; i < RPC_CALLS_MAX; i++)
		CU_ASSERT_PTR_NOT_NULL(handle(r, "{\"id\":1,\"method\":\"later\"}"));
	fails(r, "{\"id\":1,\"method\":\"later\"}", RPC_NOT_READY, "under way");
	rpc_free(r);
}

/* The command line's words. */
static void
words_become_parameters(void)
{
	static const struct {
		const char *words[4];
		const char *want, *says; /* one of them */
	} rows[] = {
		{ { "a" }, "{\"text\":\"a\"}", NULL },
		{ { "a", "5", "no" }, "{\"text\":\"a\",\"count\":5,\"flag\":false}", NULL },
		{ { "count=5", "a" }, "{\"count\":5,\"text\":\"a\"}", NULL },
		{ { "--flag=true", "text=a=b", "3" }, "{\"flag\":true,\"text\":\"a=b\",\"count\":3}", NULL },
		{ { "a", "json=[1,2]" }, "{\"text\":\"a\",\"json\":[1,2]}", NULL },
		{ { "x=y" }, "{\"text\":\"x=y\"}", NULL },
		{ { NULL }, NULL, "text is missing" },
		{ { "a", "five" }, NULL, "count must be a whole number" },
		{ { "a", "count=1", "count=2" }, NULL, "given twice" },
		{ { "a", "cout=1" }, NULL, "did you mean count?" },
		{ { "a", "--colour=1" }, NULL, "no parameter 'colour'" },
		{ { "a", "flag=maybe" }, NULL, "true or false" },
		{ { "a", "json={" }, NULL, "JSON" },
		{ { "\xff" }, NULL, "UTF-8" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct complaint why = { 0 };
		json_t *params = NULL;
		size_t n = 0;
		char *got = NULL;
		bool ok;

		while (n < 4 && rows[i].words[n] != NULL)
			n++;
		ok = cli_args_take(&params, &why, &methods[0], (char *const *)rows[i].words, n);
		CU_ASSERT_EQUAL(ok, rows[i].want != NULL);
		if (ok && rows[i].want != NULL) {
			got = json_dumps(params, JSON_COMPACT);
			CU_ASSERT_STRING_EQUAL(got, rows[i].want);
		} else if (rows[i].says != NULL) {
			CU_ASSERT_PTR_NOT_NULL(strstr(why.why, rows[i].says));
			CU_ASSERT_PTR_NOT_NULL(strstr(why.hint, "usage: tally echo text"));
			CU_ASSERT_EQUAL(why.code, EXIT_USAGE);
		}
		free(got);
		json_decref(params);
	}
}

static const struct unit_test tests[] = {
	{ "envelopes", envelopes },
	{ "parameters", parameters },
	{ "amounts are plain decimals", amounts_are_plain_decimals },
	{ "answers may come later", answers_may_come_later },
	{ "calls under way are bounded", calls_under_way_are_bounded },
	{ "words become parameters", words_become_parameters },
};

int
main(void)
{
	int failed = unit_run("rpc", tests, ARRAY_LEN(tests));

	free(answered);
	return failed;
}
