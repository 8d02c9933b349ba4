/* How fast a ledger applies transfers: bare, with signatures, and durably in blocks of different sizes; in a small ledger and
 * beside a million accounts. A million accounts: memory, first root, and the time from opening the file to being ready. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/signing.h"
#include "token/modules.h"
#include "token/ops.h"
#include "token/store.h"

#define SENDERS 2000u
#define EACH 5u
#define TXS (SENDERS * EACH)
#define MILLION 1000000u

static const struct asset_id coin;

/* The same for every ledger. */
static struct secret_key secrets[SENDERS];
static struct account senders[SENDERS];
static struct wr txs[TXS];

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

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

static struct ledger *
bench_ledger(void)
{
	struct ledger *l = bench_ledger_new();
	const char *why = ledger_start(l, bench_genesis());

	if (why != NULL)
		fprintf(stderr, "bench_ledger: %s\n", why);
	assert(why == NULL);
	return l;
}

static struct amount
satoshi(uint64_t n)
{
	struct amount a = AMOUNT_ZERO;
	bool fits = amount_from_units(&a, n);

	assert(fits);
	return a;
}

static void
make_senders(void)
{
	for (unsigned i = 0; i < SENDERS; i++) {
		secrets[i] = test_secret(i);
		senders[i] = test_account(i);
	}
}

static void
sign_transfer(struct wr *w, const struct ledger *l, unsigned from, unsigned to, uint64_t nonce)
{
	struct wr payload = { 0 };
	struct op_transfer o = { .asset = coin, .to = senders[to], .amount = satoshi(1) };
	struct op op = { .number = OP_TRANSFER, .source = senders[from] };
	struct transaction t = { .valid_until = { INT64_MAX }, .payer = senders[from], .nonce = nonce, .ops = &op, .ops_n = 1 };
	struct hash256 message;
	struct schnorr_sig sig;
	bool ok;

	op_transfer_encode(&payload, &o);
	op.payload = payload.p;
	op.payload_len = payload.len;
	t.fee = ledger_fee(l, 1);
	wr_transaction_body(w, &t);
	transaction_sighash(&message, w->p, w->len, ledger_genesis_id(l));
	ok = schnorr_sign(&sig, &secrets[from], &message, NULL);
	assert(ok);
	wr_bytes(w, sig.b, sizeof(sig.b));
	wr_clear(&payload);
}

static void
make_transfers(void)
{
	struct ledger *l = bench_ledger();

	for (unsigned i = 0; i < TXS; i++)
		sign_transfer(&txs[i], l, i % SENDERS, (i * 7 + 1) % SENDERS, i / SENDERS);
	ledger_free(l);
}

static struct account
stranger(uint32_t n)
{
	struct account a = { .type = ACCOUNT_KEY };

	sha256(&a.id, &n, sizeof(n));
	return a;
}

/* Money for the senders, and others who hold some. */
static void
fund(struct ledger *l, uint32_t strangers)
{
	for (unsigned i = 0; i < SENDERS; i++) {
		const char *why = bank_mint(ledger_state(l), &senders[i], &coin, satoshi(1000000));

		assert(why == NULL);
	}
	for (uint32_t i = 0; i < strangers; i++) {
		struct account a = stranger(i);
		const char *why = bank_mint(ledger_state(l), &a, &coin, satoshi(1 + i));

		assert(why == NULL);
		if (i % 1000 == 0)
			state_settle(ledger_state(l));
	}
}

static void
seal(struct ledger *l, struct store *s, const struct stored_transaction *list, size_t n)
{
	struct account proposer = senders[0];
	struct ledger_block b;
	const char *why;
	bool whole = ledger_end(&b, &why, l, &proposer);

	assert(whole);
	if (s != NULL) {
		enum store_err err = store_block(s, &b, l, list, n);

		assert(err == STORE_OK);
	}
	ledger_commit(l, &b);
}

/* Blocks of `size` of the transfers from..end; checked: the pool has seen the signatures before. Returns the seconds that the
 * blocks took. */
static double
run(struct ledger *l, struct store *s, size_t from, size_t end, size_t size, bool checked, clockid_t clock)
{
	struct stored_transaction *list = mem_new(size, sizeof(*list));
	struct result *results = mem_new(size, sizeof(*results));
	double took = 0;

	for (size_t at = from; at < end; at += size) {
		double start;

		for (size_t i = 0; checked && i < size; i++) {
			ledger_check(&results[i], l, txs[at + i].p, txs[at + i].len, ledger_tip(l).time);
			assert(results[i].code == RESULT_OK);
			result_clear(&results[i]);
		}
		start = seconds(clock);
		ledger_begin(l, ledger_tip(l).time);
		for (size_t i = 0; i < size; i++) {
			bool joined = ledger_offer(&results[i], l, txs[at + i].p, txs[at + i].len);

			assert(joined && results[i].code == RESULT_OK);
			list[i] = (struct stored_transaction){ txs[at + i].p, txs[at + i].len, &results[i] };
		}
		seal(l, s, list, size);
		took += seconds(clock) - start;
		for (size_t i = 0; i < size; i++)
			result_clear(&results[i]);
	}
	free(results);
	free(list);
	return took;
}

static double
verify_all(const struct ledger *l)
{
	double start = seconds(CLOCK_PROCESS_CPUTIME_ID);

	for (unsigned i = 0; i < TXS; i++) {
		struct hash256 message;
		struct xonly_key key;
		struct schnorr_sig sig;
		bool good;

		transaction_sighash(&message, txs[i].p, txs[i].len - 64, ledger_genesis_id(l));
		memcpy(key.b, senders[i % SENDERS].id.b, 32);
		memcpy(sig.b, txs[i].p + txs[i].len - 64, 64);
		good = schnorr_verify(&sig, &key, &message);
		assert(good);
	}
	return seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
}

static void
apply_bench(uint32_t strangers)
{
	struct ledger *l = bench_ledger();
	double bare, with, verify;

	fund(l, strangers);
	ledger_begin(l, ledger_tip(l).time);
	seal(l, NULL, NULL, 0);
	verify = verify_all(l) / TXS;
	bare = run(l, NULL, 0, TXS / 2, 1000, true, CLOCK_PROCESS_CPUTIME_ID) / (TXS / 2);
	with = run(l, NULL, TXS / 2, TXS, 1000, false, CLOCK_PROCESS_CPUTIME_ID) / (TXS / 2);
	ledger_free(l);
	printf("{\"bench\":\"transfers_applied\",\"accounts\":%u,\"per_second\":%.0f,\"with_signatures_per_second\":%.0f,"
	       "\"raw_schnorr_verify_per_second\":%.0f,\"ratio\":%.3f}\n",
	       SENDERS + strangers, 1 / bare, 1 / with, 1 / verify, verify / with);
	fflush(stdout);
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

static void
durable_bench(const char *path, size_t n, size_t size)
{
	struct ledger *l = bench_ledger_new();
	struct store *s;
	double took;

	remove_store(path);
	open_store(&s, l, path);
	ledger_begin(l, ledger_tip(l).time);
	fund(l, 0);
	seal(l, s, NULL, 0);
	took = run(l, s, 0, n, size, false, CLOCK_MONOTONIC);
	printf("{\"bench\":\"durable_blocks\",\"transfers_a_block\":%zu,\"blocks_per_second\":%.1f,"
	       "\"transfers_per_second\":%.0f}\n", size,
	       (double)(n / size) / took, (double)n / took);
	fflush(stdout);
	store_close(s);
	ledger_free(l);
}

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

/* Each account has a balance and a nonce. */
static void
fill_million(struct ledger *l)
{
	for (uint32_t i = 0; i < MILLION; i++) {
		struct account a = stranger(i);
		uint8_t key[2 + ACCOUNT_LEN] = { 'l', 'n' };
		const char *why = bank_mint(ledger_state(l), &a, &coin, satoshi(1 + i));

		assert(why == NULL);
		memcpy(key + 3, a.id.b, 32);
		state_put(ledger_state(l), key, sizeof(key), "\1\0\0\0\0\0\0\0", 8);
	}
}

static void
make_million(const char *path)
{
	struct ledger *l = bench_ledger_new();
	struct store *s;

	open_store(&s, l, path);
	ledger_begin(l, ledger_tip(l).time);
	fill_million(l);
	seal(l, s, NULL, 0);
	store_close(s);
	ledger_free(l);
}

static void
open_million(const char *path)
{
	struct ledger *l = bench_ledger_new();
	double start = seconds(CLOCK_MONOTONIC);
	long before = resident_kb();
	struct store *s;

	open_store(&s, l, path);
	printf("{\"bench\":\"million_accounts\",\"keys\":%zu,\"start_seconds\":%.2f,\"resident_mb\":%ld}\n",
	       state_count(ledger_state(l)),
	       seconds(CLOCK_MONOTONIC) - start, (resident_kb() - before) / 1024);
	fflush(stdout);
	store_close(s);
	ledger_free(l);
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
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		exit(1);
}

int
main(void)
{
	const char *folder = getenv("TMPDIR");
	char path[256];

	snprintf(path, sizeof(path), "%s/bench_ledger_%ld.sqlite", folder ? folder : "/tmp", (long)getpid());
	apart(make_million, path);
	apart(open_million, path);
	make_senders();
	make_transfers();
	apply_bench(0);
	apply_bench(MILLION);
	durable_bench(path, 200, 1);
	durable_bench(path, 2000, 100);
	durable_bench(path, TXS, 1000);
	remove_store(path);
	for (unsigned i = 0; i < TXS; i++)
		wr_clear(&txs[i]);
	return 0;
}
