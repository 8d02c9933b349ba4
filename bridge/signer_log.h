#ifndef TALLY_BRIDGE_SIGNER_LOG_H
#define TALLY_BRIDGE_SIGNER_LOG_H
/* A signer's memory: an append-only file of what it signed, written and fsynced before a signature leaves. What it answers is never
 * weaker after a crash: a record cut short by one was not followed by a signature and is dropped; any other damage refuses to open.
 *
 *   file   = record …
 *   record = length u32 | its complement u32 | body | chain
 *   chain  = taggedhash("tally/signerlog", previous chain | body), 32 bytes; zeros stand before the first
 *   body   = 1 u8 | plan u64 | version u32 | txid | content hash | height u32 | time i64 | gross u64 | fee u64 | count | outpoint … |
 *            count | (transaction id, op u32) …                      a version was signed
 *          | 2 u8 | plan u64 | txid | time i64                       this transaction keeps the plan from ever confirming
 *
 * The complement tells a record that was cut short from one whose length is damaged. What a file system may leave of an unfinished write,
 * zeros from some point on, is dropped as well: no finished record ends in a chain of zeros. */
#include "base/amount.h"
#include "base/clock.h"
#include "chain/tx.h"

/* The operation on the sidechain that a payout comes from. */
struct payout_origin {
	struct hash256 transaction;
	uint32_t op;
};

/* One signed version of a plan. */
struct signer_entry {
	uint64_t plan;
	uint32_t version;
	struct hash256 txid;
	struct hash256 content; /* of inputs and payouts: equal in all versions of a plan */
	uint32_t height;        /* main chain, as the daemon said */
	struct unixtime time;   /* the signer's own clock */
	uint64_t gross;         /* sum of the payouts, satoshi */
	uint64_t fee;           /* of this version, satoshi */
	size_t in_n;
	const struct outpoint *in; /* borrowed */
	size_t payouts_n;
	const struct payout_origin *payouts; /* borrowed */
};

struct signer_log;

enum signer_log_err {
	SIGNER_LOG_OK,
	SIGNER_LOG_BUSY,    /* another signer holds the file */
	SIGNER_LOG_CORRUPT, /* not what this program wrote */
	SIGNER_LOG_IO,
};

/* Open or create (a regular file, mode 0600). *out is never NULL and released by signer_log_close(), also on failure, after which it takes
 * no append. */
MUST_USE enum signer_log_err signer_log_open(struct signer_log **out, const char *path);
void signer_log_close(struct signer_log *l);
/* A sentence for a person about the last failure. */
const char *signer_log_why(const struct signer_log *l);

/* Write an entry and fsync. On failure nothing may be signed; the log refuses every later append. */
MUST_USE enum signer_log_err signer_log_append(struct signer_log *l, const struct signer_entry *e);

/* Write that a plan which was signed can never confirm, as a proof has shown: another may have its inputs and payouts. */
MUST_USE enum signer_log_err signer_log_dead(struct signer_log *l, uint64_t plan, const struct hash256 *spender, struct unixtime now);
MUST_USE bool signer_log_is_dead(const struct signer_log *l, uint64_t plan);

/* Which plan was signed for this input, this payout; false for none, or a dead one. */
MUST_USE bool signer_log_input(uint64_t *plan, const struct signer_log *l, const struct outpoint *o);
MUST_USE bool signer_log_payout(uint64_t *plan, const struct signer_log *l, const struct payout_origin *p);
/* The content hash of a plan that was signed in some version. */
MUST_USE bool signer_log_plan(struct hash256 *content, const struct signer_log *l, uint64_t plan);
/* The transaction that was signed as this version. */
MUST_USE bool signer_log_version(struct hash256 *txid, const struct signer_log *l, uint64_t plan, uint32_t version);

/* Gross payouts of all plans signed in the last `blocks` blocks or the last `seconds` of the signer's own clock, whichever holds more:
 * a daemon that lies about the height cannot empty the window early. Each plan counts once, a dead one not at all. */
uint64_t signer_log_outflow(const struct signer_log *l, uint32_t height, struct unixtime now, uint32_t blocks, int64_t seconds);
/* Fees of all plans but this one in the same window: of each plan its dearest version. */
uint64_t signer_log_fees(const struct signer_log *l, uint64_t but_plan, uint32_t height, struct unixtime now, uint32_t blocks, int64_t seconds);

/* Number of records. */
size_t signer_log_count(const struct signer_log *l);

#endif
