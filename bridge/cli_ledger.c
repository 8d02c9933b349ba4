#include "bridge/cli_ledger.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/cli_print.h"
#include "bridge/datadir.h"
#include "bridge/engine_solo.h"
#include "bridge/file.h"
#include "bridge/genesis_file.h"
#include "bridge/ledger_replay.h"
#include "bridge/modules.h"
#include "bridge/progress.h"
#include "bridge/sidechain.h"
#include "bridge/snapshot_file.h"
#include "bridge/verify_pool.h"
#include "token/rule.h"

static const char usage[] =
	"usage: tally [--network= --datadir=] --genesis=FILE [--plugindir=DIR] ledger check [SNAPSHOT]\n"
	"       tally … ledger export FILE [HEIGHT]\n"
	"       tally … ledger import FILE trust=HASH\n\n"
	"check   executes every block of ledger.sqlite once more, from the genesis (or from a snapshot, where the ledger began with one), and\n"
	"        compares all hashes, seals, results and the stored state\n"
	"export  writes the state after the last block, or after HEIGHT, to a file\n"
	"import  makes the ledger of an empty datadir from such a file, whose block has the hash that you know from a node you trust\n\n"
	"tallyd must not be running on the same datadir.\n";

/* What the three have in common. */
struct job {
	const struct options *o;
	struct complaint *why;
	struct genesis_file *genesis; /* owned */
	struct genesis_bytes bytes;
	const struct module *modules[LEDGER_MODULES_N];
	char *path;      /* owned; of the ledger */
	char *plugindir; /* owned */
	struct store *store;
	struct ledger_tip tip; /* of the store */
	struct mono said;
	bool bar;
};

static bool
job_init(struct job *j, const struct options *o, struct complaint *why)
{
	const char *genesis = options_text(o, "genesis"), *rules = options_text(o, "plugindir");

	*j = (struct job){ .o = o, .why = why };
	j->path = options_path(o, "ledger.sqlite");
	j->plugindir = rules != NULL ? mem_strdup(rules) : options_path(o, "plugins");
	j->genesis = mem_new(1, sizeof(*j->genesis));
	ledger_modules(j->modules);
	if (genesis == NULL)
		return complain(why, EXIT_USAGE, "--genesis=FILE, or genesis= in tally.conf", "which chain? The genesis file is not given");
	if (!genesis_file_read(j->genesis, why, genesis))
		return false;
	if (strcmp(j->genesis->chain->name, options_text(o, "network")) != 0) {
		complain(why, EXIT_USAGE, NULL, "the genesis file is for %s, not for %s", j->genesis->chain->name,
			 options_text(o, "network"));
		complaint_hint(why, "add --network=%s", j->genesis->chain->name);
		return false;
	}
	genesis_bytes_init(&j->bytes, j->genesis);
	return true;
}

static void
job_clear(struct job *j)
{
	store_close(j->store);
	if (j->bytes.genesis.sections != NULL)
		genesis_bytes_clear(&j->bytes);
	genesis_file_clear(j->genesis);
	free(j->genesis);
	free(j->path);
	free(j->plugindir);
}

static struct ledger *
job_ledger(struct job *j)
{
	return ledger_new(j->modules, LEDGER_MODULES_N, &j->bytes.genesis);
}

static bool
job_open(struct job *j)
{
	struct ledger *l;
	enum store_err err;

	if (!file_exists(j->path))
		return complain(j->why, EXIT_USAGE, "check --datadir and --network", "%.200s: there is no ledger", j->path);
	l = job_ledger(j);
	err = store_open_blocks(&j->store, &j->tip, j->path, l, &j->bytes.genesis);
	ledger_free(l);
	return sidechain_store_complaint(j->why, err, j->path, store_why(j->store));
}

/* --- Progress: a line on a terminal, else one every few seconds --- */

static void
say_progress(void *context, uint64_t height, uint64_t to)
{
	struct job *j = context;
	bool terminal = isatty(STDERR_FILENO);
	struct mono now = clock_mono();
	char done[PROGRESS_NUMBER_MAX], all[PROGRESS_NUMBER_MAX];

	if (j->said.ms == 0)
		j->said = now;
	if (now.ms - j->said.ms < (terminal ? 250 : 5000) && !(height == to && j->bar))
		return;
	j->said = now;
	progress_count(done, height);
	progress_count(all, to);
	if (terminal)
		fprintf(stderr, "\r\033[Kblock %s of %s (%" PRIu64 " %%)", done, all, to > 0 ? height * 100 / to : 100);
	else
		fprintf(stderr, "block %s of %s\n", done, all);
	j->bar = terminal;
	if (height == to && terminal)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

static void
end_progress(struct job *j)
{
	if (j->bar)
		fputs("\r\033[K", stderr);
	j->bar = false;
}

/* --- Where execution begins --- */

/* The chain's beginning: an empty ledger at its genesis. */
static bool
begin_at_genesis(struct job *j, struct ledger *l)
{
	const char *why = ledger_start(l, &j->bytes.genesis);

	if (why != NULL)
		return complain(j->why, EXIT_USAGE, "`tally genesis` makes a good genesis file", "the genesis is refused: %s", why);
	state_settle(ledger_state(l));
	return true;
}

/* The state of a snapshot; it is of this chain and of the block that its head names. */
static bool
begin_at_snapshot(struct job *j, struct ledger *l, struct snapshot_head *head, const char *file)
{
	struct ledger_tip tip;
	const char *broken;

	if (!snapshot_file_read(head, ledger_state(l), j->why, file))
		return false;
	if (!hash256_eq(&head->genesis_id, ledger_genesis_id(l)))
		return complain(j->why, EXIT_USAGE, "give the --genesis that it was made with", "%.200s is of another chain", file);
	tip = (struct ledger_tip){ .height = head->block.height, .time = head->block.time, .app_hash = head->block.app_hash };
	ledger_block_hash(&tip.hash, &head->block);
	ledger_resume(l, &tip);
	broken = ledger_invariants(l, true);
	if (broken != NULL)
		return complain(j->why, EXIT_CORRUPT, "do not use it", "%.200s is refused: %s", file, broken);
	return true;
}

/* Execute the stored blocks up to a height, from the genesis or from a snapshot's (file may be NULL). */
static bool
replay_to(struct job *j, struct ledger *l, struct replay *r, uint64_t to, const char *file)
{
	uint64_t first = store_first_block(j->store);
	struct snapshot_head head;
	struct ledger_block stored;
	struct hash256 hash;
	bool ok;

	*r = (struct replay){ .ledger = l, .store = j->store, .to = to, .plugindir = j->plugindir, .threads = verify_pool_threads(),
			      .progress = say_progress, .context = j };
	if (file == NULL && first > 1) {
		complain(j->why, EXIT_USAGE, NULL, "this ledger began from a snapshot: the blocks before %" PRIu64 " are not here", first);
		complaint_hint(j->why, "give the snapshot: tally ledger check FILE");
		return false;
	}
	if (file == NULL ? !begin_at_genesis(j, l) : !begin_at_snapshot(j, l, &head, file))
		return false;
	hash = ledger_tip(l).hash;
	if (file != NULL && (!store_find_block(j->store, &first, &hash) || !store_get_block(j->store, &stored, first)))
		return complain(j->why, EXIT_USAGE, "give the one that this ledger began with, or one of its own", "%.200s is of a block that is not in this ledger",
				file);
	ok = ledger_replay(r, j->why);
	end_progress(j);
	return ok;
}

/* --- check --- */

/* What the state's table holds is what the last block says. What it shows of rules that were disabled by agreement holds for the blocks
 * that are executed later. */
static bool
table_is_right(struct job *j, size_t *keys)
{
	struct ledger *l = job_ledger(j);
	enum store_err err = store_load_state(j->store, l, &j->tip);

	*keys = state_count(ledger_state(l));
	rule_recall_disablings(ledger_state(l));
	ledger_free(l);
	return sidechain_store_complaint(j->why, err, j->path, store_why(j->store));
}

static void
print_object(const struct options *o, json_t *owned)
{
	if (options_flag(o, "json")) {
		json_dumpf(owned, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
	} else {
		cli_print(owned, stdout);
	}
	json_decref(owned);
}

static json_t *
hash_text(const struct hash256 *h)
{
	char hex[HASH256_HEX_LEN];

	hash256_to_hex(hex, h);
	return json_string(hex);
}

/* Blocks whose state before is not at hand: their links and seals. */
static bool
check_links(struct job *j, uint64_t first)
{
	struct ledger_tip before = { .height = first - 1 };
	struct ledger_block b;

	for (uint64_t h = first; h <= j->tip.height; h++) {
		if (h == first && store_get_block(j->store, &b, h))
			before = (struct ledger_tip){ .hash = b.previous, .time = b.time };
		if (!ledger_replay_link(j->why, j->store, h, &before, &b))
			return false;
		before = (struct ledger_tip){ .height = h, .time = b.time };
		ledger_block_hash(&before.hash, &b);
		say_progress(j, h, j->tip.height);
	}
	end_progress(j);
	return true;
}

static bool
check_histories(struct job *j, const struct replay *r)
{
	uint64_t stored = store_history_count(j->store);

	if (stored == r->accounts)
		return true;
	return complain(j->why, EXIT_CORRUPT, "bring ledger.sqlite back from a backup",
			"the histories of accounts have %" PRIu64 " lines, and the blocks make %" PRIu64, stored, r->accounts);
}

static bool
run_check(struct job *j, char **words, int n)
{
	const char *file = n > 0 ? words[0] : NULL;
	struct complaint table;
	struct replay r = { .to = 0 };
	struct ledger *l;
	uint64_t first;
	size_t keys = 0;
	bool table_right, ok, executed;

	if (n > 1)
		return complain(j->why, EXIT_USAGE, "tally ledger help", "check takes one snapshot at most");
	if (!job_open(j))
		return false;
	first = store_first_block(j->store);
	executed = file != NULL || first <= 1;
	table_right = table_is_right(j, &keys);
	table = *j->why;
	l = job_ledger(j);
	ok = executed ? replay_to(j, l, &r, j->tip.height, file) : check_links(j, first);
	if (ok && executed && file == NULL) /* from the first block on */
		ok = check_histories(j, &r);
	ledger_free(l);
	if (!ok)
		return false;
	if (!table_right) {
		*j->why = table;
		if (table.code == EXIT_CORRUPT)
			complaint_hint(j->why, "all blocks are good: tally ledger export FILE %" PRIu64 " makes a snapshot from them, for tally ledger import into an empty datadir",
				       j->tip.height);
		return false;
	}
	print_object(j->o, json_pack("{sIsIsIsIsososb}", "height", (json_int_t)j->tip.height, "first_block", (json_int_t)first, "transactions",
				     (json_int_t)r.transactions, "keys", (json_int_t)keys, "block", hash_text(&j->tip.hash), "app_hash",
				     hash_text(&j->tip.app_hash), "executed", executed));
	if (!executed)
		fprintf(stderr, "tally: this ledger began from a snapshot at block %" PRIu64 ": links, seals and the state are right; blocks were not executed\n"
				"hint: tally ledger check SNAPSHOT executes those since\n", first);
	return true;
}

/* --- export --- */

static bool
export_state(struct job *j, struct ledger *l, const char *file)
{
	struct ledger_tip tip = ledger_tip(l);
	struct ledger_block b;

	if (!store_get_block(j->store, &b, tip.height))
		return complain(j->why, EXIT_CORRUPT, "tally ledger check looks at all of it", "block %" PRIu64 " can't be read", tip.height);
	if (!snapshot_file_write(j->why, file, ledger_state(l), ledger_genesis_id(l), &b))
		return false;
	print_object(j->o, json_pack("{sssIsosIso}", "file", file, "height", (json_int_t)tip.height, "trust", hash_text(&tip.hash), "keys",
				     (json_int_t)state_count(ledger_state(l)), "app_hash", hash_text(&tip.app_hash)));
	return true;
}

static bool
run_export(struct job *j, char **words, int n)
{
	struct ledger *l;
	struct replay r;
	uint64_t to = 0;
	size_t keys;
	bool ok;

	if (n < 1 || n > 2 || (n == 2 && (strlen(words[1]) > 15 || words[1][0] == '\0' || strspn(words[1], "0123456789") != strlen(words[1]))))
		return complain(j->why, EXIT_USAGE, "tally ledger export FILE [HEIGHT]", "export: a file, and maybe a height, are wanted");
	if (file_exists(words[0]))
		return complain(j->why, EXIT_REFUSED, "name another, or remove it", "%.200s is there already", words[0]);
	if (!job_open(j))
		return false;
	to = n == 2 ? strtoull(words[1], NULL, 10) : j->tip.height;
	if (to == 0 || to > j->tip.height)
		return complain(j->why, EXIT_USAGE, "a ledger without blocks is made from the genesis alone", "export: the ledger has blocks 1 to %" PRIu64, j->tip.height);
	l = job_ledger(j);
	if (n == 2 && !table_is_right(j, &keys)) /* its blocks may be */
		fprintf(stderr, "tally: %s\n", j->why->why);
	if (n == 2)
		ok = replay_to(j, l, &r, to, NULL);
	else
		ok = sidechain_store_complaint(j->why, store_load_state(j->store, l, &j->tip), j->path, store_why(j->store));
	ok = ok && export_state(j, l, words[0]);
	ledger_free(l);
	return ok;
}

/* --- import --- */

/* Is the block that the snapshot stands on the one that the person trusts? */
static bool
trusted(struct job *j, const struct snapshot_head *head, const char *file, const char *trust)
{
	struct hash256 hash, want;
	char hex[HASH256_HEX_LEN];

	ledger_block_hash(&hash, &head->block);
	hash256_to_hex(hex, &hash);
	if (trust == NULL) {
		complain(j->why, EXIT_USAGE, NULL, "whoever made %.200s could have made up any balances: it says that it stands on block %" PRIu64, file,
			 head->block.height);
		complaint_hint(j->why, "ask a node that you trust (tally getblockhash %" PRIu64 "), and if it says the same, add trust=%s", head->block.height, hex);
		return false;
	}
	if (!hash256_from_hex(&want, trust))
		return complain(j->why, EXIT_USAGE, "trust= is a block's hash, 64 hex digits", "trust=%.80s is no hash", trust);
	if (!hash256_eq(&hash, &want))
		return complain(j->why, EXIT_REFUSED, "get the snapshot, or the hash, from another source", "%.200s stands on block %s, which is not the one that you trust",
				file, hex);
	if (!engine_solo_seal_valid(&head->block))
		return complain(j->why, EXIT_CORRUPT, "copy it again, or take another one", "%.200s is refused: the seal of its block is not good", file);
	return true;
}

/* Beside its place first, so that it is there whole or not at all. */
static bool
store_snapshot(struct job *j, struct ledger *l, const struct ledger_block *b)
{
	char *part = mem_printf("%s.import", j->path), *wal = mem_printf("%s-wal", part);
	struct store *s;
	bool ok;

	unlink(part);
	unlink(wal);
	ok = sidechain_store_complaint(j->why, store_create_at(&s, part, l, b), part, store_why(s));
	store_close(s);
	if (ok && (file_exists(wal) || rename(part, j->path) != 0))
		ok = complain(j->why, EXIT_CORRUPT, "check the disk and the folder's permissions", "%.200s cannot be put in its place", part);
	if (!ok) {
		unlink(part);
		unlink(wal);
	}
	free(wal);
	free(part);
	return ok;
}

static bool
run_import(struct job *j, char **words, int n)
{
	const char *trust = n == 2 ? words[1] + strspn(words[1], "-") : "trust=";
	struct snapshot_head head;
	struct ledger *l;
	int lock = -1;
	bool ok;

	if (n < 1 || n > 2 || strncmp(trust, "trust=", 6) != 0)
		return complain(j->why, EXIT_USAGE, "tally ledger import FILE trust=HASH", "import: a file, and the hash of its block, are wanted");
	trust = trust[6] != '\0' ? trust + 6 : NULL;
	if (file_exists(j->path))
		return complain(j->why, EXIT_REFUSED, "give an empty --datadir", "%.200s is there already", j->path);
	if (!snapshot_file_head(&head, j->why, words[0]) || !trusted(j, &head, words[0], trust) || !datadir_lock(&lock, j->why, j->o))
		return false;
	l = job_ledger(j);
	ok = begin_at_snapshot(j, l, &head, words[0]) && store_snapshot(j, l, &head.block);
	if (ok)
		print_object(j->o, json_pack("{sIsosIss}", "height", (json_int_t)head.block.height, "app_hash", hash_text(&head.block.app_hash), "keys",
					     (json_int_t)state_count(ledger_state(l)), "ledger", j->path));
	ledger_free(l);
	close(lock);
	return ok;
}

int
cli_ledger(const struct options *o, struct complaint *why, char **words, int n)
{
	static const struct {
		const char *name;
		bool (*run)(struct job *j, char **words, int n);
	} all[] = { { "check", run_check }, { "export", run_export }, { "import", run_import } };
	struct job j;
	bool ok;

	if (n > 0 && strcmp(words[0], "help") == 0) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; n > 0 && i < ARRAY_LEN(all); i++) {
		if (strcmp(words[0], all[i].name) != 0)
			continue;
		ok = job_init(&j, o, why) && all[i].run(&j, words + 1, n - 1);
		job_clear(&j);
		return ok ? EXIT_DONE : complaint_print(why, "tally", stderr);
	}
	complain(why, EXIT_USAGE, "tally ledger help tells all", "ledger: check, export or import?");
	return complaint_print(why, "tally", stderr);
}
