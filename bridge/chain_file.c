#include "bridge/chain_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/conf.h"
#include "bridge/file.h"
#include "chain/script.h"
#include "chain/signet.h"

enum field_kind { FIELD_LIKE, FIELD_NAME, FIELD_MAGIC, FIELD_HEADER, FIELD_HASH, FIELD_BITS, FIELD_FLAG, FIELD_U8, FIELD_U16, FIELD_U32,
		  FIELD_CHALLENGE, FIELD_HRP, FIELD_WORK };

static const struct field {
	const char *key;
	enum field_kind kind;
	size_t at;      /* in struct chain_params */
	bool may_lack;  /* even in a file that is not `like` another network */
} fields[] = {
	{ "like", FIELD_LIKE, 0, true },
	{ "name", FIELD_NAME, 0, false },
	{ "magic", FIELD_MAGIC, offsetof(struct chain_params, magic), true }, /* or follows from the challenge */
	{ "port", FIELD_U16, offsetof(struct chain_params, port), false },
	{ "genesis", FIELD_HEADER, offsetof(struct chain_params, genesis), false },
	{ "genesis_hash", FIELD_HASH, offsetof(struct chain_params, genesis_hash), true },
	{ "limit_bits", FIELD_BITS, offsetof(struct chain_params, limit_bits), false },
	{ "no_retarget", FIELD_FLAG, offsetof(struct chain_params, no_retarget), true },
	{ "min_difficulty", FIELD_FLAG, offsetof(struct chain_params, min_difficulty), true },
	{ "bip94", FIELD_FLAG, offsetof(struct chain_params, bip94), true },
	{ "bip34_height", FIELD_U32, offsetof(struct chain_params, bip34_height), false },
	{ "bip65_height", FIELD_U32, offsetof(struct chain_params, bip65_height), false },
	{ "bip66_height", FIELD_U32, offsetof(struct chain_params, bip66_height), false },
	{ "segwit_height", FIELD_U32, offsetof(struct chain_params, segwit_height), false },
	{ "bip54_height", FIELD_U32, offsetof(struct chain_params, bip54_height), true },
	{ "signet_challenge", FIELD_CHALLENGE, 0, true },
	{ "subsidy_halving", FIELD_U32, offsetof(struct chain_params, subsidy_halving), false },
	{ "coinbase_maturity", FIELD_U32, offsetof(struct chain_params, coinbase_maturity), false },
	{ "bech32_hrp", FIELD_HRP, 0, false },
	{ "p2pkh_prefix", FIELD_U8, offsetof(struct chain_params, p2pkh_prefix), false },
	{ "p2sh_prefix", FIELD_U8, offsetof(struct chain_params, p2sh_prefix), false },
	{ "minimum_chain_work", FIELD_WORK, offsetof(struct chain_params, minimum_chain_work), true },
};

struct reading {
	struct chain_file *f;
	struct complaint *why;
	bool given[ARRAY_LEN(fields)];
	bool like; /* the values of another network came first */
	bool refused;
};

/* --- Values: NULL, or what the value should have been --- */

static bool
take_number(uint64_t *out, const char *text, uint64_t max)
{
	uint64_t v = 0;

	if (text[0] == '\0' || strlen(text) > 10)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (uint64_t)(*text - '0');
	}
	*out = v;
	return v <= max;
}

static const char *
take_integer(void *out, enum field_kind kind, const char *text)
{
	uint64_t v;

	if (!take_number(&v, text, kind == FIELD_U8 ? UINT8_MAX : kind == FIELD_U16 ? UINT16_MAX : UINT32_MAX))
		return kind == FIELD_U8 ? "a whole number up to 255" : kind == FIELD_U16 ? "a whole number up to 65535" : "a whole number";
	if (kind == FIELD_U8)
		*(uint8_t *)out = (uint8_t)v;
	else if (kind == FIELD_U16)
		*(uint16_t *)out = (uint16_t)v;
	else
		*(uint32_t *)out = (uint32_t)v;
	return NULL;
}

static const char *
take_header(struct header *out, const char *text)
{
	uint8_t bytes[HEADER_LEN];

	if (!hex_decode(bytes, sizeof(bytes), text) || !header_decode(out, bytes, sizeof(bytes)))
		return "the first block's header, 160 hex digits";
	return NULL;
}

static const char *
take_bits(uint32_t *out, const char *text)
{
	uint8_t b[4];

	if (strncmp(text, "0x", 2) != 0 || !hex_decode(b, sizeof(b), text + 2))
		return "compact bits such as 0x1d00ffff";
	*out = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return NULL;
}

static const char *
take_name(struct chain_file *f, const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	if (n == 0 || n > CHAIN_FILE_NAME_MAX || text[n] != '\0')
		return "1 to 22 small letters and digits";
	memcpy(f->name, text, n + 1);
	return NULL;
}

static const char *
take_hrp(struct chain_file *f, const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	if (n == 0 || n > CHAIN_HRP_MAX || text[n] != '\0')
		return "1 to 83 small letters and digits";
	memcpy(f->hrp, text, n + 1);
	f->params.bech32_hrp = f->hrp;
	return NULL;
}

static const char *
take_challenge(struct chain_file *f, const char *text)
{
	size_t len;
	uint8_t *bytes = hex_decode_new(&len, text, SCRIPT_BYTES_MAX);

	if (bytes == NULL || len == 0) {
		free(bytes);
		return "a script in hex";
	}
	f->challenge = bytes;
	f->params.signet_challenge = bytes;
	f->params.signet_challenge_len = len;
	return NULL;
}

static const char *
take_like(struct reading *r, const char *text)
{
	const struct chain_params *p = chain_params_find(text);

	if (p == NULL)
		return "main, testnet4, testnet3, signet or regtest";
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (r->given[i])
			return "the first key of the file";
	}
	r->f->params = *p;
	r->like = true;
	return NULL;
}

static const char *
take_value(struct reading *r, const struct field *field, const char *text)
{
	void *at = (char *)&r->f->params + field->at;

	switch (field->kind) {
	case FIELD_LIKE:
		return take_like(r, text);
	case FIELD_NAME:
		return take_name(r->f, text);
	case FIELD_MAGIC:
		return hex_decode(at, 4, text) ? NULL : "4 bytes in hex, in the order in which they are sent";
	case FIELD_HEADER:
		return take_header(at, text);
	case FIELD_HASH:
		return hash256_from_display(at, text) ? NULL : "the first block's hash, 64 hex digits as they are shown";
	case FIELD_BITS:
		return take_bits(at, text);
	case FIELD_FLAG:
		*(bool *)at = strcmp(text, "1") == 0;
		return strcmp(text, "0") == 0 || strcmp(text, "1") == 0 ? NULL : "0 or 1";
	case FIELD_U8:
	case FIELD_U16:
	case FIELD_U32:
		return take_integer(at, field->kind, text);
	case FIELD_CHALLENGE:
		return take_challenge(r->f, text);
	case FIELD_HRP:
		return take_hrp(r->f, text);
	case FIELD_WORK:
		return u256_from_hex(at, text) ? NULL : "64 hex digits";
	}
	return "known";
}

/* --- The file --- */

static bool
refuse_unknown(struct reading *r, const struct conf_item *item)
{
	const char *names[ARRAY_LEN(fields)], *near;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		names[i] = fields[i].key;
	near = nearest_name(item->key, names, ARRAY_LEN(names));
	complain(r->why, EXIT_USAGE, "chain.conf.example has all keys", "line %u: unknown key '%.60s'", item->line, item->key);
	if (near != NULL)
		complaint_hint(r->why, "did you mean %s?", near);
	return false;
}

static bool
take_item(struct reading *r, const struct conf_item *item)
{
	const char *fault;
	size_t i = 0;

	if (item->section[0] != '\0')
		return complain(r->why, EXIT_USAGE, NULL, "line %u: parameters of a chain have no sections", item->line);
	while (i < ARRAY_LEN(fields) && strcmp(fields[i].key, item->key) != 0)
		i++;
	if (i == ARRAY_LEN(fields))
		return refuse_unknown(r, item);
	if (r->given[i])
		return complain(r->why, EXIT_USAGE, NULL, "line %u: %s is given twice", item->line, item->key);
	fault = take_value(r, &fields[i], item->value);
	r->given[i] = true;
	return fault == NULL ||
	       complain(r->why, EXIT_USAGE, NULL, "line %u: %s must be %s, not '%.80s'", item->line, item->key, fault, item->value);
}

static const char *
on_item(void *context, const struct conf_item *item)
{
	struct reading *r = context;

	r->refused = !take_item(r, item);
	return r->refused ? "refused" : NULL;
}

static bool
was_given(const struct reading *r, const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strcmp(fields[i].key, key) == 0)
			return r->given[i];
	}
	return false;
}

/* What follows from other values: the hash of the header, the magic of a challenge. */
static bool
derive(struct reading *r)
{
	struct chain_params *p = &r->f->params;
	struct hash256 hash;
	uint8_t magic[4];

	header_hash(&hash, &p->genesis);
	if (!was_given(r, "genesis_hash"))
		p->genesis_hash = hash;
	if (!was_given(r, "signet_challenge"))
		return was_given(r, "magic") || r->like || complain(r->why, EXIT_USAGE, NULL, "magic is missing");
	signet_magic(magic, p->signet_challenge, p->signet_challenge_len);
	if (was_given(r, "magic") && memcmp(magic, p->magic, sizeof(magic)) != 0)
		return complain(r->why, EXIT_USAGE, "leave magic out", "magic is not what BIP325 makes of signet_challenge: %02x%02x%02x%02x",
				magic[0], magic[1], magic[2], magic[3]);
	memcpy(p->magic, magic, sizeof(magic));
	return true;
}

static bool
conclude(struct reading *r)
{
	struct chain_params *p = &r->f->params;
	const char *fault;
	struct hash256 digest;
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		bool needed = !fields[i].may_lack && (!r->like || fields[i].kind == FIELD_NAME);

		if (needed && !r->given[i])
			return complain(r->why, EXIT_USAGE, "or begin with like = NETWORK, to take its values", "%s is missing", fields[i].key);
	}
	if (!derive(r))
		return false;
	fault = chain_params_fault(p);
	if (fault != NULL)
		return complain(r->why, EXIT_USAGE, NULL, "%s", fault);
	chain_params_digest(&digest, p);
	n = strlen(r->f->name);
	r->f->name[n] = '-';
	hex_encode(r->f->name + n + 1, digest.b, 4);
	p->name = r->f->name;
	return true;
}

bool
chain_file_parse(struct chain_file *out, struct complaint *why, const char *text, size_t len)
{
	struct reading r = { .f = out, .why = why };
	const char *fault;
	unsigned line;

	memset(out, 0, sizeof(*out));
	fault = conf_parse(&line, "", text, len, on_item, &r);
	if (fault == NULL && conclude(&r))
		return true;
	if (fault != NULL && !r.refused)
		complain(why, EXIT_USAGE, NULL, "line %u: %s", line, fault);
	if (why->hint[0] == '\0')
		complaint_hint(why, "chain.conf.example tells what each key means");
	chain_file_clear(out);
	return false;
}

void
chain_file_clear(struct chain_file *f)
{
	free(f->challenge);
	f->challenge = NULL;
}

const struct chain_params *
chain_file_use(struct complaint *why, const char *path)
{
	static struct chain_file *used;
	struct chain_file *f;
	size_t len;
	char *text = file_read(&len, why, path, CHAIN_FILE_BYTES_MAX), fault[sizeof(why->why)];
	bool ok;

	if (text == NULL)
		return NULL;
	f = mem_new(1, sizeof(*f));
	ok = chain_file_parse(f, why, text, len);
	free(text);
	if (!ok) {
		free(f);
		snprintf(fault, sizeof(fault), "%.100s: %.290s", path, why->why);
		memcpy(why->why, fault, sizeof(fault));
		return NULL;
	}
	chain_params_add(&f->params);
	if (used != NULL)
		chain_file_clear(used);
	free(used);
	used = f;
	return &f->params;
}
