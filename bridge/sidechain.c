#include "bridge/sidechain.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "bridge/engine_solo.h"
#include "bridge/file.h"
#include "bridge/modules.h"
#include "bridge/relayer.h"
#include "bridge/rules.h"
#include "bridge/verify_pool.h"

struct sidechain {
	struct mainchain *mainchain;
	struct genesis_file *genesis; /* owned */
	struct ledger *ledger;
	struct store *store;
	struct rules *rules;
	struct engine *engine;
	struct relayer *relayer;
};

/* The store. */

bool
sidechain_store_complaint(struct complaint *why, enum store_err e, const char *path, const char *sentence)
{
	switch (e) {
	case STORE_OK:
		return true;
	case STORE_BUSY:
		return complain(why, EXIT_REFUSED, "stop the other process: tally stop ends a tallyd", "%s: %s", path, sentence);
	case STORE_CORRUPT:
		return complain(why, EXIT_CORRUPT,
				"bring the file back from a backup, or move it away: a new one is made from the main chain "
				"and the genesis",
				"%s: %s", path, sentence);
	case STORE_FOREIGN:
		return complain(why, EXIT_USAGE,
				"give the --genesis that this --datadir was started with, or another --datadir", "%s: %s",
				path, sentence);
	case STORE_NEWER:
		return complain(why, EXIT_REFUSED, "run the version of tallyd that wrote it, or a newer one", "%s: %s", path,
				sentence);
	case STORE_GENESIS:
		return complain(why, EXIT_USAGE, "`tally genesis` makes a good genesis file", "the genesis is refused: %s",
				sentence);
	case STORE_FULL:
		return complain(why, EXIT_CORRUPT, "make room on the disk", "%s: %s", path, sentence);
	case STORE_IO:
		return complain(why, EXIT_CORRUPT, "check the disk and the file's permissions", "%s: %s", path, sentence);
	}
	return false;
}

static bool
open_store(struct sidechain *s, struct complaint *why, const struct options *o)
{
	const struct module *modules[LEDGER_MODULES_N];
	char *path = options_path(o, "ledger.sqlite");
	struct genesis_bytes g;
	struct ledger_tip tip;
	enum store_err e;
	bool ok;

	genesis_bytes_init(&g, s->genesis);
	ledger_modules(modules);
	s->ledger = ledger_new(modules, LEDGER_MODULES_N, &g.genesis);
	e = store_open(&s->store, path, s->ledger, &g.genesis);
	genesis_bytes_clear(&g);
	ok = sidechain_store_complaint(why, e, path, store_why(s->store));
	if (ok) {
		tip = ledger_tip(s->ledger);
		log_line("ledger", LOG_INFO, "chain %s at height %llu", s->genesis->chain_id, (unsigned long long)tip.height);
	}
	free(path);
	return ok;
}

/* The engine. */

/* keys/engine.key: the secret that seals blocks, in hex, made when it is not there. */
static bool
engine_key(struct secret_key *out, struct complaint *why, const struct options *o)
{
	char *path = options_path(o, "keys/engine.key"), hex[66], *text;
	size_t len;
	bool ok;

	if (file_exists(path)) {
		text = file_read(&len, why, path, 100);
		ok = text != NULL;
		if (ok) {
			text[strcspn(text, "\n")] = '\0';
			if (!hex_decode(out->b, sizeof(out->b), text) || !secret_key_valid(out))
				ok = complain(why, EXIT_CORRUPT,
					      "bring it back from a backup, or remove it: a new one is made", "%s is damaged",
					      path);
			mem_wipe(text, len);
			free(text);
		}
	} else {
		do
			rng_bytes(out->b, sizeof(out->b));
		while (!secret_key_valid(out));
		hex_encode(hex, out->b, sizeof(out->b));
		strcat(hex, "\n");
		ok = file_write_durable(why, path, hex, strlen(hex), 0600);
		mem_wipe(hex, sizeof(hex));
	}
	free(path);
	return ok;
}

static bool
main_tip_time(void *context, struct unixtime *out)
{
	const struct sidechain *s = context;
	struct spv_header tip;

	spv_tip(mainchain_spv(s->mainchain), &tip);
	out->sec = tip.header.time;
	return true;
}

static unsigned
verify_threads(const struct options *o)
{
	uint32_t given = options_number(o, "par");

	return given == 0 ? verify_pool_threads() : given > VERIFY_THREADS_MAX ? VERIFY_THREADS_MAX : given;
}

static bool
start_engine(struct sidechain *s, struct complaint *why, struct event_base *base, const struct options *o,
	     engine_fatal_fn *fatal, void *context)
{
	struct engine_solo_options e = {
		.base = base,
		.ledger = s->ledger,
		.store = s->store,
		.fatal = fatal,
		.fatal_context = context,
		.main_tip_context = s,
		.verify_threads = verify_threads(o),
	};

	if (strcmp(s->genesis->chain->name, "regtest") != 0)
		e.main_tip_time = main_tip_time;
	if (!engine_key(&e.key, why, o))
		return false;
	s->engine = engine_solo_new(&e);
	mem_wipe(&e.key, sizeof(e.key));
	return true;
}

static void
on_mainchain(void *context, const struct spv_output *o)
{
	struct sidechain *s = context;

	relayer_spv(s->relayer, o);
	if (o->kind == SPV_TIP)
		engine_wake(s->engine);
}

static void
start_relayer(struct sidechain *s, struct event_base *base)
{
	struct relayer_options r = {
		.base = base,
		.spv = mainchain_spv(s->mainchain),
		.net = mainchain_net(s->mainchain),
		.ledger = s->ledger,
		.store = s->store,
		.engine = s->engine,
		.params = s->genesis->peg,
	};

	s->relayer = relayer_new(&r);
	mainchain_listen(s->mainchain, on_mainchain, s);
}

bool
sidechain_open(struct sidechain **out, struct complaint *why, struct event_base *base, struct mainchain *m,
	       const struct options *o, engine_fatal_fn *fatal, void *fatal_context)
{
	struct sidechain *s = mem_new(1, sizeof(*s));
	bool ok;

	s->mainchain = m;
	s->genesis = mem_new(1, sizeof(*s->genesis));
	ok = genesis_file_read(s->genesis, why, options_text(o, "genesis"));
	if (ok && strcmp(s->genesis->chain->name, options_text(o, "network")) != 0) {
		ok = complain(why, EXIT_USAGE, NULL, "the genesis file is for %s, and this daemon runs for %s",
			      s->genesis->chain->name, options_text(o, "network"));
		complaint_hint(why, "add --network=%s", s->genesis->chain->name);
	}
	ok = ok && open_store(s, why, o) && rules_open(&s->rules, why, o, s->ledger) && start_engine(s, why, base, o, fatal, fatal_context);
	if (!ok) {
		sidechain_close(s);
		return false;
	}
	rules_watch(s->rules, base, s->engine);
	start_relayer(s, base);
	*out = s;
	return true;
}

void
sidechain_close(struct sidechain *s)
{
	if (s == NULL)
		return;
	if (s->relayer != NULL)
		relayer_free(s->relayer);
	rules_close(s->rules);
	if (s->engine != NULL)
		engine_free(s->engine);
	if (s->store != NULL)
		store_close(s->store);
	if (s->ledger != NULL)
		ledger_free(s->ledger);
	genesis_file_clear(s->genesis);
	free(s->genesis);
	free(s);
}

struct ledger *
sidechain_ledger(const struct sidechain *s)
{
	return s->ledger;
}

struct store *
sidechain_store(const struct sidechain *s)
{
	return s->store;
}

struct engine *
sidechain_engine(const struct sidechain *s)
{
	return s->engine;
}

struct relayer *
sidechain_relayer(const struct sidechain *s)
{
	return s->relayer;
}

const struct genesis_file *
sidechain_genesis(const struct sidechain *s)
{
	return s->genesis;
}
