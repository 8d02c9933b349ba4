/* The ledger beside a million accounts: start and memory; transfers submitted to the engine as the daemon's RPC does it, signed, each
 * signature checked once by its threads, each block durable before anybody is told; a block of 10,000 from its first operation to the
 * disk; proofs; and how cost grows from a thousand accounts to a million. What bare libsecp256k1 and the bare disk could do stands beside
 * it, measured in the same run.
 *
 * Wall-clock numbers say what a machine with nothing else to do gives; "cpu" numbers hold on a busy one too. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/engine_solo.h"
#include "bridge/verify_pool.h"
#include "tests/unit/signing.h"
#include "token/modules.h"
#include "token/ops.h"
#include "token/store.h"

#define MILLION 1000000u
#define SENDERS 20000u
#define SIGNED 60000u    /* transfers through the engine */
#define IN_FLIGHT 20000u /* of these at a time */
#define BLOCK 10000u
#define BLOCKS 7u

static const struct asset_id coin;
static struct secret_key *secrets;
static struct account *senders;

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- A ledger with many accounts --- */

/* The ledger's own modules, as in the daemon; the peg is not needed to move what is there. */
static const struct genesis *
bench_genesis(void)
{
	static const uint8_t creation_fee[8] = { 1 };
	static const struct genesis_section section = { "assets", creation_fee, sizeof(creation_fee) };
	static struct genesis g = { .chain_id = "bench", .network = "regtest", .time = { 1700000000 }, .sections = &section };

	g.sections_n = 1;
	if (!amount_from_units(&g.fee_base, 10) || !amount_from_units(&g.fee_per_op, 1))
		abort();
	return &g;
}

static struct ledger *
bench_ledger_new(void)
{
	return ledger_new(token_modules, TOKEN_MODULES_N, bench_genesis());
}

static struct amount
satoshi(uint64_t n)
{
	struct amount a = AMOUNT_ZERO;
	bool fits = amount_from_units(&a, n);

	assert(fits);
	return a;
}

static struct account
stranger(uint32_t n)
{
	struct account a = { .type = ACCOUNT_KEY };

	sha256(&a.id, &n, sizeof(n));
	return a;
}

/* Account number n of a ledger: the senders first. */
static struct account
account_at(uint32_t n)
{
	return n < SENDERS ? senders[n] : stranger(n);
}

/* Each account has a balance and a nonce, as one that has moved something before. */
static void
fill(struct ledger *l, uint32_t accounts)
{
	for (uint32_t i = 0; i < accounts; i++) {
		struct account a = account_at(i);
		uint8_t key[2 + ACCOUNT_LEN] = { 'l', 'n', a.type };
		const char *why = bank_mint(ledger_state(l), &a, &coin, satoshi(1000000 + i));

		assert(why == NULL);
		memcpy(key + 3, a.id.b, 32);
		state_put(ledger_state(l), key, sizeof(key), "\1\0\0\0\0\0\0\0", 8);
	}
}

static void
seal(struct ledger *l, struct store *s, const struct stored_transaction *list, size_t n)
{
	struct account proposer = senders[0];
	struct ledger_block b;
	const char *why;
	bool whole = ledger_end(&b, &why, l, &proposer);

	if (!whole)
		fprintf(stderr, "bench_ledger: %s\n", why);
	assert(whole);
	if (s != NULL) {
		enum store_err err = store_block(s, &b, l, list, n);

		if (err != STORE_OK)
			fprintf(stderr, "bench_ledger: %s\n", store_why(s));
		assert(err == STORE_OK);
	}
	ledger_commit(l, &b);
}

static void
open_store(struct store **s, struct ledger *l, const char *path)
{
	enum store_err err = store_open(s, path, l, bench_genesis());

	if (err != STORE_OK)
		fprintf(stderr, "bench_ledger: %s\n", store_why(*s));
	assert(err == STORE_OK);
}

static void
remove_store(const char *path)
{
	char wal[300];

	snprintf(wal, sizeof(wal), "%s-wal", path);
	unlink(path);
	unlink(wal);
}

/* --- Transfers --- */

/* Of 1 satoshi from a sender to anybody. signed_too: with a true signature; else 64 bytes that the ledger is told are one. */
static void
make_transfer(struct wr *w, struct ledger *l, uint32_t from, uint32_t to, uint64_t nonces_before, bool signed_too)
{
	struct wr payload = { 0 };
	struct op_transfer o = { .asset = coin, .to = account_at(to), .amount = satoshi(1) };
	struct op op = { .number = OP_TRANSFER, .source = account_at(from) };
	struct transaction t = { .valid_until = { INT64_MAX }, .payer = op.source, .ops = &op, .ops_n = 1 };
	struct hash256 message;
	struct schnorr_sig sig = { { 0 } };
	bool ok = true;

	op_transfer_encode(&payload, &o);
	op.payload = payload.p;
	op.payload_len = payload.len;
	t.nonce = ledger_nonce(ledger_state(l), &t.payer) + nonces_before;
	t.fee = ledger_fee(l, 1);
	wr_transaction_body(w, &t);
	transaction_sighash(&message, w->p, w->len, ledger_genesis_id(l));
	if (signed_too)
		ok = schnorr_sign(&sig, &secrets[from], &message, NULL);
	assert(ok);
	wr_bytes(w, sig.b, sizeof(sig.b));
	if (!signed_too) {
		sha256(&message, w->p, w->len);
		ledger_verified(l, &message);
	}
	wr_clear(&payload);
}

/* Some number below n that looks like chance. */
static uint32_t
scatter(uint32_t i, uint32_t n)
{
	struct hash256 h;
	struct rd r;

	sha256(&h, &i, sizeof(i));
	r = rd_init(h.b, sizeof(h.b));
	return rd_u32(&r) % n;
}

/* A block of `n` transfers whose signatures are known to be good, among `accounts`. Seconds from the first operation to the end; the thread's
 * time on the processor is added to *cpu. */
static double
run_block(struct ledger *l, struct store *s, uint32_t accounts, uint32_t n, clockid_t clock, double *cpu)
{
	struct stored_transaction *list = mem_new(n, sizeof(*list));
	struct result *results = mem_new(n, sizeof(*results));
	struct wr *txs = mem_new(n, sizeof(*txs));
	double took;

	for (uint32_t i = 0; i < n; i++)
		make_transfer(&txs[i], l, i * (accounts / n) % accounts, scatter(i + (uint32_t)ledger_tip(l).height * n, accounts), 0, false);
	took = seconds(clock);
	*cpu -= seconds(CLOCK_THREAD_CPUTIME_ID);
	ledger_begin(l, ledger_tip(l).time);
	for (uint32_t i = 0; i < n; i++) {
		bool joined = ledger_offer(&results[i], l, txs[i].p, txs[i].len);

		assert(joined && results[i].code == RESULT_OK);
		list[i] = (struct stored_transaction){ txs[i].p, txs[i].len, &results[i] };
	}
	seal(l, s, list, n);
	took = seconds(clock) - took;
	*cpu += seconds(CLOCK_THREAD_CPUTIME_ID);
	for (uint32_t i = 0; i < n; i++) {
		result_clear(&results[i]);
		wr_clear(&txs[i]);
	}
	free(txs);
	free(results);
	free(list);
	return took;
}

static int
double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* --- What bare hardware does --- */

/* The same signatures through the same number of threads, and nothing else. */
static double
verify_per_second(struct wr *txs, const struct hash256 *genesis_id, unsigned threads)
{
	struct verify_job *jobs = mem_new(SIGNED, sizeof(*jobs));
	struct verify_pool *p = verify_pool_new(genesis_id, threads > 1 ? threads - 1 : 1, NULL, NULL); /* and this one */
	uint32_t n = SIGNED / 2;
	double start = seconds(CLOCK_MONOTONIC), took;

	assert(p != NULL);
	for (uint32_t i = 0; i < n; i++) {
		jobs[i] = (struct verify_job){ .bytes = txs[i].p, .len = txs[i].len };
		verify_pool_give(p, &jobs[i]);
	}
	verify_pool_finish(p);
	took = seconds(CLOCK_MONOTONIC) - start;
	for (const struct verify_job *j = verify_pool_take(p); j != NULL; j = j->next)
		assert(j->why == NULL);
	verify_pool_free(p);
	free(jobs);
	return n / took;
}

/* libsecp256k1 alone, in one thread: by the processor's time. */
static double
schnorr_per_cpu_second(struct wr *txs, const struct hash256 *genesis_id)
{
	uint32_t n = 5000;
	double took = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct hash256 message;
		struct schnorr_sig sig;
		struct xonly_key key;
		double start;
		bool good;

		transaction_sighash(&message, txs[i].p, txs[i].len - 64, genesis_id);
		memcpy(key.b, senders[i % SENDERS].id.b, 32);
		memcpy(sig.b, txs[i].p + txs[i].len - 64, 64);
		start = seconds(CLOCK_THREAD_CPUTIME_ID);
		good = schnorr_verify(&sig, &key, &message);
		took += seconds(CLOCK_THREAD_CPUTIME_ID) - start;
		assert(good);
	}
	return n / took;
}

/* Writes of `size` bytes behind each other, each made durable. */
static double
syncs_per_second(const char *path, size_t size, int times)
{
	char file[300], *bytes = mem_new(1, size);
	double start;
	bool good = true;
	int fd;

	snprintf(file, sizeof(file), "%s-bare", path);
	fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	memset(bytes, 0x5a, size);
	start = seconds(CLOCK_MONOTONIC);
	for (int i = 0; i < times && good; i++)
		good = write(fd, bytes, size) == (ssize_t)size && fdatasync(fd) == 0;
	start = seconds(CLOCK_MONOTONIC) - start;
	assert(good);
	close(fd);
	unlink(file);
	free(bytes);
	return times / start;
}

/* --- The benches --- */

static long
resident_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all = 0, resident = 0;

	if (f == NULL || fscanf(f, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	if (f != NULL)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
make_million(const char *path)
{
	struct ledger *l = bench_ledger_new();
	struct store *s;

	remove_store(path);
	open_store(&s, l, path);
	ledger_begin(l, ledger_tip(l).time);
	fill(l, MILLION);
	seal(l, s, NULL, 0);
	store_close(s);
	ledger_free(l);
}

static void
start_bench(const char *path)
{
	struct ledger *l = bench_ledger_new();
	double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	long before = resident_kb();
	struct store *s;

	open_store(&s, l, path);
	printf("{\"bench\":\"ledger_start\",\"accounts\":%u,\"keys\":%zu,\"start_seconds\":%.2f,\"cpu_seconds\":%.2f,"
	       "\"resident_mb\":%ld}\n",
	       MILLION, state_count(ledger_state(l)), seconds(CLOCK_MONOTONIC) - start,
	       seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, (resident_kb() - before) / 1024);
	store_close(s);
	ledger_free(l);
}

static void
block_bench(const char *path)
{
	struct ledger *l = bench_ledger_new();
	double wall[BLOCKS], cpu = 0;
	struct store *s;

	open_store(&s, l, path);
	for (uint32_t i = 0; i < BLOCKS; i++)
		wall[i] = run_block(l, s, MILLION, BLOCK, CLOCK_MONOTONIC, &cpu);
	qsort(wall, BLOCKS, sizeof(*wall), double_cmp);
	printf("{\"bench\":\"ledger_block\",\"accounts\":%u,\"transfers\":%u,\"execute_to_durable_ms\":{\"least\":%.0f,\"median\":%.0f,"
	       "\"most\":%.0f},\"cpu_ms\":%.0f}\n",
	       MILLION, BLOCK, wall[0] * 1e3, wall[BLOCKS / 2] * 1e3, wall[BLOCKS - 1] * 1e3, cpu / BLOCKS * 1e3);
	store_close(s);
	ledger_free(l);
}

/* Submitting as the RPC does it: as many as may be under way, then one more for each that is done. */
static struct flow {
	struct event_base *base;
	struct engine *engine;
	struct wr *txs;
	uint32_t sent, done;
	uint64_t height;
} flow;

static void flow_done(void *context, const struct result *r, uint64_t height, uint32_t index);

static void
flow_send(void)
{
	struct result checked;

	for (; flow.sent < SIGNED && flow.sent - flow.done < IN_FLIGHT; flow.sent++) {
		struct wr *w = &flow.txs[flow.sent];

		engine_submit(&checked, flow.engine, w->p, w->len, flow_done, &flow);
		if (checked.code != RESULT_OK)
			fprintf(stderr, "bench_ledger: %s\n", checked.reason);
		assert(checked.code == RESULT_OK);
		result_clear(&checked);
	}
}

static void
flow_done(void *context, const struct result *r, uint64_t height, uint32_t index)
{
	(void)context;
	(void)index;
	assert(r->code == RESULT_OK);
	flow.done++;
	flow.height = height;
	if (flow.done == SIGNED)
		event_base_loopbreak(flow.base);
	else if (flow.sent - flow.done < IN_FLIGHT / 2)
		flow_send();
}

static void
flow_fatal(void *context, const char *why)
{
	(void)context;
	fprintf(stderr, "bench_ledger: %s\n", why);
	abort();
}

static void
engine_bench(const char *path)
{
	struct ledger *l = bench_ledger_new();
	struct engine_solo_options o = { .base = event_base_new(), .ledger = l, .fatal = flow_fatal };
	struct wr *txs = mem_new(SIGNED, sizeof(*txs));
	double wall, cpu, main_cpu, bare, bare_pool;
	struct store *s;
	uint64_t first;

	open_store(&s, l, path);
	first = ledger_tip(l).height;
	for (uint32_t i = 0; i < SIGNED; i++)
		make_transfer(&txs[i], l, i % SENDERS, scatter(i, MILLION), i / SENDERS, true);
	o.store = s;
	o.key = secrets[0];
	o.verify_threads = verify_pool_threads();
	bare = schnorr_per_cpu_second(txs, ledger_genesis_id(l));
	bare_pool = verify_per_second(txs, ledger_genesis_id(l), o.verify_threads);
	flow = (struct flow){ .base = o.base, .engine = engine_solo_new(&o), .txs = txs };
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	main_cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
	flow_send();
	event_base_dispatch(o.base);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	main_cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - main_cpu;
	assert(flow.done == SIGNED);
	printf("{\"bench\":\"ledger_transfers\",\"accounts\":%u,\"transfers\":%u,\"blocks\":%llu,\"threads\":%u,\"per_second\":%.0f,"
	       "\"cpu_us_each\":%.1f,\"of_main_thread_us\":%.1f,\"schnorr_verify_per_second\":%.0f,"
	       "\"schnorr_verify_per_cpu_second\":%.0f,\"ratio\":%.3f,\"resident_mb\":%ld}\n",
	       MILLION, SIGNED, (unsigned long long)(flow.height - first), o.verify_threads, SIGNED / wall, cpu / SIGNED * 1e6,
	       main_cpu / SIGNED * 1e6, bare_pool, bare, SIGNED / wall / bare_pool, resident_kb() / 1024);
	engine_free(flow.engine);
	store_close(s);
	event_base_free(o.base);
	for (uint32_t i = 0; i < SIGNED; i++)
		wr_clear(&txs[i]);
	free(txs);
	ledger_free(l);
}

/* What one transfer in a block of a thousand costs, without signatures and disk, and a proof, beside so many accounts. */
static void
curve_bench(const char *path)
{
	(void)path;
	for (uint32_t accounts = 1000; accounts <= MILLION; accounts *= 10) {
		struct ledger *l = bench_ledger_new();
		const char *why = ledger_start(l, bench_genesis());
		double each = 0, cpu = 0, proof[2001];
		uint32_t blocks = 10;

		assert(why == NULL);
		ledger_begin(l, ledger_tip(l).time);
		fill(l, accounts);
		seal(l, NULL, NULL, 0);
		for (uint32_t i = 0; i < blocks; i++)
			each += run_block(l, NULL, accounts, 1000, CLOCK_THREAD_CPUTIME_ID, &cpu) / blocks / 1000;
		for (uint32_t i = 0; i < ARRAY_LEN(proof); i++) {
			struct account a = account_at(scatter(i, accounts));
			uint8_t key[BANK_BALANCE_KEY_LEN];
			struct wr w = { 0 };

			bank_balance_key(key, &a, &coin);
			proof[i] = seconds(CLOCK_MONOTONIC);
			state_prove(&w, ledger_state(l), key, sizeof(key));
			proof[i] = seconds(CLOCK_MONOTONIC) - proof[i];
			wr_clear(&w);
		}
		qsort(proof, ARRAY_LEN(proof), sizeof(*proof), double_cmp);
		printf("{\"bench\":\"ledger_curve\",\"accounts\":%u,\"keys\":%zu,\"transfer_cpu_us\":%.1f,\"proof_us\":%.1f,"
		       "\"proof_us_of_1_in_100\":%.1f}\n",
		       accounts, state_count(ledger_state(l)), each * 1e6, proof[ARRAY_LEN(proof) / 2] * 1e6,
		       proof[ARRAY_LEN(proof) * 99 / 100] * 1e6);
		fflush(stdout);
		ledger_free(l);
	}
}

/* A small ledger: what a block costs by itself, against the disk alone. */
static void
small_bench(const char *path)
{
	static const uint32_t sizes[] = { 1, 10, 100, 1000 };

	for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
		struct ledger *l = bench_ledger_new();
		uint32_t n = sizes[k], blocks = n < 100 ? 200 : 20;
		double took = 0, cpu = 0, disk;
		struct store *s;

		remove_store(path);
		open_store(&s, l, path);
		ledger_begin(l, ledger_tip(l).time);
		fill(l, 2000);
		seal(l, s, NULL, 0);
		for (uint32_t i = 0; i < blocks; i++)
			took += run_block(l, s, 2000, n, CLOCK_MONOTONIC, &cpu);
		disk = syncs_per_second(path, 4096 + n * 700, 200);
		printf("{\"bench\":\"ledger_small_blocks\",\"transfers_a_block\":%u,\"blocks_per_second\":%.0f,"
		       "\"transfers_per_second\":%.0f,\"bare_syncs_per_second\":%.0f,\"ratio\":%.3f}\n",
		       n, blocks / took, n * blocks / took, disk, blocks / took / disk);
		fflush(stdout);
		store_close(s);
		ledger_free(l);
	}
	remove_store(path);
}

/* In a process of its own, so that the memory of one is not counted with another. */
static void
apart(void (*run_it)(const char *path), const char *path)
{
	pid_t pid = fork();
	int status;

	assert(pid >= 0);
	if (pid == 0) {
		run_it(path);
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		exit(1);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const char *path);
	} benches[] = {
		{ "make", make_million },   { "start", start_bench }, { "transfers", engine_bench },
		{ "block", block_bench },   { "curve", curve_bench }, { "small", small_bench },
	};
	const char *folder = getenv("TMPDIR");
	char path[256];

	snprintf(path, sizeof(path), "%s/bench_ledger_%ld.sqlite", folder ? folder : "/tmp", argc == 1 ? (long)getpid() : 0);
	secrets = mem_new(SENDERS, sizeof(*secrets));
	senders = mem_new(SENDERS, sizeof(*senders));
	for (unsigned i = 0; i < SENDERS; i++) {
		secrets[i] = test_secret(i);
		senders[i] = test_account(i);
	}
	/* All of them, or those named, and then the file stays for others. */
	for (size_t i = 0; i < ARRAY_LEN(benches); i++) {
		bool wanted = argc == 1;

		for (int k = 1; k < argc; k++)
			wanted = wanted || strcmp(argv[k], benches[i].name) == 0;
		if (wanted)
			apart(benches[i].run, path);
	}
	if (argc == 1)
		remove_store(path);
	free(senders);
	free(secrets);
	return 0;
}
