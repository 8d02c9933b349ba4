#include "bridge/cli_print.h"

#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define KEY "9664662d498d3210b4633378485cb6ee8d8b4547527785066dfddca69898c4bd"

/* Owned by the caller. */
static char *
shown(const char *answer)
{
	json_t *from = json_loads(answer, 0, NULL);
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(from);
	cli_print(from, to);
	fclose(to);
	json_decref(from);
	return text;
}

static void
prints(const char *answer, const char *wanted)
{
	char *text = shown(answer);

	CU_ASSERT_STRING_EQUAL(text, wanted);
	if (strcmp(text, wanted) != 0)
		fprintf(stderr, "%s:\n%s", answer, text);
	free(text);
}

static void
times(void)
{
	prints("{\"open\": 1795369058, \"until\": 999999999}", "open   2026-11-22 17:37:38Z\nuntil  999999999\n");
	prints("{\"vote_end\": 4102444799, \"height\": 1795369058}", "vote_end  2099-12-31 23:59:59Z\nheight    1795369058\n");
	prints("{\"since\": \"1795369058\", \"jailed_until\": 253402300800}", "since         1795369058\njailed_until  253402300800\n");
	prints("[{\"sale\": 1, \"close\": 1795369058}]", "sale  close\n1     2026-11-22 17:37:38Z\n");
	prints("{\"jailed_until\": 0, \"height\": 0}", "jailed_until  -\nheight        0\n");
	CU_ASSERT_TRUE(cli_names_time("guardian_until"));
	CU_ASSERT_FALSE(cli_names_time("height"));
}

static void
lists(void)
{
	prints("[{\"flags\": [\"a\", \"b\"], \"n\": 1}, {\"flags\": [], \"n\": 2}]", "flags  n\na,b    1\nnone   2\n");
	prints("[{\"odd\": [1, \"b\"]}]", "odd\n[1, \"b\"]\n");
}

#define TABLE "[{\"key\": \"" KEY "\", \"by\": \"1" KEY "\", \"n\": 5, \"to\": \"2" KEY "\"}]"

/* What a terminal of so many columns shows of a table with three ids. */
static void
on_terminal(char *out, size_t size, unsigned short columns)
{
	struct winsize window = { .ws_row = 24, .ws_col = columns };
	json_t *table = json_loads(TABLE, 0, NULL);
	int master, slave;
	size_t len = 0;
	ssize_t n;
	FILE *to;

	CU_ASSERT_EQUAL_FATAL(openpty(&master, &slave, NULL, NULL, &window), 0);
	to = fdopen(slave, "w");
	cli_print(table, to);
	fclose(to);
	while (len < size - 1 && (n = read(master, out + len, size - 1 - len)) > 0) /* a terminal gives parts; at the end it fails */
		len += (size_t)n;
	out[len] = '\0';
	close(master);
	json_decref(table);
}

static void
narrow_terminal(void)
{
	char text[1000], *piped = shown(TABLE);

	on_terminal(text, sizeof(text), 201);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, KEY "  1" KEY "  5  2" KEY));
	on_terminal(text, sizeof(text), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, KEY "  1" KEY "  5  29664662d4…98c4bd"));
	on_terminal(text, sizeof(text), 80);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, KEY "  19664662d4…98c4bd  5  29664662d4…98c4bd"));
	CU_ASSERT_PTR_NOT_NULL(strstr(piped, KEY "  1" KEY "  5  2" KEY));
	free(piped);
}

static const struct unit_test tests[] = {
	{ "times", times },
	{ "lists", lists },
	{ "narrow terminal", narrow_terminal },
};

UNIT_MAIN("cli_print", tests)
