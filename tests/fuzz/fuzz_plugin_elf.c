/* Libraries of strangers: the reader stays inside the bytes, and what it accepts is what the loader relies on. */
#include <assert.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "token/plugin_elf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image image;
	struct rule_fault fault;
	bool ok = elf_check(&image, &fault, data, size);

	assert(ok == (fault.rule == NULL));
	if (!ok) {
		assert(fault.hint != NULL && strlen(fault.what) > 0);
		return 0;
	}
	assert(image.n >= 1 && image.n <= ELF_SEGMENTS_MAX);
	assert(elf_holds(&image, image.entry, 1, true));
	for (size_t i = 0; i < image.n; i++)
		assert(i == 0 || image.segments[i].at >= image.segments[i - 1].at + image.segments[i - 1].len);
	return 0;
}
