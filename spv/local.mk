# The light client: a pure core, and stores that touch the disk.
noinst_LIBRARIES += spv/libspv.a
spv_libspv_a_CPPFLAGS = $(AM_CPPFLAGS)
spv_libspv_a_SOURCES = \
	spv/address_book.c spv/address_book.h \
	spv/address_store.c spv/address_store.h \
	spv/ban_list.c spv/ban_list.h \
	spv/evidence_store.c spv/evidence_store.h \
	spv/splitmix.h \
	spv/connect.c spv/connect.h \
	spv/gossip.c \
	spv/inbound.c \
	spv/seeding.c \
	spv/seeds.c spv/seeds.h \
	spv/best_chain.c spv/best_chain.h \
	spv/broadcast.c \
	spv/core.h \
	spv/download.c \
	spv/filter_chain.c spv/filter_chain.h \
	spv/filter_dispute.c \
	spv/filter_headers.c \
	spv/filter_jobs.c \
	spv/filter_rescan.c \
	spv/filter_scan.c \
	spv/filter_store.c spv/filter_store.h \
	spv/filter_turn.c \
	spv/filter_watch.c \
	spv/filters.h \
	spv/header_journal.c \
	spv/header_query.c \
	spv/flat_file.c spv/flat_file.h \
	spv/header_store.c spv/header_store.h \
	spv/header_tree.c spv/header_tree.h \
	spv/header_tree_impl.h \
	spv/jobs.c \
	spv/low_work.c \
	spv/peer.c \
	spv/presync.c spv/presync.h \
	spv/query.c \
	spv/side_store.c spv/side_store.h \
	spv/spv.c spv/spv.h \
	spv/stale.c \
	spv/sync.c
SPV_LIBS = spv/libspv.a
