/* The daemon's side of the signer's wire (signer.h has the format). */
#include <stdio.h>
#include <string.h>

#include "bridge/signer.h"

void
wr_signer_hello(struct wr *w, const struct hash256 *genesis_id)
{
	wr_u8(w, SIGNER_HELLO);
	wr_hash256(w, genesis_id);
}

void
wr_signer_plan(struct wr *w, uint32_t height, const struct plan_sheet *sheet, const struct signer_evidence *evidence, size_t n)
{
	struct wr bytes = { 0 };

	wr_plan_sheet(&bytes, sheet);
	wr_u8(w, SIGNER_PLAN);
	wr_u32(w, height);
	wr_varbytes(w, bytes.p, bytes.len);
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		wr_u64(w, evidence[i].payout);
		wr_u32(w, evidence[i].op);
		wr_varbytes(w, evidence[i].transaction, evidence[i].len);
	}
	wr_clear(&bytes);
}

void
wr_signer_feerate(struct wr *w, uint32_t epoch, uint64_t counter, uint32_t rate)
{
	wr_u8(w, SIGNER_FEERATE);
	wr_u32(w, rate);
	wr_u32(w, epoch);
	wr_u64(w, counter);
}

void
wr_signer_intent(struct wr *w, uint64_t counter, const struct deposit_terms *terms)
{
	wr_u8(w, SIGNER_INTENT);
	wr_u64(w, counter);
	wr_deposit_terms(w, terms);
}

void
wr_signer_dead(struct wr *w, const struct dead_claim *c)
{
	wr_u8(w, SIGNER_DEAD);
	wr_dead_claim(w, c);
}

/* Read the first byte; on a refusal, its reason. Reasons are printable names: anything else is shown as a bad answer. */
static bool
answer_ok(struct rd *r, char *reason, size_t reason_len)
{
	uint8_t status = rd_u8(r);
	const uint8_t *text;
	size_t len;

	snprintf(reason, reason_len, "BAD_ANSWER");
	if (status == 0)
		return rd_ok(r);
	text = rd_varbytes(r, &len, 64);
	if (status != 1 || !rd_done(r))
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((text[i] < 'A' || text[i] > 'Z') && text[i] != '_' && (text[i] < '0' || text[i] > '9'))
			return false;
	}
	snprintf(reason, reason_len, "%.*s", (int)len, (const char *)text);
	return false;
}

bool
signer_hello_answer(struct signer_hello *out, char *reason, size_t reason_len, const void *answer, size_t len)
{
	struct rd r = rd_init(answer, len);
	struct signer_hello h;

	if (!answer_ok(&r, reason, reason_len))
		return false;
	h.member = rd_u8(&r);
	rd_xonly(&r, &h.key);
	h.max_rate = rd_u32(&r);
	if (!rd_done(&r))
		return false;
	*out = h;
	return true;
}

bool
signer_plain_answer(char *reason, size_t reason_len, const void *answer, size_t len)
{
	struct rd r = rd_init(answer, len);

	return answer_ok(&r, reason, reason_len) && rd_done(&r);
}

bool
signer_sigs_answer(const uint8_t **sigs, size_t n, char *reason, size_t reason_len, const void *answer, size_t len)
{
	struct rd r = rd_init(answer, len);
	const uint8_t *p;

	if (!answer_ok(&r, reason, reason_len) || rd_count(&r, 64) != n)
		return false;
	p = rd_take(&r, 64 * n);
	if (!rd_done(&r))
		return false;
	*sigs = p;
	return true;
}
