#include "bridge/genesis_names.h"

#include <stddef.h>

#include "plugins/plugin.h"
#include "token/action.h"

const char *
genesis_action_name(enum action_kind kind)
{
	const struct action_type *t = action_type_of(kind);

	return t != NULL ? t->name : NULL;
}

bool
genesis_action_find(enum action_kind *out, const char *name)
{
	const struct action_type *t = action_type_named(name, strlen(name));

	if (t != NULL)
		*out = t->kind;
	return t != NULL;
}

static const struct {
	uint8_t kind;
	const char *name;
} kinds[] = {
	{ TALLY_ISSUE, "issue" },
	{ TALLY_SALE, "sale" },
	{ TALLY_GOV, "gov" },
	{ TALLY_VALSEL, "valsel" },
};

const char *
genesis_kind_name(uint8_t kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].kind == kind)
			return kinds[i].name;
	}
	return NULL;
}

bool
genesis_kind_find(uint8_t *out, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*out = kinds[i].kind;
			return true;
		}
	}
	return false;
}

/* Digits up to 65535, then the character `end`; moves *text past it. */
static bool
version_part(uint16_t *out, const char **text, char end)
{
	size_t n = strspn(*text, "0123456789");
	unsigned v = 0;

	if (n == 0 || n > 5 || (*text)[n] != end || (n > 1 && **text == '0'))
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)((*text)[i] - '0');
	*text += n + (end != '\0');
	*out = (uint16_t)v;
	return v <= UINT16_MAX;
}

bool
genesis_version_parse(struct action_plugin_approve *a, const char *text)
{
	return version_part(&a->major, &text, '.') && version_part(&a->minor, &text, '.') && version_part(&a->patch, &text, '\0');
}

static const struct {
	const char *name;
	size_t at;
} periods[] = {
	{ "deposit_period", offsetof(struct op_create_dao, deposit_period) },
	{ "voting_delay", offsetof(struct op_create_dao, voting_delay) },
	{ "voting_period", offsetof(struct op_create_dao, voting_period) },
	{ "late_extension", offsetof(struct op_create_dao, late_extension) },
	{ "timelock", offsetof(struct op_create_dao, timelock) },
	{ "grace", offsetof(struct op_create_dao, grace) },
};

const size_t genesis_periods_n = ARRAY_LEN(periods);

const char *
genesis_period_name(size_t i)
{
	return periods[i].name;
}

uint32_t *
genesis_period(struct op_create_dao *d, size_t i)
{
	return (uint32_t *)(void *)((char *)d + periods[i].at);
}
