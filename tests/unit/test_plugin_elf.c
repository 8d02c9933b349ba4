/* Libraries that each break one rule of the loader, built for real, and bytes that nobody's linker has made. */
#include "tests/unit/world.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token/plugin_elf.h"
#include "token/plugin_loader.h"

#define FOLDER "tests/unit/bad-rules/"

static uint8_t *
read_whole(size_t *len, const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = malloc(PLUGIN_FILE_MAX);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	*len = fread(p, 1, PLUGIN_FILE_MAX, f);
	(void)fclose(f);
	return p;
}

/* Each file breaks this rule first. P1: ABI, size, kind, name. P2: all above them. */
static const struct {
	const char *file, *rule, *words;
} rows[] = {
	{ "data", "WRITABLE", "can be written" },
	{ "bss", "WRITABLE", "can be written" },
	{ "lazy", "WRITABLE", "can be written" },
	{ "tls", "TLS", "thread-local" },
	{ "exec_stack", "STACK", "executable stack" },
	{ "write_code", "WX", "writable and executable" },
	{ "needed", "NEEDED", "another library" },
	{ "constructor", "INIT", "constructors" },
	{ "destructor", "INIT", "destructors" },
	{ "init", "INIT", "when it is loaded" },
	{ "fini", "INIT", "when it is unloaded" },
	{ "rpath", "PATH", "search path" },
	{ "runpath", "PATH", "search path" },
	{ "soname", "PATH", "name of its own" },
	{ "audit", "PATH", "auditor" },
	{ "depaudit", "PATH", "auditor" },
	{ "filter", "PATH", "filter" },
	{ "auxiliary", "PATH", "filter" },
	{ "symbolic", "DYNAMIC", "dynamic" },
	{ "sysv_hash", "SYMBOLS", "hash table" },
	{ "textrel", "TEXTREL", "code" },
	{ "ifunc", "IFUNC", "resolver" },
	{ "import", "IMPORTS", "getpid" },
	{ "weak_import", "IMPORTS", "getpid" },
	{ "no_fuse", "FUSE", "without the fuse" },
	{ "export", "EXPORTS", "odd" },
	{ "no_entry", "ENTRY", "doesn't export" },
	{ "entry_is_data", "ENTRY", "no function" },
	{ "program", "ELF", "no shared object" },
	{ "two_descriptors", "DESCRIPTOR", "two descriptors" },
	{ "far_descriptor", "DESCRIPTOR", "not in its file" },
	{ "no_descriptor", "DESCRIPTOR", "no descriptor" },
	{ "far_reasons", "DESCRIPTOR", "reasons" },
	{ "far_functions", "DESCRIPTOR", "functions" },
	{ "data_functions", "DESCRIPTOR", "functions" },
	{ "far_vectors", "DESCRIPTOR", "vectors" },
	{ "long_descriptor", "DESCRIPTOR", "longer than its file" },
	{ "many_vectors", "DESCRIPTOR", "vectors" },
	{ "wrong_vector", "VECTORS", "vector 2 (it allows): it answers NO, not yes" },
	{ "other_magic", "DESCRIPTOR", "magic" },
	{ "other_abi", "DESCRIPTOR", "major version" },
	{ "newer_abi", "DESCRIPTOR", "newer minor version" },
	{ "short_descriptor", "DESCRIPTOR", "shorter" },
	{ "other_kind", "DESCRIPTOR", "kind" },
	{ "odd_name", "DESCRIPTOR", "name" },
	{ "odd_reason", "DESCRIPTOR", "reason" },
};

static void
P1_P2_each_rule_is_named(void)
{
	struct plugin_file f;

	CU_ASSERT_EQUAL_FATAL(plugin_inspect(&f, FOLDER "good.so"), PLUGIN_OK);
	CU_ASSERT(f.rule == NULL && f.vectors.n == 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[100];

		(void)snprintf(path, sizeof(path), FOLDER "%s.so", rows[i].file);
		if (plugin_inspect(&f, path) == PLUGIN_OK)
			printf("\n  %s is accepted", rows[i].file);
		CU_ASSERT_PTR_NOT_NULL_FATAL(f.rule);
		CU_ASSERT_PTR_NULL(f.plugin);
		CU_ASSERT_PTR_NOT_NULL(f.hint);
		CU_ASSERT(strcmp(f.rule, rows[i].rule) == 0 && strstr(f.why, rows[i].words) != NULL);
		if (strcmp(f.rule, rows[i].rule) != 0 || strstr(f.why, rows[i].words) == NULL)
			printf("\n  %s: %s: %s", rows[i].file, f.rule, f.why);
	}
}

static bool
accepted(const uint8_t *p, size_t len)
{
	/* a copy of exactly that length, so that a read beyond it is seen */
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct elf_image image;
	struct rule_fault fault;
	bool ok;

	memcpy(copy, p, len);
	ok = elf_check(&image, &fault, copy, len);
	CU_ASSERT_EQUAL(ok, fault.rule == NULL);
	CU_ASSERT(ok || (fault.what[0] != '\0' && fault.hint != NULL));
	free(copy);
	return ok;
}

static void
every_truncation_is_refused(void)
{
	static const char *const files[] = { FOLDER "good.so", "plugins/issue_loyalty.so" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		size_t len;
		uint8_t *p = read_whole(&len, files[i]);

		CU_ASSERT(accepted(p, len));
		for (size_t cut = 0; cut < len; cut++)
			CU_ASSERT_FALSE(accepted(p, cut));
		free(p);
	}
}

/* Whatever a byte or a word becomes, the reader stays inside the file and says what it thinks. */
static void
changed_bytes_are_survived(void)
{
	size_t len, fine = 0;
	uint8_t *p = read_whole(&len, FOLDER "good.so");
	uint64_t seed = 99;

	for (int i = 0; i < 60000; i++) {
		uint8_t old[8];
		size_t at, n;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		n = seed >> 60 & 1 ? 8 : 1;
		/* mostly where the tables are */
		at = (size_t)(seed >> 20) % ((seed >> 61 & 3) != 0 ? 0x500 : len - 8);
		memcpy(old, p + at, n);
		memset(p + at, (int)(seed >> 50), n);
		if (n == 8 && (seed >> 63) != 0)
			memset(p + at + 1, 0, 7);
		fine += accepted(p, len);
		memcpy(p + at, old, n);
	}
	CU_ASSERT(fine > 0 && fine < 60000);
	free(p);
}

static Elf64_Phdr *
segment(uint8_t *p, uint32_t type, size_t nth)
{
	Elf64_Ehdr *h = (Elf64_Ehdr *)p;
	Elf64_Phdr *s = (Elf64_Phdr *)(p + h->e_phoff);

	for (size_t i = 0; i < h->e_phnum; i++) {
		if (s[i].p_type == type && nth-- == 0)
			return &s[i];
	}
	abort();
}

static Elf64_Dyn *
dynamic(uint8_t *p, int64_t tag)
{
	Elf64_Dyn *d = (Elf64_Dyn *)(p + segment(p, PT_DYNAMIC, 0)->p_offset);

	while (d->d_tag != tag)
		d++;
	return d;
}

/* What no linker makes: a good file with one field changed. */
static void
P2_what_no_linker_makes(void)
{
	size_t len;
	uint8_t *good = read_whole(&len, FOLDER "good.so"), *p = malloc(len);
	struct elf_image image;
	struct rule_fault fault;

#define BROKEN(change, named)                                                                                     \
	do {                                                                                                      \
		memcpy(p, good, len);                                                                             \
		change;                                                                                           \
		CU_ASSERT_FALSE(elf_check(&image, &fault, p, len));                                               \
		CU_ASSERT_STRING_EQUAL(fault.rule, named);                                                        \
		if (fault.rule != NULL && strcmp(fault.rule, named) != 0)                                         \
			printf("\n  line %d: %s: %s", __LINE__, fault.rule, fault.what);                          \
	} while (0)
#define HEAD ((Elf64_Ehdr *)p)
#define RELA ((Elf64_Rela *)(p + dynamic(p, DT_RELA)->d_un.d_ptr))
#define SYM ((Elf64_Sym *)(p + dynamic(p, DT_SYMTAB)->d_un.d_ptr))
#define HASH ((uint32_t *)(p + dynamic(p, DT_GNU_HASH)->d_un.d_ptr))
	BROKEN(HEAD->e_ident[EI_CLASS] = ELFCLASS32, "ELF");
	BROKEN(HEAD->e_ident[EI_DATA] = ELFDATA2MSB, "ELF");
	BROKEN(HEAD->e_machine = EM_386, "ELF");
	BROKEN(HEAD->e_type = ET_EXEC, "ELF");
	BROKEN(HEAD->e_type = ET_REL, "ELF");
	BROKEN(HEAD->e_version = 2, "ELF");
	BROKEN(HEAD->e_ident[EI_OSABI] = ELFOSABI_FREEBSD, "ELF");
	BROKEN(HEAD->e_shoff = UINT64_MAX - 3, "ELF");
	BROKEN(HEAD->e_phnum = 0, "SEGMENTS");
	BROKEN(HEAD->e_phnum = 0xffff, "SEGMENTS");
	BROKEN(HEAD->e_phoff = UINT64_MAX - 7, "SEGMENTS");
	BROKEN(HEAD->e_phoff += 1, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 1)->p_filesz = UINT64_MAX, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 1)->p_memsz += 1, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 1)->p_offset = len - 1, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 1)->p_vaddr = 0, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 1)->p_align = 3, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 1)->p_align = 0, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 0)->p_vaddr += 4096, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 3)->p_vaddr = UINT64_MAX - 4095, "SEGMENTS");
	BROKEN(segment(p, PT_LOAD, 1)->p_flags |= PF_W, "WX");
	BROKEN(segment(p, PT_LOAD, 3)->p_flags |= PF_X, "WX");
	BROKEN(segment(p, PT_LOAD, 2)->p_flags |= PF_W, "WRITABLE");
	BROKEN(segment(p, PT_LOAD, 1)->p_flags = PF_X, "SEGMENTS");
	BROKEN(segment(p, PT_GNU_STACK, 0)->p_flags |= PF_X, "STACK");
	BROKEN(segment(p, PT_GNU_STACK, 0)->p_type = PT_NULL, "STACK");
	BROKEN(segment(p, PT_GNU_STACK, 0)->p_type = PT_TLS, "TLS");
	BROKEN(segment(p, PT_GNU_STACK, 0)->p_type = PT_INTERP, "SEGMENTS");
	BROKEN((*segment(p, PT_GNU_STACK, 0) = (Elf64_Phdr){ .p_type = PT_NOTE, .p_vaddr = 0x100000, .p_memsz = 9, .p_filesz = 9 }), "SEGMENTS");
	BROKEN(segment(p, PT_GNU_STACK, 0)->p_type = PT_DYNAMIC, "SEGMENTS");
	BROKEN(segment(p, PT_GNU_RELRO, 0)->p_type = PT_NULL, "WRITABLE");
	BROKEN(segment(p, PT_GNU_RELRO, 0)->p_memsz -= 1, "WRITABLE");
	BROKEN(segment(p, PT_GNU_RELRO, 0)->p_vaddr += 8, "WRITABLE");
	BROKEN(segment(p, PT_GNU_RELRO, 0)->p_memsz = UINT64_MAX, "WRITABLE");
	BROKEN(segment(p, PT_DYNAMIC, 0)->p_type = PT_NULL, "SEGMENTS");
	BROKEN(segment(p, PT_DYNAMIC, 0)->p_vaddr += 8, "SEGMENTS");
	BROKEN(segment(p, PT_DYNAMIC, 0)->p_filesz = segment(p, PT_DYNAMIC, 0)->p_memsz = 16, "DYNAMIC");
	BROKEN(dynamic(p, DT_RELAENT)->d_tag = DT_RELASZ, "DYNAMIC");
	BROKEN(dynamic(p, DT_RELAENT)->d_tag = DT_NEEDED, "NEEDED");
	BROKEN(dynamic(p, DT_RELAENT)->d_tag = DT_PREINIT_ARRAY, "INIT");
	BROKEN(dynamic(p, DT_RELAENT)->d_tag = DT_VERNEED, "DYNAMIC");
	BROKEN(dynamic(p, DT_RELAENT)->d_tag = DT_RELR, "DYNAMIC");
	BROKEN(dynamic(p, DT_RELAENT)->d_tag = DT_TEXTREL, "TEXTREL");
	BROKEN(dynamic(p, DT_RELAENT)->d_un.d_val = 16, "RELOCATIONS");
	BROKEN(dynamic(p, DT_FLAGS)->d_un.d_val |= DF_TEXTREL, "TEXTREL");
	BROKEN(dynamic(p, DT_FLAGS)->d_un.d_val |= DF_STATIC_TLS, "TLS");
	BROKEN(dynamic(p, DT_FLAGS)->d_un.d_val |= DF_ORIGIN, "DYNAMIC");
	BROKEN(dynamic(p, DT_FLAGS_1)->d_un.d_val |= DF_1_GLOBAL, "DYNAMIC");
	BROKEN(dynamic(p, DT_STRTAB)->d_un.d_ptr = UINT64_MAX, "SYMBOLS");
	BROKEN(dynamic(p, DT_STRTAB)->d_un.d_ptr = segment(p, PT_LOAD, 3)->p_vaddr, "SYMBOLS");
	BROKEN(dynamic(p, DT_STRSZ)->d_un.d_val = UINT64_MAX, "SYMBOLS");
	BROKEN(dynamic(p, DT_STRSZ)->d_un.d_val -= 1, "SYMBOLS");
	BROKEN(dynamic(p, DT_SYMTAB)->d_un.d_ptr = segment(p, PT_LOAD, 3)->p_vaddr, "SYMBOLS");
	BROKEN(dynamic(p, DT_SYMENT)->d_un.d_val = 8, "SYMBOLS");
	BROKEN(dynamic(p, DT_GNU_HASH)->d_un.d_ptr = 0x10000000, "SYMBOLS");
	BROKEN(HASH[0] = 0, "SYMBOLS");
	BROKEN(HASH[0] = UINT32_MAX, "SYMBOLS");
	BROKEN(HASH[1] = 0, "SYMBOLS");
	BROKEN(HASH[2] = 3, "SYMBOLS");
	BROKEN(HASH[2] = 512, "SYMBOLS");
	BROKEN(HASH[6] = UINT32_MAX, "SYMBOLS");
	BROKEN(SYM[1].st_name = 100000, "SYMBOLS");
	BROKEN(SYM[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), "IMPORTS");
	BROKEN(SYM[1].st_info = ELF64_ST_INFO(STB_WEAK, STT_NOTYPE), "IMPORTS");
	BROKEN(SYM[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_TLS), "TLS");
	BROKEN(SYM[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC), "IFUNC");
	BROKEN(SYM[1].st_name = SYM[2].st_name, "IMPORTS");
	BROKEN(SYM[2].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC), "IFUNC");
	BROKEN(SYM[2].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), "ENTRY");
	BROKEN(SYM[2].st_value = segment(p, PT_LOAD, 2)->p_vaddr, "ENTRY");
	BROKEN(SYM[2].st_shndx = SHN_ABS, "ENTRY");
	BROKEN(SYM[2].st_shndx = SHN_UNDEF, "IMPORTS");
	BROKEN(RELA[0].r_info = ELF64_R_INFO(0, R_X86_64_IRELATIVE), "IFUNC");
	BROKEN(RELA[0].r_info = ELF64_R_INFO(0, R_X86_64_COPY), "RELOCATIONS");
	BROKEN(RELA[0].r_info = ELF64_R_INFO(1, R_X86_64_RELATIVE), "RELOCATIONS");
	BROKEN(RELA[0].r_info = ELF64_R_INFO(99, R_X86_64_GLOB_DAT), "RELOCATIONS");
	BROKEN(RELA[0].r_offset = segment(p, PT_LOAD, 1)->p_vaddr, "TEXTREL");
	BROKEN(RELA[0].r_offset = UINT64_MAX - 3, "TEXTREL");
	BROKEN(RELA[0].r_offset = segment(p, PT_DYNAMIC, 0)->p_vaddr + 8, "RELOCATIONS");
	BROKEN(dynamic(p, DT_RELASZ)->d_un.d_val += 8, "RELOCATIONS");
	BROKEN(dynamic(p, DT_RELA)->d_un.d_ptr = segment(p, PT_LOAD, 3)->p_vaddr, "RELOCATIONS");
	free(p);
	free(good);
}

static void
pointers_inside(void)
{
	struct elf_image i = { 2, { { 0, 100, false }, { 4096, 50, true } }, 0 };

	CU_ASSERT(elf_holds(&i, 0, 100, false) && elf_holds(&i, 99, 1, false) && elf_holds(&i, 4100, 4, true) && elf_holds(&i, 4100, 4, false));
	CU_ASSERT_FALSE(elf_holds(&i, 0, 101, false) || elf_holds(&i, 100, 1, false) || elf_holds(&i, 10, 1, true) || elf_holds(&i, 4096, 51, true));
	CU_ASSERT_FALSE(elf_holds(&i, 50, UINT64_MAX, false) || elf_holds(&i, UINT64_MAX, 2, false));
}

static const struct unit_test tests[] = {
	{ "P1 P2 each rule is named", P1_P2_each_rule_is_named },
	{ "P2 what no linker makes", P2_what_no_linker_makes },
	{ "every truncation is refused", every_truncation_is_refused },
	{ "changed bytes are survived", changed_bytes_are_survived },
	{ "pointers inside", pointers_inside },
};

UNIT_MAIN("plugin elf", tests)
