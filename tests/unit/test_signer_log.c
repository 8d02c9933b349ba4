#include "bridge/signer_log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/tally-signer-log-XXXXXX";
static char path[64];

static struct unixtime
at(int64_t sec)
{
	return (struct unixtime){ sec };
}

/* Entry of plan n: n inputs, n - 1 payouts, told by their first bytes. */
struct sample {
	struct outpoint in[8];
	struct payout_origin pay[8];
	struct signer_entry entry;
};

static void
sample_fill(struct sample *s, uint8_t n, uint32_t version)
{
	*s = (struct sample){ 0 };
	for (uint8_t i = 0; i < n; i++) {
		s->in[i] = (struct outpoint){ .txid = { { n, i } }, .index = i };
		s->pay[i] = (struct payout_origin){ .transaction = { { n, i } }, .op = i };
	}
	s->entry = (struct signer_entry){ .plan = n, .version = version, .txid = { { n, (uint8_t)version } }, .content = { { n, 99 } },
					  .height = 100u + n, .time = at(1000 + n), .gross = 10u * n, .fee = n + version,
					  .in_n = n, .in = s->in, .payouts_n = n - 1u, .payouts = s->pay };
}

static bool
append(struct signer_log *l, uint8_t n, uint32_t version)
{
	struct sample s;

	sample_fill(&s, n, version);
	return signer_log_append(l, &s.entry) == SIGNER_LOG_OK;
}

static bool
has_plan(const struct signer_log *l, uint8_t n, uint32_t version)
{
	struct sample s;
	struct hash256 content, txid;
	uint64_t plan;

	sample_fill(&s, n, version);
	if (!signer_log_plan(&content, l, n) || !hash256_eq(&content, &s.entry.content) || !signer_log_version(&txid, l, n, version) ||
	    !hash256_eq(&txid, &s.entry.txid))
		return false;
	for (size_t i = 0; i < s.entry.in_n; i++) {
		if (!signer_log_input(&plan, l, &s.in[i]) || plan != n)
			return false;
	}
	for (size_t i = 0; i < s.entry.payouts_n; i++) {
		if (!signer_log_payout(&plan, l, &s.pay[i]) || plan != n)
			return false;
	}
	return !signer_log_payout(&plan, l, &s.pay[s.entry.payouts_n]);
}

static void
write_file(const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT(len == 0 || fwrite(bytes, len, 1, f) == 1);
	CU_ASSERT(fclose(f) == 0);
}

static uint8_t *
read_whole(size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = mem_new(100000, 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	*len = fread(bytes, 1, 100000, f);
	fclose(f);
	return bytes;
}

/* What opening the file says; how many records it then has. */
static enum signer_log_err
reopen(size_t *count)
{
	struct signer_log *l;
	enum signer_log_err err = signer_log_open(&l, path);

	*count = signer_log_count(l);
	signer_log_close(l);
	return err;
}

/* Three records: plans 1, 2, and 2 again in version 1; ends[i] is the file's length after i of them. */
static uint8_t *
three_records(size_t *len, size_t ends[4])
{
	struct signer_log *l;
	struct stat st;

	write_file("", 0);
	CU_ASSERT_FATAL(signer_log_open(&l, path) == SIGNER_LOG_OK);
	ends[0] = 0;
	for (uint8_t i = 1; i <= 3; i++) {
		CU_ASSERT(append(l, i == 1 ? 1 : 2, i == 3));
		CU_ASSERT(stat(path, &st) == 0);
		ends[i] = (size_t)st.st_size;
	}
	signer_log_close(l);
	return read_whole(len);
}

static void
what_is_written_is_known_after_a_restart(void)
{
	struct signer_log *l;
	struct sample s;
	uint64_t plan;

	unlink(path);
	for (int round = 0; round < 2; round++) {
		CU_ASSERT_FATAL(signer_log_open(&l, path) == SIGNER_LOG_OK);
		CU_ASSERT_EQUAL(signer_log_count(l), round == 0 ? 0 : 3);
		if (round == 0)
			CU_ASSERT(append(l, 1, 0) && append(l, 5, 0) && append(l, 5, 1));
		CU_ASSERT(has_plan(l, 1, 0) && has_plan(l, 5, 0) && has_plan(l, 5, 1));
		CU_ASSERT(!has_plan(l, 5, 2) && !has_plan(l, 1, 1) && !has_plan(l, 4, 0));
		sample_fill(&s, 4, 0);
		CU_ASSERT(!signer_log_input(&plan, l, &s.in[0]));
		signer_log_close(l);
	}
}

static void
the_file_is_its_owners_alone(void)
{
	struct stat st;
	size_t count;

	unlink(path);
	CU_ASSERT(reopen(&count) == SIGNER_LOG_OK);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
}

static void
torn_at_every_byte_all_whole_records_stay(void)
{
	size_t len, ends[4];
	uint8_t *bytes = three_records(&len, ends);

	for (size_t cut = 0; cut <= len; cut++) {
		size_t count, whole = cut == len ? 3 : cut >= ends[2] ? 2 : cut >= ends[1] ? 1 : 0;
		struct stat st;

		write_file(bytes, cut);
		CU_ASSERT(reopen(&count) == SIGNER_LOG_OK && count == whole);
		CU_ASSERT(stat(path, &st) == 0 && (size_t)st.st_size == ends[whole]); /* cut off for good */
	}
	free(bytes);
}

static void
after_a_torn_record_writing_goes_on(void)
{
	size_t len, ends[4], count;
	uint8_t *bytes = three_records(&len, ends);
	struct signer_log *l;

	write_file(bytes, len - 1);
	CU_ASSERT_FATAL(signer_log_open(&l, path) == SIGNER_LOG_OK);
	CU_ASSERT(!has_plan(l, 2, 1) && append(l, 3, 0));
	signer_log_close(l);
	CU_ASSERT(reopen(&count) == SIGNER_LOG_OK && count == 3);
	free(bytes);
}

static void
a_changed_byte_anywhere_refuses(void)
{
	static const uint8_t changes[] = { 0x01, 0x80, 0xff };
	size_t len, ends[4], count;
	uint8_t *bytes = three_records(&len, ends);
	struct signer_log *l;

	for (size_t i = 0; i < len; i++) {
		for (size_t c = 0; c < ARRAY_LEN(changes); c++) {
			bytes[i] = (uint8_t)(bytes[i] ^ changes[c]);
			write_file(bytes, len);
			CU_ASSERT(reopen(&count) == SIGNER_LOG_CORRUPT);
			bytes[i] = (uint8_t)(bytes[i] ^ changes[c]);
		}
	}
	bytes[0] ^= 1;
	write_file(bytes, len);
	CU_ASSERT(signer_log_open(&l, path) == SIGNER_LOG_CORRUPT && strlen(signer_log_why(l)) > 0);
	CU_ASSERT(!append(l, 4, 0)); /* and it is not written to */
	signer_log_close(l);
	free(bytes);
}

/* Whole records in another order, one left out, one twice. */
static void
records_moved_around_refuse(void)
{
	size_t len, ends[4], count;
	uint8_t *bytes = three_records(&len, ends);
	struct wr w = { 0 };

	write_file(bytes + ends[1], len - ends[1]);
	CU_ASSERT(reopen(&count) == SIGNER_LOG_CORRUPT);
	wr_bytes(&w, bytes, ends[1]);
	wr_bytes(&w, bytes + ends[2], len - ends[2]);
	write_file(w.p, w.len);
	CU_ASSERT(reopen(&count) == SIGNER_LOG_CORRUPT);
	wr_reset(&w);
	wr_bytes(&w, bytes, len);
	wr_bytes(&w, bytes + ends[2], len - ends[2]);
	write_file(w.p, w.len);
	CU_ASSERT(reopen(&count) == SIGNER_LOG_CORRUPT);
	wr_clear(&w);
	free(bytes);
}

static void
a_tail_of_zeros_is_an_unfinished_write(void)
{
	size_t len, ends[4], count;
	uint8_t *bytes = three_records(&len, ends), *grown = mem_new(len + 5000, 1);

	for (size_t zeros = 1; zeros < 5000; zeros += 7) { /* after whole records */
		memcpy(grown, bytes, len);
		write_file(grown, len + zeros);
		CU_ASSERT(reopen(&count) == SIGNER_LOG_OK && count == 3);
	}
	for (size_t cut = ends[2]; cut <= len - 32; cut++) { /* the last record unfinished, zeros from there on */
		memset(grown, 0, len + 5000);
		memcpy(grown, bytes, cut);
		for (size_t n = len; n <= len + 4096; n += 2048) {
			write_file(grown, n);
			CU_ASSERT(reopen(&count) == SIGNER_LOG_OK && count == 2);
		}
	}
	memcpy(grown, bytes, len);
	memset(grown + ends[1], 0, ends[2] - ends[1]); /* a hole between records is no crash of ours */
	write_file(grown, len);
	CU_ASSERT(reopen(&count) == SIGNER_LOG_CORRUPT);
	free(grown);
	free(bytes);
}

static void
a_second_signer_is_kept_out(void)
{
	struct signer_log *first, *second;

	unlink(path);
	CU_ASSERT(signer_log_open(&first, path) == SIGNER_LOG_OK);
	CU_ASSERT(signer_log_open(&second, path) == SIGNER_LOG_BUSY && strlen(signer_log_why(second)) > 0);
	CU_ASSERT(!append(second, 1, 0));
	signer_log_close(second);
	CU_ASSERT(append(first, 1, 0));
	signer_log_close(first);
	CU_ASSERT(signer_log_open(&first, path) == SIGNER_LOG_OK && has_plan(first, 1, 0));
	signer_log_close(first);
}

static void
what_cannot_be_a_log_is_refused(void)
{
	struct signer_log *l;

	CU_ASSERT(signer_log_open(&l, folder) == SIGNER_LOG_IO); /* a directory */
	signer_log_close(l);
	CU_ASSERT(signer_log_open(&l, "/nonexistent/folder/log") == SIGNER_LOG_IO);
	CU_ASSERT(!append(l, 1, 0));
	signer_log_close(l);
	unlink(path);
	CU_ASSERT(mkfifo(path, 0600) == 0);
	CU_ASSERT(signer_log_open(&l, path) == SIGNER_LOG_CORRUPT);
	signer_log_close(l);
	unlink(path);
}

/* The disk takes part of a record and no more: nothing is signed then, nor later, and the next start finds the records before it. */
static void
a_failed_write_ends_all_writing(void)
{
	struct rlimit before = { 0 }, limit;
	struct signer_log *l;
	struct stat st;
	size_t count;

	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_FATAL(signer_log_open(&l, path) == SIGNER_LOG_OK);
	CU_ASSERT(append(l, 1, 0));
	CU_ASSERT_FATAL(stat(path, &st) == 0 && getrlimit(RLIMIT_FSIZE, &before) == 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + 50;
	CU_ASSERT_FATAL(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CU_ASSERT(!append(l, 2, 0));
	CU_ASSERT_FATAL(setrlimit(RLIMIT_FSIZE, &before) == 0);
	CU_ASSERT(!append(l, 2, 0) && !append(l, 3, 0)); /* though there is room again */
	CU_ASSERT(!has_plan(l, 2, 0) && has_plan(l, 1, 0) && strlen(signer_log_why(l)) > 0);
	signer_log_close(l);
	CU_ASSERT(reopen(&count) == SIGNER_LOG_OK && count == 1);
}

static void
outflow_by_height_and_by_clock(void)
{
	struct signer_log *l;

	unlink(path);
	CU_ASSERT_FATAL(signer_log_open(&l, path) == SIGNER_LOG_OK);
	CU_ASSERT(append(l, 1, 0) && append(l, 2, 0) && append(l, 2, 1)); /* 10 at height 101, 20 at 102; the second version is the same 20 */
	CU_ASSERT_EQUAL(signer_log_outflow(l, 102, at(100000), 6, 0), 30);
	CU_ASSERT_EQUAL(signer_log_outflow(l, 106, at(100000), 6, 0), 30);
	CU_ASSERT_EQUAL(signer_log_outflow(l, 107, at(100000), 6, 0), 20); /* 101 + 6: left */
	CU_ASSERT_EQUAL(signer_log_outflow(l, 108, at(100000), 6, 0), 0);
	CU_ASSERT_EQUAL(signer_log_outflow(l, 50, at(100000), 6, 0), 30); /* a height before them leaves none out */
	CU_ASSERT_EQUAL(signer_log_outflow(l, UINT32_MAX, at(1002), 6, 60), 30); /* a lie about the height: the clock counts on */
	CU_ASSERT_EQUAL(signer_log_outflow(l, UINT32_MAX, at(1060), 6, 60), 30);
	CU_ASSERT_EQUAL(signer_log_outflow(l, UINT32_MAX, at(1061), 6, 60), 20);
	CU_ASSERT_EQUAL(signer_log_outflow(l, UINT32_MAX, at(1062), 6, 60), 0);
	CU_ASSERT_EQUAL(signer_log_outflow(l, UINT32_MAX, at(0), 6, 60), 30); /* the clock went back */
	CU_ASSERT_EQUAL(signer_log_outflow(l, 102, at(100000), 6, 60), 30); /* whichever holds more */
	CU_ASSERT_EQUAL(signer_log_fees(l, 0, 102, at(100000), 6, 0), 4); /* 1, and the dearer 3 of plan 2 */
	CU_ASSERT_EQUAL(signer_log_fees(l, 2, 102, at(100000), 6, 0), 1);
	CU_ASSERT_EQUAL(signer_log_fees(l, 1, 107, at(100000), 6, 0), 3);
	CU_ASSERT_EQUAL(signer_log_fees(l, 0, 108, at(100000), 6, 0), 0);
	signer_log_close(l);
}

static const struct unit_test tests[] = {
	{ "what is written is known after a restart", what_is_written_is_known_after_a_restart },
	{ "the file is its owner's alone", the_file_is_its_owners_alone },
	{ "torn at every byte: all whole records stay", torn_at_every_byte_all_whole_records_stay },
	{ "after a torn record writing goes on", after_a_torn_record_writing_goes_on },
	{ "a changed byte anywhere refuses", a_changed_byte_anywhere_refuses },
	{ "records moved around refuse", records_moved_around_refuse },
	{ "a tail of zeros is an unfinished write", a_tail_of_zeros_is_an_unfinished_write },
	{ "a second signer is kept out", a_second_signer_is_kept_out },
	{ "what cannot be a log is refused", what_cannot_be_a_log_is_refused },
	{ "a failed write ends all writing", a_failed_write_ends_all_writing },
	{ "outflow and fees by height and by clock", outflow_by_height_and_by_clock },
};

int
main(void)
{
	int result;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/log", folder);
	result = unit_run("signer_log", tests, ARRAY_LEN(tests));
	unlink(path);
	rmdir(folder);
	return result;
}
