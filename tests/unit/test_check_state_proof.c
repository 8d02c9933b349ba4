/* tools/check-state-proof was written from the format's description alone: on random proofs, good and damaged, it must say
 * what the C code says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "token/state.h"
#include "token/state_proof.h"

#define QUESTIONS 1500
#define ZERO_HASH "0000000000000000000000000000000000000000000000000000000000000000"

static uint64_t seed = 99;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static char path[] = "/tmp/test_check_state_proof_XXXXXX";
static enum state_proof_verdict want[QUESTIONS];

static void
print_hex(FILE *f, const char *name, const void *bytes, size_t len)
{
	fprintf(f, "\"%s\": \"", name);
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%02x", ((const uint8_t *)bytes)[i]);
	fprintf(f, "\"");
}

/* One question about a key that is there in three of four cases; in half of them something is damaged. */
static void
ask(FILE *f, size_t number, struct state *s, uint32_t keys)
{
	uint32_t key = draw(keys * 4 / 3), value = key + 1;
	bool present = key < keys, with_value = draw(8) ? present : !present;
	struct hash256 root;
	struct wr w = { 0 };

	state_root(&root, s);
	state_prove(&w, s, &key, sizeof(key));
	switch (draw(10)) {
	case 0:
		w.p[draw((uint32_t)w.len)] ^= (uint8_t)(1u << draw(8));
		break;
	case 1:
		w.len = draw((uint32_t)w.len);
		break;
	case 2:
		wr_u8(&w, (uint8_t)draw(256));
		break;
	case 3:
		root.b[draw(32)] ^= (uint8_t)(1u << draw(8));
		break;
	case 4:
		value ^= 1u << draw(32);
		break;
	default:
		break;
	}
	want[number] = state_proof_check(w.p, w.len, &root, &key, sizeof(key), with_value ? &value : NULL,
					 with_value ? sizeof(value) : 0);
	fprintf(f, "{");
	print_hex(f, "root", root.b, sizeof(root.b));
	fprintf(f, ", ");
	print_hex(f, "key", &key, sizeof(key));
	fprintf(f, ", ");
	if (with_value)
		print_hex(f, "value", &value, sizeof(value));
	else
		fprintf(f, "\"value\": null");
	fprintf(f, ", ");
	print_hex(f, "proof", w.p, w.len);
	fprintf(f, "}\n");
	wr_clear(&w);
}

static void
write_questions(void)
{
	FILE *f = fopen(path, "w");
	struct state *s = state_new();
	uint32_t keys = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t i = 0; i < QUESTIONS; i++) {
		for (; keys < 1 + i / 3; keys++) {
			uint32_t value = keys + 1;

			state_put(s, &keys, sizeof(keys), &value, sizeof(value));
		}
		ask(f, i, s, keys);
	}
	fclose(f);
	state_free(s);
}

static void
says_what_the_c_code_says(void)
{
	static const char *const words[] = {
		[STATE_PROOF_PRESENT] = "present\n",
		[STATE_PROOF_ABSENT] = "absent\n",
		[STATE_PROOF_WRONG] = "wrong\n",
	};
	const char *source = getenv("srcdir");
	char command[1000], line[32];
	size_t n = 0, of[3] = { 0 };
	FILE *tool;
	int status;

	write_questions();
	snprintf(command, sizeof(command), "python3 '%s/tools/check-state-proof' < %s", source ? source : ".", path);
	tool = popen(command, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(tool);
	while (fgets(line, sizeof(line), tool) != NULL && n < QUESTIONS) {
		CU_ASSERT_STRING_EQUAL(line, words[want[n]]);
		of[want[n++]]++;
	}
	status = pclose(tool);
	CU_ASSERT_EQUAL(n, QUESTIONS);
	CU_ASSERT(of[0] > 100 && of[1] > 100 && of[2] > 100);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static int
exit_code(const char *input)
{
	const char *source = getenv("srcdir");
	char command[1000];
	int status;

	snprintf(command, sizeof(command), "printf '%%s' '%s' | python3 '%s/tools/check-state-proof' >/dev/null 2>&1", input,
		 source ? source : ".");
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
exit_codes(void)
{
	CU_ASSERT_EQUAL(exit_code("{\"root\":\"" ZERO_HASH "\",\"key\":\"61\",\"value\":null,\"proof\":\"000002\"}"), 0);
	CU_ASSERT_EQUAL(exit_code("{\"root\":\"" ZERO_HASH "\",\"key\":\"61\",\"value\":\"\",\"proof\":\"000002\"}"), 1);
	CU_ASSERT_EQUAL(exit_code("{\"root\":\"00\",\"key\":\"61\",\"value\":null,\"proof\":\"000002\"}"), 2);
	CU_ASSERT_EQUAL(exit_code("{\"key\":\"61\"}"), 2);
	CU_ASSERT_EQUAL(exit_code("[1"), 2);
	CU_ASSERT_EQUAL(exit_code(""), 0);
}

static const struct unit_test tests[] = {
	{ "says what the C code says", says_what_the_c_code_says },
	{ "exit codes", exit_codes },
};

int
main(void)
{
	int fd = mkstemp(path), failed;

	close(fd);
	failed = unit_run("check-state-proof", tests, ARRAY_LEN(tests));
	unlink(path);
	return failed;
}
