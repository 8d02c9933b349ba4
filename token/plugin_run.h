#ifndef TALLY_TOKEN_PLUGIN_RUN_H
#define TALLY_TOKEN_PLUGIN_RUN_H
/* One call of a rule, shared by plugin_host.c and plugin_services.c only. */
#include <setjmp.h>

#include "token/plugin_host.h"

struct plugin_run {
	struct tally_ctx ctx;
	struct tally_env env;
	uint8_t params[RULE_PARAMS_MAX]; /* the rule's own copy: it may write where it should only read */
	struct exec *x;
	const struct rule_instance *instance;
	uint64_t gas_max, gas;
	uint64_t fuse;
	uint8_t *arena; /* NULL until the first alloc */
	size_t arena_max, arena_used;
	uintptr_t stack; /* of the first block of code; 0 before it */
	jmp_buf out;
	const char *stopped;
};

extern const struct tally_services plugin_services;

/* The call that runs; there is one. What a rule hands to a service says nothing about it. */
struct plugin_run *plugin_running(void);

/* RULE_ALLOC_MAX zeros for a call; the same memory for every call, so that a pointer that a rule has kept never points to anybody else's. */
uint8_t *plugin_arena(void);

/* Doesn't return when there is too little gas. */
void plugin_pay(struct plugin_run *r, uint64_t gas);
NORETURN void plugin_stop(struct plugin_run *r, const char *why);

#endif
