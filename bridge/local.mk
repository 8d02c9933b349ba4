# The daemon's parts that touch the world; one source a line.
noinst_LIBRARIES += bridge/libbridge.a
bridge_libbridge_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(QRENCODE_CFLAGS)
bridge_libbridge_a_SOURCES = \
	bridge/action_json.c bridge/action_json.h bridge/action_json_parts.h \
	bridge/action_json_validators.c bridge/action_json_validators.h \
	bridge/chain_file.c bridge/chain_file.h \
	bridge/cli_args.c bridge/cli_args.h \
	bridge/cli_client.c bridge/cli_client.h \
	bridge/cli_federation.c bridge/cli_federation.h \
	bridge/cli_genesis.c bridge/cli_genesis.h \
	bridge/cli_help.c bridge/cli_help.h \
	bridge/cli_ledger.c bridge/cli_ledger.h \
	bridge/cli_local.c bridge/cli_local.h \
	bridge/cli_validator.c bridge/cli_validator.h \
	bridge/cli_mainchain.c bridge/cli_mainchain.h \
	bridge/cli_plugin.c bridge/cli_plugin.h bridge/plugin_template.h \
	bridge/cli_print.c bridge/cli_print.h \
	bridge/complaint.c bridge/complaint.h \
	bridge/conf.c bridge/conf.h \
	bridge/cookie.c bridge/cookie.h \
	bridge/datadir.c bridge/datadir.h \
	bridge/engine.c bridge/engine.h bridge/engine_impl.h \
	bridge/engine_checks.c bridge/engine_checks.h \
	bridge/engine_solo.c bridge/engine_solo.h \
	bridge/file.c bridge/file.h \
	bridge/genesis_file.c bridge/genesis_file.h \
	bridge/genesis_names.c bridge/genesis_names.h \
	bridge/genesis_text.c \
	bridge/genesis_validators.c bridge/genesis_validators.h \
	bridge/http.c bridge/http.h \
	bridge/json_form.c bridge/json_form.h \
	bridge/json_text.c bridge/json_text.h \
	bridge/ledger_replay.c bridge/ledger_replay.h \
	bridge/mainchain.c bridge/mainchain.h \
	bridge/mainchain_db.c bridge/mainchain_db.h \
	bridge/modules.c bridge/modules.h \
	bridge/host_port.c bridge/host_port.h \
	bridge/net.c bridge/net.h bridge/net_impl.h \
	bridge/net_conn.c \
	bridge/net_dial.c \
	bridge/net_listen.c \
	bridge/net_target.c \
	bridge/net_v2.c \
	bridge/socks5.c bridge/socks5.h \
	bridge/net_range.c bridge/net_range.h \
	bridge/node.c bridge/node.h \
	bridge/node_pages.c bridge/node_pages.h \
	bridge/op_json.c bridge/op_json.h bridge/op_json_parts.h \
	bridge/op_json_asset.c \
	bridge/op_json_dao.c \
	bridge/op_json_events.c \
	bridge/op_json_make.c \
	bridge/op_json_peg.c bridge/op_json_swap.c \
	bridge/op_json_validators.c \
	bridge/op_json_sale.c \
	bridge/op_json_show.c \
	bridge/options.c bridge/options.h \
	bridge/peer_files.c bridge/peer_files.h \
	bridge/options_file.c \
	bridge/options_impl.h \
	bridge/options_table.c \
	bridge/partial_json.c bridge/partial_json.h \
	bridge/peg_json.c bridge/peg_json.h \
	bridge/progress.c bridge/progress.h \
	bridge/progress_line.c bridge/progress_line.h \
	bridge/relay_scan.c bridge/relay_scan.h \
	bridge/relay_watch.c bridge/relay_watch.h \
	bridge/relayer.c bridge/relayer.h \
	bridge/rpc.c bridge/rpc.h \
	bridge/rpc_asset.c bridge/rpc_asset.h \
	bridge/rpc_assets.c \
	bridge/rpc_asset_changes.c \
	bridge/rpc_dao.c bridge/rpc_dao.h bridge/rpc_dao_show.c \
	bridge/rpc_call.h \
	bridge/rpc_http.c bridge/rpc_http.h \
	bridge/rpc_item.c bridge/rpc_item.h \
	bridge/rpc_keys.c \
	bridge/rpc_loyalty.c \
	bridge/allowlist.c bridge/allowlist.h \
	bridge/rpc_sale.h bridge/rpc_sale_terms.c bridge/rpc_sales.c \
	bridge/rpc_rule_params.c bridge/rpc_rule_params.h \
	bridge/rpc_ledger.c \
	bridge/rpc_mainchain.c \
	bridge/account_name.c bridge/account_name.h bridge/rpc_names.c \
	bridge/rpc_partial.c bridge/rpc_partial.h \
	bridge/rpc_sign.c \
	bridge/rpc_simulate.c bridge/rpc_simulate.h \
	bridge/rpc_sponsor.c \
	bridge/rpc_methods.c bridge/rpc_methods.h \
	bridge/rpc_node.c \
	bridge/rpc_params.c \
	bridge/rpc_peg.c \
	bridge/rpc_pegin.c \
	bridge/rpc_records.c \
	bridge/rpc_server.h \
	bridge/rpc_validator.h bridge/rpc_validators.c \
	bridge/rpc_validators_write.c \
	bridge/rpc_socket.c bridge/rpc_socket.h \
	bridge/rpc_swaps.c bridge/rpc_swaps.h \
	bridge/rpc_write.c bridge/rpc_write.h \
	bridge/rpc_plugins.c \
	bridge/rule_crash.c bridge/rule_crash.h \
	bridge/rules.c bridge/rules.h \
	bridge/sandbox.c bridge/sandbox.h \
	bridge/secret_line.c bridge/secret_line.h \
	bridge/serve.c bridge/serve.h \
	bridge/sidechain.c bridge/sidechain.h \
	bridge/signer.c bridge/signer.h \
	bridge/signer_burial.c bridge/signer_burial.h \
	bridge/signer_dead.c bridge/signer_dead.h \
	bridge/signer_evidence.c bridge/signer_evidence.h \
	bridge/signer_key.c bridge/signer_key.h \
	bridge/signer_link.c bridge/signer_link.h \
	bridge/signer_log.c bridge/signer_log.h \
	bridge/signer_seat.c bridge/signer_seat.h \
	bridge/signer_serve.c bridge/signer_serve.h \
	bridge/signer_wire.c \
	bridge/snapshot_file.c bridge/snapshot_file.h \
	bridge/verify_pool.c bridge/verify_pool.h \
	bridge/version.c bridge/version.h \
	bridge/wallet.c bridge/wallet.h bridge/wallet_impl.h \
	bridge/wallet_policy.c \
	bridge/writes.c bridge/writes.h
BRIDGE_LIBS = bridge/libbridge.a $(EVENT_LIBS) $(JANSSON_LIBS)
# All that a program of the whole needs, in link order.
DAEMON_LIBS = bridge/libbridge.a $(WEB_LIBS) $(SPV_LIBS) $(PEG_LIBS) $(TOKEN_LIBS) $(CHAIN_LIBS) $(BASE_LIBS) \
	$(EVENT_LIBS) $(JANSSON_LIBS) $(SECCOMP_LIBS) $(QRENCODE_LIBS)

bin_PROGRAMS += tallyd tally tally-signer
tallyd_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tallyd_SOURCES = bridge/tallyd.c
# Rules call back into the program for the fuse (token/plugin_fuse.c).
tallyd_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tallyd_LDADD = $(DAEMON_LIBS)
tally_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tally_SOURCES = bridge/tally.c
tally_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tally_LDADD = $(DAEMON_LIBS)
tally_signer_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tally_signer_SOURCES = bridge/tally_signer.c
tally_signer_LDADD = $(DAEMON_LIBS)

# What `tally plugin new` writes.
PLUGIN_TEMPLATE = plugins/template/Makefile plugins/template/gov_mine.c plugins/template/issue_mine.c plugins/template/test_gov_mine.c \
	plugins/template/test_issue_mine.c
EXTRA_DIST += $(PLUGIN_TEMPLATE) tools/embed-text
CLEANFILES += bridge/plugin_template.c
bridge/plugin_template.c: $(PLUGIN_TEMPLATE) tools/embed-text
	$(AM_V_GEN)$(MKDIR_P) bridge && cd $(srcdir) && $(PYTHON) tools/embed-text $(PLUGIN_TEMPLATE) > $(abs_builddir)/$@.tmp && \
		mv $(abs_builddir)/$@.tmp $(abs_builddir)/$@
nodist_bridge_libbridge_a_SOURCES = bridge/plugin_template.c
