#include "bridge/peg/reorg.h"

#include <stdlib.h>

#include "bridge/peg/deposit.h"
#include "bridge/peg/donate.h"
#include "bridge/peg/heights.h"
#include "bridge/peg/settle.h"
#include "bridge/peg/spent.h"

static void
undo(struct exec *x, const struct peg_params *p, const struct height_entry *e)
{
	switch (e->kind) {
	case HEIGHT_SPEND:
		spend_block_left(x, &e->outpoint);
		return;
	case HEIGHT_CONFLICT:
		conflict_block_left(x, &e->outpoint);
		return;
	case HEIGHT_PLAN:
		plan_block_left(x, e->plan);
		return;
	case HEIGHT_DONATION:
		donation_block_left(x, &e->outpoint);
		return;
	case HEIGHT_DEPOSIT:
		deposit_block_left(x, p, &e->outpoint);
		return;
	}
}

void
peg_reorg(struct exec *x, const struct peg_params *p, uint32_t fork)
{
	/* a spend stands above what it spends; a plan is undone before the plan that made its inputs */
	static const enum height_kind order[] = { HEIGHT_SPEND, HEIGHT_CONFLICT, HEIGHT_PLAN, HEIGHT_DONATION, HEIGHT_DEPOSIT };
	size_t n;
	struct height_entry *e = height_take_above(&n, x->state, fork);

	for (size_t kind = 0; kind < ARRAY_LEN(order); kind++)
		for (size_t i = n; i-- > 0;)
			if (e[i].kind == order[kind])
				undo(x, p, &e[i]);
	deposit_shallow_drop(x->state, fork);
	free(e);
}
