#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "chain/interpreter_impl.h"
#include "chain/script.h"

void
stack_clear(struct stack *s)
{
	stack_drop(s, s->n);
	free(s->item);
	*s = (struct stack){ 0 };
}

static struct element *
new_top(struct stack *s)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 16;
		s->item = mem_resize(s->item, s->cap, sizeof(*s->item));
	}
	return &s->item[s->n++];
}

void
stack_push(struct stack *s, const void *bytes, size_t len)
{
	*new_top(s) = (struct element){ mem_dup(bytes, len), len };
}

void
stack_push_number(struct stack *s, int64_t v)
{
	uint8_t bytes[SCRIPT_NUMBER_MAX];

	stack_push(s, bytes, script_number_encode(bytes, v));
}

void
stack_push_bool(struct stack *s, bool v)
{
	stack_push_number(s, v);
}

void
stack_drop(struct stack *s, size_t n)
{
	assert(n <= s->n);
	for (; n > 0; n--)
		free(s->item[--s->n].bytes);
}

const struct element *
stack_at(const struct stack *s, size_t depth)
{
	assert(depth < s->n);
	return &s->item[s->n - 1 - depth];
}

void
stack_pick(struct stack *s, size_t depth)
{
	struct element e = *stack_at(s, depth);

	stack_push(s, e.bytes, e.len);
}

void
stack_roll(struct stack *s, size_t depth)
{
	struct element e = *stack_at(s, depth), *from = &s->item[s->n - 1 - depth];

	memmove(from, from + 1, depth * sizeof(*from));
	s->item[s->n - 1] = e;
}

void
stack_move(struct stack *to, struct stack *from)
{
	struct element e = *stack_at(from, 0);

	from->n--;
	*new_top(to) = e;
}

struct stack
stack_copy(const struct stack *s)
{
	struct stack out = { 0 };

	for (size_t i = 0; i < s->n; i++)
		stack_push(&out, s->item[i].bytes, s->item[i].len);
	return out;
}

bool
element_is_true(const struct element *e)
{
	for (size_t i = 0; i < e->len; i++) {
		if (e->bytes[i] != 0)
			return i + 1 < e->len || e->bytes[i] != 0x80;
	}
	return false;
}

bool
element_number(int64_t *out, const struct element *e, size_t max)
{
	return script_number_decode(out, e->bytes, e->len, max);
}
