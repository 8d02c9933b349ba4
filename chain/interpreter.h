#ifndef TALLY_CHAIN_INTERPRETER_H
#define TALLY_CHAIN_INTERPRETER_H
/* May this input spend its output? Bitcoin's scripts, all of consensus and nothing of relay policy: the rules of the first client, BIP16,
 * 65, 66, 112, 141, 143, 147, 341, 342. The outcome and the errors' names are Bitcoin Core's (script/interpreter.cpp). Limits: 10,000
 * bytes of script and 201 operations outside of tapscript, 520 bytes an element, 1,000 elements, 20 keys in a CHECKMULTISIG. */
#include "chain/sighash.h"

/* Rules that came later than the others; a network has them from some height on, and some uses of scripts lack a few for ever (BIP325). */
enum script_rule {
	SCRIPT_RULE_P2SH = 1,                 /* BIP16 */
	SCRIPT_RULE_DERSIG = 2,               /* BIP66 */
	SCRIPT_RULE_CHECKLOCKTIMEVERIFY = 4,  /* BIP65 */
	SCRIPT_RULE_CHECKSEQUENCEVERIFY = 8,  /* BIP112 */
	SCRIPT_RULE_WITNESS = 16,             /* BIP141, BIP143; with P2SH only */
	SCRIPT_RULE_NULLDUMMY = 32,           /* BIP147 */
	SCRIPT_RULE_TAPROOT = 64,             /* BIP341, BIP342; with WITNESS only */
};
#define SCRIPT_RULES_ALL 127u

enum script_error {
	SCRIPT_OK,
	SCRIPT_ERR_EVAL_FALSE,
	SCRIPT_ERR_OP_RETURN,
	SCRIPT_ERR_SCRIPT_SIZE,
	SCRIPT_ERR_PUSH_SIZE,
	SCRIPT_ERR_OP_COUNT,
	SCRIPT_ERR_STACK_SIZE,
	SCRIPT_ERR_SIG_COUNT,
	SCRIPT_ERR_PUBKEY_COUNT,
	SCRIPT_ERR_VERIFY,
	SCRIPT_ERR_EQUALVERIFY,
	SCRIPT_ERR_CHECKMULTISIGVERIFY,
	SCRIPT_ERR_CHECKSIGVERIFY,
	SCRIPT_ERR_NUMEQUALVERIFY,
	SCRIPT_ERR_SCRIPTNUM,
	SCRIPT_ERR_BAD_OPCODE,
	SCRIPT_ERR_DISABLED_OPCODE,
	SCRIPT_ERR_INVALID_STACK_OPERATION,
	SCRIPT_ERR_INVALID_ALTSTACK_OPERATION,
	SCRIPT_ERR_UNBALANCED_CONDITIONAL,
	SCRIPT_ERR_NEGATIVE_LOCKTIME,
	SCRIPT_ERR_UNSATISFIED_LOCKTIME,
	SCRIPT_ERR_SIG_DER,
	SCRIPT_ERR_SIG_PUSHONLY,
	SCRIPT_ERR_SIG_NULLDUMMY,
	SCRIPT_ERR_CLEANSTACK,
	SCRIPT_ERR_WITNESS_PROGRAM_WRONG_LENGTH,
	SCRIPT_ERR_WITNESS_PROGRAM_WITNESS_EMPTY,
	SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH,
	SCRIPT_ERR_WITNESS_MALLEATED,
	SCRIPT_ERR_WITNESS_MALLEATED_P2SH,
	SCRIPT_ERR_WITNESS_UNEXPECTED,
	SCRIPT_ERR_SCHNORR_SIG_SIZE,
	SCRIPT_ERR_SCHNORR_SIG_HASHTYPE,
	SCRIPT_ERR_SCHNORR_SIG,
	SCRIPT_ERR_TAPROOT_WRONG_CONTROL_SIZE,
	SCRIPT_ERR_TAPSCRIPT_VALIDATION_WEIGHT,
	SCRIPT_ERR_TAPSCRIPT_CHECKMULTISIG,
	SCRIPT_ERR_TAPSCRIPT_MINIMALIF,
	SCRIPT_ERR_TAPSCRIPT_EMPTY_PUBKEY,
};

/* Input `index` of tx against the output that it spends, by the rules of the set (enum script_rule). spent[i] is the output that input i
 * spends, all in_n of them; shared comes from sighash_share() of the same two. All is borrowed. */
MUST_USE enum script_error script_verify(const struct tx *tx, const struct txout *spent, const struct sighash_shared *shared, size_t index,
					 unsigned rules);

/* "EVAL_FALSE" and so on; "OK". */
const char *script_error_name(enum script_error e);

#endif
