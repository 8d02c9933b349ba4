# files of bridge/peg/
noinst_HEADERS += bridge/peg/ops.h bridge/peg/params.h bridge/peg/peg.h bridge/peg/plan_tx.h bridge/peg/records.h bridge/peg/vault.h
