#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/complaint.h"
#include "bridge/node.h"
#include "bridge/account_name.h"
#include "bridge/rpc_call.h"
#include "bridge/wallet.h"

#define COUNT_MAX ((json_int_t)9007199254740991) /* 2^53 - 1: what every JSON reader keeps exact */

void
rpc_usage(char *out, size_t size, const struct rpc_method *m)
{
	size_t at = (size_t)snprintf(out, size, "tally %s", m->name);

	for (size_t i = 0; i < m->params_n && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, m->params[i].required ? " %s" : " [%s]", m->params[i].name);
}

void
rpc_usage_hint(char out[RPC_USAGE_HINT_LEN], const struct rpc_method *m)
{
	char usage[RPC_USAGE_HINT_LEN * 4];

	rpc_usage(usage, sizeof(usage), m);
	if (strlen(usage) <= 190)
		snprintf(out, RPC_USAGE_HINT_LEN, "usage: %.190s", usage);
	else
		snprintf(out, RPC_USAGE_HINT_LEN, "tally help %s explains each parameter", m->name);
}

static const struct rpc_param *
find_param(const struct rpc_method *m, const char *name)
{
	for (size_t i = 0; i < m->params_n; i++) {
		if (strcmp(m->params[i].name, name) == 0)
			return &m->params[i];
	}
	return NULL;
}

static bool
is_hex(const char *s, size_t digits)
{
	return strlen(s) == digits && strspn(s, "0123456789abcdefABCDEF") == digits;
}

static bool
is_main_address(const char *s)
{
	return strncmp(s, "bc1", 3) == 0 || strncmp(s, "tb1", 3) == 0 || strncmp(s, "bcrt1", 5) == 0;
}

/* A text parameter of a kind: NULL, or what it must be. */
static const char *
text_fault(const struct rpc_call *c, enum rpc_kind kind, const char *s)
{
	struct account account;
	size_t len = strlen(s);

	switch (kind) {
	case RPC_HASH:
	case RPC_TXID:
	case RPC_KEY:
		return is_hex(s, 64) ? NULL : "64 hex digits";
	case RPC_HEX:
		return len % 2 == 0 && len / 2 <= RPC_HEX_MAX && is_hex(s, len) ? NULL : "an even number of hex digits";
	case RPC_ACCOUNT:
		if (wallet_find_account(&account, node_wallet(rpc_node(c)), s))
			return NULL;
		if (s[0] == '@')
			return account_from_name(&account, rpc_node(c), s);
		if (strncmp(s, "tly", 3) != 0)
			return is_main_address(s) ? "this is an address of the main chain, not an account here" : "no account of the wallet has this label";
		return account_from_text(&account, node_account_hrp(rpc_node(c)), s);
	case RPC_TEXT:
	case RPC_AMOUNT:
	case RPC_COUNT:
	case RPC_BOOL:
	case RPC_JSON:
		break;
	}
	return NULL;
}

static const char *
value_fault(const struct rpc_call *c, enum rpc_kind kind, const json_t *v)
{
	switch (kind) {
	case RPC_COUNT:
		return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= COUNT_MAX
			       ? NULL
			       : "a whole number, not negative";
	case RPC_BOOL:
		return json_is_boolean(v) ? NULL : "true or false";
	case RPC_JSON:
		return json_is_object(v) || json_is_array(v) ? NULL : "an object or array";
	case RPC_AMOUNT:
		return json_is_string(v) ? NULL : "a decimal number in a string, such as \"0.5\"";
	case RPC_TEXT:
	case RPC_HASH:
	case RPC_TXID:
	case RPC_KEY:
	case RPC_HEX:
	case RPC_ACCOUNT:
		break;
	}
	return json_is_string(v) ? text_fault(c, kind, json_string_value(v)) : "a string";
}

static bool
fail_account(struct rpc_call *c, const struct rpc_param *p, const char *text, const char *fault)
{
	rpc_fail(c, RPC_BAD_PARAMS, "BAD_PARAMS",
		 "an address (tly1…), a label of the wallet (listaccounts, newaccount) or @name (listnames); pegout pays to the main chain",
		 "%s '%.80s': %s", p->name, text, fault);
	return false;
}

static bool
fail_usage(struct rpc_call *c, const char *message)
{
	char hint[RPC_USAGE_HINT_LEN];

	rpc_usage_hint(hint, c->method);
	rpc_fail(c, RPC_BAD_PARAMS, "BAD_PARAMS", hint, "%s", message);
	return false;
}

static bool
take_one(struct rpc_call *c, const struct rpc_param *p, json_t *value)
{
	const char *fault;
	char message[300];

	if (json_is_null(value))
		return true;
	fault = value_fault(c, p->kind, value);
	if (fault != NULL) {
		if (p->kind == RPC_ACCOUNT && json_is_string(value))
			return fail_account(c, p, json_string_value(value), fault);
		snprintf(message, sizeof(message), "%s must be %s", p->name, fault);
		return fail_usage(c, message);
	}
	json_object_set(c->args, p->name, value);
	return true;
}

static bool
take_named(struct rpc_call *c, json_t *params)
{
	const char *key, *names[64], *near;
	char message[200];
	json_t *value;
	size_t n = 0;

	for (; n < c->method->params_n && n < ARRAY_LEN(names); n++)
		names[n] = c->method->params[n].name;
	json_object_foreach(params, key, value) {
		const struct rpc_param *p = find_param(c->method, key);

		if (p == NULL) {
			near = nearest_name(key, names, n);
			snprintf(message, sizeof(message), "%s has no parameter '%.40s'%s%s%s", c->method->name, key,
				 near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
			return fail_usage(c, message);
		}
		if (!take_one(c, p, value))
			return false;
	}
	return true;
}

static bool
take_positional(struct rpc_call *c, json_t *params)
{
	char message[200];
	json_t *value;
	size_t i;

	if (json_array_size(params) > c->method->params_n) {
		snprintf(message, sizeof(message), "%s takes %zu parameters at most, not %zu", c->method->name,
			 c->method->params_n, json_array_size(params));
		return fail_usage(c, message);
	}
	json_array_foreach(params, i, value) {
		if (!take_one(c, &c->method->params[i], value))
			return false;
	}
	return true;
}

bool
rpc_params_take(struct rpc_call *c, json_t *params)
{
	char message[200];

	if (params != NULL && !(json_is_array(params) ? take_positional(c, params) : take_named(c, params)))
		return false;
	for (size_t i = 0; i < c->method->params_n; i++) {
		const struct rpc_param *p = &c->method->params[i];

		if (p->required && json_object_get(c->args, p->name) == NULL) {
			snprintf(message, sizeof(message), "%s is missing: %s", p->name, p->help);
			return fail_usage(c, message);
		}
	}
	return true;
}

/* Reading. */

static json_t *
arg(const struct rpc_call *c, const char *name)
{
	assert(find_param(c->method, name) != NULL);
	return json_object_get(c->args, name);
}

bool
rpc_has(const struct rpc_call *c, const char *name)
{
	return arg(c, name) != NULL;
}

const char *
rpc_text(const struct rpc_call *c, const char *name)
{
	return json_string_value(arg(c, name));
}

uint64_t
rpc_count(const struct rpc_call *c, const char *name, uint64_t fallback)
{
	const json_t *v = arg(c, name);

	return v != NULL ? (uint64_t)json_integer_value(v) : fallback;
}

bool
rpc_bool(const struct rpc_call *c, const char *name, bool fallback)
{
	const json_t *v = arg(c, name);

	return v != NULL ? json_is_true(v) : fallback;
}

json_t *
rpc_json(const struct rpc_call *c, const char *name)
{
	return arg(c, name);
}

const uint8_t *
rpc_hex(const struct rpc_call *call, const char *name, size_t *len)
{
	struct rpc_call *c = (struct rpc_call *)call; /* keeps the bytes for as long as itself */
	const char *text = rpc_text(c, name);
	uint8_t *bytes;

	if (text == NULL)
		return NULL;
	bytes = hex_decode_new(len, text, RPC_HEX_MAX);
	assert(bytes != NULL);
	rpc_call_own(c, bytes);
	return bytes;
}

bool
rpc_hash(struct hash256 *out, const struct rpc_call *c, const char *name)
{
	const char *text = rpc_text(c, name);

	if (text == NULL)
		return false;
	return find_param(c->method, name)->kind == RPC_TXID ? hash256_from_display(out, text) : hash256_from_hex(out, text);
}

bool
rpc_key(struct xonly_key *out, const struct rpc_call *c, const char *name)
{
	const char *text = rpc_text(c, name);

	return text != NULL && hex_decode(out->b, sizeof(out->b), text);
}

bool
rpc_account(struct account *out, const struct rpc_call *c, const char *name)
{
	const char *text = rpc_text(c, name);

	return text != NULL && rpc_account_named(out, c, text);
}

bool
rpc_account_named(struct account *out, const struct rpc_call *c, const char *text)
{
	if (text[0] == '@')
		return account_from_name(out, rpc_node(c), text) == NULL;
	return wallet_find_account(out, node_wallet(rpc_node(c)), text) ||
	       account_from_text(out, node_account_hrp(rpc_node(c)), text) == NULL;
}

bool
rpc_amount(struct amount *out, struct rpc_call *c, const char *name, unsigned decimals)
{
	const char *text = rpc_text(c, name), *fault;
	char hint[120];

	if (text == NULL) {
		rpc_bad_param(c, name, NULL, "is missing");
		return false;
	}
	fault = amount_parse(out, text, decimals);
	if (fault == NULL)
		return true;
	snprintf(hint, sizeof(hint), "write a plain decimal number with at most %u places, such as %s", decimals,
		 decimals > 0 ? "0.5" : "5");
	rpc_bad_param(c, name, hint, fault);
	return false;
}

bool
rpc_one_of(struct rpc_call *c, const char *name, const char *choices)
{
	const char *text = rpc_text(c, name), *at = choices;
	size_t len;

	if (text == NULL)
		return true;
	for (; *at != '\0'; at += len + strspn(at + len, ", ")) {
		len = strcspn(at, ", ");
		if (len == strlen(text) && strncasecmp(at, text, len) == 0)
			return true;
	}
	rpc_bad_param(c, name, choices, "there is no such thing");
	return false;
}

void
rpc_bad_param(struct rpc_call *c, const char *param, const char *hint, const char *why)
{
	const char *text = json_string_value(json_object_get(c->args, param));

	if (text != NULL && !(c->method->needs & RPC_SECRET))
		rpc_fail(c, RPC_BAD_PARAMS, "BAD_PARAMS", hint, "%s '%.80s': %s", param, text, why);
	else
		rpc_fail(c, RPC_BAD_PARAMS, "BAD_PARAMS", hint, "%s: %s", param, why);
}

/* Pieces of answers. */

json_t *
json_amount(struct amount a, unsigned decimals)
{
	char text[AMOUNT_TEXT_LEN];

	amount_format(text, a, decimals);
	return json_string(text);
}

json_t *
json_hash(const struct hash256 *h)
{
	char hex[HASH256_HEX_LEN];

	hash256_to_hex(hex, h);
	return json_string(hex);
}

json_t *
json_display_hash(const struct hash256 *h)
{
	char hex[HASH256_HEX_LEN];

	hash256_to_display(hex, h);
	return json_string(hex);
}

json_t *
json_hex(const void *bytes, size_t len)
{
	char *hex = mem_new(2 * len + 1, 1);
	json_t *j;

	hex_encode(hex, bytes, len);
	j = json_string(hex);
	free(hex);
	return j;
}

json_t *
json_key(const struct xonly_key *k)
{
	return json_hex(k->b, sizeof(k->b));
}

json_t *
json_account(const struct node *n, const struct account *a)
{
	char text[ACCOUNT_TEXT_LEN];

	account_to_text(text, a, node_account_hrp(n));
	return json_string(text);
}
