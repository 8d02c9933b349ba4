#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/node.h"
#include "bridge/options.h"
#include "bridge/version.h"

static void
print_help(void)
{
	printf("usage: tallyd [option…]\n\n"
	       "The daemon: light client of the main chain, ledger of the sidechain, the peg between them, JSON-RPC.\n"
	       "Each option may also stand in the environment (TALLY_NAME=value) or in the configuration file (name=value).\n\n");
	options_print_help(options_of_tallyd, stdout);
	printf("\nExit codes: 0 done, 1 refused (another tallyd runs), 2 bad usage, 6 corrupt data, 7 internal.\n");
}

/* Go on in a child; the parent waits for its word, and ends with the child's exit code when it says none. *word is the
 * child's end. */
static bool
go_to_background(int *word, struct complaint *why)
{
	int ends[2], status = 0;
	pid_t child;
	char byte;

	if (pipe2(ends, O_CLOEXEC) != 0 || (child = fork()) < 0)
		return complain(why, EXIT_INTERNAL, NULL, "cannot go to the background: %s", strerror(errno));
	if (child == 0) {
		close(ends[0]);
		setsid();
		*word = ends[1];
		return true;
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) == 1)
		_exit(EXIT_DONE);
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL);
}

/* Everything runs: let the parent go, and the terminal. */
static void
say_ready(const struct node *n, const struct options *o, int word)
{
	int null;

	printf("tallyd ready: %s, HTTP port %u, %s/%s\n", options_text(o, "network"), (unsigned)node_http_port(n),
	       options_text(o, "datadir"), options_text(o, "network"));
	fflush(stdout);
	if (word < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (write(word, "", 1) == 1)
		close(word);
}

static int
serve(const struct options *o, struct complaint *why)
{
	struct node *n;
	int word = -1;
	enum exit_code code;

	if ((options_flag(o, "daemon") && !go_to_background(&word, why)) || !node_start(&n, why, o))
		return complaint_print(why, "tallyd", stderr);
	say_ready(n, o, word);
	code = node_run(n, why);
	node_free(n);
	return code == EXIT_DONE ? EXIT_DONE : complaint_print(why, "tallyd", stderr);
}

int
main(int argc, char **argv)
{
	struct complaint why;
	struct options *o;
	int rest = 0, code = EXIT_DONE;
	bool ok = options_read(&o, &rest, &why, options_of_tallyd, argc, argv);

	if (ok && rest < argc)
		ok = complain(&why, EXIT_USAGE, "options are written --NAME=VALUE; commands are for tally",
			      "tallyd takes no argument such as '%.60s'", argv[rest]);
	if (!ok)
		code = complaint_print(&why, "tallyd", stderr);
	else if (options_flag(o, "help"))
		print_help();
	else if (options_flag(o, "version"))
		version_print("tallyd", stdout);
	else if (options_flag(o, "check-config"))
		options_print_all(o, stdout);
	else
		code = serve(o, &why);
	options_free(o);
	return code;
}
