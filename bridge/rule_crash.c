#include "bridge/rule_crash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

/* A magic number and a note. */
#define MAGIC 0x3145544f4e594c54u
struct page {
	uint64_t magic;
	struct plugin_note note;
};

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT };

/* One for the process, as signals are. */
static struct page *page;
static pthread_t thread;
static struct sigaction before[ARRAY_LEN(signals)];
static bool watching;
static uint8_t handler_stack[65536]; /* a rule may have used up the other */

bool
rule_crash_open(struct plugin_note *left, struct complaint *why, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *p = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(*page)) == 0)
		p = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		complain(why, EXIT_CORRUPT, "check the disk and the folder's permissions", "cannot use %s: %s", path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return false;
	}
	(void)close(fd);
	page = p;
	memset(left, 0, sizeof(*left));
	if (page->magic == MAGIC && page->note.state == PLUGIN_NOTE_CRASHED)
		*left = page->note;
	left->rule[sizeof(left->rule) - 1] = '\0';
	memset(page, 0, sizeof(*page));
	page->magic = MAGIC;
	return true;
}

/* What the processor found, or what this process sent itself, as abort() does. A signal from outside (a watchdog's SIGABRT, a kill for a core)
 * says nothing about the rule that happened to run. */
static bool
is_own_fault(const siginfo_t *info)
{
	return info->si_code > 0 || info->si_pid == getpid();
}

/* The process ends as it would have: what was in place before is put back, and the same fault happens again, or the same signal is sent again. */
static void
on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (page != NULL && page->note.state == PLUGIN_NOTE_RUNNING && is_own_fault(info) && pthread_equal(pthread_self(), thread)) {
		page->note.signal = number;
		page->note.state = PLUGIN_NOTE_CRASHED;
	}
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)sigaction(signals[i], &before[i], NULL);
	if (info->si_code <= 0 || number == SIGTRAP)
		(void)raise(number);
}

void
rule_crash_watch(void)
{
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_ONSTACK | SA_SIGINFO };
	stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof(handler_stack) };

	thread = pthread_self();
	(void)sigaltstack(&stack, NULL);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)sigaction(signals[i], &act, &before[i]);
	watching = true;
	plugin_note_into(&page->note);
}

void
rule_crash_close(void)
{
	plugin_note_into(NULL);
	for (size_t i = 0; i < ARRAY_LEN(signals) && watching; i++)
		(void)sigaction(signals[i], &before[i], NULL);
	watching = false;
	if (page != NULL)
		(void)munmap(page, sizeof(*page));
	page = NULL;
}
