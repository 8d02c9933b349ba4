#include "token/plugin_image.h"

#include "token/rule.h"

struct place {
	const struct elf_image *image;
	uintptr_t base;
};

static bool
holds(const struct place *at, const void *p, uint64_t len, bool code)
{
	uintptr_t a = (uintptr_t)p;

	return a >= at->base && elf_holds(at->image, a - at->base, len, code);
}

/* A table that starts where pointers may stand. */
static bool
holds_table(const struct place *at, const void *p, uint64_t len)
{
	return (uintptr_t)p % sizeof(void *) == 0 && holds(at, p, len, false);
}

static bool
holds_text(const struct place *at, const char *p, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		if (!holds(at, p + i, 1, false))
			return false;
		if (p[i] == '\0')
			return true;
	}
	return true; /* too long, which is another fault */
}

static bool
holds_reasons(const struct place *at, const char *const *reasons)
{
	for (size_t i = 0; i <= RULE_REASONS_MAX; i++) {
		if (!holds_table(at, &reasons[i], sizeof(*reasons)))
			return false;
		if (reasons[i] == NULL)
			return true;
		if (!holds_text(at, reasons[i], TALLY_REASON_LEN))
			return false;
	}
	return true;
}

/* n pointers to functions; NULL stands for what the rule doesn't have. */
static bool
holds_functions(const struct place *at, const void *table, size_t n)
{
	void (*const *f)(void) = table;

	if (table == NULL)
		return true;
	if (!holds_table(at, table, n * sizeof(*f)))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (f[i] != NULL && !holds(at, *(void *const *)&f[i], 1, true))
			return false;
	}
	return true;
}

static bool
holds_vectors(const struct place *at, const struct tally_plugin *p)
{
	if (p->vectors == NULL || p->vectors_n == 0)
		return true;
	return holds_table(at, p->vectors, (uint64_t)p->vectors_n * p->vector_size);
}

const char *
plugin_image_check(const struct tally_plugin *p, const struct elf_image *image, uintptr_t base)
{
	const struct place at = { image, base };

	if (p == NULL)
		return NULL;
	if (!holds_table(&at, p, sizeof(*p)))
		return "its descriptor is not in its file";
	if (p->magic != TALLY_PLUGIN_MAGIC || p->abi_major != TALLY_ABI_MAJOR || p->size < sizeof(*p))
		return NULL; /* another fault, and the rest of it means nothing */
	if (!holds(&at, p, p->size, false))
		return "its descriptor says that it is longer than its file";
	if (p->reasons != NULL && !holds_reasons(&at, p->reasons))
		return "its list of reasons is not in its file";
	if (!holds_functions(&at, p->issue, sizeof(*p->issue) / sizeof(p->issue->on)) ||
	    !holds_functions(&at, p->sale, sizeof(*p->sale) / sizeof(p->sale->check)) ||
	    !holds_functions(&at, p->valsel, sizeof(*p->valsel) / sizeof(p->valsel->check)) ||
	    !holds_functions(&at, p->gov, sizeof(*p->gov) / sizeof(p->gov->check)))
		return "its functions are not in its file";
	return holds_vectors(&at, p) ? NULL : "its vectors are not in its file";
}
