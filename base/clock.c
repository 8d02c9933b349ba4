#include "base/clock.h"

#include <time.h>

struct unixtime
clock_unix(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (struct unixtime){ t.tv_sec };
}

struct mono
clock_mono(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct mono){ (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 };
}
