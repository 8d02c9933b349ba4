#ifndef TALLY_BASE_CLOCK_H
#define TALLY_BASE_CLOCK_H
/* Kinds of time, kept apart by type. Pure code gets them as arguments; only bridge/ and tests read a real clock. */
#include <stdint.h>

/* Seconds since 1970: main-chain headers, sidechain blocks. */
struct unixtime {
	int64_t sec;
};

/* Milliseconds of a clock that never jumps; only differences mean something. */
struct mono {
	int64_t ms;
};

struct unixtime clock_unix(void);
struct mono clock_mono(void);

#endif
