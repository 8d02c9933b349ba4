#include "token/plugin_loader.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "token/plugin_elf.h"
#include "token/plugin_fuse.h"
#include "token/plugin_image.h"

static enum plugin_err
fail(struct plugin_file *f, enum plugin_err err, const char *rule, const char *why, const char *hint)
{
	f->rule = rule;
	f->hint = hint;
	f->plugin = NULL;
	(void)snprintf(f->why, sizeof(f->why), "%s", why);
	return err;
}

/* ---- bytes ---- */

/* Copy a regular file of a bounded size into w. */
static bool
read_file(struct wr *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	uint8_t buf[65536];
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		while ((n = read(fd, buf, sizeof(buf))) > 0 && w->len <= PLUGIN_FILE_MAX)
			wr_bytes(w, buf, (size_t)n);
	}
	(void)close(fd);
	return n == 0 && w->len > 0 && w->len <= PLUGIN_FILE_MAX;
}

static bool
write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* A memory file with these bytes that nobody can change any more; -1 when the system won't. */
static int
sealed_file(const struct wr *w)
{
	int fd = memfd_create("rule", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, w->p, w->len) && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* ---- code ---- */

static const char see_header[] = "plugins/plugin.h tells what a descriptor holds";

/* Where the dynamic linker has put it. */
static bool
loaded_at(uintptr_t *base, void *handle)
{
	struct link_map *map;

	if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0)
		return false;
	*base = map->l_addr;
	return true;
}

static enum plugin_err
check_code(struct plugin_file *f, const struct tally_plugin *(*entry)(void), const struct elf_image *image, uintptr_t base)
{
	const char *why;

	f->plugin = entry();
	why = entry() != f->plugin ? "the entry function gave two descriptors" : plugin_image_check(f->plugin, image, base);
	if (why == NULL)
		why = rule_check_descriptor(f->plugin);
	if (why != NULL)
		return fail(f, PLUGIN_BAD, "DESCRIPTOR", why, see_header);
	if (!plugin_vectors_hold(&f->vectors, f->plugin))
		return fail(f, PLUGIN_BAD_VECTORS, "VECTORS", f->vectors.why, "either the rule or what the vector expects is wrong");
	return PLUGIN_OK;
}

static enum plugin_err
open_code(struct plugin_file *f, int fd, const struct elf_image *image)
{
	const struct tally_plugin *(*entry)(void);
	char path[64];
	uintptr_t base;
	void *handle;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		return fail(f, PLUGIN_NOT_LOADED, "LOAD", dlerror(), "is /proc mounted, and may files in memory be executed?");
	*(void **)&entry = dlsym(handle, ELF_ENTRY);
	if (entry == NULL || !loaded_at(&base, handle) || (uintptr_t)entry - base != image->entry)
		return fail(f, PLUGIN_NOT_LOADED, "ENTRY", "the dynamic linker finds another entry than the file names", see_header);
	return check_code(f, entry, image, base);
}

static enum plugin_err
read_and_hash(struct plugin_file *f, struct wr *w, const char *path)
{
	memset(f, 0, sizeof(*f));
	plugin_fuse_link();
	if (!read_file(w, path))
		return fail(f, PLUGIN_IO, "FILE", "can't be read, is no plain file, or is empty or larger than 1 MB", "check its name and permissions");
	sha256(&f->hash, w->p, w->len);
	return PLUGIN_OK;
}

static enum plugin_err
run_sealed(struct plugin_file *f, const struct wr *w)
{
	struct rule_fault fault;
	struct elf_image image;
	enum plugin_err err;
	int fd;

	if (!elf_check(&image, &fault, w->p, w->len))
		return fail(f, PLUGIN_BAD_ELF, fault.rule, fault.what, fault.hint);
	fd = sealed_file(w);
	if (fd < 0)
		return fail(f, PLUGIN_IO, "FILE", "no sealed memory file (memfd_create)", "tallyd needs Linux 3.17 or newer");
	err = open_code(f, fd, &image);
	/* The dynamic linker knows a library by the path that it was opened under, and this path is the descriptor's number: were that free
	 * again, the next rule would be taken for this one. */
	if (err == PLUGIN_NOT_LOADED)
		(void)close(fd);
	return err;
}

enum plugin_err
plugin_inspect(struct plugin_file *out, const char *path)
{
	struct wr w = { 0 };
	enum plugin_err err = read_and_hash(out, &w, path);

	if (err == PLUGIN_OK)
		err = run_sealed(out, &w);
	wr_clear(&w);
	return err;
}

static enum plugin_err
match(struct plugin_file *f, const struct rule_approval *a)
{
	const struct tally_plugin *p = f->plugin;

	if (p->kind == a->kind && strcmp(p->name, a->version.name) == 0 && p->major == a->version.major && p->minor == a->version.minor &&
	    p->patch == a->version.patch)
		return PLUGIN_OK;
	return fail(f, PLUGIN_MISMATCH, "APPROVED", "kind, name or version aren't those that were approved with its hash",
		    "this version can't be used: approve the file anew under the name and version that it has");
}

static enum plugin_err
load_approved(struct plugin_file *f, const struct wr *w, const struct state *s)
{
	struct rule_approval a;
	enum plugin_err err;
	const char *why;

	if (!rule_of_file(&a, s, &f->hash))
		return fail(f, PLUGIN_NOT_APPROVED, "APPROVED", "the ledger has not approved a file with this hash",
			    "DAO 0 approves it with a proposal of PLUGIN_APPROVE");
	f->plugin = rule_code(&f->hash);
	f->again = f->plugin != NULL;
	err = f->again ? PLUGIN_OK : run_sealed(f, w);
	if (err == PLUGIN_OK)
		err = match(f, &a);
	if (err != PLUGIN_OK)
		return err;
	why = rule_register(f->plugin, &f->hash);
	return why == NULL ? PLUGIN_OK : fail(f, PLUGIN_BAD, "DESCRIPTOR", why, see_header);
}

enum plugin_err
plugin_load(struct plugin_file *out, const char *path, const struct state *s)
{
	struct wr w = { 0 };
	enum plugin_err err = read_and_hash(out, &w, path);

	if (err == PLUGIN_OK)
		err = load_approved(out, &w, s);
	wr_clear(&w);
	return err;
}

/* ---- folders ---- */

static int
is_library(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 3 && strcmp(d->d_name + len - 3, ".so") == 0;
}

int
plugin_load_folder(const char *folder, const struct state *s, plugin_told_fn *told, void *context)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_library, alphasort), loaded = 0;

	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		char *path = mem_printf("%s/%s", folder, names[i]->d_name);
		struct plugin_file f;
		enum plugin_err err = plugin_load(&f, path, s);

		loaded += err == PLUGIN_OK;
		told(context, path, err, &f);
		free(path);
		free(names[i]);
	}
	free(names);
	return loaded;
}

/* ---- genesis ---- */

struct action_plugin_approve
plugin_approval(const struct plugin_file *f)
{
	const struct tally_plugin *p = f->plugin;

	return (struct action_plugin_approve){
		.name = { p->name, strnlen(p->name, sizeof(p->name)) },
		.kind = (uint8_t)p->kind,
		.major = p->major,
		.minor = p->minor,
		.patch = p->patch,
		.file = f->hash,
	};
}

void
wr_rules_section(struct wr *w, const struct action_plugin_approve *a, size_t n)
{
	wr_compactsize(w, n);
	for (size_t i = 0; i < n; i++) {
		struct wr one = { 0 };

		action_plugin_approve_encode(&one, &a[i]);
		wr_varbytes(w, one.p, one.len);
		wr_clear(&one);
	}
}
