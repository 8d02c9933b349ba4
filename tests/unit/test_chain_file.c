#include "bridge/chain_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/options.h"
#include "chain/header_rules.h"
#include "tests/unit/unit.h"

static char *
example(size_t *len)
{
	const char *source = getenv("srcdir");
	char *path = mem_printf("%s/doc/chain.conf.example", source != NULL ? source : "."), *text = mem_new(20000, 1);
	FILE *f = fopen(path, "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	*len = fread(text, 1, 19999, f);
	fclose(f);
	free(path);
	return text;
}

static void
the_example(void)
{
	struct complaint why = { 0 };
	struct chain_file f;
	size_t len;
	char *text = example(&len);
	const struct chain_params *p = &f.params;

	CU_ASSERT_FATAL(chain_file_parse(&f, &why, text, len));
	CU_ASSERT_EQUAL(strncmp(p->name, "example-", 8), 0);
	CU_ASSERT_EQUAL(strlen(p->name), 16);
	CU_ASSERT_EQUAL(memcmp(p->magic, "\x7a\x6c\x79\x01", 4), 0);
	CU_ASSERT_EQUAL(p->port, 19444);
	CU_ASSERT_EQUAL(p->limit_bits, 0x207fffff);
	CU_ASSERT(p->no_retarget && !p->min_difficulty && !p->bip94);
	CU_ASSERT(p->bip34_height == 1 && p->bip65_height == 1 && p->bip66_height == 1 && p->segwit_height == 0);
	CU_ASSERT_EQUAL(p->bip54_height, 0);
	CU_ASSERT_PTR_NULL(p->signet_challenge);
	CU_ASSERT(p->subsidy_halving == 150 && p->coinbase_maturity == 100);
	CU_ASSERT_STRING_EQUAL(p->bech32_hrp, "xmpl");
	CU_ASSERT(p->p2pkh_prefix == 111 && p->p2sh_prefix == 196);
	CU_ASSERT(p->minimum_chain_work.w[0] == 2 && p->minimum_chain_work.w[3] == 0);
	CU_ASSERT(hash256_eq(&p->genesis_hash, &chain_params_find("regtest")->genesis_hash));
	chain_file_clear(&f);
	free(text);
}

/* The last line is needed, and needs all of its digits. */
static void
every_truncation(void)
{
	size_t len;
	char *text = example(&len);

	for (size_t cut = 0; cut + 1 < len; cut++) { /* but for the last end of line */
		char *exact = mem_dup(text, cut);
		struct complaint why = { 0 };
		struct chain_file f;

		CU_ASSERT_FALSE(chain_file_parse(&f, &why, exact, cut));
		CU_ASSERT(why.why[0] != '\0');
		free(exact);
	}
	free(text);
}

/* Parse the example with a line of it replaced, or taken out (with == NULL). */
static bool
parse_with(struct chain_file *f, struct complaint *why, const char *key, const char *with)
{
	size_t len, n = strlen(key);
	char *text = example(&len), *out = mem_new(len + 400, 1), *save = NULL;
	bool ok, found = false;

	*why = (struct complaint){ 0 };
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		bool same = strncmp(line, key, n) == 0 && line[n] == ' ';

		found = found || same;
		sprintf(out + strlen(out), "%s\n", !same ? line : with != NULL ? with : "");
	}
	CU_ASSERT(found);
	ok = chain_file_parse(f, why, out, strlen(out));
	free(out);
	free(text);
	return ok;
}

static void
each_line_that_must_not_lack(void)
{
	static const char *const needed[] = { "name", "magic", "port", "limit_bits", "bip34_height", "bip65_height", "bip66_height",
					      "segwit_height", "subsidy_halving", "coinbase_maturity", "bech32_hrp", "p2pkh_prefix", "p2sh_prefix",
					      "genesis" };
	static const char *const spare[] = { "no_retarget", "min_difficulty", "bip94", "bip54_height", "minimum_chain_work", "genesis_hash" };
	struct complaint why;
	struct chain_file f;

	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		CU_ASSERT_FALSE(parse_with(&f, &why, needed[i], NULL));
		CU_ASSERT(strstr(why.why, needed[i]) == why.why && strstr(why.why, "is missing") != NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(spare); i++) {
		CU_ASSERT(parse_with(&f, &why, spare[i], NULL));
		chain_file_clear(&f);
	}
}

static void
bad_lines_are_refused(void)
{
	static const struct {
		const char *key, *with, *says, *hint;
	} rows[] = {
		{ "bech32_hrp", "bech32hrp = x", "unknown key 'bech32hrp'", "did you mean bech32_hrp?" },
		{ "port", "prot = 1", "unknown key 'prot'", "did you mean port?" },
		{ "port", "port = 1\nport = 1", "port is given twice", "" },
		{ "port", "[main]\nport = 1", "no sections", "" },
		{ "port", "port", "a line is KEY = VALUE", "" },
		{ "port", "port = 0", "port is 0", "" },
		{ "port", "port = 65536", "port must be a whole number up to 65535", "" },
		{ "port", "port = -1", "port must be", "" },
		{ "port", "port =", "port must be", "" },
		{ "port", "like = regtest", "like must be the first key", "" },
		{ "name", "like = nothing", "like must be main,", "" },
		{ "name", "name = Example", "name must be", "" },
		{ "name", "name = main-1", "name must be", "" },
		{ "name", "name = aaaaaaaaaaaaaaaaaaaaaaa", "name must be", "" },
		{ "magic", "magic = 7a6c79", "magic must be 4 bytes", "" },
		{ "magic", "magic = fabfb5da", "magic is that of a public network", "" },
		{ "magic", "magic = f9beb4d9", "magic is that of a public network", "" },
		{ "limit_bits", "limit_bits = 207fffff", "limit_bits must be compact bits", "" },
		{ "limit_bits", "limit_bits = 0x207fff", "limit_bits must be compact bits", "" },
		{ "limit_bits", "limit_bits = 0x20ffffff", "limit_bits is no target", "" },
		{ "limit_bits", "limit_bits = 0x21007fff", "limit_bits is no target", "" },
		{ "limit_bits", "limit_bits = 0x1d00ffff", "genesis has bits that limit_bits does not allow", "" },
		{ "no_retarget", "no_retarget = yes", "no_retarget must be 0 or 1", "" },
		{ "bip34_height", "bip34_height = 4294967296", "bip34_height must be a whole number", "" },
		{ "p2pkh_prefix", "p2pkh_prefix = 256", "p2pkh_prefix must be", "" },
		{ "p2pkh_prefix", "p2pkh_prefix = 196", "are the same", "" },
		{ "subsidy_halving", "subsidy_halving = 0", "subsidy_halving is 0", "" },
		{ "coinbase_maturity", "coinbase_maturity = 0", "coinbase_maturity is 0", "" },
		{ "bech32_hrp", "bech32_hrp = XM", "bech32_hrp must be", "" },
		{ "minimum_chain_work", "minimum_chain_work = 2", "minimum_chain_work must be 64 hex digits", "" },
		{ "bip54_height", "signet_challenge = 5", "signet_challenge must be a script", "" },
		{ "bip54_height", "signet_challenge =", "signet_challenge must be a script", "" },
		{ "bip54_height", "signet_challenge = 51", "magic is not what BIP325 makes of signet_challenge: 54d26fbd", "leave magic out" },
		{ "genesis_hash", "genesis_hash = 0e9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
		  "genesis_hash is not the hash of genesis", "" },
		{ "genesis_hash", "genesis_hash = 1", "genesis_hash must be", "" },
		{ "genesis", "genesis = 00", "genesis must be the first block's header", "" },
		/* another nonce: its hash is above the target */
		{ "genesis", "genesis = 0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc8"
			     "1bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2003000000", "genesis_hash is not the hash of genesis", "" },
	};
	struct complaint why;
	struct chain_file f;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_FALSE(parse_with(&f, &why, rows[i].key, rows[i].with));
		if (strstr(why.why, rows[i].says) == NULL || strstr(why.hint, rows[i].hint) == NULL)
			printf("%s: %s (%s)\n", rows[i].with, why.why, why.hint);
		CU_ASSERT_PTR_NOT_NULL(strstr(why.why, rows[i].says));
		CU_ASSERT_PTR_NOT_NULL(strstr(why.hint, rows[i].hint));
		CU_ASSERT_EQUAL(why.code, EXIT_USAGE);
	}
}

static bool
parse(struct chain_file *f, struct complaint *why, const char *text)
{
	*why = (struct complaint){ 0 };
	return chain_file_parse(f, why, text, strlen(text));
}

static void
work_of_the_first_block(void)
{
	static const char like[] = "like = regtest\nname = a\nmagic = 01020304\ngenesis = %s%s\n";
	struct header h = chain_params_find("regtest")->genesis;
	struct complaint why;
	struct chain_file f;
	uint8_t bytes[HEADER_LEN];
	char hex[2 * HEADER_LEN + 1], *text;

	for (; header_check_work(chain_params_find("regtest"), &h) == HEADER_OK; h.nonce++) {
	}
	for (int prev = 0; prev < 2; prev++) {
		header_encode(bytes, &h);
		hex_encode(hex, bytes, sizeof(bytes));
		text = mem_printf(like, hex, "");
		CU_ASSERT_FALSE(parse(&f, &why, text));
		CU_ASSERT_STRING_EQUAL(why.why, prev ? "genesis names a block before it" : "genesis has not the work that its bits ask for");
		free(text);
		h.prev.b[0] = 1;
	}
}

/* The public signet's genesis with a challenge of one's own: BIP325's example, magic 7ec653a5. */
static void
a_signet_of_ones_own(void)
{
	static const char challenge[] = "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be43051ae";
	char *text = mem_printf("like = signet\nname = mine\nsignet_challenge = %s\n", challenge), *again;
	struct complaint why;
	struct chain_file f, g;

	CU_ASSERT_FATAL(parse(&f, &why, text));
	CU_ASSERT_EQUAL(memcmp(f.params.magic, "\x7e\xc6\x53\xa5", 4), 0);
	CU_ASSERT_EQUAL(f.params.signet_challenge_len, strlen(challenge) / 2);
	CU_ASSERT_EQUAL(f.params.limit_bits, chain_params_find("signet")->limit_bits);
	CU_ASSERT_STRING_EQUAL(f.params.bech32_hrp, "tb");
	/* the same magic said as well; then all that was changed in it is the port, and it has the same name */
	again = mem_printf("%smagic = 7ec653a5\nport = 5\n", text);
	CU_ASSERT_FATAL(parse(&g, &why, again));
	CU_ASSERT_STRING_EQUAL(f.params.name, g.params.name);
	chain_file_clear(&g);
	free(again);
	again = mem_printf("%sbip54_height = 5\n", text);
	CU_ASSERT_FATAL(parse(&g, &why, again));
	CU_ASSERT_STRING_NOT_EQUAL(f.params.name, g.params.name);
	chain_file_clear(&g);
	free(again);
	CU_ASSERT_FALSE(parse(&g, &why, "like = signet\nname = mine\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.why, "magic is that of a public network"));
	chain_file_clear(&f);
	free(text);
}

/* Each value that decides about blocks or addresses is in the name. */
static void
the_digest_covers_all(void)
{
	static const char *const lines[][2] = {
		{ "magic", "magic = 7a6c7902" },	       { "no_retarget", "no_retarget = 0" },
		{ "min_difficulty", "min_difficulty = 1" },    { "bip94", "bip94 = 1" },
		{ "bip34_height", "bip34_height = 2" },	       { "bip65_height", "bip65_height = 2" },
		{ "bip66_height", "bip66_height = 2" },	       { "segwit_height", "segwit_height = 1" },
		{ "bip54_height", "bip54_height = 1" },	       { "subsidy_halving", "subsidy_halving = 151" },
		{ "coinbase_maturity", "coinbase_maturity = 1" }, { "bech32_hrp", "bech32_hrp = xmplx" },
		{ "p2pkh_prefix", "p2pkh_prefix = 112" },      { "p2sh_prefix", "p2sh_prefix = 197" },
		{ "magic", "signet_challenge = 51" },
	};
	struct complaint why;
	struct chain_file f;
	char names[ARRAY_LEN(lines) + 1][CHAIN_NAME_MAX + 1];

	CU_ASSERT_FATAL(parse_with(&f, &why, "name", "name = example"));
	strcpy(names[ARRAY_LEN(lines)], f.params.name);
	chain_file_clear(&f);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		CU_ASSERT_FATAL(parse_with(&f, &why, lines[i][0], lines[i][1]));
		strcpy(names[i], f.params.name);
		chain_file_clear(&f);
	}
	for (size_t i = 0; i <= ARRAY_LEN(lines); i++) {
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(names[i], names[k]);
	}
}

/* --- As an option --- */

static char dir[] = "/tmp/test_chain_file_XXXXXX";

static char *
put_file(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static struct options *
read_options(struct complaint *why, const char *chain, const char *word)
{
	char *datadir = mem_printf("--datadir=%s", dir), *chainparams = mem_printf("--chainparams=%s", chain);
	char *argv[] = { (char *)"tallyd", datadir, chainparams, (char *)word, NULL };
	struct options *o;
	int rest;

	*why = (struct complaint){ 0 };
	if (!options_read(&o, &rest, why, options_of_tallyd, word != NULL ? 4 : 3, argv)) {
		options_free(o);
		o = NULL;
	}
	free(datadir);
	free(chainparams);
	return o;
}

static void
as_an_option(void)
{
	char *chain, *conf, *text, *path;
	const struct chain_params *p;
	struct complaint why;
	struct options *o;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	chain = put_file("chain.conf", "like = regtest\nname = own\nmagic = 01020304\n");
	o = read_options(&why, chain, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	p = chain_params_find(options_text(o, "network"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(strncmp(p->name, "own-", 4), 0);
	CU_ASSERT_EQUAL(options_number(o, "rpcport"), 7425);
	path = options_path(o, "x");
	CU_ASSERT_PTR_NOT_NULL(strstr(path, p->name));
	free(path);
	/* a section of the configuration file may have its name */
	text = mem_printf("feerate = 1\n[regtest]\nfeerate = 2\n[%s]\nfeerate = 3\n", p->name);
	conf = put_file("tally.conf", text);
	options_free(o);
	o = read_options(&why, chain, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_EQUAL(options_number(o, "feerate"), 3);
	options_free(o);
	CU_ASSERT_PTR_NULL(read_options(&why, chain, "--network=regtest"));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.why, "both network and chainparams"));
	unlink(chain);
	free(chain);
	chain = put_file("chain.conf", "like = regtest\nnmae = own\n");
	CU_ASSERT_PTR_NULL(read_options(&why, chain, NULL));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.why, "chain.conf: line 2: unknown key 'nmae'"));
	CU_ASSERT_PTR_NULL(read_options(&why, "/nonexistent/chain", NULL));
	CU_ASSERT_PTR_NOT_NULL(strstr(why.why, "/nonexistent/chain"));
	unlink(chain);
	unlink(conf);
	rmdir(dir);
	free(chain);
	free(conf);
	free(text);
}

static const struct unit_test tests[] = {
	{ "the example", the_example },
	{ "every truncation", every_truncation },
	{ "each line that must not lack", each_line_that_must_not_lack },
	{ "bad lines are refused", bad_lines_are_refused },
	{ "work of the first block", work_of_the_first_block },
	{ "a signet of one's own", a_signet_of_ones_own },
	{ "the digest covers all", the_digest_covers_all },
	{ "as an option", as_an_option },
};

UNIT_MAIN("chain_file", tests)
