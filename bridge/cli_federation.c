#include "bridge/cli_federation.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/cli_genesis.h"
#include "bridge/file.h"
#include "bridge/peg/params.h"
#include "bridge/signer_key.h"
#include "bridge/wallet.h"

static const char usage[] =
	"usage: tally --network=regtest [--datadir=DIR] federation [n=3] [NAME=VALUE…]\n\n"
	"Makes in DIR/regtest: a wallet with an account for each of n members (member1, member2, …), their signer keys and "
	"recovery keys\n"
	"(keys/signer1.json, keys/recovery1.json, …), and genesis.json. Then start it:\n"
	"  tallyd --network=regtest --datadir=DIR --genesis=DIR/regtest/genesis.json --signer=builtin --connect=HOST:PORT\n"
	"The other words are those of tally genesis, such as k=2 or rule=FILE. On real networks every member makes its own "
	"key with\n"
	"tally-signer, on its own machine, and the genesis file with tally genesis.\n";

/* The words for `tally genesis`: owned, and what they point to. */
struct word_list {
	char **words;
	size_t n;
};

static void
add_word(struct word_list *l, char *owned)
{
	l->words = mem_resize(l->words, l->n + 1, sizeof(l->words[0]));
	l->words[l->n++] = owned;
}

static bool
make_key(struct xonly_key *out, struct complaint *why, const struct options *o, const char *kind, int number)
{
	char *name = mem_printf("keys/%s%d.json", kind, number), *path = options_path(o, name);
	bool ok = signer_key_create(out, why, path, "");

	free(name);
	free(path);
	return ok;
}

static bool
make_member(struct word_list *l, struct complaint *why, const struct options *o, struct wallet *w, int number)
{
	char *label = mem_printf("member%d", number), text[ACCOUNT_TEXT_LEN], key[65], recovery[65];
	struct xonly_key signer, spare;
	struct account account;
	bool ok;

	ok = wallet_new_account(&account, w, why, label) && make_key(&signer, why, o, "signer", number) &&
	     make_key(&spare, why, o, "recovery", number);
	if (ok) {
		account_to_text(text, &account, "tlyr");
		hex_encode(key, signer.b, sizeof(signer.b));
		hex_encode(recovery, spare.b, sizeof(spare.b));
		add_word(l, mem_printf("member=%s:%s:%s", label, key, text));
		add_word(l, mem_printf("recovery=%s", recovery));
	}
	free(label);
	return ok;
}

static bool
make_all(struct word_list *l, struct complaint *why, const struct options *o, int members)
{
	char *keys = options_path(o, "keys");
	struct wallet *w = NULL;
	bool ok = file_make_dir(why, keys) && wallet_create(&w, why, keys, "");

	if (!ok && why->code == EXIT_REFUSED)
		complaint_hint(why, "a federation is made once in a directory; for another one give --datadir=DIR");
	for (int i = 1; ok && i <= members; i++)
		ok = make_member(l, why, o, w, i);
	wallet_free(w);
	free(keys);
	return ok;
}

int
cli_federation(const struct options *o, struct complaint *why, char **words, int n)
{
	struct word_list l = { NULL, 0 };
	int members = 3, code;

	if (n > 0 && strcmp(words[0], "help") == 0) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	if (n > 0 && strncmp(words[0], "n=", 2) == 0) {
		members = strspn(words[0] + 2, "0123456789") == strlen(words[0] + 2) && strlen(words[0]) <= 4
				  ? atoi(words[0] + 2)
				  : 0;
		words++;
		n--;
	}
	if (members < 1 || members > PEG_MEMBERS_MAX) {
		complain(why, EXIT_USAGE, "such as n=3", "a federation has 1 to 16 members");
		return complaint_print(why, "tally", stderr);
	}
	if (strcmp(options_text(o, "network"), "regtest") != 0) {
		complain(why, EXIT_USAGE, "add --network=regtest; for real networks see tally-signer and tally genesis",
			 "all keys in one place are for regtest only");
		return complaint_print(why, "tally", stderr);
	}
	if (!make_all(&l, why, o, members)) {
		code = complaint_print(why, "tally", stderr);
	} else {
		char *genesis = options_path(o, "genesis.json");

		add_word(&l, mem_printf("out=%s", genesis));
		for (int i = 0; i < n; i++)
			add_word(&l, mem_strdup(words[i]));
		code = cli_genesis(o, why, l.words, (int)l.n);
		if (code == EXIT_DONE)
			printf("%s\n", genesis);
		free(genesis);
	}
	for (size_t i = 0; i < l.n; i++)
		free(l.words[i]);
	free(l.words);
	return code;
}
