#ifndef TALLY_TOKEN_PLUGIN_IMAGE_H
#define TALLY_TOKEN_PLUGIN_IMAGE_H
/* What a loaded rule's descriptor points to lies in that rule's own file: tables in its constants, functions in its code. Sizes and pointers of a
 * descriptor are claims of its author. */
#include "plugins/plugin.h"
#include "token/plugin_elf.h"

/* NULL, or the first claim that is false (static). Only after this may the descriptor be read. */
MUST_USE const char *plugin_image_check(const struct tally_plugin *p, const struct elf_image *image, uintptr_t base);

#endif
