#include "bridge/signer_key.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/secretbox.h"
#include "bridge/file.h"

#define KEY_FILE_MAX 10000

static char *
key_file_text(const struct secret_key *secret, const struct xonly_key *key, const char *passphrase)
{
	struct wr box = { 0 };
	char *hex, public[65], *text;

	secretbox_seal(&box, secret->b, sizeof(secret->b), passphrase, passphrase[0] != '\0' ? SECRETBOX_USUAL : SECRETBOX_NOTHING);
	hex = mem_new(2 * box.len + 1, 1);
	hex_encode(hex, box.p, box.len);
	hex_encode(public, key->b, sizeof(key->b));
	text = mem_printf("{\n  \"what\": \"key of a federation member\",\n  \"version\": 1,\n  \"key\": \"%s\",\n  \"secret\": \"%s\"\n}\n", public, hex);
	free(hex);
	wr_clear(&box);
	return text;
}

bool
signer_key_create(struct xonly_key *out, struct complaint *why, const char *path, const char *passphrase)
{
	struct secret_key secret;
	char *text;
	bool ok;

	if (file_exists(path))
		return complain(why, EXIT_USAGE, "choose another file, or move it away: a key is never overwritten", "%s exists already", path);
	do
		rng_bytes(secret.b, sizeof(secret.b));
	while (!xonly_from_secret(out, &secret));
	text = key_file_text(&secret, out, passphrase);
	ok = file_write_durable(why, path, text, strlen(text), 0600);
	mem_wipe(&secret, sizeof(secret));
	free(text);
	return ok;
}

/* The file's two values; *box is owned. */
static bool
key_file_read(struct xonly_key *key, uint8_t **box, size_t *box_len, struct complaint *why, const char *path)
{
	size_t len;
	char *text = file_read(&len, why, path, KEY_FILE_MAX);
	json_t *root;
	const char *public, *secret;
	bool ok;

	if (text == NULL)
		return false;
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	public = json_string_value(json_object_get(root, "key"));
	secret = json_string_value(json_object_get(root, "secret"));
	*box = secret != NULL ? hex_decode_new(box_len, secret, KEY_FILE_MAX) : NULL;
	ok = *box != NULL && public != NULL && hex_decode(key->b, sizeof(key->b), public) &&
	     json_integer_value(json_object_get(root, "version")) == 1;
	if (!ok) {
		free(*box);
		complain(why, EXIT_CORRUPT, "restore it from a backup", "%s is not a signer's key file", path);
	}
	json_decref(root);
	free(text);
	return ok;
}

bool
signer_key_public(struct xonly_key *out, struct complaint *why, const char *path)
{
	uint8_t *box;
	size_t len;

	if (!key_file_read(out, &box, &len, why, path))
		return false;
	free(box);
	return true;
}

/* The box holds the secret of the key that the file shows. */
static bool
secret_fits(struct secret_key *out, const uint8_t *secret, size_t len, const struct xonly_key *key)
{
	struct xonly_key public;

	if (len != sizeof(out->b))
		return false;
	memcpy(out->b, secret, len);
	return xonly_from_secret(&public, out) && xonly_eq(&public, key);
}

static bool
owners_alone(struct complaint *why, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || (st.st_mode & 077) == 0)
		return true; /* one that is not there is complained about by who reads it */
	complain(why, EXIT_USAGE, NULL, "other users can read %s, which holds a secret", path);
	complaint_hint(why, "chmod 600 %s", path);
	return false;
}

bool
signer_key_open(struct secret_key *out, struct complaint *why, const char *path, const char *passphrase)
{
	struct xonly_key key;
	uint8_t *box, *secret;
	size_t box_len, len;
	bool ok = false;

	mem_wipe(out, sizeof(*out));
	if (!owners_alone(why, path) || !key_file_read(&key, &box, &box_len, why, path))
		return false;
	switch (secretbox_open(&secret, &len, box, box_len, passphrase)) {
	case SECRETBOX_OK:
		ok = secret_fits(out, secret, len, &key);
		if (!ok) {
			mem_wipe(out, sizeof(*out));
			complain(why, EXIT_CORRUPT, "restore it from a backup", "the secret in %s is not that of its public key", path);
		}
		mem_wipe(secret, len);
		free(secret);
		break;
	case SECRETBOX_PASSPHRASE:
		complain(why, EXIT_REFUSED, passphrase[0] != '\0' ? "try again" : "give --passphrase-file=FILE, or run it on a terminal",
			 "the passphrase does not open %s", path);
		break;
	case SECRETBOX_MALFORMED:
		complain(why, EXIT_CORRUPT, "restore it from a backup", "the secret in %s is damaged", path);
		break;
	}
	free(box);
	return ok;
}
