/* tally-signer: holds one federation member's key, and answers its daemon on a Unix socket. See signer.h for what it agrees to.
 *
 *   genesis, key, log, socket are opened -> sandbox -> first request is read
 *
 * Core dumps and debuggers are shut out before the key is read; the log is locked before the socket is taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "bridge/file.h"
#include "bridge/genesis_file.h"
#include "bridge/options.h"
#include "bridge/sandbox.h"
#include "bridge/secret_line.h"
#include "bridge/signer_key.h"
#include "bridge/signer_serve.h"
#include "bridge/version.h"

#define PROGRAM "tally-signer"
#define PASSPHRASE_FILE_MAX 10000
#define MAX_FEERATE_MAX 1000000 /* sat/vB */

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void
print_help(void)
{
	printf("usage: " PROGRAM " [option…] [command]\n\n"
	       "Holds a federation member's key and signs for the tallyd that it trusts least. Without a command it serves; the commands are\n\n"
	       "  newkey                       make a key, and print its public half for the genesis file\n"
	       "  showkey                      print the public half again\n\n");
	options_print_help(options_of_signer, stdout);
	printf("\nExit codes: 0 done, 1 refused (wrong passphrase, another signer runs), 2 bad usage, 6 corrupt data, 7 internal.\n");
}

static void
print_version(void)
{
	version_print(PROGRAM, stdout);
	printf("sandbox %s\n", sandbox_available() ? "on" : "off: this build has sanitizers, and is for tests alone");
}

/* --- Paths: as set, or in the data directory. Owned by the caller. --- */

static char *
path_of(const struct options *o, const char *option, const char *fallback)
{
	const char *set = options_text(o, option);

	return set != NULL ? mem_strdup(set) : options_path(o, fallback);
}

static char *
log_path(const struct options *o, const char *key_path)
{
	const char *set = options_text(o, "signer-log");

	return set != NULL ? mem_strdup(set) : mem_printf("%s.log", key_path);
}

/* --- Passphrases --- */

/* First line of --passphrase-file. Released by secret_line_free(). */
static char *
passphrase_from_file(struct complaint *why, const char *path)
{
	size_t len;
	char *text = file_read(&len, why, path, PASSPHRASE_FILE_MAX), *line;

	if (text == NULL)
		return NULL;
	line = mem_strdup(text);
	line[strcspn(line, "\r\n")] = '\0';
	mem_wipe(text, len);
	free(text);
	return line;
}

/* For a new key: NULL when there is none to be had. An empty one means that the file protects itself by its permissions alone. */
static char *
new_passphrase(struct complaint *why, const struct options *o)
{
	const char *file = options_text(o, "passphrase-file");
	char *first, *second;

	if (file != NULL)
		return passphrase_from_file(why, file);
	if (!secret_line_terminal()) {
		complain(why, EXIT_USAGE, "give --passphrase-file=FILE; an empty file means no passphrase", "a new key needs a passphrase");
		return NULL;
	}
	first = secret_line_read("passphrase for the new key (empty for none)");
	second = secret_line_read("the same again");
	if (first == NULL || second == NULL || strcmp(first, second) != 0) {
		complain(why, EXIT_USAGE, "try again", "that was not the same twice");
		secret_line_free(first);
		first = NULL;
	}
	secret_line_free(second);
	return first;
}

/* The empty passphrase first, then the file's, then one that is typed. */
static bool
open_key(struct secret_key *out, struct complaint *why, const struct options *o, const char *path)
{
	const char *file = options_text(o, "passphrase-file");
	char *line;
	bool ok;

	if (signer_key_open(out, why, path, ""))
		return true;
	if (why->code != EXIT_REFUSED || (file == NULL && !secret_line_terminal()))
		return false;
	line = file != NULL ? passphrase_from_file(why, file) : secret_line_read("passphrase of the signer's key");
	if (line == NULL)
		return file == NULL ? complain(why, EXIT_USAGE, NULL, "no passphrase was typed") : false;
	ok = signer_key_open(out, why, path, line);
	secret_line_free(line);
	return ok;
}

/* --- Commands that end at once --- */

static void
print_key(const struct xonly_key *key)
{
	char hex[65];

	hex_encode(hex, key->b, sizeof(key->b));
	printf("%s\n", hex);
}

static bool
make_folder_of(struct complaint *why, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash != NULL && slash != path ? mem_printf("%.*s", (int)(slash - path), path) : NULL;
	bool ok = folder == NULL || file_make_dir(why, folder);

	free(folder);
	return ok;
}

static bool
new_key(struct complaint *why, const struct options *o)
{
	char *path = path_of(o, "signer-key", "keys/signer.json"), *passphrase = NULL;
	struct xonly_key key;
	bool ok = !file_exists(path) || complain(why, EXIT_USAGE, "a key is never overwritten: name another file with --signer-key=FILE",
						 "%s exists already", path);

	if (ok)
		passphrase = new_passphrase(why, o);
	ok = ok && passphrase != NULL && make_folder_of(why, path) && signer_key_create(&key, why, path, passphrase);
	if (ok) {
		print_key(&key);
		fprintf(stderr, "The secret is in %s: keep a copy of that file offline.\n", path);
	}
	secret_line_free(passphrase);
	free(path);
	return ok;
}

static bool
show_key(struct complaint *why, const struct options *o)
{
	char *path = path_of(o, "signer-key", "keys/signer.json");
	struct xonly_key key;
	bool ok = signer_key_public(&key, why, path);

	if (ok)
		print_key(&key);
	else if (!file_exists(path))
		complaint_hint(why, PROGRAM " newkey makes one; --signer-key=FILE names another file");
	free(path);
	return ok;
}

/* --- Serving --- */

static bool
read_genesis(struct peg_params *params, struct federation *federation, struct hash256 *id, struct complaint *why, const struct options *o)
{
	const char *path = options_text(o, "genesis"), *network = options_text(o, "network");
	struct genesis_file *file;
	struct genesis_bytes bytes;
	bool ok;

	if (path == NULL)
		return complain(why, EXIT_USAGE, "give --genesis=FILE, the file that the sidechain's daemons have", "no genesis file is named");
	file = mem_new(1, sizeof(*file));
	ok = genesis_file_read(file, why, path);
	if (ok && strcmp(file->chain->name, network) != 0) {
		ok = complain(why, EXIT_USAGE, NULL, "%s is for %s, not for %s", path, file->chain->name, network);
		complaint_hint(why, "give --network=%s", file->chain->name);
		genesis_file_clear(file);
	} else if (ok) {
		*params = file->peg;
		*federation = file->federation;
		genesis_bytes_init(&bytes, file);
		genesis_id(id, &bytes.genesis);
		genesis_bytes_clear(&bytes);
		genesis_file_clear(file);
	}
	free(file);
	return ok;
}

static bool
read_limits(struct signer_limits *out, struct complaint *why, const struct options *o, const struct peg_params *params)
{
	uint32_t rate = options_number(o, "max-feerate");
	const char *outflow = options_text(o, "max-outflow"), *fault;

	*out = signer_limits_default(params);
	if (rate == 0 || rate > MAX_FEERATE_MAX)
		return complain(why, EXIT_USAGE, "a few hundred are more than most blocks ever asked", "max-feerate must be from 1 to %d sat/vB", MAX_FEERATE_MAX);
	out->max_rate = rate * 1000;
	fault = outflow != NULL ? amount_parse(&out->max_outflow, outflow, 8) : NULL;
	return fault == NULL || complain(why, EXIT_USAGE, "an amount of coin such as 2.5", "max-outflow: %s", fault);
}

static bool
open_log(struct signer_log **out, struct complaint *why, const char *path)
{
	switch (signer_log_open(out, path)) {
	case SIGNER_LOG_OK:
		return true;
	case SIGNER_LOG_BUSY:
		complain(why, EXIT_REFUSED, "stop the other one first: two signers with one key could sign two plans", "%s: %s", path,
			 signer_log_why(*out));
		break;
	case SIGNER_LOG_CORRUPT:
		complain(why, EXIT_CORRUPT, "it keeps this member from signing twice: restore the newest copy, never an old one, never an empty one",
			 "%s: %s", path, signer_log_why(*out));
		break;
	case SIGNER_LOG_IO:
		complain(why, EXIT_CORRUPT, "check the disk, and the owner and permissions of the file and its folder", "%s: %s", path,
			 signer_log_why(*out));
		break;
	}
	signer_log_close(*out);
	return false;
}

/* Genesis, limits, key, log: a signer that could sign. NULL: *why says what is missing. */
static struct signer *
make_signer(struct complaint *why, const struct options *o)
{
	struct peg_params params;
	struct federation federation;
	struct hash256 id;
	struct signer_limits limits;
	struct signer_log *log;
	struct secret_key secret = { { 0 } };
	struct signer *s = NULL;
	char *key = path_of(o, "signer-key", "keys/signer.json"), *record = log_path(o, key);
	const char *fault;

	if (!read_genesis(&params, &federation, &id, why, o) || !read_limits(&limits, why, o, &params)) {
		/* said already */
	} else if (!open_key(&secret, why, o, key)) {
		if (!file_exists(key))
			complaint_hint(why, PROGRAM " newkey makes one; --signer-key=FILE names another file");
	} else if (open_log(&log, why, record)) {
		s = signer_new(&fault, &params, &federation, &id, &secret, &limits, log);
		if (s == NULL)
			complain(why, EXIT_USAGE, "check --genesis and --signer-key", "%s", fault);
	}
	mem_wipe(&secret, sizeof(secret));
	free(key);
	free(record);
	return s;
}

static void
catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_signal };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

/* Close the door behind: from here on only what is open can be used. */
static bool
enter_sandbox(struct complaint *why)
{
	uint8_t seed[32];
	const char *fault;

	rng_bytes(seed, sizeof(seed)); /* OpenSSL reads what it needs for it while it still may */
	fault = sandbox_enter();
	return fault == NULL || complain(why, EXIT_INTERNAL, "the kernel must have seccomp filters", "%s", fault);
}

static bool
serve(struct complaint *why, const struct options *o)
{
	char *path = path_of(o, "signer-socket", "signer.sock");
	const char *fault = sandbox_no_dump();
	struct signer *s = NULL;
	int listener = -1;
	bool ok = fault == NULL || complain(why, EXIT_INTERNAL, NULL, "%s", fault);

	umask(077);
	catch_signals();
	log_open(stderr, LOG_INFO);
	ok = ok && make_folder_of(why, path) && (s = make_signer(why, o)) != NULL;
	if (ok && (listener = signer_listen(path, &fault)) < 0)
		ok = complain(why, EXIT_REFUSED, "--signer-socket=FILE names another place", "%s: %s", path, fault);
	ok = ok && enter_sandbox(why);
	if (ok) {
		printf(PROGRAM " ready: %s, %s\n", signer_name(s), path);
		fflush(stdout);
		fault = signer_serve(s, listener, &stopped);
		ok = fault == NULL || complain(why, EXIT_INTERNAL, NULL, "%s", fault);
	}
	signer_free(s);
	free(path);
	return ok;
}

static bool
run(struct complaint *why, const struct options *o, const char *command)
{
	static const char *const commands[] = { "newkey", "showkey" };
	const char *near;

	if (command == NULL)
		return serve(why, o);
	if (strcmp(command, "newkey") == 0)
		return new_key(why, o);
	if (strcmp(command, "showkey") == 0)
		return show_key(why, o);
	near = nearest_name(command, commands, ARRAY_LEN(commands));
	complain(why, EXIT_USAGE, PROGRAM " --help lists the commands", "there is no command '%.60s'", command);
	if (near != NULL)
		complaint_hint(why, "did you mean %s? " PROGRAM " --help lists the commands", near);
	return false;
}

int
main(int argc, char **argv)
{
	struct complaint why;
	struct options *o;
	int rest = 0, code = EXIT_DONE;
	bool ok = options_read(&o, &rest, &why, options_of_signer, argc, argv);

	if (ok && options_flag(o, "help"))
		print_help();
	else if (ok && options_flag(o, "version"))
		print_version();
	else if (ok && rest + 1 < argc)
		ok = complain(&why, EXIT_USAGE, "options are written --NAME=VALUE and stand before the command", "'%.60s' is too much", argv[rest + 1]);
	else if (ok)
		ok = run(&why, o, rest < argc ? argv[rest] : NULL);
	if (!ok)
		code = complaint_print(&why, PROGRAM, stderr);
	options_free(o);
	return code;
}
