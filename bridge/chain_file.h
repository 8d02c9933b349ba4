#ifndef TALLY_BRIDGE_CHAIN_FILE_H
#define TALLY_BRIDGE_CHAIN_FILE_H
/* Parameters of a chain of one's own from a file (doc/chain.conf.example tells each key): any chain with Bitcoin's blocks and double-SHA256
 * work. Lines of `key = value`, without sections. Its network is called NAME-XXXXXXXX, where the eight digits are the digest of all that
 * decides which of its blocks are valid: daemons with other parameters don't take each other's genesis files. */
#include "bridge/complaint.h"
#include "chain/params.h"

#define CHAIN_FILE_BYTES_MAX 100000
#define CHAIN_FILE_NAME_MAX (CHAIN_NAME_MAX - 9) /* what the file may call it */
#define CHAIN_HRP_MAX 83

struct chain_file {
	struct chain_params params; /* borrows from the rest */
	char name[CHAIN_NAME_MAX + 1], hrp[CHAIN_HRP_MAX + 1];
	uint8_t *challenge; /* owned; NULL for none */
};

/* On failure nothing is owned, and *why says what to mend in which line. The record must stay where it is. */
MUST_USE bool chain_file_parse(struct chain_file *out, struct complaint *why, const char *text, size_t len);
void chain_file_clear(struct chain_file *f);

/* Read a file and make its network known to chain_params_find() until the process ends. NULL with *why when refused. */
MUST_USE const struct chain_params *chain_file_use(struct complaint *why, const char *path);

#endif
