#ifndef TALLY_CHAIN_P2P_FILTER_H
#define TALLY_CHAIN_P2P_FILTER_H
/* BIP157: the messages that carry compact block filters. Pure: bytes in, values out. A count above its limit is malformed. */
#include "chain/p2p.h"

#define P2P_FILTER_BASIC ((uint8_t)0)     /* BIP158's basic filter, the only type there is */
#define P2P_CFILTERS_MAX 1000             /* filters that one getcfilters may ask for */
#define P2P_CFHEADERS_MAX 2000            /* filter hashes that one getcfheaders may ask for */
#define P2P_CFCHECKPT_INTERVAL 1000       /* cfcheckpt gives the filter header at each multiple of this height */

/* getcfilters and getcfheaders share this form: blocks start_height to stop, both among them. */
struct p2p_getcfilters {
	uint8_t filter_type;
	uint32_t start_height;
	struct hash256 stop;
};
MUST_USE bool p2p_getcfilters_decode(struct p2p_getcfilters *out, const void *payload, size_t len);
void wr_p2p_getcfilters(struct wr *w, const struct p2p_getcfilters *m);

struct p2p_cfilter {
	uint8_t filter_type;
	struct hash256 block;
	const uint8_t *filter; /* borrowed from the payload */
	size_t filter_len;
};
MUST_USE bool p2p_cfilter_decode(struct p2p_cfilter *out, const void *payload, size_t len);
void wr_p2p_cfilter(struct wr *w, const struct p2p_cfilter *m);

struct p2p_cfheaders {
	uint8_t filter_type;
	struct hash256 stop;
	struct hash256 prev_header; /* filter header of the block before the first asked for; zeros before genesis */
	const uint8_t *hashes;      /* borrowed: n filter hashes of 32 bytes, in order of height; n <= P2P_CFHEADERS_MAX */
	size_t n;
};
MUST_USE bool p2p_cfheaders_decode(struct p2p_cfheaders *out, const void *payload, size_t len);
void wr_p2p_cfheaders(struct wr *w, const struct p2p_cfheaders *m);

struct p2p_getcfcheckpt {
	uint8_t filter_type;
	struct hash256 stop;
};
MUST_USE bool p2p_getcfcheckpt_decode(struct p2p_getcfcheckpt *out, const void *payload, size_t len);
void wr_p2p_getcfcheckpt(struct wr *w, const struct p2p_getcfcheckpt *m);

struct p2p_cfcheckpt {
	uint8_t filter_type;
	struct hash256 stop;
	const uint8_t *headers; /* borrowed: n filter headers of 32 bytes, of heights 1,000, 2,000, ... */
	size_t n;               /* honest: stop's height / P2P_CFCHECKPT_INTERVAL; as many as fit in a message decode */
};
MUST_USE bool p2p_cfcheckpt_decode(struct p2p_cfcheckpt *out, const void *payload, size_t len);
void wr_p2p_cfcheckpt(struct wr *w, const struct p2p_cfcheckpt *m);

#endif
