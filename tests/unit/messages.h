#ifndef TALLY_TESTS_MESSAGES_H
#define TALLY_TESTS_MESSAGES_H
/* What the tests of message decoders share: example messages in hex, and the mill that every decoder goes through. */
#include "base/bytes.h"

/* Owned by the caller. */
uint8_t *unhex(size_t *len, const char *hex);

/* What was written is this; releases w. */
void written_as(struct wr *w, const char *hex);

/* A decoder that says only whether it takes the bytes, all released again. */
typedef bool takes_fn(const void *p, size_t len);

struct message_row {
	const char *name, *hex;
	takes_fn *takes;
	size_t optional; /* bytes at the end that may be missing, any of them */
	bool more;       /* bytes may follow */
};
void every_truncation_and_byte_more(const struct message_row *rows, size_t n);

/* Messages that are a head, a count of up to max items of size bytes each, and a tail; zeros all of them. */
struct count_row {
	takes_fn *takes;
	size_t head, size, tail;
	uint64_t max;
};
void counts_at_and_above_limits(const struct count_row *rows, size_t n);

#endif
