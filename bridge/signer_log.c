#include "bridge/signer_log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "base/mem.h"

#define RECORD_MAX 100000
#define ORIGIN_LEN 36
#define CHAIN_LEN 32

enum body_kind { BODY_SIGNED = 1, BODY_DEAD = 2 };

struct signed_input {
	uint8_t key[ORIGIN_LEN]; /* txid | index */
	uint64_t plan;
	UT_hash_handle hh;
};

struct signed_payout {
	uint8_t key[ORIGIN_LEN]; /* transaction | op */
	uint64_t plan;
	UT_hash_handle hh;
};

struct signed_plan {
	uint64_t plan;
	bool dead;
	struct hash256 content;
	uint32_t height;
	struct unixtime time;
	uint64_t gross;
	uint64_t fee; /* of the dearest version */
	size_t versions_n;
	struct signed_version {
		uint32_t version;
		struct hash256 txid;
	} *versions; /* owned */
	UT_hash_handle hh;
};

struct signer_log {
	int fd;
	bool broken; /* not loaded, or a write failed: what is on disk is not known */
	struct hash256 chain;
	size_t count;
	struct signed_input *inputs;
	struct signed_payout *payouts;
	struct signed_plan *plans;
	char why[200];
};

static enum signer_log_err
log_fail(struct signer_log *l, enum signer_log_err err, const char *what)
{
	snprintf(l->why, sizeof(l->why), "%s%s%s", what, err == SIGNER_LOG_IO ? ": " : "", err == SIGNER_LOG_IO ? strerror(errno) : "");
	return err;
}

static void
origin_key(uint8_t out[ORIGIN_LEN], const struct hash256 *h, uint32_t n)
{
	memcpy(out, h->b, 32);
	for (int i = 0; i < 4; i++)
		out[32 + i] = (uint8_t)(n >> (8 * i));
}

static struct signed_plan *
plan_find(const struct signer_log *l, uint64_t plan)
{
	struct signed_plan *e;

	HASH_FIND(hh, l->plans, &plan, sizeof(plan), e);
	return e;
}

static bool
plan_is_dead(const struct signer_log *l, uint64_t plan)
{
	const struct signed_plan *e = plan_find(l, plan);

	return e != NULL && e->dead;
}

static void
remember_input(struct signer_log *l, const struct outpoint *o, uint64_t plan)
{
	struct signed_input *e;
	uint8_t key[ORIGIN_LEN];

	origin_key(key, &o->txid, o->index);
	HASH_FIND(hh, l->inputs, key, sizeof(key), e);
	if (e != NULL) {
		if (plan_is_dead(l, e->plan))
			e->plan = plan;
		return;
	}
	e = mem_new(1, sizeof(*e));
	memcpy(e->key, key, sizeof(key));
	e->plan = plan;
	HASH_ADD(hh, l->inputs, key, sizeof(e->key), e);
}

static void
remember_payout(struct signer_log *l, const struct payout_origin *p, uint64_t plan)
{
	struct signed_payout *e;
	uint8_t key[ORIGIN_LEN];

	origin_key(key, &p->transaction, p->op);
	HASH_FIND(hh, l->payouts, key, sizeof(key), e);
	if (e != NULL) {
		if (plan_is_dead(l, e->plan))
			e->plan = plan;
		return;
	}
	e = mem_new(1, sizeof(*e));
	memcpy(e->key, key, sizeof(key));
	e->plan = plan;
	HASH_ADD(hh, l->payouts, key, sizeof(e->key), e);
}

static void
remember(struct signer_log *l, const struct signer_entry *entry)
{
	struct signed_plan *e = plan_find(l, entry->plan);

	if (e == NULL) {
		e = mem_new(1, sizeof(*e));
		e->plan = entry->plan;
		e->content = entry->content;
		e->height = entry->height;
		e->time = entry->time;
		e->gross = entry->gross;
		HASH_ADD(hh, l->plans, plan, sizeof(e->plan), e);
	}
	if (entry->fee > e->fee)
		e->fee = entry->fee;
	e->versions = mem_resize(e->versions, e->versions_n + 1, sizeof(*e->versions));
	e->versions[e->versions_n++] = (struct signed_version){ entry->version, entry->txid };
	for (size_t i = 0; i < entry->in_n; i++)
		remember_input(l, &entry->in[i], entry->plan);
	for (size_t i = 0; i < entry->payouts_n; i++)
		remember_payout(l, &entry->payouts[i], entry->plan);
}

static void
wr_entry(struct wr *w, const struct signer_entry *e)
{
	wr_u8(w, BODY_SIGNED);
	wr_u64(w, e->plan);
	wr_u32(w, e->version);
	wr_hash256(w, &e->txid);
	wr_hash256(w, &e->content);
	wr_u32(w, e->height);
	wr_i64(w, e->time.sec);
	wr_u64(w, e->gross);
	wr_u64(w, e->fee);
	wr_compactsize(w, e->in_n);
	for (size_t i = 0; i < e->in_n; i++)
		wr_outpoint(w, &e->in[i]);
	wr_compactsize(w, e->payouts_n);
	for (size_t i = 0; i < e->payouts_n; i++) {
		wr_hash256(w, &e->payouts[i].transaction);
		wr_u32(w, e->payouts[i].op);
	}
}

static void
wr_dead(struct wr *w, uint64_t plan, const struct hash256 *spender, struct unixtime now)
{
	wr_u8(w, BODY_DEAD);
	wr_u64(w, plan);
	wr_hash256(w, spender);
	wr_i64(w, now.sec);
}

static bool
take_dead(struct signer_log *l, struct rd r)
{
	struct signed_plan *e = plan_find(l, rd_u64(&r));
	struct hash256 spender;

	rd_hash256(&r, &spender);
	(void)rd_i64(&r);
	if (e == NULL || !rd_done(&r))
		return false;
	e->dead = true;
	return true;
}

static bool
take_signed(struct signer_log *l, struct rd r)
{
	struct signer_entry e = { .plan = rd_u64(&r) };
	struct outpoint *in;
	struct payout_origin *payouts;
	bool ok;

	e.version = rd_u32(&r);
	rd_hash256(&r, &e.txid);
	rd_hash256(&r, &e.content);
	e.height = rd_u32(&r);
	e.time.sec = rd_i64(&r);
	e.gross = rd_u64(&r);
	e.fee = rd_u64(&r);
	e.in_n = rd_count(&r, ORIGIN_LEN);
	in = mem_new(e.in_n, sizeof(*in));
	for (size_t i = 0; i < e.in_n; i++)
		rd_outpoint(&r, &in[i]);
	e.payouts_n = rd_count(&r, ORIGIN_LEN);
	payouts = mem_new(e.payouts_n, sizeof(*payouts));
	for (size_t i = 0; i < e.payouts_n; i++) {
		rd_hash256(&r, &payouts[i].transaction);
		payouts[i].op = rd_u32(&r);
	}
	e.in = in;
	e.payouts = payouts;
	ok = rd_done(&r);
	if (ok)
		remember(l, &e);
	free(in);
	free(payouts);
	return ok;
}

/* Decode a body and remember it. */
static bool
log_take(struct signer_log *l, const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);

	switch (rd_u8(&r)) {
	case BODY_SIGNED:
		if (!take_signed(l, r))
			return false;
		break;
	case BODY_DEAD:
		if (!take_dead(l, r))
			return false;
		break;
	default:
		return false;
	}
	l->count++;
	return true;
}

static void
chain_next(struct hash256 *out, const struct hash256 *previous, const uint8_t *body, size_t len)
{
	struct sha256_ctx c;

	sha256_init_tagged(&c, "tally/signerlog");
	sha256_update(&c, previous->b, sizeof(previous->b));
	sha256_update(&c, body, len);
	sha256_final(&c, out);
}

static bool
all_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

/* A record: its body and chain, borrowed. */
struct record {
	const uint8_t *body, *chain;
	size_t len;
};

enum record_found { RECORD_WHOLE, RECORD_CUT, RECORD_BAD };

static enum record_found
record_next(struct record *out, struct rd *r)
{
	uint32_t len = rd_u32(r), complement = rd_u32(r);

	if (!rd_ok(r) || all_zero(r->p, r->left)) /* also: a file grown by a write that never came */
		return RECORD_CUT;
	if (len == 0 || len > RECORD_MAX || complement != ~len)
		return RECORD_BAD;
	if (r->left < (size_t)len + CHAIN_LEN)
		return RECORD_CUT;
	*out = (struct record){ rd_take(r, len), rd_take(r, CHAIN_LEN), len };
	return all_zero(out->chain, CHAIN_LEN + r->left) ? RECORD_CUT : RECORD_WHOLE;
}

/* Take in all records; *good gets the length of the part that is whole. */
static enum signer_log_err
log_parse(struct signer_log *l, size_t *good, const uint8_t *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	*good = 0;
	while (r.left > 0) {
		struct record record;
		struct hash256 chain;

		switch (record_next(&record, &r)) {
		case RECORD_CUT: /* by a crash: no signature followed it */
			return SIGNER_LOG_OK;
		case RECORD_BAD:
			return log_fail(l, SIGNER_LOG_CORRUPT, "a record of the signer's log has an impossible length");
		case RECORD_WHOLE:
			break;
		}
		chain_next(&chain, &l->chain, record.body, record.len);
		if (memcmp(chain.b, record.chain, CHAIN_LEN) != 0 || !log_take(l, record.body, record.len))
			return log_fail(l, SIGNER_LOG_CORRUPT, "a record of the signer's log is damaged");
		l->chain = chain;
		*good = len - r.left;
	}
	return SIGNER_LOG_OK;
}

static enum signer_log_err
log_load(struct signer_log *l)
{
	struct stat st;
	uint8_t *bytes;
	size_t len, got = 0, good;
	enum signer_log_err err;

	if (fstat(l->fd, &st) != 0)
		return log_fail(l, SIGNER_LOG_IO, "cannot look at the signer's log");
	if (!S_ISREG(st.st_mode))
		return log_fail(l, SIGNER_LOG_CORRUPT, "the signer's log is not a regular file");
	len = (size_t)st.st_size;
	bytes = mem_new(len, 1);
	while (got < len) {
		ssize_t n = pread(l->fd, bytes + got, len - got, (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(bytes);
			return log_fail(l, SIGNER_LOG_IO, "cannot read the signer's log");
		}
		got += (size_t)n;
	}
	err = log_parse(l, &good, bytes, len);
	free(bytes);
	if (err != SIGNER_LOG_OK)
		return err;
	if (good < len && ftruncate(l->fd, (off_t)good) != 0)
		return log_fail(l, SIGNER_LOG_IO, "cannot cut the unfinished record off the signer's log");
	if (lseek(l->fd, 0, SEEK_END) < 0)
		return log_fail(l, SIGNER_LOG_IO, "cannot seek in the signer's log");
	return SIGNER_LOG_OK;
}

/* The file's name must survive a power cut as well as its contents. */
static bool
sync_folder(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return ok;
}

enum signer_log_err
signer_log_open(struct signer_log **out, const char *path)
{
	struct signer_log *l = mem_new(1, sizeof(*l));
	enum signer_log_err err;

	*out = l;
	l->broken = true;
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0)
		return log_fail(l, SIGNER_LOG_IO, "cannot open the signer's log");
	if (flock(l->fd, LOCK_EX | LOCK_NB) != 0)
		return log_fail(l, SIGNER_LOG_BUSY, "another signer uses this log");
	if (!sync_folder(path))
		return log_fail(l, SIGNER_LOG_IO, "cannot sync the folder of the signer's log");
	err = log_load(l);
	l->broken = err != SIGNER_LOG_OK;
	return err;
}

void
signer_log_close(struct signer_log *l)
{
	struct signed_input *i, *i_next;
	struct signed_payout *p, *p_next;
	struct signed_plan *s, *s_next;

	if (l == NULL)
		return;
	HASH_ITER(hh, l->inputs, i, i_next)
	{
		HASH_DEL(l->inputs, i);
		free(i);
	}
	HASH_ITER(hh, l->payouts, p, p_next)
	{
		HASH_DEL(l->payouts, p);
		free(p);
	}
	HASH_ITER(hh, l->plans, s, s_next)
	{
		HASH_DEL(l->plans, s);
		free(s->versions);
		free(s);
	}
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

const char *
signer_log_why(const struct signer_log *l)
{
	return l->why;
}

static bool
write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* The body becomes the next record, on disk for good. */
static enum signer_log_err
write_record(struct signer_log *l, const struct wr *body)
{
	struct wr record = { 0 };
	struct hash256 chain;
	enum signer_log_err err = SIGNER_LOG_OK;

	assert(body->len <= RECORD_MAX);
	if (l->broken)
		return log_fail(l, SIGNER_LOG_CORRUPT, "an earlier use of the signer's log failed: restart the signer");
	chain_next(&chain, &l->chain, body->p, body->len);
	wr_u32(&record, (uint32_t)body->len);
	wr_u32(&record, ~(uint32_t)body->len);
	wr_bytes(&record, body->p, body->len);
	wr_hash256(&record, &chain);
	if (!write_all(l->fd, record.p, record.len) || fsync(l->fd) != 0) {
		err = log_fail(l, SIGNER_LOG_IO, "cannot write the signer's log");
		l->broken = true;
	} else {
		l->chain = chain;
		l->count++;
	}
	wr_clear(&record);
	return err;
}

enum signer_log_err
signer_log_append(struct signer_log *l, const struct signer_entry *e)
{
	struct wr body = { 0 };
	enum signer_log_err err;

	wr_entry(&body, e);
	err = write_record(l, &body);
	if (err == SIGNER_LOG_OK)
		remember(l, e);
	wr_clear(&body);
	return err;
}

enum signer_log_err
signer_log_dead(struct signer_log *l, uint64_t plan, const struct hash256 *spender, struct unixtime now)
{
	struct signed_plan *e = plan_find(l, plan);
	struct wr body = { 0 };
	enum signer_log_err err;

	assert(e != NULL);
	wr_dead(&body, plan, spender, now);
	err = write_record(l, &body);
	if (err == SIGNER_LOG_OK)
		e->dead = true;
	wr_clear(&body);
	return err;
}

bool
signer_log_is_dead(const struct signer_log *l, uint64_t plan)
{
	return plan_is_dead(l, plan);
}

bool
signer_log_input(uint64_t *plan, const struct signer_log *l, const struct outpoint *o)
{
	struct signed_input *e;
	uint8_t key[ORIGIN_LEN];

	origin_key(key, &o->txid, o->index);
	HASH_FIND(hh, l->inputs, key, sizeof(key), e);
	if (e == NULL || plan_is_dead(l, e->plan))
		return false;
	*plan = e->plan;
	return true;
}

bool
signer_log_payout(uint64_t *plan, const struct signer_log *l, const struct payout_origin *p)
{
	struct signed_payout *e;
	uint8_t key[ORIGIN_LEN];

	origin_key(key, &p->transaction, p->op);
	HASH_FIND(hh, l->payouts, key, sizeof(key), e);
	if (e == NULL || plan_is_dead(l, e->plan))
		return false;
	*plan = e->plan;
	return true;
}

bool
signer_log_plan(struct hash256 *content, const struct signer_log *l, uint64_t plan)
{
	const struct signed_plan *e = plan_find(l, plan);

	if (e != NULL)
		*content = e->content;
	return e != NULL;
}

bool
signer_log_version(struct hash256 *txid, const struct signer_log *l, uint64_t plan, uint32_t version)
{
	const struct signed_plan *e = plan_find(l, plan);

	for (size_t i = 0; e != NULL && i < e->versions_n; i++) {
		if (e->versions[i].version == version) {
			*txid = e->versions[i].txid;
			return true;
		}
	}
	return false;
}

/* A dead plan moves nothing. */
static bool
in_window(const struct signed_plan *e, uint32_t height, struct unixtime now, uint32_t blocks, int64_t seconds)
{
	if (e->dead)
		return false;
	return (uint64_t)e->height + blocks > height || e->time.sec > now.sec - seconds;
}

static uint64_t
add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t
signer_log_outflow(const struct signer_log *l, uint32_t height, struct unixtime now, uint32_t blocks, int64_t seconds)
{
	uint64_t sum = 0;

	for (const struct signed_plan *e = l->plans; e != NULL; e = e->hh.next) {
		if (in_window(e, height, now, blocks, seconds))
			sum = add_capped(sum, e->gross);
	}
	return sum;
}

uint64_t
signer_log_fees(const struct signer_log *l, uint64_t but_plan, uint32_t height, struct unixtime now, uint32_t blocks, int64_t seconds)
{
	uint64_t sum = 0;

	for (const struct signed_plan *e = l->plans; e != NULL; e = e->hh.next) {
		if (e->plan != but_plan && in_window(e, height, now, blocks, seconds))
			sum = add_capped(sum, e->fee);
	}
	return sum;
}

size_t
signer_log_count(const struct signer_log *l)
{
	return l->count;
}
