#include "bridge/wallet.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/file.h"
#include "tests/unit/unit.h"

static char dir[] = "/tmp/test_wallet_XXXXXX";

static char *
path_of(const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static void
remove_wallet(void)
{
	char *path = path_of("wallet.json");

	unlink(path);
	free(path);
}

/* Sign a hash with an account and check it with its key. */
static bool
signs(const struct wallet *w, const struct account *a)
{
	struct hash256 message = { { 7 } };
	struct schnorr_sig sig;
	struct complaint why;
	struct xonly_key key;

	if (!wallet_sign(&sig, w, &why, a, &message))
		return false;
	memcpy(key.b, a->id.b, sizeof(key.b));
	return schnorr_verify(&sig, &key, &message);
}

static void
keys_survive_a_restart(void)
{
	struct complaint why;
	struct wallet *w;
	struct account first, second, again;
	struct stat st;
	char *path = path_of("wallet.json");

	CU_ASSERT(wallet_open(&w, &why, dir));
	CU_ASSERT_PTR_NULL(w);
	CU_ASSERT_FATAL(wallet_create(&w, &why, dir, "horse"));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT(!wallet_is_locked(w));
	CU_ASSERT_EQUAL(wallet_accounts_n(w), 1);
	first = wallet_account_at(w, 0)->account;
	CU_ASSERT(wallet_new_account(&second, w, &why, "shop"));
	CU_ASSERT(!account_eq(&first, &second));
	CU_ASSERT(signs(w, &first) && signs(w, &second));
	wallet_free(w);

	CU_ASSERT_FATAL(wallet_open(&w, &why, dir));
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT(wallet_is_locked(w) && !signs(w, &first));
	CU_ASSERT(wallet_find_account(&again, w, "shop") && account_eq(&again, &second));
	CU_ASSERT(!wallet_new_account(&again, w, &why, "x"));
	CU_ASSERT(!wallet_unlock(w, &why, "hors"));
	CU_ASSERT_EQUAL(why.code, EXIT_REFUSED);
	CU_ASSERT(wallet_unlock(w, &why, "horse"));
	CU_ASSERT(signs(w, &first) && signs(w, &second));
	wallet_lock(w);
	CU_ASSERT(wallet_is_locked(w) && !signs(w, &first));
	wallet_free(w);
	CU_ASSERT(!wallet_create(&w, &why, dir, "other"));
	free(path);
	remove_wallet();
}

static void
an_old_backup_brings_every_key_back(void)
{
	char *backup = path_of("backup.json"), *missing = path_of("missing.json");
	struct account a[3], b;
	struct complaint why;
	struct wallet *w;

	CU_ASSERT_FATAL(wallet_create(&w, &why, dir, ""));
	CU_ASSERT(wallet_backup(w, &why, backup));
	CU_ASSERT(!wallet_backup(w, &why, backup));
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		CU_ASSERT(wallet_new_account(&a[i], w, &why, NULL));
	wallet_free(w);
	CU_ASSERT(!wallet_restore(&w, &why, dir, backup));
	remove_wallet();
	CU_ASSERT(!wallet_restore(&w, &why, dir, missing));
	CU_ASSERT_FATAL(wallet_restore(&w, &why, dir, backup));
	CU_ASSERT_EQUAL(wallet_accounts_n(w), 1);
	for (size_t i = 0; i < ARRAY_LEN(a); i++) {
		CU_ASSERT(wallet_new_account(&b, w, &why, NULL));
		CU_ASSERT(account_eq(&a[i], &b));
	}
	wallet_lock(w); /* without a passphrase there is nothing to lock */
	CU_ASSERT(!wallet_is_locked(w));
	wallet_free(w);
	unlink(backup);
	free(backup);
	free(missing);
	remove_wallet();
}

static void
labels_are_checked(void)
{
	static const char *const bad[] = { "",	  "a b",      "tly1", "tlyr",
					   "a/b", "\xc3\xa9", "main", "12345678901234567890123456789012345678901" };
	struct complaint why;
	struct account a;
	struct wallet *w;

	CU_ASSERT_FATAL(wallet_create(&w, &why, dir, ""));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CU_ASSERT(!wallet_new_account(&a, w, &why, bad[i]));
		CU_ASSERT(why.hint[0] != '\0');
	}
	CU_ASSERT(wallet_new_account(&a, w, &why, "A-shop_1.b"));
	CU_ASSERT_PTR_NOT_NULL(wallet_find(w, &a));
	CU_ASSERT(!wallet_find_account(&a, w, "nobody") && !wallet_find_account(&a, NULL, "main"));
	wallet_free(w);
	remove_wallet();
}

static void
put_text(const char *text, size_t len)
{
	char *path = path_of("wallet.json");
	struct complaint why;

	CU_ASSERT(file_write_durable(&why, path, text, len, 0600));
	free(path);
}

static void
damage_is_noticed(void)
{
	struct complaint why;
	struct wallet *w;
	char *path = path_of("wallet.json"), *text, *at;
	size_t len;

	CU_ASSERT_FATAL(wallet_create(&w, &why, dir, ""));
	wallet_free(w);
	text = file_read(&len, &why, path, 10000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (size_t cut = 0; cut < len; cut += 7) {
		put_text(text, cut);
		CU_ASSERT(!wallet_open(&w, &why, dir));
		CU_ASSERT_EQUAL(why.code, EXIT_CORRUPT);
	}
	at = strstr(text, "\"seed\": \"") + 9 + 2 * 40; /* inside the ciphertext */
	*at = *at == '0' ? '1' : '0';
	put_text(text, len);
	CU_ASSERT(!wallet_open(&w, &why, dir));
	*at = *at == '0' ? '1' : '0';
	free(text);
	free(path);
	remove_wallet();
}

/* W1: another key in the file is not taken for the seed's. */
static void
a_key_that_is_not_the_seeds_is_noticed(void)
{
	struct complaint why;
	struct wallet *w;
	char *path = path_of("wallet.json"), *text, *key;
	size_t len;

	CU_ASSERT_FATAL(wallet_create(&w, &why, dir, "horse"));
	wallet_free(w);
	text = file_read(&len, &why, path, 10000);
	key = strstr(text, "\"key\": \"") + 8;
	memcpy(key, "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", 64);
	put_text(text, len);
	CU_ASSERT_FATAL(wallet_open(&w, &why, dir));
	CU_ASSERT(!wallet_unlock(w, &why, "horse"));
	CU_ASSERT_EQUAL(why.code, EXIT_CORRUPT);
	CU_ASSERT(wallet_is_locked(w));
	wallet_free(w);
	free(text);
	free(path);
	remove_wallet();
}

/* A restart, a backup and the file's damage: shared accounts are what they were. */
static void
policies_are_kept(void)
{
	struct xonly_key keys[3], bad[2];
	struct account other, shared, again;
	struct complaint why;
	struct wallet *w;

	CU_ASSERT_FATAL(wallet_create(&w, &why, dir, "horse"));
	CU_ASSERT(wallet_new_account(&other, w, &why, "other") && wallet_new_account(&other, w, &why, "third"));
	for (size_t i = 0; i < 3; i++)
		keys[2 - i] = wallet_account_at(w, i)->key;
	wallet_lock(w);
	CU_ASSERT(wallet_new_policy(&shared, w, &why, "both", 2, keys, 2));
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "both", 2, keys, 3));
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "other", 2, keys, 3));
	CU_ASSERT(wallet_new_policy(&again, w, &why, NULL, 2, keys, 3));
	bad[0] = keys[1];
	bad[1] = keys[0];
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "twice", 2, bad, 2)); /* the same account, whatever the order */
	bad[1] = bad[0];
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "twice", 2, bad, 2));
	memset(&bad[1], 0xff, sizeof(bad[1]));
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "none", 2, bad, 2));
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "none", 0, keys, 2));
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "none", 3, keys, 2));
	CU_ASSERT(!wallet_new_policy(&again, w, &why, "none", 1, keys, 0));
	CU_ASSERT_EQUAL(wallet_policies_n(w), 2);
	wallet_free(w);

	CU_ASSERT_FATAL(wallet_open(&w, &why, dir));
	CU_ASSERT_EQUAL(wallet_policies_n(w), 2);
	CU_ASSERT_STRING_EQUAL(wallet_policy_at(w, 1)->label, "shared-2");
	CU_ASSERT(wallet_find_account(&again, w, "both") && account_eq(&again, &shared));
	CU_ASSERT_PTR_NOT_NULL_FATAL(wallet_find_policy(w, &shared));
	CU_ASSERT(wallet_find_policy(w, &shared)->k == 2 && wallet_find_policy(w, &shared)->n == 2);
	CU_ASSERT_PTR_NULL(wallet_find_policy(w, &other));
	CU_ASSERT_PTR_NULL(wallet_find(w, &shared));
	CU_ASSERT(wallet_unlock(w, &why, "horse"));
	CU_ASSERT(!wallet_new_account(&again, w, &why, "both"));
	wallet_free(w);
	remove_wallet();
}

static void
damaged_policies_are_noticed(void)
{
	static const char *const to[] = { "\"needed\": 0", "\"needed\": 3", "\"needed\": 17", "\"neded\": 2" };
	struct xonly_key keys[2];
	struct account other;
	struct complaint why;
	struct wallet *w;
	char *path = path_of("wallet.json"), *text;
	size_t len;

	CU_ASSERT_FATAL(wallet_create(&w, &why, dir, ""));
	CU_ASSERT(wallet_new_account(&other, w, &why, "other"));
	keys[0] = wallet_account_at(w, 0)->key;
	keys[1] = wallet_account_at(w, 1)->key;
	CU_ASSERT(wallet_new_policy(&other, w, &why, "both", 2, keys, 2));
	wallet_free(w);
	text = file_read(&len, &why, path, 10000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		char *at = strstr(text, "\"needed\": 2"), *bad;

		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		bad = mem_printf("%.*s%s%s", (int)(at - text), text, to[i], at + strlen("\"needed\": 2"));
		put_text(bad, strlen(bad));
		CU_ASSERT(!wallet_open(&w, &why, dir));
		CU_ASSERT_EQUAL(why.code, EXIT_CORRUPT);
		free(bad);
	}
	free(text);
	free(path);
	remove_wallet();
}

static const struct unit_test tests[] = {
	{ "keys survive a restart", keys_survive_a_restart },
	{ "an old backup brings every key back", an_old_backup_brings_every_key_back },
	{ "labels are checked", labels_are_checked },
	{ "damage is noticed", damage_is_noticed },
	{ "a key that is not the seed's is noticed", a_key_that_is_not_the_seeds_is_noticed },
	{ "policies are kept", policies_are_kept },
	{ "damaged policies are noticed", damaged_policies_are_noticed },
};

int
main(void)
{
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = unit_run("wallet", tests, ARRAY_LEN(tests));
	return rmdir(dir) == 0 ? failed : 1;
}
