/* Ed25519: RFC 8032, section 7.1, and keys that no honest signer has. */
#include "base/ed25519.h"

#include <string.h>

#include "base/bytes.h"
#include "tests/unit/unit.h"

static const struct {
	const char *seed, *key, *message, *sig;
} rfc[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void
signs_and_verifies_as_the_rfc(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rfc); i++) {
		struct ed25519_seed seed;
		struct ed25519_key key, made;
		struct ed25519_sig sig, again;
		uint8_t message[2];
		size_t len = strlen(rfc[i].message) / 2;

		CU_ASSERT_FATAL(hex_decode(seed.b, 32, rfc[i].seed) && hex_decode(key.b, 32, rfc[i].key) && hex_decode(sig.b, 64, rfc[i].sig));
		CU_ASSERT_FATAL(hex_decode(message, len, rfc[i].message));
		CU_ASSERT(ed25519_key_from_seed(&made, &seed) && memcmp(&made, &key, sizeof(key)) == 0);
		CU_ASSERT(ed25519_sign(&again, &seed, message, len) && memcmp(&again, &sig, sizeof(sig)) == 0);
		CU_ASSERT(ed25519_verify(&sig, &key, message, len));
		CU_ASSERT(ed25519_key_valid(&key));
		for (size_t bit = 0; bit < 512; bit++) {
			again = sig;
			again.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CU_ASSERT_FALSE(ed25519_verify(&again, &key, message, len));
		}
		CU_ASSERT_FALSE(ed25519_verify(&sig, &key, "af", 2));
	}
}

/* S + L verifies in sloppy implementations. */
static void
s_stands_below_the_order(void)
{
	static const char order[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
	struct ed25519_sig sig;
	struct ed25519_key key;
	uint8_t l[32];
	unsigned carry = 0;

	CU_ASSERT_FATAL(hex_decode(l, 32, order) && hex_decode(sig.b, 64, rfc[0].sig) && hex_decode(key.b, 32, rfc[0].key));
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)sig.b[32 + i] + l[i];
		sig.b[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	CU_ASSERT_FALSE(ed25519_verify(&sig, &key, "", 0));
}

static void
keys_that_sign_for_anybody_are_refused(void)
{
	static const char *const bad[] = {
		"0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000080",
		"0100000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		/* p and p + 1, which are 0 and 1 written too large, and the largest of all */
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	struct ed25519_key key;
	struct ed25519_sig sig = { { 1 } }; /* R is the neutral point, S is 0 */

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CU_ASSERT_FATAL(hex_decode(key.b, 32, bad[i]));
		CU_ASSERT_FALSE(ed25519_key_valid(&key));
	}
	CU_ASSERT_FATAL(hex_decode(key.b, 32, bad[2]));
	CU_ASSERT(ed25519_verify(&sig, &key, "anything", 8)); /* that is why */
}

static const struct unit_test tests[] = {
	{ "signs and verifies as the RFC", signs_and_verifies_as_the_rfc },
	{ "S stands below the order", s_stands_below_the_order },
	{ "keys that sign for anybody are refused", keys_that_sign_for_anybody_are_refused },
};

UNIT_MAIN("ed25519", tests)
