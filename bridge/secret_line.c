#include "bridge/secret_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

bool
secret_line_terminal(void)
{
	return isatty(STDIN_FILENO);
}

char *
secret_line_read(const char *prompt)
{
	struct termios was, silent;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (terminal) {
		fprintf(stderr, "%s: ", prompt);
		silent = was;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	}
	n = getline(&line, &size, stdin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		fputc('\n', stderr);
	}
	if (n < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

void
secret_line_free(char *line)
{
	if (line != NULL)
		mem_wipe(line, strlen(line));
	free(line);
}
