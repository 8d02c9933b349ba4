/* Loading real libraries: what is approved and only that, the bytes that were hashed and only those; and what only the compiled rule shows: the
 * fuse. */
#include "tests/unit/world.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/rule_hostile.h"
#include "token/plugin_host.h"
#include "token/plugin_loader.h"

static const char *const shipped[] = { "gov_council", "gov_token", "issue_fixed", "issue_loyalty", "gov_quadratic" };

static char folder[64];

/* A private folder to put files into. */
static void
make_folder(void)
{
	strcpy(folder, "/tmp/tally-plugins-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static void
remove_folder(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.')
			CU_ASSERT_EQUAL(unlinkat(dirfd(d), e->d_name, 0), 0);
	}
	closedir(d);
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static void
write_file(char path[128], const char *name, const uint8_t *bytes, size_t len)
{
	FILE *f;

	(void)snprintf(path, 128, "%s/%s", folder, name);
	f = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, len, f), len);
	CU_ASSERT_EQUAL(fclose(f), 0);
}

static uint8_t *
read_whole(size_t *len, const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = malloc(PLUGIN_FILE_MAX);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	*len = fread(p, 1, PLUGIN_FILE_MAX, f);
	(void)fclose(f);
	return p;
}

static void
approve_file(struct world *w, const struct plugin_file *f)
{
	struct action_plugin_approve a = plugin_approval(f);

	CU_ASSERT_PTR_NULL_FATAL(rule_approve(w->state, &a, w->env.height));
}

/* A world that has approved nothing. */
static void
bare(struct world *w)
{
	struct rule_walk walk;
	struct rule_approval a;

	world_init(w);
	rule_walk_init(&walk, w->state);
	while (rule_walk_next(&walk, &a))
		state_delete(w->state, walk.walk.key, walk.walk.key_len);
}

static void
the_shipped_rules_load_and_run(void)
{
	struct world w;

	bare(&w);
	for (size_t i = 0; i < ARRAY_LEN(shipped); i++) {
		struct plugin_file f, again;
		char path[128];

		(void)snprintf(path, sizeof(path), "plugins/%s.so", shipped[i]);
		CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, path), PLUGIN_OK);
		CU_ASSERT_STRING_EQUAL(f.plugin->name, shipped[i]);
		CU_ASSERT_EQUAL(plugin_load(&again, path, w.state), PLUGIN_NOT_APPROVED);
		approve_file(&w, &f);
		CU_ASSERT_EQUAL(plugin_load(&again, path, w.state), PLUGIN_OK);
		CU_ASSERT_PTR_EQUAL(rule_code(&f.hash), again.plugin);
		CU_ASSERT_EQUAL(plugin_load(&f, path, w.state), PLUGIN_OK); /* twice is once */
		CU_ASSERT_PTR_EQUAL(f.plugin, again.plugin);
	}
	world_clear(&w);
}

/* Each file's own code runs, one after the other, and again. */
static void
each_file_is_itself(void)
{
	struct hash256 first[ARRAY_LEN(shipped)];

	for (size_t i = 0; i < 2 * ARRAY_LEN(shipped); i++) {
		const char *name = shipped[i % ARRAY_LEN(shipped)];
		struct plugin_file f;
		char path[100];

		(void)snprintf(path, sizeof(path), "plugins/%s.so", name);
		CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, path), PLUGIN_OK);
		CU_ASSERT_STRING_EQUAL(f.plugin->name, name);
		if (i < ARRAY_LEN(shipped))
			first[i] = f.hash;
		CU_ASSERT(hash256_eq(&f.hash, &first[i % ARRAY_LEN(shipped)]));
	}
}

/* A store's life under one set of rules; the events of all of it, hashed. */
static void
store_life(struct hash256 *out, struct world *w)
{
	static const uint8_t params[29] = { 1, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 0, 0, 0, 7 };
	struct op_create points = {
		.flags = ASSET_LOTS | ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_loyalty"), .rule_major = 1, .params = { params, 29 }
	};
	struct op_create fixed = { .flags = ASSET_VOTES, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_fixed"), .rule_major = 1 };
	struct asset_id a, b;
	struct wr payload = { 0 }, all = { 0 };

	DONE(world_create(w, &a, 0, &points));
	wr_bytes(&all, w->events.p, w->events.len);
	DONE(world_create(w, &b, 0, &fixed));
	wr_bytes(&all, w->events.p, w->events.len);
	for (uint64_t paid = 1; paid < 2000; paid += 97) {
		struct op_earn earn = { a, w->people[1], { { (uint8_t)paid, (uint8_t)(paid >> 8), 1 } }, units(paid), units(paid / 3) };
		struct op_refund refund = { a, w->people[1], earn.receipt, units(paid / 2 + 1) };

		op_earn_encode(&payload, &earn);
		DONE(world_do(w, 0, OP_EARN, &payload));
		wr_bytes(&all, w->events.p, w->events.len);
		op_refund_encode(&payload, &refund);
		DONE(world_do(w, 0, OP_REFUND, &payload));
		wr_bytes(&all, w->events.p, w->events.len);
		wr_u64(&all, plugin_gas_used());
		world_block(w, 3600);
	}
	REFUSED(world_mint(w, 1, &a, 1, 1, 0), "NOT_ISSUER");
	REFUSED(world_mint(w, 0, &b, 1, 1, 0), "FIXED_SUPPLY");
	sha256(out, all.p, all.len);
	wr_clear(&all);
}

/* The library does what the same source does when it is compiled in, for the same gas. */
static void
P7_compiled_in_and_loaded_agree(void)
{
	struct hash256 inside, outside;
	struct world w;

	world_init(&w);
	store_life(&inside, &w);
	world_clear(&w);
	bare(&w);
	for (size_t i = 0; i < ARRAY_LEN(shipped); i++) {
		struct plugin_file f;
		char path[128];

		(void)snprintf(path, sizeof(path), "plugins/%s.so", shipped[i]);
		CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, path), PLUGIN_OK);
		approve_file(&w, &f);
		CU_ASSERT_EQUAL(plugin_load(&f, path, w.state), PLUGIN_OK);
	}
	store_life(&outside, &w);
	CU_ASSERT(hash256_eq(&inside, &outside));
	world_clear(&w);
}

static struct asset_id
hostile_asset(struct world *w, enum hostile how)
{
	uint8_t param = (uint8_t)how;
	struct op_create o = {
		.flags = ASSET_TRANSFERABLE, .dao = ASSET_NO_DAO, .rule = OP_TEXT("issue_hostile"), .rule_major = 1, .params = { &param, 1 }
	};
	struct asset_id a;

	DONE(world_create(w, &a, 0, &o));
	return a;
}

static void
P3_the_fuse_stops_loops_and_recursion(void)
{
	struct world w;
	struct asset_id a;
	struct plugin_file f;

	world_init(&w);
	CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, "tests/unit/rule_hostile.so"), PLUGIN_OK);
	approve_file(&w, &f);
	CU_ASSERT_EQUAL_FATAL(plugin_load(&f, "tests/unit/rule_hostile.so", w.state), PLUGIN_OK);
	for (int i = 0; i < 3; i++) {
		a = hostile_asset(&w, HOSTILE_LOOP);
		REFUSED(world_mint(&w, 0, &a, 1, 5, 0), "RULE_FUSE");
		a = hostile_asset(&w, HOSTILE_RECURSION);
		REFUSED(world_mint(&w, 0, &a, 1, 5, 0), "RULE_FUSE");
		a = hostile_asset(&w, HOSTILE_MEMORY);
		REFUSED(world_mint(&w, 0, &a, 1, 5, 0), "RULE_MEMORY");
		a = hostile_asset(&w, HOSTILE_NOT);
		DONE(world_mint(&w, 0, &a, 1, 5, 0));
		a = hostile_asset(&w, HOSTILE_SERVICES);
		DONE(world_mint(&w, 0, &a, 1, 5, 0));
		a = hostile_asset(&w, HOSTILE_STORAGE);
		DONE(world_mint(&w, 0, &a, 1, 5, 0));
	}
	world_clear(&w);
}

static void
P1_files_that_are_no_rule(void)
{
	struct world w;
	struct plugin_file f;
	size_t len;
	uint8_t *good = read_whole(&len, "plugins/issue_fixed.so");
	char path[128];

	bare(&w);
	make_folder();
	CU_ASSERT_EQUAL(plugin_inspect(&f, "/nonexistent.so"), PLUGIN_IO);
	CU_ASSERT_EQUAL(plugin_inspect(&f, folder), PLUGIN_IO);
	CU_ASSERT_EQUAL(plugin_inspect(&f, "/dev/null"), PLUGIN_IO);
	write_file(path, "empty.so", good, 0);
	CU_ASSERT_EQUAL(plugin_inspect(&f, path), PLUGIN_IO);
	write_file(path, "text.so", (const uint8_t *)"hello", 5);
	CU_ASSERT_EQUAL(plugin_inspect(&f, path), PLUGIN_BAD_ELF);
	CU_ASSERT(f.why[0] != '\0' && f.plugin == NULL);
	write_file(path, "cut.so", good, 64);
	CU_ASSERT_EQUAL(plugin_inspect(&f, path), PLUGIN_BAD_ELF);
	good[len - 1] ^= 1;
	write_file(path, "changed.so", good, len);
	CU_ASSERT_EQUAL(plugin_load(&f, path, w.state), PLUGIN_NOT_APPROVED);
	remove_folder();
	free(good);
	world_clear(&w);
}

/* What happens to the file after it was hashed doesn't matter: the bytes that were hashed run, and nobody can change them. */
static void
P1_the_hashed_bytes_run(void)
{
	static const uint8_t other[] = "something else altogether";
	struct tally_issue_op op = { .op = TALLY_OP_MINT };
	struct rule_instance instance = { .scope = 'a' };
	struct plugin_file f;
	struct tally_effects e;
	struct world w;
	size_t len, sealed = 0;
	uint8_t *good = read_whole(&len, "tests/unit/bad-rules/good.so");
	char path[128], line[300];
	FILE *maps;

	bare(&w);
	make_folder();
	write_file(path, "swapped.so", good, len);
	CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, path), PLUGIN_OK);
	write_file(path, "swapped.so", other, sizeof(other)); /* in the same file */
	CU_ASSERT_STRING_EQUAL(plugin_issue(&e, &w.exec, f.plugin, &instance, &op), "NO");
	CU_ASSERT_STRING_EQUAL(f.plugin->name, "issue_bad");
	maps = fopen("/proc/self/maps", "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		CU_ASSERT_PTR_NULL(strstr(line, "swapped.so"));
		sealed += strstr(line, "/memfd:rule") != NULL;
	}
	(void)fclose(maps);
	CU_ASSERT(sealed > 0);
	remove_folder();
	free(good);
	world_clear(&w);
}

static void
P1_nobody_writes_to_what_runs(void)
{
	struct plugin_file f;
	DIR *d;
	struct dirent *e;
	size_t found = 0;

	CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, "plugins/issue_fixed.so"), PLUGIN_OK);
	d = opendir("/proc/self/fd");
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((e = readdir(d)) != NULL) {
		char link[64], target[200] = { 0 };
		int fd;

		(void)snprintf(link, sizeof(link), "/proc/self/fd/%.20s", e->d_name);
		if (readlink(link, target, sizeof(target) - 1) < 0 || strstr(target, "/memfd:rule") == NULL)
			continue;
		found++;
		fd = open(link, O_RDWR);
		CU_ASSERT(fd < 0 || pwrite(fd, "x", 1, 0) < 0);
		CU_ASSERT(fd < 0 || ftruncate(fd, 0) < 0);
		if (fd >= 0)
			(void)close(fd);
	}
	closedir(d);
	CU_ASSERT(found > 0);
}

/* A file whose hash is approved under another name or version. */
static void
P1_what_was_approved_is_something_else(void)
{
	struct world w;
	struct plugin_file f;
	struct action_plugin_approve a;

	bare(&w);
	CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, "plugins/issue_fixed.so"), PLUGIN_OK);
	a = plugin_approval(&f);
	a.minor++;
	CU_ASSERT_PTR_NULL(rule_approve(w.state, &a, 1));
	CU_ASSERT_EQUAL(plugin_load(&f, "plugins/issue_fixed.so", w.state), PLUGIN_MISMATCH);
	CU_ASSERT_PTR_NULL(f.plugin);
	world_clear(&w);
}

struct heard {
	size_t files, loaded, refused;
	char last[128];
};

static void
hear(void *context, const char *path, enum plugin_err err, const struct plugin_file *f)
{
	struct heard *h = context;

	h->files++;
	h->loaded += err == PLUGIN_OK;
	h->refused += err == PLUGIN_NOT_APPROVED && f->plugin == NULL;
	CU_ASSERT(strcmp(h->last, path) < 0); /* in the order of their names */
	(void)snprintf(h->last, sizeof(h->last), "%s", path);
}

static void
a_folder_gives_what_is_approved(void)
{
	struct world w;
	struct heard h = { 0 };
	struct plugin_file f;
	size_t len;
	uint8_t *p;
	char path[128];

	bare(&w);
	make_folder();
	for (size_t i = 0; i < 3; i++) {
		char from[128], name[64];

		(void)snprintf(from, sizeof(from), "plugins/%s.so", shipped[i]);
		(void)snprintf(name, sizeof(name), "%s.so", shipped[i]);
		p = read_whole(&len, from);
		write_file(path, name, p, len);
		free(p);
	}
	write_file(path, "README", (const uint8_t *)"x", 1);
	CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, "plugins/gov_token.so"), PLUGIN_OK);
	approve_file(&w, &f);
	CU_ASSERT_EQUAL(plugin_load_folder(folder, w.state, hear, &h), 1);
	CU_ASSERT(h.files == 3 && h.loaded == 1 && h.refused == 2);
	CU_ASSERT_EQUAL(plugin_load_folder("/nonexistent", w.state, hear, &h), -1);
	remove_folder();
	world_clear(&w);
}

static void
a_genesis_section_approves(void)
{
	struct action_plugin_approve a[2];
	struct plugin_file f[2];
	struct wr w = { 0 };
	struct state *s = state_new();
	struct block_env env = { .regtest = true };
	struct exec x = { .state = s, .env = &env };
	struct rule_approval got;

	for (size_t i = 0; i < 2; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "plugins/%s.so", shipped[i]);
		CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f[i], path), PLUGIN_OK);
		a[i] = plugin_approval(&f[i]);
	}
	wr_rules_section(&w, a, 2);
	CU_ASSERT_PTR_NULL(rule_module.genesis(&x, w.p, w.len));
	CU_ASSERT(rule_of_file(&got, s, &f[1].hash));
	CU_ASSERT_STRING_EQUAL(got.version.name, "gov_token");
	for (size_t cut = 1; cut < w.len; cut++) {
		size_t mark = state_mark(s);

		CU_ASSERT_PTR_NOT_NULL(rule_module.genesis(&x, w.p, cut));
		state_rollback(s, mark);
	}
	wr_clear(&w);
	state_free(s);
}

static const struct unit_test tests[] = {
	{ "each file is itself", each_file_is_itself },
	{ "the shipped rules load and run", the_shipped_rules_load_and_run },
	{ "P7 compiled in and loaded agree", P7_compiled_in_and_loaded_agree },
	{ "P3 the fuse stops loops and recursion", P3_the_fuse_stops_loops_and_recursion },
	{ "P1 files that are no rule", P1_files_that_are_no_rule },
	{ "P1 the hashed bytes run", P1_the_hashed_bytes_run },
	{ "P1 nobody writes to what runs", P1_nobody_writes_to_what_runs },
	{ "P1 what was approved is something else", P1_what_was_approved_is_something_else },
	{ "a folder gives what is approved", a_folder_gives_what_is_approved },
	{ "a genesis section approves", a_genesis_section_approves },
};

UNIT_MAIN("plugin loader", tests)
