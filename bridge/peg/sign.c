#include "bridge/peg/sign.h"

#include <string.h>

#include "bridge/peg/peg.h"
#include "bridge/peg/plan.h"

static const char *
state_refusal(const struct plan *plan)
{
	switch (plan->state) {
	case PLAN_PLANNED:
	case PLAN_SIGNED:
		return NULL;
	case PLAN_CONFIRMED:
	case PLAN_SETTLED:
	case PLAN_FINAL:
		return "SIGN_LATE";
	case PLAN_DEAD:
		return "SIGN_DEAD";
	}
	return "SIGN_LATE";
}

static const char *
check_place(const struct exec *x, const struct plan *plan, const struct plan_version *v, const struct federation *f,
	    const struct op_sign *op)
{
	struct books b;

	books_get(&b, x->state);
	if (b.halted)
		return "PEG_HALTED";
	if (op->version + 1 != plan->versions)
		return "SIGN_OLD_VERSION";
	if (op->member >= f->n)
		return "SIGN_NOT_A_MEMBER";
	if ((v->signed_by >> op->member & 1) != 0)
		return "SIGN_TWICE";
	if ((uint32_t)__builtin_popcount(v->signed_by) >= f->k)
		return "SIGN_COMPLETE";
	if (op->n != plan->in_n)
		return "SIGN_COUNT";
	if (plan_suspended(x->state, plan))
		return "SIGN_SUSPENDED";
	return NULL;
}

static const char *
check_signatures(const struct exec *x, const struct vault *v, const struct op_sign *op)
{
	struct hash256 message[PLAN_INPUTS_MAX];
	struct plan_sheet sheet;

	if (!peg_plan_sheet(&sheet, x->state, op->plan, op->version) || !plan_messages(message, &sheet, v))
		return "SIGN_UNKNOWN_VERSION";
	for (size_t i = 0; i < op->n; i++) {
		struct schnorr_sig sig;

		memcpy(sig.b, op->sigs + 64 * i, sizeof(sig.b));
		if (!schnorr_verify(&sig, &v->federation.member[op->member].key, &message[i]))
			return "SIGN_BAD_SIGNATURE";
	}
	return NULL;
}

static void
take(struct exec *x, struct plan *plan, struct plan_version *v, const struct federation *f, const struct op_sign *op)
{
	struct relay relay;

	plan_sigs_put(x->state, op->plan, op->version, op->member, op->sigs, op->n);
	v->signed_by |= (uint32_t)1 << op->member;
	if ((uint32_t)__builtin_popcount(v->signed_by) < f->k) {
		plan_version_put(x->state, v);
		return;
	}
	relay_get(&relay, x->state);
	v->signed_at = relay.height;
	plan_version_put(x->state, v);
	plan_enter(x, plan, PLAN_SIGNED, "");
	plan_payouts_enter(x, plan, PAYOUT_SIGNED);
}

const char *
sign_apply(struct exec *x, const struct op_sign *op)
{
	struct plan_version version;
	struct plan plan;
	struct vault v;
	const char *why;

	if (!plan_get(&plan, x->state, op->plan))
		return "SIGN_UNKNOWN_PLAN";
	why = state_refusal(&plan);
	if (why != NULL)
		return why;
	if (!plan_version_get(&version, x->state, op->plan, op->version) || !peg_vault(&v, x->state, plan.epoch))
		return "SIGN_UNKNOWN_VERSION";
	why = check_place(x, &plan, &version, &v.federation, op);
	if (why == NULL)
		why = check_signatures(x, &v, op);
	if (why == NULL)
		take(x, &plan, &version, &v.federation, op);
	vault_clear(&v);
	return why;
}

bool
peg_plan_signed_tx(struct tx *out, const struct state *s, uint64_t plan, uint32_t version)
{
	struct plan_share share[PEG_MEMBERS_MAX];
	struct plan_sheet sheet;
	struct vault v;
	size_t n = 0;
	bool made;

	if (!peg_plan_sheet(&sheet, s, plan, version) || !peg_vault(&v, s, sheet.epoch))
		return false;
	for (uint8_t m = 0; m < v.federation.n; m++) {
		size_t sigs;
		const uint8_t *p = plan_sigs_get(&sigs, s, plan, version, m);

		if (p != NULL && sigs == sheet.in_n)
			share[n++] = (struct plan_share){ m, p };
	}
	made = plan_complete_transaction(out, &sheet, &v, share, n);
	vault_clear(&v);
	return made;
}
