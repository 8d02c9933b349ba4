#ifndef TALLY_TOKEN_PLUGIN_NOTE_H
#define TALLY_TOKEN_PLUGIN_NOTE_H
/* What is being asked of a rule right now, written down before each call: so that whoever comes after a crash knows what it was. The note lies
 * wherever the program says; in a shared mapping of a file it outlives the process without any write to disk. */
#include <stdint.h>

enum plugin_note_state {
	PLUGIN_NOTE_IDLE = 0,
	PLUGIN_NOTE_RUNNING = 1, /* a process that is killed leaves this behind: it is nobody's fault */
	PLUGIN_NOTE_CRASHED = 2, /* set by the program's signal handler */
};

struct plugin_note {
	volatile uint32_t state; /* enum plugin_note_state; written last */
	volatile int32_t signal; /* CRASHED: which */
	uint64_t height;
	uint8_t transaction[32]; /* zero outside of transactions */
	char rule[32];
	uint16_t major, minor, patch, reserved;
};

/* Borrowed until the next call of this; NULL: nowhere. */
void plugin_note_into(struct plugin_note *note);

#endif
