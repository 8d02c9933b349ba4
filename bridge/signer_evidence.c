#include "bridge/signer_evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/peg/peg.h"

#define PAGE 64

/* The n-th PAYOUT operation of a transaction; false when there are fewer. */
static bool
nth_payout(uint32_t *op, const struct transaction_record *rec, size_t n)
{
	struct transaction t;
	bool found = false;

	if (transaction_decode(&t, rec->bytes.p, rec->bytes.len) != NULL)
		return false;
	for (size_t i = 0; !found && i < t.ops_n; i++) {
		if (t.ops[i].number != PEG_PAYOUT || n-- > 0)
			continue;
		*op = (uint32_t)i;
		found = !t.relay;
	}
	transaction_clear(&t);
	return found;
}

/* A payout that enters the queue leaves the event PEG_PAYOUT: id u64 | state u8 | reason. The n-th of them is of the n-th operation. */
static bool
made_here(uint32_t *op, const struct transaction_record *rec, uint64_t payout)
{
	struct rd events = rd_init(rec->events.p, rec->events.len);
	struct event e;
	size_t n = 0;

	while (event_next(&e, &events)) {
		struct rd body = rd_init(e.body, e.len);
		uint64_t id = rd_u64(&body);

		if (strcmp(e.name, "PEG_PAYOUT") != 0 || rd_u8(&body) != PAYOUT_QUEUED)
			continue;
		if (id == payout)
			return nth_payout(op, rec, n);
		n++;
	}
	return false;
}

bool
evidence_find(struct transaction_record *rec, uint32_t *op, struct store *store, const struct account *who, uint64_t payout)
{
	struct history_entry page[PAGE] = { { .height = UINT64_MAX >> 1 } };
	uint64_t height = UINT64_MAX >> 1;
	uint32_t index = 0;
	size_t n;

	do {
		n = store_history(store, page, PAGE, who, height, index);
		for (size_t i = 0; i < n; i++) {
			if (page[i].index == STORE_INDEX_BLOCK || !store_get_transaction(store, rec, &page[i].id))
				continue;
			if (rec->code == RESULT_OK && made_here(op, rec, payout))
				return true;
			transaction_record_clear(rec);
		}
		if (n > 0) {
			height = page[n - 1].height;
			index = page[n - 1].index;
		}
	} while (n == PAGE);
	return false;
}

void
evidence_request(struct wr *w, uint32_t height, const struct plan_sheet *sheet, struct store *store, const struct state *s)
{
	struct signer_evidence *evidence = mem_new(sheet->pay_n, sizeof(*evidence));
	struct transaction_record *records = mem_new(sheet->pay_n, sizeof(*records));
	struct payout payout;
	size_t n = 0;

	for (size_t i = 0; i < sheet->pay_n; i++) {
		struct signer_evidence *e = &evidence[n];

		e->payout = sheet->pay[i].payout;
		if (!payout_get(&payout, s, e->payout) || !evidence_find(&records[n], &e->op, store, &payout.account, e->payout))
			continue;
		e->transaction = records[n].bytes.p;
		e->len = records[n].bytes.len;
		n++;
	}
	wr_signer_plan(w, height, sheet, evidence, n);
	for (size_t i = 0; i < n; i++)
		transaction_record_clear(&records[i]);
	free(records);
	free(evidence);
}
