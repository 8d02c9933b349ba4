#include "token/plugin_elf_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEADERS_MAX 32
#define ADDRESS_MAX ((uint64_t)1 << 24) /* far above any file that is looked at */

static const char use_flags[] = "build it with the flags of `pkg-config tallystick-plugin`";

bool
elf_fault(struct elf_reader *e, const char *rule, const char *hint, const char *format, ...)
{
	va_list args;

	e->fault->rule = rule;
	e->fault->hint = hint;
	va_start(args, format);
	(void)vsnprintf(e->fault->what, sizeof(e->fault->what), format, args);
	va_end(args);
	return false;
}

static bool
inside(uint64_t at, uint64_t n, uint64_t start, uint64_t len)
{
	return at >= start && n <= len && at - start <= len - n;
}

const uint8_t *
elf_at(const struct elf_reader *e, uint64_t address, uint64_t n, bool writable_too)
{
	for (size_t i = 0; i < e->loads_n; i++) {
		const Elf64_Phdr *h = &e->loads[i];

		if (inside(address, n, h->p_vaddr, h->p_filesz) && (writable_too || (h->p_flags & PF_W) == 0))
			return e->bytes + h->p_offset + (address - h->p_vaddr);
	}
	return NULL;
}

bool
elf_is_writable(const struct elf_reader *e, uint64_t address, uint64_t n)
{
	for (size_t i = 0; i < e->loads_n; i++) {
		if ((e->loads[i].p_flags & PF_W) != 0 && inside(address, n, e->loads[i].p_vaddr, e->loads[i].p_filesz))
			return true;
	}
	return false;
}

bool
elf_is_code(const struct elf_reader *e, uint64_t address)
{
	for (size_t i = 0; i < e->loads_n; i++) {
		if ((e->loads[i].p_flags & PF_X) != 0 && inside(address, 1, e->loads[i].p_vaddr, e->loads[i].p_filesz))
			return true;
	}
	return false;
}

/* ---- the head ---- */

static bool
check_head(struct elf_reader *e)
{
	const Elf64_Ehdr *h = &e->head;

	if (e->len < sizeof(*h) || memcmp(e->bytes, ELFMAG, SELFMAG) != 0)
		return elf_fault(e, "ELF", "compile and link it first", "it is no ELF file");
	memcpy(&e->head, e->bytes, sizeof(e->head));
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != ELF_MACHINE)
		return elf_fault(e, "ELF", "build it on a machine of this kind", "it is made for another kind of machine");
	if (h->e_type != ET_DYN)
		return elf_fault(e, "ELF", use_flags, "it is no shared object");
	if (h->e_ident[EI_VERSION] != EV_CURRENT || h->e_version != EV_CURRENT || h->e_ident[EI_ABIVERSION] != 0 ||
	    (h->e_ident[EI_OSABI] != ELFOSABI_NONE && h->e_ident[EI_OSABI] != ELFOSABI_GNU))
		return elf_fault(e, "ELF", use_flags, "it is made for another system");
	if (h->e_ehsize != sizeof(Elf64_Ehdr) || h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum < 1 || h->e_phnum > HEADERS_MAX ||
	    !inside(h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr), 0, e->len) || h->e_phoff % 8 != 0)
		return elf_fault(e, "SEGMENTS", use_flags, "its program headers are not in order");
	if (!inside(h->e_shoff, (uint64_t)h->e_shnum * h->e_shentsize, 0, e->len))
		return elf_fault(e, "ELF", "copy or build it again", "its end is missing");
	return true;
}

static Elf64_Phdr
header(const struct elf_reader *e, size_t i)
{
	Elf64_Phdr h;

	memcpy(&h, e->bytes + e->head.e_phoff + i * sizeof(h), sizeof(h));
	return h;
}

/* ---- segments ---- */

static uint64_t
page_down(uint64_t at)
{
	return at & ~(uint64_t)(ELF_PAGE - 1);
}

static uint64_t
page_up(uint64_t at)
{
	return page_down(at + ELF_PAGE - 1);
}

/* In ascending order, in different pages, all from the file but the rest of a writable one. */
static bool
check_load(struct elf_reader *e, const Elf64_Phdr *h)
{
	const Elf64_Phdr *last = e->loads_n > 0 ? &e->loads[e->loads_n - 1] : NULL;

	if (e->loads_n == ELF_SEGMENTS_MAX)
		return elf_fault(e, "SEGMENTS", use_flags, "it has more than %d segments", ELF_SEGMENTS_MAX);
	if (!inside(h->p_offset, h->p_filesz, 0, e->len) || h->p_filesz > h->p_memsz || h->p_filesz == 0 || h->p_memsz > ADDRESS_MAX ||
	    h->p_vaddr > ADDRESS_MAX || (h->p_memsz != h->p_filesz && (h->p_flags & PF_W) == 0))
		return elf_fault(e, "SEGMENTS", use_flags, "a segment is not inside the file");
	if (h->p_align < ELF_PAGE || (h->p_align & (h->p_align - 1)) != 0 || h->p_align > ADDRESS_MAX || (h->p_vaddr - h->p_offset) % h->p_align != 0)
		return elf_fault(e, "SEGMENTS", use_flags, "a segment is not aligned");
	if (last == NULL ? page_down(h->p_vaddr) != 0 : page_down(h->p_vaddr) < page_up(last->p_vaddr + last->p_memsz))
		return elf_fault(e, "SEGMENTS", use_flags, "its segments overlap, or are not in ascending order from 0");
	if ((h->p_flags & PF_W) != 0 && (h->p_flags & PF_X) != 0)
		return elf_fault(e, "WX", use_flags, "a segment is writable and executable");
	if ((h->p_flags & PF_R) == 0 || (h->p_flags & ~(uint32_t)(PF_R | PF_W | PF_X)) != 0)
		return elf_fault(e, "SEGMENTS", use_flags, "a segment has odd permissions");
	e->loads[e->loads_n++] = *h;
	return true;
}

/* What the rest of the program headers say. */
struct extras {
	size_t dynamic_n, stack_n, relro_n, phdr_n;
	Elf64_Phdr relro, phdr;
	uint32_t stack_flags;
};

static bool
check_header(struct elf_reader *e, struct extras *x, const Elf64_Phdr *h)
{
	switch (h->p_type) {
	case PT_NULL:
		return true;
	case PT_LOAD:
		return check_load(e, h);
	case PT_DYNAMIC:
		e->dynamic = *h;
		x->dynamic_n++;
		return true;
	case PT_GNU_STACK:
		x->stack_flags = h->p_flags;
		x->stack_n++;
		return true;
	case PT_GNU_RELRO:
		x->relro = *h;
		x->relro_n++;
		return true;
	case PT_PHDR:
		x->phdr = *h;
		x->phdr_n++;
		return true;
	case PT_NOTE:
	case PT_GNU_EH_FRAME:
	case PT_GNU_PROPERTY:
		return true;
	case PT_TLS:
		return elf_fault(e, "TLS", "a rule has no variables of its own: use kv_put() or the stack", "it has thread-local storage");
	}
	return elf_fault(e, "SEGMENTS", use_flags, "it has a program header of type 0x%x, which a rule needs not", h->p_type);
}

static bool
check_headers(struct elf_reader *e, struct extras *x)
{
	for (size_t i = 0; i < e->head.e_phnum; i++) {
		Elf64_Phdr h = header(e, i);

		if (!check_header(e, x, &h))
			return false;
	}
	if (e->loads_n == 0 || x->dynamic_n != 1 || x->relro_n > 1 || x->phdr_n > 1)
		return elf_fault(e, "SEGMENTS", use_flags, "it lacks a segment, or has one twice");
	return true;
}

/* Notes and the like are read by the dynamic linker where they are mapped. */
static bool
check_mapped(struct elf_reader *e, const struct extras *x)
{
	for (size_t i = 0; i < e->head.e_phnum; i++) {
		Elf64_Phdr h = header(e, i);
		const uint8_t *p;

		if (h.p_type == PT_NULL || h.p_type == PT_LOAD || h.p_type == PT_GNU_STACK || h.p_type == PT_GNU_RELRO)
			continue;
		p = elf_at(e, h.p_vaddr, h.p_filesz, true);
		if (p == NULL || (uint64_t)(p - e->bytes) != h.p_offset || h.p_filesz != h.p_memsz || h.p_vaddr % 4 != 0)
			return elf_fault(e, "SEGMENTS", use_flags, "a program header points outside of what is mapped");
	}
	if (x->phdr_n == 1 && (x->phdr.p_offset != e->head.e_phoff || x->phdr.p_filesz != (uint64_t)e->head.e_phnum * sizeof(Elf64_Phdr)))
		return elf_fault(e, "SEGMENTS", use_flags, "its program headers are not where it says");
	return true;
}

static bool
check_stack(struct elf_reader *e, const struct extras *x)
{
	if (x->stack_n != 1 || (x->stack_flags & PF_X) != 0)
		return elf_fault(e, "STACK", "link with -Wl,-z,noexecstack, and use no nested functions", "it wants an executable stack");
	return true;
}

/* The dynamic linker makes whole pages read-only: what it rounds away at the end stays writable. */
static bool
check_relro(struct elf_reader *e, const struct extras *x)
{
	for (size_t i = 0; i < e->loads_n; i++) {
		const Elf64_Phdr *h = &e->loads[i];

		if ((h->p_flags & PF_W) == 0)
			continue;
		if (x->relro_n != 1 || x->relro.p_memsz > ADDRESS_MAX || x->relro.p_vaddr > h->p_vaddr ||
		    page_down(x->relro.p_vaddr) != page_down(h->p_vaddr) ||
		    page_down(x->relro.p_vaddr + x->relro.p_memsz) < h->p_vaddr + h->p_memsz)
			return elf_fault(e, "WRITABLE",
					 "make its variables const, keep what must last with kv_put(), and link with -Wl,-z,relro,-z,now",
					 "it has variables that can be written");
	}
	return true;
}

static void
take_image(struct elf_image *out, const struct elf_reader *e)
{
	*out = (struct elf_image){ .n = e->loads_n, .entry = e->entry };
	for (size_t i = 0; i < e->loads_n; i++)
		out->segments[i] = (struct elf_segment){ e->loads[i].p_vaddr, e->loads[i].p_memsz, (e->loads[i].p_flags & PF_X) != 0 };
}

bool
elf_check(struct elf_image *out, struct rule_fault *fault, const uint8_t *bytes, size_t len)
{
	struct elf_reader e = { .bytes = bytes, .len = len, .fault = fault };
	struct extras x = { 0 };

	*fault = (struct rule_fault){ 0 };
	if (!check_head(&e) || !check_headers(&e, &x) || !check_mapped(&e, &x) || !check_stack(&e, &x) || !check_relro(&e, &x) ||
	    !elf_check_dynamic(&e))
		return false;
	take_image(out, &e);
	return true;
}

bool
elf_holds(const struct elf_image *i, uint64_t at, uint64_t len, bool code)
{
	for (size_t n = 0; n < i->n; n++) {
		if (inside(at, len, i->segments[n].at, i->segments[n].len))
			return !code || i->segments[n].code;
	}
	return false;
}
