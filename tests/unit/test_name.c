/* Names: syntax, look-alikes, attesters that come and go, one name an account. */
#include "tests/unit/world.h"

#include <stdio.h>
#include <string.h>

#include "token/name.h"

static const char *
attest(struct world *w, size_t by, const struct account *who, const char *name)
{
	struct op_name o = { *who, OP_TEXT(name) };
	struct wr p = { 0 };

	op_name_encode(&p, &o);
	return world_do(w, by, OP_ATTEST_NAME, &p);
}

static const char *
revoke(struct world *w, size_t by, size_t who, const char *name)
{
	struct op_name o = { w->people[who], OP_TEXT(name) };
	struct wr p = { 0 };

	op_name_encode(&p, &o);
	return world_do(w, by, OP_REVOKE_NAME, &p);
}

static const char *
renounce(struct world *w, size_t by, const char *name)
{
	struct op_renounce_name o = { OP_TEXT(name) };
	struct wr p = { 0 };

	op_renounce_name_encode(&p, &o);
	return world_do(w, by, OP_RENOUNCE_NAME, &p);
}

/* As DAO 0 would. */
static void
registrar(struct world *w, size_t who, bool appoint)
{
	struct action_registrar a = { w->people[who], appoint };
	struct op_blob b;
	struct wr p = { 0 };
	struct dao d;

	action_registrar_encode(&p, &a);
	b = (struct op_blob){ p.p, p.len };
	CU_ASSERT_FATAL(dao_get(&d, w->state, 0));
	CU_ASSERT_PTR_NULL(registrar_check(&w->exec, &d, &b));
	CU_ASSERT_PTR_NULL(registrar_apply(&w->exec, &d, &b));
	wr_clear(&p);
}

static bool
is_called(const struct world *w, size_t who, const char *name)
{
	struct name n;

	return name_of(&n, w->state, &w->people[who]) && strcmp(n.text, name) == 0;
}

static void
syntax(void)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ "bob", true }, { "b-o-b", true }, { "a1234", true }, { "abcdefghijklmnopqrstuvwxyz012345", true },
		{ "", false }, { "bo", false }, { "abcdefghijklmnopqrstuvwxyz0123456", false }, { "1bob", false }, { "-bob", false }, { "bob-", false },
		{ "b--b", false }, { "Bob", false }, { "bob ", false }, { "b_b", false }, { "b.b", false }, { "tly1q", false }, { "tlyr", false },
		{ "b\xc3\xb6"
		  "b", false }, { "\xd0\xb0\xd0\xb0\xd0\xb0", false }, { "a\0b", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(name_valid(rows[i].name, strlen(rows[i].name)), rows[i].valid);
	CU_ASSERT_FALSE(name_valid("a\0bc", 4));
}

static void
look_alikes(void)
{
	static const struct {
		const char *a, *b;
		bool alike;
	} rows[] = {
		{ "paypal", "paypa1", true }, { "google", "g00gle", true }, { "corner", "comer", true }, { "vvatch", "watch", true },
		{ "co-op", "coop", true }, { "lil", "iii", true }, { "r-n-a", "mao", false }, { "boss", "bo55", true }, { "bob", "rob", false },
		{ "cafe", "cafes", false }, { "arn", "am", true }, { "corn-er", "com-er", true },
	};
	char a[NAME_MAX], b[NAME_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = name_skeleton(a, rows[i].a, strlen(rows[i].a)), m = name_skeleton(b, rows[i].b, strlen(rows[i].b));

		CU_ASSERT_EQUAL(n == m && memcmp(a, b, n) == 0, rows[i].alike);
	}
}

static void
one_name_one_account(void)
{
	struct account treasury = dao_treasury(0);
	struct world w;
	struct name n;

	world_init(&w);
	REFUSED(attest(&w, 5, &w.people[5], "eve"), "NOT_ATTESTER");
	REFUSED(attest(&w, 0, &w.people[5], "Eve"), "BAD_NAME");
	REFUSED(attest(&w, 0, &treasury, "eve"), "NOT_A_RECIPIENT");
	DONE(attest(&w, 0, &w.people[3], "corner-cafe"));
	CU_ASSERT(is_called(&w, 3, "corner-cafe"));
	CU_ASSERT(name_find(&n, w.state, "corner-cafe", 11) && n.attested && account_eq(&n.attester, &w.people[0]));
	CU_ASSERT_FALSE(name_find(&n, w.state, "cornercafe", 10));
	REFUSED(attest(&w, 0, &w.people[4], "corner-cafe"), "NAME_TAKEN");
	REFUSED(attest(&w, 1, &w.people[4], "c0merca-fe"), "NAME_TAKEN");
	REFUSED(attest(&w, 0, &w.people[3], "corner-cafe"), "NO_CHANGE");
	REFUSED(attest(&w, 1, &w.people[3], "corner-cafe"), "ACCOUNT_NAMED");
	REFUSED(attest(&w, 1, &w.people[3], "other"), "ACCOUNT_NAMED");
	/* who named it may rename it, also to what looks the same */
	DONE(attest(&w, 0, &w.people[3], "cornercafe"));
	CU_ASSERT(is_called(&w, 3, "cornercafe"));
	DONE(attest(&w, 0, &w.people[3], "bakery"));
	DONE(attest(&w, 1, &w.people[4], "corner-cafe"));

	REFUSED(revoke(&w, 1, 3, "bakery"), "NOT_ATTESTER");
	REFUSED(revoke(&w, 0, 3, "corner-cafe"), "NO_NAME");
	REFUSED(revoke(&w, 0, 5, "bakery"), "NO_NAME");
	DONE(revoke(&w, 0, 3, "bakery"));
	CU_ASSERT_FALSE(name_of(&n, w.state, &w.people[3]));
	REFUSED(renounce(&w, 3, "corner-cafe"), "NO_NAME");
	REFUSED(renounce(&w, 4, "bakery"), "NO_NAME");
	DONE(renounce(&w, 4, "corner-cafe"));
	REFUSED(renounce(&w, 4, "corner-cafe"), "NO_NAME");
	world_clear(&w);
}

static void
registrars_come_and_go(void)
{
	struct state_walk walk;
	struct account who;
	struct unixtime since;
	struct world w;
	struct name n;

	world_init(&w);
	registrar(&w, 5, true);
	registrar_walk_init(&walk, w.state);
	CU_ASSERT(registrar_walk_next(&walk, &who, &since) && account_eq(&who, &w.people[5]) && since.sec == WORLD_TIME);
	CU_ASSERT_FALSE(registrar_walk_next(&walk, &who, &since));
	DONE(attest(&w, 5, &w.people[3], "bakery"));
	DONE(attest(&w, 5, &w.people[4], "butcher"));
	world_block(&w, 10);
	CU_ASSERT(name_attested_at(w.state, &w.people[3], 1) && !name_attested_at(w.state, &w.people[3], 0));
	registrar(&w, 5, false);
	REFUSED(attest(&w, 5, &w.people[6], "baker"), "NOT_ATTESTER");
	CU_ASSERT(name_of(&n, w.state, &w.people[3]) && !n.attested);
	CU_ASSERT_FALSE(name_attested_at(w.state, &w.people[3], UINT64_MAX));
	/* another takes it over as it is: from now on */
	DONE(attest(&w, 1, &w.people[3], "bakery"));
	CU_ASSERT(name_attested_at(w.state, &w.people[3], 2) && !name_attested_at(w.state, &w.people[3], 1));
	/* or gives it to somebody else */
	DONE(attest(&w, 1, &w.people[6], "butcher"));
	CU_ASSERT_FALSE(name_of(&n, w.state, &w.people[4]));
	/* reappointed: what is left of his counts again */
	registrar(&w, 5, true);
	DONE(attest(&w, 5, &w.people[4], "grocer"));
	registrar(&w, 5, false);
	DONE(revoke(&w, 5, 4, "grocer")); /* his own he may always take back */
	registrar(&w, 5, true);
	DONE(attest(&w, 5, &w.people[4], "grocer"));
	registrar(&w, 5, false);
	REFUSED(revoke(&w, 6, 4, "grocer"), "NOT_ATTESTER");
	DONE(revoke(&w, 2, 4, "grocer"));
	world_clear(&w);
}

static void
walks_in_order(void)
{
	static const char *const names[] = { "zoo", "abc", "b0b", "lamp", "abd" };
	struct name_walk walk;
	struct world w;
	struct name n;
	char last[NAME_MAX + 1] = "";
	size_t seen = 0;

	world_init(&w);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		DONE(attest(&w, 0, &w.people[i], names[i]));
	name_walk_init(&walk, w.state, "");
	while (name_walk_next(&walk, &n)) {
		CU_ASSERT(strcmp(last, n.text) < 0 || strcmp(n.text, "b0b") == 0);
		strcpy(last, n.text);
		seen++;
	}
	CU_ASSERT_EQUAL(seen, ARRAY_LEN(names));
	name_walk_init(&walk, w.state, "abd");
	CU_ASSERT(name_walk_next(&walk, &n) && strcmp(n.text, "b0b") == 0);
	world_clear(&w);
}

static void
actions_that_are_none(void)
{
	struct action_registrar a = { dao_treasury(0), true };
	struct op_blob b;
	struct wr p = { 0 };
	struct world w;
	struct dao d;

	world_init(&w);
	CU_ASSERT_FATAL(dao_get(&d, w.state, 0));
	action_registrar_encode(&p, &a);
	b = (struct op_blob){ p.p, p.len };
	REFUSED(registrar_check(&w.exec, &d, &b), "ACTION_MALFORMED");
	p.p[0] = ACCOUNT_KEY;
	CU_ASSERT_PTR_NULL(registrar_check(&w.exec, &d, &b));
	b.len--;
	REFUSED(registrar_check(&w.exec, &d, &b), "ACTION_MALFORMED");
	CU_ASSERT((action_kinds(true) >> ACTION_REGISTRAR & 1) == 1 && (action_kinds(false) >> ACTION_REGISTRAR & 1) == 0);
	wr_clear(&p);
	world_clear(&w);
}

static const struct unit_test tests[] = {
	{ "syntax", syntax },
	{ "look-alikes", look_alikes },
	{ "one name, one account", one_name_one_account },
	{ "registrars come and go", registrars_come_and_go },
	{ "walks in order", walks_in_order },
	{ "actions that are none", actions_that_are_none },
};

UNIT_MAIN("name", tests)
