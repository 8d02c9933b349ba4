/* coin: a customer's own main-chain wallet, as small as tests and the demo need it. One secret key, key-path outputs, and the reclaim
 * path of a deposit. It keeps nothing: secrets come on the command line, so it is for test networks only. Results are JSON. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/address.h"
#include "chain/descriptor.h"
#include "chain/sighash.h"
#include "chain/taproot.h"

#define EXIT_REFUSED 1
#define EXIT_USAGE 2
#define MEMBERS_MAX 999

static const char usage[] =
	"coin key SEED_TEXT\n"
	"    the key whose secret is the SHA-256 of the text, and its address\n"
	"coin spend --secret=HEX --in=TXID:VOUT:SATOSHI … --out=ADDRESS:SATOSHI … [--version=2] [--locktime=0] [--sequence=N]\n"
	"    a signed transaction that spends outputs of that key; what is not sent on is the fee\n"
	"coin sign-reclaim --secret=HEX --in=… --out=…\n"
	"                  (--descriptor=TEXT | --internal=HEX --threshold=K --member=HEX … --delay=BLOCKS)\n"
	"    spends a deposit through its reclaim leaf with the reclaim key's secret\n"
	"coin decode HEX\n"
	"--out=script:HEX:SATOSHI names an output script instead of an address; each takes --network=NAME, else it is regtest\n";

static NORETURN void
die(int status, const char *fmt, ...) PRINTF_LIKE(2, 3);

static NORETURN void
die(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("coin: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	if (status == EXIT_USAGE)
		fputs(usage, stderr);
	exit(status);
}

struct options {
	const struct chain_params *network;
	bool has_secret, has_internal;
	struct secret_key secret;
	struct tx tx;    /* inputs and outputs as they are named */
	struct tx spent; /* its outputs are what the inputs spend; scripts are filled in later */
	const char *descriptor;
	struct xonly_key internal;
	uint64_t threshold, delay;
	struct xonly_key members[MEMBERS_MAX];
	size_t members_n;
	bool has_sequence;
	uint32_t sequence;
	char **outs; /* read when the network is known */
	size_t outs_n;
};

static uint64_t
number(const char *text, uint64_t max)
{
	uint64_t v = 0;

	if (*text == '\0')
		die(EXIT_USAGE, "a number is missing");
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < '0' || *c > '9' || v > (max - (uint64_t)(*c - '0')) / 10)
			die(EXIT_USAGE, "%s is not a number up to %" PRIu64, text, max);
		v = v * 10 + (uint64_t)(*c - '0');
	}
	return v;
}

static void
bytes32(uint8_t out[32], const char *hex, const char *what)
{
	if (!hex_decode(out, 32, hex))
		die(EXIT_USAGE, "%s is 64 hex digits", what);
}

/* Cut text at its last ':'; what follows it. */
static char *
cut_last(char *text, const char *form)
{
	char *colon = strrchr(text, ':');

	if (colon == NULL)
		die(EXIT_USAGE, "%s is not of the form %s", text, form);
	*colon = '\0';
	return colon + 1;
}

static void
add_in(struct options *o, const char *arg)
{
	static const char form[] = "TXID:VOUT:SATOSHI";
	char *text = mem_strdup(arg);
	uint64_t value = number(cut_last(text, form), COIN_MAX);
	struct outpoint prevout = { .index = (uint32_t)number(cut_last(text, form), UINT32_MAX) };

	if (!hash256_from_display(&prevout.txid, text))
		die(EXIT_USAGE, "%s is not a transaction id", text);
	tx_add_in(&o->tx, &prevout, SEQUENCE_RBF);
	tx_add_out(&o->spent, value, NULL, 0);
	free(text);
}

static void
add_out(struct options *o, const char *arg)
{
	char *text = mem_strdup(arg);
	uint64_t value = number(cut_last(text, "ADDRESS:SATOSHI"), COIN_MAX);
	uint8_t address[ADDRESS_SCRIPT_MAX], *script = address;
	size_t len;

	if (strncmp(text, "script:", 7) == 0) {
		script = hex_decode_new(&len, text + 7, 10000);
		if (script == NULL)
			die(EXIT_USAGE, "%s is not a script in hex", text + 7);
	} else {
		enum address_verdict v = address_decode(address, &len, o->network, text);

		if (v != ADDRESS_OK)
			die(EXIT_REFUSED, "%s: %s", text, address_verdict_text(v));
	}
	tx_add_out(&o->tx, value, script, len);
	if (script != address)
		free(script);
	free(text);
}

static void
set_option(struct options *o, int key, char *arg)
{
	switch (key) {
	case 'n':
		o->network = chain_params_find(arg);
		if (o->network == NULL)
			die(EXIT_USAGE, "%s is not a network: main, testnet4, testnet3, signet, regtest", arg);
		break;
	case 's':
		bytes32(o->secret.b, arg, "--secret");
		o->has_secret = true;
		break;
	case 'i':
		add_in(o, arg);
		break;
	case 'o':
		o->outs = mem_resize(o->outs, o->outs_n + 1, sizeof(*o->outs));
		o->outs[o->outs_n++] = arg;
		break;
	case 'v':
		o->tx.version = (int32_t)number(arg, INT32_MAX);
		break;
	case 'l':
		o->tx.locktime = (uint32_t)number(arg, UINT32_MAX);
		break;
	case 'q':
		o->sequence = (uint32_t)number(arg, UINT32_MAX);
		o->has_sequence = true;
		break;
	case 'D':
		o->descriptor = arg;
		break;
	case 'I':
		bytes32(o->internal.b, arg, "--internal");
		o->has_internal = true;
		break;
	case 'k':
		o->threshold = number(arg, MEMBERS_MAX);
		break;
	case 'm':
		if (o->members_n == MEMBERS_MAX)
			die(EXIT_USAGE, "more than %d members", MEMBERS_MAX);
		bytes32(o->members[o->members_n++].b, arg, "--member");
		break;
	case 'd':
		o->delay = number(arg, 65535);
		break;
	default:
		die(EXIT_USAGE, "unknown option, or one without its value");
	}
}

static void
read_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "network", required_argument, NULL, 'n' },    { "secret", required_argument, NULL, 's' },
		{ "in", required_argument, NULL, 'i' },         { "out", required_argument, NULL, 'o' },
		{ "version", required_argument, NULL, 'v' },    { "locktime", required_argument, NULL, 'l' },
		{ "sequence", required_argument, NULL, 'q' },   { "descriptor", required_argument, NULL, 'D' },
		{ "internal", required_argument, NULL, 'I' },   { "threshold", required_argument, NULL, 'k' },
		{ "member", required_argument, NULL, 'm' },     { "delay", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int key;

	o->network = chain_params_find("regtest");
	o->tx.version = 2;
	opterr = 0;
	while ((key = getopt_long(argc, argv, "", known, NULL)) != -1)
		set_option(o, key, optarg);
	for (size_t i = 0; i < o->outs_n; i++)
		add_out(o, o->outs[i]);
}

static void
print_json(json_t *j)
{
	json_dumpf(j, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(j);
}

static void
set_hex(json_t *j, const char *name, const void *bytes, size_t len)
{
	char *hex = mem_new(2 * len + 1, 1);

	hex_encode(hex, bytes, len);
	json_object_set_new(j, name, json_string(hex));
	free(hex);
}

static void
set_id(json_t *j, const char *name, const struct hash256 *h)
{
	char hex[HASH256_HEX_LEN];

	hash256_to_display(hex, h);
	json_object_set_new(j, name, json_string(hex));
}

static void
set_sizes(json_t *j, const struct tx *tx)
{
	struct hash256 id;

	tx_txid(&id, tx);
	set_id(j, "txid", &id);
	tx_wtxid(&id, tx);
	set_id(j, "wtxid", &id);
	json_object_set_new(j, "vsize", json_integer((json_int_t)tx_vsize(tx)));
	json_object_set_new(j, "weight", json_integer((json_int_t)tx_weight(tx)));
}

/* The key-path output script of a secret, without a script tree (BIP86). */
static void
own_script(uint8_t script[34], const struct secret_key *secret)
{
	struct xonly_key internal, output;

	if (!xonly_from_secret(&internal, secret) || !taproot_output_key(&output, NULL, &internal, NULL))
		die(EXIT_REFUSED, "this secret is not a valid key");
	script_p2tr(script, &output);
}

static void
cmd_key(struct options *o, const char *text)
{
	struct hash256 h;
	struct xonly_key key;
	uint8_t script[34];
	char address[ADDRESS_TEXT_LEN];
	json_t *j = json_object();

	sha256(&h, text, strlen(text));
	memcpy(o->secret.b, h.b, 32);
	own_script(script, &o->secret);
	if (!xonly_from_secret(&key, &o->secret) || !address_encode(address, o->network, script, sizeof(script)))
		die(EXIT_REFUSED, "no key comes of this text");
	set_hex(j, "secret", o->secret.b, 32);
	set_hex(j, "xonly", key.b, 32);
	json_object_set_new(j, "address", json_string(address));
	set_hex(j, "script", script, sizeof(script));
	print_json(j);
}

/* Checks what a spend of any kind needs; the fee. */
static uint64_t
check_spend(const struct options *o)
{
	uint64_t in = 0, out = 0;
	const char *why;

	if (!o->has_secret || o->tx.in_n == 0 || o->tx.out_n == 0)
		die(EXIT_USAGE, "--secret, --in and --out are needed");
	why = tx_check(&o->tx);
	if (why != NULL)
		die(EXIT_REFUSED, "not a valid transaction: %s", why);
	for (size_t i = 0; i < o->spent.out_n; i++)
		in += o->spent.out[i].value;
	for (size_t i = 0; i < o->tx.out_n; i++)
		out += o->tx.out[i].value;
	if (out > in)
		die(EXIT_REFUSED, "the outputs are worth %" PRIu64 " satoshi more than the inputs", out - in);
	return in - out;
}

static void
set_spent_scripts(struct options *o, const uint8_t script[34])
{
	for (size_t i = 0; i < o->spent.out_n; i++) {
		o->spent.out[i].script = mem_dup(script, 34);
		o->spent.out[i].script_len = 34;
	}
}

/* Signs every input alike: leaf NULL is the key path. */
static void
sign_inputs(struct options *o, const struct secret_key *secret, const struct hash256 *leaf)
{
	struct sighash_shared shared;

	sighash_share(&shared, &o->tx, o->spent.out);
	for (size_t i = 0; i < o->tx.in_n; i++) {
		struct hash256 message;
		struct schnorr_sig sig;

		if (!sighash_taproot(&message, &shared, &o->tx, o->spent.out, i, SIGHASH_DEFAULT, leaf, NULL, 0) ||
		    !schnorr_sign(&sig, secret, &message, NULL))
			die(EXIT_REFUSED, "could not sign input %zu", i);
		txin_add_witness(&o->tx.in[i], sig.b, sizeof(sig.b));
	}
}

static void
print_signed(const struct options *o, uint64_t fee)
{
	struct wr w = { 0 };
	json_t *j = json_object();

	wr_tx(&w, &o->tx);
	set_hex(j, "hex", w.p, w.len);
	set_sizes(j, &o->tx);
	json_object_set_new(j, "fee_sat", json_integer((json_int_t)fee));
	print_json(j);
	wr_clear(&w);
}

static void
set_sequences(struct options *o, uint32_t sequence)
{
	for (size_t i = 0; i < o->tx.in_n; i++)
		o->tx.in[i].sequence = sequence;
}

static void
cmd_spend(struct options *o)
{
	uint64_t fee = check_spend(o);
	struct secret_key tweaked;
	struct xonly_key internal;
	struct hash256 tweak;
	uint8_t script[34];

	if (o->has_sequence)
		set_sequences(o, o->sequence);
	own_script(script, &o->secret);
	set_spent_scripts(o, script);
	if (!xonly_from_secret(&internal, &o->secret))
		die(EXIT_REFUSED, "this secret is not a valid key");
	taptweak_hash(&tweak, &internal, NULL);
	if (!secret_tweak_add(&tweaked, &o->secret, &tweak))
		die(EXIT_REFUSED, "this secret has no output key");
	sign_inputs(o, &tweaked, NULL);
	print_signed(o, fee);
}

/* A key of a descriptor, at *p, which moves on. */
static bool
take_key(const char **p, struct xonly_key *out)
{
	char hex[65];

	if (strnlen(*p, 64) < 64)
		return false;
	memcpy(hex, *p, 64);
	hex[64] = '\0';
	*p += 64;
	return hex_decode(out->b, 32, hex);
}

static bool
take_text(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

static bool
take_number(const char **p, uint64_t *out)
{
	char *end;

	if (**p < '1' || **p > '9')
		return false;
	*out = strtoull(*p, &end, 10);
	*p = end;
	return *out <= 65535;
}

static bool
take_descriptor(struct options *o, struct xonly_key *reclaim)
{
	const char *p = o->descriptor;

	if (!take_text(&p, "tr(") || !take_key(&p, &o->internal) || !take_text(&p, ",{multi_a(") || !take_number(&p, &o->threshold))
		return false;
	for (o->members_n = 0; take_text(&p, ","); o->members_n++) {
		if (o->members_n == MEMBERS_MAX || !take_key(&p, &o->members[o->members_n]))
			return false;
	}
	return take_text(&p, "),and_v(v:pk(") && take_key(&p, reclaim) && take_text(&p, "),older(") && take_number(&p, &o->delay);
}

static struct multi_a
members_of(const struct options *o)
{
	return (struct multi_a){ .k = (uint32_t)o->threshold, .n = o->members_n, .keys = o->members };
}

/* Fills in the parameters from the descriptor. What was read counts only when it makes the very same text, checksum included. */
static void
read_descriptor(struct options *o, const struct xonly_key *reclaim)
{
	struct xonly_key named;
	char *again;

	if (!take_descriptor(o, &named))
		die(EXIT_REFUSED, "this is not a deposit's descriptor");
	again = descriptor_multi_older_pk(&o->internal, members_of(o), &named, (uint32_t)o->delay);
	if (again == NULL || strcmp(again, o->descriptor) != 0)
		die(EXIT_REFUSED, "the descriptor has a mistake in it, perhaps in its checksum");
	if (!xonly_eq(&named, reclaim))
		die(EXIT_REFUSED, "the secret is not that of the descriptor's reclaim key");
	free(again);
}

static void
cmd_sign_reclaim(struct options *o)
{
	uint64_t fee = check_spend(o);
	struct two_leaf_tree tree;
	struct xonly_key reclaim;
	uint8_t script[34], control[65];

	if (!xonly_from_secret(&reclaim, &o->secret))
		die(EXIT_REFUSED, "this secret is not a valid key");
	if (o->descriptor != NULL)
		read_descriptor(o, &reclaim);
	else if (!o->has_internal)
		die(EXIT_USAGE, "--descriptor is needed, or --internal, --threshold, --member and --delay");
	if (!tree_multi_older_pk(&tree, &o->internal, members_of(o), &reclaim, (uint32_t)o->delay))
		die(EXIT_REFUSED, "no output is made with these keys, this threshold and this delay");
	script_p2tr(script, &tree.output_key);
	set_spent_scripts(o, script);
	set_sequences(o, o->has_sequence ? o->sequence : (uint32_t)o->delay); /* BIP68: this many blocks */
	sign_inputs(o, &o->secret, &tree.leaf_hash[1]);
	two_leaf_control(control, &tree, 1);
	for (size_t i = 0; i < o->tx.in_n; i++) {
		txin_add_witness(&o->tx.in[i], tree.leaf[1].p, tree.leaf[1].len);
		txin_add_witness(&o->tx.in[i], control, sizeof(control));
	}
	print_signed(o, fee);
	two_leaf_tree_clear(&tree);
}

static json_t *
input_json(const struct txin *in)
{
	json_t *j = json_object(), *witness = json_array();

	set_id(j, "txid", &in->prevout.txid);
	json_object_set_new(j, "vout", json_integer(in->prevout.index));
	set_hex(j, "script_sig", in->script_sig, in->script_sig_len);
	json_object_set_new(j, "sequence", json_integer(in->sequence));
	for (size_t k = 0; k < in->witness_n; k++) {
		char *hex = mem_new(2 * in->witness[k].len + 1, 1);

		hex_encode(hex, in->witness[k].bytes, in->witness[k].len);
		json_array_append_new(witness, json_string(hex));
		free(hex);
	}
	json_object_set_new(j, "witness", witness);
	return j;
}

static json_t *
output_json(const struct options *o, const struct txout *out, size_t n)
{
	json_t *j = json_object();
	char address[ADDRESS_TEXT_LEN];

	json_object_set_new(j, "n", json_integer((json_int_t)n));
	json_object_set_new(j, "value_sat", json_integer((json_int_t)out->value));
	set_hex(j, "script", out->script, out->script_len);
	if (address_encode(address, o->network, out->script, out->script_len))
		json_object_set_new(j, "address", json_string(address));
	return j;
}

static void
cmd_decode(struct options *o, const char *hex)
{
	size_t len;
	uint8_t *bytes = hex_decode_new(&len, hex, TX_BYTES_MAX);
	json_t *j = json_object(), *in = json_array(), *out = json_array();
	struct tx tx;

	if (bytes == NULL || !tx_decode(&tx, bytes, len))
		die(EXIT_REFUSED, "this is not a transaction");
	set_sizes(j, &tx);
	json_object_set_new(j, "version", json_integer(tx.version));
	json_object_set_new(j, "locktime", json_integer(tx.locktime));
	for (size_t i = 0; i < tx.in_n; i++)
		json_array_append_new(in, input_json(&tx.in[i]));
	for (size_t i = 0; i < tx.out_n; i++)
		json_array_append_new(out, output_json(o, &tx.out[i], i));
	json_object_set_new(j, "vin", in);
	json_object_set_new(j, "vout", out);
	print_json(j);
	tx_clear(&tx);
	free(bytes);
}

int
main(int argc, char **argv)
{
	static struct options o;
	const char *command = argc > 1 ? argv[1] : "";
	int rest;

	read_options(&o, argc > 1 ? argc - 1 : argc, argc > 1 ? argv + 1 : argv);
	rest = argc > 1 ? argc - 1 - optind : 0;
	if (strcmp(command, "key") == 0 && rest == 1)
		cmd_key(&o, argv[argc - 1]);
	else if (strcmp(command, "decode") == 0 && rest == 1)
		cmd_decode(&o, argv[argc - 1]);
	else if (strcmp(command, "spend") == 0 && rest == 0)
		cmd_spend(&o);
	else if (strcmp(command, "sign-reclaim") == 0 && rest == 0)
		cmd_sign_reclaim(&o);
	else
		die(EXIT_USAGE, "which command?");
	mem_wipe(&o.secret, sizeof(o.secret));
	tx_clear(&o.tx);
	tx_clear(&o.spent);
	free(o.outs);
	return 0;
}
