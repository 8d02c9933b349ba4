/* Accounts as people see them. */
#include <assert.h>
#include <string.h>

#include "chain/bech32.h"
#include "token/account.h"

void
account_to_text(char out[ACCOUNT_TEXT_LEN], const struct account *a, const char *hrp)
{
	uint8_t bytes[ACCOUNT_LEN], groups[(ACCOUNT_LEN * 8 + 4) / 5];
	char text[BECH32_TEXT_MAX + 1];
	size_t n;
	bool ok;

	bytes[0] = a->type;
	memcpy(bytes + 1, a->id.b, sizeof(a->id.b));
	ok = bits_regroup(groups, &n, 5, bytes, sizeof(bytes), 8, true) && bech32_encode(text, hrp, groups, n, BECH32M) &&
	     strlen(text) < ACCOUNT_TEXT_LEN;
	assert(ok); /* the human part is ours, and short */
	memcpy(out, text, strlen(text) + 1);
}

const char *
account_from_text(struct account *out, const char *hrp, const char *text)
{
	uint8_t groups[BECH32_DATA_MAX], bytes[BECH32_DATA_MAX];
	struct account a;
	char found[84];
	enum bech32_kind kind;
	size_t n, len;
	struct rd r;

	if (!bech32_decode(found, groups, &n, &kind, text) || kind != BECH32M)
		return "not an account: a letter is wrong or missing";
	if (strcmp(found, hrp) != 0)
		return strcmp(hrp, "tlyr") == 0 ? "not an account of this network: it should start with tlyr1"
						: "not an account of this network: it should start with tly1";
	if (!bits_regroup(bytes, &len, 8, groups, n, 5, false))
		return "not an account: wrong length";
	r = rd_init(bytes, len);
	rd_account(&r, &a);
	if (!rd_done(&r))
		return "not an account: wrong length or unknown type";
	*out = a;
	return NULL;
}
