# assets, loyalty, sales, governance and the plugin host
token_libtoken_a_SOURCES += \
	token/action.h \
	token/allow_list.c token/allow_list.h \
	token/asset.c token/asset.h token/asset_change.c token/asset_parts.h token/asset_record.c \
	token/dao.c token/dao.h token/dao_action.c token/dao_changes.c token/dao_changes.h token/dao_invariants.c token/dao_parts.h token/dao_proposal.c token/dao_record.c token/dao_vote.c \
	token/holding.c token/holding.h \
	token/issue.c token/issue.h \
	token/lot.c token/lot.h token/lot_parts.h token/lot_record.c \
	token/loyalty.c token/loyalty.h \
	token/modules.c token/modules.h \
	token/item.c token/item.h \
	token/name.c token/name.h \
	token/offer.c token/offer.h token/offer_parts.h token/offer_record.c \
	token/ops.h token/ops_asset.c token/ops_dao.c \
	token/ops_sale.c token/ops_sale.h \
	token/ops_name.c token/ops_name.h token/ops_record.c token/ops_record.h token/ops_swap.c token/ops_swap.h \
	token/plugin_elf.c token/plugin_elf.h token/plugin_elf_dynamic.c token/plugin_elf_parts.h \
	token/param.c token/param.h \
	token/plugin_fuse.c token/plugin_fuse.h \
	token/plugin_image.c token/plugin_image.h \
	token/plugin_host.c token/plugin_host.h token/plugin_note.h token/plugin_run.h token/plugin_services.c \
	token/plugin_script.c token/plugin_vectors.c token/plugin_vectors.h \
	token/plugin_loader.c token/plugin_loader.h \
	token/receipt.c token/receipt.h \
	token/rule.c token/rule.h token/rule_code.c token/rule_parts.h \
	token/sale.c token/sale.h token/sale_check.c token/sale_end.c token/sale_hold.c token/sale_parts.h token/sale_record.c \
	token/statekey.c token/statekey.h \
	token/votes.c token/votes.h
# validators
token_libtoken_a_SOURCES += \
	token/ops_validator.c token/ops_validator.h \
	token/validator.c token/validator.h token/validator_action.c token/validator_bond.c token/validator_check.c token/validator_epoch.c token/validator_evidence.c \
	token/validator_genesis.c token/validator_parts.h token/validator_record.c token/validator_set.c token/validator_store.c
