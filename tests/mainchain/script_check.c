#include "tests/mainchain/script_check.h"

#include <string.h>

#include "chain/script.h"
#include "chain/taproot.h"
#include "tests/mainchain/tapscript.h"

#define ANNEX_TAG 0x50
#define LEAF_VERSION_MASK 0xfe
#define CONTROL_MIN 33
#define POLICY_ITEM_MAX 80 /* Bitcoin Core's MAX_STANDARD_TAPSCRIPT_STACK_ITEM_SIZE */

static size_t
witness_size(const struct txin *in)
{
	size_t size = compactsize_len(in->witness_n);

	for (size_t i = 0; i < in->witness_n; i++)
		size += compactsize_len(in->witness[i].len) + in->witness[i].len;
	return size;
}

/* The last two items are script and control block, those before them the script's arguments. */
static const char *
check_script_path(struct signing_place *at, const struct xonly_key *output_key, const struct witness_item *w, size_t n,
		  size_t size)
{
	const struct witness_item *script = &w[n - 2], *control = &w[n - 1];
	struct hash256 leaf;

	if (control->len < CONTROL_MIN ||
	    !taproot_opens(&leaf, output_key, script->bytes, script->len, control->bytes, control->len))
		return "witness-program-mismatch";
	if ((control->bytes[0] & LEAF_VERSION_MASK) != TAPLEAF_VERSION)
		return at->rules == SCRIPT_POLICY ? "discourage-upgradable-taproot-version" : NULL;
	for (size_t i = 0; at->rules == SCRIPT_POLICY && i < n - 2; i++) {
		if (w[i].len > POLICY_ITEM_MAX)
			return "bad-witness-nonstandard";
	}
	at->leaf = &leaf;
	return tapscript_run(at, script->bytes, script->len, w, n - 2, size);
}

static const char *
check_taproot(struct signing_place *at, const struct xonly_key *output_key, const struct txin *in)
{
	size_t n = in->witness_n;

	if (in->script_sig_len != 0)
		return "witness-malleated";
	if (n == 0)
		return "witness-program-empty";
	/* BIP341: of two or more items, a last one that begins with 0x50 is the annex. */
	if (n >= 2 && in->witness[n - 1].len > 0 && in->witness[n - 1].bytes[0] == ANNEX_TAG) {
		n--;
		at->annex = in->witness[n].bytes;
		at->annex_len = in->witness[n].len;
		if (at->rules == SCRIPT_POLICY)
			return "bad-witness-nonstandard";
	}
	if (n == 1)
		return signature_check(at, in->witness[0].bytes, in->witness[0].len, output_key);
	return check_script_path(at, output_key, in->witness, n, witness_size(in));
}

const char *
script_check_input(const struct tx *tx, const struct txout *spent, const struct sighash_shared *shared, size_t index,
		   enum script_rules rules)
{
	struct signing_place at = { .tx = tx, .spent = spent, .shared = shared, .index = index, .rules = rules };
	struct xonly_key key;
	const uint8_t *program;
	size_t len;

	if (script_classify(&program, &len, spent[index].script, spent[index].script_len) != SCRIPT_P2TR)
		return "unsupported-by-embedded-chain";
	memcpy(key.b, program, sizeof(key.b));
	return check_taproot(&at, &key, &tx->in[index]);
}

const char *
script_check_tx(const struct tx *tx, const struct txout *spent, enum script_rules rules, size_t *index)
{
	struct sighash_shared shared;
	const char *why;

	sighash_share(&shared, tx, spent);
	for (size_t i = 0; i < tx->in_n; i++) {
		if ((why = script_check_input(tx, spent, &shared, i, rules)) != NULL) {
			if (index != NULL)
				*index = i;
			return why;
		}
	}
	return NULL;
}
