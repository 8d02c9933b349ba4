/* A signer's log. As a file: what opens opens again with the same records, and takes one more. As bodies: each input is made the body of a
 * record with a right head and chain, so that the decoder behind them is reached. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/signer_log.h"
#include "tests/fuzz/fuzz.h"

static char path[64];

static void
write_file(const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert(f != NULL && (len == 0 || fwrite(bytes, len, 1, f) == 1));
	fclose(f);
}

static bool
append_one(struct signer_log *l)
{
	struct outpoint in = { .index = 7 };
	struct signer_entry e = { .plan = UINT64_MAX, .in_n = 1, .in = &in };

	return signer_log_append(l, &e) == SIGNER_LOG_OK;
}

static void
open_and_go_on(void)
{
	struct signer_log *l;
	enum signer_log_err err = signer_log_open(&l, path);
	size_t count = signer_log_count(l);
	uint64_t plan;

	if (err != SIGNER_LOG_OK) {
		assert(err == SIGNER_LOG_CORRUPT && !append_one(l));
		signer_log_close(l);
		return;
	}
	(void)signer_log_outflow(l, 1000, (struct unixtime){ 1700000000 }, 144, 86400);
	assert(append_one(l));
	signer_log_close(l);
	err = signer_log_open(&l, path);
	assert(err == SIGNER_LOG_OK && signer_log_count(l) == count + 1);
	err = signer_log_input(&plan, l, &(struct outpoint){ .index = 7 }) ? SIGNER_LOG_OK : SIGNER_LOG_IO;
	assert(err == SIGNER_LOG_OK);
	signer_log_close(l);
}

static void
as_body(const uint8_t *data, size_t size)
{
	static const struct hash256 first;
	struct sha256_ctx c;
	struct hash256 chain;
	struct wr w = { 0 };

	sha256_init_tagged(&c, "tally/signerlog");
	sha256_update(&c, first.b, sizeof(first.b));
	sha256_update(&c, data, size);
	sha256_final(&c, &chain);
	wr_u32(&w, (uint32_t)size);
	wr_u32(&w, ~(uint32_t)size);
	wr_bytes(&w, data, size);
	wr_hash256(&w, &chain);
	write_file(w.p, w.len);
	wr_clear(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (path[0] == '\0')
		snprintf(path, sizeof(path), "/dev/shm/fuzz-signer-log-%ld", (long)getpid());
	write_file(data, size);
	open_and_go_on();
	as_body(data, size);
	open_and_go_on();
	unlink(path);
	return 0;
}
