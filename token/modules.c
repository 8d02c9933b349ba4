#include "token/modules.h"

#include "token/asset.h"
#include "token/dao.h"
#include "token/item.h"
#include "token/loyalty.h"
#include "token/name.h"
#include "token/offer.h"
#include "token/sale.h"
#include "token/validator.h"

const struct module *const token_modules[TOKEN_MODULES_N] = {
	&bank_module,
	&rule_module,
	&asset_module,
	&loyalty_module,
	&sale_module,
	&offer_module,
	&item_module,
	&name_module,
	&dao_module,
	&validator_module,
};
