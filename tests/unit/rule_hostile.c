/* A rule that misbehaves on demand: the first byte of its parameters says how. Built as a library with a rule's flags, and compiled in. */
#include "plugins/plugin.h"
#include "tests/unit/rule_hostile.h"

enum { ASKED_TO_REFUSE = 1 };

static const char *const reasons[] = { "ASKED_TO_REFUSE", NULL };

static unsigned
deeper(unsigned n)
{
	volatile unsigned char room[512];

	room[n % sizeof(room)] = (unsigned char)n;
	return n == UINT32_MAX ? 0 : deeper(n + 1) + room[n % sizeof(room)];
}

static int32_t
use_storage(struct tally_ctx *c)
{
	uint8_t value[8], key[TALLY_KEY_MAX];
	size_t len = sizeof(value), key_len = 0;
	const struct tally_services *h = c->host;

	if (h->kv_put(c, "a", 1, "1", 1) || h->kv_put(c, "ab", 2, "2", 1) || h->kv_put(c, "b", 1, "345", 3) || h->kv_put(c, "b", 1, NULL, 0))
		return 1;
	if (h->kv_get(c, value, &len, "ab", 2) || len != 1 || value[0] != '2')
		return 1;
	len = 0;
	if (!h->kv_get(c, value, &len, "ab", 2)) /* no room */
		return 1;
	len = sizeof(value);
	if (!h->kv_get(c, value, &len, "b", 1) || !h->kv_get(c, value, &len, "", 0))
		return 1;
	if (h->kv_next(c, key, &key_len) || key_len != 1 || key[0] != 'a')
		return 1;
	if (h->kv_next(c, key, &key_len) || key_len != 2 || key[1] != 'b')
		return 1;
	if (!h->kv_next(c, key, &key_len))
		return 1;
	return !h->kv_put(c, key, 65, "1", 1) || !h->kv_put(c, "a", 1, key, 1025);
}

static int32_t
use_services(struct tally_ctx *c, const struct tally_issue_op *op)
{
	const struct tally_services *h = c->host;
	struct tally_lot lot;
	uint8_t digest[32];
	uint64_t v;
	uint8_t *p;

	if (h->supply(c, &v) || h->balance(c, &v, &op->source) || h->emit(c, "HELLO", "x", 1))
		return 1;
	if (!h->lots(c, &lot, &op->source, 0) || !h->past_votes(c, &v, &op->source) || !h->past_supply(c, &v))
		return 1;
	if (!h->emit(c, "lower", "x", 1) || !h->emit(c, "", "x", 1) || !h->emit(c, "LONG", digest, 201))
		return 1;
	if (h->muldiv(c, &v, INT64_MAX, INT64_MAX, INT64_MAX, TALLY_UP) || v != INT64_MAX || !h->muldiv(c, &v, 1, 1, 0, TALLY_UP) ||
	    !h->muldiv(c, &v, INT64_MAX, 2, 1, TALLY_UP) || v != 0 || h->muldiv(c, &v, 7, 3, 4, TALLY_UP) || v != 6)
		return 1;
	h->sha256(c, digest, "abc", 3);
	p = h->alloc(c, 100);
	return digest[0] != 0xba || p[99] != 0 || (uintptr_t)h->alloc(c, 1) % 16 != 0;
}

/* The effect that the host must not apply. */
static void
bad_effect(struct tally_effects *out, enum hostile how, const struct tally_issue_op *op)
{
	struct tally_effect *e = &out->list[0];

	out->n = 1;
	*e = (struct tally_effect){ .kind = TALLY_EFFECT_MINT, .to = op->to, .from = op->source, .amount = op->amount, .expires_at = TALLY_NEVER };
	if (how == HOSTILE_MINT_TWICE) {
		out->n = 2;
		out->list[1] = *e;
		out->list[1].amount = op->asset.cap;
	}
	if (how == HOSTILE_BURN_OTHERS || how == HOSTILE_MOVE_OTHERS || how == HOSTILE_TAKE_COIN) {
		e->kind = how == HOSTILE_BURN_OTHERS ? TALLY_EFFECT_BURN : TALLY_EFFECT_MOVE;
		e->from = op->to;
		e->to = op->source;
		e->coin = how == HOSTILE_TAKE_COIN;
	}
	if (how == HOSTILE_MOVE_OWN)
		e->kind = TALLY_EFFECT_MOVE;
	if (how == HOSTILE_COIN_OVER_LIMIT) {
		e->kind = TALLY_EFFECT_MOVE;
		e->coin = 1;
		e->amount = op->coin_max + 1;
	}
	if (how == HOSTILE_COIN_WITHIN_LIMIT) {
		e->kind = TALLY_EFFECT_MOVE;
		e->coin = 1;
		e->amount = op->coin_max;
	}
	if (how == HOSTILE_MANY_EFFECTS)
		out->n = TALLY_EFFECTS_MAX + 1;
	if (how == HOSTILE_UNKNOWN_EFFECT)
		e->kind = 9;
	if (how == HOSTILE_ZERO)
		e->amount = 0;
	if (how == HOSTILE_HUGE)
		e->amount = (uint64_t)INT64_MAX + 1;
	if (how == HOSTILE_ODD_ACCOUNT)
		e->to.type = 7;
	if (how == HOSTILE_TO_MODULE)
		e->to.type = 2;
	if (how == HOSTILE_DATES)
		e->expires_at = 1;
	if (how == HOSTILE_RECEIPT)
		e->receipt[0] = 1;
	if (how == HOSTILE_BURN_RECEIPT)
		e->kind = TALLY_EFFECT_BURN_RECEIPT;
	if (how == HOSTILE_COIN_MINT)
		e->coin = 1;
}

/* What an honest rule would answer, and that spoilt. */
static void
answer(struct tally_effects *out, enum hostile how, const struct tally_issue_op *op)
{
	static const uint32_t kinds[] = {
		[TALLY_OP_MINT] = TALLY_EFFECT_MINT,   [TALLY_OP_BURN] = TALLY_EFFECT_BURN,           [TALLY_OP_TRANSFER] = TALLY_EFFECT_MOVE,
		[TALLY_OP_EARN] = TALLY_EFFECT_MINT,   [TALLY_OP_REFUND] = TALLY_EFFECT_BURN_RECEIPT, [TALLY_OP_REDEEM] = TALLY_EFFECT_BURN,
	};
	struct tally_effect *e = &out->list[0];

	out->n = 1;
	*e = (struct tally_effect){ .kind = kinds[op->op], .from = op->source, .to = op->to, .amount = op->amount, .expires_at = TALLY_NEVER };
	if (op->op == TALLY_OP_EARN)
		e->amount = op->paid;
	if (op->op == TALLY_OP_REFUND)
		e->amount = op->granted - op->taken;
	if (op->op == TALLY_OP_EARN || op->op == TALLY_OP_REFUND)
		__builtin_memcpy(e->receipt, op->receipt, sizeof(e->receipt));
	e->amount += how == HOSTILE_TOO_MUCH;
	if (how == HOSTILE_WRONG_ACCOUNT)
		e->from = e->to = op->asset.issuer;
	if (how == HOSTILE_EXPIRED)
		e->expires_at = 1;
	if (how == HOSTILE_BACKWARDS) {
		e->available_from = INT64_MAX - 1;
		e->expires_at = INT64_MAX - 2;
	}
	e->receipt[31] ^= how == HOSTILE_OTHER_RECEIPT;
	if (how == HOSTILE_TWICE) {
		out->n = 2;
		out->list[1] = *e;
	}
}

/* Everything that is const for it; none of it matters to anybody else. */
static void
write_all_over(struct tally_ctx *c, const struct tally_issue_op *op)
{
	struct tally_env *env = (struct tally_env *)(uintptr_t)c->env;
	struct tally_issue_op *o = (struct tally_issue_op *)(uintptr_t)op;

	*(uint8_t *)(uintptr_t)env->params = HOSTILE_NOT;
	env->height = 0;
	env->time = 0;
	env->params_len = 0;
	__builtin_memset(env->instance, 0xff, sizeof(env->instance));
	__builtin_memset(o, 0xff, sizeof(*o));
}

static int32_t
lose_context(struct tally_ctx *c)
{
	const struct tally_services *h = c->host;
	struct tally_ctx other = { NULL, NULL, &other };
	uint64_t v;

	c->opaque = NULL;
	c->env = NULL;
	c->host = NULL;
	return h->supply(c, &v) || h->supply(&other, &v) || h->supply(NULL, &v);
}

static int32_t
keep_pointer(struct tally_ctx *c)
{
	uint64_t *kept = c->host->alloc(c, 8);
	size_t len = sizeof(kept);

	if (c->host->kv_get(c, &kept, &len, "kept", 4) == 0)
		return (int32_t)(*(volatile uint64_t *)kept & 1);
	*kept = 77;
	return c->host->kv_put(c, "kept", 4, &kept, sizeof(kept));
}

static __attribute__((noinline)) void
eat_stack(struct tally_ctx *c)
{
	volatile uint8_t room[64u << 20];

	room[0] = 1;
	(void)c->host->alloc(c, room[0]);
}

static void
crash(struct tally_ctx *c, enum hostile how)
{
	volatile uintptr_t nothing = 8;

	if (how == HOSTILE_CRASH)
		*(volatile int *)nothing = 1;
	if (how == HOSTILE_WRITES_SERVICES)
		((struct tally_services *)(uintptr_t)c->host)->charge = NULL;
	if (how == HOSTILE_WRITES_CODE)
		*(volatile uint8_t *)__builtin_return_address(0) = 0;
	if (how == HOSTILE_ABORTS)
		__builtin_trap();
	if (how == HOSTILE_EATS_STACK)
		eat_stack(c);
}

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	enum hostile how = (enum hostile)c->env->params[0];

	if (op->op == TALLY_OP_CREATE)
		return 0;
	if (op->op == TALLY_OP_MINT && how < HOSTILE_TOO_MUCH && how != HOSTILE_NOT)
		bad_effect(out, how, op);
	else
		answer(out, how, op);
	if (how == HOSTILE_LOOP) {
		volatile unsigned turns = 0;

		for (;;)
			turns++;
	}
	if (how == HOSTILE_RECURSION)
		return (int32_t)deeper(0) == -1;
	if (how == HOSTILE_MEMORY)
		for (;;)
			(void)c->host->alloc(c, 4096);
	if (how == HOSTILE_MEMORY_AT_ONCE)
		(void)c->host->alloc(c, SIZE_MAX);
	if (how == HOSTILE_HASH)
		c->host->sha256(c, out->list[0].receipt, "", SIZE_MAX);
	if (how == HOSTILE_CHARGE) {
		(void)c->host->kv_put(c, "paid", 4, "1", 1);
		c->host->charge(c, op->coin_max);
	}
	if (how == HOSTILE_ANSWER_99)
		return 99;
	if (how == HOSTILE_ANSWER_NEGATIVE)
		return -1;
	if (how == HOSTILE_REFUSE) {
		(void)c->host->kv_put(c, "seen", 4, "1", 1);
		return ASKED_TO_REFUSE;
	}
	crash(c, how);
	if (how == HOSTILE_WRITES)
		write_all_over(c, op);
	if (how == HOSTILE_LOSES_CONTEXT)
		return lose_context(c);
	if (how == HOSTILE_KEEPS)
		return keep_pointer(c) == 0 ? 0 : ASKED_TO_REFUSE;
	if (how == HOSTILE_STORAGE)
		return use_storage(c) != 0 ? ASKED_TO_REFUSE : 0;
	if (how == HOSTILE_SERVICES)
		return use_services(c, op) != 0 ? ASKED_TO_REFUSE : 0;
	return 0;
}

static const struct tally_issue_functions functions = { on };

static const struct tally_plugin plugin = {
	.magic = TALLY_PLUGIN_MAGIC,
	.abi_major = TALLY_ABI_MAJOR,
	.abi_minor = TALLY_ABI_MINOR,
	.size = sizeof(struct tally_plugin),
	.kind = TALLY_ISSUE,
	.name = "issue_hostile",
	.major = 1,
	.gas_max = HOSTILE_GAS,
	.alloc_max = 10000,
	.ops = 127,
	.reasons = reasons,
	.issue = &functions,
};

const struct tally_plugin *
TALLY_PLUGIN_ENTRY(void)
{
	return &plugin;
}
