#include "token/ops_name.h"

void
op_name_encode(struct wr *w, const struct op_name *o)
{
	wr_account(w, &o->account);
	wr_text(w, &o->name);
}

bool
op_name_decode(struct op_name *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_account(&r, &out->account);
	rd_text(&r, &out->name, NAME_MAX);
	return rd_done(&r);
}

void
op_renounce_name_encode(struct wr *w, const struct op_renounce_name *o)
{
	wr_text(w, &o->name);
}

bool
op_renounce_name_decode(struct op_renounce_name *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);

	rd_text(&r, &out->name, NAME_MAX);
	return rd_done(&r);
}

void
action_registrar_encode(struct wr *w, const struct action_registrar *a)
{
	wr_account(w, &a->account);
	wr_u8(w, a->appoint);
}

bool
action_registrar_decode(struct action_registrar *out, const void *bytes, size_t len)
{
	struct rd r = rd_init(bytes, len);
	uint8_t appoint;

	rd_account(&r, &out->account);
	appoint = rd_u8(&r);
	out->appoint = appoint == 1;
	return rd_done(&r) && appoint <= 1;
}
