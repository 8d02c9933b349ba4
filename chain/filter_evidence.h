#ifndef TALLY_CHAIN_FILTER_EVIDENCE_H
#define TALLY_CHAIN_FILTER_EVIDENCE_H
/* What a block says about a compact filter that a peer gave for it. Peers that disagree about a filter are told apart by
 * the block itself, never by their number.
 *
 * Let O be the output scripts that count (BIP158: the coinbase's too, none empty, none that begins with OP_RETURN), I the
 * scripts of spent outputs that are certain, u the number of inputs whose spent script isn't. An honest filter of N items
 * matches all of O and I, and |O and I together| <= N <= |O and I together| + u, counting each script once; with u = 0 it
 * can be rebuilt bit for bit.
 *
 * Certain is a script made in this very block, or known to the caller, or that of P2SH around a witness program: BIP141
 * lets an input have both a witness and a script_sig only if the latter is exactly the push of the program whose hash160
 * the spent script holds. A script derived otherwise from script_sig or witness is a guess: spends exist that derive the
 * wrong one. A guess never proves a lie; that no guess for an input is in the filter leaves the matter unsettled. */
#include "chain/filter.h"

enum filter_verdict {
	FILTER_HONEST,    /* nothing that the block shows speaks against it; it is *the* filter if filter_evidence_complete() */
	FILTER_LIE,       /* proven: no honest peer has this filter for this block */
	FILTER_UNSETTLED, /* no proof, but the script that an input seems to spend is not in it: treat the block as matched */
};

/* The script of a spent output if the caller knows it for certain: *script is borrowed and outlives the evidence. False if
 * not known. */
typedef bool filter_prevout_fn(void *context, const struct outpoint *spent, struct filter_item *script);

struct filter_evidence; /* opaque */

/* Gather a block's evidence once for any number of filters. b has passed block_check() and outlives the evidence; known
 * may be NULL. Owned by the caller. */
MUST_USE struct filter_evidence *filter_evidence_new(const struct block *b, filter_prevout_fn *known, void *context);
void filter_evidence_free(struct filter_evidence *e);

/* |O and I together|, and u. */
size_t filter_evidence_certain(const struct filter_evidence *e);
size_t filter_evidence_unknown(const struct filter_evidence *e);

/* u = 0: the filter follows from the block. */
MUST_USE bool filter_evidence_complete(const struct filter_evidence *e);
/* Append the one honest filter; only if complete. */
void filter_evidence_rebuild(struct wr *w, const struct filter_evidence *e);

/* Judge one filter, any bytes at all. *why (may be NULL) gets the clause that decided, for a log. */
MUST_USE enum filter_verdict filter_evidence_judge(const struct filter_evidence *e, const char **why, const uint8_t *filter,
						   size_t len);

enum filter_dispute {
	DISPUTE_NONE, /* the two are the same */
	DISPUTE_FIRST_LIES,
	DISPUTE_SECOND_LIES,
	DISPUTE_BOTH_LIE,
	DISPUTE_UNSETTLED, /* neither is proven a lie: ban nobody, treat the block as matched */
};
/* Judge two competing filters. *why (may be NULL) is about the first that lies, or says what is not settled. */
MUST_USE enum filter_dispute filter_evidence_decide(const struct filter_evidence *e, const char **why, const uint8_t *first,
						    size_t first_len, const uint8_t *second, size_t second_len);

#endif
