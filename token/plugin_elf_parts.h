#ifndef TALLY_TOKEN_PLUGIN_ELF_PARTS_H
#define TALLY_TOKEN_PLUGIN_ELF_PARTS_H
/* Between plugin_elf.c (header, segments, order of the rules) and plugin_elf_dynamic.c (the dynamic table and what it points to). */
#include <elf.h>

#include "token/plugin_elf.h"

#if defined(__x86_64__)
#define ELF_MACHINE EM_X86_64
#define ELF_PAGE 4096u
#define ELF_R_ABSOLUTE R_X86_64_64
#define ELF_R_GLOB_DAT R_X86_64_GLOB_DAT
#define ELF_R_JUMP_SLOT R_X86_64_JUMP_SLOT
#define ELF_R_RELATIVE R_X86_64_RELATIVE
#define ELF_R_IRELATIVE R_X86_64_IRELATIVE
#elif defined(__aarch64__)
#define ELF_MACHINE EM_AARCH64
#define ELF_PAGE 65536u
#define ELF_R_ABSOLUTE R_AARCH64_ABS64
#define ELF_R_GLOB_DAT R_AARCH64_GLOB_DAT
#define ELF_R_JUMP_SLOT R_AARCH64_JUMP_SLOT
#define ELF_R_RELATIVE R_AARCH64_RELATIVE
#define ELF_R_IRELATIVE R_AARCH64_IRELATIVE
#else
#error "rules: what the dynamic linker does on this machine has not been looked at"
#endif

struct elf_reader {
	const uint8_t *bytes; /* borrowed */
	size_t len;
	Elf64_Ehdr head;
	Elf64_Phdr loads[ELF_SEGMENTS_MAX];
	size_t loads_n;
	Elf64_Phdr dynamic;
	uint64_t entry;
	struct rule_fault *fault;
};

/* Always false. */
PRINTF_LIKE(4, 5) bool elf_fault(struct elf_reader *e, const char *rule, const char *hint, const char *format, ...);

/* n bytes of the file that are mapped to an address, all from one segment; NULL when there are none. */
const uint8_t *elf_at(const struct elf_reader *e, uint64_t address, uint64_t n, bool writable_too);
/* Does a writable segment hold these? */
MUST_USE bool elf_is_writable(const struct elf_reader *e, uint64_t address, uint64_t n);
/* Does code? */
MUST_USE bool elf_is_code(const struct elf_reader *e, uint64_t address);

MUST_USE bool elf_check_dynamic(struct elf_reader *e);

#endif
