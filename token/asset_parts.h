#ifndef TALLY_TOKEN_ASSET_PARTS_H
#define TALLY_TOKEN_ASSET_PARTS_H
/* What asset.c and asset_change.c share; others include asset.h. */
#include "token/asset.h"

MUST_USE bool asset_name_valid(const struct op_text *t);
/* BAD_CHANGES, BAD_NOTICE. */
MUST_USE const char *asset_check_changes(const struct op_create *o);

/* SET_ISSUER, SET_DAO, SET_PARAMS, SET_NAME. */
const char *asset_apply_change(struct exec *x, const struct op *op);

#endif
