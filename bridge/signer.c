/* What a signer refuses, numbered; signer_judge() goes through them in this order:
 *
 * S1 a sheet of another federation or epoch, or one whose transaction cannot be rebuilt
 * S2 inputs that do not cover the outputs, one that stands twice, a fee rate above the signer's own limit
 * S3 a payout without its owner's signed order for exactly this amount and script (an output is thus a payout or the vault)
 * S4 a plan that was proven dead; an input that was signed for in another plan; another content under a plan's number; another transaction under a version's
 * S5 a payout that was signed for in another plan, or stands twice in this one
 * S6 gross outflow of the window, or what its plans paid in fees, above the signer's own limit
 *
 * The log entry is on disk before a signature exists. */
#include "bridge/signer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "token/transaction.h"

#define EVIDENCE_MAX PLAN_PAYOUTS_MAX

struct signer {
	struct secret_key *secret; /* locked memory */
	struct vault vault;
	struct hash256 genesis_id;
	uint8_t member;
	uint32_t tx_version;
	struct dead_rules dead_rules;
	struct signer_limits limits;
	struct signer_log *log; /* owned */
};

struct plan_request {
	uint32_t height;
	struct plan_sheet sheet;
	size_t n;
	struct signer_evidence evidence[EVIDENCE_MAX];
	/* worked out by the signer */
	struct tx tx;                              /* owned */
	struct hash256 txid, content;
	struct payout_origin origin[EVIDENCE_MAX]; /* found by signer_judge() */
	uint64_t gross, fee;
};

struct signer_limits
signer_limits_default(const struct peg_params *p)
{
	bool regtest = strcmp(p->chain->name, "regtest") == 0;

	return (struct signer_limits){
		.max_rate = 500000,
		.max_outflow = p->outflow_cap,
		.window_blocks = p->cap_window,
		.window_seconds = regtest ? 0 : (int64_t)p->cap_window * 600,
	};
}

static bool
find_member(uint8_t *out, const struct federation *f, const struct secret_key *secret)
{
	struct xonly_key key;

	if (!xonly_from_secret(&key, secret))
		return false;
	for (size_t i = 0; i < f->n; i++) {
		if (xonly_eq(&f->member[i].key, &key)) {
			*out = (uint8_t)i;
			return true;
		}
	}
	return false;
}

struct signer *
signer_new(const char **why, const struct peg_params *p, const struct federation *f, const struct hash256 *genesis_id,
	   const struct secret_key *secret, const struct signer_limits *limits, struct signer_log *log)
{
	struct signer *s = mem_new(1, sizeof(*s));

	s->log = log;
	s->secret = mem_new(1, sizeof(*s->secret));
	s->limits = *limits;
	s->genesis_id = *genesis_id;
	s->tx_version = p->plan_tx_version;
	dead_rules_init(&s->dead_rules, p);
	*why = NULL;
	if (!find_member(&s->member, f, secret))
		*why = "this key is not a member's of the federation in the genesis file";
	else if (mlock(s->secret, sizeof(*s->secret)) != 0)
		*why = "the key cannot be locked in memory (see ulimit -l)";
	else if (!vault_init(&s->vault, f, p, genesis_id))
		*why = "a key of the federation is not on the curve";
	if (*why != NULL) {
		signer_free(s);
		return NULL;
	}
	*s->secret = *secret;
	return s;
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	mem_wipe(s->secret, sizeof(*s->secret));
	munlock(s->secret, sizeof(*s->secret));
	free(s->secret);
	vault_clear(&s->vault);
	signer_log_close(s->log);
	free(s);
}

uint8_t
signer_member(const struct signer *s)
{
	return s->member;
}

const char *
signer_name(const struct signer *s)
{
	return s->vault.federation.member[s->member].name;
}

static void
wr_refusal(struct wr *out, const char *reason)
{
	wr_u8(out, 1);
	wr_varbytes(out, reason, strlen(reason));
}

/* The same for all versions of a plan: kind, inputs, payouts, anchor. */
static void
sheet_content(struct hash256 *out, const struct plan_sheet *s)
{
	struct wr w = { 0 };

	wr_u8(&w, (uint8_t)s->kind);
	wr_u32(&w, s->epoch);
	wr_compactsize(&w, s->in_n);
	for (size_t i = 0; i < s->in_n; i++)
		wr_outpoint(&w, &s->in[i].prevout);
	wr_compactsize(&w, s->pay_n);
	for (size_t i = 0; i < s->pay_n; i++) {
		wr_u64(&w, s->pay[i].payout);
		wr_u64(&w, s->pay[i].amount);
		wr_varbytes(&w, s->pay[i].script, s->pay[i].script_len);
	}
	wr_u64(&w, s->anchor_height);
	wr_hash256(&w, &s->anchor_hash);
	sha256_tagged(out, "tally/plancontent", w.p, w.len);
	wr_clear(&w);
}

/* Inputs, payouts and change of a sheet; false when a sum leaves the coins there can be. */
static bool
sheet_sums(uint64_t *in, uint64_t *gross, uint64_t *out, const struct plan_sheet *s)
{
	*in = *gross = *out = 0;
	for (size_t i = 0; i < s->in_n; i++) {
		if (s->in[i].value > COIN_MAX - *in)
			return false;
		*in += s->in[i].value;
	}
	for (size_t i = 0; i < s->pay_n; i++) {
		if (s->pay[i].amount > COIN_MAX - *gross)
			return false;
		*gross += s->pay[i].amount;
	}
	*out = *gross;
	for (size_t i = 0; i < s->change_n; i++) {
		if (s->change[i] > COIN_MAX - *out)
			return false;
		*out += s->change[i];
	}
	return true;
}

/* S2 */
static const char *
judge_fee(const struct signer *s, struct plan_request *q)
{
	const struct plan_sheet *sheet = &q->sheet;
	uint64_t in, out;

	for (size_t i = 0; i < sheet->in_n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (outpoint_eq(&sheet->in[i].prevout, &sheet->in[j].prevout))
				return "INPUT_TWICE";
		}
	}
	if (!sheet_sums(&in, &q->gross, &out, sheet) || in <= out)
		return "BAD_SUMS";
	q->fee = in - out;
	return q->fee > plan_fee(plan_weight(sheet, &s->vault), s->limits.max_rate) ? "FEE_TOO_HIGH" : NULL;
}

/* S3: the order behind one payout. */
static const char *
judge_order(struct payout_origin *origin, const struct signer *s, const struct plan_pay *pay, const struct signer_evidence *e)
{
	struct transaction t;
	struct op_payout order;
	const char *why = transaction_decode(&t, e->transaction, e->len);

	if (why != NULL)
		return "BAD_ORDER";
	if (t.relay || e->op >= t.ops_n || t.ops[e->op].number != PEG_PAYOUT ||
	    !op_payout_decode(&order, t.ops[e->op].payload, t.ops[e->op].payload_len))
		why = "BAD_ORDER";
	else if (amount_units(order.amount) != pay->amount || order.script_len != pay->script_len ||
		 memcmp(order.script, pay->script, pay->script_len) != 0)
		why = "FOREIGN_OUTPUT";
	else if (transaction_verify(&t, &s->genesis_id) != NULL)
		why = "ORDER_NOT_SIGNED";
	transaction_id(&origin->transaction, &t);
	origin->op = e->op;
	transaction_clear(&t);
	return why;
}

static const char *
judge_orders(const struct signer *s, struct plan_request *q)
{
	if (q->n != q->sheet.pay_n)
		return "FOREIGN_OUTPUT";
	for (size_t i = 0; i < q->n; i++) {
		const char *why = q->evidence[i].payout != q->sheet.pay[i].payout
					  ? "FOREIGN_OUTPUT"
					  : judge_order(&q->origin[i], s, &q->sheet.pay[i], &q->evidence[i]);

		if (why != NULL)
			return why;
	}
	return NULL;
}

/* S4 */
static const char *
judge_inputs(const struct signer *s, const struct plan_request *q)
{
	const struct plan_sheet *sheet = &q->sheet;
	struct hash256 before;

	if (signer_log_is_dead(s->log, sheet->plan))
		return "PLAN_DEAD";
	if (signer_log_plan(&before, s->log, sheet->plan) && !hash256_eq(&before, &q->content))
		return "PLAN_CHANGED";
	if (signer_log_version(&before, s->log, sheet->plan, sheet->version) && !hash256_eq(&before, &q->txid))
		return "VERSION_CHANGED";
	for (size_t i = 0; i < sheet->in_n; i++) {
		uint64_t plan;

		if (signer_log_input(&plan, s->log, &sheet->in[i].prevout) && plan != sheet->plan)
			return "INPUT_SIGNED_BEFORE";
	}
	return NULL;
}

/* S5 */
static const char *
judge_payouts(const struct signer *s, const struct plan_request *q)
{
	for (size_t i = 0; i < q->n; i++) {
		uint64_t plan;

		if (signer_log_payout(&plan, s->log, &q->origin[i]) && plan != q->sheet.plan)
			return "PAYOUT_SIGNED_BEFORE";
		for (size_t j = 0; j < i; j++) {
			if (q->origin[i].op == q->origin[j].op && hash256_eq(&q->origin[i].transaction, &q->origin[j].transaction))
				return "PAYOUT_TWICE";
		}
	}
	return NULL;
}

static bool
over_limit(uint64_t spent, uint64_t more, uint64_t limit)
{
	return spent > limit || more > limit - spent;
}

/* S6: fees have a sum of their own, so that a plan that reaches the cap exactly can be signed, and sweeps go on when it is reached. */
static const char *
judge_outflow(const struct signer *s, const struct plan_request *q, struct unixtime now)
{
	const struct signer_limits *l = &s->limits;
	uint64_t limit = amount_units(l->max_outflow);
	struct hash256 before;

	if (over_limit(signer_log_fees(s->log, q->sheet.plan, q->height, now, l->window_blocks, l->window_seconds), q->fee, limit))
		return "FEES_LIMIT";
	if (signer_log_plan(&before, s->log, q->sheet.plan))
		return NULL; /* another version of what was counted */
	if (over_limit(signer_log_outflow(s->log, q->height, now, l->window_blocks, l->window_seconds), q->gross, limit))
		return "OUTFLOW_LIMIT";
	return NULL;
}

static const char *
signer_judge(const struct signer *s, struct plan_request *q, struct unixtime now)
{
	const char *why;

	if (q->sheet.epoch != s->vault.federation.epoch || q->sheet.tx_version != s->tx_version) /* S1 */
		return "OTHER_FEDERATION";
	why = judge_fee(s, q);
	if (why == NULL)
		why = judge_orders(s, q);
	if (why == NULL)
		why = judge_inputs(s, q);
	if (why == NULL)
		why = judge_payouts(s, q);
	if (why == NULL)
		why = judge_outflow(s, q, now);
	return why;
}

static bool
plan_request_decode(struct plan_request *q, struct rd *r)
{
	const uint8_t *sheet;
	size_t len;

	q->height = rd_u32(r);
	sheet = rd_varbytes(r, &len, SIGNER_FRAME_MAX);
	if (sheet == NULL || !plan_sheet_decode(&q->sheet, sheet, len))
		return false;
	q->n = rd_count(r, 13);
	if (q->n > EVIDENCE_MAX)
		return false;
	for (size_t i = 0; i < q->n; i++) {
		q->evidence[i].payout = rd_u64(r);
		q->evidence[i].op = rd_u32(r);
		q->evidence[i].transaction = rd_varbytes(r, &q->evidence[i].len, TRANSACTION_BYTES_MAX);
	}
	return rd_done(r);
}

/* Unless it is a repetition of what stands there. */
static bool
write_log(struct signer *s, const struct plan_request *q, struct unixtime now)
{
	struct outpoint in[PLAN_INPUTS_MAX];
	struct signer_entry entry = { .plan = q->sheet.plan, .version = q->sheet.version, .txid = q->txid, .content = q->content,
				      .height = q->height, .time = now, .gross = q->gross, .fee = q->fee,
				      .in_n = q->sheet.in_n, .in = in, .payouts_n = q->n, .payouts = q->origin };
	struct hash256 before;

	if (signer_log_version(&before, s->log, entry.plan, entry.version))
		return true; /* the same transaction: S4 */
	for (size_t i = 0; i < q->sheet.in_n; i++)
		in[i] = q->sheet.in[i].prevout;
	return signer_log_append(s->log, &entry) == SIGNER_LOG_OK;
}

/* Write the log, then sign. */
static const char *
sign_plan(struct wr *out, struct signer *s, const struct plan_request *q, struct unixtime now, const uint8_t *aux)
{
	struct hash256 message[PLAN_INPUTS_MAX];
	struct schnorr_sig sig[PLAN_INPUTS_MAX];

	if (!plan_messages(message, &q->sheet, &s->vault))
		return "BAD_PLAN";
	if (!write_log(s, q, now))
		return "LOG_NOT_WRITTEN";
	for (size_t i = 0; i < q->sheet.in_n; i++) {
		if (!schnorr_sign(&sig[i], s->secret, &message[i], aux))
			return "SIGNING_FAILED";
	}
	wr_u8(out, 0);
	wr_compactsize(out, q->sheet.in_n);
	for (size_t i = 0; i < q->sheet.in_n; i++)
		wr_bytes(out, sig[i].b, sizeof(sig[i].b));
	return NULL;
}

static const char *
handle_plan(struct wr *out, struct signer *s, struct rd *r, struct unixtime now, const uint8_t *aux)
{
	struct plan_request *q = mem_new(1, sizeof(*q)); /* tens of kilobytes: not for the stack */
	const char *why;

	if (!plan_request_decode(q, r)) {
		why = "BAD_REQUEST";
	} else if (!plan_transaction(&q->tx, &q->sheet, &s->vault)) {
		why = "BAD_PLAN";
	} else {
		tx_txid(&q->txid, &q->tx);
		sheet_content(&q->content, &q->sheet);
		why = signer_judge(s, q, now);
		if (why == NULL)
			why = sign_plan(out, s, q, now, aux);
	}
	tx_clear(&q->tx);
	free(q);
	return why;
}

static const char *
handle_hello(struct wr *out, const struct signer *s, struct rd *r)
{
	struct hash256 id;

	rd_hash256(r, &id);
	if (!rd_done(r))
		return "BAD_REQUEST";
	if (!hash256_eq(&id, &s->genesis_id))
		return "OTHER_GENESIS";
	wr_u8(out, 0);
	wr_u8(out, s->member);
	wr_xonly(out, &s->vault.federation.member[s->member].key);
	wr_u32(out, s->limits.max_rate);
	return NULL;
}

static const char *
sign_message(struct wr *out, const struct signer *s, const struct hash256 *message, const uint8_t *aux)
{
	struct schnorr_sig sig;

	if (!schnorr_sign(&sig, s->secret, message, aux))
		return "SIGNING_FAILED";
	wr_u8(out, 0);
	wr_compactsize(out, 1);
	wr_bytes(out, sig.b, sizeof(sig.b));
	return NULL;
}

static const char *
handle_feerate(struct wr *out, const struct signer *s, struct rd *r, const uint8_t *aux)
{
	struct op_feerate op = { .rate = rd_u32(r), .mark = { .epoch = rd_u32(r), .member = s->member } };
	struct hash256 message;

	op.mark.counter = rd_u64(r);
	if (!rd_done(r))
		return "BAD_REQUEST";
	if (op.mark.epoch != s->vault.federation.epoch)
		return "OTHER_FEDERATION";
	if (op.rate > s->limits.max_rate)
		return "FEE_TOO_HIGH";
	feerate_message(&message, &s->genesis_id, &op);
	return sign_message(out, s, &message, aux);
}

static const char *
handle_intent(struct wr *out, const struct signer *s, struct rd *r, const uint8_t *aux)
{
	struct op_intent op = { .mark = { .epoch = s->vault.federation.epoch, .member = s->member, .counter = rd_u64(r) } };
	struct hash256 message;

	rd_deposit_terms(r, &op.terms);
	if (!rd_done(r))
		return "BAD_REQUEST";
	if (op.terms.epoch != s->vault.federation.epoch)
		return "OTHER_FEDERATION";
	intent_message(&message, &s->genesis_id, &op);
	return sign_message(out, s, &message, aux);
}

static const char *
judge_dead(struct signer *s, const struct dead_claim *c, struct unixtime now)
{
	struct hash256 before, content, spender;
	const char *why;

	if (!signer_log_plan(&before, s->log, c->sheet.plan))
		return "PLAN_UNKNOWN";
	sheet_content(&content, &c->sheet);
	if (!hash256_eq(&before, &content))
		return "PLAN_CHANGED";
	why = dead_claim_judge(&spender, c, &s->dead_rules, &s->vault);
	if (why != NULL || signer_log_is_dead(s->log, c->sheet.plan))
		return why;
	return signer_log_dead(s->log, c->sheet.plan, &spender, now) == SIGNER_LOG_OK ? NULL : "LOG_NOT_WRITTEN";
}

static const char *
handle_dead(struct wr *out, struct signer *s, struct rd *r, struct unixtime now)
{
	struct dead_claim *c = mem_new(1, sizeof(*c));
	const char *why = dead_claim_decode(c, r) ? judge_dead(s, c, now) : "BAD_REQUEST";

	if (why == NULL)
		wr_u8(out, 0);
	free(c);
	return why;
}

void
signer_handle(struct wr *out, struct signer *s, const void *request, size_t len, struct unixtime now, const uint8_t aux[32])
{
	struct rd r = rd_init(request, len);
	size_t start = out->len;
	const char *why;

	switch (rd_u8(&r)) {
	case SIGNER_HELLO:
		why = handle_hello(out, s, &r);
		break;
	case SIGNER_PLAN:
		why = handle_plan(out, s, &r, now, aux);
		break;
	case SIGNER_FEERATE:
		why = handle_feerate(out, s, &r, aux);
		break;
	case SIGNER_INTENT:
		why = handle_intent(out, s, &r, aux);
		break;
	case SIGNER_DEAD:
		why = handle_dead(out, s, &r, now);
		break;
	default:
		why = "BAD_REQUEST";
	}
	if (why != NULL) {
		out->len = start;
		wr_refusal(out, why);
	}
}
