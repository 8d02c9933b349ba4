/* Peers that name different filters for one block: the block decides, never their number (chain/filter_evidence.h).
 *
 * Invariants:
 * 1. A dispute is about the lowest height at which a peer that can be asked differs from the chain; claim[0] is the chain's.
 * 2. A peer is banned for a filter that the block proves a lie, and it named that very filter by its cfheaders; the chain is then
 *    kept below that height only, and fetched anew from others.
 * 3. What nothing settles bans nobody: the block is always looked at, whatever filters say, and both peers stay.
 * 4. Nothing is decided about a block that is not on the best chain any more. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "chain/filter_evidence.h"
#include "spv/core.h"

#define STUCK_BLOCKS 4 /* times the time for a block: nobody has the block that would decide */

bool
dispute_is_doubt(const struct spv *s, uint32_t height)
{
	for (size_t i = 0; i < s->filters.doubts; i++) {
		if (s->filters.doubt[i] == height)
			return true;
	}
	return false;
}

bool
dispute_is_stuck(const struct spv *s)
{
	return s->filters.dispute.open && mono_passed(s->filters.dispute.since, STUCK_BLOCKS * s->params.block_ms, s->now.mono);
}

void
dispute_note(struct spv *s, struct peer *p, uint32_t height)
{
	assert(s->hearing.payload != NULL && s->hearing.peer == p->id);
	sha256(&p->filters.said, s->hearing.payload, s->hearing.len);
	p->filters.said_height = height;
}

static bool
can_be_asked(const struct spv *s, const struct peer *p)
{
	return filters_answers(p) || filters_askable(s, p);
}

/* The peer names this filter at the dispute's height. */
static bool
supports(const struct spv *s, const struct peer *p, size_t claim)
{
	const struct dispute *d = &s->filters.dispute;

	if (!filters_serves(p))
		return false;
	if (claim == 0)
		return p->filters.agreed >= (int64_t)d->height;
	return p->filters.claims && p->filters.agreed + 1 == (int64_t)d->height && hash256_eq(&p->filters.claim, &d->claim[claim].hash);
}

static struct peer *
supporter(const struct spv *s, size_t claim)
{
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (supports(s, p, claim) && can_be_asked(s, p))
			return p;
	}
	return NULL;
}

/* --- Opening and closing --- */

void
dispute_close(struct spv *s)
{
	struct dispute *d = &s->filters.dispute;

	for (size_t i = 0; i < d->n; i++)
		free(d->claim[i].filter);
	if (d->block != NULL)
		block_clear(d->block);
	free(d->block);
	*d = (struct dispute){ 0 };
}

/* From here on its filter headers aren't the chain's: its hashes are compared all the same. */
static void
go_apart(struct spv *s, struct peer *p)
{
	struct filter_peer *f = &p->filters;
	struct hash256 below = f->apart ? f->header : filter_chain_prev(&s->filters.chain, (uint32_t)(f->agreed + 1));

	f->claims = false;
	f->agreed++;
	if (!f->apart)
		f->apart_from = (uint32_t)f->agreed;
	f->apart = true;
	filter_header(&f->header, &f->claim, &below);
	filters_peer_clear(p);
}

/* What is in doubt already isn't judged again. */
static void
skip_doubts(struct spv *s)
{
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (filters_serves(p) && p->filters.claims && dispute_is_doubt(s, (uint32_t)(p->filters.agreed + 1)))
			go_apart(s, p);
	}
}

static void
open_lowest(struct spv *s)
{
	struct dispute *d = &s->filters.dispute;
	const struct peer *lowest = NULL;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (p->filters.claims && can_be_asked(s, p) && (lowest == NULL || p->filters.agreed < lowest->filters.agreed))
			lowest = p;
	}
	if (lowest == NULL || (d->open && (int64_t)d->height <= lowest->filters.agreed + 1))
		return;
	dispute_close(s);
	d->open = true;
	d->since = s->now.mono;
	d->height = (uint32_t)(lowest->filters.agreed + 1);
	d->block_hash = header_tree_hash_at(s->tree, d->height);
	d->claim[0].hash = filter_chain_hash(&s->filters.chain, d->height);
	d->n = 1;
}

/* Enter what peers name; false when nobody who can be asked differs any more. */
static bool
gather(struct spv *s)
{
	struct dispute *d = &s->filters.dispute;
	bool any = false;

	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		size_t i = 1;

		if (!p->filters.claims || p->filters.agreed + 1 != (int64_t)d->height || !can_be_asked(s, p))
			continue;
		any = true;
		while (i < d->n && !hash256_eq(&d->claim[i].hash, &p->filters.claim))
			i++;
		if (i == d->n && d->n < FILTER_CLAIMS_MAX)
			d->claim[d->n++].hash = p->filters.claim;
	}
	return any;
}

/* --- Evidence --- */

static void
ask_to_show(struct spv *s, struct peer *p)
{
	struct filter_job *j = filter_job_new(s, p, FILTER_JOB_SHOW, s->filters.dispute.height, s->filters.dispute.height);
	struct wr w = { 0 };

	wr_p2p_getcfilters(&w, &(struct p2p_getcfilters){ .filter_type = P2P_FILTER_BASIC, .start_height = j->start, .stop = j->stop_hash });
	peer_send(s, p, "getcfilters", w.p, w.len);
	wr_clear(&w);
}

static bool
is_asked(const struct spv *s, size_t claim)
{
	for (const struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (supports(s, p, claim) && filter_job_at(s, p, FILTER_JOB_SHOW, s->filters.dispute.height) != NULL)
			return true;
	}
	return false;
}

/* Ask for the filters not shown yet; true when there is nothing to wait for. */
static bool
ask_all(struct spv *s)
{
	struct dispute *d = &s->filters.dispute;
	bool done = true;

	for (size_t i = 0; i < d->n; i++) {
		struct peer *p;

		if (d->claim[i].filter != NULL)
			continue;
		if (is_asked(s, i)) {
			done = false;
			continue;
		}
		p = supporter(s, i);
		if (p != NULL && filters_askable(s, p))
			ask_to_show(s, p);
		done = done && p == NULL;
	}
	return done;
}

void
dispute_on_filter(struct spv *s, struct peer *p, uint32_t height, const uint8_t *filter, size_t len)
{
	struct dispute *d = &s->filters.dispute;
	struct hash256 hash;
	size_t i = 0;

	filters_heard(p);
	filter_job_free(s, filter_job_at(s, p, FILTER_JOB_SHOW, height));
	/* The dispute that it was asked for may be over, and another one open. */
	if (!d->open || d->height != height)
		return;
	filter_hash(&hash, filter, len);
	while (i < d->n && !supports(s, p, i))
		i++;
	if (i == d->n)
		return;
	if (!hash256_eq(&hash, &d->claim[i].hash)) {
		peer_ban(s, p, d->height, "cfilter: not the filter that the same peer's cfheaders name at height %lu",
			 (unsigned long)d->height);
		return;
	}
	if (d->claim[i].filter != NULL)
		return;
	d->claim[i].filter = mem_dup(filter, len);
	d->claim[i].len = len;
	dispute_note(s, p, d->height);
}

static bool
known_script(void *context, const struct outpoint *spent, struct filter_item *script)
{
	const struct spv *s = context;

	return filter_watch_known(s, spent, script);
}

bool
dispute_wants(const struct spv *s, const struct hash256 *hash)
{
	return s->filters.dispute.open && s->filters.dispute.block == NULL && hash256_eq(&s->filters.dispute.block_hash, hash);
}

void
dispute_on_block(struct spv *s, const struct hash256 *hash, const void *payload, size_t len)
{
	struct dispute *d = &s->filters.dispute;
	struct filter_evidence *e;
	bool ok;

	if (!dispute_wants(s, hash))
		return;
	d->block = mem_new(1, sizeof(*d->block));
	ok = block_decode(d->block, payload, len);
	assert(ok);
	e = filter_evidence_new(d->block, known_script, s);
	d->incomplete = !filter_evidence_complete(e);
	filter_evidence_free(e);
}

/* --- The verdict --- */

struct verdict {
	bool lie;
	const char *why;
};

static void
judge(struct verdict *out, const struct dispute *d, const struct filter_evidence *e)
{
	struct hash256 honest = { 0 };
	bool complete = filter_evidence_complete(e);
	struct wr w = { 0 };

	if (complete) {
		filter_evidence_rebuild(&w, e);
		filter_hash(&honest, w.p, w.len);
		wr_clear(&w);
	}
	for (size_t i = 0; i < d->n; i++) {
		const struct filter_claim *c = &d->claim[i];

		out[i] = (struct verdict){ .why = "" };
		if (complete)
			out[i] = (struct verdict){ !hash256_eq(&honest, &c->hash), "not the one filter that the block gives" };
		else if (c->filter != NULL)
			out[i].lie = filter_evidence_judge(e, &out[i].why, c->filter, c->len) == FILTER_LIE;
	}
}

/* The evidence is the message in which it named or showed the filter; none when its word on this height was that of its checkpoints. */
static void
ban_liar(struct spv *s, struct peer *p, uint32_t height, const char *why)
{
	static const struct hash256 none;
	const struct hash256 *said = p->filters.said_height == height ? &p->filters.said : &none;

	peer_ban_for(s, p, height, said, "filter: a lie at height %lu: %s", (unsigned long)height, why);
}

static void
ban_supporters(struct spv *s, size_t claim, uint32_t height, const char *why)
{
	for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
		if (supports(s, p, claim))
			ban_liar(s, p, height, why);
	}
}

static void
doubt(struct spv *s, uint32_t height)
{
	struct filters *f = &s->filters;

	if (dispute_is_doubt(s, height))
		return;
	f->doubt[f->doubts++] = height;
	filter_scan_widen(s, height);
	if (s->scanning && height < s->scan_next) {
		filter_watch_all_late(s);
		rescan_from(s, height);
	}
}

/* Neither the chain's filter nor this one is proven a lie. */
static void
leave_open(struct spv *s, size_t claim, uint32_t height)
{
	bool room = dispute_is_doubt(s, height) || s->filters.doubts < FILTER_DOUBTS_MAX;

	if (supporter(s, claim) == NULL)
		return;
	if (room)
		doubt(s, height);
	for (struct peer *p = s->peers; !room && p != NULL; p = p->hh.next) {
		if (!supports(s, p, claim))
			continue;
		filters_peer_gone(s, p);
		p->filters.adrift = true;
	}
}

static void
settle(struct spv *s)
{
	struct dispute *d = &s->filters.dispute;
	struct filter_evidence *e = filter_evidence_new(d->block, known_script, s);
	struct verdict verdict[FILTER_CLAIMS_MAX];
	uint32_t height = d->height;
	bool poisoned;

	judge(verdict, d, e);
	poisoned = verdict[0].lie;
	for (size_t i = 0; i < d->n; i++) {
		if (verdict[i].lie)
			ban_supporters(s, i, height, verdict[i].why);
	}
	filter_evidence_free(e);
	if (poisoned) {
		dispute_close(s);
		filters_cut(s, height);
		return;
	}
	for (size_t i = 1; i < d->n; i++) {
		if (!verdict[i].lie)
			leave_open(s, i, height);
	}
	dispute_close(s);
	skip_doubts(s);
}

void
dispute_pump(struct spv *s)
{
	struct dispute *d = &s->filters.dispute;
	bool shown;

	skip_doubts(s);
	open_lowest(s);
	if (!d->open)
		return;
	if (!gather(s)) {
		dispute_close(s);
		return;
	}
	shown = ask_all(s);
	if (d->block == NULL) {
		download_judge(s, &d->block_hash, d->height);
		return;
	}
	if (shown || !d->incomplete)
		settle(s);
}

void
dispute_judge_block(struct spv *s, uint32_t height, const struct block *b, const uint8_t *filter, size_t len)
{
	struct hash256 hash, named;
	struct filter_evidence *e;
	const char *why = "";
	bool lie;

	if (height >= s->filters.chain.count || dispute_is_doubt(s, height))
		return;
	filter_hash(&hash, filter, len);
	named = filter_chain_hash(&s->filters.chain, height);
	if (!hash256_eq(&hash, &named))
		return; /* the chain was turned meanwhile */
	e = filter_evidence_new(b, known_script, s);
	lie = filter_evidence_judge(e, &why, filter, len) == FILTER_LIE;
	if (lie) {
		for (struct peer *p = s->peers; p != NULL; p = p->hh.next) {
			if (filters_serves(p) && p->filters.agreed >= (int64_t)height)
				ban_liar(s, p, height, why);
		}
	}
	filter_evidence_free(e);
	if (lie)
		filters_cut(s, height);
}

void
dispute_turn(struct spv *s, uint32_t height)
{
	struct filters *f = &s->filters;
	size_t left = 0;

	if (f->dispute.open && f->dispute.height >= height)
		dispute_close(s);
	for (size_t i = 0; i < f->doubts; i++) {
		if (f->doubt[i] < height)
			f->doubt[left++] = f->doubt[i];
	}
	f->doubts = left;
}
