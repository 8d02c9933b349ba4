#ifndef TALLY_TOKEN_MODULES_H
#define TALLY_TOKEN_MODULES_H
/* The ledger's own modules in the order in which their genesis and end_block run: bank, rules, assets, loyalty, sales, offers, records, names,
 * governance, validators. The peg comes after them. */
#include "token/module.h"

#define TOKEN_MODULES_N 10
extern const struct module *const token_modules[TOKEN_MODULES_N];

#endif
