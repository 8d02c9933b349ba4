#include "bridge/cli_validator.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/ed25519.h"
#include "base/mem.h"
#include "base/rng.h"
#include "bridge/cli_client.h"
#include "bridge/cli_print.h"
#include "bridge/file.h"
#include "chain/key.h"
#include "token/ops_validator.h"

#define KEY_FILE_MAX 10000

struct consensus_key {
	bool is_ed25519;
	struct ed25519_seed seed;
	struct secret_key secret;
	struct validator_key public;
};

static int
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c != '\0' ? strchr(digits, c) : NULL;

	return p != NULL ? (int)(p - digits) : -1;
}

/* Exactly n bytes. */
static bool
base64_decode(uint8_t *out, size_t n, const char *text)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t at = 0;

	for (; base64_digit(*text) >= 0; text++) {
		bits = bits << 6 | (uint32_t)base64_digit(*text);
		have += 6;
		if (have < 8)
			continue;
		if (at == n)
			return false;
		have -= 8;
		out[at++] = (uint8_t)(bits >> have);
	}
	return at == n && strspn(text, "=") == strlen(text);
}

/* {"priv_key": {"type": "tendermint/PrivKeyEd25519", "value": base64 of seed and public key}} */
static bool
read_cometbft(struct consensus_key *out, const char *text)
{
	json_t *o = json_loads(text, 0, NULL), *priv = json_object_get(o, "priv_key");
	const char *value = json_string_value(json_object_get(priv, "value")), *type = json_string_value(json_object_get(priv, "type"));
	struct ed25519_key key;
	uint8_t both[64];
	bool ok = value != NULL && type != NULL && strcmp(type, "tendermint/PrivKeyEd25519") == 0 && base64_decode(both, sizeof(both), value);

	if (ok) {
		memcpy(out->seed.b, both, sizeof(out->seed.b));
		ok = ed25519_key_from_seed(&key, &out->seed) && memcmp(key.b, both + 32, sizeof(key.b)) == 0;
		memcpy(out->public.b, key.b, sizeof(out->public.b));
	}
	out->is_ed25519 = true;
	mem_wipe(both, sizeof(both));
	json_decref(o);
	return ok;
}

/* 64 hex digits and a line's end. */
static bool
read_solo(struct consensus_key *out, const char *text)
{
	struct xonly_key key;
	char hex[65];

	if (strspn(text, "0123456789abcdefABCDEF") != 64 || (text[64] != '\0' && text[64] != '\n'))
		return false;
	memcpy(hex, text, 64);
	hex[64] = '\0';
	out->is_ed25519 = false;
	if (!hex_decode(out->secret.b, sizeof(out->secret.b), hex) || !secret_key_valid(&out->secret) || !xonly_from_secret(&key, &out->secret))
		return false;
	memcpy(out->public.b, key.b, sizeof(out->public.b));
	mem_wipe(hex, sizeof(hex));
	return true;
}

static bool
read_key(struct consensus_key *out, struct complaint *why, const char *path)
{
	size_t len;
	char *text = file_read(&len, why, path, KEY_FILE_MAX), *whole;
	bool ok;

	if (text == NULL)
		return false;
	whole = mem_new(len + 1, 1);
	memcpy(whole, text, len);
	ok = read_cometbft(out, whole) || read_solo(out, whole);
	mem_wipe(text, len);
	mem_wipe(whole, len);
	free(text);
	free(whole);
	return ok || complain(why, EXIT_USAGE, "CometBFT's priv_validator_key.json, or keys/engine.key of tallyd", "%s holds no key of a validator", path);
}

static bool
sign(uint8_t sig[64], const struct consensus_key *k, const struct hash256 *message)
{
	struct ed25519_sig ed;
	struct schnorr_sig schnorr;
	uint8_t aux[32];

	if (k->is_ed25519) {
		if (!ed25519_sign(&ed, &k->seed, message->b, sizeof(message->b)))
			return false;
		memcpy(sig, ed.b, sizeof(ed.b));
		return true;
	}
	rng_bytes(aux, sizeof(aux));
	if (!schnorr_sign(&schnorr, &k->secret, message, aux))
		return false;
	memcpy(sig, schnorr.b, sizeof(schnorr.b));
	return true;
}

/* The message from the daemon, which knows chain and wallet; *answer is its result or error. */
static bool
ask_message(json_t **answer, const struct options *o, struct complaint *why, const struct consensus_key *k, const char *owner)
{
	char hex[2 * sizeof(k->public.b) + 1];
	json_t *params;
	bool ok;

	hex_encode(hex, k->public.b, sizeof(k->public.b));
	params = json_pack("{ss}", "key", hex);
	if (owner != NULL)
		json_object_set_new(params, "owner", json_string(owner));
	ok = cli_call(answer, why, o, "getvalidatorproof", params);
	json_decref(params);
	return ok;
}

static bool
print_proof(const struct options *o, struct complaint *why, const struct consensus_key *k, const json_t *answer)
{
	const json_t *result = json_object_get(answer, "result"), *error = json_object_get(answer, "error");
	const char *message = json_string_value(json_object_get(result, "message")), *said = json_string_value(json_object_get(error, "message"));
	struct hash256 hash;
	uint8_t sig[64];
	char hex[2 * sizeof(sig) + 1];
	json_t *out;

	if (message == NULL || !hash256_from_hex(&hash, message))
		return complain(why, cli_error_code(error), NULL, "%s", said != NULL ? said : "the daemon's answer is no message");
	if (!sign(sig, k, &hash))
		return complain(why, EXIT_INTERNAL, NULL, "the key cannot sign");
	hex_encode(hex, sig, sizeof(sig));
	out = json_pack("{sOsssO}", "key", json_object_get(result, "key"), "proof", hex, "owner", json_object_get(result, "owner"));
	if (options_flag(o, "json")) {
		json_dumpf(out, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
	} else {
		cli_print(out, stdout);
	}
	json_decref(out);
	return true;
}

int
cli_validatorproof(const struct options *o, struct complaint *why, char **words, int n)
{
	struct consensus_key k = { .is_ed25519 = false };
	const char *owner = n > 1 && strncmp(words[1], "owner=", 6) == 0 ? words[1] + 6 : n > 1 ? words[1] : NULL;
	json_t *answer = NULL;
	bool ok;

	if (n < 1 || n > 2) {
		complain(why, EXIT_USAGE, "tally validatorproof FILE [owner=ACCOUNT]", "validatorproof: name the file with the validator's key");
		return complaint_print(why, "tally", stderr);
	}
	ok = read_key(&k, why, words[0]) && ask_message(&answer, o, why, &k, owner) && print_proof(o, why, &k, answer);
	mem_wipe(&k, sizeof(k));
	json_decref(answer);
	return ok ? EXIT_DONE : complaint_print(why, "tally", stderr);
}
