/* Writes a long regtest chain of empty blocks to a file, in the form of bootstrap.dat: magic, length (4 bytes, little endian), block.
 * From height 1 on genesis; solved, with BIP34 height and BIP141 commitment, so that any node takes them. Each coinbase pays another
 * taproot output that nobody can spend. The last block has the time --end, each before it --spacing seconds less. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/mainchain/miner.h"

enum exit_code { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_INTERNAL = 7 };

struct plan {
	const struct chain_params *params;
	const char *out;
	uint32_t blocks, spacing, tag;
	int64_t end;
};

static const char usage[] =
	"usage: long_chain --blocks=N --out=FILE [--end=UNIX] [--spacing=SECONDS] [--tag=N]\n"
	"--end is now and --spacing 600 by default; chains with other tags have other blocks.\n";

static bool
parse_number(int64_t *out, const char *text)
{
	char *end;

	*out = strtoll(text, &end, 10);
	return *text != '\0' && *end == '\0' && *out >= 0 && *out <= UINT32_MAX;
}

static bool
parse_plan(struct plan *p, int argc, char **argv)
{
	static const struct option names[] = {
		{ "blocks", required_argument, NULL, 'b' },  { "out", required_argument, NULL, 'o' },
		{ "end", required_argument, NULL, 'e' },     { "spacing", required_argument, NULL, 's' },
		{ "tag", required_argument, NULL, 't' },     { NULL, 0, NULL, 0 },
	};
	int64_t v = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == '?' || (c != 'o' && !parse_number(&v, optarg)))
			return false;
		if (c == 'b')
			p->blocks = (uint32_t)v;
		else if (c == 'o')
			p->out = optarg;
		else if (c == 'e')
			p->end = v;
		else if (c == 's')
			p->spacing = (uint32_t)v;
		else
			p->tag = (uint32_t)v;
	}
	return optind == argc && p->out != NULL && (int64_t)p->blocks * p->spacing < p->end;
}

static void
make_block(struct block *out, const struct plan *p, const struct tree_block *parent)
{
	uint8_t script[34] = { 0x51, 32 }, seed[8] = { 0 };
	struct miner_job job = { .parent = parent, .script = script, .script_len = sizeof(script) };
	uint32_t left = p->blocks - parent->height - 1;

	memcpy(seed, &parent->height, sizeof(parent->height));
	memcpy(seed + 4, &p->tag, sizeof(p->tag));
	sha256(&job.salt, seed, sizeof(seed));
	memcpy(script + 2, job.salt.b, sizeof(job.salt.b));
	job.time = (uint32_t)(p->end - (int64_t)left * p->spacing);
	miner_make(out, p->params, &job);
}

static bool
write_block(FILE *f, const struct plan *p, const struct block *b)
{
	struct wr block = { 0 }, record = { 0 };
	bool ok;

	wr_block(&block, b);
	wr_bytes(&record, p->params->magic, sizeof(p->params->magic));
	wr_u32(&record, (uint32_t)block.len);
	wr_bytes(&record, block.p, block.len);
	ok = fwrite(record.p, 1, record.len, f) == record.len;
	wr_clear(&block);
	wr_clear(&record);
	return ok;
}

static bool
write_chain(FILE *f, const struct plan *p)
{
	struct tree_block at = { .hash = p->params->genesis_hash };
	bool ok = true;

	for (; ok && at.height < p->blocks; at.height++) {
		struct block b;

		make_block(&b, p, &at);
		header_hash(&at.hash, &b.header);
		ok = write_block(f, p, &b);
		block_clear(&b);
	}
	return ok;
}

int
main(int argc, char **argv)
{
	struct plan p = { .params = chain_params_find("regtest"), .spacing = 600, .end = clock_unix().sec };
	FILE *f;
	bool ok;

	if (!parse_plan(&p, argc, argv)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	f = fopen(p.out, "wb");
	ok = f != NULL && write_chain(f, &p);
	if (f != NULL)
		ok = fclose(f) == 0 && ok;
	if (!ok)
		fprintf(stderr, "long_chain: %s: %s\n", p.out, strerror(errno));
	return ok ? EXIT_DONE : EXIT_INTERNAL;
}
