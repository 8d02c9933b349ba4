#ifndef TALLY_TESTS_RULE_HOSTILE_H
#define TALLY_TESTS_RULE_HOSTILE_H
/* Ways in which rule_hostile.c misbehaves. */

#define HOSTILE_GAS 50000

enum hostile {
	HOSTILE_NOT,
	HOSTILE_LOOP,
	HOSTILE_RECURSION,
	HOSTILE_MEMORY,
	HOSTILE_MEMORY_AT_ONCE,
	HOSTILE_HASH,
	HOSTILE_CHARGE,
	HOSTILE_MINT_TWICE,
	HOSTILE_BURN_OTHERS,
	HOSTILE_MOVE_OTHERS,
	HOSTILE_MOVE_OWN,
	HOSTILE_TAKE_COIN,
	HOSTILE_COIN_OVER_LIMIT,
	HOSTILE_COIN_WITHIN_LIMIT,
	HOSTILE_MANY_EFFECTS,
	HOSTILE_ANSWER_99,
	HOSTILE_ANSWER_NEGATIVE,
	HOSTILE_UNKNOWN_EFFECT,
	HOSTILE_ZERO,
	HOSTILE_HUGE,
	HOSTILE_ODD_ACCOUNT,
	HOSTILE_TO_MODULE,
	HOSTILE_DATES,
	HOSTILE_RECEIPT,
	HOSTILE_BURN_RECEIPT,
	HOSTILE_COIN_MINT,
	HOSTILE_REFUSE,
	HOSTILE_STORAGE,
	HOSTILE_SERVICES,
	HOSTILE_WRITES,        /* changes all that it is shown */
	HOSTILE_LOSES_CONTEXT, /* calls services with another context, and with a spoilt one */
	HOSTILE_KEEPS,         /* keeps a pointer in its storage and uses it in the next call */
	HOSTILE_CRASH,
	HOSTILE_WRITES_SERVICES,
	HOSTILE_WRITES_CODE,
	HOSTILE_ABORTS,
	HOSTILE_EATS_STACK, /* at once, without a block of code between */
	/* for every operation */
	HOSTILE_TOO_MUCH,      /* one unit more than the operation names */
	HOSTILE_TWICE,         /* the right effect, two times */
	HOSTILE_WRONG_ACCOUNT, /* the issuer in place of who it should be */
	HOSTILE_EXPIRED,       /* a lot of 1970 */
	HOSTILE_BACKWARDS,     /* expires before it is available */
	HOSTILE_OTHER_RECEIPT,
};

#endif
