/* Descriptor checksums: every change of one character changes the checksum. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/descriptor.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_new(size + 1, 1), sum[9], other[9];
	size_t len;

	if (size != 0)
		memcpy(text, data, size);
	len = strlen(text);
	if (descriptor_checksum(sum, text)) {
		assert(strlen(sum) == 8);
		if (len > 0) {
			size_t at = data[size - 1] % len;

			text[at] = text[at] == 'q' ? 'w' : 'q';
			if (text[at] != (char)data[at]) {
				assert(descriptor_checksum(other, text));
				assert(strcmp(sum, other) != 0);
			}
		}
	}
	free(text);
	return 0;
}
