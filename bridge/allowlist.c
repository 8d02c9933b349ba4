#include "bridge/allowlist.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/cli_print.h"
#include "bridge/file.h"
#include "bridge/genesis_file.h"
#include "bridge/json_text.h"
#include "bridge/options.h"
#include "bridge/rpc.h"
#include "token/allow_list.h"

#define FILE_MAX 100000000

/* Append one address; false: why says what is wrong with it. */
static bool
take(struct account **list, size_t *n, struct complaint *why, const char *text, const char *hrp, size_t line)
{
	const char *fault;

	if (*n == ALLOWLIST_MAX)
		return complain(why, EXIT_USAGE, NULL, "more than %d accounts", ALLOWLIST_MAX);
	if ((*n & (*n - 1)) == 0)
		*list = mem_resize(*list, *n != 0 ? 2 * *n : 1, sizeof(**list));
	fault = text != NULL ? account_from_text(&(*list)[*n], hrp, text) : "it is no text";
	if (fault != NULL)
		return complain(why, EXIT_USAGE, "addresses such as tly1…, no labels", "number %zu of the list: %s", line, fault);
	(*n)++;
	return true;
}

static struct account *
finish(struct account *list, size_t n, bool ok, struct complaint *why)
{
	if (ok && n > 0)
		return list;
	if (ok)
		complain(why, EXIT_USAGE, "a JSON list of addresses, or a file with one on each line", "the list is empty");
	free(list);
	return NULL;
}

struct account *
allowlist_from_json(size_t *n, struct complaint *why, const json_t *json, const char *hrp)
{
	struct account *list = NULL;
	bool ok = true;

	*n = 0;
	for (size_t i = 0; ok && i < json_array_size(json); i++)
		ok = take(&list, n, why, json_string_value(json_array_get(json, i)), hrp, i + 1);
	return finish(list, *n, ok, why);
}

struct account *
allowlist_from_text(size_t *n, struct complaint *why, const char *text, const char *hrp)
{
	struct account *list = NULL;
	bool ok = true;

	*n = 0;
	for (size_t line = 1; ok && *text != '\0'; line++) {
		size_t len = strcspn(text, "\n"), blank = strspn(text, " \t\r"), end = strcspn(text, "#\n");
		char *word;

		while (end > blank && strchr(" \t\r", text[end - 1]) != NULL)
			end--;
		if (end > blank) {
			word = mem_new(end - blank + 1, 1);
			memcpy(word, text + blank, end - blank);
			ok = take(&list, n, why, word, hrp, line);
			free(word);
		}
		text += len + (text[len] == '\n');
	}
	return finish(list, *n, ok, why);
}

static json_t *
path_json(const struct allow_path *path)
{
	json_t *list = json_array();

	for (size_t i = 0; i < path->n; i++)
		json_array_append_new(list, json_hash(&path->hashes[i]));
	return list;
}

json_t *
allowlist_json(struct complaint *why, struct account *list, size_t n, const struct account *who)
{
	struct allow_path path;
	struct hash256 root;
	size_t at = 0;
	json_t *o;

	n = allow_list_sort(list, n);
	while (who != NULL && at < n && !account_eq(&list[at], who))
		at++;
	if (who != NULL && (at == n || !allow_list_path(&path, list, n, at))) {
		complain(why, EXIT_REFUSED, NULL, "this account is not on the list");
		return NULL;
	}
	allow_list_root(&root, list, n);
	o = json_pack("{sosI}", "root", json_hash(&root), "accounts", (json_int_t)n);
	if (who != NULL)
		json_object_set_new(o, "path", path_json(&path));
	return o;
}

/* ---- tally allowlist ---- */

static struct account *
read_list(size_t *n, struct complaint *why, const char *word, const char *hrp)
{
	char *text = NULL, fault[JSON_WHY_LEN];
	struct account *list = NULL;
	json_t *json = NULL;
	size_t len = strlen(word);

	if (word[0] != '[') {
		text = file_read(&len, why, word[0] == '@' ? word + 1 : word, FILE_MAX);
		if (text == NULL)
			return NULL;
		word = text;
	}
	if (word[0] != '[')
		list = allowlist_from_text(n, why, word, hrp);
	else if (!json_read_strict(&json, fault, word, len))
		complain(why, EXIT_USAGE, NULL, "the list is no JSON: %s", fault);
	else
		list = allowlist_from_json(n, why, json, hrp);
	json_decref(json);
	free(text);
	return list;
}

static json_t *
answer(struct complaint *why, char **words, int n, const char *hrp)
{
	struct account who, *list;
	const char *fault = n > 1 ? account_from_text(&who, hrp, words[1]) : NULL;
	size_t list_n;
	json_t *o;

	if (fault != NULL) {
		complain(why, EXIT_USAGE, "an address such as tly1…; labels are the daemon's to know", "account '%.80s': %s", words[1], fault);
		return NULL;
	}
	list = read_list(&list_n, why, words[0], hrp);
	if (list == NULL)
		return NULL;
	o = allowlist_json(why, list, list_n, n > 1 ? &who : NULL);
	free(list);
	return o;
}

int
cli_allowlist(const struct options *o, struct complaint *why, char **words, int n)
{
	const char *hrp = genesis_account_hrp(chain_params_find(options_text(o, "network")));
	json_t *shown;

	if (n < 1 || n > 2) {
		complain(why, EXIT_USAGE, "usage: tally allowlist FILE|JSON [ACCOUNT]", "allowlist: accounts is missing");
		return complaint_print(why, "tally", stderr);
	}
	shown = answer(why, words, n, hrp);
	if (shown == NULL)
		return complaint_print(why, "tally", stderr);
	if (options_flag(o, "json")) {
		json_dumpf(shown, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
	} else {
		cli_print(shown, stdout);
	}
	json_decref(shown);
	return EXIT_DONE;
}
