/* Requests to a signer, one after another in one input (length u16 | body; after length 0xffff the bytes choose among honest parts of plans,
 * with orders that are really signed): every answer is well formed, and whatever it signs, no input and no order of a plan it signed for
 * is ever signed for in another, unless the first was proven dead. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/signer_fixture.h"

#define SIGNED_MAX 4096

static struct signed_input {
	struct outpoint outpoint;
	uint64_t plan;
} inputs[SIGNED_MAX];
static size_t inputs_n;

/* Orders that chosen plans pay, by a number that tells them apart. */
static struct signed_order {
	unsigned order;
	uint64_t plan;
} orders[SIGNED_MAX];
static size_t orders_n;

static void
note_order(unsigned order, uint64_t plan)
{
	for (size_t i = 0; i < orders_n; i++)
		assert(orders[i].order != order || orders[i].plan == plan);
	if (orders_n < SIGNED_MAX)
		orders[orders_n++] = (struct signed_order){ order, plan };
}

static void
note_input(const struct outpoint *o, uint64_t plan)
{
	for (size_t i = 0; i < inputs_n; i++)
		assert(!outpoint_eq(&inputs[i].outpoint, o) || inputs[i].plan == plan);
	if (inputs_n < SIGNED_MAX)
		inputs[inputs_n++] = (struct signed_input){ *o, plan };
}

/* A plan that was proven dead: what it had is free. */
static void
note_dead(const uint8_t *request, size_t len)
{
	struct dead_claim *claim = mem_new(1, sizeof(*claim));
	struct rd r = rd_init(request + 1, len - 1);
	bool ok = dead_claim_decode(claim, &r);

	assert(ok);
	for (size_t i = 0; i < inputs_n; i++) {
		if (inputs[i].plan == claim->sheet.plan)
			inputs[i--] = inputs[--inputs_n];
	}
	for (size_t i = 0; i < orders_n; i++) {
		if (orders[i].plan == claim->sheet.plan)
			orders[i--] = orders[--orders_n];
	}
	free(claim);
}

/* A plan that was signed: all its outputs but the vault's were ordered, and its inputs belong to it alone. */
static void
note_plan(const uint8_t *request, size_t len, size_t signatures)
{
	struct plan_sheet *sheet = mem_new(1, sizeof(*sheet));
	struct rd r = rd_init(request, len);
	const uint8_t *bytes;
	size_t n;
	bool ok;

	(void)rd_u8(&r);
	(void)rd_u32(&r);
	bytes = rd_varbytes(&r, &n, len);
	ok = bytes != NULL && plan_sheet_decode(sheet, bytes, n);
	assert(ok && signatures == sheet->in_n && rd_count(&r, 13) == sheet->pay_n);
	for (size_t i = 0; i < sheet->in_n; i++)
		note_input(&sheet->in[i].prevout, sheet->plan);
	free(sheet);
}

static void
check_answer(const uint8_t *request, size_t len, const struct wr *answer)
{
	struct rd r = rd_init(answer->p, answer->len);
	struct signer_hello h;
	const uint8_t *sigs;
	char reason[64];
	size_t n;

	if (rd_u8(&r) == 1) {
		assert(!signer_sigs_answer(&sigs, 1, reason, sizeof(reason), answer->p, answer->len) && strcmp(reason, "BAD_ANSWER") != 0);
	} else if (request[0] == SIGNER_HELLO) {
		assert(signer_hello_answer(&h, reason, sizeof(reason), answer->p, answer->len));
	} else if (request[0] == SIGNER_DEAD) {
		assert(signer_plain_answer(reason, sizeof(reason), answer->p, answer->len));
		note_dead(request, len);
	} else {
		n = rd_count(&r, 64);
		assert(signer_sigs_answer(&sigs, n, reason, sizeof(reason), answer->p, answer->len));
		if (request[0] == SIGNER_PLAN)
			note_plan(request, len, n);
		else
			assert(n == 1);
	}
}

/* True when it agreed. */
static bool
ask(struct signer *s, const uint8_t *bytes, size_t len)
{
	static const uint8_t aux[32];
	uint8_t *request = mem_dup(bytes, len); /* so that a sanitizer sees each byte read too far */
	struct wr answer = { 0 };
	bool agreed;

	signer_handle(&answer, s, request, len, (struct unixtime){ 1700000000 }, aux);
	check_answer(request, len, &answer);
	agreed = answer.p[0] == 0;
	wr_clear(&answer);
	free(request);
	return agreed;
}

static void
ask_chosen(struct signer *s, const struct signer_world *w, struct rd *r)
{
	unsigned chosen[PLAN_CASE_PAYS];
	struct plan_case c;
	struct wr request = { 0 };

	plan_case_init(&c, w, 1u + rd_u8(r) % 4, rd_u8(r) % 3);
	for (size_t i = 0; i < c.n; i++) {
		uint8_t account = rd_u8(r) % 3, nonce = rd_u8(r) % 2, millions = 1 + rd_u8(r) % 2;

		chosen[i] = account * 100u + nonce * 10u + millions;
		plan_case_order(&c, w, i, account, nonce, 1000000u * millions);
	}
	for (size_t i = 0; i < 2; i++)
		c.sheet.in[i].prevout = (struct outpoint){ .txid = { { 5 } }, .index = rd_u8(r) % 6 };
	c.sheet.version = rd_u8(r) % 3;
	c.height += rd_u8(r);
	plan_case_fee(&c, 1000 + rd_u8(r));
	wr_plan_case(&request, &c);
	if (ask(s, request.p, request.len)) {
		for (size_t i = 0; i < c.n; i++)
			note_order(chosen[i], c.sheet.plan);
	}
	wr_clear(&request);
	plan_case_clear(&c);
}

static void
ask_all(struct signer *s, const struct signer_world *w, const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);

	while (rd_ok(&r) && r.left > 2) {
		size_t len = rd_u16(&r), n = len < r.left ? len : r.left;

		if (len == 0xffff)
			ask_chosen(s, w, &r);
		else if (n > 0)
			ask(s, rd_take(&r, n), n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct signer_world world;
	struct signer *s;
	char path[64];

	if (world.params.chain == NULL)
		signer_world_init(&world);
	snprintf(path, sizeof(path), "/dev/shm/fuzz-signer-%ld", (long)getpid());
	s = signer_world_member(&world, 0, path, NULL);
	assert(s != NULL);
	inputs_n = orders_n = 0;
	ask_all(s, &world, data, size);
	signer_free(s);
	unlink(path);
	return 0;
}
