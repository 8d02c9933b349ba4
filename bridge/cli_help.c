#include "bridge/cli_help.h"

#include <string.h>

#include "bridge/cli_local.h"
#include "bridge/cli_print.h"
#include "bridge/rpc_call.h"
#include "bridge/rpc_methods.h"

/* Print each area's heading once, in the order in which areas first appear. */
static void
each_area(void (*heading)(const char *area, FILE *to), void (*method)(const struct rpc_method *m, FILE *to), FILE *to)
{
	const char *done[40];
	size_t n = 0, i;

	for (const struct rpc_method *const *t = rpc_tables; *t != NULL; t++) {
		for (const struct rpc_method *m = *t; m->name != NULL; m++) {
			for (i = 0; i < n && strcmp(done[i], m->area) != 0; i++)
				;
			if (i < n || n == ARRAY_LEN(done))
				continue;
			done[n++] = m->area;
			heading(m->area, to);
			for (const struct rpc_method *const *u = rpc_tables; *u != NULL; u++) {
				for (const struct rpc_method *k = *u; k->name != NULL; k++) {
					if (strcmp(k->area, m->area) == 0)
						method(k, to);
				}
			}
		}
	}
}

static void
plain_heading(const char *area, FILE *to)
{
	fprintf(to, "\n%s\n", area);
}

static void
plain_line(const struct rpc_method *m, FILE *to)
{
	fprintf(to, "  %-22s %s\n", m->name, m->summary);
}

void
cli_help_all(FILE *to)
{
	fprintf(to, "usage: tally [option…] COMMAND [value… | name=value…]\n\n");
	options_print_help(options_of_tally, to);
	each_area(plain_heading, plain_line, to);
	fprintf(to, "\nwithout a daemon\n");
	for (const struct cli_local *l = cli_locals; l->name != NULL; l++)
		fprintf(to, "  %-22s %s\n", l->name, l->summary);
	fprintf(to, "\ntally help COMMAND tells more. Exit codes: 0 done, 1 refused, 2 bad usage, 3 no daemon, 4 not ready, "
		    "5 timed out,\n"
		    "6 corrupt data, 7 internal.\n");
}

void
cli_help_method(const struct rpc_method *m, FILE *to)
{
	char usage[800];

	rpc_usage(usage, sizeof(usage), m);
	fprintf(to, "%s: %s\n\nusage: %s\n", m->name, m->summary, usage);
	for (size_t i = 0; i < m->params_n; i++) {
		const struct rpc_param *p = &m->params[i];

		fprintf(to, "  %-16s %s", p->name, p->help);
		if (p->kind == RPC_COUNT && cli_names_time(p->name))
			fputs("; or 2030-12-31T18:00, in UTC", to);
		if (!p->required && p->fallback != NULL)
			fprintf(to, " (default: %s)", p->fallback);
		fputc('\n', to);
	}
	if (m->help != NULL)
		fprintf(to, "\n%s\n", m->help);
	if (m->example != NULL)
		fprintf(to, "\nexample: tally %s%s%s\n", m->name, m->example[0] != '\0' ? " " : "", m->example);
}

void
cli_help_complete(char *const *words, int n, FILE *to)
{
	const struct rpc_method *m = n > 0 ? rpc_find_method(rpc_tables, words[0]) : NULL;

	for (size_t i = 0; m != NULL && i < m->params_n; i++)
		fprintf(to, "%s=\n", m->params[i].name);
	if (n > 0)
		return;
	for (const struct rpc_method *const *t = rpc_tables; *t != NULL; t++) {
		for (m = *t; m->name != NULL; m++)
			fprintf(to, "%s\n", m->name);
	}
	for (const struct cli_local *l = cli_locals; l->name != NULL; l++)
		fprintf(to, "%s\n", l->name);
}

/* Text for roff: a backslash and a leading dot would be commands. */
static void
roff_text(const char *s, FILE *to)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			fputs("\\e", to);
		else if (*s == '-')
			fputs("\\-", to);
		else if (strncmp(s, "…", 3) == 0) {
			fputs("\\&...", to);
			s += 2;
		} else
			fputc(*s, to);
	}
}

static void
roff_heading(const char *area, FILE *to)
{
	fprintf(to, ".SS %s\n", area);
}

static void
roff_method(const struct rpc_method *m, FILE *to)
{
	fprintf(to, ".TP\n.B %s", m->name);
	for (size_t i = 0; i < m->params_n; i++)
		fprintf(to, m->params[i].required ? " \\fI%s\\fR" : " [\\fI%s\\fR]", m->params[i].name);
	fputc('\n', to);
	roff_text(m->summary, to);
	fputs(strchr("?.", m->summary[strlen(m->summary) - 1]) != NULL ? "\n" : ".\n", to);
	if (m->help != NULL) {
		roff_text(m->help, to);
		fputc('\n', to);
	}
}

void
cli_help_roff_options(const struct option_info *table, FILE *to)
{
	for (; table->name != NULL; table++) {
		fputs(".TP\n.B \\-\\-", to);
		roff_text(table->name, to);
		if (table->argument != NULL) {
			fputs("=\\fI", to);
			roff_text(table->argument, to);
			fputs("\\fR", to);
		}
		fputc('\n', to);
		roff_text(table->help, to);
		if (table->choices != NULL)
			fprintf(to, "\n(%s)", table->choices);
		fputc('\n', to);
	}
}

void
cli_help_roff(FILE *to)
{
	fputs(".SH COMMANDS\n", to);
	each_area(roff_heading, roff_method, to);
	roff_heading("without a daemon", to);
	for (const struct cli_local *l = cli_locals; l->name != NULL; l++) {
		fprintf(to, ".TP\n.B %s ", l->name);
		roff_text(l->usage, to);
		fputc('\n', to);
		roff_text(l->summary, to);
		fputs(strchr("?.", l->summary[strlen(l->summary) - 1]) != NULL ? "\n" : ".\n", to);
	}
}
