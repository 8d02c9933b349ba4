#ifndef TALLY_BASE_COMPILER_H
#define TALLY_BASE_COMPILER_H
/* What we ask of the compiler beyond C11; gcc and clang only. */

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
