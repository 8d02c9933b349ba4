#include "bridge/signer_key.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/file.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/tally-signer-key-XXXXXX";
static char path[64];
static struct complaint why;

static bool
secret_is_of(const struct secret_key *secret, const struct xonly_key *key)
{
	struct xonly_key public;

	return xonly_from_secret(&public, secret) && xonly_eq(&public, key);
}

static bool
is_zero(const struct secret_key *secret)
{
	static const struct secret_key zero;

	return memcmp(secret, &zero, sizeof(zero)) == 0;
}

static char *
text_of_file(size_t *len)
{
	char *text = file_read(len, &why, path, 10000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	return text;
}

static void
write_text(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(write(fd, text, len) == (ssize_t)len);
	close(fd);
}

static void
made_and_opened(const char *passphrase)
{
	struct xonly_key key, shown;
	struct secret_key secret;
	struct stat st;
	size_t len;
	char *text, hex[65];

	unlink(path);
	CU_ASSERT_FATAL(signer_key_create(&key, &why, path, passphrase));
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CU_ASSERT(signer_key_public(&shown, &why, path) && xonly_eq(&shown, &key));
	CU_ASSERT(signer_key_open(&secret, &why, path, passphrase) && secret_is_of(&secret, &key));
	hex_encode(hex, secret.b, sizeof(secret.b));
	text = text_of_file(&len);
	CU_ASSERT_PTR_NULL(strstr(text, hex)); /* not in the clear */
	free(text);
}

static void
with_and_without_a_passphrase(void)
{
	struct secret_key secret;

	made_and_opened("correct horse");
	CU_ASSERT(!signer_key_open(&secret, &why, path, "") && why.code == EXIT_REFUSED && is_zero(&secret));
	CU_ASSERT(!signer_key_open(&secret, &why, path, "correct hors") && why.code == EXIT_REFUSED);
	made_and_opened("");
	CU_ASSERT(!signer_key_open(&secret, &why, path, "x") && why.code == EXIT_REFUSED);
}

static void
two_keys_differ(void)
{
	struct xonly_key a, b;

	unlink(path);
	CU_ASSERT(signer_key_create(&a, &why, path, ""));
	unlink(path);
	CU_ASSERT(signer_key_create(&b, &why, path, "") && !xonly_eq(&a, &b));
}

static void
a_key_is_never_overwritten(void)
{
	struct xonly_key key, other;
	struct secret_key secret;

	unlink(path);
	CU_ASSERT(signer_key_create(&key, &why, path, ""));
	CU_ASSERT(!signer_key_create(&other, &why, path, "") && why.code == EXIT_USAGE && why.hint[0] != '\0');
	CU_ASSERT(signer_key_open(&secret, &why, path, "") && secret_is_of(&secret, &key));
}

static void
a_file_that_others_read_is_refused(void)
{
	static const mode_t modes[] = { 0604, 0640, 0622 };
	struct xonly_key key;
	struct secret_key secret;

	unlink(path);
	CU_ASSERT(signer_key_create(&key, &why, path, ""));
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		CU_ASSERT(chmod(path, modes[i]) == 0);
		CU_ASSERT(!signer_key_open(&secret, &why, path, "") && strstr(why.hint, "chmod") != NULL && is_zero(&secret));
	}
	CU_ASSERT(chmod(path, 0600) == 0 && signer_key_open(&secret, &why, path, ""));
}

/* Each character of the two values changed: never another key, never a secret of another key. */
static void
a_changed_character_anywhere_refuses(void)
{
	struct xonly_key key;
	struct secret_key secret;
	size_t len;
	char *text;

	unlink(path);
	CU_ASSERT_FATAL(signer_key_create(&key, &why, path, ""));
	text = text_of_file(&len);
	for (const char *value = strstr(text, "\"key\": \"") + 8; value < text + len; value++) {
		char *c = text + (value - text), before = *c;

		if (strchr("0123456789abcdef", before) == NULL)
			continue;
		*c = before == '0' ? '1' : '0';
		write_text(text, len);
		CU_ASSERT(!signer_key_open(&secret, &why, path, "") && is_zero(&secret));
		*c = before;
	}
	free(text);
}

static void
cut_at_every_byte(void)
{
	struct xonly_key key;
	struct secret_key secret;
	size_t len;
	char *text;

	unlink(path);
	CU_ASSERT_FATAL(signer_key_create(&key, &why, path, ""));
	text = text_of_file(&len);
	for (size_t cut = 0; cut + 2 < len; cut++) {
		write_text(text, cut);
		CU_ASSERT(!signer_key_open(&secret, &why, path, "") && why.code == EXIT_CORRUPT);
		CU_ASSERT(!signer_key_public(&key, &why, path));
	}
	free(text);
}

static void
what_is_no_key_file_is_refused(void)
{
	static const char *const texts[] = {
		"", "{}", "[]", "null", "{\"version\": 1}", "{\"version\": 1, \"key\": \"00\", \"secret\": \"00\"}",
		"{\"version\": 1, \"key\": 5, \"secret\": []}",
		"{\"version\": 2, \"key\": \"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\", \"secret\": \"00\"}",
	};
	struct xonly_key key;
	struct secret_key secret;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		write_text(texts[i], strlen(texts[i]));
		CU_ASSERT(!signer_key_open(&secret, &why, path, "") && why.code == EXIT_CORRUPT);
		CU_ASSERT(!signer_key_public(&key, &why, path));
	}
	unlink(path);
	CU_ASSERT(!signer_key_open(&secret, &why, path, "") && why.code == EXIT_USAGE); /* not there */
}

static const struct unit_test tests[] = {
	{ "with and without a passphrase", with_and_without_a_passphrase },
	{ "two keys differ", two_keys_differ },
	{ "a key is never overwritten", a_key_is_never_overwritten },
	{ "a file that others read is refused", a_file_that_others_read_is_refused },
	{ "a changed character anywhere refuses", a_changed_character_anywhere_refuses },
	{ "cut at every byte", cut_at_every_byte },
	{ "what is no key file is refused", what_is_no_key_file_is_refused },
};

int
main(void)
{
	int result;

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/key", folder);
	result = unit_run("signer_key", tests, ARRAY_LEN(tests));
	unlink(path);
	rmdir(folder);
	return result;
}
