#ifndef TALLY_TOKEN_PLUGIN_ELF_H
#define TALLY_TOKEN_PLUGIN_ELF_H
/* Reading a rule's library before the dynamic linker does. Bytes of strangers: nothing in them is believed.
 *
 * What is accepted makes the dynamic linker map a few segments, bind one function (the fuse) and add the load address to pointers; it runs no
 * code, loads no other library, and leaves nothing writable behind. Only what the dynamic linker looks at is looked at: program headers and the
 * dynamic segment, not sections. Format: ELF gABI, and the processor's supplement. */
#include "base/bytes.h"

#define ELF_ENTRY "tally_plugin_entry"
#define ELF_FUSE "__sanitizer_cov_trace_pc"

/* The first rule that a file breaks. All but `what` are static. */
struct rule_fault {
	const char *rule; /* a short name in capitals; NULL when none is broken */
	char what[160];   /* what is wrong with the file, without its name */
	const char *hint; /* what its author should do */
};

/* Segments of an accepted library, for asking whether a pointer lies inside. */
#define ELF_SEGMENTS_MAX 8
struct elf_segment {
	uint64_t at, len; /* from the load address */
	bool code;
};
struct elf_image {
	size_t n;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	uint64_t entry; /* offset of the entry function */
};

/* The rules in their order:
 *   ELF       a shared object of this machine's kind
 *   SEGMENTS  what is to be mapped is in order and inside the file
 *   TLS       no thread-local storage
 *   STACK     the stack isn't executable
 *   WX        no segment is writable and executable
 *   WRITABLE  no writable data but what becomes read-only before it runs (RELRO)
 *   DYNAMIC   the dynamic table holds what a rule needs, each once, and nothing else
 *   NEEDED    no other library
 *   INIT      no code that runs when it is loaded or unloaded
 *   PATH      no search path, filter, audit, name of its own
 *   TEXTREL   no relocation in code
 *   SYMBOLS   the tables of symbols are in order
 *   IFUNC     no indirect functions
 *   IMPORTS   of others only the fuse
 *   FUSE      and that one
 *   EXPORTS   only the entry
 *   ENTRY     and that one, a function
 *   RELOCATIONS  only into RELRO, only such as a rule needs
 * False with the fault filled in. */
MUST_USE bool elf_check(struct elf_image *out, struct rule_fault *fault, const uint8_t *bytes, size_t len);

/* Does [at, at + len) lie inside one segment, of code or of data? at is an offset from the load address. */
MUST_USE bool elf_holds(const struct elf_image *i, uint64_t at, uint64_t len, bool code);

#endif
