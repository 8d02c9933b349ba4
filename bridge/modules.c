#include "bridge/modules.h"

#include <string.h>

#include "bridge/peg/peg.h"

void
ledger_modules(const struct module *out[LEDGER_MODULES_N])
{
	memcpy(out, token_modules, sizeof(token_modules));
	out[TOKEN_MODULES_N] = &peg_module;
}

const struct op_info *
modules_op_info(uint16_t number)
{
	const struct module *modules[LEDGER_MODULES_N];

	ledger_modules(modules);
	for (size_t i = 0; i < LEDGER_MODULES_N; i++) {
		for (size_t k = 0; k < modules[i]->ops_n; k++) {
			if (modules[i]->ops[k].number == number)
				return &modules[i]->ops[k];
		}
	}
	return NULL;
}
