#include "bridge/signer_evidence.h"

#include <stdlib.h>

#include "base/mem.h"
#include "bridge/peg/peg.h"

void
evidence_request(struct wr *w, uint32_t height, const struct plan_sheet *sheet, struct store *store, const struct state *s)
{
	struct signer_evidence *evidence = mem_new(sheet->pay_n, sizeof(*evidence));
	struct transaction_record *records = mem_new(sheet->pay_n, sizeof(*records));
	struct payout payout;
	size_t n = 0;

	for (size_t i = 0; i < sheet->pay_n; i++) {
		if (!payout_get(&payout, s, sheet->pay[i].payout) || !store_get_transaction(store, &records[n], &payout.origin))
			continue;
		evidence[n] = (struct signer_evidence){ .payout = payout.id,
							.op = payout.origin_op,
							.transaction = records[n].bytes.p,
							.len = records[n].bytes.len };
		n++;
	}
	wr_signer_plan(w, height, sheet, evidence, n);
	for (size_t i = 0; i < n; i++)
		transaction_record_clear(&records[i]);
	free(records);
	free(evidence);
}
