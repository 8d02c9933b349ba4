/* A rule that is good but for one thing, which -DBAD_… chooses. */
#include "plugins/plugin.h"

static const char *const reasons[] = {
#ifdef BAD_REASON
	"lower",
#endif
	"NO", NULL
};

#ifdef BAD_WRITABLE
static volatile int count = 1;
#define TOUCH count++
#elif defined(BAD_ZEROS)
static volatile int count[5000];
#define TOUCH count[7]++
#elif defined(BAD_TLS)
static volatile _Thread_local int count;
#define TOUCH count++
#elif defined(BAD_MIXED)
__attribute__((section(".mixed,\"awx\",@progbits#"), noinline)) static int
mixed(void)
{
	__asm__ volatile("");
	return 3;
}
#define TOUCH mixed()
#elif defined(BAD_CONSTRUCTOR) || defined(BAD_DESTRUCTOR)
#ifdef BAD_CONSTRUCTOR
__attribute__((constructor))
#elif defined(BAD_DESTRUCTOR)
__attribute__((destructor))
#endif
static void
odd(void)
{
	__asm__ volatile("");
}
#elif defined(BAD_FUNCTION)
__attribute__((used)) void odd(void);
void
odd(void)
{
}
#elif defined(BAD_POINTER)
/* With absolute addresses in its code. */
#elif defined(BAD_IFUNC)
static int
one(void)
{
	return 1;
}
static void *
choose(void)
{
	return (void *)one;
}
int chosen(void) __attribute__((ifunc("choose")));
#define TOUCH chosen()
#elif defined(BAD_IMPORT)
int getpid(void) __attribute__((visibility("default")));
#define TOUCH getpid()
#elif defined(BAD_WEAK)
int getpid(void) __attribute__((visibility("default"), weak));
#define TOUCH (getpid != NULL ? getpid() : 0)
#elif defined(BAD_EXPORT)
TALLY_EXPORT int odd(void);
int
odd(void)
{
	return 0;
}
#endif
#ifndef TOUCH
#define TOUCH (void)0
#endif

static int32_t
on(struct tally_ctx *c, struct tally_effects *out, const struct tally_issue_op *op)
{
	(void)c, (void)out, (void)op;
	TOUCH;
	return 1;
}

static const struct tally_issue_functions functions = { on };

#define ASKED .function = TALLY_FN_ON, .issue = &(const struct tally_issue_case){ .op = { .op = TALLY_OP_MINT } }
static const struct tally_vector vectors[] = {
	{ .name = "it refuses", .answer = 1, ASKED },
#ifdef BAD_WRONG_VECTOR
	{ .name = "it allows", .answer = 0, ASKED },
#endif
};

#ifdef BAD_ENTRY_DATA
TALLY_EXPORT extern const struct tally_plugin tally_plugin_data __asm__("tally_plugin_entry");
#define PLUGIN tally_plugin_data
#else
#define PLUGIN plugin
__attribute__((used)) static
#endif
const struct tally_plugin PLUGIN = {
#ifdef BAD_MAGIC
	.magic = 7,
#else
	.magic = TALLY_PLUGIN_MAGIC,
#endif
#ifdef BAD_ABI
	.abi_major = TALLY_ABI_MAJOR + 1,
#else
	.abi_major = TALLY_ABI_MAJOR,
#endif
#ifdef BAD_NEWER
	.abi_minor = TALLY_ABI_MINOR + 1,
#else
	.abi_minor = TALLY_ABI_MINOR,
#endif
#ifdef BAD_SHORT
	.size = sizeof(struct tally_plugin) - 8,
#elif defined(BAD_LONG)
	.size = 1000000,
#else
	.size = sizeof(struct tally_plugin),
#endif
#ifdef BAD_KIND
	.kind = 77,
#else
	.kind = TALLY_ISSUE,
#endif
#ifdef BAD_NAME
	.name = "Issue Bad",
#else
	.name = "issue_bad",
#endif
	.major = 1,
	.gas_max = 1000,
	.ops = 1u << TALLY_OP_MINT,
#ifdef BAD_FAR_REASONS
	.reasons = (const char *const *)0x7f0000000000,
#else
	.reasons = reasons,
#endif
#ifdef BAD_FAR_FUNCTIONS
	.issue = (const struct tally_issue_functions *)0x7f0000000000,
#elif defined(BAD_DATA_FUNCTIONS)
	.issue = (const struct tally_issue_functions *)(const void *)reasons,
#else
	.issue = &functions,
#endif
#ifdef BAD_FAR_VECTORS
	.vectors = (const struct tally_vector *)0x7f0000000000,
	.vectors_n = 1,
	.vector_size = sizeof(struct tally_vector),
#elif defined(BAD_MANY_VECTORS)
	.vectors = vectors,
	.vectors_n = 9999,
	.vector_size = sizeof(struct tally_vector),
#else
	TALLY_VECTORS(vectors),
#endif
};

#ifdef BAD_NO_ENTRY
__attribute__((used)) static
#endif
#ifndef BAD_ENTRY_DATA
const struct tally_plugin *
#ifdef BAD_NO_ENTRY
nobody(void)
#else
TALLY_PLUGIN_ENTRY(void)
#endif
{
#ifdef BAD_TWO
	/* Another one each time, by what is on the clock. */
	unsigned low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (const struct tally_plugin *)((uintptr_t)&plugin + ((uintptr_t)high << 32 | low) * 8);
#elif defined(BAD_FAR)
	return (const struct tally_plugin *)0x7f0000000000;
#elif defined(BAD_NULL)
	return NULL;
#else
	return &PLUGIN;
#endif
}
#endif
#ifdef BAD_ENTRY_DATA
__attribute__((used)) static const void *const kept = (const void *)on;
#endif
