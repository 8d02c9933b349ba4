/* check-proof: check what getproof answered, with nothing of Tallystick but this file and the text of doc/formats.md.
 *
 *     cc -o check-proof check_proof.c -lsecp256k1
 *     tally --json getproof account=… | check-proof [--block=HASH] [--sealer=KEY]
 *
 * Prints "present HEIGHT BLOCK SEALER VALUE" or "absent HEIGHT BLOCK SEALER"; exit code 0. Else says what is wrong: 1; or that the input can't
 * be read: 2. --block or --sealer name what is known of the chain from elsewhere: without either, only the proof's own block vouches for it. */
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 8000000
#define HEADER_LEN 178
#define HEADER_HEIGHT 1
#define HEADER_APP_HASH 113
#define HEADER_PROPOSER 145

/* --- SHA-256 (FIPS 180-4) --- */

struct sha256 {
	uint32_t h[8];
	uint8_t block[64];
	uint64_t len;
};

static const uint32_t sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void
sha256_block(struct sha256 *s)
{
	uint32_t w[64], v[8];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)s->block[4 * i] << 24 | (uint32_t)s->block[4 * i + 1] << 16 | (uint32_t)s->block[4 * i + 2] << 8 |
		       s->block[4 * i + 3];
	for (unsigned i = 16; i < 64; i++)
		w[i] = w[i - 16] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
		       (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, s->h, sizeof(v));
	for (unsigned i = 0; i < 64; i++) {
		uint32_t one = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + sha256_k[i] + w[i];
		uint32_t two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += one;
		v[0] = one + two;
	}
	for (unsigned i = 0; i < 8; i++)
		s->h[i] += v[i];
}

static void
sha256_start(struct sha256 *s)
{
	static const uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(s->h, h, sizeof(h));
	s->len = 0;
}

static void
sha256_add(struct sha256 *s, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i++) {
		s->block[s->len++ % 64] = p[i];
		if (s->len % 64 == 0)
			sha256_block(s);
	}
}

static void
sha256_end(uint8_t out[32], struct sha256 *s)
{
	uint64_t bits = s->len * 8;
	uint8_t pad = 0x80, zero = 0, length[8];

	sha256_add(s, &pad, 1);
	while (s->len % 64 != 56)
		sha256_add(s, &zero, 1);
	for (unsigned i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_add(s, length, sizeof(length));
	for (unsigned i = 0; i < 32; i++)
		out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

static void
hash(uint8_t out[32], const void *bytes, size_t n)
{
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, bytes, n);
	sha256_end(out, &s);
}

/* SHA256(first | a | b) of a byte and two hashes; out may be one of them. */
static void
hash_node(uint8_t out[32], uint8_t first, const uint8_t a[32], const uint8_t b[32])
{
	struct sha256 s;

	sha256_start(&s);
	sha256_add(&s, &first, 1);
	sha256_add(&s, a, 32);
	sha256_add(&s, b, 32);
	sha256_end(out, &s);
}

static void
hash_block(uint8_t out[32], const uint8_t header[HEADER_LEN])
{
	struct sha256 s;
	uint8_t tag[32];

	hash(tag, "tally/block", strlen("tally/block"));
	sha256_start(&s);
	sha256_add(&s, tag, 32);
	sha256_add(&s, tag, 32);
	sha256_add(&s, header, HEADER_LEN);
	sha256_end(out, &s);
}

/* --- The state tree --- */

static unsigned
path_bit(const uint8_t path[32], size_t level)
{
	return path[level / 8] >> (7 - level % 8) & 1;
}

struct bytes {
	uint8_t *p; /* NULL: not there */
	size_t len;
};

/* NULL, or what is wrong. value->p NULL asks about absence. */
static const char *
check_state(const uint8_t root[32], const struct bytes *key, const struct bytes *value, const struct bytes *proof)
{
	static const char not[] = "the proof does not lead to the state of the block";
	size_t depth = proof->len >= 3 ? (size_t)(proof->p[0] | proof->p[1] << 8) : 257, at = 3;
	uint8_t path[32], node[32] = { 0 }, value_hash[32];
	uint8_t kind = proof->len >= 3 ? proof->p[2] : 3;

	if (depth > 256 || kind > 2 || key->len == 0 || proof->len != 3 + (kind == 1 ? 64U : 0U) + 32 * depth)
		return "the proof is malformed";
	if ((kind == 0) != (value->p != NULL))
		return "the answer says one thing and its proof another";
	hash(path, key->p, key->len);
	if (kind == 0) {
		hash(value_hash, value->p, value->len);
		hash_node(node, 0, path, value_hash);
	} else if (kind == 1) {
		if (memcmp(proof->p + at, path, 32) == 0)
			return not;
		for (size_t level = 0; level < depth; level++) {
			if (path_bit(proof->p + at, level) != path_bit(path, level))
				return not;
		}
		hash_node(node, 0, proof->p + at, proof->p + at + 32);
		at += 64;
	}
	for (size_t level = depth; level-- > 0;) {
		const uint8_t *sibling = proof->p + at + 32 * level;

		if (path_bit(path, level))
			hash_node(node, 1, sibling, node);
		else
			hash_node(node, 1, node, sibling);
	}
	return memcmp(node, root, 32) == 0 ? NULL : not;
}

static bool
seal_is_good(const uint8_t key[32], const uint8_t message[32], const uint8_t seal[64])
{
	secp256k1_context *c = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	secp256k1_xonly_pubkey parsed;
	bool good = secp256k1_xonly_pubkey_parse(c, &parsed, key) && secp256k1_schnorrsig_verify(c, seal, message, 32, &parsed);

	secp256k1_context_destroy(c);
	return good;
}

/* --- The answer: a flat JSON object, of which only strings are looked at --- */

static int
digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Hex up to `end`; false when it is something else. out->p is the caller's. */
static bool
read_hex(struct bytes *out, const char *text, char end)
{
	size_t n = strcspn(text, "\"");

	if (text[n] != end || n % 2 != 0)
		return false;
	out->p = malloc(n / 2 + 1);
	out->len = n / 2;
	for (size_t i = 0; out->p != NULL && i < out->len; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out->p[i] = (uint8_t)(high * 16 + low);
	}
	return out->p != NULL;
}

/* The field's value; false when it is there and is no hex, or is there twice. */
static bool
take_field(struct bytes *out, const char *text, const char *name)
{
	char quoted[32];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	at = strstr(text, quoted);
	if (at == NULL)
		return true;
	at += strlen(quoted);
	if (strstr(at, quoted) != NULL)
		return false;
	at += strspn(at, " \t\r\n");
	if (*at++ != ':')
		return false;
	at += strspn(at, " \t\r\n");
	if (strncmp(at, "null", 4) == 0)
		return true;
	return *at == '"' && read_hex(out, at + 1, '"');
}

enum { KEY, VALUE, PROOF, HEADER, SEAL, FIELDS };
static const char *const field_names[FIELDS] = { "key", "value", "proof", "header", "seal" };

static bool
take_answer(struct bytes fields[FIELDS], const char *text)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (!take_field(&fields[i], text, field_names[i]) || (i != VALUE && fields[i].p == NULL))
			return false;
	}
	return fields[HEADER].len == HEADER_LEN && fields[HEADER].p[0] == 1 && fields[SEAL].len == 64;
}

static void
print_hex(const uint8_t *p, size_t n)
{
	putchar(' ');
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
}

/* Known from elsewhere; p NULL: not. */
struct known {
	struct bytes block, sealer;
};

/* NULL, or what is wrong; prints what is proven. */
static const char *
check_answer(const struct bytes fields[FIELDS], const struct known *known)
{
	const uint8_t *header = fields[HEADER].p, *proposer = header + HEADER_PROPOSER;
	uint64_t height = 0;
	uint8_t block[32];
	const char *why = check_state(header + HEADER_APP_HASH, &fields[KEY], &fields[VALUE], &fields[PROOF]);

	if (why != NULL)
		return why;
	hash_block(block, header);
	if (known->block.p != NULL && memcmp(known->block.p, block, 32) != 0)
		return "the proof is of another block";
	if (proposer[0] != 0)
		return "the block names no key that sealed it";
	if (known->sealer.p != NULL && memcmp(known->sealer.p, proposer + 1, 32) != 0)
		return "another key sealed the block";
	if (!seal_is_good(proposer + 1, block, fields[SEAL].p))
		return "the seal of the block is wrong";
	for (size_t i = 8; i-- > 0;)
		height = height << 8 | header[HEADER_HEIGHT + i];
	printf("%s %llu", fields[VALUE].p != NULL ? "present" : "absent", (unsigned long long)height);
	print_hex(block, 32);
	print_hex(proposer + 1, 32);
	if (fields[VALUE].p != NULL)
		print_hex(fields[VALUE].p, fields[VALUE].len);
	putchar('\n');
	return NULL;
}

static bool
take_known(struct known *known, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct bytes *to = NULL;

		if (strncmp(argv[i], "--block=", 8) == 0)
			to = &known->block;
		else if (strncmp(argv[i], "--sealer=", 9) == 0)
			to = &known->sealer;
		if (to == NULL || to->p != NULL || !read_hex(to, strchr(argv[i], '=') + 1, '\0') || to->len != 32)
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct bytes fields[FIELDS] = { { NULL, 0 } };
	struct known known = { { NULL, 0 }, { NULL, 0 } };
	char *text = calloc(INPUT_MAX + 1, 1);
	const char *why = NULL;
	bool readable = text != NULL && take_known(&known, argc, argv) && fread(text, 1, INPUT_MAX, stdin) < INPUT_MAX &&
			take_answer(fields, text);

	if (readable)
		why = check_answer(fields, &known);
	if (!readable)
		fprintf(stderr, "check-proof: can't read the input: the answer of getproof is wanted\n");
	else if (why != NULL)
		fprintf(stderr, "check-proof: %s\n", why);
	for (size_t i = 0; i < FIELDS; i++)
		free(fields[i].p);
	free(known.block.p);
	free(known.sealer.p);
	free(text);
	return !readable ? 2 : why != NULL;
}
