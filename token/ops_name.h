#ifndef TALLY_TOKEN_OPS_NAME_H
#define TALLY_TOKEN_OPS_NAME_H
/* Payloads of the operations of names, and of DAO 0's action on registrars (name.h says what they do). Decoders and encoders as in ops.h. */
#include "token/ops.h"

#define NAME_MIN 3
#define NAME_MAX 32

struct op_name { /* ATTEST_NAME and REVOKE_NAME */
	struct account account;
	struct op_text name;
};
struct op_renounce_name { /* the source's own */
	struct op_text name;
};
struct action_registrar {
	struct account account;
	bool appoint; /* else dismiss */
};

void op_name_encode(struct wr *w, const struct op_name *o);
MUST_USE bool op_name_decode(struct op_name *out, const void *bytes, size_t len);
void op_renounce_name_encode(struct wr *w, const struct op_renounce_name *o);
MUST_USE bool op_renounce_name_decode(struct op_renounce_name *out, const void *bytes, size_t len);
void action_registrar_encode(struct wr *w, const struct action_registrar *a);
MUST_USE bool action_registrar_decode(struct action_registrar *out, const void *bytes, size_t len);

#endif
