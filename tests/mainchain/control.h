#ifndef TALLY_TESTS_MAINCHAIN_CONTROL_H
#define TALLY_TESTS_MAINCHAIN_CONTROL_H
/* The control socket: one JSON object a line, {"method": …, "params": {…}, "id": …} in, {"result": …} or {"error":
 * "why"} with the same id out. Commands stand in the commands_*.c files. */
#include "tests/mainchain/args.h"

struct command {
	const char *name;
	const char *params; /* allowed names, each with a blank before and after */
	/* The result (owned by the caller), or NULL after args_fail(). */
	json_t *(*run)(struct node *n, struct args *a);
};

/* Each ends with an entry whose name is NULL. */
extern const struct command commands_chain[], commands_tx[], commands_node[];

/* Listen on a Unix socket. NULL, or why not (static). */
MUST_USE const char *control_open(struct node *n, const char *path);
void control_close(const char *path);

/* Answer one request line; the reply is owned by the caller and has no newline. */
MUST_USE char *control_answer(struct node *n, const char *line);

#endif
