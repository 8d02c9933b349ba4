/* State proofs: no bytes prove a key that isn't there, another value, or the absence of one that is. */
#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "token/state.h"
#include "token/state_proof.h"

#define KEYS 40

static struct state *
filled(struct hash256 *root)
{
	struct state *s = state_new();

	for (uint8_t i = 0; i < KEYS; i++)
		state_put(s, &i, 1, &i, 1);
	state_root(root, s);
	return s;
}

/* The first byte says which key is asked for. The rest is the proof, or, with the second byte odd, damage to the true one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct state *s;
	static struct hash256 root;
	struct wr proof = { 0 };
	uint8_t key, value;
	bool there;

	if (s == NULL)
		s = filled(&root);
	if (size < 2)
		return 0;
	key = data[0];
	there = key < KEYS;
	if (data[1] & 1) {
		state_prove(&proof, s, &key, 1);
		for (size_t i = 2; i + 1 < size; i += 2)
			proof.p[data[i] % proof.len] ^= data[i + 1];
	} else {
		wr_bytes(&proof, data + 2, size - 2);
	}
	value = key;
	assert(there || state_proof_check(proof.p, proof.len, &root, &key, 1, &value, 1) == STATE_PROOF_WRONG);
	assert(!there || state_proof_check(proof.p, proof.len, &root, &key, 1, NULL, 0) == STATE_PROOF_WRONG);
	value++;
	assert(state_proof_check(proof.p, proof.len, &root, &key, 1, &value, 1) == STATE_PROOF_WRONG);
	wr_clear(&proof);
	return 0;
}
