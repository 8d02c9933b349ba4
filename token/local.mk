# files of token/
noinst_LIBRARIES += token/libtoken.a
token_libtoken_a_SOURCES =
token_libtoken_a_SOURCES += token/account.c token/account.h
token_libtoken_a_SOURCES += token/account_text.c
token_libtoken_a_SOURCES += token/bank.c token/bank.h
token_libtoken_a_SOURCES += token/ledger.c token/ledger.h token/ledger_impl.h
token_libtoken_a_SOURCES += token/ledger_block.c
token_libtoken_a_SOURCES += token/ledger_run.c
token_libtoken_a_SOURCES += token/module.c token/module.h
token_libtoken_a_SOURCES += token/partial.c token/partial.h
token_libtoken_a_SOURCES += token/snapshot.c token/snapshot.h
token_libtoken_a_SOURCES += token/state.c token/state.h
token_libtoken_a_SOURCES += token/state_index.c token/state_index.h
token_libtoken_a_SOURCES += token/state_proof.c token/state_proof.h
token_libtoken_a_SOURCES += token/state_tree.c token/state_tree.h
token_libtoken_a_SOURCES += token/store.c token/store.h token/store_impl.h
token_libtoken_a_SOURCES += token/store_read.c
token_libtoken_a_SOURCES += token/store_write.c
token_libtoken_a_SOURCES += token/transaction.c token/transaction.h
token_libtoken_a_SOURCES += token/verified.c token/verified.h
TOKEN_LIBS = token/libtoken.a -ldl
include token/rules.mk
