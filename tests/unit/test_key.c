#include "chain/key.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

/* BIP340's test-vectors.csv (bitcoin/bips), all rows. */
static const struct {
	const char *secret, *key, *aux, *message, *sig;
	bool good;
} bip340[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000003",
	  "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215"
	  "25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0",
	  true },
	{ "b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfef",
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  "0000000000000000000000000000000000000000000000000000000000000001",
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "6896bd60eeae296db48a229ff71dfe071bde413e6d43f917dc8dcf8c78de3341"
	  "8906d11ac976abccb20b091292bff4ea897efcb639ea871cfa95f6de339e4b0a",
	  true },
	{ "c90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b14e5c9",
	  "dd308afec5777e13121fa72b9cc1b7cc0139715309b086c960e18fd969774eb8",
	  "c87aa53824b4d7ae2eb035a2b5bbbccc080e76cdc6d1692c4b0b62d798e6d906",
	  "7e2d58d8b3bcdf1abadec7829054f90dda9805aab56c77333024b9d0a508b75c",
	  "5831aaeed7b44bb74e5eab94ba9d4294c49bcf2a60728d8b4c200f50dd313c1b"
	  "ab745879a5ad954a72c45a91c3a51d3c7adea98d82f8481e0e1e03674a6f3fb7",
	  true },
	{ "0b432b2677937381aef05bb02a66ecd012773062cf3fa2549e44f58ed2401710",
	  "25d1dff95105f5253c4022f628a996ad3a0d95fbf21d468a1b33f8c160d8f517",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  "7eb0509757e246f19449885651611cb965ecc1a187dd51b64fda1edc9637d5ec"
	  "97582b9cb13db3933705b32ba982af5af25fd78881ebb32771fc5922efc66ea3",
	  true },
	{ NULL,
	  "d69c3509bb99e412e68b0fe8544e72837dfa30746d8be2aa65975f29d22dc7b9",
	  NULL,
	  "4df3c3f68fcc83b27e9d42c90431a72499f17875c81a599b566c9889b9696703",
	  "00000000000000000000003b78ce563f89a0ed9414f5aa28ad0d96d6795f9c63"
	  "76afb1548af603b3eb45c9f8207dee1060cb71c04e80f593060b07d28308d7f4",
	  true },
	{ NULL,
	  "eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	  "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556"
	  "3cc27944640ac607cd107ae10923d9ef7a73c643e166be5ebeafa34b1ac553e2",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "1fa62e331edbc21c394792d2ab1100a7b432b013df3f6ff4f99fcb33e0e1515f"
	  "28890b3edb6e7189b630448b515ce4f8622a954cfe545735aaea5134fccdb2bd",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	  "961764b3aa9b2ffcb6ef947b6887a226e8d7c93e00c5ed0c1834ff0d0c2e6da6",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "0000000000000000000000000000000000000000000000000000000000000000"
	  "123dda8328af9c23a94c1feecfd123ba4fb73476f0d594dcb65c6425bd186051",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "0000000000000000000000000000000000000000000000000000000000000001"
	  "7615fbaf5ae28864013c099742deadb4dba87f11ac6754f93780d5a1837cf197",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "4a298dacae57395a15d0795ddbfd1dcb564da82b0f269bc70a74f8220429ba1d"
	  "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"
	  "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	  false },
	{ NULL,
	  "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	  "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
	  false },
	{ NULL,
	  "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30",
	  NULL,
	  "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89",
	  "6cff5c3ba86c69ea4b7376f31a9bcb4f74c1976089b2d9963da2e5543e177769"
	  "69e89b4c5564d00349106b8497785dd7d1d713a8ae82b32fa79d5f7fc407d39b",
	  false },
	{ "0340034003400340034003400340034003400340034003400340034003400340",
	  "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "",
	  "71535db165ecd9fbbc046e5ffaea61186bb6ad436732fccc25291a55895464cf"
	  "6069ce26bf03466228f19a3a62db8a649f2d560fac652827d1af0574e427ab63",
	  true },
	{ "0340034003400340034003400340034003400340034003400340034003400340",
	  "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "11",
	  "08a20a0afef64124649232e0693c583ab1b9934ae63b4c3511f3ae1134c6a303"
	  "ea3173bfea6683bd101fa5aa5dbc1996fe7cacfc5a577d33ec14564cec2bacbf",
	  true },
	{ "0340034003400340034003400340034003400340034003400340034003400340",
	  "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "0102030405060708090a0b0c0d0e0f1011",
	  "5130f39a4059b43bc7cac09a19ece52b5d8699d1a71e3c52da9afdb6b50ac370"
	  "c4a482b77bf960f8681540e25b6771ece1e5a37fd80e5a51897c5566a97ea5a5",
	  true },
	{ "0340034003400340034003400340034003400340034003400340034003400340",
	  "778caa53b4393ac467774d09497a87224bf9fab6f6e68b23086497324d6fd117",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
	  "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999",
	  "403b12b0d8555a344175ea7ec746566303321e5dbfa8be6f091635163eca79a8"
	  "585ed3e3170807e7c03b720fc54c7b23897fcba0e9d0b4a06894cfd249f22367",
	  true },
};

static void
bip340_vectors(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bip340); i++) {
		struct schnorr_sig want, got;
		struct xonly_key key, derived;
		struct secret_key secret;
		struct hash256 message;
		uint8_t aux[32], *m;
		size_t len;

		CU_ASSERT_FATAL(hex_decode(key.b, 32, bip340[i].key) && hex_decode(want.b, 64, bip340[i].sig));
		m = hex_decode_new(&len, bip340[i].message, 1000);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL(schnorr_verify_var(&want, &key, m, len), bip340[i].good);
		if (len == 32) {
			memcpy(message.b, m, 32);
			CU_ASSERT_EQUAL(schnorr_verify(&want, &key, &message), bip340[i].good);
		}
		free(m);
		if (bip340[i].secret == NULL)
			continue;
		CU_ASSERT_FATAL(hex_decode(secret.b, 32, bip340[i].secret) && hex_decode(aux, 32, bip340[i].aux));
		CU_ASSERT(xonly_from_secret(&derived, &secret));
		CU_ASSERT(xonly_eq(&derived, &key));
		if (len != 32)
			continue;
		CU_ASSERT(schnorr_sign(&got, &secret, &message, aux));
		CU_ASSERT_EQUAL(memcmp(got.b, want.b, 64), 0);
	}
}

static const char order_minus_1[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
static const char order[] = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char one[] = "0000000000000000000000000000000000000000000000000000000000000001";

static struct secret_key
secret_of(const char *hex)
{
	struct secret_key k;

	CU_ASSERT_FATAL(hex_decode(k.b, 32, hex));
	return k;
}

static void
secrets_are_1_to_n_minus_1(void)
{
	static const struct {
		const char *hex;
		bool ok;
	} rows[] = {
		{ zero, false },
		{ one, true },
		{ order_minus_1, true },
		{ order, false },
		{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false },
	};
	struct hash256 message = { { 1 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct secret_key k = secret_of(rows[i].hex);
		struct schnorr_sig sig;
		struct xonly_key pub;
		struct secret_key tweaked;

		CU_ASSERT_EQUAL(secret_key_valid(&k), rows[i].ok);
		CU_ASSERT_EQUAL(xonly_from_secret(&pub, &k), rows[i].ok);
		CU_ASSERT_EQUAL(schnorr_sign(&sig, &k, &message, NULL), rows[i].ok);
		CU_ASSERT_EQUAL(secret_tweak_add(&tweaked, &k, &message), rows[i].ok);
	}
}

static void
signing_without_aux_is_deterministic(void)
{
	struct secret_key k = secret_of(order_minus_1);
	struct hash256 message;
	struct schnorr_sig a, b;
	struct xonly_key pub;

	sha256(&message, "a message", 9);
	CU_ASSERT(xonly_from_secret(&pub, &k));
	CU_ASSERT(schnorr_sign(&a, &k, &message, NULL));
	CU_ASSERT(schnorr_sign(&b, &k, &message, NULL));
	CU_ASSERT_EQUAL(memcmp(&a, &b, sizeof(a)), 0);
	CU_ASSERT(schnorr_verify(&a, &pub, &message));
	for (size_t bit = 0; bit < 512; bit += 37) {
		b = a;
		b.b[bit / 8] = (uint8_t)(b.b[bit / 8] ^ (1u << bit % 8));
		CU_ASSERT_FALSE(schnorr_verify(&b, &pub, &message));
	}
	message.b[31] ^= 1;
	CU_ASSERT_FALSE(schnorr_verify(&a, &pub, &message));
}

/* The public and the secret tweak agree, whatever the parity of the key or of the sum. */
static void
tweaks_agree(void)
{
	for (uint8_t i = 1; i < 40; i++) {
		struct secret_key k = { { 0 } }, tweaked;
		struct xonly_key pub, sum, again;
		struct hash256 t;
		bool odd;

		k.b[31] = i;
		sha256(&t, &i, 1);
		CU_ASSERT_FATAL(xonly_from_secret(&pub, &k));
		CU_ASSERT(xonly_tweak_add(&sum, &odd, &pub, &t));
		CU_ASSERT(xonly_tweak_add(&sum, NULL, &pub, &t));
		CU_ASSERT(secret_tweak_add(&tweaked, &k, &t));
		CU_ASSERT(xonly_from_secret(&again, &tweaked));
		CU_ASSERT(xonly_eq(&again, &sum));
	}
}

static void
tweaks_that_have_no_sum_are_refused(void)
{
	struct secret_key k = secret_of(one), out = secret_of(one);
	struct hash256 t;
	struct xonly_key g, sum;

	CU_ASSERT_FATAL(xonly_from_secret(&g, &k));
	CU_ASSERT_FATAL(hash256_from_hex(&t, order)); /* not below the order */
	CU_ASSERT_FALSE(xonly_tweak_add(&sum, NULL, &g, &t));
	CU_ASSERT_FALSE(secret_tweak_add(&out, &k, &t));
	CU_ASSERT_FATAL(hash256_from_hex(&t, order_minus_1)); /* G - G: infinity */
	CU_ASSERT_FALSE(xonly_tweak_add(&sum, NULL, &g, &t));
	CU_ASSERT_FALSE(secret_tweak_add(&out, &k, &t));
	CU_ASSERT_EQUAL(memcmp(&out, &k, sizeof(k)), 0); /* untouched */
	CU_ASSERT_FATAL(hash256_from_hex(&t, zero));
	CU_ASSERT(xonly_tweak_add(&sum, NULL, &g, &t));
	CU_ASSERT(xonly_eq(&sum, &g));

	memset(&g, 0xff, sizeof(g));
	CU_ASSERT_FALSE(xonly_valid(&g));
	CU_ASSERT_FALSE(xonly_tweak_add(&sum, NULL, &g, &t));
	memset(&g, 0, sizeof(g));
	CU_ASSERT_FALSE(xonly_valid(&g));
}

static void *
sign_and_verify_often(void *failures)
{
	size_t *bad = failures;

	for (uint8_t i = 1; i < 20; i++) {
		struct secret_key k = { { 0 } };
		struct hash256 message;
		struct schnorr_sig sig;
		struct xonly_key pub;

		k.b[0] = i;
		sha256(&message, &i, 1);
		if (!xonly_from_secret(&pub, &k) || !schnorr_sign(&sig, &k, &message, NULL) || !schnorr_verify(&sig, &pub, &message))
			++*bad;
	}
	return NULL;
}

static void
threads_do_not_disturb_each_other(void)
{
	pthread_t thread[4];
	size_t bad[4] = { 0 };

	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, sign_and_verify_often, &bad[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(pthread_join(thread[i], NULL), 0);
		CU_ASSERT_EQUAL(bad[i], 0);
	}
}

/* BIP143's native P2WPKH example: its second input's key, signature and hash. */
static void
ecdsa_signatures(void)
{
	static const char key_hex[] = "025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357";
	static const char der_hex[] = "304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a"
				      "0220573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee";
	/* The same with S replaced by the order minus S. */
	static const char high_s_hex[] = "304502203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a"
					 "022100a8c56ab3bae7ccea9ebf906fcff170cb61b9c3bddb0c7f1133238e5ee9b75553";
	uint8_t key[33], der[70], high_s[71];
	struct hash256 hash;

	CU_ASSERT_FATAL(hex_decode(key, 33, key_hex) && hex_decode(der, 70, der_hex) && hex_decode(high_s, 71, high_s_hex));
	CU_ASSERT_FATAL(hash256_from_hex(&hash, "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670"));
	CU_ASSERT(ecdsa_verify_der(der, 70, key, 33, &hash));
	CU_ASSERT(ecdsa_verify_der(high_s, 71, key, 33, &hash));
	for (size_t cut = 0; cut < 70; cut++)
		CU_ASSERT_FALSE(ecdsa_verify_der(der, cut, key, 33, &hash));
	CU_ASSERT_FALSE(ecdsa_verify_der(der, 70, key, 32, &hash));
	CU_ASSERT_FALSE(ecdsa_verify_der(der, 70, key, 0, &hash));
	hash.b[0] ^= 1;
	CU_ASSERT_FALSE(ecdsa_verify_der(der, 70, key, 33, &hash));
}

/* R and S of BIP143's example in the forms that were taken before BIP66, as libsecp256k1's contrib/lax_der_parsing.c reads them. */
#define R "3609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a"
#define S "573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee"
#define ZEROS_16 "00000000000000000000000000000000"

static void
ecdsa_signatures_before_bip66(void)
{
	static const struct {
		const char *sig;
		bool good;
	} rows[] = {
		{ "3044" "0220" R "0220" S, true },
		{ "3000" "0220" R "0220" S, true },          /* the length of the whole is not looked at, */
		{ "30850102030405" "0220" R "0220" S, true }, /* however long */
		{ "3044" "0220" R "0220" S "0102", true },   /* bytes behind */
		{ "3044" "028120" R "0220" S, true },        /* lengths in longer forms */
		{ "3044" "02820020" R "0283000020" S, true },
		{ "3044" "0285000000002" "0" R "0220" S, true },
		{ "3044" "0230" ZEROS_16 R "0222" "0000" S, true }, /* zeros in front */
		{ "3144" "0220" R "0220" S, false },
		{ "3044" "0320" R "0220" S, false },
		{ "3044" "0220" R "0320" S, false },
		{ "3044" "0220" R "0221" S, false }, /* runs past the end */
		{ "3044" "0220" R "02850100000020" S, false },
		{ "3044" "0221" "01" R "0220" S, false }, /* above the order: well formed, and good for nothing */
		{ "3044" "0200" "0200", false },
		{ "3044" "0220" R, false },
		{ "3081", false },
		{ "30", false },
		{ "", false },
	};
	uint8_t key[33];
	struct hash256 hash;

	CU_ASSERT_FATAL(hex_decode(key, 33, "025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357"));
	CU_ASSERT_FATAL(hash256_from_hex(&hash, "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len;
		uint8_t *sig = hex_decode_new(&len, rows[i].sig, 200);

		CU_ASSERT_FATAL(sig != NULL);
		CU_ASSERT_EQUAL(ecdsa_verify_lax(sig, len, key, sizeof(key), &hash), rows[i].good);
		if (i > 0)
			CU_ASSERT_FALSE(ecdsa_verify_der(sig, len, key, sizeof(key), &hash));
		for (size_t cut = 0; cut < len && i == 0; cut++) {
			uint8_t *exact = mem_dup(sig, cut);

			CU_ASSERT_FALSE(ecdsa_verify_lax(exact, cut, key, sizeof(key), &hash));
			free(exact);
		}
		free(sig);
	}
}

static const struct unit_test tests[] = {
	{ "BIP340's vectors", bip340_vectors },
	{ "secrets are 1 to n - 1", secrets_are_1_to_n_minus_1 },
	{ "signing without aux is deterministic", signing_without_aux_is_deterministic },
	{ "tweaks agree", tweaks_agree },
	{ "tweaks that have no sum are refused", tweaks_that_have_no_sum_are_refused },
	{ "threads do not disturb each other", threads_do_not_disturb_each_other },
	{ "ECDSA signatures", ecdsa_signatures },
	{ "ECDSA signatures before BIP66", ecdsa_signatures_before_bip66 },
};

UNIT_MAIN("key", tests)
