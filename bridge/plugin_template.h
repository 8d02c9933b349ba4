#ifndef TALLY_BRIDGE_PLUGIN_TEMPLATE_H
#define TALLY_BRIDGE_PLUGIN_TEMPLATE_H
/* The files of plugins/template/, compiled in: what `tally plugin new` starts a rule from. */
#include <stddef.h>

struct plugin_template {
	const char *file; /* NULL ends the list */
	const char *text;
};
extern const struct plugin_template plugin_templates[];

#endif
