#include "bridge/cli_mainchain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/cli_print.h"
#include "tests/unit/unit.h"

/* What stands on the terminal; owned. */
static char *
shown(const char *method, const char *answer, enum lang lang)
{
	json_t *from = json_loads(answer, 0, NULL), *words = cli_mainchain_words(method, from, lang);
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL(words);
	cli_print(words, to);
	fclose(to);
	json_decref(words);
	json_decref(from);
	return text;
}

static void
holds(const char *text, const char *wanted)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(text, wanted));
	if (strstr(text, wanted) == NULL)
		fprintf(stderr, "no '%s' in:\n%s\n", wanted, text);
}

static void
syncing(void)
{
	static const char answer[] =
		"{\"network\": \"main\", \"height\": 45000, \"tip\": \"00ff\", \"tip_age\": 3900, \"chainwork\": \"0000b00b00b0\","
		"\"minimum_work_reached\": false, \"stage\": \"headers\", \"stage_done\": 45000, \"stage_total\": 100000,"
		"\"eta_seconds\": 65, \"verificationprogress\": 0.45, \"peers\": 3, \"peers_disagreeing\": 1, \"ready\": false,"
		"\"not_ready_because\": [\"headers: at height 45000\", \"the ledger waits\"]}";
	char *text = shown("getmainchaininfo", answer, LANG_EN);

	holds(text, "main\n");
	holds(text, "not ready: headers: at height 45000; the ledger waits\n");
	holds(text, "[#########.............] headers 45,000 of 100,000 (45 %), 1 min 5 s left\n");
	holds(text, "1 h 5 min\n");
	holds(text, " 0xb00b00b0 (less than the network is known to have)\n");
	holds(text, "3, of which 1 disagree");
	CU_ASSERT_PTR_NULL(strstr(text, "scanned"));
	free(text);
	text = shown("getmainchaininfo", answer, LANG_ZH);
	holds(text, "未就绪:headers: at height 45000");
	holds(text, "区块头 45,000 / 100,000 (45 %),还需 1 分 5 秒\n");
	holds(text, "3 个,其中 1 个意见不同");
	free(text);
}

static void
synced(void)
{
	static const char answer[] =
		"{\"network\": \"regtest\", \"height\": 110, \"tip\": \"aa\", \"tip_age\": -3, \"chainwork\": \"00de\", \"minimum_work\": \"0000\","
		"\"minimum_work_reached\": true,"
		"\"stage\": \"done\", \"stage_done\": 110, \"stage_total\": 110, \"eta_seconds\": 0, \"verificationprogress\": 1.0, \"peers\": 1,"
		"\"peers_disagreeing\": 0, \"scanned\": 110, \"scan_mode\": \"filters\", \"filterheaders\": 1110, \"ready\": true}";
	char *text = shown("getmainchaininfo", answer, LANG_EN);

	holds(text, "ready\n");
	holds(text, "[######################] synced\n");
	holds(text, "110 (by compact filters)\n");
	holds(text, "filter headers up to  1,109\n");
	holds(text, "0 s\n");
	holds(text, " 0xde\n");
	CU_ASSERT_PTR_NULL(strstr(text, "disagree"));
	free(text);
}

/* The peers' newest block is old. */
static void
stale(void)
{
	static const char answer[] =
		"{\"network\": \"main\", \"height\": 110, \"tip\": \"aa\", \"tip_age\": 6000, \"chainwork\": \"de\", \"minimum_work\": \"dd\","
		"\"minimum_work_reached\": true, \"stage\": \"done\", \"verificationprogress\": 1.0, \"peers\": 1, \"stale\": true,"
		"\"synced\": false, \"ready\": false, \"not_ready_because\": [\"the newest block is 100 minutes old\"]}";
	char *text = shown("getmainchaininfo", answer, LANG_EN);

	holds(text, "not ready: the newest block is 100 minutes old\n");
	holds(text, "] all that the peers have\n");
	holds(text, " 0xde (as much as the network is known to have, or more)\n");
	CU_ASSERT_PTR_NULL(strstr(text, "synced"));
	free(text);
}

static void
peers(void)
{
	static const char answer[] =
		"[{\"id\": 1, \"address\": \"127.0.0.1:1\", \"role\": \"manual\", \"stage\": \"ready\", \"connected_ms\": 61000, \"ping_ms\": 7, \"best_height\": 1234,"
		"\"disagrees\": true, \"bytes_in\": 1500000, \"bytes_out\": 999, \"service_names\": [\"network\", \"witness\"],"
		"\"user_agent\": \"/x\\u001b[31m:1/\"},"
		"{\"id\": 2, \"address\": \"127.0.0.1:2\", \"role\": \"inbound\", \"stage\": \"handshake\", \"connected_ms\": 10, \"disagrees\": false, \"bytes_in\": 0,"
		"\"bytes_out\": 120000, \"service_names\": [], \"user_agent\": \"\"}]";
	char *text = shown("getpeerinfo", answer, LANG_EN);

	holds(text, "127.0.0.1:1  given  ready      1 min 1 s  7 ms  1,234   NO      1.5 MB  999 B   network witness  /x?[31m:1/\n");
	holds(text, "127.0.0.1:2  came   handshake  0 s        -     -       yes     0 B     120 kB");
	free(text);
	text = shown("getpeerinfo", answer, LANG_ZH);
	holds(text, "1 分 1 秒");
	holds(text, "来访  握手");
	free(text);
	text = shown("getpeerinfo", "[]", LANG_ZH);
	holds(text, "none");
	free(text);
}

/* Answers of another daemon, or none that make sense, are shown all the same. */
static void
odd_answers(void)
{
	static const char *const odd[] = { "{}", "{\"stage\": 7, \"eta_seconds\": \"x\", \"not_ready_because\": [1, null]}" };
	json_t *from = json_loads("[1, {}]", 0, NULL), *words = cli_mainchain_words("getinfo", from, LANG_EN);

	CU_ASSERT_PTR_NULL(words);
	words = cli_mainchain_words("getmainchaininfo", from, LANG_EN);
	CU_ASSERT_PTR_NULL(words);
	words = cli_mainchain_words("getpeerinfo", from, LANG_EN);
	CU_ASSERT_EQUAL(json_array_size(words), 2);
	json_decref(words);
	json_decref(from);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		free(shown("getmainchaininfo", odd[i], LANG_EN));
}

static const struct unit_test tests[] = {
	{ "syncing", syncing },
	{ "synced", synced },
	{ "stale", stale },
	{ "peers", peers },
	{ "odd answers", odd_answers },
};

UNIT_MAIN("cli_mainchain", tests)
