#include <inttypes.h>
#include <string.h>

#include "token/plugin_elf_parts.h"

static const char use_flags[] = "build it with the flags of `pkg-config tallystick-plugin`";

/* What the dynamic table says, by what a rule may say there. */
struct dynamic {
	uint64_t strtab, strsz, symtab, syment, gnu_hash, rela, relasz, relaent, jmprel, pltrelsz, pltrel, pltgot, flags, flags_1, rest;
	const uint8_t *strings;
	uint64_t symbols_n;
};

/* ---- the table ---- */

static const struct {
	int64_t tag;
	size_t place;
} allowed[] = {
	{ DT_STRTAB, offsetof(struct dynamic, strtab) },     { DT_STRSZ, offsetof(struct dynamic, strsz) },
	{ DT_SYMTAB, offsetof(struct dynamic, symtab) },     { DT_SYMENT, offsetof(struct dynamic, syment) },
	{ DT_GNU_HASH, offsetof(struct dynamic, gnu_hash) }, { DT_RELA, offsetof(struct dynamic, rela) },
	{ DT_RELASZ, offsetof(struct dynamic, relasz) },     { DT_RELAENT, offsetof(struct dynamic, relaent) },
	{ DT_JMPREL, offsetof(struct dynamic, jmprel) },     { DT_PLTRELSZ, offsetof(struct dynamic, pltrelsz) },
	{ DT_PLTREL, offsetof(struct dynamic, pltrel) },     { DT_PLTGOT, offsetof(struct dynamic, pltgot) },
	{ DT_FLAGS, offsetof(struct dynamic, flags) },       { DT_FLAGS_1, offsetof(struct dynamic, flags_1) },
	{ DT_BIND_NOW, offsetof(struct dynamic, rest) },     { DT_RELACOUNT, offsetof(struct dynamic, rest) },
	{ DT_HASH, offsetof(struct dynamic, rest) }, /* not looked at: the other hash table comes first */
};

/* Tags that have a name in the list of rules. */
static const struct {
	int64_t tag;
	const char *rule, *what, *hint;
} refused[] = {
	{ DT_NEEDED, "NEEDED", "it needs another library", "link with -nostdlib -nostartfiles: a rule calls nothing but its host" },
	{ DT_INIT, "INIT", "it has code that runs when it is loaded", "link with -nostartfiles" },
	{ DT_FINI, "INIT", "it has code that runs when it is unloaded", "link with -nostartfiles" },
	{ DT_INIT_ARRAY, "INIT", "it has constructors, which run when it is loaded", "remove __attribute__((constructor))" },
	{ DT_FINI_ARRAY, "INIT", "it has destructors", "remove __attribute__((destructor))" },
	{ DT_PREINIT_ARRAY, "INIT", "it has code that runs before it is loaded", "remove its .preinit_array" },
	{ DT_RPATH, "PATH", "it has a search path (RPATH)", "link without -rpath" },
	{ DT_RUNPATH, "PATH", "it has a search path (RUNPATH)", "link without -rpath" },
	{ DT_AUDIT, "PATH", "it has an auditor", "link without --audit" },
	{ DT_DEPAUDIT, "PATH", "it has an auditor", "link without --depaudit" },
	{ DT_AUXILIARY, "PATH", "it is a filter for another library", "link without --auxiliary" },
	{ DT_FILTER, "PATH", "it is a filter for another library", "link without --filter" },
	{ DT_SONAME, "PATH", "it has a name of its own (SONAME), under which it could stand in for others", "link without -soname" },
	{ DT_TEXTREL, "TEXTREL", "its code must be changed when it is loaded", "compile with -fPIC" },
};

static bool
refuse_tag(struct elf_reader *e, int64_t tag)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		if (refused[i].tag == tag)
			return elf_fault(e, refused[i].rule, refused[i].hint, "%s", refused[i].what);
	}
	return elf_fault(e, "DYNAMIC", use_flags, "its dynamic table has an entry of type 0x%" PRIx64 ", which a rule needs not", (uint64_t)tag);
}

static bool
take_tag(struct elf_reader *e, struct dynamic *d, uint32_t *seen, const Elf64_Dyn *entry)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		if (allowed[i].tag != entry->d_tag)
			continue;
		if ((*seen >> i & 1) != 0)
			return elf_fault(e, "DYNAMIC", use_flags, "its dynamic table has an entry twice");
		*seen |= 1u << i;
		memcpy((uint8_t *)d + allowed[i].place, &entry->d_un.d_val, sizeof(uint64_t));
		return true;
	}
	return refuse_tag(e, entry->d_tag);
}

static bool
read_table(struct elf_reader *e, struct dynamic *d)
{
	uint64_t n = e->dynamic.p_filesz / sizeof(Elf64_Dyn);
	const uint8_t *p = elf_at(e, e->dynamic.p_vaddr, e->dynamic.p_filesz, true);
	uint32_t seen = 0;

	if (p == NULL || e->dynamic.p_vaddr % 8 != 0 || !elf_is_writable(e, e->dynamic.p_vaddr, e->dynamic.p_filesz))
		return elf_fault(e, "DYNAMIC", use_flags, "its dynamic table is not where it should be");
	for (uint64_t i = 0; i < n; i++) {
		Elf64_Dyn entry;

		memcpy(&entry, p + i * sizeof(entry), sizeof(entry));
		if (entry.d_tag == DT_NULL)
			return true;
		if (!take_tag(e, d, &seen, &entry))
			return false;
	}
	return elf_fault(e, "DYNAMIC", use_flags, "its dynamic table has no end");
}

static bool
check_flags(struct elf_reader *e, const struct dynamic *d)
{
	if ((d->flags & DF_TEXTREL) != 0)
		return elf_fault(e, "TEXTREL", "compile with -fPIC", "its code must be changed when it is loaded");
	if ((d->flags & DF_STATIC_TLS) != 0)
		return elf_fault(e, "TLS", "a rule has no variables of its own: use kv_put() or the stack", "it has thread-local storage");
	if ((d->flags & ~(uint64_t)DF_BIND_NOW) != 0 || (d->flags_1 & ~(uint64_t)DF_1_NOW) != 0)
		return elf_fault(e, "DYNAMIC", use_flags, "it asks the dynamic linker for more than a rule needs");
	return true;
}

/* ---- symbols ---- */

/* A name that ends inside the table; NULL when it doesn't. */
static const char *
name_at(const struct dynamic *d, uint64_t at)
{
	if (at >= d->strsz || memchr(d->strings + at, 0, d->strsz - at) == NULL)
		return NULL;
	return (const char *)d->strings + at;
}

static uint32_t
word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The number of symbols, as the dynamic linker's own hash table tells it: the end of the last chain. */
static bool
count_symbols(struct elf_reader *e, struct dynamic *d)
{
	const char *what = "its hash table of symbols is not in order";
	const uint8_t *p = elf_at(e, d->gnu_hash, 16, false);
	uint64_t buckets, first, bloom, chain, last = 0;

	if (p == NULL || d->gnu_hash % 8 != 0)
		return elf_fault(e, "SYMBOLS", "link with -Wl,--hash-style=gnu", "it has no hash table of symbols");
	buckets = word(p);
	first = word(p + 4);
	bloom = word(p + 8);
	if (buckets < 1 || buckets > 1000 || bloom < 1 || bloom > 1000 || (bloom & (bloom - 1)) != 0 || first < 1 || first > 1000)
		return elf_fault(e, "SYMBOLS", use_flags, "%s", what);
	p = elf_at(e, d->gnu_hash, 16 + 8 * bloom + 4 * buckets, false);
	if (p == NULL)
		return elf_fault(e, "SYMBOLS", use_flags, "%s", what);
	p += 16 + 8 * bloom;
	chain = d->gnu_hash + 16 + 8 * bloom + 4 * buckets;
	for (uint64_t i = 0; i < buckets; i++) {
		uint64_t head = word(p + 4 * i);

		if (head != 0 && head < first)
			return elf_fault(e, "SYMBOLS", use_flags, "%s", what);
		last = head > last ? head : last;
	}
	d->symbols_n = first;
	for (; last >= first; last++) {
		p = elf_at(e, chain, 4 * (last - first + 1), false);
		if (p == NULL || last > 2000)
			return elf_fault(e, "SYMBOLS", use_flags, "%s", what);
		d->symbols_n = last + 1;
		if ((word(p + 4 * (last - first)) & 1) != 0)
			break;
	}
	return true;
}

static bool
check_tables(struct elf_reader *e, struct dynamic *d)
{
	d->strings = elf_at(e, d->strtab, d->strsz, false);
	if (d->strings == NULL || d->strsz == 0 || d->strings[d->strsz - 1] != 0 || d->syment != sizeof(Elf64_Sym))
		return elf_fault(e, "SYMBOLS", use_flags, "its table of names is not in order");
	if (!count_symbols(e, d))
		return false;
	if (d->symtab % 8 != 0 || elf_at(e, d->symtab, d->symbols_n * sizeof(Elf64_Sym), false) == NULL)
		return elf_fault(e, "SYMBOLS", use_flags, "its table of symbols is not in order");
	return true;
}

static Elf64_Sym
symbol(const struct elf_reader *e, const struct dynamic *d, uint64_t i)
{
	Elf64_Sym s;

	memcpy(&s, elf_at(e, d->symtab + i * sizeof(s), sizeof(s), false), sizeof(s));
	return s;
}

static bool
check_import(struct elf_reader *e, const Elf64_Sym *s, const char *name)
{
	unsigned type = ELF64_ST_TYPE(s->st_info);

	if (strcmp(name, ELF_FUSE) == 0)
		return (type == STT_NOTYPE || type == STT_FUNC) && ELF64_ST_BIND(s->st_info) == STB_GLOBAL
			       ? true
			       : elf_fault(e, "IMPORTS", use_flags, "it wants the fuse as something that it is not");
	return elf_fault(e, "IMPORTS", "a rule calls the services of its context, and the small runtime that `pkg-config --libs tallystick-plugin` links",
			 "it calls %.80s, which is not the host's", name);
}

static bool
check_export(struct elf_reader *e, const Elf64_Sym *s, const char *name)
{
	if (strcmp(name, ELF_ENTRY) != 0)
		return elf_fault(e, "EXPORTS", "compile with -fvisibility=hidden, and make functions static", "it exports %.80s", name);
	if (ELF64_ST_TYPE(s->st_info) != STT_FUNC || ELF64_ST_BIND(s->st_info) != STB_GLOBAL || ELF64_ST_VISIBILITY(s->st_other) != STV_DEFAULT ||
	    s->st_shndx >= SHN_LORESERVE || !elf_is_code(e, s->st_value))
		return elf_fault(e, "ENTRY", "declare it as plugin.h does", ELF_ENTRY " is no function of its code");
	e->entry = s->st_value;
	return true;
}

static bool
check_symbols(struct elf_reader *e, const struct dynamic *d)
{
	bool fuse = false, entry = false;

	for (uint64_t i = 1; i < d->symbols_n; i++) {
		Elf64_Sym s = symbol(e, d, i);
		const char *name = name_at(d, s.st_name);
		unsigned type = ELF64_ST_TYPE(s.st_info);

		if (name == NULL)
			return elf_fault(e, "SYMBOLS", use_flags, "a symbol's name is outside of its table");
		if (type == STT_GNU_IFUNC)
			return elf_fault(e, "IFUNC", "remove __attribute__((ifunc))", "it has an indirect function, whose resolver runs when it is loaded");
		if (type == STT_TLS)
			return elf_fault(e, "TLS", "a rule has no variables of its own", "it has a thread-local symbol");
		if (!(s.st_shndx == SHN_UNDEF ? check_import(e, &s, name) : check_export(e, &s, name)))
			return false;
		fuse = fuse || s.st_shndx == SHN_UNDEF;
		if (s.st_shndx != SHN_UNDEF && entry)
			return elf_fault(e, "EXPORTS", use_flags, "it exports its entry twice");
		entry = entry || s.st_shndx != SHN_UNDEF;
	}
	if (!entry)
		return elf_fault(e, "ENTRY", "define TALLY_PLUGIN_ENTRY() as plugin.h declares it", "it doesn't export " ELF_ENTRY);
	if (!fuse)
		return elf_fault(e, "FUSE", "compile with -fsanitize-coverage=trace-pc", "it was compiled without the fuse that ends endless loops");
	return true;
}

/* ---- relocations ---- */

static bool
check_relocation(struct elf_reader *e, const struct dynamic *d, const Elf64_Rela *r)
{
	uint64_t type = ELF64_R_TYPE(r->r_info), sym = ELF64_R_SYM(r->r_info);
	bool named = type == ELF_R_ABSOLUTE || type == ELF_R_GLOB_DAT || type == ELF_R_JUMP_SLOT;

	if (type == ELF_R_IRELATIVE)
		return elf_fault(e, "IFUNC", "remove __attribute__((ifunc))", "it has an indirect function, whose resolver runs when it is loaded");
	if (!named && type != ELF_R_RELATIVE)
		return elf_fault(e, "RELOCATIONS", use_flags, "it has a relocation of type %" PRIu64 ", which a rule needs not", type);
	if (named ? sym < 1 || sym >= d->symbols_n : sym != 0)
		return elf_fault(e, "RELOCATIONS", use_flags, "a relocation names no symbol");
	if (!elf_is_writable(e, r->r_offset, 8))
		return elf_fault(e, "TEXTREL", "compile with -fPIC", "a relocation lies in code or constants");
	if (r->r_offset + 8 > e->dynamic.p_vaddr && r->r_offset < e->dynamic.p_vaddr + e->dynamic.p_memsz)
		return elf_fault(e, "RELOCATIONS", use_flags, "a relocation changes the dynamic table");
	return true;
}

static bool
check_relocations(struct elf_reader *e, const struct dynamic *d, uint64_t table, uint64_t size)
{
	const uint8_t *p = elf_at(e, table, size, false);

	if (size == 0)
		return true;
	if (p == NULL || table % 8 != 0 || size % sizeof(Elf64_Rela) != 0)
		return elf_fault(e, "RELOCATIONS", use_flags, "its table of relocations is not in order");
	for (uint64_t at = 0; at < size; at += sizeof(Elf64_Rela)) {
		Elf64_Rela r;

		memcpy(&r, p + at, sizeof(r));
		if (!check_relocation(e, d, &r))
			return false;
	}
	return true;
}

bool
elf_check_dynamic(struct elf_reader *e)
{
	struct dynamic d = { 0 };

	if (!read_table(e, &d) || !check_flags(e, &d) || !check_tables(e, &d) || !check_symbols(e, &d))
		return false;
	if ((d.relasz != 0 && d.relaent != sizeof(Elf64_Rela)) || (d.pltrelsz != 0 && d.pltrel != DT_RELA) ||
	    (d.pltgot != 0 && !elf_is_writable(e, d.pltgot, 24)))
		return elf_fault(e, "RELOCATIONS", use_flags, "its tables of relocations are not in order");
	return check_relocations(e, &d, d.rela, d.relasz) && check_relocations(e, &d, d.jmprel, d.pltrelsz);
}
