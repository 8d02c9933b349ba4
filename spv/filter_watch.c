/* What is looked for: scripts, and the outputs to them that were seen.
 *
 * Invariant: an output in `known` was seen in a block whose body belongs to its header, and its txid commits to the script; so it is true
 * on whatever branch. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/filter.h"
#include "spv/core.h"

#define WATCH_MAX 200000
#define WATCH_SCRIPT_MAX 10000 /* no longer one can be spent */
#define KNOWN_MAX 200000

struct filter_watch {
	uint8_t *script; /* owned; the key */
	size_t len;
	uint32_t from;
	bool late;
	UT_hash_handle hh;
};

struct filter_known {
	struct outpoint at; /* the key */
	uint8_t *script;    /* owned */
	size_t len;
	UT_hash_handle hh;
};

static struct filter_watch *
watch_find(const struct spv *s, const void *script, size_t len)
{
	struct filter_watch *w;

	HASH_FIND(hh, s->filters.watches, script, len, w);
	return w;
}

static void
forget_items(struct spv *s)
{
	free(s->filters.items);
	free(s->filters.late);
	s->filters.items = s->filters.late = NULL;
}

const char *
spv_watch(struct spv *s, const void *script, size_t len, uint32_t from)
{
	struct filter_watch *w;

	if (len == 0 || len > WATCH_SCRIPT_MAX)
		return "no output with a script of this length can be spent";
	w = watch_find(s, script, len);
	if (w != NULL && w->from <= from)
		return NULL;
	if (w == NULL && HASH_COUNT(s->filters.watches) >= WATCH_MAX) {
		s->filters.overflow = true;
		return "too many scripts are watched";
	}
	if (w == NULL) {
		w = mem_new(1, sizeof(*w));
		w->script = mem_dup(script, len);
		w->len = len;
		HASH_ADD_KEYPTR(hh, s->filters.watches, w->script, w->len, w);
	}
	w->from = from;
	forget_items(s);
	if (!s->scanning)
		return NULL;
	filter_scan_widen(s, from);
	if (from < s->scan_next && s->scan_first < s->scan_next) {
		w->late = true;
		rescan_from(s, from);
	}
	spv_pump(s);
	return NULL;
}

static void
watch_free(struct spv *s, struct filter_watch *w)
{
	HASH_DEL(s->filters.watches, w);
	free(w->script);
	free(w);
}

void
spv_unwatch(struct spv *s, const void *script, size_t len)
{
	struct filter_watch *w = watch_find(s, script, len);

	if (w == NULL)
		return;
	watch_free(s, w);
	forget_items(s);
}

static struct filter_item *
list(const struct spv *s, bool late, size_t *n)
{
	struct filter_item *items = mem_new(HASH_COUNT(s->filters.watches), sizeof(*items));

	*n = 0;
	for (const struct filter_watch *w = s->filters.watches; w != NULL; w = w->hh.next) {
		if (!late || w->late)
			items[(*n)++] = (struct filter_item){ w->script, w->len };
	}
	return items;
}

const struct filter_item *
filter_watch_items(struct spv *s, bool late, size_t *n)
{
	struct filters *f = &s->filters;

	if (f->items == NULL) {
		f->items = list(s, false, &f->items_n);
		f->late = list(s, true, &f->late_n);
	}
	*n = late ? f->late_n : f->items_n;
	return late ? f->late : f->items;
}

static void
set_late(struct spv *s, bool late)
{
	for (struct filter_watch *w = s->filters.watches; w != NULL; w = w->hh.next)
		w->late = late;
	forget_items(s);
}

void
filter_watch_caught_up(struct spv *s)
{
	set_late(s, false);
}

void
filter_watch_all_late(struct spv *s)
{
	set_late(s, true);
}

/* --- Outputs that were seen --- */

static void
learn(struct spv *s, const struct hash256 *txid, uint32_t index, const struct txout *out)
{
	struct outpoint at = { *txid, index };
	struct filter_known *k;

	HASH_FIND(hh, s->filters.known, &at, sizeof(at), k);
	if (k != NULL)
		return;
	if (HASH_COUNT(s->filters.known) >= KNOWN_MAX) {
		k = s->filters.known; /* the oldest */
		HASH_DEL(s->filters.known, k);
		free(k->script);
		free(k);
	}
	k = mem_new(1, sizeof(*k));
	k->at = at;
	k->script = mem_dup(out->script, out->script_len);
	k->len = out->script_len;
	HASH_ADD(hh, s->filters.known, at, sizeof(k->at), k);
}

void
filter_watch_learn(struct spv *s, const struct block *b)
{
	for (size_t i = 0; i < b->tx_n && s->filters.watches != NULL; i++) {
		struct hash256 txid;
		bool have = false;

		for (size_t k = 0; k < b->tx[i].out_n; k++) {
			const struct txout *out = &b->tx[i].out[k];

			if (out->script_len == 0 || watch_find(s, out->script, out->script_len) == NULL)
				continue;
			if (!have)
				tx_txid(&txid, &b->tx[i]);
			have = true;
			learn(s, &txid, (uint32_t)k, out);
		}
	}
}

bool
filter_watch_known(const struct spv *s, const struct outpoint *o, struct filter_item *script)
{
	struct filter_known *k;

	HASH_FIND(hh, s->filters.known, o, sizeof(*o), k);
	if (k == NULL)
		return false;
	*script = (struct filter_item){ k->script, k->len };
	return true;
}

void
filter_watch_clear(struct spv *s)
{
	struct filter_watch *w, *w_next;
	struct filter_known *k, *k_next;

	HASH_ITER(hh, s->filters.watches, w, w_next)
		watch_free(s, w);
	HASH_ITER(hh, s->filters.known, k, k_next)
	{
		HASH_DEL(s->filters.known, k);
		free(k->script);
		free(k);
	}
	forget_items(s);
}
